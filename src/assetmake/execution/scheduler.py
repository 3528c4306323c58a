"""The scheduler: which node next. It knows order; hashes and processes are other rooms' business.

Approach: every asset that has work keeps its candidates in a queue. An asset is looked at when something that it
reads has finished, and never before all of an upstream that it reads as a whole is done. Looking tells ready
nodes from blocked ones; those that were only waiting are checked again, and what turns out fresh is spared.
An asset of which one call makes a range is looked at when all that it reads is done, and then as a whole: what is
spared, lost or left to another build leaves gaps, and what stands between two gaps is a range.
Ready nodes are cut into works while workers have room, first those from which the longest path leads to the end.
Outcomes are settled one by one, and that makes the assets below worth a look.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from assetmake.definitions.asset_key import AssetKey
from assetmake.events import CaughtUp, NodesSkipped, NodesSpared, NodesStarted, Sink
from assetmake.execution.admission import Admission
from assetmake.execution.agenda import Agenda
from assetmake.execution.executors import Executor
from assetmake.execution.gates import Gates
from assetmake.execution.jobs import Dispatcher, Job, Options, Rebuilder
from assetmake.execution.layout import Layout
from assetmake.execution.outlook import Outlook
from assetmake.execution.recorder import Recorder
from assetmake.execution.settling import Settler
from assetmake.execution.shares import Share, cut_alike
from assetmake.execution.standing_answers import list_standing
from assetmake.execution.tally import Tally
from assetmake.execution.undeclared import Undeclared
from assetmake.execution.work import Outcome, Work
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.forecast import Forecast
from assetmake.planning.order import Order, Readiness
from assetmake.planning.plan import Parts, Plan

_LOOKAHEAD = 2_000
"""Candidates looked at in one go: enough to keep workers busy, few enough to start soon."""
_SCAN_SECONDS = 1.0
"""How often, at most, all candidates of an asset are looked through when the front of its queue is blocked."""
_WAIT_SECONDS = 0.5
_DESCRIBED = 10_000
"""An asset with more nodes than this is told of by their number alone."""


class Scheduler:
    """Runs a plan to its end.

    Args:
        plan: What is not fresh.
        graph: The project.
        order: Tells ready nodes from blocked ones.
        forecast: Tells which assets the end of the plan waits for the longest.
        rebuilder: Checks, prepares, takes note.
        executor: Runs works.
        recorder: Publishes and records.
        sink: Hears what happens.
        options: How to run.
        undeclared: Tells of files that were read without having been declared.
        describe: Writes parts of an asset as ranges of keys.
        stopped: Tells whether the build is to end now.
        elsewhere: Nodes that another build works on.
        lost: Nodes that failed, or could not run, in an earlier round.
    """

    def __init__(
        self,
        plan: Plan,
        graph: AssetGraph,
        *,
        order: Order,
        forecast: Forecast,
        rebuilder: Rebuilder,
        executor: Executor,
        recorder: Recorder,
        sink: Sink,
        options: Options,
        undeclared: Undeclared,
        describe: Callable[[AssetKey, Parts], str],
        stopped: Callable[[], bool] = lambda: False,
        elsewhere: Mapping[AssetKey, set[int]] | None = None,
        lost: Mapping[AssetKey, set[int]] | None = None,
    ) -> None:
        self._graph = graph
        self._order = order
        self._forecast = forecast
        self._executor = executor
        self._recorder = recorder
        self._sink = sink
        self._options = options
        self._describe = describe
        self._stopped = stopped
        self._gates = Gates(graph, order)
        self._dispatcher = Dispatcher(options, undeclared.declarations, forecast, rebuilder.gather, recorder.tell_made)
        self._settler = Settler(
            self._dispatcher,
            rebuilder=rebuilder,
            recorder=recorder,
            sink=sink,
            options=options,
            undeclared=undeclared,
            finish=self._finish,
            lost={key: set(parts) for key, parts in (lost or {}).items()},
            hold=self._gates.hold,
        )
        self._admission = Admission(rebuilder, self._dispatcher, self._settler, spare=self._spare)
        self._deferred = {key: set(parts) for key, parts in (elsewhere or {}).items()}
        self._agenda = Agenda(self._dispatcher.is_full, forecast.backlog)
        self._outlook = Outlook(forecast, self._dispatcher, sink)
        self._given_up: dict[AssetKey, set[int]] = {}
        self._total = Tally()
        self._hold_standing(plan)
        self._jobs = Layout(graph, order, forecast, self._gates, self._deferred).lay_out(plan)
        for job in list(self._jobs.values()):
            if job.unfinished:
                self._agenda.add(job)
            else:
                self._close(job)

    @property
    def deferred(self) -> Mapping[AssetKey, set[int]]:
        """Nodes left for later, because another build works on them or on what they read."""
        return self._deferred

    @property
    def lost(self) -> Mapping[AssetKey, set[int]]:
        """Nodes that failed, or that cannot run because of one that did."""
        return self._settler.lost

    @property
    def left(self) -> Mapping[AssetKey, set[int]]:
        """Nodes that were to run and have not: lost, given up at the end, or, after trouble, not come to an end."""
        found = {key: set(parts) for key, parts in self._settler.lost.items()}
        unended = [(share.key, job.unfinished & share.wanted) for job in self._jobs.values() for share in job.shares]
        for key, parts in (*self._given_up.items(), *unended):
            found.setdefault(key, set()).update(parts)
        return found

    def run(self) -> Tally:
        """Run everything that can run; return what became of it.

        Raises:
            StorageError: the state cannot be written; then nothing more is started.
        """
        try:
            while self._jobs and not self._stopped():
                self._fill()
                if not self._is_under_way():
                    break
                patience = self._settler.seconds_to_retry()
                timeout = _WAIT_SECONDS if patience is None else min(patience, _WAIT_SECONDS)
                self._sink(CaughtUp())
                if self._dispatcher.flights:
                    with self._outlook.idling():
                        outcomes = self._executor.wait(timeout)
                    self._settle(outcomes)
                else:
                    time.sleep(0.0 if patience is None else timeout)
                self._recorder.flush_if_due()
                self._look_ahead()
        finally:
            if self._dispatcher.flights:
                self._executor.stop(grace=5.0)
                self._settler.abandon()
        self._skip_rest()
        return self._total

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        """Settle outcomes, some at a time: a worker that has nothing to do need not wait until all are settled."""
        for number, some in enumerate(self._dispatcher.divide(outcomes)):
            if number and self._executor.has_idle_slot() and not self._stopped():
                self._fill()
            self._settler.settle(some)

    def _look_ahead(self) -> None:
        """Where things go otherwise than was thought, put what is left in another order."""
        if self._forecast.is_off:
            self._forecast.measure()
            self._agenda.reorder()
        self._outlook.tell_if_due()

    def _find_job(self, key: AssetKey) -> Job | None:
        return self._jobs.get(self._graph.find_lead(key))

    def _hold_standing(self, plan: Plan) -> None:
        """Hold what is below blocking checks that failed before and need not run."""
        for key, answers in plan.answers.items():
            self._gates.hold(key, answers.failed.difference(plan.checks[key].parts))

    # -------------------------------------------------------------- from candidates to works

    def _is_under_way(self) -> bool:
        """Tell whether something runs; if not, a failure stopped the build, or the rest waits for another one."""
        return bool(self._dispatcher.flights) or self._settler.is_retrying

    def _fill(self) -> None:
        if self._settler.failing and self._options.fail_fast:
            self._settler.give_up_retries()
            for number in self._executor.recall():
                self._dispatcher.flights.pop(number)
            return
        while self._executor.free_slots() > 0:
            again = self._settler.take_due()
            work = self._dispatcher.launch_again(again) if again else self._next_work()
            if work is None:
                return
            self._executor.submit(work)

    def _next_work(self) -> Work | None:
        """Return a work of the most urgent asset that has something ready."""
        while (job := self._agenda.take()) is not None:
            if self._find_job(job.key) is not job or job.wholes:
                continue
            if not job.ready:
                self._find_ready(job)
            if job.ready:
                work = self._dispatcher.cut_work(job)
                self._agenda.add(job)
                job.started_at = job.started_at or time.monotonic()
                self._tell_started(job, work)
                return work
        return None

    def _tell_started(self, job: Job, work: Work) -> None:
        shown = next((share for share in job.shares if not share.is_check), job.shares[0])
        parts = [node.part for node in work.nodes if node.output == shown.record.output]
        if parts:
            self._sink(NodesStarted(str(shown.key), len(parts), self._describe(shown.key, parts)))

    def _find_ready(self, job: Job) -> None:
        """Look through the front of the queue, and now and then through all of it, for nodes that may run.

        Where one call may make several, look through all: ranges are as long as there are neighbours.
        """
        is_ranged = job.record.is_ranged
        blocked: list[int] = []
        front = True
        while job.candidates and (is_ranged or not job.ready):
            if blocked and not front and time.monotonic() - job.scanned_at < _SCAN_SECONDS:
                break
            batch = [job.candidates.popleft() for _ in range(min(_LOOKAHEAD, len(job.candidates)))]
            found = self._sort_out(job, batch)
            blocked += found.blocked
            self._admission.admit(job, found.ready)
            front = False
        if blocked and not job.candidates:
            job.scanned_at = time.monotonic()
        job.candidates.extendleft(reversed(blocked))
        if is_ranged:
            job.ranges.extend(cut_alike(job.ready, self._order.cut_ranges(job.key, [each.part for each in job.ready])))

    def _unfinished_above(self, job: Job) -> dict[AssetKey, set[int]]:
        """Return what is still to come of all that a job reads, blocking checks of that included."""
        found: dict[AssetKey, set[int]] = {}
        for share in job.shares:
            for edge in self._graph.upstream[share.key]:
                key = edge.upstream
                if key in found or key in share.inner:
                    continue
                above = self._find_job(key)
                unfinished = above.unfinished if above is not None else set()
                for gate in () if share.is_check else self._gates.list_checks(key):
                    check = self._find_job(gate)
                    if check is not None and self._gates.is_aligned(gate, key):
                        unfinished = unfinished | check.unfinished
                if unfinished:
                    found[key] = unfinished
        return found

    # -------------------------------------------------------------- from outcomes to what comes after

    def _sort_out(self, job: Job, batch: list[int]) -> Readiness:
        """Tell nodes apart; give up those that read what failed, and defer those that read what is deferred."""
        is_check = all(share.is_check for share in job.shares)
        lost = self._settler.lost if is_check else self._gates.spread(self._settler.lost, self._gates.held)
        found = self._sort(job, batch, unfinished=self._unfinished_above(job), lost=lost)
        if found.doomed and not is_check:
            found = self._reprieve(job, found)
        if found.doomed:
            self._lose(job, found.doomed)
        if not self._deferred:
            return found
        rest = [*found.ready, *found.blocked]
        deferred = self._deferred if is_check else self._gates.spread(self._deferred, self._deferred)
        later = self._sort(job, rest, unfinished={}, lost=deferred).doomed
        for share in job.shares if later else ():
            self._deferred.setdefault(share.key, set()).update(later.keys() & share.wanted)
        if later:
            self._finish_whole(job, later)
        ready = [part for part in found.ready if part not in later]
        return Readiness(ready, [part for part in found.blocked if part not in later], {})

    def _sort(
        self, job: Job, batch: list[int], *, unfinished: Mapping[AssetKey, Set[int]], lost: Mapping[AssetKey, Set[int]]
    ) -> Readiness:
        if len(job.shares) == 1:
            return self._order.sort_out(job.key, batch, unfinished=unfinished, lost=lost)
        doomed: dict[int, AssetKey] = {}
        blocked: set[int] = set()
        for share in job.shares:
            own = [part for part in batch if part in share.wanted and part not in doomed]
            lost_above = {key: parts for key, parts in lost.items() if key not in share.inner}
            found = self._order.sort_out(share.key, own, unfinished=unfinished, lost=lost_above)
            doomed.update(found.doomed)
            blocked.update(found.blocked)
        left = [part for part in batch if part not in doomed]
        return Readiness(
            [part for part in left if part not in blocked], [part for part in left if part in blocked], doomed
        )

    def _reprieve(self, job: Job, found: Readiness) -> Readiness:
        """Spare what is held by a check alone and need not run; where that is not known yet, have it wait."""
        gone = self._sort(job, list(found.doomed), unfinished={}, lost=self._settler.lost).doomed
        held = [part for part in found.doomed if part not in gone]
        near = self._sort(job, held, unfinished=self._unfinished_above(job), lost={})
        saved = self._admission.spare_fresh(job, near.ready).union(near.blocked)
        doomed = {part: asset for part, asset in found.doomed.items() if part not in saved}
        return Readiness(found.ready, [*found.blocked, *near.blocked], doomed)

    def _lose(self, job: Job, doomed: Mapping[int, AssetKey]) -> None:
        because = self._gates.explain(next(iter(doomed.values())), self._settler.lost)
        for share in job.shares:
            own = doomed if len(job.shares) == 1 else doomed.keys() & share.wanted
            self._settler.lost.setdefault(share.key, set()).update(own)
            if not share.is_check:
                share.tally.add(skipped=len(own))
                self._sink(NodesSkipped(str(share.key), len(own), because))
        self._finish_whole(job, doomed)

    def _spare(self, job: Job, share: Share, parts: list[int]) -> None:
        if not parts:
            return
        if share.is_check:
            share.count_answers(parts)
            self._gates.hold(share.key, share.answers.failed.intersection(parts))
            for event in list_standing(share.record, share.answers, self._describe, only=set(parts)):
                self._sink(event)
        else:
            share.tally.add(spared=len(parts))
            self._sink(NodesSpared(str(share.key), len(parts)))
        self._finish(job, parts)

    def _finish(self, job: Job, parts: Iterable[int]) -> None:
        """Cross a share's nodes off, and their partitions where nothing else of those is under way."""
        if not job.open:
            self._finish_whole(job, parts)
            return
        done = []
        for part in parts:
            job.open[part] -= 1
            if not job.open[part]:
                done.append(part)
        if done:
            self._finish_whole(job, done)

    def _finish_whole(self, job: Job, parts: Iterable[int]) -> None:
        """Cross partitions off, and have what is below looked at."""
        before = len(job.unfinished)
        job.unfinished.difference_update(parts)
        self._forecast.cross_off(job.leg, before - len(job.unfinished))
        if not job.unfinished:
            self._close(job)
        for below in job.below:
            if not below.wholes:
                self._agenda.add(below)

    def _close(self, job: Job) -> None:
        if self._jobs.pop(self._graph.find_lead(job.key), None) is None:
            return
        self._report(job)
        for below in job.below:
            if job.key in below.wholes:
                below.wholes.discard(job.key)
                if not below.wholes:
                    self._agenda.add(below)

    def _skip_rest(self) -> None:
        """Account for what could not run: after a failure or a stop it is skipped, otherwise left for later."""
        stopped = self._stopped()
        because = "the build was stopped" if stopped else "an earlier failure stopped the build"
        for job in list(self._jobs.values()):
            for share in job.shares:
                left = job.unfinished if len(job.shares) == 1 else job.unfinished & share.wanted
                if not (stopped or self._settler.failing):
                    self._deferred.setdefault(share.key, set()).update(left)
                elif not share.is_check:
                    self._given_up.setdefault(share.key, set()).update(left)
                    share.tally.add(skipped=len(left))
                    self._sink(NodesSkipped(str(share.key), len(left), because))
            self._report(job)
        self._jobs.clear()

    def _report(self, job: Job) -> None:
        for share in job.shares:
            self._total.merge(share.tally)
            if share.tally.touched and not share.is_check:
                elapsed = 0.0 if job.started_at is None else time.monotonic() - job.started_at
                keys = self._describe(share.key, share.parts) if len(share.parts) <= _DESCRIBED else ""
                self._sink(share.sum_up(elapsed, keys))
