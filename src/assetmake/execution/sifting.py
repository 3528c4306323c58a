"""Sifting: which partitions of a job may run, by what it reads that is still to come, or never will."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field, replace
from itertools import chain

from assetmake.definitions.asset_key import AssetKey
from assetmake.execution.gates import Gates
from assetmake.execution.jobs import Job
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.order import Order, Readiness

Nodes = Mapping[AssetKey, Set[int]]


@dataclass(frozen=True, slots=True)
class Sieve:
    """Tells partitions apart.

    Attributes:
        graph: The project.
        order: Tells ready nodes of one asset from blocked ones.
        gates: Knows the blocking checks.
        jobs: Those that are not done, by what stands for each.
        pending: Of assets that were asked for and have blocking checks: what is still to come of them or of a check.
            To put that together takes as long as there are partitions, and a look comes with every few that end.
        culprits: Of what cannot run, which nodes that is, by the asset that failed in the end or the check that holds
            them. To find that out anew would be to walk up to it from each.
    """

    graph: AssetGraph
    order: Order
    gates: Gates
    jobs: Mapping[AssetKey, Job]
    pending: dict[AssetKey, set[int]] = field(default_factory=dict)
    culprits: dict[AssetKey, dict[AssetKey, set[int]]] = field(default_factory=dict)

    def find_job(self, key: AssetKey) -> Job | None:
        """Return the job that makes an asset or a check, if it is not done."""
        return self.jobs.get(self.graph.find_lead(key))

    def find_unfinished(self, job: Job) -> dict[AssetKey, Set[int]]:
        """Return what is still to come of all that a job reads, blocking checks of that included."""
        found: dict[AssetKey, Set[int]] = {}
        for share in job.shares:
            for edge in self.graph.upstream[share.key]:
                key = edge.upstream
                if key in found or key in share.inner:
                    continue
                above = self.find_job(key)
                if not share.is_check and self.gates.list_checks(key):
                    unfinished = self._find_pending(key)
                else:
                    unfinished = above.unfinished if above is not None else set()
                if unfinished:
                    found[key] = unfinished
        return found

    def cross_off(self, job: Job, parts: Collection[int]) -> None:
        """Take note of partitions of a job that have come to their end; its own list has them no more."""
        for share in job.shares:
            asset = share.key if share.record.inspection is None else share.record.inspection.asset
            pending = self.pending.get(asset)
            if pending:
                others = [other.unfinished for other in self._list_aligned(asset)]
                pending.difference_update(part for part in parts if not any(part in other for other in others))

    def _find_pending(self, asset: AssetKey) -> set[int]:
        pending = self.pending.get(asset)
        if pending is None:
            pending = set().union(*(each.unfinished for each in self._list_aligned(asset)))
            self.pending[asset] = pending
        return pending

    def _list_aligned(self, asset: AssetKey) -> list[Job]:
        """Return the jobs, of those that are not done, of an asset and of its blocking checks by partition."""
        keys = asset, *(check for check in self.gates.list_checks(asset) if self.gates.is_aligned(check, asset))
        return [job for job in map(self.find_job, keys) if job is not None]

    def sort(self, job: Job, batch: list[int], *, unfinished: Nodes, lost: Nodes) -> Readiness:
        """Tell apart what is ready, what reads something unfinished, and what cannot run, with the culprit of each."""
        found = self._tell_apart(job, batch, unfinished=unfinished, lost=lost)
        return replace(found, doomed=self._find_culprits(job, found.doomed)) if found.doomed else found

    def _find_culprits(self, job: Job, doomed: Mapping[int, AssetKey]) -> dict[int, AssetKey]:
        """Return for each partition that reads something lost what failed above it, however far."""
        found: dict[int, AssetKey] = {}
        for above in dict.fromkeys(doomed.values()):
            left = [part for part, read in doomed.items() if read == above]
            held = {} if job.is_check else self.gates.list_held(above)
            for culprit, parts in chain(self.culprits.get(above, {}).items(), held.items()):
                hit = self._tell_apart(job, left, unfinished={}, lost={above: parts}).doomed if left else {}
                found.update(dict.fromkeys(hit, culprit))
                left = [part for part in left if part not in hit]
            found.update(dict.fromkeys(left, above))
        return {part: found[part] for part in doomed}

    def blame(self, job: Job, parts: Set[int], culprit: AssetKey) -> None:
        """Keep what partitions of a job that cannot run are to be explained by."""
        for share in job.shares:
            own = parts if len(job.shares) == 1 else parts & share.wanted
            if own:
                self.culprits.setdefault(share.key, {}).setdefault(culprit, set()).update(own)

    def _tell_apart(self, job: Job, batch: list[int], *, unfinished: Nodes, lost: Nodes) -> Readiness:
        if len(job.shares) == 1:
            return self.order.sort_out(job.key, batch, unfinished=unfinished, lost=lost)
        doomed: dict[int, AssetKey] = {}
        blocked: set[int] = set()
        for share in job.shares:
            own = [part for part in batch if part in share.wanted and part not in doomed]
            # Another share may read earlier partitions of what this one reads of the same call.
            open_above = {key: parts for key, parts in unfinished.items() if key not in share.inner}
            lost_above = {key: parts for key, parts in lost.items() if key not in share.inner}
            found = self.order.sort_out(share.key, own, unfinished=open_above, lost=lost_above)
            doomed.update(found.doomed)
            blocked.update(found.blocked)
        left = [part for part in batch if part not in doomed]
        return Readiness(
            [part for part in left if part not in blocked], [part for part in left if part in blocked], doomed
        )

    def find_readers(self, job: Job, batch: list[int], nodes: Mapping[AssetKey, set[int]]) -> list[int]:
        """Return what reads some nodes, or what their blocking checks hold."""
        if not nodes:
            return []
        return list(self._tell_apart(job, batch, unfinished={}, lost=self.spread(job, nodes, nodes)).doomed)

    def spread(self, job: Job, nodes: Nodes, checks: Nodes) -> Nodes:
        """Return nodes together with what checks hold back of all that a job reads; a check is held by none."""
        if job.is_check:
            return nodes
        earlier = {edge.upstream for share in job.shares for edge in self.graph.self_edges.get(share.key, ())}
        return self.gates.spread(nodes, checks, inner=job.inner - earlier)
