"""Cursors of a sensor of several assets: what of each was dealt with, and what came before it and was not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.occurrences.event_log import EventLogRecord
from assetmake.errors import InvariantError

MOST_TRAILING = 25


class AssetCursor(NamedTuple):
    """How far a sensor has come with an asset.

    Attributes:
        partition: The partition of the last event that was dealt with.
        event_id: The storage id of that event.
        trailing: The last event of each partition that came before it, and was not dealt with.
    """

    partition: str | None = None
    event_id: int | None = None
    trailing: Mapping[str, int] = {}


NO_CURSOR = AssetCursor()


def name_key(key: AssetKey) -> str:
    """Return what an asset is called in a cursor."""
    return f"AssetKey({list(key.parts)})"


def read_cursors(text: str | None) -> dict[str, AssetCursor]:
    """Return the cursors of a text by `name_key`; none where it is the cursor of something else."""
    try:
        loaded = json.loads(text) if text else {}
    except ValueError:
        return {}
    if not isinstance(loaded, dict) or not all(isinstance(each, list) and len(each) == 3 for each in loaded.values()):
        return {}
    return {name: AssetCursor(*each) for name, each in loaded.items()}


def write_cursors(cursors: Mapping[str, AssetCursor]) -> str:
    return json.dumps(cursors)


@dataclass(slots=True)
class Advances:
    """The events that were dealt with in an evaluation.

    Attributes:
        all: Everything that came before them counts as dealt with.
    """

    all: bool = False
    records: dict[AssetKey, dict[int, str | None]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.records)

    def add(self, records: Mapping[AssetKey, EventLogRecord | None]) -> None:
        for key, record in records.items():
            if record is not None:
                self.records.setdefault(key, {})[record.storage_id] = record.partition_key


def advance(
    cursor: AssetCursor, done: Mapping[int, str | None], passed: Iterable[EventLogRecord] | None
) -> AssetCursor:
    """Return a cursor after an evaluation.

    Args:
        cursor: As it was before.
        done: Storage ids of the events that were dealt with, with their partitions; at least one.
        passed: The events that were not dealt with before, up to the last of these; None: they don't count any more.

    Raises:
        InvariantError: too many events were left out.
    """
    last = max(done)
    further = last > (cursor.event_id or 0)
    partition, event_id = (done[last], last) if further else (cursor.partition, cursor.event_id)
    if passed is None:
        return AssetCursor(partition, event_id, {})
    trailing = dict(cursor.trailing)
    for record in passed if further else ():
        if record.partition_key is None:
            continue
        if record.storage_id in done:
            trailing.pop(record.partition_key, None)
        else:
            trailing[record.partition_key] = record.storage_id
    for done_id, done_partition in done.items():
        if done_partition is not None and trailing.get(done_partition, last + 1) <= done_id:
            del trailing[done_partition]
    if len(trailing) >= MOST_TRAILING:
        raise InvariantError(
            f"You have reached the maximum number of trailing unconsumed events ({MOST_TRAILING}), and no more events "
            "can be added",
            hint="pass events to advance_cursor as they are dealt with, or call advance_all_cursors",
        )
    return AssetCursor(partition, event_id, trailing)
