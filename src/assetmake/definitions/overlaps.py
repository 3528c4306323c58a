"""Which windows of one cadence overlap those of another, for a million windows at once."""

from __future__ import annotations

from array import array
from bisect import bisect_right

from assetmake.definitions.cadence import Cadence, Parts

_END_OF_TIME = 1 << 62


def overlapping_windows(
    upstream: Cadence,
    downstream: Cadence,
    down_parts: Parts,
    existing: Parts,
    *,
    start_offset: int = 0,
    end_offset: int = 0,
) -> tuple[Parts, Parts]:
    """Return the first and the last upstream window of each downstream one; last < first where there is none.

    Args:
        down_parts: Starts of downstream windows, at least one.
        existing: The starts of all upstream windows there are, at least one.
        start_offset: How many downstream windows later the time begins that is read.
        end_offset: The same for its end.
    """
    first, last = touched_windows(upstream, downstream, down_parts, start_offset, end_offset)
    return _within(existing[0], existing[-1], first, last)


def touched_windows(
    upstream: Cadence, downstream: Cadence, down_parts: Parts, start_offset: int = 0, end_offset: int = 0
) -> tuple[Parts, Parts]:
    """Return the first and the last window that each downstream one overlaps, whether or not they exist."""
    if upstream == downstream:
        if start_offset == end_offset == 0:
            return down_parts, down_parts
        low, high = _ends(down_parts)
        # Offsets count windows that may not exist: they are counted on the endless grid.
        steps = (start_offset, end_offset, 0)
        grid = upstream.between(upstream.shift(low, min(steps)), upstream.shift(high, max(steps) + 1) + 1)
        return _floors(grid, down_parts, shift=start_offset), _floors(grid, down_parts, shift=end_offset)
    begins = _shifted(downstream, down_parts, start_offset)
    ends = _moved(_shifted(downstream, down_parts, end_offset + 1), -1)
    low, high = min(_ends(begins)[0], _ends(ends)[0]), max(_ends(begins)[1], _ends(ends)[1])
    grid = upstream.between(upstream.floor(low), upstream.shift(upstream.floor(high), 1) + 1)
    return _floors(grid, begins, shift=0), _floors(grid, ends, shift=0)


def _ends(parts: Parts) -> tuple[int, int]:
    if isinstance(parts, range):
        return (parts[0], parts[-1]) if parts.step > 0 else (parts[-1], parts[0])
    return min(parts), max(parts)


def _shifted(cadence: Cadence, parts: Parts, count: int) -> Parts:
    """Return for each window the start of the one that is `count` windows later."""
    if count == 0:
        return parts
    low, high = _ends(parts)
    grid = cadence.between(cadence.shift(low, min(count, 0)), cadence.shift(high, max(count, 0)) + 1)
    if isinstance(grid, range):
        return _moved(parts, grid.step * count)
    if count == 1 and grid[:-1] == parts:
        return grid[1:]
    return _looked_up(grid, parts, shift=count)


def _moved(parts: Parts, seconds: int) -> Parts:
    if isinstance(parts, range):
        return range(parts.start + seconds, parts.stop + seconds, parts.step)
    return array("q", [part + seconds for part in parts])


def _floors(grid: Parts, instants: Parts, *, shift: int) -> Parts:
    """Return for each instant the start of the window that contains it, moved by `shift` windows."""
    if not isinstance(grid, range):
        return _looked_up(grid, instants, shift=shift)
    origin, step = grid.start, grid.step
    moved = shift * step
    if isinstance(instants, range) and (instants.step % step == 0 or len(instants) == 1):
        return _moved(instants, moved - (instants[0] - origin) % step)
    return array("q", [instant - (instant - origin) % step + moved for instant in instants])


def _looked_up(grid: array[int], instants: Parts, *, shift: int) -> array[int]:
    starts = [*grid, _END_OF_TIME]
    begin = end = starts[0]
    place = -1
    looked_up = []
    for instant in instants:
        # Neighbours are mostly asked for one after the other: only where they are not, search.
        if instant >= end:
            place += 1
            begin, end = end, starts[place + 1]
        if not begin <= instant < end:
            place = bisect_right(starts, instant) - 1
            begin, end = starts[place], starts[place + 1]
        looked_up.append(starts[place + shift])
    return array("q", looked_up)


def _within(low: int, high: int, first: Parts, last: Parts) -> tuple[Parts, Parts]:
    """Cut off what lies before the lowest or after the highest window that exists."""
    if _ends(first)[0] < low:
        first = array("q", [max(part, low) for part in first])
    if _ends(last)[1] > high:
        last = array("q", [min(part, high) for part in last])
    if _ends(last)[0] < low or _ends(first)[1] > high:
        empty = [begin > end for begin, end in zip(first, last, strict=True)]
        first = array("q", [1 if gone else part for part, gone in zip(first, empty, strict=True)])
        last = array("q", [0 if gone else part for part, gone in zip(last, empty, strict=True)])
    return first, last
