"""Attempts: they add up, go where their node goes, and are not kept for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import pytest
from rows_for_tests import NOON, record, trace

from assetmake.storage.attempts import (
    KEPT_FOR,
    KEPT_OF_EACH,
    AttemptEnd,
    AttemptRow,
    record_attempts,
    trim_attempts,
    trim_now_and_then,
)
from assetmake.storage.decisions import RENAME, Decision
from assetmake.storage.removals import forget_nodes, set_aside
from assetmake.storage.renames import rename_asset
from assetmake.storage.run_records import RunRow, start_run
from assetmake.storage.state import EphemeralState

LONG_AGO = NOON - KEPT_FOR - timedelta(days=1)


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    state = EphemeralState()
    with state.writing() as db:
        yield db
    state.close()


def attempt(asset: str = "one", part: int = 0, *, key: str | None = None, rows: int | None = None) -> AttemptRow:
    return AttemptRow(asset, part, key, AttemptEnd.BUILT, "missing", 0.5, rows)


def try_often(db: duckdb.DuckDBPyConnection, times: int, *, part: int = 0, at: datetime = NOON) -> None:
    for number in range(times):
        record_attempts(db, [attempt(part=part, rows=number)], run=f"run{number}", ended_at=at)


def read_attempts(db: duckdb.DuckDBPyConnection) -> list[tuple[str, int, int | None]]:
    return db.execute(
        "select a.key, t.part, t.rows from state.attempts t join state.assets a on a.id = t.asset order by t.rowid"
    ).fetchall()


def test_attempts_at_a_node_add_up(db: duckdb.DuckDBPyConnection) -> None:
    record_attempts(db, [attempt("one"), attempt("two")], run="first", ended_at=NOON)
    failed = AttemptRow("one", 0, None, AttemptEnd.FAILED, "code", 1.5, message="it broke")
    record_attempts(db, [failed], run="second", ended_at=NOON)

    assert [row[:2] for row in read_attempts(db)] == [("one", 0), ("two", 0), ("one", 0)]
    last = db.execute("select run, outcome, reason, seconds, message, rows from state.attempts").fetchall()[-1]
    assert last == ("second", "failed", "code", 1.5, "it broke", None)


def test_the_last_of_each_node_are_kept_and_so_is_what_is_young(db: duckdb.DuckDBPyConnection) -> None:
    try_often(db, KEPT_OF_EACH + 3, at=LONG_AGO)
    try_often(db, 2, part=7, at=LONG_AGO)
    try_often(db, 1)

    trim_attempts(db, now=NOON)

    found = read_attempts(db)
    assert [row for row in found if row[1] == 7] == [("one", 7, 0), ("one", 7, 1)]
    own = [rows for _, part, rows in found if part == 0]
    assert own == [*range(4, KEPT_OF_EACH + 3), 0]


def test_many_young_ones_stay(db: duckdb.DuckDBPyConnection) -> None:
    try_often(db, KEPT_OF_EACH + 3)

    trim_attempts(db, now=NOON)

    assert len(read_attempts(db)) == KEPT_OF_EACH + 3


def test_a_build_looks_now_and_then_whether_there_are_too_many(db: duckdb.DuckDBPyConnection) -> None:
    try_often(db, KEPT_OF_EACH + 1, at=LONG_AGO)

    left = []
    for number in range(60):
        start_run(db, RunRow(f"{number}", NOON, "build", 1, "here"))
        trim_now_and_then(db, now=NOON)
        left.append(len(read_attempts(db)))

    assert left[0] == KEPT_OF_EACH + 1
    assert left[-1] == KEPT_OF_EACH


def test_they_follow_their_asset_to_its_new_name(db: duckdb.DuckDBPyConnection) -> None:
    record(db, trace("old"))
    record_attempts(db, [attempt("old")], run="first", ended_at=NOON)
    record_attempts(db, [attempt("new")], run="second", ended_at=NOON)

    rename_asset(db, "old", "new", Decision(RENAME, NOON, "old", "somebody@here"))

    assert [row[0] for row in read_attempts(db)] == ["new", "new"]


def test_they_go_with_a_node_that_is_given_up(db: duckdb.DuckDBPyConnection) -> None:
    record(db, trace(part=1), trace(part=2))
    record_attempts(db, [attempt(part=1), attempt(part=2)], run="first", ended_at=NOON)

    forget_nodes(db, [("one", 1)])

    assert [part for _, part, _ in read_attempts(db)] == [2]


def test_what_another_key_takes_the_part_of_keeps_its_own(db: duckdb.DuckDBPyConnection) -> None:
    record(db, trace(part=1, key="2026-01-01"))
    record_attempts(db, [attempt(part=1, key="2026-01-01")], run="first", ended_at=NOON)

    set_aside(db, [trace(part=1, key="2026-01-01-00:00")])

    traces = db.execute("select part from state.traces").fetchall()
    assert db.execute("select part from state.attempts").fetchall() == traces != [(1,)]
