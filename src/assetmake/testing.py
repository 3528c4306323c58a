"""Sandbox and ProjectSandbox: builds in the caller's process, of live assets or of a project, away from its outputs."""

from __future__ import annotations

import contextlib
import functools
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.parts import name_node, name_output, take_apart
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.definitions import Definitions
from assetmake.definitions.external import SourceAsset
from assetmake.discovery.collect import build_manifest, describe_assets
from assetmake.discovery.config import BuildConfig, Config, ProjectConfig, load_config
from assetmake.discovery.contents import Declared, open_declared
from assetmake.discovery.importer import find_asset, import_resources
from assetmake.discovery.loader import uninstall
from assetmake.errors import UsageError
from assetmake.events import AssetFinished, CheckAnswered, Event, NodeFailed
from assetmake.execution.asked import BuildOptions
from assetmake.execution.bench import FindAsset
from assetmake.execution.executors.inline import Inline
from assetmake.execution.work import Work
from assetmake.graph.key_rules import KeyOptions
from assetmake.graph.selection import Selection
from assetmake.planning.prepared import PlanView
from assetmake.project import Project
from assetmake.storage.io_managers import Piece, open_io_manager
from assetmake.storage.state import EphemeralState


@dataclass(slots=True)
class BuildResult:
    """What a build in this process did.

    Attributes:
        success: Nothing failed, checks and modules included.
        ran: The nodes that ran, in order, as `asset` or `asset@key`, and checks as `asset:check`.
        reasons: Why each asset had something to run.
        failures: The events of nodes that failed.
        events: Everything that happened.
        error: The first exception that user code raised.
    """

    success: bool
    ran: list[str]
    reasons: dict[str, str]
    failures: list[NodeFailed]
    events: list[Event]
    error: BaseException | None
    _returned: dict[str, Any]
    _load: Callable[[AssetKey, str | None], Any]

    @property
    def checks(self) -> dict[str, str]:
        """What the checks found that were made, or that did not pass before: "passed", "warned" or "failed"."""
        answers = [event for event in self.events if isinstance(event, CheckAnswered)]
        return {f"{each.asset}:{each.check}" + (f"@{each.key}" if each.key else ""): each.verdict for each in answers}

    def output_for_node(self, node: str) -> Any:
        """Return what an asset's function returned; `a/b` is named `a__b`.

        Raises:
            UsageError: it did not run.
        """
        if node not in self._returned:
            ran = ", ".join(sorted(self._returned)) or "nothing"
            raise UsageError(f"{node} did not run in this build", hint=f"what ran: {ran}")
        return self._returned[node]

    def asset_value(self, key: CoercibleToAssetKey, *, partition_key: str | None = None) -> Any:
        """Return what stands of an asset, loaded as it was stored."""
        return self._load(AssetKey.from_coercible(key), partition_key)


class _Builds:
    """What builds in the caller's process have in common: a project, and who watches its functions.

    Attributes:
        project: What is built.
    """

    project: Project
    _watch: _Watch

    @property
    def broken(self) -> dict[str, str]:
        """The modules that did not import, with what they raised; what others declare is built all the same."""
        return {each.module: each.message for each in self.project.manifest.failures}

    def plan(self, *selection: str, keys: KeyOptions | None = None) -> PlanView:
        """Return what a build would do."""
        return self.project.make_plan(Selection(selection, keys=keys or KeyOptions()))

    def build(
        self, *selection: str, keys: KeyOptions | None = None, force: bool = False, only: bool = False
    ) -> BuildResult:
        """Bring a selection up to date; a failing asset is told in the result, not raised."""
        return self._build(Selection(selection, keys=keys or KeyOptions()), BuildOptions(force=force, only=only))

    def check(self, *selection: str, keys: KeyOptions | None = None, force: bool = False) -> BuildResult:
        """Make the checks of what stands, and no asset."""
        return self._build(Selection(selection, keys=keys or KeyOptions()), BuildOptions(force=force, checks_only=True))

    def value(self, key: CoercibleToAssetKey, *, partition_key: str | None = None) -> Any:
        """Return what stands of an asset, loaded as it was stored.

        Raises:
            UsageError: nothing stands, or it is kept by an IO manager of the user's.
        """
        return self._load(AssetKey.from_coercible(key), partition_key)

    def _build(self, asked: Selection, options: BuildOptions) -> BuildResult:
        events: list[Event] = []
        self._watch.clear()
        done = self.project.build(asked, options, events.append)
        finished = [event for event in events if isinstance(event, AssetFinished)]
        return BuildResult(
            success=not (done.failed or done.checks_failed or self.broken),
            ran=list(self._watch.ran),
            reasons={event.asset: event.reason for event in finished if event.built or event.unchanged or event.failed},
            failures=[event for event in events if isinstance(event, NodeFailed)],
            events=events,
            error=self._watch.error,
            _returned=dict(self._watch.returned),
            _load=self._load,
        )

    def _load(self, key: AssetKey, partition_key: str | None) -> Any:
        keys = None if partition_key is None else [partition_key]
        found = self.project.find_outputs(key, keys)
        if not found:
            raise UsageError(f"{key} has no stored value", hint="did it fail, or is it annotated -> None?")
        record = self.project.graph.assets[key]
        if record.io_manager in dict(record.resources):
            raise UsageError(
                f"{key} is kept by the IO manager {record.io_manager!r}, which is not one of assetmake's",
                hint="what its function returned is output_for_node(...) of the build that ran it",
            )
        pieces = [Piece(name, path) for name, path in found]
        several = record.partitions is not None and partition_key is None
        return open_io_manager(record.io_manager).load(
            pieces, annotation=None, partitioned=record.partitions is not None, several=several
        )


