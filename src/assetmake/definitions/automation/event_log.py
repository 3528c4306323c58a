"""What sensors ask of an instance: what was made of an asset, since when."""

from __future__ import annotations

from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.occurrences.event_log import EventLogRecord
from assetmake.definitions.occurrences.queries import AssetRecordsFilter

_PAGE = 1000


def fetch_latest(instance: Any, key: AssetKey, *, after: int | None) -> EventLogRecord | None:
    """Return the last materialization of an asset after an id, if there is one."""
    wanted = AssetRecordsFilter(key, after_storage_id=after)
    records: list[EventLogRecord] = instance.fetch_materializations(wanted, limit=1, ascending=False).records
    return records[0] if records else None


def fetch_materializations(instance: Any, wanted: AssetRecordsFilter, limit: int | None = None) -> list[EventLogRecord]:
    """Return materializations in the order in which they were recorded, all or so many."""
    found: list[EventLogRecord] = []
    place = None
    while True:
        size = _PAGE if limit is None else min(_PAGE, limit - len(found))
        page = instance.fetch_materializations(wanted, limit=size, cursor=place, ascending=True)
        found.extend(page.records)
        if not page.has_more or (limit is not None and len(found) >= limit):
            return found
        place = page.cursor
