"""Files that assets read without declaring them, from the real command: told, kept, listed, refused."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from fresh import run_command

ASSETS = """
import asyncio
import threading
from pathlib import Path

from assetmake import FileSource, StaticPartitionsDefinition, asset

HERE = Path(__file__).parent
letters = StaticPartitionsDefinition(["a", "b", "c"])
declared = FileSource("declared", "lookups/declared.txt")


@asset
def apart(context) -> str:
    context.output_path.with_name("notes").write_text("scratch")
    context.output_path.with_name("notes").read_text()
    import helper
    return helper.VALUE


@asset
def report(declared: Path) -> str:
    return declared.read_text() + (HERE / "lookups" / "rates.txt").read_text()


@asset(partitions_def=letters, deps=[declared])
async def letter(context) -> str:
    Path("lookups/declared.txt").read_text()
    await asyncio.sleep(0)
    return await asyncio.to_thread(Path("lookups/rates.txt").read_text)


@asset(deps=["letter"])
def bypass() -> str:
    return Path("data/letter/a.json").read_text() + Path("data/apart.json").read_text()
"""
RATES = 'rates = FileSource("rates", "lookups/rates.txt"), and deps=[rates] or a parameter rates'


@dataclass(frozen=True)
class Project:
    root: Path

    def run(self, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        return run_command(self.root, *arguments, environment={**os.environ, "NO_COLOR": "1"}, status=status)

    def ask(self, *arguments: str) -> dict[str, object]:
        return json.loads(self.run(*arguments, "--json").stdout)

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(exist_ok=True)
        (self.root / name).write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.root.mkdir()
    made.write("assets.toml", '[project]\nname = "reads"\n')
    made.write("assets.py", ASSETS)
    made.write("helper.py", 'VALUE = "imported while the asset runs"\n')
    made.write("lookups/declared.txt", "declared")
    made.write("lookups/rates.txt", "1.5")
    return made


def test_a_build_warns_once_for_each_asset_and_file(project: Project) -> None:
    project.run("build", "apart")  # nothing says that bypass is to come after it
    first = project.run("build", "-j", "2")

    warnings = [line for line in first.stderr.splitlines() if line.startswith("warning: ")]
    assert sorted(warnings) == [
        "warning: bypass read data/apart.json, which it does not declare: edits of that file go unnoticed",
        "warning: letter read lookups/rates.txt, which it does not declare: edits of that file go unnoticed",
        "warning: report read lookups/rates.txt, which it does not declare: edits of that file go unnoticed",
    ]
    assert f"  hint: {RATES}" in first.stderr.splitlines()
    assert '  hint: deps=["apart"] or a parameter for it' in first.stderr.splitlines()

    again = project.run("build")
    assert len(again.stdout.splitlines()) == 1
    assert again.stderr == ""


def test_why_lists_them_until_they_are_declared(project: Project) -> None:
    project.run("build", "-q", "apart")
    project.run("build", "-q")

    assert "  reads lookups/rates.txt without declaring it" in project.run("why", "report").stdout.splitlines()
    assert "  reads lookups/rates.txt without declaring it" in project.run("why", "letter").stdout.splitlines()
    assert project.ask("why", "report")["undeclared"] == ["lookups/rates.txt"]
    assert project.ask("why", "letter@b")["undeclared"] == ["lookups/rates.txt"]
    assert project.ask("why", "letter")["undeclared"] == ["lookups/rates.txt"]
    assert project.ask("why", "apart")["undeclared"] == []

    project.write("lookups/declared.txt", "edited")
    stale = project.run("why", "letter@b").stdout.splitlines()
    assert "is stale" in stale[0]
    assert "  reads lookups/rates.txt without declaring it" in stale

    declaration = 'rates = FileSource("rates", "lookups/rates.txt")\n'
    code = ASSETS.replace("declared = ", declaration + "declared = ").replace(
        "deps=[declared]", "deps=[declared, rates]"
    )
    project.write("assets.py", code.replace("def report(", "def report(rates: Path, "))
    assert "rates.txt" not in project.run("build").stderr
    assert project.ask("why", "report")["undeclared"] == []
    assert project.ask("why", "letter")["undeclared"] == []


def test_validate_warns_of_them_in_a_line_each(project: Project) -> None:
    assert project.run("validate").stderr == ""
    project.run("build", "-q", "apart")
    project.run("build", "-q")

    done = project.run("validate")
    assert done.stdout == "valid: 4 assets, 1 source\n"
    assert sorted(done.stderr.splitlines()) == [
        "warning: bypass read data/apart.json, which it does not declare",
        "warning: letter read lookups/rates.txt, which it does not declare",
        "warning: report read lookups/rates.txt, which it does not declare",
    ]
    assert project.ask("validate", "report")["warnings"] == ["report read lookups/rates.txt, which it does not declare"]


def test_a_strict_build_fails_them_and_publishes_nothing(project: Project) -> None:
    done = project.run("build", "--strict", status=1)

    assert f"report read lookups/rates.txt without declaring it, and the build is strict (write {RATES})" in done.stdout
    assert done.stdout.splitlines()[-1] == "Done. BUILT=1 UNCHANGED=0 FRESH=0 FAILED=4 SKIPPED=1"
    assert [path.name for path in (project.root / "data").rglob("*") if path.is_file()] == ["apart.json"]
    assert project.ask("why", "report")["reason"] == "failed"

    assert json.loads(project.run("build", "--json").stdout.splitlines()[-1])["built"] == 5


def test_what_stood_before_a_strict_build_stands(project: Project) -> None:
    project.run("build", "-q", "report")
    project.write("lookups/declared.txt", "edited")
    project.run("build", "--strict", "report", status=1)
    assert json.loads((project.root / "data" / "report.json").read_text()) == "declared1.5"


def test_assets_toml_makes_builds_strict(project: Project) -> None:
    project.write("assets.toml", '[project]\nname = "reads"\n\n[build]\nstrict = true\n')
    project.run("build", "report", status=1)
    project.run("build", "--no-strict", "report")


def test_without_undeclared_reads_a_strict_build_is_like_any_other(project: Project) -> None:
    done = project.run("build", "--strict", "apart")
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "Done. BUILT=1 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0"
