"""Renames in the state: a number keeps all that refers to it, and a name that was only noted gives way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest
from rows_for_tests import CODE, NOON, fail, read_data, record, trace

from assetmake.storage.decisions import RENAME, Decision
from assetmake.storage.removals import forget_nodes, set_aside
from assetmake.storage.renames import list_built, read_former_names, read_nodes, read_outputs, rename_asset
from assetmake.storage.state import EphemeralState

MOVE = Decision(RENAME, NOON, "old", "somebody@here")


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    state = EphemeralState()
    with state.writing() as db:
        yield db
    state.close()


def test_all_that_is_recorded_follows_the_name(db: duckdb.DuckDBPyConnection) -> None:
    record(db, trace("old", 1, key="a", data=5), trace("old", 2, key="b", suffix=None), trace("other"))
    fail(db, "old", 3)
    rename_asset(db, "old", "new", MOVE)
    assert {name: part for name, part in read_data(db) if name == "new"}
    assert read_data(db)["new", 1] == 5
    assert list_built(db) == ["new", "other"]
    assert [(each.key, each.suffix) for each in read_outputs(db, "new")] == [("a", ".json")]
    assert sorted(read_nodes(db, "new")) == [1, 2]
    failures = "select a.key from state.failures f join state.assets a on a.id = f.asset"
    assert db.execute(failures).fetchall() == [("new",)]
    assert read_former_names(db, "new") == ["old"]


def test_a_name_that_was_only_noted_gives_way(db: duckdb.DuckDBPyConnection) -> None:
    record(db, trace("old", 1), trace("reader", fingerprint=replace(CODE, upstreams=("new", "old"))))
    fail(db, "new", 1)
    fail(db, "new", 7)
    fail(db, "old", 1)
    rename_asset(db, "old", "new", MOVE)
    numbers = dict(db.execute("select key, id from state.assets").fetchall())
    assert sorted(numbers) == ["new", "reader"]
    assert db.execute("select asset, part from state.failures order by part").fetchall() == [
        (numbers["new"], 1),
        (numbers["new"], 7),
    ]
    upstreams = db.execute("select upstreams from state.fingerprints where len(upstreams) = 2").fetchall()
    assert upstreams == [([numbers["new"], numbers["new"]],)]


def test_plans_made_before_a_rename_are_made_again(db: duckdb.DuckDBPyConnection) -> None:
    record(db, trace("old"))
    before = db.execute("select revision from state.meta").fetchall()
    rename_asset(db, "old", "new", MOVE)
    assert db.execute("select revision from state.meta").fetchall() > before


def test_nodes_are_forgotten_and_no_others(db: duckdb.DuckDBPyConnection) -> None:
    record(db, trace("one", 1), trace("one", 2), trace("two", 1))
    fail(db, "one", 1)
    forget_nodes(db, [("one", 1)])
    assert sorted(read_data(db)) == [("one", 2), ("two", 1)]
    assert db.execute("select count(*) from state.failures").fetchall() == [(0,)]


def test_the_record_of_another_key_is_set_aside_and_that_of_the_same_is_not(db: duckdb.DuckDBPyConnection) -> None:
    record(db, trace("one", 1, key="day"), trace("one", 2, key="same"), trace("one", 3, key="none", suffix=None))
    coming = [trace("one", 1, key="hour"), trace("one", 2, key="same"), trace("one", 3, key="x"), trace("new", 9)]
    set_aside(db, coming)
    record(db, *coming)
    rows = db.execute("select key from state.traces order by key nulls first").fetchall()
    assert [key for (key,) in rows] == [None, "day", "hour", "same", "x"]
