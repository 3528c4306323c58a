"""How time windows are declared: schedules by kind and offsets, times by text, and windows that are left out."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum

from assetmake.definitions.cadence import Cadence, Parts, make_cadence
from assetmake.errors import DefinitionError

_FIRST_YEAR = 1000  # years before it have keys of three digits, which are not in order


class ScheduleType(Enum):
    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Windows that are left out: those that begin when a schedule occurs, or at an instant.

    Attributes:
        cadences: The schedules.
        instants: Epoch seconds, ascending.
    """

    cadences: tuple[Cadence, ...] = ()
    instants: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cadences or self.instants)

    def hold(self, part: int) -> bool:
        """Tell whether the window is left out."""
        return part in self.instants or any(cadence.between(part, part + 1) for cadence in self.cadences)

    def cut(self, starts: Parts) -> Parts:
        """Return the windows that are not left out."""
        if not self or not starts:
            return starts
        gone = set(self.instants)
        for cadence in self.cadences:
            gone.update(cadence.between(starts[0], starts[-1] + 1))
        return array("q", [start for start in starts if start not in gone])


def read_exclusions(given: Sequence[str | datetime] | None, cadence: Cadence) -> Exclusions:
    """Read what is left out: cron schedules and times, on the clocks of the cadence's zone.

    Raises:
        DefinitionError: One is neither.
    """
    if isinstance(given, str) or (given is not None and not isinstance(given, Sequence)):
        raise DefinitionError(f"exclusions is a list of cron schedules and times, got {given!r}")
    crons = [each for each in given or () if isinstance(each, str)]
    times = [each for each in given or () if not isinstance(each, str)]
    for time in times:
        if not isinstance(time, date):
            raise DefinitionError(f"exclusions is a list of cron schedules and times, got {time!r} in it")
    cadences = tuple(make_cadence(cron, cadence.timezone) for cron in crons)
    # As a calendar is written: the day is meant, and not the moment at which it begins elsewhere.
    naive = [
        time.replace(tzinfo=None) if isinstance(time, datetime) else datetime(time.year, time.month, time.day)  # noqa: DTZ001
        for time in times
    ]
    return Exclusions(cadences, tuple(sorted(map(cadence.to_epoch, naive))))


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


def read_time(value: object, fmt: str, cadence: Cadence, name: str) -> datetime:
    """Return a time in the zone of the cadence: the one right after the gap where its clocks skip it.

    Raises:
        DefinitionError: It is no time, or too far from now.
    """
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
