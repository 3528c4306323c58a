"""Numbers, times, colours and columns."""

from __future__ import annotations

import io
import os
import pty
import termios
from datetime import timedelta

import pytest
from plans import NOW, Terminalless

from assetmake.planning.plan import Reason
from assetmake.reporting.console import Console
from assetmake.reporting.idle_line import count, tell_seconds
from assetmake.reporting.measuring import measure
from assetmake.reporting.paint import Paint, wants_colour
from assetmake.reporting.preview import tell_size
from assetmake.reporting.table import Cell, align
from assetmake.reporting.words import REASON_WORDS, shorten, tell_ago, tell_roughly
from assetmake.reporting.wrapping import find_columns, wrap


class Terminal(Terminalless):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 assets"), (1, "1 asset"), (2, "2 assets"), (51_322, "51,322 assets")]
)
def test_a_number_and_its_word_agree(number: int, told: str) -> None:
    assert count(number, "asset") == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0, "0.00s"), (0.18, "0.18s"), (0.999, "1.0s"), (59.9, "59.9s"), (59.99, "1m 00s"), (3725, "1h 02m")],
)
def test_a_duration_is_as_precise_as_it_deserves(seconds: float, told: str) -> None:
    assert tell_seconds(seconds) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (1.4, "1s"),
        (59.4, "59s"),
        (59.6, "1m 00s"),
        (94, "1m 30s"),
        (594, "9m 50s"),
        (596, "10m"),
        (3_580, "1h 00m"),
        (7_260, "2h 01m"),
        (35_990, "10h"),
    ],
)
def test_a_duration_that_nobody_knows_well_is_told_roughly(seconds: float, told: str) -> None:
    assert tell_roughly(seconds) == told


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=2, minutes=59), "2 hours ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=400), "1 year ago"),
    ],
)
def test_time_since_is_told_in_its_largest_unit(ago: timedelta, told: str) -> None:
    assert tell_ago(NOW - ago, NOW) == told


def test_only_the_first_few_are_shown() -> None:
    assert shorten(["a", "b", "c"]) == "a, b, c"
    assert shorten([str(number) for number in range(1_004)]) == "0, 1, 2, +1,001 more"


def test_every_reason_has_words() -> None:
    assert set(REASON_WORDS) == set(Reason)


@pytest.mark.parametrize(
    ("environ", "terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colours_are_for_those_who_want_them(environ: dict[str, str], terminal: bool, wanted: bool) -> None:
    assert wants_colour(Terminal() if terminal else Terminalless(), environ) is wanted


def test_columns_line_up_whatever_the_alphabet_and_the_colours() -> None:
    rows = [
        [Cell("orders", "bold"), Cell("1"), Cell("")],
        [Cell("日本"), Cell("1,000"), Cell("x")],
    ]
    assert align(rows, right={1}) == ["orders      1", "日本    1,000  x"]
    assert align(rows, paint=Paint(enabled=True), right={1})[0] == "\x1b[1morders\x1b[0m      1"
    assert measure("e\u0301") == 1


@pytest.mark.parametrize(
    ("size", "told"), [(1, "1 byte"), (1023, "1,023 bytes"), (1024, "1.0 KiB"), (5 << 40, "5.0 TiB")]
)
def test_sizes_are_told_in_the_unit_that_suits(size: int, told: str) -> None:
    assert tell_size(size) == told


class TestNarrowTerminals:
    def test_lines_are_broken_between_words(self) -> None:
        line = "built     daily  10 partitions  0.04s  2026-01-01..2026-01-10"
        assert wrap(line, 40) == "built     daily  10 partitions  0.04s\n    2026-01-01..2026-01-10"
        assert wrap("Done. BUILT=39 FAILED=1 CHECKS=0/1", 24) == "Done. BUILT=39 FAILED=1\n    CHECKS=0/1"
        assert wrap("one\n  two three four five six", 20) == "one\n  two three four\n      five six"
        assert wrap(line, None) == wrap(line, 200) == line

    def test_colours_take_no_room_and_what_has_no_words_stays_whole(self) -> None:
        painted = Paint(enabled=True)("a" * 18, "bold") + " b"
        assert wrap(painted, 20) == painted
        assert wrap("^" * 50, 20) == "^" * 50

    def test_a_table_is_folded_at_the_same_columns_in_each_row(self) -> None:
        rows = [
            [Cell("asset"), Cell("fresh"), Cell("last build"), Cell("keys")],
            [Cell("daily"), Cell("10"), Cell("just now"), Cell("2026-01-01..2026-01-10")],
            [Cell("total"), Cell("1"), Cell("never"), Cell("")],
        ]
        assert align(rows, paint=Paint(columns=24), right={1}) == [
            "asset  fresh",
            "    last build  keys",
            "daily     10",
            "    just now",
            "        2026-01-01..2026-01-10",
            "total      1",
            "    never",
        ]
        assert align(rows, paint=Paint(columns=80)) == align(rows)

    def test_a_row_that_fits_is_one_line(self) -> None:
        rows = [[Cell("a"), Cell("stale"), Cell("k1, k2")], [Cell("b"), Cell("stale"), Cell("2026-01-01, 2026-01-10")]]
        assert align(rows, paint=Paint(columns=24)) == [
            "a  stale  k1, k2",
            "b  stale  2026-01-01,",
            "    2026-01-10",
        ]

    def test_the_width_is_that_of_the_terminal(self) -> None:
        ours, theirs = pty.openpty()
        with os.fdopen(theirs, "w") as stream:
            assert find_columns(stream) is None, "it does not say"
            termios.tcsetwinsize(theirs, (24, 30))
            console = Console(stream, stream, {"NO_COLOR": "1"})
            console.tell("one two three four five six seven")
            console.talk("eight nine ten eleven twelve thirteen")
            console.result("what others read is never broken anywhere")
            written = b""
            while not written.endswith(b"anywhere\r\n"):  # a terminal hands it out in pieces
                written += os.read(ours, 1000)
        os.close(ours)
        assert written.decode().replace("\r", "") == (
            "one two three four five six\n    seven\n"
            "eight nine ten eleven twelve\n    thirteen\n"
            "what others read is never broken anywhere\n"
        )
        assert find_columns(io.StringIO()) is None
