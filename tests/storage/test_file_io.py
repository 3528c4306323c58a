"""The IO manager for files: what becomes of each kind of value, and of each annotation that reads it."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assetmake.errors import StorageError
from assetmake.storage import files
from assetmake.storage.hashing import file_digest, hash_file
from assetmake.storage.io_managers import Kind, Piece
from assetmake.storage.io_managers.files import FileIO, JsonIO, ParquetIO
from assetmake.storage.io_managers.loading import load_source
from assetmake.storage.tables import to_arrow

ONE = pa.table({"a": [1, 2], "b": ["x", None]})


def save(value: object, stem: Path, **options: Any) -> Piece:
    """Save a value and publish it; the last part of the stem is the key."""
    stored = FileIO().save(value, temporary=stem.parent / ".am-run-1.tmp", **options)
    path = stem.with_name(stem.name + stored.suffix)
    files.publish(stored.temporary, path)
    return Piece(stem.name, path, stored.kind)


def load(pieces: list[Piece], annotation: object = None, *, several: bool | None = None) -> Any:
    return FileIO().load(pieces, annotation=annotation, partitioned=True, several=several)


def load_one(piece: Piece, annotation: object = None) -> Any:
    return FileIO().load([piece], annotation=annotation, partitioned=False)


@pytest.mark.parametrize(
    ("value", "suffix", "kind"),
    [
        (None, ".json", Kind.JSON),
        ({"b": [1, 2.5, "é", None, True], "a": {}}, ".json", Kind.JSON),
        ((1, 2), ".pickle", Kind.PICKLE),
        ({1: 2}, ".pickle", Kind.PICKLE),
        (float("inf"), ".pickle", Kind.PICKLE),
        (ONE, ".parquet", Kind.TABLE),
    ],
)
def test_the_format_fits_the_value(tmp_path: Path, value: Any, suffix: str, kind: Kind) -> None:
    piece = save(value, tmp_path / "x")

    assert (piece.path.suffix, piece.kind) == (suffix, kind)
    assert load_one(piece) == load_one(Piece(None, piece.path)) == value
    assert type(load_one(piece)) is type(value)


def test_json_is_the_bare_document_in_its_own_order(tmp_path: Path) -> None:
    assert save({"b": "é", "a": 1}, tmp_path / "x").path.read_text(encoding="utf-8") == '{"b": "é", "a": 1}'


@pytest.mark.parametrize(
    ("factory", "value"), [(ParquetIO, [1]), (JsonIO, (1,)), (JsonIO, ONE), (ParquetIO, Path("x"))]
)
def test_a_forced_format_refuses_what_it_cannot_hold(
    tmp_path: Path, factory: Callable[..., FileIO], value: Any
) -> None:
    with pytest.raises(StorageError, match=r"a/b: (parquet|json) cannot hold a value of type"):
        factory().save(value, temporary=tmp_path / "t", asset="a/b")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_pickled_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="a/b: a value of type function cannot be pickled"):
        FileIO().save(lambda: 1, temporary=tmp_path / "t", asset="a/b")
    assert list(tmp_path.iterdir()) == []


def test_the_order_of_rows_can_be_left_out_of_the_digest(tmp_path: Path) -> None:
    turned = ONE.take([1, 0])
    digests = [
        FileIO().save(table, temporary=tmp_path / f"{number}{unordered}", unordered=unordered).digest
        for unordered in (True, False)
        for number, table in enumerate((ONE, turned))
    ]

    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


TABLES: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
    "polars": lambda: pl.DataFrame({"a": [1, 2], "b": ["x", None]}),
    "lazy": lambda: pl.LazyFrame({"a": [1, 2], "b": ["x", None]}),
    "arrow": lambda: ONE,
    "batch": lambda: ONE.to_batches()[0],
    "duckdb": lambda: duckdb.connect().sql("select * from (values (1, 'x'), (2, null)) as t(a, b)"),
}
ANNOTATIONS = [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.Table, duckdb.DuckDBPyRelation]


@pytest.mark.parametrize("annotation", [*ANNOTATIONS, pd.DataFrame | None, Annotated[pl.DataFrame, "x"]])
@pytest.mark.parametrize("library", TABLES)
def test_a_table_of_any_library_is_read_as_any_other(tmp_path: Path, library: str, annotation: Any) -> None:
    piece = save(TABLES[library](), tmp_path / "a [x] *?'b")

    assert rows(load_one(piece, annotation)) == ONE.to_pylist()


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        ("pandas", pd.DataFrame),
        ("polars", pl.DataFrame),
        ("lazy", pl.DataFrame),
        ("arrow", pa.Table),
        ("batch", pa.Table),
        ("duckdb", pa.Table),
    ],
)
def test_without_an_annotation_a_table_comes_back_in_its_library(tmp_path: Path, library: str, expected: type) -> None:
    assert type(load_one(save(TABLES[library](), tmp_path / "x"))) is expected


def test_an_index_that_says_something_is_kept(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="i"))
    plain = pd.DataFrame({"a": [1, 2]})

    pd.testing.assert_frame_equal(load_one(save(frame, tmp_path / "x")), frame)
    pd.testing.assert_frame_equal(load_one(save(frame[1:], tmp_path / "y")), frame[1:])
    assert load_one(save(plain, tmp_path / "z"), pa.Table).column_names == ["a"]


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": [object, 1]}), pd.DataFrame(index=range(3)), pl.DataFrame()])
def test_a_frame_that_parquet_cannot_hold_is_pickled(tmp_path: Path, frame: Any) -> None:
    piece = save(frame, tmp_path / "x")

    assert piece.kind is Kind.PICKLE
    assert load_one(piece, type(frame)).shape == frame.shape


def test_objects_in_polars_are_refused_instead_of_their_addresses_stored(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be pickled"):
        FileIO().save(pl.DataFrame({"a": [object()]}), temporary=tmp_path / "t")
    with pytest.raises(StorageError, match="columns of Python objects: a"):
        ParquetIO().save(pl.DataFrame({"a": [object()]}), temporary=tmp_path / "t")


def test_lists_of_categories_come_back_from_many_row_groups(tmp_path: Path) -> None:
    table = pa.table({"a": pa.array([["x"], ["y", "x"]], pa.list_(pa.dictionary(pa.int8(), pa.string())))})
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=1)

    assert load_one(Piece(None, tmp_path / "x.parquet"), pa.Table).to_pylist() == table.to_pylist()


def test_a_table_that_is_asked_of_something_else_is_an_error(tmp_path: Path) -> None:
    piece = save({"a": (1,)}, tmp_path / "x")

    with pytest.raises(StorageError, match=r"a table was asked for, but .* holds a dict: .*x\.pickle"):
        load_one(piece, pl.DataFrame)


@pytest.fixture
def months(tmp_path: Path) -> list[Piece]:
    tables = {"2026-02": pa.table({"a": [2, 3]}), "2026-01": pa.table({"a": [1], "b": ["x"]})}
    return [save(table, tmp_path / "data=[1]" / key) for key, table in tables.items()]


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_partitions_become_one_table_in_the_order_given(months: list[Piece], annotation: Any) -> None:
    expected = [{"a": 2, "b": None}, {"a": 3, "b": None}, {"a": 1, "b": "x"}]

    assert rows(load(months, annotation)) == expected
    assert rows(load(months[:1], annotation, several=True)) == [{"a": 2}, {"a": 3}]
    assert load([], annotation) is None


def test_partitions_whose_columns_do_not_agree_are_named(tmp_path: Path, months: list[Piece]) -> None:
    odd = save(pa.table({"a": ["text"]}), tmp_path / "2026-03")

    with pytest.raises(StorageError, match="partition '2026-03' do not agree"):
        load([*months, odd], pa.Table)


def test_a_dict_by_key_is_a_dict_even_for_one_key(months: list[Piece]) -> None:
    loaded = load(months, dict[str, pl.DataFrame])

    assert list(loaded) == ["2026-02", "2026-01"]
    assert all(type(frame) is pl.DataFrame for frame in loaded.values())
    assert list(load(months[:1], dict[str, pa.Table])) == ["2026-02"]
    assert list(load(months[:1], dict[str, pa.Table], several=False)) == ["2026-02"]
    assert load([], dict[str, pa.Table]) == {}


def test_partitions_without_a_table_annotation_are_a_dict(tmp_path: Path) -> None:
    pieces = [save(number, tmp_path / key) for key, number in (("b", 1), ("a", 2))]

    assert load(pieces) == load(pieces, int) == {"b": 1, "a": 2}
    assert load(pieces[:1]) == load(pieces[:1], several=False) == 1
    assert load(pieces[:1], several=True) == 1
    assert load([]) is None
    assert load([], several=True) is None


def test_a_stored_dict_is_the_value_where_the_mapping_gives_one_key(tmp_path: Path) -> None:
    piece = save({"x": 1}, tmp_path / "k")

    assert load_one(piece, dict[str, int]) == {"x": 1}
    assert load([piece], dict[str, int], several=False) == {"x": 1}
    assert load([piece], dict[str, dict], several=True) == {"k": {"x": 1}}


def test_paths_are_given_to_who_asks_for_them(months: list[Piece]) -> None:
    paths = [piece.path for piece in months]

    assert load(months, list[Path]) == paths
    assert load(months, dict[str, Path]) == {piece.key: piece.path for piece in months}
    assert load_one(months[0], Path) == paths[0]
    assert load([], list[Path]) == []
    with pytest.raises(StorageError, match="cannot be one Path"):
        load(months, Path)


class TestAReturnedPath:
    def test_is_moved_from_the_scratch_folder(self, tmp_path: Path) -> None:
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        (scratch / "x.v2.tar.gz").write_bytes(b"data")

        piece = save(scratch / "x.v2.tar.gz", tmp_path / "out" / "k", scratch=scratch)

        assert piece.path == tmp_path / "out" / "k.tar.gz"
        assert load_one(piece) == piece.path
        assert piece.path.read_bytes() == b"data"
        assert list(scratch.iterdir()) == []

    def test_is_copied_from_elsewhere(self, tmp_path: Path) -> None:
        source = tmp_path / "mine.csv"
        source.write_bytes(b"a\n1\n")
        (tmp_path / "scratch").mkdir()
        (tmp_path / "scratch" / "link.csv").symlink_to(source)

        stored = FileIO().save(source, temporary=tmp_path / "t")
        linked = save(tmp_path / "scratch" / "link.csv", tmp_path / "k", scratch=tmp_path / "scratch")

        assert source.read_bytes() == stored.temporary.read_bytes() == linked.path.read_bytes()
        assert stored.digest == file_digest(hash_file(source), ".csv")
        assert stored.content == hash_file(source)
        assert rows(load_one(linked, pd.DataFrame)) == [{"a": 1}]

    @pytest.mark.parametrize("suffix", [".json", ".parquet", ".pickle"])
    def test_comes_back_as_a_path_whatever_its_suffix(self, tmp_path: Path, suffix: str) -> None:
        (tmp_path / f"mine{suffix}").write_bytes(b"{}")

        assert load_one(save(tmp_path / f"mine{suffix}", tmp_path / "k")) == tmp_path / f"k{suffix}"

    def test_must_be_a_file(self, tmp_path: Path) -> None:
        with pytest.raises(StorageError, match="a/b: a folder was returned"):
            FileIO().save(tmp_path, temporary=tmp_path / "t", asset="a/b")
        with pytest.raises(StorageError, match="is not there"):
            FileIO().save(tmp_path / "none", temporary=tmp_path / "t", asset="a/b")


class TestSources:
    @pytest.fixture
    def csv(self, tmp_path: Path) -> Piece:
        (tmp_path / "x[1].csv").write_text("a,b\n1,x\n")
        return Piece("k", tmp_path / "x[1].csv")

    def test_arrive_as_paths(self, csv: Piece) -> None:
        assert load_source([csv], None, False) == load_source([csv], Path, False) == csv.path
        assert load_source([csv], None, True) == load_source([csv], list[Path], False) == [csv.path]
        assert load_source([csv], dict[str, Path], True) == {"k": csv.path}
        assert load_source([], None, True) == []

    @pytest.mark.parametrize("annotation", ANNOTATIONS)
    def test_arrive_as_the_table_that_is_asked_for(self, csv: Piece, annotation: Any) -> None:
        assert rows(load_source([csv], annotation, False)) == [{"a": 1, "b": "x"}]
        assert rows(load_source([csv, csv], annotation, True)) == [{"a": 1, "b": "x"}] * 2

    @pytest.mark.parametrize("annotation", ANNOTATIONS)
    def test_arrive_from_compressed_text(self, tmp_path: Path, annotation: Any) -> None:
        (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a\n1\n"))

        assert rows(load_source([Piece(None, tmp_path / "x.csv.gz")], annotation, False)) == [{"a": 1}]

    def test_arrive_zipped_for_pandas_only(self, tmp_path: Path) -> None:
        path = tmp_path / "x.csv.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.csv", "a\n1\n")

        assert rows(load_source([Piece(None, path)], pd.DataFrame, False)) == [{"a": 1}]
        with pytest.raises(StorageError, match="only pandas reads zipped text"):
            load_source([Piece(None, path)], pl.DataFrame, False)

    def test_arrive_as_text_bytes_or_documents(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text('{"a": "é"}', encoding="utf-8")
        piece = Piece(None, tmp_path / "x.json")

        assert load_source([piece], str, False) == '{"a": "é"}'
        assert load_source([piece], bytes, False) == b'{"a": "\xc3\xa9"}'
        assert load_source([piece], dict[str, str], False) == {"a": "é"}
        assert load_source([piece], None, False) == piece.path

    def test_widen_types_that_were_guessed(self, tmp_path: Path) -> None:
        for name, number in (("1", "1"), ("2", "1.5")):
            (tmp_path / f"{name}.csv").write_text(f"a\n{number}\n")

        pieces = [Piece(None, tmp_path / f"{name}.csv") for name in "12"]

        assert rows(load_source(pieces, pa.Table, True)) == [{"a": 1.0}, {"a": 1.5}]

    def test_that_hold_no_table_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "x.png").write_bytes(b"")

        with pytest.raises(StorageError, match=r"cannot read a table from x\.png"):
            load_source([Piece(None, tmp_path / "x.png")], pa.Table, False)


def test_a_folder_in_the_way_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "x.json").mkdir()

    with pytest.raises(StorageError, match="a folder is in the way"):
        save(1, tmp_path / "x")


def test_json_needs_no_table_library(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from assetmake.storage.io_managers.files import FileIO;"
        f"FileIO().save([1], temporary=Path({str(tmp_path / 't')!r}));"
        "print([name for name in ('pyarrow', 'pandas', 'polars', 'duckdb') if name in sys.modules])"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def rows(table: Any) -> list[dict[str, Any]]:
    found = to_arrow(table)
    assert found is not None
    return [{name: None if value != value else value for name, value in row.items()} for row in found.to_pylist()]
