"""Steps: the functions that a run calls, in the order in which they can be called."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.errors import CyclicDependencyError, DefinitionError, InvariantError
from assetmake.running.assembly import Assembly


@dataclass(frozen=True, slots=True)
class Step:
    """One call.

    Attributes:
        definition: What it makes and checks; of several, what is asked for.
        waits: The places of the steps that come before.
        reads: The assets that it reads, or is called after.
    """

    definition: AssetsDefinition
    waits: frozenset[int]
    reads: frozenset[AssetKey]

    @property
    def name(self) -> str:
        return self.definition.node_def.name


def plan_steps(assembly: Assembly, keys: AbstractSet[AssetKey], checks: AbstractSet[AssetCheckKey]) -> list[Step]:
    """Return the steps that make some assets and do some checks, each after those that it waits for.

    Raises:
        DefinitionError: a function makes all of its assets or none, and only some are asked for.
    """
    chosen = [
        _select(each, keys, checks)
        for each in (*assembly.assets, *assembly.checks)
        if each.keys & keys or each.check_keys & checks
    ]
    maker = {key: place for place, each in enumerate(chosen) for key in each.keys}
    gates: dict[AssetKey, set[int]] = {}
    for place, each in enumerate(chosen):
        for spec in each.check_specs:
            if spec.blocking and not each.keys:
                gates.setdefault(spec.asset_key, set()).add(place)
    steps = []
    for place, each in enumerate(chosen):
        reads = frozenset(each.upstream_keys)
        waits = {maker[key] for key in reads if key in maker}
        if each.keys:
            waits |= {gate for key in reads for gate in gates.get(key, ())}
        steps.append(Step(each, frozenset(waits - {place}), reads))
    return _reorder(steps)


def _select(
    definition: AssetsDefinition, keys: AbstractSet[AssetKey], checks: AbstractSet[AssetCheckKey]
) -> AssetsDefinition:
    try:
        return definition.subset_for(keys, checks)
    except InvariantError as error:
        raise DefinitionError(
            f"Asset keys of {definition.title} are made, or checked, all at once: {error.message}", hint=error.hint
        ) from None


def _reorder(steps: Sequence[Step]) -> list[Step]:
    order = _order(steps)
    new = {old: place for place, old in enumerate(order)}
    return [
        Step(steps[old].definition, frozenset(new[wait] for wait in steps[old].waits), steps[old].reads)
        for old in order
    ]


def _order(steps: Sequence[Step]) -> list[int]:
    done: list[int] = []
    left = list(range(len(steps)))
    while left:
        ready = [place for place in left if steps[place].waits <= set(done)]
        if not ready:
            names = ", ".join(steps[place].name for place in left)
            raise CyclicDependencyError(f"Circular dependency: these wait for each other: {names}")
        done += ready
        left = [place for place in left if place not in set(ready)]
    return done
