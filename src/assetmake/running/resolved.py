"""ResolvedDefinitions: Definitions put together, so that jobs can be run and values be loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from assetmake.definitions.configuring.opening import check_resources, open_resources
from assetmake.definitions.configuring.resources import list_objects
from assetmake.definitions.definitions import Definitions
from assetmake.definitions.instance.instance import Instance
from assetmake.definitions.keeping.filesystem import fs_io_manager
from assetmake.definitions.selecting.selection import AssetSelection
from assetmake.errors import DefinitionError, InvariantError
from assetmake.running.assembly import Assembly, assemble
from assetmake.running.inputs import Loader, Upstream, find_manager
from assetmake.running.jobs import ResolvedJob, resolve_job

EVERYTHING = "__ASSET_JOB"


@dataclass(frozen=True, slots=True)
class ResolvedDefinitions:
    """All that is declared, put together.

    Attributes:
        asset_graph: The assets and checks.
        jobs, schedules, sensors: By name.
        resources: By name.
    """

    asset_graph: Assembly
    jobs: Mapping[str, Any]
    schedules: Mapping[str, Any] = field(default_factory=dict)
    sensors: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, Any] = field(default_factory=dict)

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

    @contextmanager
    def get_asset_value_loader(
        self, instance: Instance | None = None, resource_config: Mapping[str, Any] | None = None
    ) -> Iterator[AssetValueLoader]:
        """Give what loads values, with the IO managers open."""
        where = instance or Instance.ephemeral()
        declared = {DEFAULT_IO_MANAGER: fs_io_manager, **self.resources}
        for definition in self.asset_graph.assets_defs:
            declared |= definition.resource_defs
        config = {"resources": dict(resource_config or {})}
        producers = self.asset_graph.producers
        needed = {find_manager(each, key) for key, each in producers.items()} & declared.keys()
        with open_resources(declared, run_config=config, needed=sorted(needed), instance=where) as resources:
            yield AssetValueLoader(
                Loader(producers, list_objects(resources), "", "", where, None)
            )


@dataclass(frozen=True, slots=True)
class AssetValueLoader:
    """Loads values of assets."""

    loader: Loader

    def load_asset_value(
        self,
        asset_key: CoercibleToAssetKey,
        *,
        python_type: Any = None,
        partition_key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what stands of an asset; see `ResolvedDefinitions.load_asset_value`."""
        key = AssetKey.from_coercible(asset_key)
        if key not in self.loader.producers:
            raise InvariantError(f"there is no asset {key}")
        slot = InputSlot("value", key, dagster_type=read_type(python_type), metadata=metadata or {})
        partitions_def = self.loader.producers[key].partitions_def
        keys = (partition_key,) if partition_key is not None else ()
        return self.loader.load(Upstream(slot, partitions_def, keys), partition_key=partition_key)


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
    jobs: dict[str, Any] = {EVERYTHING: ResolvedJob(everything, assembly, resources)}
    implied = [target.job for target in targets if isinstance(target.job, UnresolvedAssetJob)]
    for job in {id(job): job for job in (*definitions.jobs, *implied)}.values():
        name = getattr(job, "name", None)
        if isinstance(job, UnresolvedAssetJob):
            _put(jobs, job.name, resolve_job(job, assembly, resources), "job", is_same=job in implied)
        elif name is not None:
            jobs[name] = job
    schedules: dict[str, Any] = {}
    sensors: dict[str, Any] = {}
    for each in definitions.schedules:
        resolved = each.resolve(jobs[each.job_name]) if isinstance(each, PartitionedSchedule) else each
        _put(schedules, each.name, resolved, "schedule")
    for each in definitions.sensors:
        _put(sensors, each.name, each, "sensor")
    return ResolvedDefinitions(assembly, jobs, schedules, sensors, resources)


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
    for definition in (*assembly.assets, *assembly.checks):
        declared = {DEFAULT_IO_MANAGER, *resources, *definition.resource_defs}
        names = {name: sorted(definition.required_resource_keys) for name in [definition.node_def.name]}
        check_resources(dict.fromkeys(declared), names)


def _find(known: Mapping[str, Any], name: str, noun: str) -> Any:
    if name not in known:
        raise InvariantError(f"Could not find {noun} '{name}'. Found: {', '.join(sorted(known)) or 'none'}")
    return known[name]
