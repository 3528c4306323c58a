"""What partitions are read with: the time it is taken to be, and who knows the keys of dynamic partitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from assetmake import clock


class DynamicPartitionsStore(Protocol):
    """Knows the keys of dynamic partitions, by the name of their definition."""

    def get_dynamic_partitions(self, partitions_def_name: str, /) -> Sequence[str]:
        """Return the keys, in the order in which they were added."""

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str, /) -> bool:
        """Tell whether there is a key, without listing all."""


@dataclass(frozen=True, slots=True)
class PartitionLoadingContext:
    """The time that decides which time windows exist, and the store of dynamic keys, if there is one."""

    effective_dt: datetime
    dynamic_partitions_store: DynamicPartitionsStore | None = None


_current: ContextVar[PartitionLoadingContext | None] = ContextVar("partition_loading", default=None)


@contextmanager
def partition_loading_context(
    effective_dt: datetime | None = None, dynamic_partitions_store: DynamicPartitionsStore | None = None
) -> Iterator[PartitionLoadingContext]:
    """Read partitions as of a time, and with a store, inside of a `with` block.

    What is not given is taken from the block around it. A time without a zone is read on the clocks of each
    definition's own zone.

    Example:
        >>> from assetmake import DailyPartitionsDefinition
        >>> with partition_loading_context(datetime(2024, 1, 3)):
        ...     DailyPartitionsDefinition("2024-01-01").get_last_partition_key()
        '2024-01-02'
    """
    around = _current.get()
    if effective_dt is None:
        effective_dt = clock.now() if around is None else around.effective_dt
    if dynamic_partitions_store is None and around is not None:
        dynamic_partitions_store = around.dynamic_partitions_store
    context = PartitionLoadingContext(effective_dt, dynamic_partitions_store)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def find_time(given: datetime | None) -> datetime:
    """Return the time that was given, or the one that the block around says, or now."""
    if given is not None:
        return given
    around = _current.get()
    return clock.now() if around is None else around.effective_dt


def find_store() -> DynamicPartitionsStore | None:
    """Return the store of the block around, if there is one."""
    around = _current.get()
    return None if around is None else around.dynamic_partitions_store
