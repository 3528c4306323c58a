"""The attempts at a node, as far as they are kept: when it ran, why, what came of it, what its data looked like."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UsageError
from assetmake.planning.run_history import EVER
from assetmake.planning.view import View
from assetmake.storage.attempts import AttemptEnd

if TYPE_CHECKING:
    import duckdb

NUMBERS = frozenset({"int", "float"})
"""Kinds of metadata that can be drawn over time."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that a node ran.

    Attributes:
        run: In which run.
        reason: Why, as a plan says it.
        rows: Of a table.
        metadata: What its function told: kind and plain value by name.
        profile: What its data looks like: see `profiles`.
        message: Why it failed.
        description: What a check said.
    """

    run: str
    key: str | None
    ended_at: datetime
    outcome: str
    reason: str
    seconds: float
    rows: int | None = None
    metadata: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    description: str = ""

    @property
    def numbers(self) -> Mapping[str, float]:
        """The metadata that are numbers."""
        return {name: value for name, (kind, value) in self.metadata.items() if kind in NUMBERS and value is not None}


def read_attempts(
    db: duckdb.DuckDBPyConnection,
    asset: AssetKey,
    part: int | None,
    *,
    limit: int,
    since: datetime | None = None,
    failed: bool = False,
    changed: bool = False,
) -> list[Attempt]:
    """Return attempts at a node, the newest first.

    Args:
        db: A connection inside a block.
        asset: The name that it is recorded under.
        part: Its partition; None: those of all of the asset.
        limit: So many at most.
        since: Only those that ended then or later.
        failed: Only those that failed.
        changed: Only those that gave other data than was there before.
    """
    rules = ["a.key = $asset", "t.ended_at >= $since"]
    if part is not None:
        rules.append("t.part = $part")
    if failed or changed:
        rules.append(f"t.outcome = '{(AttemptEnd.FAILED if failed else AttemptEnd.BUILT).value}'")
    rows = db.execute(
        "select t.run, t.key, t.ended_at, t.outcome, t.reason, t.seconds, t.rows, t.metadata, t.profile, t.message"
        f" from state.attempts t join state.assets a on a.id = t.asset where {' and '.join(rules)}"
        " order by t.ended_at desc, t.rowid desc limit $limit",
        {
            "asset": str(asset),
            "since": (since or EVER).astimezone(UTC).replace(tzinfo=None),
            "limit": limit,
            **({} if part is None else {"part": part}),
        },
    ).fetchall()
    return [_make_attempt(row) for row in rows]


def find_attempts(view: View, asset: AssetKey, key: str | None, **chosen: Any) -> list[Attempt]:
    """Return attempts at a node of the project, or at all of an asset; see `read_attempts`."""
    definition = view.scope.definitions[asset]
    part = 0 if definition is None else None if key is None else definition.part_of(key)
    return read_attempts(view.db, view.home(asset), part, **chosen)


def choose_builds(
    attempts: Sequence[Attempt], *, name: str, before: str | None = None, after: str | None = None
) -> tuple[Attempt, Attempt]:
    """Return the two builds of a node that are to be compared, the older one first.

    Args:
        attempts: Those that gave other data than was there before, the newest first.
        name: The node's, for messages.
        before, after: The runs, or the ends of their ids; default: the last two.

    Raises:
        UsageError: there are no two.
    """
    later = attempts[0] if after is None and attempts else _find(attempts, after, name)
    earlier = attempts[attempts.index(later) + 1 :]
    if before is not None:
        return _find(attempts, before, name), later
    if not earlier:
        raise UsageError(
            f"only one build of {name} is known that gave it data, that of run {later.run}",
            hint="a difference is between two; assetmake history shows what is kept",
        )
    return earlier[0], later


def _find(attempts: Sequence[Attempt], run: str | None, name: str) -> Attempt:
    if not attempts:
        raise UsageError(
            f"no build of {name} is known that gave it data",
            hint=f"attempts are kept from the first build on that this version has made: assetmake history {name}",
        )
    found = [each for each in attempts if run and (each.run.startswith(run) or each.run.endswith(run))]
    if not found:
        known = ", ".join(each.run for each in attempts[:3])
        raise UsageError(f"no run {run} is known that changed the data of {name}", hint=f"those that did: {known}")
    return found[0]


def _make_attempt(row: Sequence[Any]) -> Attempt:
    run, key, ended_at, outcome, reason, seconds, rows, metadata, profile, message = row
    known, seen = json.loads(metadata or "{}"), json.loads(profile or "{}")
    is_check = seen.get("kind") == "check"
    facts = known.get("metadata", {}) if is_check else known
    return Attempt(
        run=run,
        key=key,
        ended_at=ended_at.replace(tzinfo=UTC),
        outcome=outcome,
        reason=reason,
        seconds=seconds,
        rows=rows,
        metadata={name: (kind, value) for name, (kind, value) in facts.items()},
        profile=seen,
        message=message or "",
        description=known.get("description", "") if is_check else "",
    )
