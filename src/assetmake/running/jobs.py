"""Jobs and materialize: what is asked for by a name, a selection or a list, run in this process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.automation.jobs import UnresolvedAssetJob
from assetmake.definitions.configuring.run_config import RunConfig
from assetmake.definitions.instance.instance import Instance
from assetmake.definitions.keeping.memory import InMemoryIOManager
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.selecting.selection import AssetSelection
from assetmake.errors import InvariantError, SelectionError
from assetmake.running.assembly import Assembly, assemble, without_managers
from assetmake.running.inputs import find_manager
from assetmake.running.result import RunResult
from assetmake.running.run import Asked, run_assembly

_RANGE_START, _RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@dataclass(frozen=True, slots=True)
class ResolvedJob:
    """A job whose assets are known.

    Attributes:
        name: What it is called.
        assembly: All there is.
        selection: What of it the job runs.
        resources: Resources by name.
        config, tags: Of its runs, where none are given.
    """

    name: str
    assembly: Assembly
    selection: AssetSelection
    resources: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    partitions_def: PartitionsDefinition | None = None
    description: str | None = None

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
        del run_id
        selection = self.selection if asset_selection is None else AssetSelection.assets(*asset_selection)
        return run_selection(
            self.assembly,
            selection,
            resources={**self.resources, **(resources or {})},
            run_config=run_config if run_config is not None else self.config,
            instance=instance,
            partition_key=partition_key,
            raise_on_error=raise_on_error,
            tags={**self.tags, **(tags or {})},
            job_name=self.name,
        )


def resolve_job(job: UnresolvedAssetJob, assembly: Assembly, resources: Mapping[str, Any]) -> ResolvedJob:
    """Return a job whose assets are found among others.

    Raises:
        SelectionError: it selects something that there is not.
    """
    contents = job.select(assembly)
    return ResolvedJob(
        job.name,
        assembly,
        job.selection,
        resources,
        job.config,
        job.run_tags,
        contents.partitions_def,
        job.description,
    )


def run_selection(
    assembly: Assembly,
    selection: AssetSelection,
    *,
    resources: Mapping[str, Any] | None = None,
    run_config: RunConfig | Mapping[str, Any] | None = None,
    instance: Instance | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    tags: Mapping[str, str] | None = None,
    job_name: str = "__ephemeral_asset_job__",
) -> RunResult:
    """Run what a selection means.

    Raises:
        SelectionError: it means nothing that can be made or checked.
    """
    runnable = {key for each in assembly.assets for key in each.keys}
    keys = selection.resolve(assembly) & runnable
    checks = selection.resolve_checks(assembly)
    if not keys and not checks:
        raise SelectionError(f"the selection {selection} matches nothing that can be run")
    asked: str | tuple[str, str] | None = partition_key
    own_tags = dict(tags or {})
    if partition_key is None and _RANGE_START in own_tags:
        asked = (own_tags[_RANGE_START], own_tags[_RANGE_END])
    return run_assembly(
        assembly,
        Asked(
            keys=keys,
            checks=checks,
            resources=resources or {},
            run_config=run_config,
            partition_key=asked,
            tags=own_tags,
            job_name=job_name,
            raise_on_error=raise_on_error,
        ),
        instance,
    )


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
        assets: Assets, checks, source assets and specs; what is only read need not be selected.
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
    given = list(assets)
    if not given:
        raise InvariantError("materialize was given no assets")
    assembly = assemble(given)
    chosen = AssetSelection.all() | AssetSelection.all_asset_checks()
    if selection is not None:
        chosen = AssetSelection.from_coercible(selection)
    return run_selection(
        assembly,
        chosen,
        resources=resources,
        run_config=run_config,
        instance=instance,
        partition_key=partition_key,
        raise_on_error=raise_on_error,
        tags=tags,
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
        InvariantError: an IO manager is given.
        Exception: as `materialize`.
    """
    given = list(assets)
    if not given:
        raise InvariantError("materialize_to_memory was given no assets")
    assembly = assemble(given)
    named = {find_manager(each, key) for key, each in assembly.producers.items()} | {DEFAULT_IO_MANAGER}
    wrong = sorted(named & (resources or {}).keys())
    if wrong:
        raise InvariantError(
            "Attempted to call `materialize_to_memory` with a resource provided for io manager key "
            f"'{wrong[0]}'. Do not provide resources for io manager keys when calling `materialize_to_memory`, as it "
            "will override io management behavior for all keys."
        )
    kept = InMemoryIOManager()
    chosen = AssetSelection.all() | AssetSelection.all_asset_checks()
    return run_selection(
        without_managers(assembly, named),
        chosen if selection is None else AssetSelection.from_coercible(selection),
        resources={**(resources or {}), **dict.fromkeys(named, kept)},
        run_config=run_config,
        instance=instance,
        partition_key=partition_key,
        raise_on_error=raise_on_error,
        tags=tags,
    )
