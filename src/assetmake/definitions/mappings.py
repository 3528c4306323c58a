"""Mappings: which upstream partitions a partition reads, by key or by time."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard

from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partition_keys import check_all_known
from assetmake.definitions.partition_mapping import PartitionMapping, UpstreamPartitionsResult
from assetmake.definitions.partitions import PartitionsDefinition, StaticPartitionsDefinition
from assetmake.definitions.resolved_partitions import AddedPartitionsDefinition
from assetmake.definitions.spans import NOTHING, MappingKind, Pairs, Spans, as_parts, pair_up, span_all
from assetmake.definitions.subsets import DefaultPartitionsSubset, PartitionsSubset
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.definitions.window_mapping import TimeWindowPartitionMapping
from assetmake.errors import DefinitionError, MappedKeyError

__all__ = [
    "AllPartitionMapping",
    "IdentityPartitionMapping",
    "LastPartitionMapping",
    "PartitionMapping",
    "SpecificPartitionsPartitionMapping",
    "StaticPartitionMapping",
    "TimeWindowPartitionMapping",
    "dimensions_of",
]


def dimensions_of(definition: PartitionsDefinition) -> Sequence[str]:
    """Return the names of the dimensions of a definition; none where it has just one."""
    return definition.partition_dimension_names if isinstance(definition, MultiPartitionsDefinition) else ()


def _is_fixed(definition: PartitionsDefinition | None) -> TypeGuard[StaticPartitionsDefinition]:
    """Tell whether the keys are what was written; one that is not there is a mistake, and not one that may come."""
    return isinstance(definition, StaticPartitionsDefinition) and not isinstance(definition, AddedPartitionsDefinition)


class _ReadsTheSame(PartitionMapping):
    """A mapping by which every partition reads the same ones."""

    __slots__ = ()

    @abstractmethod
    def _list_read(self, upstream: PartitionsDefinition) -> Collection[str]:
        """Return the keys that every partition reads."""

    def _read_whole(self, upstream: PartitionsDefinition) -> UpstreamPartitionsResult:
        keys = self._list_read(upstream)
        return UpstreamPartitionsResult(upstream.subset_with_partition_keys(keys), upstream.empty_subset())

    def read_subset(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> UpstreamPartitionsResult:
        del downstream
        if subset.is_empty:
            return UpstreamPartitionsResult(upstream.empty_subset(), upstream.empty_subset())
        return self._read_whole(upstream)

    def find_readers(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> PartitionsSubset:
        if any(key in subset for key in self._list_read(upstream)):
            return downstream.subset_with_all_partitions()
        return downstream.empty_subset()


@dataclass(frozen=True, slots=True)
class AllPartitionMapping(_ReadsTheSame):
    """All upstream partitions that exist."""

    @property
    def description(self) -> str:
        return "Each partition reads all upstream partitions."

    def identity(self) -> str:
        return "all"

    def kind(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> MappingKind:
        del downstream
        return MappingKind.VALUE if upstream is None else MappingKind.ALL

    def map_parts(
        self,
        upstream: PartitionsDefinition,
        downstream: PartitionsDefinition | None,
        down_parts: Sequence[int],
        current_time: datetime | None,
    ) -> Spans | Pairs:
        del downstream, down_parts
        return span_all(upstream.parts(current_time=current_time))

    def _list_read(self, upstream: PartitionsDefinition) -> Collection[str]:
        return upstream.get_partition_keys()


@dataclass(frozen=True, slots=True)
class LastPartitionMapping(_ReadsTheSame):
    """The last upstream partition that exists."""

    @property
    def description(self) -> str:
        return "Each partition reads the last upstream partition."

    def identity(self) -> str:
        return "last"

    def kind(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> MappingKind:
        del downstream
        return MappingKind.VALUE if upstream is None else MappingKind.LAST

    def map_parts(
        self,
        upstream: PartitionsDefinition,
        downstream: PartitionsDefinition | None,
        down_parts: Sequence[int],
        current_time: datetime | None,
    ) -> Spans | Pairs:
        del downstream, down_parts
        parts = upstream.parts(current_time=current_time)
        return Spans(parts[-1], parts[-1]) if parts else NOTHING

    def _list_read(self, upstream: PartitionsDefinition) -> Collection[str]:
        last = upstream.get_last_partition_key()
        return () if last is None else (last,)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class SpecificPartitionsPartitionMapping(_ReadsTheSame):
    """The upstream partitions with these keys."""

    partition_keys: tuple[str, ...]

    def __init__(self, partition_keys: Sequence[str]) -> None:
        if isinstance(partition_keys, str):
            raise DefinitionError(
                f"SpecificPartitionsPartitionMapping needs a list of keys, got {partition_keys!r}",
                hint=f"write SpecificPartitionsPartitionMapping([{partition_keys!r}])",
            )
        object.__setattr__(self, "partition_keys", tuple(dict.fromkeys(partition_keys)))

    @property
    def description(self) -> str:
        return f"Each partition reads the upstream partitions {', '.join(self.partition_keys)}."

    def identity(self) -> str:
        return f"specific:{json.dumps(self.partition_keys)}"

    def kind(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> MappingKind:
        del downstream
        if upstream is None:
            raise DefinitionError(f"{self!r} names partitions, and the upstream asset has none")
        if _is_fixed(upstream):
            complaint = f"keys of {self!r} that do not exist upstream"
            check_all_known(self.partition_keys, upstream.partition_keys, complaint)
        elif upstream.is_resolved and not isinstance(upstream, StaticPartitionsDefinition):
            for key in self.partition_keys:
                part = upstream.find_part(key)
                windows = upstream if isinstance(upstream, TimeWindowPartitionsDefinition) else None
                if part is None or (windows is not None and not windows.covers(part)):
                    raise DefinitionError(f"{self!r} names {key!r}, and {upstream!r} has no such partition")
        return MappingKind.SPECIFIC

    def map_parts(
        self,
        upstream: PartitionsDefinition,
        downstream: PartitionsDefinition | None,
        down_parts: Sequence[int],
        current_time: datetime | None,
    ) -> Spans | Pairs:
        del downstream
        keys = self._list_read(upstream, current_time)
        ups = [upstream.part_of(key) for key in keys]
        if not ups:
            return NOTHING
        runs = upstream.runs(ups)
        if len(ups) == 1 or (len(runs) == 1 and not upstream.is_listed):
            return Spans(*runs[0])
        return pair_up((part, up) for part in down_parts for up in ups)

    def _list_read(self, upstream: PartitionsDefinition, current_time: datetime | None = None) -> Collection[str]:
        return [key for key in self.partition_keys if upstream.has_partition_key(key, current_time)]

    def __repr__(self) -> str:
        return f"SpecificPartitionsPartitionMapping({[*self.partition_keys]!r})"


@dataclass(frozen=True, slots=True)
class IdentityPartitionMapping(PartitionMapping):
    """The upstream partition that has the same key."""

    @property
    def description(self) -> str:
        return "Each partition reads the upstream partition with the same key."

    def identity(self) -> str:
        return "identity"

    def kind(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> MappingKind:
        if upstream is not None and upstream == downstream:
            return MappingKind.SAME_KEY if upstream.is_listed else MappingKind.OVERLAP
        if _is_fixed(upstream) and _is_fixed(downstream):
            complaint = "downstream keys without an upstream partition"
            check_all_known(downstream.partition_keys, upstream.partition_keys, complaint)
            return MappingKind.SAME_KEY
        if upstream is not None and downstream is not None:
            if upstream.is_listed and downstream.is_listed and dimensions_of(upstream) == dimensions_of(downstream):
                return MappingKind.SAME_KEY
            if upstream.identity() == downstream.identity():
                return MappingKind.OVERLAP
            windows = TimeWindowPartitionsDefinition
            if isinstance(upstream, windows) and isinstance(downstream, windows) and upstream.fmt == downstream.fmt:
                return MappingKind.PAIRS
        raise DefinitionError(
            f"{upstream!r} and {downstream!r} have different keys: an identity mapping leads nowhere",
            hint="leave the mapping out, or give TimeWindowPartitionMapping() or StaticPartitionMapping({...})",
        )

    def reads_several(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> bool:
        del upstream, downstream
        return False

    def map_parts(
        self,
        upstream: PartitionsDefinition,
        downstream: PartitionsDefinition | None,
        down_parts: Sequence[int],
        current_time: datetime | None,
    ) -> Spans | Pairs:
        match self.kind(upstream, downstream):
            case MappingKind.SAME_KEY:
                parts = as_parts(down_parts)
                return Spans(parts, parts)
            case MappingKind.OVERLAP:
                return TimeWindowPartitionMapping().map_parts(upstream, downstream, down_parts, current_time)
        assert downstream is not None
        there = set(upstream.parts(current_time=current_time))
        ups = ((part, upstream.find_part(downstream.key_of(part))) for part in down_parts)
        return pair_up((part, up) for part, up in ups if up in there and up is not None)

    def read_subset(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> UpstreamPartitionsResult:
        if upstream == downstream:
            return UpstreamPartitionsResult(subset, upstream.empty_subset())
        wanted = subset.get_partition_keys()
        there = upstream.filter_valid_partition_keys(wanted)
        return UpstreamPartitionsResult(
            upstream.subset_with_partition_keys(there),
            DefaultPartitionsSubset([key for key in wanted if key not in there]),
        )

    def find_readers(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> PartitionsSubset:
        if upstream == downstream:
            return subset
        return downstream.subset_with_partition_keys(
            downstream.filter_valid_partition_keys(subset.get_partition_keys())
        )


@dataclass(frozen=True, slots=True, init=False, repr=False)
class StaticPartitionMapping(PartitionMapping):
    """Keys of one static definition for those of another.

    Args:
        downstream_partition_keys_by_upstream_partition_key: For an upstream key, the downstream key or keys
            that read it.
    """

    pairs: tuple[tuple[str, str], ...]
    """Each upstream key with one downstream key that reads it, sorted."""

    def __init__(
        self, downstream_partition_keys_by_upstream_partition_key: Mapping[str, str | Collection[str]]
    ) -> None:
        pairs = {
            (up, down)
            for up, downs in downstream_partition_keys_by_upstream_partition_key.items()
            for down in ((downs,) if isinstance(downs, str) else downs)
        }
        if not all(isinstance(up, str) and isinstance(down, str) for up, down in pairs):
            raise DefinitionError("StaticPartitionMapping maps strings to strings, or to lists of strings")
        object.__setattr__(self, "pairs", tuple(sorted(pairs)))

    @property
    def downstream_partition_keys_by_upstream_partition_key(self) -> dict[str, list[str]]:
        keys: dict[str, list[str]] = {}
        for up, down in self.pairs:
            keys.setdefault(up, []).append(down)
        return keys

    @property
    def description(self) -> str:
        return f"Partitions read by a table: {self.downstream_partition_keys_by_upstream_partition_key}."

    def identity(self) -> str:
        return f"static:{json.dumps(self.pairs)}"

    def kind(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> MappingKind:
        for definition, column in ((upstream, 0), (downstream, 1)):
            if definition is None or not definition.is_listed or dimensions_of(definition):
                raise DefinitionError(f"{self!r} maps static keys to static keys, not {downstream!r} to {upstream!r}")
            if _is_fixed(definition):
                keys = [pair[column] for pair in self.pairs]
                complaint = f"keys of {self!r} that do not exist"
                check_all_known(keys, definition.partition_keys, complaint, error=MappedKeyError)
        return MappingKind.PAIRS

    def map_parts(
        self,
        upstream: PartitionsDefinition,
        downstream: PartitionsDefinition | None,
        down_parts: Sequence[int],
        current_time: datetime | None,
    ) -> Spans | Pairs:
        del current_time
        assert downstream is not None
        ups_of: dict[int, list[int]] = {}
        for up, down in self.pairs:
            found = downstream.find_part(down), upstream.find_part(up)
            if found[0] is not None and found[1] is not None:
                ups_of.setdefault(found[0], []).append(found[1])
        return pair_up((part, up) for part in down_parts for up in ups_of.get(part, ()))

    def read_subset(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> UpstreamPartitionsResult:
        self.kind(upstream, downstream)
        read = upstream.filter_valid_partition_keys({up for up, down in self.pairs if down in subset})
        return UpstreamPartitionsResult(upstream.subset_with_partition_keys(read), upstream.empty_subset())

    def find_readers(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> PartitionsSubset:
        self.kind(upstream, downstream)
        readers = downstream.filter_valid_partition_keys({down for up, down in self.pairs if up in subset})
        return downstream.subset_with_partition_keys(readers)

    def __repr__(self) -> str:
        return f"StaticPartitionMapping({self.downstream_partition_keys_by_upstream_partition_key!r})"
