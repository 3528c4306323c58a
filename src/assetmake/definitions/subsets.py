"""Subsets: some of the partitions of a definition, as a set that can be united, intersected and written down."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from assetmake.definitions.key_ranges import PartitionKeyRange, TimeWindow
from assetmake.errors import DefinitionError

if TYPE_CHECKING:
    from assetmake.definitions.partitions import PartitionsDefinition
    from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition

_VERSION = 1


class PartitionsSubset(ABC):
    """Some partitions of a definition.

    Subsets are values: `|`, `&` and `-` give new ones.
    """

    __slots__ = ()

    @abstractmethod
    def get_partition_keys(self) -> Collection[str]:
        """Return the keys."""

    @abstractmethod
    def get_partition_key_ranges(self, partitions_def: PartitionsDefinition) -> Sequence[PartitionKeyRange]:
        """Return the keys as ranges of neighbours."""

    @abstractmethod
    def with_partition_keys(self, partition_keys: Iterable[str]) -> PartitionsSubset:
        """Return the subset with more keys."""

    @abstractmethod
    def empty_subset(self) -> PartitionsSubset:
        """Return a subset of the same kind without any key."""

    @abstractmethod
    def serialize(self) -> str:
        """Return a text; equal subsets have equal ones."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __contains__(self, partition_key: object) -> bool: ...

    @property
    def is_empty(self) -> bool:
        return len(self) == 0

    def get_partition_keys_not_in_subset(self, partitions_def: PartitionsDefinition) -> list[str]:
        return [key for key in partitions_def.get_partition_keys() if key not in self]

    def with_partition_key_range(
        self, partitions_def: PartitionsDefinition, partition_key_range: PartitionKeyRange
    ) -> PartitionsSubset:
        return self.with_partition_keys(partitions_def.get_partition_keys_in_range(partition_key_range))

    def __or__(self, other: PartitionsSubset) -> PartitionsSubset:
        return self.with_partition_keys(other.get_partition_keys())

    def __and__(self, other: PartitionsSubset) -> PartitionsSubset:
        return self.empty_subset().with_partition_keys([key for key in self.get_partition_keys() if key in other])

    def __sub__(self, other: PartitionsSubset) -> PartitionsSubset:
        return self.empty_subset().with_partition_keys([key for key in self.get_partition_keys() if key not in other])


class DefaultPartitionsSubset(PartitionsSubset):
    """A set of keys, whatever the definition they are of.

    Args:
        subset: The keys.
    """

    __slots__ = ("subset",)

    def __init__(self, subset: Iterable[str] = ()) -> None:
        self.subset = frozenset(subset)

    def get_partition_keys(self) -> frozenset[str]:
        return self.subset

    def get_partition_key_ranges(self, partitions_def: PartitionsDefinition) -> Sequence[PartitionKeyRange]:
        return partitions_def.group_keys(self.subset)

    def with_partition_keys(self, partition_keys: Iterable[str]) -> DefaultPartitionsSubset:
        return DefaultPartitionsSubset(self.subset.union(partition_keys))

    def empty_subset(self) -> DefaultPartitionsSubset:
        return DefaultPartitionsSubset()

    def serialize(self) -> str:
        return json.dumps({"version": _VERSION, "subset": sorted(self.subset)})

    def __len__(self) -> int:
        return len(self.subset)

    def __contains__(self, partition_key: object) -> bool:
        return partition_key in self.subset

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DefaultPartitionsSubset) and self.subset == other.subset

    def __hash__(self) -> int:
        return hash(self.subset)

    def __repr__(self) -> str:
        return f"DefaultPartitionsSubset(subset={{{', '.join(map(repr, sorted(self.subset)))}}})"


