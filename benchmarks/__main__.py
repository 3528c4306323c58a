"""The driver: every row with every tool, A B A B, in one run."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cases import Case, Yardstick
from benchmarks.dagster_tools import DagsterCommand, DagsterScript
from benchmarks.goals import format_goals
from benchmarks.measuring import BenchmarkError, Sample
from benchmarks.peer_tools import Doit, Pytask, Snakemake
from benchmarks.peers import PEERS
from benchmarks.report import OURS, Row, describe_machine, format_table, to_json
from benchmarks.rows import KINDS, choose_cases
from benchmarks.tools import Assetmake, Make, Ninja, Tool
from benchmarks.trials import SETTLE, Workshop

_RUNS = 5
_QUICK_RUNS = 3
_LONG = 20.0
"""Seconds that a sample may take for a row to have as many runs as the others; then one is enough."""
_PEERS = (Doit, Pytask, Snakemake, DagsterScript, DagsterCommand)
_NAMES = (OURS, "make", "ninja", *(peer.name for peer in _PEERS))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rows, print their table and write their JSON."""
    options = _read_options(arguments)
    try:
        cases = choose_cases(options.only, quick=options.quick)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    runs = options.runs or (_QUICK_RUNS if options.quick else _RUNS)
    started = datetime.now(UTC)
    file = options.json or Path(__file__).parent / "results" / f"{started:%Y%m%dT%H%M%SZ}.json"
    tools = [tool for tool in _list_tools(options.peers) if tool.name in (options.tool or _NAMES)]
    versions = {tool.name: tool.version() for tool in tools}
    machine = {"started": started.isoformat(timespec="seconds"), **describe_machine(versions)}
    rows: list[Row] = []
    failures: list[BenchmarkError] = []
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="assetmake-benchmarks-", dir=options.folder) as scratch:
        shop = Workshop(Path(scratch), full=options.full, settle=options.settle)
        for case in cases:
            rows.append(_measure(case, tools, shop, versions=versions, runs=runs, failures=failures))
            _save(to_json(rows, machine), file)
    print(format_table(rows, [tool.name for tool in tools]))
    goals = format_goals({row.name: row for row in rows})
    if goals:
        print(f"\n{goals}")
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _measure(
    case: Case,
    tools: Sequence[Tool],
    shop: Workshop,
    *,
    versions: dict[str, str | None],
    runs: int,
    failures: list[BenchmarkError],
) -> Row:
    """Measure one row. A tool that fails in it, or does something else, has no number there; the others go on."""
    notes: dict[str, str] = {}
    samples: dict[str, list[Sample]] = {}
    yardsticks: dict[str, list[Sample]] = {name: [] for name in case.yardsticks()}

    ours = Assetmake()

    def attempt(tool: Tool, action: Callable[[], str | None]) -> None:
        try:
            why = action()
        except BenchmarkError as error:
            failures.append(error)
            why = "it failed; see the errors"
        if why:
            notes[tool.name] = why
            samples.pop(tool.name, None)

    for tool in tools:
        samples[tool.name] = []
        attempt(tool, partial(_prepare, case, tool, shop, versions[tool.name]))
    for _ in range(runs):
        for tool in [tool for tool in tools if tool.name in samples]:
            if not _is_long(samples[tool.name]):
                attempt(tool, partial(_take_sample, case, tool, shop, samples[tool.name]))
        for name, run in case.yardsticks().items() if samples.get(OURS) else ():
            attempt(ours, partial(_take_yardstick, run, shop, yardsticks[name]))
    row = Row(case.name, case.title, case.size, samples, notes, {k: v for k, v in yardsticks.items() if v})
    spent = "  ".join(f"{name} {row.seconds(name):.3f}" for name in [*samples, *row.yardsticks])
    print(f"{case.name}: {spent}", file=sys.stderr)
    return row


def _prepare(case: Case, tool: Tool, shop: Workshop, version: str | None) -> str | None:
    if version is None:
        return "it is not installed"
    return case.refuse(tool) or case.prepare(tool, shop)


def _take_sample(case: Case, tool: Tool, shop: Workshop, samples: list[Sample]) -> str | None:
    samples.append(case.run(tool, shop))
    return None


def _take_yardstick(run: Yardstick, shop: Workshop, samples: list[Sample]) -> str | None:
    samples.append(run(shop))
    return None


def _is_long(samples: Sequence[Sample]) -> bool:
    return any(sample.seconds > _LONG for sample in samples)


def _list_tools(peers: Path) -> list[Tool]:
    return [Assetmake(), Make(), Ninja(), *(peer(peers.resolve()) for peer in _PEERS)]


def _save(document: object, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: two minutes without peers, instead of hours")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help=f"a row (nothing-1000) or a kind of rows ({', '.join(KINDS)}); may be repeated",
    )
    parser.add_argument(
        "--tool", action="append", default=[], choices=_NAMES, help="a tool that takes part; may be repeated"
    )
    parser.add_argument("--runs", type=int, help=f"samples of each tool and row ({_RUNS}; with --quick {_QUICK_RUNS})")
    parser.add_argument("--full", action="store_true", help="build the planted partitions for real")
    parser.add_argument(
        "--settle",
        type=float,
        default=SETTLE,
        metavar="SECONDS",
        help=f"how long to wait before builds that warm up ({SETTLE}); 0: don't warm up",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="default: benchmarks/results/TIME.json")
    parser.add_argument("--folder", type=Path, help="where the projects are made; default: the temporary folder")
    parser.add_argument(
        "--peers",
        type=Path,
        default=PEERS,
        metavar="FOLDER",
        help="the environment that `python -m benchmarks.peers FOLDER` made; default: benchmarks/.peers",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
