"""A bug of ours: the traceback goes to a file, the user gets a line that says where."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from pathlib import Path

from assetmake import __version__, clock
from assetmake.cli.context import hide_overrides
from assetmake.discovery.config import find_project
from assetmake.errors import AssetmakeError


def write_crash_log(error: BaseException, *, project: Path | None) -> Path | None:
    """Write a traceback beside the project's state, else among temporary files; None where nothing can be written.

    Args:
        error: What was raised.
        project: What --project said.
    """
    report = "".join(
        [
            f"assetmake {__version__}, Python {platform.python_version()}, {platform.platform()}\n",
            f"{hide_overrides(sys.argv)}\n",
            *traceback.format_exception(error),
        ]
    )
    name = f"crash-{clock.now():%Y%m%dT%H%M%S}-{os.getpid()}.log"
    for folder in (_find_place(project), Path(tempfile.gettempdir())):
        if folder is None:
            continue
        try:
            folder.mkdir(exist_ok=True)
            file = folder / name
            file.write_text(report, "utf-8", "backslashreplace")
        except OSError:
            continue
        return file
    return None


def _find_place(project: Path | None) -> Path | None:
    try:
        return find_project(project=project) / ".assetmake"
    except (AssetmakeError, OSError):
        return None
