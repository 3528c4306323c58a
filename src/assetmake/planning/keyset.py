"""Key sets: partition ids as sequences in Python and as relations in DuckDB.

Between rooms a set of partitions is a `range` (arithmetic windows) or an `array('q')`. A range is spelled out by
the database; a large array is shown to it in place, without a copy.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING

from assetmake.planning.plan import Parts
from assetmake.storage.columns import Columns, hide_table, int64_column, show_table, write_table

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_NUMBERS = count()
ONE_PART = range(1)
"""The parts of an asset that is not partitioned."""


def from_arrow(column: pa.ChunkedArray) -> array[int]:
    """Return an int64 column without nulls as parts."""
    parts = array("q")
    for chunk in column.chunks:
        data = chunk.buffers()[1]
        if data is not None:
            parts.frombytes(memoryview(data)[chunk.offset * 8 : (chunk.offset + len(chunk)) * 8])
    return parts


def relate(db: duckdb.DuckDBPyConnection, parts: Parts) -> str:
    """Return a FROM item with one column `part` that holds the parts."""
    if isinstance(parts, range):
        return f"(select range as part from range({parts.start}, {parts.stop}, {parts.step}))"
    return relate_table(db, {"part": int64_column(parts)})


def relate_table(db: duckdb.DuckDBPyConnection, columns: Columns) -> str:
    """Return a FROM item with the rows of a table: written out where they are few, else shown under a name."""
    written = write_table(columns)
    if written is not None:
        return written
    name = f"keys_{next(_NUMBERS)}"
    show_table(db, name, columns)
    return name


def forget_relations(db: duckdb.DuckDBPyConnection, relations: Iterable[str]) -> None:
    """Take back what `relate` has shown."""
    for relation in relations:
        if relation.startswith("keys_"):
            hide_table(db, relation)


def slice_between(parts: Parts, first: int, last: int) -> Parts:
    """Return the ascending parts that lie in the inclusive interval."""
    return parts[bisect_left(parts, first) : bisect_right(parts, last)]


def unite(everything: Parts, some: Sequence[Parts]) -> Parts:
    """Return the union of subsets of `everything`, in its order."""
    for subset in some:
        if len(subset) == len(everything):
            return everything
    if len(some) == 1:
        return some[0]
    wanted: set[int] = set()
    for subset in some:
        wanted.update(subset)
    return array("q", (part for part in everything if part in wanted))
