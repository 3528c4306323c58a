"""What the state remembers of runs, and of the nodes that ran in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assetmake.errors import UsageError
from assetmake.storage.run_records import COUNTED, RunEnd

if TYPE_CHECKING:
    import duckdb

RUNNING, KILLED = "running", "killed"
_COLUMNS = (
    "id",
    "started_at",
    "finished_at",
    "command",
    "pid",
    "host",
    *COUNTED,
    "seconds",
    "outcome",
    "asked",
    "left_over",
)
_CHOSEN = ", ".join(_COLUMNS)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
_TROUBLE = frozenset({KILLED, RunEnd.FAILED.value, RunEnd.INTERRUPTED.value, RunEnd.ABORTED.value})


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run that had something to do.

    Attributes:
        seconds: How long it took; of one that was killed, until the last node that it recorded; None of one that runs.
        counts: How many nodes came to which end, of one that was killed as far as it recorded that.
        outcome: `running`, `killed`, or as it ended.
        asked: Who asked for it: see `who_asked`.
        left: What it was to build and did not, by the names of assets: first and last keys of ranges; None where an
            asset has no partitions, or too many to list. Of one that was killed, all that it was to build.
    """

    id: str
    started_at: datetime
    command: str
    pid: int
    host: str
    seconds: float | None
    counts: Mapping[str, int]
    outcome: str
    asked: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, Sequence[tuple[str, str]] | None] = field(default_factory=dict)

    @property
    def is_fine(self) -> bool:
        """It is not known to have ended otherwise than it was meant to."""
        return self.outcome not in _TROUBLE and not self.counts["failed"]


@dataclass(frozen=True, slots=True)
class AssetInRun:
    """What a run did with one asset, or one check.

    Attributes:
        reasons: Why its nodes ran, the most frequent first.
        seconds: Of all its nodes together.
    """

    asset: str
    built: int
    unchanged: int
    failed: int
    reasons: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class FailedInRun:
    """A node that failed in a run."""

    asset: str
    key: str | None
    message: str


def read_runs(
    db: duckdb.DuckDBPyConnection,
    *,
    is_alive: Callable[[str], bool],
    limit: int | None = None,
    since: datetime | None = None,
    failed: bool = False,
) -> list[RunRecord]:
    """Return runs, the newest first.

    Args:
        db: A connection inside a block.
        is_alive: Tells whether a run is under way.
        limit: So many at most.
        since: Only those that started then or later.
        failed: Only those that did not end as they were meant to.
    """
    found: list[RunRecord] = []
    rows = db.execute(
        f"select {_CHOSEN} from state.runs where started_at >= ? order by started_at desc, rowid desc",
        [(since or EVER).astimezone(UTC).replace(tzinfo=None)],
    )
    while (limit is None or len(found) < limit) and (row := rows.fetchone()) is not None:
        run = _make_run(row, is_alive)
        if not (failed and run.is_fine):
            found.append(run)
    return [_complete(db, run) if run.outcome == KILLED else run for run in found]


def find_run(db: duckdb.DuckDBPyConnection, name: str, *, is_alive: Callable[[str], bool]) -> RunRecord:
    """Return the run with an id, of which the beginning or the end will do.

    Raises:
        UsageError: there is none, or there are several.
    """
    rows = db.execute(
        f"select {_CHOSEN} from state.runs"
        " where starts_with(id, $name) or ends_with(id, $name) order by started_at desc, rowid desc limit 4",
        {"name": name},
    ).fetchall()
    exact = [row for row in rows if row[0] == name] or rows
    if len(exact) > 1:
        raise UsageError(f"several runs are called {name}", hint=", ".join(row[0] for row in exact))
    if not exact:
        raise UsageError(f"there is no run {name}", hint="assetmake history lists them")
    run = _make_run(exact[0], is_alive)
    return _complete(db, run) if run.outcome == KILLED else run


