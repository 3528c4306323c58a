"""Forecast: how long what is left will take, and which asset the end of the build waits for the longest.

Every asset that has work is a leg of paths through the plan. One walk from the sinks up gives each leg, in seconds,
how long all that follows takes. What an asset reads as a whole has to be done as a whole, which takes all its nodes
divided by the workers that they can use; what it reads partition by partition costs a path one node, or the range
that one call makes.

How long a node takes is known from earlier builds and from this one. Where it is not, it is taken to be the median of
what is known. Nodes that may turn out fresh count fully: all of this is about the longest that it can be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from statistics import median

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.backfill import BackfillPolicy
from assetmake.graph.asset_graph import AssetGraph, Edge
from assetmake.planning.plan import Plan

_SECONDS_OF_UNKNOWN = 1.0
"""Where nothing at all is known, any number will do: the longest path is then the one with the most assets."""
_WEIGHT_OF_HISTORY = 3
"""An earlier build counts as much as so many nodes of this one."""
_SHORTEST_TELLING = 0.02
"""How long shorter nodes take says nothing about whether this build is faster or slower than earlier ones."""
_DRIFT = 0.25
"""Paths are measured again when so much of the work is done, or turned out to be more or less than was thought."""


@dataclass(slots=True, eq=False)
class Leg:
    """An asset that has work.

    Attributes:
        left: Its nodes whose end has not come.
        width: How many of its nodes can run at once.
        history: Seconds that a node took in earlier builds.
        grain: How many of its nodes one call makes, so that they come to their end together.
        pool: The pool that it runs in, where that is narrower than the workers are many.
        is_chain: Each of its nodes waits for the one before.
        parts: The legs that read it partition by partition.
        wholes: Those that read all of it.
        rank: The longest path from a node of it to the end, as of when paths were last measured.
        ran, seconds: Nodes of it that ran in this build, and how long in all.
        ranked_by, wrong: Seconds that a node was thought to take then; how many that was wrong by for all that is left.
        each, begun: Seconds that a node is thought to take now, and how many of those that run have passed.
        from_one, from_all, path, urgency: Lengths of paths; see `Forecast`.
    """

    left: int
    width: int
    history: float | None = None
    grain: int = 1
    pool: str | None = None
    is_chain: bool = False
    parts: list[Leg] = field(default_factory=list)
    wholes: list[Leg] = field(default_factory=list)
    rank: float = 0.0
    ran: int = 0
    seconds: float = 0.0
    ranked_by: float = 0.0
    wrong: float = 0.0
    each: float = 0.0
    begun: float = 0.0
    from_one: float = 0.0
    from_all: float = 0.0
    path: float = 0.0
    urgency: float = 0.0

    @property
    def is_known(self) -> bool:
        return self.ran > 0 or self.history is not None

    @property
    def pace(self) -> float | None:
        """How many times as long its nodes take as they did in earlier builds, where that can be told."""
        if not self.ran or self.history is None or self.history < _SHORTEST_TELLING:
            return None
        return self.seconds / self.ran / self.history

    @property
    def mean(self) -> float:
        """Seconds that a node takes, by what was seen of this asset."""
        if self.history is None:
            return self.seconds / self.ran
        return (self.history * _WEIGHT_OF_HISTORY + self.seconds) / (_WEIGHT_OF_HISTORY + self.ran)


class Forecast:
    """Measures the paths through a plan, again and again while it is worked off.

    Args:
        plan: What is to run.
        graph: The project.
        is_whole: Tells whether all of an upstream comes before any node of an asset.
        history: Seconds that a node of an asset took in earlier builds.
        workers: How many nodes run at once.
        pools: How many of each pool do.
        elsewhere: Nodes that do not count, because another build works on them.

    Attributes:
        legs: The assets that have work, in the order of the plan.
        landed: How many nodes have run.
    """

    def __init__(
        self,
        plan: Plan,
        graph: AssetGraph,
        *,
        is_whole: Callable[[AssetKey, Edge], bool],
        history: Mapping[AssetKey, float],
        workers: int,
        pools: Mapping[str, int],
        elsewhere: Mapping[AssetKey, Set[int]],
    ) -> None:
        self.legs: dict[AssetKey, Leg] = {}
        self._workers = max(1, workers)
        self._limits = {pool: limit for pool, limit in pools.items() if limit < self._workers}
        shared: dict[AssetKey, Leg] = {}
        for key, verdicts in plan.list_all():
            if not verdicts.parts:
                continue
            pool, taken = graph.records[key].pool, elsewhere.get(key)
            lead = graph.find_lead(key)
            if lead in shared:  # one call makes it together with others
                self.legs[key] = shared[lead]
                continue
            leg = self.legs[key] = Leg(
                left=len(verdicts.parts) - (sum(part in taken for part in verdicts.parts) if taken else 0),
                width=1 if key in graph.self_edges else self._limits.get(pool or "", self._workers),
                history=history.get(key),
                grain=_find_grain(graph.records[key].backfill, len(verdicts.parts)),
                pool=pool if pool in self._limits else None,
                is_chain=key in graph.self_edges,
            )
            if key in graph.units:
                shared[lead] = leg
            for edge in graph.upstream[key]:
                above = self.legs.get(edge.upstream)
                if above is not None and above is not leg:
                    (above.wholes if is_whole(key, edge) else above.parts).append(leg)
        self._open = list(dict.fromkeys(self.legs.values()))
        self._past: list[float] = []
        self.landed = self._newly_known = 0
        self._paces = [1.0]
        self.measure()

    # ------------------------------------------------------------------ what happens to a plan

    def learn(self, leg: Leg, seconds: float) -> None:
        """Take note of how long a node took."""
        self.landed += 1
        self._newly_known += not leg.is_known
        leg.ran += 1
        leg.seconds += seconds
        wrong = abs(leg.mean - leg.ranked_by) * leg.left
        self._wrong += wrong - leg.wrong
        leg.wrong = wrong

    def cross_off(self, leg: Leg, number: int) -> None:
        """Take note of nodes that have come to their end."""
        right = leg.wrong * number / leg.left if leg.left else 0.0
        leg.wrong -= right
        self._wrong -= right
        self._done += leg.ranked_by * number
        leg.left -= number
        if not leg.left:
            leg.from_one = leg.from_all = leg.path = leg.urgency = 0.0

    @property
    def is_off(self) -> bool:
        """Tell whether things have changed so much that paths should be measured again."""
        return self._done + self._wrong > _DRIFT * self._work or self._newly_known > 3 * self._known_then

    # ------------------------------------------------------------------ what can be told of it

    def measure(self) -> None:
        """Measure all paths, and rank the legs by them."""
        self._expect()
        self._backlogs = self._walk()
        self._work, self._done, self._wrong = 0.0, 0.0, 0.0
        for leg in self._open:
            # One worker takes as long in any order; that of the plan reads best.
            leg.rank = leg.path if self._workers > 1 else 0.0
            leg.ranked_by, leg.wrong = leg.each, 0.0
            self._work += leg.left * leg.each
        self._known_then, self._newly_known = self._known, 0

    def backlog(self, pool: str | None) -> float:
        """Return how long a pool will take for all that is left of it, as of when paths were last measured."""
        return self._backlogs.get(pool or "", 0.0)

    def estimate(self, under_way: Iterable[tuple[Leg, float]] = (), *, overhead: float = 0.0) -> float | None:
        """Return how many seconds the rest will take, or None where too little is known of it.

        Args:
            under_way: For each node or range that runs, its leg and since when, in seconds.
            overhead: Seconds for each node that nothing else happens in.
        """
        self._expect()
        left = sum(leg.left for leg in self._open)
        if self._is_guesswork(left):
            return None
        for leg, seconds in under_way:
            leg.begun += min(seconds, leg.each * leg.grain)
        backlogs = self._walk()
        work = sum(leg.left * leg.each - leg.begun for leg in self._open)
        longest = max((leg.from_all for leg in self._open), default=0.0)
        return max(work / self._workers, longest, left * overhead, *backlogs.values())

    def _is_guesswork(self, left: int) -> bool:
        """Tell whether nothing is known of most of the nodes, or of most of the assets."""
        unknown = sum(leg.left for leg in self._open if not leg.is_known)
        return unknown > left - unknown + self.landed or self._unknown > self._known

    def _expect(self) -> None:
        """Say of every leg how long a node of it takes."""
        for leg in self._open:
            if not leg.left:
                self._past += [leg.mean] if leg.is_known else []
                self._paces += [] if leg.pace is None else [leg.pace]
        self._past.sort()
        self._paces.sort()
        self._open = [leg for leg in self._open if leg.left]
        seen: list[Leg] = []
        unseen: list[Leg] = []
        unknown: list[Leg] = []
        for leg in self._open:
            leg.begun = 0.0
            (seen if leg.ran else unknown if leg.history is None else unseen).append(leg)
        for leg in seen:
            leg.each = leg.mean
        pace = _agree(self._paces + [leg.pace for leg in seen if leg.pace is not None])
        for leg in unseen:
            leg.each = leg.mean * pace
        known = [*self._past, *(leg.each for leg in seen), *(leg.each for leg in unseen)] if unknown else []
        seconds = median(known) if known else _SECONDS_OF_UNKNOWN
        for leg in unknown:
            leg.each = seconds
        self._unknown = len(unknown)
        self._known = len(self._past) + len(self._open) - len(unknown)

    def _walk(self) -> dict[str, float]:
        """Measure, from the sinks up, for each leg the time to the end of all that follows; return that of pools.

        - `from_one`: from the start of one of its nodes.
        - `from_all`: from the start of all of them, by as many workers as they can use.
        - `path`: as `from_all`; but of nodes that nothing waits for together, and that can therefore fill gaps between
          others, only one counts.
        - `urgency`: as `path`; but where it leads to a pool, at least the time that all that is left of that takes.
        """
        backlogs: dict[str, float] = defaultdict(float)
        for leg in self._open:
            if leg.pool is not None:
                backlogs[leg.pool] += (leg.left * leg.each - leg.begun) / leg.width
        for leg in reversed(self._open):
            rest = leg.left * leg.each - leg.begun
            each = min(leg.each * leg.grain, rest)
            span = max(each, rest / leg.width)
            after = urgent = 0.0
            for below in leg.wholes:  # two calls of max() for each edge would take twice as long as all the rest
                if below.from_all > after:  # noqa: PLR1730
                    after = below.from_all
                if below.urgency > urgent:  # noqa: PLR1730
                    urgent = below.urgency
            own = each if leg.pool is None and not leg.wholes and not leg.is_chain else span
            if leg.parts:
                after = max(after, *(below.from_one for below in leg.parts))
                leg.from_all = max(span + after, each + max(below.from_all for below in leg.parts))
                leg.path = max(own + max(after, urgent), each + max(below.urgency for below in leg.parts))
            else:
                leg.from_all = span + after
                leg.path = own + max(after, urgent)
            leg.from_one = each + after
            leg.urgency = leg.path if leg.pool is None else max(leg.path, backlogs[leg.pool])
        return backlogs


def _find_grain(policy: BackfillPolicy | None, nodes: int) -> int:
    most = 1 if policy is None else policy.max_partitions_per_run
    return nodes if most is None else most


def _agree(paces: list[float]) -> float:
    """Return how much slower this build is than earlier ones, as most assets say, with one voice for no difference."""
    paces.sort()
    high, low = paces[len(paces) // 2], paces[(len(paces) - 1) // 2]
    return high if high < 1 else max(1.0, low)
