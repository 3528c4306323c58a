"""The composition root: opens a project, chooses the pieces, and puts a plan or a build together from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import format_ranges
from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import CONFIG_NAME, Config, find_project, load_config
from assetmake.discovery.manifest import Manifest
from assetmake.discovery.settings import OutputCheck
from assetmake.errors import UsageError
from assetmake.events import RunFinished, Sink
from assetmake.execution.build import Site, Terms, run_build
from assetmake.execution.executors import Executor
from assetmake.execution.executors.processes import Processes
from assetmake.graph.asset_graph import AssetGraph, build_graph
from assetmake.graph.key_rules import AllKeys, KeyOptions
from assetmake.graph.selection import select
from assetmake.planning.explain import Explanation, explain
from assetmake.planning.history import (
    LastBuild,
    NodeFailure,
    read_all_undeclared,
    read_average_seconds,
    read_failures,
    read_last_builds,
    read_suffixes,
    read_trace,
    read_undeclared,
)
from assetmake.planning.live import LiveRebuilder
from assetmake.planning.order import Order
from assetmake.planning.outputs import verify_outputs
from assetmake.planning.plan import Parts, Plan
from assetmake.planning.planner import Planner
from assetmake.planning.rebuilder import check, force
from assetmake.planning.scope import Survey, survey
from assetmake.planning.targets import filter_status, find_targets
from assetmake.planning.view import Scope, View, open_view
from assetmake.storage.ledger import SourceRow, read_sources
from assetmake.storage.paths import encode_key, output_stem
from assetmake.storage.runs import Runs
from assetmake.storage.state import Database, State, StateFile


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person asks for: terms, terms to leave out, and which partitions."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    keys: KeyOptions = field(default_factory=KeyOptions)


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to build; None takes what assets.toml says."""

    jobs: int | None = None
    fail_fast: bool = False
    force: bool = False
    only: bool = False
    wait: bool = True
    lock_timeout: float | None = None
    strict: bool | None = None
    verify: OutputCheck | None = None
    command: str = ""


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with what is needed to show it."""

    plan: Plan
    scope: Scope
    last_builds: Mapping[AssetKey, LastBuild]
    failures: Mapping[AssetKey, tuple[NodeFailure, ...]]

    def ranges(self, key: AssetKey, parts: Parts) -> list[str]:
        """Return parts as inclusive ranges of keys; none for an asset without partitions."""
        definition = self.scope.definitions[key]
        return [] if definition is None else format_ranges(definition, parts)

    def count_nodes(self) -> tuple[int, int]:
        """Return how many assets the plan looked at, and how many partitions they have in all."""
        return len(self.plan.verdicts), count_partitions(self.plan, self.scope)


@dataclass(slots=True)
class Preparation:
    """A plan, and the view that a build of it works on."""

    plan: Plan
    order: Order
    rebuilder: LiveRebuilder
    learned: tuple[SourceRow, ...]
    history: Mapping[AssetKey, float]
    view: View

    def count_partitions(self) -> int:
        return count_partitions(self.plan, self.view.scope)

    def describe(self, key: AssetKey, parts: Parts) -> str:
        definition = self.view.scope.definitions[key]
        return "" if definition is None else ", ".join(format_ranges(definition, parts)[:3])

    def close(self) -> None:
        self.view.drop()


@dataclass(frozen=True)
class Project:
    """An opened project.

    Attributes:
        root: Its folder.
        config: What assets.toml says.
        manifest: What its modules declare.
        state: What is recorded.
        open_executor: Opens what runs works, given a number of jobs and a folder for its files.
    """

    root: Path
    config: Config
    manifest: Manifest
    state: State
    open_executor: Callable[[int, Path], Executor]

    @cached_property
    def graph(self) -> AssetGraph:
        return build_graph(self.manifest)

    @cached_property
    def outputs(self) -> Path:
        return self.root / self.config.storage.root

    @cached_property
    def _place(self) -> Path:
        return self.root / ".assetmake"

    @cached_property
    def _runs(self) -> Runs:
        return Runs(self._place / "runs")

    # ------------------------------------------------------------------ what commands ask for

    def make_plan(
        self,
        selection: Selection,
        *,
        force: bool = False,
        only: bool = False,
        closure: bool = True,
        verify: OutputCheck | None = None,
    ) -> PlanView:
        """Return what a build of the selection would do; nothing is run or written.

        Args:
            selection: What is asked for.
            force: Take everything selected as stale.
            only: Leave upstream alone.
            closure: Keep the verdicts of what the selection needs, not only its own.
            verify: How outputs are looked at; default: what assets.toml says.
        """
        with self.state.reading() as db:
            seen, view = self._look(db)
            plan = self._plan(view, selection, forced=force, only=only, verify=verify)
            if not closure:
                own = {key: verdicts for key, verdicts in plan if key in plan.selected}
                plan = Plan(own, plan.selected, plan.warnings)
            return PlanView(plan, seen.scope, read_last_builds(db), read_failures(db))

    def build(
        self,
        selection: Selection,
        options: BuildOptions,
        sink: Sink,
        *,
        stopped: Callable[[], bool] = lambda: False,
    ) -> RunFinished:
        """Bring the selection up to date.

        Raises:
            AssetmakeError: the selection is wrong, a lock is not to be had, or the state cannot be used; an asset
                that fails is counted, not raised.
        """
        return run_build(
            Site(self.state, self._runs, self.graph, self.root, self.outputs, self._place / "logs"),
            partial(self._prepare, selection=selection, options=options),
            open_executor=partial(self.open_executor, options.jobs or self.config.build.jobs),
            terms=Terms(
                command=options.command,
                pools=self.config.pools,
                fail_fast=options.fail_fast,
                wait=options.wait,
                lock_timeout=(self.config.build.lock_timeout if options.lock_timeout is None else options.lock_timeout),
                strict=self.config.build.strict if options.strict is None else options.strict,
            ),
            sink=sink,
            stopped=stopped,
        )

    def explain(self, asset: AssetKey, key: str | None, *, verify: OutputCheck | None = None) -> Explanation:
        """Say why a node is stale, or why not."""
        rule = KeyOptions() if key is None else KeyOptions(partition=key)
        with self.state.reading() as db:
            _, view = self._look(db)
            plan = self._plan(view, Selection((str(asset),), keys=rule), forced=False, only=False, verify=verify)
            return explain(view, self.graph, plan, asset, key)

    def select_assets(self, selection: Selection) -> tuple[AssetKey, ...]:
        """Return the assets that a selection means, in the order of the graph."""
        targets = select(
            self.graph,
            selection.include,
            exclude=selection.exclude,
            keys=selection.keys,
            status=self._find_status,
            root=str(self.root),
        )
        if any(rules not in {(AllKeys(),), ()} for rules in targets.rules.values()):
            with self.state.reading() as db:  # keys that there are not are refused, though only names are asked for
                _, view = self._look(db)
                whole = self._planner(view, forced=False)
                everything = cached_plan(lambda: whole.make_plan(view.scope.all_targets()))
                return tuple(find_targets(self.graph, targets, view.scope, everything=everything))
        return tuple(targets.rules)

    def find_outputs(self, asset: AssetKey, keys: Sequence[str] | None) -> list[tuple[str | None, Path]]:
        """Return the recorded output files of an asset's partitions, in order: all, or those with given keys."""
        with self.state.reading() as db:
            seen, _ = self._look(db)
            suffixes = read_suffixes(db, asset)
        definition = seen.scope.definitions[asset]
        stem = output_stem(self.outputs, asset.path, None)
        if definition is None:
            return [(None, stem.with_name(stem.name + suffixes[0]))] if 0 in suffixes else []
        parts = seen.scope.parts[asset] if keys is None else [definition.part_of(key) for key in keys]
        named = [(definition.key_of(part), suffixes[part]) for part in parts if part in suffixes]
        return [(key, stem / f"{encode_key(key)}{suffix}") for key, suffix in named]

    def list_failures(self, asset: AssetKey) -> tuple[NodeFailure, ...]:
        """Return the nodes of an asset whose last attempt failed."""
        with self.state.reading() as db:
            return read_failures(db).get(asset, ())

    def list_undeclared(self, asset: AssetKey) -> tuple[str, ...]:
        """Return the files that an asset's last builds read without declaring them."""
        with self.state.reading() as db:
            return read_undeclared(db, asset)

    def list_all_undeclared(self) -> dict[AssetKey, tuple[str, ...]]:
        """Return the same for every asset whose last builds did so, in the order of the graph."""
        with self.state.reading() as db:
            found = read_all_undeclared(db)
        return {key: found[str(key)] for key in self.graph.order if found.get(str(key))}

    def find_log(self, asset: AssetKey, key: str | None) -> Path | None:
        """Return the captured output of a node's last attempt, or None where it printed nothing."""
        with self.state.reading() as db:
            seen, _ = self._look(db)
            definition = seen.scope.definitions[asset]
            part = 0 if definition is None or key is None else definition.part_of(key)
            failures = [each for each in read_failures(db).get(asset, ()) if each.key == key]
            if failures and failures[0].log:
                return self.root / failures[0].log
            trace = read_trace(db, asset, part)
        if trace is None:
            name = str(asset) if key is None else f"{asset}@{key}"
            raise UsageError(f"{name} was never built, so there is no log", hint=f"build it: assetmake build {name}")
        stem = output_stem(self._place / "logs" / trace.run, asset.path, key)
        log = stem.with_name(stem.name + ".log")
        return log if log.exists() else None

    # ------------------------------------------------------------------ how the pieces are put together

    def _look(self, db: Database) -> tuple[Survey, View]:
        seen = survey(self.graph, self.root, known=read_sources(db), now=clock.now())
        return seen, open_view(db, seen.scope, is_alive=self._runs.is_alive)

    def _planner(self, view: View, *, forced: bool, verify: OutputCheck | None = None) -> Planner:
        mode = verify or self.config.staleness.outputs
        look = partial(verify_outputs, view, root=self.outputs, mode=mode.value)
        return Planner(self.graph, view, check, look, force if forced else None)

    def list_warnings(self, keys: Iterable[AssetKey] | None = None) -> list[str]:
        """Return what a person should know of assets, or of all, that stops nothing."""
        warnings = []
        for key in self.graph.order if keys is None else keys:
            record = self.graph.assets[key]
            if record.pool is not None and record.pool not in self.config.pools:
                warnings.append(
                    f"{key} ({record.place}) is in the pool {record.pool!r}, which has no limit under [pools]"
                    f" in {CONFIG_NAME}"
                )
        return warnings

    def _plan(
        self, view: View, selection: Selection, *, forced: bool, only: bool, verify: OutputCheck | None = None
    ) -> Plan:
        if not self.graph.assets and not self.manifest.failures:
            searched = ", ".join(self.config.project.modules)
            raise UsageError(
                f"the project declares no assets: {searched} in {self.root} have none",
                hint="decorate a function with @asset, or say under [project] modules where they are",
            )
        planner = self._planner(view, forced=forced, verify=verify)
        whole = self._planner(view, forced=False, verify=verify)
        everything = cached_plan(lambda: whole.make_plan(view.scope.all_targets()))
        chosen = select(
            self.graph,
            selection.include,
            exclude=selection.exclude,
            keys=selection.keys,
            status=lambda status: filter_status(everything(), status),
            root=str(self.root),
        )
        targets = find_targets(self.graph, chosen, view.scope, everything=everything)
        plan = planner.make_plan(targets, only=only)
        busy = [key for key, verdicts in plan if verdicts.parts]
        return replace(plan, warnings=(*plan.warnings, *self.list_warnings(busy)))

    def _prepare(self, db: Database, *, selection: Selection, options: BuildOptions) -> Preparation:
        seen, view = self._look(db)
        plan = self._plan(view, selection, forced=options.force, only=options.only, verify=options.verify)
        busy = [key for key, verdicts in plan if verdicts.parts]
        if busy:
            upstream = {key: [edge.upstream for edge in self.graph.upstream[key]] for key in busy}
            history = read_average_seconds(db, busy)
            view.keep(plan, upstream)
        else:
            history = {}
        rebuilder = LiveRebuilder(view, self.graph, check, self.outputs, self.root, seen.seen)
        return Preparation(plan, Order(self.graph, view), rebuilder, seen.learned, history, view)

    def _find_status(self, status: str) -> Set[AssetKey]:
        with self.state.reading() as db:
            _, view = self._look(db)
            planner = self._planner(view, forced=False)
            return set(filter_status(planner.make_plan(view.scope.all_targets()), status))


