"""What nodes that are about to run will read: the files, and the digests that their traces will carry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import xor
from pathlib import Path
from typing import assert_never

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.resolution import reads_several
from assetmake.definitions.source import fill_template
from assetmake.graph.asset_graph import AssetGraph, Edge
from assetmake.planning.joins import (
    Between,
    Constant,
    Listed,
    Same,
    fold_constant,
    hash_orders,
    link,
    list_pairs,
    read_pairs,
    read_upstream,
)
from assetmake.planning.keyset import ONE_PART
from assetmake.planning.plan import Parts
from assetmake.planning.view import View
from assetmake.storage.data_hash import ABSENT, hash_node
from assetmake.storage.io_managers import NOWHERE, Input, Origin, Piece, name_asked
from assetmake.storage.paths import encode_key, output_stem, write_stem
from assetmake.storage.rows import join_halves, split_halves

_FEW = 4
_FEW_READ = 100
"""Up to so many nodes, reading so many, one look-up takes less time than a join does."""


@dataclass(frozen=True, slots=True)
class NodeInputs:
    """A node that may run, and what it will have read.

    Attributes:
        missing: Says which upstream is not there, where one is not; such a node cannot run.
    """

    part: int
    key: str | None
    digests: tuple[int, ...]
    inputs: tuple[Input, ...]
    missing: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """What the nodes of a batch read over one edge.

    Attributes:
        digests: By part; a part that reads something that does not stand has none.
        pieces: The files, by part.
        shared: Digest and files where all nodes read the same; a digest of None: it does not stand.
        unmapped: Parts that read nothing of this upstream.
    """

    digests: Mapping[int, int]
    pieces: Mapping[int, tuple[Piece, ...]]
    shared: tuple[int | None, tuple[Piece, ...]] | None = None
    unmapped: frozenset[int] = frozenset()


def read_nodes(
    view: View, graph: AssetGraph, key: AssetKey, parts: Parts, *, outputs: Path, project: Path
) -> list[NodeInputs]:
    """Return the nodes of one asset with their inputs, as they stand now.

    Args:
        view: What is recorded, with what this build has published.
        graph: The project.
        key: The asset.
        parts: Its nodes that are about to run; a batch of at most some thousands.
        outputs: Where assets' outputs are.
        project: What sources' relative paths are relative to.
    """
    definition = view.scope.definitions[key]
    edges = graph.upstream[key]
    shapes = [_describe_edge(view, graph, key, edge) for edge in edges]
    reads = [
        _read_edge(view, key, edge, parts, outputs=outputs, project=project, origin=shape.origin)
        for edge, shape in zip(edges, shapes, strict=True)
    ]
    view.forget()
    alike = [
        shape.make_input(read.shared[1], shared=definition is not None)
        if shape.name and read.shared is not None
        else None
        for read, shape in zip(reads, shapes, strict=True)
    ]
    # What the same call makes of a partition need not stand before it.
    together = set(graph.units.get(key, ())).difference(edge.upstream for edge in graph.self_edges.get(key, ()))
    nodes = []
    for part in parts:
        missing = ""
        inputs: list[Input] = []
        digests: list[int] = []
        for edge, read, shape, same in zip(edges, reads, shapes, alike, strict=True):
            digest, pieces = read.shared or (read.digests.get(part), read.pieces.get(part, ()))
            digests.append(digest or 0)
            lacks = digest is None or (edge.parameter is not None and not pieces and shape.origin is None)
            if lacks and part not in read.unmapped and edge.upstream not in together:
                missing = missing or _explain_missing(view, graph, (key, edge), part, digest=digest)
            if shape.name:
                inputs.append(same or shape.make_input(pieces))
        label = None if definition is None else definition.key_of(part)
        nodes.append(NodeInputs(part, label, tuple(digests), tuple(inputs), missing))
    return nodes


def read_together(
    view: View, graph: AssetGraph, key: AssetKey, parts: Parts, *, outputs: Path, project: Path
) -> tuple[Input, ...]:
    """Return what one call loads that makes several nodes: of each upstream all that any of them reads, in order.

    A range of one node is described as one of many is: what the mapping gives may be several keys.

    Args:
        view: What is recorded, with what this build has published.
        graph: The project.
        key: The asset.
        parts: Its nodes, of which it is known that all that they read stands.
        outputs: Where assets' outputs are.
        project: What sources' relative paths are relative to.
    """
    inputs = []
    for edge in graph.upstream[key]:
        shape = _describe_edge(view, graph, key, edge)
        if not shape.name:
            continue
        found = link(view, edge.mapping, upstream=edge.upstream, downstream=key, parts=parts)
        if isinstance(found, Constant):
            read = _read_edge(view, key, edge, parts, outputs=outputs, project=project, origin=shape.origin)
            assert read.shared is not None, "every node reads the same"
            inputs.append(shape.make_input(read.shared[1], shared=True))
            continue
        place = _place_pieces(view, edge, outputs=outputs, project=project, origin=shape.origin)
        pieces = _list_pieces(view, edge, read_upstream(view, key, edge, parts), place)
        inputs.append(replace(shape, several=True).make_input(pieces))
    view.forget()
    return tuple(inputs)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the inputs of all nodes over one edge have in common; see `Input`. Without a name they are none."""

    name: str
    io_manager: str | None
    partitioned: bool
    several: bool
    origin: Origin | None = None
    upstream: AssetKey | None = None

    def make_input(self, pieces: tuple[Piece, ...], *, shared: bool = False) -> Input:
        return Input(
            self.name, self.io_manager, self.partitioned, self.several, pieces, shared, self.origin, self.upstream
        )


