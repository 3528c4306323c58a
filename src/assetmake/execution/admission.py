"""Admission: what may run is checked again where it only waited, and prepared where it must run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from assetmake.definitions.asset_key import AssetKey
from assetmake.execution.jobs import Dispatcher, Job, Rebuilder
from assetmake.execution.settling import Settler
from assetmake.execution.shares import Ready, Share
from assetmake.execution.work import Failure
from assetmake.planning.inputs import NodeInputs


@dataclass(frozen=True)
class Admission:
    """Turns partitions of which all that they read is done into such as are ready to go, or are spared.

    Attributes:
        rebuilder: Checks and prepares.
        dispatcher: Makes nodes.
        settler: Ends those that cannot run.
        spare: Called with a share's nodes that turned out fresh.
    """

    rebuilder: Rebuilder
    dispatcher: Dispatcher
    settler: Settler
    spare: Callable[[Job, Share, list[int]], None]

    def admit(self, job: Job, parts: list[int]) -> None:
        """Check again what waited, and prepare what must run."""
        must = self._find_due(job, parts)
        first, *others = job.shares
        if others and not job.record.can_subset:
            together = set().union(*must)
            must = [together] * len(job.shares)
        for share, due in zip(job.shares, must, strict=True):
            own = parts if not others else [part for part in parts if part in share.wanted]
            self.spare(job, share, [part for part in own if part not in due])
            wanted = [part for part in own if part in due]
            if wanted:
                share.former.update(self.rebuilder.former(share.key, wanted))
        if not others:
            wanted = [part for part in parts if part in must[0]]
            for node in self.rebuilder.prepare(first.key, wanted) if wanted else ():
                self._enter(job, node, ((first, node.digests),))
            return
        prepared = {
            share.key: {node.part: node for node in self.rebuilder.prepare(share.key, sorted(due & share.wanted))}
            for share, due in zip(job.shares, must, strict=True)
        }
        for part in parts:
            found = [(share, prepared[share.key][part]) for share in job.shares if part in prepared[share.key]]
            if found:
                missing = next((node.missing for _, node in found if node.missing), "")
                shares = tuple((share, node.digests) for share, node in found)
                self._enter(job, replace(found[0][1], missing=missing), shares)

    def spare_fresh(self, job: Job, parts: list[int]) -> set[int]:
        """Spare those of some partitions of which nothing need run; return them."""
        due = set().union(*self._find_due(job, parts)) if parts else set()
        fresh = [part for part in parts if part not in due]
        for share in job.shares:
            self.spare(job, share, [part for part in fresh if part in share.wanted])
        return set(fresh)

    def _find_due(self, job: Job, parts: list[int]) -> list[set[int]]:
        """Return, for each share, which of some partitions must run, now that all that they read stands."""
        must: list[set[int]] = []
        due: dict[AssetKey, set[int]] = {}
        for share in job.shares:
            own = parts if len(job.shares) == 1 else [part for part in parts if part in share.wanted]
            unsure = [part for part in own if part in share.waiting]
            found = set(own).difference(unsure)
            # What the same call makes anew is not known before it has run.
            anew = set().union(*(due.get(key, set()) for key in share.inner)) if share.inner else set()
            found |= anew.intersection(unsure)
            unsure = [part for part in unsure if part not in found]
            if unsure:
                found |= self.rebuilder.recheck(share.key, unsure)
            due[share.key] = found
            must.append(found)
        return must

    def _enter(self, job: Job, node: NodeInputs, shares: tuple[tuple[Share, tuple[int, ...]], ...]) -> None:
        if node.missing:
            failure = Failure(node.missing, retryable=False)
            for share, _ in shares:
                self.settler.fail(job, share, self.dispatcher.make_node(share, node), failure)
            return
        # What a range reads is gathered when it goes; that of each of its nodes would take much memory.
        job.ready.append(Ready(replace(node, inputs=()) if job.record.is_ranged else node, shares))
