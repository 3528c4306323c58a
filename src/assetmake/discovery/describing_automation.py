"""From jobs, schedules and sensors to their records: what they ask for is looked up among the project's assets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.automation.asset_sensors import AssetSensorDefinition
from assetmake.definitions.automation.condition_sensors import AutomationConditionSensorDefinition
from assetmake.definitions.automation.jobs import UnresolvedAssetJob, infer_partitions_def
from assetmake.definitions.automation.multi_asset_sensors import MultiAssetSensorDefinition
from assetmake.definitions.automation.partitioned_config import PartitionedConfig
from assetmake.definitions.automation.partitioned_schedules import LatestPartitions, PartitionedSchedule
from assetmake.definitions.automation.run_status_sensors import RunStatusSensorDefinition
from assetmake.definitions.automation.schedules import ScheduleDefinition
from assetmake.definitions.automation.sensors import SensorDefinition
from assetmake.definitions.automation.targets import Target
from assetmake.definitions.configuring.plain_values import write_run_config
from assetmake.definitions.configuring.run_config import RunConfig
from assetmake.definitions.naming import find_nearest, suggest
from assetmake.definitions.place import Place
from assetmake.definitions.selecting.selectable import SelectableGraph, collect_graph
from assetmake.definitions.selecting.selection import AssetSelection
from assetmake.discovery.automation_records import (
    CODE,
    TARGET,
    Automation,
    JobRecord,
    ScheduleRecord,
    SensorRecord,
)
from assetmake.discovery.finding_automation import Found
from assetmake.discovery.importer import show_path
from assetmake.errors import AssetmakeError, DefinitionError, InvariantError, SelectionError

_EVERYTHING = "__ASSET_JOB"
"""The job of all assets, as it is named where a schedule or a sensor asks for it."""


def describe_automation(found: Sequence[Found], assets: Iterable[Any], *, root: Path | None = None) -> Automation:
    """Return the records of what was found, in its order.

    A job that only a schedule or a sensor has counts as declared beside it, and comes last.

    Args:
        found: Jobs, schedules and sensors.
        assets: All assets, sources and checks of the project.
        root: What files are named relative to.
    """
    describer = _Describer(collect_graph(list(assets)), root)
    jobs = {id(job.declared): job for job in list_jobs(found)}
    for job in jobs.values():
        describer.add_job(job)
    schedules = [describer.describe_schedule(each) for each in found if _is_schedule(each.declared)]
    sensors = [describer.describe_sensor(each) for each in found if isinstance(each.declared, SensorDefinition)]
    return Automation(tuple(describer.jobs), tuple(schedules), tuple(sensors))


def list_jobs(found: Sequence[Found]) -> list[Found]:
    """Return the jobs among what was found, and those that only a schedule or a sensor has."""
    implied = [replace(each, declared=target.job) for each in found for target in _list_targets(each.declared)]
    declared = [each for each in found if isinstance(each.declared, UnresolvedAssetJob)]
    return [*declared, *(each for each in implied if isinstance(each.declared, UnresolvedAssetJob))]


def _list_targets(declared: Any) -> Sequence[Target]:
    """Return the jobs that a schedule or a sensor has; not what it was given as assets."""
    match declared:
        case PartitionedSchedule():
            return [Target(declared.job)]
        case ScheduleDefinition():
            targets: Sequence[Target] = [declared.target]
        case SensorDefinition():
            targets = declared.targets
        case _:
            return []
    return [target for target in targets if not target.is_anonymous]


def _is_schedule(declared: Any) -> bool:
    return isinstance(declared, ScheduleDefinition | PartitionedSchedule)


@dataclass(frozen=True, slots=True)
class _Meant:
    """What is asked for: assets and checks, or the problem that there is with it."""

    selection: str = ""
    assets: tuple[AssetKey, ...] = ()
    checks: tuple[str, ...] = ()
    partitions: Any = None
    problem: str = ""


@dataclass(slots=True)
class _Describer:
    graph: SelectableGraph
    root: Path | None
    jobs: list[JobRecord] = field(default_factory=list)
    _by_name: dict[str, JobRecord] = field(default_factory=dict)

    def add_job(self, found: Found) -> None:
        job: UnresolvedAssetJob = found.declared
        meant = self._look_up(job)
        config, problem = _write_config(job.config)
        record = JobRecord(
            name=job.name,
            module=found.module,
            place=self._show_place(job.place),
            selection=meant.selection,
            assets=meant.assets,
            checks=meant.checks,
            partitions=meant.partitions,
            config=config,
            has_partitioned_config=isinstance(job.config, PartitionedConfig),
            tags=dict(job.tags),
            run_tags=dict(job.run_tags),
            description=job.description or "",
            owners=tuple(job.owners),
            problem=meant.problem or problem,
        )
        self.jobs.append(record)
        self._by_name.setdefault(job.name, record)

    def describe_schedule(self, found: Found) -> ScheduleRecord:
        schedule = found.declared
        resolved, problem = self._resolve(schedule)
        target = Target(schedule.job) if isinstance(schedule, PartitionedSchedule) else schedule.target
        meant = self._find_target(target)
        cron = resolved.cron_schedule if resolved is not None else ()
        is_partitioned = meant.partitions is not None or any(
            self.graph.selectables[key].partitions_def is not None for key in meant.assets
        )
        asks, config, wrong = self._tell_asking(resolved, target)
        return ScheduleRecord(
            name=schedule.name,
            module=found.module,
            place=self._show_place(schedule.place),
            cron=(cron,) if isinstance(cron, str) else tuple(cron),
            timezone=(resolved.execution_timezone if resolved is not None else "") or "",
            job="" if target.is_anonymous else target.job_name,
            selection=meant.selection,
            assets=meant.assets,
            status=schedule.default_status.value,
            is_partitioned=is_partitioned,
            catch_up=schedule.catch_up or ("all" if is_partitioned else "latest"),
            asks=asks,
            config=config,
            tags=dict(schedule.tags or {}),
            description=schedule.description or "",
            owners=tuple(schedule.owners),
            problem=meant.problem or problem or wrong,
        )

    def _tell_asking(self, schedule: ScheduleDefinition | None, target: Target) -> tuple[str, dict[str, Any], str]:
        """Return how a schedule says what it asks for, with what config, and the problem that there is with that."""
        job = self._by_name.get(target.job_name)
        if schedule is None or (job is not None and job.has_partitioned_config):
            return CODE, {}, ""
        if isinstance(schedule.function, LatestPartitions):
            return TARGET, {}, ""
        given = schedule.run_config
        is_code = callable(given) and not isinstance(given, Mapping) and not hasattr(given, "to_config_dict")
        if is_code or schedule.function or schedule.tags_fn or schedule.should_execute:
            return CODE, {}, ""
        return TARGET, *_write_config(given)

    def describe_sensor(self, found: Found) -> SensorRecord:
        sensor: SensorDefinition = found.declared
        several = [self._find_target(target) for target in sensor.targets]
        if sensor.asset_selection is not None:
            several.append(self._select(sensor.asset_selection))
        kind, watches, problem = self._tell_watched(sensor)
        return SensorRecord(
            name=sensor.name,
            module=found.module,
            place=self._show_place(sensor.place),
            kind=kind,
            jobs=tuple(target.job_name for target in sensor.targets if not target.is_anonymous),
            selection=" or ".join(each.selection for each in several if each.selection),
            assets=tuple(sorted({key for each in several for key in each.assets})),
            watches=watches,
            minimum_interval=sensor.minimum_interval_seconds,
            status=sensor.default_status.value,
            tags=dict(sensor.tags),
            description=sensor.description or "",
            owners=tuple(sensor.owners),
            problem=next((each.problem for each in several if each.problem), problem),
        )

    def _tell_watched(self, sensor: SensorDefinition) -> tuple[str, tuple[str, ...], str]:
        match sensor:
            case AssetSensorDefinition():
                return "asset", (str(sensor.asset_key),), ""
            case MultiAssetSensorDefinition(monitored_assets=watched):
                if not isinstance(watched, AssetSelection):
                    return "multi_asset", tuple(map(str, watched)), ""
                meant = self._select(watched)
                return "multi_asset", tuple(map(str, meant.assets)), meant.problem
            case RunStatusSensorDefinition():
                return "run_status", sensor.monitored_jobs, ""
            case AutomationConditionSensorDefinition():
                return "automation_condition", (), ""
        return "sensor", (), ""

    def _find_target(self, target: Target) -> _Meant:
        if target.is_anonymous and isinstance(target.job, UnresolvedAssetJob):
            return self._look_up(target.job)
        record = self._by_name.get(target.job_name)
        if record is not None:  # a problem of the job is told there
            return _Meant(assets=record.assets, partitions=record.partitions)
        if target.job_name == _EVERYTHING:
            return replace(self._select(AssetSelection.all()), selection="")
        if target.has_job_def:  # a job of another kind, which is refused where it is used
            return _Meant()
        near = suggest(find_nearest(target.job_name, list(self._by_name)))
        return _Meant(problem=f"it asks for the job {target.job_name!r}, and there is no such job" + _add_hint(near))

    def _look_up(self, job: UnresolvedAssetJob) -> _Meant:
        meant = self._select(job.selection)
        if meant.problem:
            return replace(meant, partitions=job.partitions_def)
        partitions, problem = None, ""
        try:
            partitions = infer_partitions_def(job, frozenset(meant.assets), self.graph)
        except DefinitionError as error:
            # Assets that are partitioned in different ways can be built together; unless the job says in which one.
            problem = "" if job.partitions_def is None else _explain(error).removeprefix(f"job {job.name}: ")
        return replace(meant, checks=self._find_checks(job.selection), partitions=partitions, problem=problem)

    def _find_checks(self, selection: AssetSelection) -> tuple[str, ...]:
        found = selection.resolve_checks(self.graph, allow_missing=True)
        return tuple(sorted(f"{key.asset_key}:{key.name}" for key in found))

    def _select(self, selection: AssetSelection) -> _Meant:
        try:
            return _Meant(str(selection), self._sort(selection.resolve(self.graph)))
        except SelectionError as error:
            return _Meant(str(selection), problem=_explain(error))

    def _sort(self, keys: Iterable[AssetKey]) -> tuple[AssetKey, ...]:
        """Return those of the keys that are made here, in order."""
        return tuple(sorted(key for key in keys if self.graph.selectables[key].materializable))

    def _resolve(self, schedule: ScheduleDefinition | PartitionedSchedule) -> tuple[ScheduleDefinition | None, str]:
        """Return a schedule with its times; those of partitions are theirs."""
        if isinstance(schedule, ScheduleDefinition):
            return schedule, ""
        meant = self._look_up(schedule.job)
        if meant.problem:  # that is told of the job
            return None, ""
        try:
            return schedule.resolve(replace(schedule.job, partitions_def=meant.partitions)), ""
        except (InvariantError, DefinitionError) as error:
            return None, _explain(error)

    def _show_place(self, place: Place) -> Place:
        return place if self.root is None else Place(show_path(place.file, root=self.root), place.line)


def _write_config(config: Mapping[str, Any] | RunConfig | PartitionedConfig | None) -> tuple[dict[str, Any], str]:
    """Return run config as plain data, or the problem that there is with it."""
    if config is None or isinstance(config, PartitionedConfig):
        return {}, ""
    plain = config.to_config_dict() if isinstance(config, RunConfig) else config
    try:
        written: dict[str, Any] = json.loads(json.dumps(write_run_config(plain)))
    except (TypeError, ValueError) as error:
        return {}, f"its config is no plain data: {error}"
    return {name: value for name, value in written.items() if value}, ""


def _explain(error: AssetmakeError) -> str:
    return error.message + _add_hint(error.hint)


def _add_hint(hint: str) -> str:
    return f" ({hint})" if hint else ""
