"""Attempts: a row for each node that ran in a run, for as long as they are kept.

A trace tells of a node's last success only, and a failure goes with the next one; these rows stay, so that there is a
history. Nothing is decided by them. Every function takes the connection of an open `State` block.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from assetmake.storage.columns import float32_column, int32_column, int64_column, shown_table, text_column
from assetmake.storage.fingerprints import intern_assets
from assetmake.storage.rows import fetch_row

if TYPE_CHECKING:
    import duckdb

KEPT_OF_EACH = 100
"""So many attempts at each node are kept however old they are."""
KEPT_FOR = timedelta(days=30)
"""So long attempts are kept however many there are."""
_TRIMMED_EVERY = 50
"""To look which are too many costs a look at all of them, so it is done once in so many runs."""


class AttemptEnd(StrEnum):
    """What came of an attempt."""

    BUILT = "built"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One node that ran.

    Attributes:
        reason: Why it ran, as a plan says it.
        seconds: How long.
        rows: Of a table.
        metadata: What its function told, a JSON object.
        profile: What the data looks like, a JSON object.
        message: Why it failed.
    """

    asset: str
    part: int
    key: str | None
    outcome: AttemptEnd
    reason: str
    seconds: float
    rows: int | None = None
    metadata: str | None = None
    profile: str | None = None
    message: str | None = None


def record_attempts(db: duckdb.DuckDBPyConnection, rows: Sequence[AttemptRow], *, run: str, ended_at: datetime) -> None:
    """Add what a run has tried; inside a writing block."""
    if not rows:
        return
    assets = intern_assets(db, (row.asset for row in rows))
    # Mostly all rows are without some of them, and a column of nothing costs as much as another.
    told = {
        "metadata": [row.metadata for row in rows],
        "profile": [row.profile for row in rows],
        "message": [row.message for row in rows],
    }
    table = {
        "asset": int32_column([assets[row.asset] for row in rows]),
        "part": int64_column([row.part for row in rows]),
        "key": text_column([row.key for row in rows]),
        "outcome": text_column([row.outcome.value for row in rows]),
        "reason": text_column([row.reason for row in rows]),
        "seconds": float32_column([row.seconds for row in rows]),
        "rows": int64_column([row.rows for row in rows]),
        **{name: text_column(several) for name, several in told.items() if any(several)},
    }
    chosen = ", ".join(name if name in table else "null" for name in told)
    with shown_table(db, "tried", table):
        db.execute(
            "insert into state.attempts select asset, part, key, $run, $ended_at, outcome, reason, seconds, rows,"
            f" {chosen} from tried",
            {"run": run, "ended_at": ended_at.astimezone(UTC).replace(tzinfo=None)},
        )


def read_ends(db: duckdb.DuckDBPyConnection, run: str, assets: Collection[str]) -> dict[str, dict[int, AttemptEnd]]:
    """Return what came of the nodes of some assets that a run has tried, by the asset and the part."""
    found: dict[str, dict[int, AttemptEnd]] = {}
    for name, part, outcome in db.execute(
        "select a.key, t.part, t.outcome from state.attempts t join state.assets a on a.id = t.asset"
        " where t.run = ? and list_contains(?::varchar[], a.key)",
        [run, sorted(assets)],
    ).fetchall():
        found.setdefault(name, {})[part] = AttemptEnd(outcome)
    return found


def trim_attempts(db: duckdb.DuckDBPyConnection, *, now: datetime) -> None:
    """Remove attempts that are old and not among the last of their node; inside a writing block."""
    before = (now - KEPT_FOR).astimezone(UTC).replace(tzinfo=None)
    old = fetch_row(db, "select count(*) from state.attempts where ended_at < ?", [before])
    if old is None or not old[0]:
        return
    db.execute(
        "create or replace temp table outdated as select rowid as number, ended_at, row_number() over ("
        " partition by asset, part order by ended_at desc, rowid desc) as place from state.attempts"
    )
    db.execute(
        "delete from state.attempts where ended_at < $before and rowid in"
        " (select number from outdated where place > $most and ended_at < $before)",
        {"before": before, "most": KEPT_OF_EACH},
    )
    db.execute("drop table outdated")


def trim_now_and_then(db: duckdb.DuckDBPyConnection, *, now: datetime) -> None:
    """Do the same where it was not done for a while."""
    runs = fetch_row(db, "select count(*) from state.runs")
    if runs is not None and runs[0] % _TRIMMED_EVERY == 0:
        trim_attempts(db, now=now)
