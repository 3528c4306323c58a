"""compare_upstream(): how each upstream stands to what a node has read of it, and which of its partitions moved."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import PartitionsDefinition, format_ranges
from assetmake.graph.asset_graph import AssetGraph, Edge
from assetmake.planning.history import NodeTrace
from assetmake.planning.joins import Constant, Listed, fold_constant, fold_digest, hash_orders, link, read_upstream
from assetmake.planning.plan import Parts, Plan, Reason, Verdict, decode
from assetmake.planning.view import View
from assetmake.storage.data_hash import hash_version
from assetmake.storage.ledger import SourceRow
from assetmake.storage.observations import WHOLE, find_changed_keys, read_former_versions
from assetmake.storage.rows import join_halves, split_halves
from assetmake.storage.texts import read_path


@dataclass(frozen=True, slots=True)
class UpstreamChange:
    """How one upstream stands to what a node has read of it.

    Attributes:
        upstream: The asset or source.
        state: "same", "changed", "will run first", "may run first" (where it waits itself) or "missing".
        keys: The upstream partitions, or files, that changed or run first; ranges where they follow each other.
        reasons: Why they will run, the most frequent first.
        versions: Of a source of which a function sees versions: that which was read, and that of now.
    """

    upstream: AssetKey
    state: str
    keys: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    versions: tuple[str, str] | None = None


def compare_upstream(
    view: View,
    graph: AssetGraph,
    plan: Plan,
    node: tuple[AssetKey, int],
    *,
    trace: NodeTrace | None,
    seen: Mapping[str, SourceRow],
) -> tuple[UpstreamChange, ...]:
    """Return each upstream of a node, in the order of its dependencies.

    Args:
        view: With the state attached.
        graph: The project.
        plan: Tells what of upstream will run.
        node: An asset and the part.
        trace: Its last build.
        seen: Source files as they are now.
    """
    asset, part = node
    edges = graph.upstream[asset]
    recorded = _arrange_recorded(view, edges, trace)
    changes = []
    for index, edge in enumerate(edges):
        read = read_upstream(view, asset, edge, array("q", [part]))
        dirty = _find_dirty(plan, edge, read)
        digest = _fold(view, asset, edge, part, read)
        if dirty:
            counts = Counter(dirty.values())
            state = "will run first" if any(verdict is Verdict.STALE for verdict, _ in counts) else "may run first"
            reasons = tuple(dict.fromkeys(reason for (_, reason), _ in counts.most_common()))
            changes.append(UpstreamChange(edge.upstream, state, _name(view, edge, [*dirty]), reasons))
        elif digest is None:
            changes.append(UpstreamChange(edge.upstream, "missing"))
        elif trace is None or recorded.get(index) == digest:
            changes.append(UpstreamChange(edge.upstream, "same"))
        else:
            moved = _find_moved(view, edge, read, trace.revision, seen)
            versions = None
            source = view.scope.sources.get(edge.upstream)
            if source is not None and source.is_elsewhere and len(read) == 1:
                versions = _compare_versions(view, edge, read[0], recorded.get(index), digest)
            changes.append(UpstreamChange(edge.upstream, "changed", moved, versions=versions))
    return tuple(changes)


def _fold(view: View, asset: AssetKey, edge: Edge, part: int, read: Parts) -> int | None:
    if not read:
        return 0
    found = link(view, edge.mapping, upstream=edge.upstream, downstream=asset, parts=array("q", [part]))
    if isinstance(found, Constant):
        return fold_constant(view, edge, read)
    digest = fold_digest(view, edge.upstream, read)
    if digest is None or not isinstance(found, Listed):
        return digest
    return digest ^ hash_orders(view, edge, found).get(part, 0)


def _arrange_recorded(view: View, edges: Sequence[Edge], trace: NodeTrace | None) -> dict[int, int]:
    """Return the recorded digest of each edge, by its place among the edges of now."""
    if trace is None:
        return {}
    order = view.arrange(trace.fingerprint, edges)
    return {edge: trace.inputs[place] for place, edge in enumerate(order) if place < len(trace.inputs)}


def _find_dirty(plan: Plan, edge: Edge, read: Parts) -> dict[int, tuple[Verdict, Reason]]:
    above = plan.verdicts.get(edge.upstream)
    if above is None:
        return {}
    wanted = set(read)
    pairs = zip(above.parts, above.codes, strict=True)
    return {part: decode(code) for part, code in pairs if part in wanted}


def _find_moved(view: View, edge: Edge, read: Parts, revision: int, seen: Mapping[str, SourceRow]) -> tuple[str, ...]:
    """Return the keys, or files, whose data is another one since the revision of the state that a node was built at."""
    source = view.scope.sources.get(edge.upstream)
    if source is None:
        number = view.numbers.get(str(edge.upstream), -1)
        rows = view.db.execute(
            f"select part from state.traces semi join {view.relate(read)} using (part)"
            " where asset = ? and changed > ? order by part",
            [number, revision],
        ).fetchall()
        view.forget()
        return _name(view, edge, [part for (part,) in rows])
    if source.is_elsewhere:
        changed = find_changed_keys(view.db, str(edge.upstream), since=revision)
        definition = view.scope.definitions[edge.upstream]
        return () if definition is None else _name(view, edge, _list_parts(definition, read, changed))
    files = {path: part for part in read for path in source.paths.get(part, ())}
    known = {
        read_path(path): (join_halves(high, low), changed)
        for path, high, low, changed in view.db.execute(
            f"select path, {split_halves('content')}, changed from state.sources where list_contains(?, path)",
            [sorted(files)],
        ).fetchall()
    }
    moved = {path: part for path, part in files.items() if _is_moved(known.get(path), seen.get(path), revision)}
    return tuple(sorted(moved)) if not view.is_partitioned(edge.upstream) else _name(view, edge, [*moved.values()])


def _list_parts(definition: PartitionsDefinition, parts: Parts, keys: Set[str]) -> list[int]:
    """Return those of the parts that have one of the keys; all, where the whole source is among these."""
    return [part for part in parts if WHOLE in keys or definition.key_of(part) in keys]


def _compare_versions(view: View, edge: Edge, part: int, read: int | None, now: int) -> tuple[str, str] | None:
    """Return the version that was read of one partition and that of now; None where one is no longer known."""
    definition = view.scope.definitions[edge.upstream]
    keys = (WHOLE,) if definition is None else (definition.key_of(part), WHOLE)
    seen = [version for key in keys for version in read_former_versions(view.db, str(edge.upstream), key)]
    hashes = {hash_version(part, version): version for version in seen}
    return (hashes[read], hashes[now]) if read in hashes and now in hashes else None


def _is_moved(known: tuple[int, int] | None, now: SourceRow | None, revision: int) -> bool:
    return known is None or now is None or known[0] != now.content or known[1] > revision


def _name(view: View, edge: Edge, parts: Sequence[int]) -> tuple[str, ...]:
    definition = view.scope.definitions[edge.upstream]
    return () if definition is None or not parts else tuple(format_ranges(definition, array("q", sorted(parts))))
