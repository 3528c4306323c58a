"""What is noted of outputs while they are looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assetmake.planning.outputs import _look
from assetmake.planning.plan import Reason
from assetmake.planning.standing import Sightings
from assetmake.storage.hashing import hash_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sales.json"
    path.write_text("1")
    return path


Row = tuple[int, str, int, int, int, int]


def make_row(file: Path, *, inode: int | None = None) -> Row:
    seen = file.stat()
    content = int.from_bytes(hash_file(file), "big")
    return 0, str(file), seen.st_size, seen.st_mtime_ns, seen.st_ino if inode is None else inode, content


def look(row: Row, *, always: bool = False) -> tuple[dict[int, Reason], Sightings]:
    sightings = Sightings()
    return _look([row], always=always, sightings=sightings), sightings


def test_a_trusted_output_is_noted_with_the_time_of_its_inode(file: Path) -> None:
    seen = os.stat(file)
    found, sightings = look(make_row(file))
    assert found == {}
    assert sightings.stamps == {str(file): (seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)}
    assert not sightings.is_partial


def test_where_bytes_decide_stat_does_not(file: Path) -> None:
    found, sightings = look(make_row(file, inode=0))
    assert (found, sightings.is_partial) == ({}, True)
    found, sightings = look(make_row(file), always=True)
    assert (found, sightings.is_partial) == ({}, True)


def test_a_missing_output_may_come_back(file: Path) -> None:
    row = make_row(file)
    file.unlink()
    found, sightings = look(row)
    assert (found, sightings.is_partial) == ({0: Reason.OUTPUT_MISSING}, True)
