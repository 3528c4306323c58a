"""What codes stand for: carriers and airports have short codes in the data, and names in tables of their own."""

from __future__ import annotations

from typing import TypeVar

import polars as pl

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def add_names(table: Frame, names: Frame, *, code: str, listed_as: str, name: str) -> Frame:
    """Return a table with one more column: the name of each row's code, null where none is listed.

    Args:
        table: Has the codes.
        names: Has the columns `listed_as` and "name".
        code: The column of `table` with the codes.
        listed_as: The column of `names` with the codes.
        name: The column that is added.
    """
    listed = names.select(pl.col(listed_as).alias(code), pl.col("name").alias(name))
    return table.join(listed, on=code, how="left")
