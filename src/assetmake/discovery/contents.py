"""What an imported module declares: its assets and sources, whether in names, containers or Definitions."""

from __future__ import annotations

import linecache
from collections.abc import Collection, Iterator
from types import ModuleType
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.definitions import Definitions, LazyDefinitions
from assetmake.definitions.external import SourceAsset
from assetmake.definitions.place import Place
from assetmake.definitions.source import FileSource
from assetmake.discovery.automation_kinds import list_targeted, tell_kind
from assetmake.discovery.buildable import check_buildable

Declared = AssetsDefinition | FileSource

_DEPTH = 3
_TOLD: dict[int, tuple[AssetSpec | SourceAsset, AssetsDefinition]] = {}
"""What was made of specs: each is one thing, in however many modules it has a name."""


def list_contents(module: ModuleType) -> list[Declared]:
    """Return every asset and source of a module once, in the order in which they are named.

    Factories put what they make into lists and dicts, so those are looked into, a few levels deep.

    Raises:
        DefinitionError: one asks for something that a build cannot do.
    """
    values = [value for name, value in list(vars(module).items()) if not name.startswith("__")]
    file = str(getattr(module, "__file__", None) or module.__name__)
    opened = [open_declared(each, file=file) for value in values for each in _walk(value, _DEPTH)]
    found = {id(declared): declared for declared in opened}
    for declared in found.values():
        check_buildable(declared)
    return list(found.values())


def list_loose_specs(module: ModuleType) -> set[int]:
    """Return the ids of what `list_contents` gives for the specs of a module that no `Definitions` of it lists."""
    listed = {id(each) for definitions in list_definitions(module) for each in definitions.assets}
    return {
        id(known[1])
        for value in vars(module).values()
        for each in _walk(value, _DEPTH)
        if isinstance(each, AssetSpec) and id(each) not in listed and (known := _TOLD.get(id(each)))
    }


def list_mentioned(declared: Collection[Declared]) -> Iterator[tuple[AssetsDefinition, AssetsDefinition]]:
    """Yield what others make, going by the specs in `deps=` of assets, that nothing else declares; and the asset.

    Args:
        declared: All that is declared.
    """
    assets = [each for each in declared if isinstance(each, AssetsDefinition)]
    taken = {each.key.parts for each in declared if isinstance(each, FileSource)}
    taken.update(key.parts[start:] for each in assets for key in each.keys for start in range(len(key.parts)))
    for asset in assets:
        for dep in (dep for spec in asset.specs for dep in spec.deps):
            if dep.spec is not None and dep.asset_key.parts not in taken:
                taken.add(dep.asset_key.parts)
                opened = open_declared(dep.spec, file=asset.place.file)
                assert isinstance(opened, AssetsDefinition)
                yield opened, asset


def open_declared(declared: Any, *, file: str) -> Declared:
    """Return a declaration as discovery knows it: of what others make, a definition without a function.

    Args:
        declared: An asset, a source, or the spec of an asset that others make.
        file: Where a spec is taken to stand, which does not know that itself.
    """
    if not isinstance(declared, AssetSpec | SourceAsset):
        opened: Declared = declared
        return opened
    known = _TOLD.get(id(declared))
    if known is None:
        if isinstance(declared, SourceAsset):
            made = declared.to_assets_definition()
        else:
            made = AssetsDefinition((declared,), place=_find_place(declared.key, file))
        known = _TOLD[id(declared)] = declared, made
    return known[1]


def _find_place(key: AssetKey, file: str) -> Place:
    """Return the first line of a file on which the last part of a key is written."""
    written = {f"{quote}{key.parts[-1]}{quote}" for quote in "\"'"}
    lines = enumerate(linecache.getlines(file), start=1)
    return Place(file, next((number for number, line in lines if any(each in line for each in written)), 1))


def list_definitions(module: ModuleType) -> list[Definitions]:
    """Return every `Definitions` of a module once."""
    values = [value for name, value in list(vars(module).items()) if not name.startswith("__")]
    return list({id(found): found for value in values for found in _walk_definitions(value, _DEPTH)}.values())


def list_resources(module: ModuleType, keys: Collection[AssetKey]) -> dict[str, Any]:
    """Return the resources that the definitions of a module give, by name.

    Args:
        module: The module.
        keys: Of several definitions that give one name those win that list one of these assets, then the first.
    """
    found: dict[str, Any] = {}
    for definitions in sorted(list_definitions(module), key=lambda each: not _lists(each, keys)):
        found = {**definitions.resources, **found}
    return found


def _lists(definitions: Definitions, keys: Collection[AssetKey]) -> bool:
    assets = [each for each in definitions.assets if isinstance(each, AssetsDefinition)]
    return any(key in keys for each in (*assets, *definitions.asset_checks) for key in _list_keys(each))


def _list_keys(definition: AssetsDefinition) -> set[AssetKey]:
    return definition.keys or {spec.asset_key for spec in definition.check_specs}


def _walk_definitions(value: Any, depth: int) -> Iterator[Definitions]:
    kind = type(value)
    if issubclass(kind, Definitions):
        yield value
    elif issubclass(kind, LazyDefinitions):
        yield value()
    elif depth and kind in {list, tuple, set, frozenset, dict}:
        for entry in list(value.values() if isinstance(value, dict) else value):
            yield from _walk_definitions(entry, depth - 1)


def _walk(value: Any, depth: int) -> Iterator[Any]:
    kind = type(value)  # a proxy may claim to be what it is not, or raise when it is asked
    if issubclass(kind, AssetsDefinition | FileSource | AssetSpec | SourceAsset):
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
