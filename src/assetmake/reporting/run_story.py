"""RunStory: what happened in a build, or in several, gathered for reports that are written at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from assetmake.discovery.manifest import ModuleFailure
from assetmake.events import (
    AssetFinished,
    CheckAnswered,
    Event,
    NodeFailed,
    NodesBuilt,
    NodesSkipped,
    NodesSpared,
    RunFinished,
    RunStarted,
    Warned,
)
from assetmake.reporting.words import shorten

_Kept = TypeVar("_Kept")
_KEPT = 1_000
"""Failures of one asset or check that are kept; the others are counted."""


@dataclass(slots=True)
class AssetStory:
    """What became of one asset: its nodes are counted, those that failed are kept.

    Attributes:
        seconds: What its nodes took, each for itself.
        elapsed: From the start of the first to the end of the last.
        causes: Why nodes were skipped.
    """

    name: str
    built: int = 0
    unchanged: int = 0
    spared: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    elapsed: float = 0.0
    reason: str = ""
    keys: str = ""
    causes: dict[str, None] = field(default_factory=dict)
    failures: list[NodeFailed] = field(default_factory=list)

    @property
    def because(self) -> str:
        return shorten([*self.causes])

    @property
    def good(self) -> int:
        """How many nodes came out well."""
        return self.built + self.unchanged + self.spared

    @property
    def verb(self) -> str:
        """The worst that happened, in a word."""
        ranked = ("failed", "skipped", "built", "unchanged")
        return next((word for word in ranked if getattr(self, word)), "spared")

    def tell_counts(self) -> str:
        """Return how many nodes came out how."""
        words = ("built", "unchanged", "spared", "failed", "skipped")
        return ", ".join(f"{getattr(self, word):,} {word}" for word in words if getattr(self, word))

    def absorb(self, finished: AssetFinished) -> None:
        self.reason, self.keys = finished.reason, finished.keys
        self.elapsed += finished.seconds


@dataclass(slots=True)
class CheckStory:
    """What one check found: what passed is counted, what did not is kept.

    Attributes:
        causes: Why it was not made.
        crashes: Where it raised instead of answering.
    """

    name: str
    passed: int = 0
    warned: int = 0
    failed: int = 0
    skipped: int = 0
    causes: dict[str, None] = field(default_factory=dict)
    warnings: list[CheckAnswered] = field(default_factory=list)
    failures: list[CheckAnswered] = field(default_factory=list)
    crashes: list[NodeFailed] = field(default_factory=list)

    @property
    def because(self) -> str:
        return shorten([*self.causes])

    def absorb(self, answer: CheckAnswered) -> None:
        match answer.verdict:
            case "passed":
                self.passed += answer.count
            case "warned":
                self.warned += answer.count
                _keep(self.warnings, answer)
            case _:
                self.failed += answer.count
                _keep(self.failures, answer)


@dataclass(frozen=True, slots=True)
class Ending:
    """What ended a command before it was done.

    Attributes:
        kind: The name of the error.
    """

    kind: str
    message: str
    hint: str = ""


@dataclass(slots=True)
class RunStory:
    """What happened; it is a sink.

    Attributes:
        command: What was called, as "build".
        broken: Modules that did not import.
        ending: What ended it before it was done.
    """

    command: str = "build"
    assets: dict[str, AssetStory] = field(default_factory=dict)
    checks: dict[str, CheckStory] = field(default_factory=dict)
    warnings: list[Warned] = field(default_factory=list)
    started: list[RunStarted] = field(default_factory=list)
    finished: list[RunFinished] = field(default_factory=list)
    broken: Sequence[ModuleFailure] = ()
    ending: Ending | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.started.append(event)
            case NodesBuilt():
                story = self._find_asset(event.asset)
                story.built += event.built
                story.unchanged += event.unchanged
                story.seconds += event.seconds
            case NodesSpared():
                self._find_asset(event.asset).spared += event.count
            case NodesSkipped() if _is_check(event.asset):
                check = self._find_check(event.asset)
                check.skipped += event.count
                check.causes.setdefault(event.because)
            case NodesSkipped():
                story = self._find_asset(event.asset)
                story.skipped += event.count
                story.causes.setdefault(event.because)
            case NodeFailed() if _is_check(event.asset):
                check = self._find_check(event.asset)
                check.failed += 1
                _keep(check.crashes, event)
            case NodeFailed():
                story = self._find_asset(event.asset)
                story.failed += 1
                _keep(story.failures, event)
            case CheckAnswered():
                self._find_check(f"{event.asset}:{event.check}").absorb(event)
            case AssetFinished() if event.asset in self.assets:
                self.assets[event.asset].absorb(event)
            case Warned():
                _keep(self.warnings, event)
            case RunFinished():
                self.finished.append(event)
            case _:
                pass

    @property
    def is_stopped(self) -> bool:
        """Tell whether a build was stopped before its end."""
        return any(each.interrupted for each in self.finished)

    @property
    def is_bad(self) -> bool:
        """Tell whether anything was wrong that ends in an exit code other than 0."""
        told = any(each.failed or each.checks_failed for each in self.finished)
        return told or self.is_stopped or bool(self.broken) or self.ending is not None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return sum(each.seconds for each in self.finished)

    def total(self, name: str) -> int:
        """Return one of the numbers with which runs end, of all together."""
        return sum(int(getattr(each, name)) for each in self.finished)

    def list_failed(self) -> Iterator[NodeFailed]:
        """Return the failures that are kept: of assets, then of checks that raised."""
        for story in self.assets.values():
            yield from story.failures
        for check in self.checks.values():
            yield from check.crashes

    def count_failed(self) -> int:
        """Return how many nodes failed, checks that raised included."""
        crashes = sum(len(each.crashes) for each in self.checks.values())
        return sum(each.failed for each in self.assets.values()) + crashes

    def _find_asset(self, name: str) -> AssetStory:
        return self.assets.setdefault(name, AssetStory(name))

    def _find_check(self, name: str) -> CheckStory:
        return self.checks.setdefault(name, CheckStory(name))


def _is_check(name: str) -> bool:
    return ":" in name


def _keep(several: list[_Kept], one: _Kept) -> None:
    if len(several) < _KEPT:
        several.append(one)
