"""Outputs, looked at: which recorded files are gone or are no longer what was recorded."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable
from pathlib import Path

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.plan import Parts, Reason
from assetmake.planning.standing import Sightings
from assetmake.planning.view import View
from assetmake.storage.hashing import hash_file
from assetmake.storage.paths import encode_key, output_stem, write_stem
from assetmake.storage.refreshing import RefreshedRow, is_settled
from assetmake.storage.rows import join_halves, split_halves
from assetmake.storage.seals import SEALED_FROM, find_seal

Row = tuple[int, str | None, str, int, int, int, int]
"""part, key, suffix, size, mtime, inode, content"""


def verify_outputs(
    view: View, key: AssetKey, parts: Parts, *, root: Path, mode: str, sightings: Sightings
) -> dict[int, Reason]:
    """Return the nodes whose output is missing or modified.

    A file whose size, mtime and inode are the recorded ones is trusted; otherwise its bytes decide, so that a copy
    or a touch is no change. Nodes that a build which died had claimed are looked at in every mode.

    Args:
        view: Traces, with the state still attached.
        key: The asset.
        parts: The nodes to verify.
        root: Where outputs are.
        mode: "none", "stat" or "hash".
        sightings: Is told what was looked at.
    """
    suspects = view.suspects.get(key, frozenset())
    vouched = mode == "none" or (mode == "stat" and _is_sealed(view, key, parts, root, sightings))
    if vouched and not suspects:
        return {}
    if not view.is_partitioned(key):
        rows = _read_single(view, key)
    else:
        rows = _read_rows(view, key, array("q", suspects) if vouched else parts)
    if not rows:
        return {}
    stem = write_stem(str(root), view.home(key).parts)
    single = not view.is_partitioned(key)
    number = view.numbers.get(str(view.home(key)), -1)
    return _look(rows, stem=stem, always=mode == "hash", single=single, sightings=sightings, number=number)


def _is_sealed(view: View, key: AssetKey, parts: Parts, root: Path, sightings: Sightings) -> bool:
    if len(parts) < SEALED_FROM:
        return False
    folder = output_stem(root, view.home(key).parts, None)
    seen = find_seal(view.db, view.numbers.get(str(key), -1), folder)
    if seen is not None:
        sightings.note(str(folder), seen)
    return seen is not None


def _read_single(view: View, key: AssetKey) -> list[Row]:
    recorded = view.singles.get(key)
    if recorded is None or recorded.suffix is None:
        return []
    return [
        (0, None, recorded.suffix, recorded.size, recorded.mtime, recorded.inode, recorded.content),
    ]


def _read_rows(view: View, key: AssetKey, parts: Parts) -> list[Row]:
    rows = view.db.execute(
        f"select part, key, suffix, size, mtime, inode, {split_halves('content')} from {view.traces(key)}"
        f" semi join {view.relate(parts)} using (part) where suffix is not null"
    ).fetchall()
    view.forget()
    return [(*row, join_halves(high, low)) for *row, high, low in rows]


def _look(
    rows: Iterable[Row], *, stem: str, always: bool, single: bool, sightings: Sightings, number: int = -1
) -> dict[int, Reason]:
    found: dict[int, Reason] = {}
    note = sightings.note
    base = stem if single else f"{stem}{os.sep}"
    stat = os.stat
    for part, key, suffix, size, mtime, inode, content in rows:
        path = f"{base}{suffix}" if key is None else f"{base}{encode_key(key)}{suffix}"
        try:
            seen = stat(path)
        except OSError:
            found[part] = Reason.OUTPUT_MISSING
            sightings.is_partial = True  # that it is gone may decide what a selection by state means
            continue
        known = seen.st_mtime_ns == mtime and seen.st_size == size and seen.st_ino == inode
        if not always and known:
            note(path, seen)
            continue
        sightings.is_partial = True  # what the bytes decided, stat cannot decide again
        now = clock.now_ns()
        if not _holds(path, seen.st_size, size, content):
            found[part] = Reason.OUTPUT_MODIFIED
        elif not known and number >= 0 and _is_settled(path, seen, now):
            sightings.refreshed.append(RefreshedRow(number, part, (mtime, inode), seen.st_mtime_ns, seen.st_ino))
    return found


def _is_settled(path: str, seen: os.stat_result, now: int) -> bool:
    try:
        return is_settled(seen, os.stat(path), now=now)
    except OSError:
        return False


def _holds(path: str, size: int, recorded_size: int, content: int) -> bool:
    try:
        return size == recorded_size and int.from_bytes(hash_file(Path(path)), "big") == content
    except OSError:
        return False
