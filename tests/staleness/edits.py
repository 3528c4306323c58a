"""What a table of edits is made of: a theme (files of a project) with rows, and a copy of it on disk to edit."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fresh import FreshProcesses, run_command


def read_plan(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    return read_rows(json.loads(done.stdout))


def read_rows(document: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in document["assets"]:
        said = "waiting" if row["waiting"] else " ".join(row["reasons"])
        for keys in row.get("stale_keys", [""] if row["stale"] or row["waiting"] else []):
            found[f"{row['asset']}@{keys}" if keys else row["asset"]] = said
    return found


@dataclass(frozen=True)
class Project:
    """A project on disk; every question to it is a process of its own."""

    root: Path

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "NO_COLOR": "1", **(env or {})}
        return run_command(self.root, *arguments, environment=environment, status=None)

    def plan(
        self, env: Mapping[str, str] | None = None, *words: str, by: FreshProcesses | None = None
    ) -> dict[str, str]:
        """Return what a plan would run: node, or asset@keys -> its reason, or `waiting`.

        Args:
            env: Variables to set.
            words: Options of the command.
            by: Gives a process that costs less than a new one.
        """
        words = ("plan", "--json", *words)
        return read_plan(self.run(*words, env=env) if by is None else by.run(self.root, *words, env=env or {}))

    def build(self, env: Mapping[str, str] | None = None) -> set[str]:
        """Build, and return the assets that ran."""
        done = self.run("build", "--json", "-j", "1", env=env)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0, done.stdout + done.stderr
        assert events[-1]["event"] == "run_finished"
        return {event["asset"] for event in events if event["event"] == "nodes_built"}

    def read(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())  # newlines as they are


Edit = Callable[[Project], None]


@dataclass(frozen=True)
class Row:
    """One row: edits, and exactly what a plan lists after them.

    Attributes:
        name: What was edited; `-k` finds it.
        edits: Done one after the other.
        planned: Each node that is stale or waits -> its reason, or `waiting`.
        beyond: Why more is planned than can have another result: an over-approximation that is documented.
        env: Variables that are set when the plan is made.
        proved: Whether the results from scratch are compared too.
    """

    name: str
    edits: tuple[Edit, ...]
    planned: Mapping[str, str] = field(default_factory=dict)
    beyond: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    proved: bool = True

    def edit(self, project: Project) -> Project:
        for edit in self.edits:
            edit(project)
        return project

    @property
    def is_additive(self) -> bool:
        """Whether its edits leave what other such rows have edited as it is, or can't be done after them."""
        return all(edit.__qualname__.split(".")[0] in {"change", "add", "swap"} for edit in self.edits)

    def edits_too(self, project: Project) -> bool:
        """Edit a project that others have edited; False, and nothing is edited, where that can't be done any more."""
        root = project.root
        written = [path for path in root.rglob("*.*") if path.relative_to(root).parts[0] not in {"data", ".assetmake"}]
        before = {path: path.read_bytes() for path in written if path.is_file()}
        try:
            self.edit(project)
        except AssertionError:
            for path, content in before.items():
                if path.read_bytes() != content:
                    path.write_bytes(content)
            return False
        return True


@dataclass(frozen=True)
class Theme:
    """A project, by file, and the rows that edit it.

    Attributes:
        libraries: What the project imports, and is loaded already.
    """

    name: str
    files: Mapping[str, str]
    rows: tuple[Row, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    libraries: tuple[str, ...] = ()

    def write(self, root: Path) -> Project:
        project = Project(root)
        project.write("assets.toml", '[project]\nname = "edits"\n')
        for name, text in self.files.items():
            project.write(name, text)
        return project


def must(
    name: str,
    *edits: Edit,
    code: str = "",
    waiting: str = "",
    beyond: str = "",
    proved: bool = True,
    env: Mapping[str, str] | None = None,
    **reasons: str,
) -> Row:
    """Return a row after which the nodes named in `code`, `waiting` or another reason are planned, and no other."""
    named = {"code": code, "waiting": waiting, **reasons}
    planned = {node: reason for reason, nodes in named.items() for node in nodes.split()}
    assert planned, name
    return Row(name, edits, planned, beyond=beyond, proved=proved, env=env or {})


def must_not(name: str, *edits: Edit, proved: bool = True, env: Mapping[str, str] | None = None) -> Row:
    """Return a row after which nothing is planned."""
    return Row(name, edits, proved=proved, env=env or {})


def change(file: str, old: str, new: str) -> Edit:
    """Replace a text that stands exactly once in a file."""

    def edit(project: Project) -> None:
        text = project.read(file)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        assert old != new
        project.write(file, text.replace(old, new))

    return edit


def swap(file: str, first: str, second: str) -> Edit:
    """Let two texts of a file, each standing once, change places."""

    def edit(project: Project) -> None:
        text = project.read(file)
        assert text.count(first) == text.count(second) == 1, f"{first!r}, {second!r}"
        project.write(file, text.replace(first, "\0").replace(second, first).replace("\0", second))

    return edit


def add(file: str, text: str) -> Edit:
    """Write a text below a file's end."""
    return lambda project: project.write(file, project.read(file) + text)


def put(file: str, text: str) -> Edit:
    """Write a file that may not be there yet."""
    return lambda project: project.write(file, text)


def remove(file: str) -> Edit:
    return lambda project: (project.root / file).unlink()
