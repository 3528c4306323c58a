"""What records are looked for, and in what portions they are given."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.occurrences.event_log import EventLogRecord
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.errors import InvocationError

_KIND = "STORAGE_ID"


def write_cursor(storage_id: int) -> str:
    """Return a text that says up to which record was read."""
    return base64.b64encode(json.dumps({"type": _KIND, "value": storage_id}).encode()).decode()


def read_cursor(cursor: str) -> int:
    """Return the record up to which was read.

    Raises:
        InvocationError: The text is none that `write_cursor` wrote.
    """
    try:
        read = json.loads(base64.b64decode(cursor))
        if read["type"] == _KIND:
            return int(read["value"])
    except (ValueError, KeyError, TypeError):
        pass
    raise InvocationError(f"{cursor!r} is no cursor", hint="give the `cursor` of an earlier answer, or None")


@dataclass(frozen=True, slots=True)
class EventRecordsFilter:
    """Which records of one kind of event are looked for: those that fit all that is given.

    Args:
        event_type: The kind.
        asset_key: About this asset.
        asset_partitions: About one of these partitions of it.
        after_cursor, before_cursor: With a greater, a smaller `storage_id`.
        after_timestamp, before_timestamp: Later, earlier than this, in seconds since 1970.
        storage_ids: One of these.
    """

    event_type: EventType
    asset_key: AssetKey | None = None
    asset_partitions: Sequence[str] | None = None
    after_cursor: int | None = None
    before_cursor: int | None = None
    after_timestamp: float | None = None
    before_timestamp: float | None = None
    storage_ids: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class AssetRecordsFilter:
    """Which records about one asset are looked for: those that fit all that is given."""

    asset_key: AssetKey
    asset_partitions: Sequence[str] | None = None
    after_timestamp: float | None = None
    before_timestamp: float | None = None
    after_storage_id: int | None = None
    before_storage_id: int | None = None
    storage_ids: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class RunStatusChangeRecordsFilter:
    """Which changes of runs' statuses are looked for: those that fit all that is given."""

    event_type: EventType
    after_timestamp: float | None = None
    before_timestamp: float | None = None
    after_storage_id: int | None = None
    before_storage_id: int | None = None
    storage_ids: Sequence[int] | None = None
    job_names: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class EventRecordsResult:
    """Some records, a cursor from which to go on, and whether there may be more."""

    records: Sequence[EventLogRecord]
    cursor: str
    has_more: bool


@dataclass(frozen=True, slots=True)
class EventQuery:
    """What a log of events is asked: all that the filters above can say, and by run and check.

    Attributes:
        event_types: One of these kinds; None for every line, also one that tells of no event.
        asset_key, partitions: About this asset, about one of these partitions.
        check_key: About this check.
        run_id, job_names: Of this run, of one of these jobs.
        after_id, before_id, storage_ids: By number.
        after_time, before_time: By time, in seconds since 1970.
        limit: So many at most.
        ascending: The oldest first.
    """

    event_types: frozenset[EventType] | None = None
    asset_key: AssetKey | None = None
    partitions: frozenset[str | None] | None = None
    check_key: AssetCheckKey | None = None
    run_id: str | None = None
    job_names: frozenset[str] | None = None
    after_id: int | None = None
    before_id: int | None = None
    storage_ids: frozenset[int] | None = None
    after_time: float | None = None
    before_time: float | None = None
    limit: int | None = None
    ascending: bool = False

    def fits(self, record: EventLogRecord) -> bool:
        """Tell whether a record is one that is looked for; by what asset, check or run it is about is not asked."""
        event = record.event_log_entry.dagster_event
        return (
            (self.event_types is None or (event is not None and event.event_type in self.event_types))
            and (self.partitions is None or record.partition_key in self.partitions)
            and (self.job_names is None or record.event_log_entry.job_name in self.job_names)
            and (self.after_id is None or record.storage_id > self.after_id)
            and (self.before_id is None or record.storage_id < self.before_id)
            and (self.storage_ids is None or record.storage_id in self.storage_ids)
            and (self.after_time is None or record.timestamp > self.after_time)
            and (self.before_time is None or record.timestamp < self.before_time)
        )
