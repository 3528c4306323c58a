"""Rows to put into a state, with values that tests don't care about filled in."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb

from assetmake.storage.fingerprints import FingerprintRow
from assetmake.storage.ledger import FailureRow, TraceRow, record_failures, record_traces

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CODE = FingerprintRow("code", "config", "io", "environment")


def trace(asset: str = "one", part: int = 0, *, data: int = 1, **others: object) -> TraceRow:
    values: dict[str, object] = {
        "key": None,
        "fingerprint": CODE,
        "inputs": (),
        "suffix": ".json",
        "size": 1,
        "mtime": 1,
        "inode": 1,
        "content": 1,
        "seconds": 0.5,
        "rows": None,
        "metadata": None,
    }
    return TraceRow(asset=asset, part=part, data=data, **{**values, **others})  # type: ignore[arg-type]


def record(db: duckdb.DuckDBPyConnection, *rows: TraceRow, run: str = "run") -> None:
    record_traces(db, rows, run=run, built_at=NOON)


def fail(db: duckdb.DuckDBPyConnection, asset: str = "one", part: int = 0, *, run: str = "run") -> None:
    record_failures(db, [FailureRow(asset, part, None, "it broke", "logs/one.log")], run=run, failed_at=NOON)


def read_data(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], int]:
    """Return the data hash of every node that has a trace."""
    rows = db.execute(
        "select a.key, t.part, t.data from state.traces t join state.assets a on a.id = t.asset"
    ).fetchall()
    assert len({row[:2] for row in rows}) == len(rows), "a node has one trace"
    return {(key, part): data for key, part, data in rows}
