"""The standard streams: opened where they are closed, and written out at the end."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

from assetmake.errors import ExitCode

SIGPIPE_STATUS = 128 + signal.SIGPIPE


def hold_standard_streams() -> None:
    """Make sure that 0, 1 and 2 are open: else the next file opened becomes one, and is written into."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def flush(status: int) -> int:
    """Write out what is left and return the exit status; a closed pipe is no error of which to speak."""
    try:
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer goes nowhere, or Python would try again at exit and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return status or (SIGPIPE_STATUS if isinstance(error, BrokenPipeError) else ExitCode.STORAGE)
    return status