def _describe_edge(view: View, graph: AssetGraph, key: AssetKey, edge: Edge) -> _Shape:
    above, below = view.scope.definitions[edge.upstream], view.scope.definitions[key]
    several = reads_several(edge.mapping, upstream=above, downstream=below)
    record = graph.assets.get(edge.upstream)
    source = graph.sources.get(edge.upstream)
    external = source.external if source is not None else None
    asked = edge.upstream if _may_ask_for(graph, key, edge) else None
    parameter = edge.parameter or (name_asked(asked) if asked else "")
    loader = next((each[1:] for each in graph.records[key].loaders if each[0] == parameter), None)
    keeps_itself = record is not None and not record.stores
    if loader is None or (keeps_itself and record is not None and loader[0] == record.io_manager):
        return _Shape(parameter, record.io_manager if record else None, above is not None, several, None, asked)
    name, giver = loader
    module = record.module if record else external.module if external else ""
    origin = Origin(edge.upstream, module, giver)
    return _Shape(parameter, name, above is not None, several, origin, asked)


def _may_ask_for(graph: AssetGraph, key: AssetKey, edge: Edge) -> bool:
    """Tell whether a function may load an upstream by its key: where all that its call makes depends on that."""
    if not graph.records[key].asks_for_values:
        return False
    unit = graph.units.get(key, ())
    made = [each for each in unit if each in graph.assets] or unit  # what is checked besides is of them
    return all(
        any((above.upstream, above.mapping) == (edge.upstream, edge.mapping) for above in graph.upstream[other])
        for other in made
        if other != key
    )


def _read_edge(
    view: View,
    key: AssetKey,
    edge: Edge,
    parts: Parts,
    *,
    outputs: Path,
    project: Path,
    origin: Origin | None = None,
) -> _Read:
    source = view.scope.sources.get(edge.upstream)
    if source is not None and not view.is_partitioned(edge.upstream):
        files = tuple(Piece(None, project / path) for path in source.paths.get(0, ()))
        return _Read({}, {}, (source.data.get(0), files))
    if not view.is_partitioned(edge.upstream):
        return _read_single(view, edge, outputs)
    found = link(view, edge.mapping, upstream=edge.upstream, downstream=key, parts=parts)
    place = _place_pieces(view, edge, outputs=outputs, project=project, origin=origin)
    if isinstance(found, Constant):
        shared = _read_constant(view, edge, found.parts, place)
        return _Read({}, {}, shared, frozenset() if found.parts else frozenset(parts))
    digests: dict[int, int] = {}
    pieces: dict[int, list[Piece]] = {}
    for part, up, data, suffix in _list_standing(view, edge, found, parts):
        digests[part] = digests.get(part, 0) ^ data
        pieces.setdefault(part, []).extend(place(up, suffix))
    if isinstance(found, Listed):
        for part, order in hash_orders(view, edge, found).items():
            if part in digests:
                digests[part] ^= order
    unmapped = frozenset(_find_unmapped(found, parts))
    return _Read(digests, {part: tuple(each) for part, each in pieces.items()}, None, unmapped)


