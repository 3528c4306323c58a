"""Delivery: what a worker was sent, and what it sends back, a batch at a time.

Results are made durable together and told together: at the end of what was sent, or when there are many. Nobody waits
for a node that takes its time: then what is done is delivered meanwhile, and what has not begun is given back, so that
another worker takes it. Which node has begun stands in a file that is shared with the coordinator: it looks there when
the worker has died.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from assetmake.errors import StorageError
from assetmake.execution.channel import Channel, pack
from assetmake.execution.work import Failure, Node, Outcome, Success, Work
from assetmake.storage.unsynced import Unsynced

PATIENCE = 0.2
"""Seconds that a node may take before what is done, and what has not begun, is not held back any longer."""
_BATCH = 64
_HELD_SECONDS = 0.03
_SMALL_SECONDS = 0.01
"""A node that takes longer is worth a delivery of its own: what reads it should not wait for others."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A call with a timeout begins; `number` is that of its first node."""

    number: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a worker sends.

    Attributes:
        outcomes: Of nodes that were run, in the order in which they were.
        given_back: Nodes that it was sent and has not begun.
    """

    outcomes: tuple[Outcome, ...] = ()
    given_back: tuple[int, ...] = ()


def write_begun(file: int, number: int) -> None:
    """Note which node begins, of a range the first; `read_begun` finds it there whatever becomes of the process."""
    os.pwrite(file, number.to_bytes(8, "little"), 0)


def read_begun(file: int) -> int:
    """Return the number of the node that a worker has begun last; 0 for none."""
    return int.from_bytes(os.pread(file, 8, 0), "little")


class Delivery:
    """The nodes that a worker holds, and its outcomes.

    The methods are called by the thread that runs the nodes, `watch` by one of its own.

    Args:
        channel: Leads to the coordinator.
        unsynced: The files of outcomes that are not durable yet.
        begun: The file in which it stands which node has begun.
    """

    def __init__(self, channel: Channel, unsynced: Unsynced, *, begun: int) -> None:
        self._channel = channel
        self._unsynced = unsynced
        self._file = begun
        self._lock = threading.Lock()
        self._busy = threading.Event()
        self._works: deque[Work] = deque()
        self._work: Work | None = None
        self._calls: deque[tuple[Node, ...]] = deque()
        self._done: list[tuple[Outcome, str]] = []
        self._running: tuple[Node, ...] = ()
        self._started_at: float | None = None
        self._held_since = 0.0

    def take_works(self) -> Iterator[Work]:
        """Wait for a message, return its works one by one, and deliver what is left at the end.

        Raises:
            EOFError: the coordinator needs no more, or is gone.
        """
        works = self._channel.receive()
        with self._lock:
            self._works.extend(works)
        self._busy.set()
        while (work := self._next_work()) is not None:
            yield work
        self._busy.clear()

    def take_calls(self, work: Work) -> Iterator[tuple[Node, ...]]:
        """Return the nodes of the work call by call: those that were not given back."""
        while nodes := self._next_call():
            if work.timeout is not None:
                self._channel.send(pack(Begun(nodes[0].number)))
            yield nodes

    def start(self) -> None:
        """Begin to measure how long the call takes."""
        self._started_at = time.monotonic()

    def add(self, outcomes: Sequence[Outcome], *, at_once: bool) -> None:
        """Take what became of the nodes that `take_calls` has returned last; `at_once`, where it is to be told now.

        They are told of in one message: of a call either all is known or nothing.
        """
        with self._lock:
            nodes, self._running, self._started_at = self._running, (), None
            if not self._done:
                self._held_since = time.monotonic()
            self._done.extend((outcome, node.temporary) for outcome, node in zip(outcomes, nodes, strict=True))
            held = time.monotonic() - self._held_since
            is_small = sum(outcome.seconds for outcome in outcomes) <= _SMALL_SECONDS
            if at_once or not is_small or held > _HELD_SECONDS or len(self._done) >= _BATCH:
                self._deliver()

    def watch(self) -> None:
        """See to it that a node which takes its time holds up no other; does not return."""
        with suppress(
            EOFError, OSError
        ):  # the coordinator is gone, or has let go: the node that runs ends as it is told to
            while True:
                self._busy.wait()
                time.sleep(PATIENCE / 2)
                with self._lock:
                    self._relieve(time.monotonic())

    def _next_work(self) -> Work | None:
        with self._lock:
            if not self._works and not self._receive_more():
                self._deliver()
                return None
            work = self._work = self._works.popleft()
            self._calls.extend(work.calls)
            return work

    def _receive_more(self) -> bool:
        """Take what has come meanwhile: it is begun before what is done is made durable, which takes as long."""
        if not self._channel.has_message():
            return False
        self._works.extend(self._channel.receive())
        return True

    def _next_call(self) -> tuple[Node, ...]:
        with self._lock:
            if self._calls:
                self._running = self._calls.popleft()
                write_begun(self._file, self._running[0].number)
                return self._running
            return ()

    def _relieve(self, now: float) -> None:
        if not self._running:
            return
        given_back: list[int] = []
        if self._started_at is not None and now - self._started_at > PATIENCE:
            # While a node runs, the other thread does not receive.
            while self._receive_more():
                pass
            if self._work is not None and not self._work.together:
                given_back += [node.number for nodes in self._calls for node in nodes]
                self._calls.clear()
            given_back += [node.number for work in self._works for node in work.nodes]
            self._works.clear()
        if given_back or (self._done and now - self._held_since > PATIENCE):
            self._deliver(tuple(given_back))

    def _deliver(self, given_back: tuple[int, ...] = ()) -> None:
        done, self._done = self._done, []
        if not done and not given_back:
            return
        found = self._unsynced.settle([path for _, path in done])
        outcomes = tuple(_complete(outcome, found.get(path)) for outcome, path in done)
        self._channel.send(pack(Delivered(outcomes, given_back)))


def _complete(outcome: Outcome, found: os.stat_result | StorageError | None) -> Outcome:
    """Return an outcome with what is known of its file now that it is durable, or with why it is not."""
    if not isinstance(outcome.result, Success):
        return outcome
    if found is None:
        assert outcome.result.suffix is None or outcome.result.inode, "a file is recorded with what it is"
        return outcome
    if isinstance(found, StorageError):
        return replace(outcome, result=Failure(f"{found.message} ({found.hint})" if found.hint else found.message))
    made = replace(outcome.result, size=found.st_size, mtime=found.st_mtime_ns, inode=found.st_ino)
    return Outcome(outcome.number, outcome.seconds, made, outcome.logged)
