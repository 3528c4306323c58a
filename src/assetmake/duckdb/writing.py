"""write_rows: puts a value into a table, and refuses what the table would change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assetmake.duckdb.slices import TableSlice
from assetmake.duckdb.sql import Sql, join, quote, run, write
from assetmake.duckdb.tables import count_rows, list_columns, name_table
from assetmake.errors import ValueTypeError

_VALUE = "assetmake_value"
_FROM_VALUE = write("temp.main.") + quote(_VALUE)
_UNTYPED = {"NULL", '"NULL"'}


def write_rows(connection: Any, part: TableSlice, value: Any) -> None:
    """Put the rows of a table of any library into a table of the database.

    A table without rows takes the columns of the value; a column that holds nothing takes the type that the value has.

    Args:
        connection: Within a transaction.
        part: The slice whose rows were deleted.
        value: With one column at least.

    Raises:
        ValueTypeError: the table has rows of other partitions, and columns that the value does not fit.
    """
    connection.register(_VALUE, value)
    given = {name: kind for name, kind, *_ in run(connection, write("DESCRIBE FROM ") + _FROM_VALUE)}
    there = list_columns(connection, part)
    if not there or ([*there.items()] != [*given.items()] and not count_rows(connection, part)):
        run(
            connection,
            write("CREATE OR REPLACE TABLE ") + name_table(connection, part) + write(" AS FROM ") + _FROM_VALUE,
        )
        return
    if there != given:
        _fit(connection, part, there, given)
    run(connection, write("INSERT INTO ") + name_table(connection, part) + write(" BY NAME FROM ") + _FROM_VALUE)


def _fit(connection: Any, part: TableSlice, there: Mapping[str, str], given: Mapping[str, str]) -> None:
    kinds = {name.lower(): (name, kind) for name, kind in there.items()}
    lacking = [name for low, (name, _) in kinds.items() if low not in {each.lower() for each in given}]
    strange = [name for name in given if name.lower() not in kinds]
    if lacking or strange:
        told = [f"lacks {', '.join(lacking)}"] if lacking else []
        told += [f"has {', '.join(strange)} besides"] if strange else []
        raise _report(part, f"the value {' and '.join(told)}")
    for name, kind in given.items():
        own_name, own_kind = kinds[name.lower()]
        if kind == own_kind or kind in _UNTYPED:
            continue
        if not _holds_values(connection, part, own_name):
            change = write(" ALTER COLUMN ") + quote(own_name) + write(f" SET DATA TYPE {kind}")
            run(connection, write("ALTER TABLE ") + name_table(connection, part) + change)
        elif changed := _count_changed(connection, quote(name), kind, own_kind):
            raise _report(
                part, f"column {name} is {own_kind}, which cannot hold {changed} values of {kind} as they are"
            )


def _holds_values(connection: Any, part: TableSlice, column: str) -> bool:
    some = write(" WHERE ") + quote(column) + write(" IS NOT NULL LIMIT 1")
    return bool(run(connection, write("SELECT 1 FROM ") + name_table(connection, part) + some))


def _count_changed(connection: Any, column: Sql, kind: str, own_kind: str) -> int:
    """Return how many values would not come back as they are."""
    kept = write("TRY_CAST(TRY_CAST(") + column + write(f" AS {own_kind}) AS {kind})")
    differs = kept + write(" IS DISTINCT FROM ") + column
    return int(
        run(connection, join("", [write("SELECT count(*) FROM "), _FROM_VALUE, write(" WHERE "), differs]))[0][0]
    )


def _report(part: TableSlice, what: str) -> ValueTypeError:
    return ValueTypeError(
        f"table {part.name} of {part.database} has rows of other partitions: {what}",
        hint=f"give all partitions the same columns, or drop {part.name} and make all of them again",
    )
