"""The canonical hash of an Arrow table: the same for the same schema and rows, however they lie in memory."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from assetmake.storage.schema_hashing import (
    as_entries,
    describe_schema,
    entries_type,
    follows_rows,
    is_list,
    iterate_dictionaries,
)

if TYPE_CHECKING:
    import pyarrow as pa

_WINDOW = 1 << 16  # rows; what is copied for one window stays in the processor's cache
_MODULUS = 1 << 128


def ordered_digest(table: pa.Table, schema: pa.Schema) -> bytes:
    """Return the sha256 of a table's columns, each streamed through its own hash.

    Args:
        schema: What it was written with; Parquet gives some types back as others.
    """
    total = hashlib.sha256(_header(table, schema, unordered=False))
    for column in table.columns:
        stream = _ColumnStream(column.type)
        for window in _windows(column.chunks):
            stream.update(window)
        total.update(stream.digest())
    return total.digest()


def unordered_digest(table: pa.Table, schema: pa.Schema) -> bytes:
    """Return a hash of a table's rows as a multiset: the sum of the rows' hashes."""
    rows = 0
    if table.num_columns:
        for batch in table.to_batches(max_chunksize=_WINDOW):
            rows += sum(int.from_bytes(row, "big") for row in _row_digests(batch.columns))
    return hashlib.sha256(
        _header(table, schema, unordered=True) + b"unordered" + (rows % _MODULUS).to_bytes(16, "big")
    ).digest()


def _header(table: pa.Table, schema: pa.Schema, *, unordered: bool) -> bytes:
    described = json.dumps([table.num_rows, *describe_schema(schema)]).encode()
    return described + b"".join(map(_dictionary_digest, _dictionaries(table, unordered=unordered)))


def _dictionaries(table: pa.Table, *, unordered: bool) -> Iterator[pa.Array]:
    for field, column in zip(table.schema, table.columns, strict=True):
        for values in iterate_dictionaries(column.type, column.chunks):
            # The order of these is that of the rows, and a query may give those in any.
            yield values.sort() if unordered and follows_rows(field) else values


def _dictionary_digest(values: pa.Array) -> bytes:
    stream = _ColumnStream(values.type)
    stream.update(values)
    return stream.digest()


def _windows(chunks: Iterable[pa.Array]) -> Iterator[pa.Array]:
    for chunk in chunks:
        for start in range(0, len(chunk), _WINDOW):
            yield chunk.slice(start, _WINDOW)


def _kept_type(kind: pa.DataType) -> pa.DataType:
    """Return the type that a Parquet file gives back, or one layout of what has several."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_timestamp(kind) and kind.unit == "s":
        return pa.timestamp("ms", kind.tz)
    return {
        "date64[ms]": pa.date32(),
        "time32[s]": pa.time32("ms"),
        "string_view": pa.large_string(),
        "binary_view": pa.large_binary(),
    }.get(str(kind), kind)


class _ColumnStream:
    """A hash that is fed with a column piece by piece, and does not depend on the pieces.

    Positions of nulls, sizes and values go through hashes of their own, so each is a plain stream.
    """

    def __init__(self, kind: pa.DataType) -> None:
        self._rows = 0
        self._nulls = hashlib.sha256()
        self._sizes = hashlib.sha256()
        self._values = hashlib.sha256()
        self._children = [_ColumnStream(child) for child in _child_types(kind)]

    def update(self, array: pa.Array) -> None:
        from pyarrow import types

        array = _plain(array)
        rows = len(array)
        if array.null_count and not types.is_null(array.type):
            self._nulls.update(_null_positions(array, self._rows))
            array = array.drop_null()
        self._rows += rows
        self._feed(array)

    def digest(self) -> bytes:
        parts = [self._nulls, self._sizes, self._values]
        digests = [part.digest() for part in parts] + [child.digest() for child in self._children]
        return hashlib.sha256(struct.pack("<q", self._rows) + b"".join(digests)).digest()

    def _feed(self, array: pa.Array) -> None:
        import pyarrow.compute as pc
        from pyarrow import types

        kind = array.type
        if types.is_null(kind):
            return
        if _is_varying(kind):
            self._sizes.update(_sizes_bytes(pc.binary_length(array)))
            self._values.update(_varying_bytes(array))
        elif types.is_struct(kind):
            for child, field in zip(self._children, array.flatten(), strict=True):
                child.update(field)
        elif is_list(kind):
            self._sizes.update(_sizes_bytes(pc.list_value_length(array)))
            self._children[0].update(array.flatten())
        elif (fixed := _as_fixed(array)) is not None:
            self._values.update(_fixed_bytes(fixed))
        else:
            for text in _texts(array):
                self._values.update(struct.pack("<q", len(text)) + text)


