"""What is asked of and done to a slice of a table, within a transaction of the caller's."""

from __future__ import annotations

from typing import Any

import duckdb

from assetmake.definitions.key_ranges import TimeWindow
from assetmake.duckdb.slices import EXPRESSION, Extent, TableSlice
from assetmake.duckdb.sql import Sql, bind, join, quote, run, write
from assetmake.errors import DefinitionError

TEXT, INSTANT = "VARCHAR", "TIMESTAMP WITH TIME ZONE"
_NOTHING = write("FALSE")


def name_table(connection: Any, part: TableSlice) -> Sql:
    return _name_schema(connection, part) + write(".") + quote(part.table)


def _name_schema(connection: Any, part: TableSlice) -> Sql:
    # A database has the name of its file: alone, a schema of that name would be ambiguous.
    ((database,),) = run(connection, write("SELECT current_database()"))
    return quote(database) + write(".") + quote(part.schema)


def list_columns(connection: Any, part: TableSlice) -> dict[str, str]:
    """Return the columns of a table and their types; none where there is no such table."""
    # A look that fails would end the transaction.
    listed = run(
        connection,
        write(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = current_database()"
            " AND lower(schema_name) = lower("
        )
        + bind(part.schema)
        + write(") AND lower(table_name) = lower(")
        + bind(part.table)
        + write(") ORDER BY column_index"),
    )
    return dict(listed)


def make_schema(connection: Any, part: TableSlice) -> None:
    run(connection, write("CREATE SCHEMA IF NOT EXISTS ") + _name_schema(connection, part))


def count_rows(connection: Any, part: TableSlice) -> int:
    """Return how many rows a table has, whatever the slice."""
    return int(run(connection, write("SELECT count(*) FROM ") + name_table(connection, part))[0][0])


def count_slice(connection: Any, part: TableSlice) -> int:
    condition = find_condition(connection, part)
    return int(run(connection, write("SELECT count(*) FROM ") + name_table(connection, part) + _where(condition))[0][0])


def delete_slice(connection: Any, part: TableSlice) -> None:
    """Delete the rows of a slice, where there is such a table."""
    if list_columns(connection, part) and count_rows(connection, part):
        run(connection, write("DELETE FROM ") + name_table(connection, part) + _where(find_condition(connection, part)))


def write_query(connection: Any, part: TableSlice) -> Sql:
    """Return the query that reads a slice."""
    columns = join(", ", map(quote, part.columns)) if part.columns else write("*")
    condition = find_condition(connection, part)
    return write("SELECT ") + columns + write(" FROM ") + name_table(connection, part) + _where(condition)


def _where(condition: Sql | None) -> Sql:
    return write("") if condition is None else write(" WHERE ") + condition


def find_condition(connection: Any, part: TableSlice) -> Sql | None:
    """Return what tells rows of a slice from others of its table; None: all are.

    Raises:
        DefinitionError: the table does not have what the partitions are told by.
    """
    if part.areas is None:
        return None
    areas = [join(" AND ", [_compare(connection, part, extent) for extent in area]) for area in part.areas]
    return join(" OR ", [write("(") + each + write(")") for each in areas]) if areas else _NOTHING


def _compare(connection: Any, part: TableSlice, extent: Extent) -> Sql:
    expression, kind = read_expression(connection, part, extent.partition_expr)
    keys = [each for each in extent.partitions if not isinstance(each, TimeWindow)]
    if keys:
        return expression + write(" IN (") + join(", ", map(bind, keys)) + write(")")
    if kind == TEXT:
        expression = write("TRY_CAST(") + expression + write(" AS TIMESTAMP)")
    windows = [each for each in extent.partitions if isinstance(each, TimeWindow)]
    spans = [_compare_window(expression, window, is_instant=kind == INSTANT) for window in windows]
    return write("(") + join(" OR ", spans) + write(")")


def _compare_window(expression: Sql, window: TimeWindow, *, is_instant: bool) -> Sql:
    # A column without a time zone is in the zone of the partitions.
    start, end = window if is_instant else (each.replace(tzinfo=None) for each in window)
    return expression + write(" >= ") + bind(start) + write(" AND ") + expression + write(" < ") + bind(end)


def read_expression(connection: Any, part: TableSlice, given: str) -> tuple[Sql, str]:
    """Return what tells partitions, and its type: a column by its name, or what DuckDB reads as one expression."""
    columns = {name.lower(): (name, kind) for name, kind in list_columns(connection, part).items()}
    if given.lower() in columns:
        name, kind = columns[given.lower()]
        return quote(name), kind
    try:
        expression = write(f"({duckdb.SQLExpression(given)})")
        query = write("SELECT ") + expression + write(" AS told FROM ") + name_table(connection, part)
        ((_, kind, *_),) = run(connection, write("DESCRIBE ") + query)
    except duckdb.Error as error:
        raise DefinitionError(
            f"table {part.name} of {part.database}: {EXPRESSION} {given!r} does not tell its partitions: {error}",
            hint=f"it has the columns {', '.join(name for name, _ in columns.values())}; name one of them, or an"
            " expression of them",
        ) from error
    return expression, str(kind)
