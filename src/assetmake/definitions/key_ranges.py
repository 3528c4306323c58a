"""Ranges of partition keys and of time, and how a set of partitions is written as ranges."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, overload

if TYPE_CHECKING:
    from assetmake.definitions.partitions import PartitionsDefinition


class PartitionKeyRange(NamedTuple):
    """The keys from `start` to `end`, both included."""

    start: str
    end: str


class TimeWindow(NamedTuple):
    """The time from `start` up to, not including, `end`."""

    start: datetime
    end: datetime


class Ranges(Sequence[str]):
    """Parts as inclusive ranges of neighbours, `a..b`, and single keys alone; written when they are asked for.

    A million parts may be half a million ranges, of which three are printed.

    Args:
        definition: What the parts are of.
        parts: In any order.
    """

    def __init__(self, definition: PartitionsDefinition, parts: Collection[int]) -> None:
        self._definition = definition
        self._parts = parts
        self._runs = definition.runs(parts)

    def __len__(self) -> int:
        return len(self._runs)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self._write(*run) for run in self._runs[place]]
        return self._write(*self._runs[place])

    def shorten(self, limit: int = 3) -> str:
        """Return the first few as a text, with the number of the parts that are in none of them.

        >>> from assetmake.definitions.partitions import StaticPartitionsDefinition
        >>> letters = StaticPartitionsDefinition(list("abcdefgh"))
        >>> Ranges(letters, [letters.part_of(key) for key in "abcegh"]).shorten(2)
        'a..c, e, +2 more'
        """
        return ", ".join([*self[:limit], *([self._tell_more(limit)] if len(self) > limit else [])])

    def _tell_more(self, place: int) -> str:
        """Return how many parts are in the ranges from a place on; of boxes, which lie in no order, how many boxes."""
        if self._definition.has_boxes:
            return f"+{len(self) - place:,} more ranges"
        ordered = self._definition.sort_parts(self._parts)
        return f"+{len(ordered) - ordered.index(self._runs[place][0]):,} more"

    def _write(self, first: int, last: int) -> str:
        key_of = self._definition.key_of
        return key_of(first) if first == last else f"{key_of(first)}..{key_of(last)}"


def format_ranges(definition: PartitionsDefinition, parts: Iterable[int]) -> list[str]:
    """Write parts, given in any order, as inclusive ranges of neighbours."""
    return Ranges(definition, tuple(parts))[:]
