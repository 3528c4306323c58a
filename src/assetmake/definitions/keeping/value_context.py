"""What an IO manager is told of a value, whether it keeps it or gives it back."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar, Self

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.configuring.opening import HeldResources
from assetmake.definitions.configuring.resources import Resources
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.partitions import PartitionKeyRange, PartitionsDefinition, TimeWindow
from assetmake.errors import InvariantError

LOGGER = "assetmake.io"


class ValueContext:
    """What the contexts of inputs and outputs have in common.

    Args:
        name: The parameter's name, or the output's.
        step_key: The node that makes the value.
        run_id, job_name: The run.
        asset_key: The asset; None for a value that is none.
        keys: The partitions of the asset that the value is of; None where it is not partitioned.
        partitions_def: What the keys are of.
        partition_key: The key that the run is for, which may be of another asset.
        definition_metadata: The metadata of the definition.
        config: Config of the input or output.
        resource_config: Config of the IO manager.
        resources: What the IO manager needs.
        dagster_type: The type of the value.
        log: A logger.
        instance: Where runs are recorded.
    """

    noun: ClassVar[str] = "ValueContext"
    side: ClassVar[str] = "value"

    def __init__(
        self,
        *,
        name: str | None = None,
        step_key: str | None = None,
        run_id: str | None = None,
        job_name: str | None = None,
        asset_key: AssetKey | None = None,
        keys: Sequence[str] | None = None,
        partitions_def: PartitionsDefinition | None = None,
        partition_key: str | None = None,
        definition_metadata: Mapping[str, Any] | None = None,
        config: Any = None,
        resource_config: Mapping[str, Any] | None = None,
        resources: Mapping[str, Any] | Resources | None = None,
        dagster_type: Any = None,
        log: logging.Logger | None = None,
        instance: Any = None,
    ) -> None:
        self._given = {"name": name, "step_key": step_key, "run_id": run_id, "job_name": job_name, "instance": instance}
        self._given |= {"asset_key": asset_key, "partitions_def": partitions_def, "dagster_type": dagster_type}
        self._keys = None if keys is None else tuple(keys)
        self._partition_key = partition_key
        self._metadata: dict[str, MetadataValue] = {}
        self.definition_metadata = dict(definition_metadata or {})
        self.config = config
        self.resource_config = resource_config
        self.log = log or logging.getLogger(LOGGER)
        self._held = HeldResources(resources, instance=instance, written=f"build_{self.side}_context(...)")

    def __enter__(self) -> Self:
        self._held.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._held.close()

    def _get(self, what: str) -> Any:
        if self._given[what] is None:
            raise InvariantError(
                f"Attempting to access {what}, but it was not provided when constructing the {self.noun}"
            )
        return self._given[what]

    @property
    def name(self) -> str:
        """The parameter's name, or the output's."""
        return str(self._get("name"))

    @property
    def step_key(self) -> str:
        """The node that makes the value."""
        return str(self._get("step_key"))

    @property
    def run_id(self) -> str:
        """The run."""
        return str(self._get("run_id"))

    @property
    def job_name(self) -> str:
        """The job of the run."""
        return str(self._get("job_name"))

    @property
    def instance(self) -> Any:
        """Where runs are recorded."""
        return self._get("instance")

    @property
    def dagster_type(self) -> Any:
        """The type of the value; its `typing_type` is the annotation."""
        return self._get("dagster_type")

    @property
    def metadata(self) -> dict[str, Any]:
        """Another name of `definition_metadata`."""
        return self.definition_metadata

    @property
    def resources(self) -> Resources:
        """What the IO manager needs, as attributes."""
        return self._held.get()

    @property
    def has_asset_key(self) -> bool:
        return self._given["asset_key"] is not None

    @property
    def asset_key(self) -> AssetKey:
        """The asset whose value it is."""
        key: AssetKey = self._get("asset_key")
        return key

    @property
    def asset_partitions_def(self) -> PartitionsDefinition:
        """What the asset's partitions are."""
        if self._given["partitions_def"] is None:
            raise InvariantError(
                f"Attempting to access partitions def for asset {self.asset_key}, but it is not partitioned"
            )
        definition: PartitionsDefinition = self._given["partitions_def"]
        return definition

    @property
    def has_partition_key(self) -> bool:
        """Whether the run is for one partition."""
        return self._partition_key is not None

    @property
    def partition_key(self) -> str:
        """The key that the run is for; the asset's own is `asset_partition_key`."""
        if self._partition_key is None:
            raise InvariantError("Tried to access partition_key on a non-partitioned run.")
        return self._partition_key

    @property
    def has_asset_partitions(self) -> bool:
        return self._keys is not None

    @property
    def asset_partition_keys(self) -> Sequence[str]:
        """The keys of the asset that the value is of."""
        if self._keys is None:
            raise InvariantError(f"The {self.side} does not correspond to a partitioned asset.")
        return list(self._keys)

    @property
    def asset_partition_key(self) -> str:
        """The only key of the asset that the value is of."""
        keys = self.asset_partition_keys
        if len(keys) != 1:
            raise InvariantError(
                f"Tried to access partition key for asset '{self.asset_key}', but the number of {self.side} partitions "
                f"!= 1: {len(keys)}"
            )
        return keys[0]

    @property
    def asset_partition_key_range(self) -> PartitionKeyRange:
        """The first and the last key."""
        keys = self.asset_partition_keys
        if not keys:
            raise InvariantError(f"Tried to access asset_partition_key_range, but the {self.side} has no partitions")
        return PartitionKeyRange(keys[0], keys[-1])

    @property
    def asset_partitions_time_window(self) -> TimeWindow:
        """The time from the start of the first key to the end of the last, as (start, end)."""
        span = self.asset_partition_key_range
        if self._given["partitions_def"] is None:
            raise InvariantError(
                f"Tried to get asset partitions time window for an {self.side} that does not have a partitions "
                "definition."
            )
        return TimeWindow(self._find_window(span.start).start, self._find_window(span.end).end)

    def _find_window(self, key: str) -> TimeWindow:
        read = getattr(self.asset_partitions_def, "time_window_for_partition_key", None)
        if read is None:
            raise InvariantError(
                f"Tried to get asset partitions time window for an {self.side} that corresponds to a partitioned asset "
                "that is not time-partitioned."
            )
        window: TimeWindow = read(key)
        return window

    def get_asset_identifier(self) -> Sequence[str]:
        """Return the parts of the asset's key, and the partition's key behind them."""
        parts = list(self.asset_key.parts)
        return [*parts, self.asset_partition_key] if self.has_asset_partitions else parts

    def _add_metadata(self, metadata: Mapping[str, Any]) -> None:
        self._metadata.update(check_metadata(metadata))

    def consume_logged_metadata(self) -> dict[str, MetadataValue]:
        """Return the metadata that was added, and forget it."""
        found, self._metadata = self._metadata, {}
        return found


def find_place(
    asset_key: CoercibleToAssetKey | None,
    partition_key: str | None,
    key_range: PartitionKeyRange | None,
    definition: PartitionsDefinition | None,
) -> dict[str, Any]:
    """Return what a context for a test says of the asset and of its partitions.

    Raises:
        InvariantError: nobody can tell which keys lie in the range.
    """
    keys: Sequence[str] | None = None
    read_text = getattr(definition, "get_partition_key_from_str", None)
    if read_text is not None and partition_key is not None:
        partition_key = read_text(partition_key)  # a key of several dimensions knows them, and is kept by them
    if key_range is None:
        keys = [partition_key] if partition_key is not None and asset_key is not None else None
    elif definition is not None:
        keys = definition.get_partition_keys_in_range(PartitionKeyRange(*key_range))
    elif key_range[0] == key_range[1]:
        keys = [key_range[0]]
    else:
        raise InvariantError("a range of several partitions goes with asset_partitions_def=")
    return {
        "asset_key": None if asset_key is None else AssetKey.from_coercible(asset_key),
        "keys": keys,
        "partition_key": partition_key,
        "partitions_def": definition,
    }
