"""What an imported module declares: its assets and sources, whether in names, containers or Definitions."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.definitions import Definitions, LazyDefinitions
from assetmake.definitions.source import FileSource
from assetmake.discovery.automation_kinds import list_targeted, tell_kind
from assetmake.discovery.buildable import check_buildable

Declared = AssetsDefinition | FileSource

_DEPTH = 3


def list_contents(module: ModuleType) -> list[Declared]:
    """Return every asset and source of a module once, in the order in which they are named.

    Factories put what they make into lists and dicts, so those are looked into, a few levels deep.

    Raises:
        DefinitionError: one asks for something that a build cannot do.
    """
    values = [value for name, value in list(vars(module).items()) if not name.startswith("__")]
    found = {id(declared): declared for value in values for declared in _walk(value, _DEPTH)}
    for declared in found.values():
        check_buildable(declared)
    return list(found.values())


def _walk(value: Any, depth: int) -> Iterator[Declared]:
    kind = type(value)  # a proxy may claim to be what it is not, or raise when it is asked
    if issubclass(kind, AssetsDefinition | FileSource):
        yield value
    elif issubclass(kind, Definitions):
        yield from (*value.assets, *value.asset_checks, *list_targeted((*value.schedules, *value.sensors)))
    elif issubclass(kind, LazyDefinitions):
        yield from _walk(value(), depth)
    elif tell_kind(value):
        yield from list_targeted([value])
    elif depth and kind in {list, tuple, set, frozenset, dict}:
        for entry in list(value.values() if isinstance(value, dict) else value):
            yield from _walk(entry, depth - 1)
