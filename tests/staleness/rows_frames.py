"""Frames: constants of pandas and Arrow, and annotations that decide how an input is loaded."""

from __future__ import annotations

from edits import Theme, change, must, must_not

from fresh import FRAMES as LIBRARIES

ASSETS = """
import pandas as pd
import polars as pl
import pyarrow as pa
from assetmake import asset

PORTS = pd.DataFrame({"code": ["JFK", "LGA"], "runways": [4, 2]})
ROWS = [1, 2]
COLUMN = pa.table({"n": ROWS})


@asset
def ports() -> pd.DataFrame:
    return PORTS


@asset
def arrow() -> list:
    return COLUMN.column("n").to_pylist()


@asset
def numbers() -> pd.DataFrame:
    return pd.DataFrame({"n": [1, 2, 3]})


@asset
def loaded(numbers: pd.DataFrame) -> str:
    return type(numbers).__module__


@asset
def not_annotated(numbers) -> int:
    return len(numbers)
"""


def edit(old: str, new: str):
    return change("assets.py", old, new)


FRAMES = Theme(
    "frames",
    {"assets.py": ASSETS},
    (
        must("frame in a constant", edit("[4, 2]", "[4, 3]"), code="ports", proved=False),
        must("rows behind an Arrow constant", edit("ROWS = [1, 2]", "ROWS = [1, 3]"), code="arrow", proved=False),
        must(
            "column of an Arrow constant",
            edit('pa.table({"n": ROWS})', 'pa.table({"n": ROWS[:1]})'),
            code="arrow",
            proved=False,
        ),
        must(
            "annotation of an input",
            edit("numbers: pd.DataFrame", "numbers: pl.DataFrame"),
            code="loaded",
            proved=False,
        ),
        must(
            "annotation given to an input",
            edit("not_annotated(numbers)", "not_annotated(numbers: pl.DataFrame)"),
            code="not_annotated",
            proved=False,
        ),
        must_not(
            "frame in a constant, reformatted",
            edit(
                '{"code": ["JFK", "LGA"], "runways": [4, 2]}',
                "{\n    'code': ['JFK', 'LGA'],\n    'runways': [4, 2],\n}",
            ),
            proved=False,
        ),
        must_not(
            "list behind an Arrow constant, spelled otherwise", edit("ROWS = [1, 2]", "ROWS = [1, 1 + 1]"), proved=False
        ),
        must_not(
            "annotation of an input, quoted", edit("numbers: pd.DataFrame", 'numbers: "pd.DataFrame"'), proved=False
        ),
        must_not(
            "annotation of a result",
            edit("def not_annotated(numbers) -> int:", "def not_annotated(numbers) -> object:"),
            proved=False,
        ),
    ),
    libraries=LIBRARIES,
)
