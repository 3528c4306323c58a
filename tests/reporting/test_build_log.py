"""The events of a build, as lines for people and as JSON lines."""

from __future__ import annotations

import dataclasses
import json

import pytest
from plans import make_console

from assetmake.events import (
    AssetFinished,
    CheckAnswered,
    Event,
    NodeFailed,
    NodeRetried,
    NodesBuilt,
    NodesSkipped,
    NodesSpared,
    NodesStarted,
    RestEstimated,
    RunFinished,
    RunStarted,
    WaitingForRun,
    Warned,
)
from assetmake.reporting.build_log import BuildLog, Names, Verbosity
from assetmake.reporting.documents import write_event

NAMES = Names(partitioned=frozenset({"daily"}), width=8)
FINISHED = RunFinished(
    run="r1",
    built=0,
    unchanged=0,
    fresh=0,
    failed=0,
    skipped=0,
    spared=0,
    cached=0,
    checks_passed=0,
    checks_failed=0,
    seconds=0.184,
)
STARTED = RunStarted("r1", assets=3, fresh=1, to_run=4)


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def finish(
    asset: str, *, seconds: float = 1.234, reason: str = "missing", keys: str = "", **counts: int
) -> AssetFinished:
    numbers = dict.fromkeys(("built", "unchanged", "spared", "failed", "skipped"), 0) | counts
    return AssetFinished(asset=asset, reason=reason, keys=keys, seconds=seconds, **numbers)


def print_events(
    *events: Event, verbosity: Verbosity = Verbosity.NORMAL, names: Names = NAMES
) -> tuple[list[str], list[str]]:
    console, out, err = make_console()
    log = BuildLog(console, names, verbosity=verbosity, clock=Clock())
    for event in events:
        log(event)
    return out.lines, err.lines


def test_nothing_to_do_is_exactly_one_line() -> None:
    nothing = dataclasses.replace(STARTED, fresh=1_002, to_run=0, partitions=1_000)
    assert print_events(nothing, FINISHED) == (["up to date: 3 assets, 1,000 partitions (0.18s)"], [])


def test_without_partitions_they_are_not_mentioned() -> None:
    nothing = RunStarted("", assets=2, fresh=2, to_run=0)
    assert print_events(nothing, FINISHED)[0] == ["up to date: 2 assets (0.18s)"]


def test_nothing_to_do_says_nothing_where_it_is_to_be_quiet() -> None:
    nothing = dataclasses.replace(STARTED, to_run=0)
    assert print_events(nothing, FINISHED, verbosity=Verbosity.QUIET) == ([], [])


def test_a_state_that_no_asset_is_in_selects_nothing() -> None:
    nothing = RunStarted("", assets=0, fresh=0, to_run=0)
    assert print_events(nothing, FINISHED)[0] == ["nothing is selected: no asset is in that state now"]


def test_every_asset_has_a_line_when_it_is_done() -> None:
    out, err = print_events(
        STARTED,
        finish("flights", built=1),
        finish("daily", built=365, keys="2026-01-01..2026-12-31", seconds=75),
        finish("airports", unchanged=1, reason="code", seconds=0.05),
        finish("report", spared=1, reason="upstream"),
        dataclasses.replace(FINISHED, built=366, unchanged=1, spared=1, fresh=1),
    )
    assert out == [
        "built     flights                   missing   1.2s",
        "built     daily     365 partitions  missing   1m 15s  2026-01-01..2026-12-31",
        "unchanged airports                  code      0.05s",
        "spared    report                    upstream came out the same",
        "1 rebuilt to the same data, 1 downstream spared",
        "Done. BUILT=366 UNCHANGED=1 FRESH=1 FAILED=0 SKIPPED=0",
    ]
    assert err == []


def test_a_reason_is_told_in_words() -> None:
    out, _ = print_events(STARTED, finish("flights", built=1, reason="output_missing"))
    assert out[0].endswith(" output missing  1.2s")


