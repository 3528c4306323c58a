"""The benchmarks run, and each tool does what the rows say. Nothing here looks at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
ROWS = ("cold-9", "nothing-9", "source-9", "cutoff-9", "backfill-49", "partitions-49", "plan-49")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run tiny rows, in which the driver checks values and counts, and return them by name."""
    folder = tmp_path_factory.mktemp("benchmarks")
    only = [argument for row in ROWS for argument in ("--only", row)]
    run = _run_module("benchmarks", *only, "--runs", "1", "--folder", folder, "--json", folder / "out.json")
    assert run.returncode == 0, run.stderr
    document = json.loads((folder / "out.json").read_text())
    return {row["name"]: row for row in document["rows"]}


def test_every_row_is_there_with_assetmake_in_it(rows: dict[str, Any]) -> None:
    assert tuple(rows) == ROWS
    assert all(len(row["tools"]["assetmake"]["seconds"]) == 1 for row in rows.values())


@pytest.mark.parametrize(("row", "ran"), [("cold-9", 9), ("source-9", 6), ("backfill-49", 49)])
def test_each_tool_runs_the_same_number_of_nodes(rows: dict[str, Any], row: str, ran: int) -> None:
    assert {tool: measured["ran"] for tool, measured in rows[row]["tools"].items()} == {
        tool: [ran] for tool in rows[row]["tools"]
    }


def test_assetmake_alone_stops_where_a_value_stays(rows: dict[str, Any]) -> None:
    ran = {tool: measured["ran"] for tool, measured in rows["cutoff-9"]["tools"].items()}
    assert ran.pop("assetmake") == [1]
    assert set(map(tuple, ran.values())) <= {(6,)}


def test_what_is_planted_is_what_a_build_leaves(tmp_path: Path) -> None:
    for name in ("built", "planted"):
        script = (
            "import sys; from pathlib import Path; from benchmarks.graphs import Chain;"
            " from benchmarks.tools import Assetmake; folder = Path(sys.argv[1]); folder.mkdir();"
            " Assetmake().write_chain(Chain(2), folder)"
        )
        subprocess.run([sys.executable, "-c", script, tmp_path / name], cwd=REPOSITORY, check=True)
    subprocess.run([sys.executable, "-m", "assetmake", "build"], cwd=tmp_path / "built", check=True)
    assert _run_module("benchmarks.plant", tmp_path / "planted", "2").returncode == 0

    assert _read_files(tmp_path / "planted" / "data") == _read_files(tmp_path / "built" / "data")
    for name in ("built", "planted"):
        plan = [sys.executable, "-m", "assetmake", "plan", "--json"]
        said = subprocess.run(plan, cwd=tmp_path / name, check=True, capture_output=True, text=True).stdout
        counts = json.loads(said)["counts"]
        assert (counts["fresh"], counts["stale"], counts["waiting"]) == (98, 0, 0)


def test_an_unknown_row_is_refused() -> None:
    run = _run_module("benchmarks", "--only", "nothign")
    assert run.returncode == 1
    assert "there is no row 'nothign'" in run.stderr


def _run_module(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", name, *map(str, arguments)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def _read_files(folder: Path) -> dict[str, str]:
    found = (Path(place) / name for place, _, names in os.walk(folder) for name in names)
    return {str(path.relative_to(folder)): path.read_text() for path in found}
