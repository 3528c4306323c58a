"""Dependency: one upstream of an asset."""

from __future__ import annotations

from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partition_mapping import PartitionMapping


@dataclass(frozen=True, slots=True)
class Dependency:
    """One upstream of an asset, as it was written; the graph finds the asset that is meant."""

    key: AssetKey
    parameter: str | None = None
    mapping: PartitionMapping | None = None
