"""The rows of the table: what is prepared, what is run and timed, and what must have come of it."""

from __future__ import annotations

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.graphs import Chain, Layered
from benchmarks.measuring import BenchmarkError, Sample, count_written, snapshot, time_command
from benchmarks.tools import Assetmake, Make, Ninja, Tool, append_to_source, plant_make, write_sources

JOBS = 2
PLANTED_FROM = 100_000
"""Partitions from which a build for real takes many minutes, and is done with --full only."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where the projects stand, one folder for each tool and graph; what is built serves several rows."""

    root: Path
    full: bool = False
    _built: set[Path] = field(default_factory=set)

    def open_layered(self, tool: Tool, graph: Layered) -> Path:
        """Return the folder of a project that is written but not built, unless an earlier row built it."""
        folder = self.root / f"layered-{graph.size}" / tool.name
        if not folder.exists():
            write_sources(graph, folder)
            tool.write_layered(graph, folder)
        return folder

    def open_chain(self, tool: Tool, chain: Chain) -> Path:
        folder = self.root / f"chain-{chain.total}" / tool.name
        if not folder.exists():
            folder.mkdir(parents=True)
            tool.write_chain(chain, folder)
        return folder

    def build_once(self, tool: Tool, folder: Path) -> None:
        if folder not in self._built:
            time_command(tool.command(jobs=JOBS), folder=folder)
            self.call_built(folder)

    def is_built(self, folder: Path) -> bool:
        return folder in self._built

    def call_built(self, folder: Path) -> None:
        self._built.add(folder)

    def call_unbuilt(self, folder: Path) -> None:
        self._built.discard(folder)


class Case(ABC):
    """A row. `prepare` may take its time; `run` is one sample of one tool."""

    name: str
    title: str
    size: int

    @abstractmethod
    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        """Make ready; returns why the tool sits this row out, or None."""

    @abstractmethod
    def run(self, tool: Tool, shop: Workshop) -> Sample:
        """Run once, and check what came of it.

        Raises:
            BenchmarkError: the tool did not do what the row says.
        """


class NothingToDo(Case):
    """All is up to date; the tool has to find that out."""

    def __init__(self, size: int) -> None:
        self.name, self.size = f"nothing-{size}", size
        self.title = f"nothing to do, {size:,} assets"
        self._graph = Layered(size)

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        folder = shop.open_layered(tool, self._graph)
        shop.build_once(tool, folder)
        _check_values(self._graph, tool, folder)
        return None

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        return _run_idle(tool, shop.open_layered(tool, self._graph))


class ColdBuild(Case):
    """Nothing is there yet."""

    def __init__(self, size: int) -> None:
        self.name, self.size = f"cold-{size}", size
        self.title = f"cold build, {size:,} assets, {JOBS} workers"
        self._graph = Layered(size)

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        shop.open_layered(tool, self._graph)
        return None

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        folder = shop.open_layered(tool, self._graph)
        shop.call_unbuilt(folder)
        write_sources(self._graph, folder)
        tool.forget(folder)
        sample = _run_counted(tool, folder, wanted=self.size)
        shop.call_built(folder)
        _check_values(self._graph, tool, folder)
        return sample


class SourceChanged(Case):
    """The first source has another sum: its consumer and all that is below it must be built."""

    def __init__(self, size: int) -> None:
        self.name, self.size = f"source-{size}", size
        self._graph = Layered(size)
        self._below = self._graph.below_first_source()
        self.title = f"one source changed, {self._below:,} of {size:,} assets below it"

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        shop.build_once(tool, shop.open_layered(tool, self._graph))
        return None

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        folder = shop.open_layered(tool, self._graph)
        append_to_source(self._graph, folder, 1)
        sample = _run_counted(tool, folder, wanted=self._below)
        _check_values(self._graph, tool, folder)
        return sample


class SameSum(Case):
    """The bytes of the first source change and its sum does not: building its consumer is enough."""

    def __init__(self, size: int) -> None:
        self.name, self.size = f"cutoff-{size}", size
        self.title = f"one source changed, its consumer's value not, {size:,} assets"
        self._graph = Layered(size)

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        shop.build_once(tool, shop.open_layered(tool, self._graph))
        return None

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        folder = shop.open_layered(tool, self._graph)
        append_to_source(self._graph, folder, 0)
        sample = _run_counted(tool, folder, wanted=1 if isinstance(tool, Assetmake) else None)
        _check_values(self._graph, tool, folder)
        return sample


class PartitionsFresh(Case):
    """All partitions of the chain are up to date."""

    def __init__(self, size: int) -> None:
        self._chain = Chain.of_partitions(size)
        self.name, self.size = f"partitions-{size}", self._chain.total
        self.title = f"nothing to do, {self.size:,} partitions of 3 assets"

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        planted = self.size >= PLANTED_FROM and not shop.full
        if planted and isinstance(tool, Ninja):
            return "its log cannot be planted; --full builds for real"
        folder = shop.open_chain(tool, self._chain)
        if planted and not shop.is_built(folder):
            _plant(tool, self._chain, folder)
            shop.call_built(folder)
        shop.build_once(tool, folder)
        if isinstance(tool, Assetmake):
            _check_fresh(tool, folder, self.size)
        return None

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        return _run_idle(tool, shop.open_chain(tool, self._chain))


