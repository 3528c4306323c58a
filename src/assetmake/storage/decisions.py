"""Decisions: what a person said of nodes by hand - take them as stale, take them as fresh - and its history.

Every function takes the connection of an open `State` block.
"""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assetmake.storage.columns import JOIN_HALVES, halves_columns, int64_column, shown_table, uint64_column
from assetmake.storage.rows import fetch_row

if TYPE_CHECKING:
    import duckdb

INVALIDATE, ACCEPT, RENAME = "invalidate", "accept", "mv"
_LOW = (1 << 64) - 1
_REVISION = "(select revision from state.meta)"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what, when and why.

    Attributes:
        action: INVALIDATE, ACCEPT or RENAME; of the last the reason is the former name.
        made_at: Aware.
        reason: In the person's words.
        actor: `user@host`.
    """

    action: str
    made_at: datetime
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Restated:
    """An output that is not the file its trace was made for: what it is now."""

    part: int
    size: int
    mtime: int
    inode: int
    content: int
    data: int


def sign_decision(action: str, reason: str, *, now: datetime) -> Decision:
    """Return a decision of whoever runs this process."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may run as a user that has no name
        user = str(os.getuid())
    return Decision(action, now, reason, f"{user}@{socket.gethostname()}")


def begin_decision(db: duckdb.DuckDBPyConnection) -> None:
    """Let plans that were made before be made again; once in a writing block."""
    db.execute("update state.meta set revision = revision + 1")


def invalidate_traces(db: duckdb.DuckDBPyConnection, asset: int, nodes: str, decision: Decision) -> None:
    """Mark the traces of nodes as stale, until they are built again.

    Args:
        db: A connection inside a writing block.
        asset: The state's number of the asset.
        nodes: A FROM item with a column `part`.
        decision: Why; goes into the history.
    """
    db.execute(
        f"update state.traces set invalidated = $reason where asset = $asset and part in (select part from {nodes})",
        {"reason": decision.reason, "asset": asset},
    )
    _remember(db, asset, nodes, decision)


def accept_traces(
    db: duckdb.DuckDBPyConnection,
    asset: int,
    nodes: str,
    decision: Decision,
    *,
    fingerprint: int,
    restated: Sequence[Restated],
) -> None:
    """Let the traces of nodes say that what stands was made by the present definition from the present data.

    Args:
        db: A connection inside a writing block.
        asset: The state's number of the asset.
        nodes: A FROM item with the columns `part` and `inputs`.
        decision: Why; goes into the history.
        fingerprint: The state's number of the present fingerprint.
        restated: Those among the nodes whose file is another than was recorded.
    """
    if restated:  # first, as the nodes may read each other
        _restate(db, asset, restated)
    db.execute(f"create or replace temp table accepted as select * from {nodes}")
    db.execute(
        "update state.traces t set fingerprint = $fingerprint, inputs = a.inputs, invalidated = null,"
        f" revision = {_REVISION} from accepted a where t.asset = $asset and t.part = a.part",
        {"fingerprint": fingerprint, "asset": asset},
    )
    db.execute(
        "delete from state.failures where asset = ? and part in (select part from accepted)",
        [asset],
    )
    db.execute("delete from state.claims where asset = ? and run = '' and part in (select part from accepted)", [asset])
    _remember(db, asset, "accepted", decision)
    db.execute("drop table accepted")


def read_last_decision(db: duckdb.DuckDBPyConnection, asset: str, part: int) -> Decision | None:
    """Return what was last decided by hand of a node, if that was not before its trace was made."""
    row = fetch_row(
        db,
        "select d.action, d.made_at, d.reason, d.actor from state.decisions d"
        " join state.assets a on a.id = d.asset join state.traces t on t.asset = d.asset and t.part = d.part"
        " where a.key = ? and d.part = ? and d.action in (?, ?) and d.made_at >= t.built_at"
        " order by d.made_at desc limit 1",
        [asset, part, INVALIDATE, ACCEPT],
    )
    if row is None:
        return None
    action, made_at, reason, actor = row
    return Decision(action, made_at.replace(tzinfo=UTC), reason, actor)


def _restate(db: duckdb.DuckDBPyConnection, asset: int, rows: Sequence[Restated]) -> None:
    table = {
        "part": int64_column([row.part for row in rows]),
        "size": int64_column([row.size for row in rows]),
        "mtime": int64_column([row.mtime for row in rows]),
        "inode": uint64_column([row.inode for row in rows]),
        **halves_columns([row.content for row in rows], "content_"),
        **halves_columns([row.data for row in rows], "data_"),
    }
    with shown_table(db, "restated", table):
        joined = (f"{JOIN_HALVES.format(hi=f'{name}_hi', lo=f'{name}_lo')} as {name}" for name in ("content", "data"))
        hashes = ", ".join(joined)
        now = f"(select part, size, mtime, inode, {hashes} from restated)"
        db.execute(
            "update state.traces t set size = n.size, mtime = n.mtime, inode = n.inode, content = n.content,"
            f" data = n.data, changed = case when t.data = n.data then t.changed else {_REVISION} end"
            f" from {now} n where t.asset = $asset and t.part = n.part",
            {"asset": asset},
        )


def _remember(db: duckdb.DuckDBPyConnection, asset: int, nodes: str, decision: Decision) -> None:
    db.execute(
        "insert into state.decisions select $made_at, $action, asset, part, key, $reason, $actor from state.traces"
        f" where asset = $asset and part in (select part from {nodes})",
        {
            "made_at": decision.made_at.astimezone(UTC).replace(tzinfo=None),
            "action": decision.action,
            "reason": decision.reason,
            "actor": decision.actor,
            "asset": asset,
        },
    )
