"""Instance: remembers runs, events and dynamic partitions, in memory, and has a folder for outputs."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from assetmake import clock
from assetmake.definitions.instance.dynamic_keys import DynamicKeys
from assetmake.definitions.instance.journal import Journal, MemoryJournal
from assetmake.definitions.instance.run_book import MemoryRunBook, RunBook
from assetmake.definitions.instance.run_history import RunHistory
from assetmake.definitions.occurrences.asset_events import AssetMaterialization, AssetObservation
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluation
from assetmake.definitions.occurrences.event_data import AssetObservationData, EventData, StepMaterializationData
from assetmake.definitions.occurrences.event_log import EventLogEntry, EventLogRecord
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.run_status import STATUS_AFTER
from assetmake.definitions.occurrences.step_event import StepEvent
from assetmake.errors import InvariantError, UsageError

_NO_RUN = ""


class Instance(RunHistory):
    """What runs share and leave behind: give the same one to several calls of `materialize`, and ask it afterwards.

    Args:
        root: Where outputs go; default: a temporary folder that goes when this does.
        journal: Keeps events; default: in memory.
        run_book: Keeps runs; default: in memory.

    Example:
        >>> from assetmake import AssetKey, AssetMaterialization
        >>> instance = Instance.ephemeral()
        >>> instance.report_runless_asset_event(AssetMaterialization("orders", metadata={"rows": 5}))
        >>> event = instance.get_latest_materialization_event(AssetKey("orders"))
        >>> event.asset_materialization.metadata["rows"].value
        5
    """

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        *,
        journal: Journal | None = None,
        run_book: RunBook | None = None,
    ) -> None:
        super().__init__(journal or MemoryJournal(), run_book or MemoryRunBook())
        self._dynamic_keys = DynamicKeys()
        self._root = None if root is None else Path(root)
        self._remove_root: weakref.finalize[..., Any] | None = None

    @classmethod
    def ephemeral(
        cls, tempdir: str | os.PathLike[str] | None = None, settings: Mapping[str, Any] | None = None
    ) -> Self:
        """Return a new one, which remembers nothing yet.

        Args:
            tempdir: Where outputs go; default: a temporary folder that goes when the instance does.
            settings: Accepted for compatibility: they are those of a server, which there is not.
        """
        del settings
        return cls(tempdir)

    @classmethod
    def local_temp(
        cls, tempdir: str | os.PathLike[str] | None = None, overrides: Mapping[str, Any] | None = None
    ) -> Self:
        """Return a new one, as `ephemeral` does: there is no other kind in a process."""
        del overrides
        return cls(tempdir)

    @classmethod
    def get(cls) -> Self:
        """Not to be had: no server runs whose instance this could be.

        Raises:
            UsageError: Always.
        """
        raise UsageError(
            "there is no instance outside of a run: assetmake has no server that would keep one",
            hint="use context.instance in an asset, Instance.ephemeral() in a test, and `assetmake status` for builds",
        )

    @property
    def is_ephemeral(self) -> bool:
        return True

    @property
    def is_persistent(self) -> bool:
        return False

    @property
    def event_log_storage(self) -> Self:
        """This: it keeps the events itself."""
        return self

    @property
    def run_storage(self) -> Self:
        """This: it keeps the runs itself."""
        return self

    @property
    def root_directory(self) -> str:
        """The folder of this instance; it is there once it was asked for."""
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="assetmake-"))
            self._remove_root = weakref.finalize(self, shutil.rmtree, self._root, ignore_errors=True)
        return str(self._root)

    def storage_directory(self) -> str:
        """Return the folder where outputs go; it is there."""
        folder = os.path.join(self.root_directory, "storage")
        os.makedirs(folder, exist_ok=True)
        return folder

    def dispose(self) -> None:
        """Remove the temporary folder, if there is one."""
        if self._remove_root is not None:
            self._remove_root()
            self._root, self._remove_root = None, None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dispose()

    def record(self, entry: EventLogEntry) -> int:
        """Keep a line of a run's log, and change the run's status where the line tells of that. Return its number."""
        return self._keep(entry).storage_id

    store_event = handle_new_event = record

    def log_event(
        self, event: StepEvent, *, run_id: str, job_name: str = "", level: int = logging.DEBUG
    ) -> EventLogRecord:
        """Keep an event, with the time that it is now."""
        return self._keep(
            EventLogEntry(
                level=level,
                run_id=run_id,
                timestamp=clock.now().timestamp(),
                step_key=event.step_key,
                job_name=job_name or event.job_name,
                dagster_event=event,
            )
        )

    def report_dagster_event(self, dagster_event: StepEvent, run_id: str, log_level: int = logging.INFO) -> None:
        """Keep an event of a run, with the time that it is now."""
        self.log_event(dagster_event, run_id=run_id, level=log_level)

    def report_runless_asset_event(
        self, asset_event: AssetMaterialization | AssetObservation | AssetCheckEvaluation
    ) -> None:
        """Keep what happened to an asset outside of any run.

        Raises:
            InvariantError: It is no event of an asset.
        """
        kind, data = _wrap(asset_event)
        self.log_event(StepEvent(kind, event_specific_data=data), run_id=_NO_RUN, level=logging.INFO)

    def add_dynamic_partitions(self, partitions_def_name: str, partition_keys: Sequence[str]) -> None:
        """Add keys to a dynamic partitions definition; those that are there stay where they are.

        Raises:
            InvocationError: The keys are no sequence of texts.
        """
        self._dynamic_keys.add(partitions_def_name, partition_keys)

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Remove a key from a dynamic partitions definition; nothing happens where it is not there."""
        self._dynamic_keys.remove(partitions_def_name, partition_key)

    def get_dynamic_partitions(self, partitions_def_name: str) -> list[str]:
        """Return the keys of a dynamic partitions definition, in the order in which they were added."""
        return self._dynamic_keys.list_keys(partitions_def_name)

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        return self._dynamic_keys.has(partitions_def_name, partition_key)

    def _keep(self, entry: EventLogEntry) -> EventLogRecord:
        record = self._journal.append(entry)
        status = STATUS_AFTER.get(entry.dagster_event.event_type) if entry.dagster_event else None
        run = self.get_run_by_id(entry.run_id) if status else None
        if run is not None and status is not None:
            self._run_book.change(run.with_status(status))
        return record


@contextmanager
def instance_for_test(
    overrides: Mapping[str, Any] | None = None,
    set_dagster_home: bool = True,
    temp_dir: str | os.PathLike[str] | None = None,
) -> Iterator[Instance]:
    """Give a new instance for the time of a `with` block.

    Args:
        overrides, set_dagster_home: Accepted for compatibility: they are of a server, which there is not.
        temp_dir: Where outputs go, in a folder `storage`; default: a temporary folder that goes with the block.
    """
    del overrides, set_dagster_home
    with Instance.ephemeral(temp_dir) as instance:
        yield instance


def _wrap(event: object) -> tuple[EventType, EventData]:
    match event:
        case AssetMaterialization():
            return EventType.ASSET_MATERIALIZATION, StepMaterializationData(event)
        case AssetObservation():
            return EventType.ASSET_OBSERVATION, AssetObservationData(event)
        case AssetCheckEvaluation():
            return EventType.ASSET_CHECK_EVALUATION, event
    raise InvariantError(
        f"Received unexpected asset event type {event}, expected AssetMaterialization, AssetObservation or"
        " AssetCheckEvaluation"
    )
