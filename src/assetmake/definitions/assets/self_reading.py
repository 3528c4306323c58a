"""Whether an asset may read itself: earlier partitions of itself, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.operation import InputSlot
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.resolution import reads_earlier
from assetmake.errors import DefinitionError


def check_self_reading(key: AssetKey, inputs: Iterable[InputSlot], partitions: PartitionsDefinition | None) -> None:
    """Check that an asset that reads itself reads what stands before.

    Raises:
        DefinitionError: it would wait for itself.
    """
    for slot in inputs:
        if slot.key == key and not reads_earlier(slot.mapping, partitions):
            raise DefinitionError(
                "Assets can only depend on themselves if they are: (a) time-partitioned and each partition depends on "
                "earlier partitions, or (b) multipartitioned, with one time dimension that depends on earlier time "
                "partitions",
                hint="give it a TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)",
            )
