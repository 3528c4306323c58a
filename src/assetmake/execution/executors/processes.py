"""Processes: warm worker processes on this machine, each watched by itself.

A worker is a fresh Python, never a fork: threads of DuckDB, Arrow and Polars do not survive one. It gets its next
work while it still runs a short one, so that it does not wait for the coordinator; nothing is put behind a long
one. Outcomes come back in the order of the nodes; so when a worker dies, the first node without an outcome is the
one that killed it, and the rest goes to another worker.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path

from assetmake.errors import StorageError
from assetmake.execution.capture import escape_output
from assetmake.execution.child import BEGIN
from assetmake.execution.masking import make_mask
from assetmake.execution.offspring import end_descendants, hold_descendants
from assetmake.execution.work import Failure, Node, Outcome, Work

_QUEUED = 2
"""Works a worker holds: one that runs, one to go on with."""
_SHORT_SECONDS = 0.5
_SENT_AHEAD = 60_000
"""Bytes of a work that a socket takes in any case: sending more to a worker that runs something could block."""
_TAIL = 20_000


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    lifeline: int
    capture: Path
    works: deque[Work] = field(default_factory=deque)
    has_answered: bool = False
    done: int = 0
    deadline: float | None = None
    timed_out: bool = False

    def current(self) -> Node | None:
        """Return the node that runs, or would be next."""
        return self.works[0].nodes[self.done] if self.works else None

    def has_room(self) -> bool:
        """Tell whether it may be given a work: it has none, or a short one."""
        if not self.works:
            return True
        seconds = self.works[0].seconds
        return len(self.works) < _QUEUED and seconds is not None and seconds < _SHORT_SECONDS


class Processes:
    """Runs works in `jobs` processes that are started when they are first needed.

    Args:
        jobs: How many processes.
        root: The project's root.
        python_path: Folders that modules are imported from, relative to the root.
        folder: Where workers keep what is printed until it is put into a log.
        texts: A digest of each project file that the plan was made from.
    """

    def __init__(
        self, jobs: int, *, root: Path, python_path: Sequence[str], folder: Path, texts: Mapping[str, str] | None = None
    ) -> None:
        self._jobs = jobs
        self._root = root
        self._python_path = os.pathsep.join(python_path)
        self._folder = folder
        self._workers: list[_Worker] = []
        self._waiting: deque[Work] = deque()
        self._started = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._texts = folder / "texts.json"
        self._texts.write_text(json.dumps(dict(texts or {})), encoding="utf-8")

    def free_slots(self) -> int:
        open_places = sum(worker.has_room() for worker in self._workers)
        return self._jobs - len(self._workers) + open_places - len(self._waiting)

    def submit(self, work: Work) -> None:
        self._waiting.append(work)
        self._deal()

    def wait(self, timeout: float) -> Sequence[Outcome]:
        self._deal()
        outcomes: list[Outcome] = []
        deadline = time.monotonic() + timeout
        while not outcomes:
            busy = [worker for worker in self._workers if worker.works]
            if not busy:
                break
            left = max(0.0, deadline - time.monotonic())
            ready = wait([worker.connection for worker in busy], min(left, self._patience(busy)))
            for worker in busy:
                if worker.connection in ready:
                    outcomes += self._receive(worker, died=False)
                elif worker.process.poll() is not None:
                    outcomes += self._receive(worker, died=True)
                elif self._is_overdue(worker):
                    outcomes += self._bury(worker)
            if time.monotonic() >= deadline:
                break
        self._deal()
        return outcomes

    def stop(self, *, grace: float) -> None:
        workers, self._workers = self._workers, []
        self._waiting.clear()
        busy = [worker for worker in workers if worker.works]
        with hold_descendants(*(worker.process.pid for worker in busy)) as send:
            send(signal.SIGTERM)
            for worker in workers:
                if worker.works:
                    _signal_group(worker, signal.SIGTERM)
                worker.connection.close()
            deadline = time.monotonic() + grace
            for worker in workers:
                with suppress(subprocess.TimeoutExpired):
                    worker.process.wait(max(0.05, deadline - time.monotonic()))
                _end(worker)

    def _deal(self) -> None:
        """Hand waiting works to the workers that have the least to do, starting workers while there are too few."""
        while self._waiting:
            open_to = [worker for worker in self._workers if worker.has_room()]
            chosen = min(open_to, key=lambda worker: len(worker.works), default=None)
            if (chosen is None or chosen.works) and len(self._workers) < self._jobs:
                chosen = self._start()
            if chosen is None or not self._hand_over(chosen):
                return

    def _hand_over(self, worker: _Worker) -> bool:
        """Send the first waiting work to a worker; False where that has to wait."""
        work = self._waiting[0]
        message = pickle.dumps(work, protocol=5)
        if worker.works and len(message) > _SENT_AHEAD:
            return False
        try:
            worker.connection.send_bytes(message)
        except OSError:
            if worker.works or not worker.has_answered:
                self._waiting.popleft()
                worker.works.append(work)
                return False  # wait() will see that it died, and of what
            self._workers.remove(worker)  # it was killed while it had nothing to do: no node is to blame
            _end(worker)
            return True
        self._waiting.popleft()
        worker.works.append(work)
        return True

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        lifeline_end, lifeline = os.pipe()
        self._started += 1
        capture = self._folder / f"worker-{self._started}"
        command = [sys.executable, "-P", "-m", "assetmake.execution.child"]
        command += [str(theirs.fileno()), str(lifeline_end), str(self._root), str(capture), self._python_path]
        command.append(str(self._texts))
        try:
            process = subprocess.Popen(
                command,
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), lifeline_end),
                start_new_session=True,
                env=self._environment(),
            )
        except OSError as error:
            raise StorageError(f"cannot start a worker process: {error.strerror}") from None
        finally:
            theirs.close()
            os.close(lifeline_end)
        worker = _Worker(process, Connection(ours.detach()), lifeline, capture)
        self._workers.append(worker)
        return worker

    def _environment(self) -> dict[str, str]:
        """Fix the order of sets from process to process, and share the processors among the workers.

        Workers stand in the project's root wherever the command was given, so PYTHONPATH has to be absolute.
        """
        threads = str(max(1, (os.cpu_count() or 1) // self._jobs))
        defaults = {"POLARS_MAX_THREADS": threads, "OMP_NUM_THREADS": threads}
        environment = {**defaults, **os.environ, "PYTHONHASHSEED": "0"}
        if path := environment.get("PYTHONPATH"):
            environment["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, path.split(os.pathsep)))
        return environment

    def _receive(self, worker: _Worker, *, died: bool) -> list[Outcome]:
        """Take what a worker has sent; of one that died, that before blaming the node that comes next."""
        outcomes: list[Outcome] = []
        try:
            while worker.connection.poll(0):
                message = pickle.loads(worker.connection.recv_bytes())
                worker.has_answered = True
                if isinstance(message, tuple) and message[0] == BEGIN:
                    limit = worker.works[0].timeout
                    worker.deadline = None if limit is None else time.monotonic() + limit
                    continue
                outcomes.append(message)
                worker.deadline = None
                worker.done += 1
                if worker.done == len(worker.works[0].nodes):
                    worker.works.popleft()
                    worker.done = 0
        except (EOFError, OSError):
            died = True
        return outcomes + self._bury(worker) if died else outcomes

    def _patience(self, busy: Sequence[_Worker]) -> float:
        """Return how long to wait for messages before looking whether a worker died or is overdue."""
        deadlines = [worker.deadline for worker in busy if worker.deadline is not None]
        return max(0.0, min([0.5, *(deadline - time.monotonic() for deadline in deadlines)]))

    def _is_overdue(self, worker: _Worker) -> bool:
        worker.timed_out = worker.deadline is not None and time.monotonic() > worker.deadline
        return worker.timed_out

    def _bury(self, worker: _Worker) -> list[Outcome]:
        """End a worker that died or must, blame the node it ran, and hand the rest of its works to others."""
        self._workers.remove(worker)
        with suppress(subprocess.TimeoutExpired):
            worker.process.wait(0 if worker.timed_out else 1)
        status = worker.process.poll()
        output = _read_output(worker.capture)
        _end(worker)
        node = worker.current()
        if node is None:
            return []
        work = worker.works.popleft()
        output = make_mask(work.env_vars, os.environ).hide(output)[-_TAIL:]
        rest = work.nodes[worker.done + 1 :]
        if rest:
            worker.works.appendleft(replace(work, nodes=rest))
        self._waiting.extendleft(reversed(worker.works))
        message = _explain_death(status, work.timeout if worker.timed_out else None)
        logged = _write_log(node.log, f"{output}{message}\n")
        seconds = work.timeout if worker.timed_out and work.timeout else 0.0
        return [Outcome(node.number, seconds, Failure(message), logged)]


def _explain_death(status: int | None, timeout: float | None) -> str:
    if timeout is not None:
        return f"timeout: it ran for more than {timeout:g} s and was ended"
    if status is None:
        return "the worker stopped answering and was ended"
    if status >= 0:
        return f"the worker exited with code {status} without a result"
    name = signal.Signals(-status).name
    hint = ", perhaps for want of memory" if -status == signal.SIGKILL else ""
    return f"the worker was killed by signal {-status} ({name}){hint}"


def _write_log(log: Path, text: str) -> bool:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(text, encoding="utf-8")
    except OSError:
        return False  # a full disk under the logs stops nothing
    return True


def _read_output(path: Path) -> str:
    try:
        output = path.read_bytes()
    except OSError:
        return ""
    text = escape_output(output)
    return text if not text or text.endswith("\n") else text + "\n"


def _signal_group(worker: _Worker, number: signal.Signals) -> None:
    with suppress(OSError):
        os.killpg(worker.process.pid, number)


def _end(worker: _Worker) -> None:
    """Kill what is left of a worker's group and let go of its ends."""
    if worker.process.poll() is None:
        end_descendants(worker.process.pid)
    _signal_group(worker, signal.SIGKILL)
    worker.process.wait()
    worker.connection.close()
    os.close(worker.lifeline)
    with suppress(OSError):
        worker.capture.unlink()
