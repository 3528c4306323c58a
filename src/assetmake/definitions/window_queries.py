"""What can be asked of time windows: which there are at a time, next to each other, and within a span."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterable
from datetime import date, datetime

from assetmake.definitions.cadence import Cadence, Parts
from assetmake.definitions.cron import DAY
from assetmake.definitions.key_ranges import PartitionKeyRange, TimeWindow
from assetmake.definitions.partition_loading import DynamicPartitionsStore, partition_loading_context
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.runs import runs_in_array, runs_in_range
from assetmake.definitions.subsets import TimeWindowPartitionsSubset, read_windows
from assetmake.definitions.window_schedules import Exclusions
from assetmake.errors import DefinitionError

_REACHES = (4, 40, 400, 4000)  # days to look ahead for a window that is not left out


class WindowQueries(PartitionsDefinition):
    """Questions to windows of a cadence, of which some may be left out; answered from a few primitives."""

    __slots__ = ()

    fmt: str
    cadence: Cadence
    left_out: Exclusions

    @abstractmethod
    def bounds(self, current_time: datetime | None) -> tuple[int, int]:
        """Return the start of the first window and the end of the last; both the former if there are none."""

    @abstractmethod
    def first_part(self, key: str) -> int:
        """Return the part of a key, or that of the first window after the time that it tells.

        Raises:
            UnknownPartitionError: It tells no time.
        """

    @property
    def is_listed(self) -> bool:
        return False

    def parts_between(self, low: int, high: int) -> Parts:
        """Return the starts of windows that begin in `[low, high)`, whether or not they exist yet, or still."""
        return self.left_out.cut(self.cadence.between(low, high))

    def shift_part(self, part: int, count: int) -> int:
        """Return the start of the window that is `count` windows later, not counting those that are left out."""
        if not self.left_out:
            return self.cadence.shift(part, count)
        for _ in range(abs(count)):
            part = self._neighbour(part, forwards=count > 0)
        return part

    def _neighbour(self, part: int, *, forwards: bool) -> int:
        for days in _REACHES:
            reach = days * DAY
            low, high = (part + 1, part + reach) if forwards else (part - reach, part)
            if found := self.parts_between(low, high):
                return found[0 if forwards else -1]
        raise DefinitionError(f"the exclusions of {self!r} leave no window")

    def epoch(self, time: datetime) -> int:
        return self.cadence.to_epoch(time)

    def runs(self, parts: Iterable[int]) -> list[tuple[int, int]]:
        ordered = parts if isinstance(parts, range) and parts.step > 0 else sorted(parts)
        if not ordered:
            return []
        grid = self.parts_between(ordered[0], ordered[-1] + 1)
        if isinstance(ordered, range) and ordered == grid:
            return [(ordered[0], ordered[-1])]
        if isinstance(grid, range):
            return runs_in_range(grid.step, ordered)
        return runs_in_array(grid, ordered)

    def sort_parts(self, parts: Iterable[int]) -> list[int]:
        return sorted(set(parts))

    def time_window_for_part(self, part: int) -> TimeWindow:
        to_datetime = self.cadence.to_datetime
        return TimeWindow(to_datetime(part), to_datetime(self.cadence.shift(part, 1)))

    def time_window_for_partition_key(self, partition_key: str) -> TimeWindow:
        """Return the window of a key, or the first one that begins after the time that the key tells."""
        return self.time_window_for_part(self.first_part(partition_key))

    def start_time_for_partition_key(self, partition_key: str) -> datetime:
        return self.time_window_for_partition_key(partition_key).start

    def end_time_for_partition_key(self, partition_key: str) -> datetime:
        return self.time_window_for_partition_key(partition_key).end

    def get_partition_key(self, key: str | date) -> str:
        """Return the key of a time, or the key itself.

        Raises:
            UnknownPartitionError: There is no such partition.
        """
        text = key if isinstance(key, str) else key.strftime(self.fmt)
        return self.key_of(self.validate_partition_key(text))

    def get_partition_key_for_timestamp(self, timestamp: float, end_closed: bool = False) -> str:
        """Return the key of the window that holds an instant; `end_closed`: of the one that has it as its end."""
        instant = int(timestamp // 1)
        begins = self.cadence.floor(instant)
        if (end_closed and begins == timestamp) or self.left_out.hold(begins):
            begins = self.shift_part(begins, -1)
        return self.key_of(begins)

    def less_than(self, partition_key1: str, partition_key2: str) -> bool:
        return self.first_part(partition_key1) < self.first_part(partition_key2)

    def is_window_start_excluded(self, window_start: datetime) -> bool:
        return self.left_out.hold(self.epoch(window_start))

    def get_partition_keys_in_time_window(self, time_window: TimeWindow) -> list[str]:
        """Return the keys of the windows that exist and begin inside the given one."""
        low, high = (self.epoch(time) for time in time_window)
        first, stop = self.bounds(None)
        return [self.key_of(part) for part in self.parts_between(max(low, first), min(high, stop))]

    def get_partition_subset_in_time_window(self, time_window: TimeWindow) -> TimeWindowPartitionsSubset:
        return self.empty_subset().with_parts(self._within(time_window))

    def get_num_partitions_in_window(self, time_window: TimeWindow) -> int:
        return len(self._within(time_window))

    def has_any_partitions_in_window(self, time_window: TimeWindow) -> bool:
        return bool(self._within(time_window))

    def get_partition_key_range_for_time_window(
        self, time_window: TimeWindow, respect_bounds: bool = True
    ) -> PartitionKeyRange:
        """Return the first and the last key whose windows overlap the given one.

        Args:
            time_window: From and to when.
            respect_bounds: Accepted for compatibility's sake: windows that do not exist yet are told, too.
        """
        del respect_bounds
        low, high = (self.epoch(time) for time in time_window)
        last = max(low, high - 1)
        return PartitionKeyRange(*map(self.get_partition_key_for_timestamp, (low, last)))

    def get_partition_keys_between_indexes(self, start_idx: int, end_idx: int) -> list[str]:
        return [self.key_of(part) for part in self.parts()[start_idx:end_idx]]

    def get_first_partition_window(self, current_time: datetime | None = None) -> TimeWindow | None:
        first, stop = self.bounds(current_time)
        return self.time_window_for_part(first) if first < stop else None

    def get_last_partition_window(self, current_time: datetime | None = None) -> TimeWindow | None:
        first, stop = self.bounds(current_time)
        return self.time_window_for_part(self.shift_part(stop, -1)) if first < stop else None

    def get_next_partition_window(self, end_dt: datetime, respect_bounds: bool = True) -> TimeWindow | None:
        """Return the first window that begins at a time or later."""
        part = self.cadence.ceil(self.epoch(end_dt))
        part = self.shift_part(part, 1) if self.left_out.hold(part) else part
        if respect_bounds and part >= self.bounds(None)[1]:
            return None
        return self.time_window_for_part(part)

    def get_prev_partition_window(self, start_dt: datetime, respect_bounds: bool = True) -> TimeWindow | None:
        """Return the last window that ends at a time or earlier; None where that is before the first."""
        part = self.shift_part(self.cadence.floor(self.epoch(start_dt)), -1)
        if respect_bounds and part < self.bounds(None)[0]:
            return None
        return self.time_window_for_part(part)

    def get_next_partition_key(self, partition_key: str, current_time: datetime | None = None) -> str | None:
        part = self.shift_part(self.part_of(partition_key), 1)
        return self.key_of(part) if part < self.bounds(current_time)[1] else None

    def get_first_partition_key(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> str | None:
        with partition_loading_context(current_time, dynamic_partitions_store):
            first, stop = self.bounds(None)
            return self.key_of(first) if first < stop else None

    def get_last_partition_key(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> str | None:
        with partition_loading_context(current_time, dynamic_partitions_store):
            first, stop = self.bounds(None)
            return self.key_of(self.shift_part(stop, -1)) if first < stop else None

    @abstractmethod
    def empty_subset(self) -> TimeWindowPartitionsSubset: ...

    def subset_with_all_partitions(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> TimeWindowPartitionsSubset:
        with partition_loading_context(current_time, dynamic_partitions_store):
            return self.empty_subset().with_parts(self.parts())

    def deserialize_subset(self, serialized: str) -> TimeWindowPartitionsSubset:
        parts = [part for start, end in read_windows(serialized) for part in self.parts_between(start, end)]
        return self.empty_subset().with_parts(parts)

    def get_serializable_unique_identifier(self, dynamic_partitions_store: DynamicPartitionsStore | None = None) -> str:
        del dynamic_partitions_store
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def _within(self, time_window: TimeWindow) -> Parts:
        return self.parts_between(*(self.epoch(time) for time in time_window))
