"""ResolvedDefinitions: Definitions put together, so that jobs can be run and values be loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.assets.operation import InputSlot
from assetmake.definitions.assets.value_types import read_type
from assetmake.definitions.automation.jobs import UnresolvedAssetJob
from assetmake.definitions.automation.partitioned_schedules import PartitionedSchedule
from assetmake.definitions.automation.schedules import ScheduleDefinition
from assetmake.definitions.automation.targets import Target
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.configuring.opening import check_resources, plan_resources
from assetmake.definitions.configuring.resources import list_objects
from assetmake.definitions.definitions import Definitions
from assetmake.definitions.executing import Executor, ExecutorDefinition, multi_or_in_process_executor
from assetmake.definitions.instance.instance import Instance
from assetmake.definitions.keeping.filesystem import fs_io_manager
from assetmake.definitions.keeping.offered import find_io_manager, find_resource
from assetmake.definitions.metadata import MetadataValue
from assetmake.definitions.refused import refuse_declared
from assetmake.definitions.selecting.selection import AssetSelection
from assetmake.errors import DefinitionError, InvariantError
from assetmake.running.assembly import Assembly, assemble
from assetmake.running.inputs import Loader, Upstream, find_manager
from assetmake.running.jobs import ResolvedJob, resolve_job
from assetmake.running.nodes import check_mappings
from assetmake.running.resourced import declare_resources

EVERYTHING = "__ASSET_JOB"


@dataclass(frozen=True, slots=True)
class ResolvedDefinitions:
    """All that is declared, put together.

    Attributes:
        asset_graph: The assets and checks.
        jobs, schedules, sensors: By name.
        resources: By name.
        metadata: Facts about all of it.
        name, description: What a repository is called.
    """

    asset_graph: Assembly
    jobs: Mapping[str, Any]
    schedules: Mapping[str, Any] = field(default_factory=dict)
    sensors: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    name: str = "repository"
    description: str | None = None

    def validate_loadable(self) -> None:
        """Check what putting it together does not look at: that each job can run, and partitions can be mapped.

        Raises:
            DefinitionError: a schedule or a sensor is of a job of ops; a parameter names no asset; or partitions fit
                no upstream's.
        """
        refuse_declared(*self.jobs.values())
        self.asset_graph.refuse_unknown()
        check_mappings(self.asset_graph.producers)

    def get_top_level_resources(self) -> Mapping[str, Any]:
        return declare_resources(self.resources)

    @property
    def asset_checks_defs_by_key(self) -> Mapping[AssetCheckKey, AssetsDefinition]:
        several = (*self.asset_graph.checks, *self.asset_graph.assets)
        return {key: each for each in several for key in each.check_keys}

    @property
    def assets_defs_by_key(self) -> Mapping[AssetKey, AssetsDefinition]:
        return self.asset_graph.producers

    @property
    def schedule_defs(self) -> Sequence[Any]:
        return list(self.schedules.values())

    @property
    def sensor_defs(self) -> Sequence[Any]:
        return list(self.sensors.values())

    def get_all_jobs(self) -> Sequence[Any]:
        return list(self.jobs.values())

    @property
    def job_names(self) -> list[str]:
        return list(self.jobs)

    @property
    def source_assets_by_key(self) -> Mapping[AssetKey, Any]:
        """The assets that nobody makes here, as others see them."""
        return {key: each.to_source_asset(key) for key, each in self.asset_graph.external.items()}

    def has_schedule_def(self, name: str) -> bool:
        return name in self.schedules

    def has_sensor_def(self, name: str) -> bool:
        return name in self.sensors

    def has_job(self, name: str) -> bool:
        return name in self.jobs

    def get_job(self, name: str) -> Any:
        return _find(self.jobs, name, "job")

    def get_schedule(self, name: str) -> Any:
        return _find(self.schedules, name, "schedule")

    get_schedule_def = get_schedule

    def get_sensor(self, name: str) -> Any:
        return _find(self.sensors, name, "sensor")

    get_sensor_def = get_sensor

    def __call__(self) -> ResolvedDefinitions:
        """Return it: what `@repository` made of a function is called like the function."""
        return self

    def get_implicit_global_asset_job_def(self) -> Any:
        return self.get_job(EVERYTHING)

    def get_implicit_job_def_for_assets(self, asset_keys: Iterable[AssetKey]) -> ResolvedJob:
        """Return a job of some assets."""
        job = UnresolvedAssetJob(name=EVERYTHING, selection=AssetSelection.assets(*asset_keys))
        return resolve_job(job, self.asset_graph, self.resources)

    def load_asset_value(
        self,
        asset_key: CoercibleToAssetKey,
        *,
        python_type: Any = None,
        instance: Instance | None = None,
        partition_key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        resource_config: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what stands of an asset.

        Args:
            asset_key: The asset.
            python_type: The type that it is to have.
            instance: Where it was made.
            partition_key: Which of its partitions.
            metadata: Told to the IO manager.
            resource_config: Config of resources.

        Raises:
            LoadInputError: nothing stands of it.
        """
        with self.get_asset_value_loader(instance, resource_config) as loader:
            return loader.load_asset_value(
                asset_key, python_type=python_type, partition_key=partition_key, metadata=metadata
            )

    def get_asset_value_loader(
        self, instance: Instance | None = None, resource_config: Mapping[str, Any] | None = None
    ) -> AssetValueLoader:
        """Return what loads values: as a context manager it keeps the IO managers open from one to the next."""
        return AssetValueLoader(self, instance or Instance.ephemeral(), resource_config)

    @contextmanager
    def open_loader(self, where: Instance, resource_config: Mapping[str, Any] | None) -> Iterator[Loader]:
        """Give what loads inputs, with the IO managers open."""
        declared = {DEFAULT_IO_MANAGER: fs_io_manager, **self.resources}
        for definition in self.asset_graph.assets_defs:
            declared |= definition.resource_defs
        config = {"resources": dict(resource_config or {})}
        producers = self.asset_graph.producers
        needed = {find_manager(each, key) for key, each in producers.items()}
        offered = {name: find_io_manager(name) for name in needed - declared.keys()}
        declared |= {name: each for name, each in offered.items() if each is not None}
        plan = plan_resources(declared, run_config=config, needed=sorted(needed & declared.keys()))
        resources, scope = plan.open(instance=where)
        try:
            managers, around = list_objects(resources), plan.list_surroundings(scope)
            yield Loader(producers, managers, "", "", where, None, around)
        finally:
            scope.close(scope.log.warning)


