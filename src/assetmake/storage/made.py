"""When assets were made, as far as the state knows: it keeps the last time of each node, and what checks were told.

Every function takes the connection of an open `State` block.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from assetmake.storage.rows import fetch_row

if TYPE_CHECKING:
    import duckdb

TOLD = "made"
"""The name under which a check's record has what it was told, as `MadeRow` has it, the newest first."""


class MadeRow(NamedTuple):
    """A time that a node was made.

    Attributes:
        revision: A later one has a greater, whatever clocks say.
        key: Of the partition.
        seconds: Since 1970.
        metadata: A JSON object.
    """

    revision: int
    key: str | None
    seconds: float
    metadata: str | None


@dataclass(frozen=True, slots=True)
class MadeParts:
    """When partitions of an asset were made; `is_cut` where older ones are left out."""

    seconds: Sequence[tuple[str, float]] = ()
    is_cut: bool = False


def read_newest(db: duckdb.DuckDBPyConnection, asset: str, *, most: int) -> list[MadeRow]:
    """Return the last times that nodes of an asset were made, the newest first; of each node only the last."""
    rows = db.execute(
        "select t.revision, t.key, epoch_us(t.built_at), t.metadata from state.traces t"
        " join state.assets a on a.id = t.asset where a.key = ? order by t.revision desc, t.part desc limit ?",
        [asset, most],
    ).fetchall()
    return [MadeRow(revision, key, micros / 1e6, metadata) for revision, key, micros, metadata in rows]


def read_parts(db: duckdb.DuckDBPyConnection, asset: str, *, most: int) -> MadeParts:
    """Return when the last partitions of an asset, in the order of their definition, were made."""
    rows = db.execute(
        "select t.key, epoch_us(t.built_at) from state.traces t join state.assets a on a.id = t.asset"
        " where a.key = ? and t.key is not null order by t.part desc limit ?",
        [asset, most + 1],
    ).fetchall()
    return MadeParts([(key, micros / 1e6) for key, micros in rows[:most]], len(rows) > most)


def read_told(db: duckdb.DuckDBPyConnection, check: str) -> list[MadeRow]:
    """Return what a check was told when it was made last."""
    row = fetch_row(
        db, "select t.metadata from state.traces t join state.assets a on a.id = t.asset where a.key = ?", [check]
    )
    told = json.loads(row[0]).get(TOLD, []) if row is not None and row[0] else []
    return [MadeRow(*each) for each in told]
