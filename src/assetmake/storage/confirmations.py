"""Confirmations: what IO managers of the user's said of outputs that no file of ours shows: whether they are there.

What is in a database may be gone while its file is there, and only who keeps it can tell. An answer holds while the
file that it is in is the very same, so it is kept beside the manifest; losing it costs another question.

Functions that take a connection want that of an open `State` block.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assetmake.clock import RACY_NANOSECONDS
from assetmake.storage.cache_files import read_cache, write_cache
from assetmake.storage.places import ANY_SIZE, FOUND

if TYPE_CHECKING:
    import duckdb

_JOURNALS = (".wal", "-wal", "-journal")
"""What an embedded database writes beside its file before it writes into it."""
_NOTHING = (-1, -1, -1, -1)
_FORM = "1"
_CAN_BE_ASKED = f"t.content = {FOUND} and t.place is not null and (t.place = '' or t.size = {ANY_SIZE})"
_IS_WANTED = "join state.assets a on a.id = t.asset where a.key in (select unnest(?::varchar[]))"

Sight = tuple[int, ...]
"""What stat said of a file and of what a database writes beside it, in one row of numbers."""


@dataclass(slots=True)
class Confirmations:
    """What was answered the last time.

    Attributes:
        missing: Of each asset the nodes that are gone, each with the revision of the trace that tells of it.
        sights: Of the files that answers rest on: how they were right before the question.
    """

    missing: dict[str, dict[int, int]] = field(default_factory=dict)
    sights: dict[str, Sight] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Askable:
    """The nodes of an asset that its IO manager said were there when it had kept them.

    Attributes:
        digest: Another one where they are others, or were made again.
        places: What they are in, as it is recorded; empty where nobody knows.
    """

    digest: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered of one asset.

    Attributes:
        question: What stands for all that was asked.
        sights: Of the files that it rests on, by path.
        missing: Part and revision of each node that is gone.
    """

    question: str
    sights: Mapping[str, Sight]
    missing: Sequence[tuple[int, int]] = ()


def find_askable(db: duckdb.DuckDBPyConnection, assets: Collection[str]) -> dict[str, Askable]:
    """Return which of some assets have nodes that can be asked for, by name."""
    rows = db.execute(
        "select a.key, count(*), bit_xor(hash(t.part, t.revision, t.run)), list(distinct t.place) from state.traces t"
        f" {_IS_WANTED} and {_CAN_BE_ASKED} group by a.key",
        [list(assets)],
    ).fetchall()
    return {name: Askable(f"{count} {digest}", tuple(sorted(places))) for name, count, digest, places in rows}


def read_askable(db: duckdb.DuckDBPyConnection, asset: str) -> list[tuple[int, str | None, int]]:
    """Return the nodes of an asset that can be asked for: part, key and revision."""
    rows: list[tuple[int, str | None, int]] = db.execute(
        f"select t.part, t.key, t.revision from state.traces t {_IS_WANTED} and {_CAN_BE_ASKED} order by t.key",
        [[asset]],
    ).fetchall()
    return rows


def list_journals(path: str) -> list[str]:
    """Return the files beside a file in which an embedded database may have what is not in it yet."""
    return [path + name for name in _JOURNALS]


def see_place(path: str) -> Sight | None:
    """Return how a file is; None where it is none, so that nothing it says tells whether what is in there moved."""
    try:
        seen = os.stat(path)
    except OSError:
        return None
    if not stat.S_ISREG(seen.st_mode):
        return None
    found = _list_numbers(seen)
    for journal in list_journals(path):
        try:
            found += _list_numbers(os.stat(journal))
        except OSError:
            found += _NOTHING
    return found


def is_settled(sight: Sight, *, now: int) -> bool:
    """Tell whether a change from now on would be seen; one that comes right after another may look the same."""
    return max(*sight[1::4], *sight[2::4]) + RACY_NANOSECONDS < now


def read_answers(path: Path) -> dict[str, Answer]:
    """Return the answers that are kept, by asset."""
    kept = read_cache(path, key=_FORM)
    return {
        name: Answer(
            question,
            {place: tuple(sight) for place, sight in sights.items()},
            tuple((part, revision) for part, revision in missing),
        )
        for name, (question, sights, missing) in (kept or {}).items()
    }


def keep_answers(path: Path, answers: Mapping[str, Answer]) -> None:
    """Keep answers; where they cannot be written, nothing is."""
    content = {name: [each.question, each.sights, each.missing] for name, each in answers.items()}
    write_cache(path, content, key=_FORM)


def find_missing(db: duckdb.DuckDBPyConnection, missing: Mapping[str, Mapping[int, int]], asset: str) -> list[int]:
    """Return the nodes of an asset that are gone, and were not made again since that was said."""
    told = missing.get(asset, {})
    rows = db.execute(
        f"select t.part, t.revision from state.traces t {_IS_WANTED} and t.part in (select unnest(?::bigint[]))",
        [[asset], list(told)],
    ).fetchall()
    return [part for part, revision in rows if told[part] == revision]


def _list_numbers(seen: os.stat_result) -> tuple[int, ...]:
    return seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino
