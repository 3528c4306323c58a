"""The lifeline: a pipe that a worker holds one end of, so that it dies with its coordinator, however that dies."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress

from assetmake.execution.offspring import end_descendants


def die_with_coordinator(lifeline: int) -> None:
    """Kill this process's whole group when the other end of the pipe closes."""

    def watch() -> None:
        with suppress(OSError):
            os.read(lifeline, 1)
        end_descendants(os.getpid())
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
