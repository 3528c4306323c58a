"""The table of code edits: real files, one edit, and exactly the nodes that a plan lists.

Each row edits a project that was built once, where it was built; this process imports and plans it, and of each sixth
row a command does. Rows after which nothing is planned are edited in together, as far as none stands in another's way.
`-k` takes the theme and words of a row's name. Where a row's assets can be computed by calling them, an oracle vouches
for it: it computes all of them before and after.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from edits import Project, Row, Theme, read_rows
from oracle import compute_results
from rows_classes import CLASSES
from rows_declarations import DECLARATIONS, ENVIRONMENT
from rows_files import FILES, PLACES
from rows_frames import FRAMES
from rows_functions import FUNCTIONS
from rows_imports import IMPORTS
from rows_layout import LAYOUT
from rows_scopes import SCOPES
from rows_values import VALUES
from rows_wrappers import WRAPPERS

from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.loader import uninstall
from assetmake.discovery.recall import discover as recall_discover
from assetmake.discovery.recall.order import Order
from assetmake.discovery.recall.reads import Reads
from assetmake.graph.selection import Selection
from assetmake.project import open_project
from assetmake.reporting.documents import describe_plan
from fresh import FreshProcesses, start_fresh
from kept_code import find_misread
from thoroughness import times

THEMES = (
    FUNCTIONS,
    LAYOUT,
    WRAPPERS,
    CLASSES,
    VALUES,
    FRAMES,
    IMPORTS,
    SCOPES,
    DECLARATIONS,
    ENVIRONMENT,
    FILES,
    PLACES,
)
ROWS = [pytest.param(theme, row, id=f"{theme.name}: {row.name}") for theme in THEMES for row in theme.rows]
BUILT_TOO = {
    "own body",
    "helper in the same file",
    "helper of a helper, in another file",
    "comment in a helper",
    "base class in another module",
    "value of a constant",
    "set literal in another order",
    "function behind a package's __init__",
    "one value of a factory's loop",
    "local of the same name as a constant",
    "edit of the same size and time",
}


@dataclass(frozen=True)
class Stand:
    """Where the project of a theme stands, and what it is there before a row edits it.

    All rows of a theme are planned at one place: there the manifest of the project before the edit is remembered.
    """

    place: Path
    snapshot: Path

    def restore(self) -> Project:
        """Return the project as it was built; what was left of another row is gone."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.snapshot, self.place)
        return Project(self.place)

    def refresh(self) -> Project:
        """Do so while it is the current folder."""
        os.chdir(self.snapshot)
        self.restore()
        os.chdir(self.place)
        return Project(self.place)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Theme], Stand]:
    """Return a function that gives the place of a theme's project, built once."""
    stands: dict[str, Stand] = {}

    def build(theme: Theme) -> Stand:
        if theme.name not in stands:
            folder = tmp_path_factory.mktemp(theme.name).resolve()
            project = theme.write(folder / "project")
            assert project.build(theme.env)
            assert project.plan(theme.env) == {}
            stands[theme.name] = Stand(project.root, folder / "snapshot")
            project.root.rename(folder / "snapshot")
        return stands[theme.name]

    return build


@pytest.fixture
def project(built: Callable[[Theme], Stand], theme: Theme, row: Row) -> Project:
    """Return the theme's built project, edited as the row says."""
    return row.edit(built(theme).restore())


def choose_processes(theme: Theme, env: Mapping[str, str]) -> FreshProcesses | None:
    """Return None for processes of their own: only they show what Python reads from its environment when it starts."""
    return None if any(name.startswith("PYTHON") for name in env) else start_fresh(*theme.libraries)


class ImportsHere:
    """Stands in for the process that imports a project: it can hand nothing over, so the project is imported here."""

    def __init__(self, order: Order) -> None:
        pass

    def ask(self, meanwhile: Callable[[], None]) -> tuple[str, tuple[str, Reads]]:
        meanwhile()
        return "foreign", ("a test", Reads())


def plan_here(root: Path, *, fresh: bool = False) -> tuple[dict[str, str], bool]:
    """Return what a plan would run, and whether it went by what is remembered; all is done in this process."""
    try:
        project = open_project(project=root, fresh=fresh)
        return read_rows(describe_plan(project.make_plan(Selection()))), not project.volatile
    finally:
        uninstall()


def check_plan(project: Project, planned: Mapping[str, str]) -> None:
    """See that exactly this is planned, though the manifest of before is remembered; and without it, if it was used."""
    found, is_remembered = plan_here(project.root)
    assert found == planned
    if is_remembered:
        assert plan_here(project.root, fresh=True) == (planned, False)


