"""PartitionMapping: what every mapping between the partitions of two assets can be asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from assetmake.definitions.partition_loading import DynamicPartitionsStore, partition_loading_context
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.spans import MappingKind, Pairs, Spans
from assetmake.definitions.subsets import PartitionsSubset
from assetmake.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class UpstreamPartitionsResult:
    """What partitions read.

    Attributes:
        partitions_subset: The upstream partitions that exist.
        required_but_nonexistent_subset: Those that should and don't.
    """

    partitions_subset: PartitionsSubset
    required_but_nonexistent_subset: PartitionsSubset

    @property
    def required_but_nonexistent_partition_keys(self) -> list[str]:
        return [*self.required_but_nonexistent_subset.get_partition_keys()]


class PartitionMapping(ABC):
    """Says which upstream partitions a downstream partition reads.

    It can be asked in two ways that agree: by key, for a set of partitions, and by number, for a million of them
    one by one, which is what a plan does.
    """

    __slots__ = ()

    @abstractmethod
    def identity(self) -> str:
        """Return a text that is equal for mappings that map the same."""

    @abstractmethod
    def kind(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> MappingKind:
        """Return what the mapping means between two definitions (None: unpartitioned).

        Raises:
            DefinitionError: It is not possible between them.
        """

    @abstractmethod
    def map_parts(
        self,
        upstream: PartitionsDefinition,
        downstream: PartitionsDefinition | None,
        down_parts: Sequence[int],
        current_time: datetime | None,
    ) -> Spans | Pairs:
        """Return the existing upstream partitions of each downstream part."""

    @abstractmethod
    def read_subset(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> UpstreamPartitionsResult:
        """Return what a set of downstream partitions reads, as of the loading context."""

    @abstractmethod
    def find_readers(
        self, subset: PartitionsSubset, upstream: PartitionsDefinition, downstream: PartitionsDefinition
    ) -> PartitionsSubset:
        """Return the downstream partitions that read some of a set, as of the loading context."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What it does, in a sentence."""

    def reads_several(self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None) -> bool:
        """Tell whether one partition can read several."""
        return self.kind(upstream, downstream) in {MappingKind.ALL, MappingKind.SPECIFIC, MappingKind.PAIRS}

    def validate_partition_mapping(
        self, upstream_partitions_def: PartitionsDefinition, downstream_partitions_def: PartitionsDefinition | None
    ) -> None:
        """Raise DefinitionError where the mapping is not possible between two definitions."""
        self.kind(upstream_partitions_def, downstream_partitions_def)

    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> UpstreamPartitionsResult:
        """Return what some downstream partitions read.

        Args:
            downstream_partitions_subset: The partitions; None of an asset that has none.
            downstream_partitions_def: What they are of.
            upstream_partitions_def: What is read.
            current_time: Decides which time windows exist; default: now.
            dynamic_partitions_store: Knows the keys of dynamic partitions.
        """
        with partition_loading_context(current_time, dynamic_partitions_store):
            if downstream_partitions_def is None or downstream_partitions_subset is None:
                return self._read_whole(upstream_partitions_def)
            return self.read_subset(downstream_partitions_subset, upstream_partitions_def, downstream_partitions_def)

    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> PartitionsSubset:
        """Return the downstream partitions that read some of the upstream ones; the arguments are as above."""
        with partition_loading_context(current_time, dynamic_partitions_store):
            return self.find_readers(upstream_partitions_subset, upstream_partitions_def, downstream_partitions_def)

    def _read_whole(self, upstream: PartitionsDefinition) -> UpstreamPartitionsResult:
        del upstream
        raise DefinitionError(
            f"{self!r} maps partitions, and the downstream asset has none",
            hint="leave the mapping out, or give AllPartitionMapping() or LastPartitionMapping()",
        )
