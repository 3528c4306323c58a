"""Loading: what a function reads is given by the IO manager that kept it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.operation import InputSlot, OutputSlot
from assetmake.definitions.keeping.input_context import InputContext
from assetmake.definitions.keeping.output_context import OutputContext
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import AssetmakeError, LoadInputError


def find_output(producer: AssetsDefinition, key: AssetKey) -> OutputSlot | None:
    """Return the output of a function that is an asset; None: nothing makes it here."""
    return next((slot for slot in producer.output_slots if slot.key == key), None)


def describe_input(
    slot: InputSlot,
    key: AssetKey,
    producer: AssetsDefinition | None,
    *,
    keys: Sequence[str] | None,
    partitions_def: PartitionsDefinition | None,
    partition_key: str | None,
    run: Mapping[str, Any],
    surroundings: Mapping[str, Any] | None = None,
) -> InputContext:
    """Return what an IO manager is told of a value that it is to give back.

    Args:
        slot: The parameter.
        key: The asset.
        producer: What makes it; None where the project does not.
        keys, partitions_def: The partitions that are read, and what they are of; None: it has none.
        partition_key: The key that runs, if there is one.
        run: What both contexts have of the run: `run_id`, `job_name`, `log` and `instance`.
        surroundings: Config and resources of the IO manager.
    """
    spec = producer.specs_by_key.get(key) if producer else None
    made = find_output(producer, key) if producer else None
    operation = producer.operation if producer else None
    common: dict[str, Any] = {
        "step_key": operation.name if operation else key.to_python_identifier(),
        "asset_key": key,
        "keys": keys,
        "partitions_def": partitions_def,
        "partition_key": partition_key,
        **run,
    }
    kept = OutputContext(
        name=made.name if made else "result",
        definition_metadata=spec.metadata if spec else {},
        dagster_type=made.dagster_type if made else None,
        asset_spec=spec,
        **common,
    )
    return InputContext(
        name=slot.name,
        definition_metadata=slot.metadata,
        dagster_type=slot.dagster_type,
        upstream_output=kept,
        **common,
        **(surroundings or {}),
    )


def load_input(manager: Any, name: str, context: InputContext) -> Any:
    """Return what an IO manager kept.

    Args:
        manager: The IO manager.
        name: What it is called.
        context: What it is told.

    Raises:
        LoadInputError: it cannot be loaded.
    """
    try:
        return manager.load_input(context)
    except AssetmakeError:
        raise
    except Exception as error:
        raise LoadInputError(
            f'Error occurred while loading input "{context.name}": {type(error).__name__}: {error}',
            hint=f"asset {context.asset_key} has to be made before, and kept by {name}",
        ) from error
