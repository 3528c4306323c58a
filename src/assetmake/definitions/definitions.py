"""Definitions: what a module offers, gathered in one object."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.external import SourceAsset
from assetmake.definitions.metadata import check_metadata
from assetmake.definitions.place import Place, find_caller
from assetmake.definitions.refused import refuse_declared
from assetmake.definitions.source import FileSource
from assetmake.errors import DefinitionError, InvariantError

_RUNNING = "assetmake.running.resolved"
"""What puts definitions together and runs them stands above, and is loaded where it is asked for."""
_SELECTING = "assetmake.definitions.selecting.selection"
_EVERYTHING = "__ASSET_JOB"


class BindResourcesToJobs(list[Any]):
    """A list of jobs: `Definitions(resources=...)` are for all jobs, whether or not they are given in one."""


class _Placed:
    """Keeps where an object was made apart from what it is made of."""

    __slots__ = ("place",)
    place: Place


@dataclass(frozen=True, init=False)
class Definitions(_Placed):
    """What a module offers; its module-level assets count besides.

    Args:
        assets: Assets, specs of external assets, source assets, file sources.
        schedules, sensors, jobs: What runs them, and when.
        resources: Resources by name, for all assets.
        asset_checks: Checks.
        executor, loggers: Accepted for compatibility: how a build runs and what it logs is said in assets.toml.
        metadata: Facts about all of it.

    Raises:
        DefinitionError: an entry is none of these.
    """

    assets: tuple[Any, ...]
    asset_checks: tuple[AssetChecksDefinition, ...]
    resources: Mapping[str, Any]
    jobs: tuple[Any, ...]
    schedules: tuple[Any, ...]
    sensors: tuple[Any, ...]
    executor: Any
    loggers: Mapping[str, Any]
    metadata: Mapping[str, Any]

    def __init__(
        self,
        assets: Iterable[Any] | None = None,
        schedules: Iterable[Any] | None = None,
        sensors: Iterable[Any] | None = None,
        jobs: Iterable[Any] | None = None,
        resources: Mapping[str, Any] | None = None,
        executor: Any = None,
        loggers: Mapping[str, Any] | None = None,
        asset_checks: Iterable[Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        component_tree: Any = None,
    ) -> None:
        del component_tree
        gathered, checks, all_jobs = tuple(assets or ()), tuple(asset_checks or ()), tuple(jobs or ())
        refuse_declared(*gathered, *checks, *all_jobs)
        for entry in gathered:
            if not isinstance(entry, (AssetsDefinition, AssetSpec, SourceAsset, FileSource)):
                raise DefinitionError(
                    f"Definitions(assets=...) holds {entry!r}, which is neither an asset nor a FileSource",
                    hint="decorate the function with @asset",
                )
        for name, value in (
            ("assets", gathered),
            ("asset_checks", checks),
            ("resources", dict(resources or {})),
            ("jobs", all_jobs),
            ("schedules", tuple(schedules or ())),
            ("sensors", tuple(sensors or ())),
            ("executor", executor),
            ("loggers", dict(loggers or {})),
            ("metadata", check_metadata(metadata or {})),
            ("place", find_caller()),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def merge(cls, *several: Definitions) -> Definitions:
        """Return the definitions of all, in order.

        Raises:
            InvariantError: two of them have different resources of one name, or different executors.
        """
        resources = _merge_named([each.resources for each in several], "resources")
        loggers = _merge_named([each.loggers for each in several], "loggers")
        metadata = {name: value for each in several for name, value in each.metadata.items()}
        return cls(
            assets=[entry for each in several for entry in each.assets],
            asset_checks=[entry for each in several for entry in each.asset_checks],
            schedules=[entry for each in several for entry in each.schedules],
            sensors=[entry for each in several for entry in each.sensors],
            jobs=[entry for each in several for entry in each.jobs],
            resources=resources,
            executor=_merge_executors([each.executor for each in several]),
            loggers=loggers,
            metadata=metadata,
        )

    merge_unbound_defs = merge

    @staticmethod
    def validate_loadable(defs: Definitions) -> None:
        """Check that all that is declared fits together.

        Raises:
            DefinitionError: it does not.
        """
        defs.resolve().validate_loadable()

    def resolve(self) -> Any:
        """Return all that is declared, put together: see `assetmake.running.resolved`.

        Raises:
            DefinitionError: it does not fit together.
        """
        return importlib.import_module(_RUNNING).resolve_definitions(self)

    get_repository_def = resolve

    def resolve_job_def(self, name: str) -> Any:
        """Return a job by its name, with its assets."""
        return self.resolve().get_job(name)

    get_job_def = resolve_job_def

    def resolve_implicit_global_asset_job_def(self) -> Any:
        """Return the job of all assets and checks."""
        return self.resolve().get_job(_EVERYTHING)

    get_implicit_global_asset_job_def = resolve_implicit_global_asset_job_def

    def resolve_implicit_job_def_def_for_assets(self, asset_keys: Iterable[AssetKey]) -> Any:
        """Return a job of some assets."""
        return self.resolve().get_implicit_job_def_for_assets(asset_keys)

    def resolve_all_job_defs(self) -> list[Any]:
        """Return the job of all assets, and those that are declared."""
        return list(self.resolve().get_all_jobs())

    def resolve_asset_graph(self) -> Any:
        """Return the assets and checks, put together."""
        return self.resolve().asset_graph

    def resolve_all_asset_keys(self) -> list[AssetKey]:
        return sorted(self.resolve().asset_graph.producers)

    def resolve_all_asset_specs(self) -> list[AssetSpec]:
        """Return what is said of every asset."""
        return [spec for each in self.resolve().asset_graph.assets_defs for spec in each.specs]

    get_all_asset_specs = resolve_all_asset_specs

    def resolve_assets_def(self, key: CoercibleToAssetKey) -> AssetsDefinition:
        """Return the definition that makes, or tells of, an asset."""
        wanted = AssetKey.from_coercible(key)
        found: AssetsDefinition | None = self.resolve().asset_graph.producers.get(wanted)
        if found is None:
            raise InvariantError(f"Could not find asset {wanted}")
        return found

    get_assets_def = resolve_assets_def

    def resolve_schedule_def(self, name: str) -> Any:
        return self.resolve().get_schedule(name)

    get_schedule_def = resolve_schedule_def

    def resolve_sensor_def(self, name: str) -> Any:
        return self.resolve().get_sensor(name)

    get_sensor_def = resolve_sensor_def

    def load_asset_value(self, asset_key: CoercibleToAssetKey, **options: Any) -> Any:
        """Return what stands of an asset; see `ResolvedDefinitions.load_asset_value`."""
        return self.resolve().load_asset_value(asset_key, **options)

    def get_asset_value_loader(self, instance: Any = None) -> Any:
        """Return what loads values of assets, as a context manager."""
        return self.resolve().get_asset_value_loader(instance)

    def has_implicit_global_asset_job_def(self) -> bool:
        return bool(self.resolve().has_job(_EVERYTHING))

    def map_asset_specs(self, *, func: Callable[[AssetSpec], AssetSpec], selection: Any = None) -> Definitions:
        """Return the same with the spec of every asset changed.

        Args:
            func: Given a spec, returns another one.
            selection: Which assets; the others stay as they are.
        """
        if selection is None:
            change = func
        else:
            selecting = importlib.import_module(_SELECTING)
            chosen = selecting.AssetSelection.from_coercible(selection).resolve(self.resolve_asset_graph())

            def change(spec: AssetSpec) -> AssetSpec:
                return func(spec) if spec.key in chosen else spec

        return self._replace(assets=[_change_specs(each, change) for each in self.assets])

    def map_resolved_asset_specs(self, *, func: Callable[[AssetSpec], AssetSpec], selection: Any = None) -> Definitions:
        """Return the same with the spec of every asset changed; see `map_asset_specs`."""
        return self.map_asset_specs(func=func, selection=selection)

    def _replace(self, **changes: Any) -> Definitions:
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return Definitions(**{**given, **changes})


def _change_specs(declared: Any, change: Callable[[AssetSpec], AssetSpec]) -> Any:
    if isinstance(declared, AssetSpec):
        return change(declared)
    return declared.map_asset_specs(change) if isinstance(declared, AssetsDefinition) else declared


def _merge_named(several: Sequence[Mapping[str, Any]], noun: str) -> dict[str, Any]:
    found: dict[str, tuple[int, Any]] = {}
    for place, named in enumerate(several):
        for name, value in named.items():
            first, known = found.setdefault(name, (place, value))
            if known is not value:
                raise InvariantError(
                    f"Definitions objects {first} and {place} have different {noun} with same key '{name}'",
                    hint="give both the same object, or one of them another name",
                )
    return {name: value for name, (_, value) in found.items()}


def _merge_executors(several: Sequence[Any]) -> Any:
    found = [(place, each) for place, each in enumerate(several) if each is not None]
    for place, each in found[1:]:
        if each is not found[0][1]:
            raise InvariantError(f"Definitions objects {found[0][0]} and {place} both have an executor")
    return found[0][1] if found else None


class LazyDefinitions:
    """A function that returns Definitions, called once, when they are needed.

    Args:
        function: The function.
    """

    def __init__(self, function: Callable[..., Definitions]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._made: Definitions | None = None

    def __call__(self, *args: Any) -> Definitions:
        """Return the definitions.

        Raises:
            InvariantError: the function returned something else.
        """
        if self._made is None:
            made = self._function(*args)
            if not isinstance(made, Definitions):
                raise InvariantError(f"Function must return a Definitions object, got {made!r}")
            self._made = made
        return self._made


def definitions(fn: Callable[..., Definitions]) -> LazyDefinitions:
    """Declare that a function returns the module's Definitions.

    Example:
        >>> @definitions
        ... def defs():
        ...     return Definitions()
        >>> defs().assets
        ()
    """
    return LazyDefinitions(fn)
