"""Time windows as partitions: hourly, daily, weekly, monthly, or by any cron schedule, in any time zone."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, ClassVar

from assetmake import clock
from assetmake.definitions.cadence import Cadence, Parts, make_cadence
from assetmake.definitions.partitions import PartitionKeyRange, PartitionsDefinition, TimeWindow
from assetmake.errors import DefinitionError, UnknownPartitionError

_FINEST = "%Y-%m-%d-%H:%M"
_FIRST_YEAR = 1000  # years before it have keys of three digits, which are not in order


class ScheduleType(Enum):
    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows that follow each other: where each starts, and where the last one ends, in epoch seconds."""

    starts: Parts
    end: int


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class TimeWindowPartitionsDefinition(PartitionsDefinition):
    """Windows that begin when a cron schedule occurs and last until it occurs again.

    A partition exists once its window has ended.

    Args:
        start: The first window begins then or later. A string is read by `fmt`.
        fmt: The strftime form of the keys.
        end: The last window ends then or earlier.
        schedule_type: With the offsets, another way to say `cron_schedule`.
        timezone: An IANA name; UTC if there is none.
        end_offset: How many windows more (fewer, if negative) exist than have ended.

    Raises:
        DefinitionError: The zone, the schedule, the start or the end is wrong.
    """

    start: datetime
    end: datetime | None
    fmt: str
    cadence: Cadence
    end_offset: int

    _names: ClassVar[tuple[str, str]] = ("start", "end")

    def __init__(
        self,
        start: datetime | str,
        fmt: str,
        end: datetime | str | None = None,
        schedule_type: ScheduleType | None = None,
        timezone: str | None = None,
        end_offset: int = 0,
        minute_offset: int | None = None,
        hour_offset: int | None = None,
        day_offset: int | None = None,
        cron_schedule: str | None = None,
    ) -> None:
        if (cron_schedule is None) == (schedule_type is None):
            raise DefinitionError(f"{type(self).__name__} needs either a cron_schedule or a schedule_type")
        if schedule_type is not None:
            usual_day = 1 if schedule_type is ScheduleType.MONTHLY else 0
            day = usual_day if day_offset is None else day_offset
            cron_schedule = plain_cron(schedule_type, minute_offset or 0, hour_offset or 0, day)
        cadence = make_cadence(str(cron_schedule), timezone)
        first = _read_time(start, fmt, cadence, self._names[0])
        last = None if end is None else _read_time(end, fmt, cadence, self._names[1])
        if last is not None and last < first:
            raise DefinitionError(f"{self._names[0]} {start} is after {self._names[1]} {end}")
        if isinstance(end_offset, bool) or not isinstance(end_offset, int):
            raise DefinitionError(f"end_offset is a number of windows, got {end_offset!r}")
        for name, value in (("start", first), ("end", last), ("fmt", fmt), ("cadence", cadence)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "end_offset", end_offset)
        cadence.ceil(int(first.timestamp()))

    @property
    def timezone(self) -> str:
        return self.cadence.timezone

    @property
    def cron_schedule(self) -> str:
        return str(self.cadence.cron)

    @property
    def minute_offset(self) -> int:
        return self.cadence.cron.minutes[0]

    @property
    def hour_offset(self) -> int:
        return (self.cadence.cron.hours or (0,))[0]

    @property
    def day_offset(self) -> int:
        """The weekday of weekly windows (0 is Sunday), the day of monthly ones, else 0."""
        return (self.cadence.cron.weekdays or self.cadence.cron.days or (0,))[0]

    @property
    def schedule_type(self) -> ScheduleType | None:
        """The kind of a plain hourly, daily, weekly or monthly schedule, else None."""
        for kind in ScheduleType:
            day = max(self.day_offset, 1) if kind is ScheduleType.MONTHLY else self.day_offset % 7
            if self.cron_schedule == plain_cron(kind, self.minute_offset, self.hour_offset, day):
                return kind
        return None

    def identity(self) -> str:
        return f"time:{self.cron_schedule};{self.timezone};{self.fmt}"

    def windows(self, *, current_time: datetime | None = None) -> Windows:
        """Return the windows that exist at the time (now, if there is none)."""
        first, stop = self._bounds(current_time)
        return Windows(self.cadence.between(first, stop), stop)

    def parts(self, *, current_time: datetime | None = None) -> Parts:
        return self.windows(current_time=current_time).starts

    def changes_at(self, current_time: datetime) -> int | None:
        ended = self.cadence.floor(self._epoch(current_time))
        stop = self.cadence.shift(ended, self.end_offset) if self.end_offset else ended
        if self.end is not None and stop >= self.cadence.floor(self._epoch(self.end)):
            return None
        return self.cadence.shift(ended, 1)

    def key_of(self, part: int) -> str:
        local = self.cadence.to_datetime(part)
        key = local.strftime(self.fmt)
        # The second of two equal times of day, when clocks are put back, is told by its offset.
        return f"{key}{local.strftime('%z')}" if local.fold and "%z" not in self.fmt else key

    def part_of(self, key: str) -> int:
        part = self._part_at_or_after(key)
        if self.key_of(part) != key:
            raise self._unknown(key, f"no window has it; the nearest is {self.key_of(part)}")
        return part

    def check_part(self, part: int, *, current_time: datetime | None = None) -> None:
        first, stop = self._bounds(current_time)
        if not first <= part < stop:
            some = f"they go from {self.key_of(first)} to {self.key_of(self.cadence.shift(stop, -1))}"
            raise self._unknown(self.key_of(part), some if first < stop else "there are no partitions yet")

    def covers(self, part: int) -> bool:
        """Whether the window is one that exists, or will: it is not before the start nor after the end."""
        if part < self.cadence.ceil(self._epoch(self.start)):
            return False
        return self.end is None or self.cadence.shift(part, 1) <= self._epoch(self.end)

    def runs(self, parts: Iterable[int]) -> list[tuple[int, int]]:
        ordered = parts if isinstance(parts, range) and parts.step > 0 else sorted(parts)
        if not ordered:
            return []
        grid = self.cadence.between(ordered[0], ordered[-1] + 1)
        if isinstance(ordered, range) and ordered == grid:
            return [(ordered[0], ordered[-1])]
        if isinstance(grid, range):
            return _runs_in_range(grid.step, ordered)
        return _runs_in_array(grid, ordered)

    def time_window_for_part(self, part: int) -> TimeWindow:
        to_datetime = self.cadence.to_datetime
        return TimeWindow(to_datetime(part), to_datetime(self.cadence.shift(part, 1)))

    def time_window_for_partition_key(self, partition_key: str) -> TimeWindow:
        """Return the window of a key, or the first one that begins after the time that the key tells."""
        return self.time_window_for_part(self._part_at_or_after(partition_key))

    def get_partition_keys_in_time_window(self, time_window: TimeWindow) -> list[str]:
        """Return the keys of the windows that exist and begin inside the given one."""
        low, high = (self.cadence.to_epoch(time) for time in time_window)
        first, stop = self._bounds(None)
        starts = self.cadence.between(max(low, first), min(high, stop))
        return [self.key_of(part) for part in starts]

    def get_partition_key_range_for_time_window(self, time_window: TimeWindow) -> PartitionKeyRange:
        """Return the first and the last key whose windows overlap the given one."""
        low, high = (self.cadence.to_epoch(time) for time in time_window)
        first, last = self.cadence.floor(low), self.cadence.floor(max(low, high - 1))
        return PartitionKeyRange(self.key_of(first), self.key_of(last))

    def get_first_partition_window(self, current_time: datetime | None = None) -> TimeWindow | None:
        first, stop = self._bounds(current_time)
        return self.time_window_for_part(first) if first < stop else None

    def get_last_partition_window(self, current_time: datetime | None = None) -> TimeWindow | None:
        first, stop = self._bounds(current_time)
        return self.time_window_for_part(self.cadence.shift(stop, -1)) if first < stop else None

    def get_first_partition_key(self, current_time: datetime | None = None) -> str | None:
        first, stop = self._bounds(current_time)
        return self.key_of(first) if first < stop else None

    def get_last_partition_key(self, current_time: datetime | None = None) -> str | None:
        first, stop = self._bounds(current_time)
        return self.key_of(self.cadence.shift(stop, -1)) if first < stop else None

    def get_next_partition_key(self, partition_key: str, current_time: datetime | None = None) -> str | None:
        part = self.cadence.shift(self.part_of(partition_key), 1)
        return self.key_of(part) if part < self._bounds(current_time)[1] else None

    def validate_partition_definition(self) -> None:
        """Raise DefinitionError where `fmt` is too coarse to tell the windows apart."""
        first = self.cadence.ceil(self._epoch(self.start))
        day = self.cadence.between(first, first + 86_400)
        for part in (*day, self.cadence.shift(first, 1)):
            try:
                readable = self.part_of(self.key_of(part)) == part
            except UnknownPartitionError:
                readable = False
            if not readable:
                raise DefinitionError(
                    f"the fmt {self.fmt!r} does not give each window of the cron schedule "
                    f"'{self.cron_schedule}' a key of its own, from which the window can be told",
                    hint=f"use a finer one, like {_FINEST!r}",
                )

    def _bounds(self, current_time: datetime | None) -> tuple[int, int]:
        """Return the start of the first window and the end of the last; both the former if there are none."""
        now = self._epoch(clock.now() if current_time is None else current_time)
        first = self.cadence.ceil(self._epoch(self.start))
        stop = self.cadence.floor(now)
        if self.end_offset:
            stop = self.cadence.shift(stop, self.end_offset)
        if self.end is not None and stop > self._epoch(self.end):
            stop = self.cadence.floor(self._epoch(self.end))
        return first, max(first, stop)

    def _epoch(self, time: datetime) -> int:
        return self.cadence.to_epoch(time)

    def _part_at_or_after(self, key: str) -> int:
        for form in (self.fmt, f"{self.fmt}%z"):
            try:
                return self.cadence.ceil(self._epoch(datetime.strptime(key, form)))  # noqa: DTZ007
            except (ValueError, TypeError, OverflowError):
                continue
        example = self.key_of(self.cadence.ceil(self._epoch(self.start)))
        raise self._unknown(key, f"keys look like {example}")

    def _unknown(self, key: object, hint: str) -> UnknownPartitionError:
        return UnknownPartitionError(f"unknown partition key {key!a} of {self!r}", hint=hint)

    def _position(self, parts: Parts, part: int) -> int:
        return parts.index(part) if isinstance(parts, range) else bisect_left(parts, part)

    def _value(self) -> tuple[object, ...]:
        return self.cadence, self.fmt, self.start, self.end, self.end_offset

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TimeWindowPartitionsDefinition) and self._value() == other._value()

    def __hash__(self) -> int:
        return hash(self._value())

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Be plain data between processes: zones would be looked up by code that a reader may not want to call."""
        end = None if self.end is None else self._epoch(self.end)
        return restore_windows, (type(self), self._epoch(self.start), self.fmt, end, self.cadence, self.end_offset)

    def _arguments(self) -> list[str]:
        return [f"fmt={self.fmt!r}", f"cron_schedule={self.cron_schedule!r}"]

    def __repr__(self) -> str:
        arguments = [repr(self._time_text(self.start)), *self._arguments()]
        if self.end is not None:
            arguments.append(f"{self._names[1]}={self._time_text(self.end)!r}")
        if self.timezone != "UTC":
            arguments.append(f"timezone={self.timezone!r}")
        if self.end_offset:
            arguments.append(f"end_offset={self.end_offset}")
        return f"{type(self).__name__}({', '.join(arguments)})"

    def _time_text(self, time: datetime) -> str:
        text = time.strftime(self.fmt)
        try:
            told = self._epoch(datetime.strptime(text, self.fmt)) == self._epoch(time)  # noqa: DTZ007
        except ValueError:
            told = False
        return text if told else time.isoformat()


def restore_windows(
    kind: type[TimeWindowPartitionsDefinition], start: int, fmt: str, end: int | None, cadence: Cadence, end_offset: int
) -> TimeWindowPartitionsDefinition:
    """Return a definition as it was; start and end are epoch seconds."""
    made = object.__new__(kind)
    last = None if end is None else cadence.to_datetime(end)
    for name, value in (("start", cadence.to_datetime(start)), ("end", last), ("fmt", fmt), ("cadence", cadence)):
        object.__setattr__(made, name, value)
    object.__setattr__(made, "end_offset", end_offset)
    return made


def plain_cron(kind: ScheduleType, minute: int, hour: int, day: int) -> str:
    """Return the cron schedule of usual windows that begin at an offset.

    Raises:
        DefinitionError: An offset is out of range.
    """
    weekly, monthly = kind is ScheduleType.WEEKLY, kind is ScheduleType.MONTHLY
    cron = (
        f"{minute} {'*' if kind is ScheduleType.HOURLY else hour} {day if monthly else '*'} * {day if weekly else '*'}"
    )
    limits = [("minute_offset", minute, 0, 59), ("hour_offset", hour, 0, 23)]
    if weekly or monthly:
        limits.append(("day_offset", day, *((0, 6) if weekly else (1, 31))))
    for name, value, low, high in limits:
        if type(value) is not int or not low <= value <= high:
            raise DefinitionError(
                f"Found invalid cron schedule {cron!r}: {name} is {value!r}, not one of {low} to {high}",
                hint="weekdays count from 0 (Sunday) to 6" if weekly and name == "day_offset" else "",
            )
    return cron


def _read_time(value: object, fmt: str, cadence: Cadence, name: str) -> datetime:
    """Return a time in the zone of the cadence: the one right after the gap where its clocks skip it."""
    if isinstance(value, str):
        time = _parse_time(value, fmt)
    elif isinstance(value, date):
        time = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
    else:
        time = None
    if time is None:
        raise DefinitionError(
            f"cannot read {name} {value!r} as a time",
            hint=f"write it like {datetime.now(UTC).strftime(fmt)!r}",
        )
    try:
        epoch = cadence.to_epoch(time)
        if time.year < _FIRST_YEAR:
            raise OverflowError
        return cadence.to_datetime(epoch)
    except (ValueError, OverflowError):
        raise DefinitionError(f"{name} {value} is too far from now") from None


def _parse_time(text: str, fmt: str) -> datetime | None:
    try:
        return datetime.strptime(text, fmt)  # noqa: DTZ007
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _runs_in_range(step: int, ordered: Iterable[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    first = last = None
    for part in ordered:
        if last is None or first is None:
            first = part
        elif part == last:
            continue
        elif part != last + step:
            runs.append((first, last))
            first = part
        last = part
    if first is not None and last is not None:
        runs.append((first, last))
    return runs


def _runs_in_array(grid: Sequence[int], ordered: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    first = last = ordered[0]
    place = bisect_right(grid, first)
    for part in ordered:
        if part == last:
            continue
        if place < len(grid) and grid[place] == part:
            place += 1
        else:
            runs.append((first, last))
            first = part
            place = bisect_right(grid, part)
        last = part
    runs.append((first, last))
    return runs