@pytest.fixture
def here(theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this process import projects."""
    for name, value in theme.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(recall_discover, "_Child", ImportsHere)


def is_alone(theme: Theme, row: Row) -> bool:
    """Tell whether a row is planned by itself: something is planned then, or what edits it may undo another one."""
    return bool(row.planned or row.env or theme.libraries) or not row.is_additive


ALONE = [param for param in ROWS if is_alone(*param.values)]
TOGETHER = [theme for theme in THEMES if not all(is_alone(theme, row) for row in theme.rows)]


@pytest.mark.parametrize(("theme", "row"), ALONE)
@pytest.mark.usefixtures("here")
def test_exactly_this_is_planned(project: Project, theme: Theme, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {**theme.env, **row.env}
    if theme.libraries or choose_processes(theme, env) is None:
        assert project.plan(env, by=choose_processes(theme, env)) == row.planned
        return
    for name, value in row.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(project.root)
    check_plan(project, row.planned)


@pytest.mark.parametrize("theme", TOGETHER, ids=lambda theme: theme.name)
@pytest.mark.usefixtures("here")
def test_nothing_is_planned(built: Callable[[Theme], Stand], theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    """After many edits at once, each of which changes nothing; where something is planned, after which of them."""
    stand = built(theme)
    stand.restore()
    monkeypatch.chdir(stand.place)
    waiting = [row for row in theme.rows if not is_alone(theme, row)]
    while waiting:
        project, edited, left = stand.refresh(), [], []
        for row in waiting:
            (edited if row.edits_too(project) else left).append(row)
        assert edited, "no row can be edited into the theme's project"
        try:
            check_plan(project, {})
        except AssertionError:
            for row in edited:
                check_plan(row.edit(stand.refresh()), row.planned)
            raise
        waiting = left


@pytest.mark.parametrize(("theme", "row"), [row for row in ROWS[::6] if not row.values[0].libraries])
def test_commands_plan_the_same(project: Project, theme: Theme, row: Row) -> None:
    """In fresh processes, with what is remembered and without it."""
    env = {**theme.env, **row.env}
    processes = choose_processes(theme, env)
    assert project.plan(env, by=processes) == row.planned
    if processes is None or not processes.has_imported:
        assert project.plan(env, "--no-cache", by=processes) == row.planned


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_before_an_edit_the_manifest_is_remembered(
    built: Callable[[Theme], Stand], theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the rows would not show that an edit is seen in spite of it."""
    for name, value in theme.env.items():
        monkeypatch.setenv(name, value)

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the project was imported")

    monkeypatch.setattr(recall_discover, "_Child", refuse)
    root = built(theme).restore().root
    assert recall_discover.discover_manifest(root, load_config(root)).manifest.assets


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_what_a_state_keeps_of_code_gives_the_same_fingerprint_again(tmp_path: Path, theme: Theme) -> None:
    root = theme.write(tmp_path.resolve()).root
    uninstall()
    try:
        assert find_misread(build_manifest(root, load_config(root))) == []
    finally:
        uninstall()


@pytest.mark.parametrize(
    "theme", [each for each in THEMES if any(row.proved for row in each.rows)], ids=lambda theme: theme.name
)
def test_the_rows_are_true(tmp_path: Path, theme: Theme) -> None:
    """What a row's plan holds is what the edit gives another result, or less where the row says why."""
    rows = [row for row in theme.rows if row.proved]
    unedited = theme.write(tmp_path / "unedited").root
    edited = [row.edit(theme.write(tmp_path / str(number))).root for number, row in enumerate(rows)]
    results = compute_results([unedited, *edited])
    before = results[unedited]
    untrue = {}
    for row, root in zip(rows, edited, strict=True):
        changed = {asset for asset in before if results[root].get(asset) != before[asset]}
        true = changed < row.planned.keys() if row.beyond else changed == row.planned.keys()
        if not true:
            untrue[row.name] = changed
    assert untrue == {}


def discover(root: Path) -> object:
    """Return all that is known of a project's code, found as a new process would."""
    uninstall()
    try:
        manifest = build_manifest(root, load_config(root))
    finally:
        uninstall()
    return [(str(each.key), each.fingerprint.code) for each in manifest.assets], manifest.code


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_what_was_kept_of_texts_decides_nothing(tmp_path: Path, theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in theme.env.items():
        monkeypatch.setenv(name, value)
    unedited = theme.write(tmp_path / "unedited").root
    discover(unedited)
    for number, row in enumerate(theme.rows[:: max(1, 8 // times(1))]):
        project = row.edit(theme.write(tmp_path / str(number)))
        shutil.copytree(unedited / ".assetmake" / "cache", project.root / ".assetmake" / "cache")
        kept = discover(project.root)
        shutil.rmtree(project.root / ".assetmake" / "cache")
        assert kept == discover(project.root), row.name


@pytest.mark.parametrize(("theme", "row"), [param for param in ROWS if param.values[1].name in BUILT_TOO])
def test_exactly_this_runs_once(project: Project, theme: Theme, row: Row) -> None:
    assert project.build() == set(row.planned)
    assert project.build() == set()


def test_the_table_is_long_and_balanced() -> None:
    rows = [row for theme in THEMES for row in theme.rows]
    must_nots = sum(not row.planned for row in rows)
    assert len(rows) >= 100
    assert 0.4 < must_nots / len(rows) < 0.6
    assert [name for name, times in Counter(row.name for row in rows).items() if times > 1] == []
    assert {row.name for row in rows} >= BUILT_TOO
