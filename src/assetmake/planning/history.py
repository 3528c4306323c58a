"""What the state remembers besides traces: when, how long, what failed, what source stood behind a build."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.storage.rows import fetch_row, join_halves, split_list_halves

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class LastBuild:
    """An asset's newest trace, and how long its nodes take."""

    built_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class NodeFailure:
    """The last attempt at a node, where it failed; `log` is relative to the project."""

    key: str | None
    message: str
    log: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """What a check found when it was made last.

    Attributes:
        verdict: passed, warned or failed.
        metadata: Plain values by name.
    """

    verdict: str
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NodeTrace:
    """What `why` tells of a node's last build.

    Attributes:
        fingerprint: The state's number of what it was made with.
        revision: The state's revision that it was recorded at.
        inputs: A digest of what it read of each upstream.
        details: What its declaration and environment were, as a JSON object.
        undeclared: Project files that it read without declaring them.
        answer: What it found, of a check.
        place: Where an IO manager of the user's keeps it, as it is recorded.
    """

    run: str
    built_at: datetime
    suffix: str | None
    fingerprint: int = 0
    revision: int = 0
    inputs: tuple[int, ...] = ()
    details: str = ""
    undeclared: tuple[str, ...] = ()
    answer: LastAnswer | None = None
    place: str = ""


def read_last_builds(db: duckdb.DuckDBPyConnection, keys: Iterable[AssetKey]) -> dict[AssetKey, LastBuild]:
    """Return when each of some assets was last built, and how long a node of it takes."""
    rows = db.execute(
        "select a.key, max(t.built_at), avg(t.seconds) from state.traces t join state.assets a on a.id = t.asset"
        " where a.key in (select unnest(?::varchar[])) group by a.key",
        [[str(key) for key in keys]],
    ).fetchall()
    return {AssetKey.from_user_string(key): LastBuild(_aware(at), seconds) for key, at, seconds in rows}


def read_average_seconds(db: duckdb.DuckDBPyConnection, keys: Iterable[AssetKey]) -> dict[AssetKey, float]:
    """Return how long a node of each asset takes, where it was built before."""
    rows = db.execute(
        "select a.key, avg(t.seconds) from state.traces t join state.assets a on a.id = t.asset"
        " where a.key in (select unnest(?)) group by a.key",
        [[str(key) for key in keys]],
    ).fetchall()
    return {AssetKey.from_user_string(key): seconds for key, seconds in rows}


def read_node_seconds(db: duckdb.DuckDBPyConnection, keys: Iterable[AssetKey]) -> dict[AssetKey, dict[int, float]]:
    """Return how long each node of some assets took when it was last built, by part."""
    found: dict[AssetKey, dict[int, float]] = {}
    names = {str(key): key for key in keys}
    for name, part, seconds in db.execute(
        "select a.key, t.part, t.seconds from state.traces t join state.assets a on a.id = t.asset"
        " where a.key in (select unnest(?::varchar[]))",
        [list(names)],
    ).fetchall():
        found.setdefault(names[name], {})[part] = seconds
    return found


def read_failures(db: duckdb.DuckDBPyConnection, keys: Iterable[AssetKey]) -> dict[AssetKey, tuple[NodeFailure, ...]]:
    """Return the nodes of each of some assets whose last attempt failed."""
    found: dict[AssetKey, list[NodeFailure]] = {}
    for asset, key, message, log, at in db.execute(
        "select a.key, f.key, f.message, f.log, f.failed_at from state.failures f"
        " join state.assets a on a.id = f.asset where a.key in (select unnest(?::varchar[])) order by a.key, f.part",
        [[str(key) for key in keys]],
    ).fetchall():
        failure = NodeFailure(key, message, log, _aware(at))
        found.setdefault(AssetKey.from_user_string(asset), []).append(failure)
    return {key: tuple(several) for key, several in found.items()}


def read_trace(db: duckdb.DuckDBPyConnection, key: AssetKey, part: int) -> NodeTrace | None:
    """Return a node's last build, or None where it has no trace."""
    row = fetch_row(
        db,
        f"select {split_list_halves('t.inputs')}, t.run, t.built_at, t.suffix, t.fingerprint, t.revision, f.details,"
        " t.undeclared, t.verdict, t.metadata, t.place from state.traces t join state.assets a on a.id = t.asset"
        " left join state.fingerprints f on f.id = t.fingerprint where a.key = ? and t.part = ?",
        [str(key), part],
    )
    if row is None:
        return None
    high, low, run, built_at, suffix, fingerprint, revision, details, undeclared, verdict, metadata, place = row
    return NodeTrace(
        run=run,
        built_at=_aware(built_at),
        suffix=suffix,
        fingerprint=fingerprint,
        revision=revision,
        inputs=tuple(map(join_halves, high, low)),
        details=details or "",
        undeclared=tuple(json.loads(undeclared or "[]")),
        answer=None if verdict is None else read_answer(verdict, json.loads(metadata or "{}")),
        place=place or "",
    )


def read_answer(verdict: str, told: Mapping[str, Any]) -> LastAnswer:
    """Return what a check found, as it was recorded with its trace."""
    facts = {name: value for name, (_, value) in told.get("metadata", {}).items()}
    return LastAnswer(verdict, told.get("description", ""), facts)


def read_undeclared(db: duckdb.DuckDBPyConnection, key: AssetKey) -> tuple[str, ...]:
    """Return the files that any node of an asset read without declaring them, sorted."""
    rows = db.execute(
        "select distinct t.undeclared from state.traces t join state.assets a on a.id = t.asset"
        " where a.key = ? and t.undeclared is not null",
        [str(key)],
    ).fetchall()
    return tuple(sorted({file for (files,) in rows for file in json.loads(files)}))


def read_all_undeclared(db: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Return for each asset that did so, by its name, the files that it read without declaring them, sorted."""
    rows = db.execute(
        "select distinct a.key, t.undeclared from state.traces t join state.assets a on a.id = t.asset"
        " where t.undeclared is not null"
    ).fetchall()
    found: dict[str, set[str]] = {}
    for name, files in rows:
        found.setdefault(name, set()).update(json.loads(files))
    return {name: tuple(sorted(files)) for name, files in found.items()}


def read_suffixes(db: duckdb.DuckDBPyConnection, key: AssetKey) -> dict[int, str]:
    """Return what follows the name of each recorded output, by part."""
    rows = db.execute(
        "select t.part, t.suffix from state.traces t join state.assets a on a.id = t.asset"
        " where a.key = ? and t.suffix is not null",
        [str(key)],
    ).fetchall()
    return dict(rows)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
