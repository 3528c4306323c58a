"""Evaluator: asks the user's functions, of schedules and of sensors, in the process that has imported the project."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from assetmake.clock import set_clock
from assetmake.definitions.automation.jobs import UnresolvedAssetJob, infer_partitions_def
from assetmake.definitions.automation.partitioned_schedules import PartitionedSchedule
from assetmake.definitions.automation.requests import RunReaction, RunRequest
from assetmake.definitions.automation.run_status_sensors import RunStatusSensorDefinition
from assetmake.definitions.automation.schedule_contexts import ScheduleEvaluationContext
from assetmake.definitions.automation.schedules import ScheduleDefinition
from assetmake.definitions.automation.sensor_contexts import SensorEvaluationContext
from assetmake.definitions.automation.sensor_ticks import SensorTick
from assetmake.definitions.automation.sensors import SensorDefinition
from assetmake.definitions.cadence import find_zone
from assetmake.definitions.configuring.plain_values import write_run_config
from assetmake.definitions.configuring.walking import list_variables
from assetmake.definitions.dynamic_partitions import DeleteDynamicPartitionsRequest
from assetmake.definitions.naming import find_nearest, suggest
from assetmake.definitions.occurrences.asset_events import AssetMaterialization, AssetObservation
from assetmake.definitions.occurrences.tags import PARTITION_TAG
from assetmake.definitions.selecting.selectable import SelectableGraph, collect_graph, list_check_keys
from assetmake.discovery.automation_kinds import JOB, tell_kind
from assetmake.discovery.contents import list_contents, list_definitions
from assetmake.discovery.finding_automation import Found, find_automation
from assetmake.discovery.importer import LoadedModule
from assetmake.errors import DefinitionError
from assetmake.execution.failing import describe_failure
from assetmake.execution.work import Failure
from assetmake.ticking.decision import KeysChange, Kind, Sighting
from assetmake.ticking.instance import TickInstance
from assetmake.ticking.question import Asked, Question, Reply

_EVERYTHING = "__ASSET_JOB"
_ANSWERS = "evaluations of checks in asset_events are not kept: only a build makes checks"
_TOLD = (AssetMaterialization, AssetObservation)


class Evaluator:
    """Answers questions.

    Args:
        modules: The project's modules.
        tables: What assets.toml says of resources.
        instance: What contexts show as the instance.
        root: The project's folder.
    """

    def __init__(
        self, modules: Sequence[LoadedModule], tables: Mapping[str, Any], instance: TickInstance, root: Path
    ) -> None:
        self._modules = {each.name: each for each in modules}
        self._tables = tables
        self._instance = instance
        self._root = root
        self._found = list(find_automation(modules))

    def answer(self, question: Question) -> Reply:
        """Ask a function; whatever it raises is part of the reply."""
        self._instance.take_changes()
        try:
            declared, module = self._find(question)
            needed = declared.required_resource_keys
            resources = self._list_resources(declared, module)
            tables = {name: {"config": each} for name, each in self._tables.items() if name in resources}
            refused: list[Failure] = []
            options: dict[str, Any] = {
                "instance": self._instance,
                "resources": resources,
                "repository_def": self._repository,
                "logger": logging.getLogger("assetmake.automation"),
                "resource_config": tables,
                "needed": needed,
                "on_refused": lambda error: refused.append(describe_failure(error)),
            }
            with set_clock(question.now):
                reply = _evaluate(declared, question, options)
            if reply.failure is not None:
                return reply
            asked = tuple(each for each in reply.asked if self._is_there(each, refused))
            changes = (*self._instance.take_changes(), *reply.changes)
            return replace(reply, asked=asked, refused=tuple(refused), changes=changes)
        except BaseException as error:  # noqa: BLE001 - whatever the user's code raises is its own
            return Reply(failure=describe_failure(error))

    def list_variables(self) -> frozenset[str]:
        """Return the environment variables that resources read; their values are secret."""
        definitions = [each for loaded in self._modules.values() for each in list_definitions(loaded.module)]
        return list_variables([resource for each in definitions for resource in each.resources.values()])

    def _find(self, question: Question) -> tuple[Any, str]:
        kinds: tuple[type, ...] = (
            (ScheduleDefinition, PartitionedSchedule) if question.kind is Kind.SCHEDULE else (SensorDefinition,)
        )
        several = [each for each in self._found if isinstance(each.declared, kinds)]
        for each in several:
            if each.declared.name == question.name:
                return self._resolve(each), each.module
        near = suggest(find_nearest(question.name, [each.declared.name for each in several]))
        raise DefinitionError(f"there is no {question.kind} {question.name} any more", hint=near)

    def _is_there(self, asked: Asked, refused: list[Failure]) -> bool:
        """Refuse what asks for an asset that is not there, as where its module does not import."""
        for name in asked.assets or ():
            known = [str(key) for key in self._repository.asset_graph.selectables]
            if name not in known:
                near = suggest(find_nearest(name, known))
                error = DefinitionError(f"it asks for {name!r}, and there is no such asset", hint=near)
                refused.append(describe_failure(error))
                return False
        return True

    def _resolve(self, found: Found) -> Any:
        declared = found.declared
        if isinstance(declared, PartitionedSchedule):
            return declared.resolve(self._repository.get_job(declared.job.name))
        return declared

    def _list_resources(self, declared: Any, module: str) -> dict[str, Any]:
        """Return the resources that definitions give, by name; of two of one name that which is nearer."""
        definitions = [
            (name != module, declared not in (*each.schedules, *each.sensors), each.resources)
            for name, loaded in self._modules.items()
            for each in list_definitions(loaded.module)
        ]
        found: dict[str, Any] = {}
        for _, _, resources in sorted(definitions, key=lambda each: each[:2]):
            found = {**resources, **found}
        return found

    @cached_property
    def _repository(self) -> _Repository:
        return _Repository(
            [each for loaded in self._modules.values() for each in list_contents(loaded.module)],
            [each.declared for each in self._found if tell_kind(each.declared) == JOB],
            [each.declared for each in self._found if tell_kind(each.declared) != JOB],
        )


class _Repository:
    """What requests are checked against: all assets, and all jobs with their partitions."""

    def __init__(self, assets: Sequence[Any], jobs: Sequence[Any], askers: Sequence[Any]) -> None:
        self.assets_defs = list({id(each): each for each in assets}.values())
        self._jobs = {job.name: job for job in (*_list_own_jobs(askers), *jobs)}

    @cached_property
    def asset_graph(self) -> SelectableGraph:
        return collect_graph(self.assets_defs)

    @cached_property
    def asset_check_keys(self) -> set[Any]:
        return {key for each in self.assets_defs for key in list_check_keys(each)}

    def has_job(self, name: str) -> bool:
        return name in self._jobs

    @property
    def job_names(self) -> list[str]:
        return sorted(self._jobs)

    def get_job(self, name: str) -> Any:
        """Return a job with the partitions of its assets.

        Raises:
            DefinitionError: there is none of the name.
        """
        job = self._jobs.get(name)
        if job is None:
            raise DefinitionError(f"there is no job {name!r}", hint=suggest(find_nearest(name, self.job_names)))
        if not isinstance(job, UnresolvedAssetJob):
            return job
        keys = set(job.selection.resolve(self.asset_graph))
        return replace(job, partitions_def=infer_partitions_def(job, keys, self.asset_graph))


def _list_own_jobs(askers: Iterable[Any]) -> Iterator[Any]:
    """Yield the jobs that only schedules and sensors have."""
    for each in askers:
        if isinstance(each, PartitionedSchedule):
            yield each.job
            continue
        targets = each.targets if isinstance(each, SensorDefinition) else (each.target,)
        yield from (target.job_def for target in targets if target.has_job_def)


def _evaluate(declared: Any, question: Question, options: Mapping[str, Any]) -> Reply:
    if isinstance(declared, ScheduleDefinition):
        return _evaluate_schedule(declared, question, options)
    assert isinstance(declared, SensorDefinition)
    asked_at = question.last_asked_at
    context = SensorEvaluationContext(
        cursor=question.cursor,
        sensor_name=declared.name,
        last_tick_completion_time=None if asked_at is None else asked_at.timestamp(),
        last_run_key=question.last_run_key,
        **options,
    )
    with context:
        tick = declared.evaluate_tick(context)
    return _tell_sensor(declared, tick)


def _evaluate_schedule(schedule: ScheduleDefinition, question: Question, options: Mapping[str, Any]) -> Reply:
    assert question.time is not None
    time = question.time.astimezone(find_zone(schedule.execution_timezone or "UTC"))
    with ScheduleEvaluationContext(scheduled_execution_time=time, **options) as context:
        tick = schedule.evaluate_tick(context)
    asked = tuple(_tell_request(each, schedule.target.job_name) for each in tick.run_requests)
    return Reply(asked, skipped=tick.skip_message or "")


def _tell_sensor(sensor: SensorDefinition, tick: SensorTick) -> Reply:
    usual = sensor.targets[0].job_name if sensor.targets else _EVERYTHING
    failed = [each for each in tick.dagster_run_reactions if isinstance(each, RunReaction) and each.error is not None]
    notes = [_tell_reaction(each) for each in tick.dagster_run_reactions]
    is_silent = isinstance(sensor, RunStatusSensorDefinition) and bool(tick.dagster_run_reactions)
    error = failed[0].error if failed else None
    return Reply(
        tuple(_tell_request(each, usual) for each in tick.run_requests),
        failure=None if error is None else describe_failure(error),
        skipped="" if is_silent else tick.skip_message or "",
        cursor=tick.cursor,
        changes=tuple(
            KeysChange(
                each.partitions_def_name,
                tuple(each.partition_keys),
                removed=isinstance(each, DeleteDynamicPartitionsRequest),
            )
            for each in tick.dynamic_partitions_requests
        ),
        sightings=tuple(_tell_event(each) for each in tick.asset_events if isinstance(each, _TOLD)),
        notes=(*notes, *([_ANSWERS] if not all(isinstance(each, _TOLD) for each in tick.asset_events) else [])),
    )


def _tell_reaction(reaction: RunReaction) -> str:
    run = reaction.dagster_run
    return f"it was called for run {run.run_id} of {run.job_name}"


def _tell_event(event: AssetMaterialization | AssetObservation) -> Sighting:
    is_made = isinstance(event, AssetMaterialization)
    return Sighting(str(event.asset_key), event.partition or "", event.data_version or "", is_made=is_made)


def _tell_request(request: RunRequest, usual: str) -> Asked:
    job = request.job_name or usual
    is_anonymous = job.startswith("__")
    span = request.partition_key_range
    chosen = request.asset_selection
    return Asked(
        run_key=request.run_key or "",
        job="" if is_anonymous else job,
        assets=None if chosen is None else tuple(map(str, chosen)),
        partition=str(request.partition_key or request.tags.get(PARTITION_TAG) or ""),
        range=None if span is None else (span.start, span.end),
        config=_write_config(request),
        tags=dict(request.tags),
    )


def _write_config(request: RunRequest) -> dict[str, Any]:
    return {name: value for name, value in write_run_config(request.run_config).items() if value}
