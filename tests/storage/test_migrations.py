"""States of older schemas: whoever opens one, to read or to write, finds it as a new one with all that was recorded."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from rows_for_tests import NOON, read_data, record, trace

from assetmake.storage.dynamic_keys import add_dynamic_keys, count_dynamic_keys, read_dynamic_keys
from assetmake.storage.migrations import VERSION
from assetmake.storage.rows import fetch_row
from assetmake.storage.state import StateFile

# As assetmake 0.1 wrote it, before there were dynamic keys.
SECOND = """
create table meta (version integer, revision bigint);
create table members (id integer, name varchar, source varchar, facts varchar, links varchar);
create table assets (id integer, key varchar);
create table fingerprints (
    id integer, asset integer, scheme integer,
    code varchar, config varchar, io varchar, environment varchar,
    members integer[], upstreams integer[], details varchar
);
create table traces (
    asset integer, part bigint, key varchar, fingerprint integer,
    inputs uhugeint[], data uhugeint,
    suffix varchar, size bigint, mtime bigint, inode ubigint, content uhugeint,
    run varchar, built_at timestamp, seconds float, rows bigint, metadata varchar,
    revision bigint, changed bigint, undeclared varchar, invalidated varchar
);
create table failures (
    asset integer, part bigint, key varchar, run varchar, failed_at timestamp, message varchar, log varchar
);
create table claims (run varchar, asset integer, part bigint);
create table runs (
    id varchar, started_at timestamp, finished_at timestamp, command varchar, pid bigint, host varchar,
    built bigint, unchanged bigint, fresh bigint, failed bigint, skipped bigint, seconds double
);
create table sources (
    path varchar, size bigint, mtime bigint, inode ubigint, content uhugeint, seen_at bigint, changed bigint
);
create table seals (asset integer, mtime bigint, inode ubigint, outputs bigint);
create table decisions (
    made_at timestamp, action varchar, asset integer, part bigint, key varchar, reason varchar, actor varchar
);
insert into meta values (2, 7);
insert into assets values (1, 'one');
insert into fingerprints values (1, 1, 1, 'code', 'config', 'io', 'environment', [], [], '{}');
insert into traces values (1, 0, null, 1, [], 5, '.json', 1, 1, 1, 1, 'run', '2026-01-05', 0.5, null, null, 7, 7,
    null, null);
"""


@pytest.fixture
def second(tmp_path: Path) -> StateFile:
    """A state of schema 2 with one trace."""
    path = tmp_path / "state.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute(SECOND)
    return StateFile(path)


def read_version(db: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    row = fetch_row(db, "select version, revision from state.meta")
    assert row is not None
    return row[0], row[1]


def test_a_reader_of_an_older_state_finds_what_was_recorded_and_no_dynamic_keys(second: StateFile) -> None:
    for _ in range(2):
        with second.reading() as db:
            assert read_data(db) == {("one", 0): 5}
            assert read_dynamic_keys(db, ["customers"]) == {"customers": []}
            assert read_version(db) == (VERSION, 7)


def test_a_writer_of_an_older_state_keeps_what_was_recorded(second: StateFile) -> None:
    with second.writing() as db:
        add_dynamic_keys(db, "customers", ["b", "a"], now=NOON)
        record(db, trace("two", data=2))

    with second.reading() as db:
        assert read_data(db) == {("one", 0): 5, ("two", 0): 2}
        assert read_dynamic_keys(db, ["customers"]) == {"customers": ["b", "a"]}
        assert count_dynamic_keys(db) == {"customers": 2}


def test_an_upgrade_that_is_stopped_leaves_the_older_state(second: StateFile) -> None:
    with pytest.raises(ZeroDivisionError), second.writing():
        raise ZeroDivisionError

    with duckdb.connect(str(second._path)) as db:
        assert db.execute("select version, revision from meta").fetchall() == [(2, 7)]


def test_an_upgraded_state_has_the_tables_of_a_new_one(second: StateFile, tmp_path: Path) -> None:
    def list_columns(state: StateFile) -> list[tuple[str, str, str]]:
        with state.writing() as db:
            return db.execute(
                "select table_name, column_name, data_type from duckdb_columns() where database_name = 'state'"
                " order by table_name, column_name"
            ).fetchall()

    assert list_columns(second) == list_columns(StateFile(tmp_path / "new.duckdb"))


def test_an_upgraded_state_has_the_columns_of_a_new_one(second: StateFile, tmp_path: Path) -> None:
    new = StateFile(tmp_path / "new.duckdb")
    found = []
    for state in (second, new):
        with state.writing() as db:
            columns = "select table_name, column_name, data_type from duckdb_columns() where database_name = 'state'"
            found.append(db.execute(f"{columns} order by all").fetchall())
        state.close()
    assert found[0] == found[1]
    assert found[0]
