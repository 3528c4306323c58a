"""Decisions and builds of a tick as lines for people, and as documents for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count, tell_seconds
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.storage.automation_book import RequestRow
from assetmake.ticking.building import Batch
from assetmake.ticking.decision import Answer, Decision, Kind, Request
from assetmake.ticking.wanting import tell_wanted
from assetmake.ticking.written import read_wanted, write_wanted

_STYLES = {
    Answer.DUE: "green",
    Answer.FAILED: "red",
    Answer.HELD: "yellow",
    Answer.LATE: "yellow",
    Answer.WARNED: "yellow",
}
_WORDS = {Answer.NOT_DUE: "not due", Answer.WARNED: "warning"}
_SHOWN = 3
_WIDTH = 9


def list_decisions(decisions: Sequence[Decision], *, explain: bool, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield a line for each that is due, or cannot be; with `explain` all that is known of each of all.

    Args:
        decisions: What was decided.
        explain: Tell of those that are not due as well, and with what each was asked for.
        paint: The colours.
    """
    width = max((len(_name(each)) for each in decisions if explain or _is_told(each)), default=0)
    for each in decisions:
        if not (explain or _is_told(each)):
            continue
        word = _WORDS.get(each.answer, each.answer.value)
        head = paint(word.ljust(_WIDTH), _STYLES.get(each.answer, "dim"))
        yield f"{head}{display(_name(each)).ljust(width)}  {display(each.reason)}"
        if explain and each.next_at is not None:
            yield f"{' ' * _WIDTH}{'':{width}}  next: {show_moment(each.next_at)}"
        yield from _list_wanted(each.requests, explain=explain)
        if explain or each.answer is Answer.FAILED:
            yield from (f"{' ' * _WIDTH}{display(line)}" for line in each.detail)


def tell_idle(
    decisions: Sequence[Decision], seconds: float, *, explain: bool = False, names: Sequence[str] = ()
) -> str:
    """Return the line of a tick in which nothing was due: what was looked at, and what comes next.

    Args:
        decisions: What was decided.
        seconds: How long it took.
        explain: What comes next is told with each of them.
        names: Only these were looked at; none: all.
    """
    if not decisions and names:
        verb = "has" if len(names) == 1 else "have"
        told = f"{display(', '.join(names))} {verb} no automation condition and no freshness policy"
        return f"nothing due: {told} ({tell_seconds(seconds)})"
    if not decisions:
        return f"nothing due: there are no schedules, sensors or rules ({tell_seconds(seconds)})"
    kinds = [(kind, sum(each.kind is kind for each in decisions)) for kind in Kind]
    looked = ", ".join(count(number, _NOUNS[kind]) for kind, number in kinds if number)
    times = [(each.next_at, _name(each)) for each in decisions if each.next_at is not None]
    upcoming = [pair for pair in times if pair[1].startswith(Kind.SCHEDULE)]
    coming = min(upcoming, default=None)
    after = "" if coming is None or explain else f"; next: {display(coming[1])} at {show_moment(coming[0])}"
    return f"nothing due: {looked}{after} ({tell_seconds(seconds)})"


def tell_others(decisions: Sequence[Decision]) -> str:
    """Return how many are not due; empty where all are told of."""
    others = sum(not _is_told(each) for each in decisions)
    return f"{others:,} not due (--explain tells why)" if others else ""


def tell_batch(batch: Batch, began_at: datetime | None = None) -> str:
    """Return the line over a build: who asked, for what, and what of it an earlier tick left if this one began then."""
    told = display(f"{', '.join(batch.names)}: {tell_wanted(batch.wanted)}")
    left = [each.requested_at for each in batch.requests if began_at is not None and each.requested_at < began_at]
    return f"{told} (asked for at {show_moment(min(left))}, and not finished then)" if left else told


def list_left(rows: Sequence[RequestRow], *, explain: bool, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield what earlier ticks asked for and nobody builds: the next tick does.

    Args:
        rows: What it is.
        explain: Tell of all of it, and with what each was asked for.
        paint: The colours.
    """
    askers: dict[str, list[RequestRow]] = {}
    for row in rows:
        askers.setdefault(f"{row.kind} {row.name}", []).append(row)
    width = max(map(len, askers), default=0)
    for name, several in askers.items():
        first = min(row.requested_at for row in several)
        told = f"asked for at {show_moment(first)}, and not finished then"
        yield f"{paint('left'.ljust(_WIDTH), 'yellow')}{display(name).ljust(width)}  {told}"
        yield from _list_wanted([Request(read_wanted(row.wanted), row.run_key) for row in several], explain=explain)


def tell_taken(row: RequestRow, owner: str) -> str:
    """Say who builds what was asked for, where another tick has taken it."""
    return display(f"{row.kind} {row.name}: left to {owner}")


def write_decision(decision: Decision) -> str:
    """Return a decision as a line of JSON."""
    return json.dumps(
        {
            "event": "decision",
            "kind": decision.kind,
            "name": decision.name,
            "answer": decision.answer,
            "reason": decision.reason,
            "next_at": None if decision.next_at is None else decision.next_at.isoformat(),
            "requests": [_describe_request(each) for each in decision.requests],
            "detail": list(decision.detail),
        }
    )


def write_left(row: RequestRow) -> str:
    """Return what an earlier tick asked for, and nobody builds, as a line of JSON."""
    request = Request(read_wanted(row.wanted), row.run_key, row.occurred_at)
    asked = {"kind": row.kind, "name": row.name, "requested_at": row.requested_at.isoformat()}
    return json.dumps({"event": "left", **asked, "requests": [_describe_request(request)]})


def write_taken(row: RequestRow, owner: str) -> str:
    """Return who builds what was asked for, where another tick has taken it, as a line of JSON."""
    asked = {"kind": row.kind, "name": row.name, "requested_at": row.requested_at.isoformat()}
    return json.dumps({"event": "left_to", **asked, "run": row.owner, "holder": owner})


def show_moment(time: datetime) -> str:
    """Return a time with the name of its zone, to the second where it is at none of the clock's minutes."""
    return f"{time:%Y-%m-%d %H:%M:%S %Z}" if time.second else f"{time:%Y-%m-%d %H:%M %Z}"


_NOUNS = {
    Kind.SCHEDULE: "schedule",
    Kind.SENSOR: "sensor",
    Kind.CONDITION: "condition",
    Kind.FRESHNESS: "freshness rule",
}


def _is_told(decision: Decision) -> bool:
    return decision.answer in _STYLES or bool(decision.sightings)


def _name(decision: Decision) -> str:
    return f"{decision.kind.value} {decision.name}"


def _list_wanted(requests: Sequence[Request], *, explain: bool) -> Iterator[str]:
    told = list(dict.fromkeys(_tell_request(each, explain=explain) for each in requests))
    most = len(told) if explain else _SHOWN
    yield from (f"{' ' * _WIDTH}-> {display(each)}" for each in told[:most])
    if len(told) > most:
        yield f"{' ' * _WIDTH}-> and {len(told) - most:,} more"


def _tell_request(request: Request, *, explain: bool) -> str:
    key = f" (run_key {request.run_key})" if explain and request.run_key else ""
    return f"{tell_wanted(request.wanted)}{key}"


def _describe_request(request: Request) -> dict[str, object]:
    occurred = request.occurred_at
    return {
        **write_wanted(request.wanted),
        "run_key": request.run_key or None,
        "occurred_at": None if occurred is None else occurred.isoformat(),
    }


def list_failed(decisions: Iterable[Decision]) -> list[Decision]:
    """Return what could not be decided."""
    return [each for each in decisions if each.answer is Answer.FAILED]
