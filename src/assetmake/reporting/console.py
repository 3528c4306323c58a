"""Console: results go to stdout, talk goes to stderr, and a footer stays below both."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TextIO

from assetmake.errors import StorageError
from assetmake.reporting.paint import Paint, wants_colour
from assetmake.reporting.wrapping import find_columns, wrap

PrintAbove = Callable[[str], None]
"""Prints one or more lines."""
Guard = Callable[[str], str]
"""Takes from a text what somebody who reads the streams would obey."""


class Console:
    """Two streams of lines, with the colours that each wants.

    Args:
        out: For results.
        err: For talk.
        environ: Where NO_COLOR, FORCE_COLOR and TERM are read.
        guard: All lines go through it, but for commands.
    """

    def __init__(self, out: TextIO, err: TextIO, environ: Mapping[str, str], *, guard: Guard = str) -> None:
        self.out, self.err = out, err
        self._guard = guard
        self.paint = Paint(wants_colour(out, environ), find_columns(out))
        self.paint_talk = Paint(wants_colour(err, environ), find_columns(err))
        self.is_live = err.isatty() and environ.get("TERM") != "dumb"
        self._above: PrintAbove | None = None
        self._gathered: list[str] | None = None
        self._heading = ""

    @property
    def is_log(self) -> bool:
        """Whether results go to a file that stays, as those of cron do: nothing tells when a line was written."""
        with suppress(OSError, ValueError, AttributeError):  # streams of tests have no descriptor
            found = os.fstat(self.out.fileno())
            return stat.S_ISREG(found.st_mode) and found.st_nlink > 0  # one without a name is read at once
        return False

    def begin(self, heading: str) -> None:
        """Have a line written before the next one, to whichever stream that goes."""
        self._heading = heading

    def result(self, line: str) -> None:
        """Write one line to stdout, at once unless results are gathered.

        Raises:
            BrokenPipeError: nobody reads it any more.
            StorageError: it cannot be written, as on a full disk.
        """
        self.results([line])

    def tell(self, line: str) -> None:
        """Write one line of words to stdout as `result` does, broken between them on a terminal that is too narrow."""
        self.result(wrap(line, find_columns(self.out)))

    def results(self, lines: Iterable[str]) -> None:
        """Write lines to stdout; raises as `result` does."""
        guarded = map(self._guard, lines)
        if self._gathered is not None:
            self._gathered.extend(guarded)
        else:
            self._write(guarded)

    def command(self, line: str, *, to_err: bool = False) -> None:
        """Write one line as it is, to stdout as `result` does or to stderr as `talk` does."""
        if to_err:
            self._talk(line)
        else:
            self.flush()
            self._write([line])

    def flush(self) -> None:
        """Write what has been gathered; raises as `result` does."""
        if self._gathered:
            lines, self._gathered = self._gathered, []
            self._write(lines)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """While the block runs, write results together when `flush` is called: each write costs as much as its line."""
        self._gathered = []
        try:
            yield
        finally:
            left, self._gathered = self._gathered, None
            if left:
                self._write(left)

    def _take_heading(self) -> list[str]:
        heading, self._heading = self._heading, ""
        return [heading] if heading else []

    def _write(self, lines: Iterable[str]) -> None:
        if self._heading and (lines := list(lines)):
            lines = [*self._take_heading(), *lines]
        if self._above is not None and _is_same_terminal(self.out, self.err):
            text = "\n".join(lines)
            if text:
                self._above(text)
            return
        try:
            self.out.writelines(f"{line}\n" for line in lines)
            self.out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StorageError(f"cannot write the output: {error.strerror}") from error

    def talk(self, line: str) -> None:
        """Write one line to stderr, after the results so far; where that is impossible nobody can be told.

        On a terminal that is too narrow it is broken between words.
        """
        self._talk(wrap(self._guard(line), find_columns(self.err)))

    def _talk(self, line: str) -> None:
        self.flush()
        if self._above is not None:
            self._above(line)
            return
        with suppress(OSError):
            self.err.writelines(f"{each}\n" for each in (*self._take_heading(), line))
            self.err.flush()

    @contextmanager
    def keep_below(self, print_above: PrintAbove) -> Iterator[None]:
        """While the block runs, let what reaches the footer's terminal be printed by `print_above`."""
        self._above = print_above
        try:
            yield
        finally:
            self._above = None


def open_console(*, guard: Guard = str) -> Console:
    """Return the console of this process."""
    return Console(sys.stdout, sys.stderr, os.environ, guard=guard)


def _is_same_terminal(one: TextIO, other: TextIO) -> bool:
    return one.isatty() and other.isatty() and os.ttyname(one.fileno()) == os.ttyname(other.fileno())
