"""Partitions of several dimensions: one for each combination of a date and a country, say."""

from __future__ import annotations

import hashlib
import itertools
import json
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import prod
from typing import NamedTuple

from assetmake.definitions.cadence import Parts
from assetmake.definitions.dimensions import PartitionDimensionDefinition, check_dimension
from assetmake.definitions.key_ranges import PartitionKeyRange, TimeWindow
from assetmake.definitions.multi_keys import BETWEEN_KEYS, MultiPartitionKey
from assetmake.definitions.partition_keys import hashed_part
from assetmake.definitions.partition_loading import DynamicPartitionsStore, partition_loading_context
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.runs import Box, Cell, cover_with_boxes, cover_with_rows, place_keys
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import DefinitionError, UnknownPartitionError


class _Listing(NamedTuple):
    """The partitions there are: the parts of each dimension that they were made of, and where each key stands in it."""

    made_of: tuple[Parts, ...]
    parts: array[int]
    places: tuple[dict[str, int], ...]

    def find(self, keys: tuple[str, ...]) -> int:
        """Return the part of keys that are all there."""
        position = 0
        for key, places in zip(keys, self.places, strict=True):
            position = position * len(places) + places[key]
        return self.parts[position]


@dataclass(slots=True)
class _Memory:
    """Which keys were met, by part, as a hash does not lead back; and the last listing."""

    keys: dict[int, tuple[str, ...]] = field(default_factory=dict)
    listing: _Listing | None = None


