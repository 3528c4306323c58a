"""Sensors: which are to be asked, and what comes of what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from assetmake.definitions.partition_loading import DynamicPartitionsStore
from assetmake.discovery.automation_records import STOPPED, SensorRecord
from assetmake.graph.asset_graph import AssetGraph
from assetmake.ticking.backlog import Backlog, limit_taken, name_asked, read_backlog
from assetmake.ticking.decision import Answer, Decision, Kind, Known, Request, Sighting
from assetmake.ticking.question import Asked, Question, Reply
from assetmake.ticking.sightings import sort_sightings, tell_sighting
from assetmake.ticking.wanting import want_asked

BY_RULES = "automation_condition"
"""Sensors of this kind only say that rules are evaluated, which is done without them."""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class DueSensor:
    """A sensor that is to be asked."""

    record: SensorRecord
    known: Known | None
    next_at: datetime


def examine(record: SensorRecord, known: Known | None, held: str, now: datetime) -> Decision | DueSensor:
    """Return a sensor that is to be asked, else what is decided of it.

    Args:
        record: The sensor.
        known: What is known of it.
        held: Who still builds what it asked for before, in words; empty: nobody.
        now: Now.
    """
    interval = timedelta(seconds=record.minimum_interval)
    due_at = now if known is None else known.evaluated_at + interval
    if record.status == STOPPED:
        return Decision(Kind.SENSOR, record.name, Answer.STOPPED, "its default_status is STOPPED")
    if record.problem:
        return Decision(Kind.SENSOR, record.name, Answer.FAILED, f"{record.place}: {record.problem}")
    if known is not None and due_at > now:
        reason = f"it was asked at {known.evaluated_at:%Y-%m-%d %H:%M:%S} UTC, and is every {record.minimum_interval} s"
        return Decision(Kind.SENSOR, record.name, Answer.NOT_DUE, reason, next_at=due_at)
    if held:
        return Decision(Kind.SENSOR, record.name, Answer.HELD, held)
    return DueSensor(record, known, now + interval)


def make_question(sensor: DueSensor, now: datetime, last_run_key: str | None) -> Question:
    """Return what a sensor is to be asked."""
    record, known = sensor.record, sensor.known
    return Question(
        Kind.SENSOR,
        record.name,
        record.module,
        now,
        cursor=None if known is None else known.cursor,
        last_asked_at=None if known is None else known.evaluated_at,
        last_run_key=last_run_key,
    )


def decide(
    graph: AssetGraph,
    sensor: DueSensor,
    reply: Reply,
    *,
    requested: AbstractSet[str],
    store: DynamicPartitionsStore,
    now: datetime,
) -> Decision:
    """Return the decision about a sensor from what it said.

    Args:
        graph: The project.
        sensor: The sensor.
        reply: What it said.
        requested: The run keys that it asked under before.
        store: Knows dynamic partitions.
        now: Now.
    """
    record, known = sensor.record, sensor.known
    if reply.failure is not None:
        failure = reply.failure
        where = f" ({failure.file}:{failure.line})" if failure.file else ""
        return Decision(
            Kind.SENSOR,
            record.name,
            Answer.FAILED,
            f"{failure.message}{where}",
            next_at=sensor.next_at,
            detail=tuple(f"{reply.output}{failure.traceback}".splitlines()),
            known=_stand(known, now),
        )
    taken = set(read_backlog(known).taken)
    new, repeated = _sort_out([each for each in reply.asked if name_asked(each) not in taken], requested)
    requests = tuple(
        Request(want_asked(graph, record, asked, times=(now,), store=store), asked.run_key) for asked in new
    )
    if reply.refused:
        return _decide_refused(sensor, reply, requests, now)
    sightings, refused = sort_sightings(graph, reply.sightings, now)
    return Decision(
        Kind.SENSOR,
        record.name,
        Answer.DUE if requests else Answer.NOT_DUE,
        "; ".join((*_list_reasons(requests, repeated, reply), *_list_seen(sightings, refused))),
        requests,
        next_at=sensor.next_at,
        detail=(*refused, *reply.notes, *reply.output.splitlines()),
        known=Known(now, cursor=reply.cursor),
        changes=reply.changes,
        sightings=sightings,
    )


def _decide_refused(sensor: DueSensor, reply: Reply, requests: tuple[Request, ...], now: datetime) -> Decision:
    """Return the decision about a sensor of whose requests some cannot be taken.

    Its cursor stands, so that it asks for them again; what was taken is remembered until it moves. Events wait with
    the cursor: told twice they would make things stale twice.
    """
    failure = reply.refused[0]
    where = f" ({failure.file}:{failure.line})" if failure.file else ""
    verb = "request is" if len(reply.refused) == 1 else "requests are"
    taken = limit_taken([*read_backlog(sensor.known).taken, *map(name_asked, reply.asked)])
    return Decision(
        Kind.SENSOR,
        sensor.record.name,
        Answer.FAILED,
        f"{len(reply.refused):,} {verb} not taken: {failure.message}{where}; its cursor stands",
        requests,
        next_at=sensor.next_at,
        detail=(*(f"not taken: {each.message}" for each in reply.refused[1:]), *reply.output.splitlines()),
        known=replace(_stand(sensor.known, now), memory=Backlog(taken=taken).write()),
        changes=reply.changes,
    )


def _stand(known: Known | None, now: datetime) -> Known:
    """Return what is kept of a sensor whose cursor stands."""
    return Known(now) if known is None else replace(known, evaluated_at=now)


def _sort_out(asked: Sequence[Asked], requested: AbstractSet[str]) -> tuple[list[Asked], list[str]]:
    """Return what is asked for the first time, and the run keys of the rest."""
    seen = set(requested)
    new: list[Asked] = []
    repeated: list[str] = []
    for each in asked:
        if each.run_key and each.run_key in seen:
            repeated.append(each.run_key)
        else:
            new.append(each)
            seen.add(each.run_key)
    return new, repeated


def _list_reasons(requests: Sequence[Request], repeated: Sequence[str], reply: Reply) -> Iterator[str]:
    if requests:
        yield f"it asks for {len(requests):,} run{'' if len(requests) == 1 else 's'}"
    elif not (repeated or reply.sightings):
        yield reply.skipped or "it asks for nothing"
    if repeated:
        shown = ", ".join(repeated[:3]) + (f" and {len(repeated) - 3:,} more" if len(repeated) > 3 else "")
        yield f"asked for before: run_key {shown}"
    for change in reply.changes:
        verb = "removes" if change.removed else "adds"
        keys = ", ".join(change.keys[:3]) + (f" and {len(change.keys) - 3:,} more" if len(change.keys) > 3 else "")
        yield f"it {verb} {keys} {'from' if change.removed else 'to'} {change.name}"


def _list_seen(sightings: Sequence[Sighting], refused: Sequence[str]) -> list[str]:
    told = list(dict.fromkeys(map(tell_sighting, sightings)))
    more = [f"and of {len(told) - _SHOWN:,} more"] if len(told) > _SHOWN else []
    return [*told[:_SHOWN], *more, *(["what it tells is not kept"] if refused and not told else [])]
