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
from assetmake.storage.confirmations import list_journals, see_place
from assetmake.storage.hashing import hash_file
from assetmake.storage.paths import encode_key, output_stem, write_stem
from assetmake.storage.places import ANY_SIZE, FOUND, read_place
from assetmake.storage.refreshing import RefreshedRow, is_settled
from assetmake.storage.rows import join_halves, split_halves
from assetmake.storage.seals import SEALED_FROM, find_seal

Row = tuple[int, str | None, str | None, int, int, int, int, str | None]
"""part, key, suffix, size, mtime, inode, content, place"""


def verify_outputs(
    view: View, key: AssetKey, parts: Parts, *, root: Path, project: Path, mode: str, sightings: Sightings
) -> dict[int, Reason]:
    """Return the nodes whose output is missing or modified.

    A file whose size, mtime and inode are the recorded ones is trusted; otherwise its bytes decide, so that a copy
    or a touch is no change. Nodes that a build which died had claimed are looked at in every mode; where such a node
    is kept by an IO manager of the user's that names no file, nobody can tell, and it counts as modified.

    Args:
        view: Traces, with the state still attached.
        key: The asset.
        parts: The nodes to verify.
        root: Where outputs are.
        project: What places are relative to that are inside of it.
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
    unseen = [row for row in rows if row[7] is not None and (row[7] == "" or row[3] == ANY_SIZE)]
    found = {row[0]: Reason.OUTPUT_MODIFIED for row in unseen if row[0] in suspects}
    if not vouched:
        found |= _look_for(view, key, unseen, project=project, sightings=sightings)
    sightings.is_partial = sightings.is_partial or bool(found)
    base = stem if single else f"{stem}{os.sep}"
    files = [
        (
            part,
            _find_file(base, key, suffix) if place is None else read_place(place, str(project)),
            size,
            mtime,
            ino,
            file,
        )
        for part, key, suffix, size, mtime, ino, file, place in rows
        if place is None or (place != "" and size != ANY_SIZE)
    ]
    return found | _look(files, always=mode == "hash", sightings=sightings, number=number)


def _look_for(
    view: View, key: AssetKey, rows: Iterable[Row], *, project: Path, sightings: Sightings
) -> dict[int, Reason]:
    """Return the nodes that are gone of those that no bytes of a file show: with what they are in, or out of that."""
    missing = view.missing.get(key, frozenset())
    found, known = {part: Reason.OUTPUT_MISSING for part, *_ in rows if part in missing}, {}
    for part, _, _, _, _, _, content, place in rows:
        assert place is not None
        if place and place not in known:
            known[place] = _look_at_place(view, read_place(place, str(project)), sightings)
        is_there, is_vouched = known[place] if place else (True, False)
        if not is_there:
            found[part] = Reason.OUTPUT_MISSING
        if content == FOUND and not is_vouched:
            sightings.is_partial = True  # stat does not tell what the IO manager would say now
    return found


def _look_at_place(view: View, path: str, sightings: Sightings) -> tuple[bool, bool]:
    """Tell whether a place is there, and whether all is in it that was when the IO manager was asked."""
    try:
        sightings.note(path, os.stat(path))
    except OSError:
        return False, False
    for journal in list_journals(path):
        try:
            sightings.note(journal, os.stat(journal))
        except OSError:
            sightings.absent.add(journal)
    return True, path in view.sights and see_place(path) == view.sights[path]


def _find_file(base: str, key: str | None, suffix: str | None) -> str:
    return f"{base}{suffix}" if key is None else f"{base}{encode_key(key)}{suffix}"


def _is_sealed(view: View, key: AssetKey, parts: Parts, root: Path, sightings: Sightings) -> bool:
    if len(parts) < SEALED_FROM or _has_places(view, key):
        return False
    folder = output_stem(root, view.home(key).parts, None)
    seen = find_seal(view.db, view.numbers.get(str(key), -1), folder)
    if seen is not None:
        sightings.note(str(folder), seen)
    return seen is not None


def _read_single(view: View, key: AssetKey) -> list[Row]:
    recorded = view.singles.get(key)
    if recorded is None or (recorded.suffix is None and recorded.place is None):
        return []
    stats = recorded.size, recorded.mtime, recorded.inode, recorded.content
    return [(0, None, recorded.suffix, *stats, recorded.place)]


def _has_places(view: View, key: AssetKey) -> bool:
    """Tell whether an IO manager of the user's keeps any of an asset: a sealed folder says nothing of that."""
    row = view.db.execute(f"select 1 from {view.traces(key)} where place is not null limit 1").fetchone()
    return row is not None


def _read_rows(view: View, key: AssetKey, parts: Parts) -> list[Row]:
    rows = view.db.execute(
        f"select part, key, suffix, size, mtime, inode, place, {split_halves('content')} from {view.traces(key)}"
        f" semi join {view.relate(parts)} using (part) where suffix is not null or place is not null"
    ).fetchall()
    view.forget()
    return [(*row, join_halves(high, low), place) for *row, place, high, low in rows]


def _look(
    files: Iterable[tuple[int, str, int, int, int, int]], *, always: bool, sightings: Sightings, number: int = -1
) -> dict[int, Reason]:
    found: dict[int, Reason] = {}
    note = sightings.note
    stat = os.stat
    for part, path, size, mtime, inode, content in files:
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
