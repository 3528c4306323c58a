"""Source files: which there are, and when a remembered hash is good enough."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from assetmake.clock import RACY_NANOSECONDS
from assetmake.errors import StorageError
from assetmake.storage.ledger import SourceRow
from assetmake.storage.sources import (
    Observation,
    Search,
    list_files,
    list_template_keys,
    observe_files,
)

AGES = 3600 * 10**9


class Files:
    """A folder of files and what is known of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.known: Mapping[str, SourceRow] = {}

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def look(self, *paths: str, later: int = AGES) -> Observation:
        """Look at files, some nanoseconds from now."""
        seen = observe_files(self.root, paths, known=self.known, now=time.time_ns() + later)
        self.known = {**self.known, **seen.rows}
        return seen


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_a_file_is_hashed_once_and_then_remembered(files: Files) -> None:
    files.write("a.csv", "one")
    files.write("b.csv", "two")

    first = files.look("a.csv", "b.csv")
    assert {row.path for row in first.learned} == {"a.csv", "b.csv"}

    again = files.look("a.csv", "b.csv")
    assert again.rows == first.rows
    assert again.learned == ()


def test_a_remembered_hash_is_not_computed_again(files: Files) -> None:
    files.write("a.csv", "one")
    files.look("a.csv")
    files.known = {"a.csv": replace(files.known["a.csv"], content=42)}

    assert files.look("a.csv").rows["a.csv"].content == 42


def test_a_missing_file_is_left_out(files: Files) -> None:
    files.write("file", "")

    seen = files.look("missing.csv", "no/such/folder.csv", "file/below.csv")

    assert (dict(seen.rows), seen.learned) == ({}, ())


def test_a_file_that_cannot_be_read_is_named(files: Files) -> None:
    (files.root / "folder.csv").mkdir()

    with pytest.raises(StorageError, match=r"folder\.csv"):
        files.look("folder.csv")


def test_a_touch_is_seen_and_changes_no_hash(files: Files) -> None:
    file = files.write("a.csv", "one")
    before = files.look("a.csv").rows["a.csv"]

    os.utime(file, ns=(1, 1))
    seen = files.look("a.csv")

    assert seen.rows["a.csv"].content == before.content
    assert [row.mtime for row in seen.learned] == [1]


def rewrite(file: Path, text: str) -> None:
    file.write_text(text)


def replace_file(file: Path, text: str) -> None:
    beside = file.with_name("beside")
    beside.write_text(text)
    beside.rename(file)


@pytest.mark.parametrize("change", [rewrite, replace_file])
def test_an_edit_of_the_same_size_and_time_is_seen_right_after_a_look(
    files: Files, change: Callable[[Path, str], None]
) -> None:
    file = files.write("a.csv", "one")
    stat = file.stat()
    before = files.look("a.csv", later=0).rows["a.csv"]

    change(file, "two")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert files.look("a.csv").rows["a.csv"].content != before.content


def test_an_old_time_that_was_put_back_on_an_edited_file_deceives_nobody(files: Files) -> None:
    file = files.write("a.csv", "one")
    old = time.time_ns() - AGES
    os.utime(file, ns=(old, old))
    before = files.look("a.csv", later=0).rows["a.csv"]

    file.write_text("two")
    os.utime(file, ns=(old, old))

    assert files.look("a.csv").rows["a.csv"].content != before.content


@pytest.mark.parametrize(("age", "trusted"), [(RACY_NANOSECONDS - 10**9, False), (RACY_NANOSECONDS + 10**9, True)])
def test_a_row_vouches_for_files_that_were_older_than_it_by_the_grain_of_clocks(
    files: Files, age: int, trusted: bool
) -> None:
    file = files.write("a.csv", "one")
    row = files.look("a.csv").rows["a.csv"]
    files.known = {"a.csv": replace(row, seen_at=file.stat().st_ctime_ns + age)}

    assert (files.look("a.csv").learned == ()) is trusted


@pytest.mark.parametrize("field", ["size", "mtime", "inode"])
def test_a_row_vouches_for_no_other_file(files: Files, field: str) -> None:
    files.write("a.csv", "one")
    row = files.look("a.csv").rows["a.csv"]
    files.known = {"a.csv": replace(row, **{field: getattr(row, field) - 1, "content": 42})}

    assert files.look("a.csv").rows["a.csv"].content == row.content


def test_a_glob_lists_the_files_there_are_in_order(files: Files) -> None:
    for name in ("in/b.csv", "in/a.csv", "in/deep/c.csv", "in/d.txt", "in/.hidden.csv"):
        files.write(name, "")
    (files.root / "in" / "folder.csv").mkdir()

    assert list_files(files.root, "in/*.csv") == ["in/a.csv", "in/b.csv"]
    assert list_files(files.root, "in/**/*.csv") == ["in/a.csv", "in/b.csv", "in/deep/c.csv"]
    assert list_files(files.root, "none/*.csv") == []
    assert list_files(files.root, f"{files.root}/in/*.txt") == [f"{files.root}/in/d.txt"]


@pytest.mark.parametrize(
    "key", ["2026-01-05", "a b", "ü", "日本", "a.b", "..a", "*", "[a]", "?", "-", "100%", "it's", "{x}", "a\\b", "=x"]
)
@pytest.mark.parametrize("template", ["in/{}.csv", "in/x-{}.csv", "in/{}", "{}.csv", "in/{}/rows.csv", "in/x{}/r.csv"])
def test_keys_are_read_back_from_the_names_of_files(files: Files, template: str, key: str) -> None:
    path = template.format(key)
    files.write(path, "")
    files.write("in/other.txt", "")
    before, after = template.split("{}")
    found = list_template_keys(files.root, before, after)

    hidden = path.rpartition("/")[2].startswith(".") or "/." in path
    assert found.get(key) == (None if hidden else path)
    assert set(found) <= {key, "other.txt"}


def test_text_around_the_key_must_not_overlap(files: Files) -> None:
    for name in ("data-x.csv", "data--x.csv", "data-1-x.csv"):
        files.write(name, "")

    assert list_template_keys(files.root, "data-", "-x.csv") == {"1": "data-1-x.csv"}


def test_folders_are_no_keys_where_files_are_asked_for(files: Files) -> None:
    (files.root / "in" / "a.csv").mkdir(parents=True)

    assert list_template_keys(files.root, "in/", ".csv") == {}
    assert list_template_keys(files.root, "missing/", ".csv") == {}


def test_an_absolute_template_gives_absolute_paths(files: Files) -> None:
    file = files.write("in/a.csv", "")

    assert list_template_keys(Path("elsewhere"), f"{files.root}/in/", ".csv") == {"a": str(file)}


@pytest.mark.parametrize("kind", ["glob", "template"])
def test_a_search_tells_whether_it_still_finds_the_same(tmp_path: Path, kind: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text("1")
    if kind == "glob":
        search = Search.by_glob(tmp_path, "in/*.csv")
    else:
        search = Search.by_template("in/", ".csv", list_template_keys(tmp_path, "in/", ".csv"))
    assert search.found == ("in/a.csv",)
    assert search.finds_the_same(tmp_path)

    (tmp_path / "in/a.csv").rename(tmp_path / "in/b.csv")

    assert not search.finds_the_same(tmp_path)
