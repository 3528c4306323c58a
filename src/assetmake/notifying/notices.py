"""Notice: what somebody is told, as a JSON object with a text in it that can be read as it is."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assetmake.discovery.notify_settings import FAILURE, LATE, RECOVERY
from assetmake.events import CheckAnswered, NodeFailed
from assetmake.reporting.display import display
from assetmake.reporting.failure_lines import first_line
from assetmake.reporting.idle_line import count

MOST_LISTED = 50
"""Nodes in a notice; of more it says how many there are."""
_MOST_IN_TEXT = 10
_LONGEST_LINE = 300


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a notice comes from.

    Attributes:
        env: The overlay of assets.toml; empty for none.
        command: The command line.
        run: The run that it is about; empty where it is about none.
    """

    project: str
    env: str
    host: str
    command: str
    at: datetime
    run: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told once.

    Attributes:
        event: failure, recovery or late.
        subject: One line.
        lines: What it is about, a line for each.
        content: The same for programs.
    """

    event: str
    origin: Origin
    subject: str
    lines: tuple[str, ...] = ()
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n".join([self.subject, *self.lines])

    def write(self) -> str:
        """Return it as JSON: an object on one line."""
        origin = self.origin
        head = {
            "event": self.event,
            "project": origin.project,
            "env": origin.env or None,
            "run": origin.run or None,
            "at": origin.at.isoformat(timespec="seconds"),
            "host": origin.host,
            "command": origin.command,
            "subject": self.subject,
            "text": self.text,
        }
        return json.dumps({**head, **self.content})


@dataclass(frozen=True, slots=True)
class Late:
    """An asset that is late, or no longer."""

    asset: str
    since: datetime
    message: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A schedule, a sensor or a module that fails, or does no longer."""

    kind: str
    name: str
    message: str = ""
    since: datetime | None = None


def tell_failure(
    origin: Origin,
    nodes: Sequence[NodeFailed],
    checks: Sequence[CheckAnswered],
    *,
    failed: int,
    checks_failed: int,
    skipped: int,
    error: str = "",
) -> Notice:
    """Return the notice of a run in which something failed.

    Args:
        origin: Where it comes from.
        nodes: The first nodes that failed.
        checks: The first checks that failed.
        failed: How many nodes failed.
        checks_failed: How many checks.
        skipped: How many nodes were left out for it.
        error: Why the run ended before its time, if it did.
    """
    counts = [*_count(failed, "node"), *_count(checks_failed, "check")]
    what = f"{' and '.join(counts)} failed" if counts else "the build ended with an error"
    lines = [first_line(error)] if error else []
    lines += [
        f"{_name(each.asset, each.key)}: {first_line(each.message)}{f' ({display(each.log)})' if each.log else ''}"
        for each in nodes
    ]
    lines += [_describe_check(each) for each in checks]
    told = min(len(lines), _MOST_IN_TEXT)
    more = failed + checks_failed + bool(error) - told
    content: dict[str, Any] = {
        "counts": {"failed": failed, "checks_failed": checks_failed, "skipped": skipped},
        "failed": [
            {
                "asset": each.asset,
                "key": each.key or None,
                "message": _first_line(each.message),
                "log": each.log or None,
                "file": each.file or None,
                "line": each.line or None,
            }
            for each in nodes
        ],
        "checks": [
            {
                "asset": each.asset,
                "check": each.check,
                "key": each.key or None,
                "message": each.description,
            }
            for each in checks
        ],
    }
    if error:
        content["error"] = error
    return Notice(FAILURE, origin, _head(origin, what), _fold(lines, more), content)


def tell_recovery(origin: Origin, mended: Mapping[str, Collection[str]], *, checks: Collection[str]) -> Notice:
    """Return the notice of nodes that had failed and no longer do; some of them are those of checks."""
    nodes = [(name, key) for name, keys in mended.items() for key in keys]
    names = [_name(name, key) for name, key in nodes]
    listed = [{"asset": name, "key": key or None} for name, key in nodes[:MOST_LISTED]]
    answers = sum(len(keys) for name, keys in mended.items() if name in checks)
    counts = [*_count(len(nodes) - answers, "node"), *_count(answers, "check")]
    what = f"{' and '.join(counts)} recovered"
    content = {"counts": {"recovered": len(nodes)}, "recovered": listed}
    return Notice(RECOVERY, origin, _head(origin, what), _fold(names, len(names) - _MOST_IN_TEXT), content)


