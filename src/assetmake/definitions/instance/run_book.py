"""RunBook: keeps runs, and is asked for them; here in memory."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import Protocol

from assetmake import clock
from assetmake.definitions.occurrences.run_status import FINISHED, RunStatus
from assetmake.definitions.occurrences.runs import Run, RunRecord, RunsFilter
from assetmake.errors import InvocationError


class RunBook(Protocol):
    """Keeps runs."""

    def add(self, run: Run) -> RunRecord:
        """Keep a new run.

        Raises:
            InvocationError: There is one of this name.
        """

    def change(self, run: Run) -> None:
        """Keep a run in place of the one of the same name; nothing happens where there is none."""

    def find(self, wanted: RunsFilter | None = None) -> list[RunRecord]:
        """Return the runs that are looked for, the oldest first."""

    def remove(self, run_id: str) -> None:
        """Drop a run; nothing happens where there is none."""


class MemoryRunBook:
    """Runs that last as long as the process. Several threads may write to it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._records: dict[str, RunRecord] = {}
        self._last = 0

    def add(self, run: Run) -> RunRecord:
        with self._lock:
            if run.run_id in self._records:
                raise InvocationError(f"there is a run {run.run_id} already")
            self._last += 1
            now = clock.now()
            record = self._records[run.run_id] = RunRecord(self._last, run, now, now)
        return record

    def change(self, run: Run) -> None:
        with self._lock:
            record = self._records.get(run.run_id)
            if record is None:
                return
            now = clock.now()
            begins = run.status is RunStatus.STARTED and record.start_time is None
            ends = run.status in FINISHED and record.end_time is None
            self._records[run.run_id] = replace(
                record,
                dagster_run=run,
                update_timestamp=now,
                start_time=now.timestamp() if begins else record.start_time,
                end_time=now.timestamp() if ends else record.end_time,
            )

    def find(self, wanted: RunsFilter | None = None) -> list[RunRecord]:
        if wanted is None:
            return list(self._records.copy().values())
        if wanted.run_ids is None:
            return [record for record in self._records.copy().values() if wanted.fits(record)]
        named = [self._records[name] for name in dict.fromkeys(wanted.run_ids) if name in self._records]
        return sorted((record for record in named if wanted.fits(record)), key=lambda record: record.storage_id)

    def remove(self, run_id: str) -> None:
        with self._lock:
            self._records.pop(run_id, None)
