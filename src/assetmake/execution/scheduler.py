"""The scheduler: which node next. It knows order; hashes and processes are other rooms' business.

    Approach: every asset that has work keeps its candidates in a queue. An asset is looked at when something that it
    reads has finished, and never before all of an upstream that it reads as a whole is done. Looking tells ready
    nodes from blocked ones; those that were only waiting are checked again, and what turns out fresh is spared.
    Ready nodes are cut into works as workers have room. Outcomes are published one by one, and that makes the
    assets below worth a look.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import AssetRecord
from assetmake.errors import StorageError
from assetmake.events import (
    AssetFinished,
    NodeFailed,
    NodeRetried,
    NodesBuilt,
    NodesSkipped,
    NodesSpared,
    NodesStarted,
    Sink,
)
from assetmake.execution.executors import Executor
from assetmake.execution.recorder import Recorder
from assetmake.execution.tally import Tally
from assetmake.execution.work import Failure, Node, Outcome, Success, Work
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.inputs import NodeInputs
from assetmake.planning.order import Order, Readiness
from assetmake.planning.plan import Parts, Plan, Reason, Verdict
from assetmake.storage.files import remove
from assetmake.storage.paths import output_stem, temporary_name

_LOOKAHEAD = 2_000
"""Candidates looked at in one go: enough to keep workers busy, few enough to start soon."""
_CHUNK_SECONDS = 0.2
_LARGEST_CHUNK = 200
_WAIT_SECONDS = 0.5


class Rebuilder(Protocol):
    """What the scheduler asks of those who know hashes."""

    def recheck(self, key: AssetKey, parts: Parts) -> set[int]:
        """Return those of the nodes that must run, now that all they read stands."""

    def prepare(self, key: AssetKey, parts: Parts) -> list[NodeInputs]:
        """Return the nodes with what they will read."""

    def former(self, key: AssetKey, parts: Parts) -> Mapping[int, tuple[int, str | None]]:
        """Return data hash and suffix of what stood of the nodes before."""

    def publish(self, key: AssetKey, news: Mapping[int, tuple[int, str | None]]) -> None:
        """Take note of nodes that were built."""

    def inputs_moved(self, key: AssetKey, parts: Parts) -> str:
        """Return the source file that changed since the build began, or an empty text."""


@dataclass(slots=True)
class _Job:
    """An asset that has work."""

    record: AssetRecord
    position: int
    candidates: deque[int]
    waiting: set[int]
    reasons: Mapping[Reason, int]
    ready: deque[NodeInputs] = field(default_factory=deque)
    whole_upstreams: int = 0
    tally: Tally = field(default_factory=Tally)
    average: float | None = None
    running: int = 0
    started_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Flight:
    """A node that was handed to a worker."""

    node: Node
    job: _Job
    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """How a build runs.

    Attributes:
        run: Its id.
        outputs: Where outputs are.
        logs: Where logs of nodes go.
        project: What log paths are shown relative to.
        pools: How many nodes of each pool run at once.
        fail_fast: Start nothing more after a failure.
    """

    run: str
    outputs: Path
    logs: Path
    project: Path
    pools: Mapping[str, int] = field(default_factory=dict)
    fail_fast: bool = False


class Scheduler:
    """Runs a plan to its end.

    Args:
        plan: What is not fresh.
        graph: The project.
        order: Tells ready nodes from blocked ones.
        rebuilder: Checks, prepares, takes note.
        executor: Runs works.
        recorder: Publishes and records.
        sink: Hears what happens.
        options: How to run.
        describe: Writes parts of an asset as ranges of keys.
        stopped: Tells whether the build is to end now.
    """

    def __init__(
        self,
        plan: Plan,
        graph: AssetGraph,
        *,
        order: Order,
        rebuilder: Rebuilder,
        executor: Executor,
        recorder: Recorder,
        sink: Sink,
        options: Options,
        describe: Callable[[AssetKey, Parts], str],
        stopped: Callable[[], bool] = lambda: False,
        deferred: Mapping[AssetKey, set[int]] | None = None,
        history: Mapping[AssetKey, float] | None = None,
    ) -> None:
        self._graph = graph
        self._order = order
        self._rebuilder = rebuilder
        self._executor = executor
        self._recorder = recorder
        self._sink = sink
        self._options = options
        self._describe = describe
        self._stopped = stopped
        self._numbers = count(1)
        self._flights: dict[int, _Flight] = {}
        self._retries: list[tuple[float, int, _Flight]] = []
        self._lost: dict[AssetKey, set[int]] = {key: set(parts) for key, parts in (deferred or {}).items()}
        self._deferred = {key: set(parts) for key, parts in (deferred or {}).items()}
        self._unfinished: dict[AssetKey, set[int]] = {}
        self._jobs: dict[AssetKey, _Job] = {}
        self._look: list[tuple[int, AssetKey]] = []
        self._failing = False
        self._lay_out(plan, history or {})

    @property
    def deferred(self) -> Mapping[AssetKey, set[int]]:
        """Nodes left for later, because another build works on them or on what they read."""
        return self._deferred

    def run(self) -> Tally:
        """Run everything that can run; return what became of it.

        Raises:
            StorageError: the state cannot be written; then nothing more is started.
        """
        try:
            while self._jobs and not self._stopped():
                self._fill()
                if not self._flights and not self._retries:
                    break  # what is left was stopped by a failure, or waits for another build
                self._settle(self._executor.wait(self._patience()))
                self._recorder.flush_if_due()
        finally:
            self._abandon()
        self._skip_rest()
        return self._total()

    def _lay_out(self, plan: Plan, history: Mapping[AssetKey, float]) -> None:
        self._finished: list[Tally] = []
        for position, (key, verdicts) in enumerate(plan):
            if not verdicts.parts:
                continue
            elsewhere = self._deferred.get(key, set())
            parts = [part for part in verdicts.parts if part not in elsewhere]
            self._unfinished[key] = set(parts)
            self._jobs[key] = _Job(
                record=self._graph.assets[key],
                position=position,
                candidates=deque(parts),
                waiting=set(verdicts.select(Verdict.WAITING)),
                reasons=verdicts.count_reasons(),
                average=history.get(key),
            )
        for key, job in self._jobs.items():
            for edge in self._graph.upstream[key]:
                if self._unfinished.get(edge.upstream) and self._order.is_whole(key, edge):
                    job.whole_upstreams += 1
            self._look.append((job.position, key))
        heapq.heapify(self._look)
        for key in [key for key, parts in self._unfinished.items() if not parts]:
            self._close(key)

    # ---------------------------------------------------------------- from candidates to works

    def _fill(self) -> None:
        if self._failing and self._options.fail_fast:
            return
        self._resubmit()
        while self._executor.free_slots() > 0:
            work = self._next_work()
            if work is None:
                return
            self._executor.submit(work)

    def _next_work(self) -> Work | None:
        passed_over = []
        found = None
        while self._look and found is None:
            position, key = heapq.heappop(self._look)
            job = self._jobs.get(key)
            if job is None or job.whole_upstreams:
                continue
            if self._is_pool_full(job):
                passed_over.append((position, key))
                continue
            if not job.ready and job.candidates:
                self._find_ready(key, job)
            if job.ready:
                found = self._cut_work(key, job)
                passed_over.append((position, key))
        for entry in passed_over:
            heapq.heappush(self._look, entry)
        return found

    def _find_ready(self, key: AssetKey, job: _Job) -> None:
        """Look through the front of the queue until something is ready or all of it was looked at."""
        blocked: list[int] = []
        while job.candidates and not job.ready:
            batch = [job.candidates.popleft() for _ in range(min(_LOOKAHEAD, len(job.candidates)))]
            found = self._order.sort_out(key, batch, unfinished=self._unfinished, lost=self._lost)
            blocked += found.blocked
            self._lose(key, job, found)
            must = set(found.ready) - job.waiting
            unsure = [part for part in found.ready if part in job.waiting]
            if unsure:
                must |= self._rebuilder.recheck(key, unsure)
                self._spare(key, job, [part for part in unsure if part not in must])
            if must:
                ordered = [part for part in found.ready if part in must]
                self._admit(key, job, self._rebuilder.prepare(key, ordered))
            if key not in self._jobs:
                return
        job.candidates.extendleft(reversed(blocked))

    def _admit(self, key: AssetKey, job: _Job, nodes: Iterable[NodeInputs]) -> None:
        for node in nodes:
            if node.missing:
                self._fail(key, job, self._make_node(job, node), Failure(node.missing, retryable=False), logged=False)
            else:
                job.ready.append(node)

    def _cut_work(self, key: AssetKey, job: _Job) -> Work:
        size = self._size_chunk(job)
        taken = [job.ready.popleft() for _ in range(min(size, len(job.ready)))]
        nodes = []
        for inputs in taken:
            node = self._make_node(job, inputs)
            self._flights[node.number] = _Flight(node, job, inputs.digests)
            nodes.append(node)
        job.running += 1
        job.started_at = job.started_at or time.monotonic()
        keys = self._describe(key, [node.part for node in nodes])
        self._sink(NodesStarted(str(key), len(nodes), keys))
        return self._make_work(job, nodes)

    def _make_node(self, job: _Job, inputs: NodeInputs) -> Node:
        number = next(self._numbers)
        key = job.record.key
        stem = output_stem(self._options.outputs, key.path, inputs.key)
        log = self._options.logs.joinpath(*_log_path(key, inputs.key))
        return Node(
            number=number,
            part=inputs.part,
            key=inputs.key,
            inputs=inputs.inputs,
            temporary=stem.with_name(temporary_name(self._options.run, number)),
            log=log,
        )

    def _make_work(self, job: _Job, nodes: Sequence[Node]) -> Work:
        record = job.record
        return Work(
            run=self._options.run,
            asset=record.key,
            module=record.module,
            code=record.fingerprint.code,
            io_manager=record.io_manager,
            timeout=record.timeout,
            nodes=tuple(nodes),
        )

    def _size_chunk(self, job: _Job) -> int:
        """Send so many nodes as take a fifth of a second, and never more than leaves some for the other workers."""
        if job.average is None:
            return 1
        fitting = int(_CHUNK_SECONDS / max(job.average, 1e-4))
        fair = (len(job.ready) + len(job.candidates)) // 4
        return max(1, min(fitting, fair, _LARGEST_CHUNK))

    def _is_pool_full(self, job: _Job) -> bool:
        pool = job.record.pool
        if pool is None or pool not in self._options.pools:
            return False
        running = sum(other.running for other in self._jobs.values() if other.record.pool == pool)
        return running >= self._options.pools[pool]

    def _resubmit(self) -> None:
        while self._retries and self._retries[0][0] <= time.monotonic() and self._executor.free_slots() > 0:
            _, _, flight = heapq.heappop(self._retries)
            self._flights[flight.node.number] = flight
            flight.job.running += 1
            self._executor.submit(self._make_work(flight.job, [flight.node]))

    def _patience(self) -> float:
        if not self._retries:
            return _WAIT_SECONDS
        due = max(0.0, self._retries[0][0] - time.monotonic())
        if not self._flights:
            time.sleep(min(due, _WAIT_SECONDS))
        return min(due, _WAIT_SECONDS)

    # ---------------------------------------------------------------- from outcomes to what comes after

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        built: dict[AssetKey, list[tuple[_Flight, Outcome, Success]]] = {}
        for outcome in outcomes:
            flight = self._flights.pop(outcome.number)
            job = flight.job
            job.average = outcome.seconds if job.average is None else 0.7 * job.average + 0.3 * outcome.seconds
            match outcome.result:
                case Success() as made:
                    built.setdefault(job.record.key, []).append((flight, outcome, made))
                case Failure() as failure:
                    self._handle_failure(flight, failure, logged=outcome.logged)
        for key, several in built.items():
            self._publish(key, several)
        self._count_running(outcomes)

    def _count_running(self, outcomes: Sequence[Outcome]) -> None:
        if not outcomes:
            return
        running: dict[AssetKey, int] = {}
        for flight in self._flights.values():
            running[flight.job.record.key] = running.get(flight.job.record.key, 0) + 1
        for key, job in self._jobs.items():
            job.running = running.get(key, 0)

    def _publish(self, key: AssetKey, several: Sequence[tuple[_Flight, Outcome, Success]]) -> None:
        job = several[0][0].job
        parts = [flight.node.part for flight, _, _ in several]
        moved = self._rebuilder.inputs_moved(key, parts)
        former = self._rebuilder.former(key, parts)
        news: dict[int, tuple[int, str | None]] = {}
        unchanged = 0
        for flight, outcome, made in several:
            node = flight.node
            if moved:
                message = f"{moved} changed while it was read; build again"
                self._fail(key, job, node, Failure(message, retryable=False), logged=outcome.logged)
                continue
            data, suffix = former.get(node.part, (None, None))
            try:
                published = self._recorder.publish(
                    job.record, node, made, inputs=flight.inputs, seconds=outcome.seconds, replaces=suffix
                )
            except StorageError as error:
                self._fail(key, job, node, Failure(f"{error.message} ({error.hint})"), logged=outcome.logged)
                continue
            news[node.part] = published.data, published.suffix
            unchanged += published.data == data
        if news:
            self._rebuilder.publish(key, news)
            seconds = sum(outcome.seconds for flight, outcome, _ in several if flight.node.part in news)
            job.tally.add(built=len(news) - unchanged, unchanged=unchanged, seconds=seconds)
            self._sink(NodesBuilt(str(key), len(news) - unchanged, unchanged, seconds))
            self._finish(key, news)

    def _handle_failure(self, flight: _Flight, failure: Failure, *, logged: bool) -> None:
        job, node = flight.job, flight.node
        policy = job.record.retry
        tries_left = policy is not None and failure.retryable and node.attempt <= policy.max_retries
        remove(node.temporary)
        if policy is None or not tries_left:
            self._fail(job.record.key, job, node, failure, logged=logged)
            return
        delay = max(0.0, policy.calculate_delay(node.attempt))
        self._sink(NodeRetried(str(job.record.key), node.key or "", node.attempt, delay, failure.message))
        again = _Flight(_next_attempt(node, next(self._numbers)), job, flight.inputs)
        heapq.heappush(self._retries, (time.monotonic() + delay, again.node.number, again))

    def _fail(self, key: AssetKey, job: _Job, node: Node, failure: Failure, *, logged: bool) -> None:
        remove(node.temporary)
        self._failing = True
        log = ""
        if logged:
            log = str(node.log)
            with suppress(ValueError):
                log = node.log.relative_to(self._options.project).as_posix()
        self._recorder.fail(key, node, message=failure.message, log=log)
        job.tally.add(failed=1)
        self._lost.setdefault(key, set()).add(node.part)
        self._sink(
            NodeFailed(
                str(key), node.key or "", failure.message, failure.traceback, log, failure.file, failure.line
            )
        )
        self._finish(key, [node.part])

    def _lose(self, key: AssetKey, job: _Job, found: Readiness) -> None:
        """Give up nodes that read what failed; those that read what another build makes are left for later."""
        if not found.doomed:
            return
        later = {
            part for part, culprit in found.doomed.items() if self._deferred.get(culprit) and not self._failing
        }
        if later:
            self._deferred.setdefault(key, set()).update(later)
        given_up = [part for part in found.doomed if part not in later]
        self._lost.setdefault(key, set()).update(found.doomed)
        if given_up:
            job.tally.add(skipped=len(given_up))
            culprit = found.doomed[given_up[0]]
            self._sink(NodesSkipped(str(key), len(given_up), f"{culprit} failed"))
        self._finish(key, found.doomed)

    def _spare(self, key: AssetKey, job: _Job, parts: Sequence[int]) -> None:
        if parts:
            job.tally.add(spared=len(parts))
            self._sink(NodesSpared(str(key), len(parts)))
            self._finish(key, parts)

    def _finish(self, key: AssetKey, parts: Iterable[int]) -> None:
        """Cross nodes off, and have the assets below looked at."""
        left = self._unfinished[key]
        left.difference_update(parts)
        if not left:
            self._close(key)
        for below in self._graph.downstream[key]:
            job = self._jobs.get(below)
            if job is not None and not job.whole_upstreams:
                self._look_at(below)

    def _close(self, key: AssetKey) -> None:
        job = self._jobs.pop(key)
        self._finished.append(job.tally)
        self._report(key, job)
        for below in self._graph.downstream[key]:
            waiting = self._jobs.get(below)
            if waiting is None:
                continue
            for edge in self._graph.upstream[below]:
                if edge.upstream == key and self._order.is_whole(below, edge):
                    waiting.whole_upstreams = max(0, waiting.whole_upstreams - 1)
            if not waiting.whole_upstreams:
                self._look_at(below)

    def _look_at(self, key: AssetKey) -> None:
        entry = (self._jobs[key].position, key)
        if entry not in self._look[:64]:
            heapq.heappush(self._look, entry)

    # ---------------------------------------------------------------- the end

    def _abandon(self) -> None:
        """Let go of what still runs: it has not been published, so nothing has happened."""
        if not self._flights:
            return
        self._executor.stop(grace=5.0)
        for flight in self._flights.values():
            remove(flight.node.temporary)
        self._flights.clear()

    def _skip_rest(self) -> None:
        stopped = "the build was stopped" if self._stopped() else "an earlier failure stopped the build"
        for key, job in list(self._jobs.items()):
            left = self._unfinished[key]
            if not self._failing and not self._stopped():
                self._deferred.setdefault(key, set()).update(left)
            else:
                job.tally.add(skipped=len(left))
                self._sink(NodesSkipped(str(key), len(left), stopped))
            self._finished.append(job.tally)
            self._report(key, job)
        self._jobs.clear()

    def _report(self, key: AssetKey, job: _Job) -> None:
        tally = job.tally
        if not tally.touched:
            return
        reason = next(iter(job.reasons), Reason.MISSING)
        elapsed = 0.0 if job.started_at is None else time.monotonic() - job.started_at
        self._sink(
            AssetFinished(
                asset=str(key),
                built=tally.built,
                unchanged=tally.unchanged,
                spared=tally.spared,
                failed=tally.failed,
                skipped=tally.skipped,
                reason=reason.value,
                keys="",
                seconds=elapsed,
            )
        )

    def _total(self) -> Tally:
        total = Tally()
        for tally in self._finished:
            total.merge(tally)
        return total


def _log_path(key: AssetKey, partition: str | None) -> tuple[str, ...]:
    stem = output_stem(Path(), key.path, partition)
    return (*stem.parts[:-1], stem.name + ".log")


def _next_attempt(node: Node, number: int) -> Node:
    run = node.temporary.name
    del run
    return Node(
        number=number,
        part=node.part,
        key=node.key,
        inputs=node.inputs,
        temporary=node.temporary,
        log=node.log,
        attempt=node.attempt + 1,
    )
