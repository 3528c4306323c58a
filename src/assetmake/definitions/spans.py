"""Which upstream parts downstream parts read, for a million of them at once."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from assetmake.definitions.cadence import Parts


class MappingKind(Enum):
    """How the upstream partitions of a partition are found."""

    VALUE = "the one node of an unpartitioned asset"
    ALL = "every partition"
    LAST = "the last partition"
    SAME_KEY = "the partition with the same key"
    OVERLAP = "the time windows that overlap"
    SPECIFIC = "partitions named by key"
    PAIRS = "partitions paired by key"


@dataclass(frozen=True, slots=True)
class Spans:
    """For each downstream part, the first and the last upstream part, both included.

    All existing upstream parts from `first` to `last`, compared as integers, are mapped; none where
    `first` is greater. An integer stands for the same bound everywhere.
    """

    first: Parts | int
    last: Parts | int


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which downstream part reads which upstream part; one may occur any number of times."""

    down: array[int]
    up: array[int]


NOTHING = Spans(1, 0)


def as_parts(parts: Sequence[int]) -> Parts:
    return parts if isinstance(parts, range | array) else array("q", parts)


def span_all(parts: Parts) -> Spans:
    """Return the spans of parts that read all of the given ones."""
    if isinstance(parts, range):
        return Spans(parts[0], parts[-1]) if parts else NOTHING
    return Spans(min(parts), max(parts)) if parts else NOTHING


def pair_up(pairs: Iterable[tuple[int, int]]) -> Pairs:
    down, up = array("q"), array("q")
    for reader, read in pairs:
        down.append(reader)
        up.append(read)
    return Pairs(down, up)


def list_reads(found: Spans | Pairs, *, down_parts: Sequence[int], existing: Parts) -> dict[int, Sequence[int]]:
    """Return the upstream parts of each downstream part, in the order of `existing`.

    Args:
        found: What the parts read.
        down_parts: The parts.
        existing: All upstream parts there are.
    """
    if isinstance(found, Pairs):
        listed: dict[int, list[int]] = {part: [] for part in down_parts}
        for reader, read in zip(found.down, found.up, strict=True):
            listed[reader].append(read)
        return dict(listed)
    count = len(down_parts)
    firsts = [found.first] * count if isinstance(found.first, int) else found.first
    lasts = [found.last] * count if isinstance(found.last, int) else found.last
    ascending = isinstance(existing, range) or all(a < b for a, b in pairwise(existing))
    reads: dict[int, Sequence[int]] = {}
    there = None if ascending else frozenset(existing)
    for part, first, last in zip(down_parts, firsts, lasts, strict=True):
        if there is None:
            reads[part] = existing[bisect_left(existing, first) : bisect_right(existing, last)]
        elif first == last:
            reads[part] = (first,) if first in there else ()
        else:
            reads[part] = [up for up in existing if first <= up <= last]
    return reads
