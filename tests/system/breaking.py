"""A real project, built by real processes, that tests break on purpose."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fresh import run_command

PATIENCE = 20.0
COMMAND = (sys.executable, "-m", "assetmake")
_HEADER = """
import os, signal, subprocess, sys, time
from pathlib import Path
from assetmake import *

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
class Project:
    """A folder with assets.toml and assets.py, and what can be done to it from outside."""

    root: Path

    def write(self, assets: str, *, jobs: int = 2) -> None:
        self.root.mkdir(exist_ok=True)
        (self.root / "assets.toml").write_text(f'[project]\nname = "broken"\n[build]\njobs = {jobs}\n')
        (self.root / "assets.py").write_text(_HEADER + assets)

    def start(self, *arguments: str, under: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """Start a command in a session of its own."""
        return subprocess.Popen(
            [*under, *COMMAND, *arguments, "--project", str(self.root)],
            cwd=self.root,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run a command to its end; return what it printed. It can't be found among the processes."""
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
        """Return the processes that have the project's folder in their command line."""
        return find_processes(str(self.root))

    def await_file(self, name: str) -> None:
        await_condition(lambda: (self.root / name).exists(), f"the file {name}")

    def await_runs(self, count: int) -> None:
        await_condition(lambda: self.ran().total() >= count, f"{count} runs")

    def await_end_of_processes(self) -> None:
        await_condition(lambda: not self.processes(), "the end of all processes", every=0.02)


def finish(process: subprocess.Popen[str], *, expect: int = 0) -> str:
    """Wait for a command's end, check how it ended, and return all that it printed."""
    out, err = process.communicate(timeout=6 * PATIENCE)
    assert process.returncode == expect, f"exit {process.returncode}, not {expect}\n{out}{err}"
    return out + err


def expand(ranges: list[str]) -> Iterator[str]:
    """Turn `k01..k03` into its keys."""
    for each in ranges:
        first, _, last = each.partition("..")
        if last:
            yield from (f"k{number:02}" for number in range(int(first[1:]), int(last[1:]) + 1))
        else:
            yield first


def find_processes(marker: str) -> list[int]:
    """Return the living processes with a marker in their command line, this one left out."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                command = Path(f"/proc/{entry}/cmdline").read_bytes()
            except OSError:
                continue
            if marker.encode() in command:
                found.append(int(entry))
    return found


def await_condition(holds: Callable[[], bool], what: str, *, every: float = 0.002) -> None:
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
