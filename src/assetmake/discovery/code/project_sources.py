"""Where names of project modules come from: outlines of their files, each read once, and imports looked through."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

from assetmake.discovery.code.locality import is_library, is_project_module
from assetmake.discovery.code.outline import Binding, Outline
from assetmake.discovery.code.outline_cache import OutlineCache
from assetmake.discovery.loader import source_of

_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a name is bound: the module, its file, and how; no bindings where that cannot be seen."""

    module: str
    name: str
    file: str
    bindings: tuple[Binding, ...] = ()


@dataclass(slots=True)
class ProjectSources:
    """Outlines by file, and module names by file."""

    cache: OutlineCache = field(default_factory=OutlineCache)
    _outlines: dict[str, Outline | None] = field(default_factory=dict)
    _files: dict[str, str | None] = field(default_factory=dict)

    def outline(self, filename: str) -> Outline | None:
        """Return the outline of a file; None where it has no text."""
        if filename not in self._outlines:
            text = source_of(filename)
            self._outlines[filename] = None if text is None else self.cache.open(text)
        return self._outlines[filename]

    def digests(self) -> dict[str, str]:
        """Return a digest of the text of every file that was looked into."""
        return {file: outline.digest for file, outline in self._outlines.items() if outline is not None}

    def find_file(self, module: str) -> str | None:
        """Return the file of a project module, imported or not; None for a library's, or where there is none."""
        if module not in self._files:
            self._files[module] = _locate(module)
        return self._files[module]

    def find_origin(self, module: str, name: str, value: Any) -> Origin:
        """Return where a name of an imported module is bound, looking through imports from other project modules."""
        for _ in range(_DEPTH):
            file = self.find_file(module) or ""
            outline = self.outline(file) if file else None
            bindings = outline.bindings.get(name, ()) if outline else ()
            further = next(self._look_through(module, name, bindings, outline, value), None)
            if further is None:
                return Origin(module, name, file, bindings)
            module, name = further
        return Origin(module, name, "")

    def _look_through(
        self, module: str, name: str, bindings: tuple[Binding, ...], outline: Outline | None, value: Any
    ) -> Iterator[tuple[str, str]]:
        origins = [binding.origin for binding in bindings if ":" in binding.origin]
        if not bindings and outline is not None:
            origins = [f"{star}:{name}" for star in outline.stars]
        for origin in origins:
            target, _, attribute = origin.partition(":")
            imported = sys.modules.get(make_absolute(target, module))
            if imported is None or not is_project_module(imported):
                continue
            if vars(imported).get(attribute, _NOTHING) is value:
                yield imported.__name__, attribute


_NOTHING = object()


def make_absolute(name: str, module: str) -> str:
    """Return the absolute name of a module that `module` imports, perhaps with dots in front."""
    level = len(name) - len(name.lstrip("."))
    if not level:
        return name
    package = module
    loaded = sys.modules.get(module)
    steps = level - 1 if loaded is not None and hasattr(loaded, "__path__") else level
    for _ in range(steps):
        package = package.rpartition(".")[0]
    return f"{package}.{name[level:]}".strip(".")


def _locate(module: str) -> str | None:
    loaded = sys.modules.get(module)
    if loaded is not None:
        return loaded.__file__ if is_project_module(loaded) and loaded.__file__ else None
    path: Any = None
    file: str | None = None
    parts = module.split(".")
    for number in range(len(parts)):
        parent = sys.modules.get(".".join(parts[:number]))
        if isinstance(parent, ModuleType):
            path = getattr(parent, "__path__", None)
            if path is None:
                return None
        try:
            spec = PathFinder.find_spec(".".join(parts[: number + 1]), path)
        except (ImportError, ValueError, AttributeError):
            return None
        if spec is None:
            return None
        path, file = spec.submodule_search_locations, spec.origin
    return file if file and file.endswith(".py") and not is_library(file) else None
