"""Suspicions: nodes whose result may have been replaced without a trace of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from assetmake.storage.columns import int64_column, shown_table, text_column
from assetmake.storage.ledger import DEAD

if TYPE_CHECKING:
    import duckdb


def suspect(db: duckdb.DuckDBPyConnection, nodes: Iterable[tuple[str, int]]) -> None:
    """Have nodes that did not come to their end looked at by the next plan; inside a writing block.

    Only what an IO manager of the user's keeps: that is written in its place, before anybody knows what will come of
    the node. Of our own outputs what stood still stands.

    Args:
        db: The state.
        nodes: Each an asset's name and a part.
    """
    listed = list(nodes)
    if not listed:
        return
    table = {"name": text_column([name for name, _ in listed]), "part": int64_column([part for _, part in listed])}
    with shown_table(db, "unfinished", table):
        db.execute(
            "insert into state.claims select ?, t.asset, t.part from state.traces t"
            " join state.assets a on a.id = t.asset semi join unfinished u on u.name = a.key and u.part = t.part"
            " anti join (from state.claims where run = ?) c on c.asset = t.asset and c.part = t.part"
            " where t.place is not null",
            [DEAD, DEAD],
        )
