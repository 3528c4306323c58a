"""The real commands on real files: accept, invalidate, mv, aliases, orphans, gc, another IO manager."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from fresh import run_command

UNSET = ("NO_COLOR", "FORCE_COLOR", "ASSETMAKE_ENV")
ENVIRON = {name: value for name, value in os.environ.items() if name not in UNSET} | {"COLUMNS": "100"}
ASSETS = """
from assetmake import AssetIn, DailyPartitionsDefinition, asset

days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")


@asset
def numbers() -> list:
    return [1, 2, 3]


@asset(partitions_def=days, io_manager_key="json")
def daily(context, numbers: list) -> list:
    print("making", context.partition_key)
    return [*numbers, int(context.partition_key[-2:])]


@asset(ins={"values": AssetIn("daily")})
def report(values: dict) -> int:
    return sum(map(sum, values.values()))


@asset(deps=["daily"])
def sent() -> None:
    pass
"""


class Project:
    """A folder with a project, edited and asked about."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "assets.toml").touch()
        (root / "assets.py").write_text(ASSETS)

    def run(self, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        return run_command(self.root, *arguments, environment=ENVIRON, status=status)

    def edit(self, *pairs: tuple[str, str]) -> None:
        path = self.root / "assets.py"
        text = path.read_text()
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)

    def is_up_to_date(self) -> bool:
        return self.run("plan").stdout.startswith("up to date")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.run("build", "-q")
    return project


def test_what_is_invalidated_is_accepted_again_and_why_tells_both(project: Project) -> None:
    done = project.run("invalidate", "daily@2026-01-02", "-r", "the vendor called")
    assert done.stdout == "invalidated 1 node of 1 asset: daily@2026-01-02\n"
    assert "daily   1 stale, 2 fresh  invalidated         2026-01-02" in project.run("plan").stdout
    lines = project.run("why", "daily@2026-01-02").stdout.splitlines()
    assert lines[0].startswith("daily@2026-01-02 is stale: invalidated (built ")
    assert re.fullmatch(r"  invalidated (just now|\d+ minutes? ago): the vendor called", lines[1])
    project.edit(("making", "made"))
    done = project.run("accept", "daily", "report", "--reason", "it only prints\x1b[2J something else")
    assert done.stdout == "accepted 4 nodes of 2 assets: daily@2026-01-01..2026-01-03, report\n"
    assert project.is_up_to_date()
    lines = project.run("why", "daily@2026-01-02").stdout.splitlines()
    assert lines[0].startswith("daily@2026-01-02 is fresh")
    assert re.fullmatch(r"  accepted (just now|\d+ minutes? ago): it only prints\\x1b\[2J something else", lines[1])
    document = json.loads(project.run("why", "daily@2026-01-02", "--json").stdout)
    assert document["decision"]["action"] == "accept"


def test_what_cannot_be_accepted_is_named(project: Project) -> None:
    (project.root / "data/daily/2026-01-02.json").unlink()
    done = project.run("accept", "daily", "--reason", "fine", status=2)
    assert "daily@2026-01-02 (its output is gone)" in done.stderr
    assert "needs a selection" in project.run("accept", "-r", "fine", status=2).stderr
    assert "needs a selection" in project.run("invalidate", status=2).stderr
    assert "--reason" in project.run("accept", "daily", status=2).stderr
    assert "the reason is empty" in project.run("accept", "daily", "-r", " ", status=2).stderr


def test_decisions_are_documents_on_demand(project: Project) -> None:
    document = json.loads(project.run("invalidate", "numbers", "daily", "--latest", "1", "--json").stdout)
    assert document == {
        "invalidated": 2,
        "assets": [{"asset": "numbers", "nodes": 1}, {"asset": "daily", "nodes": 1, "keys": ["2026-01-03"]}],
        "notes": [],
    }
    done = project.run("accept", "daily", "-r", "fine", "--json")
    assert json.loads(done.stdout)["notes"][0].startswith("daily is accepted as made from what is recorded of numbers")
    assert "numbers, which is itself out of date" in done.stderr


