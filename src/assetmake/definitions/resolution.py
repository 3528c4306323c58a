"""From a mapping and two definitions to the upstream partitions of many partitions at once."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import assert_never

from assetmake.definitions.cadence import Parts
from assetmake.definitions.mappings import (
    AllPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
    PartitionMapping,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
    TimeWindowPartitionMapping,
)
from assetmake.definitions.overlaps import overlapping_windows
from assetmake.definitions.partitions import (
    UNPARTITIONED_PART,
    FilePartitionsDefinition,
    PartitionsDefinition,
    StaticPartitionsDefinition,
)
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import DefinitionError, UnknownPartitionError

_SHOWN_KEYS = 5


class MappingKind(Enum):
    """How the upstream partitions of a partition are found."""

    VALUE = "the one node of an unpartitioned asset"
    ALL = "every partition"
    LAST = "the last partition"
    SAME_KEY = "the partition with the same key"
    OVERLAP = "the time windows that overlap"
    SPECIFIC = "partitions named by key"
    PAIRS = "partitions paired by key"


@dataclass(frozen=True, slots=True)
class Spans:
    """For each downstream part, the first and the last upstream part, both included.

    All existing upstream parts from `first` to `last`, compared as integers, are mapped; none where
    `first` is greater. An integer stands for the same bound everywhere.
    """

    first: Parts | int
    last: Parts | int


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which downstream part reads which upstream part; one may occur any number of times."""

    down: array[int]
    up: array[int]


_NOTHING = Spans(1, 0)


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
    match mapping:
        case None:
            return _default_kind(upstream, downstream)
        case AllPartitionMapping():
            return MappingKind.VALUE if upstream is None else MappingKind.ALL
        case LastPartitionMapping():
            return MappingKind.VALUE if upstream is None else MappingKind.LAST
        case SpecificPartitionsPartitionMapping():
            _check_specific(mapping, upstream)
            return MappingKind.SPECIFIC
        case IdentityPartitionMapping():
            return _identity_kind(upstream, downstream)
        case TimeWindowPartitionMapping():
            _check_time_windows(mapping, upstream, downstream)
            return MappingKind.OVERLAP
        case StaticPartitionMapping():
            _check_static(mapping, upstream, downstream)
            return MappingKind.PAIRS
        case _:
            raise DefinitionError(f"{mapping!r} is not a partition mapping that assetmake knows")


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
    kind = resolve_mapping(mapping, upstream=upstream, downstream=downstream)
    if kind is MappingKind.VALUE or upstream is None:
        return Spans(UNPARTITIONED_PART, UNPARTITIONED_PART)
    match kind:
        case MappingKind.ALL:
            parts = upstream.parts(current_time=current_time)
            if isinstance(parts, range):
                return Spans(parts[0], parts[-1]) if parts else _NOTHING
            return Spans(min(parts), max(parts)) if parts else _NOTHING
        case MappingKind.LAST:
            parts = upstream.parts(current_time=current_time)
            return Spans(parts[-1], parts[-1]) if parts else _NOTHING
        case MappingKind.SAME_KEY:
            parts = _as_parts(down_parts)
            return Spans(parts, parts)
        case MappingKind.OVERLAP:
            offsets = mapping if isinstance(mapping, TimeWindowPartitionMapping) else TimeWindowPartitionMapping()
            assert isinstance(upstream, TimeWindowPartitionsDefinition)
            assert isinstance(downstream, TimeWindowPartitionsDefinition)
            existing = upstream.parts(current_time=current_time)
            if not existing or not down_parts:
                return _NOTHING
            return Spans(
                *overlapping_windows(
                    upstream.cadence,
                    downstream.cadence,
                    _as_parts(down_parts),
                    existing,
                    start_offset=offsets.start_offset,
                    end_offset=offsets.end_offset,
                )
            )
        case MappingKind.SPECIFIC:
            assert isinstance(mapping, SpecificPartitionsPartitionMapping)
            return _specific(mapping, upstream, down_parts, current_time)
        case MappingKind.PAIRS:
            assert isinstance(mapping, StaticPartitionMapping)
            assert downstream is not None
            return _paired(mapping, upstream, downstream, down_parts)
        case _:
            assert_never(kind)


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
    if isinstance(upstream, TimeWindowPartitionsDefinition):
        parts = parts[bisect_left(parts, first) : bisect_right(parts, last)]
    return [upstream.key_of(part) for part in parts if first <= part <= last]


