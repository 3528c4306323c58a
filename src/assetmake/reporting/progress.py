"""Progress: what runs, how much is done, and how long the rest may take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from assetmake.events import (
    AssetFinished,
    Event,
    NodeFailed,
    NodeRetried,
    NodesBuilt,
    NodesSkipped,
    NodesSpared,
    NodesStarted,
    RunStarted,
)
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import tell_seconds
from assetmake.reporting.words import shorten

_PATIENCE = 30.0


@dataclass(slots=True)
class Progress:
    """Counts events as they come.

    Args:
        clock: A monotonic clock, in seconds.
    """

    clock: Callable[[], float]
    total: int = 0
    done: int = 0
    estimate: float | None = None
    _ran: int = 0
    _running: Counter[str] = field(default_factory=Counter)
    _begun: float = 0.0
    _told: float = 0.0

    def absorb(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.total, self.estimate = event.to_run, event.estimate
                self._begun = self._told = self.clock()
            case NodesStarted():
                self._running[event.asset] += event.count
            case NodesBuilt():
                self._end(event.asset, event.built + event.unchanged)
            case NodeFailed():
                self._end(event.asset, 1)
            case NodeRetried():
                self._running[event.asset] -= 1
            case NodesSpared() | NodesSkipped():
                self.done += event.count
            case AssetFinished():
                del self._running[event.asset]
            case _:
                pass

    def describe(self) -> str:
        """Return one line: done, left, running."""
        # A copy first: the footer asks from its own thread.
        running = [(asset, number) for asset, number in list(self._running.items()) if number > 0]
        names = [f"{display(asset)} ({number:,})" if number > 1 else display(asset) for asset, number in running]
        parts = [f"{self.done:,}/{self.total:,} done"]
        left = self._predict()
        if left is not None and left >= 1:
            parts.append(f"about {tell_seconds(left)} left")
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
        self._ran += number
        self._running[asset] -= number

    def _predict(self) -> float | None:
        elapsed = self.clock() - self._begun
        if self._ran and self.total > self.done:
            return elapsed / self._ran * (self.total - self.done)
        return None if self.estimate is None or elapsed > self.estimate else self.estimate - elapsed
