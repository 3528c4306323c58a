"""Rows of a query, read the way DuckDB wants it.

Every result is read to its end before the connection does anything else. A 128-bit number is fetched as two halves:
as one it comes through a text, at a hundred microseconds each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


_LOW_HALF = "18446744073709551615::uhugeint"


def split_halves(column: str) -> str:
    """Return SQL for the high and the low 64 bits of a UHUGEINT, as two columns."""
    return f"({column} >> 64)::ubigint, ({column} & {_LOW_HALF})::ubigint"


def split_list_halves(column: str) -> str:
    """Return SQL for the high and the low 64 bits of a list of UHUGEINT, as two lists."""
    return (
        f"list_transform({column}, lambda each: (each >> 64)::ubigint),"
        f" list_transform({column}, lambda each: (each & {_LOW_HALF})::ubigint)"
    )


def join_halves(high: int, low: int) -> int:
    """Return the number whose halves were fetched."""
    return high << 64 | low


def fetch_row(
    db: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] | None = None
) -> tuple[Any, ...] | None:
    """Return the first row, or None where there is none."""
    rows = db.execute(query, parameters).fetchall()
    return rows[0] if rows else None
