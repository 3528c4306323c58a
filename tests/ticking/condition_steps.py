"""Steps of a scenario: builds and ticks at given times, and what is requested at each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assetmake import clock
from assetmake.graph.key_rules import KeyOptions
from assetmake.testing import BuildResult, Sandbox
from assetmake.ticking.condition_rule import decide_conditions
from assetmake.ticking.decision import Answer, Decision, Known

BROKEN: set[str] = set()
"""Names at which functions of a scenario raise."""


def at(text: str) -> datetime:
    """Return a time of January 2026, as `5 06:10`, or a whole one; UTC."""
    return datetime.fromisoformat(f"2026-01-{int(text[:-6]):02}T{text[-5:]}:00+00:00" if " " in text else text)


@dataclass
class Steps:
    """A project, and how far its ticks have come."""

    sandbox: Sandbox
    known: dict[str, Known] = field(default_factory=dict)
    decided: dict[str, Decision] = field(default_factory=dict)

    def tick(self, time: str) -> dict[str, Any]:
        """Evaluate all conditions, and return what is requested: `all`, or ranges of keys, by asset."""
        now = at(time)
        project = self.sandbox.project
        with clock.set_clock(now), project.state.reading() as db:
            self.decided = {each.name: each for each in decide_conditions(project, db, self.known, now)}
        self.known |= {name: each.known for name, each in self.decided.items() if each.known is not None}
        return {
            name: "all" if spans is None else show(spans)
            for each in self.decided.values()
            for request in each.requests
            for name, spans in request.wanted.nodes.items()
        }

    def build(self, time: str, *selection: str, key: str | None = None, **options: Any) -> BuildResult:
        with clock.set_clock(at(time)):
            return self.sandbox.build(*selection, keys=KeyOptions(partition=key), **options)

    def check(self, time: str) -> BuildResult:
        """Make all checks again."""
        with clock.set_clock(at(time)):
            return self.sandbox.check(force=True)

    def reason(self, name: str) -> str:
        return self.decided[name].reason

    def tree(self, name: str) -> list[str]:
        return list(self.decided[name].detail)

    def answer(self, name: str) -> Answer:
        return self.decided[name].answer


def show(spans: Iterable[tuple[str, str]]) -> str:
    return " ".join(first if first == last else f"{first}..{last}" for first, last in spans)


def steps(*assets: Any, folder: Path | None = None) -> Steps:
    return Steps(Sandbox(assets, root=folder))


def fail_if_broken(name: str) -> None:
    if name in BROKEN:
        raise ValueError(f"{name} is broken")


__all__ = ["BROKEN", "UTC", "Mapping", "Steps", "at", "fail_if_broken", "show", "steps"]