def test_a_project_without_partitions_has_no_column_for_them() -> None:
    names = dataclasses.replace(NAMES, partitioned=frozenset())
    assert print_events(STARTED, finish("flights", built=1), names=names)[0] == ["built     flights   missing   1.2s"]


def test_a_failure_is_told_at_once_and_again_with_its_traceback_and_log() -> None:
    failed = NodeFailed(
        asset="daily",
        key="2026-01-05",
        message="ValueError: boom\nand more",
        traceback="Traceback (most recent call last):\n  File assets.py\nValueError: boom\nand more\n",
        log=".assetmake/logs/r1/daily/2026-01-05.log",
        file="assets.py",
        line=7,
    )
    out, err = print_events(
        STARTED,
        failed,
        dataclasses.replace(failed, key="2026-01-06"),
        NodesSkipped("report", 1, "daily failed"),
        finish("daily", built=1, failed=2),
        finish("report", skipped=1),
        dataclasses.replace(FINISHED, built=1, failed=2, skipped=1),
    )
    assert out == [
        "FAILED    daily@2026-01-05  ValueError: boom",
        "FAILED    daily@2026-01-06  ValueError: boom",
        "FAILED    daily     1 built, 2 failed  missing   1.2s",
        "skipped   report                    daily failed",
        "Done. BUILT=1 UNCHANGED=0 FRESH=0 FAILED=2 SKIPPED=1",
    ]
    assert err == [
        "",
        "FAILED daily@2026-01-05 (assets.py:7)",
        "  Traceback (most recent call last):",
        "    File assets.py",
        "  ValueError: boom",
        "  and more",
        "  1 more partition failed the same way: 2026-01-06",
        "  log: .assetmake/logs/r1/daily/2026-01-05.log",
        "",
    ]


def test_what_is_skipped_for_several_reasons_says_each_once() -> None:
    because = ("daily failed", "flights failed", "daily failed")
    skipped = [NodesSkipped("report", 1, each) for each in because]
    out, _ = print_events(STARTED, *skipped, finish("report", skipped=3))
    assert out == ["skipped   report                    daily failed, flights failed"]


def test_a_single_node_that_failed_is_told_once_while_it_runs() -> None:
    failed = NodeFailed("flights", "", "ValueError: boom", "", "")
    out, _ = print_events(STARTED, failed, finish("flights", failed=1))
    assert out == ["FAILED    flights   ValueError: boom"]


def test_of_many_failures_of_an_asset_the_first_ten_are_told_at_once() -> None:
    failures = [NodeFailed("daily", str(number), "ValueError: boom", "", "") for number in range(50)]
    assert len(print_events(STARTED, *failures)[0]) == 10


def fail_at(
    key: str, message: str, *, line: int = 7, asset: str = "daily", file: str = "assets.py", log: bool = True
) -> NodeFailed:
    traceback = f'Traceback (most recent call last):\n  File "{file}", line {line}, in daily\n{message}\n'
    place = f".assetmake/logs/r1/{asset}/{key}.log" if log else ""
    return NodeFailed(asset, key, message, traceback, place, file, line)


def test_a_traceback_with_other_messages_is_told_once() -> None:
    different = [fail_at(key, f"ValueError: {key}") for key in "123456789"]
    same = fail_at("31", "ValueError: 1")
    _, err = print_events(STARTED, *different, same, dataclasses.replace(FINISHED, failed=10))
    assert err == [
        "",
        "FAILED daily@1 (assets.py:7)",
        "  Traceback (most recent call last):",
        '    File "assets.py", line 7, in daily',
        "  ValueError: 1",
        "  1 more partition failed the same way: 31",
        "  8 more partitions failed there with other messages: 2, 3, 4, 5, 6, +3 more (assetmake log daily@2)",
        "  log: .assetmake/logs/r1/daily/1.log",
        "",
    ]


