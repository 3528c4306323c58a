"""`backfill`, and the limits that `build` takes too: what is printed, and the exit status."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

import pytest

from assetmake import (
    AssetExecutionContext,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
)
from assetmake.cli.entry import run
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01")


class Said(NamedTuple):
    status: int
    out: str
    err: str


def say(sandbox: Sandbox, *arguments: str) -> Said:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run([*arguments], obj=lambda **_: sandbox.project)
    return Said(status, out.getvalue(), err.getvalue())


@asset
def lookup() -> int:
    return 1


@asset(partitions_def=DAYS)
def daily(context: AssetExecutionContext, lookup: int) -> int:
    return int(context.partition_key[-2:])


@asset
def report(daily: dict[str, int]) -> int:
    return sum(daily.values())


@asset(partitions_def=StaticPartitionsDefinition(["at", "de"]))
def country() -> int:
    return 1


@asset(partitions_def=DynamicPartitionsDefinition(name="customers"))
def customer() -> int:
    return 1


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox([lookup, daily, report, country, customer])


def test_a_range_is_built_and_what_has_no_partitions_only_upstream(sandbox: Sandbox) -> None:
    said = say(sandbox, "backfill", "daily+", "--from", "2026-01-05", "--to", "2026-01-07")

    assert said.status == 0
    assert said.out.splitlines()[-1] == "Done. BUILT=4 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0"
    assert not sandbox.project.find_outputs(report.key, None)


def test_it_goes_on_where_it_was(sandbox: Sandbox) -> None:
    first = say(sandbox, "backfill", "daily", "--to", "2026-01-05", "--max-partitions", "3")
    second = say(sandbox, "backfill", "daily", "--to", "2026-01-05", "--max-partitions", "3")

    assert first.out.splitlines()[-2:] == [
        "left: 2 of 5 partitions (2026-01-04..2026-01-05): run the same command again",
        "Done. BUILT=4 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0",
    ]
    assert second.out.splitlines()[-1] == "Done. BUILT=2 UNCHANGED=0 FRESH=4 FAILED=0 SKIPPED=0"
    assert "left" not in second.out
    assert first.status == second.status == 0


def test_events_as_json(sandbox: Sandbox) -> None:
    said = say(sandbox, "backfill", "daily", "--latest", "3", "--max-partitions", "1", "--newest-first", "--json")

    *_, left, finished = map(json.loads, said.out.splitlines())
    assert left["event"] == "work_left"
    assert {name: left[name] for name in ("nodes", "total", "keys")} == {
        "nodes": 2,
        "total": 3,
        "keys": "2026-01-29..2026-01-30",
    }
    assert (finished["event"], finished["built"], finished["left"]) == ("run_finished", 2, 2)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ([], "nothing says what to backfill", "assetmake backfill daily --from 2026-01-01"),
        (["--exclude", "daily", "--max-partitions", "3"], "nothing says what to backfill", "'*' for all"),
        (["report"], "a backfill is for partitions, and nothing that is selected has any: report", "assetmake build"),
        (["daly"], "no asset is named 'daly'", "daily"),
        (["daily", "--from", "soon"], "'soon' is neither a partition key nor a date", "keys look like 2026-01-01"),
        (
            ["daily", "--from", "2026-01-07", "--to", "2026-01-05"],
            "the range 2026-01-07..2026-01-05 is empty",
            "did you",
        ),
        (["daily", "--to", "2026-02-03"], "ends after the last partition", "the last is 2026-01-31"),
        (["daily", "--from", "2025-12-31"], "begins before the first partition", "the first is 2026-01-01"),
        (["daily", "--partition-range", "2027-01...2027-02"], "no partition begins in", "the last is 2026-01-31"),
        (["daily", "--partition", "2027-01-01"], "there is no partition 2027-01-01", "the last is 2026-01-31"),
        (["country", "--from", "at", "--to", "fr"], "fr", "at"),
        (["daily", "--status", "missing,gone"], "'gone' is none of missing, failed, stale", "--help"),
        (["daily", "--max-partitions", "0"], "0", "--help"),
        (["daily", "--time-budget", "soon"], "'soon' is not a duration", "--help"),
        (["daily", "--force", "--max-partitions", "3"], "--force and --max-partitions cannot be used", "invalidate"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_started(
    arguments: list[str], message: str, hint: str, sandbox: Sandbox
) -> None:
    said = say(sandbox, "backfill", *arguments)

    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert hint in said.err
    assert not sandbox.project.find_outputs(lookup.key, None)


def test_an_end_of_the_range_that_is_a_date_and_no_partition_may_lie_anywhere(sandbox: Sandbox) -> None:
    assert say(sandbox, "backfill", "daily", "--from", "2025", "--to", "2026-01", "-n").status == 0


def test_keys_need_no_range(sandbox: Sandbox) -> None:
    assert say(sandbox, "partitions", "add", "customers", "acme", "bolt").status == 0
    said = say(sandbox, "backfill", "customer", "country", "--max-partitions", "3", "-q")

    assert said.out == (
        "left: 1 of 4 partitions (bolt): run the same command again\n"
        "Done. BUILT=3 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0\n"
    )


@pytest.mark.parametrize("words", [["*"], ["--latest", "2"], ["--from", "2026-01-30"], ["-s", "daily"]])
def test_a_selection_or_a_range_is_enough(words: list[str], sandbox: Sandbox) -> None:
    assert say(sandbox, "backfill", *words, "-n").status == 0


def test_a_dry_run_estimates_from_history(sandbox: Sandbox) -> None:
    unknown = say(sandbox, "backfill", "daily", "--latest", "10", "--max-partitions", "4", "-n")
    assert unknown.out.splitlines() == [
        "lookup  stale    missing",
        "daily   4 stale  missing  2026-01-22..2026-01-25",
        "5 to run: 5 stale",
        "how long it takes is not known yet; 5 nodes of assets that were never built",
        "it leaves: 6 of 10 partitions (2026-01-26..2026-01-31)",
    ]
    assert not sandbox.project.find_outputs(lookup.key, None)

    say(sandbox, "backfill", "daily", "--to", "2026-01-03")
    with sandbox.project.state.writing() as db:
        db.execute("update state.traces set seconds = 90")
    known = say(sandbox, "backfill", "daily", "--latest", "10", "-n", "-j", "2", "--time-budget", "5m")
    assert known.out.splitlines()[-2:] == [
        "about 7m 30s with 2 jobs, 15m of work in all",
        "in 5m 00s about 67 % of it; run it again for the rest",
    ]
    document = json.loads(say(sandbox, "backfill", "daily", "--latest", "10", "-n", "-j", "2", "--json").out)
    assert document["estimate"] == {"seconds": 450.0, "work_seconds": 900.0, "jobs": 2, "unknown": 0}
    assert document["counts"]["stale"] == 10


def test_what_is_in_no_state_that_was_asked_for_is_told(sandbox: Sandbox) -> None:
    said = say(sandbox, "backfill", "daily", "--status", "failed")

    assert said.out == "nothing to do: nothing is in a state that was asked for; 31 partitions in others: 31 missing\n"
    assert say(sandbox, "backfill", "daily", "--status", "failed", "-n").out == said.out

    say(sandbox, "backfill", "daily", "--to", "2026-01-03")
    say(sandbox, "invalidate", "daily@2026-01-02", "--reason", "wrong")
    said = say(sandbox, "backfill", "daily", "--status", "failed")
    assert said.out.endswith("; 29 partitions in others: 28 missing, 1 stale\n")


def test_a_failure_is_exit_1_and_the_rest_is_still_told() -> None:
    @asset(partitions_def=DAYS)
    def broken(context: AssetExecutionContext) -> int:
        raise ValueError(context.partition_key)

    said = say(Sandbox([broken]), "backfill", "broken", "--max-partitions", "2")
    assert said.status == 1
    left = "left: 29 of 31 partitions (2026-01-03..2026-01-31)"
    assert f"{left}: run the same command again; 2 failed, and come after all others\n" in said.out


def test_a_line_of_a_crontab_gets_to_the_end_where_the_first_days_fail() -> None:
    @asset(partitions_def=DAYS)
    def broken(context: AssetExecutionContext) -> int:
        if context.partition_key > "2026-01-28":
            raise ValueError(context.partition_key)
        return 1

    sandbox = Sandbox([broken])
    line = ("backfill", "broken", "--from", "2026-01-20", "--max-partitions", "3", "--newest-first")
    said = [say(sandbox, *line) for _ in range(4)]

    assert [each.status for each in said] == [1, 0, 0, 0]
    lefts = [next(text for text in each.out.splitlines() if text.startswith("left:")) for each in said]
    assert lefts[1] == (
        "left: 9 of 12 partitions (2026-01-20..2026-01-25, 2026-01-29..2026-01-31):"
        " run the same command again; 3 failed, and come after all others"
    )
    assert lefts[3].startswith("left: 3 of 12 partitions (2026-01-29..2026-01-31): ")
    dry = say(sandbox, *line, "--dry-run").out
    assert "3 stale" in dry
    assert "failed" in dry


def test_build_takes_the_same_limits(sandbox: Sandbox) -> None:
    said = say(sandbox, "build", "daily", "--max-partitions", "2", "--time-budget", "2h")
    assert "left: 29 of 31 partitions (2026-01-03..2026-01-31)" in said.out

    said = say(sandbox, "build", "daily", "--max-partitions", "2", "-n")
    assert said.out.splitlines()[0] == "daily  2 stale, 2 fresh  missing  2026-01-03..2026-01-04"
