"""Processes that have never seen a project, cheaply: forks of one that has imported assetmake and nothing of anybody's.

The process in which a command has a project imported is a fork of the command then, which has not imported it either.
Importing what every command needs takes most of the time of a short command; the table has hundreds of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_SERVER = """
import json, os, sys
from types import SimpleNamespace
import duckdb, pyarrow, pyarrow.parquet
import assetmake.cli.plan, assetmake.project
from assetmake.cli.entry import main
from assetmake.discovery.recall import child, discover

class Forked:
    # What discovery starts to import a project: here a fork too, made as `python -P -m` would make a process.
    told = ""

    def __init__(self, command, cwd, stdout, pass_fds, env):
        assert command[1:4] == ["-P", "-m", child.__name__], command
        open(self.told, "w").close()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.dup2(stdout, 1)
                os.chdir(cwd)
                os.environ.clear()
                os.environ.update(env)
                del sys.path[0]
                sys.argv = [child.__file__, *command[4:]]
                child.main(command[4:])
            finally:
                os._exit(70)

    def poll(self):
        return None

    def kill(self):
        pass

    def wait(self):
        if self.pid:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            self.pid = 0
        return self.code

discover.subprocess = SimpleNamespace(Popen=Forked)

for line in sys.stdin:
    asked = json.loads(line)
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            for stream, file in ((1, asked["out"]), (2, asked["err"])):
                os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
            os.chdir(asked["root"])
            os.environ.clear()
            os.environ.update(asked["env"])
            Forked.told = asked["told"]
            sys.path[0] = asked["root"]
            sys.argv = ["assetmake", *asked["arguments"]]
            try:
                code = main()
            except SystemExit as end:
                code = end.code
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code if isinstance(code, int) else 0 if code is None else 1)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class FreshProcesses:
    """Runs assetmake's command in processes that have imported no project yet.

    Attributes:
        has_imported: Whether the last command had the project imported; else it went by what is remembered.
    """

    def __init__(self) -> None:
        self.has_imported = False
        self._server = subprocess.Popen(
            [sys.executable, "-c", _SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, "PYTHONHASHSEED": "0"},  # as projects are imported
        )

    def run(self, root: Path, *arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run one command in a project's folder."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        out, err, told = (root.parent / f"printed.{name}" for name in ("out", "err", "imported"))
        told.unlink(missing_ok=True)
        environment = {**os.environ, "NO_COLOR": "1", **env}
        asked = {"root": str(root), "arguments": arguments, "env": environment, "out": str(out), "err": str(err)}
        asked["told"] = str(told)
        self._server.stdin.write(json.dumps(asked) + "\n")
        code = int(self._server.stdout.readline())
        self.has_imported = told.exists()
        return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())

    def close(self) -> None:
        """End the process that the others come from."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait()
