"""A project of real files that is ticked in this process: the user's functions are asked here, and builds run here."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from assetmake.clock import set_clock
from assetmake.discovery.importer import load_modules
from assetmake.discovery.launch import Launch
from assetmake.events import Sink
from assetmake.execution.asked import BuildOptions
from assetmake.project import Project
from assetmake.testing import ProjectSandbox
from assetmake.ticking.building import Batch, Built, Surroundings, build_requested
from assetmake.ticking.deciding import decide
from assetmake.ticking.decision import Answer, Decision
from assetmake.ticking.evaluator import Evaluator
from assetmake.ticking.instance import TickInstance
from assetmake.ticking.question import Question, Reply


def moment(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


@dataclass
class Ticked:
    """What a tick decided, and what ran."""

    decisions: tuple[Decision, ...]
    ran: list[str]
    built: Built = field(default_factory=Built)

    def answer(self, name: str) -> Answer:
        return self.find(name).answer

    def reason(self, name: str) -> str:
        return self.find(name).reason

    def find(self, name: str) -> Decision:
        return next(each for each in self.decisions if each.name == name)


class Ticker:
    """The project, and a tick at any time."""

    def __init__(self, folder: Path, text: str, *, config: str = "") -> None:
        root = folder / "project"
        root.mkdir()
        (root / "assets.toml").write_text(config)
        (root / "assets.py").write_text("from assetmake import *\n\n" + textwrap.dedent(text).lstrip("\n"))
        self.sandbox = ProjectSandbox(root, place=folder)
        modules, _ = load_modules(root, self.project.config)
        instance = TickInstance(self.project.state, root)
        self.evaluator = Evaluator(modules, self.project.config.resources, instance, root)
        self.module = modules[0].module
        self.asked: list[Question] = []

    @property
    def project(self) -> Project:
        return self.sandbox.project

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sandbox.close()

    def set_status(self, name: str, status: str) -> None:
        """Go on as if a schedule was declared with another default_status."""
        automation = self.project.manifest.automation
        several = tuple(replace(each, status=status) if each.name == name else each for each in automation.schedules)
        manifest = replace(self.project.manifest, automation=replace(automation, schedules=several))
        self.sandbox.project = replace(self.project, manifest=manifest)

    def ask(self, questions: Sequence[Question]) -> list[Reply]:
        self.asked += questions
        return [self.evaluator.answer(each) for each in questions]

    def decide(self, when: str, *names: str, write: bool = True) -> tuple[Decision, ...]:
        with set_clock(moment(when)):
            return decide(self.project, self.ask, now=moment(when), names=names, write=write, timeout=0)

    def build(
        self,
        when: str,
        *,
        stopped: Callable[[], bool] = lambda: False,
        listen: Callable[[Batch, Project], object] = lambda *_: None,
        hear: Sink = lambda _: None,
        names: Sequence[str] = (),
        wait: bool = True,
        lock_timeout: float | None = None,
    ) -> tuple[Built, list[str]]:
        watch = self.sandbox._watch
        watch.clear()

        def begin(batch: Batch, project: Project) -> Sink:
            listen(batch, project)
            return hear

        def refuse(launch: Launch) -> Project:
            raise AssertionError(launch)

        with set_clock(moment(when)):
            options = BuildOptions(command="tick", wait=wait, lock_timeout=lock_timeout)
            built = build_requested(self.project, Surroundings(refuse, options, begin, stopped, names))
        return built, list(watch.ran)

    def tick(self, when: str, *names: str) -> Ticked:
        decisions = self.decide(when, *names)
        built, ran = self.build(when, names=names)
        return Ticked(decisions, ran, built)
