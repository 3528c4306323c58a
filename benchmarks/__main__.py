"""The driver: every row with every tool, A B A B, in one run."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cases import KINDS, Case, Workshop, choose_cases
from benchmarks.measuring import BenchmarkError, Sample
from benchmarks.report import Row, describe_machine, format_table, to_json
from benchmarks.tools import TOOLS, Tool

_RUNS = 5
_LONG = 20.0
"""Seconds that a sample may take for a row to have as many runs as the others; then one is enough."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rows, print their table and write their JSON."""
    options = _read_options(arguments)
    results = Path(__file__).parent / "results"
    started = datetime.now(UTC)
    file = options.json or results / f"{started:%Y%m%dT%H%M%SZ}.json"
    versions = {name: tool.version() for name, tool in TOOLS.items()}
    machine = {"started": started.isoformat(timespec="seconds"), **describe_machine(versions)}
    rows: list[Row] = []
    status = 0
    try:
        cases = choose_cases(options.only, quick=options.quick)
        with TemporaryDirectory(prefix="assetmake-benchmarks-", dir=options.folder) as scratch:
            shop = Workshop(Path(scratch), full=options.full)
            for case in cases:
                rows.append(_measure(case, shop, versions=versions, runs=options.runs))
                _save(to_json(rows, machine), file)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        status = 1
    if rows:
        print(format_table(rows, list(TOOLS)))
    return status


def _measure(case: Case, shop: Workshop, *, versions: dict[str, str | None], runs: int) -> Row:
    notes: dict[str, str] = {}
    tools: list[Tool] = []
    for name, tool in TOOLS.items():
        why = "it is not installed" if versions[name] is None else case.prepare(tool, shop)
        if why:
            notes[name] = why
        else:
            tools.append(tool)
    samples: dict[str, list[Sample]] = {tool.name: [] for tool in tools}
    for _ in range(runs):
        for tool in tools:
            if not _is_long(samples[tool.name]):
                samples[tool.name].append(case.run(tool, shop))
    row = Row(case.name, case.title, case.size, samples, notes)
    spent = "  ".join(f"{tool.name} {row.seconds(tool.name):.3f}" for tool in tools)
    print(f"{case.name}: {spent}", file=sys.stderr)
    return row


def _is_long(samples: Sequence[Sample]) -> bool:
    return any(sample.seconds > _LONG for sample in samples)


def _save(document: object, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: a minute instead of half an hour")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help=f"a row (nothing-1000) or a kind of rows ({', '.join(KINDS)}); may be repeated",
    )
    parser.add_argument("--runs", type=int, default=_RUNS, help="samples of each tool and row (%(default)s)")
    parser.add_argument("--full", action="store_true", help="build the million partitions for real")
    parser.add_argument("--json", type=Path, metavar="FILE", help="default: benchmarks/results/TIME.json")
    parser.add_argument("--folder", type=Path, help="where the projects are made; default: the temporary folder")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
