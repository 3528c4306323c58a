"""The composition root: opens a project, chooses the pieces, and puts a plan or a build together from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.config import CONFIG_NAME, Config, find_project, load_config
from assetmake.discovery.launch import Launch
from assetmake.discovery.manifest import Manifest
from assetmake.discovery.recall.discover import Discovered, discover_manifest
from assetmake.discovery.recall.inputs import Inputs, see_file
from assetmake.discovery.recall.reads import Reads
from assetmake.discovery.settings import OutputCheck
from assetmake.events import RunFinished, Sink, Warned
from assetmake.execution.asked import BuildOptions, agree_on, list_unconfigured, merge_run_config, require_config
from assetmake.execution.build import Site, run_build
from assetmake.execution.confirming import confirm_outputs
from assetmake.execution.executors import Executor
from assetmake.execution.executors.frugal import Frugal
from assetmake.execution.executors.processes import Processes
from assetmake.execution.memory import watch_memory
from assetmake.execution.observing import Watching, observe_sources
from assetmake.execution.renaming import rename
from assetmake.graph.asset_graph import AssetGraph, build_graph
from assetmake.graph.definitions_check import require_assets
from assetmake.graph.key_rules import AllKeys, KeyOptions
from assetmake.graph.pools_check import list_pool_warnings
from assetmake.graph.selection import Selection, find_needed, select
from assetmake.graph.selectors import Rules
from assetmake.planning.explain import Explanation, open_explainer
from assetmake.planning.history import (
    NodeFailure,
    read_all_undeclared,
    read_average_seconds,
    read_failures,
    read_last_builds,
    read_node_seconds,
    read_undeclared,
)
from assetmake.planning.homes import adopt, find_homes
from assetmake.planning.live import LiveRebuilder
from assetmake.planning.order import Order
from assetmake.planning.orphans import find_orphans
from assetmake.planning.partition_sets import PartitionSets
from assetmake.planning.places import find_log, find_outputs
from assetmake.planning.plan import Plan
from assetmake.planning.prepared import PlanView, Preparation
from assetmake.planning.rebuilder import check
from assetmake.planning.remembering import remember_nothing_to_do
from assetmake.planning.shaping import Shape
from assetmake.planning.world import World, look_around
from assetmake.storage.decisions import RENAME, sign_decision
from assetmake.storage.preloading import load_libraries
from assetmake.storage.runs import Runs
from assetmake.storage.standing import ANSWERS_FOLDER
from assetmake.storage.state import Database, State, StateFile


@dataclass(frozen=True)
class Project:
    """An opened project.

    Attributes:
        root: Its folder.
        config: What assets.toml says.
        manifest: What its modules declare.
        state: What is recorded.
        open_executor: Opens what runs works, given a number of jobs and a folder for its files.
        inputs: What decided config and manifest; None where more did than can be looked at.
        state_file: Where the state is kept, if in a file.
        volatile: Why the manifest cannot be remembered, if it cannot.
        place: The folder of logs and of what is known of runs, relative to the root.
        reads: What the modules looked at while they were imported; None where that is not known.
    """

    root: Path
    config: Config
    manifest: Manifest
    state: State
    open_executor: Callable[[int, Path], Executor]
    inputs: Inputs | None = None
    state_file: Path | None = None
    volatile: str = ""
    place: str = ".assetmake"
    reads: Reads | None = None

    @cached_property
    def graph(self) -> AssetGraph:
        return build_graph(self.manifest, selectors=self.config.selectors)

    @cached_property
    def outputs(self) -> Path:
        return self.root / self.config.storage.root

    @cached_property
    def partition_sets(self) -> PartitionSets:
        return PartitionSets(self.state, self.graph)

    @cached_property
    def _runs(self) -> Runs:
        return Runs(self.root / self.place / "runs")

    @cached_property
    def site(self) -> Site:
        return Site(self.state, self._runs, self.graph, self.root, self.outputs, self.root / self.place / "logs")

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
        """Return what a build of the selection would do; nothing is run or written.

        Args:
            selection: What is asked for.
            force: Take everything selected as stale.
            only: Leave upstream alone.
            closure: Keep the verdicts of what the selection needs, not only its own.
            verify: How outputs are looked at; default: what assets.toml says.
            orphans: Look also for what was built and is no longer in the project.
            explained: Explain a node of each asset that has work.
            shape: Chooses what of the selection it is made of; default: all of it.
        """
        notes = self.observe(selection, verify=verify)
        with self.state.reading() as db:
            seen = self.look(db, verify=verify, selection=None if orphans else selection)
            plan = self._plan(seen, selection, forced=force, only=only, shape=shape)
            if not closure:
                own = {key: verdicts for key, verdicts in plan if key in plan.selected}
                asked = seen.graph.list_checks((*own, *plan.selected))
                checks = {key: plan.checks[key] for key in asked if key in plan.checks}
                plan = replace(plan, verdicts=own, checks=checks)
            homes = seen.view.homes
            names = [*plan.verdicts, *homes.values()]
            last, failures = adopt(homes, read_last_builds(db, names)), adopt(homes, read_failures(db, names))
            is_whole = not self.manifest.failures
            lost = tuple(find_orphans(seen.view, self.graph, is_whole=is_whole)) if orphans else ()
            explainer = open_explainer(seen.view, seen.graph, plan, seen=seen.survey.seen)
            explanations = tuple(explainer.explain_all()) if explained else ()
            notes, mended = (*notes, *seen.remarks), seen.view.mended
            return PlanView(plan, seen.survey.scope, last, failures, lost, explanations, notes, mended)

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
        self.move_home()
        for note in self.observe(selection, verify=options.verify, stopped=stopped):
            sink(Warned(note))
        return run_build(
            self.site,
            partial(self._prepare, selection=selection, options=options),
            open_executor=partial(self.open_executor, options.jobs or self.config.build.jobs),
            terms=agree_on(options, self.config, self.manifest.launched),
            sink=sink,
            stopped=stopped,
        )

    def explain(self, asset: AssetKey, key: str | None, *, verify: OutputCheck | None = None) -> Explanation:
        """Say why a node is stale, or why not, by what was last observed."""
        own = self.graph.find_asset(asset)
        is_aligned = self.graph.find_partitions(asset) == self.graph.find_partitions(own)
        with self.state.reading() as db:
            selection = Selection.of(own, keys=KeyOptions(partition=key if is_aligned else None))
            seen = self.look(db, verify=verify, selection=selection)
            plan = self._plan(seen, selection)
            return open_explainer(seen.view, seen.graph, plan, seen=seen.survey.seen).explain(asset, key)

    def observe(
        self, selection: Selection, *, verify: OutputCheck | None = None, stopped: Callable[[], bool] = lambda: False
    ) -> tuple[str, ...]:
        """Look at what others make and keep, as far as a selection needs it; return what a person should know of it."""
        given = merge_run_config(self.config, self.manifest.launched)
        watching = Watching(self.open_executor, self.config.build, given, stopped)
        notes = observe_sources(self.site, selection, watching)
        verify = verify or self.config.staleness.outputs
        if verify is OutputCheck.NONE:
            return notes
        return (*notes, *confirm_outputs(self.site, selection, watching, always=verify is OutputCheck.HASH))

    def select_assets(self, selection: Selection) -> tuple[AssetKey, ...]:
        """Return the assets that a selection means, in the order of the graph."""
        return tuple(self.count_selected(selection))

    def count_selected(self, selection: Selection) -> dict[AssetKey, int | None]:
        """Return the assets that a selection means, with the number of partitions that are asked for; None: all."""
        targets = select(
            self.graph,
            selection.include,
            exclude=selection.exclude,
            keys=selection.keys,
            job=selection.job,
            world=self._look_up,
            root=str(self.root),
        )
        if all(rules in {(AllKeys(),), ()} for rules in targets.rules.values()):
            return dict.fromkeys(targets.rules)
        with self.state.reading() as db:  # keys that there are not are refused, though only names are asked for
            seen = self.look(db, selection=selection)
            found = seen.resolve(targets)
            is_upstream = any(not targets.rules[key] for key in found)
            planned = seen.make_plan(selection).verdicts if is_upstream else {}
        whole = {key for key in found if targets.rules[key] == (AllKeys(),) or not seen.view.is_partitioned(key)}
        counts = {key: len(parts) if targets.rules[key] else planned[key].total for key, parts in found.items()}
        return {key: None if key in whole else number for key, number in counts.items()}

    def find_outputs(self, asset: AssetKey, keys: Sequence[str] | None) -> list[tuple[str | None, Path]]:
        """Return the recorded output files of an asset's partitions, in order: all, or those with given keys."""
        with self.state.reading() as db:
            return find_outputs(self.look(db, selection=Selection.of(asset)).view, asset, keys, root=self.outputs)

    def list_failures(self, asset: AssetKey) -> tuple[NodeFailure, ...]:
        """Return the nodes of an asset whose last attempt failed."""
        with self.state.reading() as db:
            home = find_homes(db, self.graph).get(asset, asset)
            return read_failures(db, [home]).get(home, ())

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
            view = self.look(db, selection=Selection.of(self.graph.find_asset(asset))).view
            return find_log(view, asset, key, project=self.root, logs=self.site.logs)

    # ------------------------------------------------------------------ how the pieces are put together

    def look(self, db: Database, *, verify: OutputCheck | None = None, selection: Selection | None = None) -> World:
        """Look at the sources and the state, as far as a selection needs them."""
        graph = self.graph if selection is None else find_needed(self.graph, selection, root=str(self.root))
        return look_around(
            db,
            graph,
            self.graph,
            root=self.root,
            outputs=self.outputs,
            verifying=verify or self.config.staleness.outputs,
            is_alive=self._runs.is_alive,
            confirmations=self.site.confirmations,
            reads=self.reads,
        )

    def move_home(self) -> None:
        """Move what was built under an alias to the asset's name: before anything of it is written."""
        if not any(record.aliases for record in self.graph.assets.values()):
            return
        with self.state.reading() as db:
            homes = find_homes(db, self.graph)
        for new, old in homes.items():
            with self.state.writing() as db:
                rename(self.site, db, old, new, sign_decision(RENAME, str(old), now=clock.now()))

    def require_assets(self) -> None:
        """Raise a UsageError where the project has no assets."""
        require_assets(self.manifest, self.config.project.modules, self.root)

    def list_warnings(self, keys: Iterable[AssetKey] | None = None) -> list[str]:
        """Return what a person should know of assets, or of all, that stops nothing."""
        found = list(self.graph.order if keys is None else keys)
        return [*list_pool_warnings(self.graph, found, self.config.pools), *list_unconfigured(self.graph, found)]

    def _plan(self, seen: World, selection: Selection, **how: Any) -> Plan:
        self.require_assets()
        plan = seen.make_plan(selection, **how)
        return replace(plan, warnings=(*plan.warnings, *self.list_warnings(plan.busy)))

    def _prepare(
        self, db: Database, *, selection: Selection, options: BuildOptions, is_again: bool = False
    ) -> Preparation:
        begun_at = clock.now_ns()
        seen = self.look(db, verify=options.verify, selection=selection)
        how = {"forced": options.force, "only": options.only, "checks_only": options.checks_only}
        portion = options.find_portion(is_again=is_again)
        plan = self._plan(seen, selection, **how, shape=options.shape, portion=portion)
        plan = replace(plan, warnings=(*seen.remarks, *plan.warnings))
        view, busy = seen.view, plan.busy
        require_config(self.graph, busy)
        history = read_average_seconds(db, {*busy, *plan.rest}) if busy else {}
        durations = read_node_seconds(db, busy) if busy and options.time_budget is not None else {}
        turns = None if portion is None else seen.find_turns(portion, plan)
        if busy:
            view.keep(plan, {key: [edge.upstream for edge in self.graph.upstream[key]] for key in busy})
        rebuilder = LiveRebuilder(view, self.graph, check, self.outputs, self.root, seen.survey.seen)
        kept = options.words, options.is_told, begun_at, None if self.manifest.failures else self.state_file
        return Preparation(
            plan,
            Order(self.graph, view),
            rebuilder,
            seen.survey.learned,
            history,
            view,
            seen.sightings.refreshed,
            remember=partial(remember_nothing_to_do, plan, seen, self.inputs, *kept),
            turns=turns,
            durations=durations,
        )

    def _look_up(self, method: str, value: str) -> Mapping[AssetKey, Rules] | Set[AssetKey]:
        with self.state.reading() as db:
            return self.look(db).look_up(method, value)


