"""Random projects and random edits of their code: what is found stale is what an edit could have changed.

Two oracles bound it. What gives another result when it is run from scratch must be stale. What reaches nothing that was
edited - constants by value, a class as one thing, whatever its callers use of it - must not be.
"""

from __future__ import annotations

import difflib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from from_scratch import compute_all, compute_alone, read_constants
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from project_text import write_files, write_thing
from random_projects import (
    CONSTANTS,
    MADE_OF,
    STYLES,
    USABLE,
    Kind,
    Look,
    Project,
    Thing,
    Use,
    edits,
    projects,
)

from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.loader import uninstall
from assetmake.discovery.manifest import Manifest
from fresh import run_command
from kept_code import find_misread
from thoroughness import times

INPUTS = {"int": 6, "str": "7", "list": [8, 1]}


def run_alone(project: Project) -> dict[str, Any]:
    """Return what each asset gives for the same inputs from upstream."""
    given = {
        asset.name: {project.things[up].name: INPUTS[project.things[up].outcome.type] for up in asset.ups}
        for asset in project.assets
    }
    return compute_alone(write_files(project), given)


def run_all(project: Project) -> dict[str, Any]:
    """Return what a clean build of a project makes."""
    reads = {asset.name: [project.things[up].name for up in asset.ups] for asset in project.assets}
    return compute_all(write_files(project), reads)


def describe(project: Project, *, by_value: bool) -> dict[str, dict[int, str]]:
    """Return for each asset what decides its code: everything that it reaches, written down without its looks.

    Args:
        project: The project.
        by_value: A constant stands with its value, and not with what that is computed from; imports don't count,
            nor in which of several ways a thing is called.
    """
    values = read_values(project) if by_value else {}

    def write(thing: Thing) -> str:
        plain, styled = write_thing(project, thing, plain=True), write_thing(project, replace(thing, look=Look()))
        return "\n".join(plain.lines if by_value else [*plain.lines, *styled.lines, *styled.imports])

    written = values | {thing.number: write(thing) for thing in project.things if thing.number not in values}
    reached = {asset.name: project.reach(asset, stop=values) for asset in project.assets}
    return {name: {number: written[number] for number in numbers} for name, numbers in reached.items()}


def read_values(project: Project) -> dict[int, str]:
    places = {
        thing.number: (project.modules[thing.module], thing.name)
        for thing in project.things
        if project.kind_of(thing) in CONSTANTS
    }
    return read_constants(write_files(project), places)


def find_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def find_least(before: Project, after: Project) -> set[str]:
    """Return the assets that reach something that computes otherwise, or a constant with another value."""
    return find_changed(describe(before, by_value=True), describe(after, by_value=True))


def find_most(before: Project, after: Project) -> set[str]:
    """Return the assets that reach something that is written otherwise, other than in its looks."""
    return find_changed(describe(before, by_value=False), describe(after, by_value=False))