class TimeWindowPartitionsSubset(PartitionsSubset):
    """Some windows of a definition, kept as runs of neighbours.

    Windows are neighbours where nothing lies between them but what the definition excludes. They need not exist
    at the time: a subset may hold what is yet to come.

    Args:
        partitions_def: What the windows are of.
        parts: Their parts, in any order.
    """

    __slots__ = ("partitions_def", "runs")

    def __init__(self, partitions_def: TimeWindowPartitionsDefinition, parts: Iterable[int] = ()) -> None:
        self.partitions_def = partitions_def
        self.runs: tuple[tuple[int, int], ...] = tuple(partitions_def.runs(parts))

    @property
    def parts(self) -> list[int]:
        """The parts, in order."""
        find = self.partitions_def.parts_between
        return [part for first, last in self.runs for part in find(first, last + 1)]

    @property
    def included_time_windows(self) -> list[TimeWindow]:
        window_of = self.partitions_def.time_window_for_part
        return [TimeWindow(window_of(first).start, window_of(last).end) for first, last in self.runs]

    @property
    def num_partitions(self) -> int:
        return len(self)

    @property
    def is_empty(self) -> bool:
        return not self.runs

    def get_partition_keys(self) -> list[str]:
        return [self.partitions_def.key_of(part) for part in self.parts]

    def get_partition_keys_not_in_subset(self, partitions_def: PartitionsDefinition) -> list[str]:
        own = set(self.parts)
        return [partitions_def.key_of(part) for part in partitions_def.parts() if part not in own]

    def get_partition_key_ranges(self, partitions_def: PartitionsDefinition) -> Sequence[PartitionKeyRange]:
        return [PartitionKeyRange(*map(partitions_def.key_of, run)) for run in self.runs]

    def with_partition_keys(self, partition_keys: Iterable[str]) -> TimeWindowPartitionsSubset:
        return self.with_parts([*self.parts, *map(self.partitions_def.part_of, partition_keys)])

    def with_parts(self, parts: Iterable[int]) -> TimeWindowPartitionsSubset:
        """Return a subset of other windows of the same definition."""
        return TimeWindowPartitionsSubset(self.partitions_def, parts)

    def empty_subset(self) -> TimeWindowPartitionsSubset:
        return self.with_parts(())

    def serialize(self) -> str:
        end_of = self.partitions_def.cadence.shift
        windows = [[float(first), float(end_of(last, 1))] for first, last in self.runs]
        return json.dumps({"version": _VERSION, "time_windows": windows, "num_partitions": len(self)})

    def __or__(self, other: PartitionsSubset) -> PartitionsSubset:
        if self._is_akin(other):
            return self.with_parts([*self.parts, *other.parts])
        return super().__or__(other)

    def __and__(self, other: PartitionsSubset) -> PartitionsSubset:
        if self._is_akin(other):
            return self.with_parts(set(self.parts).intersection(other.parts))
        return super().__and__(other)

    def __sub__(self, other: PartitionsSubset) -> PartitionsSubset:
        if self._is_akin(other):
            return self.with_parts(set(self.parts).difference(other.parts))
        return super().__sub__(other)

    def _is_akin(self, other: PartitionsSubset) -> TypeGuard[TimeWindowPartitionsSubset]:
        return isinstance(other, TimeWindowPartitionsSubset) and other.partitions_def == self.partitions_def

    def __len__(self) -> int:
        find = self.partitions_def.parts_between
        return sum(len(find(first, last + 1)) for first, last in self.runs)

    def __contains__(self, partition_key: object) -> bool:
        part = self.partitions_def.find_part(partition_key) if isinstance(partition_key, str) else None
        if part is None:
            return False
        place = bisect_left(self.runs, part, key=lambda run: run[1])
        return place < len(self.runs) and self.runs[place][0] <= part

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TimeWindowPartitionsSubset)
            and self.partitions_def == other.partitions_def
            and self.runs == other.runs
        )

    def __hash__(self) -> int:
        return hash((self.partitions_def, self.runs))

    def __repr__(self) -> str:
        ranges = self.get_partition_key_ranges(self.partitions_def)
        return f"TimeWindowPartitionsSubset({[*map(tuple, ranges)]!r})"


def read_keys(serialized: str) -> list[str]:
    """Return the keys of a set of keys that was written down.

    Raises:
        DefinitionError: The text is something else.
    """
    data = _read_json(serialized, "subset")
    return [str(key) for key in data]


def read_windows(serialized: str) -> list[tuple[int, int]]:
    """Return the start and the end, in epoch seconds, of time windows that were written down.

    Raises:
        DefinitionError: The text is something else.
    """
    data = _read_json(serialized, "time_windows")
    return [(int(start), int(end)) for start, end in data]


def _read_json(serialized: str, name: str) -> list[Any]:
    data = json.loads(serialized)
    if isinstance(data, list):
        return data
    if not isinstance(data, dict) or name not in data or data.get("version", _VERSION) != _VERSION:
        raise DefinitionError(f"{serialized[:80]!r} is no subset of this kind of partitions")
    return cast("list[Any]", data[name])
