"""Numbers, times and reasons in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from assetmake.definitions.partitions import Ranges
from assetmake.planning.plan import Reason, Verdict
from assetmake.reporting.idle_line import count

REASON_WORDS = {
    Reason.MISSING: "missing",
    Reason.FAILED: "failed last time",
    Reason.CODE: "code changed",
    Reason.CONFIG: "config changed",
    Reason.IO: "IO manager changed",
    Reason.ENVIRONMENT: "environment changed",
    Reason.UPSTREAM: "upstream changed",
    Reason.OUTPUT_MISSING: "output missing",
    Reason.OUTPUT_MODIFIED: "output modified",
    Reason.FORCED: "forced",
    Reason.INVALIDATED: "invalidated",
    Reason.EXPIRED: "expired",
}
_UNITS = (("year", 31_536_000), ("month", 2_592_000), ("week", 604_800), ("day", 86_400))
_SMALL_UNITS = (("hour", 3_600), ("minute", 60))


def tell_reason(verdict: Verdict, reason: Reason) -> str:
    """Return a reason in words; what waits has not changed yet."""
    waits = verdict is Verdict.WAITING and reason is Reason.UPSTREAM
    return "waits for upstream" if waits else REASON_WORDS.get(reason, reason.value)


def name_reason(reason: str) -> str:
    """Return the name of a reason, as JSON and the state have it, for people.

    >>> name_reason("output_missing")
    'output missing'
    """
    return reason.replace("_", " ")


def tell_roughly(seconds: float) -> str:
    """Return a duration that nobody knows well, without pretending to.

    >>> [tell_roughly(each) for each in (1.2, 12.34, 58.2, 75, 700, 7260, 90000)]
    ['1s', '12s', '58s', '1m 20s', '12m', '2h 01m', '25h']
    """
    if seconds < 59.5:
        return f"{seconds:.0f}s"
    if seconds < 595:
        minutes, tens = divmod(round(seconds / 10), 6)
        return f"{minutes}m {tens}0s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h {minutes % 60:02d}m" if minutes < 600 else f"{round(minutes / 60)}h"


def tell_ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something was, in its largest unit.

    >>> from datetime import UTC
    >>> tell_ago(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 2, 30, tzinfo=UTC))
    '2 hours ago'
    """
    seconds = int((now - moment).total_seconds())
    for word, length in (*_UNITS, *_SMALL_UNITS):
        if seconds >= length:
            return f"{count(seconds // length, word)} ago"
    return "just now"


def shorten_ranges(ranges: Sequence[str], limit: int = 3) -> str:
    """Join the first few ranges of keys; of the others the partitions are counted, as in all that is told of them."""
    return ranges.shorten(limit) if isinstance(ranges, Ranges) else shorten(ranges, limit)


def shorten(texts: Sequence[str], limit: int = 3) -> str:
    """Join the first few texts; the others are counted.

    >>> shorten(["a", "b", "c", "d", "e"])
    'a, b, c, +2 more'
    """
    more = [f"+{len(texts) - limit:,} more"] if len(texts) > limit else []
    return ", ".join([*texts[:limit], *more])
