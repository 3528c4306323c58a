"""Journal: keeps what happened, and is asked for it; here in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Protocol

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluation, AssetCheckEvaluationPlanned
from assetmake.definitions.occurrences.event_log import EventLogEntry, EventLogRecord
from assetmake.definitions.occurrences.queries import EventQuery

_Lines = list[EventLogRecord]


class Journal(Protocol):
    """Keeps the lines of the log."""

    def append(self, entry: EventLogEntry) -> EventLogRecord:
        """Keep a line; its number is greater than that of each earlier one."""

    def find(self, query: EventQuery) -> list[EventLogRecord]:
        """Return the lines that are looked for."""

    def list_assets(self) -> list[AssetKey]:
        """Return the assets of which something was recorded."""

    def forget(self, asset_key: AssetKey, partitions: frozenset[str | None] | None = None) -> None:
        """Drop the lines about an asset, or about some of its partitions."""


class MemoryJournal:
    """A journal that lasts as long as the process. Several threads may write to it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lines: _Lines = []
        self._last = 0
        self._by_run: dict[str, _Lines] = {}
        self._by_asset: dict[AssetKey, _Lines] = {}
        self._by_check: dict[AssetCheckKey, _Lines] = {}

    def append(self, entry: EventLogEntry) -> EventLogRecord:
        with self._lock:
            self._last += 1
            record = EventLogRecord(self._last, entry)
            self._index(record)
        return record

    def find(self, query: EventQuery) -> list[EventLogRecord]:
        if query.limit is not None and query.limit <= 0:
            return []
        found: _Lines = []
        for record in _walk(self._choose(query), ascending=query.ascending):
            if (query.run_id is None or record.run_id == query.run_id) and query.fits(record):
                found.append(record)
                if len(found) == query.limit:
                    break
        return found

    def list_assets(self) -> list[AssetKey]:
        return sorted(self._by_asset.copy())

    def forget(self, asset_key: AssetKey, partitions: frozenset[str | None] | None = None) -> None:
        with self._lock:
            # Readers walk over the lists that were, so new ones take their place.
            kept = [
                line
                for line in self._lines
                if line.asset_key != asset_key or (partitions is not None and line.partition_key not in partitions)
            ]
            self._lines, self._by_run, self._by_asset, self._by_check = [], {}, {}, {}
            for record in kept:
                self._index(record)

    def _index(self, record: EventLogRecord) -> None:
        self._lines.append(record)
        self._by_run.setdefault(record.run_id, []).append(record)
        if (asset_key := record.asset_key) is not None:
            self._by_asset.setdefault(asset_key, []).append(record)
        if (check_key := _find_check(record)) is not None:
            self._by_check.setdefault(check_key, []).append(record)

    def _choose(self, query: EventQuery) -> Sequence[EventLogRecord]:
        if query.check_key is not None:
            return self._by_check.get(query.check_key, ())
        if query.asset_key is not None:
            return self._by_asset.get(query.asset_key, ())
        return self._lines if query.run_id is None else self._by_run.get(query.run_id, ())


def _walk(lines: Sequence[EventLogRecord], *, ascending: bool) -> Iterator[EventLogRecord]:
    """Give the lines that there are now, by position: others may be added meanwhile, which an iterator would see."""
    places = range(len(lines))
    for place in places if ascending else reversed(places):
        yield lines[place]


def _find_check(record: EventLogRecord) -> AssetCheckKey | None:
    event = record.event_log_entry.dagster_event
    data = event.event_specific_data if event else None
    return data.asset_check_key if isinstance(data, AssetCheckEvaluation | AssetCheckEvaluationPlanned) else None
