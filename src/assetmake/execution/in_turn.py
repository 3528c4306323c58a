"""InTurn: another agenda, on which the job goes first whose next partition does."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from assetmake.execution.jobs import Job
from assetmake.planning.turns import Turn, Turns

_Entry = tuple[Turn, float, int, Job]
"""Sorts by the turn of the next partition, then by the longest path, then by the order of the plan."""


class InTurn:
    """Jobs that are worth a look, by the turn of what each has next.

    So what reads a partition goes as soon as that is there, before later partitions of anything; and when a build ends
    early, what it made is whole days and not a part of every day.

    Args:
        turns: Which partition comes before which.
        is_full: Tells whether a pool has no room.
    """

    def __init__(self, turns: Turns, is_full: Callable[[str | None], bool]) -> None:
        self._turns = turns
        self._is_full = is_full
        self._queues: dict[str | None, list[_Entry]] = {}
        self._jobs: set[Job] = set()

    def add(self, job: Job) -> None:
        """Have a job looked at; one that is on the agenda stays there once."""
        if job not in self._jobs:
            self._jobs.add(job)
            heapq.heappush(self._queues.setdefault(job.record.pool, []), self._enter(job))

    def take(self) -> Job | None:
        """Take the job whose turn it is and whose pool has room, or None where there is none."""
        heads = [queue for pool, queue in self._queues.items() if queue and not self._is_full(pool)]
        if not heads:
            return None
        job = heapq.heappop(min(heads, key=lambda queue: queue[0][:3]))[3]
        self._jobs.remove(job)
        return job

    def reorder(self) -> None:
        """Put all jobs in order again, after paths were measured."""
        for queue in self._queues.values():
            queue[:] = [self._enter(job) for *_, job in queue]
            heapq.heapify(queue)

    def _enter(self, job: Job) -> _Entry:
        part = job.ready[0].part if job.ready else job.candidates[0] if job.candidates else None
        turn = (0.0, 0.0, 0) if part is None else self._turns.find(job.key, part)
        return turn, -job.leg.rank, job.position, job
