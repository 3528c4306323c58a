"""Mappings as joins: which upstream nodes a set of nodes reads, and the digest of what stands there.

The digest of the upstream nodes that a node reads is the XOR of their data hashes. Each of those is a hash of the
partition and its content, so no two are equal in one set and a missing one shows; and a running XOR gives the digest
of any window of consecutive partitions by two look-ups, however wide the window is.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.mappings import PartitionMapping, SpecificPartitionsPartitionMapping
from assetmake.definitions.resolution import MappingKind, Pairs, resolve_mapping, upstream_spans
from assetmake.graph.asset_graph import Edge
from assetmake.planning.keyset import ONE_PART, slice_between
from assetmake.planning.plan import Parts
from assetmake.planning.view import View
from assetmake.storage.columns import JOIN_HALVES, halves_columns, int64_column
from assetmake.storage.data_hash import hash_order
from assetmake.storage.rows import fetch_row, join_halves, split_halves

_ZERO = "0::uhugeint"


@dataclass(frozen=True, slots=True)
class Constant:
    """Every node reads the same upstream parts."""

    parts: Parts


@dataclass(frozen=True, slots=True)
class Same:
    """Each node reads the upstream part of the same id."""


@dataclass(frozen=True, slots=True)
class Between:
    """Each node reads the upstream parts from `first` to `last`, both included; none where first > last."""

    parts: Parts
    first: Parts
    last: Parts


@dataclass(frozen=True, slots=True)
class Listed:
    """Each node of `down` reads the upstream part beside it."""

    down: Parts
    up: Parts


Link = Constant | Same | Between | Listed


def link(
    view: View, mapping: PartitionMapping | None, *, upstream: AssetKey, downstream: AssetKey, parts: Parts
) -> Link:
    """Return which parts of `upstream` the given parts of `downstream` read."""
    above, below = view.scope.definitions[upstream], view.scope.definitions[downstream]
    if above is None:
        return Constant(ONE_PART)
    everything = view.scope.parts[upstream]
    match resolve_mapping(mapping, upstream=above, downstream=below):
        case MappingKind.VALUE:
            return Constant(ONE_PART)
        case MappingKind.ALL:
            return Constant(everything)
        case MappingKind.LAST:
            return Constant(everything[-1:])
        case MappingKind.SAME_KEY:
            return Same()
        case MappingKind.SPECIFIC:
            assert isinstance(mapping, SpecificPartitionsPartitionMapping)
            named = {above.find_part(key) for key in mapping.partition_keys}
            return Constant(array("q", (part for part in everything if part in named)))
        case MappingKind.OVERLAP | MappingKind.PAIRS:
            found = upstream_spans(
                mapping, upstream=above, downstream=below, down_parts=parts, current_time=view.scope.now
            )
    if isinstance(found, Pairs):
        return Listed(found.down, found.up)
    if isinstance(found.first, int) or isinstance(found.last, int):
        return Constant(range(0))
    if found.first == parts and found.last == parts:
        return Same()
    return Between(parts, found.first, found.last)


def read_upstream(view: View, key: AssetKey, edge: Edge, parts: Parts) -> Parts:
    """Return the upstream parts that any of the given parts of an asset reads."""
    above = view.scope.parts[edge.upstream]
    match link(view, edge.mapping, upstream=edge.upstream, downstream=key, parts=parts):
        case Constant(read):
            return read
        case Same():
            if parts == above:
                return above
            there = above if isinstance(above, range) else set(above)
            return array("q", (part for part in parts if part in there))
        case Between(_, first, last):
            return _merge_spans(above, first, last)
        case Listed(_, up):
            wanted = set(up)
            return array("q", (part for part in above if part in wanted))


def _merge_spans(above: Parts, first: Parts, last: Parts) -> Parts:
    if isinstance(first, range) and isinstance(last, range):
        gapless = len(first) < 2 or len(slice_between(above, last[0] + 1, first[1] - 1)) == 0
        if gapless:
            return slice_between(above, first[0], last[-1])
    merged: list[tuple[int, int]] = []
    for start, end in zip(first, last, strict=True):
        if start > end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    if len(merged) == 1:
        return slice_between(above, *merged[0])
    found = array("q")
    for start, end in merged:
        found.extend(slice_between(above, start, end))
    return found if len(found) < len(above) else above


def fold_digest(view: View, upstream: AssetKey, parts: Parts) -> int | None:
    """Return the digest of upstream nodes, in whatever order, or None where nothing stands."""
    if not view.is_partitioned(upstream):
        return view.single_data(upstream)
    chosen = "" if parts is view.scope.parts[upstream] else f" semi join {view.relate(parts)} using (part)"
    folded = f"(select bit_xor(data) as digest from {view.data(upstream)}{chosen})"
    row = fetch_row(view.db, f"select {split_halves('digest')} from {folded} where digest is not null")
    return join_halves(*row) if row else None


def fold_constant(view: View, edge: Edge, parts: Parts) -> int | None:
    """Return the digest of upstream nodes that every node reads, or None where nothing stands.

    Where they are loaded together, in the order in which their keys are listed, that order is part of it.
    """
    digest = fold_digest(view, edge.upstream, parts)
    if digest is None or edge.parameter is None or len(parts) < 2:
        return digest
    definition = view.scope.definitions[edge.upstream]
    return digest ^ hash_order(parts) if definition is not None and definition.is_listed else digest


def hash_orders(view: View, edge: Edge, found: Listed) -> dict[int, int]:
    """Return for each node that loads several listed keys together a hash of the order in which they are listed."""
    definition = view.scope.definitions[edge.upstream]
    if edge.parameter is None or definition is None or not definition.is_listed:
        return {}
    read: dict[int, list[int]] = {}
    for part, up in zip(found.down, found.up, strict=True):
        read.setdefault(part, []).append(up)
    return {part: hash_order(several) for part, several in read.items() if len(several) > 1}


def join_digest(view: View, edge: Edge, found: Link, *, alias: str) -> tuple[str, str]:
    """Return SQL for the digest of what each node of `w` reads: a join, and an expression over it.

    Args:
        view: What stands.
        edge: Leads to the asset or source that is read.
        found: What of it is read.
        alias: A name for the joined relation.
    """
    upstream = edge.upstream
    match found:
        case Constant(parts):
            return "", f"{fold_constant(view, edge, parts) or 0}::uhugeint"
        case Same():
            digests = f"(select part, data as digest from {view.data(upstream)})"
        case Between(_, first, last):
            folded = _FOLD_DISJOINT if _are_disjoint(first, last) else _FOLD_OVERLAPPING
            digests = folded.format(data=view.data(upstream), spans=_relate_spans(view, found))
        case Listed():
            digests = (
                f"(select p.part, bit_xor(u.data) as digest from {_relate_pairs(view, found)} p"
                f" join {view.data(upstream)} u on u.part = p.up group by p.part)"
            )
            orders = hash_orders(view, edge, found)
            if orders:
                table = {"part": int64_column(list(orders)), **halves_columns(list(orders.values()))}
                order = JOIN_HALVES.format(hi="o.hi", lo="o.lo")
                digests = (
                    f"(select g.part, xor(g.digest, coalesce({order}, {_ZERO})) as digest"
                    f" from {digests} g left join {view.relate_table(table)} o on o.part = g.part)"
                )
        case _:
            assert_never(found)
    return f"left join {digests} {alias} on {alias}.part = w.part", f"coalesce({alias}.digest, {_ZERO})"


_FOLD_DISJOINT = (
    "(select s.part, bit_xor(u.data) as digest from {data} u"
    " asof join (from {spans} where first <= last) s on u.part >= s.first where u.part <= s.last group by s.part)"
)
_FOLD_OVERLAPPING = (
    "(with folded as (select part, bit_xor(data) over (order by part rows unbounded preceding) as digest from {data})"
    " select s.part, case when s.first > s.last then 0::uhugeint"
    " else xor(coalesce(upto.digest, 0::uhugeint), coalesce(before.digest, 0::uhugeint)) end as digest"
    " from {spans} s asof left join folded upto on s.last >= upto.part"
    " asof left join folded before on s.first > before.part)"
)


def join_dirty(view: View, found: Link, dirty: Parts, *, whole: bool, alias: str) -> tuple[str, str]:
    """Return SQL for whether a node of `w` reads a dirty upstream part: a join, and an expression over it.

    Args:
        view: Where relations are shown to the database.
        found: What the nodes read.
        dirty: Upstream parts that are not fresh, in any order.
        whole: All upstream parts that anybody asked about are dirty.
        alias: A name for the joined relation.
    """
    match found:
        case Constant(parts):
            hit = bool(parts) if whole else not set(parts).isdisjoint(dirty)
            return "", "true" if hit else "false"
        case Same() if whole:
            return "", "true"
        case Same():
            hits = view.relate(dirty)
        case Between():
            hits = (
                f"(select s.part from {_relate_spans(view, found)} s asof join {view.relate(dirty)} d"
                " on s.last >= d.part where s.first <= s.last and s.first <= d.part)"
            )
        case Listed():
            pairs = _relate_pairs(view, found)
            hits = f"(select distinct p.part from {pairs} p join {view.relate(dirty)} d on d.part = p.up)"
        case _:
            assert_never(found)
    return f"left join {hits} {alias} on {alias}.part = w.part", f"{alias}.part is not null"


def read_pairs(view: View, upstream: AssetKey, found: Same | Between | Listed, *, want: str) -> str:
    """Return a query (part, up, data, suffix) of the upstream nodes that each node of `want` reads, in order."""
    data = view.data(upstream)
    match found:
        case Same():
            return f"select w.part, u.part as up, u.data, u.suffix from {want} w join {data} u using (part)"
        case Between():
            return (
                f"select s.part, u.part as up, u.data, u.suffix from {_relate_spans(view, found)} s"
                f" join {data} u on u.part between s.first and s.last order by s.part, u.part"
            )
        case Listed():
            pairs = _relate_pairs(view, found)
            return (
                f"select p.part, p.up, u.data, u.suffix from {pairs} p join {data} u on u.part = p.up order by p.place"
            )
        case _:
            assert_never(found)


def list_pairs(
    view: View, upstream: AssetKey, found: Same | Between | Listed, parts: Parts
) -> Sequence[tuple[int, int]]:
    """Return each of a few nodes with each upstream node that it reads, whether that stands or not, in order."""
    match found:
        case Same():
            return [(part, part) for part in parts]
        case Between(several, firsts, lasts):
            above = view.scope.parts[upstream]
            spans = zip(several, firsts, lasts, strict=True)
            return [(part, up) for part, first, last in spans for up in slice_between(above, first, last)]
        case Listed(down, ups):
            return list(zip(down, ups, strict=True))
        case _:
            assert_never(found)


def _relate_spans(view: View, found: Between) -> str:
    parts, first, last = found.parts, found.first, found.last
    if isinstance(parts, range) and isinstance(first, range) and isinstance(last, range):
        return (
            f"(select {parts.start} + range * {parts.step} as part, {first.start} + range * {first.step} as first,"
            f" {last.start} + range * {last.step} as last from range({len(parts)}))"
        )
    columns = {"part": int64_column(parts), "first": int64_column(first), "last": int64_column(last)}
    return view.relate_table(columns)


def _relate_pairs(view: View, found: Listed) -> str:
    places = int64_column(range(len(found.down)))
    return view.relate_table({"place": places, "part": int64_column(found.down), "up": int64_column(found.up)})


def _are_disjoint(first: Sequence[int], last: Sequence[int]) -> bool:
    if isinstance(first, range) and isinstance(last, range) and len(first) > 1:
        return first.step == last.step > 0 and last[0] < first[1]
    return all(end < start for end, start in zip(last, first[1:], strict=False))
