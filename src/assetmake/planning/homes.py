"""Homes: assets that have an alias, and whose records are still under that name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph
from assetmake.storage.renames import list_built

if TYPE_CHECKING:
    import duckdb

_Found = TypeVar("_Found")


def find_homes(db: duckdb.DuckDBPyConnection, graph: AssetGraph) -> dict[AssetKey, AssetKey]:
    """Return, for each asset that was only built under a former name of its, that name."""
    renamed = [record for record in graph.assets.values() if record.aliases]
    if not renamed:
        return {}
    built = set(list_built(db))
    homes: dict[AssetKey, AssetKey] = {}
    for record in renamed:
        former = next((alias for alias in record.aliases if str(alias) in built), None)
        if former is not None and str(record.key) not in built:
            homes[record.key] = former
    return homes


def adopt(homes: Mapping[AssetKey, AssetKey], found: Mapping[AssetKey, _Found]) -> dict[AssetKey, _Found]:
    """Return what was found by name, with what is under a former name given to the asset of today too."""
    return {**found, **{key: found[home] for key, home in homes.items() if home in found}}
