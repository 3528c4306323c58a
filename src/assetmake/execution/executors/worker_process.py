"""WorkerProcess: one worker as the coordinator sees it: what it was given, what it has told, how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from assetmake.execution.capture import escape_output, name_secrets, share_log
from assetmake.execution.channel import PromptChannel, pack
from assetmake.execution.delivery import Begun, read_begun
from assetmake.execution.masking import make_mask
from assetmake.execution.offspring import end_descendants
from assetmake.execution.work import Failure, Node, Outcome, Work
from assetmake.storage.files import remove

_AHEAD_SECONDS = 0.2
"""What a worker holds to go on with, so that it never waits for the coordinator."""
_AHEAD_NODES = 256
_WORTH_A_MESSAGE = 4
"""Works that a worker without any is sent while the coordinator still looks for more."""
_GUESSED_SECONDS = 0.02
"""Of a node of which nothing is known: a few are sent, and given back if they take longer."""
_TAIL = 20_000


@dataclass(slots=True)
class _Held:
    """A node that a worker was sent and has not told of."""

    work: Work
    node: Node


@dataclass(slots=True)
class Remains:
    """What is to be done when a worker has died.

    Attributes:
        outcomes: Of the node that it ran, or of all nodes of the range.
        works: What others are to run.
    """

    outcomes: list[Outcome]
    works: list[Work]


@dataclass(slots=True)
class WorkerProcess:
    """A worker and what it holds.

    Attributes:
        process, channel, lifeline, begun: Its process, socket, lifeline and the file that names the node it runs.
        capture: The file with what it prints.
        outbox: Works that are its own and were not sent yet.
        held: What it was sent, by number, in the order in which it runs.
        load: Seconds that all this takes.
        is_slow: It gave back what it had not begun, because of the node that it runs.
    """

    process: subprocess.Popen[bytes]
    channel: PromptChannel
    lifeline: int
    begun: int
    capture: Path
    outbox: list[Work] = field(default_factory=list)
    held: dict[int, _Held] = field(default_factory=dict)
    load: float = 0.0
    is_slow: bool = False
    has_answered: bool = False
    deadline: float | None = None
    timed_out: bool = False
    _count: int = 0

    @property
    def is_busy(self) -> bool:
        """Tell whether something is to be waited for: outcomes, or that it can be written to."""
        return bool(self.held) or self.channel.is_full

    @property
    def is_idle(self) -> bool:
        return not self._count

    @property
    def is_starving(self) -> bool:
        """Tell whether it has nothing to do, and enough to be sent a message for in its outbox."""
        return not self.held and len(self.outbox) >= _WORTH_A_MESSAGE

    def has_room(self) -> bool:
        """Tell whether it may be given a work: it has none, or only what is done soon."""
        if not self._count:
            return True
        return not self.is_slow and self.load < _AHEAD_SECONDS and self._count < _AHEAD_NODES

    def give(self, work: Work) -> None:
        """Put a work into the outbox."""
        self.outbox.append(work)
        self._count += len(work.nodes)
        self.load += len(work.nodes) * _estimate(work)

    def send(self) -> bool:
        """Send what is in the outbox, or leave it there while the socket is full; False where the worker has died."""
        if not self.outbox or self.channel.is_full:
            return True
        is_alive = True
        try:
            if not self.channel.send(pack(self.outbox)):
                return True
        except OSError:
            is_alive = False
            if self.has_answered:
                return False  # it was killed while it had nothing to do: no node is to blame
        for work in self.outbox:
            self.held.update({node.number: _Held(work, node) for node in work.nodes})
        self.outbox.clear()
        return is_alive

    def empty_outbox(self) -> list[Work]:
        """Return what was given and not sent; it is others' again."""
        works, self.outbox = self.outbox, []
        for work in works:
            self._count -= len(work.nodes)
            self.load -= len(work.nodes) * _estimate(work)
        return works

    def take_outcome(self, outcome: Outcome) -> None:
        self._let_go(outcome.number)
        self.is_slow, self.has_answered, self.deadline = False, True, None

    def take_back(self, numbers: Iterable[int]) -> list[Work]:
        """Return works of nodes that it gives back; those of the work that keeps it so long come call by call."""
        slow = self.held.get(read_begun(self.begun))
        self.is_slow = slow is not None
        back = [self._let_go(number) for number in numbers]
        alike = [held for held in back if slow is not None and held.work is slow.work]
        others = [held for held in back if slow is None or held.work is not slow.work]
        return _list_calls(alike) + _regroup(others)

    def start_clock(self, begun: Begun) -> None:
        """Set the time by which a call must have ended."""
        limit = self.held[begun.number].work.timeout
        self.deadline = None if limit is None else time.monotonic() + limit

    def is_overdue(self) -> bool:
        self.timed_out = self.deadline is not None and time.monotonic() > self.deadline
        return self.timed_out

    def bury(self) -> Remains:
        """End a worker that died or must; blame what it ran, and return what others are to do.

        Of a call all nodes are to blame: it makes them together, and told of none.
        """
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(0 if self.timed_out else 1)
        status = self.process.poll()
        output = _read_output(self.capture)
        secrets = _read_output(name_secrets(self.capture)).split()
        begun = read_begun(self.begun)
        self.end()
        if begun not in self.held:
            # It was killed while it had nothing to do. One that never answered could not even begin.
            begun = 0 if self.has_answered else next(iter(self.held), 0)
        outcomes = self._blame(self.held[begun], status, output, secrets) if begun else []
        for held in self.held.values():
            with suppress(OSError):
                remove(held.node.temporary)  # of one that was done and not told of: it runs again
        works = _regroup(self.held.values()) + self.outbox
        self.held, self.outbox = {}, []
        return Remains(outcomes, works)

    def signal_group(self, number: signal.Signals) -> None:
        with suppress(OSError):
            os.killpg(self.process.pid, number)

    def end(self) -> None:
        """Kill what is left of its group and let go of its ends."""
        if self.process.poll() is None:
            end_descendants(self.process.pid)
        self.signal_group(signal.SIGKILL)
        self.process.wait()
        self.channel.close()
        os.close(self.lifeline)
        os.close(self.begun)
        with suppress(OSError):
            self.capture.unlink()
        with suppress(OSError):
            name_secrets(self.capture).unlink()

    def _let_go(self, number: int) -> _Held:
        held = self.held.pop(number)
        self._count -= 1
        self.load = self.load - _estimate(held.work) if self._count else 0.0
        return held

    def _blame(self, held: _Held, status: int | None, output: str, secrets: Sequence[str]) -> list[Outcome]:
        work = held.work
        nodes = work.find_call(held.node.number)
        for node in nodes:
            del self.held[node.number]
        output = make_mask((*work.env_vars, *secrets), os.environ).hide(output)[-_TAIL:]
        message = _explain_death(status, work.timeout if self.timed_out else None)
        logged = _write_log([node.log for node in nodes], f"{output}{message}\n")
        seconds = work.timeout / len(nodes) if self.timed_out and work.timeout else 0.0
        return [Outcome(node.number, seconds, Failure(message), logged) for node in nodes]


