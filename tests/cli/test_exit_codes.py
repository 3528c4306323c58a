"""Exit codes as shells see them: under `sh -e`, in a pipe that nobody reads any more, and with stdout closed.

Commands are forks of a server, but for those that die of a signal.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from real_project import RealProject

from assetmake import clock
from assetmake.storage.ledger import claim
from assetmake.storage.run_records import RunRow, start_run
from assetmake.storage.runs import Runs
from assetmake.storage.state import StateFile
from fresh import start_fresh

ASSETS = """
import os
from assetmake import asset


@asset
def good():
    return 1


@asset
def bad():
    raise ValueError("no rows")


@asset
def stopping():
    with open("pid") as file:
        os.kill(int(file.read()), int(os.environ["SIGNAL"]))
    with open("never") as pipe:
        return pipe.read()
"""
CLIENT = """#!{python} -S
import os, sys

def is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True

closed = [number for number in range(3) if not is_open(number)]
for _ in closed:
    os.open(os.devnull, os.O_RDWR)
sys.path.insert(0, {tests!r})
from fork_client import run_forked
status = run_forked({server!r}, sys.argv[1:], closed=closed)
os._exit(status if status >= 0 else 128 - status)
"""
REAL = '#!/bin/sh\nexec {python} -m assetmake "$@"\n'
BROKEN = """#!{python}
import sys
from assetmake.cli import main, plan

def fail(*_, **__):
    raise RuntimeError("nobody thought of this")

plan.print_plan = fail
sys.exit(main())
"""
SIGPIPE = 141


@dataclass
class Shell:
    """Runs lines of sh in a project's folder, where `assetmake` is a command."""

    project: RealProject
    bin: Path

    def install(self, script: str, **values: str) -> None:
        command = self.bin / "assetmake"
        command.write_text(script.format(python=sys.executable, **values))
        command.chmod(0o755)

    def run(self, script: str, *, stdout: int = subprocess.PIPE, **variables: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["sh", "-e", "-c", script],
            cwd=self.project.folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PATH": path, "NO_COLOR": "1", "ASSETMAKE_ENV": "", **variables},
            timeout=120,
            check=False,
        )


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    folder = tmp_path / "project"
    folder.mkdir()
    project = RealProject(folder)
    project.write(ASSETS)
    made = Shell(project, tmp_path / "bin")
    made.bin.mkdir()
    made.install(CLIENT, tests=str(Path(__file__).parents[1]), server=start_fresh().socket)
    return made


def damage(shell: Shell) -> None:
    folder = shell.project.folder / ".assetmake"
    folder.mkdir()
    (folder / "state.duckdb").write_bytes(b"no database" * 1000)


def hold(shell: Shell, life: ExitStack) -> None:
    """Have another build, which is alive, work on `good`."""
    folder = shell.project.folder / ".assetmake"
    runs, state = Runs(folder / "runs"), StateFile(folder / "state.duckdb")
    run = life.enter_context(runs.open_run(now=clock.now()))
    with state.writing() as db:
        start_run(db, RunRow(run, clock.now(), "assetmake build", os.getpid(), socket.gethostname()))
        claim(db, run, {"good": [0]}, alive={run})
    state.close()


@dataclass(frozen=True)
class Case:
    code: int
    line: str
    prepare: Callable[[Shell], None] = lambda shell: None


CASES = [
    Case(0, "build good"),
    Case(1, "build bad"),
    Case(2, "build nope"),
    Case(3, "build good", damage),
    Case(4, "build good --no-wait"),
    Case(5, "build good --check"),
    Case(5, "plan good --exit-code"),
    Case(70, "plan good", lambda shell: shell.install(BROKEN)),
]


@pytest.fixture
def life() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.line.split()[0]}")
def test_a_code_is_the_same_wherever_the_output_goes(case: Case, shell: Shell, life: ExitStack) -> None:
    case.prepare(shell)
    if case.code == 4:
        hold(shell, life)

    done = shell.run(f"assetmake {case.line}; echo went on")
    assert done.returncode == case.code, done.stderr
    assert done.stdout.endswith("went on\n") == (case.code == 0)

    done = shell.run(f"assetmake {case.line} >&-")
    assert done.returncode == case.code, done.stderr
    assert "assetmake/cli" not in done.stderr, "a traceback of ours"

    unread, writer = os.pipe()
    os.close(unread)
    done = shell.run(f"assetmake {case.line}", stdout=writer)
    os.close(writer)
    assert done.returncode in {case.code, SIGPIPE}, done.stderr
    assert "assetmake/cli" not in done.stderr, "a traceback of ours"
    assert "Broken" not in done.stderr


def test_in_a_pipe_a_line_is_read_and_the_code_is_kept(shell: Shell) -> None:
    done = shell.run("{ assetmake build bad || echo $? > code; } | head -n 1")

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert int((shell.project.folder / "code").read_text()) == 1


def test_what_failed_is_told_though_nobody_reads_it(shell: Shell) -> None:
    """A build that fails is not hidden behind the pipe that was closed meanwhile."""
    unread, writer = os.pipe()
    os.close(unread)
    done = shell.run("assetmake build bad", stdout=writer)
    os.close(writer)
    assert done.returncode == 1


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143), (1, 129)])
def test_a_signal_is_died_of(shell: Shell, number: int, code: int) -> None:
    shell.install(REAL)
    os.mkfifo(shell.project.folder / "never")
    line = 'sh -c "echo \\$\\$ > pid; exec assetmake build stopping >&-"; echo went on'

    done = shell.run(line, SIGNAL=str(number))

    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == "stopping: ending what runs; once more to end at once"
