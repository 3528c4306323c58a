"""What came of it, as a table for people and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measuring import Sample

OURS = "assetmake"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the samples of each tool, or why it has none; and those of yardsticks, by their names."""

    name: str
    title: str
    size: int
    samples: Mapping[str, list[Sample]]
    notes: Mapping[str, str] = field(default_factory=dict)
    yardsticks: Mapping[str, list[Sample]] = field(default_factory=dict)

    def seconds(self, tool: str) -> float | None:
        """Return the median of a tool, or of a yardstick; None where it has no samples."""
        samples = self.samples.get(tool) or self.yardsticks.get(tool)
        return median(sample.seconds for sample in samples) if samples else None

    def ratio(self, tool: str) -> float | None:
        """Return our median over the other's, both of this row."""
        ours, theirs = self.seconds(OURS), self.seconds(tool)
        return ours / theirs if ours is not None and theirs else None


def describe_machine(versions: Mapping[str, str | None]) -> dict[str, Any]:
    """Return what a reader needs to know of where the numbers are from."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _read_processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(pages / 1e9),
        "system": platform.platform(),
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "pyarrow": version("pyarrow"),
        **{tool: found or "missing" for tool, found in versions.items()},
    }


def to_json(rows: Sequence[Row], machine: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was measured, with every sample."""
    return {"machine": dict(machine), "rows": [_row_to_json(row) for row in rows]}


def find_peak(samples: Sequence[Sample]) -> float:
    """Return the memory of the largest process, in MiB."""
    return max(sample.peak_mb for sample in samples)


def show_short(number: float) -> str:
    """Return a number with about three digits, never as a power of ten."""
    return f"{number:.3g}" if abs(number) < 100 else f"{number:.0f}"


def format_table(rows: Sequence[Row], tools: Sequence[str]) -> str:
    """Return two tables as Markdown: medians with our ratio to each; and what a node and a process cost.

    Tools that took part in no row have no column.
    """
    tools = [tool for tool in tools if any(row.samples.get(tool) for row in rows)]
    times = [
        ["s", *tools, "ran"],
        *([row.title, *(_show_time(row, tool) for tool in tools), _show_ran(row)] for row in rows),
    ]
    costs = [["ms each, peak MB", *tools], *([row.title, *(_show_cost(row, tool) for tool in tools)] for row in rows)]
    return "\n".join([*_draw(times), "", *_draw(costs), "", *_list_notes(rows)])


def _draw(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    head, *body = lines
    for line in (head, ["---"] * len(head), *body):
        yield f"| {' | '.join(line)} |"


def _list_notes(rows: Sequence[Row]) -> Iterator[str]:
    """Return the yardsticks, and why a tool is not in a row; what holds for several rows is said once."""
    for row in rows:
        for name in row.yardsticks:
            yield f"{row.name}: {name} {_show(row.seconds(name))} s; {OURS}/{name} {_show(row.ratio(name))}"
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for tool, why in row.notes.items():
            reasons.setdefault((tool, why), []).append(row.name)
    for (tool, why), names in reasons.items():
        yield f"no {tool}: {why}" + ("" if len(names) == len(rows) else f" ({', '.join(names)})")


def _show_time(row: Row, tool: str) -> str:
    ratio = None if tool == OURS else row.ratio(tool)
    return _show(row.seconds(tool)) + ("" if ratio is None else f" ({show_short(ratio)})")


def _show_ran(row: Row) -> str:
    """Return how many nodes ran; where tools differ, in the order of their columns."""
    ran = [samples[-1].ran for samples in row.samples.values() if samples]
    if not any(ran):
        return ""
    return str(ran[0]) if len(set(ran)) == 1 else " / ".join(map(str, ran))


def _show_cost(row: Row, tool: str) -> str:
    samples = row.samples.get(tool)
    if not samples:
        return "-"
    ran = samples[-1].ran
    each = f"{show_short(1000 * (row.seconds(tool) or 0) / ran)}, " if ran else ""
    return f"{each}{find_peak(samples):.0f}"


def _row_to_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "title": row.title,
        "size": row.size,
        "tools": {tool: _samples_to_json(row, tool, samples) for tool, samples in row.samples.items()},
        "yardsticks": {name: _samples_to_json(row, name, samples) for name, samples in row.yardsticks.items()},
        "skipped": dict(row.notes),
    }


def _samples_to_json(row: Row, name: str, samples: Sequence[Sample]) -> dict[str, Any]:
    return {
        "median": row.seconds(name),
        "seconds": [sample.seconds for sample in samples],
        "ran": [sample.ran for sample in samples],
        "peak_mb": find_peak(samples),
        "ratio": row.ratio(name),
    }


def _show(number: float | None) -> str:
    return "-" if number is None else f"{number:.3f}"


def _read_processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )
