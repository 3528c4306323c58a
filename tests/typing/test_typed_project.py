"""What type checkers make of a project: nothing is wrong in it, but what is marked as wrong."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sharing import shared

PROJECT = Path(__file__).with_name("typed_project.py")
ROOT = Path(__file__).resolve().parents[2]


def list_marked() -> Iterator[int]:
    for number, line in enumerate(PROJECT.read_text("utf-8").splitlines(), 1):
        if line.endswith("  # error"):
            yield number


def test_mypy_finds_what_is_wrong_and_nothing_else(tmp_path_factory: pytest.TempPathFactory) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--hide-error-context", str(PROJECT)]
    with shared("mypy", tmp_path_factory) as cache:
        command.append(f"--cache-dir={cache}")
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    found = {int(line) for line in re.findall(r"^\S+:(\d+): error:", told, re.MULTILINE)}
    assert found == set(list_marked()), told


@pytest.mark.skipif(shutil.which("pyright") is None, reason="pyright is not installed")
def test_pyright_finds_what_is_wrong_and_nothing_else(tmp_path: Path) -> None:
    shutil.copy(PROJECT, tmp_path)
    settings = {"extraPaths": [str(ROOT / "src")], "typeCheckingMode": "standard"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    command = ["pyright", "--outputjson", "-p", str(tmp_path), "--pythonpath", sys.executable]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    found = {each["range"]["start"]["line"] + 1 for each in told["generalDiagnostics"] if each["severity"] == "error"}
    assert found == set(list_marked()), told["generalDiagnostics"]
