"""Which times of a schedule are due: a function of its cron, of what was dealt with before, of now, and of catch_up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby

from assetmake.definitions.cadence import Cadence, make_cadence
from assetmake.errors import DefinitionError

GRACE = timedelta(hours=1)
"""A time that a tick comes so long after was not missed: ticks are minutes apart, an hour at most."""
_FIRST = timedelta(minutes=1)
"""A first tick within this of a time is the tick of that time: crontab has no seconds."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is due of a schedule.

    Attributes:
        times: For which it is to be asked now, in order.
        missed: How many more there were that are left out.
        until: Everything up to here is dealt with then.
        left: How many more there are, which the next tick deals with.
    """

    times: tuple[datetime, ...]
    missed: int
    until: datetime
    left: int = 0


def make_cadences(cron: Iterable[str], timezone: str) -> tuple[Cadence, ...]:
    """Return when a schedule occurs, for each of its cron expressions.

    Raises:
        DefinitionError: one is wrong, or the zone is.
    """
    return tuple(make_cadence(text, timezone or None) for text in cron)


def find_due(
    cadences: Sequence[Cadence], *, since: datetime | None, now: datetime, catch_up: str, most: int = 10_000
) -> Due:
    """Return what is due of a schedule.

    Args:
        cadences: When it occurs.
        since: Up to when it was dealt with; None where it never was: then there is no history to catch up.
        now: Now.
        catch_up: `all`, `latest` or `none`: which of the times count that no tick came at.
        most: So many times at once.
    """
    begin = now - _FIRST if since is None else since
    times = _list_between(cadences, begin, now)
    until = now if since is None else max(since, now)
    match catch_up:
        case "all" if len(times) > most:
            return Due(times[:most], 0, times[most - 1], len(times) - most)
        case "all":
            return Due(times, 0, until)
        case "none":
            kept = tuple(each for each in times[-1:] if now - each < GRACE)
            return Due(kept, len(times) - len(kept), until)
        case _:
            return Due(times[-1:], max(0, len(times) - 1), until)


def find_next(cadences: Sequence[Cadence], now: datetime) -> datetime | None:
    """Return the first time after now; None where there never is one."""
    after = int(now.timestamp() // 1) + 1
    found: list[int] = []
    for cadence in cadences:
        try:
            found.append(cadence.ceil(after))
        except DefinitionError:  # the 30th of February
            continue
    return datetime.fromtimestamp(min(found), UTC) if found else None


def _list_between(cadences: Sequence[Cadence], low: datetime, high: datetime) -> tuple[datetime, ...]:
    """Return the times after one and up to another, each once."""
    first, stop = int(low.timestamp() // 1) + 1, int(high.timestamp() // 1) + 1
    starts = merge(*(cadence.between(first, stop) for cadence in cadences))
    return tuple(datetime.fromtimestamp(start, UTC) for start, _ in groupby(starts))
