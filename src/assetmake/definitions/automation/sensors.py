"""SensorDefinition and @sensor: runs that are asked for when something outside has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar, cast

from assetmake.definitions.automation.contexts import call_function, pick_resources, take_context
from assetmake.definitions.automation.frozen import replace_fields, set_fields
from assetmake.definitions.automation.jobs import Job
from assetmake.definitions.automation.labels import check_name, check_owners, read_tags
from assetmake.definitions.automation.resolution import list_outcomes
from assetmake.definitions.automation.sensor_contexts import SensorEvaluationContext, build_sensor_context
from assetmake.definitions.automation.sensor_ticks import Asker, SensorTick, make_tick
from assetmake.definitions.automation.signatures import read_signature
from assetmake.definitions.automation.targets import Target, read_targets
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.place import Place, find_caller
from assetmake.definitions.selecting.selection import AssetSelection, CoercibleToAssetSelection
from assetmake.errors import DefinitionError

_NOUN = "sensor"
USUAL_INTERVAL = 30
Function: TypeAlias = Callable[..., Any]


class DefaultSensorStatus(Enum):
    """Whether a sensor is active unless something else is said."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class SensorDefinition:
    """A function that looks at the world and asks for runs.

    Args:
        name: Default: the function's name.
        evaluation_fn: Takes a SensorEvaluationContext and resources, as it likes, and returns or yields RunRequests,
            a SkipReason, a SensorResult or nothing.
        job, jobs, job_name, target, asset_selection: What it asks for: a job, several, the name of one, or assets.
        minimum_interval_seconds: Seconds between evaluations, at least; 30 by default.
        default_status: Whether it is active; it is, unless this says STOPPED.
        required_resource_keys: Resources that the function finds in `context.resources`.
        description, tags, metadata, owners: For people.

    Raises:
        DefinitionError: the declaration is wrong.
    """

    name: str
    function: Function
    targets: tuple[Target, ...]
    asset_selection: AssetSelection | None
    minimum_interval_seconds: int
    description: str | None
    default_status: DefaultSensorStatus
    required_resource_keys: frozenset[str]
    tags: Mapping[str, str]
    metadata: Mapping[str, MetadataValue]
    owners: Sequence[str]
    place: Place

    def __init__(
        self,
        name: str | None = None,
        *,
        evaluation_fn: Function | None = None,
        job_name: str | None = None,
        minimum_interval_seconds: int | None = None,
        description: str | None = None,
        job: Any = None,
        jobs: Sequence[Any] | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.RUNNING,
        asset_selection: CoercibleToAssetSelection | None = None,
        required_resource_keys: Iterable[str] | None = None,
        tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        target: Any = None,
        owners: Sequence[str] | None = None,
    ) -> None:
        if evaluation_fn is None:
            raise DefinitionError("Must provide evaluation_fn to SensorDefinition.")
        if not callable(evaluation_fn):
            raise DefinitionError(f"sensor {name}: evaluation_fn is a function, got {evaluation_fn!r}")
        given = [each for each in (target, job, job_name, jobs, asset_selection) if each is not None]
        if len(given) > 1:
            raise DefinitionError(
                f"sensor {name}: Attempted to provide more than one of 'job', 'jobs', 'job_name', 'target' and "
                "'asset_selection' params to SensorDefinition. Must provide only one."
            )
        own = check_name(name or getattr(evaluation_fn, "__name__", None), noun=_NOUN)
        found = read_targets(noun=_NOUN, name=name, target=target, job=job, job_name=job_name, jobs=jobs)
        resources = {*(required_resource_keys or ()), *read_signature(evaluation_fn).resources}
        set_fields(
            self,
            name=own,
            function=evaluation_fn,
            targets=tuple(found),
            asset_selection=None if asset_selection is None else AssetSelection.from_coercible(asset_selection),
            minimum_interval_seconds=_read_interval(own, minimum_interval_seconds),
            description=description,
            default_status=default_status,
            required_resource_keys=frozenset(resources),
            tags=read_tags(tags),
            metadata=check_metadata(metadata or {}),
            owners=check_owners(owners, noun=_NOUN, name=own),
            place=find_caller(),
        )

    @property
    def job(self) -> Job:
        """The one job that it asks for.

        Raises:
            DefinitionError: there is none, or several, or only its name is known.
        """
        self._check_single("Job")
        if not self.targets[0].has_job_def:
            raise DefinitionError("Job property not available when target is defined by a string job name.")
        return self.targets[0].job_def

    @property
    def job_name(self) -> str:
        self._check_single("job_name")
        return self.targets[0].job_name

    def _check_single(self, what: str) -> None:
        if not self.targets:
            raise DefinitionError("No job was provided to SensorDefinition.")
        if len(self.targets) > 1:
            raise DefinitionError(f"{what} property not available when SensorDefinition has multiple jobs.")

    @property
    def jobs(self) -> list[Job]:
        """The jobs that it asks for, as far as they are more than names.

        Raises:
            DefinitionError: there are none.
        """
        if not self.has_jobs:
            raise DefinitionError("No job was provided to SensorDefinition.")
        return [target.job_def for target in self.targets if target.has_job_def]

    @property
    def has_jobs(self) -> bool:
        return any(target.has_job_def for target in self.targets)

    def with_updated_job(self, new_job: Any) -> Self:
        """The same for another job."""
        return self.with_updated_jobs([new_job])

    def with_updated_jobs(self, new_jobs: Sequence[Any]) -> Self:
        """The same for other jobs."""
        return self.with_attributes(jobs=new_jobs)

    def with_attributes(self, *, jobs: Sequence[Any] | None = None, metadata: Mapping[str, Any] | None = None) -> Self:
        """The same with other jobs or other metadata."""
        changes: dict[str, Any] = {}
        if jobs is not None:
            changes["targets"] = tuple(read_targets(noun=_NOUN, name=self.name, jobs=jobs))
        if metadata is not None:
            changes["metadata"] = check_metadata(metadata)
        return replace_fields(self, **changes)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, with a context if it takes one and with resources by keyword, as a test does."""
        context = take_context(
            read_signature(self.function),
            args,
            kwargs,
            noun=_NOUN,
            kind=SensorEvaluationContext,
            build=build_sensor_context,
        )
        return self._call(context)

    def evaluate_tick(self, context: SensorEvaluationContext) -> SensorTick:
        """Return what the sensor asks for.

        Raises:
            InvariantError: its function returned something that means nothing.
        """
        outcomes = self.decide(context)
        with context.reading_partitions():
            return make_tick(Asker(self.name, self.targets, self.asset_selection), context, outcomes)

    def decide(self, context: SensorEvaluationContext) -> list[Any]:
        """Return what the function returned or yielded, as a list."""
        return list_outcomes(self._call(context))

    def _call(self, context: Any, *values: Any) -> Any:
        """Call the function with a context, with more values if it takes them, and with its resources."""
        resources = pick_resources(context, sorted(self.required_resource_keys), noun=_NOUN, name=self.name)
        return call_function(self.function, read_signature(self.function), context, *values, resources=resources)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


if TYPE_CHECKING:
    R = TypeVar("R")

    class DecoratedSensor(SensorDefinition, Generic[R]):
        def __call__(self, *args: Any, **kwargs: Any) -> R: ...

else:
    DecoratedSensor = SensorDefinition


def sensor(
    job_name: str | None = None,
    *,
    name: str | None = None,
    minimum_interval_seconds: int | None = None,
    description: str | None = None,
    job: Any = None,
    jobs: Sequence[Any] | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.RUNNING,
    asset_selection: CoercibleToAssetSelection | None = None,
    required_resource_keys: Iterable[str] | None = None,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    target: Any = None,
    owners: Sequence[str] | None = None,
) -> Callable[[Callable[..., R]], DecoratedSensor[R]]:
    """Declare a sensor by its function; the arguments are those of SensorDefinition.

    Example:
        >>> @sensor(target="orders", minimum_interval_seconds=60)
        ... def inbox(context: SensorEvaluationContext):
        ...     context.update_cursor("seen")
        ...     return None
        >>> inbox.minimum_interval_seconds
        60
    """

    def declare(function: Callable[..., R]) -> DecoratedSensor[R]:
        made = SensorDefinition(
            name or getattr(function, "__name__", None),
            evaluation_fn=function,
            job_name=job_name,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            job=job,
            jobs=jobs,
            default_status=default_status,
            asset_selection=asset_selection,
            required_resource_keys=required_resource_keys,
            tags=tags,
            metadata=metadata,
            target=target,
            owners=owners,
        )
        return cast("DecoratedSensor[R]", made)

    if callable(job_name):
        raise DefinitionError("@sensor takes what it asks for", hint="write @sensor(target=...)")
    return declare


def _read_interval(name: str, seconds: object) -> int:
    if seconds is None:
        return USUAL_INTERVAL
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
        raise DefinitionError(f"sensor {name}: minimum_interval_seconds is a whole number of seconds, got {seconds!r}")
    return seconds
