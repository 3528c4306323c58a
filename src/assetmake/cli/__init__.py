"""The command line: arguments become one call of the project, and what comes back an exit code."""

from __future__ import annotations

import importlib
import sys

from assetmake.cli.shortcut import answer_at_once

TYPE_CHECKING = False  # `typing` takes longer to load than the shortcut
if TYPE_CHECKING:
    from collections.abc import Sequence

_ENTRY = "assetmake.cli.entry"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status; a signal is died of."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    status = answer_at_once(given)
    if status is not None:
        return status
    ran: int = importlib.import_module(_ENTRY).main(given)
    return ran
