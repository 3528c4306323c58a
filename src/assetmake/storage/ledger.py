"""The rows of the state: traces, failures, claims and what was seen of source files.

Every function takes the connection of an open `State` block. Rows come in batches.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from typing import TYPE_CHECKING

from assetmake.storage.columns import (
    JOIN_HALVES,
    Columns,
    float32_column,
    halves_columns,
    int32_column,
    int64_column,
    shown_table,
    text_column,
    uint64_column,
    uint64_lists_column,
)
from assetmake.storage.fingerprints import FingerprintRow, intern_assets, intern_fingerprints
from assetmake.storage.rows import fetch_row, join_halves, split_halves
from assetmake.storage.run_records import RunRow
from assetmake.storage.texts import escape_text, read_path

if TYPE_CHECKING:
    import duckdb

DEAD = ""
"""The run of a claim that only says: a build which died may have replaced this output."""
_FEW_BEGINNINGS = 30
"""Each costs a comparison for each row; a row costs as much to fetch as some hundred comparisons."""
_SAME_NODE = "old.asset = batch.asset and old.part = batch.part"
_LOW = (1 << 64) - 1
_OUTPUT_COLUMNS = (
    "data",
    "suffix",
    "size",
    "mtime",
    "inode",
    "content",
    "rows",
    "metadata",
    "changed",
    "place",
)
"""What a trace says of an output, and of nothing else."""


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One successful build of one node; hashes are 128-bit numbers.

    Attributes:
        inputs: One digest for each upstream, in the order of the asset's dependencies.
        data: Hash of the partition and of what it holds; what downstream compares.
        suffix: What follows the encoded name of the output file; None where nothing is stored.
        size, mtime, inode: The published file, as stat saw it; mtime in nanoseconds.
        content: Hash of the file's bytes.
        seconds: How long the node ran.
        metadata: A JSON object.
        undeclared: Project files that it read without declaring them.
        verdict: What a check found; None for an asset.
        place: Where an IO manager of the user's keeps it: a file, relative to the project where it is in there; empty
            where nobody knows of one; None where none of theirs does. Size and so on are that file's; where it only has
            to be there, the size is `ANY_SIZE`. The content is `FOUND` where no bytes tell, and the manager can.
        stands: The output is that of the row before, of which all stays but what it was made of.
    """

    asset: str
    part: int
    key: str | None
    fingerprint: FingerprintRow
    inputs: tuple[int, ...]
    data: int
    suffix: str | None
    size: int
    mtime: int
    inode: int
    content: int
    seconds: float
    rows: int | None
    metadata: str | None
    undeclared: tuple[str, ...] = ()
    verdict: str | None = None
    place: str | None = None
    stands: bool = False


@dataclass(frozen=True, slots=True)
class FailureRow:
    """The last attempt at a node, which failed; a success takes the row away."""

    asset: str
    part: int
    key: str | None
    message: str
    log: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source file's content as seen at `seen_at` (nanoseconds since 1970)."""

    path: str
    size: int
    mtime: int
    inode: int
    content: int
    seen_at: int


@dataclass(frozen=True, slots=True)
class Holding:
    """A living run, and how many of some nodes it claims, by the names of assets."""

    run: RunRow
    nodes: dict[str, int]


