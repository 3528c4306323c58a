"""Checks as lines for people and as JSON lines: what they found, what stands, and what was not asked for."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import pytest
from plans import make_console

from assetmake.events import CheckAnswered, Event, NodeFailed, NodesSkipped, RunFinished, RunStarted
from assetmake.reporting.build_log import BuildLog, Names, Verbosity
from assetmake.reporting.check_lines import list_answers, name_check, tell_answer
from assetmake.reporting.documents import write_event

STARTED = RunStarted("r1", assets=3, fresh=3, to_run=0, partitions=0, checks=2)
FINISHED = RunFinished("r1", 0, 0, 3, 0, 0, 0, 0, checks_passed=1, checks_failed=0, seconds=0.2)
PASSED = CheckAnswered("orders", "unique", "", "passed")
FAILED = CheckAnswered("orders", "complete", "", "failed", True, metadata={"rows": 3, "lost": "a  b\n c"})
WARNED = CheckAnswered("daily", "recent", "2026-01-02", "warned", description="late\nvery late")
STANDS = dataclasses.replace(FAILED, stands=True, metadata={})


def print_events(*events: Event, verbosity: Verbosity = Verbosity.NORMAL) -> tuple[list[str], list[str]]:
    console, out, err = make_console()
    log = BuildLog(console, Names(frozenset({"daily"}), 8), verbosity=verbosity, clock=lambda: 1000.0)
    for event in events:
        log(event)
    return out.lines, err.lines


@pytest.mark.parametrize(
    ("answer", "name", "text"),
    [
        (PASSED, "orders:unique", ""),
        (FAILED, "orders:complete", "rows=3, lost=a b c"),
        (WARNED, "daily:recent@2026-01-02", "late"),
        (
            dataclasses.replace(PASSED, metadata={f"m{n}": n for n in range(9)}),
            "orders:unique",
            "m0=0, m1=1, m2=2, m3=3",
        ),
        (dataclasses.replace(PASSED, metadata={"m": "x" * 99}), "orders:unique", "m=" + "x" * 59 + "…"),
        (dataclasses.replace(PASSED, check="\x1b[31m", description="\x07"), "orders:\\x1b[31m", "\\x07"),
    ],
)
def test_a_check_is_named_and_tells_what_it_found(answer: CheckAnswered, name: str, text: str) -> None:
    assert (name_check(answer), tell_answer(answer)) == (name, text)


def test_what_stands_says_what_it_found_and_since_when_by_the_clock_on_the_wall() -> None:
    moment = datetime(2026, 1, 5, 12).astimezone()
    standing = dataclasses.replace(FAILED, stands=True, since=moment.astimezone(UTC).isoformat())
    assert list(list_answers([standing])) == [
        "CHECK FAILED orders:complete (stands since 2026-01-05 12:00, blocking): rows=3, lost=a b c"
    ]


def test_what_did_not_pass_is_listed_those_that_failed_first() -> None:
    many = dataclasses.replace(WARNED, key="2026-01-01..2026-01-09", count=9, stands=True, description="")
    assert list(list_answers([WARNED, many, STANDS, FAILED])) == [
        "CHECK FAILED orders:complete (stands since an earlier build, blocking)",
        "CHECK FAILED orders:complete (blocking): rows=3, lost=a b c",
        "check warned daily:recent@2026-01-02: late",
        "check warned daily:recent@2026-01-01..2026-01-09 (9 partitions) (stands since an earlier build)",
    ]


def test_of_very_many_it_is_said_how_many_more_there_are() -> None:
    lines = list(list_answers([dataclasses.replace(FAILED, check=f"c{number:02}") for number in range(25)]))
    assert (len(lines), lines[-1]) == (21, "5 more checks did not pass")


def test_a_build_of_checks_alone_tells_each_and_sums_up() -> None:
    done = dataclasses.replace(FINISHED, checks_failed=1)
    assert print_events(STARTED, PASSED, FAILED, done) == (
        [
            "passed    orders:unique",
            "FAILED    orders:complete  rows=3, lost=a b c",
            "Done. BUILT=0 UNCHANGED=0 FRESH=3 FAILED=0 SKIPPED=0 CHECKS=1/2",
        ],
        ["CHECK FAILED orders:complete (blocking): rows=3, lost=a b c"],
    )


def test_a_check_that_is_skipped_is_told_and_is_none_of_the_nodes() -> None:
    skipped = NodesSkipped("orders:unique", 1, "orders failed")
    done = dataclasses.replace(FINISHED, checks_passed=0, checks_skipped=1)
    out, err = print_events(STARTED, skipped, done)
    assert out == [
        "skipped   orders:unique  orders failed",
        "Done. BUILT=0 UNCHANGED=0 FRESH=3 FAILED=0 SKIPPED=0 CHECKS=0/1",
    ]
    assert err == []
    assert print_events(STARTED, skipped, done, verbosity=Verbosity.QUIET)[0] == out[1:]


def test_checks_by_partition_that_pass_or_warn_are_told_of_where_much_is_told() -> None:
    passed = dataclasses.replace(PASSED, asset="daily", key="2026-01-01")
    done = dataclasses.replace(FINISHED, checks_warned=1)
    out, err = print_events(STARTED, passed, WARNED, done)
    assert out == ["Done. BUILT=0 UNCHANGED=0 FRESH=3 FAILED=0 SKIPPED=0 CHECKS=1/2"]
    assert err == ["check warned daily:recent@2026-01-02: late"]
    out, _ = print_events(STARTED, passed, WARNED, done, verbosity=Verbosity.VERBOSE)
    assert out[:2] == ["passed    daily:unique@2026-01-01", "warning   daily:recent@2026-01-02  late"]


def test_where_nothing_is_to_do_what_stands_is_told_beside_the_one_line() -> None:
    nothing = dataclasses.replace(STARTED, checks=0)
    done = dataclasses.replace(FINISHED, checks_failed=1)
    assert print_events(nothing, STANDS, done) == (
        ["up to date: 3 assets (0.20s)"],
        ["CHECK FAILED orders:complete (stands since an earlier build, blocking)"],
    )
    assert print_events(nothing, STANDS, done, verbosity=Verbosity.QUIET)[0] == []


def test_quiet_leaves_what_failed() -> None:
    out, err = print_events(STARTED, PASSED, FAILED, FINISHED, verbosity=Verbosity.QUIET)
    assert out == [
        "FAILED    orders:complete  rows=3, lost=a b c",
        "Done. BUILT=0 UNCHANGED=0 FRESH=3 FAILED=0 SKIPPED=0 CHECKS=1/1",
    ]
    assert len(err) == 1


def test_a_check_that_could_not_be_made_is_a_failure_with_a_traceback() -> None:
    raised = NodeFailed("orders:complete", "", "ValueError: boom", "Traceback:\nValueError: boom", "x.log")
    out, err = print_events(STARTED, raised, FINISHED)
    assert out[0] == "FAILED    orders:complete  ValueError: boom"
    assert "FAILED orders:complete" in err


def test_many_failing_partitions_are_told_of_ten_times() -> None:
    answers = [dataclasses.replace(WARNED, key=f"k{number}", verdict="failed") for number in range(30)]
    out, _ = print_events(STARTED, *answers, FINISHED)
    assert len(out) == 11


def test_json_tells_all_that_is_known() -> None:
    assert json.loads(write_event(FAILED)) == {
        "event": "check_answered",
        "asset": "orders",
        "check": "complete",
        "key": None,
        "verdict": "failed",
        "blocking": True,
        "description": "",
        "metadata": {"rows": 3, "lost": "a  b\n c"},
        "stands": False,
        "count": 1,
        "since": None,
    }
    last = json.loads(write_event(FINISHED))
    assert (last["event"], last["checks_passed"], last["checks_failed"], last["failed"]) == ("run_finished", 1, 0, 0)
