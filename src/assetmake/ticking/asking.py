"""Asking: questions go to a process that has imported the project; where it dies or hangs, one question has failed."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assetmake.discovery.config import Config
from assetmake.discovery.importer import show_path
from assetmake.discovery.recall.inputs import make_environment
from assetmake.errors import StorageError
from assetmake.execution.capture import escape_output
from assetmake.execution.channel import PromptChannel, pack
from assetmake.execution.masking import make_mask
from assetmake.execution.offspring import end_descendants
from assetmake.execution.work import Failure
from assetmake.ticking.question import Question, Reply

_TURN = 0.5
_IMPORT_TIMEOUT = 600.0
_TAIL = 20_000


@dataclass(frozen=True, slots=True)
class Asking:
    """How questions are asked.

    Attributes:
        root, config: The project's.
        variables: Environment variables whose values are written nowhere.
        stopped: Tells whether to end now.
    """

    root: Path
    config: Config
    variables: Iterable[str] = ()
    stopped: Callable[[], bool] = lambda: False

    def __call__(self, questions: Sequence[Question]) -> list[Reply]:
        """Return what came of each question, in order; after a signal the rest have failed.

        Of a function that hangs nothing more is asked: each of its other times could take as long.
        """
        replies: list[Reply] = []
        hung: set[tuple[str, str]] = set()
        with tempfile.TemporaryDirectory(prefix="assetmake-tick-") as folder:
            process: _Process | None = None
            try:
                for question in questions:
                    if (question.kind, question.name) in hung:
                        replies.append(Reply(failure=Failure("it was not asked, as it hung at an earlier time")))
                        continue
                    process = process or _Process.start(self, Path(folder))
                    reply = process.ask(question, self.stopped)
                    replies.append(process.mask(reply, self.root.resolve()))
                    if process.is_hung:
                        hung.add((question.kind, question.name))
                    if process.is_dead:
                        process.end()
                        process = None
            finally:
                if process is not None:
                    process.end()
        return replies


@dataclass(slots=True)
class _Process:
    """The process; `is_dead` where the next question needs another one, `is_hung` where that took too long."""

    process: subprocess.Popen[bytes]
    channel: PromptChannel
    lifeline: int
    output: Path
    variables: set[str]
    is_ready: bool = False
    is_dead: bool = False
    is_hung: bool = False
    _messages: list[Any] = field(default_factory=list)

    @classmethod
    def start(cls, asking: Asking, folder: Path) -> _Process:
        ours, theirs = socket.socketpair()
        lifeline_end, lifeline = os.pipe()
        output = Path(tempfile.mkdtemp(dir=folder)) / "output"
        handed = theirs.fileno(), lifeline_end
        command = [sys.executable, "-P", "-m", "assetmake.ticking.child", *map(str, handed)]
        try:
            process = subprocess.Popen(
                [*command, str(asking.root.resolve()), str(output)],
                cwd=asking.root,
                stdin=subprocess.DEVNULL,
                pass_fds=handed,
                start_new_session=True,
                env=make_environment(),
            )
        except OSError as error:
            os.close(lifeline)
            ours.close()
            raise StorageError(f"cannot start a process: {error.strerror}") from None
        finally:
            theirs.close()
            os.close(lifeline_end)
        channel = PromptChannel(ours.detach())
        with suppress(OSError):  # one that has died is found when it is waited for
            channel.send(pack(asking.config))
        return cls(process, channel, lifeline, output, set(asking.variables))

    def ask(self, question: Question, stopped: Callable[[], bool]) -> Reply:
        """Return what comes of a question; where none comes, why."""
        if not self.is_ready:
            ready = self._await(_IMPORT_TIMEOUT, stopped)
            if isinstance(ready, Failure):
                return self._die(ready, "while it imported the project")
            self.variables |= ready.variables
            self.is_ready = True
        with suppress(OSError):
            self.channel.send(pack(question))
        reply = self._await(question.timeout, stopped)
        return self._die(reply, "") if isinstance(reply, Failure) else reply

    def mask(self, reply: Reply, root: Path) -> Reply:
        """Return a reply without the values of secret variables, and with a place that is relative to the project."""
        mask = make_mask(self.variables, os.environ)

        def hide(failure: Failure) -> Failure:
            hidden = mask.hide_in(failure)
            failure = hidden if isinstance(hidden, Failure) else failure
            return replace(failure, file=show_path(failure.file, root=root) if failure.file else "")

        return replace(
            reply,
            failure=None if reply.failure is None else hide(reply.failure),
            refused=tuple(map(hide, reply.refused)),
            skipped=mask.hide(reply.skipped),
            notes=tuple(map(mask.hide, reply.notes)),
            output=mask.hide(reply.output),
        )

    def end(self) -> None:
        """End what is left of the process and let go of its ends."""
        if self.process.poll() is None:
            end_descendants(self.process.pid)
        with suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.channel.close()
        os.close(self.lifeline)

    def _await(self, timeout: float, stopped: Callable[[], bool]) -> Any:
        """Return the next message, or the Failure that says why there is none."""
        deadline = time.monotonic() + timeout
        while not self._messages:
            left = deadline - time.monotonic()
            if left <= 0:
                self.is_hung = True
                return Failure(f"timeout: it ran for more than {timeout:g} s and was ended")
            if stopped():
                return Failure("it was stopped")
            self._go_on(min(left, _TURN))
            if self.is_dead:
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(1)
                return Failure(_explain(self.process.poll()))
        return self._messages.pop(0)

    def _go_on(self, seconds: float) -> None:
        poll = select.poll()
        poll.register(self.channel.fileno(), select.POLLIN | (select.POLLOUT if self.channel.is_full else 0))
        for _, event in poll.poll(1000 * seconds):
            try:
                if event & select.POLLOUT:
                    self.channel.go_on()
                if event & ~select.POLLOUT:
                    self._messages += self.channel.receive()
            except (EOFError, OSError):
                self.is_dead = True

    def _die(self, failure: Failure, when: str) -> Reply:
        self.is_dead = True
        return Reply(failure=replace(failure, message=f"{failure.message} {when}".rstrip()), output=self._read_output())

    def _read_output(self) -> str:
        try:
            return escape_output(Path(f"{self.output}.all").read_bytes())[-_TAIL:]
        except OSError:
            return ""


def _explain(status: int | None) -> str:
    if status is None:
        return "its process stopped answering and was ended"
    if status >= 0:
        return f"its process exited with code {status}"
    return f"its process was killed by signal {-status} ({signal.Signals(-status).name})"
