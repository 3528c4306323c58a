"""How long the command has run: what a person waits for, importing the project included."""

from __future__ import annotations

import time

_STARTED = time.monotonic()


def seconds_since_start() -> float:
    """Return the seconds since the command line was loaded."""
    return time.monotonic() - _STARTED
