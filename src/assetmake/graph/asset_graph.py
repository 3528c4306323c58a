"""AssetGraph: assets in order, with what each reads and what reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.resolution import reads_earlier
from assetmake.discovery.automation_records import JobRecord
from assetmake.discovery.code.members import CodeGraph
from assetmake.discovery.manifest import AssetRecord, Inspection, Manifest, ModuleFailure, SourceRecord
from assetmake.graph.automation_check import check_automation
from assetmake.graph.definitions_check import check_definitions
from assetmake.graph.linking import Edge, Links, link_assets
from assetmake.graph.names_check import check_names
from assetmake.graph.ordering import find_cycles, sort_topologically
from assetmake.graph.problems import Problem, raise_problems
from assetmake.graph.units import Members, group_units, order_units

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
        checks: By the key of their node.
        records: Assets and checks, by key: all that a build can run.
        units: For each asset or check that one call makes together with others: all of them, in the order in which they
            come to stand.
        jobs: By name.
        selectors: Saved selections, by name.
        self_edges: For each asset that reads earlier partitions of itself, or of what the same call makes, its edges to
            those.
    """

    assets: Mapping[AssetKey, AssetRecord]
    sources: Mapping[AssetKey, SourceRecord]
    order: tuple[AssetKey, ...]
    upstream: Mapping[AssetKey, tuple[Edge, ...]]
    downstream: Mapping[AssetKey, tuple[AssetKey, ...]]
    unavailable: Mapping[AssetKey, str] = field(default_factory=dict)
    broken: tuple[ModuleFailure, ...] = ()
    code: CodeGraph = field(default_factory=CodeGraph)
    jobs: Mapping[str, JobRecord] = field(default_factory=dict)
    checks: Mapping[AssetKey, AssetRecord] = field(default_factory=dict)
    units: Mapping[AssetKey, tuple[AssetKey, ...]] = field(default_factory=dict)
    selectors: Mapping[str, str] = field(default_factory=dict)
    self_edges: Mapping[AssetKey, tuple[Edge, ...]] = field(default_factory=dict)
    records: Mapping[AssetKey, AssetRecord] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "records", {**self.assets, **self.checks} if self.checks else self.assets)

    def list_checks(self, keys: Iterable[AssetKey]) -> tuple[AssetKey, ...]:
        """Return the checks of some assets, in the order of declaration."""
        if not self.checks:
            return ()
        wanted = set(keys)
        return tuple(key for key, check in self.checks.items() if inspected(check).asset in wanted)

    @property
    def checked_sources(self) -> tuple[AssetKey, ...]:
        """The sources that checks are of, in the order of the checks."""
        found = (inspected(check).asset for check in self.checks.values())
        return tuple(dict.fromkeys(key for key in found if key in self.sources))

    def find_partitions(self, key: AssetKey) -> PartitionsDefinition | None:
        """Return the partitions of an asset, a check or a source."""
        return self.records[key].partitions if key in self.records else self.sources[key].partitions

    def find_asset(self, key: AssetKey) -> AssetKey:
        """Return the asset that a check is of; an asset stands for itself."""
        return inspected(self.checks[key]).asset if key in self.checks else key

    def list_upstream(self, key: AssetKey) -> tuple[Edge, ...]:
        """Return the edges of all that one call makes together with an asset or check, but for those between them."""
        unit = self.units.get(key)
        if unit is None:
            return self.upstream[key]
        return tuple(edge for member in unit for edge in self.upstream[member] if edge.upstream not in unit)

    def find_lead(self, key: AssetKey) -> AssetKey:
        """Return what stands for a unit: the first asset or check of it; what is made alone stands for itself."""
        unit = self.units.get(key)
        return key if unit is None else unit[0]

    @property
    def observed(self) -> dict[AssetKey, AssetRecord]:
        """The functions that look at assets that others make, by the key of each such asset."""
        found = {key: source.external.observer for key, source in self.sources.items() if source.external is not None}
        return {key: observer for key, observer in found.items() if observer is not None}

    def ancestors(self, keys: Iterable[AssetKey], depth: int | None = None) -> set[AssetKey]:
        """Return the assets and sources upstream of `keys`, at most `depth` steps away.

        A key of `keys` is among them only where another of them reads it.
        """
        return _walk(
            keys, depth, lambda key: [edge.upstream for edge in self.upstream.get(key, ()) if edge.upstream != key]
        )

    def restrict(self, keys: Iterable[AssetKey]) -> AssetGraph:
        """Return the part of the graph that says all there is to say of some assets: they and what they need."""
        wanted = self._complete(set(keys))
        definitions = {self.assets[key].partitions for key in wanted if key in self.assets}
        files = {source for each in definitions if each is not None for source in each.file_sources}
        order = tuple([key for key in self.order if key in wanted])
        checks = {key: self.checks[key] for key in self.list_checks(wanted)}
        sources = {key: record for key, record in self.sources.items() if key in wanted or str(key) in files}
        return replace(
            self,
            assets={key: self.assets[key] for key in order},
            sources=sources,
            order=order,
            upstream={key: self.upstream[key] for key in (*order, *checks)},
            checks=checks,
            units={key: self.units[key] for key in (*order, *checks) if key in self.units},
            downstream={
                key: tuple([below for below in self.downstream[key] if below in wanted]) for key in (*order, *sources)
            },
        )

    def _complete(self, wanted: set[AssetKey]) -> set[AssetKey]:
        """Return assets with all that they, what is made together with them, and all their checks need."""
        before = -1
        while len(wanted) != before:
            before = len(wanted)
            wanted |= self.ancestors(wanted)
            wanted |= {member for key in wanted for member in self.units.get(key, ()) if member in self.assets}
            wanted |= {edge.upstream for check in self.list_checks(wanted) for edge in self.upstream[check]}
            if not self.checks and not self.units:
                break
        return wanted

    def find_dynamic(self) -> dict[str, tuple[AssetKey, ...]]:
        """Return the sources and assets that each named set of dynamic keys partitions; none where only checks are."""
        users: dict[str, list[AssetKey]] = {}
        several: tuple[SourceRecord | AssetRecord, ...] = (*self.sources.values(), *self.records.values())
        for record in several:
            for name in record.partitions.dynamic_names if record.partitions is not None else ():
                users.setdefault(name, []).extend([] if record.key in self.checks else [record.key])
        return {name: tuple(keys) for name, keys in users.items()}

    def descendants(self, keys: Iterable[AssetKey], depth: int | None = None) -> set[AssetKey]:
        """Return the assets downstream of `keys`, at most `depth` steps away."""
        return _walk(keys, depth, lambda key: self.downstream.get(key, ()))


