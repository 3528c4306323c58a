"""Agenda: which job to look at next. The one with the longest path to the end goes first, unless its pool is full."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from assetmake.execution.jobs import Job

_Entry = tuple[float, int, Job]
"""Sorts by the longest path, then by the order of the plan, which no two jobs share."""


class Agenda:
    """Jobs that are worth a look.

    Those of one pool stand in a queue of their own: while it is full nothing is asked of any of them.

    Args:
        is_full: Tells whether a pool has no room.
        backlog: Tells how long a pool will take for all that is left of it.
    """

    def __init__(self, is_full: Callable[[str | None], bool], backlog: Callable[[str | None], float]) -> None:
        self._is_full = is_full
        self._backlog = backlog
        self._queues: dict[str | None, list[_Entry]] = {}
        self._jobs: set[Job] = set()

    def add(self, job: Job) -> None:
        """Have a job looked at; one that is on the agenda stays there once."""
        if job not in self._jobs:
            self._jobs.add(job)
            heapq.heappush(self._queues.setdefault(job.record.pool, []), _enter(job))

    def take(self) -> Job | None:
        """Take the most urgent job whose pool has room, or None where there is none."""
        best: tuple[float, int] | None = None
        chosen: list[_Entry] = []
        for pool, queue in self._queues.items():
            if not queue or self._is_full(pool):
                continue
            path, position, _ = queue[0]
            # A pool that will be busy for long has to be kept busy, however short the path from its next node is.
            urgency = min(path, -self._backlog(pool)), position
            if best is None or urgency < best:
                best, chosen = urgency, queue
        if best is None:
            return None
        job = heapq.heappop(chosen)[2]
        self._jobs.remove(job)
        return job

    def reorder(self) -> None:
        """Put all jobs in order again, after paths were measured."""
        for queue in self._queues.values():
            queue[:] = [_enter(job) for _, _, job in queue]
            heapq.heapify(queue)


def _enter(job: Job) -> _Entry:
    return -job.leg.rank, job.position, job
