"""One row of a query. DuckDB wants every result read to its end before the connection does anything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb


def fetch_row(
    db: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] | None = None
) -> tuple[Any, ...] | None:
    """Return the first row, or None where there is none."""
    rows = db.execute(query, parameters).fetchall()
    return rows[0] if rows else None
