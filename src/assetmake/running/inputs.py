"""Inputs: what a function reads, loaded by the IO managers that kept it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.assets.operation import InputSlot
from assetmake.definitions.configuring.opening import Surroundings
from assetmake.definitions.configuring.resources import Resources
from assetmake.definitions.keeping.loading import describe_input, find_output, load_input
from assetmake.definitions.occurrences.event_data import LoadedInputData
from assetmake.definitions.partition_loading import partition_loading_context
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.resolution import infer_mapping
from assetmake.errors import InvariantError, ValueTypeError


@dataclass(frozen=True, slots=True)
class Upstream:
    """What one input reads.

    Attributes:
        slot: The input.
        partitions_def: What the upstream's partitions are; None: it has none.
        keys: Those that are read; None: what stands of all of it, as a run that is for no partition keeps it.
        missing: Those that are read and do not exist.
    """

    slot: InputSlot
    partitions_def: PartitionsDefinition | None
    keys: tuple[str, ...] | None
    missing: tuple[str, ...] = ()


def find_upstream(
    slot: InputSlot,
    *,
    upstream: PartitionsDefinition | None,
    downstream: PartitionsDefinition | None,
    keys: Sequence[str],
    instance: Any,
    now: datetime,
) -> Upstream:
    """Return which partitions an input reads where a function runs for some keys.

    Args:
        slot: The input.
        upstream, downstream: What the partitions are of what is read, and of what runs.
        keys: Those that run; none where `downstream` is None.
        instance: Knows the keys of dynamic partitions.
        now: Decides which time windows exist.

    Raises:
        DefinitionError: no mapping leads from one to the other.
    """
    if upstream is None:
        return Upstream(slot, None, ())
    with partition_loading_context(now, instance):
        if downstream is None or not keys:
            if slot.mapping is None:
                return Upstream(slot, upstream, tuple(upstream.get_partition_keys()))
            mapped = slot.mapping.get_upstream_mapped_partitions_result_for_partitions(None, None, upstream)
            return Upstream(slot, upstream, tuple(mapped.partitions_subset.get_partition_keys()))
        mapping = infer_mapping(slot.mapping, upstream=upstream, downstream=downstream)
        subset = downstream.subset_with_partition_keys(keys)
        mapped = mapping.get_upstream_mapped_partitions_result_for_partitions(subset, downstream, upstream)
        return Upstream(
            slot,
            upstream,
            tuple(mapped.partitions_subset.get_partition_keys()),
            tuple(mapped.required_but_nonexistent_partition_keys),
        )


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads inputs.

    Attributes:
        producers: Who makes, or tells of, each asset.
        managers: The IO managers that are open, by the name under which resources have them.
        run_id, job_name, instance, log: What contexts tell of the run.
        surroundings: What the IO managers were made with, by name.
    """

    producers: Mapping[AssetKey, AssetsDefinition]
    managers: Mapping[str, Any]
    run_id: str
    job_name: str
    instance: Any
    log: Any
    surroundings: Mapping[str, Surroundings] = field(default_factory=dict)

    def tell_surroundings(self, manager: str) -> dict[str, Any]:
        """Return what a context tells an IO manager of itself."""
        around = self.surroundings.get(manager, Surroundings())
        return {"resource_config": around.config, "resources": Resources(around.resources)}

    def find_manager(self, slot: InputSlot) -> str:
        """Return the name of the IO manager that loads an input."""
        return slot.input_manager_key or find_manager(self.producers[slot.key], slot.key)

    def tell_of(self, slot: InputSlot) -> LoadedInputData:
        """Return what is told of an input that was loaded."""
        producer = self.producers[slot.key]
        made = find_output(producer, slot.key)
        step = producer.operation.name if producer.operation else None
        return LoadedInputData(slot.name, self.find_manager(slot), made.name if made else None, step)

    def load(self, upstream: Upstream, *, partition_key: str | None) -> Any:
        """Return the value of an input.

        Raises:
            InvariantError: a partition that it reads does not exist.
            LoadInputError: it cannot be loaded.
            ValueTypeError: it is of another type than the parameter says.
        """
        slot = upstream.slot
        if upstream.missing:
            raise InvariantError(
                f"What runs depends on invalid partitions {', '.join(upstream.missing)} in upstream asset {slot.key}",
                hint="they do not exist, or not yet",
            )
        producer = self.producers[slot.key]
        name = self.find_manager(slot)
        context = describe_input(
            slot,
            slot.key,
            producer,
            keys=None if upstream.partitions_def is None else upstream.keys,
            partitions_def=upstream.partitions_def,
            partition_key=partition_key,
            run={"run_id": self.run_id, "job_name": self.job_name, "log": self.log, "instance": self.instance},
            surroundings=self.tell_surroundings(name),
        )
        return _check_type(slot, load_input(self.managers[name], name, context))


def _check_type(slot: InputSlot, value: Any) -> Any:
    if not slot.dagster_type.accepts(value):
        raise ValueTypeError(
            f'Type check failed for step input "{slot.name}" - expected type "{slot.dagster_type.display_name}", '
            f"got {value!r}, a {type(value).__name__}."
        )
    return value


def find_manager(producer: AssetsDefinition, key: AssetKey) -> str:
    """Return the name of the IO manager that keeps an asset."""
    spec = producer.specs_by_key.get(key)
    made = find_output(producer, key)
    if made is not None:
        return made.io_manager_key
    return (spec.io_manager_key if spec else None) or DEFAULT_IO_MANAGER
