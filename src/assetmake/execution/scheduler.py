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
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from assetmake.definitions.asset_key import AssetKey
from assetmake.events import AssetFinished, CaughtUp, NodesSkipped, NodesSpared, NodesStarted, Sink
from assetmake.execution.agenda import Agenda
from assetmake.execution.executors import Executor
from assetmake.execution.jobs import Dispatcher, Job, Options, Rebuilder
from assetmake.execution.outlook import Outlook
from assetmake.execution.recorder import Recorder
from assetmake.execution.settling import Settler
from assetmake.execution.tally import Tally
from assetmake.execution.undeclared import Undeclared
from assetmake.execution.work import Failure, Outcome, Work
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.forecast import Forecast
from assetmake.planning.order import Order, Readiness
from assetmake.planning.plan import Parts, Plan, Verdict

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
        self._rebuilder = rebuilder
        self._executor = executor
        self._recorder = recorder
        self._sink = sink
        self._options = options
        self._describe = describe
        self._stopped = stopped
        self._dispatcher = Dispatcher(options, undeclared.declarations, forecast, rebuilder.gather)
        self._settler = Settler(
            self._dispatcher,
            rebuilder=rebuilder,
            recorder=recorder,
            sink=sink,
            options=options,
            undeclared=undeclared,
            finish=self._finish,
            lost={key: set(parts) for key, parts in (lost or {}).items()},
        )
        self._deferred = {key: set(parts) for key, parts in (elsewhere or {}).items()}
        self._jobs: dict[AssetKey, Job] = {}
        self._agenda = Agenda(self._dispatcher.is_full, forecast.backlog)
        self._outlook = Outlook(forecast, self._dispatcher, sink)
        self._total = Tally()
        self._lay_out(plan)

    @property
    def deferred(self) -> Mapping[AssetKey, set[int]]:
        """Nodes left for later, because another build works on them or on what they read."""
        return self._deferred

    @property
    def lost(self) -> Mapping[AssetKey, set[int]]:
        """Nodes that failed, or that cannot run because of one that did."""
        return self._settler.lost

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

    def _lay_out(self, plan: Plan) -> None:
        for position, (key, verdicts) in enumerate(plan):
            if not verdicts.parts:
                continue
            elsewhere = self._deferred.get(key, set())
            parts = [part for part in verdicts.parts if part not in elsewhere]
            leg = self._forecast.legs[key]
            self._jobs[key] = Job(
                record=self._graph.records[key],
                leg=leg,
                position=position,
                parts=verdicts.parts,
                reasons=verdicts.count_reasons(),
                candidates=deque(parts),
                waiting=set(verdicts.select(Verdict.WAITING)),
                unfinished=set(parts),
                average=leg.history,
            )
        for key, job in self._jobs.items():
            for edge in self._graph.upstream[key]:
                above = self._jobs.get(edge.upstream)
                if above is not None and self._order.is_whole(key, edge):
                    job.whole_upstreams += 1
            self._agenda.add(job)
        for job in [job for job in self._jobs.values() if not job.unfinished]:
            self._close(job)

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
            if job.key not in self._jobs or job.whole_upstreams:
                continue
            if not job.ready:
                self._find_ready(job)
            if job.ready:
                work = self._dispatcher.cut_work(job)
                self._agenda.add(job)
                job.started_at = job.started_at or time.monotonic()
                keys = self._describe(job.key, [node.part for node in work.nodes])
                self._sink(NodesStarted(str(job.key), len(work.nodes), keys))
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
            found = self._sort_out(job, batch)
            blocked += found.blocked
            self._admit(job, found.ready)
            front = False
        if blocked and not job.candidates:
            job.scanned_at = time.monotonic()
        job.candidates.extendleft(reversed(blocked))
        if is_ranged:
            job.ranges.extend(self._order.cut_ranges(job.key, [node.part for node in job.ready]))

    def _admit(self, job: Job, parts: list[int]) -> None:
        unsure = [part for part in parts if part in job.waiting]
        must = set(parts).difference(unsure)
        if unsure:
            confirmed = self._rebuilder.recheck(job.key, unsure)
            must |= confirmed
            self._spare(job, [part for part in unsure if part not in confirmed])
        if not must:
            return
        wanted = [part for part in parts if part in must]
        job.former.update(self._rebuilder.former(job.key, wanted))
        for node in self._rebuilder.prepare(job.key, wanted):
            if node.missing:
                failure = Failure(node.missing, retryable=False)
                self._settler.fail(job, self._dispatcher.make_node(job, node), failure)
            else:
                # What a range reads is gathered when it goes; that of each of its nodes would take much memory.
                job.ready.append(replace(node, inputs=()) if job.record.is_ranged else node)

    def _unfinished_above(self, job: Job) -> dict[AssetKey, set[int]]:
        above = {edge.upstream for edge in self._graph.upstream[job.key]}
        return {key: self._jobs[key].unfinished for key in above if key in self._jobs}

    # -------------------------------------------------------------- from outcomes to what comes after

    def _sort_out(self, job: Job, batch: list[int]) -> Readiness:
        """Tell nodes apart; give up those that read what failed, and defer those that read what is deferred."""
        unfinished, lost = self._unfinished_above(job), self._settler.lost
        found = self._order.sort_out(job.key, batch, unfinished=unfinished, lost=lost)
        if found.doomed:
            self._lose(job, found.doomed)
        if not any(edge.upstream in self._deferred for edge in self._graph.upstream[job.key]):
            return found
        rest = [*found.ready, *found.blocked]
        later = self._order.sort_out(job.key, rest, unfinished={}, lost=self._deferred).doomed
        if later:
            self._deferred.setdefault(job.key, set()).update(later)
            self._finish(job, later)
        ready = [part for part in found.ready if part not in later]
        return Readiness(ready, [part for part in found.blocked if part not in later], {})

    def _lose(self, job: Job, doomed: Mapping[int, AssetKey]) -> None:
        self._settler.lost.setdefault(job.key, set()).update(doomed)
        job.tally.add(skipped=len(doomed))
        self._sink(NodesSkipped(str(job.key), len(doomed), f"{next(iter(doomed.values()))} failed"))
        self._finish(job, doomed)

    def _spare(self, job: Job, parts: list[int]) -> None:
        if parts:
            job.tally.add(spared=len(parts))
            self._sink(NodesSpared(str(job.key), len(parts)))
            self._finish(job, parts)

    def _finish(self, job: Job, parts: Iterable[int]) -> None:
        """Cross nodes off, and have the assets below looked at."""
        before = len(job.unfinished)
        job.unfinished.difference_update(parts)
        self._forecast.cross_off(job.leg, before - len(job.unfinished))
        if not job.unfinished:
            self._close(job)
        for key in self._graph.downstream[job.key]:
            below = self._jobs.get(key)
            if below is not None and not below.whole_upstreams:
                self._agenda.add(below)

    def _close(self, job: Job) -> None:
        self._jobs.pop(job.key)
        self._report(job)
        for key in self._graph.downstream[job.key]:
            below = self._jobs.get(key)
            if below is None or not below.whole_upstreams:
                continue
            for edge in self._graph.upstream[key]:
                if edge.upstream == job.key and self._order.is_whole(key, edge):
                    below.whole_upstreams -= 1
            if not below.whole_upstreams:
                self._agenda.add(below)

    def _skip_rest(self) -> None:
        """Account for what could not run: after a failure or a stop it is skipped, otherwise left for later."""
        stopped = self._stopped()
        because = "the build was stopped" if stopped else "an earlier failure stopped the build"
        for job in list(self._jobs.values()):
            if stopped or self._settler.failing:
                job.tally.add(skipped=len(job.unfinished))
                self._sink(NodesSkipped(str(job.key), len(job.unfinished), because))
            else:
                self._deferred.setdefault(job.key, set()).update(job.unfinished)
            self._report(job)
        self._jobs.clear()

    def _report(self, job: Job) -> None:
        tally = job.tally
        self._total.merge(tally)
        if not tally.touched:
            return
        # Nodes travel in batches: from its start to its end the only node of an asset has mostly waited for others.
        is_one = job.record.partitions is None
        elapsed = 0.0 if is_one or job.started_at is None else time.monotonic() - job.started_at
        self._sink(
            AssetFinished(
                asset=str(job.key),
                built=tally.built,
                unchanged=tally.unchanged,
                spared=tally.spared,
                failed=tally.failed,
                skipped=tally.skipped,
                reason=next(iter(job.reasons)).value,
                keys=self._describe(job.key, job.parts) if len(job.parts) <= _DESCRIBED else "",
                seconds=tally.seconds if is_one else elapsed,
            )
        )
