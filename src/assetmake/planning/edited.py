"""find_edited(): the assets that an edit touches, as `changed:REF` means them, with the partitions that it touches."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.mappings import IdentityPartitionMapping
from assetmake.errors import UnknownPartitionError
from assetmake.graph.asset_graph import AssetGraph, inspected
from assetmake.graph.key_rules import OneKey
from assetmake.graph.linking import Edge
from assetmake.graph.selectors import Rules
from assetmake.planning.view import Scope

if TYPE_CHECKING:
    from assetmake.discovery.recall.reads import Reads
    from assetmake.discovery.revisions.touched import Touched

_REVISIONS = "assetmake.discovery.revisions.touched"
"""Asks git; loaded where a selection asks what was edited, and for nothing else."""
_WHOLE: Rules = (None,)


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit touches.

    Attributes:
        assets: With rules for their partitions.
        remarks: What a person should know of it.
    """

    assets: Mapping[AssetKey, Rules]
    remarks: tuple[str, ...]


def find_edited(ref: str, graph: AssetGraph, scope: Scope, *, root: Path, reads: Reads | None) -> Edited:
    """Return what differs between the working tree and where the present branch left a ref.

    Raises:
        SelectionError: git cannot say what differs.
    """
    touched: Touched = importlib.import_module(_REVISIONS).find_touched(
        ref,
        root=root,
        records=tuple(graph.records.values()),
        sources=tuple(graph.sources.values()),
        code=graph.code,
        reads=reads,
    )
    found: dict[AssetKey, Rules] = {}
    readers = (_list_readers(graph, scope, source, keys) for source, keys in touched.sources.items())
    defined = (_list_defined(graph, scope, source, keys) for source, keys in touched.shifted.items())
    for asset, rules in chain(*readers, *defined):
        found[asset] = _WHOLE if _WHOLE in {rules, found.get(asset)} else (*found.get(asset, ()), *rules)
    own = {key for key in touched.records if key in graph.assets}
    checked = {inspected(graph.checks[key]).asset for key in touched.records if key in graph.checks}
    found |= dict.fromkeys([*own, *checked], _WHOLE)
    remarks = [f"{each} declared something in {ref}, and is gone" for each in touched.gone]
    kept = {key: found[key] for key in (*graph.order, *graph.checked_sources) if key in found}
    return Edited(kept, tuple(remarks))


def _list_readers(
    graph: AssetGraph, scope: Scope, source: AssetKey, keys: frozenset[str] | None
) -> Iterator[tuple[AssetKey, Rules]]:
    for reader in graph.downstream.get(source, ()):
        asset = graph.find_asset(reader)
        edges = [edge for edge in graph.upstream[reader] if edge.upstream == source]
        if keys is None or asset != reader or not all(_is_aligned(scope, edge, reader) for edge in edges):
            yield asset, _WHOLE
            continue
        rules = tuple(OneKey(key) for key in sorted(keys) if _has_key(scope, reader, key))
        if rules:
            yield reader, rules


def _list_defined(
    graph: AssetGraph, scope: Scope, source: AssetKey, keys: frozenset[str]
) -> Iterator[tuple[AssetKey, Rules]]:
    """Yield what has partitions by the files of a source, some of which came or went, and what reads more of it."""
    for asset, record in graph.assets.items():
        if record.partitions is None or str(source) not in record.partitions.file_sources:
            continue
        is_own = scope.definitions[asset] == scope.definitions[source]
        present = tuple(OneKey(key) for key in sorted(keys) if _has_key(scope, asset, key))
        rules: Rules = present if is_own else _WHOLE
        if rules:
            yield asset, rules
        for reader in graph.downstream.get(asset, ()):
            edges = [edge for edge in graph.upstream[reader] if edge.upstream == asset]
            if not all(_is_aligned(scope, edge, reader) for edge in edges):
                yield graph.find_asset(reader), _WHOLE


def _is_aligned(scope: Scope, edge: Edge, reader: AssetKey) -> bool:
    """Tell whether each partition of a reader reads the one of the same key."""
    definition = scope.definitions[reader]
    is_plain = edge.mapping is None or isinstance(edge.mapping, IdentityPartitionMapping)
    return is_plain and definition is not None and definition == scope.definitions[edge.upstream]


def _has_key(scope: Scope, asset: AssetKey, key: str) -> bool:
    definition = scope.definitions[asset]
    if definition is None:
        return False
    try:
        return definition.part_of(key) in scope.parts[asset]
    except UnknownPartitionError:
        return False
