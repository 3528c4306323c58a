"""Standpoint: from where one asset's condition is evaluated - what it has in common with others, and its own past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.rule_records import FreshnessRecord, RuleRecord
from assetmake.planning.automation_facts import Facts
from assetmake.planning.subsets import NOTHING, Runs
from assetmake.ticking.memory import Memory, fold_source, name_scheme


@dataclass(slots=True)
class Round:
    """What all evaluations of one tick have in common.

    Attributes:
        facts: What the state says.
        now: The time of the tick.
        rules: The conditions of all assets and checks.
        policies: The freshness policies.
        memories: What the evaluations before have left.
        evaluated: When those were.
        requested: What is requested on this tick, of what was evaluated already.
        last_built: When an asset was last made.
    """

    facts: Facts
    now: datetime
    rules: Mapping[AssetKey, RuleRecord]
    policies: Mapping[AssetKey, FreshnessRecord]
    memories: Mapping[AssetKey, Memory]
    evaluated: Mapping[AssetKey, datetime]
    last_built: Mapping[AssetKey, datetime]
    requested: dict[AssetKey, Runs] = field(default_factory=dict)


@dataclass(slots=True)
class Standpoint:
    """The evaluation of one asset's condition.

    Attributes:
        around: What it has in common with others.
        root: The asset, or the check.
        before: What the evaluation before has left; None for the first one.
        evaluated_at: When that was.
        after: What this one leaves.
    """

    around: Round
    root: AssetKey
    before: Memory | None
    evaluated_at: datetime | None
    after: Memory

    @property
    def facts(self) -> Facts:
        return self.around.facts

    @property
    def is_first(self) -> bool:
        """Whether nothing is known of these partitions yet."""
        return self.before is None or self.before.scheme != self.after.scheme

    def recall(self, name: str, key: AssetKey) -> Runs:
        """Return the set that a condition has remembered."""
        kept = self.before.nodes.get(name) if self.before is not None else None
        return NOTHING if kept is None else self.facts.find_universe(key).restore(kept)

    def recall_requested(self, key: AssetKey) -> Runs:
        """Return what was requested of an asset on the tick before."""
        memory = self.around.memories.get(key)
        universe = self.facts.find_universe(key)
        if memory is None or memory.scheme != name_scheme(universe):
            return NOTHING
        return universe.restore(memory.requested)

    def find_changed_source(self, key: AssetKey) -> Runs:
        """Return what of a source is other than on the tick before."""
        self.note_source(key)
        known = self.before.sources.get(str(key)) if self.before is not None else None
        if known is None:
            return NOTHING
        there = self.after.sources[str(key)]
        return self.facts.find_universe(key).locate(
            [int(part) for part, number in there.items() if known.get(part) != number]
        )

    def note_source(self, key: AssetKey) -> None:
        """Remember what there is of a source."""
        sources = self.facts.view.scope.sources
        if key in sources and str(key) not in self.after.sources:
            self.after.sources[str(key)] = fold_source(sources[key].data)


def take_standpoint(around: Round, root: AssetKey) -> Standpoint:
    """Return where the evaluation of an asset's condition begins."""
    before = around.memories.get(root)
    after = Memory(around.facts.revision, name_scheme(around.facts.find_universe(root)))
    return Standpoint(around, root, before, None if before is None else around.evaluated.get(root), after)
