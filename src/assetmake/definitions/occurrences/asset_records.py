"""What is known of an asset and of a check from what was recorded: the newest of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluation
from assetmake.definitions.occurrences.event_log import EventLogEntry, EventLogRecord


class AssetPartitionStatus(Enum):
    """What became of a partition."""

    MATERIALIZED = "MATERIALIZED"
    IN_PROGRESS = "IN_PROGRESS"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class AssetEntry:
    """The newest that was recorded of an asset."""

    asset_key: AssetKey
    last_materialization_record: EventLogRecord | None = None
    last_observation_record: EventLogRecord | None = None
    last_run_id: str | None = None

    @property
    def last_materialization(self) -> EventLogEntry | None:
        return self.last_materialization_record.event_log_entry if self.last_materialization_record else None

    @property
    def last_materialization_storage_id(self) -> int | None:
        return self.last_materialization_record.storage_id if self.last_materialization_record else None

    @property
    def last_observation(self) -> EventLogEntry | None:
        return self.last_observation_record.event_log_entry if self.last_observation_record else None

    @property
    def last_observation_storage_id(self) -> int | None:
        return self.last_observation_record.storage_id if self.last_observation_record else None


@dataclass(frozen=True, slots=True)
class AssetRecord:
    """An asset of which something was recorded; `storage_id` is the number of the newest of it."""

    storage_id: int
    asset_entry: AssetEntry


class AssetCheckExecutionRecordStatus(Enum):
    """What became of a check that a run was to ask."""

    PLANNED = "PLANNED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class AssetCheckExecutionRecord:
    """One asking of a check.

    Attributes:
        key: The check.
        id: Its number: a later one has a greater.
        run_id: The run.
        status: Whether it was only planned, passed or did not.
        event: What tells of it.
        create_timestamp: When, in seconds since 1970.
        partition: The partition it was asked of.
    """

    key: AssetCheckKey
    id: int
    run_id: str
    status: AssetCheckExecutionRecordStatus
    event: EventLogEntry | None
    create_timestamp: float
    partition: str | None = None

    @property
    def evaluation(self) -> AssetCheckEvaluation | None:
        return self.event.asset_check_evaluation if self.event else None
