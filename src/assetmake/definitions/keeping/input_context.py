"""InputContext: what an IO manager is told of the value that it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from assetmake.definitions.asset_key import CoercibleToAssetKey
from assetmake.definitions.keeping.output_context import OutputContext
from assetmake.definitions.keeping.value_context import ValueContext, find_place
from assetmake.definitions.partitions import PartitionKeyRange, PartitionsDefinition
from assetmake.errors import InvariantError


class InputContext(ValueContext):
    """Given to `load_input`. The asset and its partitions are those that are read.

    Attributes:
        upstream_output: What was told when the value was kept; None where nobody knows.
    """

    noun: ClassVar[str] = "InputContext"
    side: ClassVar[str] = "input"

    def __init__(self, *, upstream_output: OutputContext | None = None, **common: Any) -> None:
        super().__init__(**common)
        self.upstream_output = upstream_output

    @property
    def has_input_name(self) -> bool:
        """Whether a parameter is given the value: not where it is loaded from outside of a run."""
        return self._given["name"] is not None

    def get_identifier(self) -> Sequence[str]:
        """Return the texts that stand for the output that is read."""
        if self.upstream_output is None:
            raise InvariantError("InputContext.upstream_output not defined. Cannot compute an identifier")
        return self.upstream_output.get_identifier()

    def add_input_metadata(self, metadata: Mapping[str, Any], description: str | None = None) -> None:  # noqa: ARG002
        """Record facts about what was read.

        Args:
            metadata: The facts.
            description: Accepted for compatibility, and left aside.
        """
        self._add_metadata(metadata)


def build_input_context(
    name: str | None = None,
    config: Any = None,
    definition_metadata: Mapping[str, Any] | None = None,
    upstream_output: OutputContext | None = None,
    dagster_type: Any = None,
    resource_config: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_def: Any = None,  # noqa: ARG001 - accepted for compatibility
    asset_key: CoercibleToAssetKey | None = None,
    partition_key: str | None = None,
    asset_partition_key_range: PartitionKeyRange | None = None,
    asset_partitions_def: PartitionsDefinition | None = None,
    instance: Any = None,
    metadata: Mapping[str, Any] | None = None,
) -> InputContext:
    """Return a context to call an IO manager's `load_input` with in a test.

    Args:
        name: The parameter.
        config, resource_config: Config of the input, and of the IO manager.
        definition_metadata, metadata: The metadata of the input, under its new and its old name.
        upstream_output: The context that the value was kept with.
        dagster_type: The type of the value.
        resources: What the IO manager needs: resources, or plain objects.
        op_def: Accepted for compatibility, and left aside.
        asset_key: The asset that is read.
        partition_key: The key that runs, which is the asset's where no range is given.
        asset_partition_key_range, asset_partitions_def: The keys of the asset that are read.
        instance: Where runs are recorded.

    Example:
        >>> build_input_context(asset_key="orders", partition_key="2026-01-05").asset_partition_key
        '2026-01-05'
    """
    place = find_place(asset_key, partition_key, asset_partition_key_range, asset_partitions_def)
    return InputContext(
        name=name,
        config=config,
        definition_metadata=definition_metadata if definition_metadata is not None else metadata,
        upstream_output=upstream_output,
        dagster_type=dagster_type,
        resource_config=dict(resource_config or {}),
        resources=resources,
        instance=instance,
        **place,
    )
