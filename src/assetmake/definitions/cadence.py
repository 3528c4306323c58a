"""When the windows of a cron schedule begin in a time zone, as epoch seconds."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from assetmake.definitions.cron import DAY, Cron, parse_cron
from assetmake.errors import DefinitionError

Parts: TypeAlias = "range | array[int]"
"""Partition ids: a range where they are equally spaced, else an array of 64-bit integers."""

_LONGEST_GAP = 9 * 366 * DAY  # February 29th is eight years apart around 1900 and 2100
_LONGEST_CLOCK_CHANGE = 3 * DAY  # Samoa skipped a whole day in 2011
_WORTH_KEEPING = 1000 * DAY
_FIRST_INSTANT, _LAST_INSTANT = -62_135_000_000, 253_402_000_000  # within the years 1 to 9999
_ALWAYS_UTC = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Etc/Zulu", "GMT", "Etc/GMT", "UCT", "Zulu"})


@dataclass(frozen=True, slots=True)
class Cadence:
    """A cron schedule in a time zone: an endless row of windows, each beginning where the last one ended.

    A time of day that the zone skips stands for the moment right after the gap, one that it repeats for the
    first of the two. Schedules that name no hour count elapsed time: every repeated hour is a window, a
    skipped one is none.
    """

    cron: Cron
    timezone: str

    def between(self, low: int, high: int) -> Parts:
        """Return the starts of all windows that begin in `[low, high)`, ascending."""
        if high <= low:
            return range(0)
        enumerate_starts = _starts if high - low < _WORTH_KEEPING else _kept_starts
        return _cut(enumerate_starts(self, low // DAY, high // DAY + 1), low, high)

    def floor(self, instant: int) -> int:
        """Return the start of the window that contains the instant."""
        for reach in _reaches():
            if starts := self.between(instant - reach, instant + 1):
                return starts[-1]
        raise self._never()

    def ceil(self, instant: int) -> int:
        """Return the start of the first window that begins at the instant or later."""
        for reach in _reaches():
            if starts := self.between(instant, instant + reach):
                return starts[0]
        raise self._never()

    def shift(self, start: int, count: int) -> int:
        """Return the start of the window that is `count` windows later (earlier, if negative)."""
        wanted = abs(count)
        for reach in _reaches():
            span = reach * (wanted + 1)
            low, high = (start, start + span) if count > 0 else (start - span, start + 1)
            starts = self.between(low, high)
            if len(starts) > wanted:
                return starts[wanted] if count > 0 else starts[-1 - wanted]
        raise self._never()

    def to_epoch(self, wall: datetime) -> int:
        """Return the instant of a time; a naive one is read on the clocks of the zone."""
        if wall.tzinfo is not None:
            return int(wall.timestamp() // 1)
        seconds = int(wall.replace(tzinfo=UTC).timestamp() // 1)
        return _instant_of_wall(self.timezone, seconds)

    def to_datetime(self, instant: int) -> datetime:
        return datetime.fromtimestamp(instant, find_zone(self.timezone))

    def _never(self) -> DefinitionError:
        return DefinitionError(f"the cron schedule '{self.cron}' never occurs")


def make_cadence(cron_schedule: str, timezone: str | None) -> Cadence:
    """Read a schedule and its zone (UTC if there is none).

    Raises:
        DefinitionError: The schedule or the zone is wrong.
    """
    zone = timezone or "UTC"
    if not isinstance(zone, str):
        raise DefinitionError(f"a timezone is given by its name, got {timezone!r}")
    find_zone(zone)
    return Cadence(parse_cron(cron_schedule), zone)


@lru_cache(maxsize=256)
def find_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name.

    Raises:
        DefinitionError: There is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError, AttributeError) as error:
        near = get_close_matches(str(name), available_timezones(), n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "use a name like Europe/Berlin or UTC"
        raise DefinitionError(f"unknown timezone {name!r}", hint=hint) from error


def _reaches() -> Iterator[int]:
    reach = 2 * DAY
    while reach < _LONGEST_GAP:
        yield reach
        reach *= 8
    yield _LONGEST_GAP


def _cut(starts: Parts, low: int, high: int) -> Parts:
    if isinstance(starts, range):
        first = max(0, -((starts.start - low) // starts.step))
        stop = max(0, -((starts.start - high) // starts.step))
        return starts[first:stop]
    return starts[bisect_left(starts, low) : bisect_left(starts, high)]


def _starts(cadence: Cadence, first_day: int, last_day: int) -> Parts:
    """Return the starts in whole days: calls that differ by the hour of `now` share one kept answer."""
    low, high = first_day * DAY, last_day * DAY
    pieces = _Pieces()
    wall_reached: int | None = None
    for begin, end, offset in _segments(cadence.timezone, low - _LONGEST_CLOCK_CHANGE, high):
        opens, closes = begin + offset, end + offset
        if wall_reached is None or cadence.cron.every_hour:
            wall_reached = opens
        skipped = _walls(cadence.cron, wall_reached, opens)
        walls = _walls(cadence.cron, max(wall_reached, opens), closes)
        if skipped and not (walls and walls[0] == opens):
            pieces.add(range(begin, begin + 1))
        if isinstance(walls, range):
            pieces.add(range(walls.start - offset, walls.stop - offset, walls.step))
        elif walls:
            pieces.add(array("q", [wall - offset for wall in walls]))
        wall_reached = max(wall_reached, closes)
    return _cut(pieces.joined(), low, high)


_kept_starts = lru_cache(maxsize=16)(_starts)


class _Pieces:
    """Ascending runs of starts, kept as one range for as long as they continue each other."""

    __slots__ = ("_whole",)

    def __init__(self) -> None:
        self._whole: Parts = range(0)

    def add(self, piece: Parts) -> None:
        if not piece:
            return
        if not self._whole:
            self._whole = piece
            return
        joined = _continued(self._whole, piece)
        if joined is None:
            joined = array("q", self._whole)
            joined.extend(piece)
        self._whole = joined

    def joined(self) -> Parts:
        return self._whole


def _continued(whole: Parts, piece: Parts) -> Parts | None:
    """Return one range for two neighbours that are equally spaced, and the array itself where it can grow."""
    if not isinstance(whole, range):
        whole.extend(piece)
        return whole
    if not isinstance(piece, range):
        return None
    step = piece[0] - whole[-1]
    if (len(whole) > 1 and whole.step != step) or (len(piece) > 1 and piece.step != step):
        return None
    return range(whole[0], piece[-1] + step, step)


def _walls(cron: Cron, low: int, high: int) -> range | list[int]:
    """Return the wall-clock seconds in `[low, high)` at which the schedule occurs."""
    if high <= low:
        return range(0)
    uniform = cron.uniform()
    if uniform is not None:
        step, phase = uniform
        return range(low + (phase - low) % step, high, step)
    seconds = cron.seconds_of_day()
    days = range(low // DAY, (high - 1) // DAY + 1)
    walls = [day * DAY + second for day in days if cron.matches_day(day) for second in seconds]
    return walls[bisect_left(walls, low) : bisect_left(walls, high)]


class _Segment(NamedTuple):
    begin: int
    end: int
    offset: int


def _segments(timezone: str, low: int, high: int) -> list[_Segment]:
    """Split `[low, high)` where the zone's offset from UTC changes."""
    if timezone in _ALWAYS_UTC:
        return [_Segment(low, high, 0)]
    begin, offset = low, _offset_at(timezone, low)
    segments = []
    for year in range(_year_of(low), _year_of(high) + 1):
        for instant, after in _changes(timezone, year):
            if begin < instant < high:
                segments.append(_Segment(begin, instant, offset))
                begin, offset = instant, after
    segments.append(_Segment(begin, high, offset))
    return segments