class Folder:
    """A project on disk: fingerprinted as a new process would, or built by the real command."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, project: Project) -> None:
        files = write_files(project)
        for path, text in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")

    def discover(self, project: Project) -> Manifest:
        self.write(project)
        uninstall()
        try:
            manifest = build_manifest(self.root, load_config(self.root))
        finally:
            uninstall()
        assert manifest.failures == ()
        return manifest

    def fingerprint(self, project: Project) -> dict[str, str]:
        manifest = self.discover(project)
        return {str(record.key): record.fingerprint.code for record in manifest.assets}

    def forget(self) -> None:
        """Remove what an earlier discovery kept."""
        shutil.rmtree(self.root / ".assetmake" / "cache")

    def run(self, *arguments: str) -> str:
        """Run a command in a process of its own, and return what it prints."""
        return run_command(self.root, *arguments).stdout

    def plan(self) -> dict[str, dict[str, int]]:
        """Return for each asset the reasons for which a plan finds it stale."""
        return {entry["asset"]: entry["reasons"] for entry in json.loads(self.run("plan", "--json"))["assets"]}

    def build(self) -> list[str]:
        """Build, and return what ran."""
        events = [json.loads(line) for line in self.run("build", "--json", "-j", "1").splitlines()]
        return sorted(event["asset"] for event in events if event["event"] == "nodes_built")

    def read(self, project: Project) -> dict[str, Any]:
        """Return what stands in the outputs."""
        return {
            each.name: json.loads((self.root / "data" / f"{each.name}.json").read_text()) for each in project.assets
        }


@contextmanager
def open_folder() -> Iterator[Folder]:
    with tempfile.TemporaryDirectory() as root:
        yield Folder(Path(root).resolve())


def show(before: Project, after: Project) -> str:
    """Return the files before an edit, and the edit as a diff, for a test that fails."""
    old, new = write_files(before), write_files(after)
    texts = [f"==> {path}\n{text}" for path, text in old.items()]
    for path in new:
        texts += difflib.unified_diff(old[path].splitlines(), new[path].splitlines(), path, path, lineterm="")
    return "\n".join(texts)


@st.composite
def edited_projects(draw: st.DrawFn) -> tuple[Project, Project]:
    before = after = draw(projects())
    for _ in range(draw(st.integers(1, 3))):
        what, after = draw(edits(after))
        note(f"edit: {what}")
    note(show(before, after))
    return before, after


quick = settings(max_examples=times(10), deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(edited_projects())
def test_the_two_oracles_agree(edit: tuple[Project, Project]) -> None:
    before, after = edit
    least = find_least(before, after)

    assert find_changed(run_alone(before), run_alone(after)) <= least, "the model missed what a thing uses"
    assert least <= find_most(before, after)


@quick
@given(edited_projects())
def test_what_is_stale_is_what_an_edit_could_change(edit: tuple[Project, Project]) -> None:
    before, after = edit
    with open_folder() as folder:
        stale = find_changed(folder.fingerprint(before), folder.fingerprint(after))
        again = folder.fingerprint(after)
        folder.forget()
        assert folder.fingerprint(after) == again, "what was kept of the texts counts"

    assert find_changed(run_alone(before), run_alone(after)) <= stale, "a result changed, and its asset stayed fresh"
    assert find_least(before, after) <= stale, "what is reached was edited"
    assert stale <= find_most(before, after), "nothing that is reached was edited"
    with open_folder() as elsewhere:
        assert elsewhere.fingerprint(after) == again, "the folder counts"


@quick
@given(projects())
def test_what_a_state_keeps_of_code_gives_the_same_fingerprint_again(project: Project) -> None:
    with open_folder() as folder:
        assert find_misread(folder.discover(project)) == []


def expect_run(project: Project, stale: set[str], changed: set[str]) -> set[str]:
    """Return what a build runs: what is stale itself, and what reads something that came out with other data."""
    ran: set[str] = set()
    for asset in project.assets:
        read = {project.things[up].name for up in asset.ups}
        if asset.name in stale or read & ran & changed:
            ran.add(asset.name)
    return ran


@settings(quick, max_examples=times(2), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(edited_projects())
def test_what_is_built_in_new_processes_is_what_a_clean_build_makes(edit: tuple[Project, Project]) -> None:
    before, after = edit
    first, second = run_all(before), run_all(after)
    with open_folder() as folder:
        folder.write(before)
        assert folder.build() == sorted(first)
        assert folder.read(before) == first

        folder.write(after)
        stale = {name for name, reasons in folder.plan().items() if reasons.get("code")}
        assert find_least(before, after) <= stale <= find_most(before, after)
        assert folder.build() == sorted(expect_run(after, stale, find_changed(first, second)))
        assert folder.read(after) == second
        assert folder.build() == []


def make_sample(kind: Kind) -> Project:
    """Make a project in which one thing of a kind is used in every style, by assets and from modules of its package.

    For each style there is a module of its own, so that none is seen by what another one imports.
    """
    bare = [
        Thing(0, Kind.INT, 0, 10, 11),
        Thing(1, Kind.DECORATOR, 0, 12, 13, uses=(Use(0),)),
        Thing(2, Kind.FACTORY, 0, 14, 15, uses=(Use(0),)),
        Thing(3, Kind.DATACLASS, 0, 16, 17, uses=(Use(0),)),
        Thing(4, Kind.FUNCTION, 0, 18, 19, uses=(Use(4),), decorators=(Use(1),), default=Use(0)),
        Thing(5, Kind.CLASS, 0, 20, 21, uses=(Use(4),)),
    ]
    if kind in MADE_OF:
        inner = next(thing.number for thing in reversed(bare) if thing.kind in MADE_OF[kind])
    else:
        inner = 0 if kind is Kind.COMPUTED else 4
    literal = CONSTANTS - {Kind.COMPUTED} | {Kind.ENUM}
    subject = Thing(6, kind, 0, 100, 101, uses=() if kind in literal else (Use(inner),))
    if kind is Kind.CLASS:
        subject = replace(subject, base=Use(5), default=Use(0))
    things = [*bare, subject]
    modules = ("pack.beta", *(f"pack.deep.style{how}" for how in range(len(STYLES))), "assets")
    last = len(modules) - 1
    for how, style in enumerate(STYLES):
        things.append(Thing(len(things), Kind.FUNCTION, 1 + how, 200 + how, 3, uses=(Use(6, style, how),)))
    middle = things[7:]
    for how, style in enumerate(STYLES):
        things.append(Thing(len(things), Kind.ASSET, last, 5, 6, shape=how % 4, uses=(Use(6, style, how),)))
        things.append(Thing(len(things), Kind.ASSET, last, 5, 6, uses=(Use(middle[how].number, style, how),)))
    things.append(Thing(len(things), Kind.ASSET, last, 5, 6))
    return Project(modules, tuple(things), (Look(),) * len(modules))


@pytest.mark.parametrize("kind", sorted(USABLE))
def test_a_thing_of_each_kind_is_followed_through_each_style_of_import(kind: Kind) -> None:
    before = make_sample(kind)
    users = {asset.name for asset in before.assets[:-1]}
    with open_folder() as folder:
        fresh = folder.fingerprint(before)
        for thing in before.things[:7]:
            after = before.change(replace(thing, salt=thing.salt + 1))
            stale = find_changed(fresh, folder.fingerprint(after))

            assert stale == find_least(before, after), f"{thing.name} was edited\n{show(before, after)}"
            assert stale in (users, set())
            if thing.number == 6 and kind not in {Kind.ALIAS, Kind.TABLE}:
                assert find_changed(run_alone(before), run_alone(after)) == users == stale


@pytest.mark.parametrize("kind", sorted(USABLE))
def test_how_a_thing_of_each_kind_is_written_does_not_count(kind: Kind) -> None:
    before = make_sample(kind)
    look = Look("a remark", "Say it.", blank=1, spelled=True, annotated=True, turned=True)
    things = tuple(replace(thing, look=look) for thing in before.things)
    after = replace(before, things=things, looks=(look,) * len(before.looks), stars=True)
    with open_folder() as folder:
        assert folder.fingerprint(before) == folder.fingerprint(after), show(before, after)
