"""From a mapping, or the lack of one, and two definitions to the upstream partitions of many partitions at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime

from assetmake.definitions.mappings import AllPartitionMapping, IdentityPartitionMapping, dimensions_of
from assetmake.definitions.multi_mappings import MultiToSingleDimensionPartitionMapping, find_shared_dimension
from assetmake.definitions.partition_mapping import PartitionMapping
from assetmake.definitions.partitions import UNPARTITIONED_PART, PartitionsDefinition
from assetmake.definitions.spans import MappingKind, Pairs, Spans
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.definitions.window_mapping import TimeWindowPartitionMapping
from assetmake.errors import DefinitionError

__all__ = [
    "MappingKind",
    "Pairs",
    "Spans",
    "get_upstream_keys",
    "infer_mapping",
    "reads_earlier",
    "reads_several",
    "resolve_mapping",
    "upstream_spans",
]


def infer_mapping(
    mapping: PartitionMapping | None, *, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None
) -> PartitionMapping:
    """Return the mapping that was given, or the one that two definitions imply (None: unpartitioned).

    Raises:
        DefinitionError: None was given, and none is implied.
    """
    if mapping is not None:
        if not isinstance(mapping, PartitionMapping):
            raise DefinitionError(f"{mapping!r} is not a partition mapping that assetmake knows")
        return mapping
    if upstream is None or downstream is None:
        return AllPartitionMapping()
    if find_shared_dimension(upstream, downstream) is not None:
        return MultiToSingleDimensionPartitionMapping()
    windows = TimeWindowPartitionsDefinition
    if isinstance(upstream, windows) and isinstance(downstream, windows):
        return TimeWindowPartitionMapping()
    if upstream.is_listed and downstream.is_listed and dimensions_of(upstream) == dimensions_of(downstream):
        return IdentityPartitionMapping()
    raise DefinitionError(
        f"no default mapping leads from {downstream!r} to the upstream {upstream!r}",
        hint="give one: AssetIn(partition_mapping=AllPartitionMapping()), or LastPartitionMapping, "
        "or SpecificPartitionsPartitionMapping([...])",
    )


def resolve_mapping(
    mapping: PartitionMapping | None,
    *,
    upstream: PartitionsDefinition | None,
    downstream: PartitionsDefinition | None,
) -> MappingKind:
    """Return what a mapping, or the lack of one, means between two definitions (None: unpartitioned).

    Raises:
        DefinitionError: It is not possible between them.
    """
    return infer_mapping(mapping, upstream=upstream, downstream=downstream).kind(upstream, downstream)


def reads_several(
    mapping: PartitionMapping | None,
    *,
    upstream: PartitionsDefinition | None,
    downstream: PartitionsDefinition | None,
) -> bool:
    """Tell whether one partition can read several."""
    return infer_mapping(mapping, upstream=upstream, downstream=downstream).reads_several(upstream, downstream)


def upstream_spans(
    mapping: PartitionMapping | None,
    *,
    upstream: PartitionsDefinition | None,
    downstream: PartitionsDefinition | None,
    down_parts: Sequence[int],
    current_time: datetime | None = None,
) -> Spans | Pairs:
    """Return the existing upstream partitions of each downstream part.

    Args:
        down_parts: Parts of the downstream definition; `[UNPARTITIONED_PART]` if there is none.
        current_time: Decides which time windows exist.
    """
    meant = infer_mapping(mapping, upstream=upstream, downstream=downstream)
    if meant.kind(upstream, downstream) is MappingKind.VALUE or upstream is None:
        return Spans(UNPARTITIONED_PART, UNPARTITIONED_PART)
    return meant.map_parts(upstream, downstream, down_parts, current_time)


def get_upstream_keys(
    mapping: PartitionMapping | None,
    key: str | None,
    upstream: PartitionsDefinition | None,
    downstream: PartitionsDefinition | None,
    *,
    current_time: datetime | None = None,
) -> list[str]:
    """Return the keys that one partition reads, in the order of the upstream definition."""
    part = UNPARTITIONED_PART if downstream is None or key is None else downstream.part_of(key)
    found = upstream_spans(
        mapping, upstream=upstream, downstream=downstream, down_parts=[part], current_time=current_time
    )
    if upstream is None:
        return []
    parts = upstream.parts(current_time=current_time)
    if isinstance(found, Pairs):
        wanted = set(found.up)
        return [upstream.key_of(part) for part in parts if part in wanted]
    first = found.first if isinstance(found.first, int) else found.first[0]
    last = found.last if isinstance(found.last, int) else found.last[0]
    if not upstream.is_listed:
        parts = parts[bisect_left(parts, first) : bisect_right(parts, last)]
    return [upstream.key_of(part) for part in parts if first <= part <= last]


def reads_earlier(mapping: PartitionMapping | None, partitions: PartitionsDefinition | None) -> bool:
    """Tell whether a mapping between the partitions of one definition leads to earlier ones, and to no others."""
    if hasattr(partitions, "time_window_for_partition_key") and _has_earlier_offsets(mapping):
        return True
    by_dimension = getattr(mapping, "downstream_mappings_by_upstream_dimension", None) or {}
    return any(_has_earlier_offsets(getattr(each, "partition_mapping", None)) for each in by_dimension.values())


def _has_earlier_offsets(mapping: object) -> bool:
    """Tell whether a mapping leads to windows before; only those that count windows have offsets."""
    return getattr(mapping, "start_offset", 0) < 0 and getattr(mapping, "end_offset", 0) < 0