def test_of_an_asset_that_fails_in_many_places_three_are_told() -> None:
    failures = [fail_at(f"a key {line}", "ValueError: boom", line=line) for line in range(1, 6)]
    _, err = print_events(STARTED, *failures, dataclasses.replace(FINISHED, failed=5))
    assert [line for line in err if "more" in line or "FAILED" in line] == [
        "FAILED daily@a key 1 (assets.py:1)",
        "FAILED daily@a key 2 (assets.py:2)",
        "FAILED daily@a key 3 (assets.py:3)",
        "  2 more partitions failed in other ways: a key 4, a key 5 (assetmake log 'daily@a key 4')",
    ]


def test_errors_without_a_traceback_differ_by_what_they_say() -> None:
    """No code of the user's ran, so there is no log either: `why` repeats what was said."""
    failures = [NodeFailed("daily", str(number), f"{number} is missing", "", "") for number in range(100)]
    _, err = print_events(STARTED, *failures, dataclasses.replace(FINISHED, failed=100))
    assert err == [
        "",
        "FAILED daily@0",
        "  0 is missing",
        "",
        "FAILED daily@1",
        "  1 is missing",
        "",
        "FAILED daily@2",
        "  2 is missing",
        "  97 more partitions failed in other ways: 3, 4, 5, 6, 7, +92 more (assetmake why daily@3)",
        "",
    ]


def test_an_error_that_names_the_key_is_the_same_of_each_partition() -> None:
    keys = ["2013-02-01", "2013-02-02", "2013-02-03"]
    failures = [NodeFailed("daily", key, f"there is no file in/{key}.csv", "", "") for key in keys]
    _, err = print_events(STARTED, *failures, dataclasses.replace(FINISHED, failed=3))
    assert err == [
        "",
        "FAILED daily@2013-02-01",
        "  there is no file in/2013-02-01.csv",
        "  2 more partitions failed the same way: 2013-02-02, 2013-02-03",
        "",
    ]


def test_errors_of_two_kinds_at_one_place_are_two() -> None:
    _, err = print_events(STARTED, fail_at("a", "ValueError: boom"), fail_at("b", "KeyError: 'b'"), FINISHED)
    assert [line for line in err if "FAILED" in line] == [
        "FAILED daily@a (assets.py:7)",
        "FAILED daily@b (assets.py:7)",
    ]


def test_of_many_assets_that_fail_twenty_are_told_of_with_one_traceback_each() -> None:
    failures = [
        fail_at(key, "ValueError: boom", line=line, asset=f"a{number}")
        for number in range(30)
        for line, key in enumerate("xy")
    ]
    _, err = print_events(STARTED, *failures, dataclasses.replace(FINISHED, failed=60))
    heads = [line for line in err if line.startswith("FAILED")]
    assert heads == [f"FAILED a{number}@x (assets.py:0)" for number in range(20)]
    assert err.count("  1 more partition failed in other ways: y (assetmake log a0@y)") == 1
    assert err[-3:] == [
        "",
        "10 more assets failed: a20, a21, a22, a23, a24, +5 more (assetmake log a20@x)",
        "",
    ]


def test_of_a_very_long_traceback_the_middle_is_left_out() -> None:
    failed = NodeFailed("flights", "", "ValueError: boom", "\n".join(map(str, range(1_000))), "")
    _, err = print_events(STARTED, failed, FINISHED)
    assert err == [
        "",
        "FAILED flights",
        *(f"  {number}" for number in range(30)),
        "  ... 940 lines ...",
        *(f"  {number}" for number in range(970, 1_000)),
        "",
    ]


