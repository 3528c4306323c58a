"""Runs: alive while their process is, and what the dead leave behind is swept up."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assetmake.errors import StorageError
from assetmake.storage.paths import temporary_name
from assetmake.storage.runs import Runs, remove_leftovers

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def test_a_run_is_alive_for_as_long_as_its_block(folder: Path) -> None:
    runs, others = Runs(folder), Runs(folder)

    with runs.open_run(now=NOON) as run:
        assert run.startswith("20260105T120000-")
        assert others.is_alive(run)
        assert others.list_alive() == {run}

    assert not others.is_alive(run)
    assert others.list_alive() == set()
    assert os.listdir(folder) == []


def test_a_run_that_fails_is_over(folder: Path) -> None:
    runs = Runs(folder)

    with pytest.raises(ZeroDivisionError), runs.open_run(now=NOON):
        raise ZeroDivisionError

    assert runs.list_alive() == set()


def test_runs_of_the_same_second_are_two(folder: Path) -> None:
    runs = Runs(folder)

    with runs.open_run(now=NOON) as one, runs.open_run(now=NOON) as two:
        assert one != two
        assert runs.list_alive() == {one, two}


def test_the_file_of_a_dead_run_is_forgotten(folder: Path) -> None:
    folder.mkdir()
    (folder / "20260101T000000-abcdef").touch()

    assert Runs(folder).list_alive() == set()
    assert os.listdir(folder) == []


def test_a_run_cannot_be_taken_for_dead_while_it_begins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Runs(folder)
    rename, looks = os.rename, []

    def look_before_renaming(source: Path, target: Path) -> None:
        looks.append(runs.list_alive())
        rename(source, target)
        looks.append(runs.list_alive())

    monkeypatch.setattr(os, "rename", look_before_renaming)
    with runs.open_run(now=NOON) as run:
        assert looks == [set(), {run}]
        assert runs.is_alive(run)


def test_no_runs_were_ever_there(folder: Path) -> None:
    assert Runs(folder).list_alive() == set()
    assert not Runs(folder).is_alive("20260101T000000-abcdef")
    assert not folder.exists()


def test_a_place_without_room_for_runs_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")

    with pytest.raises(StorageError, match="runs"), Runs(tmp_path / "runs").open_run(now=NOON):
        pass


def test_temporary_files_of_the_dead_are_removed_and_nothing_else(tmp_path: Path) -> None:
    dead, alive = temporary_name("20260101T000000-aaaaaa", 1), temporary_name("20260101T000000-bbbbbb", 1)
    kept = {alive, ".hidden", "data.json"}
    for name in (dead, *kept):
        (tmp_path / name).touch()
    work = tmp_path / f"{dead}.d" / "deep"
    work.mkdir(parents=True)
    (work / "file").touch()
    (work / "link").symlink_to(tmp_path)

    remove_leftovers({tmp_path, tmp_path / "missing", tmp_path / "data.json"}, alive={"20260101T000000-bbbbbb"})

    assert set(os.listdir(tmp_path)) == kept
