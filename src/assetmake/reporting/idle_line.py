"""The line of a build that had nothing to do; it loads nothing, as most builds are one."""

from __future__ import annotations


def count(number: int, word: str) -> str:
    """Return a number and its word, with thousands apart.

    >>> count(51322, "partition")
    '51,322 partitions'
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def tell_seconds(seconds: float) -> str:
    """Return a duration, with as much precision as it deserves.

    >>> [tell_seconds(each) for each in (0.184, 12.34, 75, 7260)]
    ['0.18s', '12.3s', '1m 15s', '2h 01m']
    """
    if seconds < 0.995:
        return f"{seconds:.2f}s"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s"
    return f"{minutes // 60}h {minutes % 60:02d}m"


def tell_up_to_date(assets: int, partitions: int, seconds: float) -> str:
    """Return the one line of a build that had nothing to do.

    >>> tell_up_to_date(214, 51322, 0.18)
    'up to date: 214 assets, 51,322 partitions (0.18s)'
    """
    counts = [count(assets, "asset"), *([count(partitions, "partition")] if partitions else [])]
    return f"up to date: {', '.join(counts)} ({tell_seconds(seconds)})"


def tell_checked(checks: int, seconds: float) -> str:
    """Return the line where only checks were asked for, and all stand."""
    return f"checked: {count(checks, 'check')}, nothing has changed ({tell_seconds(seconds)})"
