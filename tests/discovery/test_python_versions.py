"""One project, every Python on the machine: another minor version gives the same fingerprints."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich_project import FILES

ALONE = Path(__file__).with_name("fingerprint_alone.py")
SOURCE = Path(__file__).resolve().parents[2] / "src"
OLDEST = (3, 11)


def ask_version(python: str) -> tuple[int, int] | None:
    """Return the version of an interpreter; None where it does not run, as a shim for one that is not installed."""
    code = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    major, _, minor = done.stdout.strip().partition(" ")
    return (int(major), int(minor)) if done.returncode == 0 and minor else None


def find_pythons() -> dict[tuple[int, int], str]:
    """Return an interpreter of each other version that assetmake runs on, from PATH and from pyenv's folder."""
    named = [shutil.which(f"python3.{minor}") for minor in range(OLDEST[1], 30)]
    kept = sorted(map(str, Path.home().glob(".pyenv/versions/*/bin/python")))
    found = {ask_version(python): python for python in (*filter(None, named), *kept)}
    return {
        version: python
        for version, python in found.items()
        if version is not None and version >= OLDEST and version != sys.version_info[:2]
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("rich")
    for name, text in FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def describe(python: str, project: Path) -> dict[str, Any]:
    """Return what an interpreter, without any library, makes of the project."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONHASHSEED": "random"}
    command = [python, "-W", "ignore", str(ALONE), str(project), "assets"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_another_version_of_python_gives_the_same_fingerprints(project: Path) -> None:
    pythons = find_pythons()
    if not pythons:
        pytest.skip("no other Python from 3.11 on is on PATH or in ~/.pyenv")
    ours = describe(sys.executable, project)

    for version, python in sorted(pythons.items()):
        theirs = describe(python, project)
        assert theirs["members"] == ours["members"], f"Python {version}"
        assert theirs["assets"] == ours["assets"], f"Python {version}"


def test_the_project_holds_what_can_differ(project: Path) -> None:
    ours = describe(sys.executable, project)
    facts = [fact for _, _, facts, _ in ours["members"].values() for fact in facts.values()]

    assert len(ours["assets"]) == 16
    assert "import pathlib" in facts
    assert all(identity == again for identity, again, _, _ in ours["members"].values())
