"""Annotations: what a CI server shows beside the lines of code that are to blame, and failures' logs in groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assetmake.definitions.place import Place
from assetmake.events import CheckAnswered, NodeFailed
from assetmake.reporting.check_lines import name_check, tell_answer, tell_standing
from assetmake.reporting.display import display
from assetmake.reporting.failure_lines import group_failures, list_shown, name_failed
from assetmake.reporting.idle_line import count
from assetmake.reporting.log_tails import read_printed, read_tail, shorten_line
from assetmake.reporting.run_story import RunStory
from assetmake.reporting.source_places import SourcePlaces
from assetmake.reporting.workflow_commands import break_commands, write_command

_SHOWN = 10
"""Of each kind: a step of a job shows no more."""
_GROUPS = 20
_LOG_LINES, _LOG_CHARACTERS = 500, 64_000
_MESSAGE, _TITLE = 2_000, 200
_ERROR, _WARNING = "error", "warning"


def list_log_groups(story: RunStory, places: SourcePlaces | None, *, is_all_there_is: bool) -> Iterator[str]:
    """Return the logs of nodes that failed, one of those that failed at the same place, each folded up in a group.

    Args:
        story: What happened.
        places: Where things are.
        is_all_there_is: Nothing else tells how they failed; else a traceback that was printed is left out.
    """
    if places is None:
        return
    told = [] if is_all_there_is else list_shown(story.list_failed())
    shown = [failed for failed in map(_take_first, _list_groups(story)) if failed.log]
    for failed in shown[:_GROUPS]:
        if any(failed is each for each in told):
            tail = read_printed(places.project, failed, lines=_LOG_LINES, characters=_LOG_CHARACTERS)
        else:
            tail = read_tail(places.project / failed.log, lines=_LOG_LINES, characters=_LOG_CHARACTERS)
        if tail:
            yield write_command("group", f"log of {name_failed(failed)} ({display(failed.log)})")
            yield from (break_commands(line) for line in tail)
            yield write_command("endgroup")


def list_annotations(story: RunStory, places: SourcePlaces | None) -> Iterator[str]:
    """Return a command for each error and warning, up to as many as are shown, and a line that counts the others."""
    for kind, told in ((_ERROR, list(_list_errors(story, places))), (_WARNING, list(_list_warnings(story, places)))):
        yield from told[:_SHOWN]
        if len(told) > _SHOWN:
            yield f"{count(len(told) - _SHOWN, f'more {kind}')}: a step shows {_SHOWN}, the summary has the others"


def _list_errors(story: RunStory, places: SourcePlaces | None) -> Iterator[str]:
    for broken in story.broken:
        place = places.find_broken(broken) if places else None
        yield _annotate(_ERROR, place, f"cannot import {broken.module}", broken.message)
    if story.ending is not None:
        end = story.ending
        place = places.find_named(end.message) if places else None
        yield _annotate(_ERROR, place, f"assetmake {story.command}: {end.kind}", _join(end.message, end.hint))
    for group in _list_groups(story):
        failed = group[0]
        place = places.find_failed(failed) if places else None
        more = f"{count(len(group) - 1, 'more partition')} failed at the same place" if len(group) > 1 else ""
        title = f"{failed.asset}@{failed.call or failed.key}" if failed.call or failed.key else failed.asset
        yield _annotate(_ERROR, place, f"{title} failed", _join(failed.message, more))
    for check in story.checks.values():
        if check.failures:
            yield _annotate_check(_ERROR, check.failures, places)


def _list_warnings(story: RunStory, places: SourcePlaces | None) -> Iterator[str]:
    for check in story.checks.values():
        if check.warnings:
            yield _annotate_check(_WARNING, check.warnings, places)
    for warned in story.warnings:
        place = places.find_named(warned.message) if places else None
        yield _annotate(_WARNING, place, "assetmake", _join(warned.message, warned.hint))


def _annotate_check(kind: str, answers: Sequence[CheckAnswered], places: SourcePlaces | None) -> str:
    first = answers[0]
    place = places.find_definition(f"{first.asset}:{first.check}") if places else None
    number = sum(each.count for each in answers)
    found, stands = tell_answer(first), tell_standing(first)
    said = f"{found} ({stands})" if found and stands else found or stands or "it did not pass"
    more = f"{number:,} partitions did not pass" if number > 1 else ""
    verb = "warned" if kind == _WARNING else "failed"
    return _annotate(kind, place, f"check {name_check(first)} {verb}", _join(said, more))


def _annotate(kind: str, place: Place | None, title: str, message: str) -> str:
    where = {"file": place.file, "line": place.line} if place else {}
    text = shorten_line(display(message, lines=True), _MESSAGE)
    return write_command(kind, text, **where, title=shorten_line(display(title), _TITLE))


def _list_groups(story: RunStory) -> Iterator[list[NodeFailed]]:
    for several in group_failures(story.list_failed()).values():
        yield from several


def _take_first(group: Sequence[NodeFailed]) -> NodeFailed:
    return group[0]


def _join(*texts: str) -> str:
    return "\n".join(text.strip("\n") for text in texts if text)
