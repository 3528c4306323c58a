"""What readers get of a stored value: everything that one of them could see of it, as text."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
from pyarrow import types

from assetmake.storage.io_managers import Kind, Piece
from assetmake.storage.io_managers.files import FileIO
from assetmake.storage.io_managers.loading import load

ANNOTATIONS: list[Any] = [None, pa.Table, pd.DataFrame, pl.DataFrame, pl.LazyFrame, duckdb.DuckDBPyRelation, Path]


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that was saved: its digest, and what a reader gets, by annotation."""

    digest: bytes
    seen: tuple[str, ...]
    path: Path


def keep(
    value: object, folder: Path, *, name: str = "asset", unordered: bool = False, io: FileIO | None = None
) -> Kept:
    """Save a value as a worker does, and read it as every kind of reader does."""
    folder.mkdir(parents=True, exist_ok=True)
    stored = FileIO().save(value, temporary=folder / ".t", unordered=unordered)
    path = folder / f"{name}{stored.suffix}"
    stored.temporary.rename(path)
    return Kept(stored.digest, tuple(_read(path, annotation) for annotation in ANNOTATIONS), path)


def _read(path: Path, annotation: object) -> str:
    # As a build does, without a kind: the file tells.
    try:
        return portray(load([Piece(None, path)], annotation=annotation, partitioned=False))
    except (Exception, pl.exceptions.PanicException) as error:
        return f"error {type(error).__name__}"


def portray(value: Any) -> str:
    """Return all that code could tell a value by, but for how a table lies in memory and which versions wrote it."""
    match value:
        case pa.Table():
            return "\n".join(["arrow", _portray_schema(value.schema), *_portray_columns(value)])
        case pd.DataFrame():
            columns = [_portray_series(value.iloc[:, position]) for position in range(value.shape[1])]
            index = f"{type(value.index).__name__} {value.index!r} {value.index.names}"
            return "\n".join(["pandas", index, repr(value.columns), repr(value.attrs), *columns])
        case pl.DataFrame():
            return f"polars {value.schema!r} {value.rows()!r}"
        case pl.LazyFrame():
            return f"lazy {portray(value.collect())}"
        case duckdb.DuckDBPyRelation():
            return f"duckdb {value.columns} {value.types} {value.fetchall()!r}"
        case Path():
            contents = b"a table" if value.suffix == ".parquet" else value.read_bytes()
            return f"path {value.name} {contents!r}"
        case set() | frozenset():
            return f"{type(value).__name__} {sorted(map(portray, value))}"
        case _:
            return f"{type(value)} {value!r} {pickle.dumps(value)!r}"


def _portray_schema(schema: pa.Schema) -> str:
    text = schema.to_string(truncate_metadata=False, show_field_metadata=True)
    metadata = {key: value for key, value in (schema.metadata or {}).items() if key != b"pandas"}
    pandas = re.sub(r'"(pandas_)?version": "[^"]*"', "", (schema.metadata or {}).get(b"pandas", b"").decode())
    return f"{text.partition('-- schema metadata --')[0]} {metadata} {pandas}"


def _portray_columns(table: pa.Table) -> Iterator[str]:
    for column in table.unify_dictionaries().columns:
        yield f"{column.type} {column.to_pylist()!r}"
        for chunk in column.chunks[:1]:
            yield from _portray_dictionaries(chunk)


def _portray_dictionaries(array: pa.Array) -> Iterator[str]:
    if types.is_dictionary(array.type):
        yield repr(array.dictionary.to_pylist())
    elif types.is_struct(array.type):
        for number in range(array.type.num_fields):
            yield from _portray_dictionaries(array.field(number))
    elif types.is_map(array.type):
        yield from _portray_dictionaries(array.items)
    elif hasattr(array, "values") and hasattr(array, "flatten"):
        yield from _portray_dictionaries(array.flatten())


def _portray_series(series: Any) -> str:
    kind = f"{series.dtype!r}"
    if isinstance(series.dtype, pd.CategoricalDtype):
        kind += f" {series.cat.categories!r} {series.cat.ordered}"
    return f"{kind} {[(type(each).__name__, repr(each)) for each in series.tolist()]}"


def is_table(kept: Kept) -> bool:
    return kept.path.suffix == f".{Kind.TABLE.value}"
