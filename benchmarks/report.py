"""What came of it, as a table for people and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measuring import Sample

OURS = "assetmake"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the samples of each tool, or why it has none."""

    name: str
    title: str
    size: int
    samples: Mapping[str, list[Sample]]
    notes: Mapping[str, str] = field(default_factory=dict)

    def seconds(self, tool: str) -> float | None:
        samples = self.samples.get(tool)
        return median(sample.seconds for sample in samples) if samples else None

    def ratio(self, tool: str) -> float | None:
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
    return {"machine": dict(machine), "rows": [_row_to_json(row) for row in rows]}


def format_table(rows: Sequence[Row], tools: Sequence[str]) -> str:
    """Return the table as Markdown: medians, ratios, cost of a node that ran, the largest process."""
    others = [tool for tool in tools if tool != OURS]
    head = ["row", *(f"{tool} s" for tool in tools), *(f"{OURS}/{tool}" for tool in others)]
    head += ["ran", "ms each", "peak MB"]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        times = [_show(row.seconds(tool)) for tool in tools]
        ratios = [_show(row.ratio(tool), digits=1) for tool in others]
        lines.append([row.title, *times, *ratios, *_show_costs(row, tools)])
    notes = [f"{row.name}: no {tool}: {why}" for row in rows for tool, why in row.notes.items()]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), *notes])


def _show_costs(row: Row, tools: Sequence[str]) -> list[str]:
    there = [tool for tool in tools if row.samples.get(tool)]
    ran = {tool: row.samples[tool][-1].ran for tool in there}
    shown = (
        " / ".join(str(count) for count in ran.values())
        if len(set(ran.values())) > 1
        else str(max(ran.values(), default=0))
    )
    each = " / ".join(_show(1000 * (row.seconds(tool) or 0) / ran[tool], digits=2) for tool in there if ran[tool])
    peaks = " / ".join(f"{_find_peak(row.samples[tool]):.0f}" for tool in there)
    return [shown if any(ran.values()) else "", each, peaks]


def _row_to_json(row: Row) -> dict[str, Any]:
    tools = {
        tool: {
            "median": row.seconds(tool),
            "seconds": [sample.seconds for sample in samples],
            "ran": [sample.ran for sample in samples],
            "peak_mb": _find_peak(samples),
            "ratio": row.ratio(tool),
        }
        for tool, samples in row.samples.items()
    }
    return {
        "name": row.name,
        "title": row.title,
        "size": row.size,
        "tools": tools,
        "skipped": dict(row.notes),
    }


def _find_peak(samples: Sequence[Sample]) -> float:
    return max(sample.peak_mb for sample in samples)


def _show(number: float | None, *, digits: int = 3) -> str:
    return "-" if number is None else f"{number:.{digits}f}"


def _read_processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )
