"""The benchmarks run, and each tool does what the rows say. Nothing here looks at a time."""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmarks import tools
from benchmarks.__main__ import main
from benchmarks.goals import judge_goals
from benchmarks.graphs import Chain, Keys
from benchmarks.measuring import Sample
from benchmarks.projects import write_project
from benchmarks.report import Row
from benchmarks.tools import Assetmake
from benchmarks.trials import Workshop

from assetmake.discovery.loader import uninstall
from assetmake.storage.standing import keep_answer
from fresh import FRAMES, run_command, start_fresh

REPOSITORY = Path(__file__).resolve().parent.parent
PEERS = REPOSITORY / "benchmarks" / ".peers" / "bin"
ROWS = (
    "cold-4",
    "nothing-4",
    "pandas-4",
    "source-4",
    "cutoff-4",
    "backfill-49",
    "partitions-49",
    "plan-49",
    "static-3",
    "fan-2",
    "fankey-2",
    "scattered-81",
)
YARDSTICKS = {
    "nothing-4": {"planned"},
    "pandas-4": {"planned", "import duckdb"},
    "partitions-49": {"planned", "one partition"},
    "static-3": {"planned"},
    "fan-2": {"planned"},
    "source-4": {"nothing to do"},
    "fankey-2": {"nothing to do"},
}


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """assetmake's commands are forks: that is a number that nobody may look at."""
    command = start_fresh(*FRAMES).install(tmp_path)
    monkeypatch.setattr(tools, "_find_assetmake", lambda: [str(command)])


@pytest.mark.usefixtures("forked")
def test_small_rows_do_what_they_say(tmp_path: Path) -> None:
    rows = _run_rows(tmp_path, ROWS, tools=("assetmake", "make", "ninja", "doit"), peers=tmp_path / "none")

    assert tuple(rows) == ROWS
    assert all(len(row["tools"]["assetmake"]["seconds"]) == 1 for row in rows.values())
    for name, ran in {"cold-4": 4, "source-4": 3, "backfill-49": 49, "fankey-2": 3}.items():
        assert {tuple(measured["ran"]) for measured in rows[name]["tools"].values()} == {(ran,)}, name
    stopped = {tool: measured["ran"] for tool, measured in rows["cutoff-4"]["tools"].items()}
    assert stopped.pop("assetmake") == [1]
    assert set(map(tuple, stopped.values())) <= {(3,)}
    for name in ("pandas-4", "scattered-81"):
        assert set(rows[name]["tools"]) == {"assetmake"}
        assert set(rows[name]["skipped"]) == {"make", "ninja", "doit"}
    assert rows["nothing-4"]["skipped"]["doit"] == "it is not installed"
    assert not any("doit" in row["tools"] for row in rows.values()), "a peer that is not there leaves its column empty"
    measured = {name: row["yardsticks"] for name, row in rows.items() if row["yardsticks"]}
    assert {name: set(yardsticks) for name, yardsticks in measured.items()} == YARDSTICKS
    assert {len(each["seconds"]) for yardsticks in measured.values() for each in yardsticks.values()} == {1}


@pytest.mark.parametrize("tool", ["doit", "pytask", "snakemake", "dagster", "dagster-cli"])
def test_a_peer_does_what_the_rows_say(tool: str, tmp_path: Path) -> None:
    if not (PEERS / tool.removesuffix("-cli")).exists():
        pytest.skip(f"{tool} is not there; python -m benchmarks.peers installs it")
    names = ("cold-4", "nothing-4", "source-4", "cutoff-4", "backfill-49", "static-9", "fankey-4")

    found = _run_rows(tmp_path, names, tools=(tool,))

    ran = {name: row["tools"][tool]["ran"] for name, row in found.items() if tool in row["tools"]}
    cutoff = 3 if tool == "snakemake" else 1
    wanted = {"cold-4": 4, "nothing-4": 0, "source-4": 3, "cutoff-4": cutoff, "backfill-49": 49, "fankey-4": 3}
    assert "cold-4" in ran
    assert ran == {name: [wanted.get(name, 0)] for name in ran}
    assert set(names) - set(ran) == {name for name in names if tool in found[name]["skipped"]}


