"""IO managers that keep values as tables of a DuckDB database."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import duckdb
from pydantic import Field

from assetmake.definitions.configuring.config import Config
from assetmake.definitions.configuring.init_context import InitResourceContext
from assetmake.definitions.configuring.io_manager_resources import ConfigurableIOManagerFactory
from assetmake.definitions.configuring.plain_values import strip_optional
from assetmake.definitions.keeping.input_context import InputContext
from assetmake.definitions.keeping.io_manager import IOManager
from assetmake.definitions.keeping.io_manager_definition import IOManagerDefinition, io_manager
from assetmake.definitions.keeping.output_context import OutputContext
from assetmake.duckdb.connecting import PATIENCE, connect, is_file
from assetmake.duckdb.handlers import (
    DbTypeHandler,
    DuckDBArrowTypeHandler,
    DuckDBPandasTypeHandler,
    DuckDBPolarsTypeHandler,
    load_type,
)
from assetmake.duckdb.presence import list_kept
from assetmake.duckdb.slices import TableSlice, find_slice
from assetmake.duckdb.tables import count_rows, count_slice, delete_slice, list_columns, make_schema, write_query
from assetmake.errors import DefinitionError, InvariantError, LoadInputError, ValueTypeError

TABLE_NAME, STORAGE_KIND = "dagster/table_name", "dagster/storage_kind"
ROW_COUNT, PARTITION_ROW_COUNT = "dagster/row_count", "dagster/partition_row_count"
QUERY = "Query"
T = TypeVar("T")


class DuckDBConfig(Config):
    """What all of them take."""

    database: str = Field(description="The file of the database.")
    connection_config: dict[str, Any] = Field(default={}, description="Options of DuckDB.")
    schema_: str | None = Field(
        default=None, alias="schema", description="The schema of tables whose asset does not name one."
    )
    lock_timeout: float = Field(
        default=PATIENCE, ge=0, description="Seconds that another process's lock is waited for."
    )


class TableIOManager(IOManager):
    """Keeps each asset in a table, and each partition in the rows that its `partition_expr` tells.

    Args:
        config: Where the database is.
        type_handlers: One for each type of values.
        default_load_type: The type of inputs without an annotation; default: the only one there is.
        name: What errors call it.
    """

    def __init__(
        self,
        config: DuckDBConfig,
        type_handlers: Sequence[DbTypeHandler[Any]],
        default_load_type: type[Any] | None,
        name: str = "DuckDBIOManager",
    ) -> None:
        self._config = config
        self._name = name
        self._handlers: dict[type[Any], DbTypeHandler[Any]] = {}
        for handler in type_handlers:
            for kind in handler.supported_types:
                other = self._handlers.setdefault(kind, handler)
                if other is not handler:
                    raise DefinitionError(
                        f"{name} provided with two handlers for the same type {kind}: {type(other).__name__} and "
                        f"{type(handler).__name__}"
                    )
        self._default = default_load_type or (next(iter(self._handlers)) if len(self._handlers) == 1 else None)

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Put a value into its table, in place of what was there of the asset or of the partitions.

        All of it is one transaction: where it fails, what was there stays.

        Raises:
            InvariantError: the value is None, or is of no partition.
            ValueTypeError: there is no handler for its type, or the table cannot hold it.
            DefinitionError: nothing tells the partitions of its rows.
            LockTimeout: another process holds the database's lock.
        """
        if obj is None:
            raise InvariantError(
                f"Unexpected 'None' output value of {context.get_identifier()[-1]}. If a 'None' value is intentional, "
                "set the output type to None by adding return type annotation '-> None'."
            )
        handler = self._find_handler(type(obj))
        part = find_slice(context, context, database=self._config.database, schema=self._config.schema_)
        if part.areas == () or (part.areas is None and _has_partitions(context)):  # else it replaced those of all
            raise InvariantError(f"asset {context.asset_key} has partitions, and its value is kept for none of them")
        with self._connect() as connection, _transaction(connection):
            make_schema(connection, part)
            delete_slice(connection, part)
            before = count_rows(connection, part) if list_columns(connection, part) else 0
            facts = handler.handle_output(context, part, obj, connection)
            has_table = bool(list_columns(connection, part))
            rows = count_rows(connection, part) - before if has_table else 0
            if has_table:
                _warn_of_strays(context, part, rows - count_slice(connection, part))
                facts = {**(facts or {}), QUERY: write_query(connection, part).shown}
            _tell(context, part, rows, facts or {})
        if is_file(self._config.database):
            context.set_place(os.path.abspath(self._config.database))

    def has_output(self, context: OutputContext) -> bool:
        """Tell whether the table of an asset is there, and, of partitions, rows of each."""
        if context.has_asset_partitions:
            return len(self.list_outputs(context)) == len(context.asset_partition_keys)
        return bool(self._look(context, list_columns))

    def list_outputs(self, context: OutputContext) -> list[str]:
        """Return those partitions of which the table has rows."""
        return self._look(context, partial(list_kept, context)) or []

    def _look(self, context: OutputContext, ask: Callable[[Any, TableSlice], T]) -> T | None:
        """Ask of a table what it has; None where there is no database."""
        database, schema = self._config.database, self._config.schema_
        part = find_slice(context, context, database=database, schema=schema, most=1)
        if is_file(self._config.database) and not os.path.exists(self._config.database):
            return None
        with self._connect_to_read(part) as connection:
            return ask(connection, part)

    def load_input(self, context: InputContext) -> Any:
        """Return what stands of an asset, as the type that the parameter is annotated with.

        Raises:
            ValueTypeError: there is no handler for the type.
            LoadInputError: there is no such table.
            LockTimeout: another process holds the database's lock.
        """
        handler = self._find_handler(self._choose_type(context))
        part = find_slice(context, context.upstream_output, database=self._config.database, schema=self._config.schema_)
        with self._connect_to_read(part) as connection:
            if part.areas != () and not list_columns(connection, part):
                raise _report_missing(part, f"it has no table {part.name}")
            return handler.load_input(context, part, connection)

    def _choose_type(self, context: InputContext) -> Any:
        kind = strip_optional(context.dagster_type.typing_type)
        return self._default if kind is Any and self._default is not None else kind

    def _find_handler(self, kind: Any) -> DbTypeHandler[Any]:
        for each, handler in self._handlers.items():
            if isinstance(kind, type) and issubclass(kind, each):
                return handler
        known = ", ".join(str(each) for each in self._handlers)
        raise ValueTypeError(
            f"{self._name} does not have a handler for type '{kind}'. Has handlers for types '{known}'.",
            hint="annotate the parameter with one of them"
            if kind is Any
            else "give the asset another IO manager, or this one a type handler",
        )

    @contextmanager
    def _connect_to_read(self, part: TableSlice) -> Iterator[Any]:
        """Give a connection that leaves no file behind where there is none."""
        database = self._config.database
        if not is_file(database):
            with self._connect() as connection:
                yield connection
        elif os.path.exists(database):
            with self._connect(read_only=True) as connection:
                yield connection
        elif part.areas == ():
            with closing(duckdb.connect()) as connection:
                yield connection
        else:
            raise _report_missing(part, "there is no such file")

    def _connect(self, *, read_only: bool = False) -> closing[Any]:
        config = self._config
        return closing(
            connect(config.database, config=config.connection_config, read_only=read_only, patience=config.lock_timeout)
        )


