"""Refreshing: what stat says of outputs whose bytes are still the recorded ones, as after a copy or a touch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assetmake.clock import RACY_NANOSECONDS
from assetmake.storage.columns import int32_column, int64_column, shown_table, uint64_column

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class RefreshedRow:
    """A node whose output has another mtime or inode than was recorded, and the recorded bytes.

    Attributes:
        asset: The number of its asset.
        part: Its partition.
        before: mtime and inode as they were recorded.
        mtime, inode: As they are.
    """

    asset: int
    part: int
    before: tuple[int, int]
    mtime: int
    inode: int


def is_settled(before: os.stat_result, after: os.stat_result, *, now: int) -> bool:
    """Tell whether stat can vouch for bytes that were read between two looks at a file.

    Args:
        before, after: What stat said before the bytes were read and after.
        now: When it was first asked, in nanoseconds since 1970. A change that comes right after one, within the grain
            of a file system's clock, could look the same.
    """
    same = (before.st_size, before.st_mtime_ns, before.st_ctime_ns, before.st_ino) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ctime_ns,
        after.st_ino,
    )
    return same and max(before.st_mtime_ns, before.st_ctime_ns) + RACY_NANOSECONDS < now


def refresh_identities(db: duckdb.DuckDBPyConnection, rows: Sequence[RefreshedRow]) -> None:
    """Record what stat says of outputs now, so that their bytes need not be read again; inside a writing block.

    What was built again since it was looked at is left alone.
    """
    if not rows:
        return
    table = {
        "asset": int32_column([row.asset for row in rows]),
        "part": int64_column([row.part for row in rows]),
        "old_mtime": int64_column([row.before[0] for row in rows]),
        "old_inode": uint64_column([row.before[1] for row in rows]),
        "new_mtime": int64_column([row.mtime for row in rows]),
        "new_inode": uint64_column([row.inode for row in rows]),
    }
    with shown_table(db, "batch", table):
        db.execute(
            "update state.traces as old set mtime = new_mtime, inode = new_inode from batch"
            " where old.asset = batch.asset and old.part = batch.part"
            " and old.mtime = old_mtime and old.inode = old_inode"
        )
