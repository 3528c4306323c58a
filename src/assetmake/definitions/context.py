"""AssetExecutionContext: what a running asset knows of itself, and what it may say."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.partitions import PartitionKeyRange, PartitionsDefinition, TimeWindow
from assetmake.errors import DefinitionError, InvariantError

_current: ContextVar[AssetExecutionContext | None] = ContextVar("asset_context", default=None)


@contextmanager
def running_with(context: AssetExecutionContext) -> Iterator[None]:
    """Have a context found by `AssetExecutionContext.get()` in a `with` block."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)


@dataclass(slots=True)
class AssetExecutionContext:
    """Given to an asset whose first parameter is named `context`.

    Attributes:
        asset_key: The asset that runs.
        run_id: The build it runs in.
        log: A logger whose lines are kept with the node's output.
        output_metadata: What add_output_metadata has gathered.
    """

    asset_key: AssetKey
    run_id: str
    partitions_def: PartitionsDefinition | None = None
    keys: tuple[str, ...] = ()
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("assetmake.asset"))
    output_folder: Path | None = None
    output_metadata: dict[str, MetadataValue] = field(default_factory=dict)

    @classmethod
    def get(cls) -> AssetExecutionContext:
        """Return the context of the function that runs, for code that it calls.

        Raises:
            InvariantError: none runs.
        """
        context = _current.get()
        if context is None:
            raise InvariantError("No current AssetExecutionContext in scope.", hint="call it while an asset runs")
        return context

    @property
    def has_partition_key(self) -> bool:
        return len(self.keys) == 1

    @property
    def partition_key(self) -> str:
        """The key that runs.

        Raises:
            DefinitionError: the asset is not partitioned, or a range of keys runs.
        """
        if len(self.keys) == 1:
            return self.keys[0]
        what = f"{len(self.keys)} keys run in one call" if self.keys else "it has no partitions"
        raise DefinitionError(
            f"asset {self.asset_key}: there is no single partition_key, {what}",
            hint="use context.partition_keys" if self.keys else "declare partitions_def= on the asset",
        )

    @property
    def partition_keys(self) -> Sequence[str]:
        if not self.keys:
            raise DefinitionError(f"asset {self.asset_key} has no partitions, so no partition_keys")
        return list(self.keys)

    @property
    def partition_key_range(self) -> PartitionKeyRange:
        keys = self.partition_keys
        return PartitionKeyRange(keys[0], keys[-1])

    @property
    def partition_time_window(self) -> TimeWindow:
        """The window of the key that runs, or of the whole range: (start, end), aware datetimes."""
        keys = self.partition_keys
        read = getattr(self.partitions_def, "time_window_for_partition_key", None)
        if read is None:
            raise DefinitionError(f"asset {self.asset_key}: its partitions are no time windows")
        return TimeWindow(read(keys[0]).start, read(keys[-1]).end)

    @property
    def output_path(self) -> Path:
        """A path to write a file to while running; it becomes the asset's output.

        Give it the suffix you like: `context.output_path.with_suffix(".png")`.

        Raises:
            DefinitionError: a range of keys runs, each of which has an output of its own.
        """
        if len(self.keys) > 1:
            raise DefinitionError(
                f"asset {self.asset_key}: there is no single output_path, {len(self.keys)} keys run in one call",
                hint="return a dict with a value for each key; a value may be the Path of a file",
            )
        if self.output_folder is None:
            raise DefinitionError(f"asset {self.asset_key}: there is no output_path outside a build")
        self.output_folder.mkdir(parents=True, exist_ok=True)
        return self.output_folder / "output"

    def add_output_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Record facts about the result: counts, links, tables, notes."""
        self.output_metadata.update(check_metadata(metadata))

    add_asset_metadata = add_output_metadata
