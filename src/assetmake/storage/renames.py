"""Renames: what is recorded under one name goes on under another.

Every function takes the connection of an open `State` block.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from assetmake.storage.decisions import RENAME, Decision, begin_decision
from assetmake.storage.rows import fetch_row

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class KeptOutput:
    """An output that is recorded; the key is None where its node was no partition."""

    key: str | None
    suffix: str


def list_built(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names of all assets that have a trace, whether or not they are still declared."""
    rows = db.execute(
        "select key from state.assets where id in (select distinct asset from state.traces) order by key"
    ).fetchall()
    return [row[0] for row in rows]


def read_outputs(db: duckdb.DuckDBPyConnection, asset: str) -> list[KeptOutput]:
    """Return what is recorded of an asset's outputs."""
    rows = db.execute(
        "select t.key, t.suffix from state.traces t join state.assets a on a.id = t.asset"
        " where a.key = ? and t.suffix is not null",
        [asset],
    ).fetchall()
    return [KeptOutput(*row) for row in rows]


def read_nodes(db: duckdb.DuckDBPyConnection, asset: str) -> list[int]:
    """Return the parts that an asset has traces or claims of."""
    rows = db.execute(
        "select part from state.traces t join state.assets a on a.id = t.asset where a.key = $name"
        " union select part from state.claims c join state.assets a on a.id = c.asset where a.key = $name",
        {"name": asset},
    ).fetchall()
    return [row[0] for row in rows]


def rename_asset(
    db: duckdb.DuckDBPyConnection, old: str, new: str, decision: Decision, *, is_kept_by_name: bool = True
) -> None:
    """Let everything that is recorded of one asset be another's; inside a writing block.

    Args:
        db: The state.
        old: Has traces.
        new: Has none; what it left by failing is kept.
        decision: Who did it; its reason is the former name.
        is_kept_by_name: What an IO manager of the user's keeps it looks for under the name: it is to be made again.
    """
    begin_decision(db)
    (number,) = fetch_row(db, "select id from state.assets where key = ?", [old]) or (None,)
    taken = fetch_row(db, "select id from state.assets where key = ?", [new])
    if taken is not None:
        _replace_number(db, taken[0], number)
    db.execute("update state.assets set key = ? where id = ?", [new, number])
    if is_kept_by_name:
        db.execute("delete from state.traces where asset = ? and place is not null", [number])
    made_at = decision.made_at.astimezone(UTC).replace(tzinfo=None)
    db.execute(
        "insert into state.decisions values (?, ?, ?, 0, null, ?, ?)",
        [made_at, RENAME, number, decision.reason, decision.actor],
    )


def read_former_names(db: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Return the names under which an asset was recorded before, the latest first."""
    rows = db.execute(
        "select d.reason from state.decisions d join state.assets a on a.id = d.asset"
        " where a.key = ? and d.action = ? order by d.made_at desc",
        [name, RENAME],
    ).fetchall()
    return [row[0] for row in rows]


def _replace_number(db: duckdb.DuckDBPyConnection, unused: int, number: int) -> None:
    """A name may have been noted - for an attempt that failed, as what another asset reads - without a trace."""
    db.execute(
        "delete from state.failures where asset = ? and part in (select part from state.failures where asset = ?)",
        [number, unused],
    )
    for table in ("failures", "claims", "fingerprints", "decisions", "attempts"):
        db.execute(f"update state.{table} set asset = ? where asset = ?", [number, unused])
    db.execute(
        "update state.fingerprints set upstreams ="
        " list_transform(upstreams, lambda each: case when each = $unused then $number else each end)"
        " where list_contains(upstreams, $unused)",
        {"unused": unused, "number": number},
    )
    db.execute("delete from state.seals where asset = ?", [unused])
    db.execute("delete from state.assets where id = ?", [unused])
