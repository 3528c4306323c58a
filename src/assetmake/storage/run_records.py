"""What is recorded of runs: a row for each build that had something to do, from its start.

Every function takes the connection of an open `State` block.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

COUNTED = ("built", "unchanged", "fresh", "failed", "skipped", "checks_passed", "checks_failed")
"""What the state keeps of how many nodes came to which end."""


class RunEnd(StrEnum):
    """How a run ended; of one that was killed nothing is recorded."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """By a signal, or by whoever called."""
    ABORTED = "aborted"
    """By trouble of its own: a lock that was not to be had, a full disk."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One build, from its start; `asked` tells who asked for it, as a JSON object."""

    id: str
    started_at: datetime
    command: str
    pid: int
    host: str
    asked: str | None = None


def start_run(db: duckdb.DuckDBPyConnection, run: RunRow, *, left: str | None = None) -> None:
    """Note that a run has begun.

    Args:
        db: A connection inside a writing block.
        run: The run.
        left: The nodes that it is to build, as a JSON object: all that is known of what it left, if it is killed.
    """
    db.execute(
        "insert into state.runs (id, started_at, command, pid, host, asked, left_over) values (?, ?, ?, ?, ?, ?, ?)",
        [run.id, _utc(run.started_at), run.command, run.pid, run.host, run.asked, left],
    )


def finish_run(
    db: duckdb.DuckDBPyConnection,
    run: str,
    *,
    finished_at: datetime,
    counts: Mapping[str, int],
    seconds: float,
    outcome: str | None = None,
    left: str | None = None,
) -> None:
    """Close a run's row and give up what it still claims.

    Args:
        db: A connection inside a writing block.
        run: Its id.
        finished_at: When.
        counts: How many nodes came to each of the ends `COUNTED`.
        seconds: How long it took.
        outcome: How it ended; None where it only gives up its claims, and may go on.
        left: The nodes that it was to build and could not run, as a JSON object; of one that goes on it stays as it is.
    """
    named = ", ".join(f"{name} = ?" for name in COUNTED)
    db.execute(
        f"update state.runs set finished_at = ?, {named}, seconds = ?, outcome = ?,"
        " left_over = case when ? then ? else left_over end where id = ?",
        [_utc(finished_at), *(counts[name] for name in COUNTED), seconds, outcome, outcome is not None, left, run],
    )
    db.execute("delete from state.claims where run = ?", [run])


def read_planned(db: duckdb.DuckDBPyConnection, run: str) -> dict[str, Sequence[tuple[str, str]] | None] | None:
    """Return what a run that is under way was to build when it began: first and last keys of ranges, by asset.

    Of an asset it is None where that has no partitions, or too many to list. Of a run that has ended it is None: of
    that only is kept what it left.
    """
    row = db.execute("select left_over from state.runs where id = ? and outcome is null", [run]).fetchone()
    if row is None:
        return None
    left: dict[str, Any] = json.loads(row[0] or "{}")
    return {name: None if spans is None else [(first, last) for first, last in spans] for name, spans in left.items()}


def knows_run(db: duckdb.DuckDBPyConnection, run: str) -> bool:
    """Tell whether a run is recorded: one that only makes its plan is not yet."""
    return db.execute("select 1 from state.runs where id = ?", [run]).fetchone() is not None


def list_told_runs(db: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the runs in which a node was built last, or failed last: `log` looks for what it printed there."""
    rows = db.execute("select run from state.traces union select run from state.failures").fetchall()
    return {row[0] for row in rows}


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