def test_a_renamed_asset_is_moved_and_nothing_is_built(project: Project) -> None:
    project.edit(
        ("def daily(", "def sales("), ('AssetIn("daily")', 'AssetIn("sales")'), ('deps=["daily"]', 'deps=["sales"]')
    )
    assert "still in the project (assets.py:7)" in project.run("mv", "numbers", "sales", status=2).stderr
    assert "did you mean daily?" in project.run("mv", "dayli", "sales", status=2).stderr
    assert "no asset is named 'saels'" in project.run("mv", "daily", "saels", status=2).stderr
    assert project.run("mv", "daily", "sales").stdout == "moved daily to sales: 3 nodes\n"
    assert project.is_up_to_date()
    assert project.run("log", "sales@2026-01-02").stdout == "making 2026-01-02\n"
    assert project.run("mv", "daily", "sales").stdout == "moved daily to sales before: nothing to do\n"


def test_an_alias_moves_with_the_next_build(project: Project) -> None:
    project.edit(
        ("@asset(partitions_def=days", '@asset(aliases=["daily"], partitions_def=days'),
        ("def daily(", "def sales("),
        ('AssetIn("daily")', 'AssetIn("sales")'),
        ('deps=["daily"]', 'deps=["sales"]'),
    )
    assert project.is_up_to_date()
    assert json.loads(project.run("show", "sales@2026-01-02").stdout) == [1, 2, 3, 2]
    assert project.run("log", "sales@2026-01-02").stdout == "making 2026-01-02\n"
    assert "orphans" not in project.run("status").stdout
    assert (project.root / "data/daily").is_dir()
    assert project.run("build").stdout.startswith("up to date")
    assert sorted(path.name for path in (project.root / "data").iterdir()) == ["numbers.json", "report.json", "sales"]


def test_orphans_are_told_listed_and_removed(project: Project) -> None:
    start = (project.root / "assets.py").read_text().index("@asset(ins=")
    (project.root / "assets.py").write_text((project.root / "assets.py").read_text()[:start])
    project.edit(('"2026-01-01", end', '"2026-01-03", end'))
    told = project.run("status").stdout.splitlines()[-1]
    assert told == (
        "orphans: 4 nodes of 3 assets are no longer in the project"
        " (daily@2026-01-01..2026-01-02, report, sent); assetmake gc lists and removes them"
    )
    document = json.loads(project.run("status", "--json").stdout)
    assert document["orphans"][0] == {"asset": "daily", "nodes": 2, "keys": ["2026-01-01..2026-01-02"]}
    assert project.run("gc").stdout.splitlines() == [
        "daily   2 nodes  24 bytes  2026-01-01..2026-01-02",
        "report   1 node   2 bytes",
        "sent     1 node   0 bytes",
        "3 files, 26 bytes to remove: assetmake gc --yes",
    ]
    (project.root / "data/report.json").write_text("99")
    done = project.run("gc", "--yes")
    assert done.stderr == "left alone: data/report.json: it is not what was built\n"
    assert done.stdout.splitlines()[-1] == "removed 3 nodes: 2 files, 24 bytes"
    assert sorted(path.name for path in (project.root / "data/daily").iterdir()) == ["2026-01-03.json"]
    assert project.run("gc").stdout.splitlines()[-1] == "nothing of it can be removed"
    (project.root / "data/report.json").unlink()
    project.run("gc", "-y")
    assert project.run("gc").stdout == "nothing to collect: all that was built is in the project\n"
    assert project.is_up_to_date()


def test_another_io_manager_replaces_what_it_builds(project: Project) -> None:
    project.edit(('io_manager_key="json"', 'io_manager_key="pickle"'))
    (daily,) = json.loads(project.run("status", "daily", "--json").stdout)["assets"]
    assert daily["reasons"] == {"io": 3}
    assert json.loads(project.run("show", "daily@2026-01-02").stdout) == [1, 2, 3, 2]
    project.run("build", "daily@2026-01-02")
    names = sorted(path.name for path in (project.root / "data/daily").iterdir())
    assert names == ["2026-01-01.json", "2026-01-02.pickle", "2026-01-03.json"]
    assert json.loads(project.run("show", "daily@2026-01-01").stdout) == [1, 2, 3, 1]
    assert "2026-01-02.pickle" in project.run("show", "daily@2026-01-02").stdout
