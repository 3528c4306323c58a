"""EventLogEntry and EventLogRecord: an event with its run and its time, as it was logged and as it is kept."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.occurrences.asset_events import AssetMaterialization, AssetObservation
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluation
from assetmake.definitions.occurrences.event_data import AssetObservationData, ErrorInfo, StepMaterializationData
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.step_event import StepEvent
from assetmake.errors import InvariantError


@dataclass(frozen=True, slots=True)
class EventLogEntry:
    """A line of a run's log; most tell of an event.

    Attributes:
        error_info: The exception it tells of, if any.
        level: As `logging` counts levels.
        user_message: What user code said, for a line that tells of no event.
        run_id: The run; empty for what was reported outside of one.
        timestamp: When, in seconds since 1970.
        step_key: The step in which it was said.
        job_name: The job of the run.
        dagster_event: The event.
    """

    error_info: ErrorInfo | None = None
    level: int = logging.DEBUG
    user_message: str = ""
    run_id: str = ""
    timestamp: float = 0.0
    step_key: str | None = None
    job_name: str | None = None
    dagster_event: StepEvent | None = None

    @property
    def is_dagster_event(self) -> bool:
        return self.dagster_event is not None

    def get_dagster_event(self) -> StepEvent:
        """Return the event.

        Raises:
            InvariantError: This line tells of none.
        """
        if self.dagster_event is None:
            raise InvariantError("this line of the log tells of no event", hint="ask is_dagster_event first")
        return self.dagster_event

    @property
    def dagster_event_type(self) -> EventType | None:
        return self.dagster_event.event_type if self.dagster_event else None

    @property
    def message(self) -> str:
        """What the event says; what user code said where it says nothing."""
        told = self.dagster_event.message if self.dagster_event else None
        return self.user_message if told is None else told

    @property
    def asset_materialization(self) -> AssetMaterialization | None:
        data = self.dagster_event.event_specific_data if self.dagster_event else None
        return data.materialization if isinstance(data, StepMaterializationData) else None

    @property
    def asset_observation(self) -> AssetObservation | None:
        data = self.dagster_event.event_specific_data if self.dagster_event else None
        return data.asset_observation if isinstance(data, AssetObservationData) else None

    @property
    def asset_check_evaluation(self) -> AssetCheckEvaluation | None:
        data = self.dagster_event.event_specific_data if self.dagster_event else None
        return data if isinstance(data, AssetCheckEvaluation) else None

    @property
    def tags(self) -> Mapping[str, str] | None:
        event = self.asset_materialization or self.asset_observation
        return event.tags if event else None


@dataclass(frozen=True, slots=True)
class EventLogRecord:
    """A line of the log as it is kept: `storage_id` is its number, a later one has a greater."""

    storage_id: int
    event_log_entry: EventLogEntry

    @property
    def run_id(self) -> str:
        return self.event_log_entry.run_id

    @property
    def timestamp(self) -> float:
        return self.event_log_entry.timestamp

    @property
    def event_type(self) -> EventType:
        return self.event_log_entry.get_dagster_event().event_type

    @property
    def asset_key(self) -> AssetKey | None:
        event = self.event_log_entry.dagster_event
        return event.asset_key if event else None

    @property
    def partition_key(self) -> str | None:
        event = self.event_log_entry.dagster_event
        return event.partition if event else None

    @property
    def asset_materialization(self) -> AssetMaterialization | None:
        return self.event_log_entry.asset_materialization

    @property
    def asset_observation(self) -> AssetObservation | None:
        return self.event_log_entry.asset_observation

    @property
    def asset_event(self) -> AssetMaterialization | AssetObservation | None:
        return self.asset_materialization or self.asset_observation
