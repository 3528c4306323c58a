"""Sandbox: builds in the caller's process, to see what an edit rebuilds."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.parts import name_node, name_output, take_apart
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.definitions import Definitions
from assetmake.definitions.external import SourceAsset
from assetmake.discovery.collect import describe_assets
from assetmake.discovery.config import BuildConfig, Config, ProjectConfig
from assetmake.discovery.contents import Declared, open_declared
from assetmake.errors import UsageError
from assetmake.events import AssetFinished, CheckAnswered, Event, NodeFailed
from assetmake.execution.asked import BuildOptions
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
        success: Nothing failed, checks included.
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


class Sandbox:
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
        self._watch = _Watch.of(each for each in declared if isinstance(each, AssetsDefinition))
        self.project = Project(
            root=self.root,
            config=Config(ProjectConfig("sandbox"), BuildConfig(jobs=1)),
            manifest=describe_assets(declared, root=self.root),
            state=self._state,
            open_executor=lambda _, __: Inline(self._watch.find, root=self.root),
        )

    def plan(self, *selection: str, keys: KeyOptions | None = None) -> PlanView:
        """Return what a build would do."""
        return self.project.make_plan(Selection(selection, keys=keys or KeyOptions()))

    def build(
        self, *selection: str, keys: KeyOptions | None = None, force: bool = False, only: bool = False
    ) -> BuildResult:
        """Bring a selection up to date; a failing asset is told in the result, not raised."""
        events: list[Event] = []
        self._watch.clear()
        asked = Selection(selection, keys=keys or KeyOptions())
        done = self.project.build(asked, BuildOptions(force=force, only=only), events.append)
        finished = [event for event in events if isinstance(event, AssetFinished)]
        return BuildResult(
            success=not (done.failed or done.checks_failed),
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
        pieces = [Piece(name, path) for name, path in found]
        several = record.partitions is not None and partition_key is None
        return open_io_manager(record.io_manager).load(
            pieces, annotation=None, partitioned=record.partitions is not None, several=several
        )


@dataclass(slots=True)
class _Watch:
    """Finds live definitions for works, and keeps what their functions return and raise."""

    definitions: dict[AssetKey, AssetsDefinition]
    names: dict[tuple[AssetKey, str], AssetKey]
    ran: list[str] = field(default_factory=list)
    returned: dict[str, Any] = field(default_factory=dict)
    error: BaseException | None = None

    @classmethod
    def of(cls, declared: Iterable[AssetsDefinition]) -> _Watch:
        definitions: dict[AssetKey, AssetsDefinition] = {}
        names: dict[tuple[AssetKey, str], AssetKey] = {}
        for each in sorted(declared, key=lambda each: (each.is_executable, each.is_materializable)):
            parts = take_apart(each)
            for part in parts:
                definitions[name_node(part)] = each
                names.update({(name_node(part), name_output(other)): name_node(other) for other in parts})
        return cls(definitions, names)

    def clear(self) -> None:
        self.ran.clear()
        self.returned.clear()
        self.error = None

    def find(self, work: Work) -> AssetsDefinition:
        definition = self.definitions[work.asset]
        if not definition.is_materializable:  # what others make, and what looks at it, makes nothing here
            return definition
        calls = iter(work.calls)

        @functools.wraps(definition.function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            for node in next(calls):
                name = self.names.get((work.asset, node.output), work.asset)
                self.ran.append(str(name) if node.key is None else f"{name}@{node.key}")
            try:
                value = definition.function(*args, **kwargs)
            except BaseException as error:
                self.error = self.error or error
                raise
            self.returned[work.asset.to_python_identifier()] = value
            return value

        return definition.with_function(watched)


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
