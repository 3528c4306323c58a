"""What nodes of one asset share is loaded once, as long as it is the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

from assetmake import asset
from assetmake.execution.bench import Bench
from assetmake.storage.io_managers import Input, Piece
from assetmake.storage.io_managers.files import FileIO


@dataclass(frozen=True, kw_only=True)
class CountingIO(FileIO):
    """Counts what it loads."""

    loaded: list[Path] = field(default_factory=list)

    def load(
        self, pieces: Sequence[Piece], *, annotation: object, partitioned: bool, several: bool | None = None
    ) -> object:
        self.loaded.extend(piece.path for piece in pieces)
        return super().load(pieces, annotation=annotation, partitioned=partitioned, several=several)


@pytest.fixture
def io() -> CountingIO:
    return CountingIO()


@pytest.fixture
def bench(io: CountingIO) -> Bench:
    @asset
    def reader(table):  # type: ignore[no-untyped-def]
        return None

    return Bench(reader, loaders={"io": io})


def store(path: Path, value: object) -> Path:
    path.unlink(missing_ok=True)
    FileIO().save(value, temporary=path)
    return path


def give(path: Path, *, shared: bool = True) -> Input:
    return Input("table", "io", partitioned=False, several=False, pieces=(Piece(None, path),), shared=shared)


def test_what_all_nodes_read_is_loaded_once_and_no_node_sees_what_another_did_to_it(
    bench: Bench, io: CountingIO, tmp_path: Path
) -> None:
    given = give(store(tmp_path / "table.parquet", pd.DataFrame({"a": [1, 2, 3]})))

    for _ in range(5):
        table = bench.load_stored(given)
        assert isinstance(table, pd.DataFrame)
        assert table["a"].tolist() == [1, 2, 3]
        table.loc[:, "a"] = 0

    assert io.loaded == [given.pieces[0].path]


def test_a_list_is_loaded_for_each_node(bench: Bench, tmp_path: Path) -> None:
    given = give(store(tmp_path / "list.json", [1, 2]))

    for _ in range(3):
        value = bench.load_stored(given)
        assert value == [1, 2]
        assert isinstance(value, list)
        value.append(3)


def test_another_file_and_the_same_file_with_other_content_are_loaded(
    bench: Bench, io: CountingIO, tmp_path: Path
) -> None:
    first, second = store(tmp_path / "1.json", "one"), store(tmp_path / "2.json", "two")
    assert [bench.load_stored(give(first)), bench.load_stored(give(second)), bench.load_stored(give(second))] == [
        "one",
        "two",
        "two",
    ]
    store(second, "new")

    assert bench.load_stored(give(second)) == "new"
    assert io.loaded == [first, second, second]


def test_what_one_node_reads_is_not_kept(bench: Bench, io: CountingIO, tmp_path: Path) -> None:
    given = give(store(tmp_path / "one.json", "one"), shared=False)

    assert [bench.load_stored(given), bench.load_stored(given)] == ["one", "one"]
    assert len(io.loaded) == 2


class Point:
    """Of the project, as far as this test is one."""


def test_code_counts_with_the_pickles_that_name_it_where_it_is_the_projects(bench: Bench, tmp_path: Path) -> None:
    library, own = (
        FileIO().save(value, temporary=tmp_path / str(number))
        for number, value in enumerate([Counter("a"), [Point, Counter("a")]])
    )

    assert (library.named, own.named) == ((Counter,), (Counter, Point))
    assert bench.digest_of(library) == library.digest
    assert bench.digest_of(own) != own.digest
    assert bench.digest_of(own) == bench.digest_of(own)
