"""How often each node of the example is to be made, and why, from nothing but the files and the times of ticks.

A node that is asked for is made, after all that it reads, where what it reads has come to be another than when it was
last made, or could not be made then. So the table of all flights is made when its file is another; each day that is
asked for after that is made again, for it reads that table; and what reads a day is made only where that day came out
otherwise.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flight_figures import FIGURES, Table
from raw_files import Files, Rows, find_date
from unattended_example import at

FIRST = date(2013, 2, 1)
ORDER = {name: number for number, name in enumerate(FIGURES)}
SOURCES = {
    "flights": ("flights",),
    "weather": ("weather",),
    "carrier_delays": ("airlines",),
    "monthly_destinations": ("airports",),
    "plane_report": ("planes",),
}
"""Of each asset that reads files, which; they come after all else that it reads."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A tick, or what somebody asks for by hand; what a tick asks for that is killed is made by the next one."""

    time: datetime
    by_hand: tuple[str, ...] | None = None
    is_killed: bool = False


def list_days(now: datetime) -> list[str]:
    """Return the days that have ended, in UTC."""
    number = (now.astimezone(UTC).date() - FIRST).days
    return [str(FIRST + timedelta(days=each)) for each in range(number)]


def list_months(now: datetime) -> list[str]:
    return sorted({f"{day[:7]}-01" for day in list_days(now)} - {f"{now.astimezone(UTC):%Y-%m}-01"})


def list_calendar() -> Iterator[tuple[datetime, str]]:
    """Yield what the schedules ask for, and when; that at 02:30 comes at 03:00 on the day that has no 02:30."""
    for day in range(1, 32):
        yield at(f"{day + 1} {'03:00' if day == 9 else '02:30'}"), f"carrier_delays@2013-03-{day:02}"
    for first, month in (("1", "2013-02-01"), ("32", "2013-03-01")):
        yield at(f"{first} 08:00"), f"monthly_carriers@{month}"
    yield from ((at(f"{day} 06:00"), "headlines") for day in (1, 15, 32))


@functools.cache
def split_weather(rows: Rows) -> dict[str, Rows]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[find_date(row)].append(row)
    return {day: tuple(there) for day, there in found.items()}


class Model:
    """Follows a month.

    Args:
        find: Tells what lies in the inbox at a time.
        asked: The ticks and what was asked by hand, in order.

    Attributes:
        log: Of each node how it was made each time, and why.
    """

    def __init__(self, find: Callable[[datetime], Files], asked: Iterable[Asked]) -> None:
        self.log: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._find = find
        self._stored: dict[str, Table] = {}
        self._read: dict[str, tuple[Any, ...]] = {}
        self._failed: set[str] = set()
        self._updated: set[str] = set()
        self._before: datetime | None = None
        left = set[str]()
        for each in asked:
            self._now, self._files = each.time, find(each.time)
            wanted = left | set(self._list_due() if each.by_hand is None else each.by_hand)
            left = wanted if each.is_killed else set()
            if not each.is_killed:
                self._make(wanted)
            if each.by_hand is None:
                self._before = each.time

    @property
    def calls(self) -> Counter[str]:
        return Counter({node: len(times) for node, times in self.log.items()})

    # ------------------------------------------------------------------ what is asked for

    def _list_due(self) -> Iterator[str]:
        before, now = self._before, self._now
        if before is None:
            return
        yield from (node for time, node in list_calendar() if before < time <= now)
        if before.replace(minute=0) != now.replace(minute=0):
            yield "weather"
        yield from self._list_weather(before)
        yield from self._list_conditions(before)

    def _list_weather(self, before: datetime) -> Iterator[str]:
        """Yield what the sensor asks for: the days of which there are other rows than when it was last asked."""
        was, there = (split_weather(files.weather) for files in (self._find(before), self._files))
        for day in there:
            if there[day] != was.get(day):
                yield from (f"daily_weather@{day}", f"carrier_delays@{day}")

    def _list_conditions(self, before: datetime) -> Iterator[str]:
        """Yield each report of which something that it reads was made without it, or was written, once all is there."""
        months = list_months(self._now)
        for node in ("plane_report", f"monthly_destinations@{months[-1]}"):
            for name in SOURCES.get(node.partition("@")[0], ()):
                if getattr(self._find(before), name) != getattr(self._files, name):
                    self._updated.add(node)
            if node in self._updated and self._stored.keys() >= set(self._list_upstream(node)):
                self._updated.remove(node)
                yield node

    # ------------------------------------------------------------------ what is made

    def _list_upstream(self, node: str) -> list[str]:
        name, _, key = node.partition("@")
        match name:
            case "daily_flights" | "plane_report":
                return ["flights"]
            case "daily_weather":
                return ["weather"]
            case "carrier_delays":
                return [f"daily_flights@{key}", f"daily_weather@{key}"]
            case "monthly_carriers" | "monthly_destinations":
                days = [day for day in list_days(self._now) if day[:7] == key[:7]]
                return [f"{'carrier_delays' if name == 'monthly_carriers' else 'daily_flights'}@{day}" for day in days]
            case "carrier_report":
                return [f"monthly_carriers@{month}" for month in list_months(self._now)]
            case "year_by_day":
                return [f"carrier_delays@{day}" for day in list_days(self._now)]
            case "headlines":
                return ["carrier_report", "year_by_day"]
        return []

    def _find_closure(self, wanted: Iterable[str]) -> list[str]:
        found, waiting = set[str](), list(wanted)
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += self._list_upstream(node)
        return sorted(found, key=lambda node: (ORDER[node.partition("@")[0]], node))

    def _make(self, wanted: set[str]) -> None:
        """Make what is out of date of what is asked for, and note what reads it and is not made with it."""
        made, without = set[str](), set[str]()
        for node in self._find_closure(wanted):
            name, _, key = node.partition("@")
            upstream = self._list_upstream(node)
            if without.intersection(upstream):
                without.add(node)
                continue
            files = [getattr(self._files, each) for each in SOURCES.get(name, ())]
            read = (*(self._stored[each] for each in upstream), *files)
            if self._read.get(node) == read:
                self._failed.discard(node)
                continue
            waited = not made.isdisjoint(upstream)
            made.add(node)
            if not self._try(node, name, key, read, waited=waited):
                without.add(node)
        for node in {
            "plane_report",
            *(f"monthly_destinations@{each}" for each in list_months(self._now)),
        }:
            if node in made:
                self._updated.discard(node)
            elif node not in wanted and (made - without).intersection(self._list_upstream(node)):
                self._updated.add(node)

    def _try(self, node: str, name: str, key: str, read: tuple[Any, ...], *, waited: bool) -> bool:
        was_made = node in self._read
        reason = (
            "failed" if node in self._failed and not (was_made and waited) else "upstream" if was_made else "missing"
        )
        try:
            value = FIGURES[name](key, *read)
        except ValueError:
            self.log[node].append(("failed", reason))
            self._failed.add(node)
            return False
        is_same = node in self._stored and self._stored[node] == value
        self.log[node].append(("unchanged" if is_same else "built", reason))
        self._stored[node], self._read[node] = value, read
        self._failed.discard(node)
        return True
