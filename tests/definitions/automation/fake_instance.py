"""A fake of what sensors ask of an instance: a log in memory, and definitions that are found by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assetmake import AssetKey, AssetRecordsFilter, RunStatusChangeRecordsFilter


@dataclass
class Event:
    event_type_value: str
    asset_key: AssetKey | None = None
    partition: str | None = None
    message: str = ""


@dataclass
class Entry:
    run_id: str
    dagster_event: Event


@dataclass(order=True)
class Record:
    storage_id: int
    event_log_entry: Entry = field(compare=False)

    @property
    def partition_key(self) -> str | None:
        return self.event_log_entry.dagster_event.partition


@dataclass
class Run:
    run_id: str
    job_name: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    records: Sequence[Record]
    cursor: str
    has_more: bool


@dataclass
class FakeInstance:
    """Records events in order; pages of two, so that whoever reads all of them has to turn pages."""

    records: list[Record] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)
    dynamic: dict[str, list[str]] = field(default_factory=dict)

    def record(self, event: Event, run_id: str = "") -> Record:
        self.records.append(Record(len(self.records) + 1, Entry(run_id, event)))
        return self.records[-1]

    def make(self, key: str, partition: str | None = None) -> Record:
        return self.record(Event("ASSET_MATERIALIZATION", AssetKey.from_user_string(key), partition))

    def finish(self, job: str, status: str = "SUCCESS", **tags: str) -> Run:
        run = Run(f"run {len(self.runs)}", job, tags)
        self.runs[run.run_id] = run
        self.record(Event(f"PIPELINE_{status}"), run.run_id)
        return run

    def fetch_materializations(
        self, wanted: AssetRecordsFilter, limit: int, cursor: str | None = None, ascending: bool = False
    ) -> Page:
        def fits(record: Record) -> bool:
            event = record.event_log_entry.dagster_event
            return event.asset_key == wanted.asset_key and (
                wanted.asset_partitions is None or event.partition in wanted.asset_partitions
            )

        return self._page([each for each in self.records if fits(each)], wanted, limit, cursor, ascending)

    def fetch_run_status_changes(
        self, wanted: RunStatusChangeRecordsFilter, limit: int, cursor: str | None = None, ascending: bool = False
    ) -> Page:
        found = [
            each for each in self.records if each.event_log_entry.dagster_event.event_type_value == wanted.event_type
        ]
        return self._page(found, wanted, limit, cursor, ascending, most=limit)

    def _page(
        self, records: list[Record], wanted: Any, limit: int, cursor: str | None, ascending: bool, most: int = 2
    ) -> Page:
        after, before, ids = wanted.after_storage_id, wanted.before_storage_id, wanted.storage_ids
        found = [
            each
            for each in sorted(records, reverse=not ascending)
            if (after is None or each.storage_id > after)
            and (before is None or each.storage_id < before)
            and (ids is None or each.storage_id in ids)
        ]
        start = int(cursor or 0)
        stop = start + min(limit, most)
        return Page(found[start:stop], str(stop), stop < len(found))

    def get_materialized_partitions(self, key: AssetKey) -> set[str | None]:
        events = (each.event_log_entry.dagster_event for each in self.records)
        return {event.partition for event in events if event.asset_key == key}

    def get_dynamic_partitions(self, name: str) -> list[str]:
        return self.dynamic.get(name, [])

    def has_dynamic_partition(self, name: str, key: str) -> bool:
        return key in self.get_dynamic_partitions(name)

    def get_run_by_id(self, run_id: str) -> Run | None:
        return self.runs.get(run_id)

    def all_logs(self, run_id: str, of_type: str) -> list[Entry]:
        entries = [each.event_log_entry for each in self.records if each.event_log_entry.run_id == run_id]
        return [entry for entry in entries if entry.dagster_event.event_type_value == of_type]


@dataclass
class FakeGraph:
    assets_defs: Sequence[Any]
    asset_check_keys: Sequence[Any] = ()


@dataclass
class FakeRepository:
    asset_graph: FakeGraph
    jobs: dict[str, Any] = field(default_factory=dict)

    def get_job(self, name: str) -> Any:
        return self.jobs[name]


def gather(*assets: Any, **jobs: Any) -> Any:
    """Return what knows assets, and jobs by their names."""
    return FakeRepository(FakeGraph(assets), jobs)
