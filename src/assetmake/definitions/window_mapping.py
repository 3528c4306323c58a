"""TimeWindowPartitionMapping: windows read the windows that they overlap."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from assetmake.definitions.cadence import Parts
from assetmake.definitions.overlaps import overlapping_windows, touched_windows
from assetmake.definitions.partition_mapping import PartitionMapping, UpstreamPartitionsResult
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.spans import NOTHING, MappingKind, Pairs, Spans, as_parts
from assetmake.definitions.subsets import PartitionsSubset, TimeWindowPartitionsSubset
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class TimeWindowPartitionMapping(PartitionMapping):
    """The upstream windows that overlap the downstream one, whose ends are moved by offsets first.

    Upstream windows that do not exist are left out: before the first, and those that have not ended.

    Args:
        start_offset: How many downstream windows later (earlier, if negative) the time that is read begins.
        end_offset: How many downstream windows later it ends.
        allow_nonexistent_upstream_partitions: Whether what should be read and does not exist is left out of
            `required_but_nonexistent_subset`. A build reads what there is either way.
    """

    start_offset: int = 0
    end_offset: int = 0
    allow_nonexistent_upstream_partitions: bool = False

    def __post_init__(self) -> None:
        for name, value in (("start_offset", self.start_offset), ("end_offset", self.end_offset)):
            if type(value) is not int:
                raise DefinitionError(f"{name} is a number of windows, got {value!r}")

    @property
    def description(self) -> str:
        text = "Each partition reads the upstream partitions whose time windows it overlaps."
        if self.start_offset or self.end_offset:
            text += f" The time that is read is moved by {self.start_offset} and {self.end_offset} partitions."
        return text

    def identity(self) -> str:
        return f"time_window:{self.start_offset},{self.end_offset}"

    def kind(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> MappingKind:
        windows = TimeWindowPartitionsDefinition
        if not isinstance(upstream, windows) or not isinstance(downstream, windows):
            raise DefinitionError(
                f"{self!r} maps time windows to time windows, not {downstream!r} to {upstream!r}",
                hint="for an unpartitioned asset leave the mapping out, or give AllPartitionMapping()",
            )
        return MappingKind.OVERLAP

    def reads_several(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> bool:
        above, below = _as_windows(upstream), _as_windows(downstream)
        return self.start_offset != self.end_offset or above.cadence != below.cadence

    def validate_partition_mapping(
        self, upstream_partitions_def: PartitionsDefinition, downstream_partitions_def: PartitionsDefinition | None
    ) -> None:
        """Raise DefinitionError where these are no time windows, or of different zones.

        A build does map windows of different zones to each other.
        """
        self.kind(upstream_partitions_def, downstream_partitions_def)
        zones = [_as_windows(each).timezone for each in (upstream_partitions_def, downstream_partitions_def)]
        if zones[0] != zones[1]:
            raise DefinitionError(f"Timezones {zones[0]} and {zones[1]} don't match")

    def map_parts(
        self,
        upstream: PartitionsDefinition,
        downstream: PartitionsDefinition | None,
        down_parts: Sequence[int],
        current_time: datetime | None,
    ) -> Spans | Pairs:
        self.kind(upstream, downstream)
        above, below = _as_windows(upstream), _as_windows(downstream)
        existing = above.parts(current_time=current_time)
        if not existing or not down_parts:
            return NOTHING
        first, last = overlapping_windows(
            above.cadence,
            below.cadence,
            as_parts(down_parts),
            existing,
            start_offset=self.start_offset,
            end_offset=self.end_offset,
        )
        return Spans(*_shrink(first, last, existing)) if above.left_out else Spans(first, last)

    def read_subset(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> UpstreamPartitionsResult:
        self.kind(upstream, downstream)
        above = _as_windows(upstream)
        existing = above.parts()
        there, wanted = set(existing), set[int]()
        for first, last in self._touch(above, _as_windows(downstream), parts_of(subset, downstream)):
            first, last = self._keep_within(first, last, existing)  # noqa: PLW2901
            wanted.update(above.parts_between(first, last + 1))
        absent = set() if self.allow_nonexistent_upstream_partitions else wanted - there
        return UpstreamPartitionsResult(
            above.empty_subset().with_parts(wanted & there), above.empty_subset().with_parts(absent)
        )

    def find_readers(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> PartitionsSubset:
        self.kind(upstream, downstream)
        above, below = _as_windows(upstream), _as_windows(downstream)
        read = sorted(parts_of(subset, upstream))
        candidates = self._find_candidates(above, below, read)
        touched = self._touch(above, below, candidates)
        return below.empty_subset().with_parts(
            part
            for part, (first, last) in zip(candidates, touched, strict=True)
            if bisect_left(read, first) < bisect_right(read, last)
        )

    def _find_candidates(
        self, above: TimeWindowPartitionsDefinition, below: TimeWindowPartitionsDefinition, read: Sequence[int]
    ) -> Parts:
        """Return all existing windows that can read some of the given ones, and some that can't."""
        if not read:
            return range(0)
        first, stop = below.bounds(None)
        grid = below.cadence
        low = grid.shift(grid.floor(read[0]), -1 - max(self.end_offset, self.start_offset))
        high = grid.shift(grid.floor(above.cadence.shift(read[-1], 1)), 1 - min(self.end_offset, self.start_offset))
        return below.parts_between(max(first, low), min(stop, high + 1))

    def _touch(
        self, above: TimeWindowPartitionsDefinition, below: TimeWindowPartitionsDefinition, parts: Sequence[int]
    ) -> Iterator[tuple[int, int]]:
        """Return the first and the last window that each part reads, whether or not they exist."""
        if not parts:
            return iter(())
        offsets = (self.start_offset, self.end_offset)
        return zip(*touched_windows(above.cadence, below.cadence, as_parts(parts), *offsets), strict=True)

    def _keep_within(self, first: int, last: int, existing: Parts) -> tuple[int, int]:
        """Keep offsets from leading out of what exists: the first of all windows needs no window before it."""
        if not existing:
            return first, last
        low, high = existing[0], existing[-1]
        if self.start_offset:
            first = max(first, low) if self.start_offset < 0 else min(first, high + 1)
        if self.end_offset:
            last = max(last, low - 1) if self.end_offset < 0 else min(last, high)
        return first, last


def parts_of(subset: PartitionsSubset, definition: PartitionsDefinition) -> list[int]:
    """Return the parts of a subset of a definition."""
    if isinstance(subset, TimeWindowPartitionsSubset):
        return subset.parts
    return [definition.part_of(key) for key in subset.get_partition_keys()]


def _as_windows(definition: PartitionsDefinition | None) -> TimeWindowPartitionsDefinition:
    assert isinstance(definition, TimeWindowPartitionsDefinition)
    return definition


def _shrink(first: Parts, last: Parts, existing: Parts) -> tuple[Parts, Parts]:
    """Move the ends of spans to windows that exist, where some between them are left out."""
    ends = [*existing, existing[-1] + 1]
    firsts = array("q", [ends[bisect_left(existing, part)] for part in first])
    lasts = array("q")
    for part in last:
        place = bisect_right(existing, part)
        lasts.append(existing[place - 1] if place else existing[0] - 1)
    return firsts, lasts
