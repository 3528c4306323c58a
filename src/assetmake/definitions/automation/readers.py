"""Which partitions read a partition: the mapping between two assets, followed downwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assetmake.definitions.mappings import PartitionMapping
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.resolution import Pairs, upstream_spans


def list_reading_keys(
    mapping: PartitionMapping | None, key: str, *, upstream: PartitionsDefinition, downstream: PartitionsDefinition
) -> list[str]:
    """Return the downstream keys that read an upstream one, in the order of the downstream definition."""
    part = upstream.part_of(key)
    parts = downstream.parts()
    found = upstream_spans(mapping, upstream=upstream, downstream=downstream, down_parts=parts)
    if isinstance(found, Pairs):
        reading = {down for down, up in zip(found.down, found.up, strict=True) if up == part}
        return [downstream.key_of(each) for each in parts if each in reading]
    spans = zip(parts, _spread(found.first, len(parts)), _spread(found.last, len(parts)), strict=True)
    return [downstream.key_of(each) for each, first, last in spans if first <= part <= last]


def _spread(value: Any, count: int) -> Iterable[int]:
    return [value] * count if isinstance(value, int) else value
