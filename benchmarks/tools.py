"""The tools that are compared: how each is given a graph, and which command builds it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from assetmake.storage.standing import ANSWERS_FOLDER
from benchmarks.graphs import MODULUS, Fan, Graph, Layered, Project, Rule, evaluate, source_text
from benchmarks.projects import write_project, write_text

_SUM = f"awk '{{s += $$1}} END {{print s % {MODULUS}}}'"
_DOUBLE = "awk '{print 2 * $$1}'"
_AN_HOUR = 3600


class Tool(ABC):
    """One tool. Its outputs are small files, one a node, each with one number."""

    name: str
    by_content = False
    """Whether it stops where an output comes out with the same bytes as before."""

    @abstractmethod
    def version(self) -> str | None:
        """Return the version that is installed; None where the tool is missing."""

    @abstractmethod
    def write(self, graph: Graph, folder: Path) -> None:
        """Write what the tool needs to know of the graph; the source files are there."""

    @abstractmethod
    def command(self, *, jobs: int) -> list[str]:
        """Return the command that brings everything up to date."""

    @abstractmethod
    def forget(self, folder: Path) -> None:
        """Remove all outputs and all memory of them."""

    def refuse(self, kind: str, project: Project) -> str | None:  # noqa: ARG002 - most tools bear all of them
        """Return why the tool sits out a kind of rows at this size, or None."""
        return None

    def question(self, *, jobs: int) -> list[str] | None:  # noqa: ARG002 - some tools have none
        """Return the command that tells what would be done; None where the tool has none."""
        return None

    def outputs(self, folder: Path) -> Path:
        """Return the folder of the outputs."""
        return folder / "out"

    def read_value(self, folder: Path, target: str) -> int:
        """Return what was built of a target of the graph."""
        return int((folder / target).read_text())


class Assetmake(Tool):
    """assetmake, by the command that is installed beside the running Python."""

    name = "assetmake"
    by_content = True

    def version(self) -> str | None:
        return ask_version([*_find_assetmake(), "--version"])

    def write(self, graph: Graph, folder: Path) -> None:
        write_project(graph, folder)

    def command(self, *, jobs: int) -> list[str]:
        return [*_find_assetmake(), "build", "--jobs", str(jobs)]

    def refuse(self, kind: str, project: Project) -> str | None:  # noqa: ARG002
        frames = isinstance(project, Layered) and project.frames
        return "pandas is not installed" if frames and find_spec("pandas") is None else None

    def question(self, *, jobs: int) -> list[str]:  # noqa: ARG002 - a plan runs nothing
        return self.plan_command()

    def plan_command(self, *options: str) -> list[str]:
        return [*_find_assetmake(), "plan", *options]

    def outputs(self, folder: Path) -> Path:
        return folder / "data"

    def read_value(self, folder: Path, target: str) -> int:
        return int((folder / f"data/{target.removeprefix('out/')}.json").read_text())

    def forget(self, folder: Path) -> None:
        shutil.rmtree(folder / "data", ignore_errors=True)
        shutil.rmtree(folder / ".assetmake", ignore_errors=True)

    def is_answered(self, folder: Path) -> bool:
        """Tell whether a build that had nothing to do has left its answer for the next one."""
        answers = folder / ANSWERS_FOLDER
        return answers.is_dir() and any(answers.iterdir())

    def forget_answers(self, folder: Path) -> None:
        """Have the next build make a plan, as the first one after a change does."""
        shutil.rmtree(folder / ANSWERS_FOLDER, ignore_errors=True)


class RuleTool(Tool):
    """A tool that is given rules: outputs in `out`, one small action for each."""

    script: str
    memory: Sequence[str] = ()
    """Files and folders in which the tool remembers what it did."""

    @abstractmethod
    def format_rules(self, rules: Iterable[Rule]) -> Iterator[str]:
        """Return the text of the script, in pieces."""

    def write(self, graph: Graph, folder: Path) -> None:
        # The tool need not make the folders: none of those that are compared is measured at that.
        for place in {os.path.dirname(target) for target, *_ in graph.rules()}:
            (folder / place).mkdir(parents=True, exist_ok=True)
        with open(folder / self.script, "w", encoding="utf-8") as stream:
            stream.writelines(self.format_rules(graph.rules()))

    def forget(self, folder: Path) -> None:
        for name in self.memory:
            for path in folder.glob(name):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for place, _, names in os.walk(folder / "out"):
            for name in names:
                os.unlink(os.path.join(place, name))


class Make(RuleTool):
    """GNU make, without its built-in rules, which would only slow it down."""

    name = "make"
    script = "Makefile"

    def version(self) -> str | None:
        said = ask_version(["make", "--version"])
        return said if said and said.startswith("GNU") else None

    def command(self, *, jobs: int) -> list[str]:
        return ["make", "-rRs", f"-j{jobs}"]

    def question(self, *, jobs: int) -> list[str]:
        return [*self.command(jobs=jobs), "-n"]

    def refuse(self, kind: str, project: Project) -> str | None:  # noqa: ARG002
        return _refuse_long_command(project)

    def format_rules(self, rules: Iterable[Rule]) -> Iterator[str]:
        targets = []
        yield f"all:\n\nSUM = {_SUM}\nDOUBLE = {_DOUBLE}\n"
        for target, sources, kind in rules:
            targets.append(target)
            recipe = f"awk 'BEGIN {{print {kind}}}'" if isinstance(kind, int) else f"$({kind.upper()}) $^"
            yield f"{target}: {' '.join(sources)}\n\t@{recipe} > $@\n"
        yield f".PHONY: all\nall: {' '.join(targets)}\n"


class Ninja(RuleTool):
    """ninja."""

    name = "ninja"
    script = "build.ninja"
    memory = (".ninja_log", ".ninja_deps")

    def version(self) -> str | None:
        return ask_version(["ninja", "--version"])

    def command(self, *, jobs: int) -> list[str]:
        return ["ninja", "--quiet", f"-j{jobs}"]

    def question(self, *, jobs: int) -> list[str]:
        return [*self.command(jobs=jobs), "-n"]

    def refuse(self, kind: str, project: Project) -> str | None:  # noqa: ARG002
        return _refuse_long_command(project)

    def format_rules(self, rules: Iterable[Rule]) -> Iterator[str]:
        yield f"rule sum\n  command = {_SUM} $in > $out\n"
        yield f"rule double\n  command = {_DOUBLE} $in > $out\n"
        yield "rule number\n  command = awk 'BEGIN {print $number}' > $out\n"
        for target, sources, kind in rules:
            if isinstance(kind, int):
                yield f"build {target}: number\n  number = {kind}\n"
            else:
                yield f"build {target}: {kind} {' '.join(sources)}\n"


def write_sources(graph: Graph, folder: Path) -> None:
    """Write the source files, an hour old, as files that stand for long are."""
    for source in graph.sources:
        path = folder / "sources" / source
        write_text(path, source_text(graph, source))
        seen = path.stat()
        os.utime(path, (seen.st_atime - _AN_HOUR, seen.st_mtime - _AN_HOUR))


def append_to_source(graph: Graph, folder: Path, number: int) -> None:
    """Write a line more into the first source."""
    with open(folder / "sources" / next(iter(graph.sources)), "a", encoding="ascii") as stream:
        stream.write(f"{number}\n")


def compute_values(graph: Graph, folder: Path) -> dict[str, int]:
    """Return what every target must be, by the sources that are in the folder."""
    return evaluate(graph, lambda path: sum(map(int, (folder / path).read_text(encoding="ascii").split())))


def plant_files(graph: Graph, folder: Path) -> None:
    """Write the outputs that make would, each a minute younger than those it reads."""
    now = os.stat(folder).st_mtime
    depths: dict[str, int] = {}
    values = compute_values(graph, folder)
    for target, reads, _ in graph.rules():
        depths[target] = 1 + max((depths[each] for each in reads if each in depths), default=0)
        with open(folder / target, "w", encoding="ascii") as stream:
            stream.write(f"{values[target]}\n")
        stood = now - _AN_HOUR + 60 * depths[target]
        os.utime(folder / target, (stood, stood))


def ask_version(command: Sequence[str]) -> str | None:
    """Return the first line that a command says; None where it is not there."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return said.splitlines()[0].strip() if said.strip() else "unknown"


def ask_installed(peers: Path, package: str) -> str | None:
    """Return the version of a package in an environment of peers; None where it is missing."""
    script = f"from importlib.metadata import version; print(version({package!r}))"
    return ask_version([str(peers / "bin" / "python"), "-I", "-c", script])


def explain_limit(limits: Mapping[str, int], kind: str, project: Project) -> str | None:
    """Return why a slow tool sits a row out: the most nodes that it is given, by kind of rows; "" stands for others."""
    limit = limits[kind if kind in limits else ""]
    return f"it is given at most {limit:,} nodes in such a row" if project.total > limit else None


def _refuse_long_command(project: Project) -> str | None:
    widest = 10_000
    if isinstance(project, Fan) and project.size > widest:
        return f"a shell does not take the names of more than {widest:,} files"
    return None


def _find_assetmake() -> list[str]:
    script = Path(sys.executable).parent / "assetmake"
    return [str(script)] if script.exists() else [sys.executable, "-m", "assetmake"]
