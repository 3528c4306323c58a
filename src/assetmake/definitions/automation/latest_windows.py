"""The time windows of partitions, and whether there is one for what has come to be last."""

from __future__ import annotations

from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partition_loading import find_time
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition


def find_times(definition: PartitionsDefinition) -> TimeWindowPartitionsDefinition | None:
    """Return the time windows that partitions are, or that one of their dimensions is; None where there are none."""
    if isinstance(definition, TimeWindowPartitionsDefinition):
        return definition
    if isinstance(definition, MultiPartitionsDefinition) and definition.has_one_time_dimension:
        return definition.time_window_partitions_def
    return None


def leaves_out_latest(times: TimeWindowPartitionsDefinition) -> bool:
    """Tell whether the window that is due is one of those that are left out."""
    ended = times.cadence.floor(times.epoch(find_time(None)))
    return times.left_out.hold(times.cadence.shift(ended, times.end_offset - 1))
