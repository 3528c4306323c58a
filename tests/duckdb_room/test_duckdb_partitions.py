"""Partitions as rows of a table: those that are made are replaced, and no others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from assetmake import (
    AssetIn,
    BackfillPolicy,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    HourlyPartitionsDefinition,
    Instance,
    MultiPartitionKey,
    MultiPartitionsDefinition,
    MultiToSingleDimensionPartitionMapping,
    PartitionsDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
    materialize,
)
from assetmake.duckdb import DuckDBArrowIOManager
from assetmake.duckdb.slices import _list_products
from assetmake.errors import DefinitionError, InvariantError, ValueTypeError

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")
COLOURS = StaticPartitionsDefinition(["red", "blue", "o'brien"])
BOTH = MultiPartitionsDefinition({"day": DAYS, "colour": COLOURS})
Rows = list[tuple[Any, ...]]


class Warehouse:
    """A database of which an asset `rows` keeps tables; it stays open, as opening it takes longest."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.resources = {"io_manager": DuckDBArrowIOManager(database=database)}
        self.instance = Instance.ephemeral()
        self.held = duckdb.connect(database)

    def make(self, partitions: PartitionsDefinition, expression: Any, key: str, columns: Any) -> Any:
        @asset(partitions_def=partitions, metadata={} if expression is None else {"partition_expr": expression})
        def rows() -> pa.Table:
            return columns if isinstance(columns, pa.Table) else pa.table(columns)

        return materialize([rows], resources=self.resources, partition_key=key, instance=self.instance)

    def query(self, text: str = "FROM public.rows ORDER BY ALL") -> Rows:
        return self.held.execute(text).fetchall()


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    made = Warehouse(str(tmp_path / "assets.duckdb"))
    yield made
    made.held.close()


