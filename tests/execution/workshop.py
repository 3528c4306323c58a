"""A project in memory whose works run when, and in which order, a test says so."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from assetmake import asset
from assetmake.clock import now
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.source import FileSource
from assetmake.discovery.collect import describe_assets
from assetmake.discovery.config import BuildConfig, Config, ProjectConfig
from assetmake.events import Event, RunFinished
from assetmake.execution.asked import BuildOptions
from assetmake.execution.bench import Benches, FindAsset
from assetmake.execution.capture import PassThrough
from assetmake.execution.executors import Executor
from assetmake.execution.work import Outcome, Work
from assetmake.execution.worker import run_work
from assetmake.graph.selection import Selection
from assetmake.project import Project
from assetmake.storage.ledger import claim
from assetmake.storage.run_records import RunRow, start_run
from assetmake.storage.runs import Runs
from assetmake.storage.state import EphemeralState, State

E = TypeVar("E")
Choose = Callable[[Sequence[Work]], int]


def name_nodes(work: Work) -> list[str]:
    return [str(work.asset) if node.key is None else f"{work.asset}@{node.key}" for node in work.nodes]


@dataclass
class HeldExecutor:
    """Holds works, as many as there are slots; every wait releases the one that the test chooses.

    Attributes:
        held: What was held at each wait.
        stopped: How often it was told to stop.
        last: How long a node of a work lasts; default: as long as it does.
    """

    find: FindAsset
    slots: int = 2
    choose: Choose = lambda works: 0
    held: list[list[str]] = field(default_factory=list)
    stopped: int = 0
    works: list[Work] = field(default_factory=list)
    last: Callable[[Work], float] | None = None

    def free_slots(self) -> int:
        return self.slots - len(self.works)

    def has_idle_slot(self) -> bool:
        return self.free_slots() > 0

    def submit(self, work: Work) -> None:
        self.works.append(work)

    def wait(self, timeout: float) -> Sequence[Outcome]:
        self.held.append([name for work in self.works for name in name_nodes(work)])
        if not self.works:
            return []
        work = self.works.pop(self.choose(self.works))
        calls = run_work(work, Benches(self.find), PassThrough())
        outcomes = [outcome for outcomes in calls for outcome in outcomes]
        return [outcome if self.last is None else replace(outcome, seconds=self.last(work)) for outcome in outcomes]

    def recall(self) -> Sequence[int]:
        return []  # what is held counts as running

    def stop(self, *, grace: float) -> None:
        self.stopped += 1
        self.works.clear()


@dataclass
class Workshop:
    """Builds assets with a held executor; `wrap` puts another one around it."""

    root: Path
    state: EphemeralState = field(default_factory=EphemeralState)
    pools: dict[str, int] = field(default_factory=dict)
    slots: int = 2
    choose: Choose = lambda works: 0
    last: Callable[[Work], float] | None = None
    wrap: Callable[[Executor], Executor] = lambda executor: executor
    ran: Counter[str] = field(default_factory=Counter)
    events: list[Event] = field(default_factory=list)
    executor: HeldExecutor | None = None

    def open(self, assets: Iterable[AssetsDefinition | FileSource]) -> Project:
        declared = list(assets)
        definitions = {each.key: each for each in declared if isinstance(each, AssetsDefinition)}

        def find(work: Work) -> AssetsDefinition:
            definition, calls = definitions[work.asset], iter(work.calls)

            @functools.wraps(definition.function)
            def counted(*args: object, **kwargs: object) -> object:
                for node in next(calls):
                    self.ran[str(work.asset) if node.key is None else f"{work.asset}@{node.key}"] += 1
                return definition.function(*args, **kwargs)

            return definition.with_function(counted)

        def open_executor(jobs: int, folder: Path) -> Executor:
            self.executor = HeldExecutor(find, self.slots, self.choose, last=self.last)
            return self.wrap(self.executor)

        config = Config(ProjectConfig("workshop"), BuildConfig(jobs=1), pools=self.pools)
        return Project(self.root, config, describe_assets(declared), self.state, open_executor)

    def build(
        self,
        assets: Iterable[AssetsDefinition | FileSource],
        *,
        fail_fast: bool = False,
        force: bool = False,
        stopped: Callable[[], bool] = lambda: False,
    ) -> RunFinished:
        """Build everything; what ran and what happened is kept from this build only."""
        self.ran.clear()
        self.events.clear()
        options = BuildOptions(fail_fast=fail_fast, force=force)
        return self.open(assets).build(Selection(), options, self.events.append, stopped=stopped)

    def heard(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def held(self) -> list[list[str]]:
        """Return what the executor held at each wait of the last build."""
        assert self.executor is not None
        return self.executor.held


@dataclass
class OtherBuild:
    """A build that is alive, and holds what a test has it hold."""

    root: Path
    state: State
    life: ExitStack = field(default_factory=ExitStack)

    def hold(self, *assets: str, parts: Sequence[int] = (0,)) -> None:
        runs = Runs(self.root / ".assetmake/runs")
        run = self.life.enter_context(runs.open_run(now=now()))
        with self.state.writing() as db:
            start_run(db, RunRow(run, now(), "assetmake build --other", 4711, "elsewhere"))
            claim(db, run, {name: [*parts] for name in assets}, alive=runs.list_alive())

    def die(self) -> None:
        self.life.close()


@dataclass
class FakeTime:
    """Time that passes only when somebody sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def chain(*, broken: str = "") -> list[AssetsDefinition]:
    """one -> two -> three, and alone; `broken` raises."""

    def answer(name: str) -> int:
        if name == broken:
            raise ValueError(f"{name} is broken")
        return len(name)

    @asset
    def one() -> int:
        return answer("one")

    @asset
    def two(one: int) -> int:
        return one + answer("two")

    @asset
    def three(two: int) -> int:
        return two + answer("three")

    @asset
    def alone() -> int:
        return answer("alone")

    return [one, two, three, alone]
