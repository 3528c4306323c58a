"""Settling: what became of nodes is published, recorded, counted, told - or tried again."""

from __future__ import annotations

import heapq
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.place import Place
from assetmake.errors import StorageError
from assetmake.events import CheckAnswered, NodeFailed, NodeRetried, NodesBuilt, Sink, Warned
from assetmake.execution.failing import describe_failure
from assetmake.execution.jobs import Dispatcher, Flight, Job, Options, Rebuilder
from assetmake.execution.recorder import Recorder, judge_answer
from assetmake.execution.shares import Share
from assetmake.execution.tally import Tally
from assetmake.execution.undeclared import Undeclared
from assetmake.execution.work import CheckAnswer, Failure, Node, Outcome, Success
from assetmake.storage.files import remove
from assetmake.storage.places import ANY_SIZE
from assetmake.storage.verdicts import FAILED

Finish = Callable[[Job, Collection[int]], None]
_Made = tuple[Flight, Outcome, Success]
_Failed = tuple[Flight, Outcome, Failure]


class Settler:
    """Deals with outcomes.

    Args:
        dispatcher: Knows which node an outcome is of.
        rebuilder: Takes note of what was built.
        recorder: Publishes and records.
        sink: Hears what happens.
        options: How the build runs.
        undeclared: Tells of files that were read without having been declared.
        finish: Called with nodes that have come to their end.
        lost: Nodes that failed or cannot run; added to.
        hold: Called with nodes of checks that failed, or could not be made.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        *,
        rebuilder: Rebuilder,
        recorder: Recorder,
        sink: Sink,
        options: Options,
        undeclared: Undeclared,
        finish: Finish,
        lost: dict[AssetKey, set[int]],
        hold: Callable[[AssetKey, Set[int]], None],
    ) -> None:
        self._dispatcher = dispatcher
        self._rebuilder = rebuilder
        self._recorder = recorder
        self._sink = sink
        self._options = options
        self._undeclared = undeclared
        self._finish = finish
        self._retries: list[tuple[float, int, list[Flight]]] = []
        self.lost = lost
        self._hold = hold
        self.failing = False
        self._places: dict[str, tuple[str, tuple[int, int]]] = {}
        self._has_told_of_places = False

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Deal with nodes that have come back."""
        built: dict[AssetKey, list[_Made]] = {}
        failed: list[_Failed] = []
        for outcome in outcomes:
            flight = self._dispatcher.land(outcome.number, seconds=outcome.seconds)
            match outcome.result:
                case Success() as made:
                    built.setdefault(flight.share.key, []).append((flight, outcome, made))
                case Failure() as failure:
                    failed.append((flight, outcome, failure))
        for several in _group(_fail_together(built, failed) if failed else ()):
            self._try_again_or_fail(several)
        for made_of_one in filter(None, built.values()):
            self._publish(made_of_one[0][0].job, made_of_one[0][0].share, made_of_one)

    def fail(
        self,
        job: Job,
        share: Share,
        node: Node,
        failure: Failure,
        *,
        logged: bool = False,
        call: str = "",
        seconds: float = 0.0,
    ) -> None:
        """End a node as failed; what it wrote is removed, what stood before it stays.

        Args:
            job: What makes it.
            share: The asset or check.
            node: Its node.
            failure: Why.
            logged: There is a log.
            call: The range of nodes that failed with it, in one call.
            seconds: How long it ran.
        """
        _discard(node)
        self.failing = self.failing or not share.is_check
        log = ""
        if logged:
            log = node.log
            with suppress(ValueError):
                log = Path(log).relative_to(self._options.project).as_posix()
        reason = share.find_reason(node.part)
        self._recorder.fail(share.key, node, message=failure.message, log=log, reason=reason, seconds=seconds)
        if share.is_check:
            share.tally.checks_failed += 1
            self._hold(share.key, {node.part})
        else:
            share.tally.failed += 1
        self.lost.setdefault(share.key, set()).add(node.part)
        project = os.path.join(self._options.project, "")
        place = Place(failure.file.removeprefix(project), failure.line) if failure.file else share.record.place
        self._sink(
            NodeFailed(
                asset=str(share.key),
                key=node.key or "",
                message=failure.message,
                traceback=failure.traceback.replace(f'File "{project}', 'File "'),
                log=log,
                file=place.file,
                line=place.line,
                call=call,
            )
        )
        self._finish(job, [node.part])

    def take_due(self) -> Sequence[Flight]:
        """Return what is due to be tried again, a node or a range, and whose pool has room; nothing if none is."""
        now = time.monotonic()
        for entry in sorted(self._retries):
            due, _, flights = entry
            if due > now:
                break
            if not self._dispatcher.is_pool_full(flights[0].job):
                self._retries.remove(entry)
                heapq.heapify(self._retries)
                return flights
        return ()

    @property
    def is_retrying(self) -> bool:
        return bool(self._retries)

    def seconds_to_retry(self) -> float | None:
        """Return the time until another try is due; None where there is none, or only such as wait for room."""
        now = time.monotonic()
        return min((due - now for due, _, _ in self._retries if due > now), default=None)

    def abandon(self) -> None:
        """Let go of what still runs: it was not published, so nothing has happened but what IO managers did."""
        for flight in self._dispatcher.flights.values():
            self._recorder.suspect(flight.share.key, flight.node)
            _discard(flight.node)
        self._dispatcher.flights.clear()

    def give_up_retries(self) -> None:
        self._retries.clear()

    def _publish(self, job: Job, share: Share, several: Sequence[_Made]) -> None:
        parts = [flight.node.part for flight, _, _ in several]
        moved = self._find_moved(share, parts)
        standing = self._find_standing(share, [flight.node.part for flight, _, made in several if made.absent])
        inner = self._read_inner(share, parts)
        news: dict[int, tuple[int, str | None]] = {}
        unchanged, seconds = 0, 0.0
        for flight, outcome, made in several:
            node = flight.node
            if node.part in moved:
                message = f"{moved[node.part]} changed while it was read; build again"
                failure = Failure(message, retryable=False)
                self.fail(job, share, node, failure, logged=outcome.logged, seconds=outcome.seconds)
                continue
            unkept = next((key for key in share.inner if node.part in self.lost.get(key, ())), None)
            if unkept is not None:
                failure = Failure(_tell_unkept(unkept), retryable=False)
                self.fail(job, share, node, failure, logged=outcome.logged, seconds=outcome.seconds)
                continue
            if made.undeclared and self._options.strict:
                failure = self._undeclared.refuse(share.key, node.key, made.undeclared)
                self.fail(job, share, node, failure, logged=outcome.logged, seconds=outcome.seconds)
                continue
            self._undeclared.tell(share.key, made.undeclared)
            former = share.former.pop(node.part, (None, None))
            inputs = inner.get(node.part, flight.inputs)
            try:
                published = self._recorder.publish(
                    share.record,
                    node,
                    made,
                    inputs=inputs,
                    seconds=outcome.seconds,
                    replaces=former,
                    reason=share.find_reason(node.part),
                    stands=standing.get(node.part),
                )
            except StorageError as error:
                self.fail(job, share, node, describe_failure(error), logged=outcome.logged, seconds=outcome.seconds)
                continue
            self._tell_place(share.key, node, made)
            news[node.part] = published.data, published.suffix
            unchanged += published.is_unchanged
            seconds += outcome.seconds
            if made.check is not None:
                self._answer(job, share, node, made.check)
        if not news:
            return
        self._rebuilder.publish(share.key, news)
        if not share.is_check:
            share.tally.merge(Tally(built=len(news) - unchanged, unchanged=unchanged, seconds=seconds))
            self._sink(NodesBuilt(str(share.key), len(news) - unchanged, unchanged, seconds))
        self._finish(job, news)

    def _find_standing(self, share: Share, parts: Sequence[int]) -> dict[int, tuple[int, str | None]]:
        """Return data hash and suffix of what stays where a function did not give an output, and one stood before."""
        former = [part for part in parts if part in share.former]
        altered = self._rebuilder.find_altered(share.key, former) if former else ()
        return {part: share.former[part] for part in former if part not in altered}

    def _read_inner(self, share: Share, parts: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Return the digests of nodes that depend on what the same call made, now that this stands."""
        if not share.inner:
            return {}
        return {node.part: node.digests for node in self._rebuilder.prepare(share.key, parts)}

    def _tell_place(self, key: AssetKey, node: Node, made: Success) -> None:
        """Tell of a file that two nodes were written to: each makes the other one stale."""
        if not made.place or made.size == ANY_SIZE:
            return
        name = str(key) if node.key is None else f"{key}@{node.key}"
        identity = made.mtime, made.inode
        other, known = self._places.setdefault(made.place, (name, identity))
        if known != identity and not self._has_told_of_places:
            self._has_told_of_places = True
            self._sink(
                Warned(
                    f"{other} and {name} were both written to {made.place}: each that is built makes the other stale",
                    hint="have the IO manager write a file for each, or leave the metadata `path` out",
                )
            )

    def _answer(self, job: Job, share: Share, node: Node, answer: CheckAnswer) -> None:
        """Count and tell what a check found; where it blocks, what reads the asset is held.

        What an asset's own function found of it is told after the asset; of a partition at once, as that may be long
        before all of them are made.
        """
        verdict = judge_answer(answer)
        share.tally.merge(Tally(**{f"checks_{verdict}": 1}))
        inspection = share.record.inspection
        assert inspection is not None
        if verdict == FAILED:
            self._hold(share.key, {node.part})
        answered = CheckAnswered(
            asset=str(inspection.asset),
            check=inspection.name,
            key=node.key or "",
            verdict=verdict,
            blocking=inspection.blocking,
            description=answer.description,
            metadata={name: value for name, (_, value) in (answer.metadata or {}).items()},
        )
        if node.key is None and not job.is_check:
            job.answers.append(answered)
        else:
            self._sink(answered)

    def _find_moved(self, share: Share, parts: Sequence[int]) -> dict[int, str]:
        """Return the nodes of which a source changed since the plan was made, each with its file."""
        if not self._rebuilder.inputs_moved(share.key, parts):
            return {}
        each = ((part, self._rebuilder.inputs_moved(share.key, [part])) for part in parts)
        return {part: path for part, path in each if path}

    def _try_again_or_fail(self, several: Sequence[_Failed]) -> None:
        first, _, failure = several[0]
        job, node, policy = first.job, first.node, first.job.record.retry
        last = several[-1][0].node
        call = "" if last.part == node.part else f"{node.key}..{last.key}"
        tries = policy.max_retries if policy is not None and failure.retryable else 0
        if failure.retries is not None:
            tries = failure.retries  # it asked for them
        if node.attempt > tries:
            for flight, outcome, why in several:
                flight.share.tally.seconds += outcome.seconds
                told = why if flight.share is first.share else _refer_to(first, failure, why)
                self.fail(
                    job, flight.share, flight.node, told, logged=outcome.logged, call=call, seconds=outcome.seconds
                )
            return
        for flight, _, _ in several:
            _discard(flight.node)
        delay = failure.wait
        if failure.retries is None and policy is not None:
            delay = max(0.0, policy.calculate_delay(node.attempt))
        keys = call or node.key or ""
        self._sink(NodeRetried(str(first.share.key), keys, node.attempt, delay, failure.message, count=len(several)))
        again = [self._dispatcher.next_try(flight) for flight, _, _ in several]
        heapq.heappush(self._retries, (time.monotonic() + delay, again[0].node.number, again))


def _refer_to(first: Flight, failure: Failure, why: Failure) -> Failure:
    """Return the failure of what the same call makes besides: it is told in full of the first alone."""
    if why.message != failure.message:
        return why
    return replace(why, message=f"{first.share.key}, of the same call, failed: {why.message}", traceback="")


def _fail_together(built: dict[AssetKey, list[_Made]], failed: list[_Failed]) -> list[_Failed]:
    """Have what depends on another node of the same call fail with that: it was made of what is not kept."""
    why = {(flight.batch, flight.node.part, flight.share.key): failure for flight, _, failure in failed}
    together = list(failed)
    for key, several in built.items():
        kept = []
        for flight, outcome, made in several:
            lost = next((each for each in flight.share.inner if (flight.batch, flight.node.part, each) in why), None)
            if lost is None:
                kept.append((flight, outcome, made))
                continue
            first = why[flight.batch, flight.node.part, lost]
            why[flight.batch, flight.node.part, key] = first
            together.append((flight, outcome, Failure(_tell_unkept(lost), retryable=first.retryable)))
        built[key] = kept
    return sorted(together, key=lambda each: each[0].node.number)


def _tell_unkept(key: AssetKey) -> str:
    return f"it depends on {key}, which the same call made, and that failed"


def _group(failed: Iterable[_Failed]) -> Iterable[Sequence[_Failed]]:
    """Put together what is tried again together: neighbours that one call made, which are numbered one by one."""
    groups: list[list[_Failed]] = []
    for each in failed:
        flight = each[0]
        before = groups[-1][-1][0] if groups else None
        if (
            before is not None
            and (flight.job.record.is_ranged or flight.node.part == before.node.part)
            and flight.batch is before.batch
            and flight.node.number == before.node.number + 1
        ):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _discard(node: Node) -> None:
    """Remove what a node left beside its output; what cannot be removed stays for the next build to try."""
    with suppress(OSError):
        remove(node.temporary)
    shutil.rmtree(node.scratch, ignore_errors=True)
