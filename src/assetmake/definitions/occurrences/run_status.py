"""RunStatus: how far a run has come, and which event tells of it."""

from __future__ import annotations

from enum import Enum

from assetmake.definitions.occurrences.event_types import EventType


class RunStatus(Enum):
    """How far a run has come."""

    QUEUED = "QUEUED"
    NOT_STARTED = "NOT_STARTED"
    MANAGED = "MANAGED"
    STARTING = "STARTING"
    STARTED = "STARTED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    CANCELING = "CANCELING"
    CANCELED = "CANCELED"

    @property
    def event_type(self) -> EventType | None:
        """What is recorded of a run that comes to have this status; None where nothing is."""
        return _EVENT_OF.get(self)


STATUS_AFTER = {
    EventType.RUN_ENQUEUED: RunStatus.QUEUED,
    EventType.RUN_STARTING: RunStatus.STARTING,
    EventType.RUN_START: RunStatus.STARTED,
    EventType.RUN_SUCCESS: RunStatus.SUCCESS,
    EventType.RUN_FAILURE: RunStatus.FAILURE,
    EventType.RUN_CANCELING: RunStatus.CANCELING,
    EventType.RUN_CANCELED: RunStatus.CANCELED,
}
"""The status that a run has after an event of it."""

FINISHED = frozenset({RunStatus.SUCCESS, RunStatus.FAILURE, RunStatus.CANCELED})
_EVENT_OF = {status: event for event, status in STATUS_AFTER.items()}