@contextmanager
def _transaction(connection: Any) -> Iterator[None]:
    connection.begin()
    try:
        yield
    except BaseException:
        with suppress(duckdb.TransactionException):  # a handler may have ended it
            connection.rollback()
        raise
    connection.commit()


def _has_partitions(context: OutputContext) -> bool:
    """Tell whether an asset has partitions, also where a run is for none of them."""
    try:
        return context.asset_partitions_def is not None
    except InvariantError:
        return False


def _tell(context: OutputContext, part: TableSlice, rows: int, facts: Mapping[str, Any]) -> None:
    told = {
        TABLE_NAME: f"{part.database}.{part.name}",
        ROW_COUNT if part.areas is None else PARTITION_ROW_COUNT: rows,
        STORAGE_KIND: "duckdb",
        **facts,
    }
    # What the function said itself, or a handler, counts.
    known = context.output_metadata.keys() | context.get_logged_metadata().keys()
    context.add_output_metadata({name: value for name, value in told.items() if name not in known})


def _warn_of_strays(context: OutputContext, part: TableSlice, strays: int) -> None:
    if strays > 0:
        context.log.warning(
            "%s: %d rows are in none of the partitions that were made (%s); they are in %s again each time these are "
            "made.",
            context.asset_key,
            strays,
            ", ".join([*context.asset_partition_keys[:3], *["..."][: len(context.asset_partition_keys[3:])]]),
            part.name,
        )