def record_traces(db: duckdb.DuckDBPyConnection, rows: Sequence[TraceRow], *, run: str, built_at: datetime) -> None:
    """Put the rows in the place of older ones of the same nodes; their failures, claims and suspicions are gone."""
    if not rows:
        return
    db.execute("update state.meta set revision = revision + 1")
    assets = intern_assets(db, _name_all(rows))
    fingerprints = intern_fingerprints(db, {(assets[row.asset], row.fingerprint) for row in rows}, assets)
    table = {
        "asset": int32_column([assets[row.asset] for row in rows]),
        "part": int64_column([row.part for row in rows]),
        "key": text_column([row.key for row in rows]),
        "fingerprint": int32_column([fingerprints[assets[row.asset], row.fingerprint.identity] for row in rows]),
        "inputs_hi": uint64_lists_column([[n >> 64 for n in row.inputs] for row in rows]),
        "inputs_lo": uint64_lists_column([[n & _LOW for n in row.inputs] for row in rows]),
        **halves_columns([row.data for row in rows], "data_"),
        "suffix": text_column([row.suffix for row in rows]),
        "size": int64_column([row.size for row in rows]),
        "mtime": int64_column([row.mtime for row in rows]),
        "inode": uint64_column([row.inode for row in rows]),
        **halves_columns([row.content for row in rows], "content_"),
        "seconds": float32_column([row.seconds for row in rows]),
        "rows": int64_column([row.rows for row in rows]),
        "metadata": text_column([row.metadata for row in rows]),
        "undeclared": text_column([json.dumps(row.undeclared) if row.undeclared else None for row in rows]),
        "verdict": text_column([row.verdict for row in rows]),
        "place": text_column([row.place for row in rows]),
    }
    with shown_table(db, "batch", table):
        db.execute(
            "create or replace temp table known as select old.asset, old.part, old.data, old.changed"
            f" from state.traces old join batch on {_SAME_NODE}"
        )
        standing = [(assets[row.asset], row.part) for row in rows if row.stands]
        _set_aside_outputs(db, standing)
        for old in ("traces", "failures"):
            db.execute(f"delete from state.{old} old using batch where {_SAME_NODE}")
        db.execute(f"delete from state.claims old using batch where {_SAME_NODE} and old.run in (?, ?)", [run, DEAD])
        inputs = JOIN_HALVES.format(hi="pair[1]", lo="pair[2]")
        db.execute(
            f"with made as (select *, {JOIN_HALVES.format(hi='data_hi', lo='data_lo')} as data,"
            " (select revision from state.meta) as revision from batch)"
            " insert into state.traces select asset, part, key, fingerprint,"
            f" list_transform(list_zip(inputs_hi, inputs_lo), lambda pair: {inputs}), made.data,"
            f" suffix, size, mtime, inode, {JOIN_HALVES.format(hi='content_hi', lo='content_lo')},"
            " $run, $built_at, seconds, rows, metadata, revision,"
            " case when known.data = made.data then known.changed else revision end,"
            " undeclared, null, verdict, place from made left join known using (asset, part)",
            {"run": run, "built_at": _utc(built_at)},
        )
        if standing:
            kept = ", ".join(f"{name} = old.{name}" for name in _OUTPUT_COLUMNS)
            db.execute(
                f"update state.traces t set {kept} from stood old where old.asset = t.asset and old.part = t.part"
            )
            db.execute("drop table stood")
        db.execute("drop table known")


def _set_aside_outputs(db: duckdb.DuckDBPyConnection, nodes: Sequence[tuple[int, int]]) -> None:
    """Copy what is recorded of outputs that stay into the table `stood`, before its rows are replaced."""
    if not nodes:
        return
    table = {"asset": int32_column([asset for asset, _ in nodes]), "part": int64_column([part for _, part in nodes])}
    with shown_table(db, "standing", table):
        db.execute(
            f"create or replace temp table stood as select asset, part, {', '.join(_OUTPUT_COLUMNS)}"
            " from state.traces semi join standing using (asset, part)"
        )


def _name_all(rows: Iterable[TraceRow]) -> Iterator[str]:
    for row in rows:
        yield row.asset
        yield from row.fingerprint.upstreams


def record_failures(
    db: duckdb.DuckDBPyConnection, rows: Sequence[FailureRow], *, run: str, failed_at: datetime
) -> None:
    """Keep each node's last failure and give up the run's claim; its trace, and the output behind it, stand."""
    if not rows:
        return
    assets = intern_assets(db, (row.asset for row in rows))
    table = {
        "asset": int32_column([assets[row.asset] for row in rows]),
        "part": int64_column([row.part for row in rows]),
        "key": text_column([row.key for row in rows]),
        "message": text_column([row.message for row in rows]),
        "log": text_column([row.log for row in rows]),
    }
    with shown_table(db, "batch", table):
        db.execute(f"delete from state.failures old using batch where {_SAME_NODE}")
        db.execute(f"delete from state.claims old using batch where {_SAME_NODE} and old.run = ?", [run])
        db.execute(
            "insert into state.failures select asset, part, key, $run, $failed_at, message, log from batch",
            {"run": run, "failed_at": _utc(failed_at)},
        )


