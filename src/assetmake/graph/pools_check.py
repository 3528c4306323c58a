"""Pools that assets are in and that have no limit."""

from __future__ import annotations

from collections.abc import Container, Iterable

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.config import CONFIG_NAME
from assetmake.graph.asset_graph import AssetGraph


def list_pool_warnings(graph: AssetGraph, keys: Iterable[AssetKey], pools: Container[str]) -> list[str]:
    """Return a warning for each of the assets whose pool has no limit."""
    return [
        f"{key} ({record.place}) is in the pool {record.pool!r}, which has no limit under [pools] in {CONFIG_NAME}"
        for key, record in ((key, graph.records[key]) for key in keys)
        if record.pool is not None and record.pool not in pools
    ]
