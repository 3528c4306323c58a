"""repository: a function whose list of definitions is put together, as modules had it before Definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, overload

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.automation.jobs import is_job
from assetmake.definitions.automation.partitioned_schedules import PartitionedSchedule
from assetmake.definitions.automation.schedules import ScheduleDefinition
from assetmake.definitions.automation.sensors import SensorDefinition
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.definitions import Definitions
from assetmake.definitions.external import SourceAsset
from assetmake.definitions.refused import refuse_declared
from assetmake.definitions.source import FileSource
from assetmake.errors import DefinitionError
from assetmake.running.resolved import ResolvedDefinitions, resolve_definitions

_FIELDS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("asset_checks", (AssetChecksDefinition,)),  # before the assets: they are a kind of them
    ("assets", (AssetsDefinition, SourceAsset, AssetSpec, FileSource)),
    ("schedules", (ScheduleDefinition, PartitionedSchedule)),
    ("sensors", (SensorDefinition,)),
)


@overload
def repository(definitions_fn: Callable[..., Any]) -> ResolvedDefinitions: ...
@overload
def repository(
    definitions_fn: None = None,
    name: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    default_executor_def: Any = None,
    default_logger_defs: Mapping[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], ResolvedDefinitions]: ...
def repository(
    definitions_fn: Callable[..., Any] | None = None,
    name: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    default_executor_def: Any = None,
    default_logger_defs: Mapping[str, Any] | None = None,
) -> Any:
    """Put together what a function lists: assets, checks, jobs, schedules and sensors.

    `Definitions` is the way to say it in new code.

    Args:
        definitions_fn: The function.
        name: Default: the function's name.
        description, metadata: For people.
        default_executor_def, default_logger_defs: As `executor` and `loggers` of `Definitions`.

    Raises:
        DefinitionError: the list holds something else, or what it holds does not fit together.

    Example:
        >>> from assetmake import asset
        >>> @asset
        ... def numbers():
        ...     return [1, 2]
        >>> @repository
        ... def everything():
        ...     return [numbers]
        >>> [str(key) for key in everything.assets_defs_by_key]
        ['numbers']
    """
    others = {"metadata": metadata, "executor": default_executor_def, "loggers": default_logger_defs}

    def declare(function: Callable[..., Any]) -> ResolvedDefinitions:
        own_name = name or str(getattr(function, "__name__", "repository"))
        resolved = _put_together(own_name, function(), others)
        return replace(resolved, name=own_name, description=description or function.__doc__)

    return declare if definitions_fn is None else declare(definitions_fn)


def create_repository(name: str, assets: Iterable[Any] | None = None, **others: Any) -> ResolvedDefinitions:
    """Put definitions together under a name.

    Args:
        name: What the repository is called.
        assets: Assets, specs, source assets.
        others: As `Definitions` takes them.
    """
    return replace(resolve_definitions(Definitions(assets, **others)), name=name)


def _put_together(name: str, listed: Any, others: Mapping[str, Any]) -> ResolvedDefinitions:
    if isinstance(listed, dict) or not isinstance(listed, Iterable):
        raise DefinitionError(
            f"repository {name}: its function returned a {type(listed).__name__}", hint="return a list of definitions"
        )
    found: dict[str, Any] = {}
    for each in _flatten(listed):
        field = next((field for field, kinds in _FIELDS if isinstance(each, kinds)), "jobs" if is_job(each) else None)
        if field is None:
            refuse_declared(each)
            raise DefinitionError(
                f"repository {name}: Bad return value from repository construction function: {each!r} is neither an "
                "asset, a check, a job, a schedule nor a sensor"
            )
        found.setdefault(field, []).append(each)
    return resolve_definitions(Definitions(**found, **others))


def _flatten(listed: Iterable[Any]) -> Iterator[Any]:
    for each in listed:
        if isinstance(each, list | tuple):
            yield from _flatten(each)
        else:
            yield each
