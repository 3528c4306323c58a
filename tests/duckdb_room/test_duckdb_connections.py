"""DuckDBResource, and what happens while another process holds the lock of a database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from assetmake import EnvVar, asset, materialize
from assetmake.duckdb import DuckDBArrowIOManager, DuckDBResource
from assetmake.duckdb.connecting import connect
from assetmake.errors import LockTimeout

HOLDER = """\
import duckdb, sys
held = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("held", flush=True)
sys.stdin.read()
"""
LOCKED = 'IO Error: Could not set lock on file "x.duckdb": Conflicting lock is held in python (PID 1)'


@contextmanager
def hold(database: str, how: str) -> Iterator[subprocess.Popen[str]]:
    """Give a process that has a database open."""
    command = [sys.executable, "-c", HOLDER, database, how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "assets.duckdb")


class Times:
    """A database that opens at the n-th time, and a clock that only waiting moves."""

    def __init__(self, failures: list[Exception]) -> None:
        self.failures = failures
        self.opened: list[dict[str, Any]] = []
        self.pauses: list[float] = []

    def open_database(self, database: str, **options: Any) -> str:
        self.opened.append(options)
        if self.failures:
            raise self.failures.pop(0)
        return f"open {database}"

    def connect(self, **options: Any) -> Any:
        return connect(
            "x.duckdb",
            open_database=self.open_database,
            now=lambda: sum(self.pauses),
            pause=self.pauses.append,
            **options,
        )


class TestWaiting:
    def test_a_lock_is_waited_for_ever_more_patiently(self) -> None:
        times = Times([duckdb.IOException(LOCKED) for _ in range(9)])
        assert times.connect(config={"threads": 1}) == "open x.duckdb"
        assert times.opened == [{"read_only": False, "config": {"threads": 1}}] * 10
        assert times.pauses == [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0, 1.0]

    def test_not_for_ever(self) -> None:
        times = Times([duckdb.IOException(LOCKED) for _ in range(1000)])
        with pytest.raises(LockTimeout) as gave_up:
            times.connect(patience=3)
        assert sum(times.pauses) == pytest.approx(3)
        assert gave_up.value.message == (f"x.duckdb: another process held the lock of this database for 3 s: {LOCKED}")

    def test_other_trouble_is_told_at_once(self) -> None:
        times = Times([duckdb.IOException("IO Error: Cannot open file: No such file or directory")])
        with pytest.raises(duckdb.IOException, match="No such file"):
            times.connect()
        assert times.pauses == []

    def test_who_reads_takes_part_in_what_the_process_has_open(self, database: str) -> None:
        with DuckDBResource(database=database).get_connection() as held:
            held.execute("CREATE TABLE t AS SELECT 1 AS a").fetchall()
            with connect(database, read_only=True) as other:
                assert other.execute("FROM t").fetchall() == [(1,)]

    @pytest.fixture
    def holder(self, database: str) -> Iterator[subprocess.Popen[str]]:
        with hold(database, "write") as process:
            yield process

    def test_several_processes_load_at_once(self, database: str) -> None:
        @asset
        def kept() -> pa.Table:
            return pa.table({"a": [1]})

        @asset
        def read(kept: pa.Table) -> pa.Table:
            return kept

        @asset
        def length(kept: pa.Table) -> None:
            lengths.append(kept.num_rows)

        lengths: list[int] = []
        resources = {"io_manager": DuckDBArrowIOManager(database=database, lock_timeout=0)}
        materialize([kept], resources=resources)
        with hold(database, "read"):
            materialize([kept, length], resources=resources, selection=[length])
            with pytest.raises(LockTimeout):
                materialize([kept, read], resources=resources, selection=[read])
        assert lengths == [1]

    def test_another_process_is_told_of(self, database: str, holder: subprocess.Popen[str]) -> None:
        @asset
        def kept() -> pa.Table:
            return pa.table({"a": [1]})

        with pytest.raises(LockTimeout) as gave_up, DuckDBResource(database=database, lock_timeout=0).get_connection():
            raise AssertionError
        assert gave_up.value.message.startswith(f"{database}: another process held the lock of this database for 0 s")
        assert f"(PID {holder.pid})" in gave_up.value.message
        with pytest.raises(LockTimeout):
            materialize([kept], resources={"io_manager": DuckDBArrowIOManager(database=database, lock_timeout=0)})

    def test_its_end_is_noticed(self, database: str, holder: subprocess.Popen[str]) -> None:
        def end(seconds: float) -> None:
            assert holder.stdin is not None
            holder.stdin.close()
            holder.wait()

        with connect(database, pause=end) as connection:
            assert connection.execute("SELECT 1").fetchall() == [(1,)]


class TestResource:
    def test_an_asset_asks_for_it(self, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_OF_THE_TEST", database)

        @asset
        def made(warehouse: DuckDBResource) -> None:
            with warehouse.get_connection() as connection:
                connection.execute("CREATE TABLE made AS SELECT 42 AS answer")

        @asset(deps=[made])
        def read(warehouse: DuckDBResource) -> int:
            with warehouse.get_connection() as connection:
                return connection.execute("SELECT answer FROM made").fetchall()[0][0]

        resources = {"warehouse": DuckDBResource(database=EnvVar("DATABASE_OF_THE_TEST"))}
        assert materialize([made, read], resources=resources).output_for_node("read") == 42

    def test_options_of_duckdb_are_handed_on(self) -> None:
        resource = DuckDBResource(database=":memory:", connection_config={"threads": 1})
        with resource.get_connection() as connection:
            assert connection.execute("SELECT current_setting('threads')").fetchall() == [(1,)]

    def test_it_is_closed_when_the_block_fails(self, database: str) -> None:
        held = []

        def fail() -> None:
            with DuckDBResource(database=database).get_connection() as connection:
                held.append(connection)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        with pytest.raises(duckdb.ConnectionException):
            held[0].execute("SELECT 1")