class TestWhatIsReplaced:
    @pytest.mark.parametrize(
        ("write", "kind"),
        [
            (lambda day: date(2026, 1, day), "DATE"),
            (lambda day: datetime(2026, 1, day, 23, 59, 59), "TIMESTAMP"),
            (lambda day: f"2026-01-0{day}", "VARCHAR"),
        ],
    )
    def test_days_of_a_column(self, warehouse: Warehouse, write: Callable[[int], Any], kind: str) -> None:
        for day, value in ((1, "a"), (2, "b"), (1, "c")):
            warehouse.make(DAYS, "time", f"2026-01-0{day}", {"time": [write(day)] * 2, "value": [value] * 2})
        assert warehouse.query("SELECT value FROM public.rows ORDER BY ALL") == [("b",), ("b",), ("c",), ("c",)]
        assert warehouse.query("SELECT DISTINCT typeof(time) FROM public.rows") == [(kind,)]

    def test_days_of_an_expression(self, warehouse: Warehouse) -> None:
        for day, value in ((1, "a"), (2, "b"), (1, "c")):
            warehouse.make(
                DAYS, "strptime(text, '%d.%m.%Y')", f"2026-01-0{day}", {"text": [f"{day}.1.2026"], "value": [value]}
            )
        assert warehouse.query() == [("1.1.2026", "c"), ("2.1.2026", "b")]

    def test_days_of_seconds_in_a_zone(self, warehouse: Warehouse) -> None:
        days = DailyPartitionsDefinition("2026-01-01", timezone="America/New_York")
        start = 1767243600  # midnight of the 1st there, five o'clock elsewhere
        for day, value in (("2026-01-02", "b"), ("2026-01-01", "a"), ("2026-01-01", "c")):
            seconds = start + 86400 * (day == "2026-01-02")
            columns = {"second": [seconds, seconds + 86399], "value": [value] * 2}
            warehouse.make(days, "to_timestamp(second)", day, columns)
        assert warehouse.query("SELECT value FROM public.rows ORDER BY ALL") == [("b",), ("b",), ("c",), ("c",)]

    def test_a_column_without_a_zone_is_in_the_zone_of_the_partitions(self, warehouse: Warehouse) -> None:
        hours = HourlyPartitionsDefinition("2026-01-01-00:00", timezone="Asia/Tokyo")
        for value in ("a", "b"):
            columns = {"time": [datetime(2026, 1, 1, 9, 30)], "value": [value]}
            warehouse.make(hours, "time", "2026-01-01-09:00", columns)
        assert warehouse.query("SELECT value FROM public.rows") == [("b",)]

    def test_static_keys(self, warehouse: Warehouse) -> None:
        for colour, value in (("red", 1), ("o'brien", 2), ("red", 3), ("o'brien", 4)):
            warehouse.make(COLOURS, "colour", colour, {"colour": [colour], "value": [value]})
        assert warehouse.query() == [("o'brien", 4), ("red", 3)]

    def test_static_keys_of_a_column_of_numbers(self, warehouse: Warehouse) -> None:
        numbers = StaticPartitionsDefinition(["1", "2"])
        for key, value in (("1", "a"), ("2", "b"), ("1", "c")):
            warehouse.make(numbers, "number", key, {"number": [int(key)], "value": [value]})
        assert warehouse.query() == [(1, "c"), (2, "b")]

    def test_dynamic_keys(self, warehouse: Warehouse) -> None:
        fruits = DynamicPartitionsDefinition(name="fruits")
        warehouse.instance.add_dynamic_partitions("fruits", ["apple", "pear"])
        for fruit, value in (("apple", 1), ("pear", 2), ("apple", 3)):
            warehouse.make(fruits, "fruit", fruit, {"fruit": [fruit], "value": [value]})
        assert warehouse.query() == [("apple", 3), ("pear", 2)]

    def test_keys_of_several_dimensions(self, warehouse: Warehouse) -> None:
        told = {"day": "CAST(day AS TIMESTAMP)", "colour": "colour"}
        for day, colour, value in ((1, "red", 1), (1, "blue", 2), (2, "red", 3), (1, "red", 4)):
            key = MultiPartitionKey({"day": f"2026-01-0{day}", "colour": colour})
            warehouse.make(BOTH, told, key, {"day": [f"2026-01-0{day}"], "colour": [colour], "value": [value]})
        assert warehouse.query() == [
            ("2026-01-01", "blue", 2),
            ("2026-01-01", "red", 4),
            ("2026-01-02", "red", 3),
        ]

    def test_columns_whose_names_are_words_of_sql(self, warehouse: Warehouse) -> None:
        for value in (1, 2):
            warehouse.make(COLOURS, "order", "red", {"order": ["red"], "group": [value]})
            warehouse.make(COLOURS, "order", "blue", {"order": ["blue"], "group": [value]})
        assert warehouse.query() == [("blue", 2), ("red", 2)]

    def test_a_range_is_one_value(self, warehouse: Warehouse) -> None:
        @asset(partitions_def=DAYS, metadata={"partition_expr": "day"}, backfill_policy=BackfillPolicy.single_run())
        def rows(context) -> pa.Table:
            return pa.table(
                {"day": list(context.partition_keys), "run": [context.run.run_id] * len(context.partition_keys)}
            )

        tags = {"dagster/asset_partition_range_start": "2026-01-01", "dagster/asset_partition_range_end": "2026-01-03"}
        first = materialize([rows], resources=warehouse.resources, tags=tags).run_id
        second = materialize([rows], resources=warehouse.resources, partition_key="2026-01-02").run_id
        assert warehouse.query() == [("2026-01-01", first), ("2026-01-02", second), ("2026-01-03", first)]

    def test_what_was_kept_is_told(self, warehouse: Warehouse) -> None:
        result = warehouse.make(DAYS, "day", "2026-01-02", {"day": [date(2026, 1, 2)]})
        (event,) = result.get_asset_materialization_events()
        metadata = event.materialization.metadata
        assert metadata["dagster/partition_row_count"].value == 1
        text = metadata["Query"].value
        assert text == (
            'SELECT * FROM "assets"."public"."rows" WHERE '
            "((\"day\" >= '2026-01-02 00:00:00' AND \"day\" < '2026-01-03 00:00:00'))"
        )
        assert warehouse.query(text) == [(date(2026, 1, 2),)]


