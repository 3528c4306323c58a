"""Time windows as partitions: hourly, daily, weekly, monthly, or by any cron schedule, in any time zone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from assetmake.definitions.cadence import Cadence, Parts, make_cadence
from assetmake.definitions.partition_loading import find_time
from assetmake.definitions.subsets import TimeWindowPartitionsSubset
from assetmake.definitions.window_queries import WindowQueries
from assetmake.definitions.window_schedules import Exclusions, ScheduleType, plain_cron, read_exclusions, read_time
from assetmake.errors import DefinitionError, UnknownPartitionError

_REFUSED_TIMES = {
    ScheduleType.HOURLY: ("hour_of_day",),
    ScheduleType.DAILY: ("day_of_week", "day_of_month"),
}
_FINEST = "%Y-%m-%d-%H:%M"


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows in order: where each starts, and until when all have ended, in epoch seconds."""

    starts: Parts
    end: int


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class TimeWindowPartitionsDefinition(WindowQueries):
    """Windows that begin when a cron schedule occurs and last until it occurs again.

    A partition exists once its window has ended.

    Args:
        start: The first window begins then or later. A string is read by `fmt`.
        fmt: The strftime form of the keys.
        end: The last window ends then or earlier.
        schedule_type: With the offsets, another way to say `cron_schedule`.
        timezone: An IANA name; UTC if there is none.
        end_offset: How many windows more (fewer, if negative) exist than have ended.
        exclusions: Windows that are left out: cron schedules and times at which they begin.

    Raises:
        DefinitionError: The zone, the schedule, the start or the end is wrong.
    """

    start: datetime
    end: datetime | None
    fmt: str
    cadence: Cadence
    end_offset: int
    left_out: Exclusions

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
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        if (cron_schedule is None) == (schedule_type is None):
            raise DefinitionError(f"{type(self).__name__} needs either a cron_schedule or a schedule_type")
        if schedule_type is not None:
            usual_day = 1 if schedule_type is ScheduleType.MONTHLY else 0
            day = usual_day if day_offset is None else day_offset
            cron_schedule = plain_cron(schedule_type, minute_offset or 0, hour_offset or 0, day)
        cadence = make_cadence(str(cron_schedule), timezone)
        first = read_time(start, fmt, cadence, self._names[0])
        last = None if end is None else read_time(end, fmt, cadence, self._names[1])
        if isinstance(end_offset, bool) or not isinstance(end_offset, int):
            raise DefinitionError(f"end_offset is a number of windows, got {end_offset!r}")
        left_out = read_exclusions(exclusions, cadence)
        _fill(self, start=first, end=last, fmt=fmt, cadence=cadence, end_offset=end_offset, left_out=left_out)
        self._begin()

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

    def get_cron_schedule(
        self,
        minute_of_hour: int | None = None,
        hour_of_day: int | None = None,
        day_of_week: int | None = None,
        day_of_month: int | None = None,
    ) -> str:
        """Return the schedule of the windows, at another time where one is given.

        The weekday of monthly windows and the day of the month of weekly ones mean nothing.

        Raises:
            DefinitionError: Windows of this kind do not begin at such a time.
        """
        given = {
            "minute_of_hour": minute_of_hour,
            "hour_of_day": hour_of_day,
            "day_of_week": day_of_week,
            "day_of_month": day_of_month,
        }
        asked = [name for name, value in given.items() if value is not None]
        if not asked:
            return self.cron_schedule
        kind = self.schedule_type
        refused = [name for name in asked if kind is None or name in _REFUSED_TIMES.get(kind, ())]
        if kind is None or refused:
            what = kind.value.lower() if kind else f"'{self.cron_schedule}'"
            raise DefinitionError(f"Cannot set {', '.join(refused)} with {what} partitions.")
        minute = self.minute_offset if minute_of_hour is None else minute_of_hour
        hour = self.hour_offset if hour_of_day is None else hour_of_day
        day = {ScheduleType.WEEKLY: day_of_week, ScheduleType.MONTHLY: day_of_month}.get(kind)
        return plain_cron(kind, minute, hour, self.day_offset if day is None else day)

    @property
    def exclusions(self) -> list[str | datetime]:
        """The schedules and the times of windows that are left out."""
        crons = [str(cadence.cron) for cadence in self.left_out.cadences]
        return [*crons, *map(self.cadence.to_datetime, self.left_out.instants)]

    def identity(self) -> str:
        return f"time:{self.cron_schedule};{self.timezone};{self.fmt}"

    def windows(self, *, current_time: datetime | None = None) -> Windows:
        """Return the windows that exist at the time (now, if there is none)."""
        first, stop = self.bounds(current_time)
        return Windows(self.parts_between(first, stop), stop)

    def parts(self, *, current_time: datetime | None = None) -> Parts:
        return self.windows(current_time=current_time).starts

    def changes_at(self, current_time: datetime) -> int | None:
        ended = self.cadence.floor(self.epoch(current_time))
        stop = self.cadence.shift(ended, self.end_offset) if self.end_offset else ended
        if self.end is not None and stop >= self.cadence.floor(self.epoch(self.end)):
            return None
        return self.cadence.shift(ended, 1)

    def key_of(self, part: int) -> str:
        local = self.cadence.to_datetime(part)
        key = local.strftime(self.fmt)
        # The second of two equal times of day, when clocks are put back, is told by its offset.
        return f"{key}{local.strftime('%z')}" if local.fold and "%z" not in self.fmt else key

    def part_of(self, key: str) -> int:
        part = self.first_part(key)
        if self.key_of(part) != key:
            raise self._unknown(key, f"no window has it; the nearest is {self.key_of(part)}")
        return part

    def check_part(self, part: int, *, current_time: datetime | None = None) -> None:
        first, stop = self.bounds(current_time)
        if not first <= part < stop:
            some = f"they go from {self.key_of(first)} to {self.key_of(self.shift_part(stop, -1))}"
            raise self._unknown(self.key_of(part), some if first < stop else "there are no partitions yet")
        if self.left_out.hold(part):
            raise self._unknown(self.key_of(part), "it is left out by exclusions=")

    def covers(self, part: int) -> bool:
        """Whether the window is one that exists, or will: it is not before the start nor after the end."""
        if part < self.cadence.ceil(self.epoch(self.start)) or self.left_out.hold(part):
            return False
        return self.end is None or self.cadence.shift(part, 1) <= self.epoch(self.end)

    def validate_partition_definition(self) -> None:
        """Raise DefinitionError where `fmt` is too coarse to tell the windows apart, or there can be none."""
        if self.end is not None and self.end < self.start:
            start, end = self._names
            raise DefinitionError(f"{start} {self._time_text(self.start)} is after {end} {self._time_text(self.end)}")
        first = self._begin()
        day = self.parts_between(first, first + 86_400)
        for part in (*day, self.shift_part(first, 1)):
            if self.find_part(self.key_of(part)) != part:
                raise DefinitionError(
                    "This partition set contains multiple time ranges that map to the same partition key. "
                    f"This usually indicates that the partition set's format string ({self.fmt}) is not granular "
                    f"enough to produce a unique key for each time in the cron schedule ({self.cron_schedule}).",
                    hint=f"use a finer one, like {_FINEST!r}",
                )

    def bounds(self, current_time: datetime | None) -> tuple[int, int]:
        first = self._begin()
        stop = self.cadence.floor(self.epoch(find_time(current_time)))
        if self.end_offset:
            # The first step from a window that is left out leads to the one that is to be counted.
            extra = self.end_offset > 0 and self.left_out.hold(stop)
            stop = self.shift_part(stop, self.end_offset + extra)
        if self.end is not None and stop > self.epoch(self.end):
            stop = self.cadence.floor(self.epoch(self.end))
        return first, max(first, stop)

    def first_part(self, key: str) -> int:
        for form in (self.fmt, f"{self.fmt}%z"):
            try:
                part = self.cadence.ceil(self.epoch(datetime.strptime(key, form)))  # noqa: DTZ007
            except (ValueError, TypeError, OverflowError):
                continue
            return self.shift_part(part, 1) if self.left_out.hold(part) else part
        raise self._unknown(key, f"keys look like {self.key_of(self._begin())}")

    def empty_subset(self) -> TimeWindowPartitionsSubset:
        return TimeWindowPartitionsSubset(self)

    def _begin(self) -> int:
        first = self.cadence.ceil(self.epoch(self.start))
        return self.shift_part(first, 1) if self.left_out.hold(first) else first

    def _unknown(self, key: object, hint: str) -> UnknownPartitionError:
        return UnknownPartitionError(f"unknown partition key {key!a} of {self!r}", hint=hint)

    def _position(self, parts: Parts, part: int) -> int:
        return parts.index(part) if isinstance(parts, range) else bisect_left(parts, part)

    def _value(self) -> tuple[object, ...]:
        return self.cadence, self.fmt, self.start, self.end, self.end_offset, self.left_out

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TimeWindowPartitionsDefinition) and self._value() == other._value()

    def __hash__(self) -> int:
        return hash(self._value())

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Be plain data between processes: zones would be looked up by code that a reader may not want to call."""
        end = None if self.end is None else self.epoch(self.end)
        fields = (self.epoch(self.start), self.fmt, end, self.cadence, self.end_offset, self.left_out)
        return restore_windows, (type(self), *fields)

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
        if self.left_out:
            shown = [each if isinstance(each, str) else each.replace(tzinfo=None) for each in self.exclusions]
            arguments.append(f"exclusions={shown!r}")
        return f"{type(self).__name__}({', '.join(arguments)})"

    def __str__(self) -> str:
        kind = self.schedule_type.value.capitalize() if self.schedule_type else self.cron_schedule
        moved = f" End offsetted by {self.end_offset} partition{'' if self.end_offset == 1 else 's'}."
        start = f"{kind}, starting {self.start.strftime(self.fmt)} {self.timezone}."
        return f"{start}{moved if self.end_offset else ''}"

    def equal_except_for_start_or_end(self, other: TimeWindowPartitionsDefinition) -> bool:
        """Tell whether another definition has the same windows, and differs at most in when they begin and end."""
        return (self.cadence, self.fmt, self.end_offset, self.left_out) == (
            other.cadence,
            other.fmt,
            other.end_offset,
            other.left_out,
        )

    def _time_text(self, time: datetime) -> str:
        text = time.strftime(self.fmt)
        try:
            told = self.epoch(datetime.strptime(text, self.fmt)) == self.epoch(time)  # noqa: DTZ007
        except ValueError:
            told = False
        return text if told else time.isoformat()


def restore_windows(
    kind: type[TimeWindowPartitionsDefinition],
    start: int,
    fmt: str,
    end: int | None,
    cadence: Cadence,
    end_offset: int,
    left_out: Exclusions,
) -> TimeWindowPartitionsDefinition:
    """Return a definition as it was; start and end are epoch seconds."""
    made = object.__new__(kind)
    first, last = cadence.to_datetime(start), None if end is None else cadence.to_datetime(end)
    _fill(made, start=first, end=last, fmt=fmt, cadence=cadence, end_offset=end_offset, left_out=left_out)
    return made


def _fill(definition: TimeWindowPartitionsDefinition, **fields: object) -> None:
    for name, value in fields.items():
        object.__setattr__(definition, name, value)
