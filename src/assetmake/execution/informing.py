"""What ready-made checks are told of the times that their assets were made.

Approach: the state knows the last time of each node. What a check was told is recorded with its answer, so that the
time before the last is the one that it saw then.
"""

from __future__ import annotations

from collections.abc import Iterable

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import AssetRecord
from assetmake.execution.work import Made
from assetmake.graph.asset_graph import inspected
from assetmake.storage.made import MadeParts, MadeRow, read_newest, read_parts, read_told
from assetmake.storage.state import Database

_MOST_PARTS = 5_000


def read_made(db: Database, checks: Iterable[AssetRecord]) -> dict[AssetKey, Made]:
    """Return for each check what it is told; inside a block of the state in which all that was made is recorded."""
    found: dict[AssetKey, Made] = {}
    for check in checks:
        if check.asks is None:
            continue
        asset = inspected(check).asset
        rows = _join(
            read_newest(db, str(asset), most=check.asks.newest), read_told(db, str(check.key)), most=check.asks.newest
        )
        parts = read_parts(db, str(asset), most=_MOST_PARTS) if check.asks.partitions else MadeParts()
        found[check.key] = Made(asset, tuple(rows), tuple(parts.seconds), parts.is_cut)
    return found


def _join(newest: list[MadeRow], told: list[MadeRow], *, most: int) -> list[MadeRow]:
    """Return the newest of what is recorded and of what was told before; the same time of a node only once."""
    known = {(row.key, row.seconds) for row in newest}
    former = [row for row in told if (row.key, row.seconds) not in known]
    return sorted([*newest, *former], key=lambda row: row.revision, reverse=True)[:most]
