"""Steps: the functions that a run calls, in the order in which they can be called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.errors import CyclicDependencyError, DefinitionError, InvariantError
from assetmake.running.assembly import Assembly
from assetmake.running.ordering import list_needs, order_definitions, sort_by_waits


@dataclass(frozen=True, slots=True)
class Step:
    """One call.

    Attributes:
        name: Of the function; of one that is called several times, with a number from the second on.
        definition: What it makes and checks; of several, what is asked for.
        waits: The places of the steps that come before.
        reads: The assets that it reads, or is called after.
        later: Assets that it has as inputs, and that are made after it for another call of the same function.
    """

    name: str
    definition: AssetsDefinition
    waits: frozenset[int]
    reads: frozenset[AssetKey]
    later: frozenset[AssetKey] = frozenset()


def plan_steps(assembly: Assembly, keys: AbstractSet[AssetKey], checks: AbstractSet[AssetCheckKey]) -> list[Step]:
    """Return the steps that make some assets and do some checks, each after those that it waits for.

    Raises:
        DefinitionError: a function makes all of its assets or none, and only some are asked for.
    """
    chosen = [_select(each, keys, checks) for each in assembly.assets if each.keys & keys or each.check_keys & checks]
    ordered: list[AssetsDefinition] = [
        *order_definitions(chosen),
        *(_select(each, keys, checks) for each in assembly.checks if each.check_keys & checks),
    ]
    needs = [frozenset(list_needs(each)) for each in ordered]
    waits = _list_waits(ordered, needs)
    order = sort_by_waits(waits)
    if len(order) < len(ordered):
        names = ", ".join(each.title for place, each in enumerate(ordered) if place not in set(order))
        raise CyclicDependencyError(f"Circular dependency: these wait for each other: {names}")
    new = {old: place for place, old in enumerate(order)}
    counted: Counter[str] = Counter()
    made: set[AssetKey] = set()
    steps = []
    for old in order:
        definition = ordered[old]
        name = definition.node_def.name
        counted[name] += 1
        made |= definition.keys
        steps.append(
            Step(
                name if counted[name] == 1 else f"{name}_{counted[name]}",
                definition,
                frozenset(new[wait] for wait in waits[old]),
                needs[old],
                frozenset((definition.upstream_keys - needs[old] - made) & keys),
            )
        )
    return steps


def _list_waits(definitions: Sequence[AssetsDefinition], needs: Sequence[AbstractSet[AssetKey]]) -> list[set[int]]:
    """Return what each waits for: what makes what it needs, and the checks of that which may stop it."""
    maker = {key: place for place, each in enumerate(definitions) for key in each.keys}
    gates: dict[AssetKey, set[int]] = {}
    for place, each in enumerate(definitions):
        for spec in each.check_specs:
            if spec.blocking and not each.keys:
                gates.setdefault(spec.asset_key, set()).add(place)
    waits = []
    for place, each in enumerate(definitions):
        own = {maker[key] for key in needs[place] if key in maker}
        if each.keys:
            own |= {gate for key in needs[place] for gate in gates.get(key, ())}
        waits.append(own - {place})
    return waits


def _select(
    definition: AssetsDefinition, keys: AbstractSet[AssetKey], checks: AbstractSet[AssetCheckKey]
) -> AssetsDefinition:
    try:
        return definition.subset_for(keys, checks)
    except InvariantError as error:
        raise DefinitionError(
            f"Asset keys of {definition.title} are made, or checked, all at once: {error.message}", hint=error.hint
        ) from None
