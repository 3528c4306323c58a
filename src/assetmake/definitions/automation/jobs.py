"""define_asset_job: a selection of assets under a name, to be run together."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeGuard

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.automation.conditions import AutomationCondition
from assetmake.definitions.automation.labels import check_name, check_owners, read_tags
from assetmake.definitions.automation.partitioned_config import PartitionedConfig
from assetmake.definitions.automation.requests import RunRequest, list_partition_tags, read_run_config
from assetmake.definitions.partition_loading import partition_loading_context
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.place import Place, find_caller
from assetmake.definitions.refused import NO_HOOKS
from assetmake.definitions.retry import RetryPolicy
from assetmake.definitions.selecting.selectable import SelectableGraph, collect_graph
from assetmake.definitions.selecting.selection import AssetSelection, CoercibleToAssetSelection
from assetmake.errors import DefinitionError, InvariantError, SelectionError

if TYPE_CHECKING:
    from assetmake.definitions.configuring.run_config import RunConfig

_RUNNING = "assetmake.running.jobs"
"""What runs jobs stands above, and is loaded where it is asked for."""


class Job(Protocol):
    """What a schedule or a sensor needs of a job, whether its selection is resolved or not."""

    @property
    def name(self) -> str: ...

    @property
    def partitions_def(self) -> PartitionsDefinition | None: ...

    def run_request_for_partition(self, partition_key: str) -> RunRequest: ...


def is_job(value: object) -> TypeGuard[Job]:
    """Tell a job from assets, selections and names."""
    return callable(getattr(type(value), "run_request_for_partition", None))


class JobContents(NamedTuple):
    """What a job is made of in a graph."""

    asset_keys: frozenset[AssetKey]
    check_keys: frozenset[Any]
    partitions_def: PartitionsDefinition | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnresolvedAssetJob:
    """A job as declared: its selection is resolved where the assets are known.

    Attributes:
        tags: Describe the job.
        run_tags: Are put on its runs; the tags, where none were given.
        config: The config of its runs, as a dict, or what makes it of a partition.
        partitions_def: As it was given; None means that of the assets.
        place: Where it is declared.
    """

    name: str
    selection: AssetSelection
    config: Mapping[str, Any] | PartitionedConfig | None = None
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    run_tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] | None = None
    partitions_def: PartitionsDefinition | None = None
    executor_def: Any = None
    op_retry_policy: RetryPolicy | None = None
    owners: Sequence[str] = ()
    automation_condition: AutomationCondition[Any] | None = None
    place: Place = field(default_factory=find_caller)

    def with_metadata(self, metadata: Mapping[str, Any]) -> UnresolvedAssetJob:
        """The same with other metadata."""
        return replace(self, metadata=metadata)

    def resolve(self, asset_graph: Any, resource_defs: Mapping[str, Any] | None = None) -> Any:
        """Return the job with its assets, which are found in a graph, so that it can be run."""
        return importlib.import_module(_RUNNING).resolve_job(self, asset_graph, resource_defs or {})

    def select(self, graph: Any) -> JobContents:
        """Return what the job is made of among definitions or in a graph.

        Raises:
            SelectionError: the selection names something that does not exist.
            DefinitionError: the assets are partitioned in different ways, or in another way than the job.
        """
        known = collect_graph(graph)
        try:
            keys = frozenset(self.selection.resolve(known))
            checks = frozenset(self.selection.resolve_checks(known))
        except SelectionError as error:
            message = f'Error resolving selection for asset job "{self.name}": {error.message}'
            raise SelectionError(message, hint=error.hint) from None
        return JobContents(keys, checks, infer_partitions_def(self, keys, known))

    def run_request_for_partition(
        self,
        partition_key: str,
        run_key: str | None = None,
        tags: Mapping[str, Any] | None = None,
        asset_selection: Sequence[CoercibleToAssetKey] | None = None,
        run_config: RunConfig | Mapping[str, Any] | None = None,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> RunRequest:
        """Return a request for a partition, which has to exist now or at another time.

        `RunRequest(partition_key=...)` says the same and is checked where it is used.

        Args:
            partition_key: The partition.
            run_key, tags, asset_selection, run_config: As RunRequest takes them; the config is the job's by default.
            current_time: When the partition has to exist.
            dynamic_partitions_store: Knows the keys of dynamic partitions, as an instance does.

        Raises:
            InvariantError: the job has no partitions of its own.
            UsageError: they are dynamic, and nobody knows their keys.
            UnknownPartitionError: there is no such partition.
        """
        if self.partitions_def is None:
            raise InvariantError(
                f"Called run_request_for_partition on job {self.name}, which is non-partitioned as far as it says",
                hint="give define_asset_job a partitions_def, or return RunRequest(partition_key=...)",
            )
        with partition_loading_context(current_time, dynamic_partitions_store):
            self.partitions_def.validate_partition_key(partition_key)
        return request_partition(
            self,
            self.partitions_def,
            partition_key,
            request=RunRequest(run_key, run_config or {}, tags or {}, asset_selection=asset_selection),
        )


def define_asset_job(
    name: str,
    selection: CoercibleToAssetSelection | None = None,
    config: Any = None,
    description: str | None = None,
    tags: Mapping[str, Any] | None = None,
    run_tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    executor_def: Any = None,
    hooks: AbstractSet[Any] | None = None,
    op_retry_policy: RetryPolicy | None = None,
    owners: Sequence[str] | None = None,
    automation_condition: AutomationCondition[Any] | None = None,
) -> UnresolvedAssetJob:
    """Declare a job: assets that are run together under a name.

    Args:
        name: What it is called, as in `build --job NAME`.
        selection: Assets, names, keys, a selection or its text; all assets by default.
        config: A RunConfig or a dict, for all its runs; or a PartitionedConfig, whose partitions are then the job's.
        description, metadata, owners: For people.
        tags: Describe the job, and are put on its runs unless run_tags are given.
        run_tags: Are put on its runs.
        partitions_def: Only where it is to be known before the assets are; default: that of the assets.
        executor_def: Accepted for compatibility: how a run executes is said by `[build]` in assets.toml.
        hooks: There are none; given ones are an error that says what to use.
        op_retry_policy: For those of its assets that have no policy of their own.
        automation_condition: When the job is run by itself.

    Raises:
        DefinitionError: the declaration is wrong.

    Example:
        >>> define_asset_job("nightly", selection="tag:nightly").name
        'nightly'
    """
    if hooks:
        raise DefinitionError(f"job {name}: {NO_HOOKS}")
    chosen = AssetSelection.all() if selection is None else AssetSelection.from_coercible(selection)
    described = read_tags(tags)
    return UnresolvedAssetJob(
        name=check_name(name, noun="job"),
        selection=chosen,
        config=None if config is None else _read_job_config(name, config),
        description=description,
        tags=described,
        run_tags=read_tags(run_tags) or described,
        metadata=metadata,
        partitions_def=config.partitions_def if isinstance(config, PartitionedConfig) else partitions_def,
        executor_def=executor_def,
        op_retry_policy=op_retry_policy,
        owners=check_owners(owners, noun="job", name=name),
        automation_condition=automation_condition,
    )


def infer_partitions_def(
    job: UnresolvedAssetJob, keys: AbstractSet[AssetKey], graph: SelectableGraph
) -> PartitionsDefinition | None:
    """Return the partitions of a job: those that all partitioned ones of its assets share.

    Raises:
        DefinitionError: they differ.
    """
    shared, holder = job.partitions_def, f"job {job.name}"
    for key in sorted(keys):
        definition = graph.selectables[key].partitions_def
        if definition is None or definition == shared:
            continue
        if shared is not None:
            raise DefinitionError(
                f"job {job.name}: Selected assets must have the same partitions definitions, but {holder} has "
                f"{shared!r}, and asset {key} has {definition!r}",
                hint="make a job of each",
            )
        shared, holder = definition, f"asset {key}"
    return shared


def request_partition(job: Job, definition: PartitionsDefinition, key: str, *, request: RunRequest) -> RunRequest:
    """Return a request completed for a partition of a job: with its name, the tags of the key, and the job's config."""
    return request.with_replaced_attrs(
        job_name=request.job_name or job.name,
        run_config=request.run_config or read_partition_config(getattr(job, "config", None), key),
        tags={
            **request.tags,
            **read_partition_tags(getattr(job, "config", None), key),
            **list_partition_tags(definition, key),
        },
        partition_key=key,
    )


def read_partition_config(config: Any, key: str | None) -> dict[str, Any]:
    """Return the config of a job's run: what it is for all runs, or what is made of the partition.

    Raises:
        InvariantError: it is made of a partition, and none runs.
    """
    if not isinstance(config, PartitionedConfig):
        return read_run_config(config)
    if key is None:
        raise InvariantError("the job's config is made of a partition, and the run is of none", hint="name a partition")
    return read_run_config(config.get_run_config_for_partition_key(key))


def read_partition_tags(config: Any, key: str | None) -> dict[str, str]:
    """Return the tags that a job's config has for the run of a partition; nothing where it makes none."""
    if key is None or not isinstance(config, PartitionedConfig):
        return {}
    return read_tags(config.get_tags_for_partition_key(key))


def _read_job_config(name: str, config: Any) -> dict[str, Any] | PartitionedConfig:
    if isinstance(config, PartitionedConfig):
        return config
    try:
        return read_run_config(config)
    except InvariantError as error:
        raise DefinitionError(f"job {name}: {error.message.replace('run_config', 'config')}") from None
