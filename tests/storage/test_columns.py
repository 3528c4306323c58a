"""A table that is shown to the database reads the same, whether it comes as parameters or as Arrow."""

from __future__ import annotations

import subprocess
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assetmake.storage import columns
from assetmake.storage.columns import (
    Columns,
    float32_column,
    halves_columns,
    hide_table,
    int32_column,
    int32_lists_column,
    int64_column,
    show_table,
    shown_table,
    text_column,
    uint64_column,
    uint64_lists_column,
)

MOST = 2**64 - 1
TABLE: Columns = {
    "parts": int64_column(array("q", [-(2**63), 0, 2**63 - 1])),
    "rows_": int64_column([None, 5, 2**40]),
    "numbers": int32_column(range(3)),
    "inodes": uint64_column([0, 1, MOST]),
    "seconds": float32_column([0.0, 0.5, 1e9]),
    "names": text_column(["", None, "zürich 😀"]),
    "read": uint64_lists_column([[], [MOST], [1, 2, 3]]),
    "members": int32_lists_column([[7], [], [1, 2]]),
    **halves_columns([0, 2**128 - 1, 2**64 + 3], "data_"),
}
ROWS = [
    (-(2**63), None, 0, 0, 0.0, "", [], [7], 0, 0),
    (0, 5, 1, 1, 0.5, None, [MOST], [], MOST, MOST),
    (2**63 - 1, 2**40, 2, MOST, 1e9, "zürich 😀", [1, 2, 3], [1, 2], 1, 3),
]


@pytest.fixture(params=["parameters", "arrow"])
def db(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    monkeypatch.setattr(columns, "_is_arrow_worth_it", lambda _: request.param == "arrow")
    with duckdb.connect() as db:
        yield db


def test_values_come_back_as_they_are(db: duckdb.DuckDBPyConnection) -> None:
    with shown_table(db, "shown", TABLE):
        assert db.execute("select * from shown").fetchall() == ROWS
        kinds = [kind for _, kind, *_ in db.execute("describe shown").fetchall()]
    assert kinds == [column.kind.upper() for column in TABLE.values()]


def test_a_table_may_be_empty(db: duckdb.DuckDBPyConnection) -> None:
    empty = {"part": int64_column([]), "name": text_column([]), "read": uint64_lists_column([])}
    with shown_table(db, "shown", empty):
        assert db.execute("select * from shown").fetchall() == []


def test_what_is_hidden_is_gone_and_its_name_is_free(db: duckdb.DuckDBPyConnection) -> None:
    for number in range(2):
        with shown_table(db, "shown", {"part": int64_column([number])}):
            assert db.execute("select part from shown").fetchall() == [(number,)]
    with pytest.raises(duckdb.CatalogException):
        db.execute("select * from shown")


def test_a_failed_transaction_keeps_its_own_error(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("begin")
    with pytest.raises(duckdb.ConversionException), shown_table(db, "shown", {"name": text_column(["x"])}):
        db.execute("select name::integer from shown").fetchall()
    db.execute("rollback")
    show_table(db, "shown", {"part": int64_column([1])})
    hide_table(db, "shown")


def test_what_utf_8_cannot_hold_is_shown_escaped(db: duckdb.DuckDBPyConnection) -> None:
    with shown_table(db, "shown", {"name": text_column(["\udc80", None, "a\0b", "ü\ud800"])}):
        rows = db.execute("select name from shown").fetchall()

    assert rows == [("\\udc80",), (None,), ("a\0b",), ("ü\\ud800",)]


ASSETS = """
from assetmake import StaticPartitionsDefinition, asset


@asset(partitions_def=StaticPartitionsDefinition(["x", "y"]))
def several(context) -> str:
    return context.partition_key


@asset
def total(several: dict) -> int:
    return len(several)
"""
BUILD = """
import sys
from assetmake.cli.entry import run
assert run(["build"]) == 0
assert run(["build", "--force"]) == 0
assert run(["invalidate", "several@x"]) == 0
assert run(["build"]) == 0
assert run(["status"]) == 0
print(sorted({"pyarrow", "pandas", "numpy"} & set(sys.modules)))
"""


def test_a_small_build_loads_no_arrow(tmp_path: Path) -> None:
    (tmp_path / "assets.toml").write_text("")
    (tmp_path / "assets.py").write_text(ASSETS)
    done = subprocess.run(
        [sys.executable, "-c", BUILD], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr
