"""@run_status_sensor and @run_failure_sensor: functions that are called with runs that came to have a status."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from assetmake.definitions.automation.contexts import EvaluationContext, take_context
from assetmake.definitions.automation.frozen import set_fields
from assetmake.definitions.automation.requests import RunReaction, SensorResult, SkipReason
from assetmake.definitions.automation.resolution import list_outcomes
from assetmake.definitions.automation.run_status import RunStatusSensorContext, read_run_cursor, write_run_cursor
from assetmake.definitions.automation.selectors import CodeLocationSelector, RepositorySelector
from assetmake.definitions.automation.sensor_contexts import SensorEvaluationContext, build_sensor_context
from assetmake.definitions.automation.sensors import DefaultSensorStatus, Function, SensorDefinition
from assetmake.definitions.automation.signatures import read_signature
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.queries import RunStatusChangeRecordsFilter
from assetmake.definitions.occurrences.run_status import RunStatus
from assetmake.definitions.occurrences.tags import PARTITION_TAG
from assetmake.errors import DefinitionError, InvariantError

_FETCHED = 25
_HANDLED = 5
_BEFORE_ALL = -1


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class RunStatusSensorDefinition(SensorDefinition):
    """A sensor that is called with each run that came to have a status; made by `@run_status_sensor`.

    Attributes:
        run_status: The status.
        monitored_jobs: The names of the jobs whose runs count; none: those of all.
    """

    run_status: RunStatus
    monitored_jobs: tuple[str, ...]

    def __init__(
        self,
        name: str,
        run_status: RunStatus,
        run_status_sensor_fn: Function,
        monitored_jobs: Sequence[Any] | None = None,
        request_job: Any = None,
        request_jobs: Sequence[Any] | None = None,
        **options: Any,
    ) -> None:
        if not isinstance(run_status, RunStatus) or run_status.event_type is None:
            raise DefinitionError(f"sensor {name}: a run does not come to have the status {run_status!r} by an event")
        SensorDefinition.__init__(
            self, name, evaluation_fn=run_status_sensor_fn, job=request_job, jobs=request_jobs, **options
        )
        set_fields(self, run_status=run_status, monitored_jobs=_name_jobs(name, monitored_jobs or ()))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function with a context of `build_run_status_sensor_context`, and with resources by keyword."""
        context: EvaluationContext | None = take_context(
            read_signature(self.function),
            args,
            kwargs,
            noun="sensor",
            kind=EvaluationContext,
            build=build_sensor_context,
        )
        return self.react(context)

    def react(self, context: EvaluationContext | None) -> Any:
        """Call the function with the context of one run."""
        if self.run_status is RunStatus.FAILURE and isinstance(context, RunStatusSensorContext):
            context = context.for_run_failure()
        return self._call(context)

    def decide(self, context: SensorEvaluationContext) -> list[Any]:
        place = read_run_cursor(context.cursor)
        if place is None:
            place = self._find_last(context.instance)
            context.update_cursor(write_run_cursor(place))
            return [SkipReason(f"Initiating {self.name}. Set cursor to {place}")]
        return list(self._handle(context, place))

    @property
    def _event_type(self) -> EventType:
        event_type = self.run_status.event_type
        assert event_type is not None
        return event_type

    def _find_last(self, instance: Any) -> int:
        wanted = RunStatusChangeRecordsFilter(self._event_type)
        records = instance.fetch_run_status_changes(wanted, limit=1).records
        return int(records[0].storage_id) if records else _BEFORE_ALL

    def _handle(self, context: SensorEvaluationContext, place: int) -> Iterator[Any]:
        """Yield what the function asks for of the first run for which it asks, and a reaction for each run before."""
        wanted = RunStatusChangeRecordsFilter(self._event_type, after_storage_id=place)
        records = context.instance.fetch_run_status_changes(wanted, limit=_FETCHED, ascending=True).records
        handled = 0
        for record in records:
            run = context.instance.get_run_by_id(record.event_log_entry.run_id)
            counts = run is not None and (not self.monitored_jobs or run.job_name in self.monitored_jobs)
            if counts and handled == _HANDLED:
                return
            outcomes, error = self._react_to(run, record, context) if counts else ([], None)
            context.update_cursor(write_run_cursor(record.storage_id))
            if outcomes:
                yield from outcomes
                return
            if counts:
                handled += 1
                yield RunReaction(run, error, self.run_status)

    def _react_to(
        self, run: Any, record: Any, context: SensorEvaluationContext
    ) -> tuple[list[Any], BaseException | None]:
        inner = RunStatusSensorContext(
            self.name,
            run,
            record.event_log_entry.dagster_event,
            context.instance,
            (run.tags or {}).get(PARTITION_TAG),
            resources=context.resource_defs,
            repository_def=context.repository_def,
            logger=context.log,
            resource_config=context.resource_config,
            needed=context.needed,
        )
        try:
            with inner:
                outcomes = list_outcomes(self.react(inner))
        except Exception as error:  # noqa: BLE001 - the user's own; the runs that follow are dealt with all the same
            return [], error
        if any(isinstance(each, SensorResult) and each.cursor for each in outcomes):
            raise InvariantError(
                f"Error in run status sensor {self.name}: Sensor returned a SensorResult with a cursor value. The "
                "cursor is managed by the sensor and should not be modified by a user."
            )
        return outcomes, None


