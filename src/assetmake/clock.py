"""The one place that reads the wall clock, so that a test or `--at` can set it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

RACY_NANOSECONDS = 2_000_000_000
"""Stat vouches for what had not changed for so long when it was looked at: clocks of file systems have a grain."""
_ahead: ContextVar[timedelta] = ContextVar("ahead", default=timedelta())


def now() -> datetime:
    """Return the current time, aware, in UTC; inside of a block of `set_clock` what that says."""
    return datetime.now(UTC) + _ahead.get()


@contextmanager
def set_clock(at: datetime | None) -> Iterator[None]:
    """While the block runs, have it be a time, from which it goes on as always; None leaves the clock alone.

    What file systems tell stays as it is.
    """
    token = _ahead.set(timedelta() if at is None else at - datetime.now(UTC))
    try:
        yield
    finally:
        _ahead.reset(token)


def now_ns() -> int:
    """Return the current time in nanoseconds since 1970, as file systems tell it."""
    return time.time_ns()
