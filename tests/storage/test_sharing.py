"""Values that are loaded once for several nodes: whatever one of them does to its own, the next does not see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from assetmake.storage.io_managers.sharing import find_hand_out


def make_pandas() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "a": [1, 2, 3],
            "s": ["x", "y", "z"],
            "d": pd.to_datetime(["2020", "2021", "2022"]),
            "c": pd.Categorical(["p", "q", "p"]),
            "n": pd.array([1, 2, None], dtype="Int64"),
        },
        index=[4, 5, 6],
    )


def make_polars() -> pl.DataFrame:
    return pl.DataFrame({"a": [1, 2, 3], "s": ["x", "y", "z"], "l": [[1], [2], [3]]})


def write_array(name: str) -> Callable[[Any], None]:
    def write(frame: Any) -> None:
        frame[name].array[0] = frame[name].array[1]

    return write


PANDAS: dict[str, Callable[[Any], object]] = {
    "loc": lambda frame: frame.loc.__setitem__((4, "a"), 99),
    "iloc": lambda frame: frame.iloc.__setitem__((0, 0), 99),
    "a column": lambda frame: frame.__setitem__("a", 0),
    "a new column": lambda frame: frame.__setitem__("new", 0),
    "an array": write_array("a"),
    "an array of times": write_array("d"),
    "an array of categories": write_array("c"),
    "an array with nulls": write_array("n"),
    "an array of texts": write_array("s"),
    "the index' name": lambda frame: setattr(frame.index, "name", "key"),
    "the columns' name": lambda frame: setattr(frame.columns, "name", "key"),
    "the columns": lambda frame: setattr(frame, "columns", list("vwxyz")),
    "attributes": lambda frame: frame.attrs.update(note=1),
    "in place": lambda frame: frame.pop("a"),
}
POLARS: dict[str, Callable[[Any], object]] = {
    "a cell": lambda frame: frame.__setitem__((0, "a"), 99),
    "a series": lambda frame: frame["a"].__setitem__(0, 99),
    "more rows": lambda frame: frame.extend(make_polars()),
    "more rows in place": lambda frame: frame.vstack(make_polars(), in_place=True),
    "a column less": lambda frame: frame.drop_in_place("a"),
    "a column more": lambda frame: frame.insert_column(0, pl.Series("new", [1, 2, 3])),
    "names": lambda frame: setattr(frame, "columns", ["x", "y", "z"]),
    "a sorted series": lambda frame: frame.get_column("a").sort(descending=True, in_place=True),
}


@pytest.mark.parametrize("change", PANDAS.values(), ids=PANDAS)
def test_a_pandas_frame_is_safe_from_a_node_that_writes(change: Callable[[Any], object]) -> None:
    frame = make_pandas()
    hand_out = find_hand_out(frame)
    assert hand_out is not None

    change(hand_out(frame))

    pd.testing.assert_frame_equal(hand_out(frame), make_pandas())
    assert (hand_out(frame).index.name, hand_out(frame).columns.name, hand_out(frame).attrs) == (None, None, {})


@pytest.mark.parametrize("change", POLARS.values(), ids=POLARS)
def test_a_polars_frame_is_safe_from_a_node_that_writes(change: Callable[[Any], object]) -> None:
    frame = make_polars()
    hand_out = find_hand_out(frame)
    assert hand_out is not None

    change(hand_out(frame))

    assert hand_out(frame).equals(make_polars())


@pytest.mark.parametrize(
    "value",
    [None, True, 1, 1.5, "text", b"bytes", Path("x"), dt.date(2026, 1, 1), (1, ("two", None)), pa.table({"a": [1]})],
    ids=repr,
)
def test_what_cannot_be_changed_is_handed_out_as_it_is(value: object) -> None:
    hand_out = find_hand_out(value)

    assert hand_out is not None
    assert hand_out(value) is value


@pytest.mark.parametrize(
    "value",
    [
        [1],
        {"a": 1},
        ([1],),
        {1},
        bytearray(b"x"),
        object(),
        pd.DataFrame({"a": [[1], [2]]}),
        pl.DataFrame({"a": [object()]}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_node_could_spoil_for_the_next_is_loaded_again(value: object) -> None:
    assert find_hand_out(value) is None
