"""Cron expressions as sets of minutes, hours and days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from assetmake.errors import DefinitionError

DAY = 86_400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_SIMPLE = re.compile(r"(?P<first>\*|\d+)(?:-(?P<last>\d+))?(?:/(?P<step>\d+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed cron expression. None in a field means unrestricted (`*`).

    Attributes:
        weekdays: 0 is Sunday, as in cron.
        last_day: The last day of the month is wanted as well (`L`).
        nth_weekdays: Pairs of weekday and its occurrence in the month; 0 is the last one.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...] | None
    days: tuple[int, ...] | None = None
    months: tuple[int, ...] | None = None
    weekdays: tuple[int, ...] | None = None
    last_day: bool = False
    nth_weekdays: tuple[tuple[int, int], ...] = ()

    @property
    def every_hour(self) -> bool:
        """Whether occurrences are counted in elapsed time instead of by the time of day."""
        return self.hours is None

    @property
    def every_day(self) -> bool:
        return self.days is None and self.months is None and self.weekdays is None and not self.nth_weekdays

    def seconds_of_day(self) -> tuple[int, ...]:
        hours = range(24) if self.hours is None else self.hours
        return tuple(hour * 3600 + minute * 60 for hour in hours for minute in self.minutes)

    def uniform(self) -> tuple[int, int] | None:
        """Return `(step, phase)` in seconds where occurrences are equally spaced by the clock, else None.

        The phase is the wall-clock second, counted from 1970-01-01, of one of the occurrences.
        """
        seconds = self.seconds_of_day()
        if self.every_day:
            step = DAY // len(seconds)
            if all(second == seconds[0] + i * step for i, second in enumerate(seconds)):
                return step, seconds[0]
            return None
        weekly = self.days is None and self.months is None and not self.nth_weekdays
        if weekly and self.weekdays is not None and len(self.weekdays) == 1 and len(seconds) == 1:
            return 7 * DAY, (self.weekdays[0] - 4) * DAY + seconds[0]
        return None

    def matches_day(self, day: int) -> bool:
        """Whether the day, counted from 1970-01-01, is one of those wanted."""
        if self.every_day:
            return True
        when = date.fromordinal(day + _EPOCH_ORDINAL)
        if self.months is not None and when.month not in self.months:
            return False
        by_date, by_weekday = self.days is not None, bool(self.weekdays is not None or self.nth_weekdays)
        if not by_date and not by_weekday:
            return True
        return (by_date and self._matches_date(when)) or (by_weekday and self._matches_weekday(when))

    def _matches_date(self, when: date) -> bool:
        return when.day in (self.days or ()) or (self.last_day and when.day == _days_in_month(when))

    def _matches_weekday(self, when: date) -> bool:
        weekday = when.isoweekday() % 7
        if not self.nth_weekdays:
            return weekday in (self.weekdays or ())
        return any(
            weekday == wanted and (when.day + 7 > _days_in_month(when) if nth == 0 else (when.day - 1) // 7 + 1 == nth)
            for wanted, nth in self.nth_weekdays
        )

    def __str__(self) -> str:
        """Write the canonical text: equal schedules have equal texts."""
        days = _field_text(self.days)
        if self.last_day:
            days = f"{days},L" if days else "L"
        weekdays = _field_text(self.weekdays)
        if self.nth_weekdays:
            weekdays = ",".join(f"{day}#{nth}" if nth else f"L{day}" for day, nth in self.nth_weekdays)
        fields = (_field_text(self.minutes, whole=60), _field_text(self.hours), days)
        return " ".join((*fields, _field_text(self.months), weekdays))


@lru_cache(maxsize=256)
def parse_cron(text: str) -> Cron:
    """Read a cron expression of five fields, or a nickname like `@daily`.

    Raises:
        DefinitionError: The text is not a cron expression.
    """
    if not isinstance(text, str):
        raise _bad_cron(text, "it is not a string")
    words = text.split()
    if len(words) != len(_FIELDS) and not (len(words) == 1 and words[0].startswith("@")):
        raise _bad_cron(text, f"it has {len(words)} fields instead of 5")
    fields = [_parse_field(word, low, high) for word, (_, low, high) in zip(words, _FIELDS, strict=False)]
    if len(fields) != len(_FIELDS) or any(field == () for field in fields):
        return _parse_with_croniter(text)
    minutes, hours, days, months, weekdays = fields
    return Cron(
        minutes=tuple(range(60)) if minutes is None else minutes,
        hours=hours if hours != tuple(range(24)) else None,
        days=days,
        months=months,
        weekdays=None if weekdays is None else tuple(sorted({day % 7 for day in weekdays})),
    )


def _parse_field(text: str, low: int, high: int) -> tuple[int, ...] | None:
    """Return the values of a field, None for all of them, or nothing where the field is not a simple one."""
    if text in {"*", "*/1"}:
        return None
    values: set[int] = set()
    for part in text.split(","):
        match = _SIMPLE.fullmatch(part)
        if match is None:
            return ()
        step = int(match["step"] or 1)
        if match["first"] == "*":
            first, last = low, min(high, 6) if high == 7 else high
            simple = match["last"] is None
        else:
            first = int(match["first"])
            last = int(match["last"] or first)
            simple = match["last"] is not None or match["step"] is None
        if not simple or step == 0 or not low <= first <= last <= high:
            return ()
        values.update(range(first, last + 1, step))
    return tuple(sorted(values))


def _parse_with_croniter(text: str) -> Cron:
    # Names, nicknames, `L` and `#` are rare: what reads them is imported when one is met.
    from croniter import croniter

    try:
        fields, nth = croniter.expand(text)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise _bad_cron(text, str(error)) from error
    minutes, hours, days, months, weekdays = ([*field] for field in fields[:5])
    occurrences = {(int(day) % 7, 0 if n == "l" else int(n)) for day, ns in nth.items() for n in ns}
    numbers = tuple(sorted(day for day in days if isinstance(day, int)))
    return Cron(
        minutes=_restricted(minutes) or tuple(range(60)),
        hours=_restricted(hours),
        days=None if "*" in days else numbers,
        months=_restricted(months),
        weekdays=None if occurrences else _restricted(weekdays),
        last_day="l" in days,
        nth_weekdays=tuple(sorted(occurrences)),
    )


def _restricted(values: Sequence[int | str]) -> tuple[int, ...] | None:
    return None if "*" in values else tuple(sorted({int(value) for value in values}))


def _days_in_month(when: date) -> int:
    following = date(when.year + when.month // 12, when.month % 12 + 1, 1)
    return (following - when.replace(day=1)).days


def _field_text(values: tuple[int, ...] | None, *, whole: int | None = None) -> str:
    if values is None or len(values) == whole:
        return "*"
    return ",".join(map(str, values))


def _bad_cron(text: object, why: str) -> DefinitionError:
    return DefinitionError(
        f"{text!r} is not a cron schedule: {why}",
        hint="five fields: minute, hour, day of month, month, weekday; daily at six is '0 6 * * *'",
    )
