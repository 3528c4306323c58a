"""The scheduler: which node next. It knows order; hashes and processes are other rooms' business.

Approach: every asset that has work keeps its candidates in a queue. An asset is looked at when something that it
reads has finished, and never before all of an upstream that it reads as a whole is done. Looking tells ready
nodes from blocked ones; those that were only waiting are checked again, and what turns out fresh is spared.
An asset of which one call makes a range is looked at when all that it reads is done, and then as a whole: what is
spared, lost or left to another build leaves gaps, and what stands between two gaps is a range.
Ready nodes are cut into works while workers have room, first those from which the longest path leads to the end;
outcomes are settled one by one, and that makes the assets below worth a look.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from itertools import chain

from assetmake.definitions.asset_key import AssetKey
from assetmake.events import CaughtUp, NodesSpared, Sink
from assetmake.execution.admission import Admission
from assetmake.execution.agenda import Agenda
from assetmake.execution.announcing import Announcer
from assetmake.execution.budget import Budget
from assetmake.execution.executors import STOP_SECONDS, Executor
from assetmake.execution.gates import Gates
from assetmake.execution.in_turn import InTurn
from assetmake.execution.jobs import Dispatcher, Job, Options, Rebuilder
from assetmake.execution.layout import Layout
from assetmake.execution.outlook import Outlook
from assetmake.execution.recorder import Recorder
from assetmake.execution.settling import Settler
from assetmake.execution.shares import Share, cut_alike
from assetmake.execution.sifting import Sieve
from assetmake.execution.standing_answers import list_standing
from assetmake.execution.tally import Tally
from assetmake.execution.undeclared import Undeclared
from assetmake.execution.work import Outcome, Work
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.forecast import Forecast
from assetmake.planning.order import Order, Readiness
from assetmake.planning.plan import Parts, Plan
from assetmake.planning.turns import Turns

_LOOKAHEAD = 2_000
"""Candidates looked at in one go: enough to keep workers busy, few enough to start soon."""
_SCAN_SECONDS = 1.0
"""How often, at most, all candidates of an asset are looked through when the front of its queue is blocked."""
_WAIT_SECONDS = 0.5


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
        left: Nodes that were left for another build in an earlier round.
        turns: Which partition comes before which; None: what the end waits for the longest comes first.
        budget: Tells what would not end in time.
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
        left: Mapping[AssetKey, set[int]] | None = None,
        turns: Turns | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._graph = graph
        self._order = order
        self._forecast = forecast
        self._executor = executor
        self._recorder = recorder
        self._sink = sink
        self._options = options
        self._announcer = Announcer(sink, describe)
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
        self._left = {key: set(parts) for key, parts in (left or {}).items()}
        self._budget, self._turns = budget or Budget(), turns
        is_full, backlog = self._dispatcher.is_full, forecast.backlog
        self._agenda = Agenda(is_full, backlog) if turns is None else InTurn(turns, is_full)
        self._outlook = Outlook(forecast, self._dispatcher, sink)
        self._given_up: dict[AssetKey, set[int]] = {}
        self._total = Tally()
        self._gates.hold_standing(plan)
        self._jobs = Layout(graph, order, forecast, self._gates, self._deferred, turns).lay_out(plan)
        self._sieve = Sieve(graph, order, self._gates, self._jobs)
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
    def left(self) -> Mapping[AssetKey, set[int]]:
        """Nodes left for another build, because they would not have ended in time, or read what would not."""
        return self._left

    @property
    def lost(self) -> Mapping[AssetKey, set[int]]:
        """Nodes that failed, or that cannot run because of one that did."""
        return self._settler.lost

    @property
    def undone(self) -> Mapping[AssetKey, set[int]]:
        """Nodes that were to run and have not: lost, given up at the end, or, after trouble, not come to an end."""
        open_ones = [(share.key, job.unfinished & share.wanted) for job in self._jobs.values() for share in job.shares]
        found: dict[AssetKey, set[int]] = {}
        for key, parts in chain(self._settler.lost.items(), self._given_up.items(), open_ones):
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
                self._executor.stop(grace=STOP_SECONDS)
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
        if self._budget.is_over:
            self._settler.give_up_retries()
            return
        while self._executor.free_slots() > 0:
            again = self._settler.take_due()
            if again and not self._budget.fits(again[0].job, parts := [each.node.part for each in again]):
                self._put_off(again[0].job, set(parts), self._left)
                continue
            work = self._dispatcher.launch_again(again) if again else self._next_work()
            if work is None:
                return
            self._executor.submit(work)

    def _next_work(self) -> Work | None:
        """Return a work of the most urgent asset that has something ready."""
        while (job := self._agenda.take()) is not None:
            if self._sieve.find_job(job.key) is not job or job.wholes:
                continue
            if not job.ready:
                self._find_ready(job)
            late = self._budget.take_late(job)
            if late:
                self._put_off(job, set(late), self._left)
                self._agenda.add(job)
            elif job.ready:
                work = self._dispatcher.cut_work(job)
                self._agenda.add(job)
                self._announcer.tell_started(job, work)
                return work
        return None

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
            if not is_ranged:
                batch, late = self._budget.split_candidates(job, batch)
                if late:
                    self._put_off(job, set(late), self._left)
            found = self._sort_out(job, batch)
            ready, later = found.ready, list[int]()
            if self._turns is not None and not is_ranged:
                ready, later = self._turns.put_off(job.key, ready, while_waiting=found.blocked)
            blocked += [*found.blocked, *later]
            self._admission.admit(job, ready)
            front = False
        if blocked and not job.candidates:
            job.scanned_at = time.monotonic()
        job.candidates.extendleft(reversed(blocked))
        if is_ranged:
            job.ranges.extend(cut_alike(job.ready, self._order.cut_ranges(job.key, [each.part for each in job.ready])))
            if self._turns is not None:
                job.arrange_ranges(self._turns)

    # -------------------------------------------------------------- from outcomes to what comes after

    def _sort_out(self, job: Job, batch: list[int]) -> Readiness:
        """Tell nodes apart; give up those that read what failed, and defer those that read what is deferred."""
        lost = self._sieve.spread(job, self._settler.lost, self._gates.held)
        found = self._sieve.sort(job, batch, unfinished=self._sieve.find_unfinished(job), lost=lost)
        if found.doomed and not job.is_check:
            found = self._reprieve(job, found)
        if found.doomed:
            self._lose(job, found.doomed)
        ready, blocked = found.ready, found.blocked
        for later in (self._left, self._deferred):  # what reads of both is left: the next round has none of that
            if readers := set(self._sieve.find_readers(job, [*ready, *blocked], later)):
                self._put_off(job, readers, later)
                ready = [part for part in ready if part not in readers]
                blocked = [part for part in blocked if part not in readers]
        return Readiness(ready, blocked, {})

    def _put_off(self, job: Job, parts: Set[int], later: dict[AssetKey, set[int]]) -> None:
        """Have partitions not run in this round, nor what reads them of the same asset."""
        parts = job.list_behind(parts)
        for share in job.shares:
            later.setdefault(share.key, set()).update(parts & share.wanted)
        self._finish_whole(job, parts)

    def _reprieve(self, job: Job, found: Readiness) -> Readiness:
        """Spare what is held by a check alone and need not run; where that is not known yet, have it wait."""
        gone = self._sieve.sort(job, list(found.doomed), unfinished={}, lost=self._settler.lost).doomed
        held = [part for part in found.doomed if part not in gone]
        near = self._sieve.sort(job, held, unfinished=self._sieve.find_unfinished(job), lost={})
        saved = self._admission.spare_fresh(job, near.ready).union(near.blocked)
        doomed = {part: asset for part, asset in found.doomed.items() if part not in saved}
        return Readiness(found.ready, [*found.blocked, *near.blocked], doomed)

    def _lose(self, job: Job, doomed: Mapping[int, AssetKey]) -> None:
        gone: set[int] = set()
        for culprit in dict.fromkeys(doomed.values()):
            parts = job.list_behind({part for part, each in doomed.items() if each == culprit}) - gone
            gone |= parts
            self._sieve.blame(job, parts, culprit)
            for share in job.shares:
                own = parts if len(job.shares) == 1 else parts & share.wanted
                self._settler.lost.setdefault(share.key, set()).update(own)
                self._announcer.tell_skipped(share, len(own), self._gates.explain(culprit))
        self._finish_whole(job, gone)

    def _spare(self, job: Job, share: Share, parts: list[int]) -> None:
        if not parts:
            return
        if share.is_check:
            share.count_answers(parts)
            self._gates.hold(share.key, share.answers.failed.intersection(parts))
            for event in list_standing(share.record, share.answers, self._announcer.describe, only=set(parts)):
                self._sink(event)
        else:
            share.tally.spared += len(parts)
            self._sink(NodesSpared(str(share.key), len(parts)))
        self._finish(job, parts)

    def _finish(self, job: Job, parts: Collection[int]) -> None:
        """Cross a share's nodes off, and their partitions where nothing else of those is under way."""
        if not job.open:
            self._finish_whole(job, parts)
            return
        for part in parts:
            job.open[part] -= 1
        done = [part for part in parts if not job.open[part]]
        if done:
            self._finish_whole(job, done)

    def _finish_whole(self, job: Job, parts: Collection[int]) -> None:
        """Cross partitions off, and have what is below looked at."""
        before = len(job.unfinished)
        job.unfinished.difference_update(parts)
        self._sieve.cross_off(job, parts)
        self._forecast.cross_off(job.leg, before - len(job.unfinished))
        if job.chain is not None and (free := job.chain.release(parts)):
            job.candidates.extend(free)
            self._agenda.add(job)
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
        has_failed_fast = self._settler.failing and self._options.fail_fast
        because = "the build was stopped" if stopped else "an earlier failure stopped the build"
        for job in list(self._jobs.values()):
            for share in job.shares:
                left = job.unfinished if len(job.shares) == 1 else job.unfinished & share.wanted
                if self._budget.is_over and not (stopped or has_failed_fast):
                    self._left.setdefault(share.key, set()).update(left)
                elif not (stopped or self._settler.failing):
                    self._deferred.setdefault(share.key, set()).update(left)
                else:
                    self._given_up.setdefault(share.key, set()).update(left)
                    self._announcer.tell_skipped(share, len(left), because)
            self._report(job)
        self._jobs.clear()

    def _report(self, job: Job) -> None:
        for share in job.shares:
            self._total.merge(share.tally)
        self._announcer.tell_finished(job, left=self._left)
