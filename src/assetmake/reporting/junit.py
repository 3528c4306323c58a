"""JUnit XML: what CI servers read results of tests from.

The elements and attributes are those that the schema of Jenkins allows and pytest writes: nothing of others' dialects.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from assetmake.reporting.junit_cases import OURS, Case, list_cases
from assetmake.reporting.run_story import RunStory
from assetmake.reporting.source_places import SourcePlaces

_NUMBERS = (
    "built",
    "unchanged",
    "fresh",
    "failed",
    "skipped",
    "spared",
    "checks_passed",
    "checks_warned",
    "checks_failed",
    "checks_skipped",
)
_ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_SPECIAL_IN_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def write_junit(story: RunStory, places: SourcePlaces | None, *, now: datetime) -> str:
    """Return a report of a build as a document.

    Args:
        story: What happened.
        places: Of the project; None where it could not be opened.
        now: When it ended.
    """
    cases = list_cases(story, places)
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', *_list_suites(story, cases, now), ""])


def _list_suites(story: RunStory, cases: Sequence[Case], now: datetime) -> Iterator[str]:
    verdicts = Counter(case.verdict for case in cases)
    counts = {
        "tests": str(len(cases)),
        "failures": str(verdicts["failure"]),
        "errors": str(verdicts["error"]),
    }
    time = {"time": _tell_time(story.seconds)}
    yield _open("testsuites", name=OURS, **counts, **time)
    more = {"skipped": str(verdicts["skipped"]), "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}"}
    yield _open("testsuite", name=f"{OURS} {story.command}", **counts, **time, **more)
    yield "<properties>"
    for run in story.finished:
        if run.run:
            yield _open("property", end="/", name="run", value=run.run)
    for name in _NUMBERS:
        yield _open("property", end="/", name=name, value=str(story.total(name)))
    yield "</properties>"
    for case in cases:
        yield from _list_case(case)
    yield "</testsuite>"
    yield "</testsuites>"


def _list_case(case: Case) -> Iterator[str]:
    time = {} if case.seconds is None else {"time": _tell_time(case.seconds)}
    inner = [
        *(_list_outcome(case) if case.verdict != "passed" else ()),
        *([f"<system-out>{_write_text(case.out)}</system-out>"] if case.out else []),
    ]
    yield _open("testcase", end="" if inner else "/", classname=case.group, name=case.name, **time)
    if inner:
        yield from inner
        yield "</testcase>"


def _list_outcome(case: Case) -> Iterator[str]:
    kind = {"type": case.kind} if case.kind else {}
    opening = _open(case.verdict, end="" if case.text else "/", **kind, message=case.message)
    yield f"{opening}{_write_text(case.text)}</{case.verdict}>" if case.text else opening


def _open(element: str, *, end: str = "", **attributes: str) -> str:
    told = "".join(f' {name}="{_write_value(value)}"' for name, value in attributes.items())
    return f"<{element}{told}{end}>"


def _write_value(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in _ILLEGAL.sub(_name_illegal, text))


def _write_text(text: str) -> str:
    legal = _ILLEGAL.sub(_name_illegal, text)
    return "".join(_SPECIAL_IN_TEXT.get(character, character) for character in legal)


def _name_illegal(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _tell_time(seconds: float) -> str:
    return f"{seconds:.3f}"
