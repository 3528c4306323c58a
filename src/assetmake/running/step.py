"""StepRunner: loads what a function reads, calls it, keeps what it gives, and tells of each result."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.operation import OutputSlot
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.checking.specs import AssetCheckSpec
from assetmake.definitions.configuring.plain_values import make_plain
from assetmake.definitions.configuring.resources import Resources, list_objects
from assetmake.definitions.configuring.schema_types import Missing
from assetmake.definitions.current_context import running_with
from assetmake.definitions.failures import Failure, RetryRequested
from assetmake.definitions.interpreting import Checked, Interpreter, Made, Noted, call, read_observation
from assetmake.definitions.keeping.output_context import OutputContext, handle_output
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.occurrences.asset_events import AssetMaterialization, AssetObservation
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluation
from assetmake.definitions.occurrences.event_data import HandledOutputData
from assetmake.definitions.occurrences.runs import Run
from assetmake.definitions.occurrences.tags import DATA_VERSION_TAG
from assetmake.definitions.results import DataVersion, DataVersionsByPartition, Nothing
from assetmake.definitions.retry import RetryPolicy
from assetmake.definitions.run_context import AssetCheckExecutionContext, OpExecutionContext
from assetmake.errors import InvariantError
from assetmake.running.inputs import Loader, Upstream, find_upstream
from assetmake.running.journal import RunJournal
from assetmake.running.recalling import load_standing
from assetmake.running.steps import Step


@dataclass(slots=True)
class Done:
    """What a step did.

    Attributes:
        made: The assets.
        checked: What checks found.
    """

    made: set[AssetKey] = field(default_factory=set)
    checked: list[tuple[AssetCheckSpec, AssetCheckEvaluation]] = field(default_factory=list)


@dataclass(slots=True)
class StepRunner:
    """Runs one step.

    Attributes:
        step: What it makes and checks.
        journal: Is told what happens.
        loader: Loads inputs, and knows the IO managers.
        values: Is given what the function gives, by node and output.
        retry_policy: Where the function has none of its own.
    """

    step: Step
    journal: RunJournal
    loader: Loader
    values: dict[tuple[str, str], Any]
    retry_policy: RetryPolicy | None = None

    @property
    def name(self) -> str:
        return self.step.name

    @property
    def definition(self) -> AssetsDefinition:
        return self.step.definition

    def run(self, *, run: Run, resources: Resources, config: Any, keys: Mapping[Any, Sequence[str]]) -> Done:
        """Run it, again where its retry policy says so.

        Raises:
            Exception: what the function, or an IO manager, raised.
        """
        attempt = 0
        while True:
            try:
                return self._try(run, resources, config, keys, attempt)
            except Exception as error:
                seconds = self._find_delay(error, attempt)
                if seconds is None:
                    if isinstance(error, RetryRequested) and error.__cause__ is not None:
                        raise error.__cause__ from None
                    raise
                attempt += 1
                self.journal.retry(self.name, error, seconds)
                if seconds:
                    time.sleep(seconds)

    def _find_delay(self, error: Exception, attempt: int) -> float | None:
        """Return after how many seconds it is tried again; None: it is not."""
        if isinstance(error, RetryRequested):
            return error.seconds_to_wait or 0.0 if attempt < error.max_retries else None
        policy = self.definition.node_def.retry_policy or self.retry_policy
        if policy is None or attempt >= policy.max_retries or (isinstance(error, Failure) and not error.allow_retries):
            return None
        return policy.calculate_delay(attempt + 1)

    def _try(
        self, run: Run, resources: Resources, config: Any, keys: Mapping[Any, Sequence[str]], attempt: int
    ) -> Done:
        operation, definition = self.definition.node_def, self.definition
        own_keys = tuple(keys.get(definition.partitions_def, ())) if definition.partitions_def is not None else ()
        given_keys = own_keys or tuple(next(iter(keys.values()), ()))
        producers = self.loader.producers
        reads = [
            find_upstream(
                slot,
                upstream=producers[slot.key].partitions_def if slot.key in producers else None,
                downstream=definition.partitions_def,
                keys=own_keys,
                instance=self.loader.instance,
                now=clock.now(),
            )
            for slot in operation.inputs
        ]
        kind = AssetCheckExecutionContext if isinstance(definition, AssetChecksDefinition) else OpExecutionContext
        context = kind(
            definition,
            keys=own_keys,
            given_keys=given_keys,
            run=run,
            resources=resources,
            op_config=None if config is Missing else make_plain(config),
            instance=self.loader.instance,
            log=self.loader.log,
            inputs={each.slot.name: (each.slot.key, each.partitions_def, each.keys or ()) for each in reads},
            retry_number=attempt,
            load=partial(load_standing, self.loader),
        )
        arguments = self._load(reads, given_keys)
        if operation.parameters.takes_config:
            arguments["config"] = config
        objects = list_objects(resources)
        arguments |= {name: objects[name] for name in operation.parameters.resources}
        positional = (context,) if operation.parameters.takes_context else ()
        with running_with(context):
            returned = call(operation.function, *positional, **arguments)
            if definition.is_observation:
                return self._observe(returned, context)
            return self._keep(returned, context, own_keys, run)

    def _load(self, reads: Sequence[Upstream], given_keys: Sequence[str]) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        key = given_keys[0] if len(given_keys) == 1 else None
        for each in reads:
            slot = each.slot
            if slot.key in self.step.later:
                arguments |= {slot.name: None} if slot.is_loaded and not slot.dagster_type.is_nothing else {}
            elif slot.is_loaded and not slot.dagster_type.is_nothing:
                arguments[slot.name] = self.loader.load(each, partition_key=key)
                self.journal.load(self.loader.tell_of(slot), step=self.name)
        return arguments

    def _observe(self, returned: Any, context: OpExecutionContext) -> Done:
        for key, metadata, version in read_observation(self.definition, returned):
            seen: Mapping[Any, DataVersion | None] = dict.fromkeys(context.keys or (None,))
            if isinstance(version, DataVersionsByPartition):
                seen = version.versions
            elif version is not None:
                seen = dict.fromkeys(seen, version)
            for partition, each in seen.items():
                tags = {DATA_VERSION_TAG: each.value} if each else {}
                self.journal.observe(
                    AssetObservation(key, metadata=metadata, partition=partition, tags=tags), step=self.name
                )
        return Done()

    def _keep(self, returned: Any, context: OpExecutionContext, keys: Sequence[str], run: Run) -> Done:
        done, noted = Done(), 0
        for result in Interpreter(self.definition).read(returned):
            noted = self._tell_logged(context, noted)
            match result:
                case Noted(event):
                    self._tell_event(event)
                case Checked(spec, answer):
                    partition = keys[0] if len(keys) == 1 else None
                    evaluation = self.journal.check(spec, answer, partition=partition, step=self.name)
                    done.checked.append((spec, evaluation))
                case Made():
                    self._keep_one(result, context, keys, run)
                    done.made.add(result.slot.key)
        self._tell_logged(context, noted)
        return done

    def _tell_logged(self, context: OpExecutionContext, noted: int) -> int:
        for event in context.events[noted:]:
            self._tell_event(event)
        return len(context.events)

    def _tell_event(self, event: Any) -> None:
        match event:
            case AssetMaterialization():
                self.journal.materialize(event, step=self.name)
            case AssetObservation():
                self.journal.observe(event, step=self.name)
            case _:
                raise InvariantError(f"{self.name} logged {event!r}, which is no event of an asset")

    def _keep_one(self, made: Made, context: OpExecutionContext, keys: Sequence[str], run: Run) -> None:
        slot = made.slot
        said = {**check_metadata(made.metadata), **context.said.get(slot.name, {})}
        self.journal.give(slot.name, step=self.name)
        self.values[self.name, slot.name] = None if made.value is Nothing else made.value
        if slot.stores and made.value is not Nothing:
            said |= self._store(slot, made, context, keys, run, said)
        given = made.version or context.versions.get(slot.key)
        version = given.value if given else f"{run.run_id}:{slot.key}"
        for partition in keys or (None,):
            event = AssetMaterialization(
                slot.key, metadata=said, partition=partition, tags={**made.tags, DATA_VERSION_TAG: version}
            )
            self.journal.materialize(event, step=self.name)

    def _store(
        self,
        slot: OutputSlot,
        made: Made,
        context: OpExecutionContext,
        keys: Sequence[str],
        run: Run,
        said: Mapping[str, MetadataValue],
    ) -> Mapping[str, MetadataValue]:
        definition = self.definition
        output = OutputContext(
            name=slot.name,
            step_key=self.name,
            run_id=run.run_id,
            job_name=run.job_name,
            asset_key=slot.key,
            keys=keys or None,
            partitions_def=definition.partitions_def,
            partition_key=context.partition_key if context.has_partition_key else None,
            definition_metadata=slot.metadata,
            dagster_type=slot.dagster_type,
            log=self.loader.log,
            instance=self.loader.instance,
            asset_spec=definition.specs_by_key[slot.key],
            output_metadata={name: value.value for name, value in said.items()},
            **self.loader.tell_surroundings(slot.io_manager_key),
        )
        told = handle_output(self.loader.managers[slot.io_manager_key], output, made.value)
        for event in output.get_logged_events():
            self._tell_event(event)
        self.journal.keep(HandledOutputData(slot.name, slot.io_manager_key, told), step=self.name)
        return told
