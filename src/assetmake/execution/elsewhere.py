"""Elsewhere: values that IO managers of the user's keep and give back, wherever that is."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.operation import InputSlot, OutputSlot
from assetmake.definitions.keeping.loading import describe_input, load_input
from assetmake.definitions.keeping.output_context import OutputContext, handle_output
from assetmake.definitions.metadata import MetadataValue
from assetmake.definitions.metadata.values import PathMetadataValue, TextMetadataValue
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.run_context import AssetExecutionContext
from assetmake.errors import ValueTypeError
from assetmake.storage.files import fsync_file
from assetmake.storage.hashing import hash_file
from assetmake.storage.io_managers import Input
from assetmake.storage.places import ANY_SIZE

_PATH = "path"


@dataclass(frozen=True, slots=True)
class Place:
    """A file that an IO manager wrote, as stat saw it, or a file or folder that holds more than that.

    Attributes:
        path: Absolute.
        size, mtime, inode: As stat saw them; of what holds more the size is `ANY_SIZE`.
        content: The hash of its bytes; None of what holds more.
    """

    path: str
    size: int = ANY_SIZE
    mtime: int = 0
    inode: int = 0
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What an IO manager of the user's told of a value that it keeps.

    Attributes:
        metadata: Facts.
        events: Events that it logged.
        place: The file that it wrote, where it names one.
        found: The keys of what it said, right after, is there; asked only where no bytes of a file tell.
    """

    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    events: Iterable[Any] = ()
    place: Place | None = None
    found: frozenset[str | None] = frozenset()


def keep_value(
    manager: Any,
    value: Any,
    *,
    slot: OutputSlot,
    context: AssetExecutionContext,
    said: Mapping[str, MetadataValue],
    root: Path | None,
) -> Kept:
    """Have an IO manager keep a value.

    Args:
        manager: The IO manager.
        value: What the function gave.
        slot: Of which of its outputs.
        context: The function's.
        said: What the function told of the value.
        root: What relative paths are relative to.

    Raises:
        Exception: what the IO manager raised.
    """
    output = describe_output(slot, context, context.keys, said)
    found = handle_output(manager, output, value)
    place = _find_place(output.place, found.get(_PATH), root or Path.cwd())
    present: frozenset[str | None] = frozenset()
    if place is None or place.content is None:
        present = _ask_after(manager, slot, context, said)
    return Kept(found, output.get_logged_events(), place, present)


def describe_output(
    slot: OutputSlot, context: AssetExecutionContext, keys: Sequence[str], said: Mapping[str, MetadataValue]
) -> OutputContext:
    """Return what an IO manager is told of an output, of some partitions where it has any."""
    definition = context.definition
    return OutputContext(
        name=slot.name,
        step_key=definition.node_def.name,
        run_id=context.run_id,
        job_name=context.job_name,
        asset_key=slot.key,
        keys=keys if definition.partitions_def is not None else None,
        partitions_def=definition.partitions_def,
        partition_key=keys[0] if len(keys) == 1 else None,
        definition_metadata=slot.metadata,
        dagster_type=slot.dagster_type,
        log=context.log,
        instance=context.instance,
        asset_spec=definition.specs_by_key[slot.key],
        output_metadata={name: each.value for name, each in said.items()},
    )


def list_present(manager: Any, keys: Sequence[str], describe: Callable[[Sequence[str]], OutputContext]) -> set[str]:
    """Return those of some partitions of which an IO manager says that they are there.

    Args:
        manager: The IO manager.
        keys: The partitions; none, of an asset that has none: the answer then has an empty text where it is there.
        describe: Makes what it is told, of some of the partitions.

    Raises:
        Exception: what the IO manager raised.
    """
    has_output = getattr(manager, "has_output", None)
    if keys and callable(list_outputs := getattr(manager, "list_outputs", None)):
        return {str(key) for key in list_outputs(describe(keys))}
    if not callable(has_output):
        return set()
    if not keys:
        return {""} if has_output(describe(())) else set()
    return {str(key) for key in keys if has_output(describe((key,)))}


def _ask_after(
    manager: Any, slot: OutputSlot, context: AssetExecutionContext, said: Mapping[str, MetadataValue]
) -> frozenset[str | None]:
    """Return the keys of what is there, now that it was kept: only what is there now can be gone later."""
    try:
        found = list_present(manager, context.keys, lambda keys: describe_output(slot, context, keys, said))
    except Exception as error:  # noqa: BLE001 - the value is kept; it is only not asked for later
        context.log.warning(
            "%s: its IO manager cannot tell whether it is there: %s: %s", slot.key, type(error).__name__, error
        )
        return frozenset()
    return frozenset(key or None for key in found)


def _find_place(named: str, told: MetadataValue | None, root: Path) -> Place | None:
    """Return the file that an IO manager named, or that a fact does, made durable; None where none is named."""
    if not named and not isinstance(told, PathMetadataValue | TextMetadataValue):
        return None
    path = os.path.normpath(os.path.join(root, named or str(told.value if told else "")))
    try:
        mode = os.stat(path).st_mode
        if named or (stat.S_ISDIR(mode) and not os.path.samefile(path, root)):
            return Place(path)
        if not stat.S_ISREG(mode):
            return None
        fsync_file(Path(path))
        content = hash_file(Path(path))
        seen = os.stat(path)
    except (OSError, ValueError):
        return None
    return Place(path, seen.st_size, seen.st_mtime_ns, seen.st_ino, content)


def load_value(
    manager: Any,
    given: Input,
    *,
    slot: InputSlot,
    producer: AssetsDefinition | None,
    key: AssetKey,
    context: AssetExecutionContext,
) -> Any:
    """Return what an IO manager kept of an asset.

    Args:
        manager: The IO manager.
        given: Which partitions.
        slot: The parameter.
        producer: What makes the asset; None where the project does not.
        key: The asset.
        context: The function's.

    Raises:
        LoadInputError: it cannot be loaded.
        ValueTypeError: it is of another type than the parameter says.
    """
    partitions: PartitionsDefinition | None = producer.partitions_def if producer and given.partitioned else None
    told = describe_input(
        slot,
        key,
        producer,
        keys=_read_keys(given, partitions) if given.partitioned else None,
        partitions_def=partitions,
        partition_key=context.partition_key if context.has_partition_key else None,
        run={
            "run_id": context.run_id,
            "job_name": context.job_name,
            "log": context.log,
            "instance": context.instance,
        },
    )
    value = load_input(manager, str(given.io_manager), told)
    if not slot.dagster_type.accepts(value):
        raise ValueTypeError(
            f'Type check failed for step input "{slot.name}" - expected type "{slot.dagster_type.display_name}", '
            f"got a {type(value).__name__}."
        )
    return value


def _read_keys(given: Input, partitions: PartitionsDefinition | None) -> list[str]:
    keys = [piece.key for piece in given.pieces if piece.key is not None]
    return keys if partitions is None else [partitions.get_partition_key_from_str(key) for key in keys]