def is_run(db: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Tell whether a text is the id of a run, or the beginning or the end of one."""
    row = db.execute(
        "select count(*) from state.runs where starts_with(id, $name) or ends_with(id, $name)", {"name": name}
    ).fetchone()
    return row is not None and row[0] > 0


def read_assets_of(db: duckdb.DuckDBPyConnection, run: str) -> list[AssetInRun]:
    """Return what a run did, by asset, in the order in which they came to their end."""
    rows = db.execute(
        "with reasons as (select asset, reason, count(*) as times from state.attempts where run = $run"
        " group by asset, reason)"
        " select a.key, count(*) filter (outcome = 'built'), count(*) filter (outcome = 'unchanged'),"
        " count(*) filter (outcome = 'failed'), sum(t.seconds),"
        " (select list(reason order by times desc, reason) from reasons r where r.asset = t.asset)"
        " from state.attempts t join state.assets a on a.id = t.asset where t.run = $run"
        " group by a.key, t.asset order by max(t.ended_at), a.key",
        {"run": run},
    ).fetchall()
    return [
        AssetInRun(key, built, same, failed, tuple(why or ()), took) for key, built, same, failed, took, why in rows
    ]


def read_failed_of(db: duckdb.DuckDBPyConnection, run: str, *, limit: int | None) -> list[FailedInRun]:
    """Return nodes that failed in a run, so many at most."""
    rows = db.execute(
        "select a.key, t.key, coalesce(t.message, '') from state.attempts t join state.assets a on a.id = t.asset"
        " where t.run = ? and t.outcome = 'failed' order by t.ended_at, a.key, t.part limit ?",
        [run, limit],
    ).fetchall()
    return [FailedInRun(*row) for row in rows]


def _make_run(row: Sequence[Any], is_alive: Callable[[str], bool]) -> RunRecord:
    values = dict(zip(_COLUMNS, row, strict=True))
    counts = {name: values[name] or 0 for name in COUNTED}
    run, outcome = values["id"], values["outcome"]
    if outcome is None:
        # Between two rounds a run has given up its claims and goes on; before schema 4 nothing told how one ended.
        is_old = values["finished_at"] is not None and values["asked"] is None
        outcome = (RunEnd.FAILED if counts["failed"] else RunEnd.DONE).value if is_old else KILLED
        if is_alive(run):
            outcome = RUNNING
    return RunRecord(
        id=run,
        started_at=values["started_at"].replace(tzinfo=UTC),
        command=values["command"] or "",
        pid=values["pid"],
        host=values["host"],
        seconds=None if outcome in {RUNNING, KILLED} else values["seconds"],
        counts=counts,
        outcome=outcome,
        asked=json.loads(values["asked"] or "{}"),
        left={} if outcome == RUNNING else _read_left(values["left_over"]),
    )


def _complete(db: duckdb.DuckDBPyConnection, run: RunRecord) -> RunRecord:
    """Return a run that was killed, with what its nodes tell of it."""
    row = db.execute(
        "select count(*) filter (outcome = 'built'), count(*) filter (outcome = 'unchanged'),"
        " count(*) filter (outcome = 'failed'), max(ended_at) from state.attempts t"
        " join state.assets a on a.id = t.asset where run = ? and not contains(a.key, ':')",
        [run.id],
    ).fetchone()
    if row is None or row[-1] is None:
        return run
    built, unchanged, failed, ended_at = row
    counts = {**run.counts, "built": built, "unchanged": unchanged, "failed": failed}
    seconds = (ended_at.replace(tzinfo=UTC) - run.started_at).total_seconds()
    return replace(run, counts=counts, seconds=max(0.0, seconds))


def _read_left(text: str | None) -> dict[str, Sequence[tuple[str, str]] | None]:
    return {
        name: None if spans is None else [(first, last) for first, last in spans]
        for name, spans in json.loads(text or "{}").items()
    }
