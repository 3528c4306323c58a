"""Run a command and measure it: its wall time, and the memory of the largest process in its tree."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

_LAUNCHER = Path(__file__).with_name("launch.py")
_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    # An installed package is compiled once; with these it is compiled at each start.
    if name not in {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "MAKEFLAGS"}
}


class BenchmarkError(Exception):
    """A tool failed, or did not do what the row says; then no number of the tool in that row means anything."""


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
    reading, writing = os.pipe()
    with TemporaryFile() as said, open(reading, encoding="ascii") as report:
        try:
            subprocess.run(
                [sys.executable, "-I", "-S", str(_LAUNCHER), str(writing), *command],
                cwd=folder,
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                pass_fds=[writing],
                check=False,
            )
        finally:
            os.close(writing)
        seconds, peak, code = report.read().split() or ("0", "0", "that it could not be started")
        if code != "0":
            said.seek(0)
            tail = said.read().decode(errors="replace")[-2000:]
            raise BenchmarkError(f"{' '.join(command)} in {folder} ended with {code}:\n{tail}")
    return Sample(float(seconds), int(peak) / 1024)


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
