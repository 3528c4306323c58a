"""The command line: arguments become one call of the project, and what comes back an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from gc import set_threshold

from assetmake.cli.shortcut import COMPLETE_VARIABLE, answer_at_once, asks_for_project, asks_for_reports

TYPE_CHECKING = False  # `typing` takes longer to load than the shortcut
if TYPE_CHECKING:
    from collections.abc import Sequence

_AHEAD, _ENTRY, _STOPPING = "assetmake.cli.ahead", "assetmake.cli.entry", "assetmake.cli.stopping"
_COMPLETING = "assetmake.cli.completing"
_EARLY_REPORTS = "assetmake.reporting.early_reports"
_NEW_OBJECTS = 100_000
"""After so many Python looks for garbage in circles. What a command makes stays until its end, so with the usual 700 a
quarter of its time goes into looking at the same objects again."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status; a signal is died of."""
    given = [*(sys.argv[1:] if arguments is None else arguments)]  # `list` may be the module of that command
    status = answer_at_once(given)
    if status is not None:
        return status
    if asks_for_reports(given):
        importlib.import_module(_EARLY_REPORTS).replace_reports(given)
    set_threshold(_NEW_OBJECTS)
    try:
        return _run_ahead(given) if asks_for_project(given) else _run(given)
    except KeyboardInterrupt:  # before there is a command that could tell of it
        number = importlib.import_module("signal").SIGINT  # takes as long to load as all that answers at once
        importlib.import_module(_STOPPING).die_of(number)
        return 128 + int(number)


def _run_ahead(arguments: Sequence[str]) -> int:
    ahead = importlib.import_module(_AHEAD)
    try:
        ahead.begin(arguments)
        return _run(arguments)
    finally:
        ahead.forget()


def _run(arguments: Sequence[str]) -> int:
    chosen = _COMPLETING if os.environ.get(COMPLETE_VARIABLE) else _ENTRY
    ran: int = importlib.import_module(chosen).main(arguments)
    return ran
