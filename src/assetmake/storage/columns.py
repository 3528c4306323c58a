"""Arrow columns from Python values, made of buffers.

`pyarrow.array` imports pandas where it is installed, to recognise its objects; that costs a second in a process
that has no other use for it. These few kinds of column are all that the state needs. Arrow itself is loaded when the
first is made: it takes longer than many a plan.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def make_table(columns: Mapping[str, pa.Array]) -> pa.Table:
    """Return a table of columns, by name."""
    import pyarrow as pa

    return pa.table(columns)


def int64_column(values: Sequence[int | None]) -> pa.Array:
    """Return a column of 64-bit integers; an `array('q')` is shown in place, without a copy."""
    import pyarrow as pa

    if isinstance(values, array) and values.typecode == "q":
        return _plain(pa.int64(), values, None)
    return _plain(pa.int64(), array("q", (value or 0 for value in values)), _validity(values))


def int32_column(values: Iterable[int]) -> pa.Array:
    import pyarrow as pa

    return _plain(pa.int32(), array("i", values), None)


def uint64_column(values: Iterable[int]) -> pa.Array:
    import pyarrow as pa

    return _plain(pa.uint64(), array("Q", values), None)


def float32_column(values: Iterable[float]) -> pa.Array:
    import pyarrow as pa

    return _plain(pa.float32(), array("f", values), None)


def text_column(values: Sequence[str | None]) -> pa.Array:
    import pyarrow as pa

    encoded = [b"" if value is None else value.encode("utf-8", "surrogatepass") for value in values]
    offsets = array("q", accumulate(map(len, encoded), initial=0))
    buffers = [_validity(values), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.large_string(), len(encoded), buffers)


def uint64_lists_column(values: Sequence[Sequence[int]]) -> pa.Array:
    import pyarrow as pa

    offsets = array("i", accumulate(map(len, values), initial=0))
    child = uint64_column(number for several in values for number in several)
    return pa.Array.from_buffers(pa.list_(pa.uint64()), len(values), [None, pa.py_buffer(offsets)], children=[child])


def int32_lists_column(values: Sequence[Sequence[int]]) -> pa.Array:
    import pyarrow as pa

    offsets = array("i", accumulate(map(len, values), initial=0))
    child = int32_column(number for several in values for number in several)
    return pa.Array.from_buffers(pa.list_(pa.int32()), len(values), [None, pa.py_buffer(offsets)], children=[child])


def _plain(kind: pa.DataType, values: array[int] | array[float], validity: pa.Buffer | None) -> pa.Array:
    import pyarrow as pa

    return pa.Array.from_buffers(kind, len(values), [validity, pa.py_buffer(values)])


def _validity(values: Sequence[object]) -> pa.Buffer | None:
    import pyarrow as pa

    if None not in values:
        return None
    bits = bytearray((len(values) + 7) // 8)
    for index, value in enumerate(values):
        if value is not None:
            bits[index >> 3] |= 1 << (index & 7)
    return pa.py_buffer(bytes(bits))