def test_one_call_that_failed_is_one_failure_however_many_nodes_it_was_to_make() -> None:
    def fail_call(keys: str, call: str, message: str) -> list[NodeFailed]:
        return [dataclasses.replace(fail_at(key, message), call=call) for key in keys]

    events = [
        *fail_call("abc", "a..c", "ValueError: a is bad"),
        *fail_call("de", "d..e", "ValueError: d is bad"),
        fail_at("f", "ValueError: a is bad"),
    ]
    out, err = print_events(STARTED, *events, finish("daily", failed=6, keys="a..f"), FINISHED)
    assert out[:-1] == [
        "FAILED    daily@a..c  ValueError: a is bad",
        "FAILED    daily@d..e  ValueError: d is bad",
        "FAILED    daily@f   ValueError: a is bad",
        "FAILED    daily     6 partitions    missing   1.2s  a..f",
    ]
    assert err == [
        "",
        "FAILED daily@a..c (assets.py:7)",
        "  Traceback (most recent call last):",
        '    File "assets.py", line 7, in daily',
        "  ValueError: a is bad",
        "  1 more partition failed the same way: f",
        "  2 more partitions failed there with other messages: d..e (assetmake log daily@d)",
        "  log: .assetmake/logs/r1/daily/a.log",
        "",
    ]


def test_what_is_unavailable_is_the_last_that_is_told_where_nothing_was_to_do() -> None:
    names = dataclasses.replace(NAMES, unavailable="unavailable: the assets of more, which did not import")
    nothing = dataclasses.replace(STARTED, to_run=0)
    assert print_events(nothing, FINISHED, names=names)[0] == ["up to date: 3 assets (0.18s)", names.unavailable]
    assert print_events(nothing, FINISHED, names=names, verbosity=Verbosity.QUIET) == ([], [])


def test_what_is_unavailable_comes_before_what_was_done() -> None:
    names = dataclasses.replace(NAMES, unavailable="unavailable: the assets of more, which did not import")
    out, _ = print_events(STARTED, finish("flights", built=1), dataclasses.replace(FINISHED, built=1), names=names)
    assert out[1:] == [names.unavailable, "Done. BUILT=1 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0"]


def test_being_quiet_leaves_failures_and_the_last_line() -> None:
    failed = NodeFailed("flights", "", "ValueError: boom", "", "")
    out, err = print_events(STARTED, failed, finish("daily", built=3), FINISHED, verbosity=Verbosity.QUIET)
    assert [line.split()[0] for line in out] == ["FAILED", "Done."]
    assert "  ValueError: boom" in err


def test_checks_are_counted_where_there_are_any() -> None:
    out, _ = print_events(STARTED, dataclasses.replace(FINISHED, checks_passed=31, checks_failed=1))
    assert out[-1].endswith(" CHECKS=31/32")


def test_a_build_that_was_stopped_says_so() -> None:
    out, _ = print_events(STARTED, dataclasses.replace(FINISHED, interrupted=True))
    assert out[0] == "stopped before the end; what was finished is recorded"


def test_notices_are_talk() -> None:
    out, err = print_events(
        Warned("orders is out of date", hint="leave out --only"),
        WaitingForRun(3, "r0", 12, "box", "2026-01-01 10:00:00 UTC", "assetmake build", 11_530),
        NodeRetried("daily", "2026-01-05", 1, 2.0, "OSError: no route\nmore"),
    )
    assert out == []
    assert err == [
        "warning: orders is out of date",
        "  hint: leave out --only",
        "waiting for 3 nodes of run r0 (pid 12 on box, since 2026-01-01 10:00:00 UTC, for 3h 12m): assetmake build",
        "try 1 of daily@2026-01-05 failed, retrying in 2.0s: OSError: no route",
    ]


def test_what_is_started_is_told_only_to_those_who_ask() -> None:
    started = NodesStarted("daily", 2, "2026-01-01..2026-01-02")
    assert print_events(started) == ([], [])
    assert print_events(started, verbosity=Verbosity.VERBOSE)[1] == ["started   daily 2026-01-01..2026-01-02"]