def run_status_sensor(
    run_status: RunStatus,
    name: str | None = None,
    minimum_interval_seconds: int | None = None,
    description: str | None = None,
    monitored_jobs: Sequence[Any] | None = None,
    job_selection: Sequence[Any] | None = None,
    monitor_all_code_locations: bool | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.RUNNING,
    request_job: Any = None,
    request_jobs: Sequence[Any] | None = None,
    monitor_all_repositories: bool | None = None,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Callable[[Function], RunStatusSensorDefinition]:
    """Declare a sensor that is called with each run that came to have a status, with a RunStatusSensorContext.

    Args:
        run_status: The status.
        monitored_jobs: Jobs, or objects with a job_name; all by default.
        job_selection: The former name of monitored_jobs.
        monitor_all_code_locations, monitor_all_repositories: Accepted for compatibility: a project is all there is.
        request_job, request_jobs: The jobs that the function may ask for.
        name, minimum_interval_seconds, description, default_status, tags, metadata: As for SensorDefinition.

    Example:
        >>> @run_status_sensor(RunStatus.SUCCESS, monitored_jobs=None)
        ... def on_success(context: RunStatusSensorContext): ...
        >>> on_success.run_status
        <RunStatus.SUCCESS: 'SUCCESS'>
    """
    jobs = monitored_jobs or job_selection
    if jobs and (monitor_all_code_locations or monitor_all_repositories):
        raise DefinitionError(f"sensor {name or ''}: Cannot specify both monitor_all_code_locations and monitored_jobs")

    def declare(function: Function) -> RunStatusSensorDefinition:
        return RunStatusSensorDefinition(
            name or str(getattr(function, "__name__", "")),
            run_status,
            function,
            jobs,
            request_job,
            request_jobs,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            default_status=default_status,
            tags=tags,
            metadata=metadata,
        )

    return declare


@overload
def run_failure_sensor(name: Function) -> RunStatusSensorDefinition: ...


@overload
def run_failure_sensor(name: str | None = None, **options: Any) -> Callable[[Function], RunStatusSensorDefinition]: ...


def run_failure_sensor(name: Function | str | None = None, **options: Any) -> Any:
    """Declare a sensor that is called with each run that failed, with a RunFailureSensorContext.

    Used bare, or with the arguments of `run_status_sensor` other than the status.

    Example:
        >>> @run_failure_sensor
        ... def tell(context: RunFailureSensorContext):
        ...     print(context.failure_event.message)
        >>> tell.name
        'tell'
    """
    if callable(name):
        return run_status_sensor(RunStatus.FAILURE)(name)
    return run_status_sensor(RunStatus.FAILURE, name, **options)


def _name_jobs(sensor: str, jobs: Sequence[Any]) -> tuple[str, ...]:
    """Return the names of jobs; none where all of a location are among them, as a project is one location."""
    if any(isinstance(each, CodeLocationSelector | RepositorySelector) for each in jobs):
        return ()
    return tuple(_name_job(sensor, each) for each in jobs)


def _name_job(sensor: str, job: Any) -> str:
    name = getattr(job, "job_name", None) or getattr(job, "name", None)
    if not isinstance(name, str):
        raise DefinitionError(f"sensor {sensor}: monitored_jobs holds {job!r}, which is no job")
    return name
