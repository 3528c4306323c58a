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
from collections.abc import Iterator
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
    """A node with a timeout begins."""

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
    """Note which node begins, where `read_begun` finds it whatever becomes of the process."""
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
        self._nodes: deque[Node] = deque()
        self._done: list[tuple[Outcome, str]] = []
        self._running: Node | None = None
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

    def take_nodes(self, work: Work) -> Iterator[Node]:
        """Return the nodes of the work one by one: those that were not given back."""
        while (node := self._next_node()) is not None:
            if work.timeout is not None:
                self._channel.send(pack(Begun(node.number)))
            yield node

    def start(self) -> None:
        """Begin to measure how long the node takes."""
        self._started_at = time.monotonic()

    def add(self, outcome: Outcome, *, at_once: bool) -> None:
        """Take what became of the node that `take_nodes` has returned last; `at_once`, where it is to be told now."""
        with self._lock:
            node, self._running, self._started_at = self._running, None, None
            if not self._done:
                self._held_since = time.monotonic()
            self._done.append((outcome, node.temporary if node is not None else ""))
            held = time.monotonic() - self._held_since
            if at_once or outcome.seconds > _SMALL_SECONDS or held > _HELD_SECONDS or len(self._done) >= _BATCH:
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
            if not self._works:
                self._deliver()
                return None
            work = self._work = self._works.popleft()
            self._nodes.extend(work.nodes)
            return work

    def _next_node(self) -> Node | None:
        with self._lock:
            if not self._nodes:
                return None
            self._running = self._nodes.popleft()
            write_begun(self._file, self._running.number)
            return self._running

    def _relieve(self, now: float) -> None:
        if self._running is None:
            return
        given_back: list[int] = []
        if self._started_at is not None and now - self._started_at > PATIENCE:
            # While a node runs, the other thread does not receive.
            while self._channel.has_message():
                self._works.extend(self._channel.receive())
            if self._work is not None and not self._work.together:
                given_back += [node.number for node in self._nodes]
                self._nodes.clear()
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
