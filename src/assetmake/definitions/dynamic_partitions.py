"""Dynamic partitions: keys that are added and removed while a project lives, or that a function lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from assetmake.definitions.cadence import Parts
from assetmake.definitions.partition_keys import check_key
from assetmake.definitions.partition_loading import (
    DynamicPartitionsStore,
    find_store,
    find_time,
    partition_loading_context,
)
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.resolved_partitions import AddedPartitionsDefinition, KeptPartitionsDefinition
from assetmake.errors import DefinitionError, UsageError


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition that a function lists; its key is its name, or else its value as a text."""

    value: object
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or str(self.value))


@dataclass(frozen=True, slots=True)
class AddDynamicPartitionsRequest:
    """Asks for keys to be added to a dynamic definition."""

    partitions_def_name: str
    partition_keys: Sequence[str]


@dataclass(frozen=True, slots=True)
class DeleteDynamicPartitionsRequest:
    """Asks for keys to be removed from a dynamic definition."""

    partitions_def_name: str
    partition_keys: Sequence[str]


PartitionFunction = Callable[[datetime | None], Sequence[Partition] | Sequence[str]]


@dataclass(frozen=True, slots=True, init=False, repr=False)
class DynamicPartitionsDefinition(PartitionsDefinition):
    """Keys that are added and removed while the project lives, kept under a name.

    Args:
        partition_fn: In place of a name, a function of the time that returns the keys.
        name: What the keys are kept under.

    Example:
        >>> fruits = DynamicPartitionsDefinition(name="fruits")
        >>> fruits.build_add_request(["apple"]).partition_keys
        ['apple']

    Raises:
        DefinitionError: There is neither a name nor a function, or both.
    """

    partition_fn: PartitionFunction | None
    name: str | None

    def __init__(self, partition_fn: PartitionFunction | None = None, name: str | None = None) -> None:
        if (partition_fn is None) == (name is None):
            raise DefinitionError(
                "DynamicPartitionsDefinition needs a name, or a function that returns the keys, and not both",
                hint="write DynamicPartitionsDefinition(name='fruits')",
            )
        if name is not None:
            check_key(name)
        elif not callable(partition_fn):
            raise DefinitionError(f"partition_fn is a function of the time that returns keys, got {partition_fn!r}")
        object.__setattr__(self, "partition_fn", partition_fn)
        object.__setattr__(self, "name", name)

    @property
    def is_resolved(self) -> bool:
        return False

    @property
    def dynamic_names(self) -> tuple[str, ...]:
        return () if self.name is None else (self.name,)

    def resolve(self, keys: Iterable[str]) -> AddedPartitionsDefinition:
        """Return the definition for the keys that there are."""
        if self.name is None:
            return AddedPartitionsDefinition(tuple(keys), repr(self.partition_fn))
        return KeptPartitionsDefinition(tuple(keys), self.name)

    def list_keys(self, current_time: datetime | None = None) -> list[str]:
        """Return the keys that the function lists, or that the store of the loading context has.

        Raises:
            UsageError: There is neither a function nor a store.
        """
        if self.partition_fn is not None:
            listed = self.partition_fn(find_time(current_time))
            return [each.name if isinstance(each, Partition) else each for each in listed]
        return [*self._find_store().get_dynamic_partitions(self._require_name())]

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
    ) -> list[str]:
        with partition_loading_context(current_time, dynamic_partitions_store):
            return self.list_keys()

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> bool:
        with partition_loading_context(current_time, dynamic_partitions_store):
            if self.partition_fn is not None:
                return partition_key in self.list_keys()
            return self._find_store().has_dynamic_partition(self._require_name(), partition_key)

    def build_add_request(self, partition_keys: Sequence[str]) -> AddDynamicPartitionsRequest:
        """Return what a sensor returns to have keys added."""
        return AddDynamicPartitionsRequest(self._require_name(), _checked(partition_keys))

    def build_delete_request(self, partition_keys: Sequence[str]) -> DeleteDynamicPartitionsRequest:
        """Return what a sensor returns to have keys removed."""
        return DeleteDynamicPartitionsRequest(self._require_name(), _checked(partition_keys))

    def parts(self, *, current_time: datetime | None = None) -> Parts:
        return self._listed(current_time).parts()

    def key_of(self, part: int) -> str:
        return self._listed().key_of(part)

    def part_of(self, key: str) -> int:
        return self._listed().part_of(key)

    def runs(self, parts: Iterable[int]) -> list[tuple[int, int]]:
        return self._listed().runs(parts)

    def sort_parts(self, parts: Iterable[int]) -> list[int]:
        return self._listed().sort_parts(parts)

    def identity(self) -> str:
        # As with static keys, the same part is the same key, whichever other keys there are.
        return "static"

    def changes_at(self, current_time: datetime) -> int | None:
        return None if self.partition_fn is None else int(current_time.timestamp())

    def _position(self, parts: Parts, part: int) -> int:
        return parts.index(part)

    def _listed(self, current_time: datetime | None = None) -> AddedPartitionsDefinition:
        return self.resolve(self.list_keys(current_time))

    def _find_store(self) -> DynamicPartitionsStore:
        store = find_store()
        if store is None:
            raise UsageError(
                f"the keys of {self!r} are not known here: they are kept with the project",
                hint="pass dynamic_partitions_store=instance, or inside an asset use context.partition_key",
            )
        return store

    def _require_name(self) -> str:
        if self.name is None:
            raise UsageError("a dynamic definition whose keys a function lists has none that can be added or removed")
        return self.name

    def __str__(self) -> str:
        if self.name is None:
            return PartitionsDefinition.__str__(self)
        return f'Dynamic partitions: "{self.name}"'

    def __repr__(self) -> str:
        given = f"name={self.name!r}" if self.name is not None else f"{self.partition_fn!r}"
        return f"DynamicPartitionsDefinition({given})"


def _checked(keys: Sequence[str]) -> list[str]:
    if isinstance(keys, str):
        raise UsageError(f"partition_keys is a list of keys, got {keys!r}", hint=f"write [{keys!r}]")
    for key in keys:
        check_key(key)
    return [*keys]
