"""The state file: made whole or not at all, left alone where it is not understood, not believed where it is cut."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from rows_for_tests import read_data, record, trace

from assetmake.errors import LockTimeout, StateError
from assetmake.storage.fingerprints import read_members
from assetmake.storage.locks import hold_lock
from assetmake.storage.state import EphemeralState, State, StateFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "place" / "state.duckdb"


@pytest.fixture
def written(path: Path) -> Path:
    """A state with one trace."""
    with StateFile(path).writing() as db:
        record(db, trace(data=7))
    return path


def read(path: Path) -> dict[tuple[str, int], int]:
    with StateFile(path, lock_timeout=0).reading() as db:
        return read_data(db)


def take_picture(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}


def test_a_missing_file_reads_as_an_empty_state_and_stays_missing(path: Path) -> None:
    state = StateFile(path)

    for _ in range(2):
        with state.reading() as db:
            assert read_data(db) == {}

    assert not path.parent.exists()


def test_what_one_process_writes_another_reads(written: Path) -> None:
    assert read(written) == {("one", 0): 7}


def test_an_exception_rolls_everything_back(written: Path) -> None:
    state = StateFile(written)

    def write_and_stumble() -> None:
        with state.writing() as db:
            record(db, trace(data=8), trace("two"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_stumble()

    assert read(written) == {("one", 0): 7}
    with state.writing() as db:
        record(db, trace("two", data=9))
    assert read(written) == {("one", 0): 7, ("two", 0): 9}


def test_a_query_that_is_wrong_is_an_error_of_the_state_and_the_next_block_works(written: Path) -> None:
    state = StateFile(written)

    with pytest.raises(StateError), state.reading() as db:
        db.execute("select * from state.nothing_of_the_kind")

    with state.reading() as db:
        assert read_data(db) == {("one", 0): 7}


@pytest.mark.parametrize("leftover", [b"", b"half a state", None], ids=["empty", "torn", "whole"])
def test_a_kill_in_the_middle_of_the_creation_leaves_nothing_in_the_way(
    path: Path, leftover: bytes | None, tmp_path: Path
) -> None:
    path.parent.mkdir()
    beside = path.with_name(f".{path.name}.new")
    if leftover is None:
        with StateFile(tmp_path / "other").writing() as db:
            record(db, trace("ghost"))
        (tmp_path / "other").rename(beside)
    else:
        beside.write_bytes(leftover)
        beside.with_name(beside.name + ".wal").write_bytes(leftover)

    with StateFile(path).reading() as db:
        assert read_data(db) == {}
    with StateFile(path).writing() as db:
        record(db, trace())

    assert read(path) == {("one", 0): 1}
    assert {file.name for file in path.parent.iterdir()} == {path.name, path.name + ".lock"}


def damage_header(whole: bytes) -> bytes:
    return b"\0" * 4096 + whole[4096:]


def damage_schema(whole: bytes) -> bytes:
    middle = 3 * 4096
    return whole[:middle] + bytes(255 - byte for byte in whole[middle:])


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"", lambda _: b"these are not the bytes\n" * 500, damage_header, damage_schema, lambda b: b[:5000]],
    ids=["zero length", "text", "header", "inside", "cut short"],
)
@pytest.mark.parametrize("access", [StateFile.reading, StateFile.writing], ids=["read", "write"])
def test_a_damaged_file_is_refused_with_a_way_out_and_left_as_it_is(
    written: Path, damage: Callable[[bytes], bytes], access: Callable[[StateFile], State]
) -> None:
    written.write_bytes(damage(written.read_bytes()))
    before = take_picture(written.parent)

    with pytest.raises(StateError) as caught, access(StateFile(written)) as db:
        read_data(db)

    assert str(written) in caught.value.message
    assert f"mv {written}" in caught.value.hint
    assert take_picture(written.parent) == before


@pytest.mark.parametrize("access", [StateFile.reading, StateFile.writing], ids=["read", "write"])
def test_below_a_folder_whose_name_is_not_utf_8_that_is_said_and_nothing_else(
    written: Path, access: Callable[[StateFile], State]
) -> None:
    folder = written.parent.with_name(os.fsdecode(b"place-\xff"))
    written.parent.rename(folder)
    before = take_picture(folder)

    with pytest.raises(StateError, match="UTF-8") as caught, access(StateFile(folder / written.name)):
        pass

    assert "damaged" not in caught.value.message
    assert "rename the folder" in caught.value.hint
    assert take_picture(folder) == before

    folder.rename(written.parent)
    assert read(written) == {("one", 0): 7}


@pytest.mark.parametrize("access", [StateFile.reading, StateFile.writing], ids=["read", "write"])
def test_a_database_of_something_else_is_refused(path: Path, access: Callable[[StateFile], State]) -> None:
    import duckdb

    path.parent.mkdir()
    with duckdb.connect(str(path)) as db:
        db.execute("create table orders (id integer)")

    with pytest.raises(StateError, match="no assetmake tables"), access(StateFile(path)):
        pass

    with duckdb.connect(str(path)) as db:
        assert db.execute("select count(*) from orders").fetchall() == [(0,)]


@pytest.mark.parametrize("access", [StateFile.reading, StateFile.writing], ids=["read", "write"])
def test_the_state_of_a_newer_assetmake_is_refused_and_left_as_it_is(
    written: Path, access: Callable[[StateFile], State]
) -> None:
    with StateFile(written).writing() as db:
        db.execute("update state.meta set version = 99")
    before = take_picture(written.parent)

    with pytest.raises(StateError, match="schema 99") as caught, access(StateFile(written)):
        pass

    assert "upgrade assetmake" in caught.value.hint
    assert take_picture(written.parent) == before


def test_reading_writes_nothing(written: Path) -> None:
    before = take_picture(written.parent)

    with StateFile(written).reading() as db:
        assert read_data(db)
        db.execute("create temp table mine as select * from state.traces")

    assert take_picture(written.parent) == before


def test_a_reading_block_cannot_write(written: Path) -> None:
    with pytest.raises(StateError), StateFile(written).reading() as db:
        db.execute("delete from state.traces")

    assert read(written) == {("one", 0): 7}


def test_readers_are_let_in_together_and_a_writer_waits_for_them(written: Path) -> None:
    with StateFile(written).reading() as mine:
        assert read_data(mine) == {("one", 0): 7}
        with pytest.raises(LockTimeout), StateFile(written, lock_timeout=0).writing():
            pass
        assert read(written) == {("one", 0): 7}


def test_a_writer_that_waits_gets_its_turn(written: Path) -> None:
    def write() -> None:
        with StateFile(written, lock_timeout=60).writing() as db:
            record(db, trace("two", data=2))

    writer = threading.Thread(target=write)
    with StateFile(written).reading() as db:
        writer.start()
        assert ("two", 0) not in read_data(db)
    writer.join()

    assert read(written) == {("one", 0): 7, ("two", 0): 2}


def test_a_writer_keeps_readers_out(written: Path) -> None:
    with StateFile(written).writing(), pytest.raises(LockTimeout) as caught:
        read(written)

    assert "lock_timeout under [build]" in caught.value.hint


def test_the_lock_is_beside_the_file_so_that_waiting_does_not_touch_it(written: Path) -> None:
    with hold_lock(written.with_name(written.name + ".lock")), pytest.raises(LockTimeout):
        read(written)


def test_two_states_in_one_process_do_not_see_each_other() -> None:
    first, second = EphemeralState(), EphemeralState()

    with first.writing() as db:
        record(db, trace())

    with second.reading() as db:
        assert read_data(db) == {}
    with first.reading() as db:
        assert read_data(db) == {("one", 0): 1}


DIE_AFTER_COMMITS = """
import os, sys
from pathlib import Path
from assetmake.storage.state import open_database
db = open_database()
db.execute(f"attach '{sys.argv[1]}' as state")
db.execute("set checkpoint_threshold = '1GB'")
for data in range(1, 6):
    for asset, part in ((1, 0), (2, data)):
        db.execute("begin")
        db.execute("delete from state.traces where asset = ? and part = ?", [asset, part])
        db.execute(
            "insert into state.traces (asset, part, fingerprint, inputs, data) values (?, ?, 1, [], ?)",
            [asset, part, data],
        )
        db.execute("commit")
