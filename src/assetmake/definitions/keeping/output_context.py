"""OutputContext: what an IO manager is told of the value that it keeps."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from assetmake.definitions.asset_key import CoercibleToAssetKey
from assetmake.definitions.keeping.value_context import ValueContext, find_place
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.occurrences.asset_events import AssetMaterialization
from assetmake.definitions.occurrences.runs import RUN_ID_OUTSIDE
from assetmake.definitions.partitions import PartitionKeyRange, PartitionsDefinition
from assetmake.errors import InvariantError


class OutputContext(ValueContext):
    """Given to `handle_output`.

    Attributes:
        mapping_key: Always None where a function makes the value once.
        version: The version of the output, where it has one.
        output_metadata: The metadata that the function gave with the value.
        asset_spec: What is declared of the asset.
    """

    noun: ClassVar[str] = "OutputContext"
    side: ClassVar[str] = "output"

    def __init__(
        self,
        *,
        mapping_key: str | None = None,
        version: str | None = None,
        output_metadata: Mapping[str, Any] | None = None,
        asset_spec: Any = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.mapping_key = mapping_key
        self.version = version
        self.output_metadata = dict(output_metadata or {})
        self._asset_spec = asset_spec
        self._place = ""
        self._events: list[Any] = []

    @property
    def asset_spec(self) -> Any:
        if self._asset_spec is None:
            raise InvariantError(
                "Attempting to access asset_spec, but it was not provided when constructing the OutputContext"
            )
        return self._asset_spec

    def get_identifier(self) -> Sequence[str]:
        """Return texts that stand for this output of this run: the run, the node, the output."""
        if self.version is not None:
            if self.mapping_key is not None:
                raise InvariantError(
                    f"Mapping key and version both provided for output '{self.name}' of step '{self.step_key}'. "
                    "Dynamic mapping is not supported when using versioning."
                )
            return ["versioned_outputs", self.version, self.step_key, self.name]
        parts = [self.run_id, self.step_key, self.name]
        return [*parts, self.mapping_key] if self.mapping_key else parts

    @property
    def place(self) -> str:
        """What `set_place` was given; empty where it was not called."""
        return self._place

    def set_place(self, path: Any) -> None:
        """Name a file or a folder that the value is in, besides other things: a database, say.

        When it is gone, so is the value, and a build makes it again. What else is in there does not count. Of a file
        that holds nothing but the value its bytes count: give that as the metadata "path" instead.

        Args:
            path: Relative to the project's folder, or absolute.
        """
        self._place = os.fspath(path)

    def add_output_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Record facts about the value; they stand beside those that the function gave.

        Raises:
            InvariantError: there are facts of that name already.
        """
        known = sorted(self._metadata.keys() & metadata.keys())
        if known:
            raise InvariantError(f"Tried to add metadata for key(s) that already have metadata: {', '.join(known)}")
        self._add_metadata(metadata)

    def get_logged_metadata(self) -> Mapping[str, MetadataValue]:
        """Return the facts that were recorded."""
        return dict(self._metadata)

    def log_event(self, event: Any) -> None:
        """Record an AssetMaterialization or an AssetObservation."""
        self._events.append(event)

    def get_logged_events(self) -> Sequence[Any]:
        """Return the events that were recorded."""
        return list(self._events)


def handle_output(manager: Any, output: OutputContext, value: Any) -> dict[str, MetadataValue]:
    """Have an IO manager keep a value; return the facts that it tells of it, whether it yields them or logs them.

    Raises:
        Exception: what the IO manager raised.
    """
    given = manager.handle_output(output, value)
    found: dict[str, MetadataValue] = {}
    for event in given if inspect.isgenerator(given) else ():
        if isinstance(event, AssetMaterialization):
            found |= event.metadata
        elif isinstance(event, Mapping):
            found |= check_metadata(event)
    return {**found, **output.get_logged_metadata()}


def build_output_context(
    step_key: str | None = None,
    name: str | None = None,
    definition_metadata: Mapping[str, Any] | None = None,
    run_id: str | None = None,
    mapping_key: str | None = None,
    config: Any = None,
    dagster_type: Any = None,
    version: str | None = None,
    resource_config: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_def: Any = None,  # noqa: ARG001 - accepted for compatibility
    asset_key: CoercibleToAssetKey | None = None,
    partition_key: str | None = None,
    asset_partitions_def: PartitionsDefinition | None = None,
    asset_partition_key_range: PartitionKeyRange | None = None,
    instance: Any = None,
    asset_spec: Any = None,
    metadata: Mapping[str, Any] | None = None,
    output_metadata: Mapping[str, Any] | None = None,
) -> OutputContext:
    """Return a context to call an IO manager's `handle_output` with in a test.

    Args:
        step_key, name, run_id, mapping_key, version: The output.
        definition_metadata, metadata: The metadata of the definition, under its new and its old name.
        config, resource_config: Config of the output, and of the IO manager.
        dagster_type: The type of the value.
        resources: What the IO manager needs: resources, or plain objects.
        op_def: Accepted for compatibility, and left aside.
        asset_key: The asset.
        partition_key: The key that runs, which is the asset's where no range is given.
        asset_partitions_def, asset_partition_key_range: The keys of the asset.
        instance, asset_spec, output_metadata: What `context` has under these names.

    Example:
        >>> build_output_context(asset_key="orders", partition_key="2026-01-05").get_asset_identifier()
        ['orders', '2026-01-05']
    """
    place = find_place(asset_key, partition_key, asset_partition_key_range, asset_partitions_def)
    return OutputContext(
        step_key=step_key,
        name=name,
        definition_metadata=definition_metadata if definition_metadata is not None else metadata,
        run_id=RUN_ID_OUTSIDE if run_id is None else run_id,
        mapping_key=mapping_key,
        config=config,
        dagster_type=dagster_type,
        version=version,
        resource_config=dict(resource_config or {}),
        resources=resources,
        instance=instance,
        asset_spec=asset_spec,
        output_metadata=output_metadata,
        **place,
    )
