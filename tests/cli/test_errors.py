"""Whatever goes wrong ends in one place: a line for the user, and a traceback only where it is a bug of ours."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from fake_project import call

from assetmake.cli.starter import write_starter
from assetmake.errors import ExitCode


def test_a_bug_leaves_its_traceback_beside_the_state(tmp_path: Path) -> None:
    write_starter(tmp_path)
    result = call("--project", str(tmp_path), "list", error=RuntimeError("unthinkable"))
    (log,) = (tmp_path / ".assetmake").glob("crash-*.log")
    assert result.status == ExitCode.BUG
    assert result.err.splitlines() == [
        "assetmake: error: a bug in assetmake: RuntimeError: unthinkable",
        f"  hint: the traceback is in {log}",
    ]
    assert "Traceback (most recent call last)" in log.read_text("utf-8")


def test_without_a_project_the_traceback_is_among_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    result = call("--project", str(tmp_path / "none"), "list", error=RuntimeError("unthinkable"))
    (log,) = tmp_path.glob("crash-*.log")
    assert str(log) in result.err


def test_a_full_disk_is_no_bug() -> None:
    result = call("list", error=OSError(28, "No space left on device"))
    assert result.status == ExitCode.STORAGE
    assert result.err.startswith("assetmake: error: the disk is full")


def test_a_reader_that_left_is_not_spoken_of() -> None:
    result = call("list", error=BrokenPipeError())
    assert (result.status, result.out, result.err) == (141, "", "")


def test_a_click_exit_status_passes() -> None:
    assert call("--version").status == 0
    assert call("list", "--help").status == 0
