"""Collecting: the outputs of orphans are looked at, and removed where they are what was recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.orphans import Garbage, OrphanTrace, find_owner
from assetmake.storage.files import Identity, identify, remove, translated_errors
from assetmake.storage.hashing import hash_file
from assetmake.storage.paths import encode_key, output_stem
from assetmake.storage.relocation import remove_empty
from assetmake.storage.removals import forget_nodes
from assetmake.storage.state import Database


def find_garbage(db: Database, traces: Iterable[OrphanTrace], *, outputs: Path, read: Collection[Path]) -> Garbage:
    """Look at the outputs of orphans.

    Args:
        db: The connection on which they were found.
        traces: What is recorded of them.
        outputs: Where outputs are.
        read: Files that sources of the project name.
    """
    found = Garbage()
    stems: dict[str, Path] = {}
    for trace in traces:
        if trace.asset not in stems:
            stems[trace.asset] = output_stem(outputs, AssetKey.from_user_string(trace.asset).parts, None)
        path = _place(stems[trace.asset], trace)
        seen = None if path is None else identify(path)
        if path is None or seen is None:
            found.nodes.append((trace.asset, trace.part))
            continue
        if _is_taken(db, trace, seen):
            found.nodes.append((trace.asset, trace.part))
        elif path in read:
            found.kept[path] = "a source of the project reads it"
        elif not _is_recorded(path, trace, seen):
            found.kept[path] = "it is not what was built"
        else:
            found.files[path] = seen.size
            found.sizes[trace.asset] = found.sizes.get(trace.asset, 0) + seen.size
            found.nodes.append((trace.asset, trace.part))
    return found


def collect(db: Database, garbage: Garbage, *, outputs: Path) -> None:
    """Remove files, then rows; stopped in between, it goes on when it is called again. Inside a writing block."""
    for path in garbage.files:
        with translated_errors(path):
            remove(path)
    for folder in {path.parent for path in garbage.files}:
        remove_empty(folder, outputs)
    forget_nodes(db, garbage.nodes)


def _is_taken(db: Database, trace: OrphanTrace, seen: Identity) -> bool:
    """Tell whether a node of the project has put its own output into an orphan's place since."""
    if (seen.size, seen.mtime_ns, seen.inode) == (trace.size, trace.mtime, trace.inode):
        return False
    return find_owner(db, size=seen.size, mtime=seen.mtime_ns, inode=seen.inode)


def _place(stem: Path, trace: OrphanTrace) -> Path | None:
    if trace.suffix is None:
        return None
    if trace.key is None:
        return stem.with_name(stem.name + trace.suffix)
    return stem / f"{encode_key(trace.key)}{trace.suffix}"


def _is_recorded(path: Path, trace: OrphanTrace, seen: Identity) -> bool:
    if (seen.size, seen.mtime_ns, seen.inode) == (trace.size, trace.mtime, trace.inode):
        return True
    if seen.size != trace.size:
        return False
    with translated_errors(path):
        return int.from_bytes(hash_file(path), "big") == trace.content
