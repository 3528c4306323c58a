"""The contexts of a run: what a function that makes or checks assets knows of itself, and what it may say."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.operation import Operation
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.checking.specs import AssetCheckSpec
from assetmake.definitions.configuring.resources import Resources
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.occurrences.runs import RUN_ID_OUTSIDE, Run
from assetmake.definitions.partition_context import PartitionContext, Reads
from assetmake.definitions.results import DataVersion
from assetmake.errors import InvariantError

LOGGER = "assetmake.asset"
_LOG = logging.getLogger(LOGGER)


class AssetExecutionContext(PartitionContext):
    """Given to the function of assets whose first parameter is named `context`; of checks, see its subclass.

    Attributes:
        definition: The assets and checks that are asked for.
        log: A logger; in a build its lines are kept with the node's output.
        resources: The resources that it asks for, as attributes.
        op_config: Its config, in plain form.
        run_id, run: The run, or the build.
        retry_number: How often it was tried before.
        said: What was told of each output, by the output's name.
        events: Events that it logged.
        versions: The versions that it gave to what it made.
        place: What `set_place` was given; empty where it was not called.
    """

    __slots__ = (
        "_instance",
        "_load",
        "_output_folder",
        "_own_key",
        "_resources",
        "definition",
        "events",
        "log",
        "op_config",
        "place",
        "retry_number",
        "run",
        "said",
        "versions",
    )

    def __init__(
        self,
        definition: AssetsDefinition,
        *,
        keys: Sequence[str] = (),
        given_keys: Sequence[str] | None = None,
        run: Run | None = None,
        resources: Resources | None = None,
        op_config: Any = None,
        instance: Any = None,
        log: logging.Logger | None = None,
        inputs: Mapping[str, Reads] | None = None,
        retry_number: int = 0,
        load: Callable[[AssetKey, Any, str | None], Any] | None = None,
        output_folder: str | None = None,
    ) -> None:
        specs = definition.specs
        own = specs[0].key if specs else _find_checked(definition)
        super().__init__(own, partitions_def=definition.partitions_def, keys=keys, given_keys=given_keys, inputs=inputs)
        self._own_key = own
        self.definition = definition
        self._resources = resources or Resources()
        self.run = run or Run("", RUN_ID_OUTSIDE)
        self.log = log or _LOG
        self.op_config = op_config
        self._instance = instance
        self.retry_number = retry_number
        self.said: dict[str, dict[str, MetadataValue]] = {}
        self.events: list[Any] = []
        self.versions: dict[AssetKey, DataVersion] = {}
        self.place = ""
        self._load = load
        self._output_folder = output_folder

    @property
    def run_id(self) -> str:
        return self.run.run_id

    @property
    def instance(self) -> Any:
        """What remembers runs and events; a worker of a build has only what can be had there."""
        return self._instance

    @property
    def asset_key(self) -> AssetKey:
        """The asset that runs, or is checked.

        Raises:
            InvariantError: several run.
        """
        if len(self.definition.specs) > 1:
            raise InvariantError(
                "Cannot call `context.asset_key` in a multi_asset with more than one asset. Use "
                "`context.asset_key_for_output` instead."
            )
        return self._own_key

    @property
    def resources(self) -> Any:
        return self._resources

    @property
    def op_execution_context(self) -> AssetExecutionContext:
        return self

    asset_execution_context = op_execution_context

    @property
    def op(self) -> Operation:
        return self.definition.node_def

    op_def = node_def = op

    @property
    def op_handle(self) -> str:
        return self.op.name

    @property
    def assets_def(self) -> AssetsDefinition:
        return self.definition

    @property
    def has_assets_def(self) -> bool:
        return bool(self.definition.keys)

    @property
    def job_name(self) -> str:
        return self.run.job_name

    @property
    def dagster_run(self) -> Run:
        return self.run

    @property
    def run_tags(self) -> Mapping[str, str]:
        return self.run.tags

    @property
    def run_config(self) -> Mapping[str, Any]:
        return self.run.run_config

    def has_tag(self, key: str) -> bool:
        return key in self.run_tags

    def get_tag(self, key: str) -> str | None:
        return self.run_tags.get(key)

    # What is asked for

    @property
    def selected_asset_keys(self) -> set[AssetKey]:
        return self.definition.keys

    @property
    def selected_asset_check_keys(self) -> set[AssetCheckKey]:
        return self.definition.check_keys

    @property
    def selected_output_names(self) -> set[str]:
        return {slot.name for slot in self.definition.output_slots}

    @property
    def is_subset(self) -> bool:
        return self.definition.whole is not None

    @property
    def check_specs(self) -> Sequence[AssetCheckSpec]:
        return self.definition.check_specs

    def asset_key_for_output(self, output_name: str = "result") -> AssetKey:
        return self.op.output_def_named(output_name).key

    def output_for_asset_key(self, asset_key: AssetKey) -> str:
        return next(slot.name for slot in self.op.outputs if slot.key == asset_key)

    def asset_key_for_input(self, input_name: str) -> AssetKey:
        found = {slot.name: slot.key for slot in self.op.inputs}.get(input_name)
        if found is None:
            raise InvariantError(f"{self.op.name} has no input {input_name!r}")
        return found

    # What it says

    @property
    def output_path(self) -> Path:
        """A path to write a file to while running in a build; it becomes the asset's output.

        Give it the suffix you like: `context.output_path.with_suffix(".png")`.

        Raises:
            InvariantError: a range of keys runs, or several assets, each of which has an output of its own.
        """
        if len(self.keys) > 1:
            raise InvariantError(
                f"asset {self._own_key}: there is no single output_path, {len(self.keys)} keys run in one call",
                hint="return a dict with a value for each key; a value may be the Path of a file",
            )
        if len(self.op.outputs) > 1:
            raise InvariantError(
                f"{self.op.name}: there is no single output_path, the function makes {len(self.op.outputs)} assets",
                hint="return the Path of a file for each",
            )
        if self._output_folder is None:
            raise InvariantError(f"asset {self._own_key}: there is no output_path outside a build")
        folder = Path(self._output_folder)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "output"

    def add_output_metadata(
        self,
        metadata: Mapping[str, Any],
        output_name: str | None = None,
        mapping_key: str | None = None,  # noqa: ARG002 - no output is mapped here
    ) -> None:
        """Record facts about a result; of several results it says of which.

        Raises:
            InvariantError: there is no such output, or it is not said of which of several.
        """
        names = [slot.name for slot in self.op.outputs]
        if output_name is None and len(names) > 1:
            raise InvariantError(
                "Attempted to add metadata without providing output_name, but multiple outputs exist. Please provide "
                "an output_name to the invocation of `context.add_output_metadata`."
            )
        if output_name is not None and output_name not in names:
            raise InvariantError(f"Attempted to add metadata for output {output_name!r} that does not exist.")
        own = self.said.setdefault(output_name or names[0], {})
        own.update(check_metadata(metadata))

    def add_asset_metadata(
        self,
        metadata: Mapping[str, Any],
        asset_key: CoercibleToAssetKey | None = None,
        partition_key: str | None = None,  # noqa: ARG002 - what is said is said of all that runs
    ) -> None:
        """Record facts about an asset; of several assets it says of which."""
        if asset_key is None:
            self.add_output_metadata(metadata)
            return
        key = AssetKey.from_coercible(asset_key)
        if key not in self.definition.keys:
            raise InvariantError(f"{key} is not among the assets that run: {self.definition.title}")
        self.add_output_metadata(metadata, output_name=self.output_for_asset_key(key))

    def get_output_metadata(self, output_name: str = "result", mapping_key: str | None = None) -> Mapping[str, Any]:
        del mapping_key
        return {name: value.value for name, value in self.said.get(output_name, {}).items()}

    def set_data_version(self, asset_key: CoercibleToAssetKey, data_version: DataVersion) -> None:
        """Say what stands for the content of an asset; a version that its result has counts first."""
        self.versions[AssetKey.from_coercible(asset_key)] = data_version

    def set_place(self, path: str | os.PathLike[str]) -> None:
        """Name a file or a folder that what the function keeps by itself is in, as one annotated -> None does.

        When it is gone, a build makes the asset again. What else is in there does not count.

        Args:
            path: Relative to the project's folder, or absolute.
        """
        self.place = os.fspath(path)

    def load_asset_value(
        self, asset_key: CoercibleToAssetKey, *, python_type: Any = None, partition_key: str | None = None
    ) -> Any:
        """Return what stands of an asset of the run's definitions.

        Args:
            asset_key: The asset.
            python_type: The type that it is to have.
            partition_key: Which of its partitions.

        Raises:
            InvariantError: there is no such asset, or no run.
            LoadInputError: nothing stands of it.
        """
        if self._load is None:
            raise InvariantError("load_asset_value is there in a run only")
        return self._load(AssetKey.from_coercible(asset_key), python_type, partition_key)

    def log_event(self, event: Any) -> None:
        """Record an AssetMaterialization or an AssetObservation."""
        self.events.append(event)


OpExecutionContext = AssetExecutionContext
"""Another name of it."""


class AssetCheckExecutionContext(AssetExecutionContext):
    """Given to the function of checks whose first parameter is named `context`."""

    __slots__ = ()

    @property
    def asset_check_spec(self) -> AssetCheckSpec:
        """The check that is done.

        Raises:
            InvariantError: several are.
        """
        if len(self.check_specs) != 1:
            raise InvariantError(f"{self.op.name} does {len(self.check_specs)} checks, not one")
        return self.check_specs[0]


def _find_checked(definition: AssetsDefinition) -> AssetKey:
    found: Iterable[AssetKey] = (spec.asset_key for spec in definition.check_specs)
    return next(iter(found), AssetKey("checks"))
