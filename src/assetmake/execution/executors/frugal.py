"""Frugal: while the machine is short of memory, nothing is started beside what runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assetmake.execution.executors import Executor
from assetmake.execution.work import Outcome, Work


class Frugal:
    """Another executor, with fewer slots in hard times; one work runs in any case, so that a build goes on.

    Args:
        executor: What runs works.
        is_short: Tells whether memory is short.
    """

    def __init__(self, executor: Executor, is_short: Callable[[], bool]) -> None:
        self._executor = executor
        self._is_short = is_short
        self._nodes = 0

    def free_slots(self) -> int:
        return 0 if self._nodes and self._is_short() else self._executor.free_slots()

    def has_idle_slot(self) -> bool:
        return self.free_slots() > 0 and self._executor.has_idle_slot()

    def submit(self, work: Work) -> None:
        self._nodes += len(work.nodes)
        self._executor.submit(work)

    def wait(self, timeout: float) -> Sequence[Outcome]:
        outcomes = self._executor.wait(timeout)
        self._nodes -= len(outcomes)
        return outcomes

    def recall(self) -> Sequence[int]:
        numbers = self._executor.recall()
        self._nodes -= len(numbers)
        return numbers

    def stop(self, *, grace: float) -> None:
        self._nodes = 0
        self._executor.stop(grace=grace)
