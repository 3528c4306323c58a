"""What the state keeps of schedules, sensors and rules: how far each has come, what was asked for, what ticks decided.

Every function takes the connection of an open `State` block.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assetmake.storage.texts import escape_text

if TYPE_CHECKING:
    import duckdb

_REQUEST = "id, kind, name, run_key, occurred_at, requested_at, wanted, owner, holder, finished_at is not null"


@dataclass(frozen=True, slots=True)
class Known:
    """What the state keeps of a schedule, a sensor or a rule between ticks.

    Attributes:
        evaluated_at: Up to when it was dealt with: what happened before is never asked about again.
        occurred_at: The last time for which it asked for something.
        cursor: A sensor's.
        memory: Whatever else its kind keeps, as text.
    """

    evaluated_at: datetime
    occurred_at: datetime | None = None
    cursor: str | None = None
    memory: str | None = None


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Something that was asked for.

    Attributes:
        wanted: What, as a JSON object.
        owner: The living or dead tick that took it; empty where none has.
        holder: Who that is: its command, process and host.
        is_finished: It is built, or has failed.
    """

    id: str
    kind: str
    name: str
    run_key: str
    occurred_at: datetime | None
    requested_at: datetime
    wanted: Mapping[str, Any]
    owner: str = ""
    holder: Mapping[str, Any] | None = None
    is_finished: bool = False


@dataclass(frozen=True, slots=True)
class TickRow:
    """What a tick decided of one thing."""

    kind: str
    name: str
    outcome: str
    reason: str


def read_known(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Known]:
    """Return what is kept of each, by kind and name."""
    rows = db.execute("select kind, name, evaluated_at, occurred_at, cursor, memory from state.automations").fetchall()
    return {
        (kind, name): Known(_aware(evaluated), None if occurred is None else _aware(occurred), cursor, memory)
        for kind, name, evaluated, occurred, cursor, memory in rows
    }


def write_known(db: duckdb.DuckDBPyConnection, known: Mapping[tuple[str, str], Known]) -> None:
    """Keep something of each."""
    forget_known(db, known)
    for (kind, name), each in known.items():
        db.execute(
            "insert into state.automations values (?, ?, ?, ?, ?, ?)",
            [kind, name, _naive(each.evaluated_at), _naive(each.occurred_at), each.cursor, each.memory],
        )


def forget_known(db: duckdb.DuckDBPyConnection, names: Iterable[tuple[str, str]]) -> None:
    """Keep nothing of some: they begin anew."""
    pairs = list(names)
    if pairs:
        db.executemany("delete from state.automations where kind = ? and name = ?", [list(pair) for pair in pairs])


def find_requested(db: duckdb.DuckDBPyConnection, kind: str, name: str, run_keys: Sequence[str]) -> set[str]:
    """Return those of some run keys that were asked for before by the same."""
    rows = db.execute(
        "select distinct run_key from state.requests where kind = ? and name = ?"
        " and run_key in (select unnest(?::varchar[]))",
        [kind, name, list(run_keys)],
    ).fetchall()
    found = {run_key for (run_key,) in rows}
    return {run_key for run_key in run_keys if escape_text(run_key) in found}


def read_last_run_keys(db: duckdb.DuckDBPyConnection, kind: str) -> dict[str, str]:
    """Return the run key that each of a kind last asked under."""
    rows = db.execute(
        "select name, arg_max(run_key, position) from (select name, run_key, rowid as position from state.requests"
        " where kind = ? and run_key <> '') group by name",
        [kind],
    ).fetchall()
    return dict(rows)


def add_requests(db: duckdb.DuckDBPyConnection, rows: Iterable[RequestRow]) -> None:
    """Keep that something was asked for; nobody has taken it."""
    for row in rows:
        db.execute(
            "insert into state.requests (id, kind, name, run_key, occurred_at, requested_at, wanted, owner)"
            " values (?, ?, ?, ?, ?, ?, ?, '')",
            [
                row.id,
                row.kind,
                row.name,
                row.run_key,
                _naive(row.occurred_at),
                _naive(row.requested_at),
                json.dumps(row.wanted),
            ],
        )


def list_open(db: duckdb.DuckDBPyConnection) -> list[RequestRow]:
    """Return what was asked for and is not finished, in order."""
    return _list_requests(db, "finished_at is null", [])


def list_asked(db: duckdb.DuckDBPyConnection, *, at: datetime, ids: Sequence[str]) -> list[RequestRow]:
    """Return what was asked for by the tick of a time, and some requests besides, in order; finished ones, too."""
    return _list_requests(db, "requested_at = ? or list_contains(?::varchar[], id)", [_naive(at), list(ids)])


def _list_requests(db: duckdb.DuckDBPyConnection, where: str, values: Sequence[Any]) -> list[RequestRow]:
    rows = db.execute(f"select {_REQUEST} from state.requests where {where} order by rowid", values).fetchall()
    return [
        RequestRow(
            id=number,
            kind=kind,
            name=name,
            run_key=run_key,
            occurred_at=None if occurred is None else _aware(occurred),
            requested_at=_aware(requested),
            wanted=json.loads(wanted),
            owner=owner,
            holder=None if holder is None else json.loads(holder),
            is_finished=is_finished,
        )
        for number, kind, name, run_key, occurred, requested, wanted, owner, holder, is_finished in rows
    ]


def take_requests(
    db: duckdb.DuckDBPyConnection, ids: Sequence[str], owner: str, holder: Mapping[str, Any] | None
) -> None:
    """Have a tick own requests; an empty owner gives them back."""
    db.execute(
        "update state.requests set owner = ?, holder = ? where id in (select unnest(?::varchar[]))",
        [owner, None if holder is None else json.dumps(holder), list(ids)],
    )


def finish_requests(
    db: duckdb.DuckDBPyConnection, ids: Sequence[str], *, run: str, at: datetime, outcome: str, message: str = ""
) -> None:
    """Keep what became of requests."""
    db.execute(
        "update state.requests set run = ?, finished_at = ?, outcome = ?, message = ?"
        " where id in (select unnest(?::varchar[]))",
        [run, _naive(at), outcome, message, list(ids)],
    )


def log_tick(db: duckdb.DuckDBPyConnection, tick: str, at: datetime, rows: Iterable[TickRow]) -> None:
    """Keep what a tick decided."""
    for row in rows:
        db.execute(
            "insert into state.ticks (tick, ticked_at, kind, name, outcome, reason) values (?, ?, ?, ?, ?, ?)",
            [tick, _naive(at), row.kind, row.name, row.outcome, row.reason],
        )


def trim(db: duckdb.DuckDBPyConnection, *, before: datetime) -> None:
    """Forget what ticks decided before a time, and what they had built then; run keys are kept for ever."""
    db.execute("delete from state.ticks where ticked_at < ?", [_naive(before)])
    db.execute("delete from state.requests where finished_at < ? and run_key = ''", [_naive(before)])


def _naive(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC).replace(tzinfo=None)


def _aware(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)
