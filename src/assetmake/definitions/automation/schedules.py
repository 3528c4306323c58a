"""ScheduleDefinition and @schedule: runs that are asked for when a cron schedule occurs."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

from assetmake.definitions.automation.contexts import call_function, pick_resources, take_context
from assetmake.definitions.automation.cron_checks import check_times
from assetmake.definitions.automation.frozen import replace_fields, set_fields
from assetmake.definitions.automation.jobs import Job
from assetmake.definitions.automation.labels import check_name, check_owners, read_tags
from assetmake.definitions.automation.requests import RunRequest, SkipReason, read_run_config
from assetmake.definitions.automation.resolution import (
    check_outcomes,
    list_outcomes,
    resolve_each,
    resolve_request,
)
from assetmake.definitions.automation.schedule_contexts import ScheduleEvaluationContext, build_schedule_context
from assetmake.definitions.automation.signatures import Signature, read_signature
from assetmake.definitions.automation.targets import Target, read_targets
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.occurrences.tags import SCHEDULE_NAME_TAG
from assetmake.definitions.place import Place, find_caller
from assetmake.errors import DefinitionError, InvariantError, InvocationError

_NOUN = "schedule"
Function: TypeAlias = Callable[..., Any]


class DefaultScheduleStatus(Enum):
    """Whether a schedule is active unless something else is said."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


CATCH_UP = ("all", "latest", "none")
"""What becomes of times that no tick came at: each is asked for, only the last one, or none."""