def forget_failures(
    db: duckdb.DuckDBPyConnection, nodes: Mapping[str, Collection[int]], *, until: datetime
) -> dict[str, tuple[str, ...]]:
    """Forget the last failures of nodes, as far as they are no later than a time; return the keys of those nodes."""
    assets = intern_assets(db, nodes)
    pairs = [(assets[name], part) for name, parts in nodes.items() for part in sorted(parts)]
    table = {"asset": int32_column([asset for asset, _ in pairs]), "part": int64_column([part for _, part in pairs])}
    found: dict[str, tuple[str, ...]] = {}
    with shown_table(db, "batch", table):
        for name, key in db.execute(
            "select a.key, old.key from state.failures old semi join batch using (asset, part)"
            " join state.assets a on a.id = old.asset where old.failed_at <= ? order by a.key, old.part",
            [_utc(until)],
        ).fetchall():
            found[name] = (*found.get(name, ()), key or "")
        db.execute(
            f"delete from state.failures old using batch where {_SAME_NODE} and old.failed_at <= ?", [_utc(until)]
        )
    return found


def claim(
    db: duckdb.DuckDBPyConnection, run: str, wanted: Mapping[str, Sequence[int]], *, alive: set[str]
) -> dict[str, set[int]]:
    """Claim nodes for a run, except those that another living run holds.

    What a dead run had claimed is free, and stays suspect until it is built: the dead run may have replaced its output
    without a trace.

    Args:
        db: A connection inside a writing block.
        run: The claiming run.
        wanted: Parts for each asset.
        alive: Runs that are alive.

    Returns:
        The nodes that were not to be had, by asset.
    """
    assets = intern_assets(db, wanted)
    names = {number: key for key, number in assets.items()}
    _suspect_the_dead(db, alive | {run})
    with shown_table(db, "wanted", _tabulate({assets[key]: parts for key, parts in wanted.items()})):
        held = db.execute(
            "select asset, part from state.claims semi join wanted using (asset, part) where run not in (?, ?)",
            [run, DEAD],
        ).fetchall()
        db.execute(
            "insert into state.claims select $run, asset, part from wanted"
            " anti join (from state.claims where run <> $dead) using (asset, part)",
            {"run": run, "dead": DEAD},
        )
    taken: dict[str, set[int]] = {}
    for number, part in held:
        taken.setdefault(names[number], set()).add(part)
    return taken


def _suspect_the_dead(db: duckdb.DuckDBPyConnection, alive: set[str]) -> None:
    """Turn the claims of dead runs into suspicions; a node without a trace is missing anyway and needs none."""
    db.execute(
        "create or replace temp table suspects as select distinct asset, part from state.claims"
        " semi join state.traces using (asset, part) where not list_contains(?, run)",
        [sorted(alive)],
    )
    db.execute("delete from state.claims where not list_contains(?, run)", [sorted(alive)])
    db.execute("insert into state.claims select ?, asset, part from suspects", [DEAD])
    db.execute("drop table suspects")


def list_abandoned(db: duckdb.DuckDBPyConnection, *, alive: set[str]) -> list[str]:
    """Return the assets of which builds that died still claim nodes."""
    rows = db.execute(
        "select distinct a.key from state.claims c join state.assets a on a.id = c.asset"
        " where not list_contains(?, c.run)",
        [sorted({*alive, DEAD})],
    ).fetchall()
    return [row[0] for row in rows]


