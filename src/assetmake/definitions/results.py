"""What an asset's function may return besides its plain value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.occurrences.tags import check_tags
from assetmake.errors import InvariantError

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    T = TypeVar("T", default=Any)
else:
    from typing import TypeVar

    T = TypeVar("T")


class Nothing:
    """The value of a MaterializeResult that has none: the function kept its result by itself."""


@dataclass(frozen=True)  # no slots: MaterializeResult[int](...) could not be called
class MaterializeResult(Generic[T]):
    """Says that an asset was made, with metadata; its value is stored only where one is given.

    Args:
        asset_key: The asset it is about; default: the one that runs.
        metadata: Facts about this result; see MetadataValue.
        data_version: Stands for the content: downstream is stale when it changes.
        value: Stored by the IO manager.
        check_results: What checks that the function does besides found.
        tags: Texts by name.
    """

    asset_key: CoercibleToAssetKey | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    data_version: DataVersion | None = None
    value: T | type[Nothing] = Nothing
    check_results: Sequence[Any] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObserveResult:
    """Says that an asset that others make was looked at, and what was seen.

    Args:
        asset_key: The asset it is about; default: the one whose function runs.
        metadata: Facts about what stands; see MetadataValue.
        check_results: What checks of it answered.
        data_version: Stands for the content: downstream is stale when it changes.
        tags: Texts by name.

    Raises:
        DefinitionError: A tag is no text.
    """

    asset_key: CoercibleToAssetKey | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    check_results: Sequence[Any] = ()
    data_version: DataVersion | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = None if self.asset_key is None else AssetKey.from_coercible(self.asset_key)
        object.__setattr__(self, "asset_key", given)
        object.__setattr__(self, "metadata", self.metadata or {})
        object.__setattr__(self, "tags", check_tags(self.tags))

    def check_result_named(self, check_name: str) -> Any:
        """Return what a check answered.

        Raises:
            InvariantError: None of this name did.
        """
        for result in self.check_results:
            if result.check_name == check_name:
                return result
        raise InvariantError(f"there is no check result named {check_name!r}")


@dataclass(frozen=True)  # no slots: Output[int](...) could not be called
class Output(Generic[T]):
    """A value to store, with metadata.

    Args:
        value: The value.
        output_name: Which of several results of a function it is.
        metadata: Facts about this result; see MetadataValue.
        data_version: Stands for the content: downstream is stale when it changes.
        tags: Texts by name.
    """

    value: T
    output_name: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    data_version: DataVersion | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DataVersion:
    """A text that stands for the content of an asset."""

    value: str


@dataclass(frozen=True, slots=True)
class DataVersionsByPartition:
    """What an observation of a partitioned asset saw.

    Args:
        data_versions_by_partition: A version, or its text, for each partition that was looked at.
    """

    data_versions_by_partition: Mapping[str, str | DataVersion]

    def __post_init__(self) -> None:
        object.__setattr__(self, "data_versions_by_partition", self.versions)

    @property
    def versions(self) -> dict[str, DataVersion]:
        given = self.data_versions_by_partition
        return {key: each if isinstance(each, DataVersion) else DataVersion(each) for key, each in given.items()}
