"""Budget: the time in which all that is started should end, and what history says would not."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import islice
from math import inf

from assetmake.definitions.asset_key import AssetKey
from assetmake.execution.jobs import LARGEST_CHUNK, Job

_Durations = Mapping[AssetKey, Mapping[int, float]]


class Budget:
    """Tells what may still be started.

    A node is thought to take as long as when it was last built; one that was never built, as long as others of its
    asset; and nothing at all where none of those ran: somebody has to be the first.

    Args:
        deadline: When everything should have ended, by a monotonic clock; None: whenever.
        durations: Seconds that nodes took when they were last built.
    """

    def __init__(self, deadline: float | None = None, durations: _Durations | None = None) -> None:
        self.is_limited = deadline is not None
        self._deadline = inf if deadline is None else deadline
        self._durations = durations or {}

    @property
    def seconds(self) -> float:
        """What is left."""
        return self._deadline - time.monotonic()

    @property
    def is_over(self) -> bool:
        return self.is_limited and self.seconds <= 0

    def fits(self, job: Job, parts: Sequence[int]) -> bool:
        """Tell whether one call for each of some nodes, one after the other, or one for all, would end in time."""
        return not self.is_limited or self._estimate(job, parts) <= self.seconds

    def split(self, job: Job, parts: list[int]) -> tuple[list[int], list[int]]:
        """Tell nodes that each would end in time from those that would not."""
        if not self.is_limited:
            return parts, []
        late = {part for part in parts if not self.fits(job, [part])}
        return [part for part in parts if part not in late], [part for part in parts if part in late]

    def split_candidates(self, job: Job, parts: list[int]) -> tuple[list[int], list[int]]:
        """Do so before it is known whether they must run: what waits for upstream may turn out fresh."""
        fitting, late = self.split(job, parts)
        unsure = [part for part in late if any(part in share.waiting for share in job.shares)]
        if not unsure:
            return fitting, late
        kept = {*fitting, *unsure}
        return [part for part in parts if part in kept], [part for part in parts if part not in kept]

    def take_late(self, job: Job) -> list[int]:
        """Take what would not end in time off the nodes of a job that would go next, and return it."""
        if not self.is_limited:
            return []
        late: list[int] = []
        while job.ranges:
            parts = [each.part for each in islice(job.ready, job.ranges[0])]
            if self.fits(job, parts):
                return late
            late += parts
            for _ in range(job.ranges.popleft()):
                job.ready.popleft()
        if not job.record.is_ranged:
            ahead = [job.ready.popleft() for _ in range(min(LARGEST_CHUNK, len(job.ready)))]
            fitting, late = self.split(job, [each.part for each in ahead])
            kept = set(fitting)
            job.ready.extendleft(each for each in reversed(ahead) if each.part in kept)
        return late

    def _estimate(self, job: Job, parts: Sequence[int]) -> float:
        known = self._durations.get(job.key, {})
        others = job.average or 0.0
        return sum(known.get(part, others) for part in parts)
