"""The project that `init` writes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from assetmake.discovery.config import CONFIG_NAME
from assetmake.errors import UsageError

IGNORED = (".assetmake/", "data/")

_CONFIG = """\
[project]
modules = ["assets"]        # assets.py; also globs: "assets/**/*.py"

[storage]
root = "data"               # where outputs go

# [build]
# jobs = 4                  # default: the processors there are
"""

_ASSETS = '''\
"""Try: assetmake build, then change a line here or a number in raw/sales.csv, and assetmake why totals."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa

from assetmake import AssetExecutionContext, DailyPartitionsDefinition, FileSource, asset

sales_file = FileSource("sales_file", "raw/sales.csv")


@asset(group_name="sales")
def sales(sales_file: Path) -> pa.Table:
    """Every sale, as a table: kept as data/sales.parquet."""
    with sales_file.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return pa.table({"day": [row["day"] for row in rows], "amount": [float(row["amount"]) for row in rows]})


@asset(group_name="sales", partitions_def=DailyPartitionsDefinition("2026-01-01", end_date="2026-01-06"))
def daily_sales(context: AssetExecutionContext, sales: pa.Table) -> dict[str, float]:
    """What each day brought: a JSON document a day, as data/daily_sales/2026-01-01.json."""
    amounts = [row["amount"] for row in sales.to_pylist() if row["day"] == context.partition_key]
    context.log.info("%s: %s sales", context.partition_key, len(amounts))
    return {"sales": len(amounts), "amount": sum(amounts)}


@asset(group_name="sales")
def totals(daily_sales: dict[str, dict[str, float]]) -> dict[str, float]:
    """The sum of all days: kept as data/totals.json."""
    return {"days": len(daily_sales), "amount": sum(day["amount"] for day in daily_sales.values())}
'''

_SALES = """\
day,amount
2026-01-01,12.50
2026-01-01,8.00
2026-01-02,30.00
2026-01-03,4.25
2026-01-05,16.75
"""

_FILES = {CONFIG_NAME: _CONFIG, "assets.py": _ASSETS, "raw/sales.csv": _SALES}


def write_starter(folder: Path) -> list[Path]:
    """Write the starter project and return its files.

    Raises:
        UsageError: a file of its is there already; then nothing is written.
        OSError: a file cannot be written.
    """
    existing = [name for name in _FILES if (folder / name).exists()]
    if existing:
        raise UsageError(
            f"{', '.join(existing)} {'is' if len(existing) == 1 else 'are'} there already; nothing was written",
            hint="name another folder: assetmake init DIR",
        )
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    ignoring = folder / ".gitignore"
    ignore(ignoring, IGNORED)
    return [*(folder / name for name in _FILES), ignoring]


def ignore(path: Path, names: Iterable[str]) -> None:
    """Append the lines to a .gitignore that it does not have."""
    text = path.read_text("utf-8") if path.exists() else ""
    missing = [name for name in names if name not in text.splitlines()]
    separator = "\n" if text and not text.endswith("\n") else ""
    path.write_text(text + separator + "".join(f"{name}\n" for name in missing), "utf-8")
