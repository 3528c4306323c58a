"""doit, pytask and snakemake, each given the same rules as make.

doit and pytask call a Python function for each rule, in one process; snakemake runs one awk, as make does. Their
scripts read the rules from a text file, so that none of them has to compile thousands of lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks.graphs import Graph, Project, Rule
from benchmarks.peer_scripts import DODO, RULES_FILE, SNAKEFILE, TASKS
from benchmarks.projects import write_text
from benchmarks.tools import RuleTool, ask_installed, explain_limit


class PeerTool(RuleTool):
    """A peer that is installed in an environment of its own."""

    program: str
    text: str
    limits: Mapping[str, int]

    def __init__(self, peers: Path) -> None:
        self._peers = peers
        self._program = str(peers / "bin" / self.program)

    def version(self) -> str | None:
        return ask_installed(self._peers, self.program)

    def refuse(self, kind: str, project: Project) -> str | None:
        return explain_limit(self.limits, kind, project)

    def write(self, graph: Graph, folder: Path) -> None:
        super().write(graph, folder)
        with open(folder / RULES_FILE, "w", encoding="utf-8") as stream:
            stream.writelines(f"{target}\t{kind}\t{' '.join(reads)}\n" for target, reads, kind in graph.rules())
        write_text(folder / self.script, self.text)

    def format_rules(self, rules: Iterable[Rule]) -> Iterator[str]:  # noqa: ARG002 - they stand in a file beside
        return iter(())


class Doit(PeerTool):
    """doit: one process, Python functions, its state in SQLite (at least as fast here as its other back ends)."""

    name = program = "doit"
    script = "dodo.py"
    memory = (".doit.db*",)
    by_content = True
    limits: Mapping[str, int] = {"": 100_000}
    text = DODO

    def command(self, *, jobs: int) -> list[str]:  # noqa: ARG002 - two processes are slower than one
        return [self._program]

    def question(self, *, jobs: int) -> list[str]:  # noqa: ARG002
        return [self._program, "list", "--all", "--status"]


class Pytask(PeerTool):
    """pytask: one process, Python functions."""

    name = program = "pytask"
    script = "task_graph.py"
    memory = (".pytask",)
    by_content = True
    limits: Mapping[str, int] = {"": 1_000}
    text = TASKS

    def command(self, *, jobs: int) -> list[str]:  # noqa: ARG002 - two processes are slower than one
        return [self._program, "build", "--verbose", "0", self.script]

    def question(self, *, jobs: int) -> list[str]:
        return [*self.command(jobs=jobs), "--dry-run"]


class Snakemake(PeerTool):
    """snakemake: one rule for all, one awk each."""

    name = program = "snakemake"
    script = "Snakefile"
    memory = (".snakemake",)
    limits: Mapping[str, int] = {"": 1_000}
    text = SNAKEFILE

    def command(self, *, jobs: int) -> list[str]:
        return [self._program, "--cores", str(jobs), "--quiet", "all"]

    def question(self, *, jobs: int) -> list[str]:
        return [*self.command(jobs=jobs), "--dry-run"]
