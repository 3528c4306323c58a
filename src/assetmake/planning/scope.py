"""Scope: the sets a plan is made over - which partitions there are now, and what is there of each source."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.dynamic_partitions import DynamicPartitionsDefinition
from assetmake.definitions.file_partitions import FilePartitionsDefinition
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partitions import PartitionsDefinition, StaticPartitionsDefinition
from assetmake.definitions.source import fill_template, has_magic, split_holes, split_template
from assetmake.discovery.manifest import AssetRecord, SourceRecord
from assetmake.errors import DefinitionError, UnknownPartitionError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.keyset import ONE_PART
from assetmake.planning.plan import Parts
from assetmake.planning.view import Scope, SourceData
from assetmake.storage.data_hash import EXTERNAL, hash_node, hash_version
from assetmake.storage.ledger import SourceRow
from assetmake.storage.observations import WHOLE, Observed
from assetmake.storage.sources import Search, list_template_keys, observe_files


@dataclass(frozen=True, slots=True)
class Survey:
    """A scope, and what was seen of source files.

    Attributes:
        scope: The sets.
        seen: Every source file there is, by path.
        learned: The rows among them that the state does not have yet.
        absent: Paths of source files that are not there.
        searched: How files were looked for where their names were not known, and what was found.
    """

    scope: Scope
    seen: Mapping[str, SourceRow]
    learned: tuple[SourceRow, ...]
    absent: tuple[str, ...] = ()
    searched: tuple[Search, ...] = ()


def survey(
    graph: AssetGraph,
    root: Path,
    *,
    known: Mapping[str, SourceRow],
    now: datetime,
    dynamic: Mapping[str, Sequence[str]] | None = None,
    observed: Mapping[str, Observed] | None = None,
) -> Survey:
    """Look at the sources and fix the sets of partitions.

    Args:
        graph: The project.
        root: What sources' relative paths are relative to.
        known: What the state has of source files.
        now: Decides which time windows exist.
        dynamic: The keys of dynamic partitions, by the name that they are kept under.
        observed: What was seen of assets that others make, by name.
    """
    resolver = _Resolver(dynamic or {}, now)
    external = {key: record for key, record in graph.sources.items() if record.external is not None}
    listings = {
        key: _list_source(root, record, resolver) for key, record in graph.sources.items() if key not in external
    }
    definitions = {key: listing.definition for key, listing in listings.items()}
    resolver.files = {str(key): listing.definition for key, listing in listings.items()}
    others: tuple[SourceRecord | AssetRecord, ...] = (*external.values(), *graph.records.values())
    for record in others:
        definitions[record.key] = resolver.resolve(record.partitions)
    paths = [path for listing in listings.values() for several in listing.paths.values() for path in several]
    seen = observe_files(root, paths, known=known, now=int(now.timestamp() * 1e9))
    sources = {key: _hash_source(listing, seen.rows) for key, listing in listings.items()}
    parts: dict[AssetKey, Parts] = {}
    enumerated: dict[PartitionsDefinition, Parts] = {}
    for key, definition in definitions.items():
        if definition is None:
            parts[key] = ONE_PART
            continue
        if definition not in enumerated:
            enumerated[definition] = definition.parts(current_time=now)
        parts[key] = enumerated[definition]
    for key, record in external.items():
        versions = _read_versions((observed or {}).get(str(key)), definitions[key], parts[key])
        is_looked_at = record.external is not None and record.external.observer is not None
        sources[key] = versions if is_looked_at else _stand(parts[key], versions)
    searched = tuple(listing.search for listing in listings.values() if listing.search is not None)
    absent = tuple(path for path in paths if path not in seen.rows)
    return Survey(Scope(definitions, parts, sources, now), seen.rows, seen.learned, absent, searched)


def resolve_partitions(
    records: Iterable[AssetRecord], *, dynamic: Mapping[str, Sequence[str]], now: datetime
) -> dict[str, PartitionsDefinition | None]:
    """Return the definitions of assets with their keys known, by name; where files define them they are not."""
    resolver = _Resolver(dynamic, now)
    return {
        str(record.key): record.partitions
        if record.partitions is None or record.partitions.file_sources
        else resolver.resolve_own(record.partitions)
        for record in records
    }


def list_beginnings(graph: AssetGraph) -> list[str]:
    """Return with what the paths of all source files of a graph begin: up to the first place that varies."""
    files = [record.path for record in graph.sources.values() if record.external is None]
    return [re.split(r"[*?\[]", split_holes(path)[0])[0] for path in files]


@dataclass(frozen=True, slots=True)
class _Listing:
    """The files of a source by partition, and the search that found them, if one did.

    What a file is called is part of the data: readers see it, and the suffix decides how a table is read. Of a source
    that is a glob, the folders below which its files lie are too.
    """

    definition: PartitionsDefinition | None
    paths: Mapping[int, tuple[str, ...]]
    is_glob: bool = False
    search: Search | None = None


def _list_source(root: Path, record: SourceRecord, resolver: _Resolver) -> _Listing:
    match record.partitions:
        case None:
            if has_magic(record.path):
                search = Search.by_glob(root, record.path)
                return _Listing(None, {0: search.found}, is_glob=True, search=search)
            return _Listing(None, {0: (record.path,)})
        case FilePartitionsDefinition():
            before, after = split_template(record.path)
            keys = list_template_keys(root, before, after)
            try:
                definition = record.partitions.resolve(sorted(keys))
            except DefinitionError as error:
                raise DefinitionError(
                    f"source {record.key} ({record.place}): {error.message}", hint=error.hint
                ) from None
            files_of = {definition.part_of(key): (path,) for key, path in keys.items()}
            return _Listing(definition, files_of, search=Search.by_template(before, after, keys))
        case given:
            given = resolver.resolve_own(given)
            paths = {
                part: (fill_template(record.path, given.key_of(part), partitions_def=given),)
                for part in given.parts(current_time=resolver.now)
            }
            return _Listing(given, paths)


@dataclass(slots=True)
class _Resolver:
    """Finds definitions with their keys known, each once: what many assets share is listed and hashed for all of them.

    Attributes:
        dynamic: The keys of dynamic partitions, by the name that they are kept under.
        now: For keys that a function of the time lists.
        files: What the files of each source define, once they are listed.
    """

    dynamic: Mapping[str, Sequence[str]]
    now: datetime
    files: Mapping[str, PartitionsDefinition | None] = field(default_factory=dict)
    _by_id: dict[int, PartitionsDefinition] = field(default_factory=dict)
    _by_name: dict[str, PartitionsDefinition] = field(default_factory=dict)

    def resolve(self, definition: PartitionsDefinition | None) -> PartitionsDefinition | None:
        return None if definition is None else self.resolve_own(definition)

    def resolve_own(self, definition: PartitionsDefinition) -> PartitionsDefinition:
        """Return a definition with its keys known; the graph keeps definitions alive, so an id means one of them."""
        if definition.is_resolved:
            return definition
        found = self._by_id.get(id(definition))
        if found is None:
            found = self._by_id[id(definition)] = self._find(definition)
        return found

    def _find(self, definition: PartitionsDefinition) -> PartitionsDefinition:
        match definition:
            case FilePartitionsDefinition():
                defined = self.files.get(definition.source)
                if not isinstance(defined, StaticPartitionsDefinition):
                    raise DefinitionError(
                        f"the files of the source {definition.source!r} define the partitions, and it is not declared",
                        hint="keep the FileSource at the top level of a module of the project",
                    )
                return defined
            case DynamicPartitionsDefinition(name=None):
                return definition.resolve(definition.list_keys(self.now))
            case DynamicPartitionsDefinition(name=str(name)):
                if name not in self.dynamic:  # none at all would look like nothing to do
                    raise DefinitionError(f"the keys of the dynamic partitions {name!r} are not known")
                if name not in self._by_name:
                    self._by_name[name] = definition.resolve(self.dynamic[name])
                return self._by_name[name]
            case MultiPartitionsDefinition():
                return definition.with_dimensions(self.resolve_own)
        return definition


def _stand(parts: Parts, told: SourceData) -> SourceData:
    """Return what is there of an asset that others make and no function looks at: all, and the same until told."""
    data = {part: told.data[part] if part in told.data else hash_node(part, EXTERNAL) for part in parts}
    return SourceData(data, {}, is_elsewhere=True)


def _read_versions(observed: Observed | None, definition: PartitionsDefinition | None, parts: Parts) -> SourceData:
    """Return what is there of an asset that others make: that of which a version was seen."""
    versions = observed.versions if observed is not None else {}
    found = dict.fromkeys(parts, versions[WHOLE]) if WHOLE in versions else {}
    for key, version in versions.items():
        part = 0 if definition is None else _find_part(definition, key)
        if key != WHOLE and part is not None and part in parts:
            found[part] = version
    return SourceData({part: hash_version(part, version) for part, version in found.items()}, {}, is_elsewhere=True)


def _find_part(definition: PartitionsDefinition, key: str) -> int | None:
    try:
        return definition.part_of(key)
    except UnknownPartitionError:
        return None


def _hash_source(listing: _Listing, rows: Mapping[str, SourceRow]) -> SourceData:
    data: dict[int, int] = {}
    paths: dict[int, tuple[str, ...]] = {}
    for part, several in listing.paths.items():
        there = [rows[path] for path in several if path in rows]
        if not there and several:
            continue
        paths[part] = tuple(row.path for row in there)
        named = [(row.path if listing.is_glob else row.path.rpartition("/")[2], row.content) for row in there]
        text = "".join(f"{name}\0{content:032x}\n" for name, content in named)
        data[part] = hash_node(part, hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest())
    return SourceData(data, paths)
