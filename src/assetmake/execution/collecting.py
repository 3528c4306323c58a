"""Collecting: the outputs of orphans are looked at, and removed where they are what was recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.execution.claims import refuse_held
from assetmake.execution.old_logs import find_old_logs, remove_old_logs
from assetmake.execution.site import Site
from assetmake.planning.orphans import Garbage, Orphans, OrphanTrace, find_orphans, find_owner, read_orphan_traces
from assetmake.planning.view import View
from assetmake.storage.attempts import trim_attempts
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


def collect_orphans(
    site: Site, db: Database, view: View, *, is_whole: bool, read: Collection[Path], remove: bool
) -> tuple[list[Orphans], Garbage]:
    """Return what was built and is no longer in the project, and what its outputs are.

    Args:
        site: The project.
        db: Inside a block of the state; a writing one to remove.
        view: What is recorded, and which nodes there are.
        is_whole: All modules were imported.
        read: Files that sources of the project name.
        remove: Remove the outputs that are what was recorded, and the records.

    Raises:
        LockTimeout: a living build works on some of it.
    """
    orphans, traces = find_orphans(view, site.graph, is_whole=is_whole), read_orphan_traces(view)
    garbage = find_garbage(db, traces, outputs=site.outputs, read=read)
    garbage.logs = find_old_logs(db, site.logs, now=clock.now())
    if remove:
        parts = {each.asset: [trace.part for trace in traces if trace.asset == each.asset] for each in orphans}
        refuse_held(db, parts, alive=site.runs.list_alive())
        collect(db, garbage, outputs=site.outputs)
        trim_attempts(db, now=clock.now())
        remove_old_logs(garbage.logs)
    return orphans, garbage


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
