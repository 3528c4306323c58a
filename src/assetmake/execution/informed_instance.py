"""The instance of a ready-made check in a worker: it answers when the checked asset was made, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.instance.asset_history import AssetHistory
from assetmake.definitions.instance.journal import MemoryJournal
from assetmake.definitions.metadata.reading import restore_value
from assetmake.definitions.occurrences.asset_events import AssetMaterialization
from assetmake.definitions.occurrences.event_data import StepMaterializationData
from assetmake.definitions.occurrences.event_log import EventLogEntry
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.queries import AssetRecordsFilter, EventRecordsResult
from assetmake.definitions.occurrences.step_event import StepEvent
from assetmake.execution.work import Made
from assetmake.execution.worker_instance import NoInstanceError, WorkerInstance

_TOLD = frozenset({"fetch_observations", "get_latest_materialization_event"})
"""What else of a history is right as it is told: what a build makes is never only observed."""


@dataclass(frozen=True, slots=True)
class InformedInstance(WorkerInstance):
    """What `context.instance` is for a check that was told when its assets were made."""

    history: AssetHistory
    cut: frozenset[AssetKey]

    def fetch_materializations(
        self, records_filter: AssetKey | AssetRecordsFilter, *limits: Any, **more: Any
    ) -> EventRecordsResult:
        """Return the last times that an asset was made, as its history tells them.

        Raises:
            NoInstanceError: a partition is asked for that is older than those that are told of.
        """
        found = self.history.fetch_materializations(records_filter, *limits, **more)
        wanted = records_filter
        if not found.records and isinstance(wanted, AssetRecordsFilter) and wanted.asset_key in self.cut:
            raise NoInstanceError(
                f"{wanted.asset_key}@{', '.join(wanted.asset_partitions or ())} is older than all"
                " partitions that a check in a build is told of",
                hint="give the check a deadline_cron that comes more often",
            )
        return found

    def __getattr__(self, name: str) -> Any:
        if name in _TOLD:
            return getattr(self.history, name)
        return WorkerInstance.__getattr__(self, name)


def inform(root: Path, made: Sequence[Made], *, state: Any = None) -> InformedInstance:
    """Return an instance that knows what a work tells."""
    journal = MemoryJournal()
    for each in made:
        last = {(row.key, row.seconds) for row in each.rows}
        others = [(seconds, key, "") for key, seconds in each.parts if (key, seconds) not in last]
        rows = [(row.seconds, row.key, row.metadata or "") for row in reversed(each.rows)]
        for seconds, key, metadata in [*sorted(others), *rows]:
            journal.append(_write_entry(each.asset, seconds, key, metadata))
    cut = frozenset(each.asset for each in made if each.is_cut)
    return InformedInstance(root, AssetHistory(journal), cut, state=state)


def _write_entry(asset: AssetKey, seconds: float, key: str | None, metadata: str) -> EventLogEntry:
    told = json.loads(metadata) if metadata else {}
    values = {name: restore_value(kind, plain) for name, (kind, plain) in told.items()}
    made = AssetMaterialization(asset, metadata=values, partition=key)
    event = StepEvent(EventType.ASSET_MATERIALIZATION, event_specific_data=StepMaterializationData(made))
    return EventLogEntry(timestamp=seconds, dagster_event=event)
