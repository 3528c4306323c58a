"""A real project, built by processes that tests break on purpose.

Most of them are forks that have imported assetmake already: signals, claims, workers and publishing are the same in
those, and the start is not what is broken. Where it is, tests start real ones.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fork_client import start_forked
from fresh import run_command, start_fresh

PATIENCE = 20.0
COMMAND = (sys.executable, "-m", "assetmake")
_HEADER = """
import os, signal, subprocess, sys, time
from pathlib import Path
from assetmake import FileSource, StaticPartitionsDefinition, asset

HERE = Path(__file__).parent


def note(name):
    # One write to a file opened for appending: lines of several processes do not mix.
    file = os.open(HERE / "runs.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{name}\\n".encode())
    os.close(file)


def wait_for(name):
    while not (HERE / name).exists():
        time.sleep(0.005)

"""


@dataclass
class Fork:
    """A command in a fork, with as much of the interface of `subprocess.Popen` as is needed.

    Attributes:
        connection: To the fork server, which tells how it ended.
    """

    pid: int
    connection: socket.socket
    returncode: int | None = None

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def wait(self, timeout: float) -> int:
        if self.returncode is None:
            self.connection.settimeout(timeout)
            try:
                ended = self.connection.recv(64)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(str(self.pid), timeout) from None
            self.connection.close()
            self.returncode = int(ended)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


@dataclass
class Command:
    """A command that was started, in a session of its own."""

    process: Fork | subprocess.Popen[bytes]
    out: IO[bytes]
    err: IO[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def returncode(self) -> int | None:
        return self.process.returncode

    def is_running(self) -> bool:
        return self.process.poll() is None

    def send_signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        self.send_signal(signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        return self.process.wait(6 * PATIENCE)

    def read_errors(self) -> str:
        """Return what it has written to stderr so far."""
        return os.pread(self.err.fileno(), 1 << 20, 0).decode()

    def await_errors(self, words: str) -> None:
        await_condition(lambda: words in self.read_errors() or not self.is_running(), f"{words!r}")
        assert words in self.read_errors()

    def finish(self, *, expect: int = 0) -> str:
        """Wait for its end, check how it ended, and return all that it printed."""
        code = self.wait()
        printed = os.pread(self.out.fileno(), 1 << 20, 0).decode() + self.read_errors()
        assert code == expect, f"exit {code}, not {expect}\n{printed}"
        return printed


@dataclass
class Project:
    """A folder with assets.toml and assets.py, and what can be done to it from outside."""

    root: Path

    def write(self, assets: str, *, jobs: int = 2) -> None:
        self.root.mkdir(exist_ok=True)
        (self.root / "assets.toml").write_text(f'[project]\nname = "broken"\n[build]\njobs = {jobs}\n')
        (self.root / "assets.py").write_text(_HEADER + assets)

    def start(self, *arguments: str, traced: bool = False, constants: Mapping[str, float] | None = None) -> Command:
        """Start a command in a fork; one that is to be traced does nothing before it is."""
        out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        with open(os.devnull) as nothing:
            connection = start_forked(
                start_fresh().socket,
                [*arguments, "--project", str(self.root)],
                folder=str(self.root),
                streams=(nothing.fileno(), out.fileno(), err.fileno()),
                leading=True,
                traced=traced,
                constants=constants,
            )
        pid = b""
        while not pid.endswith(b"\n"):
            pid += connection.recv(1)
        return Command(Fork(int(pid), connection), out, err)

    def start_real(self, *arguments: str, under: tuple[str, ...] = ()) -> Command:
        """Start a command as a process that is nobody's fork."""
        out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        command = [*under, *COMMAND, *arguments, "--project", str(self.root)]
        process = subprocess.Popen(command, cwd=self.root, start_new_session=True, stdout=out, stderr=err)
        return Command(process, out, err)

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run a command to its end; return what it printed."""
        done = run_command(self.root, *arguments, "--project", str(self.root), status=None)
        assert done.returncode == expect, f"exit {done.returncode}, not {expect}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def ran(self) -> Counter[str]:
        """Return how often each node ran."""
        log = self.root / "runs.log"
        return Counter(log.read_text().splitlines() if log.exists() else ())

    def stale(self) -> Counter[str]:
        """Return the partitions that a build would run."""
        plan = json.loads(self.run("plan", "--json"))
        return Counter(key for entry in plan["assets"] for key in expand(entry.get("stale_keys", [])))

    def output(self, name: str) -> str:
        return (self.root / "data" / name).read_text()

    def leftovers(self) -> list[str]:
        """Return the temporary files there are."""
        data = (self.root / "data").rglob(".*")
        workers = (self.root / ".assetmake").rglob(".workers/*")
        return [str(path.relative_to(self.root)) for path in (*data, *workers)]

    def processes(self) -> list[int]:
        """Return the processes that work in the project's folder, or have it in their command line."""
        return find_processes(self.root)

    def await_file(self, name: str) -> None:
        await_condition(lambda: (self.root / name).exists(), f"the file {name}")

    def await_runs(self, count: int) -> None:
        await_condition(lambda: self.ran().total() >= count, f"{count} runs")

    def await_end_of_processes(self) -> None:
        await_condition(lambda: not self.processes(), "the end of all processes", every=0.02)


def expand(ranges: list[str]) -> Iterator[str]:
    """Turn `k01..k03` into its keys."""
    for each in ranges:
        first, _, last = each.partition("..")
        if last:
            yield from (f"k{number:02}" for number in range(int(first[1:]), int(last[1:]) + 1))
        else:
            yield first


def find_processes(folder: Path) -> list[int]:
    """Return the living processes that work in a folder or have it in their command line, this one left out."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            with suppress(OSError):  # it has ended meanwhile
                command = Path(f"/proc/{entry}/cmdline").read_bytes()
                if command and (os.fsencode(folder) in command or os.readlink(f"/proc/{entry}/cwd") == str(folder)):
                    found.append(int(entry))
    return found


def await_condition(holds: Callable[[], bool], what: str, *, every: float = 0.01) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(every)


@contextmanager
def tmpfs(folder: Path, *, size: str) -> Iterator[bool]:
    """Mount a small file system; False where that is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)
