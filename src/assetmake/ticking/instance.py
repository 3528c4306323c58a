"""The instance that sensors and schedules find in their contexts: it reads the state, and changes nothing but keys.

Keys that are added or removed go with the answer: they are changed together with what is asked for, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.instance.run_history import RunHistory
from assetmake.definitions.metadata.reading import restore_value
from assetmake.definitions.occurrences.asset_events import AssetMaterialization
from assetmake.definitions.occurrences.event_data import (
    ErrorInfo,
    RunFailureData,
    StepFailureData,
    StepMaterializationData,
)
from assetmake.definitions.occurrences.event_log import EventLogEntry, EventLogRecord
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.queries import EventQuery
from assetmake.definitions.occurrences.run_status import RunStatus
from assetmake.definitions.occurrences.runs import Run, RunRecord, RunsFilter
from assetmake.definitions.occurrences.step_event import StepEvent
from assetmake.definitions.occurrences.tags import (
    PARTITION_RANGE_END_TAG,
    PARTITION_RANGE_START_TAG,
    PARTITION_TAG,
    SCHEDULE_NAME_TAG,
    SENSOR_NAME_TAG,
)
from assetmake.errors import InvariantError
from assetmake.storage.automation_facts import (
    FailedFact,
    MadeFact,
    RunFact,
    list_failed,
    list_made,
    list_made_assets,
    list_runs,
)
from assetmake.storage.dynamic_keys import read_dynamic_keys
from assetmake.storage.state import State
from assetmake.ticking.decision import KeysChange

_EVERYTHING = "__ASSET_JOB"
_NAME_TAGS = {"schedule": SCHEDULE_NAME_TAG, "sensor": SENSOR_NAME_TAG}
_EVENTS = {
    RunStatus.SUCCESS: EventType.RUN_SUCCESS,
    RunStatus.FAILURE: EventType.RUN_FAILURE,
    RunStatus.CANCELED: EventType.RUN_CANCELED,
}


class TickInstance(RunHistory):
    """What `context.instance` is in a tick.

    Args:
        state: The state.
        root: The project's folder.
    """

    def __init__(self, state: State, root: Path) -> None:
        super().__init__(_StateJournal(state), _StateRunBook(state))
        self._state = state
        self._root = root
        self._changes: list[KeysChange] = []

    def storage_directory(self) -> str:
        """Return a folder of the project's own for IO managers that are given none."""
        return str(self._root / ".assetmake" / "storage")

    def get_dynamic_partitions(self, partitions_def_name: str, /) -> list[str]:
        """Return the keys of a dynamic partitions definition, in the order in which they were added."""
        with self._state.reading() as db:
            keys = dict.fromkeys(read_dynamic_keys(db, [partitions_def_name])[partitions_def_name])
        for change in self._changes:
            if change.name == partitions_def_name:
                for key in change.keys:
                    if change.removed:
                        keys.pop(key, None)
                    else:
                        keys.setdefault(key)
        return list(keys)

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str, /) -> bool:
        return partition_key in self.get_dynamic_partitions(partitions_def_name)

    def add_dynamic_partitions(self, partitions_def_name: str, partition_keys: Sequence[str]) -> None:
        """Have keys added when the answer is taken."""
        self._changes.append(KeysChange(partitions_def_name, tuple(partition_keys)))

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Have a key removed when the answer is taken."""
        self._changes.append(KeysChange(partitions_def_name, (partition_key,), removed=True))

    def take_changes(self) -> tuple[KeysChange, ...]:
        """Return the changes of keys since this was last called."""
        changes, self._changes = self._changes, []
        return tuple(changes)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise InvariantError(
            f"context.instance.{name}: in a tick the instance only tells what was built",
            hint="return RunRequests, or a SensorResult",
        )


class _StateJournal:
    """What was recorded of assets and runs, as events."""

    def __init__(self, state: State) -> None:
        self._state = state

    def append(self, entry: EventLogEntry) -> EventLogRecord:
        raise _read_only(entry)

    def forget(self, asset_key: AssetKey, partitions: frozenset[str | None] | None = None) -> None:
        raise _read_only((asset_key, partitions))

    def find(self, query: EventQuery) -> list[EventLogRecord]:
        records = [each for each in self._list(query) if query.fits(each)]
        if not query.ascending:
            records.reverse()
        return records if query.limit is None else records[: max(0, query.limit)]

    def list_assets(self) -> list[AssetKey]:
        with self._state.reading() as db:
            return [AssetKey.from_user_string(name) for name in list_made_assets(db)]

    def _list(self, query: EventQuery) -> list[EventLogRecord]:
        if query.check_key is not None:
            return []
        with self._state.reading() as db:
            if query.asset_key is not None:
                made = list_made(db, str(query.asset_key))
                return [_write_made(fact) for fact in made if query.run_id in {None, fact.run}]
            runs = list_runs(db, None if query.run_id is None else [query.run_id])
            failed = [] if query.run_id is None else list_failed(db, query.run_id)
        ends = [record for fact in runs if (record := _write_end(fact)) is not None]
        steps = [_write_failed(fact, runs[0] if runs else None) for fact in failed]
        return [*steps, *sorted(ends, key=lambda record: record.storage_id)]


class _StateRunBook:
    """Runs as the state knows them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, run: Run) -> RunRecord:
        raise _read_only(run)

    def change(self, run: Run) -> None:
        raise _read_only(run)

    def remove(self, run_id: str) -> None:
        raise _read_only(run_id)

    def find(self, wanted: RunsFilter | None = None) -> list[RunRecord]:
        names = None if wanted is None or wanted.run_ids is None else list(wanted.run_ids)
        with self._state.reading() as db:
            facts = list_runs(db, names)
        records = [_write_run(fact, place) for place, fact in enumerate(facts, start=1)]
        return [each for each in records if wanted is None or wanted.fits(each)]


