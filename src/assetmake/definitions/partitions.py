"""Partitions: which slices an asset has.

Each one has a key, to be read, and a part, an integer, to be counted with: the epoch second at which a time
window starts (see `time_windows`), or the hash of a string key.
"""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from hashlib import sha256
from typing import NamedTuple, overload

from assetmake.definitions.cadence import Parts
from assetmake.errors import DefinitionError, UnknownPartitionError, UsageError

UNPARTITIONED_PART = 0
"""The part of the one node of an asset that has no partitions."""

_LEAST_63_BITS = (1 << 63) - 1
_FEW_KEYS = 2_000  # beyond it, comparing all keys with a mistyped one takes noticeably long
_LINE_BREAKERS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class PartitionKeyRange(NamedTuple):
    """The keys from `start` to `end`, both included."""

    start: str
    end: str


class TimeWindow(NamedTuple):
    """The time from `start` up to, not including, `end`."""

    start: datetime
    end: datetime


class PartitionsDefinition(ABC):
    """A set of partitions of an asset."""

    __slots__ = ()

    @abstractmethod
    def parts(self, *, current_time: datetime | None = None) -> Parts:
        """Return the parts of all partitions there are, in the order of the definition."""

    @abstractmethod
    def key_of(self, part: int) -> str:
        """Return the key of a part."""

    @abstractmethod
    def part_of(self, key: str) -> int:
        """Return the part of a key.

        Raises:
            UnknownPartitionError: No partition of this definition, now or later, has the key.
        """

    @abstractmethod
    def identity(self) -> str:
        """Return a text that is equal where the same part stands for the same slice of data."""

    @abstractmethod
    def runs(self, parts: Iterable[int]) -> list[tuple[int, int]]:
        """Group parts, given in any order, into runs of neighbours: the first and the last part of each."""

    def changes_at(self, current_time: datetime) -> int | None:
        """Return the epoch second from which on there may be other partitions than at a time; None for never."""
        return int(current_time.timestamp())

    def get_partition_keys(self, current_time: datetime | None = None) -> list[str]:
        return [self.key_of(part) for part in self.parts(current_time=current_time)]

    def get_first_partition_key(self, current_time: datetime | None = None) -> str | None:
        parts = self.parts(current_time=current_time)
        return self.key_of(parts[0]) if parts else None

    def get_last_partition_key(self, current_time: datetime | None = None) -> str | None:
        parts = self.parts(current_time=current_time)
        return self.key_of(parts[-1]) if parts else None

    def get_num_partitions(self, current_time: datetime | None = None) -> int:
        return len(self.parts(current_time=current_time))

    def has_partition_key(self, key: str, current_time: datetime | None = None) -> bool:
        try:
            self.validate_partition_key(key, current_time=current_time)
        except UnknownPartitionError:
            return False
        return True

    def validate_partition_key(self, key: str, *, current_time: datetime | None = None) -> int:
        """Return the part of a key that exists at the time.

        Raises:
            UnknownPartitionError: It does not.
        """
        part = self.part_of(key)
        self.check_part(part, current_time=current_time)
        return part

    def check_part(self, part: int, *, current_time: datetime | None = None) -> None:
        """Raise UnknownPartitionError where the part does not exist at the time."""
        if part not in self.parts(current_time=current_time):
            raise UnknownPartitionError(f"{self!r} has no part {part}")

    def parts_in_range(self, key_range: PartitionKeyRange, *, current_time: datetime | None = None) -> Sequence[int]:
        """Return the parts from one key to another, both included.

        Raises:
            UnknownPartitionError: A key does not exist, or the first one comes after the last.
        """
        start, end = key_range
        first = self.validate_partition_key(start, current_time=current_time)
        last = self.validate_partition_key(end, current_time=current_time)
        parts = self.parts(current_time=current_time)
        low, high = self._position(parts, first), self._position(parts, last)
        if low > high:
            raise UnknownPartitionError(
                f"the partition range {start}..{end} is empty: {start} comes after {end}",
                hint=f"did you mean {end}..{start}?",
            )
        return parts[low : high + 1]

    def get_partition_keys_in_range(
        self, partition_key_range: PartitionKeyRange, current_time: datetime | None = None
    ) -> list[str]:
        """Return the keys from one to another, both included."""
        parts = self.parts_in_range(partition_key_range, current_time=current_time)
        return [self.key_of(part) for part in parts]

    @abstractmethod
    def _position(self, parts: Parts, part: int) -> int:
        """Return where a part that exists stands among the definition's parts."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class StaticPartitionsDefinition(PartitionsDefinition):
    """A fixed list of keys, in the order given.

    >>> StaticPartitionsDefinition(["red", "green"]).get_partition_keys()
    ['red', 'green']

    Raises:
        DefinitionError: A key is given twice, or is not a valid key.
    """

    partition_keys: tuple[str, ...]
    _index: _StaticIndex | None = field(compare=False)

    def __init__(self, partition_keys: Sequence[str]) -> None:
        if isinstance(partition_keys, str) or not isinstance(partition_keys, Iterable):
            raise DefinitionError(
                f"StaticPartitionsDefinition needs a list of keys, got {partition_keys!r}",
                hint=f"write StaticPartitionsDefinition([{partition_keys!r}])",
            )
        keys = tuple(partition_keys)
        for key in keys:
            check_key(key)
        if len(set(keys)) != len(keys):
            repeated, _ = Counter(keys).most_common(1)[0]
            raise DefinitionError(f"the partition key {repeated!r} is given twice")
        object.__setattr__(self, "partition_keys", keys)
        object.__setattr__(self, "_index", None)

    def parts(self, *, current_time: datetime | None = None) -> Parts:
        del current_time
        return self._indexed().parts[:]

    def key_of(self, part: int) -> str:
        position = self._indexed().positions.get(part)
        if position is None:
            raise UnknownPartitionError(f"no key of {self!r} has the part {part}")
        return self.partition_keys[position]

    def part_of(self, key: str) -> int:
        check_key(key, error=UnknownPartitionError)
        part = hashed_part(key)
        if part not in self._indexed().positions:
            raise UnknownPartitionError(f"unknown partition key {key!r}", hint=self._suggest(key))
        return part

    def identity(self) -> str:
        return "static"

    def changes_at(self, current_time: datetime) -> int | None:
        del current_time
        return None

    def check_part(self, part: int, *, current_time: datetime | None = None) -> None:
        del current_time
        self.key_of(part)

    def runs(self, parts: Iterable[int]) -> list[tuple[int, int]]:
        index = self._indexed()
        try:
            positions = sorted({index.positions[part] for part in parts})
        except KeyError as error:
            raise UnknownPartitionError(f"no key of {self!r} has the part {error.args[0]}") from None
        runs: list[list[int]] = []
        for position in positions:
            if runs and position == runs[-1][1] + 1:
                runs[-1][1] = position
            else:
                runs.append([position, position])
        return [(index.parts[first], index.parts[last]) for first, last in runs]

    def _position(self, parts: Parts, part: int) -> int:
        del parts
        return self._indexed().positions[part]

    def _indexed(self) -> _StaticIndex:
        if self._index is None:
            object.__setattr__(self, "_index", _index_keys(self.partition_keys))
        assert self._index is not None
        return self._index

    def _suggest(self, key: str) -> str:
        near = _nearest_keys(key, self.partition_keys)
        return f"did you mean {' or '.join(near)}?" if near else "the definition has no keys"

    def __reduce__(self) -> tuple[type[StaticPartitionsDefinition], tuple[tuple[str, ...]]]:
        return type(self), (self.partition_keys,)

    def __repr__(self) -> str:
        keys = [*map(repr, self.partition_keys[:10])]
        if len(self.partition_keys) > len(keys):
            keys.append(f"... {len(self.partition_keys)} in all")
        return f"StaticPartitionsDefinition([{', '.join(keys)}])"


class _StaticIndex(NamedTuple):
    parts: array[int]
    positions: dict[int, int]


def _index_keys(keys: Sequence[str]) -> _StaticIndex:
    parts = array("q", map(hashed_part, keys))
    positions = {part: position for position, part in enumerate(parts)}
    if len(positions) != len(keys):
        first, second = _colliding(keys)
        raise DefinitionError(
            f"the partition keys {first!r} and {second!r} have the same hash",
            hint="rename one of them",
        )
    return _StaticIndex(parts, positions)


def _colliding(keys: Sequence[str]) -> tuple[str, str]:
    seen: dict[int, str] = {}
    for key in keys:
        other = seen.setdefault(hashed_part(key), key)
        if other is not key:
            return other, key
    raise AssertionError("no two keys have the same hash")


class FoundPartitionsDefinition(StaticPartitionsDefinition):
    """The keys of the files that are there, sorted: a range of them may begin and end where there is no file."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class FilePartitionsDefinition(PartitionsDefinition):
    """Keys that are defined by the files of a FileSource, and so are known when a plan is made.

    Args:
        source: The name of the FileSource.
    """

    source: str

    def resolve(self, keys: Sequence[str]) -> FoundPartitionsDefinition:
        """Return the definition for the keys that were found."""
        return FoundPartitionsDefinition(sorted(keys))

    def parts(self, *, current_time: datetime | None = None) -> Parts:
        del current_time
        raise self._unresolved()

    def key_of(self, part: int) -> str:
        del part
        raise self._unresolved()

    def part_of(self, key: str) -> int:
        del key
        raise self._unresolved()

    def runs(self, parts: Iterable[int]) -> list[tuple[int, int]]:
        del parts
        raise self._unresolved()

    def _position(self, parts: Parts, part: int) -> int:
        del parts, part
        raise self._unresolved()

    def identity(self) -> str:
        # The resolved definition is a static one: both say the same about the data of a part.
        return "static"

    def _unresolved(self) -> UsageError:
        return UsageError(
            f"the partition keys of the source {self.source!r} are its files, listed when a plan is made",
            hint="inside an asset use context.partition_key",
        )


