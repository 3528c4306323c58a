"""Announcing: what becomes of jobs, from nodes that start to assets that are done, as events."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.events import NodesSkipped, NodesStarted, Sink
from assetmake.execution.jobs import Job
from assetmake.execution.shares import Share
from assetmake.execution.tally import Tally
from assetmake.execution.work import Work
from assetmake.planning.plan import Parts

_DESCRIBED = 10_000
"""An asset with more nodes than this is told of by their number alone."""


@dataclass(frozen=True, slots=True)
class Announcer:
    """Tells of jobs.

    Attributes:
        sink: Hears it.
        describe: Writes parts of an asset as ranges of keys.
    """

    sink: Sink
    describe: Callable[[AssetKey, Parts], str]

    def tell_started(self, job: Job, work: Work) -> None:
        """Tell of the nodes of an asset that a work begins with."""
        job.started_at = job.started_at or time.monotonic()
        shown = next((share for share in job.shares if not share.is_check), job.shares[0])
        parts = [node.part for node in work.nodes if node.output == shown.record.output]
        if parts:
            self.sink(NodesStarted(str(shown.key), len(parts), self.describe(shown.key, parts)))

    def tell_skipped(self, share: Share, count: int, because: str) -> None:
        """Count nodes as skipped, and tell of them."""
        if count:
            share.tally.merge(Tally(checks_skipped=count) if share.is_check else Tally(skipped=count))
            self.sink(NodesSkipped(str(share.key), count, because))

    def tell_finished(self, job: Job, *, left: Mapping[AssetKey, Set[int]]) -> None:
        """Tell what became of all that a job makes.

        Args:
            job: Of which nothing is to come any more.
            left: Nodes that were left for another build, of which nothing is told.
        """
        for share in job.shares:
            if share.tally.touched and not share.is_check:
                elapsed = 0.0 if job.started_at is None else time.monotonic() - job.started_at
                gone = left.get(share.key)
                parts = [part for part in share.parts if part not in gone] if gone else share.parts
                keys = self.describe(share.key, parts) if len(parts) <= _DESCRIBED else ""
                self.sink(share.sum_up(elapsed, keys))
        job.tell_answers(self.sink)
