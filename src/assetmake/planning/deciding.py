"""What a person decides of nodes by hand: `invalidate` marks them as stale, `accept` takes what stands as fresh."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import Ranges, format_ranges
from assetmake.errors import StorageError, UsageError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.fingerprints import describe_fingerprint
from assetmake.planning.joins import join_digest, link, read_upstream
from assetmake.planning.plan import Parts, Plan
from assetmake.planning.rebuilder import read_inputs
from assetmake.planning.view import Scope, View
from assetmake.storage.data_hash import hash_node
from assetmake.storage.decisions import Decision, Restated, accept_traces, begin_decision, invalidate_traces
from assetmake.storage.fingerprints import FingerprintRow, intern_assets, intern_fingerprints
from assetmake.storage.hashing import file_digest, hash_file, place_digest
from assetmake.storage.io_managers.restating import digest_output
from assetmake.storage.paths import encode_key, output_stem
from assetmake.storage.places import ANY_SIZE, read_place
from assetmake.storage.rows import join_halves, split_halves

_NAMED = 20
"""So many nodes an error names."""
Nodes = Mapping[AssetKey, Parts]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision was about.

    Attributes:
        nodes: By asset, in the order of the graph.
        scope: For their names.
        notes: What a person should know of it.
    """

    nodes: Nodes
    scope: Scope
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return sum(map(len, self.nodes.values()))

    def ranges(self, key: AssetKey) -> Sequence[str]:
        """Return an asset's nodes as ranges of keys; none where it is not partitioned."""
        definition = self.scope.definitions[key]
        return () if definition is None else Ranges(definition, self.nodes[key])


def invalidate(view: View, targets: Nodes, decision: Decision) -> Decided:
    """Mark the nodes that have a trace as stale; inside a writing block.

    Args:
        view: What is recorded.
        targets: The nodes.
        decision: Why.
    """
    found: dict[AssetKey, Parts] = {}
    for key, parts in targets.items():
        recorded = view.find_recorded(key, parts)
        if recorded:
            found[key] = array("q", (part for part in parts if part in recorded))
    if found:
        begin_decision(view.db)
    for key, parts in found.items():
        invalidate_traces(view.db, view.numbers[str(key)], view.relate(parts), decision)
        view.forget()
    return Decided(found, view.scope)


def find_acceptable(plan: Plan, targets: Nodes) -> dict[AssetKey, Parts]:
    """Return the targets that are not fresh; a plan also has what they need upstream."""
    found: dict[AssetKey, Parts] = {}
    for key, verdicts in plan:
        wanted = set(targets.get(key, ()))
        parts = array("q", (part for part in verdicts.parts if part in wanted))
        if parts:
            found[key] = parts
    return found


def accept(
    view: View, graph: AssetGraph, plan: Plan, nodes: Nodes, decision: Decision, *, outputs: Path, project: Path
) -> Decided:
    """Take what stands of nodes as made by their present definition from the present data; inside a writing block.

    Args:
        view: What is recorded.
        graph: The project.
        plan: Has the verdicts of the nodes and of all that they need.
        nodes: As `find_acceptable` returns them.
        decision: Why.
        outputs: Where outputs are.
        project: What the places of others' files are relative to.

    Raises:
        UsageError: some were never built, or their output is gone; then nothing is accepted.
        StorageError: an output cannot be read as what it should be; then nothing is accepted.
    """
    lacking: list[str] = []
    restated = {key: list(_look_at(view, graph, key, parts, outputs, project, lacking)) for key, parts in nodes.items()}
    if lacking:
        raise _refuse(lacking)
    if nodes:
        begin_decision(view.db)
    for key, parts in nodes.items():
        _record(view, graph, key, parts, decision, describe_fingerprint(graph, key), restated[key])
    return Decided(nodes, view.scope, tuple(_list_notes(view, graph, plan, nodes)))


def _record(
    view: View,
    graph: AssetGraph,
    key: AssetKey,
    parts: Parts,
    decision: Decision,
    fingerprint: FingerprintRow,
    restated: list[Restated],
) -> None:
    numbers = intern_assets(view.db, [*fingerprint.upstreams])
    asset = view.numbers[str(key)]
    kept = intern_fingerprints(view.db, [(asset, fingerprint)], numbers)
    now = _relate_inputs(view, graph, key, parts)
    number = kept[asset, fingerprint.identity]
    accept_traces(view.db, asset, now, decision, fingerprint=number, restated=restated)
    view.forget()
    if restated and not view.is_partitioned(key):
        # What reads it and is accepted next takes the new data for its input.
        view.publish(key, {0: (restated[0].data, view.singles[key].suffix)})


def _relate_inputs(view: View, graph: AssetGraph, key: AssetKey, parts: Parts) -> str:
    """Return a FROM item of the nodes and of the digests that `check` will compare with."""
    edges = graph.upstream[key]
    if not view.is_partitioned(key):
        inputs = ", ".join(f"{digest}::uhugeint" for digest in read_inputs(view, key, edges))
        return f"(select 0::bigint as part, [{inputs}]::uhugeint[] as inputs)"
    joins, digests = [], []
    for number, edge in enumerate(edges):
        found = link(view, edge.mapping, upstream=edge.upstream, downstream=key, parts=parts)
        join, digest = join_digest(view, edge, found, alias=f"u{number}")
        joins.append(join)
        digests.append(digest)
    inputs = f"[{', '.join(digests)}]::uhugeint[]"
    return f"(select w.part, {inputs} as inputs from {view.relate(parts)} w {' '.join(joins)})"


