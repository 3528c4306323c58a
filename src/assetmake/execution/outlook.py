"""Outlook: tells now and then how long the rest of a plan will take, where that is not what it looked like before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from assetmake.events import RestEstimated, Sink
from assetmake.execution.jobs import Dispatcher
from assetmake.planning.forecast import Forecast

_SECONDS_BETWEEN = 1.0
_LEGS_A_SECOND = 2_000
"""A look costs a microsecond for each asset; so at more assets than this there are fewer looks."""
_TOLERANCE = 0.05


class Outlook:
    """Follows a running plan.

    Args:
        forecast: Knows what is left.
        dispatcher: Knows what is under way.
        sink: Hears of it.
    """

    def __init__(self, forecast: Forecast, dispatcher: Dispatcher, sink: Sink) -> None:
        self._forecast = forecast
        self._dispatcher = dispatcher
        self._sink = sink
        self._interval = max(_SECONDS_BETWEEN, len(forecast.legs) / _LEGS_A_SECOND)
        self._begun = self._looked_at = self._told_at = time.monotonic()
        self._idle = 0.0
        self._told: float | None = None

    @contextmanager
    def idling(self) -> Iterator[None]:
        """While the block runs there is nothing to do but to wait for workers."""
        since = time.monotonic()
        yield
        self._idle += time.monotonic() - since

    def tell_if_due(self) -> None:
        """Look, about once a second, and tell what those who count down from what they heard last would not know."""
        now = time.monotonic()
        if now - self._looked_at < self._interval:
            return
        left = self._estimate(now)
        if self._is_news(left, now):
            self._told, self._told_at = left, now
            self._sink(RestEstimated(left))
        self._looked_at = time.monotonic()

    def _estimate(self, now: float) -> float | None:
        under_way = [(batch.job.leg, now - batch.since) for batch in self._dispatcher.batches]
        busy = now - self._begun - self._idle
        landed = self._forecast.landed
        return self._forecast.estimate(under_way, overhead=busy / landed if landed else 0.0)

    def _is_news(self, left: float | None, now: float) -> bool:
        if left is None or self._told is None:
            return left is not self._told
        awaited = max(0.0, self._told - (now - self._told_at))
        return abs(left - awaited) > max(_SECONDS_BETWEEN, _TOLERANCE * awaited)
