"""Subsets: sets of an asset's partitions as runs of neighbours, with the algebra of sets.

A run is a pair of positions in the definition's order, the second one excluded. What happens to partitions happens to
neighbours: a set of a million is a handful of runs, and every operation takes one step for each.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TypeAlias

from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.planning.keyset import ONE_PART
from assetmake.planning.plan import Parts

Runs: TypeAlias = tuple[tuple[int, int], ...]
"""Ascending, with a gap between each and the next."""
NOTHING: Runs = ()


def unite(*several: Runs) -> Runs:
    """Return what is in any of some sets."""
    found = [runs for runs in several if runs]
    if len(found) < 2:
        return found[0] if found else NOTHING
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(run for runs in found for run in runs):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return tuple(merged)


def intersect(one: Runs, other: Runs) -> Runs:
    """Return what is in both of two sets."""
    found: list[tuple[int, int]] = []
    here = there = 0
    while here < len(one) and there < len(other):
        start, stop = max(one[here][0], other[there][0]), min(one[here][1], other[there][1])
        if start < stop:
            found.append((start, stop))
        if one[here][1] < other[there][1]:
            here += 1
        else:
            there += 1
    return tuple(found)


def subtract(one: Runs, other: Runs) -> Runs:
    """Return what is in one set and not in another."""
    if not one or not other:
        return one
    gaps: list[tuple[int, int]] = []
    at = one[0][0]
    for start, stop in other:
        if start > at:
            gaps.append((at, start))
        at = max(at, stop)
    if at < one[-1][1]:
        gaps.append((at, one[-1][1]))
    return intersect(one, tuple(gaps))


def count(runs: Runs) -> int:
    """Return how many partitions a set has."""
    return sum(stop - start for start, stop in runs)


@dataclass(frozen=True)
class Universe:
    """All partitions of an asset, a source or a check; what is not partitioned has one.

    Attributes:
        definition: None where it is not partitioned.
        parts: All there are now, in the definition's order.
    """

    definition: PartitionsDefinition | None
    parts: Parts

    @property
    def all(self) -> Runs:
        return ((0, len(self.parts)),) if self.parts else NOTHING

    def locate(self, parts: Iterable[int]) -> Runs:
        """Return the set of parts; those that there are not, or not any more, are left out."""
        if parts is self.parts:
            return self.all
        if (
            isinstance(parts, range)
            and isinstance(self.parts, range)
            and parts
            and parts.step == self.parts.step
            and parts[0] in self.parts
            and parts[-1] in self.parts
        ):
            return ((self.parts.index(parts[0]), self.parts.index(parts[-1]) + 1),)
        return _group(sorted(self._find_positions(parts)))

    def spell(self, runs: Runs) -> Parts:
        """Return the parts of a set."""
        if runs == self.all:
            return self.parts
        if len(runs) == 1:
            return self.parts[runs[0][0] : runs[0][1]]
        found = array("q")
        for start, stop in runs:
            found.extend(self.parts[start:stop])
        return found

    def list_spans(self, runs: Runs) -> tuple[tuple[str, str], ...]:
        """Return a set as ranges of keys, both ends included; of several dimensions each key by itself."""
        if self.definition is None:
            return ()
        if isinstance(self.definition, MultiPartitionsDefinition):
            return tuple((key, key) for key in map(self.definition.key_of, self.spell(runs)))
        return tuple(
            (self.definition.key_of(self.parts[start]), self.definition.key_of(self.parts[stop - 1]))
            for start, stop in runs
        )

    def describe(self, runs: Runs, *, most: int = 3) -> str:
        """Return a set as people read it: a few ranges, and how many more there are; empty where not partitioned."""
        if self.definition is None:
            return ""
        spans = self.list_spans(runs[:most])
        shown = [first if first == last else f"{first}..{last}" for first, last in spans[:most]]
        more = count(runs) - count(runs[:most]) + len(spans) - len(shown)
        return ", ".join([*shown, *([f"and {more:,} more"] if more else [])])

    def keep(self, runs: Runs) -> list[int]:
        """Return a set as numbers that mean the same when there are other partitions.

        Windows of time are kept as the first and the last part of each run: between two windows no others come to be.
        Of others each part is kept.
        """
        if self._is_listed:
            return list(self.spell(runs))
        return [part for start, stop in runs for part in (self.parts[start], self.parts[stop - 1])]

    def restore(self, kept: Iterable[int]) -> Runs:
        """Return the set that `keep` was given, without what there is no more."""
        if self._is_listed:
            return self.locate(kept)
        numbers = iter(kept)
        pairs = iter(lambda: tuple(islice(numbers, 2)), ())
        found = [(self._place(first), self._place(last + 1)) for first, last in pairs]
        return unite(*[((start, stop),) for start, stop in found if start < stop])

    @property
    def _is_listed(self) -> bool:
        return self.definition is None or self.definition.is_listed

    def _place(self, part: int) -> int:
        """Return how many of the parts are less than one."""
        return bisect_left(self.parts, part)

    def _find_positions(self, parts: Iterable[int]) -> Iterator[int]:
        if isinstance(self.parts, range):
            index = self.parts.index
            return (index(part) for part in parts if part in self.parts)
        positions = self._positions
        return (positions[part] for part in parts if part in positions)

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {part: position for position, part in enumerate(self.parts)}


ONE = Universe(None, ONE_PART)


def _group(positions: Iterable[int]) -> Runs:
    runs: list[tuple[int, int]] = []
    for position in positions:
        if runs and position <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(position + 1, runs[-1][1]))
        else:
            runs.append((position, position + 1))
    return tuple(runs)
