"""Processes that have never seen a project, cheaply: forks of one that has imported assetmake and nothing of anybody's.

Importing what every command needs takes most of the time of a short command, and the tests run thousands of them.
Where the start of a process, its signals or what it loads are the matter, tests start real ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from fork_client import run_forked

SERVER = Path(__file__).with_name("fork_server.py")
FRAMES = tuple(
    name
    for name in ("pandas", "polars", "matplotlib.figure", "pydantic.main", "pytest")
    if find_spec(name.partition(".")[0])
)
"""Libraries whose import takes longer than all else that a small build does; one server has them for all tests."""

_COMMAND = """\
#!{python} -IS
import sys
sys.path.append({tests!r})
from fork_client import run_forked
sys.exit(run_forked({server!r}, sys.argv[1:], alone=True, python={python_itself}))
"""


class FreshProcesses:
    """Runs assetmake's command in processes that have imported no project yet.

    Args:
        libraries: What projects import, and is loaded already.

    Attributes:
        socket: Where the process that the others come from is to be asked for them.
        has_imported: Whether the last command had the project imported; else it went by what is remembered.
    """

    def __init__(self, *libraries: str) -> None:
        self.has_imported = False
        self._folder = tempfile.TemporaryDirectory(prefix="fresh-")
        self.socket = f"{self._folder.name}/socket"
        self._server = subprocess.Popen(
            [sys.executable, SERVER, self.socket, *libraries],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": "0"},  # as projects are imported
        )
        assert self._server.stdout is not None
        assert self._server.stdout.readline() == b"ready\n"

    def run(self, root: Path, *arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run one command in a project's folder; `env` is added to this process's environment."""
        return self.run_with(root, *arguments, environment={**os.environ, "NO_COLOR": "1", **env})

    def run_with(
        self, folder: Path, *arguments: str, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run one command in a folder, with this environment and nothing on its stdin."""
        told = Path(self._folder.name) / "imported"
        told.unlink(missing_ok=True)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull) as nothing:
            code = run_forked(
                self.socket,
                arguments,
                folder=str(folder),
                environment=environment,
                streams=(nothing.fileno(), out.fileno(), err.fileno()),
                told=str(told),
            )
            printed = [stream.seek(0) or stream.read().decode() for stream in (out, err)]
        self.has_imported = told.exists()
        return subprocess.CompletedProcess(arguments, code, *printed)

    def install(self, folder: Path, name: str = "assetmake") -> Path:
        """Put `assetmake` into a folder, or `python`: a command for shells and other programs, with one processor."""
        program = _COMMAND.format(
            python=sys.executable, tests=str(Path(__file__).parent), server=self.socket, python_itself=name == "python"
        )
        return install(folder / name, program)

    def close(self) -> None:
        """End the process that the others come from."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait()
        self._folder.cleanup()


def install(script: Path, program: str) -> Path:
    """Write a program that can be run by its name."""
    script.write_text(program, encoding="utf-8")
    script.chmod(0o755)
    return script


_started: dict[tuple[str, ...], FreshProcesses] = {}


def start_fresh(*libraries: str) -> FreshProcesses:
    """Return what all tests of this process share; the first who asks starts it."""
    if libraries not in _started:
        _started[libraries] = FreshProcesses(*libraries)
    return _started[libraries]


def end_fresh() -> None:
    while _started:
        _started.popitem()[1].close()


def run_command(
    folder: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    status: int | None = 0,
    libraries: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Run one command in a fresh process and check how it ended.

    Args:
        folder: Where it runs.
        arguments: What stands behind `assetmake` in the command line.
        environment: All of its environment; that of this process where nothing is given.
        status: The expected exit code; None leaves it to the caller.
        libraries: What the project imports, and is loaded already.
    """
    environ = os.environ if environment is None else environment
    if read_by_python(environ) == read_by_python(os.environ):
        done = start_fresh(*libraries).run_with(folder, *arguments, environment=environ)
    else:  # only a process of its own shows what Python reads from its environment when it starts
        command = [sys.executable, "-m", "assetmake", *arguments]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert status is None or done.returncode == status, done.stdout + done.stderr
    return done


def read_by_python(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.startswith("PYTHON")}