def build_graph(manifest: Manifest, *, selectors: Mapping[str, str] | None = None) -> AssetGraph:
    """Connect what the manifest declares.

    Where a module did not import, an upstream that is not found may be defined in it: then the asset and
    its descendants are left out and listed in `unavailable`.

    Raises:
        DefinitionError: all that is wrong, a line each, `file:line: text`.
    """
    problems: list[Problem] = []
    assets, sources = check_names(manifest, problems)
    lost = check_definitions(manifest, problems)
    links = link_assets(assets, sources, manifest.failures, problems, checks=manifest.checks)
    links = replace(links, unavailable={**lost, **links.unavailable})
    upstream = [
        [number for number in found if number < len(assets) and number != own]
        for own, found in enumerate(links.upstream)
    ]
    groups = group_units(list(assets.values()), upstream)
    ordered = _order(assets, upstream, groups, problems)
    jobs = check_automation(manifest, problems)
    raise_problems(problems)
    graph = _assemble(assets, sources, links, ordered)
    checks = _resolve_checks(manifest.checks, links, graph)
    units = _name_units(graph.assets, checks, groups, list(assets))
    return replace(
        graph,
        broken=manifest.failures,
        code=manifest.code,
        jobs=jobs,
        selectors=selectors or {},
        checks=checks,
        units=units,
        self_edges=_find_self_edges(graph, units),
        upstream={**graph.upstream, **{key: links.checks[key] for key in checks}},
        unavailable={key: lost for key, lost in graph.unavailable.items() if key not in links.checks},
    )


