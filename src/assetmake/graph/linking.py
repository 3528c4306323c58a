"""Links: for each dependency that was written, the asset or source that it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.dependency import Dependency
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.naming import NameIndex, suggest
from assetmake.definitions.partition_mapping import PartitionMapping
from assetmake.definitions.resolution import MappingKind, reads_earlier, resolve_mapping
from assetmake.discovery.manifest import AssetRecord, ModuleFailure, SourceRecord
from assetmake.errors import DefinitionError
from assetmake.graph.broken import describe_lost
from assetmake.graph.problems import Problem

_SUGGESTIONS_FOR = 8  # looking for near names takes a pass over all of them


@dataclass(frozen=True, slots=True)
class Edge:
    """One upstream of an asset, found, with the partitions that each partition reads.

    Attributes:
        upstream: An asset or a source.
        parameter: The parameter that it is loaded into; None for `deps=`.
        mapping: As it was written; None where the two partitions definitions decide.
        kind: What the mapping, or the lack of one, means between the two definitions.
    """

    upstream: AssetKey
    parameter: str | None
    mapping: PartitionMapping | None
    kind: MappingKind


@dataclass(frozen=True, slots=True)
class Links:
    """What was found for each asset, in the order of the assets.

    Attributes:
        edges: Its edges.
        checks: Those of each check.
        upstream: Where the upstreams of its edges stand: first come the assets, then the sources.
        unavailable: The assets of which an upstream may be in a module that did not import, with what it is.
    """

    edges: Sequence[tuple[Edge, ...]]
    checks: Mapping[AssetKey, tuple[Edge, ...]]
    upstream: Sequence[Sequence[int]]
    unavailable: Mapping[AssetKey, str]


def link_assets(
    assets: Mapping[AssetKey, AssetRecord],
    sources: Mapping[AssetKey, SourceRecord],
    failures: Sequence[ModuleFailure],
    problems: list[Problem],
    *,
    checks: Sequence[AssetRecord] = (),
) -> Links:
    """Find the upstream and the mapping of every dependency; add to `problems` what cannot be found."""
    linker = _Linker(assets, sources, failures, problems)
    edges = [linker.link(record) for record in assets.values()]
    # By path, whose hash is fast: at ten thousand assets the hashing of keys is most of the time.
    numbers = {key.parts: number for number, key in enumerate((*assets, *sources))}
    upstream = [[numbers[edge.upstream.parts] for edge in found] for found in edges]
    return Links(edges, {check.key: linker.link(check) for check in checks}, upstream, linker.unavailable)


class _Linker:
    def __init__(
        self,
        assets: Mapping[AssetKey, AssetRecord],
        sources: Mapping[AssetKey, SourceRecord],
        failures: Sequence[ModuleFailure],
        problems: list[Problem],
    ) -> None:
        self.unavailable: dict[AssetKey, str] = {}
        self._index = NameIndex((*sources, *assets))
        self._external = {key.parts: record for key, record in sources.items() if record.external is not None}
        self._partitions = {
            key.parts: record.partitions for records in (sources, assets) for key, record in records.items()
        }
        self._broken = failures
        self._problems = problems
        self._kinds: dict[tuple[int, int, int], MappingKind] = {}

    def link(self, record: AssetRecord) -> tuple[Edge, ...]:
        edges = []
        find_upstream, partitions, kinds = self._index.find_upstream, self._partitions, self._kinds
        for dependency in record.dependencies:
            found = find_upstream(dependency.key, consumer=record.key)
            if len(found) != 1:
                self._report(record, dependency, found)
                continue
            if (
                self._external
                and dependency.parameter is not None
                and not self._check_loader(record, dependency, found)
            ):
                continue
            upstream = partitions[found[0].parts]
            # By identity: definitions are shared by many assets, and hashing one can mean hashing its keys.
            known = (id(dependency.mapping), id(upstream), id(record.partitions))
            kind = kinds.get(known)
            if kind is None:
                kind = self._resolve(record, dependency, found[0])
                if kind is None:
                    continue
                kinds[known] = kind
            if found[0].parts == record.key.parts and not reads_earlier(dependency.mapping, record.partitions):
                self._add(record, _refuse_self_reading(record))
                continue
            edges.append(Edge(found[0], dependency.parameter, dependency.mapping, kind))
        return tuple(edges)

    def _check_loader(self, record: AssetRecord, dependency: Dependency, found: Sequence[AssetKey]) -> bool:
        """Tell whether something loads a parameter; add to the problems that nothing does."""
        source = self._external.get(found[0].parts)
        if source is None or source.external is None or any(each[0] == dependency.parameter for each in record.loaders):
            return True
        name = source.external.io_manager
        if self._broken:
            self.unavailable.setdefault(record.key, describe_lost(self._broken, name))
            return False
        text = (
            f"{_name(record)}: parameter {dependency.parameter!r} reads {found[0]}, and nobody makes it here "
            f"({source.place}): give it an io_manager_key that can load it, or use a FileSource"
        )
        lacks = "" if name == DEFAULT_IO_MANAGER else f"; no resource is its io_manager_key {name!r}"
        self._add(record, text + lacks)
        return False

    def _resolve(self, record: AssetRecord, dependency: Dependency, found: AssetKey) -> MappingKind | None:
        try:
            return resolve_mapping(
                dependency.mapping, upstream=self._partitions[found.parts], downstream=record.partitions
            )
        except DefinitionError as error:
            text = f"{_name(record)} cannot read {found}: {error.message}"
            self._add(record, f"{text}; {error.hint}" if error.hint else text)
            return None

    def _report(self, record: AssetRecord, dependency: Dependency, found: Sequence[AssetKey]) -> None:
        written = f"parameter {dependency.parameter!r}" if dependency.parameter else "deps"
        if found:
            names = ", ".join(sorted(str(key) for key in found))
            how = "say which with AssetIn(key=...)" if dependency.parameter else "write the whole key"
            text = f"{_name(record)}: {written} reads {dependency.key}, which may mean {names}"
            self._add(record, f"{text}; {how}")
        elif self._broken:
            self.unavailable.setdefault(record.key, describe_lost(self._broken, str(dependency.key)))
        else:
            text = f"{_name(record)}: {written} reads {dependency.key}, and there is no such asset or source"
            if record.inspection is not None and dependency.key == record.inspection.asset:
                text = f"{_name(record)} is of {dependency.key}, and there is no such asset or source"
            few = len(self._problems) < _SUGGESTIONS_FOR
            nearest = suggest(self._index.find_nearest(str(dependency.key))) if few else ""
            declare = f'if others make it, declare it: AssetSpec("{dependency.key}")'
            annotate = _tell_to_annotate(dependency.parameter, nearest)
            self._add(record, "; ".join(filter(None, (text, nearest, declare, annotate))))

    def _add(self, record: AssetRecord, text: str) -> None:
        self._problems.append(Problem(record.place, text))


def _tell_to_annotate(parameter: str | None, nearest: str) -> str:
    if parameter == "config":
        return "if it is config, annotate it with a class of Config"
    return "if it is a resource, annotate it with its class" if parameter and not nearest else ""


def _refuse_self_reading(record: AssetRecord) -> str:
    if record.partitions is None:
        return f"{_name(record)} reads itself, so it would have to be there before it is made"
    return (
        f"{_name(record)} reads itself: it can read its earlier partitions, with a mapping of "
        "TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)"
    )


def _name(record: AssetRecord) -> str:
    return f"{'asset' if record.inspection is None else 'check'} {record.key}"
