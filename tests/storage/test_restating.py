"""The digest of a file that no build wrote: the one that a build of the same content gives."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assetmake.errors import StorageError
from assetmake.storage.hashing import hash_file
from assetmake.storage.io_managers.files import FileIO
from assetmake.storage.io_managers.restating import digest_output

TABLE = pa.table({"n": [1, 2, 3], "name": ["a", None, "c"]})


class Explosive:
    """Fails where it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("it was unpickled",))


@pytest.mark.parametrize("value", [TABLE, {"b": 1, "a": [1.5, None]}, [1, 2], 5, "text", [], {1, 2}, (1, 2)])
def test_what_a_build_wrote_has_the_digest_that_it_gave(tmp_path: Path, value: object) -> None:
    stored = FileIO().save(value, temporary=tmp_path / "file.tmp")
    path = tmp_path / f"output{stored.suffix}"
    stored.temporary.rename(path)
    by_bytes = stored.digest == hash_file(path)
    if stored.suffix != ".pickle" or by_bytes:
        assert digest_output(path, stored.suffix, by_bytes=by_bytes) == stored.digest


def test_a_table_counts_by_its_rows(tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{number}.parquet" for number in range(3))
    pq.write_table(TABLE, first)
    pq.write_table(TABLE, second, compression="gzip", row_group_size=1)
    pq.write_table(TABLE.take([2, 1, 0]), third)
    digest = digest_output(first, ".parquet", by_bytes=False)
    assert digest_output(second, ".parquet", by_bytes=False) == digest
    assert digest_output(third, ".parquet", by_bytes=False) != digest
    unordered = digest_output(first, ".parquet", by_bytes=False, unordered=True)
    assert digest_output(third, ".parquet", by_bytes=False, unordered=True) == unordered
    assert digest_output(first, ".parquet", by_bytes=True) == hash_file(first)


def test_a_document_counts_by_its_values(tmp_path: Path) -> None:
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    first.write_text('{"a": 1, "b": [2]}')
    second.write_text(json.dumps({"b": [2], "a": 1}, indent=2))
    assert digest_output(first, ".json", by_bytes=False) == digest_output(second, ".json", by_bytes=False)
    assert digest_output(second, ".json", by_bytes=True) == hash_file(second)


def test_a_plain_value_counts_as_one_though_its_bytes_were_its_hash(tmp_path: Path) -> None:
    first, second, torn = (tmp_path / f"{number}.json" for number in range(3))
    first.write_text("5")
    second.write_text("5\n")
    torn.write_text("5 6")
    assert digest_output(second, ".json", by_bytes=True) == digest_output(first, ".json", by_bytes=True)
    assert digest_output(torn, ".json", by_bytes=True) == hash_file(torn)


def test_a_pickle_is_never_read(tmp_path: Path) -> None:
    path = tmp_path / "1.pickle"
    path.write_bytes(pickle.dumps(Explosive()))
    assert digest_output(path, ".pickle", by_bytes=False) == hash_file(path)


@pytest.mark.parametrize("suffix", [".parquet", ".json"])
def test_a_damaged_file_is_an_error(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(b"{ no")
    with pytest.raises(StorageError, match="cannot read"):
        digest_output(path, suffix, by_bytes=False)
