"""The project's goals, as numbers out of the rows of one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.report import OURS, Row, find_peak, show_short

Rows = Mapping[str, Row]
Measure = Callable[[Rows], float | None]


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted, the bound, and how it is measured; None where the rows that it needs were not run."""

    wanted: str
    bound: float
    measure: Measure


def judge_goals(rows: Rows) -> list[tuple[Goal, float]]:
    """Return the goals that the run measured, with the number of each."""
    measured = [(goal, goal.measure(rows)) for goal in GOALS]
    return [(goal, number) for goal, number in measured if number is not None]


def format_goals(rows: Rows) -> str:
    """Return a table of the goals, as Markdown; nothing where none was measured."""
    judged = judge_goals(rows)
    lines = ["| goal | at most | measured | met |", "| --- | --- | --- | --- |"] if judged else []
    for goal, number in judged:
        met = "yes" if number <= goal.bound else "no"
        lines.append(f"| {goal.wanted} | {show_short(goal.bound)} | {show_short(number)} | {met} |")
    return "\n".join(lines)


def _seconds(name: str, factor: float = 1.0) -> Measure:
    def measure(rows: Rows) -> float | None:
        return _time(rows, name, OURS, factor)

    return measure


def _peak(name: str) -> Measure:
    def measure(rows: Rows) -> float | None:
        samples = rows[name].samples.get(OURS) if name in rows else None
        return find_peak(samples) if samples else None

    return measure


def _against(name: str, other: str) -> Measure:
    """Return our time over that of another tool or yardstick in the same row."""

    def measure(rows: Rows) -> float | None:
        return rows[name].ratio(other) if name in rows else None

    return measure


def _over(measure: Measure, other: Measure) -> Measure:
    def divide(rows: Rows) -> float | None:
        ours, theirs = measure(rows), other(rows)
        return ours / theirs if ours is not None and theirs else None

    return divide


def _excess(rows: Rows) -> float | None:
    """Return how many ms a changed source costs beyond the no-op and the work, which is as dear as in a cold build."""
    row = rows.get("source-10000")
    ours, idle = _time(rows, "source-10000", OURS), _time(rows, "nothing-10000", OURS)
    cold = _time(rows, "cold-10000", OURS)
    if row is None or ours is None or idle is None or cold is None:
        return None
    return 1000 * (ours - idle - row.samples[OURS][-1].ran * (cold - idle) / 10_000)


def _time(rows: Rows, name: str, tool: str, factor: float = 1.0) -> float | None:
    seconds = rows[name].seconds(tool) if name in rows else None
    return None if seconds is None else factor * seconds


GOALS = (
    Goal(
        "no-op of 1,000 assets that import pandas, over `import duckdb`", 2.5, _against("pandas-1000", "import duckdb")
    ),
    Goal("no-op of 10,000 assets, over make", 1, _against("nothing-10000", "make")),
    Goal("no-op of 10,000 assets, over doit", 1 / 4, _against("nothing-10000", "doit")),
    Goal("no-op of 1,000,000 partitions, s", 2, _seconds("partitions-1000000")),
    Goal("no-op of 1,000,000 partitions, MiB", 600, _peak("partitions-1000000")),
    Goal("no-op of 1,000,000 partitions, over make", 1 / 3, _against("partitions-1000000", "make")),
    Goal("no-op of 36,500 partitions, over that of one", 1.3, _against("partitions-36500", "one partition")),
    Goal("plan of 4.4 million nodes, 1 % stale, s", 10, _seconds("scattered-4380000")),
    Goal("plan of 4.4 million nodes, 1 % stale, MiB", 2048, _peak("scattered-4380000")),
    Goal("cold build of 1,000 assets, over doit", 1.5, _against("cold-1000", "doit")),
    Goal("cold build of 10,000 assets, over doit", 1, _against("cold-10000", "doit")),
    Goal("cold backfill of 36,500 partitions, ms each", 1, _seconds("backfill-36500", 1000 / 36_505)),
    Goal("cold backfill of 36,500 partitions, over doit", 1, _against("backfill-36500", "doit")),
    Goal("a source of 10,000 assets, beyond no-op and work, ms", 50, _excess),
    Goal(
        "no-op time, 100,000 assets over 1,000",
        100,
        _over(_seconds("nothing-100000"), _seconds("nothing-1000")),
    ),
    Goal("no-op memory, 100,000 assets over 1,000", 100, _over(_peak("nothing-100000"), _peak("nothing-1000"))),
)
