"""Dagster, in two ways: `materialize` in a script, and the command `dagster asset materialize`.

It is given functions like those that assetmake is given. Its commands run whatever is selected; the script asks its
staleness resolver first, or the instance for the partitions that are there, and materializes the rest.
"""

from __future__ import annotations

import pickle
import shutil
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path

from benchmarks.graphs import HOURS, MODULUS, Chain, Graph, Layered, Project
from benchmarks.projects import write_text
from benchmarks.tools import Tool, ask_installed, explain_limit

_UNAWARE = "it does not tell what a change of a file reaches"


class DagsterTool(Tool):
    """What both ways have in common. The outputs are pickles, by Dagster's own I/O manager."""

    limits: Mapping[str, int]

    def __init__(self, peers: Path) -> None:
        self._peers = peers
        self._bin = peers / "bin"

    def version(self) -> str | None:
        return ask_installed(self._peers, "dagster")

    def refuse(self, kind: str, project: Project) -> str | None:
        if kind not in self.limits:
            return _UNAWARE if kind in {"source", "cutoff"} else "it was not given this row"
        if isinstance(project, Chain) and project.hours < HOURS:
            return "it wants all hours of a day to be there"
        return explain_limit(self.limits, kind, project)

    def write(self, graph: Graph, folder: Path) -> None:
        assert isinstance(graph, Layered | Chain), f"{graph.name} is refused"
        write_text(folder / ".dagster" / "dagster.yaml", "telemetry:\n  enabled: false\n")
        write_text(
            folder / "definitions.py", _write_layered(graph) if isinstance(graph, Layered) else _write_chain(graph)
        )
        write_text(folder / "build.py", _BUILD_ASSETS if isinstance(graph, Layered) else _BUILD_CHAIN)
        (folder / "out").mkdir(parents=True, exist_ok=True)

    def command(self, *, jobs: int) -> list[str]:  # noqa: ARG002
        return ["sh", "-c", f'DAGSTER_HOME="$PWD/.dagster" exec {self._line()}']

    def read_value(self, folder: Path, target: str) -> int:
        value = pickle.loads((folder / target).read_bytes())
        assert isinstance(value, int)
        return value

    def forget(self, folder: Path) -> None:
        for path in (folder / ".dagster").iterdir():
            if path.is_dir():
                shutil.rmtree(path)
        shutil.rmtree(folder / "out")
        (folder / "out").mkdir()

    @abstractmethod
    def _line(self) -> str:
        """Return the command line."""


class DagsterScript(DagsterTool):
    """Dagster in one process; each partition is a run."""

    name = "dagster"
    limits: Mapping[str, int] = {"cold": 1_000, "nothing": 1_000, "backfill": 400, "partitions": 400}

    def _line(self) -> str:
        return f"{self._bin / 'python'} build.py"


class DagsterCommand(DagsterTool):
    """Dagster's command line, with its default executor: a process for each step."""

    name = "dagster-cli"
    limits: Mapping[str, int] = {"cold": 20}

    def refuse(self, kind: str, project: Project) -> str | None:
        always = kind in {"nothing", "partitions"}
        return "it always runs all that is selected" if always else super().refuse(kind, project)

    def _line(self) -> str:
        return f"{self._bin / 'dagster'} asset materialize --select '*' -f definitions.py"


def _write_layered(graph: Layered) -> str:
    text = [_HEAD]
    for name, above in graph.upstreams.items():
        if above[0] in graph.sources:
            parameters, value = "", f"read({', '.join(map(repr, above))})"
        else:
            parameters, value = ", ".join(f"{each}: int" for each in above), f"({' + '.join(above)})"
        text.append(f"@asset\ndef {name}({parameters}) -> int:\n    return {value} % {MODULUS}\n")
    text.append(_TAIL.format(assets=", ".join(graph.upstreams)))
    return "\n\n".join(text)


def _write_chain(chain: Chain) -> str:
    text = _CHAIN.format(start=chain.start.isoformat(), end=chain.end.isoformat(), hours=chain.end_of_hours)
    return text + "\n\n" + _TAIL.format(assets="raw, clean, daily")


_HEAD = """\
from pathlib import Path

from dagster import Definitions, FilesystemIOManager, asset

HERE = Path(__file__).parent


def read(*names):
    return sum(int(line) for name in names for line in (HERE / "sources" / name).read_text().split())
"""

_TAIL = """\
ASSETS = [{assets}]
RESOURCES = {{"io_manager": FilesystemIOManager(base_dir=str(HERE / "out"))}}
defs = Definitions(assets=ASSETS, resources=RESOURCES)
"""

_CHAIN = """\
from pathlib import Path

from dagster import DailyPartitionsDefinition, Definitions, FilesystemIOManager, HourlyPartitionsDefinition, asset

HERE = Path(__file__).parent
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

_BUILD_ASSETS = """\
from dagster import DagsterInstance, materialize
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from definitions import ASSETS, HERE, RESOURCES, defs

with DagsterInstance.get() as instance:
    wanted = None
    if any((HERE / "out").iterdir()):
        graph = defs.resolve_asset_graph()
        resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
        wanted = [key for key in graph.materializable_asset_keys if resolver.get_status(key) is not StaleStatus.FRESH]
    if wanted is None or wanted:
        assert materialize(ASSETS, instance=instance, resources=RESOURCES, selection=wanted).success
"""

_BUILD_CHAIN = """\
from dagster import DagsterInstance, materialize

from definitions import ASSETS, RESOURCES, clean, daily, days, hours, raw


def build(definition, chosen):
    there = [instance.get_materialized_partitions(asset.key) for asset in chosen]
    for key in definition.get_partition_keys():
        if any(key not in keys for keys in there):
            options = {"partition_key": key, "selection": chosen, "instance": instance, "resources": RESOURCES}
            assert materialize(ASSETS, **options).success


with DagsterInstance.get() as instance:
    build(hours, [raw, clean])
    build(days, [daily])
"""
