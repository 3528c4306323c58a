"""Reads stored files of any kind as one table of the library that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from assetmake.errors import StorageError
from assetmake.storage.io_managers import Kind, Piece
from assetmake.storage.io_managers.reading import damage_told, kind_of, read_json, read_pickle, read_table
from assetmake.storage.tables import Library, concatenated, from_arrow, library_of, to_arrow

if TYPE_CHECKING:
    import pyarrow as pa

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_COMPRESSIONS = frozenset({".gz", ".bz2", ".xz", ".zst", ".zip"})


def load_table(pieces: Sequence[Piece], library: Library) -> Any:
    """Return the rows of all pieces, in order, as one table; None where there are no pieces.

    Raises:
        StorageError: A piece holds no table, or the pieces' columns do not agree.
    """
    if not pieces:
        return None
    if library in _LAZY and all(piece.path.suffix == ".parquet" for piece in pieces):
        with damage_told(pieces[0].path):
            return _LAZY[library]([piece.path for piece in pieces])
    if len(pieces) == 1:
        return _one_table(pieces[0], library)
    tables = [(_name(piece), _arrow_table(piece)) for piece in pieces]
    guessed = any(_format(piece.path) in _DELIMITERS for piece in pieces)
    return from_arrow(concatenated(tables, permissive=guessed), library)


def _one_table(piece: Piece, library: Library) -> Any:
    suffix = _format(piece.path)
    if suffix in _DELIMITERS:
        with damage_told(piece.path):
            return _read_delimited(piece.path, library, _DELIMITERS[suffix])
    if kind_of(piece) is Kind.PICKLE or suffix == ".pickle":
        value = read_pickle(piece.path)
        if library_of(value) is library:
            return value
    return from_arrow(_arrow_table(piece), library)


def _arrow_table(piece: Piece) -> pa.Table:
    path = piece.path
    with damage_told(path):
        match _format(path):
            case ".parquet":
                return read_table(path)
            case ".csv" | ".tsv" as suffix:
                return to_arrow(_read_delimited(path, _reader_of(path), _DELIMITERS[suffix]))
            case ".jsonl" | ".ndjson":
                return _read_json_lines(path)
            case ".json":
                return _table_of(read_json(path), piece)
            case ".pickle" | ".pkl":
                return _table_of(read_pickle(path), piece)
            case ".feather" | ".arrow":
                return _read_feather(path)
            case _:
                raise StorageError(f"cannot read a table from {_name(piece)}: {path}")


def _table_of(value: Any, piece: Piece) -> pa.Table:
    import pyarrow as pa

    table = to_arrow(value)
    if table is None and isinstance(value, list) and value and all(type(row) is dict for row in value):
        table = pa.Table.from_pylist(value)
    if table is None:
        message = f"a table was asked for, but {_name(piece)} holds a {type(value).__name__}: {piece.path}"
        hint = "change the parameter's annotation, or leave it out to get what was stored"
        raise StorageError(message, hint=hint)
    return table


def _read_delimited(path: Path, library: Library, delimiter: str) -> Any:
    zipped = path.suffix == ".zip"
    if zipped and library is not Library.PANDAS:
        hint = "annotate the parameter with pandas.DataFrame, or with Path"
        raise StorageError(f"only pandas reads zipped text: {path}", hint=hint)
    match library:
        case Library.ARROW:
            from pyarrow import csv

            return csv.read_csv(path, parse_options=csv.ParseOptions(delimiter=delimiter))
        case Library.PANDAS:
            import pandas as pd

            return pd.read_csv(path, sep=delimiter)
        case Library.POLARS:
            import polars as pl

            return pl.read_csv(path, separator=delimiter, glob=False)
        case Library.POLARS_LAZY:
            import polars as pl

            return pl.scan_csv(path, separator=delimiter, glob=False)
        case Library.DUCKDB:
            import duckdb

            return duckdb.connect().read_csv(_without_globs(path), sep=delimiter)
        case _:
            assert_never(library)


def _reader_of(path: Path) -> Library:
    return Library.PANDAS if path.suffix == ".zip" else Library.ARROW


def _read_json_lines(path: Path) -> pa.Table:
    from pyarrow import json

    return json.read_json(path)


def _read_feather(path: Path) -> pa.Table:
    from pyarrow import feather

    return feather.read_table(path, memory_map=False)


def _scan_with_polars(paths: Sequence[Path]) -> Any:
    import polars as pl

    scans = [pl.scan_parquet(path, glob=False, hive_partitioning=False) for path in paths]
    return scans[0] if len(scans) == 1 else pl.concat(scans, how="diagonal")


def _scan_with_duckdb(paths: Sequence[Path]) -> Any:
    import duckdb

    # The relation keeps its connection alive.
    connection = duckdb.connect()
    names = [_without_globs(path) for path in paths]
    return connection.read_parquet(names, hive_partitioning=False, union_by_name=len(names) > 1)


def _without_globs(path: Path) -> str:
    """Spell a path for DuckDB, which reads every path as a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


_LAZY: dict[Library, Callable[[Sequence[Path]], Any]] = {
    Library.POLARS_LAZY: _scan_with_polars,
    Library.DUCKDB: _scan_with_duckdb,
}


def _format(path: Path) -> str:
    """Return the suffix that tells the format, below one that tells the compression."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in _COMPRESSIONS else suffix


def _name(piece: Piece) -> str:
    return piece.path.name if piece.key is None else f"partition {piece.key!r}"
