"""What storage asks of the file system."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assetmake.errors import StorageError
from assetmake.storage.files import fsync_file, fsync_folder, identify, move, new_file, publish, write_file


def test_identity_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"one")
    before = identify(path)

    os.utime(path, ns=(1, 1))
    touched = identify(path)
    (tmp_path / "y").write_bytes(b"one")
    os.utime(tmp_path / "y", ns=(1, 1))
    os.replace(tmp_path / "y", path)

    assert len({before, touched, identify(path)}) == 3


def test_what_is_no_file_has_no_identity(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert identify(tmp_path) is identify(tmp_path / "none") is identify(tmp_path / "file" / "below") is None


def write_by_stream(path: Path) -> None:
    with new_file(path) as stream:
        stream.write(b"all")


def write_at_once(path: Path) -> None:
    write_file(path, b"all")


@pytest.mark.parametrize("write", [write_by_stream, write_at_once])
def test_a_new_file_is_durable_with_all_that_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None]
) -> None:
    durable: list[tuple[int, int]] = []

    def fsync(descriptor: int) -> None:
        seen = os.fstat(descriptor)
        durable.append((seen.st_ino, seen.st_size))

    monkeypatch.setattr(os, "fsync", fsync)

    write(tmp_path / "x")

    assert durable == [((tmp_path / "x").stat().st_ino, 3)]


def test_a_new_file_is_there_only_after_success(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_half(tmp_path / "a" / "x")
    assert list((tmp_path / "a").iterdir()) == []

    with new_file(tmp_path / "a" / "x") as stream:
        stream.write(b"all")
    assert (tmp_path / "a" / "x").read_bytes() == b"all"


def test_publishing_replaces_a_file_or_a_link_but_not_its_target(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("victim")
    (tmp_path / "final").symlink_to(tmp_path / "victim")
    (tmp_path / "temporary").write_text("new")

    publish(tmp_path / "temporary", tmp_path / "final")
    fsync_file(tmp_path / "final")
    fsync_folder(tmp_path)

    assert (tmp_path / "final").read_text() == "new"
    assert not (tmp_path / "final").is_symlink()
    assert (tmp_path / "victim").read_text() == "victim"


def test_publishing_what_is_gone_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot publish .*final"):
        publish(tmp_path / "none", tmp_path / "final")


def test_moving_never_replaces(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")

    with pytest.raises(FileExistsError):
        move(tmp_path / "a", tmp_path / "b")
    assert move(tmp_path / "a", tmp_path / "new" / "a")
    assert (tmp_path / "new" / "a").read_text() == "a"


def write_half(path: Path) -> None:
    with new_file(path) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
