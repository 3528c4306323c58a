"""The tools that are compared: how each is given a graph, and which command builds it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

from benchmarks.graphs import HOURS, MODULUS, Chain, Layered

_SUM = f"awk '{{s += $$1}} END {{print s % {MODULUS}}}'"
_DOUBLE = "awk '{print 2 * $$1}'"
_MODULE_SIZE = 100
_AN_HOUR = 3600


class Tool(Protocol):
    """One tool. Its outputs are small files, one a node, each with one number."""

    name: str

    def version(self) -> str | None:
        """Return the version that is installed; None where the tool is missing."""

    def write_layered(self, graph: Layered, folder: Path) -> None:
        """Write what the tool needs to know of the graph; the source files are there."""

    def write_chain(self, chain: Chain, folder: Path) -> None:
        """Write what the tool needs to know of the partitions."""

    def command(self, *, jobs: int) -> list[str]:
        """Return the command that brings everything up to date."""

    def outputs(self, folder: Path) -> Path:
        """Return the folder of the outputs."""

    def read_value(self, folder: Path, asset: str) -> int:
        """Return what was built of an asset without partitions."""

    def forget(self, folder: Path) -> None:
        """Remove all outputs and all memory of them."""


class Assetmake:
    """assetmake, by the command that is installed beside the running Python."""

    name = "assetmake"

    def version(self) -> str | None:
        return _ask_version([*_find_assetmake(), "--version"])

    def write_layered(self, graph: Layered, folder: Path) -> None:
        _write(folder / "assets.toml", '[project]\nname = "layered"\n')
        lines = ["from assetmake import FileSource\n"]
        lines += [f'{source} = FileSource("{source}", "sources/{source}")' for source in graph.sources]
        _write(folder / "assets" / "inputs.py", "\n".join(lines) + "\n")
        names = list(graph.upstreams)
        for first in range(0, len(names), _MODULE_SIZE):
            bodies = [_write_function(graph, name) for name in names[first : first + _MODULE_SIZE]]
            head = "from pathlib import Path\n\nfrom assetmake import asset\n"
            _write(folder / "assets" / f"part{first // _MODULE_SIZE:03}.py", "\n\n".join([head, *bodies]))

    def write_chain(self, chain: Chain, folder: Path) -> None:
        _write(folder / "assets.toml", '[project]\nname = "chain"\n')
        text = _CHAIN.format(start=chain.start.isoformat(), end=chain.end.isoformat())
        _write(folder / "assets.py", text)

    def command(self, *, jobs: int) -> list[str]:
        return [*_find_assetmake(), "build", "--jobs", str(jobs)]

    def plan_command(self, *options: str) -> list[str]:
        return [*_find_assetmake(), "plan", *options]

    def outputs(self, folder: Path) -> Path:
        return folder / "data"

    def read_value(self, folder: Path, asset: str) -> int:
        return int((folder / "data" / f"{asset}.json").read_text())

    def forget(self, folder: Path) -> None:
        shutil.rmtree(folder / "data", ignore_errors=True)
        shutil.rmtree(folder / ".assetmake", ignore_errors=True)


class _RuleTool:
    """What make and ninja have in common: outputs in `out`, one awk for each."""

    name: str
    script: str

    def outputs(self, folder: Path) -> Path:
        return folder / "out"

    def read_value(self, folder: Path, asset: str) -> int:
        return int((folder / "out" / asset).read_text())

    def forget(self, folder: Path) -> None:
        for name in (".ninja_log", ".ninja_deps"):
            (folder / name).unlink(missing_ok=True)
        for place, _, names in os.walk(folder / "out"):
            for name in names:
                os.unlink(os.path.join(place, name))

    def write_layered(self, graph: Layered, folder: Path) -> None:
        self._write_rules(folder, _list_layered(graph), ["out"])

    def write_chain(self, chain: Chain, folder: Path) -> None:
        self._write_rules(folder, _list_chain(chain), ["out/raw", "out/clean", "out/daily"])

    def _write_rules(self, folder: Path, rules: Iterable[_Rule], folders: Sequence[str]) -> None:
        for name in folders:  # the tool need not make them: none of the three is measured at that
            (folder / name).mkdir(parents=True, exist_ok=True)
        with open(folder / self.script, "w", encoding="utf-8") as stream:
            stream.writelines(self._format_rules(rules))

    def _format_rules(self, rules: Iterable[_Rule]) -> Iterator[str]:
        raise NotImplementedError


class Make(_RuleTool):
    """GNU make, without its built-in rules, which would only slow it down."""

    name = "make"
    script = "Makefile"

    def version(self) -> str | None:
        said = _ask_version(["make", "--version"])
        return said if said and said.startswith("GNU") else None

    def command(self, *, jobs: int) -> list[str]:
        return ["make", "-rRs", f"-j{jobs}"]

    def _format_rules(self, rules: Iterable[_Rule]) -> Iterator[str]:
        targets = []
        yield f"all:\n\nSUM = {_SUM}\nDOUBLE = {_DOUBLE}\n"
        for target, sources, kind in rules:
            targets.append(target)
            recipe = f"awk 'BEGIN {{print {kind}}}'" if isinstance(kind, int) else f"$({kind.upper()}) $^"
            yield f"{target}: {' '.join(sources)}\n\t@{recipe} > $@\n"
        yield f".PHONY: all\nall: {' '.join(targets)}\n"


class Ninja(_RuleTool):
    """ninja."""

    name = "ninja"
    script = "build.ninja"

    def version(self) -> str | None:
        return _ask_version(["ninja", "--version"])

    def command(self, *, jobs: int) -> list[str]:
        return ["ninja", "--quiet", f"-j{jobs}"]

    def _format_rules(self, rules: Iterable[_Rule]) -> Iterator[str]:
        yield f"rule sum\n  command = {_SUM} $in > $out\n"
        yield f"rule double\n  command = {_DOUBLE} $in > $out\n"
        yield "rule number\n  command = awk 'BEGIN {print $number}' > $out\n"
        for target, sources, kind in rules:
            if isinstance(kind, int):
                yield f"build {target}: number\n  number = {kind}\n"
            else:
                yield f"build {target}: {kind} {' '.join(sources)}\n"


_Rule = tuple[str, Sequence[str], str | int]
"""Target, what it reads, and "sum", "double" or the number that it is."""

TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in (Assetmake(), Make(), Ninja())}


def write_sources(graph: Layered, folder: Path) -> None:
    """Write the source files, an hour old, as files that stand for long are."""
    for source in graph.sources:
        path = folder / "sources" / source
        _write(path, graph.source_text(source))
        seen = path.stat()
        os.utime(path, (seen.st_atime - _AN_HOUR, seen.st_mtime - _AN_HOUR))


def append_to_source(graph: Layered, folder: Path, number: int) -> None:
    """Write a line more into the first source."""
    with open(folder / "sources" / graph.first_source, "a", encoding="ascii") as stream:
        stream.write(f"{number}\n")


def plant_make(chain: Chain, folder: Path) -> None:
    """Write the outputs that make would, each asset's a minute younger than those it reads."""
    ages = {"raw": 3 * 60, "clean": 2 * 60, "daily": 60}
    now = os.stat(folder).st_mtime
    for asset, day, hour in chain.nodes():
        target = f"{folder}/{_target(asset, day, hour)}"
        with open(target, "w", encoding="ascii") as stream:
            stream.write(f"{chain.value(asset, day, hour)}\n")
        os.utime(target, (now - ages[asset], now - ages[asset]))


