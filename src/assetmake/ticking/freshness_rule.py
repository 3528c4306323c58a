"""Freshness policies, decided: which assets are late, since when, and whether somebody has been told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from assetmake.planning.history import read_last_builds
from assetmake.project import Project
from assetmake.reporting.idle_line import tell_seconds
from assetmake.storage.state import Database
from assetmake.ticking.decision import Answer, Decision, Kind, Known
from assetmake.ticking.lateness import FAIL, PASS, UNKNOWN, WARN, Age, judge_all


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of an asset's lateness between ticks.

    Attributes:
        state: As it was judged last.
        since: From when on it was late; empty where it was not.
        told: Who is to be told of lateness has been told that it is late.
    """

    state: str = PASS
    since: str = ""
    told: bool = False

    def write(self) -> str:
        """Return it as text."""
        return json.dumps({"state": self.state, "since": self.since, "told": self.told}, separators=(",", ":"))


def read_told(known: Known | None) -> Told:
    """Return what `Told.write` gave."""
    try:
        found = json.loads((known.memory if known is not None else None) or "{}")
        return Told(**{name: found[name] for name in Told.__slots__ if name in found})
    except (ValueError, TypeError):
        return Told()


def decide_freshness(project: Project, db: Database, known: Mapping[str, Known], now: datetime) -> Iterable[Decision]:
    """Judge all assets that have a freshness policy; lateness asks for nothing, it is told."""
    policies = [each for each in project.manifest.automation.policies if each.asset in project.graph.assets]
    last = read_last_builds(db, [each.asset for each in policies]) if policies else {}
    built_at = {key: each.built_at for key, each in last.items()}
    ages = judge_all(policies, built_at, now)
    return [_decide(str(key), age, built_at.get(key), known.get(str(key)), now) for key, age in ages.items()]


def _decide(name: str, age: Age, built_at: datetime | None, known: Known | None, now: datetime) -> Decision:
    before = read_told(known)
    if known is not None and now <= known.evaluated_at:
        reason = "it was looked at at this time, or a later one"
        return Decision(Kind.FRESHNESS, name, Answer.NOT_DUE, reason)
    is_late = age.state == FAIL and age.since is not None
    after = Told(age.state, age.since.isoformat() if is_late and age.since is not None else "", before.told)
    return Decision(
        Kind.FRESHNESS,
        name,
        Answer.LATE if is_late else Answer.WARNED if age.state == WARN else Answer.NOT_DUE,
        describe_age(age, built_at, now),
        next_at=age.until,
        known=None if known is not None and after == before else Known(now, age.since, memory=after.write()),
    )


def describe_age(age: Age, built_at: datetime | None, now: datetime) -> str:
    """Return how an asset stands to its policy, in words."""
    if built_at is None or age.state == UNKNOWN:
        return "it was never built, so there is nothing that could be late"
    days = (now - built_at).days
    ago = f"{days:,} days" if days > 1 else tell_seconds((now - built_at).total_seconds())
    made = f"it was built {_write(built_at)}, {ago} ago"
    match age.state:
        case "FAIL":
            return f"late since {_write(age.since)}: {made}"
        case "WARN":
            return f"late from {_write(age.until)} on: {made}"
        case _:
            return f"in time{f' until {_write(age.until)}' if age.until is not None else ''}: {made}"


def _write(time: datetime | None) -> str:
    return "" if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
