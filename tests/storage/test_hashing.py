"""Content hashes: equal for equal data however it lies in memory, different for anything else."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmake.storage.hashing import hash_bytes, hash_file, is_jsonable, json_digest, table_digest, value_digest

COLUMNS: dict[str, tuple[pa.DataType, list[Any]]] = {
    "null": (pa.null(), [None, None, None, None]),
    "bool": (pa.bool_(), [True, None, False, True]),
    "int": (pa.int64(), [1, None, 3, -4]),
    "float": (pa.float64(), [1.5, None, math.inf, -0.0]),
    "half": (pa.float16(), [1.5, None, 2.5, 0.0]),
    "decimal": (
        pa.decimal128(9, 2),
        [decimal.Decimal("1.10"), None, decimal.Decimal(-2), decimal.Decimal(0)],
    ),
    "date": (pa.date32(), [dt.date(2026, 1, 5), None, dt.date(1969, 1, 1), dt.date(2000, 2, 29)]),
    "date64": (pa.date64(), [dt.date(2026, 1, 5), None, dt.date(1969, 1, 1), dt.date(2000, 2, 29)]),
    "time": (pa.time64("us"), [dt.time(1), None, dt.time(2), dt.time(3)]),
    "seconds": (pa.timestamp("s", "UTC"), [0, None, 1, 2]),
    "nanoseconds": (pa.timestamp("ns"), [0, None, 1, 2]),
    "duration": (pa.duration("ms"), [0, None, 1, 2]),
    "string": (pa.string(), ["a", None, "", "é"]),
    "view": (pa.string_view(), ["a", None, "", "a long one that is not inline"]),
    "binary": (pa.binary(), [b"a", None, b"", b"\x00"]),
    "fixed_binary": (pa.binary(2), [b"ab", None, b"cd", b"\x00\x00"]),
    "list": (pa.list_(pa.string()), [["a", None], None, [], ["b", "c"]]),
    "fixed_list": (pa.list_(pa.int8(), 2), [[1, 2], None, [3, None], [5, 6]]),
    "struct": (
        pa.struct([("x", pa.int8()), ("y", pa.list_(pa.int8()))]),
        [{"x": 1, "y": [1]}, None, {"x": None, "y": None}, {"x": 2, "y": []}],
    ),
    "map": (pa.map_(pa.string(), pa.int8()), [[("a", 1)], None, [], [("b", None), ("c", 3)]]),
    "dictionary": (pa.dictionary(pa.int8(), pa.string()), ["a", None, "b", "a"]),
    "nested_dictionary": (pa.list_(pa.dictionary(pa.int8(), pa.string())), [["a"], None, [], ["b", "a"]]),
    "uuid": (pa.uuid(), [b"0" * 16, None, b"1" * 16, b"2" * 16]),
}
UNORDERED = pytest.mark.parametrize("unordered", [False, True], ids=["ordered", "unordered"])


def column(name: str) -> pa.Table:
    kind, values = COLUMNS[name]
    return pa.table({name: pa.array(values, kind)})


def every_column() -> pa.Table:
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in COLUMNS.items()})


@UNORDERED
@pytest.mark.parametrize("name", COLUMNS)
class TestLayoutDoesNotCount:
    def test_chunks(self, name: str, unordered: bool) -> None:
        table = column(name)
        chunked = pa.concat_tables([table.slice(0, 1), table.slice(1, 0), table.slice(1, 2), table.slice(3)])

        assert table_digest(chunked, unordered=unordered) == table_digest(table, unordered=unordered)

    def test_slices(self, name: str, unordered: bool) -> None:
        table = column(name)
        longer = pa.concat_tables([table.slice(1, 2), table, table.slice(2)]).combine_chunks()

        assert table_digest(longer.slice(2, 4), unordered=unordered) == table_digest(table, unordered=unordered)

    def test_a_round_trip_through_parquet(self, name: str, unordered: bool) -> None:
        table, file = column(name), io.BytesIO()
        pq.write_table(table, file, compression="gzip", row_group_size=3)

        groups = pq.ParquetFile(file)
        read = pa.concat_tables([groups.read_row_group(number) for number in range(groups.num_row_groups)])

        digest = table_digest(read, schema=table.schema, unordered=unordered)
        assert digest == table_digest(table, unordered=unordered)

    def test_each_value_counts(self, name: str, unordered: bool) -> None:
        table = column(name)
        digests = {table_digest(table.slice(row, 1), unordered=unordered) for row in range(4)}

        assert len(digests) == len({repr(value) for value in COLUMNS[name][1]})


@UNORDERED
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            pa.DictionaryArray.from_arrays([0, 0, 1], ["b", "a"]),
            pa.DictionaryArray.from_arrays([0, 2, 1], ["b", "a", "b"]),
        ),
        (
            pa.DictionaryArray.from_arrays([0, 1, 0], ["b", "a"]),
            pa.chunked_array(
                [
                    pa.DictionaryArray.from_arrays(pa.array([], pa.int64()), ["z"]),
                    pa.DictionaryArray.from_arrays([0], ["b"]),
                    pa.DictionaryArray.from_arrays([0, 1], ["a", "b"]),
                ]
            ),
        ),
        (
            pa.DictionaryArray.from_arrays([0, 1], [2, 1]),
            pa.DictionaryArray.from_arrays([1, 0], [1, 2]),
        ),
        (
            pa.array([7, None], pa.int8()),
            pa.Array.from_buffers(pa.int8(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(b"\x07\x63")]),
        ),
        (
            pa.array([7, 8], pa.int8()),
            pa.Array.from_buffers(pa.int8(), 2, [pa.py_buffer(b"\xff"), pa.py_buffer(b"\x07\x08")]),
        ),
    ],
    ids=[
        "a value twice in a dictionary",
        "dictionaries of chunks",
        "a dictionary that Parquet does not keep",
        "garbage",
        "validity",
    ],
)
def test_how_arrays_are_encoded_does_not_count(one: Any, other: Any, unordered: bool) -> None:
    first, second = pa.table({"x": one}), pa.table({"x": other})

    assert table_digest(first, unordered=unordered) == table_digest(second, unordered=unordered)


@UNORDERED
@pytest.mark.parametrize(
    "layout",
    [
        {"compression": "none"},
        {"compression": "zstd", "row_group_size": 1},
        {"use_dictionary": False, "data_page_version": "2.0"},
        {"use_dictionary": True, "write_statistics": False, "data_page_size": 1},
    ],
    ids=["uncompressed", "row groups", "no dictionary", "pages"],
)
def test_how_a_file_is_laid_out_does_not_count(layout: dict[str, Any], unordered: bool, tmp_path: Path) -> None:
    table = pa.table({"n": [1, 2, 2, None], "t": ["a", "b", "b", None], "l": [[1], [], None, [2, 3]]})
    pq.write_table(table, tmp_path / "t.parquet", **layout)
    read = pq.read_table(tmp_path / "t.parquet")

    assert table_digest(read, unordered=unordered) == table_digest(table, unordered=unordered)


@UNORDERED
def test_names_order_and_types_of_columns_and_values_count(unordered: bool) -> None:
    tables = [
        pa.table({"a": [1, 2], "b": [3, 4]}),
        pa.table({"b": [3, 4], "a": [1, 2]}),
        pa.table({"a": [3, 4], "b": [1, 2]}),
        pa.table({"a": [1, 2], "c": [3, 4]}),
        pa.table({"a": [1, 2]}),
        pa.table({"a": pa.array([1, 2], pa.int32())}),
        pa.table({"a": pa.array([1, 2], pa.timestamp("s"))}),
        pa.table({"a": pa.array([1, 2], pa.timestamp("s", "UTC"))}),
        pa.table({"a": [1.0, 2.0]}),
        pa.table({"a": [0.0]}),
        pa.table({"a": [-0.0]}),
        pa.table({"a": ["ab", "c"]}),
        pa.table({"a": ["a", "bc"]}),
        pa.table({"a": [b"a", b"bc"]}),
        pa.table({"a": pa.array([None], pa.string())}),
        pa.table({"a": [""]}),
        pa.table({"a": pa.array([[]], pa.list_(pa.int8()))}),
        pa.table({"a": pa.array([None], pa.list_(pa.int8()))}),
        pa.table({"a": pa.array([[None]], pa.list_(pa.int8()))}),
        pa.table({"a": [[1, 2], [3]]}),
        pa.table({"a": [[1], [2, 3]]}),
        pa.table({"a": pa.array([None, None], pa.int8())}),
        pa.table({"a": pa.array([], pa.int8())}),
        pa.table({"a": pa.array([None], pa.struct([("x", pa.int8())]))}),
        pa.table({"a": pa.array([{"x": None}], pa.struct([("x", pa.int8())]))}),
        pa.table({}),
    ]

    assert len({table_digest(table, unordered=unordered) for table in tables}) == len(tables)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["", "a", None])), max_size=8), st.randoms())
def test_the_order_of_rows_counts_unless_unordered(rows: list[tuple[int, str | None]], random: Any) -> None:
    shuffled = random.sample(rows, len(rows))
    one, other = table_of(rows), table_of(shuffled)

    assert (table_digest(one) == table_digest(other)) == (rows == shuffled)
    assert table_digest(one, unordered=True) == table_digest(other, unordered=True)


@given(*[st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["", "a", None])), max_size=4)] * 2)
def test_unordered_rows_are_a_multiset(one: list[tuple[int, str]], other: list[tuple[int, str]]) -> None:
    same = table_digest(table_of(one), unordered=True) == table_digest(table_of(other), unordered=True)

    assert same == (sorted(one, key=repr) == sorted(other, key=repr))


def table_of(rows: list[Any]) -> pa.Table:
    numbers, texts = [row[0] for row in rows], [row[1] for row in rows]
    return pa.table({"n": pa.array(numbers, pa.int64()), "t": pa.array(texts, pa.string())})


@UNORDERED
def test_rows_beyond_a_window_count(unordered: bool) -> None:
    rows = [*range(150_000)]
    changed = [*rows[:-1], 0]

    digests = {table_digest(pa.table({"a": values}), unordered=unordered) for values in (rows, changed)}

    assert len(digests) == 2


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_file_is_hashed_by_its_bytes(tmp_path: Path, size: int) -> None:
    path, data = tmp_path / "file", os.urandom(size)
    path.write_bytes(data)

    assert hash_file(path) == hash_bytes(data)
    assert len(hash_file(path)) == 16


JSONABLE = [
    None,
    True,
    False,
    0,
    1,
    1.0,
    -0.0,
    0.0,
    "",
    "1",
    "é",
    [],
    [1],
    [[1]],
    {},
    {"a": 1},
    {"a": [None]},
]


def test_values_of_different_types_or_content_differ() -> None:
    others = [(1,), {1: 1}, {"a": (1,)}, b"1", {1}, frozenset({1}), math.nan, math.inf, 1j]

    assert all(map(is_jsonable, JSONABLE))
    assert not any(map(is_jsonable, others))
    values = [*JSONABLE, *others]
    assert len({value_digest(value) for value in values}) == len(values)


def test_a_digest_from_when_the_order_of_keys_did_not_count_is_none_of_now() -> None:
    assert json_digest({"a": 1, "b": 2}) != hash_bytes(b'{"a":1,"b":2}')


def test_what_json_would_not_give_back_is_not_jsonable() -> None:
    circular: list[Any] = []
    circular.append(circular)

    for value in ("\ud800", 10**5000, circular, {"a": {"\ud800": 1}}):
        assert not is_jsonable(value)
        assert len(value_digest(value)) == 16


@pytest.mark.parametrize("value", ["{'a', 'b', 'c', None}", "(1, [frozenset({'x', 'y', ('z', 1)})])"])
def test_the_order_of_a_set_does_not_count_in_any_process(value: str) -> None:
    code = f"from assetmake.storage.hashing import value_digest; print(value_digest({value}).hex())"
    digests = {
        subprocess.check_output([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed})
        for seed in ("1", "2", "3")
    }

    assert len(digests) == 1


def test_the_members_of_a_set_count() -> None:
    assert value_digest({1, 2}) != value_digest({1, 3})
    assert value_digest({1, 2}) != value_digest(frozenset({1, 2}))
