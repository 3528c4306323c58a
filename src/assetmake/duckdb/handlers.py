"""Handlers: what a type of values is as a table, one for each library of tables."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from assetmake.definitions.keeping.input_context import InputContext
from assetmake.definitions.keeping.output_context import OutputContext
from assetmake.definitions.metadata import MetadataValue
from assetmake.definitions.metadata.tables import TableColumn, TableSchema
from assetmake.duckdb.slices import TableSlice
from assetmake.duckdb.tables import list_columns, write_query
from assetmake.duckdb.writing import write_rows
from assetmake.errors import DefinitionError

T = TypeVar("T")


class DbTypeHandler(ABC, Generic[T]):
    """Keeps values of some types in tables: subclass it for a type of your own.

    Both methods are called with the connection of the IO manager. `handle_output` is within a transaction in which the
    rows of the slice were deleted already.
    """

    @property
    @abstractmethod
    def supported_types(self) -> Sequence[type[Any]]:
        """The types, subclasses of them included."""

    @abstractmethod
    def handle_output(
        self, context: OutputContext, table_slice: TableSlice, obj: T, connection: Any
    ) -> Mapping[str, Any] | None:
        """Put a value into the table, and return metadata of it."""

    @abstractmethod
    def load_input(self, context: InputContext, table_slice: TableSlice, connection: Any) -> T:
        """Return the rows of a slice."""


class TableHandler(DbTypeHandler[T]):
    """A handler of a library whose tables DuckDB can read and make."""

    def handle_output(
        self, context: OutputContext, table_slice: TableSlice, obj: T, connection: Any
    ) -> Mapping[str, Any]:
        """Put a table into the database."""
        columns = [TableColumn(str(name), str(kind)) for name, kind in self.list_columns(obj)]
        if columns:
            write_rows(connection, table_slice, obj)
        else:
            context.log.warning("%s has no columns: no rows are kept in %s.", context.asset_key, table_slice.name)
        return {"dataframe_columns": MetadataValue.table_schema(TableSchema(columns))}

    def load_input(self, context: InputContext, table_slice: TableSlice, connection: Any) -> T:  # noqa: ARG002
        """Return the rows of a slice; a table without columns where no partitions are read and there is no table."""
        if not list_columns(connection, table_slice):
            return self.make_empty()
        query = write_query(connection, table_slice)
        return self.read(connection.sql(query.text, params=list(query.values)))

    @abstractmethod
    def list_columns(self, obj: T) -> Iterable[tuple[Any, Any]]:
        """Return the columns of a table, and their types."""

    @abstractmethod
    def read(self, relation: Any) -> T:
        """Return a relation as a table of the library."""

    @abstractmethod
    def make_empty(self) -> T:
        """Return a table without columns."""


class DuckDBPandasTypeHandler(TableHandler[Any]):
    """Keeps pandas.DataFrame, without its index."""

    @property
    def supported_types(self) -> Sequence[type[Any]]:
        return [load_type("pandas", "DataFrame")]

    def list_columns(self, obj: Any) -> Iterable[tuple[Any, Any]]:
        return list(obj.dtypes.items())

    def read(self, relation: Any) -> Any:
        return relation.df()

    def make_empty(self) -> Any:
        return load_type("pandas", "DataFrame")()


class DuckDBPolarsTypeHandler(TableHandler[Any]):
    """Keeps polars.DataFrame."""

    @property
    def supported_types(self) -> Sequence[type[Any]]:
        return [load_type("polars", "DataFrame")]

    def list_columns(self, obj: Any) -> Iterable[tuple[Any, Any]]:
        return list(obj.schema.items())

    def read(self, relation: Any) -> Any:
        return relation.pl()

    def make_empty(self) -> Any:
        return load_type("polars", "DataFrame")()


class DuckDBArrowTypeHandler(TableHandler[Any]):
    """Keeps pyarrow.Table."""

    @property
    def supported_types(self) -> Sequence[type[Any]]:
        return [load_type("pyarrow", "Table")]

    def list_columns(self, obj: Any) -> Iterable[tuple[Any, Any]]:
        return [(each.name, each.type) for each in obj.schema]

    def read(self, relation: Any) -> Any:
        return relation.to_arrow_table()

    def make_empty(self) -> Any:
        return load_type("pyarrow", "Table").from_pydict({})


def load_type(library: str, name: str) -> type[Any]:
    """Return a class of a library that is the user's choice.

    Raises:
        DefinitionError: it is not installed.
    """
    try:
        found: type[Any] = getattr(importlib.import_module(library), name)
    except ModuleNotFoundError as error:
        if error.name != library:
            raise
        raise DefinitionError(
            f"a DuckDB IO manager for {library} needs {library}, which is not installed",
            hint=f"install it: pip install {library}",
        ) from None
    return found
