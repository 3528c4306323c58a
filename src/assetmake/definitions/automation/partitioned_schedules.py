"""build_schedule_from_partitioned_job: a schedule that asks for the latest partition as soon as there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assetmake.definitions.automation.jobs import Job, UnresolvedAssetJob, request_partition
from assetmake.definitions.automation.labels import check_name, check_owners, read_tags
from assetmake.definitions.automation.latest_windows import find_times, leaves_out_latest
from assetmake.definitions.automation.requests import RunRequest, SkipReason
from assetmake.definitions.automation.schedule_contexts import ScheduleEvaluationContext
from assetmake.definitions.automation.schedules import (
    DefaultScheduleStatus,
    ScheduleDefinition,
    check_catch_up,
    schedule,
)
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partitions import PartitionsDefinition, StaticPartitionsDefinition
from assetmake.definitions.place import Place, find_caller
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.definitions.window_schedules import ScheduleType, plain_cron
from assetmake.errors import DefinitionError, InvariantError

_NO_PARTITIONS = "The job's PartitionsDefinition has no partitions"
_LEFT_OUT = "The latest window of the job's PartitionsDefinition is left out by its exclusions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When within each window's time a schedule occurs; what is not given is as the windows begin."""

    minute_of_hour: int | None = None
    hour_of_day: int | None = None
    day_of_week: int | None = None
    day_of_month: int | None = None

    @property
    def is_given(self) -> bool:
        return self != Timing()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartitionedSchedule:
    """A schedule of a job whose partitions are those of its assets, and so are not known yet."""

    name: str
    job: UnresolvedAssetJob
    timing: Timing = Timing()
    description: str | None = None
    default_status: DefaultScheduleStatus = DefaultScheduleStatus.RUNNING
    tags: Mapping[str, str] | None = None
    metadata: Mapping[str, Any] | None = None
    owners: Sequence[str] = ()
    catch_up: str | None = None
    place: Place = field(default_factory=find_caller)

    @property
    def job_name(self) -> str:
        return self.job.name

    def with_metadata(self, metadata: Mapping[str, Any]) -> PartitionedSchedule:
        """The same with other metadata."""
        return replace(self, metadata=metadata)

    def resolve(self, resolved_job: Job) -> ScheduleDefinition:
        """Return the schedule, now that the job's partitions are known.

        Raises:
            InvariantError: the job has none.
            DefinitionError: they are of a kind that tells no time.
        """
        definition = resolved_job.partitions_def
        if definition is None:
            raise InvariantError(
                f"Job '{resolved_job.name}' provided to build_schedule_from_partitioned_job must contain partitioned "
                "assets or a partitions definition."
            )
        times = find_times(definition)
        if times is None:
            raise _refuse(definition)
        return self._declare(resolved_job, definition, plan_cron(times, self.timing), times.timezone)

    def _declare(
        self, job: Job, definition: PartitionsDefinition, cron: str, timezone: str | None
    ) -> ScheduleDefinition:
        declare = schedule(
            cron,
            name=self.name,
            job=job,
            default_status=self.default_status,
            execution_timezone=timezone,
            description=self.description,
            metadata=self.metadata,
            owners=self.owners,
            catch_up=self.catch_up,
        )
        return declare(LatestPartitions(job, definition, self.tags or {}))


def build_schedule_from_partitioned_job(
    job: Job,
    description: str | None = None,
    name: str | None = None,
    minute_of_hour: int | None = None,
    hour_of_day: int | None = None,
    day_of_week: int | None = None,
    day_of_month: int | None = None,
    default_status: DefaultScheduleStatus = DefaultScheduleStatus.RUNNING,
    tags: Mapping[str, Any] | None = None,
    cron_schedule: str | None = None,
    execution_timezone: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    owners: Sequence[str] | None = None,
    catch_up: str | None = None,
) -> ScheduleDefinition | PartitionedSchedule:
    """Return a schedule that runs a job for its latest partition each time that there is a new one.

    Of several dimensions it asks for all partitions of the latest time window, of static partitions for each.

    Args:
        job: A job of partitioned assets.
        name: Default: its name and `_schedule`.
        minute_of_hour, hour_of_day, day_of_week, day_of_month: When it occurs, other than when windows end.
        cron_schedule, execution_timezone: Only for static partitions.
        default_status, tags, description, metadata, owners, catch_up: As for ScheduleDefinition.

    Raises:
        DefinitionError: the partitions tell no time, or the times do not go together.
    """
    own = check_name(name or f"{job.name}_schedule", noun="schedule")
    timing = Timing(
        minute_of_hour=minute_of_hour, hour_of_day=hour_of_day, day_of_week=day_of_week, day_of_month=day_of_month
    )
    waiting = PartitionedSchedule(
        name=own,
        job=job,  # type: ignore[arg-type]  # it stays only where it is unresolved, as below
        timing=timing,
        description=description,
        default_status=default_status,
        tags=read_tags(tags),
        metadata=metadata,
        owners=check_owners(owners, noun="schedule", name=own),
        catch_up=check_catch_up(own, catch_up),
    )
    definition = job.partitions_def
    _check_times(own, definition, timing, cron_schedule or execution_timezone)
    if definition is None:
        if isinstance(job, UnresolvedAssetJob):
            return waiting
        raise InvariantError(f"schedule {own}: The provided job is not partitioned")
    times = find_times(definition)
    if times is not None:
        return waiting._declare(job, definition, plan_cron(times, timing), times.timezone)  # noqa: SLF001
    cron = _require_cron(own, definition, cron_schedule)
    return waiting._declare(job, definition, cron, execution_timezone)  # noqa: SLF001


