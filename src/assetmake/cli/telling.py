"""Telling of a build whom `[notify]` of assets.toml names, when it is over; where nobody is named it costs nothing."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from assetmake.cli.opening import Opened
from assetmake.errors import AssetmakeError, LockTimeout
from assetmake.events import CheckAnswered, Event, NodeFailed, NodesMended, RunStarted, Sink
from assetmake.execution.asked import BuildOptions

_HEARING = "assetmake.notifying.listening"
_LATENESS, _FAILING = "assetmake.ticking.telling_late", "assetmake.ticking.telling_failed"
"""Loaded only where there is something to hear."""


class Telling:
    """Gathers what whoever `[notify]` names is to be told of the builds of one command.

    Args:
        opened: The project, and where warnings go.
        command: What was asked for.
    """

    def __init__(self, opened: Opened, command: str) -> None:
        self._opened, self._command = opened, command
        self._hearer: Any = None
        self._errors: list[AssetmakeError] = []

    def listen(self, sink: Sink) -> Sink:
        """Return what a sink becomes that is also heard here."""
        if self._opened.project.config.notify is None:
            return sink

        def hear(event: Event) -> None:
            match event:
                case RunStarted(run=run) if run:
                    self._load()
                case NodeFailed() | NodesMended() | CheckAnswered(verdict="failed"):
                    self._load()
            if self._hearer is not None:
                self._hearer.hear(event)
            sink(event)

        return hear

    def note(self, errors: Iterable[AssetmakeError]) -> None:
        """Take note of builds that could not be begun, or ended before their time."""
        self._errors.extend(errors)

    def tell(self, *errors: Exception) -> None:
        """Tell what there is to tell; nothing comes of it but a warning."""
        if self._opened.project.config.notify is None:
            return
        if errors or self._errors or self._opened.is_broken:
            self._load()
        if self._hearer is not None:
            self._hearer.tell([*self._errors, *errors])

    def _load(self) -> None:
        if self._hearer is None:
            room = importlib.import_module(_HEARING)
            project = self._opened.project
            self._hearer = room.Hearer(project, project.config.notify, self._command, self._warn)

    def _warn(self, line: str) -> None:
        self._opened.console.talk(f"warning: {line}")


@contextmanager
def telling(opened: Opened, options: BuildOptions) -> Iterator[Telling]:
    """Give what listens for `[notify]`; whom it names is told when the block ends.

    Nothing that goes wrong with that is more than a line on stderr. What was stopped is not told of, nor is a lock that
    nobody wanted to wait for.
    """
    told = Telling(opened, options.command)
    try:
        yield told
    except LockTimeout as error:
        if options.wait:
            told.tell(error)
        raise
    except Exception as error:
        told.tell(error)
        raise
    told.tell()


def tell_lateness(opened: Opened, options: BuildOptions) -> None:
    """Tell of what has become late by what the last tick has written, and of what is no longer; each once.

    What could not be delivered is told on the next tick.
    """
    project = opened.project
    if project.config.notify is None or not project.manifest.automation.policies:
        return
    importlib.import_module(_LATENESS).tell_lateness(
        project, project.config.notify, options.command, lambda line: opened.console.talk(f"warning: {line}")
    )


def tell_failing(opened: Opened, options: BuildOptions, failed: Collection[tuple[str, str]]) -> None:
    """Tell of schedules and sensors that fail by what the last tick has written, and of what works again.

    Args:
        opened: The project, and where warnings go.
        options: How was built.
        failed: The kinds and names of those that have failed just now.
    """
    project = opened.project
    if project.config.notify is None:
        return
    importlib.import_module(_FAILING).tell_failing(
        project, project.config.notify, options.command, failed, lambda line: opened.console.talk(f"warning: {line}")
    )
