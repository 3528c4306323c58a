"""The test cases of a build: an asset, a partition that failed, or a check is one, and so is what ended it too early.

What is fresh is no case. The partitions of an asset that came out well are one together, and so are those that were
skipped; each that failed is one, up to a limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

from assetmake.events import CheckAnswered, NodeFailed
from assetmake.reporting.check_lines import name_check, tell_answer, tell_standing
from assetmake.reporting.display import display
from assetmake.reporting.failure_lines import first_line, name_failed
from assetmake.reporting.idle_line import count
from assetmake.reporting.log_tails import cut_head, read_printed, shorten_line
from assetmake.reporting.run_story import AssetStory, CheckStory, RunStory
from assetmake.reporting.source_places import SourcePlaces
from assetmake.reporting.words import name_reason, shorten

Verdict = Literal["passed", "failure", "error", "skipped"]
_MOST = 500
"""Cases that failed, in all."""
_MOST_OF_ONE = 50
_MOST_TEXT = 16_000
_LOG_LINES = 100
_KEYS, _MESSAGE, _KIND = 500, 1_000, 100
OURS = "assetmake"
"""The class of cases that are no asset's."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        group: The module that it is from.
        seconds: None where that is not known.
        kind: Of what kind its error is.
        text: The error at length.
        out: What else there is to say.
    """

    name: str
    group: str
    verdict: Verdict = "passed"
    seconds: float | None = None
    kind: str = ""
    message: str = ""
    text: str = ""
    out: str = ""


def list_cases(story: RunStory, places: SourcePlaces | None) -> list[Case]:
    """Return the cases of a build; where it had nothing to do, one that says so.

    Args:
        story: What happened.
        places: Of the project; None where it could not be opened.
    """
    writer = _Writer(places)
    cases = [
        *(case for asset in story.assets.values() for case in writer.list_asset(asset)),
        *(case for check in story.checks.values() for case in writer.list_check(check)),
        *_list_ends(story),
    ]
    return cases or [_tell_idle(story)]


class _Writer:
    """Makes cases, as long as there is room for them."""

    def __init__(self, places: SourcePlaces | None) -> None:
        self._places = places
        self._room = _MOST

    def list_asset(self, story: AssetStory) -> Iterator[Case]:
        name, group = display(story.name), self._find_group(story.name)
        is_partitioned = self._places is not None and self._places.is_partitioned(story.name)
        if story.good:
            keys = f"\n{shorten_line(display(story.keys), _KEYS)}" if story.keys else ""
            out = (
                f"{story.tell_counts()} ({display(name_reason(story.reason))}){keys}"
                if story.reason
                else story.tell_counts()
            )
            yield Case(name, group, seconds=story.seconds, out=out)
        took = None if is_partitioned or story.good else story.elapsed or None
        yield from self._list_failed(story.failures, story.failed, name, group, took)
        if story.skipped:
            told = f"{name} (skipped)" if story.good or story.failed else name
            nodes = f"{count(story.skipped, 'partition')}: " if is_partitioned else ""
            yield Case(told, group, "skipped", message=f"{nodes}{display(story.because)}")

    def list_check(self, story: CheckStory) -> Iterator[Case]:
        name, group = display(story.name), self._find_group(story.name)
        if story.passed or story.warned:
            several = story.passed + story.warned + story.failed > 1
            told = [f"{story.passed:,} passed, {story.warned:,} warned"] if several else []
            out = "\n".join([*told, *(f"warning {_tell(each)}" for each in story.warnings[:_MOST_OF_ONE])])
            yield Case(name, group, out=out)
        yield from self._list_failed(story.crashes, len(story.crashes), name, group, None)
        shown = story.failures[: self._take(len(story.failures))]
        for answer in shown:
            message = shorten_line(tell_answer(answer), _MESSAGE) or tell_standing(answer) or "it did not pass"
            text = _describe(answer)
            yield Case(name_check(answer), group, "failure", kind="CheckFailed", message=message, text=text)
        left = story.failed - len(story.crashes) - sum(each.count for each in shown)
        if left > 0:
            keys = shorten([display(each.key) for each in story.failures[len(shown) :]], 20)
            yield Case(f"{name} (others)", group, "failure", kind="CheckFailed", message=f"{left:,} more: {keys}")
        if story.skipped:
            also = " (skipped)" if story.passed or story.warned or story.failed else ""
            yield Case(f"{name}{also}", group, "skipped", message=display(story.because))

    def _list_failed(
        self, failures: Sequence[NodeFailed], failed: int, name: str, group: str, took: float | None
    ) -> Iterator[Case]:
        calls = [list(each) for _, each in groupby(failures, key=name_failed)]
        shown = calls[: self._take(len(calls))]
        for call in shown:
            yield self._tell_failed(call[0], group, took)
        left = failed - sum(map(len, shown))
        if left > 0:
            keys = shorten([display(each.key) for call in calls[len(shown) :] for each in call], 20)
            yield Case(f"{name} (others)", group, "failure", message=f"{left:,} more failed: {keys}")

    def _tell_failed(self, failed: NodeFailed, group: str, took: float | None) -> Case:
        place = self._places.find_failed(failed) if self._places else None
        out = [f"at {display(str(place))}"] if place else []
        if failed.log:
            out.append(f"log: {display(failed.log)}")
            project = self._places.project if self._places else Path()
            out += read_printed(project, failed, lines=_LOG_LINES, characters=_MOST_TEXT)
        text = cut_head(
            display(failed.traceback or failed.message, lines=True).split("\n"), lines=200, characters=_MOST_TEXT
        )
        return Case(
            name_failed(failed),
            group,
            "failure",
            took,
            kind=shorten_line(failed.message.partition(":")[0], _KIND) if failed.traceback else "",
            message=shorten_line(first_line(failed.message), _MESSAGE),
            text="\n".join(text),
            out="\n".join(out),
        )

    def _find_group(self, name: str) -> str:
        return (self._places.find_module(name) if self._places else "") or OURS

    def _take(self, wanted: int) -> int:
        """Return how many more failures are shown of one asset that wants so many."""
        given = min(wanted, _MOST_OF_ONE, self._room)
        self._room -= given
        return given


def _list_ends(story: RunStory) -> Iterator[Case]:
    for broken in story.broken:
        yield Case(
            display(broken.module), display(broken.module), "error", kind="ImportError",
            message=shorten_line(first_line(broken.message), _MESSAGE), text=display(broken.traceback, lines=True),
        )  # fmt: skip
    name = f"{OURS} {story.command}"
    if story.ending is not None:
        end = story.ending
        text = "\n".join(filter(None, (end.message, f"hint: {end.hint}" if end.hint else "")))
        yield Case(
            name,
            OURS,
            "error",
            kind=end.kind,
            message=shorten_line(first_line(end.message), _MESSAGE),
            text=display(text, lines=True),
        )
    elif story.is_stopped:
        yield Case(name, OURS, "error", kind="Stopped", message="stopped before the end; what was finished is recorded")


def _tell_idle(story: RunStory) -> Case:
    assets = sum(each.assets for each in story.started)
    partitions = sum(each.partitions for each in story.started)
    counts = [count(assets, "asset"), *([count(partitions, "partition")] if partitions else [])]
    return Case("up to date", OURS, seconds=story.seconds, out=f"{', '.join(counts)}: nothing to do")


def _tell(answer: CheckAnswered) -> str:
    stands = tell_standing(answer)
    name = f"{name_check(answer)} ({stands})" if stands else name_check(answer)
    return ": ".join(filter(None, (name, tell_answer(answer))))


def _describe(answer: CheckAnswered) -> str:
    facts = [f"{name}: {value}" for name, value in answer.metadata.items()]
    how = [
        tell_standing(answer),
        *([f"{answer.count:,} partitions"] if answer.count > 1 else []),
        *(["blocks what reads the asset"] if answer.blocking else []),
    ]
    text = "\n".join(filter(None, (answer.description, *facts, ", ".join(filter(None, how)))))
    return shorten_line(display(text, lines=True), _MOST_TEXT)
