"""Looping: a command is done again and again in the foreground, until a signal ends it."""

from __future__ import annotations

import time
from collections.abc import Callable

from assetmake.errors import AssetmakeError
from assetmake.reporting.console import Console
from assetmake.reporting.display import display

_TURN = 0.5
"""Seconds after which it is looked whether a signal came."""


def run_rounds(
    run: Callable[[bool], object],
    console: Console,
    *,
    every: float,
    stopped: Callable[[], bool],
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Run rounds, one after the other, until it is stopped; an error ends a round only.

    Args:
        run: Runs a round; is told whether it is the first.
        console: Where errors are told.
        every: Seconds from the start of a round to that of the next; one that takes longer is followed at once.
        stopped: Tells whether to end.
        wait: Waits for some seconds.
        clock: A monotonic clock, in seconds.
    """
    is_first = True
    while not stopped():
        begun = clock()
        try:
            run(is_first)
        except (AssetmakeError, OSError) as error:
            if stopped():  # a signal that everybody heard ends processes that something was asked of
                return
            if not isinstance(error, AssetmakeError):
                raise
            _tell(console, error)
        is_first = False
        while not stopped() and (left := begun + every - clock()) > 0:
            wait(min(left, _TURN))


def _tell(console: Console, error: AssetmakeError) -> None:
    head = console.paint_talk("error:", "red", "bold")
    console.talk(f"assetmake: {head} {display(error.message, lines=True)}")
    if error.hint:
        console.talk(f"  hint: {display(error.hint, lines=True)}")
