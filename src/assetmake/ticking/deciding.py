"""Deciding: everything that may be due is looked at, and what is decided is written down in one transaction.

One tick at a time does this. What it decides follows from the state and from now: a tick that is repeated, or that was
killed before it wrote, decides the same; one that has written leaves requests, which whoever comes next builds.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from assetmake.definitions.dynamic_partitions import DynamicPartitionsDefinition
from assetmake.definitions.naming import find_nearest, suggest
from assetmake.discovery.automation_records import TARGET, ScheduleRecord, SensorRecord
from assetmake.errors import DefinitionError, UsageError
from assetmake.project import Project
from assetmake.storage.automation_book import (
    RequestRow,
    TickRow,
    add_requests,
    find_requested,
    forget_known,
    log_tick,
    read_known,
    read_last_run_keys,
    trim,
    write_known,
)
from assetmake.storage.dynamic_keys import add_dynamic_keys, read_dynamic_keys, remove_dynamic_keys
from assetmake.storage.locks import hold_lock
from assetmake.storage.state import Database, EphemeralState
from assetmake.ticking import schedules, sensors
from assetmake.ticking.backlog import note_failure, read_backlog
from assetmake.ticking.decision import Answer, Decision, KeysChange, Kind, Known
from assetmake.ticking.holding import list_held
from assetmake.ticking.question import Question, Reply
from assetmake.ticking.rules import RULES
from assetmake.ticking.schedules import DueSchedule
from assetmake.ticking.sensors import DueSensor
from assetmake.ticking.sightings import keep_sightings
from assetmake.ticking.written import write_wanted

Ask = Callable[[Sequence[Question]], Sequence[Reply]]
"""Has the user's functions answer, in the order of the questions."""
LOCK = "tick.lock"
_KEPT = timedelta(days=90)
"""For so long it is kept what ticks decided."""


@dataclass(frozen=True, slots=True)
class KeptKeys:
    """The keys of dynamic partitions, as they were read from the state."""

    keys: Mapping[str, Sequence[str]]

    def get_dynamic_partitions(self, partitions_def_name: str, /) -> Sequence[str]:
        return self.keys.get(partitions_def_name, ())

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str, /) -> bool:
        return partition_key in self.keys.get(partitions_def_name, ())


@dataclass(frozen=True, slots=True)
class _Read:
    """What is known before anything is decided.

    Attributes:
        held: Who still builds what each asked for before, in words, by kind and name.
    """

    known: Mapping[tuple[str, str], Known]
    held: Mapping[tuple[str, str], str]
    store: KeptKeys
    run_keys: Mapping[str, str]


def decide(
    project: Project, ask: Ask, *, now: datetime, names: Sequence[str] = (), write: bool = True, timeout: float = 600.0
) -> tuple[Decision, ...]:
    """Decide what is due, and write it down.

    Args:
        project: The project.
        ask: Has the user's functions answer.
        now: Now.
        names: Only schedules, sensors and assets of these names; none: all.
        write: Write it down; else nothing changes.
        timeout: Seconds to wait for another tick that decides.

    Raises:
        UsageError: there is nothing of one of the names.
        LockTimeout: another tick decides for too long.
    """
    chosen = _Chosen(project, frozenset(names))
    lock = project.root / project.place / LOCK
    with hold_lock(lock, timeout=timeout) if write else nullcontext():
        with project.state.reading() as db:
            read = _read(project, db, now)
            rules = _decide_rules(project, db, chosen, read, now)
        found = [_settle(each, read) for each in _decide_asked(project, chosen, read, ask, now)]
        if project.graph.broken:
            found = [_remember_broken(each, read) for each in found]
        if any(each.changes or each.sightings for each in found):
            with project.state.writing() if write else _undoing(project) as db:
                _write_told(db, found, now)
                found += _decide_rules(project, db, chosen, read, now)
                if write:
                    _write(db, found, read, now)
        else:
            found += rules
            if write and _is_to_be_written(found, read):
                with project.state.writing() as db:
                    _write(db, found, read, now)
    return tuple(found)


class _UndoneError(Exception):
    """Ends a transaction of which nothing is to stay."""


