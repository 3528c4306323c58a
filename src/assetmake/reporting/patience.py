"""Patience: what a command is at, on a terminal's last line, once that has taken longer than a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Timer

from assetmake.reporting.console import Console
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count

_MOMENT = 1.0
"""Seconds in which nobody wonders."""
_CLEAR = "\r\x1b[K"
IMPORTING = "importing the project"


def tell_looking(assets: int, *, shards: int | None = None) -> str:
    """Return what a command is at while it makes a plan, and divides it into so many shards."""
    divided = f" and dividing their work into {count(shards, 'shard')}" if shards else ""
    return f"looking at {count(assets, 'asset')}{divided}"


@contextmanager
def show_patience(console: Console, doing: str, *, moment: float = _MOMENT) -> Iterator[None]:
    """Say what a block is at, if it is at it for longer than a moment; off a terminal do nothing.

    Args:
        console: Lines written to it meanwhile appear above.
        doing: As in "importing the project".
        moment: How long, in seconds.
    """
    if not console.is_live:
        yield
        return
    line = _Line(console, doing)
    timer = Timer(moment, line.show)
    timer.daemon = True
    timer.start()
    try:
        with console.keep_below(line.print_above):
            yield
    finally:
        timer.cancel()
        line.end()


class _Line:
    """The line; whoever writes above it takes it away first."""

    def __init__(self, console: Console, doing: str) -> None:
        self._stream = console.err
        self._text = console.paint_talk(f"{display(doing)} ...", "dim")
        self._lock = Lock()
        self._is_shown = False
        self._is_over = False

    def show(self) -> None:
        with self._lock:
            if not self._is_over:
                self._is_shown = True
                self._write(self._text)

    def print_above(self, lines: str) -> None:
        with self._lock:
            self._write(f"{_CLEAR if self._is_shown else ''}{lines}\n{self._text if self._is_shown else ''}")

    def end(self) -> None:
        with self._lock:
            self._is_over = True
            if self._is_shown:
                self._write(_CLEAR)

    def _write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)
            self._stream.flush()
