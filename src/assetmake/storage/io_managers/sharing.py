"""Sharing: a value that was loaded once is handed to several nodes, where none of them can spoil it for the next."""

from __future__ import annotations

import datetime as dt
import decimal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_IMMUTABLE = frozenset(
    {
        type(None),
        bool,
        int,
        float,
        complex,
        str,
        bytes,
        type(Path()),
        dt.date,
        dt.datetime,
        dt.time,
        dt.timedelta,
        decimal.Decimal,
    }
)
HandOut = Callable[[Any], Any]


def find_hand_out(value: object) -> HandOut | None:
    """Return what makes of a value, at a small part of what loading it costs, one that a node may change as it likes.

    None where there is no such thing: to copy lists, dicts and what else a pickle holds costs as much as reading them.
    """
    if _is_immutable(value):
        return _same
    for library, find in (("pyarrow", _share_arrow), ("polars", _share_polars), ("pandas", _share_pandas)):
        module = sys.modules.get(library)  # of a library that is not loaded it is no value
        if module is not None and (found := find(value, module)) is not None:
            return found
    return None


def _same(value: Any) -> Any:
    return value


def _is_immutable(value: object) -> bool:
    if type(value) is tuple:
        return all(map(_is_immutable, value))
    return type(value) in _IMMUTABLE


def _share_arrow(value: Any, pyarrow: Any) -> HandOut | None:
    kinds = (pyarrow.Table, pyarrow.RecordBatch, pyarrow.Array, pyarrow.ChunkedArray)
    return _same if isinstance(value, kinds) else None


def _share_polars(value: Any, polars: Any) -> HandOut | None:
    if type(value) is polars.LazyFrame:
        return _same
    if type(value) is polars.DataFrame and polars.Object not in value.dtypes:
        return _clone
    return None


def _clone(frame: Any) -> Any:
    return frame.clone()


def _share_pandas(value: Any, pandas: Any) -> HandOut | None:
    if type(value) is not pandas.DataFrame:
        return None
    # What an object column refers to, a list for example, is the same in every copy.
    kinds = [*value.dtypes, value.index.dtype, value.columns.dtype]
    return None if any(kind == object for kind in kinds) else _copy_frame  # noqa: E721 - a dtype compared with a type


def _copy_frame(frame: Any) -> Any:
    """Return a copy of all data: what is written through `.array` would pass pandas' copy-on-write by.

    That is memory moved, where loading decodes and converts.
    """
    copied = frame.copy(deep=True)
    copied.index = frame.index.copy(deep=True)
    copied.columns = frame.columns.copy(deep=True)
    return copied
