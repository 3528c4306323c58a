"""Parts: the assets and checks that one function makes, each as a definition of its own."""

from __future__ import annotations

from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec


def take_apart(definition: AssetsDefinition) -> tuple[AssetsDefinition, ...]:
    """Return a definition for each asset and check that a function makes, in the order in which they come to stand.

    An asset comes after those of the same function that it depends on, checks come last. What makes a single asset is
    its own part; of all others, `entire` is what the function makes.
    """
    if len(definition.specs) + len(definition.check_specs) == 1:
        return (definition,)
    whole = definition.entire
    assets = [replace(definition, specs=(spec,), check_specs=(), whole=whole) for spec in _sort(definition.specs)]
    checks = [replace(definition, specs=(), check_specs=(spec,), whole=whole) for spec in definition.check_specs]
    return (*assets, *checks)


def name_node(part: AssetsDefinition) -> AssetKey:
    """Return the key under which a build knows a part: the asset's, or one that is made of the check's."""
    return part.specs[0].key if part.specs else part.check_specs[0].key.to_node_key()


def name_output(part: AssetsDefinition) -> str:
    """Return how a function's results name a part: by its output, or by its check's key as text."""
    if not part.specs:
        return part.check_specs[0].key.to_user_string()
    key = part.specs[0].key
    return next((slot.name for slot in part.output_slots if slot.key == key), "")


def _sort(specs: tuple[AssetSpec, ...]) -> list[AssetSpec]:
    by_key = {spec.key: spec for spec in specs}
    waits = {spec.key: [dep.asset_key for dep in spec.deps if dep.asset_key in by_key] for spec in specs}
    if not any(waits.values()):
        return list(specs)
    sorter = TopologicalSorter({key: [each for each in above if each != key] for key, above in waits.items()})
    try:
        return [by_key[key] for key in sorter.static_order()]
    except CycleError:  # whoever puts the parts in order tells of it, as of every cycle
        return list(specs)
