"""Runs, attempts and differences as a person reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assetmake.errors import UsageError
from assetmake.planning.attempts import Attempt, choose_builds
from assetmake.planning.build_differences import compare_builds
from assetmake.planning.run_history import RunRecord
from assetmake.reporting.difference_lines import list_difference
from assetmake.reporting.history_lines import list_attempts, list_run, list_runs
from assetmake.reporting.sparklines import can_draw, draw, write_number
from assetmake.storage.run_records import COUNTED

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
RUN = "20260105T120000-8c41f2"


def make_run(outcome: str = "done", *, asked: dict[str, str] | None = None, **counts: int) -> RunRecord:
    numbers = {**dict.fromkeys(COUNTED, 0), **counts}
    ended = None if outcome in {"running", "killed"} else 1.5
    return RunRecord(RUN, NOON, "assetmake build", 42, "here", ended, numbers, outcome, asked or {})


def attempt(run: str = "second", *, minutes: int = 0, **others: Any) -> Attempt:
    given = {"outcome": "built", "reason": "code", "seconds": 0.5, **others}
    return Attempt(run, None, NOON + timedelta(minutes=minutes), **given)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"by": "person", "user": "ann", "commit": "0123456789abcdef"}, "person ann 012345678"),
        ({"by": "cron", "user": "etl"}, "cron etl"),
        ({"by": "ci", "service": "GitLab CI", "user": "root"}, "CI GitLab CI"),
        ({"by": "ci", "service": "CI", "user": "root"}, "CI"),
        ({"by": "tick", "purpose": "schedule nightly", "user": "root"}, "tick schedule nightly"),
        ({}, "unknown"),
        ({"by": "person", "user": "\x1b[2J"}, "person \\x1b[2J"),
    ],
)
def test_who_asked(asked: dict[str, str], told: str) -> None:
    line = list_runs([make_run(asked=asked)], now=NOON)[1]
    assert re.split("  +", line)[-2] == told


def test_a_run_that_lives_is_told_with_its_process_and_no_counts() -> None:
    (line,) = list_runs([make_run("running")], now=NOON)[1:]
    assert "running (pid 42)" in line
    assert " 0 " not in line
    assert not any(each.startswith("  nodes") for each in list_run(make_run("killed"), [], [], now=NOON))


def test_a_run_that_failed_is_not_fine_though_it_has_not_ended() -> None:
    assert make_run().is_fine
    assert make_run("running").is_fine
    assert not make_run("running", failed=1).is_fine
    assert not any(make_run(outcome).is_fine for outcome in ("failed", "killed", "aborted", "interrupted"))


def test_bars_are_for_terminals_that_have_them() -> None:
    attempts = [attempt(rows=rows) for rows in (8, 5, 1)]
    drawn = list(list_attempts("one", attempts, now=NOON, drawn=True))
    assert "  rows     ▁▅█  1 to 8, last 8" in drawn
    assert "  rows     1 5 8" in "\n".join(list_attempts("one", attempts, now=NOON))
    assert not can_draw("ascii")
    assert can_draw("utf-8")


def test_bars_of_what_does_not_change_or_is_not_there() -> None:
    assert draw([3, 3, None, 3]) == "▁▁ ▁"
    assert draw([None, float("nan")]) == ""
    assert len(draw(range(100))) == 40
    assert write_number(True) == "true"


def test_numbers_of_failures_are_not_drawn() -> None:
    attempts = [attempt(seconds=9.0, outcome="failed", message="it broke\nhere"), attempt(), attempt()]
    lines = list(list_attempts("one", attempts, now=NOON))
    assert lines[0] == "one: 3 attempts, 1 failed"
    assert "9" not in lines[1]
    assert lines[-3].endswith("second  it broke")


def table(*columns: list[Any]) -> dict[str, Any]:
    return {"kind": "table", "columns": list(columns)}


def test_columns_come_go_and_change_their_type() -> None:
    before = attempt("first", rows=4, profile=table(["a", "int64", 0, 1, 9], ["gone", "string", 2, None, None]))
    after = attempt(rows=4, profile=table(["a", "double", 1, 1.5, 9.0], ["new", "date32[day]", 0, "2026-01-01", None]))

    lines = list(list_difference("one", compare_builds(before, after), now=NOON))

    assert lines[3:] == [
        "  rows  4, as before",
        "  ~ a     type int64 -> double, missing 0.0% -> 25.0%, min 1 -> 1.5",
        "  + new   date32[day], missing 0.0%, min 2026-01-01",
        "  - gone  string, missing 50.0%",
    ]


def test_what_is_not_kept_is_told() -> None:
    difference = compare_builds(attempt("first"), attempt(profile={"kind": "number", "value": 3}))
    assert "what the data of first looked like is not kept" in "\n".join(list_difference("one", difference, now=NOON))
    assert not difference.columns
    same = compare_builds(*[attempt(profile={"kind": "list", "length": 3})] * 2)
    assert list(list_difference("one", same, now=NOON))[-1] == (
        "  the data is not the same, though nothing that is kept of it is different"
    )


def test_the_last_two_builds_are_compared_or_those_that_are_named() -> None:
    builds = [attempt("third"), attempt("second"), attempt("first")]
    assert [each.run for each in choose_builds(builds, name="one")] == ["second", "third"]
    assert [each.run for each in choose_builds(builds, name="one", after="second")] == ["first", "second"]
    assert [each.run for each in choose_builds(builds, name="one", before="third", after="first")] == ["third", "first"]
    for known, before, text in ([], None, "no build of one"), (builds[:1], None, "only one"), (builds, "x", "no run x"):
        with pytest.raises(UsageError, match=text):
            choose_builds(known, name="one", before=before)
