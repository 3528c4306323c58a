"""A look at stored outputs."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assetmake.errors import StorageError
from assetmake.reporting.preview import preview


def write_table(path: Path, **columns: list[object]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_a_table_is_shown_as_its_first_rows(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.parquet", day=["x", None, "z\x1b"], amount=[1, 20, 3])
    assert list(preview([(None, path)], limit=2)) == ["day  amount", "x    1", "     20", "2 of 3 rows"]
    assert "z\\x1b  3" in list(preview([(None, path)], limit=10))


def test_tables_of_partitions_are_shown_as_one(tmp_path: Path) -> None:
    files = [(name, write_table(tmp_path / f"{name}.parquet", n=[1, 2])) for name in ("p", "q", "r")]
    assert list(preview(files, limit=3)) == [
        "partition  n",
        "p          1",
        "p          2",
        "q          1",
        "3 of 4 rows in the first 2 partitions of 3",
    ]


def test_json_is_shown_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": [1, "ü"]}', encoding="utf-8")
    assert list(preview([(None, path)], limit=10)) == ["{", '  "a": [', "    1,", '    "ü"', "  ]", "}"]


def test_other_files_are_told_with_their_size(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"x" * 2048)
    assert list(preview([(None, path)], limit=10)) == [f"{path}  2.0 KiB"]


def test_of_many_files_the_first_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"x")
    assert list(preview([(str(number), path) for number in range(25)], limit=10))[-1] == "+5 more"


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"a\.parquet"):
        list(preview([(None, tmp_path / "a.parquet")], limit=10))
