"""Orphans - what was built and is no longer in the project - in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from assetmake.planning.orphans import Garbage, Orphans
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.preview import tell_size
from assetmake.reporting.table import Cell, align
from assetmake.reporting.words import shorten

_SHOWN = 5


def tell_orphans(orphans: Sequence[Orphans]) -> Iterator[str]:
    """Return one line where there are any; old answers of checks, which take no room, are nothing to hear of."""
    orphans = [each for each in orphans if not each.is_check]
    if orphans:
        nodes = sum(each.nodes for each in orphans)
        verb = "is" if nodes == 1 else "are"
        named = shorten([_name(each) for each in orphans], _SHOWN)
        yield (
            f"orphans: {count(nodes, 'node')} of {count(len(orphans), 'asset')} {verb} no longer in the project"
            f" ({named}); assetmake gc lists and removes them"
        )


def list_garbage(
    orphans: Sequence[Orphans], garbage: Garbage, *, is_removed: bool, paint: Paint = PLAIN
) -> Iterator[str]:
    """Return a line for each asset that has orphans, and one that sums up.

    Args:
        orphans: By asset.
        garbage: Their outputs.
        is_removed: They were removed just now.
        paint: Colours.
    """
    if garbage.logs:
        told = "removed" if is_removed else "to remove with assetmake gc --yes:"
        yield f"{told} logs of {count(len(garbage.logs), 'run')} long ago, in which nothing was built last"
    if not orphans:
        if not garbage.logs:
            yield "nothing to collect: all that was built is in the project"
        return
    rows = [
        [
            Cell(display(each.asset), "bold"),
            Cell(count(each.nodes, "node")),
            Cell(tell_size(garbage.sizes.get(each.asset, 0))),
            Cell(shorten([display(key) for key in each.keys]), "dim"),
        ]
        for each in orphans
    ]
    yield from align(rows, paint=paint, right={1, 2})
    total = f"{count(len(garbage.files), 'file')}, {tell_size(sum(garbage.files.values()))}"
    if is_removed:
        yield f"removed {count(len(garbage.nodes), 'node')}: {total}"
    elif not garbage.nodes:
        yield "nothing of it can be removed"
    else:
        yield f"{total} to remove: assetmake gc --yes"


def list_kept(garbage: Garbage, *, root: Path) -> Iterator[str]:
    """Return a line for each file that stays, up to a number."""
    for path, reason in islice(garbage.kept.items(), _SHOWN):
        yield f"left alone: {display(name_file(path, root=root))}: {reason}"
    if len(garbage.kept) > _SHOWN:
        yield f"left alone: {len(garbage.kept) - _SHOWN:,} more"


def name_file(path: Path, *, root: Path) -> str:
    """Return a file as a person names it: relative to the project where it is inside."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _name(orphans: Orphans) -> str:
    return display(f"{orphans.asset}@{shorten(orphans.keys)}" if orphans.keys else orphans.asset)
