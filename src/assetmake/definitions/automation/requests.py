"""What a schedule or a sensor returns: requests for runs, reasons for none, and changes that go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.automation.labels import read_tags
from assetmake.definitions.key_ranges import PartitionKeyRange
from assetmake.definitions.occurrences.tags import PARTITION_RANGE_END_TAG, PARTITION_RANGE_START_TAG, PARTITION_TAG
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import InvariantError

if TYPE_CHECKING:
    from assetmake.definitions.configuring.run_config import RunConfig


@dataclass(frozen=True, slots=True)
class SkipReason:
    """Says why no run is requested."""

    skip_message: str | None = None


@dataclass(frozen=True, slots=True, init=False)
class RunRequest:
    """Asks for a run of a job, or of some assets.

    Args:
        run_key: A text that names what the run is for: what was requested under it before is not requested again.
        run_config: A RunConfig, or the dict that it stands for; replaces the config of the job.
        tags: Put on the run.
        job_name: Which job, where a sensor has several.
        asset_selection: Only these of the job's assets.
        stale_assets_only: Only those of its assets that are stale, which is what a build does anyway.
        partition_key: The partition to make.
        asset_check_keys: Only these of the checks.

    Example:
        >>> RunRequest("inbox/a.csv", tags={"rows": 3}).tags
        {'rows': '3'}
    """

    run_key: str | None
    run_config: Mapping[str, Any]
    tags: Mapping[str, str]
    job_name: str | None
    asset_selection: Sequence[AssetKey] | None
    stale_assets_only: bool
    partition_key: str | None
    asset_check_keys: Sequence[Any] | None

    def __init__(
        self,
        run_key: str | None = None,
        run_config: RunConfig | Mapping[str, Any] | None = None,
        tags: Mapping[str, Any] | None = None,
        job_name: str | None = None,
        asset_selection: Sequence[CoercibleToAssetKey] | None = None,
        stale_assets_only: bool = False,
        partition_key: str | None = None,
        asset_check_keys: Sequence[Any] | None = None,
    ) -> None:
        keys = None if asset_selection is None else [AssetKey.from_coercible(key) for key in asset_selection]
        given = {
            "run_key": run_key,
            "run_config": read_run_config(run_config),
            "tags": read_tags(tags),
            "job_name": job_name,
            "asset_selection": keys,
            "stale_assets_only": stale_assets_only,
            "partition_key": partition_key,
            "asset_check_keys": asset_check_keys,
        }
        for name, value in given.items():
            object.__setattr__(self, name, value)

    @property
    def partition_key_range(self) -> PartitionKeyRange | None:
        """The range of partitions that the tags ask for."""
        start, end = self.tags.get(PARTITION_RANGE_START_TAG), self.tags.get(PARTITION_RANGE_END_TAG)
        return PartitionKeyRange(start, end) if start is not None and end is not None else None

    @property
    def is_resolved(self) -> bool:
        """Whether it asks for no partition, or for one that is known to exist."""
        return self.partition_key is None or PARTITION_TAG in self.tags

    def with_replaced_attrs(self, **changes: Any) -> RunRequest:
        """The same with other values; names that it does not have are left out."""
        known = {field.name for field in fields(self)}
        return replace(self, **{name: value for name, value in changes.items() if name in known})

    def with_tags(self, **tags: str) -> RunRequest:
        """The same with more tags."""
        return replace(self, tags={**self.tags, **tags})


@dataclass(frozen=True, slots=True)
class RunReaction:
    """Says that a sensor has dealt with a run.

    Attributes:
        dagster_run: The run.
        error: What the sensor's function raised, None where it did its work.
        run_status: The status that was reacted to.
    """

    dagster_run: Any
    error: BaseException | None = None
    run_status: Any = None


@dataclass(frozen=True, slots=True)
class SensorResult:
    """All that a sensor has to say at once.

    Args:
        run_requests: The runs that it asks for.
        skip_reason: Why there are none: a SkipReason or a text.
        cursor: What the next evaluation gets as `context.cursor`.
        dynamic_partitions_requests: Partitions to add and to delete; they count for the runs that are asked for.
        asset_events: Materializations, observations and check results to record.

    Raises:
        InvariantError: there are runs and a reason for none.
    """

    run_requests: Sequence[RunRequest] | None = None
    skip_reason: SkipReason | str | None = None
    cursor: str | None = None
    dynamic_partitions_requests: Sequence[Any] | None = None
    asset_events: Sequence[Any] | None = None

    def __post_init__(self) -> None:
        for name in ("run_requests", "dynamic_partitions_requests", "asset_events"):
            object.__setattr__(self, name, list(getattr(self, name) or ()))
        if isinstance(self.skip_reason, str):
            object.__setattr__(self, "skip_reason", SkipReason(self.skip_reason))
        if self.skip_reason and self.run_requests:
            raise InvariantError(
                "Expected a single skip reason or one or more run requests: received values for both run_requests "
                "and skip_reason"
            )

    @property
    def skip_message(self) -> str | None:
        return self.skip_reason.skip_message if isinstance(self.skip_reason, SkipReason) else None


def read_run_config(config: Any) -> dict[str, Any]:
    """Return config as a dict: as it is, or what a RunConfig stands for.

    Raises:
        InvariantError: it is neither.
    """
    if config is None:
        return {}
    if isinstance(config, Mapping):
        return dict(config)
    if hasattr(config, "to_config_dict"):
        return dict(config.to_config_dict())
    raise InvariantError(f"run_config is a RunConfig or a dict, got {config!r}")


def list_partition_tags(definition: PartitionsDefinition, key: str) -> dict[str, str]:
    """Return the tags of a run that makes a partition: its key, and that of each dimension where it has several."""
    by_dimension = getattr(key, "keys_by_dimension", None)
    if by_dimension is None and hasattr(definition, "get_partition_key_from_str"):
        by_dimension = getattr(definition.get_partition_key_from_str(key), "keys_by_dimension", None)
    several = {f"{PARTITION_TAG}/{name}": value for name, value in (by_dimension or {}).items()}
    return {**several, PARTITION_TAG: str(key)}
