"""Tables of Python values, shown to the database: a few rows as parameters, many as Arrow.

Importing Arrow takes longer than most plans and small builds, so it is loaded for the first large table; from then on
it is the faster way for all. Its columns are made of buffers: `pyarrow.array` imports pandas where it is installed, to
recognise its objects, and that costs a second in a process that has no other use for it.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeAlias

from assetmake.storage.texts import escape_text, escape_texts

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MOST_BY_PARAMETERS = 2_000
"""Rows up to which a table is a list of parameters as long as Arrow is not loaded: at some 10 µs each."""
_MOST_WRITTEN = 50
_WRITTEN = frozenset({"bigint", "integer", "ubigint"})
_LOW = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one type.

    Attributes:
        kind: The type's name in the database.
        values: What is in it.
        to_arrow: Makes an Arrow array of them.
    """

    kind: str
    values: Sequence[Any]
    to_arrow: Callable[[Sequence[Any]], pa.Array]


Columns: TypeAlias = Mapping[str, Column]


def show_table(db: duckdb.DuckDBPyConnection, name: str, columns: Columns) -> None:
    """Let queries read columns of equal length under a name, until `hide_table`.

    Args:
        db: A connection.
        name: The name; nothing else may have it.
        columns: By their names.
    """
    if _is_arrow_worth_it(columns):
        import pyarrow as pa

        db.register(name, pa.table({each: column.to_arrow(column.values) for each, column in columns.items()}))
        return
    chosen = ", ".join(f"unnest(?::{column.kind}[]) as {each}" for each, column in columns.items())
    db.execute(
        f"create or replace temp table {name} as select {chosen}", [_list_values(column) for column in columns.values()]
    )


def write_table(columns: Columns) -> str | None:
    """Return a few rows of numbers as a FROM item, which costs no statement of its own; None where it cannot be one."""
    if any(column.kind not in _WRITTEN or len(column.values) > _MOST_WRITTEN for column in columns.values()):
        return None
    chosen = (
        f"unnest([{', '.join('null' if value is None else str(value) for value in column.values)}]::{column.kind}[])"
        f" as {name}"
        for name, column in columns.items()
    )
    return f"(select {', '.join(chosen)})"


def hide_table(db: duckdb.DuckDBPyConnection, name: str) -> None:
    """Take back what `show_table` has shown; after an error that is done by the end of the transaction."""
    import duckdb

    with suppress(duckdb.Error):
        db.unregister(name)
        db.execute(f"drop table if exists temp.{name}")


@contextmanager
def shown_table(db: duckdb.DuckDBPyConnection, name: str, columns: Columns) -> Iterator[None]:
    """Show a table in the block."""
    show_table(db, name, columns)
    try:
        yield
    finally:
        hide_table(db, name)


def int64_column(values: Sequence[int | None]) -> Column:
    """Return a column of 64-bit integers; an `array('q')` is shown in place, without a copy."""
    return Column("bigint", values, _build_int64)


def int32_column(values: Iterable[int]) -> Column:
    return Column("integer", list(values), lambda values: _plain(_arrow().int32(), array("i", values), None))


def uint64_column(values: Iterable[int]) -> Column:
    return Column("ubigint", list(values), _build_uint64)


def float32_column(values: Iterable[float]) -> Column:
    return Column("float", list(values), lambda values: _plain(_arrow().float32(), array("f", values), None))


def text_column(values: Sequence[str | None]) -> Column:
    return Column("varchar", values, _build_texts)


def uint64_lists_column(values: Sequence[Sequence[int]]) -> Column:
    return Column("ubigint[]", values, lambda values: _build_lists(_arrow().uint64(), "Q", values))


def int32_lists_column(values: Sequence[Sequence[int]]) -> Column:
    return Column("integer[]", values, lambda values: _build_lists(_arrow().int32(), "i", values))


def halves_columns(numbers: Sequence[int], prefix: str = "") -> dict[str, Column]:
    """Return 128-bit numbers as two columns, the high and the low halves; `JOIN_HALVES` puts them together."""
    high, low = [number >> 64 for number in numbers], [number & _LOW for number in numbers]
    return {f"{prefix}hi": uint64_column(high), f"{prefix}lo": uint64_column(low)}


JOIN_HALVES = "{hi}::uhugeint * 18446744073709551616::uhugeint + {lo}::uhugeint"


def _is_arrow_worth_it(columns: Columns) -> bool:
    return "pyarrow" in sys.modules or any(len(column.values) > MOST_BY_PARAMETERS for column in columns.values())


def _list_values(column: Column) -> list[Any]:
    values = list(column.values)
    return escape_texts(values) if column.kind == "varchar" else values


def _arrow() -> Any:
    import pyarrow as pa

    return pa


def _build_int64(values: Sequence[int | None]) -> pa.Array:
    if isinstance(values, array) and values.typecode == "q":
        return _plain(_arrow().int64(), values, None)
    return _plain(_arrow().int64(), array("q", (value or 0 for value in values)), _validity(values))


def _build_uint64(values: Sequence[int]) -> pa.Array:
    return _plain(_arrow().uint64(), array("Q", values), None)


def _build_texts(values: Sequence[str | None]) -> pa.Array:
    pa = _arrow()
    encoded = [b"" if value is None else escape_text(value).encode() for value in values]
    offsets = array("q", accumulate(map(len, encoded), initial=0))
    buffers = [_validity(values), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.large_string(), len(encoded), buffers)


def _build_lists(kind: pa.DataType, code: str, values: Sequence[Sequence[int]]) -> pa.Array:
    pa = _arrow()
    offsets = array("i", accumulate(map(len, values), initial=0))
    child = _plain(kind, array(code, (number for several in values for number in several)), None)
    return pa.Array.from_buffers(pa.list_(kind), len(values), [None, pa.py_buffer(offsets)], children=[child])


def _plain(kind: pa.DataType, values: array[Any], validity: pa.Buffer | None) -> pa.Array:
    pa = _arrow()
    return pa.Array.from_buffers(kind, len(values), [validity, pa.py_buffer(values)])


def _validity(values: Sequence[object]) -> pa.Buffer | None:
    if None not in values:
        return None
    bits = bytearray((len(values) + 7) // 8)
    for index, value in enumerate(values):
        if value is not None:
            bits[index >> 3] |= 1 << (index & 7)
    return _arrow().py_buffer(bytes(bits))