def count_partitions(plan: Plan, scope: Scope) -> int:
    """Return how many partitions a plan looked at; an asset without partitions has none."""
    return sum(verdicts.total for key, verdicts in plan if scope.definitions[key] is not None)


def cached_plan(make: Callable[[], Plan]) -> Callable[[], Plan]:
    """Return a function that makes a plan when it is first asked for, and then keeps it."""
    made: list[Plan] = []

    def get() -> Plan:
        if not made:
            made.append(make())
        return made[0]

    return get


def open_project(folder: Path | None = None, *, env: str | None = None, project: Path | None = None) -> Project:
    """Find a project, read its configuration and import its modules.

    Args:
        folder: Where to start looking for assets.toml, upwards; default: the current folder.
        env: The overlay of assets.toml to lay over; default: ASSETMAKE_ENV.
        project: The project's folder itself.

    Raises:
        ConfigError: there is no project, or its configuration is wrong.
    """
    root = find_project(folder, project=project)
    config = load_config(root, env=env)
    state = StateFile(root / config.state.path, lock_timeout=config.build.lock_timeout)

    def open_executor(jobs: int, folder: Path) -> Executor:
        return Processes(jobs, root=root, python_path=config.project.python_path, folder=folder, texts=manifest.texts)

    manifest = build_manifest(root, config)
    return Project(root, config, manifest, state, open_executor)