def _estimate(work: Work) -> float:
    """Return the seconds that a node of a work takes."""
    return _GUESSED_SECONDS if work.seconds is None else work.seconds / len(work.nodes)


def _list_calls(several: Iterable[_Held]) -> list[Work]:
    """Return a work for each call of the function that makes some of the nodes."""
    found: dict[int, Work] = {}
    for held in several:
        nodes = held.work.find_call(held.node.number)
        found.setdefault(nodes[0].number, replace(held.work, nodes=nodes, seconds=_AHEAD_SECONDS))
    return list(found.values())


def _regroup(several: Iterable[_Held]) -> list[Work]:
    """Return works of nodes, those of one work together."""
    works: list[Work] = []
    together: list[Node] = []
    last: Work | None = None
    for held in several:
        if last is not None and held.work is not last:
            works.append(_cut(last, together))
            together = []
        last = held.work
        together.append(held.node)
    return works if last is None else [*works, _cut(last, together)]


def _cut(work: Work, nodes: Sequence[Node]) -> Work:
    seconds = None if work.seconds is None else len(nodes) * _estimate(work)
    return replace(work, nodes=tuple(nodes), seconds=seconds)


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


def _write_log(logs: Sequence[str], text: str) -> bool:
    first, *others = logs
    try:
        os.makedirs(os.path.dirname(first), exist_ok=True)
        Path(first).write_text(text, encoding="utf-8")
        share_log(first, others)
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