def _require_cron(name: str, definition: PartitionsDefinition, cron_schedule: str | None) -> str:
    if not isinstance(definition, StaticPartitionsDefinition):
        raise _refuse(definition)
    if cron_schedule is None:
        raise DefinitionError(
            f"schedule {name}: Creating a schedule from a static partitions definition requires a cron schedule",
            hint='cron_schedule="0 6 * * *"',
        )
    return cron_schedule


def _check_times(name: str, definition: PartitionsDefinition | None, timing: Timing, given: str | None) -> None:
    """Raise DefinitionError where times exclude each other, or are given for partitions that tell their own."""
    if timing.day_of_week is not None and timing.day_of_month is not None:
        raise DefinitionError(f"schedule {name}: Cannot provide both day_of_month and day_of_week")
    if given and timing.is_given:
        raise DefinitionError(
            f"schedule {name}: Cannot provide both cron_schedule / execution_timezone and a time of day"
        )
    if given and not isinstance(definition, StaticPartitionsDefinition):
        raise DefinitionError(
            f"schedule {name}: Cannot provide cron_schedule or execution_timezone for a time-partitioned job"
        )


def plan_cron(times: TimeWindowPartitionsDefinition, timing: Timing) -> str:
    """Return when a schedule occurs: when windows end, or at other times of theirs.

    Raises:
        DefinitionError: windows of this kind have no such time.
    """
    if not timing.is_given:
        return times.cron_schedule
    kind = times.schedule_type
    if kind is None:
        raise DefinitionError(f"{times.cron_schedule!r} does not support minute_of_hour, hour_of_day and the like")
    refused = {
        "hour_of_day": kind is ScheduleType.HOURLY,
        "day_of_week": kind is not ScheduleType.WEEKLY,
        "day_of_month": kind is not ScheduleType.MONTHLY,
    }
    for name, is_refused in refused.items():
        if is_refused and getattr(timing, name) is not None:
            raise DefinitionError(f"{name} is not for {kind.value.lower()} partitions")
    day = timing.day_of_week if kind is ScheduleType.WEEKLY else timing.day_of_month
    return plain_cron(
        kind,
        times.minute_offset if timing.minute_of_hour is None else timing.minute_of_hour,
        times.hour_offset if timing.hour_of_day is None else timing.hour_of_day,
        times.day_offset if day is None else day,
    )


@dataclass(frozen=True, slots=True, eq=False)
class LatestPartitions:
    """The function of a schedule that asks for what has come to be last."""

    job: Job
    definition: PartitionsDefinition
    tags: Mapping[str, str]

    def __call__(self, context: ScheduleEvaluationContext) -> SkipReason | list[RunRequest]:
        with context.reading_partitions(context.given_time):
            times = find_times(self.definition)
            if times is not None and leaves_out_latest(times):
                return SkipReason(_LEFT_OUT)
            keys = _list_latest(self.definition)
            if not keys:
                return SkipReason(_NO_PARTITIONS)
            return [
                request_partition(self.job, self.definition, key, request=RunRequest(run_key=key, tags=self.tags))
                for key in keys
            ]


def _list_latest(definition: PartitionsDefinition) -> Sequence[str]:
    """Return the partitions that have come to be last; of static ones all."""
    if isinstance(definition, TimeWindowPartitionsDefinition):
        latest = definition.get_last_partition_key()
        return [] if latest is None else [latest]
    if isinstance(definition, MultiPartitionsDefinition):
        name, times = definition.time_window_dimension
        latest = times.get_last_partition_key()
        return [] if latest is None else definition.get_multipartition_keys_with_dimension_value(name, latest)
    return definition.get_partition_keys()


def _refuse(definition: PartitionsDefinition) -> DefinitionError:
    return DefinitionError(
        f"Tried to build a partitioned schedule from an asset job, but received {definition!r}: neither time windows, "
        "nor several dimensions one of which is of time windows, nor static partitions"
    )
