"""Definitions: what a module offers, gathered in one object."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.external import SourceAsset
from assetmake.definitions.source import FileSource
from assetmake.errors import DefinitionError, InvariantError

_RUNNING = "assetmake.running.resolved"
"""What puts definitions together and runs them stands above, and is loaded where it is asked for."""
_EVERYTHING = "__ASSET_JOB"


@dataclass(frozen=True, slots=True, init=False)
class Definitions:
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
        gathered = tuple(assets or ())
        for entry in gathered:
            if not isinstance(entry, (AssetsDefinition, AssetSpec, SourceAsset, FileSource)):
                raise DefinitionError(
                    f"Definitions(assets=...) holds {entry!r}, which is neither an asset nor a FileSource",
                    hint="decorate the function with @asset",
                )
        for name, value in (
            ("assets", gathered),
            ("asset_checks", tuple(asset_checks or ())),
            ("resources", dict(resources or {})),
            ("jobs", tuple(jobs or ())),
            ("schedules", tuple(schedules or ())),
            ("sensors", tuple(sensors or ())),
            ("executor", executor),
            ("loggers", dict(loggers or {})),
            ("metadata", dict(metadata or {})),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def merge(cls, *several: Definitions) -> Definitions:
        """Return the definitions of all, in order.

        Raises:
            InvariantError: two of them have different resources of one name, or different executors.
        """
        resources: dict[str, Any] = {}
        loggers: dict[str, Any] = {}
        metadata: dict[str, Any] = {}
        for each in several:
            _merge_into(resources, each.resources, "resource")
            _merge_into(loggers, each.loggers, "logger")
            metadata |= each.metadata
        executors = list({id(each.executor): each.executor for each in several if each.executor is not None}.values())
        if len(executors) > 1:
            raise InvariantError("Definitions objects 0 and 1 both have an executor")
        return cls(
            assets=[entry for each in several for entry in each.assets],
            asset_checks=[entry for each in several for entry in each.asset_checks],
            schedules=[entry for each in several for entry in each.schedules],
            sensors=[entry for each in several for entry in each.sensors],
            jobs=[entry for each in several for entry in each.jobs],
            resources=resources,
            executor=executors[0] if executors else None,
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
        defs.resolve()

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

    def map_asset_specs(self, *, func: Callable[[AssetSpec], AssetSpec], selection: Any = None) -> Definitions:
        """Return the same with the spec of every asset changed."""
        if selection is not None:
            raise DefinitionError("map_asset_specs changes all assets", hint="look at the spec's key in the function")
        changed = [
            func(each) if isinstance(each, AssetSpec) else each.map_asset_specs(func)
            if isinstance(each, AssetsDefinition) else each
            for each in self.assets
        ]
        return self._replace(assets=changed)

    def _replace(self, **changes: Any) -> Definitions:
        given = {name: getattr(self, name) for name in self.__slots__}
        return Definitions(**{**given, **changes})


def _merge_into(known: dict[str, Any], more: Mapping[str, Any], noun: str) -> None:
    for name, value in more.items():
        if name in known and known[name] is not value:
            raise InvariantError(f"Definitions objects have different {noun}s with same key '{name}'")
        known[name] = value


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
