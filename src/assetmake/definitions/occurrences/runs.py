"""Run: one run of assets and checks, and what runs can be looked for by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.occurrences.run_status import FINISHED, RunStatus
from assetmake.definitions.occurrences.tags import (
    PARTITION_RANGE_START_TAG,
    PARTITION_TAG,
    SCHEDULE_NAME_TAG,
    SENSOR_NAME_TAG,
)
from assetmake.errors import InvariantError

RUN_ID_OUTSIDE = "EPHEMERAL"
"""The id of the run where there is none, as in a test that calls a function by itself."""


def make_run_id() -> str:
    """Return a name that no other run has."""
    import uuid  # takes longer than the rest, and a build names its runs by itself

    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Run:
    """One run.

    Args:
        job_name: The job that was run.
        run_id: Its name; made up where none is given.
        run_config: The config it was given.
        asset_selection: The assets it is to make; None for all of the job.
        asset_check_selection: The checks it is to ask; None for all of the job.
        status: How far it has come.
        tags: Texts by name.
        root_run_id: The first of the runs that try the same again.
        parent_run_id: The run that this one tries again.
    """

    job_name: str
    run_id: str = field(default_factory=make_run_id)
    run_config: Mapping[str, Any] = field(default_factory=dict)
    asset_selection: AbstractSet[AssetKey] | None = None
    asset_check_selection: AbstractSet[AssetCheckKey] | None = None
    status: RunStatus = RunStatus.NOT_STARTED
    tags: Mapping[str, str] = field(default_factory=dict)
    root_run_id: str | None = None
    parent_run_id: str | None = None

    @property
    def is_finished(self) -> bool:
        return self.status in FINISHED

    @property
    def is_success(self) -> bool:
        return self.status is RunStatus.SUCCESS

    @property
    def is_failure(self) -> bool:
        return self.status is RunStatus.FAILURE

    @property
    def is_failure_or_canceled(self) -> bool:
        return self.status in {RunStatus.FAILURE, RunStatus.CANCELED}

    @property
    def is_cancelable(self) -> bool:
        return self.status in {RunStatus.STARTED, RunStatus.QUEUED}

    @property
    def is_partitioned(self) -> bool:
        return PARTITION_TAG in self.tags or PARTITION_RANGE_START_TAG in self.tags

    def with_status(self, status: RunStatus) -> Run:
        return replace(self, status=status)

    def with_tags(self, tags: Mapping[str, str]) -> Run:
        return replace(self, tags=tags)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it is kept.

    Attributes:
        storage_id: Its number: a later run has a greater one.
        dagster_run: The run.
        create_timestamp: When it was put down.
        update_timestamp: When it was last changed.
        start_time: When it started, in seconds since 1970.
        end_time: When it ended.
    """

    storage_id: int
    dagster_run: Run
    create_timestamp: datetime
    update_timestamp: datetime
    start_time: float | None = None
    end_time: float | None = None


@dataclass(frozen=True, slots=True)
class RunsFilter:
    """What runs are looked for: those that fit all that is given.

    Args:
        run_ids: One of these.
        job_name: Runs of this job.
        statuses: One of these.
        tags: With all of these tags; several values for one tag are alternatives.
        updated_after, updated_before, created_after, created_before: Strictly after or before.

    Raises:
        InvariantError: `run_ids` is empty, which nothing fits.
    """

    run_ids: Sequence[str] | None = None
    job_name: str | None = None
    statuses: Sequence[RunStatus] = ()
    tags: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    def __post_init__(self) -> None:
        if self.run_ids is not None and not self.run_ids:
            raise InvariantError("RunsFilter: when filtering on run ids, a non-empty list must be used")

    @classmethod
    def for_schedule(cls, schedule: Any) -> RunsFilter:
        """Look for the runs that a schedule asked for."""
        return cls(tags={SCHEDULE_NAME_TAG: schedule.name})

    @classmethod
    def for_sensor(cls, sensor: Any) -> RunsFilter:
        """Look for the runs that a sensor asked for."""
        return cls(tags={SENSOR_NAME_TAG: sensor.name})

    def fits(self, record: RunRecord) -> bool:
        """Tell whether a run is one that is looked for."""
        run = record.dagster_run
        return (
            (self.run_ids is None or run.run_id in self.run_ids)
            and (self.job_name is None or run.job_name == self.job_name)
            and (not self.statuses or run.status in self.statuses)
            and all(_has_tag(run, name, wanted) for name, wanted in (self.tags or {}).items())
            and _lies_between(record.update_timestamp, self.updated_after, self.updated_before)
            and _lies_between(record.create_timestamp, self.created_after, self.created_before)
        )


def _has_tag(run: Run, name: str, wanted: str | Sequence[str]) -> bool:
    alternatives = (wanted,) if isinstance(wanted, str) else wanted
    return run.tags.get(name) in alternatives


def _lies_between(when: datetime, after: datetime | None, before: datetime | None) -> bool:
    return (after is None or when > after) and (before is None or when < before)