def hashed_part(key: str) -> int:
    """Return the part of a string key: stable, and never negative."""
    return int.from_bytes(sha256(key.encode()).digest()[:8], "big") & _LEAST_63_BITS


def check_key(key: str, *, error: type[DefinitionError] | type[UnknownPartitionError] = DefinitionError) -> None:
    """Raise the error where a string cannot be a partition key.

    A key is not empty, is printed on one line in the order in which it is stored, and is NFC-normalised, so
    that keys that look alike are equal.
    """
    if isinstance(key, str) and _is_surely_fine(key):
        return
    if not isinstance(key, str):
        raise error(f"a partition key is a string, got {key!r}")
    if not key:
        raise error("a partition key must not be empty")
    for character in key:
        if unicodedata.category(character) in _LINE_BREAKERS or character in _BIDI_OVERRIDES:
            raise error(
                f"the partition key {key!a} contains the character {character!a}",
                hint="control characters, surrogates and overrides of the writing direction are not allowed",
            )
    normal = unicodedata.normalize("NFC", key)
    if normal != key:
        raise error(
            f"the partition key {key!a} is not in Unicode's normal form NFC",
            hint=f"write it {normal!a}",
        )


class Ranges(Sequence[str]):
    """Parts as inclusive ranges of neighbours, `a..b`, and single keys alone; written when they are asked for.

    A million parts may be half a million ranges, of which three are printed.

    Args:
        definition: What the parts are of.
        parts: In any order.
    """

    def __init__(self, definition: PartitionsDefinition, parts: Iterable[int]) -> None:
        self._definition = definition
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

    def _write(self, first: int, last: int) -> str:
        key_of = self._definition.key_of
        return key_of(first) if first == last else f"{key_of(first)}..{key_of(last)}"


def format_ranges(definition: PartitionsDefinition, parts: Iterable[int]) -> list[str]:
    """Write parts, given in any order, as inclusive ranges of neighbours."""
    return Ranges(definition, parts)[:]


def _is_surely_fine(key: str) -> bool:
    return bool(key) and key.isascii() and key.isprintable()


def _nearest_keys(key: str, keys: Sequence[str]) -> list[str]:
    if len(keys) > _FEW_KEYS:
        ordered = sorted(keys)
        place = bisect_left(ordered, key)
        keys = ordered[max(0, place - 50) : place + 50]
    return get_close_matches(key, keys, n=3) or [*keys[:3]]
