"""What an instance answers about runs and what happened in them, from its run book and its journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.instance.asset_history import AssetHistory
from assetmake.definitions.instance.journal import Journal
from assetmake.definitions.instance.run_book import RunBook
from assetmake.definitions.occurrences.asset_records import AssetPartitionStatus
from assetmake.definitions.occurrences.event_log import EventLogEntry
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.queries import EventQuery, EventRecordsResult, RunStatusChangeRecordsFilter
from assetmake.definitions.occurrences.runs import Run, RunRecord, RunsFilter, make_run_id
from assetmake.errors import InvocationError

_MADE_OR_PLANNED = frozenset({EventType.ASSET_MATERIALIZATION, EventType.ASSET_MATERIALIZATION_PLANNED})


class RunHistory(AssetHistory):
    """Reads a run book, and a journal, for what became of runs."""

    def __init__(self, journal: Journal, run_book: RunBook) -> None:
        super().__init__(journal)
        self._run_book = run_book

    def add_run(self, run: Run) -> Run:
        """Put a run down.

        Raises:
            InvocationError: There is one of this name.
        """
        return self._run_book.add(run).dagster_run

    def create_run(self, job_name: str, run_id: str | None = None, **details: Any) -> Run:
        """Put a new run of a job down; its details are those of Run."""
        return self.add_run(Run(job_name, run_id or make_run_id(), **details))

    def delete_run(self, run_id: str) -> None:
        """Forget a run; what happened in it stays in the log."""
        self._run_book.remove(run_id)

    def add_run_tags(self, run_id: str, new_tags: Mapping[str, str]) -> None:
        """Give a run more tags."""
        run = self.get_run_by_id(run_id)
        if run is not None:
            self._run_book.change(replace(run, tags={**run.tags, **new_tags}))

    def has_run(self, run_id: str) -> bool:
        return self.get_run_by_id(run_id) is not None

    def get_run_by_id(self, run_id: str) -> Run | None:
        record = self.get_run_record_by_id(run_id)
        return record.dagster_run if record else None

    def get_run_record_by_id(self, run_id: str) -> RunRecord | None:
        found = self._run_book.find(RunsFilter(run_ids=[run_id]))
        return found[0] if found else None

    def get_run_records(
        self,
        filters: RunsFilter | None = None,
        limit: int | None = None,
        order_by: str | None = None,
        ascending: bool = False,
        cursor: str | None = None,
    ) -> list[RunRecord]:
        """Return the runs that are looked for, the newest first.

        Args:
            filters: Which; default: all.
            limit: So many at most.
            order_by: `id`, `create_timestamp`, `update_timestamp`, `start_time` or `end_time`.
            ascending: The oldest first.
            cursor: A run: only those that come after it in this order.

        Raises:
            InvocationError: There is no such order.
        """
        records = self._run_book.find(filters)
        if order_by not in {None, "id"}:
            if order_by not in {"create_timestamp", "update_timestamp", "start_time", "end_time"}:
                raise InvocationError(f"runs cannot be ordered by {order_by!r}", hint="order_by='update_timestamp'")
            records.sort(key=lambda record: _place(getattr(record, str(order_by))))
        if not ascending:
            records.reverse()
        if cursor is not None:
            names = [record.dagster_run.run_id for record in records]
            records = records[names.index(cursor) + 1 :] if cursor in names else []
        return records[:limit]

    def get_runs(
        self,
        filters: RunsFilter | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        ascending: bool = False,
    ) -> list[Run]:
        """Return the runs that are looked for, the newest first; see get_run_records."""
        records = self.get_run_records(filters, limit=limit, cursor=cursor, ascending=ascending)
        return [record.dagster_run for record in records]

    def get_run_ids(
        self, filters: RunsFilter | None = None, cursor: str | None = None, limit: int | None = None
    ) -> list[str]:
        """Return the names of the runs that are looked for, the newest first."""
        return [run.run_id for run in self.get_runs(filters, cursor, limit)]

    def get_runs_count(self, filters: RunsFilter | None = None) -> int:
        return len(self._run_book.find(filters))

    def get_run_tags(
        self, tag_keys: Sequence[str] | None = None, value_prefix: str | None = None, limit: int | None = None
    ) -> list[tuple[str, set[str]]]:
        """Return the tags that runs have, each with its values."""
        found: dict[str, set[str]] = {}
        for record in self._run_book.find():
            for name, value in record.dagster_run.tags.items():
                if (tag_keys is None or name in tag_keys) and value.startswith(value_prefix or ""):
                    found.setdefault(name, set()).add(value)
        return sorted(found.items())[:limit]

    def get_run_tag_keys(self) -> list[str]:
        return [name for name, _ in self.get_run_tags()]

    def get_records_for_run(
        self,
        run_id: str,
        cursor: str | None = None,
        of_type: EventType | Iterable[EventType] | None = None,
        limit: int | None = None,
        ascending: bool = True,
    ) -> EventRecordsResult:
        """Return what happened in a run, the oldest first."""
        return self._fetch(EventQuery(_read_types(of_type), run_id=run_id), limit, cursor, ascending)

    def all_logs(self, run_id: str, of_type: EventType | Iterable[EventType] | None = None) -> list[EventLogEntry]:
        """Return all lines of a run's log, the oldest first."""
        return [record.event_log_entry for record in self.get_records_for_run(run_id, of_type=of_type).records]

    def fetch_run_status_changes(
        self,
        records_filter: EventType | RunStatusChangeRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Return a portion of the changes of runs to a status, the newest first."""
        if isinstance(records_filter, EventType):
            records_filter = RunStatusChangeRecordsFilter(records_filter)
        query = EventQuery(
            frozenset({records_filter.event_type}),
            job_names=None if records_filter.job_names is None else frozenset(records_filter.job_names),
            after_id=records_filter.after_storage_id,
            before_id=records_filter.before_storage_id,
            storage_ids=None if records_filter.storage_ids is None else frozenset(records_filter.storage_ids),
            after_time=records_filter.after_timestamp,
            before_time=records_filter.before_timestamp,
        )
        return self._fetch(query, limit, cursor, ascending)

    def get_status_by_partition(
        self,
        asset_key: AssetKey,
        partition_keys: Sequence[str],
        partitions_def: Any = None,  # noqa: ARG002 - where code calls it
    ) -> dict[str, AssetPartitionStatus | None]:
        """Return what became of partitions of an asset; None for one of which nothing was recorded.

        Args:
            asset_key: The asset.
            partition_keys: The keys that are asked for.
            partitions_def: Accepted for compatibility's sake: the keys are as they were recorded.
        """
        newest: dict[str | None, tuple[EventType, str]] = {}
        query = EventQuery(_MADE_OR_PLANNED, asset_key, frozenset(partition_keys), ascending=True)
        for record in self._journal.find(query):
            newest[record.partition_key] = (record.event_type, record.run_id)
        made = self.get_materialized_partitions(asset_key)
        return {key: self._tell_status(newest.get(key), is_made=key in made) for key in partition_keys}

    def _tell_status(self, newest: tuple[EventType, str] | None, *, is_made: bool) -> AssetPartitionStatus | None:
        if newest is not None and newest[0] is EventType.ASSET_MATERIALIZATION_PLANNED:
            run = self.get_run_by_id(newest[1])
            if run is not None and not run.is_finished:
                return AssetPartitionStatus.IN_PROGRESS
            if run is not None and run.is_failure:
                return AssetPartitionStatus.FAILED
        return AssetPartitionStatus.MATERIALIZED if is_made else None


def _read_types(of_type: EventType | Iterable[EventType] | None) -> frozenset[EventType] | None:
    if of_type is None:
        return None
    return frozenset({of_type}) if isinstance(of_type, str) else frozenset(of_type)


def _place(when: datetime | float | None) -> float:
    """Return where a time stands; what has not happened yet comes last."""
    if when is None:
        return float("inf")
    return when.timestamp() if isinstance(when, datetime) else when
