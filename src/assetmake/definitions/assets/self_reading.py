"""Whether an asset may read itself: earlier partitions of itself, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.operation import InputSlot
from assetmake.definitions.partition_mapping import PartitionMapping
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import DefinitionError


def check_self_reading(key: AssetKey, inputs: Iterable[InputSlot], partitions: PartitionsDefinition | None) -> None:
    """Check that an asset that reads itself reads what stands before.

    Raises:
        DefinitionError: it would wait for itself.
    """
    for slot in inputs:
        if slot.key == key and not _reads_earlier(slot.mapping, partitions):
            raise DefinitionError(
                "Assets can only depend on themselves if they are: (a) time-partitioned and each partition depends on "
                "earlier partitions, or (b) multipartitioned, with one time dimension that depends on earlier time "
                "partitions",
                hint="give it a TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)",
            )


def _reads_earlier(mapping: PartitionMapping | None, partitions: PartitionsDefinition | None) -> bool:
    if hasattr(partitions, "time_window_for_partition_key") and _has_earlier_offsets(mapping):
        return True
    by_dimension = getattr(mapping, "downstream_mappings_by_upstream_dimension", None) or {}
    return any(_has_earlier_offsets(getattr(each, "partition_mapping", None)) for each in by_dimension.values())


def _has_earlier_offsets(mapping: object) -> bool:
    """Tell whether a mapping leads to windows before; only those that count windows have offsets."""
    return getattr(mapping, "start_offset", 0) < 0 and getattr(mapping, "end_offset", 0) < 0
