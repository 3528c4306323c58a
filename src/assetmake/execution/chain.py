"""Chain: partitions of one job that read each other, each let go when those that it reads have come to their end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set


class Chain:
    """Knows which partitions wait for which.

    Args:
        parts: Those that are to run, in the order in which they are to go.
        list_reads: Tells which partitions one reads.
    """

    def __init__(self, parts: Sequence[int], list_reads: Callable[[int], Iterable[int]]) -> None:
        there = frozenset(parts)
        self._readers: dict[int, list[int]] = {}
        self._waits: dict[int, int] = {}
        self._first: list[int] = []
        for part in parts:
            reads = there.intersection(list_reads(part))
            for read in reads:
                self._readers.setdefault(read, []).append(part)
            if reads:
                self._waits[part] = len(reads)
            else:
                self._first.append(part)

    def list_first(self) -> list[int]:
        """Return those that wait for none."""
        return self._first

    def release(self, done: Iterable[int]) -> list[int]:
        """Return those that waited for the last time, now that some have come to their end; each of these once."""
        free = []
        ended = set(done)
        for part in ended:  # what is given up with what it reads waits for nothing any more
            self._waits.pop(part, None)
        for part in ended:
            for reader in self._readers.pop(part, ()):
                if reader not in self._waits:
                    continue
                self._waits[reader] -= 1
                if not self._waits[reader]:
                    del self._waits[reader]
                    free.append(reader)
        return free

    def list_behind(self, parts: Set[int]) -> set[int]:
        """Return some partitions together with all that wait for them, directly or not."""
        found = set(parts)
        left = list(parts)
        while left:
            behind = self._readers.get(left.pop(), ())
            new = [each for each in behind if each in self._waits and each not in found]
            found.update(new)
            left += new
        return found