def _report_missing(part: TableSlice, what: str) -> LoadInputError:
    return LoadInputError(f"{part.database}: {what}", hint=f"make the asset that is kept as {part.name} before")


class DuckDBIOManager(DuckDBConfig, ConfigurableIOManagerFactory[Any]):
    """Keeps assets as tables of a DuckDB database: subclass it with the types that it handles.

    The table is called like the last part of the asset's key. Its schema is the asset's metadata "schema", else the
    IO manager's, else the part of the key before the last, else "public". Partitions are told by the asset's metadata
    "partition_expr": a column or an SQL expression, or a dict of them by dimension. An input's metadata "columns" lists
    what is read.

    Example:
        >>> class Tables(DuckDBIOManager):
        ...     @staticmethod
        ...     def type_handlers():
        ...         return [DuckDBArrowTypeHandler()]
        >>> Tables(database="my.duckdb").database
        'my.duckdb'
    """

    @staticmethod
    @abstractmethod
    def type_handlers() -> Sequence[DbTypeHandler[Any]]:
        """Return a handler for each type of values."""

    @staticmethod
    def default_load_type() -> type[Any] | None:
        """Return the type of inputs without an annotation."""
        return None

    def create_io_manager(self, context: InitResourceContext) -> TableIOManager:  # noqa: ARG002
        """Return the IO manager."""
        return TableIOManager(self, self.type_handlers(), self.default_load_type())


class DuckDBPandasIOManager(DuckDBIOManager):
    """Keeps pandas.DataFrame in DuckDB.

    Example:
        >>> DuckDBPandasIOManager(database="my.duckdb", schema="sales").schema_
        'sales'
    """

    @staticmethod
    def type_handlers() -> Sequence[DbTypeHandler[Any]]:
        return [DuckDBPandasTypeHandler()]

    @staticmethod
    def default_load_type() -> type[Any] | None:
        return load_type("pandas", "DataFrame")


class DuckDBPolarsIOManager(DuckDBIOManager):
    """Keeps polars.DataFrame in DuckDB."""

    @staticmethod
    def type_handlers() -> Sequence[DbTypeHandler[Any]]:
        return [DuckDBPolarsTypeHandler()]

    @staticmethod
    def default_load_type() -> type[Any] | None:
        return load_type("polars", "DataFrame")


class DuckDBArrowIOManager(DuckDBIOManager):
    """Keeps pyarrow.Table in DuckDB."""

    @staticmethod
    def type_handlers() -> Sequence[DbTypeHandler[Any]]:
        return [DuckDBArrowTypeHandler()]

    @staticmethod
    def default_load_type() -> type[Any] | None:
        return load_type("pyarrow", "Table")


def build_duckdb_io_manager(
    type_handlers: Sequence[DbTypeHandler[Any]], default_load_type: type[Any] | None = None
) -> IOManagerDefinition:
    """Return an IO manager that handles some types, for `configured({"database": ...})` or run config.

    Args:
        type_handlers: One for each type of values.
        default_load_type: The type of inputs without an annotation; default: the only one there is.

    Example:
        >>> build_duckdb_io_manager([DuckDBArrowTypeHandler()]).configured({"database": "my.duckdb"})(None)._name
        'DuckDBIOManager'
    """

    def duckdb_io_manager(context: InitResourceContext) -> TableIOManager:
        return TableIOManager(DuckDBConfig(**context.resource_config), type_handlers, default_load_type)

    made: IOManagerDefinition = io_manager(config_schema=DuckDBConfig, description="Keeps values as tables.")(
        duckdb_io_manager
    )
    return made


duckdb_pandas_io_manager = build_duckdb_io_manager([DuckDBPandasTypeHandler()])
duckdb_polars_io_manager = build_duckdb_io_manager([DuckDBPolarsTypeHandler()])
duckdb_arrow_io_manager = build_duckdb_io_manager([DuckDBArrowTypeHandler()])
