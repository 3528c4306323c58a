"""Site: where builds happen, and how it is cleaned of what builds that died have left there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph
from assetmake.storage.confirmations import Confirmations
from assetmake.storage.paths import output_stem
from assetmake.storage.runs import Runs, remove_leftovers
from assetmake.storage.state import State

_WORKSHOPS = ".workers"
_ANSWERS = "cache/kept-outputs.json"


@dataclass(frozen=True, slots=True)
class Site:
    """Where a build happens.

    Attributes:
        state: Traces and claims.
        runs: Which builds are alive.
        graph: The project.
        project: Its root.
        outputs: Where outputs go.
        logs: Where logs go, a folder for each run.
        confirmations: What IO managers of the user's said, before a plan was made, of what they keep.
    """

    state: State
    runs: Runs
    graph: AssetGraph
    project: Path
    outputs: Path
    logs: Path
    confirmations: Confirmations = field(default_factory=Confirmations)

    @property
    def answers(self) -> Path:
        """Where such answers are kept."""
        return self.logs.parent / _ANSWERS

    def find_workshop(self, run: str) -> Path:
        """Return the folder in which the workers of a run keep their files."""
        return self.logs / _WORKSHOPS / run

    def remove_workshop(self, run: str) -> None:
        shutil.rmtree(self.find_workshop(run), ignore_errors=True)

    def sweep(self, assets: Collection[str], *, alive: set[str]) -> None:
        """Remove what dead runs left: temporary files of the assets that they had claimed, and their workshops."""
        stems = [output_stem(self.outputs, AssetKey.from_user_string(name).parts, None) for name in assets]
        remove_leftovers({folder for stem in stems for folder in (stem, stem.parent)}, alive=alive)
        for run in self._list_workshops():
            if run not in alive:
                self.remove_workshop(run)

    def has_dead_workshops(self, *, alive: set[str]) -> bool:
        return not alive.issuperset(self._list_workshops())

    def _list_workshops(self) -> list[str]:
        try:
            return os.listdir(self.logs / _WORKSHOPS)
        except FileNotFoundError:
            return []
