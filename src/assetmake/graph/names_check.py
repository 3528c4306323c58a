"""Names that cannot stand beside each other: given twice, or stored in the same place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import AssetRecord, Manifest, SourceRecord
from assetmake.graph.broken import find_writers
from assetmake.graph.problems import Problem

_Record = TypeVar("_Record", AssetRecord, SourceRecord)


def check_names(
    manifest: Manifest, problems: list[Problem]
) -> tuple[dict[AssetKey, AssetRecord], dict[AssetKey, SourceRecord]]:
    """Return assets and sources by key, the first of each name; add to `problems` what clashes."""
    assets = _index(manifest.assets, "asset", problems)
    sources = _index_sources(manifest, problems)
    for key in assets.keys() & sources.keys():
        text = f"asset {key} has the name of the source at {sources[key].place}"
        problems.append(Problem(assets[key].place, text))
    _check_aliases(assets, sources, problems)
    _index(manifest.checks, "check", problems)
    for check in manifest.checks:
        if check.key in assets:
            text = f"asset {check.key} has the name of a check, which is at {check.place}"
            problems.append(Problem(assets[check.key].place, text))
    folded = [(str(key).casefold(), record) for key, record in assets.items()]
    _check_case(folded, problems)
    _check_folders(folded, problems)
    return assets, sources


def _index_sources(manifest: Manifest, problems: list[Problem]) -> dict[AssetKey, SourceRecord]:
    """Return what the project reads and does not make: what it makes itself, others may be told of as well.

    So it is where the module that makes it did not import.
    """
    files = [source for source in manifest.sources if source.external is None]
    made = {*(record.key for record in manifest.assets), *(source.key for source in files)}
    told: dict[AssetKey, SourceRecord] = {}
    for source in manifest.sources:  # those that are observed come first
        lost = find_writers(manifest.failures, str(source.key))
        if source.external is None or source.key in made or lost:
            continue
        first = told.setdefault(source.key, source)
        if not _reads_alike(first, source):
            text = f"source {source.key} is declared in two ways; the other one is at {first.place}"
            problems.append(Problem(source.place, text))
    return {**_index(files, "source", problems), **told}


def _reads_alike(source: SourceRecord, other: SourceRecord) -> bool:
    """Tell whether two declarations of what others make say the same of how it is read."""
    own, others = source.external, other.external
    if source is other or own is None or others is None:
        return source is other
    same = (source.partitions, own.io_manager) == (other.partitions, others.io_manager)
    return same and others.observer is None


def _index(records: Iterable[_Record], word: str, problems: list[Problem]) -> dict[AssetKey, _Record]:
    found: dict[AssetKey, _Record] = {}
    for record in records:
        first = found.setdefault(record.key, record)
        if first is not record:
            text = f"{word} {record.key} is defined twice; the other one is at {first.place}"
            problems.append(Problem(record.place, text))
    return found


def _check_aliases(
    assets: Mapping[AssetKey, AssetRecord], sources: Mapping[AssetKey, SourceRecord], problems: list[Problem]
) -> None:
    claimed: dict[AssetKey, AssetRecord] = {}
    for record in assets.values():
        for alias in record.aliases:
            other = assets.get(alias) or sources.get(alias)
            first = claimed.setdefault(alias, record)
            if other is not None:
                word = "asset" if alias in assets else "source"
                text = f"asset {record.key} has the alias {alias}, which is the {word} at {other.place}"
                problems.append(Problem(record.place, text))
            elif first is not record:
                text = f"asset {record.key} has the alias {alias}, and so has {first.key} ({first.place})"
                problems.append(Problem(record.place, text))


def _check_case(folded: Iterable[tuple[str, AssetRecord]], problems: list[Problem]) -> None:
    first: dict[str, AssetRecord] = {}
    for name, record in folded:
        other = first.setdefault(name, record)
        if other is not record:
            text = (
                f"asset {record.key} differs from {other.key} ({other.place}) only in upper and lower case, "
                "so some file systems would keep both in one file"
            )
            problems.append(Problem(record.place, text))


def _check_folders(folded: Sequence[tuple[str, AssetRecord]], problems: list[Problem]) -> None:
    folders = {name: record for name, record in folded if record.partitions is not None}
    if not folders:
        return
    for name, record in folded:
        slash = name.find("/")
        while slash > 0:
            owner = folders.get(name[:slash])
            slash = name.find("/", slash + 1)
            if owner is not None:
                text = (
                    f"asset {record.key} would be kept in the folder of the partitions of {owner.key} "
                    f"({owner.place}); rename one of them"
                )
                problems.append(Problem(record.place, text))