@dataclass(frozen=True, slots=True)
class _Output:
    part: int
    key: str | None
    suffix: str | None
    size: int
    mtime: int
    inode: int
    content: int
    data: int
    place: str | None


def _look_at(
    view: View, graph: AssetGraph, key: AssetKey, parts: Parts, outputs: Path, project: Path, lacking: list[str]
) -> Iterator[Restated]:
    """Return the outputs that are not the files that were recorded; add to `lacking` the nodes that have none."""
    definition = view.scope.definitions[key]
    rows = {row.part: row for row in _read_outputs(view, key, parts)}
    absent = [part for part in parts if part not in rows]
    if definition is not None:
        absent += [part for part, row in rows.items() if row.key != definition.key_of(part)]
    lacking += [f"{name} (never built)" for name in _name_nodes(view, key, absent)]
    stem = output_stem(outputs, view.home(key).parts, None)
    unordered = graph.assets[key].hash_rows != "ordered"
    gone = []
    for row in rows.values():
        if row.part in view.missing.get(key, ()):
            gone.append(row.part)
            continue
        if row.suffix is None and not row.place:
            continue
        name = "" if row.key is None else encode_key(row.key)
        path = stem / f"{name}{row.suffix}" if name else stem.with_name(f"{stem.name}{row.suffix}")
        if row.place:
            path = Path(read_place(row.place, str(project)))
        try:
            seen = os.stat(path)
        except OSError:
            gone.append(row.part)
            continue
        if row.place and row.size == ANY_SIZE:
            continue
        if (seen.st_size, seen.st_mtime_ns, seen.st_ino) != (row.size, row.mtime, row.inode):
            yield _restate(row, path, seen, unordered=unordered)
    lacking += [f"{name} (its output is gone)" for name in _name_nodes(view, key, gone)]


def _restate(row: _Output, path: Path, seen: os.stat_result, *, unordered: bool) -> Restated:
    try:
        content = int.from_bytes(hash_file(path), "big")
    except OSError as error:
        raise StorageError(f"cannot read the output {path}: {error.strerror}") from None
    data = row.data
    if content != row.content and row.place:
        data = hash_node(row.part, place_digest(content.to_bytes(16, "big")))
    elif content != row.content:
        suffix = row.suffix or ""
        as_file = row.data == hash_node(row.part, file_digest(row.content.to_bytes(16, "big"), suffix))
        digest = digest_output(path, suffix, as_file=as_file, unordered=unordered)
        data = hash_node(row.part, digest)
    return Restated(row.part, seen.st_size, seen.st_mtime_ns, seen.st_ino, content, data)


def _read_outputs(view: View, key: AssetKey, parts: Parts) -> Iterator[_Output]:
    if not view.is_partitioned(key):
        known = view.singles.get(key)
        if known is not None:
            identity = (known.size, known.mtime, known.inode, known.content)
            yield _Output(0, None, known.suffix, *identity, known.data, known.place)
        return
    rows = view.db.execute(
        f"select part, key, suffix, size, mtime, inode, place, {split_halves('content')}, {split_halves('data')}"
        f" from {view.traces(key)} semi join {view.relate(parts)} using (part)"
    ).fetchall()
    view.forget()
    for part, name, suffix, size, mtime, inode, place, *halves in rows:
        content, data = join_halves(*halves[:2]), join_halves(*halves[2:])
        yield _Output(part, name, suffix, size, mtime, inode, content, data, place)


def _list_notes(view: View, graph: AssetGraph, plan: Plan, nodes: Nodes) -> Iterator[str]:
    """Tell of upstream that is out of date and is not accepted with what reads it."""
    for key, parts in nodes.items():
        for edge in graph.upstream[key]:
            above = plan.verdicts.get(edge.upstream)
            if above is None or not above.parts:
                continue
            read = set(read_upstream(view, key, edge, parts)).difference(nodes.get(edge.upstream, ()))
            dirty = [part for part in above.parts if part in read]
            if dirty:
                named = ", ".join(_name_nodes(view, edge.upstream, dirty)[:3])
                yield (
                    f"{key} is accepted as made from what is recorded of {named}, which is itself out of date:"
                    f" {key} waits for it, and is built again only if it comes out with other data"
                )
            view.forget()


def _name_nodes(view: View, key: AssetKey, parts: Parts) -> list[str]:
    definition = view.scope.definitions[key]
    if definition is None:
        return [str(key)] if parts else []
    return [f"{key}@{each}" for each in format_ranges(definition, parts)]


def _refuse(lacking: list[str]) -> UsageError:
    more = f" and {len(lacking) - _NAMED:,} more" if len(lacking) > _NAMED else ""
    return UsageError(
        f"nothing is accepted, because there is nothing to accept of {', '.join(lacking[:_NAMED])}{more}",
        hint="build what is missing, or leave it out with --exclude or a partition",
    )