class AssetValueLoader:
    """Loads values of assets; used as a context manager, it keeps the IO managers open.

    Args:
        resolved: The assets.
        instance: Where they were made.
        resource_config: Config of resources.
    """

    def __init__(
        self, resolved: ResolvedDefinitions, instance: Instance, resource_config: Mapping[str, Any] | None = None
    ) -> None:
        self._opening = partial(resolved.open_loader, instance, resource_config)
        self._stack = ExitStack()
        self._loader: Loader | None = None

    def __enter__(self) -> AssetValueLoader:
        self._loader = self._stack.enter_context(self._opening())
        return self

    def __exit__(self, *_details: object) -> None:
        self._loader = None
        self._stack.close()

    def load_asset_value(
        self,
        asset_key: CoercibleToAssetKey,
        *,
        python_type: Any = None,
        partition_key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what stands of an asset; see `ResolvedDefinitions.load_asset_value`."""
        if self._loader is None:
            with self:
                return self.load_asset_value(
                    asset_key, python_type=python_type, partition_key=partition_key, metadata=metadata
                )
        key, producers = AssetKey.from_coercible(asset_key), self._loader.producers
        if key not in producers:
            raise InvariantError(f"there is no asset {key}")
        slot = InputSlot("value", key, dagster_type=read_type(python_type), metadata=metadata or {})
        keys = (partition_key,) if partition_key is not None else None
        upstream = Upstream(slot, producers[key].partitions_def, keys)
        return self._loader.load(upstream, partition_key=partition_key)


def resolve_definitions(definitions: Definitions) -> ResolvedDefinitions:
    """Put definitions together.

    Raises:
        DefinitionError: they do not fit together.
    """
    targets = [target for each in (*definitions.schedules, *definitions.sensors) for target in _list_targets(each)]
    implied_assets = [each for target in targets for each in target.assets_defs]
    assembly = assemble([*definitions.assets, *implied_assets, *definitions.asset_checks])
    resources = definitions.resources
    _check_partitions(assembly)
    _check_resources(assembly, resources)
    selection = AssetSelection.all() | AssetSelection.all_asset_checks()
    everything = UnresolvedAssetJob(name=EVERYTHING, selection=selection)
    told = {"executor_def": _read_executor(definitions.executor), "loggers": definitions.loggers}
    jobs: dict[str, Any] = {EVERYTHING: ResolvedJob(everything, assembly, resources, **told)}
    implied = [target.job for target in targets if not isinstance(target.job, str)]
    for job in {id(job): job for job in (*definitions.jobs, *implied)}.values():
        name = getattr(job, "name", None)
        if name == EVERYTHING:
            raise DefinitionError(
                f"Attempted to provide job called {EVERYTHING} to repository, which is a reserved name. Please rename "
                "the job."
            )
        if isinstance(job, UnresolvedAssetJob):
            _put(jobs, job.name, replace(resolve_job(job, assembly, resources), **told), "job", is_same=job in implied)
        elif name is not None:
            jobs[name] = job
    schedules: dict[str, Any] = {}
    sensors: dict[str, Any] = {}
    for each in dict.fromkeys(definitions.schedules):
        resolved = each.resolve(jobs[each.job_name]) if isinstance(each, PartitionedSchedule) else each
        _put(schedules, each.name, resolved, "schedule")
    for each in dict.fromkeys(definitions.sensors):
        _put(sensors, each.name, each, "sensor")
    return ResolvedDefinitions(assembly, jobs, schedules, sensors, resources, definitions.metadata)


def _read_executor(given: Any) -> Any:
    if isinstance(given, Executor):
        return ExecutorDefinition.hardcoded_executor(given)
    return multi_or_in_process_executor if given is None else given


def _list_targets(declared: Any) -> Sequence[Target]:
    """Return what a schedule or a sensor asks for."""
    if isinstance(declared, PartitionedSchedule):
        return [Target(declared.job)]
    return [declared.target] if isinstance(declared, ScheduleDefinition) else declared.targets


def _put(known: dict[str, Any], name: str, value: Any, noun: str, *, is_same: bool = False) -> None:
    if name in known and not is_same:
        raise DefinitionError(f"Duplicate {noun} definition found for {noun} '{name}'", hint="give one another name")
    known.setdefault(name, value)


def _check_partitions(assembly: Assembly) -> None:
    producers = assembly.producers
    for definition in assembly.checks:
        for spec in definition.check_specs:
            target = producers.get(spec.asset_key)
            if spec.partitions_def is None or target is None or target.partitions_def == spec.partitions_def:
                continue
            raise DefinitionError(
                f"Asset check '{spec.key.to_user_string()}' targets asset '{spec.asset_key}' but has a different "
                "partitions definition. Asset checks must have the same partitions definition as the target asset."
            )


def _check_resources(assembly: Assembly, resources: Mapping[str, Any]) -> None:
    own: dict[str, Any] = {}
    for definition in (*assembly.assets, *assembly.checks):
        for name, each in definition.resource_defs.items():
            if own.setdefault(name, each) is not each:
                raise DefinitionError(
                    f"Conflicting versions of resource with key '{name}' were provided to different assets. When "
                    "constructing a job, all resource definitions provided to assets must match by reference equality "
                    "for a given key."
                )
        declared = {DEFAULT_IO_MANAGER, *resources, *definition.resource_defs}
        declared |= {name for name in definition.node_def.resource_keys - declared if find_resource(name) is not None}
        for slot in definition.node_def.outputs:
            name = slot.io_manager_key
            if slot.stores and name not in declared:
                if find_io_manager(name) is None:
                    raise DefinitionError(
                        f"io manager with key '{name}' required by output '{slot.name}' of op "
                        f"'{definition.node_def.name}'' was not provided. Resources that are given: "
                        f"{', '.join(sorted(declared))}",
                        hint=f'give it: Definitions(resources={{"{name}": ...}})',
                    )
                declared.add(name)
        names = {name: sorted(definition.required_resource_keys) for name in [definition.node_def.name]}
        check_resources(dict.fromkeys(declared), names)


def _find(known: Mapping[str, Any], name: str, noun: str) -> Any:
    if name not in known:
        raise InvariantError(f"Could not find {noun} '{name}'. Found: {', '.join(sorted(known)) or 'none'}")
    return known[name]
