"""What imported modules declare of jobs, schedules and sensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.definitions import Definitions, LazyDefinitions
from assetmake.discovery.automation_kinds import tell_kind
from assetmake.discovery.importer import LoadedModule

_DEPTH = 3


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A declaration, the module that it is found in, and whether a Definitions lists it."""

    declared: Any
    module: str
    is_listed: bool


def find_automation(modules: Iterable[LoadedModule]) -> list[Found]:
    """Return every job, schedule and sensor once: of the first module that has it, or the one that it is in.

    They come in the order of modules, then of lines.

    Those at the top level of a module count as those that a Definitions lists. Of one name, those that are listed stand
    for those that are not: what is listed may have been made of them.
    """
    found: dict[int, Found] = {}
    order: dict[str, int] = {}
    for module in modules:
        order[module.name] = len(order)
        values = [value for name, value in list(vars(module.module).items()) if not name.startswith("__")]
        for declared, is_listed in (each for value in values for each in _walk(value, _DEPTH)):
            known = found.get(id(declared))
            is_home = str(module.file) == declared.place.file
            owner = module.name if known is None or is_home else known.module
            found[id(declared)] = Found(declared, owner, is_listed or (known is not None and known.is_listed))
    listed = {(tell_kind(each.declared), each.declared.name) for each in found.values() if each.is_listed}
    kept = [
        each
        for each in found.values()
        if each.is_listed or (tell_kind(each.declared), each.declared.name) not in listed
    ]
    return sorted(kept, key=lambda each: (order[each.module], each.declared.place.line))


def _walk(value: Any, depth: int) -> Iterator[tuple[Any, bool]]:
    kind = type(value)  # a proxy may claim to be what it is not, or raise when it is asked
    if issubclass(kind, Definitions):
        yield from ((each, True) for each in (*value.jobs, *value.schedules, *value.sensors) if tell_kind(each))
    elif issubclass(kind, LazyDefinitions):
        yield from _walk(value(), depth)
    elif tell_kind(value):
        yield value, False
    elif depth and kind in {list, tuple, set, frozenset, dict}:
        for entry in list(value.values() if isinstance(value, dict) else value):
            yield from _walk(entry, depth - 1)