def test_off_a_terminal_progress_is_told_every_half_a_minute_at_most() -> None:
    console, _, err = make_console()
    clock = Clock()
    log = BuildLog(console, NAMES, clock=clock)
    log(RunStarted("r1", assets=1, fresh=0, to_run=100))
    log(NodesStarted("daily", 100, ""))
    log(RestEstimated(200.0))
    for _ in range(7):
        clock.now += 10
        log(NodesBuilt("daily", built=5, unchanged=0, seconds=1.0))
    clock.now += 40
    log(FINISHED)
    assert err.lines == [
        "15/100 done, about 2m 50s left, running daily (85)",
        "30/100 done, about 2m 20s left, running daily (70)",
    ]


def test_progress_counts_whatever_comes_to_an_end() -> None:
    console, _, _ = make_console()
    log = BuildLog(console, NAMES, clock=Clock())
    for event in (
        RunStarted("r1", assets=2, fresh=0, to_run=9, estimate=90.0),
        NodesStarted("daily", 3, ""),
        NodeRetried("daily", "a", 1, 0.0, ""),
        NodeFailed("daily", "b", "", "", ""),
        NodesSpared("report", 2),
        NodesSkipped("report", 1, ""),
    ):
        log(event)
    assert log.progress.describe() == "4/9 done, about 1m 30s left, running daily"


def test_a_check_is_told_while_it_runs_and_is_not_counted_as_done() -> None:
    console, _, _ = make_console()
    log = BuildLog(console, NAMES, clock=Clock())
    log(RunStarted("r1", assets=2, fresh=0, to_run=9))
    for check in ("slow", "raises"):
        log(NodesStarted(f"daily:{check}", 1, ""))
    assert log.progress.describe() == "0/9 done, running daily:slow, daily:raises"

    log(NodeFailed("daily:raises", "", "", "", ""))
    log(CheckAnswered("daily", "slow", "", "passed"))
    assert log.progress.describe() == "0/9 done"


def test_where_only_checks_run_nothing_is_counted() -> None:
    console, _, _ = make_console()
    log = BuildLog(console, NAMES, clock=Clock())
    log(RunStarted("r1", assets=0, fresh=0, to_run=0, checks=1))
    log(NodesStarted("daily:slow", 1, ""))
    assert log.progress.describe() == "running daily:slow"


def test_what_is_left_is_counted_down_from_what_was_told_last() -> None:
    console, _, _ = make_console()
    clock = Clock()
    log = BuildLog(console, NAMES, clock=clock)
    log(RunStarted("r1", assets=2, fresh=0, to_run=9, estimate=90.0))
    assert log.progress.describe() == "0/9 done, about 1m 30s left"

    clock.now += 40
    assert log.progress.describe() == "0/9 done, about 50s left"

    log(RestEstimated(20.0))
    assert log.progress.describe() == "0/9 done, about 20s left"

    clock.now += 30
    assert log.progress.describe() == "0/9 done"


@pytest.mark.parametrize(
    "nobody_knows",
    [RestEstimated(None), WaitingForRun(3, "r0", 12, "box", "2026-01-01 10:00:00 UTC", "assetmake build")],
)
def test_where_nobody_knows_nothing_is_told(nobody_knows: Event) -> None:
    console, _, _ = make_console()
    log = BuildLog(console, NAMES, clock=Clock())
    log(RunStarted("r1", assets=2, fresh=0, to_run=9, estimate=90.0))
    log(nobody_knows)

    assert log.progress.describe() == "0/9 done"


def test_events_are_lines_of_json() -> None:
    finished = json.loads(write_event(dataclasses.replace(FINISHED, built=12, unchanged=3)))
    assert finished["event"] == "run_finished"
    assert set(finished) >= {
        "built",
        "unchanged",
        "fresh",
        "failed",
        "skipped",
        "cached",
        "checks_passed",
        "checks_failed",
        "seconds",
    }
    failed = write_event(NodeFailed("daily", "", "a\nb\x1b", "", ""))
    assert "\n" not in failed
    assert "\x1b" not in failed
    assert json.loads(failed)["event"] == "node_failed"
    assert json.loads(failed)["key"] is None
