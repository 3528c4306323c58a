"""run_work: have the function called for the nodes of a work, keep what it prints, tell what became of them."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from assetmake.execution.bench import Bench, Benches
from assetmake.execution.calling import run_call
from assetmake.execution.capture import Capture, share_log
from assetmake.execution.failing import describe_failure
from assetmake.execution.masking import Mask, make_mask
from assetmake.execution.reads import ReadWatch
from assetmake.execution.work import Failure, Node, Outcome, Success, Work

if TYPE_CHECKING:
    from assetmake.execution.equipment import Equipment

_RAW_ENVIRONMENT: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001
"""Undecoded: to compare the whole environment costs a node two microseconds so, and half a millisecond through
`os.environ`."""


def run_work(
    work: Work,
    benches: Benches,
    capture: Capture,
    *,
    calls: Iterable[tuple[Node, ...]] | None = None,
    reads: ReadWatch | None = None,
    start: Callable[[], None] = lambda: None,
) -> Iterator[list[Outcome]]:
    """Run the calls of a work one after the other; whatever user code raises becomes a Failure of all their nodes.

    Args:
        work: The nodes.
        benches: Opens the asset's. Of files that it leaves to be made durable, outcomes do not tell what they are.
        capture: Keeps what a call prints.
        calls: Those of the work that are to run, if not all, each with its nodes; asked for one by one.
        reads: Notes what a call reads without having declared it.
        start: Called when what a call needs was imported and opened, right before it runs.

    Returns:
        For each call what became of its nodes.
    """
    stage = _Stage(work, benches)
    last = ""
    try:
        for nodes in work.calls if calls is None else calls:
            started = time.perf_counter()
            capture.begin()
            try:
                bench, surroundings = stage.set(capture)
                start()
                started = time.perf_counter()  # to import a module takes what it takes, whichever node comes first
                with surroundings:
                    results = _run_call(work, nodes, bench, stage.equipment, reads)
            except BaseException as error:  # noqa: BLE001 - a node's SystemExit or KeyboardInterrupt is its own
                failure = describe_failure(error)
                capture.write(failure.traceback or failure.message)
                results = [failure] * len(nodes)
            mask, last = stage.mask, nodes[0].log
            logged = _keep_log(capture, nodes, keep=isinstance(results[0], Failure), mask=mask)
            seconds = (time.perf_counter() - started) / len(nodes)
            yield [
                Outcome(node.number, seconds, mask.hide_in(result), logged)
                for node, result in zip(nodes, results, strict=True)
            ]
    finally:
        stage.strike(capture, last)


class _Stage:
    """What the calls of a work have in common, set up when the first begins.

    Attributes:
        mask: Hides secrets.
        equipment: The user's resources and IO managers, open; None where none are needed.
    """

    def __init__(self, work: Work, benches: Benches) -> None:
        self._work = work
        self._benches = benches
        self._bench: Bench | None = None
        self._surroundings: Surroundings | None = None
        self._outside: Surroundings | None = None
        self.mask = make_mask(work.env_vars, os.environ)
        self.equipment: Equipment | None = None

    def set(self, capture: Capture) -> tuple[Bench, Surroundings]:
        """Import what a call needs, and open it, unless that was done for an earlier one."""
        if self._bench is None:
            bench = self._benches.open(self._work)
            self.equipment = self._benches.equip(self._work, bench.definition)
            self._bench = bench
            if self.equipment is not None:
                self.mask = make_mask((*self._work.env_vars, *self.equipment.variables), os.environ)
                if self.equipment.variables:
                    capture.hide(self.equipment.variables)
        if self.equipment is not None and not self.equipment.is_open:
            self._outside = self._outside or Surroundings()
            self.equipment.open()
        if self._surroundings is None:
            self._surroundings = Surroundings()
        return self._bench, self._surroundings

    def strike(self, capture: Capture, log: str) -> None:
        """Close what is open; what that prints goes to the log of the last call."""
        if self.equipment is None or not self.equipment.is_open:
            return
        capture.begin()
        try:
            self.equipment.close()
        except BaseException as error:  # noqa: BLE001 - it changes nothing about results that were told
            capture.write(describe_failure(error).message)
        if self._outside is not None:
            self._outside.restore()
        with suppress(OSError):
            capture.end(log, keep=False, mask=self.mask, also=True)


def _keep_log(capture: Capture, nodes: Sequence[Node], *, keep: bool, mask: Mask) -> bool:
    first, *others = nodes
    try:
        if not capture.end(first.log, keep=keep, mask=mask):
            return False
        share_log(first.log, (node.log for node in others))
    except OSError:
        return False  # a full disk under the logs changes nothing about the result
    return True


def _run_call(
    work: Work, nodes: Sequence[Node], bench: Bench, equipment: Equipment | None, reads: ReadWatch | None
) -> Sequence[Success | Failure]:
    scratch = nodes[0].scratch
    try:
        return run_call(work, nodes, bench, equipment, reads)
    finally:
        if os.path.isdir(scratch):
            shutil.rmtree(scratch, ignore_errors=True)


class Surroundings:
    """Undoes what a node does to the process: its folder, its environment, its umask. As they are when it is made."""

    def __init__(self) -> None:
        self._folder = os.getcwd()
        self._environment = dict(_RAW_ENVIRONMENT)
        self._umask = os.umask(0o022)
        os.umask(self._umask)

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        self.restore()

    def restore(self) -> None:
        """Have all as it was."""
        os.umask(self._umask)
        if self._environment != _RAW_ENVIRONMENT:
            os.environ.clear()
            os.environb.update(self._environment)
        os.chdir(self._folder)  # without asking first: the node may have removed the folder it stood in
