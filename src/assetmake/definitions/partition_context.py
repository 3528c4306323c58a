"""What a context tells of the partitions that run, and of those that are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.current_context import find_current
from assetmake.definitions.key_ranges import PartitionKeyRange, TimeWindow
from assetmake.definitions.multi_keys import MultiPartitionKey
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import InvariantError

Reads = tuple[AssetKey, PartitionsDefinition | None, Sequence[str]]
"""What an input reads: the asset, what its partitions are, and which of them."""


class PartitionContext:
    """Knows which partitions run.

    Args:
        title: What runs, for messages.
        partitions_def: What its partitions are.
        keys: Those that run.
        given_keys: Those that the run is for, where another asset than this one has them.
        inputs: What is read, by the parameter's name.

    Attributes:
        partitions_def, keys: As given.
    """

    __slots__ = ("_given_keys", "_inputs", "_title", "keys", "partitions_def")

    def __init__(
        self,
        title: object,
        *,
        partitions_def: PartitionsDefinition | None = None,
        keys: Sequence[str] = (),
        given_keys: Sequence[str] | None = None,
        inputs: Mapping[str, Reads] | None = None,
    ) -> None:
        self._title = title
        self.partitions_def = partitions_def
        self.keys = tuple(keys)
        self._given_keys = self.keys if given_keys is None else tuple(given_keys)
        self._inputs = inputs or {}

    @classmethod
    def get(cls) -> Any:
        """Return the context of the function that runs, for code that it calls.

        Raises:
            InvariantError: none runs.
        """
        return find_current()

    @property
    def has_partition_key(self) -> bool:
        return len(self._given_keys) == 1

    @property
    def is_partition_step(self) -> bool:
        return bool(self._given_keys)

    @property
    def has_partition_key_range(self) -> bool:
        return len(self._given_keys) > 1

    @property
    def partition_key(self) -> str:
        """The key that runs.

        Raises:
            InvariantError: there is none, or a range of keys runs.
        """
        if len(self._given_keys) == 1:
            return self._given_keys[0]
        if self._given_keys:
            raise InvariantError(
                "Cannot access partition_key for a partitioned run with a range of partitions.",
                hint="call partition_key_range or partition_keys instead",
            )
        raise InvariantError(
            "Cannot access partition_key for a non-partitioned run", hint=f"declare partitions_def= on {self._title}"
        )

    @property
    def partition_keys(self) -> Sequence[str]:
        if not self._given_keys:
            raise InvariantError("Cannot access partition_keys for a non-partitioned run")
        return list(self._given_keys)

    @property
    def partition_key_range(self) -> PartitionKeyRange:
        keys = self.partition_keys
        return PartitionKeyRange(keys[0], keys[-1])

    @property
    def partition_time_window(self) -> TimeWindow:
        """The window of the key that runs, or of the whole range: (start, end), aware datetimes.

        Raises:
            InvariantError: nothing runs that has time windows.
        """
        keys = self.partition_keys
        read = getattr(self.partitions_def, "time_window_for_partition_key", None)
        if read is None:
            raise InvariantError(f"{self._title}: its partitions are no time windows")
        return TimeWindow(read(keys[0]).start, read(keys[-1]).end)

    @property
    def multi_partition_key(self) -> MultiPartitionKey:
        key = self.partition_key
        if not isinstance(key, MultiPartitionKey):
            raise InvariantError(f"multi_partition_key: {key!r} is no key of several dimensions")
        return key

    @property
    def has_partitions(self) -> bool:
        return self.is_partition_step

    @property
    def asset_partition_key_range(self) -> PartitionKeyRange:
        return self.partition_key_range

    def asset_partition_key_for_output(self, output_name: str = "result") -> str:
        del output_name
        return self.partition_key

    def asset_partition_keys_for_output(self, output_name: str = "result") -> Sequence[str]:
        del output_name
        return self.partition_keys

    def asset_partition_key_range_for_output(self, output_name: str = "result") -> PartitionKeyRange:
        del output_name
        return self.partition_key_range

    def asset_partitions_time_window_for_output(self, output_name: str = "result") -> TimeWindow:
        del output_name
        return self.partition_time_window

    def asset_partitions_def_for_output(self, output_name: str = "result") -> PartitionsDefinition:
        del output_name
        if self.partitions_def is None:
            raise InvariantError(f"Attempting to access partitions def for {self._title}, but it is not partitioned")
        return self.partitions_def

    def asset_partition_keys_for_input(self, input_name: str) -> Sequence[str]:
        return list(self._find_input(input_name)[2])

    def asset_partition_key_for_input(self, input_name: str) -> str:
        keys = self._find_input(input_name)[2]
        if len(keys) != 1:
            raise InvariantError(f"the input {input_name!r} reads {len(keys)} partitions, not one")
        return keys[0]

    def asset_partition_key_range_for_input(self, input_name: str) -> PartitionKeyRange:
        keys = self._find_input(input_name)[2]
        if not keys:
            raise InvariantError(f"the input {input_name!r} reads no partition")
        return PartitionKeyRange(keys[0], keys[-1])

    def asset_partitions_def_for_input(self, input_name: str) -> PartitionsDefinition:
        definition = self._find_input(input_name)[1]
        if definition is None:
            raise InvariantError(f"the asset of the input {input_name!r} is not partitioned")
        return definition

    def asset_partitions_time_window_for_input(self, input_name: str) -> TimeWindow:
        key_range = self.asset_partition_key_range_for_input(input_name)
        read: Any = getattr(self.asset_partitions_def_for_input(input_name), "time_window_for_partition_key", None)
        if read is None:
            raise InvariantError(f"the partitions of the input {input_name!r} are no time windows")
        return TimeWindow(read(key_range.start).start, read(key_range.end).end)

    def _find_input(self, name: str) -> Reads:
        if name not in self._inputs:
            raise InvariantError(f"{self._title} has no input {name!r}")
        return self._inputs[name]