os._exit(1)
"""


def test_a_log_that_is_cut_anywhere_gives_an_earlier_truth_or_an_error(path: Path) -> None:
    with StateFile(path).writing() as db:
        record(db, trace("one", data=0), trace("two", data=0))
    subprocess.run([sys.executable, "-c", DIE_AFTER_COMMITS, str(path)], check=False)
    log = path.with_name(path.name + ".wal")
    file, whole = path.read_bytes(), log.read_bytes()
    truth = [{("one", 0): 0, ("two", 0): 0}]
    for data in range(1, 6):
        truth.append({**truth[-1], ("one", 0): data})
        truth.append({**truth[-1], ("two", data): data})
    assert read(path) == truth[-1], "a commit outlives the process"

    seen = []
    for length in range(len(whole), -1, -(len(whole) // 40)):
        path.write_bytes(file)
        log.write_bytes(whole[:length])
        with suppress(StateError):
            found = read(path)
            assert found in truth, f"cut at {length} of {len(whole)}"
            seen.append(truth.index(found))

    assert seen == sorted(seen, reverse=True)
    assert seen[0] > 0
    assert seen[-1] == 0


V1 = """
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
insert into state.meta values (1, 7);
insert into state.assets values (1, 'one');
insert into state.fingerprints values (1, 1, 'code', 'config', 'io', 'environment', 'def one(): ...');
insert into state.traces values
    (1, 0, null, 1, [5], 6, '.json', 1, 1, 1, 1, 'run', '2026-01-05', 0.5, null, null);
insert into state.sources values ('raw.csv', 1, 1, 1, 1, 1);
"""


def columns_of(db: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    return set(
        db.execute(
            "select table_name, column_name from duckdb_columns() where database_name = 'state' and not internal"
        ).fetchall()
    )


def test_a_state_of_the_first_version_is_brought_up_to_date_and_keeps_what_it_knows(tmp_path: Path) -> None:
    old = duckdb.connect()
    old.execute(f"attach '{tmp_path / 'old.duckdb'}' as state")
    old.execute(V1)
    old.close()
    with StateFile(tmp_path / "old.duckdb").reading() as db:
        upgraded = columns_of(db)
        traces = db.execute("select asset, part, data, revision, changed from state.traces").fetchall()
        members = read_members(db, 1)
    with StateFile(tmp_path / "new.duckdb").writing() as db:
        assert upgraded == columns_of(db)
    assert traces == [(1, 0, 6, 0, 0)]
    assert [member.source for member in members] == ["def one(): ..."]


def test_a_slow_query_draws_no_bar_into_results() -> None:
    """DuckDB draws one where it takes its process for a person's, as in a notebook, or with `python -c`."""
    program = (
        "from assetmake.storage.state import open_database\n"
        "print(open_database().execute(\"select current_setting('enable_progress_bar')\").fetchone())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "(False,)\n"