@dataclass(frozen=True, slots=True)
class ScheduleTick:
    """What a schedule asks for at one of its times: runs, or nothing for a reason."""

    run_requests: Sequence[RunRequest] = field(default_factory=list)
    skip_message: str | None = None


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class ScheduleDefinition:
    """Runs of a job, asked for when a cron schedule occurs.

    Args:
        name: Default: the job's name and `_schedule`.
        cron_schedule: One or several cron expressions.
        job, job_name, target: What runs: a job, the name of one, or assets.
        run_config, tags: What each run gets.
        run_config_fn, tags_fn: Functions of the context that say it instead.
        should_execute: A function of the context: False skips.
        execution_fn: A function of the context that returns requests, in the place of the four above.
        execution_timezone: An IANA name; UTC if there is none.
        description, metadata, owners: For people.
        default_status: Whether it is active; it is, unless this says STOPPED.
        required_resource_keys: Resources that its functions find in `context.resources`.
        catch_up: Which of its times are asked for that no tick came at: "all", "latest" or "none"; default: all where
            what it asks for has partitions, else the latest.
        environment_vars: Accepted for compatibility, and without effect: functions see the environment.

    Raises:
        DefinitionError: the declaration is wrong.
    """

    name: str
    cron_schedule: str | Sequence[str]
    target: Target
    function: Function | None
    decorated: bool
    run_config: Any
    tags: Mapping[str, str]
    tags_fn: Function | None
    should_execute: Function | None
    execution_timezone: str | None
    description: str | None
    default_status: DefaultScheduleStatus
    required_resource_keys: frozenset[str]
    metadata: Mapping[str, MetadataValue]
    owners: Sequence[str]
    catch_up: str | None
    place: Place

    def __init__(
        self,
        name: str | None = None,
        *,
        cron_schedule: str | Sequence[str] | None = None,
        job_name: str | None = None,
        run_config: Any = None,
        run_config_fn: Function | None = None,
        tags: Mapping[str, Any] | None = None,
        tags_fn: Function | None = None,
        metadata: Mapping[str, Any] | None = None,
        should_execute: Function | None = None,
        environment_vars: Mapping[str, str] | None = None,
        execution_timezone: str | None = None,
        execution_fn: Function | None = None,
        description: str | None = None,
        job: Any = None,
        default_status: DefaultScheduleStatus = DefaultScheduleStatus.RUNNING,
        required_resource_keys: Iterable[str] | None = None,
        target: Any = None,
        owners: Sequence[str] | None = None,
        catch_up: str | None = None,
    ) -> None:
        del environment_vars
        _check_one(name, "job, job_name and target", job, job_name, target, needed=True)
        _check_one(name, "run_config and run_config_fn", run_config, run_config_fn)
        _check_one(name, "tags and tags_fn", tags or None, tags_fn)
        if execution_fn is not None and any((run_config, run_config_fn, tags_fn, should_execute)):
            raise DefinitionError(
                f"schedule {name}: Attempted to provide both execution_fn and individual run_config/tags_fn arguments"
            )
        (found,) = read_targets(noun=_NOUN, name=name, target=target, job=job, job_name=job_name)
        own = check_name(name or f"{found.job_name}_schedule", noun=_NOUN)
        check_times(cron_schedule, execution_timezone, name=own)
        set_fields(
            self,
            name=own,
            cron_schedule=cron_schedule,
            target=found,
            function=execution_fn,
            decorated=False,
            run_config=run_config if run_config_fn is None else run_config_fn,
            tags=read_tags(tags),
            tags_fn=tags_fn,
            should_execute=should_execute,
            execution_timezone=execution_timezone,
            description=description,
            default_status=default_status,
            required_resource_keys=frozenset(required_resource_keys or ()),
            metadata=check_metadata(metadata or {}),
            owners=check_owners(owners, noun=_NOUN, name=own),
            catch_up=check_catch_up(own, catch_up),
            place=find_caller(),
        )

    @property
    def job_name(self) -> str:
        return self.target.job_name

    @property
    def has_job(self) -> bool:
        return self.target.has_job_def

    @property
    def job(self) -> Job:
        """The job that runs.

        Raises:
            DefinitionError: only its name was given.
        """
        if not self.target.has_job_def:
            raise DefinitionError("No job was provided to ScheduleDefinition.")
        return self.target.job_def

    def with_updated_job(self, new_job: Any) -> ScheduleDefinition:
        """The same for another job."""
        return self.with_attributes(job=new_job)

    def with_attributes(self, *, job: Any = None, metadata: Mapping[str, Any] | None = None) -> ScheduleDefinition:
        """The same with another job or other metadata."""
        changes: dict[str, Any] = {}
        if job is not None:
            (changes["target"],) = read_targets(noun=_NOUN, name=self.name, job=job)
        if metadata is not None:
            changes["metadata"] = check_metadata(metadata)
        return replace_fields(self, **changes)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the decorated function, with a context if it takes one and with resources by keyword."""
        if self.function is None or not self.decorated:
            raise InvocationError(
                "Schedule invocation is only supported for schedules created via the schedule decorators.",
                hint="use evaluate_tick(build_schedule_context(...))",
            )
        signature = read_signature(self.function)
        context = take_context(
            signature, args, kwargs, noun=_NOUN, kind=ScheduleEvaluationContext, build=build_schedule_context
        )
        result = self._call(signature, context)
        return copy.deepcopy(result) if isinstance(result, dict) else result

    def evaluate_tick(self, context: ScheduleEvaluationContext) -> ScheduleTick:
        """Return what the schedule asks for.

        Raises:
            InvariantError: its function returned something that means nothing.
        """
        outcomes = self._decide(context)
        check_outcomes(outcomes, (RunRequest, SkipReason), noun=_NOUN, name=self.name)
        if not outcomes:
            return ScheduleTick(skip_message="Schedule function returned an empty result")
        if isinstance(outcomes[0], SkipReason) and len(outcomes) == 1:
            return ScheduleTick(skip_message=outcomes[0].skip_message)
        check_outcomes(outcomes, (RunRequest,), noun=_NOUN, name=self.name)
        if len(outcomes) > 1 and not all(request.run_key for request in outcomes):
            raise InvariantError(
                f"schedule {self.name}: Schedules that return multiple RunRequests must specify a run_key in each "
                "RunRequest"
            )
        with context.reading_partitions(context.given_time if context.on_refused is None else None):
            resolved = resolve_each(outcomes, context, lambda each: self._resolve(each, context))
        return ScheduleTick([request.with_tags(**{SCHEDULE_NAME_TAG: self.name}) for request in resolved])

    def _resolve(self, request: RunRequest, context: ScheduleEvaluationContext) -> RunRequest:
        return resolve_request(request, self.target, context, noun=_NOUN)

    def _decide(self, context: ScheduleEvaluationContext) -> list[Any]:
        if self.should_execute is not None and not self.should_execute(context):
            return [SkipReason(f"should_execute function for {self.name} returned false.")]
        if self.function is None:
            return [RunRequest(run_config=self._read_config(context), tags=self._read_tags(context))]
        if not self.decorated:
            return list_outcomes(self.function(context))
        result = self._call(read_signature(self.function), context)
        if isinstance(result, dict) or hasattr(result, "to_config_dict"):
            return [RunRequest(run_config=copy.deepcopy(read_run_config(result)), tags=self._read_tags(context))]
        return list_outcomes(result)

    def _call(self, signature: Signature, context: ScheduleEvaluationContext | None) -> Any:
        assert self.function is not None
        needed = self.required_resource_keys | {*signature.resources}
        resources = pick_resources(context, sorted(needed), noun=_NOUN, name=self.name)
        return call_function(self.function, signature, context, resources=resources)

    def _read_config(self, context: ScheduleEvaluationContext) -> dict[str, Any]:
        given = self.run_config
        if callable(given) and not isinstance(given, Mapping):
            given = given(context) if inspect.signature(given).parameters else given()
        return copy.deepcopy(read_run_config(given))

    def _read_tags(self, context: ScheduleEvaluationContext) -> Mapping[str, str]:
        return self.tags if self.tags_fn is None else read_tags(self.tags_fn(context))

    def __repr__(self) -> str:
        return f"ScheduleDefinition({self.name!r}, cron_schedule={self.cron_schedule!r}, job={self.job_name!r})"


if TYPE_CHECKING:
    R = TypeVar("R")

    class DecoratedSchedule(ScheduleDefinition, Generic[R]):
        def __call__(self, *args: Any, **kwargs: Any) -> R: ...

else:
    DecoratedSchedule = ScheduleDefinition


def schedule(
    cron_schedule: str | Sequence[str],
    *,
    job_name: str | None = None,
    name: str | None = None,
    tags: Mapping[str, Any] | None = None,
    tags_fn: Function | None = None,
    metadata: Mapping[str, Any] | None = None,
    should_execute: Function | None = None,
    environment_vars: Mapping[str, str] | None = None,
    execution_timezone: str | None = None,
    description: str | None = None,
    job: Any = None,
    default_status: DefaultScheduleStatus = DefaultScheduleStatus.RUNNING,
    required_resource_keys: Iterable[str] | None = None,
    target: Any = None,
    owners: Sequence[str] | None = None,
    catch_up: str | None = None,
) -> Callable[[Callable[..., R]], DecoratedSchedule[R]]:
    """Declare a schedule by a function that says what runs at each of its times.

    The function may take a `ScheduleEvaluationContext`, and resources by their annotations. It returns or yields
    RunRequests (each with a run_key where there are several), a SkipReason, nothing, or the run config as a dict.

    Args:
        name: Default: the function's name.
        tags, tags_fn: What runs get, where the function returns a dict; the others are as for ScheduleDefinition.

    Example:
        >>> @schedule("0 6 * * *", target="orders")
        ... def morning(context: ScheduleEvaluationContext) -> RunRequest:
        ...     return RunRequest(run_key=context.scheduled_execution_time.isoformat())
        >>> morning.cron_schedule
        '0 6 * * *'
    """

    def declare(function: Callable[..., R]) -> DecoratedSchedule[R]:
        if not callable(function):
            raise DefinitionError(f"@schedule decorates a function, not {function!r}")
        made = ScheduleDefinition(
            name or getattr(function, "__name__", None),
            cron_schedule=cron_schedule,
            job_name=job_name,
            tags=tags,
            tags_fn=tags_fn,
            metadata=metadata,
            should_execute=should_execute,
            environment_vars=environment_vars,
            execution_timezone=execution_timezone,
            description=description,
            job=job,
            default_status=default_status,
            required_resource_keys=required_resource_keys or read_signature(function).resources,
            target=target,
            owners=owners,
            catch_up=catch_up,
        )
        return cast("DecoratedSchedule[R]", replace_fields(made, function=function, decorated=True))

    return declare


def check_catch_up(name: str, given: object) -> str | None:
    """Return a `catch_up`.

    Raises:
        DefinitionError: it is none.
    """
    if given is None or (isinstance(given, str) and given in CATCH_UP):
        return given
    raise DefinitionError(f"schedule {name}: catch_up is {' or '.join(map(repr, CATCH_UP))}, got {given!r}")


def _check_one(name: str | None, what: str, *values: Any, needed: bool = False) -> None:
    given = sum(value is not None for value in values)
    if given > 1:
        raise DefinitionError(f"schedule {name}: Attempted to provide more than one of {what}. Must provide only one.")
    if needed and not given:
        raise DefinitionError(f"schedule {name}: Must provide target, job, or job_name")
