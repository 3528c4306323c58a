"""Mappings from and to partitions of several dimensions: dimension by dimension."""

from __future__ import annotations

import itertools
import json
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from assetmake.definitions.mappings import IdentityPartitionMapping
from assetmake.definitions.multi_keys import BETWEEN_KEYS
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partition_mapping import PartitionMapping, UpstreamPartitionsResult
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.spans import MappingKind, Pairs, Spans, list_reads, pair_up
from assetmake.definitions.subsets import DefaultPartitionsSubset, PartitionsSubset
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.definitions.window_mapping import TimeWindowPartitionMapping
from assetmake.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class DimensionPartitionMapping:
    """How a dimension reads one of the upstream asset.

    Args:
        dimension_name: The downstream dimension.
        partition_mapping: Which upstream keys each of its keys reads.
    """

    dimension_name: str
    partition_mapping: PartitionMapping


class _Leg(NamedTuple):
    """A dimension that reads another; None stands for the only one of a definition that has no dimensions."""

    mapping: PartitionMapping
    upstream: str | None
    downstream: str | None


class _ByDimension(PartitionMapping):
    """A mapping that is made of mappings between dimensions; upstream dimensions without one are read whole."""

    __slots__ = ()

    @abstractmethod
    def find_legs(
        self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None
    ) -> Sequence[_Leg]:
        """Return which dimension reads which.

        Raises:
            DefinitionError: The mapping is not possible between the definitions.
        """

    def kind(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> MappingKind:
        for leg in self.find_legs(upstream, downstream):
            leg.mapping.kind(_dimension(upstream, leg.upstream), _dimension(downstream, leg.downstream))
        return MappingKind.PAIRS

    def reads_several(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> bool:
        legs = self.find_legs(upstream, downstream)
        if len(legs) < len(_dimensions(upstream)):
            return True
        return any(
            leg.mapping.reads_several(_dimension(upstream, leg.upstream), _dimension(downstream, leg.downstream))
            for leg in legs
        )

    def map_parts(
        self,
        upstream: PartitionsDefinition,
        downstream: PartitionsDefinition | None,
        down_parts: Sequence[int],
        current_time: datetime | None,
    ) -> Spans | Pairs:
        assert downstream is not None
        legs = {leg.upstream: leg for leg in self.find_legs(upstream, downstream)}
        keys = [_split_part(downstream, part) for part in down_parts]
        axes = [
            _read_axis(definition, legs.get(name), downstream, keys, current_time)
            for name, definition in _list_dimensions(upstream)
        ]
        if not isinstance(upstream, MultiPartitionsDefinition):
            (axis,) = axes
            reads = zip(down_parts, keys, strict=True)
            return pair_up((part, up) for part, own in reads for up in axis.reads_of(own))
        dimensions = zip(axes, upstream.partitions_defs, strict=True)
        named = [_name_axis(axis, definition) for axis, (_, definition) in dimensions]
        find = upstream.find_listed(current_time)
        return pair_up(
            (part, find(read))
            for part, own in zip(down_parts, keys, strict=True)
            for read in itertools.product(*(axis.reads_of(own) for axis in named))
        )

    def read_subset(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> UpstreamPartitionsResult:
        legs = self.find_legs(upstream, downstream)
        reads, absent = dict[tuple[str | None, str], list[str]](), set[str]()
        names = _dimensions(downstream)
        keys = [dict(zip(names, _split_key(downstream, key), strict=True)) for key in subset.get_partition_keys()]
        for leg in legs:
            above, below = _known_dimension(upstream, leg.upstream), _known_dimension(downstream, leg.downstream)
            for key in {each[leg.downstream] for each in keys}:
                found = leg.mapping.read_subset(below.subset_with_partition_keys([key]), above, below)
                reads[leg.upstream, key] = [*found.partitions_subset.get_partition_keys()]
                absent.update(found.required_but_nonexistent_subset.get_partition_keys())
        by_dimension = {leg.upstream: leg.downstream for leg in legs}
        return UpstreamPartitionsResult(_combine(upstream, keys, by_dimension, reads), DefaultPartitionsSubset(absent))

    def find_readers(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> PartitionsSubset:
        legs = self.find_legs(upstream, downstream)
        readers = dict[tuple[str | None, str], list[str]]()
        names = _dimensions(upstream)
        keys = [dict(zip(names, _split_key(upstream, key), strict=True)) for key in subset.get_partition_keys()]
        for leg in legs:
            above, below = _known_dimension(upstream, leg.upstream), _known_dimension(downstream, leg.downstream)
            for key in {each[leg.upstream] for each in keys}:
                found = leg.mapping.find_readers(above.subset_with_partition_keys([key]), above, below)
                readers[leg.downstream, key] = [*found.get_partition_keys()]
        by_dimension = {leg.downstream: leg.upstream for leg in legs}
        return _combine(downstream, keys, by_dimension, readers)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class MultiPartitionMapping(_ByDimension):
    """Dimensions of one asset for those of another.

    A dimension that is not named is not looked at: of the upstream asset all its keys are read, and of the
    downstream asset all its keys read the same.

    Args:
        downstream_mappings_by_upstream_dimension: For an upstream dimension, which one reads it, and how.
    """

    mappings: tuple[tuple[str, DimensionPartitionMapping], ...]

    def __init__(self, downstream_mappings_by_upstream_dimension: Mapping[str, DimensionPartitionMapping]) -> None:
        given = downstream_mappings_by_upstream_dimension
        if not isinstance(given, Mapping):
            raise DefinitionError(f"MultiPartitionMapping needs a mapping for each dimension, got {given!r}")
        for name, mapping in given.items():
            if not isinstance(mapping, DimensionPartitionMapping):
                raise DefinitionError(
                    f"dimension {name!r}: {mapping!r} is no DimensionPartitionMapping",
                    hint="write DimensionPartitionMapping('downstream dimension', IdentityPartitionMapping())",
                )
        readers = [mapping.dimension_name for mapping in given.values()]
        if len(set(readers)) != len(readers):
            raise DefinitionError("a dimension can read one upstream dimension, and no more")
        object.__setattr__(self, "mappings", tuple(sorted(given.items(), key=lambda item: item[0])))

    @property
    def downstream_mappings_by_upstream_dimension(self) -> dict[str, DimensionPartitionMapping]:
        return dict(self.mappings)

    @property
    def description(self) -> str:
        return "\n".join(
            f"Upstream dimension '{name}' mapped to downstream dimension '{mapping.dimension_name}' using"
            f" {type(mapping.partition_mapping).__name__}."
            for name, mapping in self.mappings
        )

    def identity(self) -> str:
        legs = [(name, each.dimension_name, each.partition_mapping.identity()) for name, each in self.mappings]
        return f"multi:{json.dumps(legs)}"

    def find_legs(
        self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None
    ) -> Sequence[_Leg]:
        multi = MultiPartitionsDefinition
        if not isinstance(upstream, multi) or not isinstance(downstream, multi):
            raise DefinitionError(
                f"{self!r} maps partitions of several dimensions to such ones, not {downstream!r} to {upstream!r}",
                hint="for partitions of one dimension use MultiToSingleDimensionPartitionMapping()",
            )
        for name, mapping in self.mappings:
            upstream.get_partitions_def_for_dimension(name)
            downstream.get_partitions_def_for_dimension(mapping.dimension_name)
        return [_Leg(each.partition_mapping, name, each.dimension_name) for name, each in self.mappings]

    def __repr__(self) -> str:
        return f"MultiPartitionMapping({self.downstream_mappings_by_upstream_dimension!r})"


@dataclass(frozen=True, slots=True)
class MultiToSingleDimensionPartitionMapping(_ByDimension):
    """Partitions of one dimension for those of several, of which it is one; either may be upstream.

    Args:
        partition_dimension_name: Which dimension is meant. Default: the one with the same partitions, or the one of
            time windows.
    """

    partition_dimension_name: str | None = None

    @property
    def description(self) -> str:
        return "Each partition reads all upstream partitions that have the same key in the dimension that both have."

    def identity(self) -> str:
        return f"multi_to_single:{json.dumps(self.partition_dimension_name)}"

    def find_legs(
        self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None
    ) -> Sequence[_Leg]:
        leg = find_shared_dimension(upstream, downstream, self.partition_dimension_name)
        if leg is None:
            raise DefinitionError(
                f"{self!r} leads nowhere from {downstream!r} to {upstream!r}: one of them must have several dimensions,"
                " and the other be one of these or, as the only one, have time windows",
                hint="name the dimension: MultiToSingleDimensionPartitionMapping('date')",
            )
        return [leg]


def find_shared_dimension(
    upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None, name: str | None = None
) -> _Leg | None:
    """Return how a definition of one dimension and one of several go together; None where they don't."""
    multi = MultiPartitionsDefinition
    if upstream is None or downstream is None or isinstance(upstream, multi) == isinstance(downstream, multi):
        return None
    several, single = (upstream, downstream) if isinstance(upstream, multi) else (downstream, upstream)
    assert isinstance(several, multi)
    dimensions = [each for each in several.partitions_defs if name is None or each.name == name]
    mapping: PartitionMapping = IdentityPartitionMapping()
    found = [each for each in dimensions if each.partitions_def == single]
    if not found and isinstance(single, TimeWindowPartitionsDefinition):
        found = [each for each in dimensions if isinstance(each.partitions_def, TimeWindowPartitionsDefinition)]
        mapping = TimeWindowPartitionMapping()
    if len(found) != 1:
        return None
    shared = found[0].name
    return _Leg(mapping, shared, None) if several is upstream else _Leg(mapping, None, shared)


_Read = TypeVar("_Read", int, str)


class _Axis(NamedTuple, Generic[_Read]):
    """What is read along one upstream dimension: by the key of the dimension that decides it, or the same by all.

    It is told as parts of the dimension, or as keys.
    """

    decided_by: int | None
    reads: Mapping[str, Sequence[_Read]]
    everything: Sequence[_Read]

    def reads_of(self, own: tuple[str, ...]) -> Sequence[_Read]:
        return self.everything if self.decided_by is None else self.reads[own[self.decided_by]]


def _read_axis(
    above: PartitionsDefinition,
    leg: _Leg | None,
    downstream: PartitionsDefinition,
    keys: Sequence[tuple[str, ...]],
    current_time: datetime | None,
) -> _Axis[int]:
    existing = above.parts(current_time=current_time)
    if leg is None:
        return _Axis(None, {}, existing)
    axis = _dimensions(downstream).index(leg.downstream)
    below = _known_dimension(downstream, leg.downstream)
    parts = {key: below.part_of(key) for key in dict.fromkeys(own[axis] for own in keys)}
    found = leg.mapping.map_parts(above, below, [*parts.values()], current_time)
    reads = list_reads(found, down_parts=[*parts.values()], existing=existing)
    return _Axis(axis, {key: reads[part] for key, part in parts.items()}, ())


def _name_axis(axis: _Axis[int], definition: PartitionsDefinition) -> _Axis[str]:
    met = {part for read in axis.reads.values() for part in read}.union(axis.everything)
    named = {part: definition.key_of(part) for part in met}
    # What would be taken for two keys is no key of a dimension.
    name = {part: key for part, key in named.items() if BETWEEN_KEYS not in key}
    reads = {key: [name[part] for part in read if part in name] for key, read in axis.reads.items()}
    return _Axis(axis.decided_by, reads, [name[part] for part in axis.everything if part in name])


def _combine(
    definition: PartitionsDefinition,
    keys: Iterable[Mapping[str | None, str]],
    decided_by: Mapping[str | None, str | None],
    found: Mapping[tuple[str | None, str], Sequence[str]],
) -> PartitionsSubset:
    """Return the partitions of a definition that keys lead to, where each dimension is decided by one of theirs.

    A dimension that none decides is taken whole.
    """
    whole = {
        name: dimension.get_partition_keys()
        for name, dimension in _list_dimensions(definition)
        if name not in decided_by
    }
    combined = set[str]()
    for key in keys:
        along = [
            whole[name] if name in whole else found[name, key[decided_by[name]]] for name in _dimensions(definition)
        ]
        combined.update(_join_keys(definition, own) for own in itertools.product(*along))
    return definition.subset_with_partition_keys(combined)


def _list_dimensions(definition: PartitionsDefinition) -> Sequence[tuple[str | None, PartitionsDefinition]]:
    if isinstance(definition, MultiPartitionsDefinition):
        return definition.partitions_defs
    return [(None, definition)]


def _dimensions(definition: PartitionsDefinition | None) -> Sequence[str | None]:
    return [] if definition is None else [name for name, _ in _list_dimensions(definition)]


def _dimension(definition: PartitionsDefinition | None, name: str | None) -> PartitionsDefinition | None:
    return None if definition is None else _known_dimension(definition, name)


def _known_dimension(definition: PartitionsDefinition, name: str | None) -> PartitionsDefinition:
    if name is None or not isinstance(definition, MultiPartitionsDefinition):
        return definition
    return definition.get_partitions_def_for_dimension(name)


def _split_part(definition: PartitionsDefinition, part: int) -> tuple[str, ...]:
    if isinstance(definition, MultiPartitionsDefinition):
        return definition.keys_of(part)
    return (definition.key_of(part),)


def _split_key(definition: PartitionsDefinition, key: str) -> tuple[str, ...]:
    return definition.split_key(key) if isinstance(definition, MultiPartitionsDefinition) else (key,)


def _join_keys(definition: PartitionsDefinition, keys: Sequence[str]) -> str:
    return definition.make_key(keys) if isinstance(definition, MultiPartitionsDefinition) else keys[0]