def inspected(check: AssetRecord) -> Inspection:
    """Return what a check looks at."""
    assert check.inspection is not None, f"{check.key} is a check"
    return check.inspection


def _order(
    assets: Mapping[AssetKey, AssetRecord],
    upstream: Sequence[Sequence[int]],
    groups: Sequence[Members],
    problems: list[Problem],
) -> list[int]:
    ordered = sort_topologically(upstream)
    keys = list(assets)
    for cycle in find_cycles(upstream, ordered=ordered) if len(ordered) < len(assets) else ():
        path = " -> ".join(str(keys[number]) for number in cycle)
        problems.append(Problem(assets[keys[cycle[0]]].place, f"assets depend on themselves: {path}"))
    if not groups or len(ordered) < len(assets):
        return ordered
    together, cycles = order_units(len(assets), groups, upstream)
    for cycle in cycles:
        path = " -> ".join(str(keys[number]) for number in cycle)
        text = (
            f"one call makes several of these assets, and others lie between them: {path}; split the function, or "
            "declare can_subset=True and make what context.selected_asset_keys says"
        )
        problems.append(Problem(assets[keys[cycle[0]]].place, text))
    return together


def _resolve_checks(checks: Sequence[AssetRecord], links: Links, graph: AssetGraph) -> dict[AssetKey, AssetRecord]:
    """Return the checks of which all that they look at is there, each with the asset that it means."""
    found = {}
    for check in checks:
        edges = links.checks[check.key]
        if check.key in links.unavailable or any(edge.upstream in graph.unavailable for edge in edges):
            continue
        written = [dependency.key for dependency in check.dependencies]
        meant = edges[written.index(inspected(check).asset)].upstream
        found[check.key] = replace(check, inspection=replace(inspected(check), asset=meant))
    return found


def _name_units(
    assets: Mapping[AssetKey, AssetRecord],
    checks: Mapping[AssetKey, AssetRecord],
    groups: Sequence[Members],
    keys: Sequence[AssetKey],
) -> dict[AssetKey, tuple[AssetKey, ...]]:
    """Return for each asset and check that is made together with others all of them.

    A check belongs to the assets that its function makes: to those that it is of, or to the last ones.
    """
    named = {keys[number]: tuple(keys[each] for each in group) for group in groups for number in group}
    units: dict[AssetKey, tuple[AssetKey, ...]] = {key: unit for key, unit in named.items() if key in assets}
    for key, check in checks.items():
        own = [each for each in check.unit if each in assets]
        if not own:
            unit = tuple(each for each in check.unit if each in checks)
        else:
            asset = inspected(check).asset
            anchor = asset if asset in own else own[-1]
            unit = (*units.get(anchor, (anchor,)), key)
        if len(unit) > 1:
            units.update(dict.fromkeys(unit, unit))
    return units


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
        for read in set(links.upstream[number]) - {number}:
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


def _find_self_edges(
    graph: AssetGraph, units: Mapping[AssetKey, tuple[AssetKey, ...]]
) -> dict[AssetKey, tuple[Edge, ...]]:
    found = {}
    for key, edges in graph.upstream.items():
        own = units.get(key, (key,))
        several = tuple([edge for edge in edges if edge.mapping is not None and edge.upstream in own])
        earlier = tuple([edge for edge in several if reads_earlier(edge.mapping, graph.assets[key].partitions)])
        if earlier:
            found[key] = earlier
    return found


def _spread(assets: Mapping[AssetKey, AssetRecord], links: Links, ordered: Sequence[int]) -> dict[AssetKey, str]:
    keys = list(assets)
    unavailable = dict(links.unavailable)
    before = -1
    while len(unavailable) != before:
        before = len(unavailable)
        for number in ordered:
            above = [edge.upstream for edge in links.edges[number]]
            lost = next((key for key in (*above, *assets[keys[number]].unit) if key in unavailable), None)
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
