"""What an asset's function may return besides its plain value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from assetmake.definitions.asset_key import CoercibleToAssetKey

T = TypeVar("T")


class Nothing:
    """The value of a MaterializeResult that has none: the function kept its result by itself."""


@dataclass(frozen=True, slots=True)
class MaterializeResult(Generic[T]):
    """Says that an asset was made, with metadata; its value is stored only where one is given.

    Args:
        asset_key: The asset it is about; default: the one that runs.
        metadata: Facts about this result; see MetadataValue.
        data_version: Stands for the content: downstream is stale when it changes.
        value: Stored by the IO manager.
    """

    asset_key: CoercibleToAssetKey | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    data_version: DataVersion | None = None
    value: T | type[Nothing] = Nothing


@dataclass(frozen=True, slots=True)
class Output(Generic[T]):
    """A value to store, with metadata."""

    value: T
    metadata: Mapping[str, Any] = field(default_factory=dict)
    data_version: DataVersion | None = None


@dataclass(frozen=True, slots=True)
class DataVersion:
    """A text that stands for the content of an asset."""

    value: str
