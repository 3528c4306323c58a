"""The digest of a file that no build wrote: the one that a build of the same content gives."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assetmake.errors import StorageError
from assetmake.storage.hashing import file_digest, hash_file
from assetmake.storage.io_managers.files import FileIO
from assetmake.storage.io_managers.restating import digest_output

FRAME = pd.DataFrame({"t": pd.Categorical(["a", None], categories=["b", "a"]), "s": pd.Timestamp(0)})
TABLE = pa.table({"n": [1, 2, 3], "name": ["a", None, "c"]})


class Explosive:
    """Fails where it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("it was unpickled",))


@pytest.mark.parametrize("value", [TABLE, FRAME, {"b": 1, "a": [1.5, None]}, [1, 2], 5, "text", [], (1, 2)])
def test_what_a_build_wrote_has_the_digest_that_it_gave(tmp_path: Path, value: object) -> None:
    stored = FileIO().save(value, temporary=tmp_path / "file.tmp")
    path = tmp_path / f"output{stored.suffix}"
    stored.temporary.rename(path)
    assert digest_output(path, stored.suffix, as_file=False) == stored.digest


def test_a_table_counts_by_its_rows(tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{number}.parquet" for number in range(3))
    pq.write_table(TABLE, first)
    pq.write_table(TABLE, second, compression="gzip", row_group_size=1)
    pq.write_table(TABLE.take([2, 1, 0]), third)
    digest = digest_output(first, ".parquet", as_file=False)
    assert digest_output(second, ".parquet", as_file=False) == digest
    assert digest_output(third, ".parquet", as_file=False) != digest
    unordered = digest_output(first, ".parquet", as_file=False, unordered=True)
    assert digest_output(third, ".parquet", as_file=False, unordered=True) == unordered
    assert digest_output(first, ".parquet", as_file=True) == file_digest(hash_file(first), ".parquet")


def test_a_document_counts_by_its_values_and_the_order_of_its_keys(tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{number}.json" for number in range(3))
    first.write_text('{"a": 1, "b": [2]}')
    second.write_text(json.dumps({"a": 1, "b": [2]}, indent=2))
    third.write_text('{"b": [2], "a": 1}')
    assert digest_output(first, ".json", as_file=False) == digest_output(second, ".json", as_file=False)
    assert digest_output(first, ".json", as_file=False) != digest_output(third, ".json", as_file=False)


@pytest.mark.parametrize("suffix", [".json", ".parquet", ".pickle", ".csv", ""])
def test_a_file_that_was_returned_counts_by_its_bytes(tmp_path: Path, suffix: str) -> None:
    returned = tmp_path / f"mine{suffix}"
    returned.write_text("5")
    stored = FileIO().save(returned, temporary=tmp_path / "file.tmp")
    assert digest_output(stored.temporary, stored.suffix, as_file=True) == stored.digest
    returned.write_text("5 ")
    assert digest_output(returned, stored.suffix, as_file=True) != stored.digest


def test_a_pickle_is_never_read(tmp_path: Path) -> None:
    path = tmp_path / "1.pickle"
    path.write_bytes(pickle.dumps(Explosive()))
    assert digest_output(path, ".pickle", as_file=False) == hash_file(path)


@pytest.mark.parametrize("suffix", [".parquet", ".json"])
def test_a_damaged_file_is_an_error(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(b"{ no")
    with pytest.raises(StorageError, match="cannot read"):
        digest_output(path, suffix, as_file=False)