def open_project(
    folder: Path | None = None,
    *,
    env: str | None = None,
    project: Path | None = None,
    fresh: bool = False,
    launch: Launch | None = None,
    discover: Callable[..., Discovered] = discover_manifest,
) -> Project:
    """Find a project, read its configuration and learn what its modules declare.

    Args:
        folder: Where to start looking for assets.toml, upwards; default: the current folder.
        env: The overlay of assets.toml to lay over; default: ASSETMAKE_ENV.
        project: The project's folder itself.
        fresh: Import the modules, whatever is remembered of them.
        launch: Config that assets and resources are given.
        discover: Learns what the modules declare.

    Raises:
        ConfigError: there is no project, or its configuration is wrong.
        RunConfigError: what assets and resources are given does not fit them.
    """
    root = find_project(folder, project=project)
    written = see_file(str(root / CONFIG_NAME), now=clock.now_ns())
    config = load_config(root, env=env)
    found = discover(root, config, fresh=fresh, launch=launch, meanwhile=load_libraries)
    manifest, inputs, state_file = found.manifest, found.inputs, root / config.state.path
    state = StateFile(state_file, lock_timeout=config.build.lock_timeout, answers=root / ANSWERS_FOLDER)

    def open_executor(jobs: int, folder: Path) -> Executor:
        path, texts = config.project.python_path, manifest.texts
        workers = Processes(jobs, root=root, python_path=path, folder=folder, texts=texts, state=state_file)
        return Frugal(workers, watch_memory())

    if inputs is not None and written is not None:
        inputs = replace(inputs, files={**inputs.files, str(root / CONFIG_NAME): written})
    return Project(root, config, manifest, state, open_executor, inputs, state_file, found.volatile, reads=found.reads)