class TestWhatIsRead:
    def fill(self, warehouse: Warehouse) -> Any:
        for day in (1, 2, 3, 4):
            warehouse.make(DAYS, "day", f"2026-01-0{day}", {"day": [date(2026, 1, day)], "number": [day]})

        @asset(partitions_def=DAYS, metadata={"partition_expr": "day"})
        def rows() -> pa.Table:
            raise AssertionError

        return rows

    def read(self, warehouse: Warehouse, rows: Any, key: str | None, **options: Any) -> list[Any]:
        seen: list[Any] = []

        @asset(**options)
        def reader(rows: pa.Table) -> None:
            seen.append(rows.to_pydict())

        materialize(
            [rows, reader],
            resources=warehouse.resources,
            partition_key=key,
            selection=[reader],
            instance=warehouse.instance,
        )
        return seen

    def test_the_partition_that_is_mapped(self, warehouse: Warehouse) -> None:
        rows = self.fill(warehouse)
        found = self.read(warehouse, rows, "2026-01-03", partitions_def=DAYS)
        assert found == [{"day": [date(2026, 1, 3)], "number": [3]}]

    def test_several_partitions_are_one_table(self, warehouse: Warehouse) -> None:
        rows = self.fill(warehouse)
        window = AssetIn(
            partition_mapping=TimeWindowPartitionMapping(start_offset=-1), metadata={"columns": ["number"]}
        )
        assert self.read(warehouse, rows, "2026-01-03", partitions_def=DAYS, ins={"rows": window}) == [
            {"number": [2, 3]}
        ]
        assert self.read(warehouse, rows, None, ins={"rows": AssetIn(metadata={"columns": ["number"]})}) == [
            {"number": [1, 2, 3, 4]}
        ]

    def test_days_that_are_left_out_are_not_read(self, warehouse: Warehouse) -> None:
        rows = self.fill(warehouse)
        gap = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05", exclusions=[datetime(2026, 1, 2)])

        @asset(key="rows", partitions_def=gap, metadata={"partition_expr": "day"})
        def with_gap() -> pa.Table:
            raise AssertionError

        assert rows.key == with_gap.key
        assert self.read(warehouse, with_gap, None)[0]["number"] == [1, 3, 4]

    def test_one_dimension_of_two(self, warehouse: Warehouse) -> None:
        told = {"day": "day", "colour": "colour"}
        for day in (1, 2):
            for colour in ("red", "blue"):
                key = MultiPartitionKey({"day": f"2026-01-0{day}", "colour": colour})
                warehouse.make(BOTH, told, key, {"day": [date(2026, 1, day)], "colour": [colour]})

        @asset(partitions_def=BOTH, metadata={"partition_expr": told})
        def rows() -> pa.Table:
            raise AssertionError

        mapped = AssetIn(partition_mapping=MultiToSingleDimensionPartitionMapping("colour"))
        found = self.read(warehouse, rows, "red", partitions_def=COLOURS, ins={"rows": mapped})
        assert found == [{"day": [date(2026, 1, 1), date(2026, 1, 2)], "colour": ["red", "red"]}]

    @pytest.mark.parametrize("there_is_a_file", [False, True])
    def test_the_first_partition_of_an_asset_that_reads_itself_reads_nothing(
        self, warehouse: Warehouse, tmp_path: Path, there_is_a_file: bool
    ) -> None:
        database = warehouse.database if there_is_a_file else str(tmp_path / "new.duckdb")
        before = AssetIn(partition_mapping=TimeWindowPartitionMapping(start_offset=-1, end_offset=-1))
        seen = []

        @asset(partitions_def=DAYS, metadata={"partition_expr": "day"}, ins={"chain": before})
        def chain(context, chain: pa.Table) -> pa.Table:
            seen.append(chain.to_pydict())
            return pa.table({"day": [context.partition_key], "length": [sum(chain.to_pydict().get("length", [0])) + 1]})

        for key in ("2026-01-01", "2026-01-02", "2026-01-01"):
            resources = {"io_manager": DuckDBArrowIOManager(database=database)}
            materialize([chain], resources=resources, partition_key=key)
        assert seen == [{}, {"day": ["2026-01-01"], "length": [1]}, {"day": [], "length": []}]


class TestColumns:
    def test_a_value_of_other_columns_is_refused_and_changes_nothing(self, warehouse: Warehouse) -> None:
        warehouse.make(COLOURS, "colour", "red", {"colour": ["red"], "a": [1]})
        warehouse.make(COLOURS, "colour", "blue", {"colour": ["blue"], "a": [1]})
        with pytest.raises(ValueTypeError) as refused:
            warehouse.make(COLOURS, "colour", "red", {"colour": ["red"], "b": [1]})
        assert refused.value.message == (
            f"table public.rows of {warehouse.database} has rows of other partitions: "
            "the value lacks a and has b besides"
        )
        assert warehouse.query() == [("blue", 1), ("red", 1)]

    def test_the_order_of_columns_does_not_count(self, warehouse: Warehouse) -> None:
        warehouse.make(COLOURS, "colour", "red", {"colour": ["red"], "a": ["x"], "b": ["y"]})
        warehouse.make(COLOURS, "colour", "blue", {"b": ["y"], "a": ["x"], "colour": ["blue"]})
        assert warehouse.query() == [("blue", "x", "y"), ("red", "x", "y")]

    def test_the_only_partition_takes_its_columns_along(self, warehouse: Warehouse) -> None:
        warehouse.make(COLOURS, "colour", "red", {"colour": ["red"], "a": [1]})
        warehouse.make(COLOURS, "colour", "red", {"colour": ["red"], "b": ["x"]})
        assert warehouse.query() == [("red", "x")]

    def test_numbers_are_not_rounded(self, warehouse: Warehouse) -> None:
        warehouse.make(COLOURS, "colour", "red", {"colour": ["red"], "a": [1]})
        warehouse.make(COLOURS, "colour", "blue", {"colour": ["blue"], "a": [2.0]})
        with pytest.raises(
            ValueTypeError, match="column a is BIGINT, which cannot hold 1 values of DOUBLE as they are"
        ):
            warehouse.make(COLOURS, "colour", "o'brien", {"colour": ["o'brien"] * 2, "a": [1.5, 2.0]})
        assert warehouse.query() == [("blue", 2), ("red", 1)]

    def test_a_column_that_holds_nothing_takes_the_next_type(self, warehouse: Warehouse) -> None:
        warehouse.make(COLOURS, "colour", "red", {"colour": ["red"], "a": pa.nulls(1)})
        warehouse.make(COLOURS, "colour", "blue", {"colour": ["blue"], "a": ["x"]})
        warehouse.make(COLOURS, "colour", "red", {"colour": ["red"], "a": pa.nulls(1)})
        assert warehouse.query() == [("blue", "x"), ("red", None)]


class TestNoPartition:
    def test_a_value_of_no_partition_is_not_kept(self, warehouse: Warehouse) -> None:
        @asset(partitions_def=COLOURS, metadata={"partition_expr": "colour"})
        def rows() -> pa.Table:
            return pa.table({"colour": ["red"]})

        with pytest.raises(InvariantError, match="asset rows has partitions, and its value is kept for none of them"):
            materialize([rows], resources=warehouse.resources)


class TestWhatTellsPartitions:
    @pytest.mark.parametrize(
        ("partitions", "expression", "key", "hint"),
        [
            (DAYS, None, "2026-01-01", '@asset(metadata={"partition_expr": "the_column"})'),
            (DAYS, {"day": "day"}, "2026-01-01", '@asset(metadata={"partition_expr": "the_column"})'),
            (
                BOTH,
                {"day": "day"},
                "red|2026-01-01",
                '@asset(metadata={"partition_expr": {"colour": "a_column", "day": "a_column"}})',
            ),
        ],
    )
    def test_it_has_to_be_said(
        self, warehouse: Warehouse, partitions: PartitionsDefinition, expression: Any, key: str, hint: str
    ) -> None:
        with pytest.raises(DefinitionError, match=r"Asset 'rows' has partitions, and .* 'partition_expr'") as refused:
            warehouse.make(partitions, expression, key, {"day": [key]})
        assert refused.value.hint == hint
        assert warehouse.query("SELECT table_name FROM duckdb_tables()") == []

    @pytest.mark.parametrize("expression", ["dya", "day) OR (TRUE", "day; DROP TABLE public.rows", "day, day", "1 +"])
    def test_what_does_not_tell_them_is_refused_and_nothing_kept(self, warehouse: Warehouse, expression: str) -> None:
        with pytest.raises(DefinitionError) as refused:
            warehouse.make(DAYS, expression, "2026-01-01", {"day": ["2026-01-01"]})
        assert f"partition_expr {expression!r} does not tell its partitions" in refused.value.message
        assert "it has the columns day" in refused.value.hint
        assert warehouse.query("SELECT table_name FROM duckdb_tables()") == []

    def test_rows_of_other_partitions_are_warned_of(
        self, warehouse: Warehouse, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING):
            warehouse.make(COLOURS, "colour", "red", {"colour": ["red"]})
            assert not caplog.records
            warehouse.make(COLOURS, "colour", "red", {"colour": ["red", "blue", None]})
        (record,) = caplog.records
        assert "rows: 2 rows are in none of the partitions that were made (red)" in record.getMessage()

    def test_keys_that_are_no_product_are_several(self) -> None:
        keys = [(day, colour) for day in "123" for colour in "ab" if (day, colour) != ("3", "a")]
        assert _list_products(keys) == [(("1", "2"), ("a", "b")), (("3",), ("b",))]
        assert _list_products([(*key, "x") for key in keys]) == [
            (("1", "2"), ("a", "b"), ("x",)),
            (("3",), ("b",), ("x",)),
        ]
        assert _list_products([]) == []
