"""A build: plan, claim, run, and again while another build holds what this one needs."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.events import RunFinished, RunStarted, Sink, Warned
from assetmake.execution.budget import Budget
from assetmake.execution.claims import Claims, Nodes, Vintage, clean_up, read_vintage
from assetmake.execution.declared import Declarations
from assetmake.execution.executors import STOP_SECONDS, Executor
from assetmake.execution.jobs import Options, Rebuilder
from assetmake.execution.mending import forgive
from assetmake.execution.recorder import Recorder
from assetmake.execution.remaining import Remaining
from assetmake.execution.scheduler import Scheduler
from assetmake.execution.site import Site
from assetmake.execution.standing_answers import tell_standing
from assetmake.execution.tally import Tally, count_answers, count_ends, sum_up
from assetmake.execution.terms import Terms
from assetmake.execution.undeclared import Undeclared
from assetmake.execution.who_asked import find_asker
from assetmake.planning.fingerprints import is_behind, refresh_fingerprints
from assetmake.planning.forecast import Forecast
from assetmake.planning.mended import find_mended
from assetmake.planning.order import Order
from assetmake.planning.plan import Parts, Plan
from assetmake.planning.turns import Turns
from assetmake.storage.ledger import SourceRow, record_sources
from assetmake.storage.refreshing import RefreshedRow, refresh_identities
from assetmake.storage.run_records import RunEnd, RunRow
from assetmake.storage.state import Database

__all__ = ["Prepared", "Site", "run_build"]


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
    def refreshed(self) -> Sequence[RefreshedRow]:
        """Outputs that are what was recorded, though stat says something else of them."""

    @property
    def mended(self) -> Mapping[AssetKey, Set[int]]:
        """Nodes that are fresh, by what was asked so far, though they failed when they were last tried."""

    @property
    def history(self) -> Mapping[AssetKey, float]:
        """Seconds that a node of an asset takes."""

    @property
    def durations(self) -> Mapping[AssetKey, Mapping[int, float]]:
        """Seconds that nodes took when they were last built, where the time is short."""

    @property
    def turns(self) -> Turns | None:
        """Which partition comes before which; None where that does not decide what goes first."""

    def remember(self) -> None:
        """Keep that there is nothing to do; inside the block of the state that the plan was made in."""

    def count_partitions(self) -> int:
        """Return how many partitions the plan looked at."""

    def describe(self, key: AssetKey, parts: Parts) -> str:
        """Write parts as ranges of keys."""

    def write_spans(self, key: AssetKey, parts: Parts) -> list[tuple[str, str]] | None:
        """Write parts so that they can be asked for again."""

    def close(self) -> None:
        """Give back what it holds."""


class Prepare(Protocol):
    """Makes a plan from an attached state; `is_again`: of what another build was waited for."""

    def __call__(self, db: Database, *, is_again: bool = False) -> Prepared: ...


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
    started, began_at = time.monotonic(), clock.now()
    with site.state.reading() as db:
        vintage = read_vintage(site, db)
        prepared = prepare(db)
        behind = is_behind(db)
        is_told_to_stop = stopped()  # then nobody has looked to the end at what the plan rests on
        found = find_mended(db, [prepared.mended])
        mended: Sequence[Mapping[AssetKey, Set[int]]] = [found] if found else []
        is_news = prepared.learned or prepared.refreshed or mended or behind
        if prepared.plan.is_clean and not (is_news or is_told_to_stop):
            prepared.remember()
    if not prepared.plan.is_idle:
        build = _Build(site, prepare, terms, sink, stopped, started=started)
        finished, mended = build.run(prepared, vintage, open_executor), build.mended
    else:
        finished = _find_nothing_to_do(site, prepared, vintage, sink, behind=behind)
        finished = replace(finished, interrupted=is_told_to_stop)
    for event in () if is_told_to_stop else forgive(site, mended, until=began_at):
        sink(event)
    finished = replace(finished, seconds=time.monotonic() - started)
    sink(finished)
    return finished


def _find_nothing_to_do(site: Site, prepared: Prepared, vintage: Vintage, sink: Sink, *, behind: bool) -> RunFinished:
    if prepared.learned or prepared.refreshed or behind:
        with site.state.writing() as db:
            refresh_fingerprints(db)
            refresh_identities(db, prepared.refreshed)
            record_sources(db, prepared.learned)
    clean_up(site, vintage)
    plan, standing = prepared.plan, sum(each.fresh for each in prepared.plan.checks.values())
    counts = len(plan.verdicts), plan.fresh, 0, prepared.count_partitions()
    sink(RunStarted("", *counts, standing=standing, **_count_unasked(plan)))
    tell_standing(site.graph, prepared.plan, prepared.describe, sink)
    prepared.close()
    return sum_up("", count_answers(prepared.plan), prepared.plan.fresh)


class _Build:
    """One run of `run_build` that has something to do.

    It goes round by round: what another build works on is left for the next round, which has nothing else in it.
    """

    def __init__(
        self,
        site: Site,
        prepare: Prepare,
        terms: Terms,
        sink: Sink,
        stopped: Callable[[], bool],
        *,
        started: float,
    ) -> None:
        self._deadline = None if terms.time_budget is None else started + terms.time_budget
        self._site = site
        self._prepare = prepare
        self._terms = terms
        self._sink = sink
        self._stopped = stopped
        self._total = Tally()
        self._considered = self._left = 0
        self._lost: Nodes = {}
        self._undone: dict[AssetKey, set[int]] = {}
        self.mended: list[Mapping[AssetKey, Set[int]]] = []
        declarations = Declarations(site.graph, project=site.project, outputs=site.outputs)
        self._undeclared = Undeclared(declarations, sink)

    def run(self, prepared: Prepared, vintage: Vintage, open_executor: Callable[[Path], Executor]) -> RunFinished:
        site = self._site
        now = clock.now()
        own = site.runs.open_run(now=now) if not self._terms.run else nullcontext(self._terms.run)
        with own as run:
            asked = find_asker(site.project, os.environ, purpose=self._terms.purpose).write()
            claims = Claims(site, RunRow(run, now, self._terms.command, os.getpid(), socket.gethostname(), asked))
            prepared, taken = self._claim(claims, prepared, vintage)
            self._considered = prepared.plan.fresh + prepared.plan.work
            self._remaining = Remaining(site.graph, prepared.plan)
            self._total.merge(count_answers(prepared.plan))
            recorder = Recorder(site.state, outputs=site.outputs, run=run, graph=site.graph, project=site.project)
            executor = open_executor(site.find_workshop(run))
            end = RunEnd.ABORTED
            try:
                self._run_rounds(claims, prepared, taken, executor, recorder)
                end = self._judge_end()
            finally:
                executor.stop(grace=STOP_SECONDS)
                site.remove_workshop(run)
                recorder.flush(seal=True)
                claims.finish(self._count(), end=end, left=self._write_undone(prepared))
            considered = self._considered - self._remaining.unstarted
            finished = sum_up(run, self._total, considered, interrupted=self._stopped())
            return replace(finished, left=self._left)

    def _count(self) -> dict[str, int]:
        return count_ends(self._total, self._considered - self._remaining.unstarted)

    def _judge_end(self) -> RunEnd:
        if self._stopped():
            return RunEnd.INTERRUPTED
        return RunEnd.FAILED if self._total.failed or self._total.checks_failed else RunEnd.DONE

    def _write_undone(self, prepared: Prepared) -> str | None:
        return _write_nodes(prepared, {key: list(parts) for key, parts in self._undone.items()})

    def _run_rounds(
        self, claims: Claims, prepared: Prepared, taken: Nodes, executor: Executor, recorder: Recorder
    ) -> None:
        plan = prepared.plan
        forecast = self._foresee(prepared, plan, taken, executor)
        self._announce(claims.row.id, prepared, forecast)
        while True:
            try:
                deferred = self._run_round(claims.row.id, prepared, plan, forecast, taken, executor, recorder)
            finally:
                self.mended.append(prepared.mended)
                prepared.close()
            if deferred:
                # Claims are given up meanwhile: of two builds that wait for each other none would go on.
                claims.finish(self._count())
                deferred = self._wait(claims, deferred)
            if not deferred:
                self._tell_left(prepared, forecast, executor)
                return
            if not taken:
                raise AssertionError(f"{', '.join(map(str, deferred))} wait for each other")
            with self._site.state.reading() as db:
                vintage = read_vintage(self._site, db)
                prepared = self._prepare(db, is_again=True)
            prepared, taken = self._claim(claims, prepared, vintage, only=deferred)
            self._total.merge(count_answers(prepared.plan, only=deferred))
            plan = prepared.plan.restrict(deferred)
            claims.settle(deferred, plan, sink=self._sink)
            forecast = self._foresee(prepared, plan, taken, executor)

    def _keep_undone(self, nodes: Nodes) -> None:
        for key, parts in nodes.items():
            self._undone.setdefault(key, set()).update(parts)

    def _wait(self, claims: Claims, deferred: Nodes) -> Nodes:
        """Wait for what other builds work on; return what is to be looked at then."""
        is_over = False
        if not (self._terms.fail_fast and self._total.failed):
            timeout, stopped = self._terms.lock_timeout, self._stopped
            is_over = not claims.await_others(
                deferred, timeout=timeout, until=self._deadline, stopped=stopped, sink=self._sink
            )
        if self._stopped() or (self._terms.fail_fast and self._total.failed):
            self._total.skipped += sum(map(len, deferred.values()))
            self._keep_undone(deferred)
            return {}
        if is_over:
            self._remaining.add({key: set(parts) for key, parts in deferred.items()})
            return {}
        return deferred

    def _tell_left(self, prepared: Prepared, forecast: Forecast, executor: Executor) -> None:
        asked = self._remaining.find_asked()
        self._left = sum(map(len, asked.values()))
        if not asked or self._stopped():
            return
        means = dict(prepared.history) | {key: leg.mean for key, leg in forecast.legs.items() if leg.is_known}
        seconds = self._remaining.estimate(means, workers=executor.free_slots(), pools=self._terms.pools or {})
        ran = forecast.landed + self._total.built + self._total.unchanged + self._total.failed
        nothing_fits = bool(self._remaining.nodes) and not ran
        describe, failed = prepared.describe, self._total.failed
        self._sink(
            self._remaining.tell(asked, describe=describe, seconds=seconds, nothing_fits=nothing_fits, failed=failed)
        )

    def _foresee(self, prepared: Prepared, plan: Plan, taken: Nodes, executor: Executor) -> Forecast:
        return Forecast(
            plan,
            self._site.graph,
            is_whole=prepared.order.is_whole,
            history=prepared.history,
            workers=executor.free_slots(),
            pools=self._terms.pools or {},
            elsewhere=taken,
        )

    def _announce(self, run: str, prepared: Prepared, forecast: Forecast) -> None:
        plan, partitions = prepared.plan, prepared.count_partitions()
        checks = sum(len(verdicts.parts) for verdicts in plan.checks.values())
        counts = len(plan.verdicts), plan.fresh, plan.work, partitions
        self._sink(RunStarted(run, *counts, forecast.estimate(), checks, **_count_unasked(plan)))
        for warning in plan.warnings:
            self._sink(Warned(warning))
        tell_standing(self._site.graph, plan, prepared.describe, self._sink)

    def _claim(
        self, claims: Claims, prepared: Prepared, vintage: Vintage, *, only: Nodes | None = None
    ) -> tuple[Prepared, Nodes]:
        """Claim what the plan wants; where something happened since it was made, make it anew first."""
        with self._site.state.writing() as db:
            if read_vintage(self._site, db) != vintage:
                prepared.close()
                prepared = self._prepare(db, is_again=only is not None)
            refresh_identities(db, prepared.refreshed)
            plan = prepared.plan if only is None else prepared.plan.restrict(only)
            taken = claims.take(db, plan, write=partial(_write_nodes, prepared))
        if taken and not self._terms.wait:
            prepared.close()
            claims.finish(count_ends(Tally(), 0), end=RunEnd.ABORTED)
            claims.refuse(taken, "is working on", sink=self._sink)
        return prepared, taken

    def _run_round(
        self,
        run: str,
        prepared: Prepared,
        plan: Plan,
        forecast: Forecast,
        taken: Nodes,
        executor: Executor,
        recorder: Recorder,
    ) -> Nodes:
        """Run what can be run now; return what is left for later."""
        site = self._site
        scheduler = Scheduler(
            plan,
            site.graph,
            order=prepared.order,
            forecast=forecast,
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
                strict=self._terms.strict,
                one_by_one=self._deadline is not None,
                run_config=self._terms.run_config,
                run_tags=self._terms.tags,
            ),
            undeclared=self._undeclared,
            describe=prepared.describe,
            stopped=self._stopped,
            elsewhere=taken,
            lost=self._lost,
            left=self._remaining.nodes,
            turns=prepared.turns,
            budget=Budget(self._deadline, prepared.durations),
        )
        # Before anything of this round: what is built from a source is recorded at a later revision than the source.
        recorder.flush(sources=prepared.learned)
        try:
            self._total.merge(scheduler.run())
        finally:
            recorder.flush()
            self._keep_undone(scheduler.undone)
        self._lost = scheduler.lost
        self._remaining.add(scheduler.left)
        return {key: parts for key, parts in scheduler.deferred.items() if parts}


def _write_nodes(prepared: Prepared, nodes: Mapping[AssetKey, Parts]) -> str | None:
    """Write what is to run, or was and has not, for those who try it again."""
    left = {str(key): prepared.write_spans(key, parts) for key, parts in nodes.items() if parts}
    return json.dumps(left, ensure_ascii=False) if left else None


def _count_unasked(plan: Plan) -> dict[str, Any]:
    return {"unasked": sum(plan.unasked.values()), "unasked_states": plan.unasked}
