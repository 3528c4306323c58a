"""Inline: runs nodes in the caller's process, one at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from assetmake.discovery.importer import import_resources
from assetmake.execution.bench import Benches, FindAsset, FindResources
from assetmake.execution.capture import Capture, PassThrough
from assetmake.execution.work import Outcome, Work
from assetmake.execution.worker import run_work
from assetmake.storage.state import State


class Inline:
    """Runs in this process; for `materialize`, for tests, and under a debugger.

    Args:
        find_asset: Finds the definition of a work's asset.
        find_resources: Finds the resources that the definitions of a module give.
        capture: What happens to printed output.
        root: The project's folder; default: the current one.
        state: The state, for dynamic keys.
    """

    def __init__(
        self,
        find_asset: FindAsset,
        *,
        find_resources: FindResources = import_resources,
        capture: Capture | None = None,
        root: Path | None = None,
        state: State | None = None,
    ) -> None:
        self._root = root
        self._state = state
        self._find = find_asset
        self._find_resources = find_resources
        self._capture = capture or PassThrough()
        self._works: deque[Work] = deque()

    def free_slots(self) -> int:
        return 0 if self._works else 1

    def has_idle_slot(self) -> bool:
        return not self._works

    def submit(self, work: Work) -> None:
        self._works.append(work)

    def wait(self, timeout: float) -> Sequence[Outcome]:  # noqa: ARG002 - nothing is waited for
        if not self._works:
            return []
        benches = Benches(self._find, find_resources=self._find_resources, root=self._root, state=self._state)
        calls = run_work(self._works.popleft(), benches, self._capture)
        return [outcome for outcomes in calls for outcome in outcomes]

    def recall(self) -> Sequence[int]:
        works, self._works = self._works, deque()
        return [node.number for work in works for node in work.nodes]

    def stop(self, *, grace: float) -> None:  # noqa: ARG002 - nothing runs between two calls
        self._works.clear()
