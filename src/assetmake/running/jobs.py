"""Jobs and materialize: what is asked for by a name, a selection or a list, run in this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.assets.operation import Operation
from assetmake.definitions.automation.jobs import UnresolvedAssetJob, read_partition_config, read_partition_tags
from assetmake.definitions.automation.partitioned_config import PartitionedConfig
from assetmake.definitions.automation.requests import RunRequest
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.configuring.run_config import RunConfig
from assetmake.definitions.definitions import Definitions
from assetmake.definitions.executing import multi_or_in_process_executor
from assetmake.definitions.instance.instance import Instance
from assetmake.definitions.keeping.memory import InMemoryIOManager
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.occurrences.tags import PARTITION_RANGE_END_TAG, PARTITION_RANGE_START_TAG
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.selecting.selection import AssetSelection
from assetmake.definitions.source import FileSource
from assetmake.errors import DefinitionError, InvariantError, SelectionError
from assetmake.running.assembly import Assembly, assemble
from assetmake.running.inputs import find_manager
from assetmake.running.resourced import declare_resources
from assetmake.running.result import RunResult
from assetmake.running.run import Asked, run_assembly
from assetmake.running.steps import Step, plan_steps

_NAMELESS = "__ephemeral_asset_job__"


@dataclass(frozen=True, slots=True)
class ResolvedJob:
    """A job whose assets are known.

    Attributes:
        declared: The job as it was declared.
        assembly: All there is, of which it runs some.
        resources: Resources by name.
        partitions_def: The partitions that its assets share.
        executor_def, loggers: What `Definitions` names; kept, and not followed.
    """

    declared: UnresolvedAssetJob
    assembly: Assembly
    resources: Mapping[str, Any] = field(default_factory=dict)
    partitions_def: PartitionsDefinition | None = None
    executor_def: Any = multi_or_in_process_executor
    loggers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asset_layer(self) -> ResolvedJob:
        """The job itself, which knows the graph of its assets."""
        return self

    @property
    def asset_graph(self) -> Assembly:
        return self.assembly

    @property
    def resource_defs(self) -> dict[str, Any]:
        """Its resources, plain objects as definitions too."""
        return declare_resources(self.resources)

    @property
    def name(self) -> str:
        return self.declared.name

    @property
    def description(self) -> str | None:
        return self.declared.description

    @property
    def tags(self) -> Mapping[str, str]:
        return self.declared.tags

    @property
    def run_tags(self) -> Mapping[str, str]:
        return self.declared.run_tags

    @property
    def config(self) -> Mapping[str, Any] | PartitionedConfig | None:
        return self.declared.config

    @property
    def metadata(self) -> Mapping[str, MetadataValue]:
        return check_metadata(self.declared.metadata or {})

    @property
    def owners(self) -> Sequence[str]:
        return self.declared.owners

    def get_job_snapshot(self) -> UnresolvedAssetJob:
        """Return what the job says of itself."""
        return self.declared

    @property
    def graph(self) -> JobGraph:
        """What it calls."""
        return JobGraph(plan_steps(self.assembly, *list_selected(self.assembly, self.declared.selection)))

    def has_node_named(self, name: str) -> bool:
        """Tell whether one of its calls has a name."""
        return any(step.name == name for step in self.graph.steps)

    def get_subset(self, *, asset_selection: Iterable[AssetKey]) -> ResolvedJob:
        """Return the same job of some of its assets."""
        chosen = AssetSelection.assets(*asset_selection)
        return replace(self, declared=replace(self.declared, selection=chosen))

    def run_request_for_partition(self, partition_key: str, **options: Any) -> RunRequest:
        """Return a request for a partition; see `UnresolvedAssetJob.run_request_for_partition`."""
        known = replace(self.declared, partitions_def=self.partitions_def)
        return known.run_request_for_partition(partition_key, **options)

    def execute_in_process(
        self,
        run_config: RunConfig | Mapping[str, Any] | None = None,
        instance: Instance | None = None,
        partition_key: str | None = None,
        raise_on_error: bool = True,
        asset_selection: Sequence[AssetKey] | None = None,
        tags: Mapping[str, str] | None = None,
        resources: Mapping[str, Any] | None = None,
        run_id: str | None = None,
    ) -> RunResult:
        """Run it in this process; see `materialize`."""
        selection = self.declared.selection if asset_selection is None else AssetSelection.assets(*asset_selection)
        return run_job(
            replace(self, resources={**self.resources, **(resources or {})}),
            selection,
            run_config=run_config,
            instance=instance,
            partition_key=partition_key,
            raise_on_error=raise_on_error,
            tags=tags,
            run_id=run_id,
            may_be_empty=True,
        )


@dataclass(frozen=True, slots=True)
class JobGraph:
    """The calls that a job makes.

    Attributes:
        steps: One after the other.
    """

    steps: Sequence[Step]

    def iterate_op_defs(self) -> Iterator[Operation]:
        """Yield the function of each call."""
        for step in self.steps:
            yield step.definition.node_def


def resolve_job(job: UnresolvedAssetJob, assembly: Assembly, resources: Mapping[str, Any]) -> ResolvedJob:
    """Return a job whose assets are found among others.

    Raises:
        DefinitionError: it selects something that there is not, or assets that are partitioned differently.
    """
    try:
        contents = job.select(assembly)
    except SelectionError as error:
        raise DefinitionError(f"Failed to resolve asset job {job.name}: {error.message}", hint=error.hint) from None
    return ResolvedJob(job, assembly, resources, contents.partitions_def)


def run_job(
    job: ResolvedJob,
    selection: AssetSelection,
    *,
    run_config: RunConfig | Mapping[str, Any] | None = None,
    instance: Instance | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    tags: Mapping[str, str] | None = None,
    run_id: str | None = None,
    may_be_empty: bool = False,
) -> RunResult:
    """Run what a selection means among the assets that a job knows.

    Args:
        job: The job.
        selection: What of it runs.
        run_config, instance, partition_key, raise_on_error, tags: As of `materialize`.
        run_id: What the run is called.
        may_be_empty: The selection may mean nothing; else that is an error.

    Raises:
        DefinitionError: a parameter of an asset names no asset.
        SelectionError: it means nothing that can be made or checked.
    """
    assembly = job.assembly
    keys, checks = list_selected(assembly, selection)
    assembly.refuse_unknown(keys)
    if not keys and not checks and not may_be_empty:
        raise SelectionError(f"the selection {selection} matches nothing that can be run")
    asked: str | tuple[str, str] | None = partition_key
    own_tags = {**job.run_tags, **(tags or {}), **read_partition_tags(job.config, partition_key)}
    if partition_key is None and PARTITION_RANGE_START_TAG in own_tags:
        asked = (own_tags[PARTITION_RANGE_START_TAG], own_tags[PARTITION_RANGE_END_TAG])
    result = run_assembly(
        assembly,
        Asked(
            keys=keys,
            checks=checks,
            resources=job.resources,
            run_config=read_partition_config(job.config, partition_key) if run_config is None else run_config,
            partition_key=asked,
            tags=own_tags,
            job_name=job.name,
            raise_on_error=raise_on_error,
            retry_policy=job.declared.op_retry_policy,
            run_id=run_id,
        ),
        instance,
    )
    return replace(result, job_def=job)


def list_selected(
    assembly: Assembly, selection: AssetSelection
) -> tuple[AbstractSet[AssetKey], AbstractSet[AssetCheckKey]]:
    """Return the assets and the checks that a selection means and that can be run."""
    runnable = {key for each in assembly.assets for key in each.keys}
    return selection.resolve(assembly) & runnable, selection.resolve_checks(assembly)


def materialize(
    assets: Iterable[Any],
    run_config: RunConfig | Mapping[str, Any] | None = None,
    instance: Instance | None = None,
    resources: Mapping[str, Any] | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    tags: Mapping[str, str] | None = None,
    selection: Any = None,
) -> RunResult:
    """Run assets, and the checks among them, in this process, whatever stands already.

    Args:
        assets: Assets, checks, source assets, specs, files, and Definitions with their resources; what is only read
            need not be selected.
        run_config: Config of assets and resources.
        instance: Remembers what happened, and has the folder of outputs; default: one of its own.
        resources: Resources by name.
        partition_key: The partition of those that are partitioned.
        raise_on_error: Raise the first exception of user code.
        tags: Of the run.
        selection: Which of them: text, keys, assets, an AssetSelection; default: all.

    Raises:
        DefinitionError: the assets do not make a graph, or a resource is missing.
        RunConfigError: config does not fit.
        UnknownPartitionError: there is no such partition.
        SelectionError: the selection names something unknown or matches nothing.
        Exception: what user code raised, with `raise_on_error`.
    """
    chosen = _choose(selection)
    given = list(assets)
    return run_job(
        _make_job(assemble(given), chosen, {**_list_resources(given), **(resources or {})}),
        chosen,
        run_config=run_config,
        instance=instance,
        partition_key=partition_key,
        raise_on_error=raise_on_error,
        tags=tags,
        may_be_empty=selection is None,
    )


def materialize_to_memory(
    assets: Iterable[Any],
    run_config: RunConfig | Mapping[str, Any] | None = None,
    instance: Instance | None = None,
    resources: Mapping[str, Any] | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    tags: Mapping[str, str] | None = None,
    selection: Any = None,
) -> RunResult:
    """Run assets in this process, and keep what they make in memory, whatever their IO managers are.

    Args:
        assets, run_config, instance, partition_key, raise_on_error, tags, selection: As of `materialize`.
        resources: Resources by name; no IO managers that the assets name.

    Raises:
        InvariantError: an IO manager is given, or an asset has one of its own.
        Exception: as `materialize`.
    """
    given = list(assets)
    assembly = assemble(given)
    files = {each.key for each in given if isinstance(each, FileSource)}
    kept = {key: each for key, each in assembly.producers.items() if key not in files}
    named = {find_manager(each, key) for key, each in kept.items()} | {DEFAULT_IO_MANAGER}
    own = {name for each in (*assembly.assets_defs, *assembly.checks) for name in each.resource_defs}
    wrong = sorted(named & {*(resources or {}), *own})
    if wrong:
        raise InvariantError(
            "Attempted to call `materialize_to_memory` with a resource provided for io manager key "
            f"'{wrong[0]}'. Do not provide resources for io manager keys when calling `materialize_to_memory`, as it "
            "will override io management behavior for all keys."
        )
    memory = InMemoryIOManager()
    chosen = _choose(selection)
    return run_job(
        _make_job(assembly, chosen, {**_list_resources(given), **(resources or {}), **dict.fromkeys(named, memory)}),
        chosen,
        run_config=run_config,
        instance=instance,
        partition_key=partition_key,
        raise_on_error=raise_on_error,
        tags=tags,
        may_be_empty=selection is None,
    )


def _choose(selection: Any) -> AssetSelection:
    if selection is None:
        return AssetSelection.all() | AssetSelection.all_asset_checks()
    return AssetSelection.from_coercible(selection)


def _list_resources(given: Iterable[Any]) -> dict[str, Any]:
    return {name: each for one in given if isinstance(one, Definitions) for name, each in one.resources.items()}


def _make_job(assembly: Assembly, selection: AssetSelection, resources: Mapping[str, Any]) -> ResolvedJob:
    return ResolvedJob(UnresolvedAssetJob(name=_NAMELESS, selection=selection), assembly, resources)
