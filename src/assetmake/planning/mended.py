"""Mended: nodes that had failed and are fresh again without having been made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.plan import Reason
from assetmake.storage.attempts import AttemptEnd

if TYPE_CHECKING:
    import duckdb

Nodes = Mapping[AssetKey, Set[int]]


def find_mended(db: duckdb.DuckDBPyConnection, fresh: Iterable[Nodes]) -> dict[AssetKey, set[int]]:
    """Return which nodes something has put right, of such as are fresh though they failed when they were last tried.

    A node that was made by force may have been as fresh before as it is now: nothing was put right. Its failure stands,
    as that of its last attempt, until it is made again.

    Args:
        db: A connection inside a block.
        fresh: What was found by one plan after the other.
    """
    nodes: dict[AssetKey, set[int]] = {}
    for each in fresh:
        for key, parts in each.items():
            nodes.setdefault(key, set()).update(parts)
    if not nodes:
        return nodes
    forced = db.execute(
        "select a.key, f.part from state.failures f join state.assets a on a.id = f.asset"
        " where a.key in (select unnest(?::varchar[])) and exists (from state.attempts t where t.asset = f.asset"
        " and t.part = f.part and t.run = f.run and t.outcome = ? and t.reason = ?)",
        [[str(key) for key in nodes], AttemptEnd.FAILED.value, Reason.FORCED.value],
    ).fetchall()
    for name, part in forced:
        nodes[AssetKey.from_user_string(name)].discard(part)
    return {key: parts for key, parts in nodes.items() if parts}
