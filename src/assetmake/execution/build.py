"""A build: plan, claim, run, and again while another build holds what this one needs."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import duckdb

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import LockTimeout
from assetmake.events import RunFinished, RunStarted, Sink, WaitingForRun, Warned
from assetmake.execution.executors import Executor
from assetmake.execution.jobs import Options, Rebuilder
from assetmake.execution.recorder import Recorder
from assetmake.execution.scheduler import Scheduler
from assetmake.execution.tally import Tally
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.order import Order
from assetmake.planning.plan import Parts, Plan
from assetmake.storage.ledger import (
    RunRow,
    SourceRow,
    claim,
    finish_run,
    list_abandoned,
    list_holders,
    read_revision,
    record_sources,
    start_run,
)
from assetmake.storage.paths import output_stem
from assetmake.storage.runs import Runs, remove_leftovers
from assetmake.storage.state import State

_POLL_SECONDS = 0.2


class Prepared(Protocol):
    """A plan with what it takes to run it; made inside a block of the state, good after it."""

    @property
    def plan(self) -> Plan: ...

    @property
    def order(self) -> Order: ...

    @property
    def rebuilder(self) -> Rebuilder: ...

    @property
    def learned(self) -> tuple[SourceRow, ...]:
        """What was learned of source files."""

    @property
    def history(self) -> Mapping[AssetKey, float]:
        """Seconds that a node of an asset takes."""

    def describe(self, key: AssetKey, parts: Parts) -> str:
        """Write parts as ranges of keys."""

    def close(self) -> None:
        """Give back what it holds."""


Prepare = Callable[[duckdb.DuckDBPyConnection], Prepared]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a build happens.

    Attributes:
        state: Traces and claims.
        runs: Which builds are alive.
        graph: The project.
        project: Its root.
        outputs: Where outputs go.
        logs: Where logs go, a folder for each run.
    """

    state: State
    runs: Runs
    graph: AssetGraph
    project: Path
    outputs: Path
    logs: Path


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a build runs.

    Attributes:
        command: What was asked for, told to builds that wait for this one.
        pools: How many nodes of each pool run at once.
        fail_fast: Start nothing more after a failure.
        wait: Wait for nodes that another build holds.
        lock_timeout: Seconds to wait at most.
    """

    command: str = ""
    pools: Mapping[str, int] | None = None
    fail_fast: bool = False
    wait: bool = True
    lock_timeout: float = 600.0


def run_build(
    site: Site,
    prepare: Prepare,
    *,
    open_executor: Callable[[Path], Executor],
    terms: Terms,
    sink: Sink,
    stopped: Callable[[], bool] = lambda: False,
) -> RunFinished:
    """Bring what `prepare` plans up to date.

    Args:
        site: Where.
        prepare: Makes the plan from an attached state.
        open_executor: Opens what runs works, given a folder for its files.
        terms: On which terms.
        sink: Hears what happens.
        stopped: Tells whether to end now.

    Raises:
        LockTimeout: another build holds what this one needs for too long.
        StorageError: the state cannot be read or written.
    """
    started = time.monotonic()
    with site.state.reading() as db:
        revision = read_revision(db)
        prepared = prepare(db)
    try:
        if prepared.plan.work:
            build = _Build(site, prepare, terms, sink, stopped)
            finished = build.run(prepared, revision, open_executor)
        else:
            finished = _find_nothing_to_do(site, prepared, sink)
    finally:
        prepared.close()
    finished = replace(finished, seconds=time.monotonic() - started)
    sink(finished)
    return finished


def _find_nothing_to_do(site: Site, prepared: Prepared, sink: Sink) -> RunFinished:
    if prepared.learned:
        with site.state.writing() as db:
            record_sources(db, prepared.learned)
    sink(RunStarted("", len(prepared.plan.verdicts), prepared.plan.fresh, 0))
    return _finish("", Tally(), prepared.plan.fresh)


class _Build:
    """One run of `run_build` that has something to do."""

    def __init__(self, site: Site, prepare: Prepare, terms: Terms, sink: Sink, stopped: Callable[[], bool]) -> None:
        self._site = site
        self._prepare = prepare
        self._terms = terms
        self._sink = sink
        self._stopped = stopped
        self._known = False

    def run(self, prepared: Prepared, revision: int, open_executor: Callable[[Path], Executor]) -> RunFinished:
        site = self._site
        now = clock.now()
        total = Tally()
        with site.runs.open_run(now=now) as run:
            row = RunRow(run, now, self._terms.command, os.getpid(), socket.gethostname())
            prepared, taken = self._claim(row, prepared, revision)
            considered = prepared.plan.fresh + prepared.plan.work
            self._announce(run, prepared)
            workshop = site.logs / run / ".workers"
            executor = open_executor(workshop)
            recorder = Recorder(site.state, outputs=site.outputs, run=run)
            try:
                while True:
                    deferred = self._run_round(run, prepared, taken, executor, recorder, total)
                    if not any(deferred.values()) or self._stopped():
                        break
                    self._await_others(row, deferred)
                    prepared, taken = self._plan_again(row, prepared)
            finally:
                executor.stop(grace=5.0)
                self._close(row, recorder, total, considered)
                _remove_workshop(workshop)
            return _finish(run, total, considered, interrupted=self._stopped())

    def _announce(self, run: str, prepared: Prepared) -> None:
        plan = prepared.plan
        estimate = sum(prepared.history.get(key, 0.0) * len(verdicts.parts) for key, verdicts in plan if verdicts.parts)
        self._sink(RunStarted(run, len(plan.verdicts), plan.fresh, plan.work, estimate or None))
        for warning in plan.warnings:
            self._sink(Warned(warning))

    def _claim(self, row: RunRow, prepared: Prepared, revision: int) -> tuple[Prepared, dict[AssetKey, set[int]]]:
        """Claim what the plan wants; where something was recorded since it was made, make it anew first."""
        alive = self._site.runs.list_alive()
        with self._site.state.writing() as db:
            if read_revision(db) != revision:
                prepared.close()
                prepared = self._prepare(db)
            if not self._known:
                start_run(db, row)
                self._known = True
            remove_leftovers(self._find_folders(list_abandoned(db, alive=alive)), alive=alive)
            wanted = {str(key): verdicts.parts for key, verdicts in prepared.plan if verdicts.parts}
            taken = claim(db, row.id, wanted, alive=alive)
        found = {AssetKey.from_user_string(key): parts for key, parts in taken.items()}
        if found and not self._terms.wait:
            with self._site.state.writing() as db:
                finish_run(db, row.id, finished_at=clock.now(), counts=_count(Tally(), 0), seconds=0.0)
            self._refuse(row, found, "is working on")
        return prepared, found

    def _plan_again(self, row: RunRow, prepared: Prepared) -> tuple[Prepared, dict[AssetKey, set[int]]]:
        prepared.close()
        with self._site.state.reading() as db:
            revision = read_revision(db)
            fresh = self._prepare(db)
        return self._claim(row, fresh, revision)

    def _run_round(
        self,
        run: str,
        prepared: Prepared,
        taken: Mapping[AssetKey, set[int]],
        executor: Executor,
        recorder: Recorder,
        total: Tally,
    ) -> Mapping[AssetKey, set[int]]:
        site = self._site
        scheduler = Scheduler(
            prepared.plan,
            site.graph,
            order=prepared.order,
            rebuilder=prepared.rebuilder,
            executor=executor,
            recorder=recorder,
            sink=self._sink,
            options=Options(
                run=run,
                outputs=site.outputs,
                logs=site.logs / run,
                project=site.project,
                pools=self._terms.pools or {},
                fail_fast=self._terms.fail_fast,
            ),
            describe=prepared.describe,
            stopped=self._stopped,
            elsewhere=taken,
            history=prepared.history,
        )
        try:
            total.merge(scheduler.run())
        finally:
            recorder.flush(sources=prepared.learned)
        return scheduler.deferred

    def _await_others(self, row: RunRow, deferred: Mapping[AssetKey, set[int]]) -> None:
        deadline = time.monotonic() + self._terms.lock_timeout
        told = False
        wanted = {str(key): sorted(parts) for key, parts in deferred.items() if parts}
        while not self._stopped():
            with self._site.state.reading() as db:
                holders = list_holders(db, row.id, wanted, alive=self._site.runs.list_alive())
            if not holders:
                return
            if not told:
                told = True
                first = holders[0]
                nodes = sum(len(parts) for parts in deferred.values())
                since = f"{first.started_at:%Y-%m-%d %H:%M:%S} UTC"
                self._sink(WaitingForRun(nodes, first.id, first.pid, first.host, since, first.command))
            if time.monotonic() > deadline:
                self._refuse(row, deferred, f"was waited for {self._terms.lock_timeout:g} s, and still works on")
            time.sleep(_POLL_SECONDS)

    def _refuse(self, row: RunRow, held: Mapping[AssetKey, set[int]], verb: str) -> None:
        wanted = {str(key): sorted(parts) for key, parts in held.items() if parts}
        with self._site.state.reading() as db:
            holders = list_holders(db, row.id, wanted, alive=self._site.runs.list_alive())
        names = ", ".join(sorted(wanted)[:3]) + (" ..." if len(wanted) > 3 else "")
        if not holders:
            raise LockTimeout(f"another build held {names}, and has just ended", hint="build again")
        other = holders[0]
        since = f"{other.started_at:%Y-%m-%d %H:%M:%S} UTC"
        raise LockTimeout(
            f"the build {other.id} {verb} {names}: pid {other.pid} on {other.host}, since {since}: {other.command}",
            hint="wait for it (leave out --no-wait, or give a longer --lock-timeout), or select something else",
        )

    def _close(self, row: RunRow, recorder: Recorder, total: Tally, considered: int) -> None:
        recorder.flush(seal=True)
        seconds = (clock.now() - row.started_at).total_seconds()
        with self._site.state.writing() as db:
            finish_run(db, row.id, finished_at=clock.now(), counts=_count(total, considered), seconds=seconds)

    def _find_folders(self, assets: list[str]) -> set[Path]:
        stems = [output_stem(self._site.outputs, AssetKey.from_user_string(name).path, None) for name in assets]
        return {folder for stem in stems for folder in (stem, stem.parent)}


def _finish(run: str, total: Tally, considered: int, *, interrupted: bool = False) -> RunFinished:
    counts = _count(total, considered)
    return RunFinished(
        run=run,
        built=total.built,
        unchanged=total.unchanged,
        fresh=counts["fresh"],
        failed=total.failed,
        skipped=total.skipped,
        spared=total.spared,
        cached=0,
        checks_passed=0,
        checks_failed=0,
        seconds=0.0,
        interrupted=interrupted,
    )


def _count(total: Tally, considered: int) -> dict[str, int]:
    ran = total.built + total.unchanged + total.failed + total.skipped
    return {
        "built": total.built,
        "unchanged": total.unchanged,
        "fresh": max(0, considered - ran),
        "failed": total.failed,
        "skipped": total.skipped,
    }


def _remove_workshop(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()  # a run in which nothing was printed leaves no folder
