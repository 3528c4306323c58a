"""The one place that reads the wall clock, so that a test or `--at` can set it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

RACY_NANOSECONDS = 2_000_000_000
"""Stat vouches for what had not changed for so long when it was looked at: clocks of file systems have a grain."""


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def now_ns() -> int:
    """Return the current time in nanoseconds since 1970, as file systems tell it."""
    return time.time_ns()