@contextmanager
def _undoing(project: Project) -> Iterator[Database]:
    """Attach for one transaction, of which nothing stays."""
    is_there = project.state_file is None or project.state_file.exists()
    with suppress(_UndoneError), (project.state if is_there else EphemeralState()).writing() as db:
        yield db
        raise _UndoneError


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What of a project is looked at."""

    project: Project
    names: frozenset[str]

    def __post_init__(self) -> None:
        automation = self.project.manifest.automation
        known = {each.name for each in automation.schedules} | {each.name for each in automation.sensors}
        known.update(map(str, self.project.graph.assets))
        for name in sorted(self.names - known):
            near = suggest(find_nearest(name, sorted(known)))
            raise UsageError(
                f"there is no schedule, sensor or asset {name!r}",
                hint=near or "`assetmake list --schedules --sensors` shows those there are",
            )

    def has(self, name: str) -> bool:
        return not self.names or name in self.names

    @property
    def schedules(self) -> Iterator[ScheduleRecord]:
        return (each for each in self.project.manifest.automation.schedules if self.has(each.name))

    @property
    def sensors(self) -> Iterator[SensorRecord]:
        several = self.project.manifest.automation.sensors
        return (each for each in several if self.has(each.name) and each.kind != sensors.BY_RULES)


def _read(project: Project, db: Database, now: datetime) -> _Read:
    known = read_known(db)
    store = KeptKeys(read_dynamic_keys(db, project.graph.find_dynamic()))
    return _Read(known, list_held(project, db, now), store, read_last_run_keys(db, Kind.SENSOR))


def _decide_rules(project: Project, db: Database, chosen: _Chosen, read: _Read, now: datetime) -> list[Decision]:
    """Decide about the rules of assets, by what is recorded, inside a block of the state."""
    return [
        _settle(each, read)
        for kind, rule in RULES.items()
        for each in rule(project, db, {name: has for (of, name), has in read.known.items() if of == kind}, now)
        if chosen.has(each.name)
    ]


def _decide_asked(project: Project, chosen: _Chosen, read: _Read, ask: Ask, now: datetime) -> Iterator[Decision]:
    """Yield what is decided of schedules, then of sensors; all questions are asked at once."""
    examined: list[Decision | DueSchedule | DueSensor] = [
        schedules.examine(each, *_look_up_schedule(project, read, each), now) for each in chosen.schedules
    ]
    examined += [sensors.examine(each, *_look_up(read, Kind.SENSOR, each.name), now) for each in chosen.sensors]
    questions = [_list_questions(each, read, now) for each in examined]
    replies = iter(ask([question for several in questions for question in several]) if any(questions) else ())
    for each, several in zip(examined, questions, strict=True):
        answers = [next(replies) for _ in several]
        match each:
            case DueSchedule() if each.is_asked:
                decided = schedules.decide_asked(project.graph, each, answers, read.store)
            case DueSchedule():
                decided = schedules.decide_target(project.graph, each, read.store)
            case DueSensor():
                decided = _decide_sensor(project, each, answers[0], read, now)
            case _:
                decided = each
        before = read.known.get((decided.kind, decided.name))
        yield note_failure(decided, before, now, is_asked=decided is not each)


def _look_up(read: _Read, kind: Kind, name: str) -> tuple[Known | None, str]:
    return read.known.get((kind, name)), read.held.get((kind, name), "")


def _look_up_schedule(project: Project, read: _Read, record: ScheduleRecord) -> tuple[Known | None, str]:
    """Look up a schedule; times at which a module did not import count again when all do."""
    known, held = _look_up(read, Kind.SCHEDULE, record.name)
    backlog = read_backlog(known)
    if known is None or not backlog.broken_since or project.graph.broken:
        return known, held
    since = datetime.fromisoformat(backlog.broken_since) if record.asks == TARGET else known.evaluated_at
    return replace(known, evaluated_at=since, memory=replace(backlog, broken_since="").write()), held


def _remember_broken(decision: Decision, read: _Read) -> Decision:
    """Note of a schedule from when on modules did not import: what its target selects in them was not asked for."""
    before, known = read.known.get((decision.kind, decision.name)), decision.known
    if decision.kind is not Kind.SCHEDULE or before is None or known is None:
        return decision
    since = read_backlog(before).broken_since or before.evaluated_at.isoformat()
    return replace(decision, known=replace(known, memory=replace(read_backlog(known), broken_since=since).write()))


def _list_questions(each: Decision | DueSchedule | DueSensor, read: _Read, now: datetime) -> list[Question]:
    match each:
        case DueSchedule() if each.is_asked:
            return schedules.list_questions(each, now)
        case DueSensor():
            return [sensors.make_question(each, now, read.run_keys.get(each.record.name))]
        case _:
            return []


def _decide_sensor(project: Project, sensor: DueSensor, reply: Reply, read: _Read, now: datetime) -> Decision:
    run_keys = [each.run_key for each in reply.asked if each.run_key]
    requested: set[str] = set()
    if run_keys:
        with project.state.reading() as db:
            requested = find_requested(db, Kind.SENSOR, sensor.record.name, run_keys)
    decided = sensors.decide(project.graph, sensor, reply, requested=requested, store=read.store, now=now)
    try:
        _check_changes(decided.changes, read.store)
    except DefinitionError as error:
        stays = None if sensor.known is None else sensor.known.cursor
        known = Known(now, cursor=stays, memory=None if sensor.known is None else sensor.known.memory)
        return replace(
            decided,
            answer=Answer.FAILED,
            reason=error.message,
            requests=(),
            changes=(),
            sightings=(),
            detail=(),
            known=known,
        )
    return decided


def _settle(decision: Decision, read: _Read) -> Decision:
    """Return a decision as it stands where what was asked for before is still being built."""
    held = read.held.get((decision.kind, decision.name))
    if not held or not decision.requests:
        return decision
    return replace(decision, answer=Answer.HELD, reason=held, requests=(), known=None, changes=(), sightings=())


def _is_to_be_written(found: Sequence[Decision], read: _Read) -> bool:
    is_news = any(each.known is not None or each.requests or _is_worth_a_log(each) for each in found)
    return is_news or any(_list_stopped(found, read))


def _write_told(db: Database, found: Sequence[Decision], now: datetime) -> None:
    """Record what sensors told, which counts for the rules of the same tick."""
    for change in (change for each in found for change in each.changes):
        _change_keys(db, change, now)
    keep_sightings(db, [sighting for each in found for sighting in each.sightings], now)


def _write(db: Database, found: Sequence[Decision], read: _Read, now: datetime) -> None:
    tick = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    told = [each for each in found if _is_worth_a_log(each)]
    forget_known(db, set(_list_stopped(found, read)))
    write_known(db, {(each.kind, each.name): each.known for each in found if each.known is not None})
    add_requests(db, _list_rows(found, now))
    trim(db, before=now - _KEPT)
    log_tick(db, tick, now, [TickRow(each.kind, each.name, each.answer, each.reason) for each in told])


def _list_stopped(found: Iterable[Decision], read: _Read) -> Iterator[tuple[str, str]]:
    """Yield the schedules that begin anew when they are active again."""
    stopped = [each.name for each in found if each.kind is Kind.SCHEDULE and each.answer is Answer.STOPPED]
    yield from ((Kind.SCHEDULE, name) for name in stopped if (Kind.SCHEDULE, name) in read.known)


def _is_worth_a_log(decision: Decision) -> bool:
    """Tell whether a decision is kept: that a sensor or a rule had nothing to say a minute after it had none is not."""
    if decision.answer in {Answer.DUE, Answer.HELD, Answer.FAILED} or decision.sightings:
        return True
    is_news = decision.answer in {Answer.LATE, Answer.WARNED} or (
        decision.kind is Kind.SCHEDULE and decision.answer is Answer.NOT_DUE
    )
    return is_news and decision.known is not None


def _list_rows(found: Iterable[Decision], now: datetime) -> Iterator[RequestRow]:
    for decision in found:
        for request in decision.requests:
            yield RequestRow(
                id=secrets.token_hex(8),
                kind=decision.kind,
                name=decision.name,
                run_key=request.run_key,
                occurred_at=request.occurred_at,
                requested_at=now,
                wanted=write_wanted(request.wanted),
            )


def _check_changes(changes: Sequence[KeysChange], store: KeptKeys) -> None:
    """Let no key be kept that a plan could do nothing with."""
    for change in changes:
        if not change.removed:
            there = store.get_dynamic_partitions(change.name)
            definition = DynamicPartitionsDefinition(name=change.name)
            definition.resolve(dict.fromkeys([*there, *change.keys])).parts()


def _change_keys(db: Database, change: KeysChange, now: datetime) -> None:
    there = set(read_dynamic_keys(db, [change.name])[change.name])
    if change.removed:
        remove_dynamic_keys(db, change.name, [key for key in change.keys if key in there])
    else:
        add_dynamic_keys(db, change.name, [key for key in dict.fromkeys(change.keys) if key not in there], now=now)
