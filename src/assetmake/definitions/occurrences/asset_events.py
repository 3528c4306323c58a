"""AssetMaterialization and AssetObservation: that an asset was made, or looked at, and what was found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.occurrences.tags import DATA_VERSION_TAG, check_tags
from assetmake.errors import DefinitionError

_BETWEEN_PARTS = re.compile("[^A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True, init=False)
class AssetMaterialization:
    """An asset was made.

    Args:
        asset_key: Which one. A text is cut into parts wherever it has something other than letters, digits and `_`;
            give an AssetKey where a part has other characters.
        description: For people.
        metadata: Facts about what was made; see MetadataValue.
        partition: The key of the partition that was made.
        tags: Texts by name.

    Example:
        >>> AssetMaterialization("reports/daily", metadata={"rows": 5}).metadata["rows"].value
        5
    """

    asset_key: AssetKey
    description: str | None
    metadata: Mapping[str, MetadataValue]
    partition: str | None
    tags: Mapping[str, str]

    def __init__(
        self,
        asset_key: CoercibleToAssetKey,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        partition: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        _fill(self, asset_key, description, metadata, partition, tags)

    @classmethod
    def file(
        cls, path: str, description: str | None = None, asset_key: CoercibleToAssetKey | None = None
    ) -> AssetMaterialization:
        """Tell of a file that was written; the asset's key is made of its path where none is given."""
        return cls(asset_key or path, description=description, metadata={"path": MetadataValue.path(path)})

    @property
    def label(self) -> str:
        return " ".join(self.asset_key.parts)

    @property
    def data_version(self) -> str | None:
        return self.tags.get(DATA_VERSION_TAG)

    def with_metadata(self, metadata: Mapping[str, Any] | None) -> AssetMaterialization:
        """Return the same with other metadata."""
        return replace(self, metadata=check_metadata(metadata or {}))


@dataclass(frozen=True, slots=True, init=False)
class AssetObservation:
    """An asset was looked at.

    Args:
        asset_key: Which one; as for AssetMaterialization.
        description: For people.
        metadata: Facts about what stands; see MetadataValue.
        partition: The key of the partition that was looked at.
        tags: Texts by name.
    """

    asset_key: AssetKey
    description: str | None
    metadata: Mapping[str, MetadataValue]
    partition: str | None
    tags: Mapping[str, str]

    def __init__(
        self,
        asset_key: CoercibleToAssetKey,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        partition: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        _fill(self, asset_key, description, metadata, partition, tags)

    @property
    def label(self) -> str:
        return " ".join(self.asset_key.parts)

    @property
    def data_version(self) -> str | None:
        return self.tags.get(DATA_VERSION_TAG)

    def with_metadata(self, metadata: Mapping[str, Any] | None) -> AssetObservation:
        """Return the same with other metadata."""
        return replace(self, metadata=check_metadata(metadata or {}))


def _fill(
    event: AssetMaterialization | AssetObservation,
    asset_key: CoercibleToAssetKey,
    description: str | None,
    metadata: Mapping[str, Any] | None,
    partition: str | None,
    tags: Mapping[str, str] | None,
) -> None:
    if partition is not None and not isinstance(partition, str):
        raise DefinitionError(f"{type(event).__name__}: partition {partition!r} is not a key: a text")
    object.__setattr__(event, "asset_key", _read_key(asset_key))
    object.__setattr__(event, "description", description)
    object.__setattr__(event, "metadata", check_metadata(metadata or {}))
    object.__setattr__(event, "partition", partition)
    object.__setattr__(event, "tags", check_tags(tags))


def _read_key(asset_key: CoercibleToAssetKey) -> AssetKey:
    if isinstance(asset_key, str):
        parts: Sequence[str] = [part for part in _BETWEEN_PARTS.split(asset_key) if part]
        return AssetKey(parts or asset_key)
    return AssetKey.from_coercible(asset_key)
