"""A plan with what it takes to show it, or to run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import islice

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import Ranges
from assetmake.planning.explain import Explanation
from assetmake.planning.history import LastBuild, NodeFailure
from assetmake.planning.live import LiveRebuilder
from assetmake.planning.order import Order
from assetmake.planning.orphans import Orphans
from assetmake.planning.plan import Parts, Plan
from assetmake.planning.turns import Turns
from assetmake.planning.view import Scope, View
from assetmake.storage.ledger import SourceRow
from assetmake.storage.refreshing import RefreshedRow

_MOST_SPANS = 20_000


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with what is needed to show it.

    Attributes:
        notes: Which sources could not be observed.
        mended: Nodes that are fresh though they failed when they were last tried.
    """

    plan: Plan
    scope: Scope
    last_builds: Mapping[AssetKey, LastBuild]
    failures: Mapping[AssetKey, tuple[NodeFailure, ...]]
    orphans: tuple[Orphans, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    notes: tuple[str, ...] = ()
    mended: Mapping[AssetKey, Set[int]] = field(default_factory=dict)

    def ranges(self, key: AssetKey, parts: Parts) -> Sequence[str]:
        """Return parts as inclusive ranges of keys; none for an asset without partitions."""
        definition = self.scope.definitions[key]
        return () if definition is None else Ranges(definition, parts)

    def count_nodes(self) -> tuple[int, int]:
        """Return how many assets the plan looked at, and how many partitions they have in all."""
        return len(self.plan.verdicts), count_partitions(self.plan, self.scope)


@dataclass(slots=True)
class Preparation:
    """A plan, and the view that a build of it works on."""

    plan: Plan
    order: Order
    rebuilder: LiveRebuilder
    learned: tuple[SourceRow, ...]
    history: Mapping[AssetKey, float]
    view: View
    refreshed: Sequence[RefreshedRow]
    remember: Callable[[], None]
    """Keeps that there is nothing to do; to be called in the block of the state in which the plan was made."""
    turns: Turns | None = None
    """Which node comes before which, where that is decided by the time of partitions."""
    durations: Mapping[AssetKey, Mapping[int, float]] = field(default_factory=dict)
    """Seconds that nodes took when they were last built, where the time is short."""

    @property
    def mended(self) -> Mapping[AssetKey, Set[int]]:
        """Nodes that are fresh though they failed when they were last tried."""
        return self.view.mended

    def count_partitions(self) -> int:
        return count_partitions(self.plan, self.view.scope)

    def describe(self, key: AssetKey, parts: Parts) -> str:
        return describe_ranges(self.view.scope, key, parts)

    def write_spans(self, key: AssetKey, parts: Parts) -> list[tuple[str, str]] | None:
        """Write parts so that they can be asked for again: first and last key of neighbours that nothing new can come
        between, other keys one by one; None where there are no partitions, or too many to list.
        """
        definition = self.view.scope.definitions[key]
        if definition is None:
            return None
        runs = ((part, part) for part in parts) if definition.is_listed else definition.runs(parts)
        spans = [(definition.key_of(first), definition.key_of(last)) for first, last in islice(runs, _MOST_SPANS + 1)]
        return spans if len(spans) <= _MOST_SPANS else None

    def close(self) -> None:
        self.view.drop()


def describe_ranges(scope: Scope, key: AssetKey, parts: Parts) -> str:
    """Write parts as the first few ranges of keys, and how many more; nothing for an asset without partitions."""
    definition = scope.definitions[key]
    return "" if definition is None else Ranges(definition, parts).shorten()


def count_partitions(plan: Plan, scope: Scope) -> int:
    """Return how many partitions a plan looked at; an asset without partitions has none."""
    return sum(verdicts.total for key, verdicts in plan if scope.definitions[key] is not None)


def cached_plan(make: Callable[[], Plan]) -> Callable[[], Plan]:
    """Return a function that makes a plan when it is first asked for, and then keeps it."""
    made: list[Plan] = []

    def get() -> Plan:
        if not made:
            made.append(make())
        return made[0]

    return get