def _child_types(kind: pa.DataType) -> list[Any]:
    import pyarrow as pa
    from pyarrow import types

    while not types.is_map(kind):
        if isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        elif types.is_dictionary(kind) or types.is_run_end_encoded(kind):
            kind = kind.value_type
        else:
            break
    if types.is_map(kind):
        return [entries_type(kind)]
    if types.is_struct(kind):
        return [field.type for field in kind]
    return [kind.value_type] if is_list(kind) else []


def _plain(array: pa.Array) -> pa.Array:
    """Undo encodings, and bring to one layout what has several."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(array.storage)
    if types.is_dictionary(kind):
        return _plain(array.dictionary_decode())
    if types.is_run_end_encoded(kind):
        return _plain(pc.run_end_decode(array))
    if types.is_map(kind):
        return as_entries(array)
    kept = _kept_type(kind)
    return array if kept is kind else array.cast(kept, safe=False)


def _is_varying(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(
        types.is_string(kind) or types.is_large_string(kind) or types.is_binary(kind) or types.is_large_binary(kind)
    )


def _null_positions(array: pa.Array, before: int) -> memoryview:
    import pyarrow as pa
    import pyarrow.compute as pc

    positions = pc.indices_nonzero(array.is_null())
    return _fixed_bytes(pc.add(positions, pa.scalar(before, pa.uint64())))


def _sizes_bytes(sizes: pa.Array) -> memoryview:
    import pyarrow as pa

    return _fixed_bytes(sizes if sizes.type == pa.int64() else sizes.cast(pa.int64()))


def _as_fixed(array: pa.Array) -> pa.Array | None:
    """Return the array as one of whole bytes a row; None where it is of another kind."""
    import pyarrow as pa
    from pyarrow import types

    kind = array.type
    if types.is_boolean(kind):
        return array.cast(pa.uint8())
    has_width = types.is_primitive(kind) or types.is_decimal(kind) or types.is_fixed_size_binary(kind)
    return array if has_width or types.is_interval(kind) else None


def _fixed_bytes(array: pa.Array) -> memoryview:
    data = array.buffers()[1]
    width = array.type.bit_width // 8
    view = memoryview(b"" if data is None else data)
    return view[array.offset * width : (array.offset + len(array)) * width]


def _varying_bytes(array: pa.Array) -> memoryview:
    _, offsets, data = array.buffers()
    if not len(array) or data is None:
        return memoryview(b"")
    wide = "large" in str(array.type)
    positions = memoryview(offsets).cast("B").cast("q" if wide else "i")
    return memoryview(data)[positions[array.offset] : positions[array.offset + len(array)]]


def _texts(array: pa.Array) -> list[bytes]:
    return [repr(value).encode("utf-8", "surrogatepass") for value in array.to_pylist()]


def _row_digests(columns: Iterable[pa.Array]) -> list[bytes]:
    """Return one hash for each row: of its values' bytes, each with what is needed to tell them apart."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [part for column in columns for part in _row_parts(column)]
    rows = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary()))
    _, offsets, data = rows.buffers()
    if data is None:
        return [_row_digest(b"")] * len(rows)
    ends = memoryview(offsets).cast("B").cast("q")[rows.offset : rows.offset + len(rows) + 1]
    view = memoryview(data)
    return [_row_digest(view[start:end]) for start, end in pairwise(ends)]


def _row_digest(data: bytes | memoryview) -> bytes:
    return hashlib.sha256(data).digest()[:16]


def _row_parts(array: pa.Array) -> list[Any]:
    """Return arrays of bytes that, joined, stand for the rows of this one."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    array = _plain(array)
    kind = array.type
    marker = _as_binary(array.is_valid().cast(pa.uint8()))
    if types.is_null(kind):
        return [marker]
    if types.is_struct(kind):
        return [marker, *(part for field in array.flatten() for part in _row_parts(field))]
    if _is_varying(kind):
        data = array.cast(pa.large_binary()).fill_null(b"")
    elif is_list(kind):
        data = _list_rows(array)
    elif (fixed := _as_fixed(array)) is not None:
        return [marker, _as_binary(fixed)]
    else:
        data = pa.array(_texts(array), pa.large_binary())
    return [marker, _as_binary(pc.binary_length(data).cast(pa.int64())), data]


def _list_rows(array: pa.Array) -> pa.Array:
    """Return the rows of a list array as bytes: the hashes of each one's members, one after the other."""
    import pyarrow as pa
    import pyarrow.compute as pc

    members = _row_digests([array.flatten()])
    sizes = pc.list_value_length(array).cast(pa.int64()).fill_null(0)
    ends = pc.multiply(pc.cumulative_sum(sizes), 16)
    offsets = pa.concat_arrays([pa.array([0], pa.int64()), ends])
    buffers = [None, offsets.buffers()[1], pa.py_buffer(b"".join(members))]
    return pa.Array.from_buffers(pa.large_binary(), len(array), buffers)


def _as_binary(array: pa.Array) -> pa.Array:
    import pyarrow as pa

    width = array.type.bit_width // 8
    return array.view(pa.binary(width)).cast(pa.large_binary()).fill_null(b"")
