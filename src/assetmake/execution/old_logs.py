"""Old logs: what nodes printed in runs long ago, and that nothing in the state leads to any more."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from assetmake.storage.attempts import KEPT_FOR
from assetmake.storage.run_records import list_told_runs
from assetmake.storage.state import Database

_RUN = re.compile(r"(?P<time>\d{8}T\d{6})-[0-9a-f]{6}")


def find_old_logs(db: Database, logs: Path, *, now: datetime) -> list[Path]:
    """Return the folders of logs of runs that are long ago and in which nothing was built last, or failed last.

    Args:
        db: Inside a block of the state.
        logs: Where logs are, a folder for each run.
        now: The time.
    """
    try:
        names = sorted(os.listdir(logs))
    except FileNotFoundError:
        return []
    old = [name for name in names if _is_old(name, now)]
    if not old:
        return []
    told = list_told_runs(db)
    return [logs / name for name in old if name not in told]


def remove_old_logs(folders: Iterable[Path]) -> None:
    """Remove folders of logs; what cannot be removed stays until it is tried again."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _is_old(name: str, now: datetime) -> bool:
    found = _RUN.fullmatch(name)
    return found is not None and now - datetime.strptime(found["time"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) > KEPT_FOR
