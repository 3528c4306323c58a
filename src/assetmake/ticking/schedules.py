"""Schedules: which are due, for which of their times, and what they then ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from assetmake.definitions.cadence import find_zone
from assetmake.definitions.partition_loading import DynamicPartitionsStore
from assetmake.discovery.automation_records import CODE, STOPPED, ScheduleRecord
from assetmake.errors import DefinitionError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.ticking.backlog import Backlog, limit_taken, name_asked, read_backlog
from assetmake.ticking.decision import Answer, Decision, Kind, Known, Request, Wanted
from assetmake.ticking.occurrences import GRACE, Due, find_due, find_next, make_cadences
from assetmake.ticking.question import Question, Reply
from assetmake.ticking.wanting import pick_config, want_asked, want_latest

_MOST_ASKED = 200
"""Times for which the user's function is asked in one tick; the next one goes on."""
_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class DueSchedule:
    """A schedule that is due.

    Attributes:
        again: Times for which it failed before, and is to be asked again.
        left: Such times that a later tick asks for.
    """

    record: ScheduleRecord
    due: Due
    next_at: datetime | None
    known: Known | None
    again: tuple[datetime, ...] = ()
    left: tuple[datetime, ...] = ()

    @property
    def times(self) -> tuple[datetime, ...]:
        """For which it is to be asked now."""
        return tuple(sorted({*self.again, *self.due.times}))

    @property
    def is_asked(self) -> bool:
        """Whether a function of the user's says what it asks for."""
        return self.record.asks == CODE


def examine(record: ScheduleRecord, known: Known | None, held: str, now: datetime) -> Decision | DueSchedule:
    """Return a schedule with its times where it is due, else what is decided of it.

    Args:
        record: The schedule.
        known: What is known of it.
        held: Who still builds what it asked for before, in words; empty: nobody.
        now: Now.
    """
    if record.status == STOPPED:
        return Decision(Kind.SCHEDULE, record.name, Answer.STOPPED, "its default_status is STOPPED")
    if record.problem:
        return Decision(Kind.SCHEDULE, record.name, Answer.FAILED, f"{record.place}: {record.problem}")
    try:
        cadences = make_cadences(record.cron, record.timezone)
        due = find_due(
            cadences,
            since=None if known is None else known.evaluated_at,
            now=now,
            catch_up=record.catch_up,
            most=_MOST_ASKED if record.asks == CODE else 10_000,
        )
    except DefinitionError as error:
        return Decision(Kind.SCHEDULE, record.name, Answer.FAILED, f"{record.place}: {error.message}")
    next_at = find_next(cadences, now)
    if next_at is not None:
        next_at = next_at.astimezone(find_zone(record.timezone or "UTC"))
    again, left = _list_again(record, known, due, now)
    if (due.times or again) and held:
        return Decision(Kind.SCHEDULE, record.name, Answer.HELD, held, next_at=next_at)
    if due.times or again:
        return DueSchedule(record, due, next_at, known, again, left)
    return Decision(
        Kind.SCHEDULE,
        record.name,
        Answer.NOT_DUE,
        _tell_not_due(record, due, known, now),
        next_at=next_at,
        known=_go_on(due, known) if due.missed or known is None else None,
    )


def decide_target(graph: AssetGraph, schedule: DueSchedule, store: DynamicPartitionsStore) -> Decision:
    """Return the decision about a schedule that asks for what it is declared for; no code of the user's runs."""
    record, times = schedule.record, schedule.times
    nodes = want_latest(graph, record.assets, times, store)
    if not nodes:
        return _decide(schedule, (), "there is no partition yet" if record.assets else "it asks for no asset")
    job = graph.jobs.get(record.job)
    wanted = Wanted(nodes, record.job, pick_config(job, record.config), record.tags or (job.run_tags if job else {}))
    return _decide(schedule, (Request(wanted, occurred_at=times[-1]),))


def list_questions(schedule: DueSchedule, now: datetime) -> list[Question]:
    """Return what the function of a schedule is to be asked: once for each of its times."""
    record = schedule.record
    return [Question(Kind.SCHEDULE, record.name, record.module, now, time) for time in schedule.times]


def decide_asked(
    graph: AssetGraph, schedule: DueSchedule, replies: Sequence[Reply], store: DynamicPartitionsStore
) -> Decision:
    """Return the decision about a schedule from what its function said at each of its times.

    Times at which it raised, or asked for something that is not there, wait: they are asked for again by the next
    tick. What else they asked for is taken, once; and so is what was asked for at all other times.
    """
    record, taken = schedule.record, set(read_backlog(schedule.known).taken)
    requests: list[Request] = []
    failed: list[tuple[datetime, Reply]] = []
    kept: list[str] = []
    for time, reply in zip(schedule.times, replies, strict=True):
        names = [name_asked(asked, time) for asked in reply.asked]
        requests += [
            Request(want_asked(graph, record, asked, times=(time,), store=store), asked.run_key, time)
            for asked, name in zip(reply.asked, names, strict=True)
            if name not in taken
        ]
        if reply.failure is not None or reply.refused:
            failed.append((time, reply))
            kept += names
    if failed:
        kept = [*taken, *kept]
        return _decide_failed(schedule, requests, failed, kept)
    skipped = [reply.skipped for reply in replies if reply.skipped]
    why_not = "" if requests else "; ".join(dict.fromkeys(skipped)) or "it asks for nothing"
    return _decide(schedule, requests, why_not, [line for each in replies for line in each.output.splitlines()])


