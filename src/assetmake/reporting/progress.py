"""Progress: what runs, how much is done, and how long the rest may take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from assetmake.events import (
    AssetFinished,
    CheckAnswered,
    Event,
    NodeFailed,
    NodeRetried,
    NodesBuilt,
    NodesMadeElsewhere,
    NodesSkipped,
    NodesSpared,
    NodesStarted,
    RestEstimated,
    RunStarted,
    WaitingForRun,
)
from assetmake.reporting.display import display
from assetmake.reporting.words import shorten, tell_roughly

_PATIENCE = 30.0


@dataclass(slots=True)
class Progress:
    """Counts events as they come, and counts down what was last told of the rest.

    Args:
        clock: A monotonic clock, in seconds.
    """

    clock: Callable[[], float]
    total: int = 0
    done: int = 0
    elsewhere: int = 0
    _over_at: float | None = None
    _running: Counter[str] = field(default_factory=Counter)
    _told: float = 0.0

    def absorb(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.total, self._told = event.to_run, self.clock()
                self._expect(event.estimate)
            case RestEstimated():
                self._expect(event.seconds)
            case WaitingForRun() | NodesMadeElsewhere():
                self._hear_of_others(event)
            case NodesStarted():
                self._running[event.asset] += event.count
            case NodesBuilt():
                self._end(event.asset, event.built + event.unchanged)
            case NodeFailed() if _is_check(event.asset):
                self._running[event.asset] -= 1
            case NodeFailed():
                self._end(event.asset, 1)
            case CheckAnswered():
                self._running[f"{event.asset}:{event.check}"] -= event.count
            case NodeRetried():
                self._running[event.asset] -= event.count
            case NodesSpared() | NodesSkipped():
                self.done += 0 if _is_check(event.asset) else event.count
            case AssetFinished():
                del self._running[event.asset]
            case _:
                pass

    def _hear_of_others(self, event: WaitingForRun | NodesMadeElsewhere) -> None:
        if isinstance(event, NodesMadeElsewhere):
            self.elsewhere = event.nodes
        else:
            self._expect(None)

    def describe(self) -> str:
        """Return one line: done, left, running."""
        # A copy first: the footer asks from its own thread.
        running = [(asset, number) for asset, number in list(self._running.items()) if number > 0]
        names = [f"{display(asset)} ({number:,})" if number > 1 else display(asset) for asset, number in running]
        parts = [f"{self.done + self.elsewhere:,}/{self.total:,} done"] if self.total else []
        left = 0.0 if self._over_at is None else self._over_at - self.clock()
        if left >= 1:
            parts.append(f"about {tell_roughly(left)} left")
        if names:
            parts.append(f"running {shorten(names, 4)}")
        return ", ".join(parts)

    def is_due(self) -> bool:
        """Tell, at most every half a minute, that it is time for a line where there is no live display."""
        now = self.clock()
        if not self.total or now - self._told < _PATIENCE:
            return False
        self._told = now
        return True

    def _end(self, asset: str, number: int) -> None:
        self.done += number
        self._running[asset] -= number

    def _expect(self, left: float | None) -> None:
        self._over_at = None if left is None else self.clock() + left


def _is_check(name: str) -> bool:
    """Tell a check, `users:no_nulls`, from an asset. Checks are not among what a run counts as done."""
    return ":" in name