class Sandbox(_Builds):
    """A project made of live assets, with a state of its own that lasts from build to build.

    Args:
        assets: Assets, sources, or Definitions.
        root: Where outputs go, and what sources' paths are relative to; default: a temporary folder.

    Example:
        >>> from assetmake import asset
        >>> @asset
        ... def one() -> int:
        ...     return 1
        >>> sandbox = Sandbox([one])
        >>> sandbox.build().ran
        ['one']
        >>> sandbox.build().ran
        []
    """

    def __init__(
        self, assets: Iterable[Declared | AssetSpec | SourceAsset | Definitions], *, root: Path | None = None
    ) -> None:
        self._temporary = None if root else tempfile.TemporaryDirectory(prefix="assetmake-")
        self.root = root or Path(self._temporary.name if self._temporary else "")
        self._state = EphemeralState()
        self.replace(assets)

    def replace(self, assets: Iterable[Declared | AssetSpec | SourceAsset | Definitions]) -> None:
        """Go on with other definitions, as after an edit."""
        declared = list(_flatten(assets))
        self._watch = _Watch(_Live(each for each in declared if isinstance(each, AssetsDefinition)).find)
        self.project = Project(
            root=self.root,
            config=Config(ProjectConfig("sandbox"), BuildConfig(jobs=1)),
            manifest=describe_assets(declared, root=self.root),
            state=self._state,
            open_executor=lambda _, __: Inline(self._watch.find, root=self.root, state=self._state),
        )


class ProjectSandbox(_Builds):
    """A project as its assets.toml declares it, with outputs and a state of its own, built in the caller's process.

    Its modules are those that the caller has imported or imports: what a test changes in them holds. While it builds,
    the current folder is the project's. `close` forgets the modules that were imported for it.

    Args:
        root: The project's folder.
        place: Where outputs, logs and all else go.
        resources: Stand in for those of the same name, in every module.

    Raises:
        ConfigError: assets.toml is missing or wrong.

    Example:
        >>> with ProjectSandbox(Path("shop"), place=tmp_path) as shop:
        ...     shop.build("orders@2026-01-05").success
        True
    """

    def __init__(self, root: Path, *, place: Path, resources: Mapping[str, Any] | None = None) -> None:
        self._imported = dict(sys.modules)
        self.root = root.resolve()
        self.resources = dict(resources or {})
        self._watch = _Watch(lambda work: find_asset(work.module, work.asset))
        config = load_config(self.root)
        config = replace(config, storage=replace(config.storage, root=str(place / "data")))
        state = EphemeralState()
        try:
            self.project = Project(
                root=self.root,
                config=replace(config, build=replace(config.build, jobs=1)),
                manifest=build_manifest(self.root, config, place=place),
                state=state,
                open_executor=lambda _, __: Inline(
                    self._watch.find,
                    find_resources=self._find_resources,
                    state=state,
                    root=place,  # IO managers that are given no folder have one there
                ),
                place=str(place),
            )
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the modules that were imported for the project, and where they were found; others stay."""
        uninstall()
        for name, module in self._imported.items():
            sys.modules.setdefault(name, module)

    def _build(self, asked: Selection, options: BuildOptions) -> BuildResult:
        with contextlib.chdir(self.root):
            return super()._build(asked, options)

    def _find_resources(self, module: str, keys: Collection[AssetKey]) -> Mapping[str, Any]:
        return {**import_resources(module, keys), **self.resources}


@dataclass(slots=True)
class _Watch:
    """Has the functions of works found and watched, and keeps what they return and raise."""

    source: FindAsset
    ran: list[str] = field(default_factory=list)
    returned: dict[str, Any] = field(default_factory=dict)
    error: BaseException | None = None

    def clear(self) -> None:
        self.ran.clear()
        self.returned.clear()
        self.error = None

    def find(self, work: Work) -> AssetsDefinition:
        definition = self.source(work)
        if not definition.is_materializable:  # what others make, and what looks at it, makes nothing here
            return definition
        names = {name_output(part): name_node(part) for part in take_apart(definition.entire)}
        calls = iter(work.calls)

        @functools.wraps(definition.function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            for node in next(calls):
                name = names.get(node.output, work.asset)
                self.ran.append(str(name) if node.key is None else f"{name}@{node.key}")
            try:
                value = definition.function(*args, **kwargs)
            except BaseException as error:
                self.error = self.error or error
                raise
            self.returned[work.asset.to_python_identifier()] = value
            return value

        return definition.with_function(watched)


class _Live:
    """Definitions that the caller holds."""

    def __init__(self, declared: Iterable[AssetsDefinition]) -> None:
        made_last = sorted(declared, key=lambda each: (each.is_executable, each.is_materializable))
        self._definitions = {name_node(part): each for each in made_last for part in take_apart(each)}

    def find(self, work: Work) -> AssetsDefinition:
        return self._definitions[work.asset]


def _flatten(
    assets: Iterable[Declared | AssetSpec | SourceAsset | Definitions],
) -> Iterator[Declared]:
    for each in assets:
        if isinstance(each, Definitions):
            several = [open_declared(declared, file=each.place.file) for declared in (*each.assets, *each.asset_checks)]
            yield from (_bind(declared, each) for declared in several)
        else:
            yield open_declared(each, file="__main__")


def _bind(declared: Any, definitions: Definitions) -> Any:
    """Return an asset that brings along the resources that its definitions give."""
    if not (definitions.resources and isinstance(declared, AssetsDefinition)):
        return declared
    return replace(declared, resource_defs={**definitions.resources, **declared.resource_defs})
