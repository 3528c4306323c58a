"""Removals: nodes that are given up, and nodes whose place another one takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from assetmake.definitions.partitions import hashed_part
from assetmake.storage.columns import int64_column, shown_table, text_column
from assetmake.storage.decisions import begin_decision
from assetmake.storage.ledger import TraceRow

if TYPE_CHECKING:
    import duckdb


def forget_nodes(db: duckdb.DuckDBPyConnection, nodes: Iterable[tuple[str, int]]) -> None:
    """Remove the traces, failures and attempts of nodes, each an asset's name and a part; inside a writing block."""
    listed = list(nodes)
    if not listed:
        return
    begin_decision(db)
    table = {"name": text_column([name for name, _ in listed]), "part": int64_column([part for _, part in listed])}
    with shown_table(db, "given_up", table):
        for rows in ("traces", "failures", "claims", "attempts"):
            db.execute(
                f"delete from state.{rows} old using (select a.id as asset, g.part from given_up g"
                " join state.assets a on a.key = g.name) gone where old.asset = gone.asset and old.part = gone.part"
            )


def set_aside(db: duckdb.DuckDBPyConnection, rows: Sequence[TraceRow]) -> None:
    """Keep what is recorded of other keys that have the parts of these rows, as of nodes that are no more.

    The day 2026-01-01 and the hour that begins with it have one part: where days become hours, the trace of the hour
    would take that of the day away, and nobody would know of the file that it was made for. Inside a writing block.
    """
    if not rows:
        return
    table = {
        "name": text_column([row.asset for row in rows]),
        "part": int64_column([row.part for row in rows]),
        "key": text_column([row.key for row in rows]),
    }
    with shown_table(db, "coming", table):
        displaced = db.execute(
            "select t.asset, t.part, t.key from coming c join state.assets a on a.key = c.name"
            " join state.traces t on t.asset = a.id and t.part = c.part"
            " where t.key is distinct from c.key and t.suffix is not null"
        ).fetchall()
    for asset, part, key in displaced:
        aside = -1 if key is None else hashed_part(key)
        db.execute("delete from state.traces where asset = ? and part = ?", [asset, aside])
        db.execute("update state.traces set part = ? where asset = ? and part = ?", [aside, asset, part])
        db.execute(
            "update state.attempts set part = ? where asset = ? and part = ? and key is not distinct from ?",
            [aside, asset, part, key],
        )
