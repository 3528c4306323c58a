"""AssetMaterialization and AssetObservation: that an asset was made, or looked at, and what was found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.occurrences.tags import DATA_VERSION_TAG, check_tags
from assetmake.errors import DefinitionError

_BETWEEN_PARTS = re.compile("[^A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True, init=False)
class _AssetEvent:
    """What both have."""

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
        if partition is not None and not isinstance(partition, str):
            raise DefinitionError(f"{type(self).__name__}: partition {partition!r} is not a key: a text")
        object.__setattr__(self, "asset_key", _read_key(asset_key))
        object.__setattr__(self, "description", description)
        object.__setattr__(self, "metadata", check_metadata(metadata or {}))
        object.__setattr__(self, "partition", partition)
        object.__setattr__(self, "tags", check_tags(tags))

    @property
    def label(self) -> str:
        return " ".join(self.asset_key.parts)

    @property
    def data_version(self) -> str | None:
        return self.tags.get(DATA_VERSION_TAG)

    def with_metadata(self, metadata: Mapping[str, Any] | None) -> Self:
        """Return the same with other metadata."""
        return replace(self, metadata=check_metadata(metadata or {}))


@dataclass(frozen=True, slots=True, init=False)
class AssetMaterialization(_AssetEvent):
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

    @classmethod
    def file(
        cls, path: str, description: str | None = None, asset_key: CoercibleToAssetKey | None = None
    ) -> AssetMaterialization:
        """Tell of a file that was written; the asset's key is made of its path where none is given."""
        return cls(asset_key or path, description=description, metadata={"path": MetadataValue.path(path)})


@dataclass(frozen=True, slots=True, init=False)
class AssetObservation(_AssetEvent):
    """An asset was looked at.

    Args:
        asset_key: Which one; as for AssetMaterialization.
        description: For people.
        metadata: Facts about what stands; see MetadataValue.
        partition: The key of the partition that was looked at.
        tags: Texts by name.
    """


def _read_key(asset_key: CoercibleToAssetKey) -> AssetKey:
    if isinstance(asset_key, str):
        parts: Sequence[str] = [part for part in _BETWEEN_PARTS.split(asset_key) if part]
        return AssetKey(parts or asset_key)
    return AssetKey.from_coercible(asset_key)
