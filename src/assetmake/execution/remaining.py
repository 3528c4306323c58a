"""Remaining: what a build of a portion leaves for another one, and how long that will take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from assetmake.definitions.asset_key import AssetKey
from assetmake.events import WorkLeft
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.plan import Parts, Plan

_NAMED = 3


@dataclass(slots=True)
class Remaining:
    """Nodes that were to be built, and that nobody has started.

    Attributes:
        graph: The project.
        plan: What was planned; it knows what was asked for.
        nodes: Those that were in the plan and that there was no time for, by asset; checks among them.
    """

    graph: AssetGraph
    plan: Plan
    nodes: dict[AssetKey, set[int]] = field(default_factory=dict)

    def add(self, nodes: Mapping[AssetKey, set[int]]) -> None:
        """Take note of nodes that there is no time for."""
        for key, parts in nodes.items():
            self.nodes.setdefault(key, set()).update(parts)

    @property
    def unstarted(self) -> int:
        """How many nodes of assets that were in the plan are not built after all."""
        return sum(len(parts) for key, parts in self.nodes.items() if key in self.graph.assets)

    def find_asked(self) -> dict[AssetKey, Parts]:
        """Return those that were asked for, in the order of each asset's definition."""
        found: dict[AssetKey, Parts] = {}
        for key, targets in self.plan.targets.items():
            rest, late = self.plan.rest.get(key, ()), self.nodes.get(key, set())
            verdicts = self.plan.verdicts[key]
            is_whole = len(targets) == verdicts.total + len(rest)  # nothing else of the asset was looked at
            if late or not is_whole:
                among = late.union(rest)
                rest = [part for part in targets if part in among] if among else ()
            if rest:
                found[key] = rest
        return found

    def tell(
        self,
        asked: Mapping[AssetKey, Parts],
        *,
        describe: Callable[[AssetKey, Parts], str],
        seconds: float | None,
        nothing_fits: bool,
        failed: int = 0,
    ) -> WorkLeft:
        """Return what to say of what is left.

        Args:
            asked: As `find_asked` returns it.
            describe: Writes parts of an asset as ranges of keys.
            seconds: How long it will take.
            nothing_fits: The time was too short for any of it.
            failed: How many nodes failed in this build.
        """
        texts = {key: describe(key, parts) for key, parts in asked.items()}
        if len(set(texts.values())) == 1:
            keys = next(iter(texts.values()))
        else:
            named = [f"{key}@{text}" if text else str(key) for key, text in texts.items()]
            keys = "; ".join(named[:_NAMED]) + (f"; and {len(named) - _NAMED} more" if len(named) > _NAMED else "")
        total = sum(map(len, self.plan.targets.values()))
        late = (
            self.plan.verdicts[key].count_failed(parts)
            for key, parts in self.nodes.items()
            if key in self.plan.verdicts
        )
        failed += self.plan.rest_failed + sum(late)
        return WorkLeft(sum(map(len, asked.values())), total, keys, seconds, nothing_fits, failed)

    def estimate(self, means: Mapping[AssetKey, float], *, workers: int, pools: Mapping[str, int]) -> float | None:
        """Return how many seconds all that is left will take, upstream included; None where little is known of it.

        Args:
            means: Seconds that a node of an asset takes.
            workers: How many run at once.
            pools: How many of each pool do.
        """
        counts: dict[AssetKey, int] = {key: len(parts) for key, parts in self.plan.rest.items()}
        for key, parts in self.nodes.items():
            counts[key] = counts.get(key, 0) + len(parts)
        known = {key: number for key, number in counts.items() if key in means}
        if 2 * sum(known.values()) < sum(counts.values()) or not known:
            return None
        typical = sum(means[key] * number for key, number in known.items()) / sum(known.values())
        work: dict[str | None, float] = {}
        for key, number in counts.items():
            pool = self.graph.records[key].pool
            work[pool] = work.get(pool, 0.0) + means.get(key, typical) * number
        narrow = [seconds / min(pools[pool], workers) for pool, seconds in work.items() if pool and pool in pools]
        return max(sum(work.values()) / max(1, workers), *narrow, 0.0)
