"""The assets of a project as a list for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import AssetRecord
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.table import Cell, align


def list_assets(
    records: Iterable[AssetRecord], sizes: Mapping[AssetKey, int | None], *, paint: Paint = PLAIN
) -> list[str]:
    """Return a line for each asset: name, group, partitions, the first line of its description."""
    rows = [_make_row(record, sizes[record.key]) for record in records]
    return align(rows, paint=paint) if rows else []


def _make_row(record: AssetRecord, size: int | None) -> list[Cell]:
    description = record.description.strip().partition("\n")[0]
    return [
        Cell(display(str(record.key)), "bold"),
        Cell(display(record.group), "dim"),
        Cell("" if size is None else count(size, "partition")),
        Cell(display(description), "dim"),
    ]
