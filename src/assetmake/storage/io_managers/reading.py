"""Reads one stored file as what it was written from."""

from __future__ import annotations

import json
import pickle
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from assetmake.errors import AssetmakeError, StorageError
from assetmake.storage.files import read_file
from assetmake.storage.hashing import table_digest
from assetmake.storage.io_managers import Kind, Piece
from assetmake.storage.tables import Library, from_arrow

if TYPE_CHECKING:
    import pyarrow as pa

LIBRARY_KEY = b"assetmake.library"
"""In a Parquet file's metadata: whose table the asset returned."""
_SCHEMA_KEY = b"ARROW:schema"
"""Where Arrow keeps the schema of the table that was written."""


def read_stored(piece: Piece) -> Any:
    """Return the value that was stored: a table in its own library, a Path for a file."""
    match kind_of(piece):
        case Kind.TABLE:
            return _in_own_library(piece.path)
        case Kind.JSON:
            return read_json(piece.path)
        case Kind.PICKLE:
            return read_pickle(piece.path)
        case Kind.FILE:
            return piece.path
        case kind:
            assert_never(kind)


def kind_of(piece: Piece) -> Kind:
    """Return what a piece was stored as; where that is not known, the file tells."""
    if piece.kind is not None:
        return piece.kind
    match piece.path.suffix:
        case ".json":
            return Kind.JSON
        case ".pickle":
            return Kind.PICKLE
        case ".parquet":
            return Kind.TABLE if _is_own_table(piece.path) else Kind.FILE
        case _:
            return Kind.FILE


def read_table(path: Path) -> pa.Table:
    """Return a Parquet file's table, as the asset returned it."""
    return _read_parquet(path)[0]


def digest_table(path: Path, *, unordered: bool) -> bytes:
    """Return the hash of a Parquet file's table as of one that is saved."""
    import pyarrow as pa

    table, written = _read_file(path)
    with damage_told(path):
        schema = None if written is None else pa.ipc.read_schema(pa.py_buffer(b64decode(written)))
    return table_digest(table, schema=schema, unordered=unordered)


def read_json(path: Path) -> Any:
    with damage_told(path):
        return json.loads(read_file(path))


def read_pickle(path: Path) -> Any:
    with damage_told(path), open(path, "rb") as stream:
        return pickle.load(stream)


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Turn whatever a format's reader raises into an error that names the file.

    Raises:
        StorageError: The file is missing or cannot be read.
    """
    try:
        yield
    except AssetmakeError:
        raise
    except FileNotFoundError as error:
        raise StorageError(f"the file is missing: {path}", hint="build the asset that writes it") from error
    except Exception as error:
        raise StorageError(f"cannot read {path}: {type(error).__name__}: {error}") from error


def _in_own_library(path: Path) -> Any:
    table, library = _read_parquet(path)
    return from_arrow(table, library)


def _read_parquet(path: Path) -> tuple[pa.Table, Library]:
    table, _ = _read_file(path)
    metadata = dict(table.schema.metadata or {})
    name = metadata.pop(LIBRARY_KEY, Library.ARROW.value.encode()).decode()
    library = Library(name) if name in set(Library) else Library.ARROW
    return table.replace_schema_metadata(metadata or None), library


def _read_file(path: Path) -> tuple[pa.Table, bytes | None]:
    """Return a file's table, and what Arrow kept there of the schema of the one that was written."""
    import pyarrow.parquet as pq

    # A ParquetFile takes the path as it is: no globs, no columns made of `key=value` folders.
    with damage_told(path), pq.ParquetFile(path) as file:
        return _all_rows(file), (file.metadata.metadata or {}).get(_SCHEMA_KEY)


def _all_rows(file: Any) -> pa.Table:
    import pyarrow as pa

    try:
        return file.read()
    except pa.ArrowNotImplementedError:
        # Arrow cannot read dictionaries within lists from several row groups at once.
        return pa.concat_tables([file.read_row_group(number) for number in range(file.num_row_groups)])


def _is_own_table(path: Path) -> bool:
    import pyarrow.parquet as pq

    with damage_told(path):
        return LIBRARY_KEY in (pq.read_metadata(path).metadata or {})
