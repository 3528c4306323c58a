"""Checks: what they found, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from assetmake.events import CheckAnswered
from assetmake.planning.history import LastAnswer
from assetmake.planning.plan import Plan
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.words import shorten

_FACTS = 4
"""Metadata that is told of one check."""
_LONGEST = 60
_MOST = 20
VERBS = {"passed": "passed", "warned": "warning", "failed": "FAILED"}


def name_check(answer: CheckAnswered) -> str:
    """Return a check's name with its partition, safe for a terminal."""
    name = f"{answer.asset}:{answer.check}"
    return display(f"{name}@{answer.key}" if answer.key else name)


def tell_answer(answer: CheckAnswered) -> str:
    """Return what a check says of what it found: its description, else its metadata."""
    if answer.description:
        return display(answer.description.strip().partition("\n")[0])
    return _tell_facts(answer.metadata, most=_FACTS)


def tell_standing(answer: CheckAnswered) -> str:
    """Return since when an answer stands, with the time by the clock on the wall; nothing of one of now."""
    if not answer.stands:
        return ""
    if answer.since is None:
        return "stands since an earlier build"
    return f"stands since {datetime.fromisoformat(answer.since).astimezone():%Y-%m-%d %H:%M}"


def tell_last_answer(answer: LastAnswer) -> str:
    """Return what a check found when it was made last: its verdict, description and metadata."""
    texts = [display(answer.description.strip().partition("\n")[0]), _tell_facts(answer.metadata, most=_MOST)]
    return ": ".join([answer.verdict, *filter(None, ["; ".join(filter(None, texts))])])


def list_answers(answers: Iterable[CheckAnswered], *, paint: Paint = PLAIN) -> Iterator[str]:
    """Return a line for each check that did not pass, up to a limit, those that failed first."""
    told = sorted(answers, key=lambda answer: (answer.verdict != "failed", answer.asset, answer.check))
    for answer in told[:_MOST]:
        failed = answer.verdict == "failed"
        head = paint("CHECK FAILED" if failed else "check warned", "red" if failed else "yellow", "bold")
        nodes = f" ({count(answer.count, 'partition')})" if answer.count > 1 else ""
        how = ", ".join(filter(None, (tell_standing(answer), "blocking" if answer.blocking else "")))
        text = tell_answer(answer)
        rest = f"{f' ({how})' if how else ''}{f': {text}' if text else ''}"
        yield f"{head} {paint(name_check(answer), 'bold')}{nodes}{rest}"
    if len(told) > _MOST:
        yield f"{len(told) - _MOST:,} more checks did not pass"


def describe_checks(plan: Plan) -> list[dict[str, Any]]:
    """Return what is known of the checks of a plan: how many nodes passed, warned and failed, and are to be made."""
    described = []
    for key, verdicts in plan.checks.items():
        found, dirty = plan.answers[key], set(verdicts.parts)
        failed, warned = len(found.failed - dirty), len(found.warned - dirty)
        passed = verdicts.fresh - failed - warned
        described.append(
            {"check": str(key), "passed": passed, "warned": warned, "failed": failed, "to_make": len(verdicts.parts)}
        )
    return described


def sum_up_checks(plan: Plan, *, paint: Paint = PLAIN) -> Iterator[str]:
    """Return a line about the checks of a plan, if it has any, which names those that did not pass with what is so."""
    described = describe_checks(plan)
    if not described:
        return
    passed = sum(each["passed"] for each in described)
    told = [f"{passed:,} passed"] if passed else []
    for name, word, style in (("warned", "warned", "yellow"), ("failed", "failed", "red"), ("to_make", "to make", "")):
        number = sum(each[name] for each in described)
        if number:
            named = shorten([display(each["check"]) for each in described if each[name]])
            told.append(f"{number:,} {word} ({paint(named, style)})")
    yield f"checks: {', '.join(told)}"


def _tell_facts(metadata: Mapping[str, object], *, most: int) -> str:
    return display(", ".join(f"{name}={_shorten(value)}" for name, value in list(metadata.items())[:most]))


def _shorten(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
