"""Two values have the same data hash only if every reader, however annotated, gets the same."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import itertools
import json
import math
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readers import keep

from assetmake.storage.hashing import json_digest, table_digest
from assetmake.storage.io_managers.files import FileIO
from assetmake.storage.io_managers.restating import digest_output
from assetmake.storage.tables import to_arrow
from thoroughness import times

INT8 = pa.int8()
SHARED = {1, 2}
CATEGORICAL = pl.Series(["x"], dtype=pl.Categorical).to_frame("a").to_arrow().schema.field("a").metadata


def pandas_of(values: Any, **options: Any) -> pd.DataFrame:
    return pd.DataFrame({"a": values}, **options)


def categories(values: list[Any], names: list[Any] | None = None, *, ordered: bool = False) -> pd.DataFrame:
    return pandas_of(pd.Categorical(values, categories=names, ordered=ordered))


def noted(attributes: dict[str, Any]) -> pd.DataFrame:
    frame = pandas_of([1])
    frame.attrs = attributes
    return frame


def polars_of(values: Any, kind: Any = None) -> pl.DataFrame:
    return pl.DataFrame({"a": pl.Series(values, dtype=kind)})


def arrow_of(values: Any, kind: Any = None, **options: Any) -> pa.Table:
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, kind)
    metadata = options.pop("schema_metadata", None)
    return pa.table({"a": array}, schema=pa.schema([pa.field("a", array.type, **options)], metadata=metadata))


def dictionary(positions: list[Any], values: list[Any], kind: Any = INT8, **options: Any) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(positions, kind), values, **options)


def tensor(*shape: int) -> pa.Table:
    return arrow_of(pa.FixedShapeTensorArray.from_numpy_ndarray(np.zeros(shape)))


DIFFERENT: dict[str, Callable[[], list[object]]] = {
    "pandas categories": lambda: [
        categories(["x", "y"], ["x", "y"]),
        categories(["x", "y"], ["y", "x"]),
        categories(["x", "y"], ["x", "y"], ordered=True),
        categories(["x", "y"], ["x", "y", "z"]),
        categories(["x", None], ["x", "y"]),
        categories([None], ["x"]),
        categories([None], ["y"]),
        pandas_of(["x", "y"]),
        pandas_of(pd.Series(["x", "y"], dtype=object)),
        pandas_of(pd.Series(["x", "y"], dtype="string")),
        categories([1, 2]),
        categories([1, 2], ordered=True),
        pandas_of([1, 2]),
        pandas_of([1], index=pd.CategoricalIndex(["x"], categories=["x", "y"])),
        pandas_of([1], index=pd.CategoricalIndex(["x"], categories=["y", "x"])),
    ],
    "pandas types": lambda: [
        pandas_of([1.0, math.nan]),
        pandas_of(pd.array([1.0, None], dtype="Float64")),
        pandas_of(pd.array([1, None], dtype="Int64")),
        pandas_of(pd.array([1, None], dtype="Int32")),
        pandas_of(pd.array([1, None], dtype=pd.ArrowDtype(pa.int64()))),
        pandas_of(pd.array([True, None], dtype="boolean")),
        pandas_of(pd.Series([True, None], dtype=object)),
        pandas_of([1, 2]),
        pandas_of(np.array([1, 2], np.int32)),
        pandas_of(pd.array([1, 2], dtype="Int64")),
        pandas_of(pd.array(["x"], dtype=pd.ArrowDtype(pa.string()))),
        pandas_of(pd.array(["x"], dtype=pd.ArrowDtype(pa.large_string()))),
        pandas_of([None]),
        pandas_of([[1]]),
        pandas_of([(1, "x")]),
        pandas_of([{"x": 1}]),
        pandas_of([b"x"]),
        pandas_of([1, "x"]),
        pandas_of([decimal.Decimal("1.0")]),
        pandas_of([decimal.Decimal("1.00")]),
    ],
    "pandas times": lambda: [
        *(pandas_of(pd.to_datetime(["2026-01-01"]).as_unit(unit)) for unit in ("ns", "us", "ms")),
        pandas_of(pd.to_datetime(["2026-01-01"]).tz_localize("UTC")),
        pandas_of(pd.to_datetime(["2026-01-01"]).tz_localize("UTC").tz_convert("Europe/Paris")),
        pandas_of([dt.date(2026, 1, 1)]),
        pandas_of(pd.PeriodIndex.from_ordinals([7], freq="D")),
        pandas_of(pd.PeriodIndex.from_ordinals([7], freq="M")),
        pandas_of(pd.interval_range(0, 1)),
        pandas_of(pd.interval_range(0, 1, closed="left")),
        pandas_of(pd.to_timedelta([1], unit="s")),
    ],
    "pandas attrs": lambda: [
        noted({}),
        noted({"v": 1}),
        noted({"v": 2}),
        noted({"v": 1.0}),
        noted({"v": 1, "w": 1}),
        noted({"w": 1, "v": 1}),
    ],
    "pandas labels": lambda: [
        pandas_of([1, 2]),
        pandas_of([1, 2], index=[0, 1]),
        pandas_of([1, 2], index=[5, 6]),
        pandas_of([1, 2], index=pd.RangeIndex(0, 4, 2)),
        pandas_of([1, 2]).rename_axis("k"),
        pandas_of([1, 2]).rename_axis("m"),
        pd.DataFrame({"1": [1, 2]}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame(index=[1, 2]),
    ],
    "polars": lambda: [
        polars_of(["x"], pl.Enum(["x", "y"])),
        polars_of(["x"], pl.Enum(["y", "x"])),
        polars_of(["x"], pl.Enum(["x"])),
        polars_of(["x"], pl.Categorical),
        polars_of(["x"], pl.Categorical(pl.Categories("mine"))),
        polars_of(["x"]),
        polars_of([], pl.Enum(["x", "y"])),
        polars_of([], pl.Enum(["y", "x"])),
        polars_of([["x"]], pl.List(pl.Enum(["x", "y"]))),
        polars_of([["x"]], pl.List(pl.Enum(["y", "x"]))),
        polars_of([{"f": "x"}], pl.Struct({"f": pl.Enum(["x", "y"])})),
        polars_of([{"f": "x"}], pl.Struct({"f": pl.Enum(["y", "x"])})),
        polars_of([["x"]], pl.Array(pl.Enum(["x", "y"]), 1)),
        polars_of([["x"]], pl.Array(pl.Enum(["y", "x"]), 1)),
        polars_of([1.0, math.nan]),
        polars_of([1.0, None]),
        polars_of([0.0]),
        polars_of([-0.0]),
        polars_of([[1]]),
        polars_of([[1]], pl.Array(pl.Int64, 1)),
        polars_of([1], pl.Decimal(10, 2)),
        polars_of([1], pl.Decimal(11, 2)),
        polars_of([1], pl.Duration("ms")),
        polars_of([1], pl.Duration("us")),
        polars_of([1], pl.Int128),
    ],
    "libraries": lambda: [
        pandas_of([1, 2]),
        polars_of([1, 2]),
        arrow_of([1, 2]),
        pa.Table.from_pandas(pandas_of([1, 2])),
        [{"a": 1}, {"a": 2}],
        ({"a": 1}, {"a": 2}),
        pd.Series([1, 2], name="a"),
        pl.Series("a", [1, 2]),
        np.array([1, 2]),
    ],
    "duckdb": lambda: [
        duckdb.sql("select 'x'::enum('x', 'y') as a"),
        duckdb.sql("select 'x'::enum('y', 'x') as a"),
        duckdb.sql("select 'x' as a"),
        duckdb.sql("select 'x' as b"),
    ],
    "arrow schemas": lambda: [
        arrow_of([1], INT8),
        arrow_of([1], INT8, nullable=False),
        arrow_of([1], INT8, metadata={"unit": "m"}),
        arrow_of([1], INT8, metadata={"unit": "k"}),
        arrow_of([1], INT8, schema_metadata={"a": "1", "b": "2"}),
        arrow_of([1], INT8, schema_metadata={"b": "2", "a": "1"}),
        arrow_of([1], INT8, schema_metadata={"pandas": "no JSON"}),
        arrow_of([1], INT8, schema_metadata={"pandas": "[]"}),
        arrow_of([0], pa.date32()),
        arrow_of([0], pa.date64()),
        arrow_of([0], pa.timestamp("ms")),
        arrow_of([0], pa.timestamp("us")),
        arrow_of([0], pa.timestamp("ms", "UTC")),
        arrow_of([[1]], pa.list_(INT8)),
        arrow_of([[1]], pa.list_(pa.field("q", INT8, nullable=False))),
        arrow_of([[1]], pa.list_(pa.field("q", INT8, metadata={"unit": "m"}))),
        arrow_of([[1]], pa.large_list(INT8)),
        arrow_of([[1]], pa.list_(INT8, 1)),
        arrow_of([{"x": 1}], pa.struct([("x", INT8)])),
        arrow_of([{"x": 1}], pa.struct([pa.field("x", INT8, nullable=False)])),
        arrow_of([{"x": 1}], pa.struct([pa.field("x", INT8, metadata={"unit": "m"})])),
        arrow_of([[("k", 1)]], pa.map_(pa.string(), INT8)),
        arrow_of([[("k", 1)]], pa.map_(pa.string(), INT8, keys_sorted=True)),
        arrow_of([[("k", 1)]], pa.map_(pa.string(), pa.field("v", INT8, nullable=False))),
        arrow_of([b"0" * 16], pa.uuid()),
        arrow_of([b"0" * 16], pa.binary(16)),
        arrow_of([1], pa.opaque(INT8, "a", "b")),
        arrow_of([1], pa.opaque(INT8, "a", "c")),
        tensor(1, 2, 3),
        tensor(1, 3, 2),
        arrow_of(["x"], pa.string()),
        arrow_of(["x"], pa.large_string()),
        arrow_of(["x"], pa.string_view()),
    ],
    "arrow dictionaries": lambda: [
        arrow_of(["x", "y"]),
        arrow_of(dictionary([0, 1], ["x", "y"])),
        arrow_of(dictionary([1, 0], ["y", "x"])),
        arrow_of(dictionary([0, 1], ["x", "y", "z"])),
        arrow_of(dictionary([0, 1], ["x", "y"], ordered=True)),
        arrow_of(dictionary([0, 1], ["x", "y"], pa.int32())),
        arrow_of(dictionary([0, 1], [b"x", b"y"])),
        arrow_of(dictionary([1, 0], [b"y", b"x"])),
        arrow_of(dictionary([0, 1], ["x", "y"]), metadata=CATEGORICAL),
        arrow_of(dictionary([1, 0], ["y", "x"]), metadata=CATEGORICAL),
        arrow_of(pa.ListArray.from_arrays([0, 2], dictionary([0, 1], ["x", "y"]))),
        arrow_of(pa.ListArray.from_arrays([0, 2], dictionary([1, 0], ["y", "x"]))),
        arrow_of(pa.StructArray.from_arrays([dictionary([0, 1], ["x", "y"])], ["f"])),
        arrow_of(pa.StructArray.from_arrays([dictionary([1, 0], ["y", "x"])], ["f"])),
        arrow_of(pa.MapArray.from_arrays([0, 2], ["k", "l"], dictionary([0, 1], ["x", "y"]))),
        arrow_of(pa.MapArray.from_arrays([0, 2], ["k", "l"], dictionary([1, 0], ["y", "x"]))),
    ],
    "values": lambda: [
        *(None, 0, 1, 1.0, True, False, 0.0, -0.0, "1", "", b"1", bytearray(b"1"), [], (), {}, "5", 5),
        *([1], (1,), [1.0], [True], ["1"], [None], [[1], [2]], [[1, 2]], {1}, frozenset({1}), range(3), [0, 1, 2]),
        *({"a": 1, "b": 2}, {"b": 2, "a": 1}, [{"c": {"a": 1, "b": 2}}], [{"c": {"b": 2, "a": 1}}]),
        *({1: 2, 3: 4}, {3: 4, 1: 2}, {"1": 2}, {1: 2}, {1.0: 2}, {True: 2}, {None: 1}, {"None": 1}, {"null": 1}),
        *(collections.OrderedDict(a=1), collections.Counter(a=1), {"a": 1}, {"a": None}, {"a": math.nan}),
        *(math.nan, math.inf, [math.nan], 1e16, 10**16, 10**16 + 1, 10**5000, "é", "e\u0301", "\ud800", 1j),
        *(decimal.Decimal(1), decimal.Decimal("1.0"), dt.date(2026, 1, 1), dt.datetime(2026, 1, 1), uuid.UUID(int=1)),
        *(np.int64(1), np.float64(1), np.str_("1"), np.array([1], np.int32), np.array([1], np.int64)),
        *(np.array([1, 2], np.int8), np.array([[1, 2]], np.int8), [SHARED, SHARED], [SHARED, {1, 2}], [{3}, SHARED]),
    ],
}
SAME: dict[str, Callable[[], list[object]]] = {
    "one library, another kind of table": lambda: [
        arrow_of([1, 2]),
        arrow_of([1, 2]).to_batches()[0],
        arrow_of([1, 2]).to_reader(),
        duckdb.from_arrow(arrow_of([1, 2])),
    ],
    "polars, eager or lazy": lambda: [polars_of([1, 2]), polars_of([1, 2]).lazy()],
    "pandas, in other blocks": lambda: [
        pd.DataFrame({"a": [1, 2], "b": [3, 4]}),
        pd.concat([pandas_of([1, 2]), pd.DataFrame({"b": [3, 4]})], axis=1),
    ],
    "chunks": lambda: [
        arrow_of(pa.chunked_array([[1, 2], [3]])),
        arrow_of(pa.chunked_array([[1], [], [2, 3]])),
        arrow_of([0, 1, 2, 3]).slice(1),
    ],
    "dictionaries of chunks": lambda: [
        arrow_of(dictionary([0, 1, 0], ["x", "y"])),
        arrow_of(pa.chunked_array([dictionary([0], ["x"]), dictionary([1, 0], ["x", "y"])])),
        arrow_of(dictionary([0, 1, 2], ["x", "y", "x"])),
    ],
    "names that are kept nowhere": lambda: [
        arrow_of([[1]], pa.list_(pa.field("item", INT8))),
        arrow_of([[1]], pa.list_(pa.field("element", INT8))),
    ],
    "labels of columns, which are stored as texts": lambda: [
        pd.DataFrame({"1": [1, 2]}),
        pd.DataFrame({1: [1, 2]}),
        pd.DataFrame({"1": [1, 2]}).rename_axis("k", axis=1),
    ],
    "containers in a column": lambda: [pandas_of([[1]]), pandas_of([(1,)]), pandas_of([{1}])],
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_some_reader_could_tell_apart_differs(name: str, tmp_path: Path) -> None:
    kept = [keep(value, tmp_path / str(number)) for number, value in enumerate(DIFFERENT[name]())]

    assert [one.seen for one, other in itertools.combinations(kept, 2) if one.digest == other.digest] == []


@pytest.mark.parametrize("name", SAME)
def test_what_no_reader_can_tell_apart_is_the_same(name: str, tmp_path: Path) -> None:
    kept = [keep(value, tmp_path / str(number)) for number, value in enumerate(SAME[name]())]

    assert len({each.seen for each in kept}) == 1
    assert len({each.digest for each in kept}) == 1


@pytest.mark.parametrize("name", [*DIFFERENT, *SAME])
def test_a_stored_file_has_the_digest_of_its_value(name: str, tmp_path: Path) -> None:
    for number, value in enumerate({**DIFFERENT, **SAME}[name]()):
        kept = keep(value, tmp_path / str(number))

        assert FileIO().matches(kept.path, kept.digest), value
        if kept.path.suffix != ".pickle":  # which nobody reads here
            assert digest_output(kept.path, kept.path.suffix, as_file=False) == kept.digest, value


SUFFIXES = [".csv", ".tsv", ".CSV", ".gz", ".csv.gz", "", ".json", ".parquet", ".pickle"]


def test_the_suffix_of_a_returned_file_counts(tmp_path: Path) -> None:
    kept = [keep(written(tmp_path / f"a{suffix}"), tmp_path / f"k{suffix}") for suffix in SUFFIXES]

    assert [each.path.name for each in kept] == [f"asset{suffix}" for suffix in SUFFIXES]
    assert len({each.digest for each in kept}) == len(SUFFIXES)
    assert all(FileIO().matches(each.path, each.digest) for each in kept)


def test_the_name_of_a_returned_file_does_not_count(tmp_path: Path) -> None:
    kept = [keep(written(tmp_path / name), tmp_path / "k" / name) for name in ("one.csv", "other.csv", "v1.2.csv")]

    assert len({each.digest for each in kept}) == len({each.seen for each in kept}) == 1
    assert kept[0].digest != keep(written(tmp_path / "one.csv", "a\n2\n"), tmp_path / "other").digest


def written(path: Path, text: str = "a\n1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_returned_document_is_no_json_value(tmp_path: Path) -> None:
    returned = keep(written(tmp_path / "mine.json", '{"a": 1}'), tmp_path / "one")

    assert returned.digest not in {keep({"a": 1}, tmp_path / "other").digest, json_digest('{"a": 1}')}


def test_categories_of_a_type_that_extends_another_count() -> None:
    # By their digests only: to read such a column, pandas would end the process.
    digests = []
    for storage in (dictionary([0, 1], ["x", "y"]), dictionary([1, 0], ["y", "x"])):
        kind = pa.opaque(storage.type, "a", "b")
        digests.append(table_digest(arrow_of(pa.ExtensionArray.from_storage(kind, storage))))

    assert digests[0] != digests[1]


@pytest.mark.parametrize("unordered", [False, True], ids=["ordered", "unordered"])
def test_versions_of_libraries_do_not_count(unordered: bool) -> None:
    table = pa.Table.from_pandas(noted({"v": 1}))
    document = json.loads(table.schema.metadata[b"pandas"])
    older = {**document, "creator": {"library": "pyarrow", "version": "1.0"}, "pandas_version": "0.1"}
    other = {**document, "attributes": {"v": 2}}

    digests = [
        table_digest(table.replace_schema_metadata({"pandas": json.dumps(each)}), unordered=unordered)
        for each in (document, older, dict(reversed(document.items())), other)
    ]

    assert digests[0] == digests[1] == digests[2] != digests[3]


@pytest.mark.parametrize("name", ["pandas times", "pandas categories", "arrow schemas", "arrow dictionaries"])
@pytest.mark.parametrize("layout", [{"row_group_size": 1, "compression": "none"}, {"data_page_version": "2.0"}])
def test_a_file_in_another_layout_has_the_same_digest(name: str, layout: dict[str, Any], tmp_path: Path) -> None:
    for number, value in enumerate(DIFFERENT[name]()):
        kept = keep(value, tmp_path / str(number))
        table = to_arrow(value)
        if kept.path.suffix == ".parquet" and table is not None:
            again = tmp_path / f"{number}.parquet"
            pq.write_table(table.replace_schema_metadata(pq.read_schema(kept.path).metadata), again, **layout)

            assert digest_output(again, ".parquet", as_file=False) == kept.digest


class TestUnordered:
    def test_the_order_of_categories_counts(self, tmp_path: Path) -> None:
        one, other = (
            keep(categories(["x", "y"], names), tmp_path / names[0], unordered=True)
            for names in (["x", "y"], ["y", "x"])
        )

        assert one.digest != other.digest

    def test_categories_that_follow_the_rows_do_not(self, tmp_path: Path) -> None:
        frame = polars_of(["x", "y", None], pl.Categorical)
        digests = [
            keep(table, tmp_path / f"{number}{unordered}", unordered=unordered).digest
            for number, table in enumerate([frame, frame.reverse(), polars_of(["x", "z", None], pl.Categorical)])
            for unordered in (True, False)
        ]

        assert digests[0] == digests[2] != digests[4]
        assert digests[1] != digests[3]


LETTERS = st.sampled_from(["x", "y", None])
NOTES = st.sampled_from([None, {"unit": "m"}, {"unit": "k"}])


@st.composite
def arrow_columns(draw: st.DrawFn, size: int) -> tuple[pa.Field, Any]:
    kind = draw(st.sampled_from([INT8, pa.string(), pa.large_string(), pa.date64(), "dictionary", "list", "struct"]))
    if kind == "dictionary":
        array = draw(dictionaries(size))
    elif kind == "list":
        array = pa.ListArray.from_arrays([*range(size + 1)], draw(dictionaries(size)))
    elif kind == "struct":
        field = pa.field("f", INT8, nullable=draw(st.booleans()), metadata=draw(NOTES))
        array = pa.array([{"f": number} for number in range(size)], pa.struct([field]))
    elif kind in {INT8, pa.date64()}:
        array = pa.array([0] * size, kind)
    else:
        array = pa.array(draw(st.lists(LETTERS, min_size=size, max_size=size)), kind)
    nullable = bool(array.null_count) or draw(st.booleans())
    return pa.field(draw(st.sampled_from("ab")), array.type, nullable=nullable, metadata=draw(NOTES)), array


@st.composite
def dictionaries(draw: st.DrawFn, size: int) -> pa.Array:
    values = draw(st.lists(st.sampled_from("xyz"), min_size=1, max_size=3, unique=True))
    positions = st.one_of(st.none(), st.integers(0, len(values) - 1))
    rows = draw(st.lists(positions, min_size=size, max_size=size))
    return dictionary(rows, values, draw(st.sampled_from([INT8, pa.int32()])), ordered=draw(st.booleans()))


@st.composite
def tables(draw: st.DrawFn) -> object:
    size = draw(st.integers(0, 2))
    columns = draw(st.lists(arrow_columns(size), min_size=1, max_size=2, unique_by=lambda column: column[0].name))
    schema = pa.schema([field for field, _ in columns], metadata=draw(NOTES))
    table = pa.table([array for _, array in columns], schema=schema)
    match draw(st.sampled_from(["arrow", "chunks", "pandas", "polars", "duckdb"])):
        case "chunks":
            return pa.concat_tables([table.slice(0, 1), table.slice(1)])
        case "pandas":
            return table.to_pandas()
        case "polars":
            return pl.from_arrow(table)
        case "duckdb":
            return duckdb.connect().from_arrow(table)
        case _:
            return table


PLAIN = st.sampled_from([None, True, 1, 1.0, 0, -0.0, 0.0, "1", "a", math.nan, b"a", 10**20])
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["a", "b", 1]), inner, max_size=2),
        st.tuples(inner),
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def known() -> dict[bytes, tuple[str, ...]]:
    """What was seen of each digest, of all examples together."""
    return {}


@settings(max_examples=times(100), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=st.one_of(tables(), VALUES), folder=st.uuids())
def test_whatever_differs_after_a_round_trip_differs_in_its_digest(
    tmp_path: Path, known: dict[bytes, tuple[str, ...]], value: object, folder: uuid.UUID
) -> None:
    kept = keep(value, tmp_path / str(folder))

    assert known.setdefault(kept.digest, kept.seen) == kept.seen
    assert FileIO().matches(kept.path, kept.digest)