def is_claimed(db: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether any run, living or dead, claims a node."""
    row = fetch_row(db, "select count(*) from state.claims")
    return row is not None and row[0] > 0


def read_revision(db: duckdb.DuckDBPyConnection) -> int:
    """Return a number that grows with every batch of traces: a plan is still good while it stays."""
    row = fetch_row(db, "select revision from state.meta")
    return int(row[0]) if row else 0


def list_holders(
    db: duckdb.DuckDBPyConnection, run: str, wanted: Mapping[str, Sequence[int]], *, alive: set[str]
) -> list[Holding]:
    """Return the other living runs that hold any of the wanted nodes, with those, the oldest first."""
    assets: dict[str, int] = dict(db.execute("select key, id from state.assets").fetchall())
    known = {assets[key]: key for key in wanted if key in assets}
    with shown_table(db, "wanted", _tabulate({number: wanted[key] for number, key in known.items()})):
        rows = db.execute(
            "select r.id, r.started_at, r.command, r.pid, r.host, c.asset, count(*) from state.claims c"
            " semi join wanted using (asset, part) join state.runs r on r.id = c.run"
            " where c.run <> ? and list_contains(?, c.run) group by all order by r.started_at, r.id, c.asset",
            [run, sorted(alive)],
        ).fetchall()
    found: dict[str, Holding] = {}
    for number, at, command, pid, host, asset, count in rows:
        holder = found.setdefault(number, Holding(RunRow(number, at.replace(tzinfo=UTC), command, pid, host), {}))
        holder.nodes[known[asset]] = count
    return list(found.values())


def read_sources(db: duckdb.DuckDBPyConnection, beginnings: Sequence[str] | None = None) -> dict[str, SourceRow]:
    """Return what was last seen of source files, by path.

    Args:
        db: A connection inside a block.
        beginnings: Only files whose path begins with one of these are wanted, others may come too; None: all.
    """
    chosen, parameters = "", []
    if beginnings is not None and len(beginnings) <= _FEW_BEGINNINGS:
        chosen = " semi join (select unnest(?::varchar[]) as beginning) on starts_with(path, beginning)"
        parameters = [[escape_text(each) for each in beginnings]]
    rows = db.execute(
        f"select path, size, mtime, inode, {split_halves('content')}, seen_at from state.sources{chosen}", parameters
    ).fetchall()
    return {
        path: SourceRow(path, size, mtime, inode, join_halves(high, low), seen_at)
        for path, size, mtime, inode, high, low, seen_at in ((read_path(path), *rest) for path, *rest in rows)
    }


def record_sources(db: duckdb.DuckDBPyConnection, rows: Sequence[SourceRow]) -> None:
    """Keep what was seen of source files in the place of what was seen before."""
    if not rows:
        return
    table = {
        "path": text_column([row.path for row in rows]),
        "size": int64_column([row.size for row in rows]),
        "mtime": int64_column([row.mtime for row in rows]),
        "inode": uint64_column([row.inode for row in rows]),
        **halves_columns([row.content for row in rows], "content_"),
        "seen_at": int64_column([row.seen_at for row in rows]),
    }
    with shown_table(db, "seen", table):
        db.execute("update state.meta set revision = revision + 1")
        db.execute(
            "create or replace temp table known as select old.path, old.content, old.changed"
            " from state.sources old semi join seen on old.path = seen.path"
        )
        db.execute("delete from state.sources old using seen where old.path = seen.path")
        db.execute(
            f"with now as (select *, {JOIN_HALVES.format(hi='content_hi', lo='content_lo')} as content from seen)"
            " insert into state.sources select now.path, size, mtime, inode, now.content, seen_at,"
            " case when known.content = now.content then known.changed else (select revision from state.meta) end"
            " from now left join known on known.path = now.path"
        )


def _tabulate(parts: Mapping[int, Sequence[int]]) -> Columns:
    assets, all_parts = array("i"), array("q")
    for asset, own in parts.items():
        assets.extend(repeat(asset, len(own)))
        all_parts.extend(own)
    return {"asset": int32_column(assets), "part": int64_column(all_parts)}


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
