"""Executors: works come in, outcomes come out, node by node.

Adding one is a file here and a line in `EXECUTORS`; the import path keeps an optional dependency from loading.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from assetmake.execution.work import Outcome, Work

EXECUTORS = {
    "frugal": "assetmake.execution.executors.frugal:Frugal",
    "inline": "assetmake.execution.executors.inline:Inline",
    "processes": "assetmake.execution.executors.processes:Processes",
}
STOP_SECONDS = 5.0
"""What runs when a build is stopped has this long to end by itself."""


class Executor(Protocol):
    """Runs works somewhere. A node's death is its own: it comes back as a Failure, and the others go on."""

    def free_slots(self) -> int:
        """Return how many more works may be submitted now."""

    def has_idle_slot(self) -> bool:
        """Tell whether a work that is submitted now would begin at once."""

    def submit(self, work: Work) -> None:
        """Take a work; its outcomes come from `wait`."""

    def wait(self, timeout: float) -> Sequence[Outcome]:
        """Return the outcomes there are, waiting at most `timeout` seconds for the first."""

    def recall(self) -> Sequence[int]:
        """Take back what was submitted and no worker holds; return the numbers of the nodes, which will not run."""

    def stop(self, *, grace: float) -> None:
        """End everything that runs, with `grace` seconds to end by itself; nothing is left behind."""
