"""run_steps: calls what is asked for, one function after the other, and tells what came of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.checking.keys import AssetCheckKey, AssetCheckSeverity
from assetmake.definitions.configuring.opening import plan_resources
from assetmake.definitions.configuring.reading import read_config
from assetmake.definitions.configuring.resources import Resources, list_objects, restrict_resources
from assetmake.definitions.configuring.run_config import GivenConfig, RunConfig, read_run_config
from assetmake.definitions.configuring.schema_types import Missing
from assetmake.definitions.instance.instance import Instance
from assetmake.definitions.keeping.filesystem import fs_io_manager
from assetmake.definitions.keeping.offered import find_io_manager, find_resource
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.runs import Run, make_run_id
from assetmake.definitions.retry import RetryPolicy
from assetmake.definitions.run_context import LOGGER
from assetmake.errors import DefinitionError, InvariantError, RunConfigError
from assetmake.running.assembly import Assembly
from assetmake.running.inputs import Loader, find_manager
from assetmake.running.journal import RunJournal
from assetmake.running.partitions import read_keys
from assetmake.running.recalling import load_value
from assetmake.running.resourced import refuse_conflicts
from assetmake.running.result import RunResult
from assetmake.running.step import StepRunner
from assetmake.running.steps import Step, plan_steps

_FAILED, _DONE, _SKIPPED = "failed", "done", "skipped"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a run.

    Attributes:
        keys, checks: What is to be made and checked.
        resources: Resources by name.
        run_config: Config of assets and resources.
        partition_key: The partition, or the first and the last of a range.
        tags: Of the run.
        job_name: The job.
        raise_on_error: The first exception of user code is raised.
        retry_policy: For functions that have none of their own.
        run_id: What the run is called; default: it is made up.
    """

    keys: AbstractSet[AssetKey]
    checks: AbstractSet[AssetCheckKey]
    resources: Mapping[str, Any] = field(default_factory=dict)
    run_config: RunConfig | Mapping[str, Any] | None = None
    partition_key: str | tuple[str, str] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    job_name: str = "__ephemeral_asset_job__"
    raise_on_error: bool = True
    retry_policy: RetryPolicy | None = None
    run_id: str | None = None


def run_assembly(assembly: Assembly, asked: Asked, instance: Instance | None = None) -> RunResult:
    """Make and check what is asked for, in this process, whatever stands already.

    Raises:
        DefinitionError: a resource is missing, or only some of what is made at once are asked for.
        RunConfigError: config does not fit.
        UnknownPartitionError: there is no such partition.
        Exception: what user code raised, with `raise_on_error`.
    """
    where = instance or Instance.ephemeral()
    steps = plan_steps(assembly, asked.keys, asked.checks)
    now = clock.now()
    keys = read_keys(asked.partition_key, [step.definition for step in steps], instance=where, now=now)
    declared = _gather_resources(assembly, asked.resources)
    config = read_run_config(asked.run_config)
    needed = _list_needed(assembly, steps, declared)
    plan = plan_resources(declared, run_config=asked.run_config, needed=needed)
    configs = _read_configs(steps, config, asked.job_name)
    run = Run(
        asked.job_name,
        asked.run_id or make_run_id(),
        run_config=_write_config(asked.run_config),
        asset_selection=frozenset(asked.keys),
        asset_check_selection=frozenset(asked.checks),
        tags={**asked.tags, **keys.tags},
    )
    where.add_run(run)
    journal = RunJournal(where, run.run_id, asked.job_name)
    log = logging.getLogger(LOGGER)
    resources, scope = plan.open(instance=where, run=run, log=log)
    try:
        managers, around = list_objects(resources), plan.list_surroundings(scope)
        loader = Loader(assembly.producers, managers, run.run_id, asked.job_name, where, log, around)
        execution = _Execution(steps, journal, loader, resources, run, asked, configs, keys.by_definition)
        execution.run()
    finally:
        scope.close(log.warning)
    made = {key for step in steps for key in step.definition.keys}
    return RunResult(
        run,
        execution.is_good,
        tuple(journal.events),
        where,
        execution.values,
        partial(load_value, loader, made, keys.by_definition),
        execution.error,
    )


def check_config(assembly: Assembly, asked: Asked) -> dict[str, Any]:
    """Return the config of a run, checked as before a run, with nothing opened and nothing run.

    Raises:
        RunConfigError: it does not fit.
        DefinitionError: a resource is missing.
    """
    steps = plan_steps(assembly, asked.keys, asked.checks)
    declared = _gather_resources(assembly, asked.resources)
    plan_resources(declared, run_config=asked.run_config, needed=_list_needed(assembly, steps, declared))
    given = read_run_config(asked.run_config)
    _read_configs(steps, given, asked.job_name)
    return {"ops": {}, "resources": {}, **_write_config(asked.run_config)}