@lru_cache(maxsize=4096)
def _changes(timezone: str, year: int) -> tuple[tuple[int, int], ...]:
    """Return the moments in a year at which the offset changes, each with the offset that holds from then."""
    begin = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())
    changes = []
    before = _offset_at(timezone, begin - 1)
    for low in range(begin - 1, end - 1, DAY):
        high = min(low + DAY, end - 1)
        after = _offset_at(timezone, high)
        if after != before:
            changes.append((_first_with(timezone, after, low, high), after))
        before = after
    return tuple(changes)


def _first_with(timezone: str, offset: int, low: int, high: int) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_at(timezone, middle) == offset:
            high = middle
        else:
            low = middle
    return high


def _offset_at(timezone: str, instant: int) -> int:
    instant = min(max(instant, _FIRST_INSTANT), _LAST_INSTANT)
    offset = datetime.fromtimestamp(instant, find_zone(timezone)).utcoffset()
    assert offset is not None
    return int(offset / timedelta(seconds=1))


def _year_of(instant: int) -> int:
    year = datetime.fromtimestamp(min(max(instant, _FIRST_INSTANT), _LAST_INSTANT), UTC).year
    return min(max(year, 2), 9998)


def _instant_of_wall(timezone: str, wall: int) -> int:
    """Return the first instant at which clocks show the time, or the one after the gap that skips it."""
    around = _segments(timezone, wall - _LONGEST_CLOCK_CHANGE, wall + _LONGEST_CLOCK_CHANGE)
    for begin, end, offset in around:
        if wall < end + offset:
            return max(begin, wall - offset)
    raise AssertionError(f"no clock shows {wall} in {timezone}")
