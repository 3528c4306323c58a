"""The rows of the state: what replaces what, and who holds which node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import duckdb
import pytest
from rows_for_tests import CODE, NOON, fail, read_data, record, trace

from assetmake.storage.fingerprints import MemberRow, read_members
from assetmake.storage.ledger import (
    DEAD,
    SourceRow,
    claim,
    list_abandoned,
    list_holders,
    read_revision,
    read_sources,
    record_sources,
)
from assetmake.storage.run_records import COUNTED, RunRow, finish_run, start_run
from assetmake.storage.state import EphemeralState

HIGH = (1 << 128) - 1
COUNTS = dict.fromkeys(COUNTED, 0)


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with EphemeralState().writing() as attached:
        yield attached


def read_claims(db: duckdb.DuckDBPyConnection) -> set[tuple[str, str, int]]:
    rows = db.execute(
        "select c.run, a.key, c.part from state.claims c join state.assets a on a.id = c.asset"
    ).fetchall()
    assert len(set(rows)) == len(rows), "nothing is claimed twice"
    return set(rows)


def read_failed(db: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    return db.execute("select run, part from state.failures order by part").fetchall()


def begin(db: duckdb.DuckDBPyConnection, run: str, *, minutes: int = 0) -> RunRow:
    row = RunRow(run, NOON + timedelta(minutes=minutes), "build", 42, "here")
    start_run(db, row)
    return row


def test_what_a_run_is_to_build_stands_until_it_has_ended(db: duckdb.DuckDBPyConnection) -> None:
    def read() -> list[tuple[str | None, str | None]]:
        return db.execute("select outcome, left_over from state.runs").fetchall()

    start_run(db, RunRow("run", NOON, "build", 42, "here"), left='{"a": null, "b": null}')
    finish_run(db, "run", finished_at=NOON, counts=COUNTS, seconds=1.0)
    assert read() == [(None, '{"a": null, "b": null}')], "between two rounds"
    finish_run(db, "run", finished_at=NOON, counts=COUNTS, seconds=1.0, outcome="failed", left='{"b": null}')
    assert read() == [("failed", '{"b": null}')]
    finish_run(db, "run", finished_at=NOON, counts=COUNTS, seconds=1.0, outcome="done")
    assert read() == [("done", None)]


class TestTraces:
    def test_a_trace_comes_back_as_it_was(self, db: duckdb.DuckDBPyConnection) -> None:
        given = trace("a/b", 5, key="k", data=HIGH, inputs=(0, HIGH, 1 << 64), content=HIGH - 1, inode=(1 << 64) - 1)
        later = replace(given, part=-5, suffix=None, rows=3, metadata="{}")

        record(db, given, later)

        rows = db.execute(
            "select part, key, data, inputs, content, inode, suffix, rows, metadata, run, built_at"
            " from state.traces order by part desc"
        ).fetchall()
        shared = ("k", HIGH, [0, HIGH, 1 << 64], HIGH - 1, (1 << 64) - 1)
        when = NOON.replace(tzinfo=None)
        assert rows == [(5, *shared, ".json", None, None, "run", when), (-5, *shared, None, 3, "{}", "run", when)]

    def test_the_last_one_stands(self, db: duckdb.DuckDBPyConnection) -> None:
        record(db, trace("one", 1, data=1), trace("one", 2, data=2), trace("two", 1, data=3))
        record(db, trace("one", 1, data=9))

        assert read_data(db) == {("one", 1): 9, ("one", 2): 2, ("two", 1): 3}

    def test_nothing_is_recorded_of_nothing(self, db: duckdb.DuckDBPyConnection) -> None:
        record(db)

        assert (read_data(db), read_revision(db)) == ({}, 0)

    def test_every_batch_makes_another_revision(self, db: duckdb.DuckDBPyConnection) -> None:
        before = read_revision(db)
        record(db, trace())

        assert read_revision(db) > before

    def test_times_are_kept_in_utc(self, db: duckdb.DuckDBPyConnection) -> None:
        row = RunRow("run", datetime(2026, 1, 5, 12, tzinfo=timezone(timedelta(hours=5))), "build", 1, "here")
        start_run(db, row)

        assert db.execute("select started_at from state.runs").fetchall() == [(datetime(2026, 1, 5, 7),)]

    def test_nodes_share_a_fingerprint_and_assets_do_not(self, db: duckdb.DuckDBPyConnection) -> None:
        record(db, trace("one", 1), trace("one", 2))
        record(db, trace("one", 3), trace("two", 1), trace("one", 4, fingerprint=replace(CODE, code="new")))

        rows = db.execute(
            "select a.key, f.code, count(*), count(distinct f.id) from state.traces t"
            " join state.fingerprints f on f.id = t.fingerprint and f.asset = t.asset"
            " join state.assets a on a.id = t.asset group by all order by all"
        ).fetchall()
        assert rows == [("one", "code", 3, 1), ("one", "new", 1, 1), ("two", "code", 1, 1)]
        assert db.execute("select count(distinct id), count(*) from state.fingerprints").fetchall() == [(3, 3)]

    def test_each_part_of_a_fingerprint_makes_another_one(self, db: duckdb.DuckDBPyConnection) -> None:
        others = [
            {"code": "x"},
            {"config": "x"},
            {"io": "x"},
            {"environment": "x"},
            {"scheme": 9},
            {"upstreams": ("x",)},
        ]
        rows = (trace(part=n, fingerprint=replace(CODE, **other)) for n, other in enumerate(others, start=1))
        record(db, trace(), *rows)

        assert db.execute("select count(distinct fingerprint) from state.traces").fetchall() == [(7,)]

    def test_equal_fingerprints_and_members_are_kept_once(self, db: duckdb.DuckDBPyConnection) -> None:
        helper = MemberRow("h.py::help", "def help(): ...")
        several = [replace(CODE, code=code, members=(MemberRow(code, code), helper)) for code in ("x", "y")]
        for number, fingerprint in enumerate([*several, *several]):
            record(db, trace(part=number, fingerprint=fingerprint))

        assert db.execute("select count(*) from state.fingerprints").fetchall() == [(2,)]
        assert db.execute("select count(*) from state.members").fetchall() == [(3,)]
        number = db.execute("select fingerprint from state.traces where part = 1").fetchall()[0][0]
        assert read_members(db, number) == (MemberRow("y", "y"), helper)

    def test_a_trace_keeps_since_when_its_data_is_what_it_is(self, db: duckdb.DuckDBPyConnection) -> None:
        seen = []
        for data in (5, 5, 6, 6):
            record(db, trace(data=data))
            seen.append(db.execute("select revision, changed from state.traces").fetchall()[0])

        assert seen == [(1, 1), (2, 1), (3, 3), (4, 3)]


class TestFailures:
    def test_a_failure_leaves_the_trace(self, db: duckdb.DuckDBPyConnection) -> None:
        record(db, trace("one", 1, data=7))
        fail(db, "one", 1)

        assert read_data(db) == {("one", 1): 7}
        assert read_failed(db) == [("run", 1)]

    def test_the_last_failure_stands_until_a_success(self, db: duckdb.DuckDBPyConnection) -> None:
        fail(db, "one", 1, run="first")
        fail(db, "one", 2, run="first")
        fail(db, "one", 1, run="second")
        assert read_failed(db) == [("second", 1), ("first", 2)]

        record(db, trace("one", 1))
        assert read_failed(db) == [("first", 2)]


class TestClaims:
    def test_what_a_living_run_holds_is_not_to_be_had(self, db: duckdb.DuckDBPyConnection) -> None:
        assert claim(db, "first", {"one": range(4), "two": [0]}, alive=set()) == {}

        taken = claim(db, "second", {"one": range(2, 6), "three": [0]}, alive={"first", "second"})

        assert taken == {"one": {2, 3}}
        assert read_claims(db) == {
            *(("first", "one", part) for part in range(4)),
            ("first", "two", 0),
            ("second", "one", 4),
            ("second", "one", 5),
            ("second", "three", 0),
        }

    def test_claiming_again_adds_what_is_new(self, db: duckdb.DuckDBPyConnection) -> None:
        claim(db, "first", {"one": [1]}, alive=set())

        assert claim(db, "first", {"one": [1, 2]}, alive=set()) == {}
        assert read_claims(db) == {("first", "one", 1), ("first", "one", 2)}

    def test_claims_of_the_dead_are_taken_over(self, db: duckdb.DuckDBPyConnection) -> None:
        claim(db, "killed", {"one": [1, 2], "two": [0]}, alive=set())

        assert claim(db, "next", {"one": [1]}, alive={"next"}) == {}
        assert read_claims(db) == {("next", "one", 1)}

    def test_what_the_dead_may_have_replaced_is_suspect_until_it_is_built(self, db: duckdb.DuckDBPyConnection) -> None:
        record(db, trace("one", 1), trace("one", 2))
        claim(db, "killed", {"one": [1, 2, 3]}, alive=set())

        claim(db, "next", {"one": [1, 3], "else": [0]}, alive={"next"})
        suspects = {(DEAD, "one", 1), (DEAD, "one", 2)}
        assert read_claims(db) == {*suspects, ("next", "one", 1), ("next", "one", 3), ("next", "else", 0)}

        fail(db, "one", 1, run="next")
        record(db, trace("one", 2), run="other")
        finish_run(db, "next", finished_at=NOON, counts=COUNTS, seconds=1.0)
        assert read_claims(db) == {(DEAD, "one", 1)}

        claim(db, "last", {"one": [1]}, alive={"last"})
        record(db, trace("one", 1), run="last")
        assert read_claims(db) == set()

    def test_a_suspicion_does_not_stand_in_the_way(self, db: duckdb.DuckDBPyConnection) -> None:
        record(db, trace("one", 1))
        claim(db, "killed", {"one": [1]}, alive=set())
        claim(db, "other", {"two": [0]}, alive={"other"})

        assert claim(db, "next", {"one": [1]}, alive={"other", "next"}) == {}
        assert list_holders(db, "else", {"one": [1]}, alive={"other"}) == []

    def test_a_record_gives_up_the_claim_of_its_own_run_only(self, db: duckdb.DuckDBPyConnection) -> None:
        claim(db, "first", {"one": [1, 2]}, alive=set())

        record(db, trace("one", 1), run="first")
        record(db, trace("one", 2), run="second")
        fail(db, "one", 2, run="second")

        assert read_claims(db) == {("first", "one", 2)}

    def test_the_end_of_a_run_gives_up_its_claims(self, db: duckdb.DuckDBPyConnection) -> None:
        begin(db, "first")
        claim(db, "first", {"one": [1]}, alive=set())
        claim(db, "second", {"one": [2]}, alive={"first"})

        finish_run(db, "first", finished_at=NOON, counts={**COUNTS, "built": 3}, seconds=1.5)

        assert read_claims(db) == {("second", "one", 2)}
        assert db.execute("select finished_at, built, failed, seconds from state.runs").fetchall() == [
            (NOON.replace(tzinfo=None), 3, 0, 1.5)
        ]

    def test_assets_of_dead_runs_are_abandoned(self, db: duckdb.DuckDBPyConnection) -> None:
        record(db, trace("one", 1))
        claim(db, "killed", {"one": [1]}, alive=set())
        claim(db, "lives", {"two": [0]}, alive={"killed"})

        assert list_abandoned(db, alive={"lives"}) == ["one"]
        assert list_abandoned(db, alive={"lives", "killed"}) == []
        claim(db, "lives", {"three": [0]}, alive={"lives"})
        assert list_abandoned(db, alive={"lives"}) == []

    def test_who_holds_what_others_want_is_listed_oldest_first(self, db: duckdb.DuckDBPyConnection) -> None:
        young, old = begin(db, "young", minutes=5), begin(db, "old")
        begin(db, "killed")
        for part, run in enumerate(("young", "old", "killed")):
            claim(db, run, {"one": [part]}, alive={"young", "old", "killed"})
        alive = {"young", "old", "me"}

        held = list_holders(db, "me", {"one": range(9), "unknown": [0]}, alive=alive)
        assert [each.run for each in held] == [old, young]
        assert [each.run for each in list_holders(db, "me", {"one": [0]}, alive=alive)] == [young]
        assert list_holders(db, "young", {"one": [0]}, alive=alive) == []


def test_what_was_seen_of_a_source_file_replaces_what_was_seen_before(db: duckdb.DuckDBPyConnection) -> None:
    seen = SourceRow("raw/ü.csv", size=1, mtime=2, inode=(1 << 64) - 1, content=HIGH, seen_at=5)
    other = replace(seen, path="raw/b.csv")
    record_sources(db, [seen, other])
    record_sources(db, [replace(seen, content=1)])
    record_sources(db, [])

    assert read_sources(db) == {"raw/ü.csv": replace(seen, content=1), "raw/b.csv": other}
    assert read_sources(db, []) == {}
    assert read_sources(db, ["raw/b.csv", "else/"]) == {"raw/b.csv": other}
    assert len(read_sources(db, ["raw/"])) == 2


def test_moments_come_back_aware(db: duckdb.DuckDBPyConnection) -> None:
    begin(db, "first")
    claim(db, "first", {"one": [0]}, alive=set())

    (holder,) = list_holders(db, "me", {"one": [0]}, alive={"first"})
    assert holder.nodes == {"one": 1}
    assert holder.run.started_at == NOON.astimezone(UTC)
