"""A look at what an asset has stored: rows of a table, a JSON document, or a file's place and size."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.table import Cell, align
from assetmake.storage.io_managers.reading import damage_told, read_json

Output = tuple[str | None, Path]
_FILES_SHOWN = 20
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def preview(outputs: Sequence[Output], *, limit: int, root: Path | None = None, paint: Paint = PLAIN) -> Iterator[str]:
    """Return lines that show the stored outputs of one asset.

    Args:
        outputs: Partition keys (None where there are none) and files, in order; at least one.
        limit: How many rows of a table.
        root: What paths are shown relative to, where they are inside.
        paint: Colours.

    Raises:
        StorageError: a file is gone or damaged.
    """
    if all(path.suffix == ".parquet" for _, path in outputs):
        yield from _preview_tables(outputs, limit, paint)
    elif len(outputs) == 1 and outputs[0][1].suffix == ".json":
        text = json.dumps(read_json(outputs[0][1]), indent=2, ensure_ascii=False)
        yield from display(text, lines=True).split("\n")
    else:
        yield from _list_files(outputs, root)


def tell_size(size: float) -> str:
    """Return a number of bytes in the unit that suits it.

    >>> [tell_size(1), tell_size(2_500_000)]
    ['1 byte', '2.4 MiB']
    """
    if size < 1024:
        return count(int(size), "byte")
    for unit in _UNITS[1:]:
        size /= 1024
        if size < 1024 or unit == _UNITS[-1]:
            break
    return f"{size:,.1f} {unit}"


def _list_files(outputs: Sequence[Output], root: Path | None) -> Iterator[str]:
    rows = []
    for key, path in outputs[:_FILES_SHOWN]:
        with damage_told(path):
            size = tell_size(path.stat().st_size)
        named = [] if key is None else [Cell(display(key))]
        rows.append([*named, Cell(display(_shorten(path, root))), Cell(size, "dim")])
    yield from align(rows)
    if len(outputs) > _FILES_SHOWN:
        yield f"+{len(outputs) - _FILES_SHOWN:,} more"


def _shorten(path: Path, root: Path | None) -> str:
    return str(path.relative_to(root)) if root is not None and path.is_relative_to(root) else str(path)


def _preview_tables(outputs: Sequence[Output], limit: int, paint: Paint) -> Iterator[str]:
    header: list[str] = []
    rows: list[list[str]] = []
    read = total = 0
    for key, path in outputs:
        if header and len(rows) >= limit:
            break
        names, found, number = _read_rows(path, limit - len(rows))
        own = [] if key is None else [key]
        if not header:
            header = [*(["partition"] if own else []), *names]
        if [*(["partition"] if own else []), *names] != header:
            break
        rows += [[*own, *row] for row in found]
        read, total = read + 1, total + number
    yield from (
        align(
            [
                [Cell(display(name), "bold") for name in header],
                *[[Cell(text) for text in row] for row in rows],
            ],
            paint=paint,
        )
        if header
        else ()
    )
    more = ""
    if len(outputs) > 1:
        some = count(read, "partition")
        more = f" in {some}" if read == len(outputs) else f" in the first {some} of {len(outputs):,}"
    yield paint(f"{len(rows):,} of {count(total, 'row')}{more}", "dim")


def _read_rows(path: Path, limit: int) -> tuple[list[str], list[list[str]], int]:
    import pyarrow.parquet as pq

    with damage_told(path), pq.ParquetFile(path) as file:
        names: list[str] = list(file.schema_arrow.names)
        rows: list[list[str]] = []
        for batch in file.iter_batches(batch_size=max(1, min(limit, 1_000))):
            columns = [column.to_pylist() for column in batch.columns]
            rows += [[_show(value) for value in row] for row in zip(*columns, strict=True)]
            if len(rows) >= limit:
                break
        return names, rows[:limit], file.metadata.num_rows


def _show(value: Any) -> str:
    return "" if value is None else display(str(value))