@pytest.mark.parametrize("graph", ["chain-98", "keys-20"])
def test_what_is_planted_is_what_a_build_leaves(graph: str, tmp_path: Path) -> None:
    total = int(graph.partition("-")[2])
    for name in ("built", "planted"):
        write_project(Chain(2) if graph == "chain-98" else Keys(20), tmp_path / name)
    run_command(tmp_path / "built", "build")
    _run_module("benchmarks.plant", tmp_path / "planted", graph)

    assert _read_files(tmp_path / "planted" / "data") == _read_files(tmp_path / "built" / "data")
    for name in ("built", "planted"):
        said = run_command(tmp_path / name, "plan", "--json").stdout
        assert json.loads(said)["counts"] == {"fresh": total, "stale": 0, "waiting": 0}


class Forgetful(Assetmake):
    """Its answers are kept after so many builds; a build is a process that counts."""

    def __init__(self, builds: int) -> None:
        self._builds = builds

    def command(self, *, jobs: int) -> list[str]:
        return [sys.executable, "-I", "-S", "-c", "open('builds', 'a').write('x')"]

    def is_answered(self, folder: Path) -> bool:
        return count_builds(folder) >= self._builds


def count_builds(folder: Path) -> int:
    return len((folder / "builds").read_text()) if (folder / "builds").exists() else 0


@pytest.mark.parametrize(("wanted", "done"), [(0, 0), (2, 2), (9, 4)])
def test_warming_up_ends_when_a_build_is_answered_from_memory(wanted: int, done: int, tmp_path: Path) -> None:
    Workshop(tmp_path, settle=1e-9).warm_up(Forgetful(wanted), tmp_path)

    assert count_builds(tmp_path) == done


def test_who_does_not_wait_does_not_warm_up(tmp_path: Path) -> None:
    Workshop(tmp_path, settle=0).warm_up(Forgetful(2), tmp_path)

    assert count_builds(tmp_path) == 0


def test_an_answer_that_is_kept_is_found_and_forgotten(tmp_path: Path) -> None:
    tool = Assetmake()
    keep_answer(
        str(tmp_path),
        ["build"],
        (1, 0, True),
        made_at=1,
        until=None,
        salt="",
        variables={},
        absent=(),
        present={},
        links={},
        stamps={},
    )
    assert tool.is_answered(tmp_path)

    tool.forget_answers(tmp_path)

    assert not tool.is_answered(tmp_path)


def test_a_goal_is_judged_where_its_rows_were_measured() -> None:
    cold = Row("cold-1000", "", 1000, {"assetmake": [Sample(3.0, 100.0, 1000)], "doit": [Sample(1.0, 30.0, 1000)]})
    pandas = Row(
        "pandas-1000", "", 1000, {"assetmake": [Sample(0.4, 90.0)]}, {}, {"import duckdb": [Sample(0.2, 50.0)]}
    )
    rows = {row.name: row for row in (cold, pandas)}

    assert [(goal.bound, number) for goal, number in judge_goals(rows)] == [(2.5, 2.0), (1.5, 3.0)]


def test_what_a_changed_source_costs_beyond_the_work_is_told_in_ms() -> None:
    ours = {
        "source-10000": Sample(4.5, 100.0, 5000),
        "cold-10000": Sample(9.0, 100.0, 10_000),
        "nothing-10000": Sample(1.0, 100.0),
    }
    rows = {name: Row(name, "", 10_000, {"assetmake": [sample]}) for name, sample in ours.items()}

    assert [number for goal, number in judge_goals(rows) if goal.bound == 50] == [-500.0]


def test_an_unknown_row_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nothign"]) == 1
    assert "there is no row 'nothign'" in capsys.readouterr().err


def _run_rows(
    folder: Path, names: tuple[str, ...], *, tools: tuple[str, ...], peers: Path = PEERS.parent
) -> dict[str, Any]:
    chosen = [argument for name in names for argument in ("--only", name)]
    chosen += [argument for tool in tools for argument in ("--tool", tool)]
    places = ("--folder", folder, "--json", folder / "out.json", "--peers", peers)
    places = ("--folder", folder, "--json", folder / "out.json", "--peers", peers)
    assert main([*chosen, "--runs", "1", "--settle", "0", *map(str, places)]) == 0
    document = json.loads((folder / "out.json").read_text())
    return {row["name"]: row for row in document["rows"]}


def _run_module(name: str, *arguments: object) -> None:
    """Run a module as a program, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [name, *map(str, arguments)])
        uninstall()
        try:
            runpy.run_module(name, run_name="__main__")
        finally:
            uninstall()


def _read_files(folder: Path) -> dict[str, str]:
    found = (Path(place) / name for place, _, names in os.walk(folder) for name in names)
    return {str(path.relative_to(folder)): path.read_text() for path in found}
