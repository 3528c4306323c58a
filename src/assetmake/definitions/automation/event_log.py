"""What sensors ask of an instance: the events that were recorded, by filters that are plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from assetmake.definitions.asset_key import AssetKey

_PAGE = 1000


class EventRecord(Protocol):
    """An event as it was recorded.

    Attributes:
        storage_id: Grows from event to event.
        event_log_entry: The event.
    """

    @property
    def storage_id(self) -> int: ...

    @property
    def event_log_entry(self) -> Any: ...

    @property
    def partition_key(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class AssetRecordsFilter:
    """Which events of an asset are wanted; ids and times are those before and after which they were recorded."""

    asset_key: AssetKey
    asset_partitions: Sequence[str] | None = None
    after_timestamp: float | None = None
    before_timestamp: float | None = None
    after_storage_id: int | None = None
    before_storage_id: int | None = None
    storage_ids: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class RunStatusChangeRecordsFilter:
    """Which changes of the status of runs are wanted.

    Attributes:
        event_type: What a run that comes to have the status records.
        job_names: Only runs of these jobs.
    """

    event_type: Any
    after_storage_id: int | None = None
    before_storage_id: int | None = None
    after_timestamp: float | None = None
    before_timestamp: float | None = None
    storage_ids: Sequence[int] | None = None
    job_names: Sequence[str] | None = None


def fetch_latest(instance: Any, key: AssetKey, *, after: int | None) -> EventRecord | None:
    """Return the last materialization of an asset after an id, if there is one."""
    wanted = AssetRecordsFilter(key, after_storage_id=after)
    records: Sequence[EventRecord] = instance.fetch_materializations(wanted, limit=1, ascending=False).records
    return records[0] if records else None


def fetch_materializations(instance: Any, wanted: AssetRecordsFilter, limit: int | None = None) -> list[EventRecord]:
    """Return materializations in the order in which they were recorded, all or so many."""
    found: list[EventRecord] = []
    place = None
    while True:
        size = _PAGE if limit is None else min(_PAGE, limit - len(found))
        page = instance.fetch_materializations(wanted, limit=size, cursor=place, ascending=True)
        found.extend(page.records)
        if not page.has_more or (limit is not None and len(found) >= limit):
            return found
        place = page.cursor