def _list_standing(
    view: View, edge: Edge, found: Same | Between | Listed, parts: Parts
) -> Iterator[tuple[int, int, int, str | None]]:
    """Yield for each node what stands of the upstream nodes that it reads: part, upstream part, data hash, suffix."""
    few = list_pairs(view, edge.upstream, found, parts) if len(parts) <= _FEW else ()
    if few and len(few) <= _FEW_READ:  # nodes that wait for each other come one by one
        stands = view.look_up(edge.upstream, {up for _, up in few})
        yield from ((part, up, *stands[up]) for part, up in few if up in stands)
        return
    pairs = read_pairs(view, edge.upstream, found, want=view.relate(parts))
    rows = view.db.execute(f"select part, up, {split_halves('data')}, suffix from ({pairs})").fetchall()
    yield from ((part, up, join_halves(high, low), suffix) for part, up, high, low, suffix in rows)


def _find_unmapped(found: Same | Between | Listed, parts: Parts) -> Iterable[int]:
    match found:
        case Same():
            return ()
        case Between(_, firsts, lasts):
            return (part for part, first, last in zip(parts, firsts, lasts, strict=True) if first > last)
        case Listed(down):
            return set(parts).difference(down)
        case _:
            assert_never(found)


def _read_single(view: View, edge: Edge, outputs: Path) -> _Read:
    recorded = view.singles.get(edge.upstream)
    if recorded is None:
        return _Read({}, {}, (None, ()))
    if recorded.suffix is None:
        return _Read({}, {}, (recorded.data, ()))
    piece = Piece(None, Path(f"{write_stem(str(outputs), edge.upstream.parts)}{recorded.suffix}"))
    return _Read({}, {}, (recorded.data, (piece,)))


def _read_constant(
    view: View, edge: Edge, parts: Parts, place: Callable[[int, str | None], Sequence[Piece]]
) -> tuple[int | None, tuple[Piece, ...]]:
    pieces = _list_pieces(view, edge, parts, place)
    return fold_constant(view, edge, parts), pieces


def _list_pieces(
    view: View, edge: Edge, parts: Parts, place: Callable[[int, str | None], Sequence[Piece]]
) -> tuple[Piece, ...]:
    suffixes: dict[int, str | None] = dict(
        view.db.execute(
            f"select part, suffix from {view.data(edge.upstream)} semi join {view.relate(parts)} using (part)"
        ).fetchall()
    )
    return tuple(piece for part in parts if part in suffixes for piece in place(part, suffixes[part]))


def _place_pieces(
    view: View, edge: Edge, *, outputs: Path, project: Path, origin: Origin | None
) -> Callable[[int, str | None], Sequence[Piece]]:
    definition = view.scope.definitions[edge.upstream]
    assert definition is not None
    source = view.scope.sources.get(edge.upstream)
    if source is not None and not (source.is_elsewhere and origin is not None):
        return lambda part, _: [Piece(definition.key_of(part), project / path) for path in source.paths.get(part, ())]
    if origin is not None:
        return lambda part, _: [Piece(definition.key_of(part), NOWHERE)]
    folder = output_stem(outputs, edge.upstream.parts, None)

    def place(part: int, suffix: str | None) -> Sequence[Piece]:
        key = definition.key_of(part)
        return [Piece(key, folder / f"{encode_key(key)}{suffix}")] if suffix is not None else ()

    return place


def _digest_absent(view: View, key: AssetKey, edge: Edge, part: int) -> int:
    """Return the digest of what a node reads where none of it was given."""
    several = read_upstream(view, key, edge, [part]) if view.is_partitioned(edge.upstream) else ONE_PART
    return reduce(xor, (hash_node(each, ABSENT) for each in several), 0)


def _explain_missing(
    view: View, graph: AssetGraph, read: tuple[AssetKey, Edge], part: int, *, digest: int | None
) -> str:
    key, edge = read
    source = graph.sources.get(edge.upstream)
    if source is not None and source.external is not None:
        return f"no version of {edge.upstream} was ever observed, which others make ({source.place})"
    if source is not None:
        path = source.path
        definition = view.scope.definitions[edge.upstream]
        if definition is not None and part in view.scope.parts[edge.upstream]:
            path = fill_template(path, definition.key_of(part), partitions_def=definition)
        return f"the source {edge.upstream} has no file {path} ({source.place})"
    if digest is not None and digest == _digest_absent(view, key, edge, part):
        return (
            f"the parameter {edge.parameter} reads {edge.upstream}, which its function"
            f" ({graph.assets[edge.upstream].place}) need not give and has not given yet; have it given,"
            " or use deps= in place of the parameter"
        )
    if digest is not None:
        return (
            f"the parameter {edge.parameter} reads {edge.upstream}, which keeps its result by itself;"
            " use deps= in place of the parameter, or return a value there"
        )
    return f"{edge.upstream} is not there to be read"