def _write_made(fact: MadeFact) -> EventLogRecord:
    values = {name: restore_value(kind, plain) for name, (kind, plain) in fact.metadata.items()}
    made = AssetMaterialization(AssetKey.from_user_string(fact.asset), metadata=values, partition=fact.key)
    event = StepEvent(EventType.ASSET_MATERIALIZATION, event_specific_data=StepMaterializationData(made))
    return EventLogRecord(fact.number, EventLogEntry(run_id=fact.run, timestamp=fact.at, dagster_event=event))


def _write_failed(fact: FailedFact, run: RunFact | None) -> EventLogRecord:
    step = "__".join(AssetKey.from_user_string(fact.asset).parts)
    kind = fact.message.partition(":")[0]
    error = ErrorInfo(fact.message, cls_name=kind if kind.isidentifier() else None)
    where = f"{fact.asset}@{fact.key}" if fact.key else fact.asset
    event = StepEvent(
        EventType.STEP_FAILURE,
        job_name=_find_job(run) if run else _EVERYTHING,
        step_key=step,
        node_name=step,
        event_specific_data=StepFailureData(error),
        message=f"{where}: {fact.message}",
    )
    return EventLogRecord(0, EventLogEntry(run_id=fact.run, timestamp=fact.at, step_key=step, dagster_event=event))


def _write_end(fact: RunFact) -> EventLogRecord | None:
    """Return the event with which a run ended."""
    kind = _EVENTS.get(_find_status(fact))
    if kind is None or fact.finished_at is None:
        return None
    job = _find_job(fact)
    what = f"{fact.failed:,} of its nodes failed" if fact.failed else ""
    data = RunFailureData(ErrorInfo(what)) if kind is EventType.RUN_FAILURE else None
    message = f"run {fact.id} of {job} failed: {what}" if data else f"run {fact.id} of {job} has ended"
    event = StepEvent(kind, job_name=job, event_specific_data=data, message=message)
    entry = EventLogEntry(run_id=fact.id, timestamp=fact.finished_at.timestamp(), job_name=job, dagster_event=event)
    return EventLogRecord(fact.number, entry)


def _write_run(fact: RunFact, place: int) -> RunRecord:
    end = None if fact.finished_at is None else fact.finished_at.timestamp()
    nodes: Mapping[str, Any] = fact.wanted.get("nodes", {})
    run = Run(
        _find_job(fact),
        fact.id,
        fact.wanted.get("config", {}),
        frozenset(map(AssetKey.from_user_string, nodes)) if nodes else None,
        status=_find_status(fact),
        tags=_list_tags(fact),
    )
    return RunRecord(place, run, fact.started_at, fact.finished_at or fact.started_at, fact.started_at.timestamp(), end)


def _find_status(fact: RunFact) -> RunStatus:
    if fact.finished_at is None:
        return RunStatus.STARTED
    if fact.failed:
        return RunStatus.FAILURE
    return RunStatus.CANCELED if fact.skipped else RunStatus.SUCCESS


def _find_job(fact: RunFact) -> str:
    """Return the job of a run: that which was asked for, or that which the command named."""
    if fact.wanted:
        return fact.wanted.get("job") or _EVERYTHING
    words = fact.command.split()
    with suppress(ValueError, IndexError):
        return words[words.index("--job") + 1]
    return next((word.partition("=")[2] for word in words if word.startswith("--job=")), _EVERYTHING)


def _list_tags(fact: RunFact) -> dict[str, str]:
    tags: dict[str, str] = dict(fact.wanted.get("tags", {}))
    if fact.kind in _NAME_TAGS:
        tags[_NAME_TAGS[fact.kind]] = fact.name
    spans = _list_spans(fact.wanted.get("nodes", {}).values())
    if len(spans) == 1:
        ((first, last),) = spans
        several = {PARTITION_RANGE_START_TAG: first, PARTITION_RANGE_END_TAG: last}
        tags = {**({PARTITION_TAG: first} if first == last else several), **tags}
    return tags


def _list_spans(several: Iterable[Sequence[Sequence[str]] | None]) -> set[tuple[str, str]]:
    return {(span[0], span[1]) for spans in several for span in spans or ()}


def _read_only(what: object) -> InvariantError:
    return InvariantError(f"in a tick nothing is recorded: {what!r}", hint="return RunRequests, or a SensorResult")