def _list_layered(graph: Layered) -> Iterator[_Rule]:
    for name, above in graph.upstreams.items():
        yield (
            f"out/{name}",
            [f"sources/{each}" if each in graph.sources else f"out/{each}" for each in above],
            "sum",
        )


def _list_chain(chain: Chain) -> Iterator[_Rule]:
    for asset, day, hour in chain.nodes():
        target = _target(asset, day, hour)
        match asset:
            case "raw":
                yield target, (), chain.value(asset, day, hour)
            case "clean":
                yield target, (_target("raw", day, hour),), "double"
            case _:
                yield target, [_target("clean", day, each) for each in range(HOURS)], "sum"


def _target(asset: str, day: date, hour: int | None) -> str:
    return f"out/{asset}/{day}" if hour is None else f"out/{asset}/{day}T{hour:02}"


def _write_function(graph: Layered, name: str) -> str:
    above = graph.upstreams[name]
    if above[0] in graph.sources:
        parameters = ", ".join(f"{each}: Path" for each in above)
        files = "".join(f"{each}, " for each in above)
        body = f"sum(int(line) for file in ({files.strip()}) for line in file.read_text().split())"
    else:
        parameters = ", ".join(f"{each}: int" for each in above)
        body = f"({' + '.join(above)})"
    return f"@asset\ndef {name}({parameters}) -> int:\n    return {body} % {MODULUS}\n"


_CHAIN = """\
from assetmake import DailyPartitionsDefinition, HourlyPartitionsDefinition, asset

hours = HourlyPartitionsDefinition(start_date="{start}-00:00", end_date="{end}-00:00")
days = DailyPartitionsDefinition(start_date="{start}", end_date="{end}")


@asset(partitions_def=hours)
def raw(context) -> int:
    return int(context.partition_key[8:10]) + int(context.partition_key[11:13])


@asset(partitions_def=hours)
def clean(raw: int) -> int:
    return 2 * raw


@asset(partitions_def=days)
def daily(clean: dict[str, int]) -> int:
    return sum(clean.values())
"""


def _find_assetmake() -> list[str]:
    script = Path(sys.executable).parent / "assetmake"
    return [str(script)] if script.exists() else [sys.executable, "-m", "assetmake"]


def _ask_version(command: Sequence[str]) -> str | None:
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return said.splitlines()[0].strip() if said.strip() else "unknown"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