class PartitionsPlanned(PartitionsFresh):
    """The same, asked as a question: `assetmake plan`, beside what the others have for it (a dry run)."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.name = f"plan-{size}"
        self.title = f"plan or dry run, {self.size:,} partitions of 3 assets, all fresh"

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        folder = shop.open_chain(tool, self._chain)
        if isinstance(tool, Assetmake):
            return time_command(tool.plan_command(), folder=folder)
        return time_command([*tool.command(jobs=JOBS), "-n"], folder=folder)


class Backfill(Case):
    """No partition of the chain is there yet."""

    def __init__(self, size: int) -> None:
        self._chain = Chain.of_partitions(size)
        self.name, self.size = f"backfill-{size}", self._chain.total
        self.title = f"cold backfill, {self.size:,} partitions, {JOBS} workers"

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        shop.open_chain(tool, self._chain)
        return None

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        folder = shop.open_chain(tool, self._chain)
        shop.call_unbuilt(folder)
        tool.forget(folder)
        sample = _run_counted(tool, folder, wanted=self.size)
        shop.call_built(folder)
        return sample


KINDS: dict[str, Callable[[int], Case]] = {
    "nothing": NothingToDo,
    "cold": ColdBuild,
    "source": SourceChanged,
    "cutoff": SameSum,
    "backfill": Backfill,
    "partitions": PartitionsFresh,
    "plan": PartitionsPlanned,
}
USUAL = (
    "cold-1000",
    "nothing-100",
    "nothing-1000",
    "nothing-10000",
    "source-1000",
    "source-10000",
    "cutoff-1000",
    "backfill-36500",
    "partitions-365",
    "partitions-36500",
    "partitions-1000000",
    "plan-1000000",
)
QUICK = ("cold-100", "nothing-100", "source-100", "cutoff-100", "backfill-365", "partitions-365", "plan-365")


def choose_cases(names: Sequence[str], *, quick: bool) -> list[Case]:
    """Return the rows: those of a kind (`nothing`), of one name (`nothing-1000`), or all.

    Raises:
        BenchmarkError: there is no such row.
    """
    usual = QUICK if quick else USUAL
    chosen: list[str] = []
    for name in names or usual:
        kind, dash, size = name.partition("-")
        if kind not in KINDS or (dash and not size.isdecimal()):
            raise BenchmarkError(f"there is no row {name!r}; name one of {', '.join(KINDS)}, or {usual[0]}")
        chosen += [name] if dash else [each for each in usual if each.startswith(f"{kind}-")]
    return [KINDS[name.partition("-")[0]](int(name.partition("-")[2])) for name in dict.fromkeys(chosen)]


def _run_idle(tool: Tool, folder: Path) -> Sample:
    before = _date(tool.outputs(folder))
    sample = time_command(tool.command(jobs=JOBS), folder=folder)
    if _date(tool.outputs(folder)) != before:
        raise BenchmarkError(f"{tool.name} wrote something in {folder}, where there was nothing to do")
    return sample


def _date(outputs: Path) -> dict[str, int]:
    """Return the mtimes of the folders, where a rename shows, instead of those of a million files."""
    folders = [outputs, *(entry for entry in outputs.iterdir() if entry.is_dir())]
    return {str(folder): folder.stat().st_mtime_ns for folder in folders}


def _run_counted(tool: Tool, folder: Path, *, wanted: int | None) -> Sample:
    before = snapshot(tool.outputs(folder))
    sample = time_command(tool.command(jobs=JOBS), folder=folder)
    ran = count_written(before, snapshot(tool.outputs(folder)))
    if wanted is not None and ran != wanted:
        raise BenchmarkError(f"{tool.name} wrote {ran} outputs in {folder}, not {wanted}")
    return replace(sample, ran=ran)


def _check_values(graph: Layered, tool: Tool, folder: Path) -> None:
    expected = graph.values(extra=_read_extra(graph, folder))
    for asset in list(expected)[-graph.width :]:
        found = tool.read_value(folder, asset)
        if found != expected[asset]:
            raise BenchmarkError(f"{tool.name} made {asset} = {found}, not {expected[asset]}, in {folder}")


def _read_extra(graph: Layered, folder: Path) -> int:
    """Return by how much the first source differs from how it was written first."""
    text = (folder / "sources" / graph.first_source).read_text(encoding="utf-8")
    return sum(map(int, text.split())) - sum(map(int, graph.source_text(graph.first_source).split()))


def _plant(tool: Tool, chain: Chain, folder: Path) -> None:
    if isinstance(tool, Make):
        plant_make(chain, folder)
        return
    command = [sys.executable, "-m", "benchmarks.plant", str(folder), str(chain.days)]
    time_command(command, folder=Path(__file__).resolve().parent.parent)


def _check_fresh(tool: Assetmake, folder: Path, wanted: int) -> None:
    command = tool.plan_command("--json")
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if said.returncode:
        raise BenchmarkError(f"{' '.join(command)} in {folder} ended with {said.returncode}:\n{said.stderr}")
    counts = json.loads(said.stdout)["counts"]
    if counts["stale"] or counts["waiting"] or counts["fresh"] != wanted:
        raise BenchmarkError(f"{folder} should hold {wanted} fresh partitions, and plan says {counts}")
