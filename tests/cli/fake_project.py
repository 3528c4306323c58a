"""A project without files or state: a plan made by hand, and a build that says what it is told to."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from assetmake.cli.entry import run
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.dependency import Dependency
from assetmake.definitions.calendars import DailyPartitionsDefinition
from assetmake.definitions.place import Place
from assetmake.discovery.automation_records import Automation
from assetmake.discovery.code.members import CodeGraph
from assetmake.discovery.config import Config, ProjectConfig
from assetmake.discovery.launch import Launch
from assetmake.discovery.manifest import AssetRecord, Fingerprint, Manifest, ModuleFailure
from assetmake.discovery.settings import OutputCheck
from assetmake.events import Event, RunFinished, RunStarted, Sink
from assetmake.execution.asked import BuildOptions
from assetmake.graph.asset_graph import AssetGraph, build_graph
from assetmake.graph.selection import Selection, select
from assetmake.planning.explain import Explanation, MemberChange
from assetmake.planning.history import NodeFailure
from assetmake.planning.plan import Plan, Reason, Verdict, Verdicts, encode
from assetmake.planning.prepared import PlanView
from assetmake.planning.shaping import Shape
from assetmake.planning.view import Scope

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
DAILY = DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01")
FINISHED = RunFinished("r1", 0, 0, 33, 0, 0, 0, 0, 0, 0, 0.18)
UP_TO_DATE: tuple[Event, ...] = (RunStarted("", assets=3, fresh=33, to_run=0, partitions=31), FINISHED)


def make_asset(name: str, *reads: str, daily: bool = False, root: str = "") -> AssetRecord:
    return AssetRecord(
        key=AssetKey(name),
        module="assets",
        place=Place("assets.py", 1),
        fingerprint=Fingerprint("", "", "", "", root),
        dependencies=tuple(Dependency(AssetKey(read), read, None) for read in reads),
        partitions=DAILY if daily else None,
        description=f"The {name}.",
    )


ASSETS = (make_asset("orders"), make_asset("daily", "orders", daily=True), make_asset("report", "daily"))


@dataclass
class FakeProject:
    """Stands in for a Project; `asked` remembers what was asked of it."""

    stale: Mapping[str, tuple[Verdict, Reason]] = field(default_factory=dict)
    events: Sequence[Event] = UP_TO_DATE
    checks: tuple[AssetRecord, ...] = ()
    failures: tuple[ModuleFailure, ...] = ()
    assets: tuple[AssetRecord, ...] = ASSETS
    outputs: Sequence[tuple[str | None, Path]] = ()
    undeclared: tuple[str, ...] = ()
    code: CodeGraph = field(default_factory=CodeGraph)
    log: Path | None = None
    error: Exception | None = None
    during: Callable[[Callable[[], bool]], None] = lambda _: None
    volatile: str = ""
    automation: Automation = field(default_factory=Automation)
    config: Config = field(default_factory=lambda: Config(ProjectConfig("fake")))
    asked: list[object] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return Path("/project")

    def list_warnings(self, keys: Iterable[AssetKey] | None = None) -> list[str]:
        del keys
        return []

    def observe(self, selection: Selection, *, verify: OutputCheck | None = None) -> tuple[str, ...]:
        del selection
        return ()

    def list_failures(self, asset: AssetKey) -> tuple[NodeFailure, ...]:
        return ()

    @property
    def manifest(self) -> Manifest:
        return Manifest(
            self.assets, checks=self.checks, failures=self.failures, code=self.code, automation=self.automation
        )

    @cached_property
    def graph(self) -> AssetGraph:
        return build_graph(self.manifest)

    def select_assets(self, selection: Selection) -> tuple[AssetKey, ...]:
        chosen = select(
            self.graph, selection.include, exclude=selection.exclude, keys=selection.keys, job=selection.job
        )
        return tuple(chosen.rules)

    def count_selected(self, selection: Selection) -> dict[AssetKey, int | None]:
        return dict.fromkeys(self.select_assets(selection))

    def make_plan(
        self,
        selection: Selection,
        *,
        force: bool = False,
        only: bool = False,
        closure: bool = True,
        verify: OutputCheck | None = None,
        orphans: bool = False,
        explained: bool = False,
        shape: Shape | None = None,
    ) -> PlanView:
        assert shape is None, "a fake has nothing to take a shape of"
        self.asked.append((selection, force, only))
        chosen = self.select_assets(selection)
        if closure and not only:
            chosen = tuple(key for key in self.graph.order if key in {*chosen, *self.graph.ancestors(chosen)})
        parts = {key: DAILY.parts() if self.graph.assets[key].partitions else range(1) for key in chosen}
        plan = Plan({key: self._judge(key, list(parts[key])) for key in chosen}, frozenset(chosen))
        definitions = {key: self.graph.assets[key].partitions for key in chosen}
        told = tuple(self.explain(key, None) for key, verdicts in plan if explained and verdicts.parts)
        return PlanView(plan, Scope(definitions, parts, {}, NOW), {}, {}, explanations=told)

    def build(
        self, selection: Selection, options: BuildOptions, sink: Sink, *, stopped: Callable[[], bool]
    ) -> RunFinished:
        self.asked.append((selection, options))
        if self.error is not None:
            raise self.error
        self.during(stopped)
        for event in self.events:
            sink(event)
        finished = self.events[-1]
        assert isinstance(finished, RunFinished)
        return finished

    def explain(self, asset: AssetKey, key: str | None, *, verify: OutputCheck | None = None) -> Explanation:
        verdict, reason = self.stale.get(str(asset), (Verdict.FRESH, None))
        members = (MemberChange("assets.py::a", "changed", "a = 1", "a = 2"),) if reason is Reason.CODE else ()
        return Explanation(asset, key, verdict, reason, NOW, "r1", (), members, (), None)

    def list_undeclared(self, asset: AssetKey) -> tuple[str, ...]:
        del asset
        return self.undeclared

    def list_all_undeclared(self) -> dict[AssetKey, tuple[str, ...]]:
        return {self.assets[-1].key: self.undeclared}

    def find_outputs(self, asset: AssetKey, keys: Sequence[str] | None) -> list[tuple[str | None, Path]]:
        del asset
        return [(key, path) for key, path in self.outputs if keys is None or key in keys]

    def find_log(self, asset: AssetKey, key: str | None) -> Path | None:
        self.asked.append((asset, key))
        return self.log

    def _judge(self, key: AssetKey, parts: list[int]) -> Verdicts:
        found = self.stale.get(str(key))
        codes = b"" if found is None else bytes([encode(*found)])
        return Verdicts(len(parts), parts[: len(codes)], codes)


@dataclass(frozen=True)
class Result:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


def call(*arguments: str, project: FakeProject | None = None, error: Exception | None = None) -> Result:
    """Run a command on a fake project, or on one that cannot be opened."""

    def open_fake(*, env: str | None, project: Path | None, fresh: bool, launch: Launch | None) -> FakeProject:
        if error is not None:
            raise error
        given.asked.append({"env": env, "project": project, "fresh": fresh})
        if launch is not None:
            given.asked.append(launch)
        return given

    given = project or FakeProject()
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run(list(arguments), obj=open_fake)
    return Result(int(status), out.getvalue(), err.getvalue())


def send_to_self(number: int) -> None:
    os.kill(os.getpid(), number)
