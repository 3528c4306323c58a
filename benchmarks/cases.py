"""What is prepared for a row, what is run and timed, and what must have come of it."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.graphs import Chain, Graph, Project, count_below
from benchmarks.measuring import Sample, time_command
from benchmarks.scattered import Scattered
from benchmarks.tools import Assetmake, Tool, append_to_source
from benchmarks.trials import JOBS, Workshop, check_plan, check_values, run_counted, run_idle, run_planter

Yardstick = Callable[[Workshop], Sample]
"""Something that is measured beside the tools, in turn with them, for a ratio in one run."""

_OURS = Assetmake()
_BUILT_TO = 100_000
"""The nodes up to which a tool that nothing can be planted for builds them for real."""
_ALONE = "the row is about assetmake alone"


class Case(ABC):
    """A row. `prepare` may take its time; `run` is one sample of one tool."""

    def __init__(self, name: str, title: str, project: Project) -> None:
        self.name, self.title, self.project = name, title, project

    @property
    def size(self) -> int:
        return self.project.total

    def refuse(self, tool: Tool) -> str | None:
        """Return why a tool that is there sits the row out before anything is prepared, or None."""
        return tool.refuse(self.name.partition("-")[0], self.project)

    @abstractmethod
    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        """Make ready; returns why the tool sits this row out, or None."""

    @abstractmethod
    def run(self, tool: Tool, shop: Workshop) -> Sample:
        """Run once, and check what came of it.

        Raises:
            BenchmarkError: the tool did not do what the row says.
        """

    def yardsticks(self) -> Mapping[str, Yardstick]:
        """Return what else is measured, by a name for it."""
        return {}


class GraphCase(Case):
    """A row about a graph that every tool can be given."""

    def __init__(self, name: str, title: str, graph: Graph) -> None:
        super().__init__(name, title, graph)
        self.graph = graph


class NothingToDo(GraphCase):
    """All is up to date; the tool has to find that out, again: beside it the first build after a change."""

    planted_from: int | None = None
    """The nodes from which building for real takes many minutes, and is done with --full only; None: always built."""

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        if self.planted_from is not None and self.size >= self.planted_from and not shop.full:
            planted = shop.plant_once(tool, self.graph)
            if not planted and self.size > _BUILT_TO:
                return "what it remembers cannot be planted; --full builds for real"
        shop.build_once(tool, self.graph)
        if isinstance(tool, Assetmake):
            folder = shop.open(tool, self.graph)
            check_plan(tool, folder, {"fresh": self.size, "stale": 0, "waiting": 0})
            shop.warm_up(tool, folder)
        return None

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        return run_idle(tool, shop.open(tool, self.graph))

    def yardsticks(self) -> Mapping[str, Yardstick]:
        return {"planned": self._run_planned}

    def _run_planned(self, shop: Workshop) -> Sample:
        folder = shop.open(_OURS, self.graph)
        _OURS.forget_answers(folder)
        return run_idle(_OURS, folder)


class NothingToDoWithFrames(NothingToDo):
    """The same, of assetmake alone, in a project whose modules import pandas."""

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        return super().prepare(tool, shop) if isinstance(tool, Assetmake) else _ALONE

    def yardsticks(self) -> Mapping[str, Yardstick]:
        def run_import(shop: Workshop) -> Sample:
            return time_command([sys.executable, "-c", "import duckdb"], folder=shop.root)

        return {**super().yardsticks(), "import duckdb": run_import}


class PartitionsFresh(NothingToDo):
    """Partitions, all up to date; beside it the same with one partition of each asset."""

    planted_from = 100_000

    def yardsticks(self) -> Mapping[str, Yardstick]:
        single = Chain.of_partitions(1)
        if not isinstance(self.graph, Chain) or self.graph == single:
            return super().yardsticks()

        def run_single(shop: Workshop) -> Sample:
            folder = shop.open(_OURS, single)
            shop.build_once(_OURS, single)
            shop.warm_up(_OURS, folder)
            return run_idle(_OURS, folder)

        return {**super().yardsticks(), "one partition": run_single}


class PartitionsPlanned(PartitionsFresh):
    """The same, asked as a question: `assetmake plan`, beside what the others have for it (a dry run)."""

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        return super().prepare(tool, shop) if tool.question(jobs=JOBS) else "it has no dry run"

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        question = tool.question(jobs=JOBS)
        assert question is not None, "prepare refuses tools without one"
        return time_command(question, folder=shop.open(tool, self.graph))

    def yardsticks(self) -> Mapping[str, Yardstick]:
        return {}


class ColdBuild(GraphCase):
    """Nothing is there yet."""

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        shop.open(tool, self.graph)
        return None

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        folder = shop.start_over(tool, self.graph)
        sample = run_counted(tool, folder, wanted=self.size)
        shop.call_built(folder)
        check_values(tool, self.graph, folder)
        return sample


class SourceChanged(GraphCase):
    """The first source has another sum: its consumer and all that is below it must be built."""

    def __init__(self, name: str, title: str, graph: Graph) -> None:
        self._below = count_below(graph.rules(), next(iter(graph.sources)))
        super().__init__(name, title.format(below=self._below), graph)

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        shop.build_once(tool, self.graph)
        return None

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        folder = shop.open(tool, self.graph)
        append_to_source(self.graph, folder, 1)
        sample = run_counted(tool, folder, wanted=self._below)
        check_values(tool, self.graph, folder)
        return sample

    def yardsticks(self) -> Mapping[str, Yardstick]:
        return {"nothing to do": lambda shop: run_idle(_OURS, shop.open(_OURS, self.graph))}


class SameSum(GraphCase):
    """The bytes of the first source change and its sum does not: building its consumer is enough."""

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        shop.build_once(tool, self.graph)
        return None

    def run(self, tool: Tool, shop: Workshop) -> Sample:
        folder = shop.open(tool, self.graph)
        append_to_source(self.graph, folder, 0)
        sample = run_counted(tool, folder, wanted=1 if tool.by_content else None)
        check_values(tool, self.graph, folder)
        return sample


class ScatteredPlanned(Case):
    """`assetmake plan` where 1 % of the nodes are stale in random places."""

    def __init__(self, name: str, title: str, scattered: Scattered) -> None:
        super().__init__(name, title, scattered)
        self._scattered = scattered

    def prepare(self, tool: Tool, shop: Workshop) -> str | None:
        if not isinstance(tool, Assetmake):
            return _ALONE
        folder = self._folder(shop)
        if not folder.exists():
            self._scattered.write(folder)
            run_planter("benchmarks.scattered", folder, self._scattered.total)
        check_plan(tool, folder, self._scattered.count())
        return None

    def run(self, tool: Tool, shop: Workshop) -> Sample:  # noqa: ARG002 - prepare refuses all others
        return time_command(_OURS.plan_command(), folder=self._folder(shop))

    def _folder(self, shop: Workshop) -> Path:
        return shop.root / self._scattered.name
