"""Where the projects stand, what is planted in them, and what is held against each tool after a run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.graphs import Graph
from benchmarks.measuring import BenchmarkError, Sample, count_written, snapshot, time_command
from benchmarks.tools import Assetmake, Make, Tool, compute_values, plant_files, write_sources

JOBS = 2
SETTLE = 2.5
"""Seconds from which on stat vouches for what has changed, and a little."""
_WARM_UPS = 4
_CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Workshop:
    """One folder for each tool and graph; what is built serves several rows.

    Attributes:
        full: Build for real what is planted otherwise.
        settle: Seconds to wait for the answer of a build that has nothing to do to be kept; 0: don't warm up.
    """

    root: Path
    full: bool = False
    settle: float = SETTLE
    _built: set[Path] = field(default_factory=set)

    def open(self, tool: Tool, graph: Graph) -> Path:
        """Return the folder of a project that is written but not built, unless an earlier row built it."""
        folder = self.root / graph.name / tool.name
        if not folder.exists():
            folder.mkdir(parents=True)
            write_sources(graph, folder)
            tool.write(graph, folder)
        return folder

    def build_once(self, tool: Tool, graph: Graph) -> None:
        folder = self.open(tool, graph)
        if folder not in self._built:
            time_command(tool.command(jobs=JOBS), folder=folder)
            self._built.add(folder)
            check_values(tool, graph, folder)

    def warm_up(self, tool: Assetmake, folder: Path) -> None:
        """Build until a build that has nothing to do is answered from memory, as all that follow are."""
        if not self.settle:
            return
        for _ in range(_WARM_UPS):
            if tool.is_answered(folder):
                return
            time.sleep(self.settle)
            time_command(tool.command(jobs=JOBS), folder=folder)
        if not tool.is_answered(folder):
            print(f"{folder}: nothing is answered from memory; every build plans", file=sys.stderr)

    def plant_once(self, tool: Tool, graph: Graph) -> bool:
        """Make all look built; returns False where that cannot be done for a tool."""
        folder = self.open(tool, graph)
        if folder in self._built:
            return True
        if isinstance(tool, Make):
            plant_files(graph, folder)
        elif isinstance(tool, Assetmake):
            run_planter("benchmarks.plant", folder, graph.name)
        else:
            return False
        self._built.add(folder)
        return True

    def start_over(self, tool: Tool, graph: Graph) -> Path:
        """Return the folder, with no output and no memory of one, and with the sources as they were first."""
        folder = self.open(tool, graph)
        self._built.discard(folder)
        write_sources(graph, folder)
        tool.forget(folder)
        return folder

    def call_built(self, folder: Path) -> None:
        self._built.add(folder)


def run_idle(tool: Tool, folder: Path) -> Sample:
    """Run the build command where there is nothing to do."""
    before = _date(tool.outputs(folder))
    sample = time_command(tool.command(jobs=JOBS), folder=folder)
    if _date(tool.outputs(folder)) != before:
        raise BenchmarkError(f"{tool.name} wrote something in {folder}, where there was nothing to do")
    return sample


def run_counted(tool: Tool, folder: Path, *, wanted: int | None) -> Sample:
    """Run the build command and count the outputs that it writes; None: however many."""
    before = snapshot(tool.outputs(folder))
    sample = time_command(tool.command(jobs=JOBS), folder=folder)
    ran = count_written(before, snapshot(tool.outputs(folder)))
    if wanted is not None and ran != wanted:
        raise BenchmarkError(f"{tool.name} wrote {ran} outputs in {folder}, not {wanted}")
    return replace(sample, ran=ran)


def check_values(tool: Tool, graph: Graph, folder: Path) -> None:
    """Compute the last targets' values by other means, and compare."""
    expected = compute_values(graph, folder)
    for target in graph.checked():
        found = tool.read_value(folder, target)
        if found != expected[target]:
            raise BenchmarkError(f"{tool.name} made {target} = {found}, not {expected[target]}, in {folder}")


def check_plan(tool: Assetmake, folder: Path, wanted: Mapping[str, int]) -> None:
    """Hold what was planted against what assetmake itself says of it."""
    command = tool.plan_command("--json")
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if said.returncode:
        raise BenchmarkError(f"{' '.join(command)} in {folder} ended with {said.returncode}:\n{said.stderr}")
    counts = json.loads(said.stdout)["counts"]
    if counts != wanted:
        raise BenchmarkError(f"{folder} should be {wanted}, and plan says {counts}")


def run_planter(module: str, *arguments: object) -> None:
    """Plant in a process of its own, whose memory is nobody else's."""
    time_command([sys.executable, "-m", module, *map(str, arguments)], folder=_CHECKOUT)


def _date(outputs: Path) -> dict[str, int]:
    """Return the mtimes of the folders, where a rename shows, instead of those of a million files."""
    folders = [outputs, *(entry for entry in outputs.iterdir() if entry.is_dir())]
    return {str(folder): folder.stat().st_mtime_ns for folder in folders}
