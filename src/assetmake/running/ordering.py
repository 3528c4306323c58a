"""Ordering: what comes first; a function that can make some of its assets is called as often as it has to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.errors import CyclicDependencyError


def sort_by_waits(waits: Sequence[AbstractSet[int]]) -> list[int]:
    """Return places so that each comes after those that it waits for, else in order.

    Places that wait for each other, and those that wait for such, are left out.
    """
    waiting: dict[int, list[int]] = {}
    for place, own in enumerate(waits):
        for other in own:
            waiting.setdefault(other, []).append(place)
    left = [len(own) for own in waits]
    done: list[int] = []
    ready = [place for place, count in enumerate(left) if not count]
    while ready:
        done += ready
        freed = []
        for place in ready:
            for other in waiting.get(place, ()):
                left[other] -= 1
                if not left[other]:
                    freed.append(other)
        ready = sorted(freed)
    return done


def list_needs(definition: AssetsDefinition) -> set[AssetKey]:
    """Return the assets that have to stand before a function is called for what is asked of it."""
    if definition.whole is None:
        return definition.upstream_keys
    asked = {dep.asset_key for spec in definition.check_specs for dep in spec.additional_deps}
    checked = {spec.asset_key for spec in definition.check_specs}
    return (definition.dependency_keys | asked | checked) - definition.keys


def order_definitions(definitions: Sequence[AssetsDefinition]) -> list[AssetsDefinition]:
    """Return definitions so that each comes after those that it needs, else in the order given.

    Where some need each other, and one of them can make some of its assets, it is split.

    Raises:
        CyclicDependencyError: they need each other, and cannot be split.
    """
    done: list[AssetsDefinition] = []
    left = list(definitions)
    while left:
        maker = {key: place for place, each in enumerate(left) for key in each.keys}
        waits = [
            {maker[key] for key in list_needs(each) if key in maker and maker[key] != place}
            for place, each in enumerate(left)
        ]
        order = sort_by_waits(waits)
        done += [left[place] for place in order]
        placed = set(order)
        left = [each for place, each in enumerate(left) if place not in placed]
        if left:
            left = _split_one(left)
    return done


def _split_one(definitions: Sequence[AssetsDefinition]) -> list[AssetsDefinition]:
    """Return definitions that need each other, the first that can start with some of its assets split in two."""
    missing = {key for each in definitions for key in each.keys}
    for place, each in enumerate(definitions):
        first = _list_first(each, missing) if each.can_subset else set()
        if not first:
            continue
        made = missing - first
        checks = {
            spec.key
            for spec in each.check_specs
            if not made & {spec.asset_key, *(dep.asset_key for dep in spec.additional_deps)}
        }
        parts = (each.subset_for(first, checks), each.subset_for(each.keys - first, each.check_keys - checks))
        return [*definitions[:place], *parts, *definitions[place + 1 :]]
    raise _refuse(definitions)


def _list_first(definition: AssetsDefinition, missing: AbstractSet[AssetKey]) -> set[AssetKey]:
    """Return the assets of a function that need none that is missing, but for those that it makes in the same call."""
    first: set[AssetKey] = set()
    while True:
        more = {
            spec.key
            for spec in definition.specs
            if spec.key not in first and not {dep.asset_key for dep in spec.deps} & (missing - first - {spec.key})
        }
        if not more:
            return first
        first |= more


def _refuse(definitions: Iterable[AssetsDefinition]) -> CyclicDependencyError:
    names = " -> ".join(each.title for each in definitions)
    return CyclicDependencyError(f"Circular dependency: these assets wait for each other: {names}")
