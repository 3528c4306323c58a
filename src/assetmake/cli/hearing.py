"""Hearing: what happens in the builds of one command is told as lines or as JSON, and to reports for CI servers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from assetmake.cli.stopwatch import seconds_since_start
from assetmake.events import CaughtUp, Event, RunFinished, RunStarted
from assetmake.project import Project
from assetmake.reporting.build_log import BuildLog, Names, Verbosity
from assetmake.reporting.console import Console
from assetmake.reporting.documents import write_event
from assetmake.reporting.live import show_footer
from assetmake.reporting.patience import show_patience, tell_looking
from assetmake.reporting.plan_lines import NOTHING_SELECTED
from assetmake.reporting.reports import NO_REPORTS, Reports
from assetmake.reporting.table import measure
from assetmake.reporting.unavailable_lines import tell_unavailable

_WIDEST_NAME = 40


@dataclass(slots=True)
class Hearing:
    """Tells of builds as they go on; silent when nobody reads any more, which is no reason to stop building.

    Attributes:
        as_json: A line of JSON for each event.
        reports: Hear everything, whether or not anybody reads.
        is_one_of_many: More builds may come; then whoever counts all of them tells their end in JSON.
    """

    console: Console
    verbosity: Verbosity
    as_json: bool
    reports: Reports = NO_REPORTS
    is_one_of_many: bool = False
    _log: BuildLog | None = None
    _footing: ExitStack = field(default_factory=ExitStack)
    _waiting: ExitStack = field(default_factory=ExitStack)
    _began: float = 0.0
    _is_closed: bool = False

    def begin(self, project: Project, *, head: str = "", idle: str | None = None, shards: int | None = None) -> None:
        """Learn of which project the next build is.

        Args:
            project: The project.
            head: What to say of the build before it begins.
            idle: What to say where nothing was chosen.
            shards: Into how many shards its work is divided.
        """
        names = _learn_names(project, idle=idle)
        self._log = BuildLog(self.console, names, verbosity=self.verbosity, clock=time.monotonic)
        self._began = time.monotonic()
        if head and not self.as_json and self.verbosity > Verbosity.QUIET:
            self._print(self.console.paint(head, "bold"))
        if not self.as_json and self.verbosity > Verbosity.QUIET:
            doing = tell_looking(len(project.graph.assets), shards=shards)
            self._waiting.enter_context(show_patience(self.console, doing))

    def __call__(self, event: Event) -> None:
        """Tell of an event."""
        self._waiting.close()
        if isinstance(event, RunFinished):
            self._footing.close()
            elapsed = time.monotonic() - self._began if self.is_one_of_many else seconds_since_start()
            event = replace(event, seconds=elapsed)
        self.reports.hear(event)
        if not self._is_closed:
            try:
                self._tell(event)
            except BrokenPipeError:
                self._is_closed = True
        has_work = isinstance(event, RunStarted) and (event.to_run or event.checks)
        if has_work and self._log is not None and not self.as_json and self.verbosity > Verbosity.QUIET:
            self._footing.enter_context(show_footer(self.console, self._log.progress.describe))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While the block runs, gather what is printed, and take the footer away at its end."""
        with self.console.gathering(), self._waiting, self._footing:
            try:
                yield
            finally:
                self.flush()  # here, as what is left is written where nobody would hear that it cannot be

    def flush(self) -> None:
        """Write what was gathered."""
        try:
            self.console.flush()
        except BrokenPipeError:
            self._is_closed = True

    def _tell(self, event: Event) -> None:
        assert self._log is not None
        if not self.as_json:
            self._log(event)
        elif isinstance(event, CaughtUp):
            self.console.flush()
        elif not (self.is_one_of_many and isinstance(event, RunFinished)):
            self.console.result(write_event(event))

    def _print(self, line: str) -> None:
        if not self._is_closed:
            try:
                self.console.result(line)
            except BrokenPipeError:
                self._is_closed = True


def _learn_names(project: Project, *, idle: str | None) -> Names:
    graph = project.graph
    partitioned = frozenset(str(key) for key, asset in graph.assets.items() if asset.partitions is not None)
    widest = max((measure(str(key)) for key in graph.assets), default=0)
    told = tell_unavailable(graph)
    return Names(partitioned, min(widest, _WIDEST_NAME), told, idle=idle or NOTHING_SELECTED)
