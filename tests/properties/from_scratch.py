"""The oracle: a project's files are imported as if for the first time, and its assets computed one by one.

It knows neither fingerprints nor what refers to what.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType
from typing import Any


class _Texts(MetaPathFinder, InspectLoader):
    def __init__(self, files: Mapping[str, str]) -> None:
        self.texts: dict[str, str] = {}
        self.packages: set[str] = set()
        for path, text in files.items():
            if path.endswith(".py"):
                name = path.removesuffix(".py").replace("/", ".")
                package = name.removesuffix(".__init__")
                self.texts[package] = text
                self.packages.update({package} - {name})

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname not in self.texts:
            return None
        return spec_from_loader(fullname, self, is_package=fullname in self.packages)

    def get_source(self, fullname: str) -> str:
        return self.texts[fullname]


@contextlib.contextmanager
def import_texts(files: Mapping[str, str]) -> Iterator[ModuleType]:
    """Import the files' `assets` module, and forget all of them afterwards."""
    finder = _Texts(files)
    hidden = {name: sys.modules.pop(name) for name in finder.texts if name in sys.modules}
    sys.meta_path.insert(0, finder)
    try:
        yield importlib.import_module("assets")
    finally:
        sys.meta_path.remove(finder)
        for name in finder.texts:
            sys.modules.pop(name, None)
        sys.modules.update(hidden)


def compute_all(files: Mapping[str, str], reads: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return what each asset is, built from nothing.

    Args:
        files: The project.
        reads: The assets in order, each with what it reads.
    """
    results: dict[str, Any] = {}
    with import_texts(files) as assets:
        for name, ups in reads.items():
            results[name] = getattr(assets, name).function(**{up: results[up] for up in ups})
    return results


def compute_alone(files: Mapping[str, str], reads: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what each asset's function gives for inputs that are always the same."""
    with import_texts(files) as assets:
        return {name: getattr(assets, name).function(**given) for name, given in reads.items()}


def read_constants(files: Mapping[str, str], places: Mapping[int, tuple[str, str]]) -> dict[int, str]:
    """Return constants, each by its module and name, written so that equal ones are equal."""
    with import_texts(files):
        values = {number: getattr(importlib.import_module(module), name) for number, (module, name) in places.items()}
    return {
        number: repr(sorted(value) if isinstance(value, (set, frozenset)) else value)
        for number, value in values.items()
    }
