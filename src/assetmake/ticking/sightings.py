"""Sightings: what sensors tell of assets that others make becomes their versions, as if a function had looked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph
from assetmake.storage.observations import WHOLE, Observed, record_observations
from assetmake.storage.state import Database
from assetmake.ticking.decision import Sighting


def sort_sightings(
    graph: AssetGraph, told: Sequence[Sighting], now: datetime
) -> tuple[tuple[Sighting, ...], tuple[str, ...]]:
    """Return what is to be kept, each with a version, and why the rest is not, a line for each.

    What was made and says no version is taken as other data than before: its version is when it was told.
    """
    kept: list[Sighting] = []
    refused: list[str] = []
    for number, each in enumerate(told):
        why = _refuse(graph, each)
        if why:
            refused.append(f"what it tells of {each.asset} is not kept: {why}")
        elif each.version:
            kept.append(each)
        else:
            kept.append(replace(each, version=f"{now.isoformat()}/{number}"))
    return tuple(kept), tuple(dict.fromkeys(refused))


def tell_sighting(sighting: Sighting) -> str:
    """Return a sighting in words."""
    node = f"{sighting.asset}@{sighting.key}" if sighting.key else sighting.asset
    verb = "made" if sighting.is_made else "seen"
    return f"it tells that {node} was {verb} (version {sighting.version})"


def keep_sightings(db: Database, sightings: Iterable[Sighting], now: datetime) -> None:
    """Record versions, those that were told last count; inside a writing block."""
    seen_at = int(now.timestamp() * 1e9)
    waiting: dict[str, dict[str, str]] = {}

    def record() -> None:
        record_observations(db, {asset: Observed(versions, seen_at) for asset, versions in waiting.items()})
        waiting.clear()

    for each in sightings:
        versions = waiting.get(each.asset, {})
        if WHOLE in versions or (versions and each.key == WHOLE):
            record()  # a version of all of it takes the place of those of partitions, and only of such as came before
        waiting.setdefault(each.asset, {})[each.key] = each.version
    record()


def _refuse(graph: AssetGraph, sighting: Sighting) -> str:
    """Return why a sighting is not kept; empty where it is."""
    key = AssetKey.from_user_string(sighting.asset)
    source = graph.sources.get(key)
    if key in graph.assets:
        return "the project makes it, and what a build makes is recorded by it"
    if source is None:
        return "the project has no such asset; declare it with AssetSpec"
    if source.external is None:
        return "it is a FileSource, whose files are looked at"
    if source.external.observer is not None:
        return "a function of the project observes it"
    if sighting.key and source.partitions is None:
        return "it has no partitions"
    return "" if sighting.version or sighting.is_made else "it has no data version"
