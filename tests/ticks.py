"""The clock of a file system, which stands still for some milliseconds at a time."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def wait_for_tick(folder: Path) -> None:
    """Return when that clock has moved on: what changes from now on has another time than what is there."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-") as file:  # others may wait there, too
        probe = Path(file.name)
        before = probe.stat().st_mtime_ns
        while probe.stat().st_mtime_ns == before:
            os.utime(probe)
