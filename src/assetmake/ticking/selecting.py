"""Selecting: how a build is asked for what is wanted, and how far a build has come with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.errors import AssetmakeError, StorageError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.selection import Selection
from assetmake.planning.under_way import NOT_BEGUN, Standing, find_standings
from assetmake.project import Project
from assetmake.storage.automation_book import RequestRow
from assetmake.storage.state import Database
from assetmake.ticking.decision import Kind, Spans, Wanted
from assetmake.ticking.written import read_wanted


def make_selection(graph: AssetGraph, wanted: Wanted) -> Selection:
    """Return what asks a build for something; assets that are no more are left out."""
    terms = [term for name, spans in wanted.nodes.items() for term in _write_terms(graph, name, spans)]
    return Selection(tuple(terms))


def _write_terms(graph: AssetGraph, name: str, spans: Spans | None) -> Iterator[str]:
    record = graph.assets.get(AssetKey.from_user_string(name))
    if record is None:
        return
    if spans is None or record.partitions is None:
        yield f"key:{name}"
        return
    is_multi = isinstance(record.partitions, MultiPartitionsDefinition)
    for first, last in spans:
        yield f'key:{name}@"{first}"' if first == last or is_multi else f'key:{name}@"{first}".."{last}"'


def is_anew(graph: AssetGraph, row: RequestRow) -> bool:
    """Tell whether a condition asks for an asset that reads nothing: only by being made does it get what is new."""
    return row.kind == Kind.CONDITION and is_source_of_itself(graph, AssetKey.from_user_string(row.name))


def is_source_of_itself(graph: AssetGraph, asset: AssetKey) -> bool:
    """Tell whether an asset has no partitions and reads nothing that is declared: what it fetches may be new."""
    record = graph.assets.get(asset)
    return record is not None and record.partitions is None and not graph.list_upstream(asset)


def look_at_requests(project: Project, db: Database, rows: Sequence[RequestRow]) -> list[Standing]:
    """Return how far a build has come with each of the requests that it answers; its run is the one that owns them."""
    found = [make_selection(project.graph, read_wanted(row.wanted)) for row in rows]
    selections = [each for each in found if each.include]
    if not selections:
        return [NOT_BEGUN] * len(rows)
    everything = Selection(tuple(term for each in selections for term in each.include))
    try:
        seen = project.look(db, selection=everything)
        forced = is_anew(project.graph, rows[0])
        standings = iter(find_standings(db, seen, rows[0].owner, selections, forced=forced))
    except StorageError:
        raise
    except AssetmakeError:  # as of a partition that there is no more: its build says so
        return [NOT_BEGUN] * len(rows)
    return [next(standings) if each.include else NOT_BEGUN for each in found]
