"""The IO manager for files: tables as Parquet, JSON-able values as JSON, a Path as its file, else pickle."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, BinaryIO, Literal

from assetmake.errors import StorageError
from assetmake.storage.files import (
    copy_into,
    fsync_file,
    move,
    new_file,
    removed_on_error,
    translated_errors,
    write_file,
)
from assetmake.storage.hashing import (
    Pickled,
    file_digest,
    hash_bytes,
    hash_file,
    is_jsonable,
    json_digest,
    table_digest,
    value_digest,
    write_pickle,
)
from assetmake.storage.io_managers import Kind, Piece, Stored
from assetmake.storage.io_managers.loading import load
from assetmake.storage.io_managers.reading import LIBRARY_KEY, digest_table, read_json, read_pickle
from assetmake.storage.profiles import profile_table, profile_value
from assetmake.storage.tables import Library, library_of, to_arrow

if TYPE_CHECKING:
    import pyarrow as pa

    from assetmake.storage.unsynced import Unsynced

_COMPRESSIONS = frozenset({".gz", ".bz2", ".xz", ".zst", ".lz4", ".br", ".zip"})
_LONGEST_SUFFIX = 20
_write_json = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Identified:
    """What a value is known by: see `Stored`, which has the same of one that was written."""

    digest: bytes
    rows: int | None = None
    named: tuple[type | FunctionType, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileIO:
    """Writes each node to one file.

    Args:
        format: Write this format only, and refuse what it cannot hold; None: what fits the value.
        unsynced: Makes what is saved durable later; None: each file at once.
    """

    format: Literal["parquet", "json", "pickle"] | None = None
    unsynced: Unsynced | None = None

    def identity(self) -> str:
        return f"files:{self.format or 'fitting'}"

    def save(
        self,
        value: object,
        *,
        temporary: Path,
        unordered: bool = False,
        scratch: Path | None = None,
        asset: str = "",
    ) -> Stored:
        name = asset or str(temporary.parent)
        if self.format is None and isinstance(value, Path):
            return self._save_file(value, temporary, scratch, name)
        if self.format in {None, "parquet"} and library_of(value) is not None:
            stored = self._save_table(value, temporary, unordered, name)
            if stored is not None:
                return stored
        if self.format in {None, "json"} and is_jsonable(value):
            return self._save_json(value, temporary)
        if self.format in {None, "pickle"}:
            return self._save_pickle(value, temporary, name)
        raise StorageError(
            f"{name}: {self.format} cannot hold a value of type {type(value).__name__}",
            hint="return another type, or use the default IO manager",
        )

    def load(
        self, pieces: Sequence[Piece], *, annotation: object, partitioned: bool, several: bool | None = None
    ) -> object:
        return load(pieces, annotation=annotation, partitioned=partitioned, several=several)

    def matches(self, path: Path, digest: bytes, *, unordered: bool = False) -> bool:
        try:
            content = hash_file(path)
            if content == digest or digest in _file_digests(path, content):
                return True
            return _logical_digest(path, unordered) == digest
        except (OSError, StorageError):
            return False

    def identify(self, value: object, *, unordered: bool = False) -> Identified:
        """Return what `save` would tell of a value, and write nothing.

        Raises:
            Exception: it cannot be told.
        """
        if isinstance(value, Path):
            return Identified(file_digest(hash_file(value), _suffix(value.name)))
        if library_of(value) is not None:
            with suppress(*_arrow_errors()):
                table = to_arrow(value)
                if table is not None:
                    marked = _mark(table, _library_given_back(value))
                    return Identified(table_digest(marked, unordered=unordered), table.num_rows)
        if is_jsonable(value):
            return Identified(json_digest(value))
        pickled = write_pickle(value, None)
        return Identified(pickled.digest, named=pickled.named)

    def _save_table(self, value: object, temporary: Path, unordered: bool, name: str) -> Stored | None:
        """Write a table; None where Parquet cannot hold this one and may be left."""
        try:
            table = to_arrow(value)
            if table is not None:
                return self._write_table(table, _library_given_back(value), temporary, unordered)
        except _arrow_errors() as error:
            if self.format is not None:
                raise StorageError(f"{name}: Parquet cannot hold this table: {error}") from error
        return None

    def _save_file(self, value: Path, temporary: Path, scratch: Path | None, name: str) -> Stored:
        source = value.resolve()
        if source.is_dir():
            hint = "return one file, for example an archive of the folder"
            raise StorageError(f"{name}: a folder was returned, which cannot be stored: {value}", hint=hint)
        if not source.is_file():
            raise StorageError(f"{name}: the file that was returned is not there: {value}")
        with translated_errors(temporary):
            movable = scratch is not None and source.is_relative_to(scratch.resolve())
            if movable and move(source, temporary):
                with removed_on_error(temporary):
                    fsync_file(temporary)
            else:
                with new_file(temporary, unsynced=self.unsynced) as stream:
                    copy_into(source, stream)
            suffix, content = _suffix(value.name), hash_file(temporary)
            size = os.stat(temporary).st_size
            return Stored(temporary, suffix, file_digest(content, suffix), size, None, Kind.FILE, content)

    def _save_json(self, value: object, temporary: Path) -> Stored:
        data = _write_json(value).encode()
        write_file(temporary, data, unsynced=self.unsynced)
        content, profile = hash_bytes(data), profile_value(value)
        return Stored(temporary, ".json", json_digest(value), len(data), None, Kind.JSON, content, profile=profile)

    def _save_pickle(self, value: object, temporary: Path, name: str) -> Stored:
        with new_file(temporary, unsynced=self.unsynced) as stream:
            pickled = _pickled(value, stream, name)
        size = os.stat(temporary).st_size
        return Stored(temporary, ".pickle", pickled.digest, size, None, Kind.PICKLE, named=pickled.named)

    def _write_table(self, table: pa.Table, library: Library, temporary: Path, unordered: bool) -> Stored:
        import pyarrow.parquet as pq

        table = _mark(table, library)
        with new_file(temporary, unsynced=self.unsynced) as stream:
            written: list[pq.FileMetaData] = []
            pq.write_table(table, stream, compression="zstd", metadata_collector=written)
            digest = table_digest(table, unordered=unordered)
        profile = profile_table(table.schema, written[0]) if written else None
        size = os.stat(temporary).st_size
        return Stored(temporary, ".parquet", digest, size, table.num_rows, Kind.TABLE, profile=profile)


ParquetIO = partial(FileIO, format="parquet")
JsonIO = partial(FileIO, format="json")
PickleIO = partial(FileIO, format="pickle")


def _pickled(value: object, stream: BinaryIO, name: str) -> Pickled:
    try:
        return write_pickle(value, stream)
    except OSError:
        raise
    except Exception as error:
        message = f"{name}: a value of type {type(value).__name__} cannot be pickled: {error}"
        hint = "return data (a table, a dict, an array), or a Path to a file that the asset wrote"
        raise StorageError(message, hint=hint) from error


def _mark(table: pa.Table, library: Library) -> pa.Table:
    """Note in a table whose it is, for readers without an annotation; the mark is hashed with the rest."""
    return table.replace_schema_metadata({**(table.schema.metadata or {}), LIBRARY_KEY: library.value.encode()})


def _library_given_back(value: object) -> Library:
    """Return the library whose table a reader without an annotation gets: plain tables, nothing lazy."""
    library = library_of(value)
    if library is Library.PANDAS:
        return Library.PANDAS
    return Library.POLARS if library in {Library.POLARS, Library.POLARS_LAZY} else Library.ARROW


def _arrow_errors() -> tuple[type[Exception], ...]:
    import pyarrow as pa

    return pa.ArrowException, TypeError, ValueError, OverflowError


def _suffix(name: str) -> str:
    """Return a file's suffix; two where the last says only how it is compressed (`.tar.gz`, `.csv.zip`)."""
    suffixes = Path(name).suffixes
    kept = suffixes[-2:] if suffixes and suffixes[-1].lower() in _COMPRESSIONS else suffixes[-1:]
    suffix = "".join(kept)
    usable = suffix.isascii() and suffix.replace(".", "").isalnum() and len(suffix) <= _LONGEST_SUFFIX
    return suffix if usable else ""


def _file_digests(path: Path, content: bytes) -> Iterator[bytes]:
    """Yield the digests that a returned file of that name may have: a key may have dots of its own."""
    yield file_digest(content, "")
    for position, letter in enumerate(path.name):
        if letter == ".":
            yield file_digest(content, path.name[position:])


def _logical_digest(path: Path, unordered: bool) -> bytes | None:
    match path.suffix:
        case ".parquet":
            return digest_table(path, unordered=unordered)
        case ".json":
            return json_digest(read_json(path))
        case ".pickle":
            return value_digest(read_pickle(path))
        case _:
            return None
