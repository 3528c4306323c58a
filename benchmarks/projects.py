"""The graphs as projects of assetmake: Python functions, a hundred in a module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.graphs import MODULUS, Chain, Fan, Graph, Keys, Layered

_MODULE_SIZE = 100


def write_project(graph: Graph, folder: Path) -> None:
    """Write the project; its source files are not part of that."""
    write_text(folder / "assets.toml", f'[project]\nname = "{graph.name}"\n')
    for name, text in _WRITERS[type(graph)](graph).items():
        write_text(folder / name, text)


def write_text(path: Path, text: str) -> None:
    """Write a file, and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_layered(graph: Layered) -> dict[str, str]:
    lines = ["from assetmake import FileSource\n"]
    lines += [f'{source} = FileSource("{source}", "sources/{source}")' for source in graph.sources]
    modules = {"assets/inputs.py": "\n".join(lines) + "\n"}
    names = list(graph.upstreams)
    library = "import pandas as pd\n" if graph.frames else ""
    head = f"from pathlib import Path\n\n{library}from assetmake import asset\n"
    for first in range(0, len(names), _MODULE_SIZE):
        bodies = [_write_function(graph, name) for name in names[first : first + _MODULE_SIZE]]
        modules[f"assets/part{first // _MODULE_SIZE:03}.py"] = "\n\n".join([head, *bodies])
    return modules


def _write_function(graph: Layered, name: str) -> str:
    above = graph.upstreams[name]
    listed = "".join(f"{each}, " for each in above).strip()
    if above[0] in graph.sources:
        parameters = ", ".join(f"{each}: Path" for each in above)
        body = f"sum(int(line) for file in ({listed}) for line in file.read_text().split())"
    else:
        parameters = ", ".join(f"{each}: int" for each in above)
        body = f"int(pd.Series(({listed})).sum())" if graph.frames else f"({' + '.join(above)})"
    return f"@asset\ndef {name}({parameters}) -> int:\n    return {body} % {MODULUS}\n"


def _write_chain(chain: Chain) -> dict[str, str]:
    return {
        "assets.py": _CHAIN.format(start=chain.start.isoformat(), end=chain.end.isoformat(), hours=chain.end_of_hours)
    }


def _write_keys(keys: Keys) -> dict[str, str]:
    return {"assets.py": _KEYS.format(size=keys.size)}


def _write_fan(fan: Fan) -> dict[str, str]:
    return {"assets.py": _FAN.format(size=fan.size, modulus=MODULUS)}


_WRITERS: Mapping[type, Callable[..., dict[str, str]]] = {
    Layered: _write_layered,
    Chain: _write_chain,
    Keys: _write_keys,
    Fan: _write_fan,
}

_CHAIN = """\
from assetmake import DailyPartitionsDefinition, HourlyPartitionsDefinition, asset

hours = HourlyPartitionsDefinition(start_date="{start}-00:00", end_date="{hours}")
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

_KEYS = """\
from assetmake import StaticPartitionsDefinition, asset

keys = StaticPartitionsDefinition([f"k{{number:06}}" for number in range({size})])


@asset(partitions_def=keys)
def value(context) -> int:
    return int(context.partition_key[1:]) % 97
"""

_FAN = """\
from pathlib import Path

from assetmake import FileSource, StaticPartitionsDefinition, asset

keys = StaticPartitionsDefinition([f"{{number:05}}" for number in range({size})])
rows = FileSource("rows", "sources/keys/{{partition_key}}", partitions_def=keys)
start = FileSource("start", "sources/base")


@asset(partitions_def=keys)
def a(rows: Path) -> int:
    return sum(int(line) for line in rows.read_text().split())


@asset
def total(a: dict[str, int]) -> int:
    return sum(a.values()) % {modulus}


@asset
def base(start: Path) -> int:
    return sum(int(line) for line in start.read_text().split())


@asset(partitions_def=keys)
def b(base: int, a: int) -> int:
    return base + a
"""
