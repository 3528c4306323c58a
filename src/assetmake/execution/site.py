"""Site: where builds happen, and how it is cleaned of what builds that died have left there."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph
from assetmake.storage.paths import output_stem
from assetmake.storage.runs import Runs, remove_leftovers
from assetmake.storage.state import State

_WORKSHOP = ".workers"


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
    """

    state: State
    runs: Runs
    graph: AssetGraph
    project: Path
    outputs: Path
    logs: Path

    def find_workshop(self, run: str) -> Path:
        """Return the folder in which the workers of a run keep their files."""
        return self.logs / run / _WORKSHOP

    def remove_workshop(self, run: str) -> None:
        """Remove a run's workshop, and its folder of logs where it holds nothing else."""
        shutil.rmtree(self.find_workshop(run), ignore_errors=True)
        with suppress(OSError):
            (self.logs / run).rmdir()

    def sweep(self, assets: Collection[str], *, alive: set[str]) -> None:
        """Remove the temporary files that dead runs left, of the assets that they had claimed."""
        if not assets:
            return
        stems = [output_stem(self.outputs, AssetKey.from_user_string(name).path, None) for name in assets]
        remove_leftovers({folder for stem in stems for folder in (stem, stem.parent)}, alive=alive)
        for workshop in self.logs.glob(f"*/{_WORKSHOP}"):
            if workshop.parent.name not in alive:
                self.remove_workshop(workshop.parent.name)
