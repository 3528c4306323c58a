"""What a reference means: a library's object, a value of an imported module, or a name of a file not yet imported."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from assetmake.discovery.code.locality import is_project_module
from assetmake.discovery.code.outline import Binding
from assetmake.discovery.code.project_sources import ProjectSources, make_absolute
from assetmake.discovery.code.scopes import Reference

_DEPTH = 20
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Names:
    """What a piece of code looks names up in: closure cells, then its module.

    `values` is None for a module that is not imported: its text is read in its place.
    """

    module: str
    values: Mapping[str, Any] | None = None
    cells: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LibraryName:
    """Something that no project file defines, by its import name."""

    text: str


@dataclass(frozen=True, slots=True)
class LiveValue:
    """The value of a name of an imported project module."""

    value: Any
    module: str
    name: str


@dataclass(frozen=True, slots=True)
class WholeModule:
    """A project module itself, not one of its names."""

    module: str
    file: str


@dataclass(frozen=True, slots=True)
class WrittenName:
    """A name of a project module that is not imported, with what its text says of it."""

    module: str
    name: str
    file: str
    bindings: tuple[Binding, ...]


Meaning = LibraryName | LiveValue | WholeModule | WrittenName


def resolve(reference: Reference, names: Names, sources: ProjectSources) -> Iterator[Meaning]:
    """Return what a reference means; nothing for a builtin, a closure cell or a name that is not there.

    A name that is bound in several ways in a module which is not imported means all of them.
    """
    first, rest = reference.path[0], reference.path[1:]
    if reference.origin:
        yield from _resolve_import(reference.origin, rest, names.module, sources, _DEPTH)
    elif first in names.cells:
        if issubclass(type(names.cells[first]), ModuleType):
            yield from _walk(names.cells[first], rest, sources, _DEPTH)
    elif names.values is None:
        yield from _resolve_written(names.module, reference.path, sources, _DEPTH)
    elif first in names.values:
        value = names.values[first]
        if issubclass(type(value), ModuleType):
            yield from _walk(value, rest, sources, _DEPTH)
        else:
            yield LiveValue(value, names.module, first)


def _resolve_import(
    origin: str, rest: tuple[str, ...], module: str, sources: ProjectSources, depth: int
) -> Iterator[Meaning]:
    target, _, attribute = origin.partition(":")
    target = make_absolute(target, module)
    path = (attribute, *rest) if attribute else rest
    loaded = sys.modules.get(target)
    if loaded is not None and is_project_module(loaded):
        yield from _walk(loaded, path, sources, depth)
    elif loaded is None and (written := _find_written(target, path, sources)):
        yield from _resolve_written(*written, sources, depth)
    else:
        yield LibraryName(f"{target}:{attribute}" if attribute else target)


def _walk(module: ModuleType, path: tuple[str, ...], sources: ProjectSources, depth: int) -> Iterator[Meaning]:
    while is_project_module(module):
        name = module.__name__
        if not path or path[0] == "__dict__":
            yield WholeModule(name, sources.find_file(name) or "")
            return
        value = vars(module).get(path[0], _ABSENT)
        if value is _ABSENT:
            value = sys.modules.get(f"{name}.{path[0]}", _ABSENT)
        if value is _ABSENT and (written := _find_written(f"{name}.{path[0]}", path[1:], sources)):
            yield from _resolve_written(*written, sources, depth - 1)
            return
        if value is _ABSENT:
            value = getattr(module, path[0], _ABSENT)  # a module's own __getattr__
        if not issubclass(type(value), ModuleType):
            if value is not _ABSENT:
                yield LiveValue(value, name, path[0])
            return
        module, path = value, path[1:]
    yield LibraryName(module.__name__)


def _resolve_written(module: str, path: tuple[str, ...], sources: ProjectSources, depth: int) -> Iterator[Meaning]:
    file = sources.find_file(module) or ""
    outline = sources.outline(file) if file else None
    if outline is None or depth <= 0:
        return
    if not path or path[0] == "__dict__":
        yield WholeModule(module, file)
        return
    bindings = outline.bindings.get(path[0], ())
    own = tuple(binding for binding in bindings if not binding.origin)
    if own:
        yield WrittenName(module, path[0], file, own)
    for binding in bindings:
        if binding.origin:
            yield from _resolve_import(binding.origin, path[1:], module, sources, depth - 1)
    if not bindings:
        for star in outline.stars:
            yield from _resolve_star(make_absolute(star, module), path, sources, depth - 1)
        if sources.find_file(f"{module}.{path[0]}"):
            yield from _resolve_written(f"{module}.{path[0]}", path[1:], sources, depth - 1)


def _find_written(module: str, path: tuple[str, ...], sources: ProjectSources) -> tuple[str, tuple[str, ...]] | None:
    """Return a module that has a file and the names asked of it; folders without `__init__.py` are passed through."""
    while not sources.find_file(module):
        if not path:
            return None
        module, path = f"{module}.{path[0]}", path[1:]
    return module, path


def _resolve_star(module: str, path: tuple[str, ...], sources: ProjectSources, depth: int) -> Iterator[Meaning]:
    loaded = sys.modules.get(module)
    if loaded is None:
        yield from _resolve_written(module, path, sources, depth)
    elif path[0] in vars(loaded):
        yield from _walk(loaded, path, sources, depth)


def is_builtin(found: Meaning, name: str) -> bool:
    """Tell whether what is found is Python's own thing of that name."""
    return isinstance(found, LiveValue) and found.value is getattr(builtins, name)
