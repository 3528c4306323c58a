"""The table of edits: a project on disk, one edit each, and exactly the nodes that the next build runs.

Every row goes through the real command, in processes of its own, on a copy of one built project, in which the manifest
of before the edit is remembered. Where a plan went by what is remembered, it is made without that too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from fresh import FreshProcesses, run_command

ASSETS = '''
from pathlib import Path

import pyarrow as pa

from assetmake import DailyPartitionsDefinition, FileSource, StaticPartitionsDefinition, asset

days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")
numbers_file = FileSource("numbers_file", "numbers.txt")
letters_file = FileSource("letters_file", "letters-{partition_key}.txt")
notes_file = FileSource("notes_file", "notes/*.txt")


@asset
def numbers(numbers_file) -> list:
    """Numbers, one a line."""
    return [int(line) for line in numbers_file.read_text().split()]


@asset(partitions_def=days)
def daily(context, numbers: list) -> int:
    day = int(context.partition_key[-2:])
    return sum(number for number in numbers if number % 4 == day % 4)


@asset(partitions_def=days)
def doubled(daily: int) -> int:
    return daily * 2


@asset
def total(doubled: dict[str, int]) -> pa.Table:
    return pa.table({"day": list(doubled), "value": list(doubled.values())})


@asset(partitions_def=letters_file.partitions_def)
def letters(letters_file: Path) -> str:
    return letters_file.read_text().strip().upper()


@asset
def notes(notes_file: list[Path]) -> int:
    return sum(len(path.read_text()) for path in notes_file)


@asset
def apart() -> str:
    return "nothing upstream"
'''
DAYS = ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]


@dataclass(frozen=True)
class Project:
    root: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_command(self.root, *arguments, environment={**os.environ, "NO_COLOR": "1"}, status=None)

    def build(self) -> dict[str, int]:
        """Build and return the counts of the run."""
        done = self.run("build", "--json", "-j", "2")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def stale(self, fresh: FreshProcesses) -> dict[str, tuple[str, list[str]]]:
        """Return what a plan says, with the cache and without: asset -> (first reason, stale and waiting keys)."""
        said = self.plan(fresh)
        assert fresh.has_imported or self.plan(fresh, "--no-cache") == said
        return said

    def plan(self, fresh: FreshProcesses, *words: str) -> dict[str, tuple[str, list[str]]]:
        done = fresh.run(self.root, "plan", "--json", *words, env={})
        assert done.returncode == 0, done.stdout + done.stderr
        return {
            row["asset"]: (next(iter(row["reasons"])), row.get("stale_keys", []))
            for row in json.loads(done.stdout)["assets"]
            if row["stale"] or row["waiting"]
        }

    def read(self, name: str) -> str:
        return (self.root / name).read_text()

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def edit(self, old: str, new: str) -> None:
        text = self.read("assets.py")
        assert old in text
        self.write("assets.py", text.replace(old, new, 1))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = Project(tmp_path_factory.mktemp("built"))
    project.write("assets.toml", '[project]\nname = "edits"\n')
    project.write("assets.py", ASSETS)
    project.write("numbers.txt", "1\n2\n3\n4\n5\n")
    project.write("letters-a.txt", "a\n")
    project.write("letters-b.txt", "b\n")
    (project.root / "notes").mkdir()
    project.write("notes/one.txt", "one")
    assert project.build()["built"] == 14
    return project.root


@pytest.fixture
def project(built: Path, tmp_path: Path, fresh: FreshProcesses) -> Project:
    shutil.copytree(built, tmp_path / "copy")
    project = Project(tmp_path / "copy")
    assert project.plan(fresh) == {}
    return project


Edit = Callable[[Project], None]


def swap(old: str, new: str) -> Edit:
    return lambda project: project.edit(old, new)


def put(name: str, text: str) -> Edit:
    return lambda project: project.write(name, text)


def remove(name: str) -> Edit:
    return lambda project: (project.root / name).unlink()


def touch(name: str) -> Edit:
    return lambda project: os.utime(project.root / name, ns=(1, 1_700_000_000_000_000_000))


def reverse_functions(project: Project) -> None:
    head, *blocks = project.read("assets.py").split("\n\n\n")
    project.write("assets.py", "\n\n\n".join([head, *reversed(blocks)]) + "\n")


NOTHING: list[tuple[str, Edit]] = [
    ("nothing at all, in a copy of the project", lambda project: None),
    ("a source is touched", touch("numbers.txt")),
    ("a source is rewritten with the same bytes", put("numbers.txt", "1\n2\n3\n4\n5\n")),
    ("an output is touched", touch("data/numbers.json")),
    ("a comment", swap("    return daily * 2", "    # twice\n    return daily * 2")),
    ("a docstring", swap('"""Numbers, one a line."""', '"""Whole numbers."""')),
    ("formatting", swap("daily * 2", "(\n        daily*2\n    )")),
    ("functions in another order", reverse_functions),
    (
        "an unrelated function in the file",
        lambda project: project.edit("\n\n\n@asset", "\n\n\ndef other():\n    return 1\n\n\n@asset"),
    ),
    (
        "group, tags, owners, description",
        swap("@asset\ndef apart", '@asset(group_name="g", tags={"t": "1"}, description="d")\ndef apart'),
    ),
    ("a file that nobody declared", put("other.txt", "x")),
]


@pytest.mark.parametrize("edit", [edit for _, edit in NOTHING], ids=[name for name, _ in NOTHING])
def test_nothing_runs(project: Project, fresh: FreshProcesses, edit: Edit) -> None:
    edit(project)
    assert project.stale(fresh) == {}
    counts = project.build()
    assert (counts["built"], counts["unchanged"], counts["fresh"]) == (0, 0, 14)


SOMETHING: list[tuple[str, Edit, dict[str, tuple[str, list[str]]], int, int]] = [
    (
        "the body of an asset",
        swap("return daily * 2", "return daily * 3"),
        {"doubled": ("code", ["2026-01-01..2026-01-04"]), "total": ("upstream", [])},
        4 + 1,
        0,
    ),
    (
        "the body of an asset, to the same data",
        swap("return daily * 2", "return daily + daily"),
        {"doubled": ("code", ["2026-01-01..2026-01-04"]), "total": ("upstream", [])},
        0,
        4,
    ),
    ("a constant in the body", swap('"nothing upstream"', '"nothing above"'), {"apart": ("code", [])}, 1, 0),
    ("a default argument", swap("def apart()", "def apart(n=1)"), {"apart": ("code", [])}, 0, 1),
    (
        "the IO manager",
        swap("@asset\ndef apart", '@asset(io_manager_key="pickle")\ndef apart'),
        {"apart": ("io", [])},
        1,
        0,
    ),
    (
        "the code version",
        swap("@asset\ndef apart", '@asset(code_version="2")\ndef apart'),
        {"apart": ("code", [])},
        0,
        1,
    ),
    (
        "one byte of a source, that one day reads",
        put("numbers.txt", "1\n2\n3\n4\n9\n"),
        {
            "numbers": ("upstream", []),
            "daily": ("upstream", ["2026-01-01..2026-01-04"]),
            "doubled": ("upstream", ["2026-01-01..2026-01-04"]),
            "total": ("upstream", []),
        },
        1 + 1 + 1 + 1,
        3,
    ),
    ("a source file is added to a template", put("letters-c.txt", "c"), {"letters": ("missing", ["c"])}, 1, 0),
    ("one source file of a template", put("letters-b.txt", "B2"), {"letters": ("upstream", ["b"])}, 1, 0),
    ("a source file is added to a glob", put("notes/two.txt", "two"), {"notes": ("upstream", [])}, 1, 0),
    (
        "a source file of a glob is renamed",
        lambda project: (project.root / "notes/one.txt").rename(project.root / "notes/1.txt"),
        {"notes": ("upstream", [])},
        0,
        1,
    ),
    (
        "an output is deleted",
        remove("data/daily/2026-01-02.json"),
        {
            "daily": ("output_missing", ["2026-01-02"]),
            "doubled": ("upstream", ["2026-01-02"]),
            "total": ("upstream", []),
        },
        0,
        1,
    ),
    (
        "an output is edited by hand",
        put("data/daily/2026-01-03.json", "99"),
        {
            "daily": ("output_modified", ["2026-01-03"]),
            "doubled": ("upstream", ["2026-01-03"]),
            "total": ("upstream", []),
        },
        0,
        1,
    ),
    (
        "a later end: a new day",
        swap('end_date="2026-01-05"', 'end_date="2026-01-06"'),
        {
            "daily": ("missing", ["2026-01-05"]),
            "doubled": ("missing", ["2026-01-05"]),
            "total": ("upstream", []),
        },
        1 + 1 + 1,
        0,
    ),
    (
        "an earlier start keeps what was built",
        swap('"2026-01-01", end_date', '"2025-12-31", end_date'),
        {
            "daily": ("missing", ["2025-12-31"]),
            "doubled": ("missing", ["2025-12-31"]),
            "total": ("upstream", []),
        },
        1 + 1 + 1,
        0,
    ),
]


@pytest.mark.parametrize(
    ("edit", "planned", "built_nodes", "unchanged"), [row[1:] for row in SOMETHING], ids=[row[0] for row in SOMETHING]
)
def test_exactly_this_runs(
    project: Project,
    fresh: FreshProcesses,
    edit: Edit,
    planned: dict[str, tuple[str, list[str]]],
    built_nodes: int,
    unchanged: int,
) -> None:
    edit(project)
    assert project.stale(fresh) == planned
    counts = project.build()
    assert (counts["built"], counts["unchanged"]) == (built_nodes, unchanged)
    assert project.stale(fresh) == {}


def test_why_names_the_edit(project: Project) -> None:
    project.edit("return daily * 2", "return daily * 3")
    said = project.run("why", "doubled@2026-01-02").stdout
    assert "code" in said
    assert "-    return daily * 2" in said
    assert "+    return daily * 3" in said
    assert "doubled" in project.run("why", "total").stdout
    assert "fresh" in project.run("why", "daily@2026-01-02").stdout


def test_an_edit_that_python_would_not_notice(project: Project) -> None:
    """Same size, same mtime: a .pyc would look valid."""
    path = project.root / "assets.py"
    before = path.stat()
    project.edit("return daily * 2", "return daily * 7")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert project.build()["built"] == 5
    assert json.loads(project.read("data/doubled/2026-01-01.json")) == 7 * json.loads(
        project.read("data/daily/2026-01-01.json")
    )
