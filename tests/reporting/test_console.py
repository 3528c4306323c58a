"""Where lines go, and what stays on a terminal."""

from __future__ import annotations

import io
import os
import pty
from collections.abc import Iterator
from contextlib import suppress

import pytest

from assetmake.errors import StorageError
from assetmake.reporting.console import Console
from assetmake.reporting.live import show_footer


class Full(io.StringIO):
    def flush(self) -> None:
        raise OSError(28, "No space left on device")


class Closed(io.StringIO):
    def flush(self) -> None:
        raise BrokenPipeError


@pytest.fixture
def terminal() -> Iterator[tuple[int, io.TextIOWrapper]]:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        yield ours, stream
    os.close(ours)


def read_all(terminal: int, stream: io.TextIOWrapper) -> str:
    """Return everything that was written to a terminal, which ends here."""
    stream.close()
    shown = b""
    with suppress(OSError):  # Linux says EIO at the end
        while piece := os.read(terminal, 65536):
            shown += piece
    return shown.decode()


def test_a_full_disk_is_trouble_of_storage() -> None:
    with pytest.raises(StorageError, match="No space left"):
        Console(Full(), io.StringIO(), {}).result("x")


def test_a_reader_that_left_is_told_apart() -> None:
    with pytest.raises(BrokenPipeError):
        Console(Closed(), io.StringIO(), {}).result("x")


def test_talk_that_nobody_can_hear_is_dropped() -> None:
    Console(io.StringIO(), Closed(), {}).talk("x")


class Writes(io.StringIO):
    """Counts how often it is written out."""

    flushes = 0

    def flush(self) -> None:
        self.flushes += 1
        super().flush()


def test_results_are_gathered_until_they_are_asked_for_or_the_end_comes() -> None:
    out = Writes()
    console = Console(out, io.StringIO(), {})
    with console.gathering():
        console.result("a")
        console.result("b")
        assert out.getvalue() == ""
        console.flush()
        console.flush()
        assert (out.getvalue(), out.flushes) == ("a\nb\n", 1)
        console.result("c")
    assert out.getvalue() == "a\nb\nc\n"
    console.result("d")
    assert out.getvalue() == "a\nb\nc\nd\n"


def test_talk_comes_after_the_results_before_it() -> None:
    both = io.StringIO()
    console = Console(both, both, {})
    with console.gathering():
        console.result("built")
        console.talk("then said")
    assert both.getvalue() == "built\nthen said\n"


def test_what_is_gathered_is_written_where_the_block_fails() -> None:
    out = io.StringIO()
    console = Console(out, io.StringIO(), {})
    with suppress(ZeroDivisionError), console.gathering():
        console.result("built")
        raise ZeroDivisionError
    assert out.getvalue() == "built\n"


def test_gathered_lines_appear_above_the_footer(terminal: tuple[int, io.TextIOWrapper]) -> None:
    ours, stream = terminal
    console = Console(stream, stream, {"TERM": "xterm", "NO_COLOR": "1"})
    with console.gathering(), show_footer(console, lambda: "1/2 done"):
        console.result("built one")
        console.result("built two")
        console.flush()
    shown = read_all(ours, stream)
    assert shown.index("built one") < shown.index("built two") < shown.rindex("1/2 done")


def test_off_a_terminal_there_is_no_footer() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(out, err, {})
    with show_footer(console, lambda: "1/2 done"):
        console.result("a" * 500)
    assert (out.getvalue(), err.getvalue()) == ("a" * 500 + "\n", "")


def test_a_footer_leaves_results_alone_that_go_elsewhere(terminal: tuple[int, io.TextIOWrapper]) -> None:
    ours, stream = terminal
    out = io.StringIO()
    console = Console(out, stream, {"TERM": "xterm"})
    with show_footer(console, lambda: "1/2 done"):
        console.result("built daily")
    assert out.getvalue() == "built daily\n"
    assert "1/2 done" in read_all(ours, stream)


def test_lines_on_the_footers_terminal_appear_above_it(terminal: tuple[int, io.TextIOWrapper]) -> None:
    ours, stream = terminal
    console = Console(stream, stream, {"TERM": "xterm", "NO_COLOR": "1"})
    with show_footer(console, lambda: "1/2 done"):
        console.result("built daily")
    console.result("Done.")
    shown = read_all(ours, stream)
    assert shown.index("built daily") < shown.rindex("1/2 done") < shown.index("Done.")
    assert "\x1b[2m" not in shown


def test_a_heading_comes_before_the_first_line_whichever_stream_that_goes_to() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(out, err, {})
    console.begin("-- noon")
    console.results([])
    assert (out.getvalue(), err.getvalue()) == ("", "")
    console.talk("warning")
    console.result("done")
    assert (out.getvalue(), err.getvalue()) == ("done\n", "-- noon\nwarning\n")
    console.begin("-- one")
    console.result("done")
    assert out.getvalue() == "done\n-- one\ndone\n"
