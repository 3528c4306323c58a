"""choose: of all that is told of each node, the newest that the outputs which are here agree with.

A trace says what an output was made of. Where the file that is here has the recorded content, that is true of it,
whoever made it and wherever; where it has another content, or is not here, the trace says nothing of it.
"""

from __future__ import annotations

import os
import stat
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.storage.columns import int64_column, shown_table, uint64_column
from assetmake.storage.hashing import hash_file
from assetmake.storage.paths import encode_key, write_stem
from assetmake.storage.places import HAS_FILE, IS_UNSEEN, read_place
from assetmake.storage.refreshing import is_settled
from assetmake.storage.rows import fetch_row, join_halves, split_halves

if TYPE_CHECKING:
    import duckdb

UNKNOWN_MTIME, UNKNOWN_INODE = -1, 0
"""No file has these: it is read the first time that a plan looks at it."""
OWN = -1
"""The number of a trace that the state had before."""
BATCH = 20_000
_NEWEST_FIRST = "built_at desc, revision desc, (invalidated is not null) desc, number"

Progress = Callable[[int, int], None]
"""Is told how many outputs were looked at, of how many."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where outputs are.

    Attributes:
        root: The folder of our own.
        project: What the places of others are relative to.
    """

    root: Path
    project: Path


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trace, as far as it tells of a file; mtime and inode where this machine recorded them."""

    number: int
    path: str
    size: int
    content: int
    mtime: int | None
    inode: int | None


@dataclass(slots=True)
class Files:
    """The files of outputs, each read at most once."""

    folders: Folders
    _contents: dict[str, int] = field(default_factory=dict)

    def find(self, name: str, key: str | None, suffix: str | None, place: str | None) -> str:
        """Return the path of a node's file."""
        if place is not None:
            return read_place(place, str(self.folders.project))
        stem = write_stem(str(self.folders.root), AssetKey.from_user_string(name).parts)
        return f"{stem}{suffix}" if key is None else f"{stem}{os.sep}{encode_key(key)}{suffix}"

    def holds(self, candidate: Candidate) -> tuple[int, int] | None:
        """Return mtime and inode of a file that is what a trace says, None where it is not, or is not there.

        They are those of no file where stat cannot vouch for it yet.
        """
        try:
            seen = os.stat(candidate.path)
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(seen.st_mode) or seen.st_size != candidate.size:
            return None
        found = seen.st_mtime_ns, seen.st_ino
        if found == (candidate.mtime, candidate.inode):
            return found
        now = clock.now_ns()
        content = self._read(candidate.path)
        if content != candidate.content:
            return None
        try:
            is_known = is_settled(seen, os.stat(candidate.path), now=now)
        except OSError:
            return None
        return found if is_known else (UNKNOWN_MTIME, UNKNOWN_INODE)

    def is_here(self, path: str) -> bool:
        return os.path.lexists(path)

    def _read(self, path: str) -> int | None:
        if path not in self._contents:
            try:
                content = int.from_bytes(hash_file(Path(path)), "big")
            except OSError:
                return None
            self._contents[path] = content
        return self._contents[path]


@dataclass(frozen=True, slots=True)
class Choice:
    """What became of the nodes that files tell of; checks count for themselves.

    Attributes:
        taken: Nodes whose trace is news to the state.
        kept: Nodes of which the state has that trace, or a newer one, already.
        missing: Nodes whose output is not here.
        different: Nodes whose output is here, and is not what any trace says.
        unseen: Nodes among those taken whose output nobody can look at.
        checks: Nodes of checks whose trace is news to the state.
    """

    taken: int
    kept: int
    missing: int
    different: int
    unseen: int
    checks: int = 0


def list_own(db: duckdb.DuckDBPyConnection) -> None:
    """Note what the state has of the nodes that were read; inside a block of the state."""
    db.execute(
        "create or replace temp table own_nodes as select a.key as name, t.part, t.key, t.suffix, t.place, t.size,"
        " t.content, t.built_at, t.revision, t.invalidated, t.run, t.verdict,"
        # Where a build may have replaced the output without a trace of it, its bytes decide.
        " case when c.part is null then t.mtime end as mtime, case when c.part is null then t.inode end as inode"
        " from state.traces t join state.assets a on a.id = t.asset"
        " left join (select distinct asset, part from state.claims) c on c.asset = t.asset and c.part = t.part"
        " semi join come_nodes n on n.name = a.key and n.part = t.part"
    )
    db.execute(
        "create or replace temp table unsure_nodes as select distinct a.key as name, c.part from state.claims c"
        " join state.assets a on a.id = c.asset"
    )


def choose(
    db: duckdb.DuckDBPyConnection, folders: Folders | None, *, is_strict: bool, progress: Progress = lambda *_: None
) -> Choice:
    """Find the trace of each node that is to stand; those that were read and are chosen are in `chosen_nodes` then.

    Args:
        db: Where files were read, and what the state has was noted.
        folders: Where outputs are; None where none are at hand.
        is_strict: Choose nothing for a node whose output is not here; else the newest.
        progress: Is told how far it is.
    """
    _rank(db)
    db.execute("create or replace temp table chosen_nodes (told_number bigint, mtime bigint, inode ubigint)")
    files = None if folders is None else Files(folders)
    if is_strict or files is not None:
        _choose_seen(db, files, is_strict=is_strict, progress=progress)
    if not is_strict:
        _add_chosen(db, "rank = 1")
    return _count(db, files)


