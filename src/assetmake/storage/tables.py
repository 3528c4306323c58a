"""Tables of the libraries that people use: recognised by their class's name, exchanged through Arrow.

No library is imported for a value or an annotation that is not its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, assert_never

from assetmake.errors import StorageError

if TYPE_CHECKING:
    import pyarrow as pa


class Library(StrEnum):
    """Whose table it is. The values are written into Parquet files."""

    ARROW = "pyarrow"
    PANDAS = "pandas"
    POLARS = "polars"
    POLARS_LAZY = "polars.lazy"
    DUCKDB = "duckdb"


_CLASSES = {
    ("pyarrow", "Table"): Library.ARROW,
    ("pandas", "DataFrame"): Library.PANDAS,
    ("polars", "DataFrame"): Library.POLARS,
    ("polars", "LazyFrame"): Library.POLARS_LAZY,
    ("duckdb", "DuckDBPyRelation"): Library.DUCKDB,
    ("_duckdb", "DuckDBPyRelation"): Library.DUCKDB,
}
_BATCHES = {
    ("pyarrow", "RecordBatch"): Library.ARROW,
    ("pyarrow", "RecordBatchReader"): Library.ARROW,
}


def library_of(value: object) -> Library | None:
    """Return whose table a value is; None for what is no table.

    A subclass is not a table: Arrow would lose what it adds.
    """
    name = _class_name(type(value))
    return _CLASSES.get(name) or _BATCHES.get(name)


def library_asked(annotation: object) -> Library | None:
    """Return whose table an annotation asks for, also by a subclass; None where it asks for none."""
    for cls in getattr(annotation, "__mro__", ()):
        library = _CLASSES.get(_class_name(cls))
        if library is not None:
            return library
    return None


def to_arrow(value: object) -> pa.Table | None:
    """Return a table of any library as an Arrow table; None for what is no table, or has no columns.

    Raises:
        Exception: Whatever the library raises for columns that Arrow cannot hold.
    """
    library = library_of(value)
    if library is None:
        return None
    table = _converted(value, library)
    # Arrow keeps no count of rows for a table without columns, so that one could not be given back.
    return table if table.num_columns else None


def from_arrow(table: pa.Table, library: Library) -> Any:
    """Return an Arrow table as a table of that library."""
    match library:
        case Library.ARROW:
            return table
        case Library.PANDAS:
            return table.to_pandas()
        case Library.POLARS:
            return _polars(table)
        case Library.POLARS_LAZY:
            return _polars(table).lazy()
        case Library.DUCKDB:
            return _relation(table)
        case _:
            assert_never(library)


def concatenated(tables: Sequence[tuple[str, pa.Table]], *, permissive: bool = False) -> pa.Table:
    """Return the rows of named tables as one table; a column that is missing in some is null there.

    Args:
        tables: Names (for messages) and tables, in order.
        permissive: Also widen types (integers to floats), for files whose types were guessed.

    Raises:
        StorageError: A table's columns do not agree with the ones before it.
    """
    import pyarrow as pa

    options = "permissive" if permissive else "default"
    try:
        return pa.concat_tables([table for _, table in tables], promote_options=options)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        name, reason = _first_odd(tables, options) or ("", str(error))
        message = f"the columns of {name or 'the tables'} do not agree with the others: {reason}"
        hint = "ask for dict[str, T] to get each partition's table by itself"
        raise StorageError(message, hint=hint) from error


def _first_odd(tables: Sequence[tuple[str, pa.Table]], options: str) -> tuple[str, str] | None:
    import pyarrow as pa

    so_far = tables[0][1].schema
    for name, table in tables[1:]:
        try:
            so_far = pa.unify_schemas([so_far, table.schema], promote_options=options)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            return name, str(error)
    return None


def _class_name(cls: type) -> tuple[str, str]:
    """Return a class's root module and name: where a library keeps a class in itself changes."""
    return str(cls.__module__).partition(".")[0], cls.__name__


def _converted(value: Any, library: Library) -> Any:
    match library:
        case Library.ARROW:
            return _table_of_arrow(value)
        case Library.PANDAS:
            return _table_of_pandas(value)
        case Library.POLARS:
            return _table_of_polars(value)
        case Library.POLARS_LAZY:
            return _table_of_polars(value.collect())
        case Library.DUCKDB:
            return value.to_arrow_table()
        case _:
            assert_never(library)


def _table_of_arrow(value: Any) -> pa.Table:
    import pyarrow as pa

    if isinstance(value, pa.RecordBatch):
        return pa.Table.from_batches([value])
    return value.read_all() if isinstance(value, pa.RecordBatchReader) else value


def _table_of_pandas(frame: Any) -> pa.Table:
    import pandas as pd
    import pyarrow as pa

    index = frame.index
    plain = isinstance(index, pd.RangeIndex) and index.name is None and index.start == 0 and index.step == 1
    return _with_plain_strings(pa.Table.from_pandas(frame, preserve_index=not plain))


def _with_plain_strings(table: pa.Table) -> pa.Table:
    """Give strings the type they have in other tables: a join of two string types is an error in Arrow."""
    import pyarrow as pa

    plain = {pa.large_string(): pa.string(), pa.string_view(): pa.string(), pa.large_binary(): pa.binary()}
    schema = table.schema
    for position, field in enumerate(schema):
        if field.type in plain:
            schema = schema.set(position, field.with_type(plain[field.type]))
    try:
        return table.cast(schema)
    except pa.ArrowInvalid:  # more than two gigabytes of text in one chunk
        return table


def _table_of_polars(frame: Any) -> pa.Table:
    import polars as pl

    # Polars would hand the objects' addresses to Arrow.
    objects = [name for name, kind in frame.schema.items() if kind == pl.Object]
    if objects:
        raise TypeError(f"columns of Python objects: {', '.join(objects)}")
    return _with_plain_strings(frame.to_arrow())


def _polars(table: pa.Table) -> Any:
    import polars as pl

    return pl.from_arrow(table)


def _relation(table: pa.Table) -> Any:
    import duckdb

    return duckdb.connect().from_arrow(table)
