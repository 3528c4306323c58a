"""Orphans: what was built and has no node any more - its key, its asset, or its kind of partitions is gone."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import PartitionsDefinition, format_ranges
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import AssetmakeError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.view import View
from assetmake.storage.columns import int32_column, int64_column
from assetmake.storage.rows import join_halves, split_halves

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Orphans:
    """Nodes of one asset that are no longer in the project.

    Attributes:
        asset: Its name, which may be one that is no longer in the project either.
        nodes: How many.
        keys: Their keys and ranges of keys; empty where the asset had no partitions.
        is_check: They are answers of a check, and nothing that takes room.
    """

    asset: str
    nodes: int
    keys: tuple[str, ...]
    is_check: bool = False


@dataclass(frozen=True, slots=True)
class OrphanTrace:
    """What is recorded of one such node; without an output its suffix is None."""

    asset: str
    part: int
    key: str | None
    suffix: str | None
    size: int
    mtime: int
    inode: int
    content: int


@dataclass(slots=True)
class Garbage:
    """What is left of orphans.

    Attributes:
        files: Outputs that are what was recorded, with their sizes: these can go.
        kept: Files in the place of outputs that stay, each with the reason.
        sizes: Bytes that can go, by asset.
        nodes: The nodes whose rows can go, each an asset's name and a part.
        logs: Folders of what nodes printed in runs that are long ago.
    """

    files: dict[Path, int] = field(default_factory=dict)
    kept: dict[Path, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    nodes: list[tuple[str, int]] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)


def find_orphans(view: View, graph: AssetGraph, *, is_whole: bool) -> list[Orphans]:
    """Return what is recorded of nodes that there are no more.

    Args:
        view: What is recorded, and which nodes there are.
        graph: The project.
        is_whole: All modules were imported: an asset that is not in the graph is not in the project.
    """
    _gather(view, graph, is_whole=is_whole)
    rows = view.db.execute("select name, part, key, verdict from orphans order by name, part").fetchall()
    definitions = {str(view.home(key)): view.scope.definitions[key] for key in graph.records}
    return [
        _describe(name, [row[1:3] for row in several], definitions.get(name), is_check=several[0][3] is not None)
        for name, several in ((name, list(rows)) for name, rows in groupby(rows, key=itemgetter(0)))
    ]


def read_orphan_traces(view: View) -> list[OrphanTrace]:
    """Return the traces of what `find_orphans` has found last on the same connection."""
    rows = view.db.execute(
        f"select o.name, t.part, t.key, t.suffix, t.size, t.mtime, t.inode, {split_halves('t.content')}"
        " from orphans o join state.traces t using (asset, part) order by o.name, t.part"
    ).fetchall()
    return [
        OrphanTrace(name, part, key, suffix, size, mtime, inode, join_halves(high, low))
        for name, part, key, suffix, size, mtime, inode, high, low in rows
    ]


def find_owner(db: duckdb.DuckDBPyConnection, *, size: int, mtime: int, inode: int) -> bool:
    """Tell whether a node that is no orphan has recorded this very file as its output."""
    rows = db.execute(
        "select 1 from state.traces t anti join orphans o using (asset, part)"
        " where t.inode = ? and t.size = ? and t.mtime = ? and (t.suffix is not null or t.place is not null) limit 1",
        [inode, size, mtime],
    ).fetchall()
    return bool(rows)


def _gather(view: View, graph: AssetGraph, *, is_whole: bool) -> None:
    """Fill the temporary table `orphans` (asset, name, part, key, verdict)."""
    names = {str(view.home(key)): key for key in graph.records}
    rows = view.db.execute(
        "select id, key from state.assets where id in (select distinct asset from state.traces)"
    ).fetchall()
    known = {number: names[name] for number, name in rows if name in names}
    gone = [number for number, name in rows if name not in names] if is_whole else []
    single = [number for number, key in known.items() if not view.is_partitioned(key)]
    view.db.execute(
        "create or replace temp table orphans as select t.asset, a.key as name, t.part, t.key, t.verdict"
        f" from ({' union all '.join([*_select_lost(gone, single), *_select_cut_off(view, known)])}) t"
        " join state.assets a on a.id = t.asset"
    )
    view.forget()
    renamed = _list_rekeyed(view, graph, known)
    if renamed:
        table = {
            "asset": int32_column([number for number, _ in renamed]),
            "part": int64_column([part for _, part in renamed]),
        }
        view.db.execute(
            "insert into orphans select t.asset, a.key, t.part, t.key, t.verdict from state.traces t"
            f" semi join {view.relate_table(table)} using (asset, part) join state.assets a on a.id = t.asset"
        )
        view.forget()


def _select_lost(gone: list[int], single: list[int]) -> Iterator[str]:
    columns = "asset, part, key, verdict"
    listed = ", ".join(map(str, gone)) or "null"
    yield f"select {columns} from state.traces where asset in ({listed})"
    listed = ", ".join(map(str, single)) or "null"
    yield f"select {columns} from state.traces where asset in ({listed}) and (part <> 0 or key is not null)"


def _select_cut_off(view: View, known: dict[int, AssetKey]) -> Iterator[str]:
    """Traces of partitioned assets whose part is none of theirs, or that were made when they had no partitions."""
    ranges: list[tuple[int, range]] = []
    assets, parts = array("i"), array("q")
    listed = []
    for number, key in known.items():
        if not view.is_partitioned(key):
            continue
        own = view.scope.parts[key]
        if isinstance(own, range):
            ranges.append((number, own))
        else:
            listed.append(str(number))
            assets.extend([number] * len(own))
            parts.extend(own)
    if ranges:
        table = {
            "asset": int32_column([number for number, _ in ranges]),
            "first": int64_column([own.start for _, own in ranges]),
            "stop": int64_column([own.stop for _, own in ranges]),
            "step": int64_column([own.step for _, own in ranges]),
        }
        yield (
            f"select asset, part, key, verdict from state.traces t join {view.relate_table(table)} r using (asset)"
            " where t.key is null or t.part < r.first or t.part >= r.stop or (t.part - r.first) % r.step <> 0"
        )
    if listed:
        there = view.relate_table({"asset": int32_column(assets), "part": int64_column(parts)})
        within = f"asset in ({', '.join(listed)})"
        yield f"select asset, part, key, verdict from state.traces anti join {there} using (asset, part) where {within}"
        yield (
            f"select asset, part, key, verdict from state.traces semi join {there} using (asset, part)"
            f" where {within} and key is null"
        )


def _list_rekeyed(view: View, graph: AssetGraph, known: dict[int, AssetKey]) -> list[tuple[int, int]]:
    """Return nodes whose part now has another key: midnight as a day is no more the hour that begins at midnight."""
    found = []
    for number, key in known.items():
        definition = view.scope.definitions[key]
        if not isinstance(definition, TimeWindowPartitionsDefinition):
            continue
        config = graph.records[key].fingerprint.config
        other = [each for each, old in view.fingerprints.get(number, {}).items() if old.config != config]
        if not other:
            continue
        rows = view.db.execute(
            f"select part, key from state.traces semi join {view.relate(view.scope.parts[key])} using (part)"
            f" where asset = ? and key is not null and fingerprint in ({', '.join(map(str, other))})",
            [number],
        ).fetchall()
        view.forget()
        found += [(number, part) for part, name in rows if definition.key_of(part) != name]
    return found


def _describe(
    asset: str, rows: list[tuple[int, str | None]], definition: PartitionsDefinition | None, *, is_check: bool
) -> Orphans:
    keys = [key for _, key in rows if key is not None]
    if not keys:
        return Orphans(asset, len(rows), (), is_check)
    return Orphans(asset, len(rows), tuple(_list_ranges(definition, rows) or sorted(keys)), is_check)


def _list_ranges(definition: PartitionsDefinition | None, rows: list[tuple[int, str | None]]) -> list[str]:
    """Return ranges where the keys are still those of the definition, as where only its start has moved."""
    if definition is None:
        return []
    try:
        if any(definition.key_of(part) != key for part, key in rows):
            return []
        return format_ranges(definition, [part for part, _ in rows])
    except (AssetmakeError, OverflowError):
        return []
