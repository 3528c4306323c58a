"""Confirmations: what IO managers of the user's said of outputs that no file of ours shows: whether they are there.

What is in a database may be gone while its file is there, and only who keeps it can tell. An answer holds while the
file that it is in is the very same, so it is kept beside the manifest; losing it costs another question.

Functions that take a connection want that of an open `State` block.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assetmake.clock import RACY_NANOSECONDS
from assetmake.storage.cache_files import read_cache, write_cache
from assetmake.storage.columns import int32_column, int64_column, shown_table, text_column
from assetmake.storage.places import ANY_SIZE, FOUND

if TYPE_CHECKING:
    import duckdb

_JOURNALS = (".wal", "-wal", "-journal")
"""What an embedded database writes beside its file before it writes into it."""
_NOTHING = (-1, -1, -1, -1)
_FORM = "1"
_CAN_BE_ASKED = f"t.content = {FOUND} and t.place is not null and (t.place = '' or t.size = {ANY_SIZE})"
_IS_ASKED = (
    "join state.assets a on a.id = t.asset join asked w on w.name = a.key and t.part between w.first and w.last"
    " and (t.part::hugeint - w.first) % w.step = 0 and (t.key is null) = (w.single = 1)"
)
_LEAST, _MOST = -(2**63), 2**63 - 1
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


@contextmanager
def asking_for(
    db: duckdb.DuckDBPyConnection, assets: Mapping[str, Sequence[int] | None], single: Collection[str]
) -> Iterator[None]:
    """Name the nodes that are asked for in the block: of what was kept of former partitions no manager can tell.

    Args:
        db: The connection.
        assets: By name, the parts that there are; None: all that are recorded.
        single: The assets among them that have no partitions.
    """
    rows = [(name, *span) for name, parts in assets.items() for span in _list_spans(parts)]
    names, firsts, lasts, steps = zip(*rows, strict=True) if rows else ((), (), (), ())
    table = {
        "name": text_column(names),
        "first": int64_column(firsts),
        "last": int64_column(lasts),
        "step": int64_column(steps),
        "single": int32_column(int(name in single) for name in names),
    }
    with shown_table(db, "asked", table):
        yield


def _list_spans(parts: Sequence[int] | None) -> Iterator[tuple[int, int, int]]:
    match parts:
        case None:
            yield _LEAST, _MOST, 1
        case range():
            yield parts.start, parts.stop - 1, parts.step
        case _:
            yield from ((part, part, 1) for part in parts)


def find_askable(db: duckdb.DuckDBPyConnection) -> dict[str, Askable]:
    """Return which assets have nodes that can be asked for, by name; inside `asking_for`."""
    rows = db.execute(
        "select a.key, count(*), bit_xor(hash(t.part, t.revision, t.run)), list(distinct t.place) from state.traces t"
        f" {_IS_ASKED} and {_CAN_BE_ASKED} group by a.key"
    ).fetchall()
    return {name: Askable(f"{count} {digest}", tuple(sorted(places))) for name, count, digest, places in rows}


def read_askable(db: duckdb.DuckDBPyConnection, asset: str) -> list[tuple[int, str | None, int]]:
    """Return the nodes of an asset that can be asked for: part, key and revision; inside `asking_for`."""
    rows: list[tuple[int, str | None, int]] = db.execute(
        f"select t.part, t.key, t.revision from state.traces t {_IS_ASKED} and {_CAN_BE_ASKED}"
        " where a.key = ? order by t.key",
        [asset],
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
