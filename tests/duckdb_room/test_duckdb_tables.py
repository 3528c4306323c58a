"""Values as tables of a DuckDB database: whole assets, in each library of tables."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from assetmake import (
    AssetIn,
    Definitions,
    InputContext,
    Output,
    OutputContext,
    asset,
    build_input_context,
    build_output_context,
    materialize,
)
from assetmake.definitions.assets.value_types import ANY
from assetmake.duckdb import (
    DbTypeHandler,
    DuckDBArrowIOManager,
    DuckDBArrowTypeHandler,
    DuckDBIOManager,
    DuckDBPandasIOManager,
    DuckDBPolarsIOManager,
    DuckDBPolarsTypeHandler,
    TableSlice,
    build_duckdb_io_manager,
    duckdb_arrow_io_manager,
    duckdb_pandas_io_manager,
    duckdb_polars_io_manager,
)
from assetmake.duckdb.handlers import load_type
from assetmake.errors import DefinitionError, InvalidMetadataError, InvariantError, LoadInputError, ValueTypeError

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Library:
    """A library of tables, and what keeps them."""

    module: str
    type_name: str
    manager: type[DuckDBIOManager]
    function: Any

    @property
    def kind(self) -> type[Any]:
        return getattr(importlib.import_module(self.module), self.type_name)

    def make(self, columns: Mapping[str, Sequence[Any]]) -> Any:
        return self.kind.from_pydict(columns) if self.module == "pyarrow" else self.kind(columns)


LIBRARIES = [
    Library("pandas", "DataFrame", DuckDBPandasIOManager, duckdb_pandas_io_manager),
    Library("polars", "DataFrame", DuckDBPolarsIOManager, duckdb_polars_io_manager),
    Library("pyarrow", "Table", DuckDBArrowIOManager, duckdb_arrow_io_manager),
]


@pytest.fixture(params=LIBRARIES, ids=lambda library: library.module)
def library(request: pytest.FixtureRequest) -> Library:
    pytest.importorskip(request.param.module)
    return request.param


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "assets.duckdb")


def query(database: str, text: str) -> Rows:
    with duckdb.connect(database) as connection:
        return connection.execute(text).fetchall()


def keep(database: str, value: Any, **metadata: Any) -> Any:
    """Keep a value of an asset `kept`, and return what came of it."""

    @asset(metadata=metadata)
    def kept() -> Any:
        return value

    return materialize([kept], resources={"io_manager": DuckDBArrowIOManager(database=database)})


class TestEachLibrary:
    @pytest.fixture
    def resource(self, library: Library, database: str) -> Any:
        return library.manager(database=database)

    def test_the_function_of_that_name_does_the_same(self, library: Library, database: str) -> None:
        @asset
        def kept() -> Any:
            return library.make({"a": [1]})

        materialize([kept], resources={"io_manager": library.function.configured({"database": database})})
        assert query(database, "FROM public.kept") == [(1,)]

    def test_a_value_comes_back_as_its_type(self, library: Library, resource: Any, database: str) -> None:
        given = library.make({"a": [1, 2, 3], "b": ["x", None, "z"]})
        seen = []

        @asset(key_prefix="shop")
        def orders() -> Any:
            return given

        def annotated(orders):
            seen.append(orders)
            return orders

        annotated.__annotations__ = {"orders": library.kind}

        @asset(ins={"orders": AssetIn(["shop", "orders"])})
        def plain(orders):
            seen.append(orders)
            return orders

        copied = asset(annotated, ins={"orders": AssetIn(["shop", "orders"])})
        materialize([orders], resources={"io_manager": resource})
        materialize([orders, copied, plain], resources={"io_manager": resource})
        assert {type(each) for each in seen} == {library.kind}
        assert query(database, "FROM shop.orders") == [(1, "x"), (2, None), (3, "z")]
        assert query(database, "FROM public.annotated") == query(database, "FROM public.plain")
        assert query(database, "FROM public.plain") == [(1, "x"), (2, None), (3, "z")]

    def test_an_input_may_be_some_columns(self, library: Library, resource: Any, database: str) -> None:
        @asset
        def orders() -> Any:
            return library.make({"a": [1], 'say "b"': [2], "c": [3]})

        @asset(ins={"orders": AssetIn(metadata={"columns": ["c", 'say "b"']})})
        def some(orders):
            return orders

        materialize([orders, some], resources={"io_manager": resource})
        with duckdb.connect(database) as connection:
            assert connection.sql("FROM public.some").columns == ["c", 'say "b"']

    def test_a_value_without_rows_is_a_table_without_rows(self, library: Library, resource: Any, database: str) -> None:
        @asset
        def none() -> Any:
            return library.make({"a": [1]})[:0]

        materialize([none], resources={"io_manager": resource})
        assert query(database, "FROM public.none") == []

    def test_a_value_without_columns_empties_its_table(self, library: Library, resource: Any, database: str) -> None:
        values = [library.make({}), library.make({"a": [1]}), library.make({})]
        found = []

        @asset
        def nothing() -> Any:
            return values.pop(0)

        for _ in range(3):
            materialize([nothing], resources={"io_manager": resource})
            tables = query(database, "SELECT table_name FROM duckdb_tables()")
            found.append(query(database, "FROM public.nothing") if tables else None)
        assert found == [None, [(1,)], []]


class TestWholeTables:
    def test_what_was_kept_is_told(self, database: str) -> None:
        result = keep(database, pa.table({"a": [1, 2]}))
        (event,) = result.get_asset_materialization_events()
        metadata = {name: value.value for name, value in event.materialization.metadata.items()}
        columns = metadata.pop("dataframe_columns").columns
        assert metadata == {
            "dagster/table_name": f"{database}.public.kept",
            "dagster/row_count": 2,
            "dagster/storage_kind": "duckdb",
            "Query": 'SELECT * FROM "assets"."public"."kept"',
        }
        assert [(each.name, each.type) for each in columns] == [("a", "int64")]
        assert query(database, metadata["Query"]) == [(1,), (2,)]

    def test_what_the_function_says_itself_counts(self, database: str) -> None:
        result = keep(database, Output(pa.table({"a": [1]}), metadata={"dagster/row_count": 100}))
        (event,) = result.get_asset_materialization_events()
        assert event.materialization.metadata["dagster/row_count"].value == 100

    def test_another_value_replaces_it_with_its_columns(self, database: str) -> None:
        keep(database, pa.table({"a": [1, 2], "b": [1, 2]}))
        keep(database, pa.table({"b": ["x"], "c": [1.5]}))
        assert query(database, "FROM public.kept") == [("x", 1.5)]
        keep(database, pa.table({"c": [2.5], "b": ["y"]}))
        assert query(database, "FROM public.kept") == [(2.5, "y")]

    def test_a_table_of_these_columns_stays_the_same_table(self, database: str) -> None:
        query(database, "CREATE SCHEMA public")
        query(database, "CREATE TABLE public.kept (a BIGINT PRIMARY KEY)")
        for _ in range(2):
            keep(database, pa.table({"a": [1, 2]}))
        assert query(database, "SELECT constraint_type FROM duckdb_constraints() WHERE table_name = 'kept'")[0] == (
            "PRIMARY KEY",
        )

    @pytest.mark.parametrize(
        ("prefix", "metadata", "own", "schema"),
        [
            ([], {}, None, "public"),
            (["far", "near"], {}, None, "near"),
            (["near"], {}, "own", "own"),
            (["near"], {"schema": "told"}, "own", "told"),
        ],
    )
    def test_the_schema_is_the_metadata_s_then_the_manager_s_then_the_key_s(
        self, database: str, prefix: list[str], metadata: dict[str, str], own: str | None, schema: str
    ) -> None:
        seen = []

        @asset(key_prefix=prefix, metadata=metadata)
        def kept() -> pa.Table:
            return pa.table({"a": [1]})

        @asset(ins={"kept": AssetIn(kept.key)})
        def reader(kept: pa.Table) -> None:
            seen.append(kept.to_pydict())

        materialize([kept, reader], resources={"io_manager": DuckDBArrowIOManager(database=database, schema=own)})
        found = query(database, "SELECT schema_name, table_name FROM duckdb_tables()")
        assert (found, seen) == ([(schema, "kept")], [{"a": [1]}])

    def test_run_config_names_database_and_schema(self, database: str) -> None:
        @asset
        def kept() -> pa.Table:
            return pa.table({"a": [1]})

        config = {"resources": {"io_manager": {"config": {"database": database, "schema": "given"}}}}
        for resource in (DuckDBArrowIOManager.configure_at_launch(), duckdb_arrow_io_manager):
            materialize([kept], resources={"io_manager": resource}, run_config=config)
        assert query(database, "FROM given.kept") == [(1,)]

    def test_a_schema_may_have_the_name_of_the_database(self, database: str) -> None:
        @asset(key_prefix="assets")
        def kept() -> pa.Table:
            return pa.table({"a": [1]})

        @asset(ins={"kept": AssetIn(kept.key)})
        def reader(kept: pa.Table) -> pa.Table:
            return kept

        materialize([kept, reader], resources={"io_manager": DuckDBArrowIOManager(database=database)})
        assert query(database, "FROM public.reader") == [(1,)]

    def test_names_never_become_sql(self, database: str) -> None:
        evil = 'x"; DROP TABLE "public"."kept"; --'
        keep(database, pa.table({"a": [1]}))

        @asset(metadata={"schema": evil})
        def odd() -> pa.Table:
            return pa.table({evil: [1], "b": [2]})

        @asset(ins={"odd": AssetIn(metadata={"columns": [evil]})})
        def reader(odd: pa.Table) -> pa.Table:
            return odd

        materialize([odd, reader], resources={"io_manager": DuckDBArrowIOManager(database=database)})
        assert query(database, "SELECT schema_name, table_name FROM duckdb_tables() ORDER BY table_name") == [
            ("public", "kept"),
            (evil, "odd"),
            ("public", "reader"),
        ]

    def test_definitions_load_a_value(self, database: str) -> None:
        @asset
        def kept() -> pa.Table:
            return pa.table({"a": [1]})

        resources = {"io_manager": DuckDBArrowIOManager(database=database)}
        materialize([kept], resources=resources)
        found = Definitions(assets=[kept], resources=resources).load_asset_value("kept", python_type=pa.Table)
        assert found.to_pydict() == {"a": [1]}

    def test_contexts_of_tests_do(self, database: str) -> None:
        manager = DuckDBArrowIOManager(database=database).process_config_and_initialize()
        kept = build_output_context(asset_key="kept", step_key="kept", name="result")
        value = pa.table({"a": [1]})
        manager.handle_output(kept, value)
        assert (
            manager.load_input(build_input_context(asset_key="kept", upstream_output=kept, dagster_type=ANY)) == value
        )
        assert kept.get_logged_metadata()["dagster/row_count"].value == 1


class TestFailures:
    def test_a_failure_leaves_the_old_rows(self, database: str) -> None:
        class Failing(DuckDBArrowTypeHandler):
            def handle_output(
                self, context: OutputContext, table_slice: TableSlice, obj: pa.Table, connection: Any
            ) -> Any:
                super().handle_output(context, table_slice, obj, connection)
                raise OSError("the disk is full")

        keep(database, pa.table({"a": [1]}))

        @asset
        def kept() -> pa.Table:
            return pa.table({"b": ["x"]})

        manager = build_duckdb_io_manager([Failing()]).configured({"database": database})
        with pytest.raises(OSError, match="the disk is full"):
            materialize([kept], resources={"io_manager": manager})
        assert query(database, "FROM public.kept") == [(1,)]

    def test_metadata_that_is_none_leaves_the_old_rows(self, database: str) -> None:
        class Odd(DuckDBArrowTypeHandler):
            def handle_output(
                self, context: OutputContext, table_slice: TableSlice, obj: pa.Table, connection: Any
            ) -> Any:
                super().handle_output(context, table_slice, obj, connection)
                return {"odd": object()}

        keep(database, pa.table({"a": [1]}))

        @asset
        def kept() -> pa.Table:
            return pa.table({"a": [2]})

        manager = build_duckdb_io_manager([Odd()]).configured({"database": database})
        with pytest.raises(InvalidMetadataError):
            materialize([kept], resources={"io_manager": manager})
        assert query(database, "FROM public.kept") == [(1,)]

    def test_none_is_no_table(self, database: str) -> None:
        with pytest.raises(InvariantError, match="Unexpected 'None' output value"):
            keep(database, None)

    def test_a_type_without_a_handler(self, database: str) -> None:
        with pytest.raises(ValueTypeError) as refused:
            keep(database, 1)
        assert str(refused.value) == (
            "DuckDBIOManager does not have a handler for type '<class 'int'>'. Has handlers for types "
            "'<class 'pyarrow.lib.Table'>'."
        )
        assert not Path(database).exists()

    def test_a_parameter_of_a_type_without_a_handler(self, database: str) -> None:
        @asset
        def kept() -> pa.Table:
            return pa.table({"a": [1]})

        @asset
        def reader(kept: int) -> None:
            raise AssertionError

        with pytest.raises(ValueTypeError, match="does not have a handler for type '<class 'int'>'"):
            materialize([kept, reader], resources={"io_manager": DuckDBArrowIOManager(database=database)})

    @pytest.mark.parametrize("there_is_a_file", [False, True])
    def test_what_was_never_made_cannot_be_loaded(self, database: str, there_is_a_file: bool) -> None:
        @asset
        def kept() -> pa.Table:
            raise AssertionError

        @asset
        def reader(kept: pa.Table) -> None:
            raise AssertionError

        if there_is_a_file:
            query(database, "SELECT 1")
        with pytest.raises(LoadInputError) as refused:
            materialize(
                [kept, reader],
                resources={"io_manager": DuckDBArrowIOManager(database=database)},
                selection=[reader],
            )
        what = "it has no table public.kept" if there_is_a_file else "there is no such file"
        assert (refused.value.message, refused.value.hint) == (
            f"{database}: {what}",
            "make the asset that is kept as public.kept before",
        )
        assert Path(database).exists() == there_is_a_file

    def test_columns_are_a_list(self, database: str) -> None:
        @asset
        def kept() -> pa.Table:
            return pa.table({"a": [1]})

        @asset(ins={"kept": AssetIn(metadata={"columns": "a"})})
        def reader(kept: pa.Table) -> None:
            raise AssertionError

        with pytest.raises(DefinitionError, match="input kept of asset kept: its metadata \"columns\" is 'a'"):
            materialize([kept, reader], resources={"io_manager": DuckDBArrowIOManager(database=database)})

    def test_a_library_that_is_not_installed(self) -> None:
        with pytest.raises(DefinitionError) as refused:
            load_type("no_such_library_of_tables", "Frame")
        assert refused.value.hint == "install it: pip install no_such_library_of_tables"


class TestSeveralTypes:
    def test_the_annotation_and_the_value_choose(self, database: str) -> None:
        polars = pytest.importorskip("polars")
        seen: list[Any] = []

        class Tables(DuckDBIOManager):
            @staticmethod
            def type_handlers() -> Sequence[DbTypeHandler[Any]]:
                return [DuckDBArrowTypeHandler(), DuckDBPolarsTypeHandler()]

        @asset
        def arrow() -> pa.Table:
            return pa.table({"a": [1]})

        def frame(arrow):
            seen.append(arrow)
            return arrow * 2

        @asset
        def back(frame: pa.Table | None) -> None:
            seen.append(frame)

        @asset
        def unsaid(frame) -> None:
            raise AssertionError

        frame.__annotations__ = {"arrow": polars.DataFrame}  # in quotes it would be a name that only this test knows
        frame = asset(frame)
        resources = {"io_manager": Tables(database=database)}
        materialize([arrow, frame, back], resources=resources)
        assert [type(each) for each in seen] == [polars.DataFrame, pa.Table]
        assert seen[1].to_pydict() == {"a": [2]}
        with pytest.raises(ValueTypeError, match=r"for type 'typing.Any'") as refused:
            materialize([arrow, frame, unsaid], resources=resources, selection=[unsaid])
        assert refused.value.hint == "annotate the parameter with one of them"

    def test_two_handlers_of_one_type_are_refused(self, database: str) -> None:
        manager = build_duckdb_io_manager([DuckDBArrowTypeHandler(), DuckDBArrowTypeHandler()])
        with pytest.raises(DefinitionError, match="provided with two handlers for the same type"):
            manager.configured({"database": database})(None)

    def test_a_handler_of_one_s_own(self, database: str, caplog: pytest.LogCaptureFixture) -> None:
        class Lines(DbTypeHandler[list]):
            @property
            def supported_types(self) -> Sequence[type[Any]]:
                return [list]

            def handle_output(
                self, context: OutputContext, table_slice: TableSlice, obj: list, connection: Any
            ) -> None:
                name = f"{table_slice.schema}.{table_slice.table}"
                connection.execute(f"CREATE TABLE IF NOT EXISTS {name} (line VARCHAR)").fetchall()
                connection.executemany(f"INSERT INTO {name} VALUES (?)", [[each] for each in obj])
                context.add_output_metadata({"dagster/storage_kind": "lines"})

            def load_input(self, context: InputContext, table_slice: TableSlice, connection: Any) -> list:
                found = connection.execute(f"FROM {table_slice.schema}.{table_slice.table}").fetchall()
                return [line for (line,) in found]

        @asset
        def lines() -> list:
            return ["a", "b"]

        @asset
        def count(lines: list) -> list:
            return [str(len(lines))]

        manager = build_duckdb_io_manager([Lines()]).configured({"database": database})
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                result = materialize([lines, count], resources={"io_manager": manager})
        assert result.asset_value("count") == ["2"]
        assert not caplog.records
        (event, _) = result.get_asset_materialization_events()
        metadata = event.materialization.metadata
        assert metadata["dagster/row_count"].value == 2
        assert metadata["dagster/storage_kind"].value == "lines"
