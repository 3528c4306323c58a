"""BuildLog: the events of a build as lines for people."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from assetmake.discovery.duration import tell_age
from assetmake.events import (
    AssetFinished,
    CaughtUp,
    CheckAnswered,
    Event,
    Locked,
    NodeFailed,
    NodeRetried,
    NodesBuilt,
    NodesMadeElsewhere,
    NodesMended,
    NodesSkipped,
    NodesSpared,
    NodesStarted,
    RestEstimated,
    RunFinished,
    RunStarted,
    WaitingForRun,
    Warned,
    WorkLeft,
)
from assetmake.reporting.check_lines import VERBS, list_answers, name_check, tell_answer
from assetmake.reporting.console import Console
from assetmake.reporting.display import display
from assetmake.reporting.failure_lines import first_line, list_failures, name_failed
from assetmake.reporting.idle_line import count, tell_checked, tell_seconds, tell_up_to_date
from assetmake.reporting.plan_lines import NOTHING_SELECTED
from assetmake.reporting.portion_lines import list_left, tell_unasked
from assetmake.reporting.progress import Progress
from assetmake.reporting.table import measure
from assetmake.reporting.words import name_reason, shorten

_TOLD_AT_ONCE = 10
_VERB_WIDTH = 10
_COUNT_WIDTH = 14
_REASON_WIDTH = 8
_STYLES = {"built": "green", "FAILED": "red", "skipped": "yellow", "warning": "yellow"}


class Verbosity(IntEnum):
    QUIET = -1
    NORMAL = 0
    VERBOSE = 1


@dataclass(frozen=True, slots=True)
class Names:
    """What a log needs to know of the project.

    Attributes:
        partitioned: The assets that have partitions.
        width: Columns for an asset's name.
        unavailable: A line about what cannot be built, if there is such.
    """

    partitioned: frozenset[str]
    width: int
    unavailable: str = ""
    idle: str = NOTHING_SELECTED


class BuildLog:
    """Prints what happens: a line for each asset that is done, failures at once and again at the end.

    Args:
        console: Where to.
        names: What to call things.
        verbosity: QUIET leaves only failures and the last line, and nothing where nothing was to do.
        clock: A monotonic clock, in seconds.
    """

    def __init__(
        self,
        console: Console,
        names: Names,
        *,
        verbosity: Verbosity = Verbosity.NORMAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.progress = Progress(clock)
        self._console = console
        self._names = names
        self._verbosity = verbosity
        self._failures: list[NodeFailed] = []
        self._answers: list[CheckAnswered] = []
        self._told_of: dict[str, set[str]] = {}
        self._causes: dict[str, dict[str, None]] = {}
        self._started: RunStarted | None = None
        self._left: WorkLeft | None = None

    def __call__(self, event: Event) -> None:
        self.progress.absorb(event)
        match event:
            case RunStarted() | WorkLeft():
                self._keep(event)
            case NodeFailed() | CheckAnswered():
                self._tell_trouble(event)
            case AssetFinished():
                self._tell_asset(event)
            case NodesSkipped():
                self._tell_skipped(event)
            case NodesStarted():
                self._tell_start(event)
            case RunFinished():
                self._tell_end(event)
            case Warned() | WaitingForRun() | NodeRetried():
                self._tell_notice(event)
            case CaughtUp():
                self._console.flush()
            case NodesBuilt() | NodesSpared() | NodesMended() | NodesMadeElsewhere() | RestEstimated() | Locked():
                pass
            case _:
                assert_never(event)
        if self._console.is_live or self._verbosity is Verbosity.QUIET or isinstance(event, RunFinished):
            return
        if self.progress.is_due():
            self._console.talk(self.progress.describe())

    def _keep(self, event: RunStarted | WorkLeft) -> None:
        if isinstance(event, RunStarted):
            self._started = event
        else:
            self._left = event

    def _tell_trouble(self, event: NodeFailed | CheckAnswered) -> None:
        if isinstance(event, NodeFailed):
            self._tell_failure(event)
        else:
            self._tell_answer(event)

    def _tell_failure(self, failed: NodeFailed) -> None:
        self._failures.append(failed)
        name, told = name_failed(failed), self._told_of.setdefault(failed.asset, set())
        if name not in told and len(told) < _TOLD_AT_ONCE:
            told.add(name)
            self._print_unit("FAILED", name, first_line(failed.message))

    def _tell_answer(self, answer: CheckAnswered) -> None:
        if answer.verdict != "passed":
            self._answers.append(answer)
        is_shown = self._verbosity is Verbosity.VERBOSE or (not answer.key and self._verbosity > Verbosity.QUIET)
        if answer.stands or not (is_shown or answer.verdict == "failed"):
            return
        if sum(each.verdict == "failed" for each in self._answers) <= _TOLD_AT_ONCE:
            self._print_unit(VERBS[answer.verdict], name_check(answer), tell_answer(answer))

    def _tell_skipped(self, skipped: NodesSkipped) -> None:
        """An asset is told when nothing more of it will run; of a check there is nothing else to tell."""
        self._causes.setdefault(skipped.asset, {}).setdefault(skipped.because)
        if ":" in skipped.asset and self._verbosity > Verbosity.QUIET:
            self._print_unit("skipped", display(skipped.asset), display(skipped.because))

    def _tell_asset(self, finished: AssetFinished) -> None:
        single = finished.asset not in self._names.partitioned
        if self._verbosity is Verbosity.QUIET or (single and finished.failed):
            return
        counts = ("" if single else _tell_counts(finished)).ljust(_COUNT_WIDTH)
        parts = [
            *([counts] if self._names.partitioned else []),
            self._tell_reason(finished).ljust(_REASON_WIDTH),
            tell_seconds(finished.seconds) if finished.built + finished.unchanged + finished.failed else "",
            # The keys are those of all that was to run; where some failed they would tell nothing.
            "" if _is_mixed(finished) else display(finished.keys),
        ]
        self._print_unit(_choose_verb(finished), display(finished.asset), "  ".join(parts))

    def _tell_reason(self, finished: AssetFinished) -> str:
        if finished.built + finished.unchanged + finished.failed == 0:
            if finished.skipped:
                return display(shorten([*self._causes.get(finished.asset, ())]))
            return "upstream came out the same"
        return name_reason(finished.reason)

    def _print_unit(self, verb: str, name: str, rest: str) -> None:
        paint = self._console.paint
        padding = " " * max(0, self._names.width - measure(name))
        head = paint(verb.ljust(_VERB_WIDTH), _STYLES.get(verb, "dim"))
        self._console.tell(f"{head}{name}{padding}  {rest}".rstrip())

    def _tell_start(self, started: NodesStarted) -> None:
        if self._verbosity is Verbosity.VERBOSE:
            keys = f" {display(started.keys)}" if started.keys else ""
            self._console.talk(f"started   {display(started.asset)}{keys}")

    def _tell_notice(self, notice: Warned | WaitingForRun | NodeRetried) -> None:
        for line in list_notice(notice):
            self._console.talk(line)

    def _tell_end(self, finished: RunFinished) -> None:
        started = self._started
        if started is not None and not (started.to_run or started.checks or finished.interrupted):
            if self._verbosity > Verbosity.QUIET:
                self._console.tell(self._tell_nothing_to_do(started, finished.seconds))
                self._tell_unavailable()
            self._list_answers()
            return
        for line in list_failures(self._failures, paint=self._console.paint_talk):
            self._console.talk(line)
        if self._failures:
            self._console.talk("")
        self._list_answers()
        self._tell_unavailable()
        for line in [*(list_left(self._left) if self._left else ()), *list_end(finished)]:
            self._console.tell(line)

    def _list_answers(self) -> None:
        for line in list_answers(self._answers, paint=self._console.paint_talk):
            self._console.talk(line)

    def _tell_unavailable(self) -> None:
        if self._names.unavailable:
            self._console.tell(self._names.unavailable)

    def _tell_nothing_to_do(self, started: RunStarted, seconds: float) -> str:
        if started.unasked:
            return tell_unasked(started.unasked_states)
        if not started.assets:
            return tell_checked(started.standing, seconds) if started.standing else self._names.idle
        return tell_up_to_date(started.assets, started.partitions, seconds)


def _is_mixed(finished: AssetFinished) -> bool:
    well = finished.built + finished.unchanged + finished.spared
    return sum(map(bool, (well, finished.failed, finished.skipped))) > 1


def list_notice(notice: Warned | WaitingForRun | NodeRetried) -> list[str]:
    """Return what a person should hear while a build goes on."""
    match notice:
        case Warned(message, hint):
            lines = [f"warning: {display(message, lines=True)}"]
            return [*lines, f"  hint: {display(hint, lines=True)}"] if hint else lines
        case WaitingForRun():
            where = f"pid {notice.pid} on {notice.host}, since {notice.since}, for {tell_age(notice.seconds)}"
            holder = f"run {notice.run} ({where})"
            of = f" ({shorten(notice.assets, 3)})" if notice.assets else ""
            text = f"waiting for {count(notice.nodes, 'node')}{of} of {holder}: {notice.command}"
            return [display(text)]
        case NodeRetried():
            name = f"{notice.asset}@{notice.key}" if notice.key else notice.asset
            wait = f"retrying in {tell_seconds(notice.delay)}" if notice.delay >= 0.01 else "retrying"
            return [f"try {notice.attempt} of {display(name)} failed, {wait}: {first_line(notice.message)}"]
        case _:
            assert_never(notice)


def list_end(finished: RunFinished) -> list[str]:
    """Return the last lines of a build that ran something."""
    lines = []
    if finished.spared:
        same = f"{finished.unchanged:,} rebuilt to the same data, " if finished.unchanged else ""
        lines.append(f"{same}{finished.spared:,} downstream spared")
    if finished.interrupted:
        lines.append("stopped before the end; what was finished is recorded")
    counts = (
        f"Done. BUILT={finished.built} UNCHANGED={finished.unchanged} FRESH={finished.fresh}"
        f" FAILED={finished.failed} SKIPPED={finished.skipped}"
    )
    checks = finished.checks
    return [*lines, f"{counts} CHECKS={finished.checks_passed}/{checks}" if checks else counts]


def _choose_verb(finished: AssetFinished) -> str:
    ranked = (
        (finished.failed, "FAILED"),
        (finished.built, "built"),
        (finished.unchanged, "unchanged"),
        (finished.skipped, "skipped"),
    )
    return next((verb for number, verb in ranked if number), "spared")


def _tell_counts(finished: AssetFinished) -> str:
    numbers = {
        "built": finished.built,
        "unchanged": finished.unchanged,
        "spared": finished.spared,
        "failed": finished.failed,
        "skipped": finished.skipped,
    }
    told = {word: number for word, number in numbers.items() if number}
    if len(told) == 1:
        return count(sum(told.values()), "partition")
    return ", ".join(f"{number:,} {word}" for word, number in told.items())
