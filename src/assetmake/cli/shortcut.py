"""What can be answered before anything is loaded: the version, and a build that is known to have nothing to do.

Every module imported here is paid for by every command, so there are hardly any.
"""

from __future__ import annotations

import os
import sys
import time

from assetmake import __version__
from assetmake.cli.stopwatch import seconds_since_start
from assetmake.reporting.idle_line import tell_up_to_date
from assetmake.storage.standing import find_answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

COMPLETE_VARIABLE = "_ASSETMAKE_COMPLETE"
CONFIG_NAME = "assets.toml"
_WITH_PROJECT = frozenset({"build", "plan", "status", "list", "ls", "graph", "dag", "why"})
_DECIDING = ("-h", "--help", "--no-cache", "--env", "-c", "--config", "--github")
"""With these there is nothing to import, or something else than is remembered, or not yet."""

_REPORTS = ("--junit", "--summary-md")


def answer_at_once(arguments: Sequence[str]) -> int | None:
    """Return the exit status of a command that could be answered, None for one that has to be run.

    Args:
        arguments: Without the program's name.
    """
    if sys.stdout is None or sys.stderr is None:
        return None
    if list(arguments) == ["--version"]:
        return _print(f"assetmake {__version__}")
    if "build" not in arguments:
        return None
    root = find_root(arguments)
    answer = None if root is None else find_answer(root, arguments, environment=os.environ, now=time.time_ns())
    if answer is None:
        return None
    assets, partitions, is_told = answer
    return _print(tell_up_to_date(assets, partitions, seconds_since_start())) if is_told else 0


def find_root(arguments: Sequence[str]) -> str | None:
    """Return the project's folder as `find_project` would; None where that would have something to say."""
    given, _ = _read_words(arguments)
    try:
        folder = os.path.realpath(given[-1] if given else os.getcwd())
    except OSError:
        return None
    while not os.path.isfile(os.path.join(folder, CONFIG_NAME)):
        above = os.path.dirname(folder)
        if given or above == folder:
            return None
        folder = above
    return folder


def asks_for_project(arguments: Sequence[str]) -> bool:
    """Tell whether a command line will ask what its project declares, as far as can be seen without parsing it."""
    if COMPLETE_VARIABLE in os.environ or None in {sys.stdin, sys.stdout, sys.stderr}:
        return False
    _, command = _read_words(arguments)
    return command in _WITH_PROJECT and not any(word.startswith(_DECIDING) for word in arguments)


def asks_for_reports(arguments: Sequence[str]) -> bool:
    """Tell whether a command line names files for reports, as far as can be seen without parsing it."""
    return COMPLETE_VARIABLE not in os.environ and any(word.startswith(_REPORTS) for word in arguments)


def _read_words(arguments: Sequence[str]) -> tuple[list[str], str]:
    """Return what --project says, each time that it is given, and the command: the first word that is no option."""
    projects, command, words = [], "", iter(arguments)
    for word in words:
        if word == "--project":
            projects.append(next(words, ""))
        elif word.startswith("--project="):
            projects.append(word.partition("=")[2])
        elif not command and not word.startswith("-"):
            command = word
    return projects, command


def _print(line: str) -> int | None:
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        return None  # the long way has a word for it
    return 0
