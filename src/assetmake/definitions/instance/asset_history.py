"""What an instance answers about assets and their checks, all from its journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.instance.journal import Journal
from assetmake.definitions.occurrences.asset_records import (
    AssetCheckExecutionRecord,
    AssetEntry,
    AssetRecord,
)
from assetmake.definitions.occurrences.asset_records import AssetCheckExecutionRecordStatus as _Status
from assetmake.definitions.occurrences.event_log import EventLogEntry, EventLogRecord
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.queries import (
    AssetRecordsFilter,
    EventQuery,
    EventRecordsFilter,
    EventRecordsResult,
    read_cursor,
    write_cursor,
)
from assetmake.definitions.occurrences.tags import CODE_VERSION_TAG

T = TypeVar("T")

_BEFORE_ALL = -1
_OF_CHECKS = frozenset({EventType.ASSET_CHECK_EVALUATION, EventType.ASSET_CHECK_EVALUATION_PLANNED})


class AssetHistory:
    """Reads a journal for what became of assets and of checks."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def get_event_records(
        self, event_records_filter: EventRecordsFilter, limit: int | None = None, ascending: bool = False
    ) -> list[EventLogRecord]:
        """Return the records of one kind that are looked for, the newest first."""
        wanted = event_records_filter
        return self._journal.find(
            EventQuery(
                event_types=frozenset({wanted.event_type}),
                asset_key=wanted.asset_key,
                partitions=_freeze(wanted.asset_partitions),
                after_id=wanted.after_cursor,
                before_id=wanted.before_cursor,
                storage_ids=_freeze(wanted.storage_ids),
                after_time=wanted.after_timestamp,
                before_time=wanted.before_timestamp,
                limit=limit,
                ascending=ascending,
            )
        )

    def fetch_materializations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Return a portion of the materializations of an asset, the newest first."""
        return self._fetch_of(EventType.ASSET_MATERIALIZATION, records_filter, limit, cursor, ascending)

    def fetch_planned_materializations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Return a portion of the records that a run was going to make an asset, the newest first."""
        return self._fetch_of(EventType.ASSET_MATERIALIZATION_PLANNED, records_filter, limit, cursor, ascending)

    def fetch_observations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Return a portion of the observations of an asset, the newest first."""
        return self._fetch_of(EventType.ASSET_OBSERVATION, records_filter, limit, cursor, ascending)

    def get_latest_materialization_event(self, asset_key: AssetKey) -> EventLogEntry | None:
        """Return the newest materialization of an asset; None where there is none."""
        return self.get_latest_materialization_events([asset_key]).get(asset_key)

    def get_latest_materialization_events(self, asset_keys: Iterable[AssetKey]) -> dict[AssetKey, EventLogEntry]:
        """Return the newest materialization of each asset that has one."""
        found = {key: self._find_newest(key, EventType.ASSET_MATERIALIZATION) for key in asset_keys}
        return {key: record.event_log_entry for key, record in found.items() if record is not None}

    def get_latest_materialization_code_versions(self, asset_keys: Iterable[AssetKey]) -> dict[AssetKey, str | None]:
        """Return the code version that the newest materialization of each asset was made with."""
        keys = list(asset_keys)
        found = {key: entry.tags or {} for key, entry in self.get_latest_materialization_events(keys).items()}
        return {key: found.get(key, {}).get(CODE_VERSION_TAG) for key in keys}

    def get_materialized_partitions(
        self, asset_key: AssetKey, before_cursor: int | None = None, after_cursor: int | None = None
    ) -> set[str]:
        """Return the keys of the partitions that were made."""
        return {*self.get_latest_storage_id_by_partition(asset_key, after_cursor=after_cursor, before=before_cursor)}

    def get_latest_storage_id_by_partition(
        self,
        asset_key: AssetKey,
        event_type: EventType = EventType.ASSET_MATERIALIZATION,
        partitions: AbstractSet[str] | None = None,
        after_cursor: int | None = None,
        *,
        before: int | None = None,
    ) -> dict[str, int]:
        """Return the number of the newest record of a kind for each partition of an asset that has one."""
        query = EventQuery(
            frozenset({event_type}),
            asset_key,
            _freeze(partitions),
            after_id=after_cursor,
            before_id=before,
            ascending=True,
        )
        records = self._journal.find(query)
        return {record.partition_key: record.storage_id for record in records if record.partition_key is not None}

    def has_asset_key(self, asset_key: AssetKey) -> bool:
        return bool(self._journal.find(EventQuery(asset_key=asset_key, limit=1)))

    def all_asset_keys(self) -> list[AssetKey]:
        """Return the assets of which something was recorded."""
        return self._journal.list_assets()

    def get_asset_keys(
        self, prefix: Sequence[str] | None = None, limit: int | None = None, cursor: str | None = None
    ) -> list[AssetKey]:
        """Return the assets of which something was recorded: below a prefix, after a key written `a/b`."""
        start = tuple(prefix or ())
        after = AssetKey.from_user_string(cursor) if cursor else None
        keys = self._journal.list_assets()
        return [key for key in keys if key.parts[: len(start)] == start and (after is None or key > after)][:limit]

    def get_asset_records(self, asset_keys: Sequence[AssetKey] | None = None) -> list[AssetRecord]:
        """Return the newest that was recorded of each asset of which something was."""
        found = []
        for key in self._journal.list_assets() if asset_keys is None else asset_keys:
            if newest := self._journal.find(EventQuery(asset_key=key, limit=1)):
                made = self._find_newest(key, EventType.ASSET_MATERIALIZATION)
                seen = self._find_newest(key, EventType.ASSET_OBSERVATION)
                found.append(AssetRecord(newest[0].storage_id, AssetEntry(key, made, seen, newest[0].run_id)))
        return found

    def wipe_assets(self, asset_keys: Sequence[AssetKey]) -> None:
        """Forget all that was recorded of some assets; what they keep is left alone."""
        for key in asset_keys:
            self._journal.forget(key)

    def wipe_asset_partitions(self, asset_key: AssetKey, partition_keys: Sequence[str]) -> None:
        """Forget all that was recorded of some partitions of an asset; what they keep is left alone."""
        self._journal.forget(asset_key, frozenset(partition_keys))

    def get_asset_check_execution_history(
        self,
        check_key: AssetCheckKey,
        limit: int,
        cursor: int | None = None,
        status: AbstractSet[_Status] | None = None,
    ) -> list[AssetCheckExecutionRecord]:
        """Return how often a check was asked, the newest first: a plan and its evaluation count as one.

        Args:
            check_key: The check.
            limit: So many at most.
            cursor: Only those with a smaller number.
            status: Only those of which this became.
        """
        history: list[AssetCheckExecutionRecord] = []
        planned: dict[tuple[str, str | None], int] = {}
        for record in self._journal.find(EventQuery(_OF_CHECKS, check_key=check_key, ascending=True)):
            read = _read_execution(record, check_key)
            where = (read.run_id, read.partition)
            if read.status is _Status.PLANNED:
                planned[where] = len(history)
                history.append(read)
            elif (place := planned.pop(where, None)) is None:
                history.append(read)
            else:
                plan = history[place]
                history[place] = replace(read, id=plan.id, create_timestamp=plan.create_timestamp)
        wanted = (
            each
            for each in reversed(history)
            if (cursor is None or each.id < cursor) and (status is None or each.status in status)
        )
        return list(islice(wanted, limit))

    def get_latest_asset_check_execution_by_key(
        self, check_keys: Sequence[AssetCheckKey]
    ) -> dict[AssetCheckKey, AssetCheckExecutionRecord]:
        """Return the newest asking of each check that was asked."""
        found = {key: self.get_asset_check_execution_history(key, limit=1) for key in check_keys}
        return {key: records[0] for key, records in found.items() if records}

    def get_latest_asset_check_evaluation_record(
        self, asset_check_key: AssetCheckKey
    ) -> AssetCheckExecutionRecord | None:
        """Return the newest asking of a check; None where there is none."""
        return self.get_latest_asset_check_execution_by_key([asset_check_key]).get(asset_check_key)

    def _find_newest(self, asset_key: AssetKey, event_type: EventType) -> EventLogRecord | None:
        found = self._journal.find(EventQuery(frozenset({event_type}), asset_key, limit=1))
        return found[0] if found else None

    def _fetch_of(
        self,
        event_type: EventType,
        wanted: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None,
        ascending: bool,
    ) -> EventRecordsResult:
        if isinstance(wanted, AssetKey):
            wanted = AssetRecordsFilter(wanted)
        query = EventQuery(
            frozenset({event_type}),
            wanted.asset_key,
            _freeze(wanted.asset_partitions),
            after_id=wanted.after_storage_id,
            before_id=wanted.before_storage_id,
            storage_ids=_freeze(wanted.storage_ids),
            after_time=wanted.after_timestamp,
            before_time=wanted.before_timestamp,
        )
        return self._fetch(query, limit, cursor, ascending)

    def _fetch(self, query: EventQuery, limit: int | None, cursor: str | None, ascending: bool) -> EventRecordsResult:
        """Return the portion that begins where the cursor ends."""
        query = replace(query, limit=limit, ascending=ascending)
        if cursor:
            place = read_cursor(cursor)
            if ascending:
                query = replace(query, after_id=place if query.after_id is None else max(place, query.after_id))
            else:
                query = replace(query, before_id=place if query.before_id is None else min(place, query.before_id))
        records = self._journal.find(query)
        reached = write_cursor(records[-1].storage_id) if records else cursor or write_cursor(_BEFORE_ALL)
        return EventRecordsResult(records, reached, has_more=len(records) == limit)


def _freeze(several: Iterable[T] | None) -> frozenset[T] | None:
    return None if several is None else frozenset(several)


def _read_execution(record: EventLogRecord, key: AssetCheckKey) -> AssetCheckExecutionRecord:
    entry = record.event_log_entry
    evaluation = entry.asset_check_evaluation
    if evaluation is not None:
        status = _Status.SUCCEEDED if evaluation.passed else _Status.FAILED
        partition = evaluation.partition
    else:
        status = _Status.PLANNED
        partition = entry.get_dagster_event().asset_check_planned_data.partition
    return AssetCheckExecutionRecord(key, record.storage_id, record.run_id, status, entry, record.timestamp, partition)
