"""The state's schema and its versions.

No primary keys: they double the file and every insert, and buy nothing for set queries. Times are UTC.
Hashes are UHUGEINT: half the width of hex, and `bit_xor` folds the hashes of many partitions into one.
"""

from __future__ import annotations

import duckdb

from assetmake.errors import StateError
from assetmake.storage.rows import fetch_row

VERSION = 1

_SCHEMA = """
create table state.meta (version integer, revision bigint);
create table state.assets (id integer, key varchar);
create table state.fingerprints (
    id integer, asset integer,
    code varchar, config varchar, io varchar, environment varchar, source varchar
);
create table state.traces (
    asset integer, part bigint, key varchar, fingerprint integer,
    inputs uhugeint[], data uhugeint,
    suffix varchar, size bigint, mtime bigint, inode ubigint, content uhugeint,
    run varchar, built_at timestamp, seconds float, rows bigint, metadata varchar
);
create table state.failures (
    asset integer, part bigint, key varchar, run varchar, failed_at timestamp, message varchar, log varchar
);
create table state.claims (run varchar, asset integer, part bigint);
create table state.runs (
    id varchar, started_at timestamp, finished_at timestamp, command varchar, pid bigint, host varchar,
    built bigint, unchanged bigint, fresh bigint, failed bigint, skipped bigint, seconds double
);
create table state.sources (
    path varchar, size bigint, mtime bigint, inode ubigint, content uhugeint, seen_at bigint
);
create table state.seals (asset integer, mtime bigint, inode ubigint, outputs bigint);
"""


def create_schema(db: duckdb.DuckDBPyConnection) -> None:
    """Make the tables in the attached, empty database `state`."""
    db.execute(_SCHEMA)
    db.execute("insert into state.meta values (?, 0)", [VERSION])


def check_version(db: duckdb.DuckDBPyConnection, *, place: str) -> bool:
    """Tell whether the attached database has a schema.

    Raises:
        StateError: it was written by a newer assetmake.
    """
    tables = fetch_row(db, "select count(*) from duckdb_tables() where database_name = 'state' and table_name = 'meta'")
    if tables is None or not tables[0]:
        return False
    row = fetch_row(db, "select version from state.meta")
    if row is not None and row[0] > VERSION:
        raise StateError(
            f"{place} has schema {row[0]}, this assetmake knows up to {VERSION}",
            hint="upgrade assetmake, or give another [state] path; the file was not touched",
        )
    return row is not None
