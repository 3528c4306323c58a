"""A summary of a build in Markdown, for the page of a CI job or a comment: what ran and why, and what went wrong.

It is bounded however much happened: CI servers refuse what is too large, and take nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from assetmake.events import CheckAnswered, NodeFailed, RunStarted
from assetmake.reporting.check_lines import name_check, tell_answer, tell_standing
from assetmake.reporting.display import display
from assetmake.reporting.failure_lines import first_line, group_failures, name_failed
from assetmake.reporting.idle_line import count, tell_checked, tell_seconds, tell_up_to_date
from assetmake.reporting.log_tails import cut_head, read_printed, shorten_line
from assetmake.reporting.plan_lines import NOTHING_SELECTED
from assetmake.reporting.run_story import AssetStory, RunStory
from assetmake.reporting.source_places import SourcePlaces
from assetmake.reporting.words import name_reason

BUDGET = 200_000
"""Bytes in all: a fifth of what a step of a job may show."""
_ROWS, _BLOCKS, _ANSWERS, _WARNINGS = 200, 20, 50, 20
_MOST_OF_AN_ASSET = 3
_NAME, _TEXT = 200, 300
_BLOCK_LINES, _BLOCK_TEXT = 60, 6_000
_RANKS = ("failed", "skipped", "built", "unchanged", "spared")
_MARKUP = re.compile(r"[&<>\\`*|\[\]{}~$^#]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|w(?=ww\.)")
_IN_BLOCK = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def write_summary(story: RunStory, places: SourcePlaces | None, *, budget: int = BUDGET) -> str:
    """Return the summary, which ends with a line's end.

    Args:
        story: What happened.
        places: Of the project; None where it could not be opened.
        budget: How many bytes it may have.
    """
    sections = (
        _list_head(story),
        _list_assets(story, places),
        _list_failures(story, places),
        _list_broken(story, places),
        _list_checks(story),
        _list_warnings(story),
    )
    return _fit((piece for section in sections for piece in section), budget)


def write_code(text: str, most: int = _TEXT) -> str:
    """Return a text that is not ours as code within a line or a table's cell, none of which is markup.

    >>> write_code("a|b <c> my_asset _x_ http://y")
    '<code>a&#124;b &#60;c&#62; my_asset &#95;x&#95; http&#58;//y</code>'
    """
    shown = shorten_line(display(text), most)
    return f"<code>{_MARKUP.sub(lambda found: f'&#{ord(found[0])};', shown)}</code>"


def _fit(pieces: Iterable[str], budget: int) -> str:
    """Join pieces as long as there is room for them."""
    kept: list[str] = []
    left, missing = budget - 100, 0
    for piece in pieces:
        size = len(piece.encode("utf-8", "replace")) + 1
        if missing or size > left:
            missing += 1
            continue
        kept.append(piece)
        left -= size
    if missing:
        kept.append(f"\n{missing:,} more lines and blocks are left out: there is no room for them.")
    return "\n".join([*kept, ""])


def _list_head(story: RunStory) -> Iterator[str]:
    yield f"### assetmake {story.command}: {_tell_outcome(story)}"
    yield ""
    if story.ending is not None:
        hint = f" (hint: {write_code(story.ending.hint, 1_000)})" if story.ending.hint else ""
        yield f"**{story.ending.kind}**: {write_code(story.ending.message, 2_000)}{hint}"
        yield ""
    if _is_idle(story):
        for started, finished in zip(story.started, story.finished, strict=False):
            yield _tell_idle(started, finished.seconds)
            yield ""
    elif story.finished:
        yield _tell_totals(story)
        yield ""


def _tell_idle(started: RunStarted, seconds: float) -> str:
    if started.assets:
        return tell_up_to_date(started.assets, started.partitions, seconds)
    return tell_checked(started.standing, seconds) if started.standing else NOTHING_SELECTED


def _tell_outcome(story: RunStory) -> str:
    if story.is_stopped:
        return "stopped before the end"
    if story.ending is not None and not story.finished:
        return "not done"
    if story.is_bad:
        return "failed"
    return "up to date" if _is_idle(story) else "done"


def _is_idle(story: RunStory) -> bool:
    return bool(story.finished) and not (story.assets or story.checks or story.is_stopped)


def _tell_totals(story: RunStory) -> str:
    words = ("built", "unchanged", "fresh", "failed", "skipped")
    nodes = ", ".join(f"{story.total(word):,} {word}" for word in words if story.total(word)) or "nothing was built"
    checks = sum(each.checks for each in story.finished)
    passed = f"; {story.total('checks_passed'):,} of {count(checks, 'check')} passed" if checks else ""
    return f"{nodes}{passed} ({tell_seconds(story.seconds)})"


def _list_assets(story: RunStory, places: SourcePlaces | None) -> Iterator[str]:
    if not story.assets:
        return
    yield "| asset | result | partitions | why | time |"
    yield "| --- | --- | --- | --- | ---: |"
    ranked = sorted(story.assets.values(), key=lambda asset: _RANKS.index(asset.verb))
    for asset in ranked[:_ROWS]:
        yield f"| {' | '.join(_list_cells(asset, places))} |"
    left = ranked[_ROWS:]
    if left:
        told = ", ".join(f"{number:,} {verb}" for verb in _RANKS if (number := sum(each.verb == verb for each in left)))
        yield ""
        yield f"{count(len(left), 'more asset')}: {told}."
    yield ""


def _list_cells(asset: AssetStory, places: SourcePlaces | None) -> Iterator[str]:
    is_partitioned = places is not None and places.is_partitioned(asset.name)
    yield write_code(asset.name, _NAME)
    yield f"**{asset.verb}**" if asset.verb in {"failed", "skipped"} else asset.verb
    yield asset.tell_counts() if is_partitioned else ""
    ran = asset.built + asset.unchanged + asset.failed
    reasons = [
        *([name_reason(asset.reason) or "upstream came out the same"] if asset.good or asset.failed else []),
        *([write_code(asset.because, _NAME)] if asset.skipped else []),
    ]
    yield "; ".join(reasons)
    yield tell_seconds(asset.elapsed) if ran and asset.elapsed else ""


def _list_failures(story: RunStory, places: SourcePlaces | None) -> Iterator[str]:
    groups = [
        group for several in group_failures(story.list_failed()).values() for group in several[:_MOST_OF_AN_ASSET]
    ]
    if not groups:
        return
    yield "#### Failures"
    yield ""
    for group in groups[:_BLOCKS]:
        yield _write_failure(group, places)
    told = sum(map(len, groups[:_BLOCKS]))
    left = story.count_failed() - told
    if left > 0:
        yield f"{left:,} more failed, too."
        yield ""


def _write_failure(group: Sequence[NodeFailed], places: SourcePlaces | None) -> str:
    failed = group[0]
    place = places.find_failed(failed) if places else None
    where = f" at {write_code(str(place), _NAME)}" if place else ""
    several = f", and {count(len(group) - 1, 'more partition')} at the same place" if len(group) > 1 else ""
    title = f"{write_code(name_failed(failed), _NAME)}{where}{several}: {write_code(first_line(failed.message))}"
    text = display(failed.traceback or failed.message, lines=True).rstrip("\n").split("\n")
    body = cut_head(text, lines=_BLOCK_LINES, characters=_BLOCK_TEXT)
    if failed.log and places:
        printed = read_printed(places.project, failed, lines=_BLOCK_LINES, characters=_BLOCK_TEXT)
        body = [*body, "", f"log: {display(failed.log)}", *printed]
    return _write_details(title, body)


def _write_details(title: str, lines: Sequence[str]) -> str:
    text = "".join(_IN_BLOCK.get(character, character) for character in "\n".join(lines))
    return f"<details><summary>{title}</summary>\n\n<pre>\n{text}\n</pre>\n\n</details>\n"


def _list_broken(story: RunStory, places: SourcePlaces | None) -> Iterator[str]:
    if not story.broken:
        return
    yield "#### Modules that did not import"
    yield ""
    for broken in story.broken[:_BLOCKS]:
        place = places.find_broken(broken) if places else None
        where = f" at {write_code(str(place), _NAME)}" if place else ""
        title = f"{write_code(broken.module, _NAME)}{where}: {write_code(first_line(broken.message))}"
        text = display(broken.traceback, lines=True).rstrip("\n").split("\n")
        yield _write_details(title, cut_head(text, lines=_BLOCK_LINES, characters=_BLOCK_TEXT))
    if len(story.broken) > _BLOCKS:
        yield f"{count(len(story.broken) - _BLOCKS, 'more module')}."
        yield ""


def _list_checks(story: RunStory) -> Iterator[str]:
    failed = [answer for check in story.checks.values() for answer in check.failures]
    warned = [answer for check in story.checks.values() for answer in check.warnings]
    if not failed and not warned:
        return
    yield "#### Checks that did not pass"
    yield ""
    yield "| check | result | what it found |"
    yield "| --- | --- | --- |"
    for answer in [*failed, *warned][:_ANSWERS]:
        yield f"| {' | '.join(_list_answer(answer))} |"
    left = sum(check.failed - len(check.crashes) + check.warned for check in story.checks.values()) - _ANSWERS
    if left > 0:
        yield ""
        yield f"{left:,} more did not pass."
    yield ""


def _list_answer(answer: CheckAnswered) -> Iterator[str]:
    yield write_code(name_check(answer), _NAME)
    notes = ", ".join(filter(None, (tell_standing(answer), "blocking" if answer.blocking else "")))
    how = f" ({notes})" if notes else ""
    yield f"**failed**{how}" if answer.verdict == "failed" else f"warned{how}"
    told = tell_answer(answer)
    yield write_code(told) if told else ""


def _list_warnings(story: RunStory) -> Iterator[str]:
    if not story.warnings:
        return
    yield "#### Warnings"
    yield ""
    for warned in story.warnings[:_WARNINGS]:
        yield f"- {write_code(warned.message, 1_000)}" + (f" (hint: {write_code(warned.hint)})" if warned.hint else "")
    if len(story.warnings) > _WARNINGS:
        yield f"- {count(len(story.warnings) - _WARNINGS, 'more warning')}"
    yield ""