def _default_kind(upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> MappingKind:
    if upstream is None:
        return MappingKind.VALUE
    if downstream is None:
        return MappingKind.ALL
    if _is_windows(upstream) and _is_windows(downstream):
        return MappingKind.OVERLAP
    if _is_listed(upstream) and _is_listed(downstream):
        return _identity_kind(upstream, downstream)
    raise DefinitionError(
        f"no default mapping leads from {downstream!r} to the upstream {upstream!r}",
        hint="give one: AssetIn(partition_mapping=AllPartitionMapping()), or LastPartitionMapping, "
        "or SpecificPartitionsPartitionMapping([...])",
    )


def _identity_kind(upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> MappingKind:
    if isinstance(upstream, StaticPartitionsDefinition) and isinstance(downstream, StaticPartitionsDefinition):
        if upstream != downstream:
            _check_all_known(downstream.partition_keys, upstream, "downstream keys without an upstream partition")
        return MappingKind.SAME_KEY
    if _is_listed(upstream) and _is_listed(downstream):
        return MappingKind.SAME_KEY
    if (
        _is_windows(upstream)
        and _is_windows(downstream)
        and upstream is not None
        and downstream is not None
        and upstream.identity() == downstream.identity()
    ):
        return MappingKind.OVERLAP
    raise DefinitionError(
        f"{upstream!r} and {downstream!r} have different keys: an identity mapping leads nowhere",
        hint="leave the mapping out, or give TimeWindowPartitionMapping() or StaticPartitionMapping({...})",
    )


def _check_specific(mapping: SpecificPartitionsPartitionMapping, upstream: PartitionsDefinition | None) -> None:
    if upstream is None:
        raise DefinitionError(f"{mapping!r} names partitions, and the upstream asset has none")
    if isinstance(upstream, FilePartitionsDefinition):
        return
    if not isinstance(upstream, TimeWindowPartitionsDefinition):
        _check_all_known(mapping.partition_keys, upstream, f"keys of {mapping!r} that do not exist upstream")
        return
    for key in mapping.partition_keys:
        try:
            known = upstream.covers(upstream.part_of(key))
        except UnknownPartitionError:
            known = False
        if not known:
            raise DefinitionError(f"{mapping!r} names {key!r}, and {upstream!r} has no such partition")


def _check_time_windows(
    mapping: TimeWindowPartitionMapping,
    upstream: PartitionsDefinition | None,
    downstream: PartitionsDefinition | None,
) -> None:
    if not isinstance(upstream, TimeWindowPartitionsDefinition) or not isinstance(
        downstream, TimeWindowPartitionsDefinition
    ):
        raise DefinitionError(
            f"{mapping!r} maps time windows to time windows, not {downstream!r} to {upstream!r}",
            hint="for an unpartitioned asset leave the mapping out, or give AllPartitionMapping()",
        )
    if (mapping.start_offset or mapping.end_offset) and upstream.cadence != downstream.cadence:
        raise DefinitionError(
            f"{mapping!r} has offsets, and the windows of {upstream!r} and {downstream!r} are not the same",
            hint="offsets count windows: both definitions need the same schedule and timezone",
        )


def _check_static(
    mapping: StaticPartitionMapping,
    upstream: PartitionsDefinition | None,
    downstream: PartitionsDefinition | None,
) -> None:
    if upstream is None or downstream is None or not _is_listed(upstream) or not _is_listed(downstream):
        raise DefinitionError(f"{mapping!r} maps static keys to static keys, not {downstream!r} to {upstream!r}")
    for definition, keys in (
        (upstream, [up for up, _ in mapping.pairs]),
        (downstream, [down for _, down in mapping.pairs]),
    ):
        if isinstance(definition, StaticPartitionsDefinition):
            _check_all_known(keys, definition, f"keys of {mapping!r} that do not exist")


def _check_all_known(keys: Sequence[str], definition: PartitionsDefinition, complaint: str) -> None:
    known = set(definition.get_partition_keys())
    absent = [key for key in dict.fromkeys(keys) if key not in known]
    if absent:
        shown = ", ".join(map(repr, absent[:_SHOWN_KEYS]))
        more = f" and {len(absent) - _SHOWN_KEYS} more" if len(absent) > _SHOWN_KEYS else ""
        raise DefinitionError(
            f"{complaint}: {shown}{more}",
            hint="add them to the definition, or give a StaticPartitionMapping({upstream: downstream})",
        )


def _is_windows(definition: PartitionsDefinition | None) -> bool:
    return isinstance(definition, TimeWindowPartitionsDefinition)


def _is_listed(definition: PartitionsDefinition | None) -> bool:
    return isinstance(definition, StaticPartitionsDefinition | FilePartitionsDefinition)


def _as_parts(parts: Sequence[int]) -> Parts:
    return parts if isinstance(parts, range | array) else array("q", parts)


def _specific(
    mapping: SpecificPartitionsPartitionMapping,
    upstream: PartitionsDefinition,
    down_parts: Sequence[int],
    current_time: datetime | None,
) -> Spans | Pairs:
    ups = [upstream.part_of(key) for key in mapping.partition_keys if upstream.has_partition_key(key, current_time)]
    runs = upstream.runs(ups)
    if not runs:
        return _NOTHING
    if len(runs) == 1 and (len(ups) == 1 or _is_windows(upstream)):
        return Spans(*runs[0])
    down = array("q", [part for part in down_parts for _ in ups])
    return Pairs(down, array("q", ups) * len(down_parts))


def _paired(
    mapping: StaticPartitionMapping,
    upstream: PartitionsDefinition,
    downstream: PartitionsDefinition,
    down_parts: Sequence[int],
) -> Pairs:
    ups_of: dict[int, list[int]] = {}
    for up, down in mapping.pairs:
        ups_of.setdefault(downstream.part_of(down), []).append(upstream.part_of(up))
    pairs = [(part, up) for part in down_parts for up in ups_of.get(part, ())]
    return Pairs(array("q", [down for down, _ in pairs]), array("q", [up for _, up in pairs]))
