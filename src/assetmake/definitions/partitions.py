"""Partitions: which slices an asset has.

Each one has a key, to be read, and a part, an integer, to be counted with: the epoch second at which a time
window starts (see `time_windows`), or the hash of a string key.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from assetmake.definitions.cadence import Parts
from assetmake.definitions.key_ranges import PartitionKeyRange, Ranges, TimeWindow, format_ranges
from assetmake.definitions.partition_keys import check_key, hashed_part, nearest_keys
from assetmake.definitions.partition_loading import DynamicPartitionsStore, partition_loading_context
from assetmake.definitions.subsets import DefaultPartitionsSubset, PartitionsSubset, read_keys
from assetmake.errors import DefinitionError, UnknownPartitionError, UnknownRangeError

__all__ = [
    "UNPARTITIONED_PART",
    "PartitionKeyRange",
    "PartitionsDefinition",
    "Ranges",
    "StaticPartitionsDefinition",
    "TimeWindow",
    "check_key",
    "format_ranges",
    "hashed_part",
]

UNPARTITIONED_PART = 0
"""The part of the one node of an asset that has no partitions."""

_BETWEEN_ENDS = "..."


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

    def ends_of_runs(self, parts: Iterable[int]) -> set[int]:
        """Return the parts, of those given, after which the next one in the order of the definition is no neighbour."""
        return {last for _, last in self.runs(parts)}

    @property
    def has_boxes(self) -> bool:
        """Whether a run is a box of several dimensions, whose parts stand apart in the order of the definition."""
        return False

    @property
    def is_listed(self) -> bool:
        """Whether parts are hashes of keys, so that the order of the definition is not that of the numbers."""
        return True

    @property
    def is_resolved(self) -> bool:
        """Whether its keys are known; otherwise they are when a plan is made."""
        return True

    @property
    def file_sources(self) -> tuple[str, ...]:
        """The names of the sources whose files define the keys."""
        return ()

    @property
    def dynamic_names(self) -> tuple[str, ...]:
        """The names that keys which are added and removed are kept under."""
        return ()

    def changes_at(self, current_time: datetime) -> int | None:
        """Return the epoch second from which on there may be other partitions than at a time; None for never."""
        return int(current_time.timestamp())

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> Sequence[str]:
        """Return all keys there are.

        Args:
            current_time: Decides which time windows exist; default: now.
            dynamic_partitions_store: Knows the keys of dynamic partitions, as an instance does.
        """
        with partition_loading_context(current_time, dynamic_partitions_store):
            return [self.key_of(part) for part in self.parts()]

    def get_partition_key_from_str(self, partition_key: str) -> str:
        """Return a key as it is handed to assets, of its text."""
        return partition_key

    def get_first_partition_key(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> str | None:
        with partition_loading_context(current_time, dynamic_partitions_store):
            parts = self.parts()
            return self.key_of(parts[0]) if parts else None

    def get_last_partition_key(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> str | None:
        with partition_loading_context(current_time, dynamic_partitions_store):
            parts = self.parts()
            return self.key_of(parts[-1]) if parts else None

    def get_num_partitions(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> int:
        with partition_loading_context(current_time, dynamic_partitions_store):
            return len(self.parts())

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> bool:
        with partition_loading_context(current_time, dynamic_partitions_store):
            try:
                self.validate_partition_key(partition_key)
            except UnknownPartitionError:
                return False
            return True

    def filter_valid_partition_keys(self, partition_keys: Iterable[str]) -> set[str]:
        """Return those of some keys that are keys of this definition."""
        return {self.get_partition_key_from_str(key) for key in partition_keys if self.has_partition_key(key)}

    def validate_partition_definition(self) -> None:  # noqa: B027  most definitions are told apart by what they are
        """Raise DefinitionError where the partitions cannot be told apart."""

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

    def find_part(self, key: str) -> int | None:
        """Return the part of a key, or None where no partition, now or later, has it."""
        try:
            return self.part_of(key)
        except UnknownPartitionError:
            return None

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
        self,
        partition_key_range: PartitionKeyRange,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> list[str]:
        """Return the keys from one to another, both included.

        Raises:
            UnknownRangeError: A key does not exist, or the first one comes after the last.
        """
        with partition_loading_context(current_time, dynamic_partitions_store):
            try:
                parts = self.parts_in_range(partition_key_range)
            except UnknownPartitionError as error:
                raise UnknownRangeError(error.message, hint=error.hint) from None
            return [self.key_of(part) for part in parts]

    def group_keys(self, keys: Iterable[str]) -> list[PartitionKeyRange]:
        """Return keys, given in any order, as ranges of neighbours; what is no key of this definition is left out."""
        parts = [part for part in map(self.find_part, keys) if part is not None]
        return [PartitionKeyRange(self.key_of(first), self.key_of(last)) for first, last in self.runs(parts)]

    def empty_subset(self) -> PartitionsSubset:
        return DefaultPartitionsSubset()

    def subset_with_partition_keys(self, partition_keys: Iterable[str]) -> PartitionsSubset:
        return self.empty_subset().with_partition_keys(partition_keys)

    def subset_with_all_partitions(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> PartitionsSubset:
        return self.subset_with_partition_keys(self.get_partition_keys(current_time, dynamic_partitions_store))

    def deserialize_subset(self, serialized: str) -> PartitionsSubset:
        """Return a subset that was written down.

        Raises:
            DefinitionError: The text is something else.
        """
        return self.subset_with_partition_keys(read_keys(serialized))

    def get_serializable_unique_identifier(self, dynamic_partitions_store: DynamicPartitionsStore | None = None) -> str:
        """Return a text that differs where the partitions do."""
        keys = self.get_partition_keys(dynamic_partitions_store=dynamic_partitions_store)
        return hashlib.sha256(json.dumps([*keys]).encode()).hexdigest()

    def sort_parts(self, parts: Iterable[int]) -> list[int]:
        """Return parts, given in any order, each once and in the order of the definition."""
        everything = self.parts()
        return sorted(set(parts), key=lambda part: self._position(everything, part))

    def __str__(self) -> str:
        return ", ".join(f"'{key}'" for key in self.get_partition_keys())

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
        self._check_written(keys)
        if len(set(keys)) != len(keys):
            repeated = [key for key, count in Counter(keys).items() if count > 1]
            raise DefinitionError(f"Duplicate instances of partition keys: {repeated}")
        object.__setattr__(self, "partition_keys", keys)
        object.__setattr__(self, "_index", None)

    def _check_written(self, keys: Iterable[str]) -> None:
        for key in keys:
            if _BETWEEN_ENDS in key:
                raise DefinitionError(
                    f"the partition key {key!r} contains '{_BETWEEN_ENDS}', which stands between the ends of a range"
                )

    def parts(self, *, current_time: datetime | None = None) -> Parts:
        del current_time
        return self._indexed().parts[:]

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> Sequence[str]:
        del current_time, dynamic_partitions_store
        return [*self.partition_keys]

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

    def sort_parts(self, parts: Iterable[int]) -> list[int]:
        return sorted(set(parts), key=self._indexed().positions.__getitem__)

    def _position(self, parts: Parts, part: int) -> int:
        del parts
        return self._indexed().positions[part]

    def _indexed(self) -> _StaticIndex:
        if self._index is None:
            object.__setattr__(self, "_index", _index_keys(self.partition_keys))
        assert self._index is not None
        return self._index

    def _suggest(self, key: str) -> str:
        near = nearest_keys(key, self.partition_keys)
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
