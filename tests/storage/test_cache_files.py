from __future__ import annotations

import os
from pathlib import Path

import pytest

from assetmake.storage.cache_files import read_cache, write_cache

CONTENT = {"one": [1, None, "ä\ud800"], "two": {"deep": True}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "things.json"


def test_what_is_written_is_read(file: Path) -> None:
    write_cache(file, CONTENT, key="k")

    assert read_cache(file, key="k") == CONTENT
    assert os.listdir(file.parent) == [file.name]


def test_nothing_is_read_with_another_key_or_where_nothing_is(file: Path) -> None:
    assert read_cache(file, key="k") is None
    write_cache(file, CONTENT, key="k")
    assert read_cache(file, key="l") is None


def test_a_file_that_is_cut_anywhere_is_not_read(file: Path) -> None:
    write_cache(file, CONTENT, key="k")
    whole = file.read_bytes()
    for size in range(len(whole)):
        file.write_bytes(whole[:size])
        assert read_cache(file, key="k") is None, f"cut after {size} bytes"


def test_a_file_with_any_byte_changed_is_not_read(file: Path) -> None:
    write_cache(file, CONTENT, key="k")
    whole = file.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1
        file.write_bytes(damaged)
        assert read_cache(file, key="k") is None, f"byte {position} was changed"


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"[1]\n[1]\n", b"\xff\x00" * 99])
def test_a_foreign_file_is_not_read_and_is_replaced(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)

    assert read_cache(file, key="k") is None
    write_cache(file, CONTENT, key="k")
    assert read_cache(file, key="k") == CONTENT


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    file = tmp_path / "cache" / "things.json"

    write_cache(file, CONTENT, key="k")

    assert read_cache(file, key="k") is None


def test_a_folder_in_its_place_stands_and_no_temporary_file_is_left(file: Path) -> None:
    (file / "inside").mkdir(parents=True)

    write_cache(file, CONTENT, key="k")

    assert read_cache(file, key="k") is None
    assert os.listdir(file.parent) == [file.name]


def test_what_a_killed_process_left_is_removed(file: Path) -> None:
    file.parent.mkdir()
    (file.parent / f".{file.name}.1.tmp").write_text("half")

    write_cache(file, CONTENT, key="k")

    assert os.listdir(file.parent) == [file.name]


def test_the_file_is_replaced_and_never_changed_in_place(file: Path) -> None:
    write_cache(file, CONTENT, key="k")
    with open(file, "rb") as stream:
        before = file.read_bytes()
        write_cache(file, [], key="k")
        assert stream.read() == before, "who reads it meanwhile reads all of what it was"
    assert read_cache(file, key="k") == []
