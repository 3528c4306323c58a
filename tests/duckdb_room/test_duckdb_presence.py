"""What is no longer in a database is no longer fresh: the file, a table, the rows of a partition."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from assetmake import (
    AssetExecutionContext,
    BackfillPolicy,
    DailyPartitionsDefinition,
    Definitions,
    MultiPartitionsDefinition,
    PartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
)
from assetmake.definitions.keeping.output_context import OutputContext
from assetmake.duckdb import DuckDBArrowIOManager
from assetmake.duckdb.io_manager import TableIOManager
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")
ZONED = DailyPartitionsDefinition("2026-01-01", timezone="Asia/Tokyo", end_date="2026-01-05")
COLOURS = StaticPartitionsDefinition(["red", "blue", "o'brien"])
BOTH = MultiPartitionsDefinition({"day": DAYS, "colour": COLOURS})


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "assets.duckdb")


def change(database: str, statement: str) -> None:
    with duckdb.connect(database) as connection:
        connection.execute(statement)


class TestListing:
    """`list_outputs` finds what was written, as reading it would."""

    @pytest.fixture
    def table(self, database: str) -> Iterator[Callable[..., list[str]]]:
        manager = DuckDBArrowIOManager(database=database)
        opened = manager.create_io_manager(None)  # type: ignore[arg-type]
        held = duckdb.connect(database)

        def find(partitions: PartitionsDefinition, expression: Any, rows: pa.Table | str) -> list[str]:
            source = rows if isinstance(rows, str) else "rows"
            held.execute(f"CREATE SCHEMA IF NOT EXISTS public; CREATE OR REPLACE TABLE public.kept AS FROM {source}")
            return self.ask(opened, partitions, expression)

        yield find
        held.close()

    def ask(self, manager: TableIOManager, partitions: PartitionsDefinition, expression: Any) -> list[str]:
        keys = partitions.get_partition_keys()
        context = OutputContext(
            name="result",
            asset_key=asset(name="kept")(lambda: None).key,
            keys=keys,
            partitions_def=partitions,
            definition_metadata={"partition_expr": expression},
        )
        return [str(key) for key in manager.list_outputs(context)]

    @pytest.mark.parametrize(
        "write",
        [
            lambda day: date(2026, 1, day),
            lambda day: datetime(2026, 1, day, 23, 59, 59, 999999),
            lambda day: datetime(2026, 1, day),
            lambda day: f"2026-01-0{day}",
        ],
    )
    def test_days(self, table: Callable[..., list[str]], write: Callable[[int], Any]) -> None:
        rows = pa.table({"at": [write(1), write(3), write(3), None]})
        assert table(DAYS, "at", rows) == ["2026-01-01", "2026-01-03"]

    def test_days_of_instants_are_those_of_their_zone(self, table: Callable[..., list[str]]) -> None:
        evening = datetime(2026, 1, 1, 16, tzinfo=UTC)  # the second of January in Tokyo
        rows = pa.table({"at": [evening, evening + timedelta(days=10)]})
        assert table(ZONED, "at", rows) == ["2026-01-02"]

    def test_an_expression(self, table: Callable[..., list[str]]) -> None:
        rows = pa.table({"y": [2026], "d": [4]})
        assert table(DAYS, "make_date(y, 1, d)", rows) == ["2026-01-04"]

    def test_keys(self, table: Callable[..., list[str]]) -> None:
        assert table(COLOURS, "colour", pa.table({"colour": ["o'brien", "green", None]})) == ["o'brien"]

    def test_keys_of_a_column_of_numbers(self, table: Callable[..., list[str]]) -> None:
        numbers = StaticPartitionsDefinition(["1", "2", "x"])
        assert table(numbers, "number", pa.table({"number": [2, 3]})) == ["2"]

    def test_several_dimensions(self, table: Callable[..., list[str]]) -> None:
        rows = pa.table({"d": [date(2026, 1, 2), date(2026, 1, 3)], "c": ["red", "blue"]})
        assert table(BOTH, {"day": "d", "colour": "c"}, rows) == ["red|2026-01-02", "blue|2026-01-03"]

    def test_a_table_without_rows(self, table: Callable[..., list[str]]) -> None:
        assert table(COLOURS, "colour", "(SELECT 'red' AS colour WHERE false)") == []

    def test_no_file_is_made_by_a_question(self, database: str) -> None:
        manager = DuckDBArrowIOManager(database=database).create_io_manager(None)  # type: ignore[arg-type]
        assert self.ask(manager, COLOURS, "colour") == []
        assert not os.path.exists(database)


@asset
def stations() -> pa.Table:
    return pa.table({"name": ["north", "south"]})


@asset(partitions_def=COLOURS, metadata={"partition_expr": "colour"}, backfill_policy=BackfillPolicy.single_run())
def paints(context: AssetExecutionContext) -> pa.Table:
    """Of blue there is nothing."""
    return pa.table({"colour": [key for key in context.partition_keys if key != "blue"]})


@asset
def noted(stations: pa.Table) -> pa.Table:
    return stations


def test_builds_make_again_what_is_gone(database: str, tmp_path: Path) -> None:
    manager = DuckDBArrowIOManager(database=database)
    sandbox = Sandbox([Definitions([stations, paints, noted], resources={"io_manager": manager})], root=tmp_path)
    assert sandbox.build().success
    assert sandbox.plan().plan.work == 0

    change(database, "DROP TABLE public.stations; DELETE FROM public.paints WHERE colour = 'red'")
    done = sandbox.build()
    assert done.ran == ["stations", "paints@red"]
    assert done.reasons == {"stations": "output_missing", "paints": "output_missing"}

    os.rename(database, f"{database}.bak")
    assert {str(key): each.stale for key, each in sandbox.plan().plan} == {"stations": 1, "paints": 3, "noted": 1}
    assert not os.path.exists(database)
    os.rename(f"{database}.bak", database)
    assert sandbox.plan().plan.work == 0


def test_another_database_is_another_io_manager(database: str, tmp_path: Path) -> None:
    sandbox = Sandbox([], root=tmp_path)

    def move(path: str) -> None:
        manager = DuckDBArrowIOManager(database=path)
        sandbox.replace([Definitions([stations], resources={"io_manager": manager})])

    move(database)
    sandbox.build()
    move(str(tmp_path / "other.duckdb"))
    assert sandbox.build().reasons == {"stations": "io"}
    os.unlink(database)
    assert sandbox.plan().plan.work == 0
