"""Files that are made durable together: each of them is, or it is told which is not."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from assetmake.errors import StorageError
from assetmake.storage.files import new_file, write_file
from assetmake.storage.unsynced import Unsynced

COUNT = 40


def name_of(descriptor: int) -> str:
    return os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were made durable; one called `full` cannot be."""
    names: list[str] = []

    def fsync(descriptor: int) -> None:
        name = name_of(descriptor)
        if name == "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        names.append(name)

    monkeypatch.setattr(os, "fsync", fsync)
    return names


def test_every_file_is_made_durable_once_and_not_before_it_is_asked_for(tmp_path: Path, synced: list[str]) -> None:
    unsynced = Unsynced()
    for number in range(COUNT):
        write_file(tmp_path / f"{number}", b"x" * number, unsynced=unsynced)
    with new_file(tmp_path / "streamed", unsynced=unsynced) as stream:
        stream.write(b"bytes")
    assert synced == []

    found = unsynced.settle([str(path) for path in tmp_path.iterdir()])

    assert sorted(synced) == sorted([*map(str, range(COUNT)), "streamed"])
    assert dict(found) == {str(path): path.stat() for path in tmp_path.iterdir()}
    assert len(unsynced) == 0


def test_a_file_that_cannot_be_made_durable_is_told_and_removed_and_costs_no_other(
    tmp_path: Path, synced: list[str]
) -> None:
    unsynced = Unsynced()
    for name in ("before", "full", "after"):
        write_file(tmp_path / name, b"x", unsynced=unsynced)

    found = unsynced.settle([str(path) for path in tmp_path.iterdir()])

    failed = {os.path.basename(path): told for path, told in found.items() if isinstance(told, StorageError)}
    assert list(failed) == ["full"]
    assert "no space left on device" in failed["full"].message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["after", "before"]
    assert sorted(synced) == ["after", "before"]


def test_where_many_are_open_they_are_made_durable_at_once_and_told_of_when_asked(
    tmp_path: Path, synced: list[str]
) -> None:
    unsynced = Unsynced()
    names = [f"{number}" for number in range(100)]
    names[50] = "full"
    for name in names:
        write_file(tmp_path / name, b"x", unsynced=unsynced)
    open_at_most = len(unsynced)
    known = [str(tmp_path / name) in unsynced for name in names]

    found = unsynced.settle([str(tmp_path / name) for name in names])

    assert open_at_most < len(names) / 2
    assert all(known)
    assert len(found) == len(names)
    assert [os.path.basename(path) for path, told in found.items() if isinstance(told, StorageError)] == ["full"]
    assert sorted(synced) == sorted(name for name in names if name != "full")


def test_nothing_is_left_open(tmp_path: Path, synced: list[str]) -> None:
    before = len(os.listdir("/proc/self/fd"))
    unsynced = Unsynced()
    for name in ("one", "full", "two"):
        write_file(tmp_path / name, b"x", unsynced=unsynced)

    unsynced.settle([str(path) for path in tmp_path.iterdir()])

    assert len(os.listdir("/proc/self/fd")) == before


def test_what_was_not_written_whole_is_gone_and_not_to_be_made_durable(tmp_path: Path, synced: list[str]) -> None:
    unsynced = Unsynced()
    (tmp_path / "there").touch()
    with pytest.raises(StorageError):
        write_file(tmp_path / "there", b"x", unsynced=unsynced)
    with pytest.raises(KeyError), new_file(tmp_path / "half", unsynced=unsynced):
        raise KeyError

    assert unsynced.settle([str(path) for path in tmp_path.iterdir()]) == {}
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_file_of_a_node_that_still_runs_waits_for_its_own_outcome(tmp_path: Path, synced: list[str]) -> None:
    unsynced = Unsynced()
    for name in ("told", "running"):
        write_file(tmp_path / name, b"x", unsynced=unsynced)

    assert list(unsynced.settle([str(tmp_path / "told")])) == [str(tmp_path / "told")]
    assert synced == ["told"]
    later = unsynced.settle([str(tmp_path / "running")])
    assert later == {str(tmp_path / "running"): (tmp_path / "running").stat()}
