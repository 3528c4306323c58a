"""The state's schema and its versions.

No primary keys: they double the file and every insert, and buy nothing for set queries. Times are UTC.
Hashes are UHUGEINT: half the width of hex, and `bit_xor` folds the hashes of many partitions into one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetmake.errors import StateError
from assetmake.storage.rows import fetch_row

if TYPE_CHECKING:
    import duckdb

VERSION = 4

_HISTORY = """
create table state.attempts (
    asset integer, part bigint, key varchar, run varchar, ended_at timestamp,
    outcome varchar, reason varchar, seconds float, rows bigint, metadata varchar, profile varchar, message varchar
);
create table state.automations (
    kind varchar, name varchar, evaluated_at timestamp, occurred_at timestamp, cursor varchar, memory varchar
);
create table state.requests (
    id varchar, kind varchar, name varchar, run_key varchar, occurred_at timestamp, requested_at timestamp,
    wanted varchar, owner varchar, holder varchar, run varchar, finished_at timestamp, outcome varchar, message varchar
);
create table state.ticks (
    tick varchar, ticked_at timestamp, kind varchar, name varchar, outcome varchar, reason varchar, seconds double
);
"""
"""What was tried, decided and asked for, in the past."""
_SCHEMA = (
    """
create table state.meta (version integer, revision bigint);
create table state.members (id integer, name varchar, source varchar, facts varchar, links varchar);
create table state.assets (id integer, key varchar);
create table state.fingerprints (
    id integer, asset integer, scheme integer,
    code varchar, config varchar, io varchar, environment varchar,
    members integer[], upstreams integer[], details varchar
);
create table state.traces (
    asset integer, part bigint, key varchar, fingerprint integer,
    inputs uhugeint[], data uhugeint,
    suffix varchar, size bigint, mtime bigint, inode ubigint, content uhugeint,
    run varchar, built_at timestamp, seconds float, rows bigint, metadata varchar,
    revision bigint, changed bigint, undeclared varchar, invalidated varchar, verdict varchar,
    place varchar
);
create table state.failures (
    asset integer, part bigint, key varchar, run varchar, failed_at timestamp, message varchar, log varchar
);
create table state.claims (run varchar, asset integer, part bigint);
create table state.runs (
    id varchar, started_at timestamp, finished_at timestamp, command varchar, pid bigint, host varchar,
    built bigint, unchanged bigint, fresh bigint, failed bigint, skipped bigint, seconds double,
    checks_passed bigint, checks_failed bigint, outcome varchar, asked varchar, left_over varchar
);
create table state.sources (
    path varchar, size bigint, mtime bigint, inode ubigint, content uhugeint, seen_at bigint, changed bigint
);
create table state.seals (asset integer, mtime bigint, inode ubigint, outputs bigint);
create table state.decisions (
    made_at timestamp, action varchar, asset integer, part bigint, key varchar, reason varchar, actor varchar
);
create table state.dynamic_keys (name varchar, position bigint, key varchar, added_at timestamp);
create table state.observations (
    source varchar, key varchar, number bigint, version varchar, seen_at bigint, changed bigint
);
"""
    + _HISTORY
)
_UPGRADES = {
    1: """
create table state.members (id integer, name varchar, source varchar, facts varchar, links varchar);
alter table state.fingerprints add column scheme integer;
alter table state.fingerprints add column members integer[];
alter table state.fingerprints add column upstreams integer[];
alter table state.fingerprints add column details varchar;
insert into state.members select id, '', source, '{}', '{}' from state.fingerprints;
update state.fingerprints set scheme = 1, members = [id];
alter table state.fingerprints drop column source;
alter table state.traces add column revision bigint;
alter table state.traces add column changed bigint;
alter table state.traces add column undeclared varchar;
alter table state.traces add column invalidated varchar;
update state.traces set revision = 0, changed = 0;
alter table state.sources add column changed bigint;
update state.sources set changed = 0;
create table state.decisions (
    made_at timestamp, action varchar, asset integer, part bigint, key varchar, reason varchar, actor varchar
);
""",
    2: """
alter table state.traces add column verdict varchar;
alter table state.traces add column place varchar;
create table state.dynamic_keys (name varchar, position bigint, key varchar, added_at timestamp);
create table state.observations (
    source varchar, key varchar, number bigint, version varchar, seen_at bigint, changed bigint
);
""",
    3: """
alter table state.runs add column checks_passed bigint;
alter table state.runs add column checks_failed bigint;
alter table state.runs add column outcome varchar;
alter table state.runs add column asked varchar;
alter table state.runs add column left_over varchar;
"""
    + _HISTORY,
}
"""What brings a state from one version to the next."""


def create_schema(db: duckdb.DuckDBPyConnection) -> None:
    """Make the tables in the attached, empty database `state`."""
    db.execute(_SCHEMA)
    db.execute("insert into state.meta values (?, 0)", [VERSION])


def read_version(db: duckdb.DuckDBPyConnection, *, place: str) -> int:
    """Return the version of the attached database's schema; 0 where it has none.

    Raises:
        StateError: it was written by a newer assetmake.
    """
    tables = fetch_row(db, "select count(*) from duckdb_tables() where database_name = 'state' and table_name = 'meta'")
    if tables is None or not tables[0]:
        return 0
    row = fetch_row(db, "select version from state.meta")
    if row is not None and row[0] > VERSION:
        raise StateError(
            f"{place} has schema {row[0]}, this assetmake knows up to {VERSION}",
            hint="upgrade assetmake, or give another [state] path; the file was not touched",
        )
    return 0 if row is None else int(row[0])


def upgrade_schema(db: duckdb.DuckDBPyConnection, *, version: int) -> None:
    """Bring the attached database from an older version to ours; inside a transaction."""
    for step in range(version, VERSION):
        db.execute(_UPGRADES[step])
    db.execute("update state.meta set version = ?", [VERSION])
