"""Profiles: what stored data looks like, kept of each build so that two can be compared when the older data is gone.

Of texts only how many are missing is kept, never the texts: they may be anybody's. A profile is a JSON object in a
text, made from what the writer of the file knows anyway.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MOST_COLUMNS = 200
"""Of wider tables these first columns are looked at."""
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def profile_table(schema: pa.Schema, written: pq.FileMetaData) -> str:
    """Return the profile of a table, from the footer of its file: for each column its name, its type, how many values
    are missing, the least and the greatest.
    """
    flat = written.num_columns == len(schema)  # else columns are nested, and the footer counts their leaves
    names, types = schema.names[:MOST_COLUMNS], schema.types
    groups = [written.row_group(number) for number in range(written.num_row_groups)] if flat else []
    columns = [
        [name, str(types[place]), *(_sum_up(groups, place) if not types[place].num_fields else _UNKNOWN)]
        for place, name in enumerate(names)
    ]
    return _write({"kind": "table", "columns": columns})


def profile_value(value: object) -> str | None:
    """Return the profile of a value that is kept as JSON: a number, or how long it is."""
    match value:
        case bool() | None:
            return None
        case int() | float():
            return _write({"kind": "number", "value": _make_plain(value)})
        case str():
            return _write({"kind": "text", "length": len(value)})
        case list() | tuple():
            return _write({"kind": "list", "length": len(value)})
        case dict():
            return _write({"kind": "object", "length": len(value)})
        case _:
            return None


def profile_verdict(verdict: str) -> str:
    """Return the profile of what a check found."""
    return _write({"kind": "check", "verdict": verdict})


def _sum_up(groups: Sequence[pq.RowGroupMetaData], place: int) -> list[Any]:
    """Return how many values a column misses, its least and its greatest, as far as the footer tells."""
    nulls: int | None = 0
    least: Any = None
    greatest: Any = None
    for group in groups:
        found = group.column(place).statistics
        if found is None:
            return _UNKNOWN
        nulls = None if nulls is None or not found.has_null_count else nulls + found.null_count
        if found.has_min_max and found.physical_type not in _TEXTS:
            low, high = found.min, found.max
            least = low if least is None or low < least else least
            greatest = high if greatest is None or high > greatest else greatest
    return [nulls, _make_plain(least), _make_plain(greatest)]


_UNKNOWN: list[Any] = [None, None, None]
_TEXTS = frozenset({"BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"})


def _make_plain(value: Any) -> Any:
    match value:
        case float():
            return value if isfinite(value) else None
        case bool() | int() | None:
            return value
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return None  # what has no order that a person would know
