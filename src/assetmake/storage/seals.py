"""Seals: a folder's own mtime stands for the names in it, where its files are too many to stat each time.

While a folder's inode and mtime are those of its seal, no file in it was added, removed, renamed or replaced since
every output was compared with its record. Only bytes changed in place escape; `outputs = "hash"` sees those.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from assetmake.storage.paths import encode_key
from assetmake.storage.rows import fetch_row

if TYPE_CHECKING:
    import duckdb

SEALED_FROM = 20_000
"""Folders with fewer outputs are not sealed: each file is looked at."""
_BATCH = 50_000


def find_seal(db: duckdb.DuckDBPyConnection, asset: int, folder: Path) -> os.stat_result | None:
    """Return what stat says of the folder of an asset's outputs, if it is as it was when it was sealed."""
    row = fetch_row(db, "select mtime, inode from state.seals where asset = ?", [asset])
    if row is None:
        return None
    try:
        now = os.stat(folder)
    except OSError:
        return None
    return now if row == (now.st_mtime_ns, now.st_ino) else None


def seal_folder(db: duckdb.DuckDBPyConnection, asset: int, folder: Path) -> None:
    """Compare a folder with the records of its asset and seal it where they agree; inside a writing block.

    Every output is looked at, as a plan would look at it without a seal. Whoever wrote into the folder may have looked
    at a few of them only, and names and inodes alone do not tell: the inode of a file that is removed goes to the next.
    """
    db.execute("delete from state.seals where asset = ?", [asset])
    recorded = fetch_row(db, "select count(*) from state.traces where asset = ? and suffix is not null", [asset])
    if recorded is None or recorded[0] < SEALED_FROM:
        return
    # The clock of a file system has a coarse grain: a change that comes right after the comparison could leave the same
    # mtime. An earlier one, set by us, is one that no later change can leave.
    mark = os.stat(folder).st_mtime_ns - 1
    os.utime(folder, ns=(mark, mark))
    before = os.stat(folder)
    if not _is_as_recorded(db, asset, folder):
        return
    after = os.stat(folder)
    if (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino):
        db.execute("insert into state.seals values (?, ?, ?, ?)", [asset, after.st_mtime_ns, after.st_ino, recorded[0]])


def _is_as_recorded(db: duckdb.DuckDBPyConnection, asset: int, folder: Path) -> bool:
    rows = db.execute(
        "select key, suffix, size, mtime, inode from state.traces where asset = ? and suffix is not null", [asset]
    )
    base, stat = f"{folder}{os.sep}", os.stat
    agrees = True
    while batch := rows.fetchmany(_BATCH):  # read to the end in any case: the connection is needed again
        try:
            for key, suffix, size, mtime, inode in batch if agrees else ():
                seen = stat(f"{base}{encode_key(key)}{suffix}")
                if (seen.st_size, seen.st_mtime_ns, seen.st_ino) != (size, mtime, inode):
                    agrees = False
                    break
        except OSError:
            agrees = False
    return agrees
