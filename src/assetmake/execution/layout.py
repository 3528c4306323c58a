"""Layout: a plan becomes jobs, each told of those that it reads of and of those that wait for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.execution.chain import Chain
from assetmake.execution.gates import Gates
from assetmake.execution.jobs import Job
from assetmake.execution.shares import Share
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.forecast import Forecast
from assetmake.planning.order import Order
from assetmake.planning.plan import Answers, Plan, Verdict, Verdicts
from assetmake.planning.turns import Turns


@dataclass(frozen=True, slots=True)
class Layout:
    """What jobs are made with.

    Attributes:
        graph: The project.
        order: Tells which upstreams come as a whole.
        forecast: Has a leg for each asset that has work.
        gates: Knows the blocking checks.
        deferred: Nodes that another build works on; added to.
        turns: Which node of an asset comes first, where that is not the order of its definition.
    """

    graph: AssetGraph
    order: Order
    forecast: Forecast
    gates: Gates
    deferred: dict[AssetKey, set[int]]
    turns: Turns | None = None

    def lay_out(self, plan: Plan) -> dict[AssetKey, Job]:
        """Return a job for each function that has work, in the order of the plan, by what stands for it."""
        units: dict[AssetKey, list[Share]] = {}
        for key, verdicts in plan.list_all():
            if verdicts.parts:
                units.setdefault(self.graph.find_lead(key), []).append(self._make_share(plan, key, verdicts))
        jobs = {lead: self._make_job(number, lead, shares) for number, (lead, shares) in enumerate(units.items())}
        for job in jobs.values():
            self._connect(job, jobs)
        return jobs

    def _make_share(self, plan: Plan, key: AssetKey, verdicts: Verdicts) -> Share:
        unit = set(self.graph.units.get(key, ()))
        unit.difference_update(edge.upstream for edge in self.graph.self_edges.get(key, ()))
        return Share(
            record=self.graph.records[key],
            parts=verdicts.parts,
            waiting=set(verdicts.select(Verdict.WAITING)),
            inner=frozenset(edge.upstream for edge in self.graph.upstream[key] if edge.upstream in unit),
            answers=plan.answers.get(key) or Answers(),
            codes=verdicts.codes,
        )

    def _make_job(self, position: int, lead: AssetKey, shares: Sequence[Share]) -> Job:
        elsewhere = set().union(*(self.deferred.get(share.key, ()) for share in shares))
        if len(shares) > 1:
            place = {key: number for number, key in enumerate(self.graph.units[lead])}
            shares = sorted(shares, key=lambda share: place[share.key])
            for share in shares if elsewhere else ():  # what one call makes is left for later together
                self.deferred.setdefault(share.key, set()).update(elsewhere & share.wanted)
        everything = shares[0].parts if len(shares) == 1 else dict.fromkeys(p for share in shares for p in share.parts)
        parts = [part for part in everything if part not in elsewhere]
        if self.turns is not None and not shares[0].record.is_ranged:  # of ranges the order is that of the calls
            parts = list(self.turns.arrange(shares[0].key, parts))
        unfinished = set(parts)
        chain = self._make_chain(shares, parts)
        if chain is not None:
            parts = chain.list_first()
        leg = self.forecast.legs[shares[0].key]
        job = Job(shares[0].record, leg, position, tuple(shares), deque(parts), unfinished, leg.history)
        job.chain = chain
        if len(shares) > 1:
            job.open = {part: sum(part in share.wanted for share in shares) for part in unfinished}
        return job

    def _make_chain(self, shares: Sequence[Share], parts: Sequence[int]) -> Chain | None:
        if not self.graph.self_edges:
            return None
        reads = self.order.find_earlier([share.key for share in shares])
        return None if reads is None else Chain(parts, reads.list_reads)

    def _connect(self, job: Job, jobs: Mapping[AssetKey, Job]) -> None:
        for share in job.shares:
            own = self.graph.self_edges.get(share.key, ())
            for edge in self.graph.upstream[share.key]:
                asset = edge.upstream
                if asset in share.inner:  # a check of what one call makes comes after all that the call makes
                    continue
                for key in (asset, *(() if share.is_check else self.gates.list_checks(asset))):
                    above = jobs.get(self.graph.find_lead(key))
                    if above is None or above is job:
                        continue
                    if not above.below or above.below[-1] is not job:
                        above.below.append(job)
                    is_aligned = key == asset or self.gates.is_aligned(key, asset)
                    if edge in own:
                        continue
                    if not is_aligned or self.order.is_whole(share.key, edge):
                        job.wholes.add(above.key)
