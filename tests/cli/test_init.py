"""`init` writes a project, and never over one."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_project import call

WRITTEN = {"assets.toml", "assets.py", "raw/sales.csv", ".gitignore"}


def list_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_project_is_written_and_listed(tmp_path: Path) -> None:
    result = call("init", str(tmp_path / "new"))
    assert result.status == 0
    assert list_files(tmp_path / "new") == WRITTEN
    assert len(result.out.splitlines()) == len(WRITTEN)
    assert result.err.endswith(f"next: cd {tmp_path / 'new'} && assetmake build\n")


def test_here_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("init").status == 0
    assert list_files(tmp_path) == WRITTEN


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "assets.py").write_text("mine", "utf-8")
    result = call("init", str(tmp_path))
    assert result.status == 2
    assert result.err.startswith("assetmake: error: assets.py is there already; nothing was written\n")
    assert list_files(tmp_path) == {"assets.py"}
    assert (tmp_path / "assets.py").read_text("utf-8") == "mine"


def test_a_gitignore_keeps_its_lines(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.pyc\ndata/", "utf-8")
    call("init", str(tmp_path))
    assert (tmp_path / ".gitignore").read_text("utf-8") == "*.pyc\ndata/\n.assetmake/\n"