@dataclass(slots=True)
class _Execution:
    """A run under way."""

    steps: Sequence[Step]
    journal: RunJournal
    loader: Loader
    resources: Resources
    run_: Run
    asked: Asked
    configs: Mapping[str, Any]
    keys: Mapping[Any, Sequence[str]]
    values: dict[tuple[str, str], Any] = field(default_factory=dict)
    error: BaseException | None = None
    is_good: bool = True
    _states: list[str] = field(default_factory=list)
    _lost: set[AssetKey] = field(default_factory=set)
    _blocked: set[AssetKey] = field(default_factory=set)

    def run(self) -> None:
        for step in self.steps:
            definition = step.definition
            partitions = self.keys.get(definition.partitions_def, ())
            self.journal.plan(sorted(definition.keys), definition.check_specs, partitions, step.name)
        self.journal.begin()
        try:
            for step in self.steps:
                self._states.append(self._run_step(step))
        except BaseException as error:
            self.journal.end(error, is_good=False)
            raise
        self.journal.end(self.error, is_good=self.is_good)

    def _run_step(self, step: Step) -> str:
        before = {self._states[place] for place in step.waits}
        if before - {_DONE} or step.reads & self._lost or (step.definition.keys and step.reads & self._blocked):
            self.journal.skip(step.name)
            self._lost |= step.definition.keys
            return _SKIPPED
        self.journal.tell(EventType.STEP_START, step=step.name)
        runner = StepRunner(step, self.journal, self.loader, self.values, self.asked.retry_policy)
        started = time.perf_counter()
        try:
            done = runner.run(
                run=self.run_,
                resources=restrict_resources(self.resources, self._list_visible(step.definition)),
                config=self.configs.get(step.name, Missing),
                keys=self.keys,
            )
        except Exception as error:
            self.is_good = False
            self.error = self.error or error
            self.journal.fail(step.name, error)
            if self.asked.raise_on_error:
                raise
            self._lost |= step.definition.keys
            return _FAILED
        self.journal.succeed(step.name, time.perf_counter() - started)
        self._lost |= step.definition.keys - done.made
        for spec, evaluation in done.checked:
            if spec.blocking and not evaluation.passed and evaluation.severity is AssetCheckSeverity.ERROR:
                self._blocked.add(spec.asset_key)
                self.is_good = False
                self.error = self.error or InvariantError(
                    f"Blocking check '{spec.name}' for asset '{spec.asset_key}' failed with ERROR severity."
                )
        return _DONE

    def _list_visible(self, definition: AssetsDefinition) -> set[str]:
        operation = definition.node_def
        return list_asked(definition) | {slot.io_manager_key for slot in operation.outputs}


def list_asked(definition: AssetsDefinition) -> set[str]:
    """Return the resources that a function finds: those that it asks for, and its own but for what keeps values."""
    keepers = {slot.io_manager_key for slot in definition.node_def.outputs} | {DEFAULT_IO_MANAGER}
    return set(definition.node_def.resource_keys) | (definition.resource_defs.keys() - keepers)


def _gather_resources(assembly: Assembly, given: Mapping[str, Any]) -> dict[str, Any]:
    declared: dict[str, Any] = {DEFAULT_IO_MANAGER: fs_io_manager}
    for definition in (*assembly.assets, *assembly.checks, *assembly.external.values()):
        refuse_conflicts(definition, given)
        for name, resource in definition.resource_defs.items():
            if name in declared and declared[name] is not resource and name != DEFAULT_IO_MANAGER:
                raise DefinitionError(
                    f"Conflicting versions of resource with key '{name}' were provided to different assets. When "
                    "constructing a job, all resource definitions provided to assets must match by reference equality "
                    "for a given key.",
                    hint="give the resource in one place",
                )
            declared[name] = resource
    return {**declared, **given}


def _list_needed(assembly: Assembly, steps: Sequence[Step], declared: dict[str, Any]) -> list[str]:
    """Return the resources that functions ask for, and the IO managers that keep or load a value.

    Those that nobody gives and an installed distribution offers are added to what is declared.
    """
    producers = assembly.producers
    needed: dict[str, Callable[[str], Any]] = {}
    for step in steps:
        operation = step.definition.node_def
        needed |= dict.fromkeys(sorted(list_asked(step.definition)), find_resource)
        needed |= {slot.io_manager_key: find_io_manager for slot in step.definition.output_slots if slot.stores}
        for slot in operation.inputs:
            if slot.is_loaded:
                needed[slot.input_manager_key or find_manager(producers[slot.key], slot.key)] = find_io_manager
    for name, find_offered in needed.items():
        if name not in declared and (offered := find_offered(name)) is not None:
            declared[name] = offered
        if name not in declared:
            node = next(
                step.name
                for step in steps
                if name in step.definition.required_resource_keys or step.definition.node_def.inputs
            )
            kind = "io manager" if name.endswith("io_manager") else "resource"
            raise DefinitionError(
                f"{kind} with key '{name}' required by op '{node}' was not provided. Please provide a resource to key "
                f"'{name}', or change the required key to one of the following keys which points to a resource: "
                f"{sorted(declared)}",
                hint=f'give it: resources={{"{name}": ...}}',
            )
    return list(needed)


def _read_configs(steps: Sequence[Step], given: GivenConfig, job_name: str) -> dict[str, Any]:
    """Return the config of each node that has one; all are read before anything runs.

    Raises:
        RunConfigError: of all that does not fit.
    """
    names = {step.definition.node_def.name for step in steps}
    found: dict[str, Any] = {}
    wrong = [
        f'Received unexpected config entry "{name}" at path root:ops. Expected: {", ".join(sorted(names)) or "none"}'
        for name in sorted(given.ops.keys() - names)
    ]
    for step in steps:
        operation = step.definition.node_def
        own = given.ops.get(operation.name, Missing)
        if operation.parameters.takes_config:
            schema = operation.parameters.config
        elif operation.config_schema is not None or own is not Missing:
            schema = operation.config_schema if operation.config_schema is not None else dict
        else:
            continue
        try:
            found[step.name] = read_config(schema, own, node=operation.name)
        except RunConfigError as error:
            wrong.append(error.message)
    if wrong:
        raise RunConfigError(f"Error in config for job {job_name}\n" + "\n".join(wrong))
    return found


def _write_config(given: RunConfig | Mapping[str, Any] | None) -> Mapping[str, Any]:
    return given.to_config_dict() if isinstance(given, RunConfig) else dict(given or {})
