"""Hearing: what of a build's events somebody is to be told when it is over."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assetmake import clock
from assetmake.discovery.notify_settings import FAILURE, RECOVERY, NotifyConfig
from assetmake.errors import AssetmakeError
from assetmake.events import CheckAnswered, Event, NodeFailed, NodesMended, RunFinished, RunStarted
from assetmake.notifying.delivery import deliver, find_target
from assetmake.notifying.modules import list_broken, note_told, read_told
from assetmake.notifying.notices import (
    MOST_LISTED,
    Notice,
    Origin,
    Trouble,
    tell_failure,
    tell_mended,
    tell_recovery,
)
from assetmake.planning.troubles import Nodes, find_mended, read_troubles
from assetmake.project import Project
from assetmake.reporting.idle_line import count
from assetmake.storage.verdicts import FAILED

Warn = Callable[[str], None]


@dataclass(slots=True)
class Hearer:
    """Hears what happens in one or several runs of a command, and tells at the end.

    Attributes:
        command: What was asked for.
        warn: Is told what nobody else could be told.
        troubles: What had failed before the first run; None where nothing ran.
        news: Whether anything failed that had not failed before.
        mended: What had failed and is fresh again without having been made: its keys, by the name of the asset.
    """

    project: Project
    config: NotifyConfig
    command: str
    warn: Warn
    troubles: Nodes | None = None
    runs: list[str] = field(default_factory=list)
    nodes: list[NodeFailed] = field(default_factory=list)
    checks: list[CheckAnswered] = field(default_factory=list)
    mended: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failed: int = 0
    checks_failed: int = 0
    skipped: int = 0
    news: bool = False
    interrupted: bool = False

    def hear(self, event: Event) -> None:
        match event:
            case RunStarted(run=run) if run:
                self.runs.append(run)
                if self.troubles is None:
                    self._read_troubles()
                    self._warn_of_trouble()
            case NodeFailed():
                self.news = self.news or not self._had_failed(event.asset, event.key)
                if len(self.nodes) < MOST_LISTED:
                    self.nodes.append(event)
            case NodesMended():
                self.mended[event.asset] = (*self.mended.get(event.asset, ()), *event.keys)
            case CheckAnswered(verdict=verdict) if verdict == FAILED:
                had_failed = event.stands or self._had_failed(f"{event.asset}:{event.check}", event.key)
                self.news = self.news or not had_failed
                if len(self.checks) < MOST_LISTED:
                    self.checks.append(event)
            case RunFinished():
                self.failed += event.failed
                self.checks_failed += event.checks_failed
                self.skipped += event.skipped
                self.interrupted = event.interrupted

    def tell(self, errors: Sequence[Exception] = ()) -> None:
        """Tell what there is to tell, and why builds ended before their time; nothing comes of it but a warning."""
        if self.interrupted:
            return
        broken, modules = list_broken(self.project), self._read_told_modules()
        is_told = bool(broken) and (self.config.repeat or not modules.issuperset(broken))
        notices = self._tell_failure(errors, broken if is_told else [])
        if FAILURE not in self.config.on:
            broken = [name for name in broken if name in modules]
        try:
            notices += self._tell_recovery()
            if gone := sorted(modules.difference(broken)) if RECOVERY in self.config.on else []:
                notices.append(tell_mended(self._find_origin(), [Trouble("module", name) for name in gone]))
            if not notices or send(notices, self.config, folder=self.project.root, warn=self.warn):
                note_told(self.project, broken, before=modules)
        except AssetmakeError as trouble:
            self.warn(f"nobody is told of recoveries: {trouble.message}")

    def _read_told_modules(self) -> frozenset[str]:
        try:
            return read_told(self.project)
        except AssetmakeError as trouble:  # no build fails for what is told of it
            self.warn(f"it is not known which modules were told of: {trouble.message}")
            return frozenset()

    def _tell_failure(self, errors: Sequence[Exception], broken: Sequence[str]) -> list[Notice]:
        said = list(map(_describe, errors))
        said += [f"{count(len(broken), 'module')} did not import: {', '.join(broken)}"] if broken else []
        if FAILURE not in self.config.on or not (self.failed or self.checks_failed or said):
            return []
        if not (self.config.repeat or self.news or said):
            return []
        counts = {"failed": self.failed, "checks_failed": self.checks_failed, "skipped": self.skipped}
        return [tell_failure(self._find_origin(), self.nodes, self.checks, **counts, error="; ".join(said))]

    def _read_troubles(self) -> None:
        try:
            with self.project.state.reading() as db:
                self.troubles = read_troubles(db)
        except AssetmakeError as trouble:  # no build fails for what is told of it
            self.troubles = {}
            self.warn(f"nobody is told of recoveries: {trouble.message}")

    def _tell_recovery(self) -> list[Notice]:
        if RECOVERY not in self.config.on:
            return []
        mended = dict(self.mended)
        if self.troubles:
            with self.project.state.reading() as db:
                found = find_mended(db, self.troubles, self.runs)
            for name, keys in found.items():
                mended[name] = (*keys.values(), *mended.get(name, ()))
        names = frozenset(map(str, self.project.graph.checks))
        return [tell_recovery(self._find_origin(), mended, checks=names)] if mended else []

    def _had_failed(self, name: str, key: str) -> bool:
        return key in (self.troubles or {}).get(name, {}).values()

    def _find_origin(self) -> Origin:
        return find_origin(self.project, self.command, run=self.runs[-1] if self.runs else "")

    def _warn_of_trouble(self) -> None:
        """Say before anything fails that nobody could be told."""
        trouble = find_target(self.config, os.environ).trouble
        if trouble:
            self.warn(f"{trouble}: nobody is told")


def _describe(error: Exception) -> str:
    return error.message if isinstance(error, AssetmakeError) else f"a bug of assetmake's: {type(error).__name__}"


def find_origin(project: Project, command: str, *, run: str = "") -> Origin:
    """Return where notices of a command come from."""
    config = project.config
    return Origin(config.project.name, config.env or "", socket.gethostname(), command, clock.now(), run)


def send(notices: list[Notice], config: NotifyConfig, *, folder: Path, warn: Warn) -> bool:
    """Deliver notices; warn of what did not arrive, and tell whether all did."""
    wrong = deliver(notices, find_target(config, os.environ), timeout=config.timeout, folder=folder)
    for line in wrong:
        warn(line)
    return not wrong
