"""AssetGraph: assets in order, with what each reads and what reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.code.members import CodeGraph
from assetmake.discovery.manifest import AssetRecord, Manifest, ModuleFailure, SourceRecord
from assetmake.graph.definitions_check import check_definitions
from assetmake.graph.linking import Edge, Links, link_assets
from assetmake.graph.names_check import check_names
from assetmake.graph.ordering import find_cycles, sort_topologically
from assetmake.graph.problems import Problem, raise_problems

__all__ = ["AssetGraph", "Edge", "build_graph"]


@dataclass(frozen=True, slots=True)
class AssetGraph:
    """The project's assets and sources and how they hang together.

    Attributes:
        assets: By key, in the order of declaration.
        sources: By key.
        order: Every asset after its upstreams; otherwise in the order of declaration.
        upstream: For each asset its edges, in the order of its dependencies.
        downstream: For each asset and source the assets that read it.
        unavailable: Assets left out because a module did not import, each with what it needs and where that may be.
        broken: The modules that did not import.
        code: What the assets' functions consist of.
    """

    assets: Mapping[AssetKey, AssetRecord]
    sources: Mapping[AssetKey, SourceRecord]
    order: tuple[AssetKey, ...]
    upstream: Mapping[AssetKey, tuple[Edge, ...]]
    downstream: Mapping[AssetKey, tuple[AssetKey, ...]]
    unavailable: Mapping[AssetKey, str] = field(default_factory=dict)
    broken: tuple[ModuleFailure, ...] = ()
    code: CodeGraph = field(default_factory=CodeGraph)

    def ancestors(self, keys: Iterable[AssetKey], depth: int | None = None) -> set[AssetKey]:
        """Return the assets and sources upstream of `keys`, at most `depth` steps away.

        A key of `keys` is among them only where another of them reads it.
        """
        return _walk(keys, depth, lambda key: [edge.upstream for edge in self.upstream.get(key, ())])

    def restrict(self, keys: Iterable[AssetKey]) -> AssetGraph:
        """Return the part of the graph that says all there is to say of some assets: they and what they need."""
        wanted = set(keys)
        wanted |= self.ancestors(wanted)
        definitions = {self.assets[key].partitions for key in wanted if key in self.assets}
        files = {source for each in definitions if each is not None for source in each.file_sources}
        order = tuple([key for key in self.order if key in wanted])
        sources = {key: record for key, record in self.sources.items() if key in wanted or str(key) in files}
        return replace(
            self,
            assets={key: self.assets[key] for key in order},
            sources=sources,
            order=order,
            upstream={key: self.upstream[key] for key in order},
            downstream={
                key: tuple([below for below in self.downstream[key] if below in wanted]) for key in (*order, *sources)
            },
        )

    def descendants(self, keys: Iterable[AssetKey], depth: int | None = None) -> set[AssetKey]:
        """Return the assets downstream of `keys`, at most `depth` steps away."""
        return _walk(keys, depth, lambda key: self.downstream.get(key, ()))


def build_graph(manifest: Manifest) -> AssetGraph:
    """Connect what the manifest declares.

    Where a module did not import, an upstream that is not found may be defined in it: then the asset and
    its descendants are left out and listed in `unavailable`.

    Raises:
        DefinitionError: all that is wrong, a line each, `file:line: text`.
    """
    problems: list[Problem] = []
    assets, sources = check_names(manifest, problems)
    lost = check_definitions(manifest, problems)
    links = link_assets(assets, sources, manifest.failures, problems)
    links = replace(links, unavailable={**lost, **links.unavailable})
    ordered = _order(assets, links, problems)
    raise_problems(problems)
    return replace(_assemble(assets, sources, links, ordered), broken=manifest.failures, code=manifest.code)


def _order(assets: Mapping[AssetKey, AssetRecord], links: Links, problems: list[Problem]) -> list[int]:
    upstream = [[number for number in found if number < len(assets)] for found in links.upstream]
    ordered = sort_topologically(upstream)
    if len(ordered) < len(assets):
        keys = list(assets)
        for cycle in find_cycles(upstream, ordered=ordered):
            path = " -> ".join(str(keys[number]) for number in cycle)
            problems.append(Problem(assets[keys[cycle[0]]].place, f"assets depend on themselves: {path}"))
    return ordered


def _assemble(
    assets: Mapping[AssetKey, AssetRecord],
    sources: Mapping[AssetKey, SourceRecord],
    links: Links,
    ordered: Sequence[int],
) -> AssetGraph:
    unavailable = _spread(assets, links, ordered) if links.unavailable else {}
    keys = [*assets, *sources]
    kept, available = ordered, dict(assets)
    if unavailable:
        kept = [number for number in ordered if keys[number] not in unavailable]
        available = {key: record for key, record in assets.items() if key not in unavailable}
    readers: list[list[AssetKey]] = [[] for _ in keys]
    for number in kept:
        for read in set(links.upstream[number]):
            readers[read].append(keys[number])
    left_out = set(ordered).difference(kept)
    return AssetGraph(
        assets=available,
        sources=dict(sources),
        order=tuple([keys[number] for number in kept]),
        upstream={keys[number]: links.edges[number] for number in kept},
        downstream={key: tuple(readers[number]) for number, key in enumerate(keys) if number not in left_out},
        unavailable=unavailable,
    )


def _spread(assets: Mapping[AssetKey, AssetRecord], links: Links, ordered: Sequence[int]) -> dict[AssetKey, str]:
    keys = list(assets)
    unavailable = dict(links.unavailable)
    for number in ordered:
        lost = next((edge.upstream for edge in links.edges[number] if edge.upstream in unavailable), None)
        if lost is not None:
            unavailable.setdefault(keys[number], unavailable[lost])
    return unavailable


def _walk(keys: Iterable[AssetKey], depth: int | None, step: Callable[[AssetKey], Iterable[AssetKey]]) -> set[AssetKey]:
    reached: set[AssetKey] = set()
    border = list(keys)
    while border and depth != 0:
        found = {near for key in border for near in step(key)} - reached
        reached |= found
        border = list(found)
        depth = None if depth is None else depth - 1
    return reached