def _rank(db: duckdb.DuckDBPyConnection) -> None:
    """Put all that is told of each node in order, the newest first; what two files tell alike counts once."""
    told = "name, part, key, suffix, place, size, content, built_at, revision, invalidated, run, verdict"
    db.execute(
        "create or replace temp table ranked_nodes as with told as ("
        f"  select {OWN} as number, {told}, mtime, inode from own_nodes"
        f"  union all select min(number), {told}, null, null from"
        "   (select come_nodes.* from come_nodes left join unsure_nodes u using (name, part)"
        f"    where not ({IS_UNSEEN} and u.part is not null))"
        f"  group by {told}, fingerprint, inputs, data)"
        " select row_number() over () as told_number, * from"
        f" (select *, row_number() over (partition by name, part order by {_NEWEST_FIRST}) as rank,"
        "  count(*) over (partition by name, part) as rivals from told)"
    )


def _choose_seen(db: duckdb.DuckDBPyConnection, files: Files | None, *, is_strict: bool, progress: Progress) -> None:
    (most,) = fetch_row(db, "select coalesce(max(rank), 0) from ranked_nodes") or (0,)
    for rank in range(1, most + 1):
        # Where nothing has to agree, a node of which only one thing is told needs no look.
        wanted = f"rank = {rank}" if is_strict else f"rank = {rank} and rivals > 1"
        if files is not None:
            _look(db, files, f"{wanted} and {HAS_FILE}", progress)
        _add_chosen(db, f"{wanted} and not {HAS_FILE}")


def _add_chosen(db: duckdb.DuckDBPyConnection, condition: str) -> None:
    """Choose, without a look at a file, what no other was chosen for."""
    db.execute(f"insert into chosen_nodes select told_number, 0, 0 from {_UNDECIDED} where {condition}")


_UNDECIDED = (
    "(from ranked_nodes r anti join (select name, part from ranked_nodes semi join chosen_nodes using (told_number))"
    " c on c.name = r.name and c.part = r.part)"
)


def _look(db: duckdb.DuckDBPyConnection, files: Files, condition: str, progress: Progress) -> None:
    db.execute(
        "create or replace temp table looked_at as select row_number() over () as line, told_number as number,"
        f" name, key, suffix, place, size, content, mtime, inode from {_UNDECIDED} where {condition}"
    )
    (total,) = fetch_row(db, "select count(*) from looked_at") or (0,)
    for first in range(1, total + 1, BATCH):
        progress(first - 1, total)
        places, mtimes, inodes = array("q"), array("q"), array("Q")
        for candidate in read_candidates(db, files, "looked_at", first):
            found = files.holds(candidate)
            if found is not None:
                places.append(candidate.number)
                mtimes.append(found[0])
                inodes.append(found[1])
        table = {"place": int64_column(places), "mtime": int64_column(mtimes), "inode": uint64_column(inodes)}
        if places:
            with shown_table(db, "agreeing", table):
                db.execute("insert into chosen_nodes select place, mtime, inode from agreeing")


def read_candidates(db: duckdb.DuckDBPyConnection, files: Files, table: str, first: int) -> Iterator[Candidate]:
    """Yield the traces of `BATCH` lines of a table, from a line on."""
    rows = db.execute(
        f"select number, name, key, suffix, place, size, mtime, inode, {split_halves('content')} from {table}"
        " where line between ? and ? order by line",
        [first, first + BATCH - 1],
    ).fetchall()
    for number, name, key, suffix, place, size, mtime, inode, high, low in rows:
        yield Candidate(number, files.find(name, key, suffix, place), size, join_halves(high, low), mtime, inode)


def _count(db: duckdb.DuckDBPyConnection, files: Files | None) -> Choice:
    db.execute(
        "create or replace temp table chosen_numbers as select r.number, r.name, r.part, r.place, r.size, r.verdict,"
        " c.mtime, c.inode from ranked_nodes r join chosen_nodes c using (told_number)"
    )
    is_news = f"number <> {OWN}"
    taken, kept, unseen, checks = fetch_row(
        db,
        f"select count(*) filter ({is_news} and verdict is null), count(*) filter (number = {OWN} and verdict is null),"
        f" count(*) filter ({is_news} and {IS_UNSEEN}), count(*) filter ({is_news} and verdict is not null)"
        " from chosen_numbers",
    ) or (0, 0, 0, 0)
    left = db.execute(
        "select name, key, suffix, place from ranked_nodes r where rank = 1"
        " and not exists (from chosen_numbers c where c.name = r.name and c.part = r.part)"
    )
    total = here = 0
    while rows := left.fetchmany(BATCH):
        total += len(rows)
        here += 0 if files is None else sum(files.is_here(files.find(*row)) for row in rows)
    return Choice(taken, kept, missing=total - here, different=here, unseen=unseen, checks=checks)
