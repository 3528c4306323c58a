"""What sensors are told of the state: when assets were made, and what became of runs.

Every function takes the connection of an open `State` block.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class MadeFact:
    """The last time that a node was made; a later time has a greater number."""

    number: int
    asset: str
    key: str | None
    run: str
    at: float
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FailedFact:
    """The last attempt at a node, where it failed."""

    asset: str
    key: str | None
    run: str
    at: float
    message: str


@dataclass(frozen=True, slots=True)
class RunFact:
    """A run; what was asked for when a tick made it, and counts of nodes when it has ended.

    Attributes:
        number: A run that ended later has a greater one; 0 where it has not ended.
        wanted: What it was to make, where a schedule, a sensor or a rule asked for it.
        kind, name: Which.
    """

    number: int
    id: str
    started_at: datetime
    finished_at: datetime | None
    failed: int
    skipped: int
    command: str
    kind: str = ""
    name: str = ""
    wanted: Mapping[str, Any] = field(default_factory=dict)


def list_made(db: duckdb.DuckDBPyConnection, asset: str | None = None) -> list[MadeFact]:
    """Return when the nodes of an asset, or of all, were last made, in order."""
    rows = db.execute(
        "select t.revision * 1048576 + row_number() over (partition by t.revision order by t.asset, t.part) as number,"
        " a.key, t.key, t.run, epoch(t.built_at), t.metadata from state.traces t join state.assets a on a.id = t.asset"
        " where t.verdict is null qualify $asset is null or a.key = $asset order by number",
        {"asset": asset},
    ).fetchall()
    return [
        MadeFact(number, name, key, run, at, json.loads(metadata) if metadata else {})
        for number, name, key, run, at, metadata in rows
    ]


def list_made_assets(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the assets of which something was made."""
    rows = db.execute(
        "select distinct a.key from state.traces t join state.assets a on a.id = t.asset where t.verdict is null"
        " order by a.key"
    ).fetchall()
    return [name for (name,) in rows]


def list_failed(db: duckdb.DuckDBPyConnection, run: str) -> list[FailedFact]:
    """Return the nodes that failed in a run and were not tried since."""
    rows = db.execute(
        "select a.key, f.key, f.run, epoch(f.failed_at), f.message from state.failures f"
        " join state.assets a on a.id = f.asset where f.run = ? order by a.key, f.part",
        [run],
    ).fetchall()
    return [FailedFact(name, key, of, at, message) for name, key, of, at, message in rows]


def list_runs(db: duckdb.DuckDBPyConnection, runs: Sequence[str] | None = None) -> list[RunFact]:
    """Return runs, or all of them, in the order in which they started."""
    rows = db.execute(
        "with asked as (select run, min(kind) as kind, min(name) as name, min(wanted) as wanted from state.requests"
        " where run <> '' group by run)"
        " select coalesce(epoch_us(r.finished_at), 0), r.id, r.started_at, r.finished_at, coalesce(r.failed, 0)"
        " + coalesce(r.checks_failed, 0), coalesce(r.skipped, 0), r.command, a.kind, a.name, a.wanted"
        " from state.runs r left join asked a on a.run = r.id"
        " where $runs is null or list_contains($runs, r.id) order by r.started_at, r.id",
        {"runs": None if runs is None else list(runs)},
    ).fetchall()
    return [
        RunFact(
            number=number,
            id=run,
            started_at=_aware(started),
            finished_at=None if finished is None else _aware(finished),
            failed=failed,
            skipped=skipped,
            command=command or "",
            kind=kind or "",
            name=name or "",
            wanted=json.loads(wanted) if wanted else {},
        )
        for number, run, started, finished, failed, skipped, command, kind, name, wanted in rows
    ]


def _aware(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)
