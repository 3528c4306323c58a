"""Processes: warm worker processes on this machine, each watched by itself.

A worker is a fresh Python, never a fork: threads of DuckDB, Arrow and Polars do not survive one. It gets its next
works while it still runs short ones, so that it does not wait for the coordinator; nothing is put behind a long
one, and what stands behind one that turns out long is given back. Small works travel together in one message, and so do
outcomes. When a worker dies, it has said beforehand which node it runs: that one killed it, the rest goes to another.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from assetmake.discovery.recall.inputs import make_environment
from assetmake.errors import StorageError
from assetmake.execution.channel import PromptChannel
from assetmake.execution.delivery import Begun, Delivered
from assetmake.execution.executors.worker_process import WorkerProcess
from assetmake.execution.offspring import hold_descendants
from assetmake.execution.work import Outcome, Work
from assetmake.storage.standing import count_processors


class Processes:
    """Runs works in `jobs` processes that are started when they are first needed.

    Args:
        jobs: How many processes.
        root: The project's root.
        python_path: Folders that modules are imported from, relative to the root.
        folder: Where workers keep what is printed until it is put into a log.
        texts: A digest of each project file that the plan was made from.
        state: The file of the state, for dynamic keys.
    """

    def __init__(
        self,
        jobs: int,
        *,
        root: Path,
        python_path: Sequence[str],
        folder: Path,
        texts: Mapping[str, str] | None = None,
        state: Path | None = None,
    ) -> None:
        self._jobs = jobs
        self._root = root
        self._python_path = os.pathsep.join(python_path)
        self._folder = folder
        self._state = "" if state is None else str(state)
        self._workers: list[WorkerProcess] = []
        self._waiting: deque[Work] = deque()
        self._started = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._texts = folder / "texts.json"
        self._texts.write_text(json.dumps(dict(texts or {})), encoding="utf-8")

    def free_slots(self) -> int:
        open_places = sum(worker.has_room() for worker in self._workers)
        return self._jobs - len(self._workers) + open_places - len(self._waiting)

    def has_idle_slot(self) -> bool:
        return len(self._workers) < self._jobs or any(worker.is_idle for worker in self._workers)

    def submit(self, work: Work) -> None:
        self._waiting.append(work)
        self._deal()
        for worker in self._workers:
            if worker.is_starving:
                worker.send()  # one that has died is found by the next `wait`

    def wait(self, timeout: float) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        deadline = time.monotonic() + timeout
        while not outcomes:
            self._deal()
            outcomes += self._send()
            busy = [worker for worker in self._workers if worker.is_busy]
            if not busy:
                break
            left = max(0.0, deadline - time.monotonic())
            ready = _wait(busy, min(left, self._patience(busy)))
            for worker in busy:
                event = ready.get(worker.channel.fileno(), 0)
                if event & select.POLLOUT:
                    with suppress(OSError):  # of one that has died the end of what it told comes next
                        worker.channel.go_on()
                if event & ~select.POLLOUT:
                    outcomes += self._receive(worker, died=False)
                elif worker.process.poll() is not None:
                    outcomes += self._receive(worker, died=True)
                elif worker.is_overdue():
                    outcomes += self._bury(worker)
            if time.monotonic() >= deadline:
                break
        return outcomes

    def recall(self) -> Sequence[int]:
        works = [*self._waiting, *(work for worker in self._workers for work in worker.empty_outbox())]
        self._waiting.clear()
        return [node.number for work in works for node in work.nodes]

    def stop(self, *, grace: float) -> None:
        workers, self._workers = self._workers, []
        self._waiting.clear()
        busy = [worker for worker in workers if worker.is_busy]
        with hold_descendants(*(worker.process.pid for worker in busy)) as send:
            send(signal.SIGTERM)
            for worker in workers:
                if worker.is_busy:
                    worker.signal_group(signal.SIGTERM)
                worker.channel.close()
            deadline = time.monotonic() + grace
            for worker in workers:
                with suppress(subprocess.TimeoutExpired):
                    worker.process.wait(max(0.05, deadline - time.monotonic()))
        for worker in workers:
            worker.end()

    def _deal(self) -> None:
        """Give each waiting work to the worker that has least to do; the next `wait` sends what is given."""
        while self._waiting:
            open_to_it = [worker for worker in self._workers if worker.has_room()]
            if len(self._workers) < self._jobs and not any(worker.is_idle for worker in open_to_it):
                open_to_it = [self._start()]
            if not open_to_it:
                return
            min(open_to_it, key=lambda worker: worker.load).give(self._waiting.popleft())

    def _send(self) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for worker in list(self._workers):
            if not worker.send():
                outcomes += self._receive(worker, died=True)
        return outcomes

    def _start(self) -> WorkerProcess:
        ours, theirs = socket.socketpair()
        lifeline_end, lifeline = os.pipe()
        begun = _open_unnamed(self._folder)
        self._started += 1
        capture = self._folder / f"worker-{self._started}"
        command = [sys.executable, "-P", "-m", "assetmake.execution.child"]
        handed = theirs.fileno(), lifeline_end, begun
        command += [*map(str, handed), str(self._root), str(capture), self._python_path, str(self._texts), self._state]
        try:
            process = subprocess.Popen(
                command,
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                pass_fds=handed,
                start_new_session=True,
                env=self._environment(),
            )
        except OSError as error:
            raise StorageError(f"cannot start a worker process: {error.strerror}") from None
        finally:
            theirs.close()
            os.close(lifeline_end)
        worker = WorkerProcess(process, PromptChannel(ours.detach()), lifeline, begun, capture)
        self._workers.append(worker)
        return worker

    def _environment(self) -> dict[str, str]:
        """Share the processors among the workers."""
        threads = str(max(1, count_processors() // self._jobs))
        return {"POLARS_MAX_THREADS": threads, "OMP_NUM_THREADS": threads, **make_environment()}

    def _receive(self, worker: WorkerProcess, *, died: bool) -> list[Outcome]:
        """Take what a worker has sent; of one that died, that before blaming the node that comes next."""
        outcomes: list[Outcome] = []
        try:
            messages: list[Begun | Delivered] = worker.channel.receive()
            for message in messages:
                if isinstance(message, Begun):
                    worker.start_clock(message)
                    continue
                for outcome in message.outcomes:
                    worker.take_outcome(outcome)
                outcomes += message.outcomes
                if message.given_back:
                    self._waiting.extendleft(reversed(worker.take_back(message.given_back)))
        except (EOFError, OSError):
            died = True
        return outcomes + self._bury(worker) if died else outcomes

    def _patience(self, busy: Sequence[WorkerProcess]) -> float:
        """Return how long to wait for messages before looking whether a worker died or is overdue."""
        deadlines = [worker.deadline for worker in busy if worker.deadline is not None]
        return max(0.0, min([0.5, *(deadline - time.monotonic() for deadline in deadlines)]))

    def _bury(self, worker: WorkerProcess) -> list[Outcome]:
        """End a worker that died or must, and hand what it leaves to others."""
        self._workers.remove(worker)
        remains = worker.bury()
        self._waiting.extendleft(reversed(remains.works))
        return remains.outcomes


def _wait(workers: Sequence[WorkerProcess], seconds: float) -> dict[int, int]:
    """Return which sockets have something or take more, with what they are ready for, waiting for the first."""
    poll = select.poll()
    for worker in workers:
        channel = worker.channel
        poll.register(channel.fileno(), select.POLLIN | select.POLLOUT if channel.is_full else select.POLLIN)
    return dict(poll.poll(1000 * seconds))


def _open_unnamed(folder: Path) -> int:
    """Open a new file without a name, in memory where the system can."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("begun", os.MFD_CLOEXEC)
    descriptor, name = tempfile.mkstemp(dir=folder)
    os.unlink(name)
    return descriptor