@dataclass(frozen=True, slots=True, init=False, repr=False)
class MultiPartitionsDefinition(PartitionsDefinition):
    """Every combination of the partitions of two or more dimensions.

    Args:
        partitions_defs: The dimensions by name: static, of time windows, dynamic by name, or defined by files.

    Example:
        >>> from assetmake import StaticPartitionsDefinition
        >>> colours, sizes = StaticPartitionsDefinition(["red"]), StaticPartitionsDefinition(["s", "m"])
        >>> MultiPartitionsDefinition({"size": sizes, "colour": colours}).get_partition_keys()
        ['red|s', 'red|m']

    Raises:
        DefinitionError: There are fewer than two dimensions, or one cannot be a dimension.
    """

    partitions_defs: tuple[PartitionDimensionDefinition, ...]
    """The dimensions in the order of their names, which is that of their keys."""
    _memory: _Memory = field(compare=False)

    def __init__(self, partitions_defs: Mapping[str, PartitionsDefinition]) -> None:
        if not isinstance(partitions_defs, Mapping) or len(partitions_defs) < 2:
            raise DefinitionError(
                f"MultiPartitionsDefinition needs two or more dimensions by name, got {partitions_defs!r}",
                hint="write MultiPartitionsDefinition({'date': ..., 'country': ...})",
            )
        for name, definition in partitions_defs.items():
            check_dimension(name, definition)
        dimensions = tuple(
            PartitionDimensionDefinition(name, partitions_defs[name]) for name in sorted(partitions_defs)
        )
        object.__setattr__(self, "partitions_defs", dimensions)
        object.__setattr__(self, "_memory", _Memory())

    @property
    def is_resolved(self) -> bool:
        return all(definition.is_resolved for _, definition in self.partitions_defs)

    @property
    def file_sources(self) -> tuple[str, ...]:
        return tuple(source for _, definition in self.partitions_defs for source in definition.file_sources)

    @property
    def dynamic_names(self) -> tuple[str, ...]:
        return tuple(name for _, definition in self.partitions_defs for name in definition.dynamic_names)

    @property
    def partition_dimension_names(self) -> list[str]:
        return [dimension.name for dimension in self.partitions_defs]

    @property
    def primary_dimension(self) -> PartitionDimensionDefinition:
        """The dimension of time windows, if there is just one, else the first."""
        times = self._time_dimensions()
        return times[0] if len(times) == 1 else self.partitions_defs[0]

    @property
    def secondary_dimension(self) -> PartitionDimensionDefinition:
        """The first dimension that is not the primary one."""
        return next(each for each in self.partitions_defs if each.name != self.primary_dimension.name)

    @property
    def has_time_window_dimension(self) -> bool:
        return bool(self._time_dimensions())

    @property
    def has_one_time_dimension(self) -> bool:
        return len(self._time_dimensions()) == 1

    @property
    def time_window_dimension(self) -> PartitionDimensionDefinition:
        """The one dimension of time windows.

        Raises:
            DefinitionError: There is none, or more than one.
        """
        times = self._time_dimensions()
        if len(times) != 1:
            raise DefinitionError(f"{self!r} has {len(times)} dimensions of time windows, not one")
        return times[0]

    @property
    def time_window_partitions_def(self) -> TimeWindowPartitionsDefinition:
        definition = self.time_window_dimension.partitions_def
        assert isinstance(definition, TimeWindowPartitionsDefinition)
        return definition

    def get_partitions_def_for_dimension(self, dimension_name: str) -> PartitionsDefinition:
        """Return the partitions of a dimension.

        Raises:
            DefinitionError: There is no such dimension.
        """
        for name, definition in self.partitions_defs:
            if name == dimension_name:
                return definition
        raise DefinitionError(
            f"{self!r} has no dimension {dimension_name!r}",
            hint=f"its dimensions are {', '.join(self.partition_dimension_names)}",
        )

    def with_dimensions(
        self, change: Callable[[PartitionsDefinition], PartitionsDefinition]
    ) -> MultiPartitionsDefinition:
        """Return the definition with other partitions in each dimension; itself where none is another."""
        changed = {name: change(definition) for name, definition in self.partitions_defs}
        if all(changed[name] is definition for name, definition in self.partitions_defs):
            return self
        return MultiPartitionsDefinition(changed)

    def time_window_for_partition_key(self, partition_key: str) -> TimeWindow:
        key = self.get_partition_key_from_str(partition_key)
        name = self.time_window_dimension.name
        return self.time_window_partitions_def.time_window_for_partition_key(key.keys_by_dimension[name])

    def get_partition_key_from_str(self, partition_key: str) -> MultiPartitionKey:
        """Return the key with its dimensions, of its text.

        Raises:
            UnknownPartitionError: It has more keys than there are dimensions, or fewer.
        """
        return self.make_key(self.split_key(partition_key))

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> list[MultiPartitionKey]:
        with partition_loading_context(current_time, dynamic_partitions_store):
            return [self.make_key(keys) for keys in itertools.product(*self._list_dimension_keys())]

    def get_partition_keys_in_range(
        self,
        partition_key_range: PartitionKeyRange,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> list[str]:
        """Return every combination of the keys that lie between those of the two ends, in each dimension."""
        found = PartitionsDefinition.get_partition_keys_in_range(
            self, partition_key_range, current_time, dynamic_partitions_store
        )
        return [self.get_partition_key_from_str(key) for key in found]

    def get_multipartition_keys_with_dimension_value(
        self, dimension_name: str, dimension_partition_key: str
    ) -> list[MultiPartitionKey]:
        """Return all keys that have a given one in a dimension."""
        return self.get_multipartition_keys_with_dimension_values(dimension_name, [dimension_partition_key])

    def get_multipartition_keys_with_dimension_values(
        self, dimension_name: str, dimension_partition_keys: Sequence[str]
    ) -> list[MultiPartitionKey]:
        """Return all keys that have one of the given ones in a dimension: those of the first, then of the second."""
        self.get_partitions_def_for_dimension(dimension_name)
        others = {
            name: definition.get_partition_keys() for name, definition in self.partitions_defs if name != dimension_name
        }
        return [
            MultiPartitionKey({dimension_name: own, **dict(zip(others, keys, strict=True))})
            for own in dimension_partition_keys
            for keys in itertools.product(*others.values())
        ]

    def get_num_partitions(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> int:
        with partition_loading_context(current_time, dynamic_partitions_store):
            return prod(definition.get_num_partitions() for _, definition in self.partitions_defs)

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> bool:
        try:
            keys = self.split_key(partition_key)
        except UnknownPartitionError:
            return False
        with partition_loading_context(current_time, dynamic_partitions_store):
            pairs = zip(self.partitions_defs, keys, strict=True)
            return all(dimension.partitions_def.has_partition_key(key) for dimension, key in pairs)

    def get_serializable_unique_identifier(self, dynamic_partitions_store: DynamicPartitionsStore | None = None) -> str:
        identifiers = [
            (name, definition.get_serializable_unique_identifier(dynamic_partitions_store))
            for name, definition in self.partitions_defs
        ]
        return hashlib.sha256(json.dumps(identifiers).encode()).hexdigest()

    def split_key(self, partition_key: str) -> tuple[str, ...]:
        """Return the keys of the dimensions, in their order.

        Raises:
            UnknownPartitionError: There are more than there are dimensions, or fewer.
        """
        keys = tuple(partition_key.split(BETWEEN_KEYS))
        if len(keys) != len(self.partitions_defs):
            raise UnknownPartitionError(
                f"unknown partition key {partition_key!a}",
                hint=f"keys look like {BETWEEN_KEYS.join(self.partition_dimension_names)}",
            )
        return keys

    def make_key(self, keys: Iterable[str]) -> MultiPartitionKey:
        """Return the key of those of the dimensions, in their order."""
        return MultiPartitionKey(dict(zip(self.partition_dimension_names, keys, strict=True)))

    def keys_of(self, part: int) -> tuple[str, ...]:
        """Return the keys of the dimensions, in their order, of a part.

        Raises:
            UnknownPartitionError: There is no such partition.
        """
        keys = self._memory.keys.get(part)
        if keys is None:
            self.parts()
            keys = self._memory.keys.get(part)
        if keys is None:
            raise UnknownPartitionError(f"no key of {self!r} has the part {part}")
        return keys

    def meet_key(self, keys: tuple[str, ...]) -> int:
        """Return the part of the keys of the dimensions, and remember which it is of."""
        part = hashed_part(BETWEEN_KEYS.join(keys))
        if self._memory.keys.setdefault(part, keys) != keys:
            raise DefinitionError(
                f"the partition keys {self._memory.keys[part]!r} and {keys!r} have the same hash",
                hint="rename one of them",
            )
        return part

    def find_listed(self, current_time: datetime | None = None) -> Callable[[tuple[str, ...]], int]:
        """Return a function that tells the part of the keys of dimensions: of those that exist faster than by hash."""
        listing = self._list(current_time)

        def find(keys: tuple[str, ...]) -> int:
            try:
                return listing.find(keys)
            except KeyError:
                return self.meet_key(keys)

        return find

    def parts(self, *, current_time: datetime | None = None) -> Parts:
        return self._list(current_time).parts[:]

    def key_of(self, part: int) -> str:
        return BETWEEN_KEYS.join(self.keys_of(part))

    def part_of(self, key: str) -> int:
        keys = self.split_key(key)
        for (_, definition), own in zip(self.partitions_defs, keys, strict=True):
            definition.part_of(own)
        return self.meet_key(keys)

    def check_part(self, part: int, *, current_time: datetime | None = None) -> None:
        for (_, definition), own in zip(self.partitions_defs, self.keys_of(part), strict=True):
            definition.validate_partition_key(own, current_time=current_time)

    def parts_in_range(self, key_range: PartitionKeyRange, *, current_time: datetime | None = None) -> Sequence[int]:
        ends = zip(*map(self.split_key, key_range), strict=True)
        within = [
            [*map(definition.key_of, definition.parts_in_range(PartitionKeyRange(*pair), current_time=current_time))]
            for (_, definition), pair in zip(self.partitions_defs, ends, strict=True)
        ]
        return [self.meet_key(keys) for keys in itertools.product(*within)]

    def runs(self, parts: Iterable[int]) -> list[tuple[int, int]]:
        """Group parts into boxes: what lies between the two ends of one in each dimension is all there."""
        chosen, known = set(parts), self._memory.listing
        if known is not None and chosen and len(chosen) == len(known.parts) and chosen.issuperset(known.parts):
            return [(known.parts[0], known.parts[-1])]
        return self._group(chosen, cover_with_boxes)

    @property
    def has_boxes(self) -> bool:
        return True

    def ends_of_runs(self, parts: Iterable[int]) -> set[int]:
        """Return the last of each row: boxes stand apart in the order of the definition, and rows don't."""
        return {last for _, last in self._group(parts, cover_with_rows)}

    def _group(self, parts: Iterable[int], cover: Callable[[Iterable[Cell]], list[Box]]) -> list[tuple[int, int]]:
        met = {self.keys_of(part) for part in parts}
        places = [
            place_keys(definition, {keys[axis] for keys in met})
            for axis, (_, definition) in enumerate(self.partitions_defs)
        ]
        cells = [tuple(each[key] for each, key in zip(places, keys, strict=True)) for keys in met]
        names = [{place: key for key, place in each.items()} for each in places]

        def part_at(cell: Cell) -> int:
            return self.meet_key(tuple(each[place] for each, place in zip(names, cell, strict=True)))

        return [(part_at(first), part_at(last)) for first, last in cover(cells)]

    def identity(self) -> str:
        return f"multi:{json.dumps([(name, definition.identity()) for name, definition in self.partitions_defs])}"

    def changes_at(self, current_time: datetime) -> int | None:
        changes = [definition.changes_at(current_time) for _, definition in self.partitions_defs]
        return min((at for at in changes if at is not None), default=None)

    def validate_partition_definition(self) -> None:
        for _, definition in self.partitions_defs:
            definition.validate_partition_definition()

    def _list(self, current_time: datetime | None) -> _Listing:
        with partition_loading_context(current_time):
            made_of = tuple(definition.parts() for _, definition in self.partitions_defs)
            known = self._memory.listing
            if known is not None and known.made_of == made_of:
                return known
            keys = self._list_dimension_keys()
        parts = array("q", map(self.meet_key, itertools.product(*keys)))
        places = tuple({key: place for place, key in enumerate(own)} for own in keys)
        listing = _Listing(made_of, parts, places)
        self._memory.listing = listing
        return listing

    def _list_dimension_keys(self) -> list[Sequence[str]]:
        """Return the keys of each dimension; those that would be taken for two are left out, as time formats allow."""
        return [
            [key for key in definition.get_partition_keys() if BETWEEN_KEYS not in key]
            for _, definition in self.partitions_defs
        ]

    def _position(self, parts: Parts, part: int) -> int:
        return parts.index(part)

    def _time_dimensions(self) -> list[PartitionDimensionDefinition]:
        return [
            each for each in self.partitions_defs if isinstance(each.partitions_def, TimeWindowPartitionsDefinition)
        ]

    def __reduce__(self) -> tuple[type[MultiPartitionsDefinition], tuple[dict[str, PartitionsDefinition]]]:
        return type(self), (dict(self.partitions_defs),)

    def __str__(self) -> str:
        shown = [f"{name.capitalize()}: {definition}" for name, definition in self.partitions_defs]
        return "\n".join(["Multi-partitioned, with dimensions:", *shown])

    def __repr__(self) -> str:
        return f"MultiPartitionsDefinition({dict(self.partitions_defs)!r})"
