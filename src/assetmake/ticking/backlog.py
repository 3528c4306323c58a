"""Backlog: what of a schedule or a sensor has failed and is not settled, as text that the state keeps with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from assetmake.discovery.automation_records import Automation
from assetmake.storage.automation_book import read_known
from assetmake.storage.state import Database
from assetmake.ticking.decision import Answer, Decision, Kind, Known
from assetmake.ticking.question import Asked

_MOST_TAKEN = 10_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is kept.

    Attributes:
        since: When it first failed of those times in a row; empty where it does not fail.
        message: Why it failed last.
        unasked: It failed before any function was asked, as it is declared wrongly.
        told: Whom `[notify]` names has been told that it fails, and not yet that it does no longer.
        times: Of a schedule: those that are to be asked for again, as seconds since 1970; those that failed last
            come last.
        taken: What was taken of answers in which something else was refused, by names: of a sensor since its cursor
            stands, of a schedule by the times that wait.
        broken_since: Of a schedule: up to when it was dealt with when modules ceased to import; empty: they import.
    """

    since: str = ""
    message: str = ""
    unasked: bool = False
    told: bool = False
    times: tuple[int, ...] = ()
    taken: tuple[str, ...] = ()
    broken_since: str = ""

    @property
    def failing_since(self) -> datetime | None:
        return datetime.fromisoformat(self.since) if self.since else None

    @property
    def pending(self) -> tuple[datetime, ...]:
        """The times that wait, the first to be asked first."""
        return tuple(datetime.fromtimestamp(each, UTC) for each in self.times)

    def write(self) -> str | None:
        """Return it as text; None where there is nothing to keep."""
        kept = {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name)}
        return json.dumps(kept, separators=(",", ":")) if kept else None


def read_backlog(known: Known | None) -> Backlog:
    """Return what `Backlog.write` gave."""
    text = known.memory if known is not None else None
    if text and not text.startswith("{"):
        return Backlog(broken_since=text)  # as it was kept before anything else was
    try:
        found: Mapping[str, Any] = json.loads(text or "{}")
    except ValueError:
        return Backlog()
    values: dict[str, Any] = {each.name: found[each.name] for each in fields(Backlog) if each.name in found}
    given: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in values.items()}
    return Backlog(**given)


def list_failing(db: Database, automation: Automation) -> list[tuple[str, str, Backlog]]:
    """Return the schedules and sensors that failed when they were last asked, each with its kind and name."""
    there = [(Kind.SCHEDULE, each.name) for each in automation.schedules]
    there += [(Kind.SENSOR, each.name) for each in automation.sensors]
    known = read_known(db) if there else {}
    backlogs = [(str(kind), name, read_backlog(known.get((kind, name)))) for kind, name in there]
    return [each for each in backlogs if each[2].since]


def name_asked(asked: Asked, time: datetime | None = None) -> str:
    """Return a name for what was asked for: the same for the same, whichever tags it has."""
    what = [
        asked.run_key,
        asked.job,
        asked.assets,
        asked.partition,
        asked.range,
        asked.config,
        time.timestamp() if time else None,
    ]
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:16]


def limit_taken(names: Iterable[str]) -> tuple[str, ...]:
    """Return names, each once and no more than fit into a state: the last ones."""
    return tuple(dict.fromkeys(names))[-_MOST_TAKEN:]


def note_failure(decision: Decision, known: Known | None, now: datetime, *, is_asked: bool) -> Decision:
    """Return the decision about a schedule or a sensor with what is to be kept of its failing, and told of it.

    Args:
        decision: What was decided.
        known: What was known before.
        now: Now.
        is_asked: It was due: that it has not failed means that it works again.
    """
    before = read_backlog(known)
    after = before if decision.known is None else read_backlog(decision.known)
    if decision.answer is Answer.FAILED:
        after = replace(
            after,
            since=before.since or now.isoformat(),
            message=decision.reason,
            unasked=not is_asked,
            told=before.told,
        )
        kept = replace(decision.known or known or Known(now), memory=after.write())
        return replace(decision, reason=f"{decision.reason}{_tell_since(before, now)}", known=kept)
    if (not before.since and not before.told) or decision.answer in {Answer.HELD, Answer.STOPPED}:
        return decision
    if is_asked or before.unasked:
        after = replace(after, since="", message="", unasked=False, told=before.told)
        return replace(decision, known=replace(decision.known or known or Known(now), memory=after.write()))
    reason = f"{decision.reason}{_tell_since(before, now).replace(',', ';', 1)}: {before.message}"
    if decision.known is None:
        return replace(decision, reason=reason)
    after = replace(after, since=before.since, message=before.message, told=before.told)
    return replace(decision, reason=reason, known=replace(decision.known, memory=after.write()))


def _tell_since(backlog: Backlog, now: datetime) -> str:
    since = backlog.failing_since
    return f", failing since {since:%Y-%m-%d %H:%M} UTC" if since is not None and since < now else ""