def tell_troubles(origin: Origin, troubles: Sequence[Trouble]) -> Notice:
    """Return the notice of schedules and sensors that fail."""
    verb = "fails" if len(troubles) == 1 else "fail"
    lines = [f"{_name_trouble(each)}: {first_line(each.message)}" for each in troubles]
    counts = {"failed": 0, "checks_failed": 0, "skipped": 0}
    content = {"counts": counts, "failed": [], "checks": [], "rules": _list_rules(troubles)}
    return Notice(FAILURE, origin, _head(origin, f"{_count_troubles(troubles)} {verb}"), _fold_all(lines), content)


def tell_mended(origin: Origin, troubles: Sequence[Trouble]) -> Notice:
    """Return the notice of schedules and sensors that had failed and of modules that had not imported, and do again."""
    content = {"counts": {"recovered": 0}, "recovered": [], "rules": _list_rules(troubles)}
    lines = list(map(_name_trouble, troubles))
    return Notice(RECOVERY, origin, _head(origin, f"{_count_troubles(troubles)} recovered"), _fold_all(lines), content)


def _count_troubles(troubles: Sequence[Trouble]) -> str:
    kinds = dict.fromkeys(each.kind for each in troubles)
    return " and ".join(count(sum(each.kind == kind for each in troubles), kind) for kind in kinds)


def _name_trouble(trouble: Trouble) -> str:
    return display(f"{trouble.kind} {trouble.name}")


def _list_rules(troubles: Sequence[Trouble]) -> list[dict[str, Any]]:
    return [
        {
            "kind": each.kind,
            "name": each.name,
            "message": each.message or None,
            "since": None if each.since is None else each.since.isoformat(timespec="seconds"),
        }
        for each in troubles[:MOST_LISTED]
    ]


def _fold_all(lines: Sequence[str]) -> tuple[str, ...]:
    return _fold(lines, len(lines) - _MOST_IN_TEXT)


def tell_late(origin: Origin, late: Sequence[Late]) -> Notice:
    """Return the notice of assets that have become late."""
    return _tell_lateness(LATE, origin, late, "late")


def tell_no_longer_late(origin: Origin, late: Sequence[Late]) -> Notice:
    """Return the notice of assets that are no longer late."""
    return _tell_lateness(RECOVERY, origin, late, "no longer late")


def _tell_lateness(event: str, origin: Origin, late: Sequence[Late], what: str) -> Notice:
    listed = [
        {"asset": each.asset, "since": each.since.isoformat(timespec="seconds"), "message": each.message}
        for each in late[:MOST_LISTED]
    ]
    lines = [f"{display(each.asset)}: {first_line(each.message)}" for each in late]
    verb = "is" if len(late) == 1 else "are"
    subject = _head(origin, f"{count(len(late), 'asset')} {verb} {what}")
    return Notice(event, origin, subject, _fold(lines, len(lines) - _MOST_IN_TEXT), {"late": listed})


def _head(origin: Origin, what: str) -> str:
    place = f"{origin.project} [{origin.env}]" if origin.env else origin.project
    run = f" (run {origin.run} on {origin.host})" if origin.run else f" (on {origin.host})"
    return display(f"{place}: {what}{run}")


def _count(number: int, noun: str) -> list[str]:
    return [count(number, noun)] if number else []


def _describe_check(check: CheckAnswered) -> str:
    said = f": {first_line(check.description)}" if check.description else ""
    return f"{display(check.asset)}:{display(check.check)}{f'@{display(check.key)}' if check.key else ''} failed{said}"


def _fold(lines: Sequence[str], more: int) -> tuple[str, ...]:
    kept = [line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 3]}..." for line in lines[:_MOST_IN_TEXT]]
    return (*kept, *([f"and {more:,} more"] if more > 0 else []))


def _name(name: str, key: str) -> str:
    return display(f"{name}@{key}" if key else name)


def _first_line(message: str) -> str:
    return message.strip().partition("\n")[0]
