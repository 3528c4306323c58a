"""Run a command and measure it: its wall time, and the memory of the largest process in its tree."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    # An installed package is compiled once; with these it is compiled at each start.
    if name not in {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "MAKEFLAGS"}
}


class BenchmarkError(Exception):
    """A tool failed, or did not do what the row says; then no number of the row means anything."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one tool."""

    seconds: float
    peak_mb: float
    ran: int = 0


def time_command(command: Sequence[str], *, folder: Path) -> Sample:
    """Run a command to its end, its output to a file that nobody reads.

    Raises:
        BenchmarkError: it failed; with the end of what it said.
    """
    with TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            tail = said.read().decode(errors="replace")[-2000:]
            raise BenchmarkError(f"{' '.join(command)} in {folder} ended with {process.returncode}:\n{tail}")
    return Sample(seconds, usage.ru_maxrss / 1024)


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Return inode and mtime of every file below a folder, to tell later which were written."""
    found: dict[str, tuple[int, int]] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            seen = os.stat(os.path.join(place, name))
            found[os.path.join(place, name)] = (seen.st_ino, seen.st_mtime_ns)
    return found


def count_written(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> int:
    return sum(before.get(name) != identity for name, identity in after.items())
