"""Stopping: the first signal asks the build to end, the second one ends the process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopping:
    """Tells, when called, whether a signal asked to stop.

    Attributes:
        signal: Which one did.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None

    def __call__(self) -> bool:
        return self.signal is not None

    @contextmanager
    def listen(self) -> Iterator[None]:
        """While the block runs, take note of signals; one that was ignored at the start stays so (nohup)."""
        heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        former = {number: signal.signal(number, self._note) for number in heard}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def die(self) -> None:
        """Die of the signal that was noted, so that the parent sees it; return where there was none."""
        if self.signal is not None:
            die_of(self.signal)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.signal is not None:
            _say(b"ended at once; what was finished is recorded\n")
            die_of(signal.Signals(number))
            return
        self.signal = signal.Signals(number)
        _say(b"stopping: ending what runs; once more to end at once\n")


def _say(line: bytes) -> None:
    """Write a line in place of the footer, and show the cursor, which nobody else may live to do.

    Not through sys.stderr: the signal may have come in the middle of a write to it.
    """
    with suppress(OSError):
        os.write(2, (b"\r\x1b[2K\x1b[?25h" if os.isatty(2) else b"") + line)


def die_of(number: signal.Signals) -> None:
    """End this process by a signal."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
