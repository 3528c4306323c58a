"""Recorder: outcomes become published files and traces, in a safe order. The only writer of state.

The worker wrote a temporary file in the final folder and made it durable. Here it is renamed; then, a batch at a
time, its folder is made durable and the traces are committed. The claim that stands in the state since before the
first rename tells a later build which outputs may have been replaced without a trace.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import AssetRecord
from assetmake.execution.informing import read_made
from assetmake.execution.work import CheckAnswer, Made, Node, Success
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.fingerprints import describe_fingerprint
from assetmake.storage.attempts import AttemptEnd, AttemptRow, record_attempts
from assetmake.storage.data_hash import ABSENT, hash_node
from assetmake.storage.files import fsync_folder, publish, remove, translated_errors
from assetmake.storage.fingerprints import FingerprintRow, intern_assets
from assetmake.storage.ledger import (
    FailureRow,
    SourceRow,
    TraceRow,
    record_failures,
    record_sources,
    record_traces,
)
from assetmake.storage.made import TOLD
from assetmake.storage.paths import encode_key, write_stem
from assetmake.storage.places import write_place
from assetmake.storage.profiles import profile_verdict
from assetmake.storage.removals import set_aside
from assetmake.storage.seals import seal_folder
from assetmake.storage.state import State
from assetmake.storage.suspicions import suspect
from assetmake.storage.texts import write_json
from assetmake.storage.verdicts import FAILED, PASSED, WARNED

_FLUSH_SECONDS = 1.0
_FLUSH_SHARE = 8
"""A commit holds up the build; so, where one takes long, there is at least this many times as long between two."""
_LONGEST_SECONDS = 10.0
"""What is not committed runs again after a kill."""
_FLUSH_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Published:
    """A node that now stands under its final name; `is_unchanged`: with the data that it had before."""

    data: int
    suffix: str | None
    is_unchanged: bool


class Recorder:
    """Publishes and records the outcomes of one run.

    Args:
        state: Where traces are kept.
        outputs: Where outputs are.
        run: The run's id.
        graph: The project, for its fingerprints.
        project: The project's folder: what is in there is recorded relative to it.
    """

    def __init__(
        self, state: State, *, outputs: Path, run: str, graph: AssetGraph, project: Path | None = None
    ) -> None:
        self._project = str(project or outputs.parent)
        self._unfinished: list[tuple[str, int]] = []
        self._kept: set[str] = set()
        self._graph = graph
        self._fingerprints: dict[AssetKey, FingerprintRow] = {}
        self._state = state
        self._outputs = outputs
        self._run = run
        self._traces: list[TraceRow] = []
        self._failures: list[FailureRow] = []
        self._attempts: list[AttemptRow] = []
        self._told: dict[AssetKey, Made] = {}
        self._folders: set[str] = set()
        self._touched: dict[str, str] = {}
        self._obsolete: list[str] = []
        self._stems: dict[AssetKey, str] = {}
        self._flushed_at = time.monotonic()
        self._patience = _FLUSH_SECONDS

    def publish(
        self,
        record: AssetRecord,
        node: Node,
        made: Success,
        *,
        inputs: tuple[int, ...],
        seconds: float,
        replaces: tuple[int | None, str | None] = (None, None),
        reason: str = "",
        stands: tuple[int, str | None] | None = None,
    ) -> Published:
        """Give a node's output its final name and keep its trace for the next flush.

        Args:
            record: The asset.
            node: The node.
            made: What the worker wrote.
            inputs: The digests of what it read.
            seconds: How long it ran.
            replaces: Data hash and suffix of its former output; under another suffix, that goes after the commit.
            reason: Why it ran.
            stands: Data hash and suffix of its former output, where that is to stay: the function gave no other.

        Raises:
            StorageError: the file cannot be renamed; then nothing has changed.
        """
        verdict = None if made.check is None else judge_answer(made.check)
        digest = ABSENT if made.absent else made.digest if verdict is None else verdict.encode()
        data, suffix = stands or (hash_node(node.part, digest), made.suffix)
        before, was = replaces
        self._put_in_place(record.key, node, made, was)
        metadata = _write_metadata(made, self._told.pop(record.key, None))
        is_nothing_still = made.absent and before is None
        end = AttemptEnd.UNCHANGED if data == before or is_nothing_still else AttemptEnd.BUILT
        self._note_attempt(record.key, node, made, end, reason=reason, seconds=seconds, metadata=metadata)
        self._traces.append(
            TraceRow(
                asset=str(record.key),
                part=node.part,
                key=node.key,
                fingerprint=self._find_fingerprint(record.key),
                inputs=inputs,
                data=data,
                suffix=suffix,
                size=made.size,
                mtime=made.mtime,
                inode=made.inode,
                content=made.content,
                seconds=seconds,
                rows=made.rows,
                metadata=metadata,
                undeclared=made.undeclared,
                verdict=verdict,
                place=write_place(made.place, self._project) if made.is_elsewhere else None,
                stands=stands is not None,
            )
        )
        return Published(data, suffix, end is AttemptEnd.UNCHANGED)

    def _note_attempt(
        self,
        key: AssetKey,
        node: Node,
        made: Success,
        end: AttemptEnd,
        *,
        reason: str,
        seconds: float,
        metadata: str | None,
    ) -> None:
        profile = made.profile if made.check is None else profile_verdict(judge_answer(made.check))
        row = AttemptRow(str(key), node.part, node.key, end, reason, seconds, made.rows, metadata, profile)
        self._attempts.append(row)

    def _put_in_place(self, key: AssetKey, node: Node, made: Success, was: str | None) -> None:
        if made.suffix is not None:
            final = self._find_final(key, node.key, made.suffix)
            publish(node.temporary, final)
            folder = os.path.dirname(final)
            self._folders.add(folder)
            if node.key is not None:
                self._touched[str(key)] = folder
        if made.place:
            self._kept.add(os.path.realpath(made.place))
        if was is not None and was != made.suffix and not made.absent:
            self._obsolete.append(self._find_final(key, node.key, was))

    def fail(
        self, key: AssetKey, node: Node, *, message: str, log: str, reason: str = "", seconds: float = 0.0
    ) -> None:
        """Keep a failure for the next flush; the node's old output and trace stand.

        Args:
            key, node: What failed.
            message: Why.
            log: What it printed.
            reason: Why it ran.
            seconds: How long.
        """
        asset, end = str(key), AttemptEnd.FAILED
        self._failures.append(FailureRow(asset, node.part, node.key, message, log))
        self._attempts.append(AttemptRow(asset, node.part, node.key, end, reason, seconds, message=message))
        self.suspect(key, node)

    def suspect(self, key: AssetKey, node: Node) -> None:
        """Take note, for the next flush, of a node that began and came to no good end."""
        self._unfinished.append((str(key), node.part))

    def tell_made(self, checks: Sequence[AssetRecord]) -> tuple[Made, ...]:
        """Return what checks are told of the times that their assets were made; it is recorded with their answers."""
        self.flush()
        with self._state.reading() as db:
            found = read_made(db, checks)
        self._told.update(found)
        return tuple({made.asset: made for made in found.values()}.values())

    def flush_if_due(self) -> None:
        """Commit what has gathered, about once a second."""
        if not (self._traces or self._failures):
            self._flushed_at = time.monotonic()
        elif len(self._traces) >= _FLUSH_ROWS or time.monotonic() - self._flushed_at >= self._patience:
            self.flush()

    def flush(self, *, sources: tuple[SourceRow, ...] = (), seal: bool = False) -> None:
        """Make folders durable, then commit.

        Args:
            sources: What was learned of source files.
            seal: Seal the large folders that this run has written to; at its end.

        Raises:
            StorageError: a folder or the state cannot be written; then nothing of the batch is recorded.
        """
        begun_at = time.monotonic()
        for folder in self._folders:
            # Where somebody removed the folder, the next plan sees that the outputs are gone.
            with translated_errors(folder), suppress(FileNotFoundError):
                fsync_folder(folder)
        self._folders.clear()
        if self._traces or self._failures or self._unfinished or sources or (seal and self._touched):
            with self._state.writing() as db:
                set_aside(db, self._traces)
                record_traces(db, self._traces, run=self._run, built_at=clock.now())
                record_failures(db, self._failures, run=self._run, failed_at=clock.now())
                record_attempts(db, self._attempts, run=self._run, ended_at=clock.now())
                suspect(db, self._unfinished)
                record_sources(db, sources)
                if seal:
                    numbers = intern_assets(db, self._touched)
                    for asset, folder in self._touched.items():
                        seal_folder(db, numbers[asset], Path(folder))
        for path in self._obsolete:
            with suppress(OSError):
                if os.path.realpath(path) not in self._kept:  # an IO manager of the user's may write where we did
                    remove(path)
        self._obsolete.clear()
        self._traces.clear()
        self._failures.clear()
        self._attempts.clear()
        self._unfinished.clear()
        self._flushed_at = time.monotonic()
        self._patience = min(max(_FLUSH_SECONDS, _FLUSH_SHARE * (self._flushed_at - begun_at)), _LONGEST_SECONDS)

    def _find_fingerprint(self, key: AssetKey) -> FingerprintRow:
        found = self._fingerprints.get(key)
        if found is None:
            found = self._fingerprints[key] = describe_fingerprint(self._graph, key)
        return found

    def _find_final(self, key: AssetKey, partition: str | None, suffix: str) -> str:
        stem = self._stems.get(key)
        if stem is None:
            stem = self._stems[key] = write_stem(str(self._outputs), key.parts)
        return f"{stem}{suffix}" if partition is None else f"{stem}/{encode_key(partition)}{suffix}"


def judge_answer(answer: CheckAnswer) -> str:
    """Return the verdict of a check: whether it passed, and how grave it is if not."""
    if answer.passed:
        return PASSED
    return WARNED if answer.severity == "WARN" else FAILED


def _write_metadata(made: Success, told: Made | None) -> str | None:
    found: Mapping[str, object] | None = made.metadata
    if made.check is not None:
        found = {"description": made.check.description, "metadata": made.check.metadata or {}}
        if told is not None:
            found = {**found, TOLD: told.rows}
    return write_json(found) if found else None
