"""Sets of dynamic partition keys in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assetmake.planning.partition_sets import Added, PartitionSet
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.table import Cell, align
from assetmake.reporting.words import shorten

_SHOWN = 5


def list_sets(sets: Sequence[PartitionSet], *, paint: Paint = PLAIN) -> list[str]:
    """Return a line for each set: its name, how many keys it has, what it partitions."""
    if not sets:
        return ["no dynamic partitions: no asset has a DynamicPartitionsDefinition with a name"]
    rows = [
        [
            Cell(display(each.name), "bold"),
            Cell(count(each.count, "key")),
            Cell(_tell_users(each), "dim" if each.users else "yellow"),
        ]
        for each in sets
    ]
    return align(rows, paint=paint, right={1})


def tell_added(name: str, done: Added) -> Iterator[str]:
    """Return what was added, and what was there already."""
    if done.added:
        yield f"added {count(len(done.added), 'key')} to {display(name)}: {_shorten(done.added)}"
    if done.known:
        verb = "was" if len(done.known) == 1 else "were"
        yield f"{count(len(done.known), 'key')} {verb} there already: {_shorten(done.known)}"


def tell_removed(name: str, keys: Sequence[str]) -> Iterator[str]:
    """Return what was removed, and what became of what was built of it."""
    yield f"removed {count(len(keys), 'key')} from {display(name)}: {_shorten(keys)}"
    yield "what was built of it is no longer in the project: assetmake gc lists and removes it"


def _tell_users(each: PartitionSet) -> str:
    return shorten([display(str(key)) for key in each.users]) or "no definition has this name"


def _shorten(keys: Sequence[str]) -> str:
    return shorten([display(key) for key in keys[:_SHOWN]] + ["" for _ in keys[_SHOWN:]], _SHOWN)