def tell_times(times: Sequence[datetime], timezone: str) -> str:
    """Return times in words, on the clocks of a zone."""
    shown = [show_time(each, timezone) for each in times]
    if len(shown) <= _MOST_TOLD:
        return ", ".join(shown)
    return f"{len(shown):,} times from {shown[0]} to {shown[-1]}"


def show_time(time: datetime, timezone: str) -> str:
    """Return a time on the clocks of a zone."""
    return f"{time.astimezone(find_zone(timezone or 'UTC')):%Y-%m-%d %H:%M %Z}"


def _decide(
    schedule: DueSchedule, requests: Sequence[Request], why_not: str = "", output: Sequence[str] = ()
) -> Decision:
    record, due = schedule.record, schedule.due
    reason = "; ".join([f"due at {tell_times(schedule.times, record.timezone)}", *_tell_rest(record, due)])
    return Decision(
        Kind.SCHEDULE,
        record.name,
        Answer.DUE if requests else Answer.NOT_DUE,
        f"{reason}; {why_not}" if why_not else reason,
        tuple(requests),
        next_at=schedule.next_at,
        detail=tuple(output),
        known=Known(due.until, schedule.times[-1], memory=_write_waiting(schedule.left)),
    )


def _decide_failed(
    schedule: DueSchedule,
    requests: Sequence[Request],
    failed: Sequence[tuple[datetime, Reply]],
    taken: Sequence[str],
) -> Decision:
    """Return the decision about a schedule of which some times failed: the first of them is told in full."""
    time, reply = failed[0]
    failure = reply.failure or reply.refused[0]
    where = f" ({failure.file}:{failure.line})" if failure.file else ""
    first = f"at {show_time(time, schedule.record.timezone)}: {failure.message}{where}"
    waiting = (*schedule.left, *(each for each, _ in failed))
    done = [each for each in schedule.times if each not in {time for time, _ in failed}]
    wait = "1 time waits and is" if len(waiting) == 1 else f"{len(waiting):,} times wait and are"
    return Decision(
        Kind.SCHEDULE,
        schedule.record.name,
        Answer.FAILED,
        f"{first}; {wait} asked again by the next tick",
        tuple(requests),
        next_at=schedule.next_at,
        detail=tuple(f"{reply.output}{failure.traceback}".splitlines()),
        known=Known(
            schedule.due.until,
            done[-1] if done else _last(schedule.known),
            memory=_write_waiting(waiting, taken),
        ),
    )


def _list_again(
    record: ScheduleRecord, known: Known | None, due: Due, now: datetime
) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
    """Return for which of the times that failed it is to be asked again now, and which are left to later ticks.

    As with times that no tick came at, its `catch_up` says which still count.
    """
    pending = read_backlog(known).pending
    past = [each for each in pending if each <= now]
    later = tuple(each for each in pending if each > now)
    last = () if due.times or not past else (max(past),)
    match record.catch_up:
        case "all":
            return tuple(past[:_MOST_ASKED]), (*past[_MOST_ASKED:], *later)
        case "none":
            return tuple(each for each in last if now - each < GRACE), later
        case _:
            return last, later


def _write_waiting(times: Sequence[datetime], taken: Sequence[str] = ()) -> str | None:
    return Backlog(times=tuple(int(each.timestamp()) for each in times), taken=limit_taken(taken)).write()


def _go_on(due: Due, known: Known | None) -> Known:
    return Known(due.until, _last(known), memory=None if known is None else known.memory)


def _last(known: Known | None) -> datetime | None:
    return None if known is None else known.occurred_at


def _tell_not_due(record: ScheduleRecord, due: Due, known: Known | None, now: datetime) -> str:
    if due.missed:
        word = "time was" if due.missed == 1 else "times were"
        return f"{due.missed:,} {word} missed and catch_up is {record.catch_up!r}"
    if known is None:
        return "this is its first tick, and there is no history to catch up"
    if known.evaluated_at > now:
        return f"dealt with up to {show_time(known.evaluated_at, record.timezone)}, which is later than now"
    if known.occurred_at is None:
        return "it has not occurred since its first tick"
    return f"it last occurred at {show_time(known.occurred_at, record.timezone)}"


def _tell_rest(record: ScheduleRecord, due: Due) -> Iterator[str]:
    if due.missed:
        yield f"{due.missed:,} earlier left out: catch_up is {record.catch_up!r}"
    if due.left:
        yield f"{due.left:,} later ones are left to the next tick"
