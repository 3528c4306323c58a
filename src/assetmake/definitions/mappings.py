"""Mappings: which upstream partitions a partition reads. Declarations only; `resolution` applies them."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from assetmake.errors import DefinitionError


class PartitionMapping(ABC):
    """Says which upstream partitions a downstream partition reads."""

    __slots__ = ()

    @abstractmethod
    def identity(self) -> str:
        """Return a text that is equal for mappings that map the same."""


@dataclass(frozen=True, slots=True)
class IdentityPartitionMapping(PartitionMapping):
    """The upstream partition that has the same key."""

    def identity(self) -> str:
        return "identity"


@dataclass(frozen=True, slots=True)
class TimeWindowPartitionMapping(PartitionMapping):
    """The upstream windows that overlap the downstream one, moved by offsets.

    Upstream windows that do not exist are left out: before the first, and those that have not ended.

    Args:
        start_offset: How many upstream windows later (earlier, if negative) the first one is.
        end_offset: How many upstream windows later the last one is.
        allow_nonexistent_upstream_partitions: Accepted for Dagster's sake.
    """

    start_offset: int = 0
    end_offset: int = 0
    allow_nonexistent_upstream_partitions: bool = False

    def __post_init__(self) -> None:
        for name, value in (("start_offset", self.start_offset), ("end_offset", self.end_offset)):
            if type(value) is not int:
                raise DefinitionError(f"{name} is a number of windows, got {value!r}")

    def identity(self) -> str:
        return f"time_window:{self.start_offset},{self.end_offset}"


@dataclass(frozen=True, slots=True)
class AllPartitionMapping(PartitionMapping):
    """All upstream partitions that exist."""

    def identity(self) -> str:
        return "all"


@dataclass(frozen=True, slots=True)
class LastPartitionMapping(PartitionMapping):
    """The last upstream partition that exists."""

    def identity(self) -> str:
        return "last"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class SpecificPartitionsPartitionMapping(PartitionMapping):
    """The upstream partitions with these keys."""

    partition_keys: tuple[str, ...]

    def __init__(self, partition_keys: Sequence[str]) -> None:
        if isinstance(partition_keys, str):
            raise DefinitionError(
                f"SpecificPartitionsPartitionMapping needs a list of keys, got {partition_keys!r}",
                hint=f"write SpecificPartitionsPartitionMapping([{partition_keys!r}])",
            )
        object.__setattr__(self, "partition_keys", tuple(dict.fromkeys(partition_keys)))

    def identity(self) -> str:
        return f"specific:{json.dumps(self.partition_keys)}"

    def __repr__(self) -> str:
        return f"SpecificPartitionsPartitionMapping({[*self.partition_keys]!r})"


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

    def identity(self) -> str:
        return f"static:{json.dumps(self.pairs)}"

    def __repr__(self) -> str:
        return f"StaticPartitionMapping({self.downstream_partition_keys_by_upstream_partition_key!r})"
