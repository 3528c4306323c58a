"""result: and state: by what is recorded, and what a look at git does to what may be remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.recall.reads import Reads
from assetmake.graph.selection import Selection
from assetmake.planning.recorded import find_state
from assetmake.project import Project
from assetmake.testing import ProjectSandbox
from repository import commit, start_repository

ASSETS = """
from pathlib import Path
from assetmake import DailyPartitionsDefinition, FileSource, StaticPartitionsDefinition, asset

letters = FileSource("letters", "letters-{partition_key}.txt")
days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")


@asset
def one() -> int:
    return 1


@asset
def two(one: int) -> int:
    return one


@asset(partitions_def=days)
def daily(context) -> int:
    if Path("fail").exists() and context.partition_key == "2026-01-02":
        raise ValueError
    return 1


@asset(partitions_def=letters.partitions_def)
def read(letters: Path) -> str:
    return letters.read_text()


@asset
def whole(letters: dict[str, Path]) -> int:
    return len(letters)
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[ProjectSandbox]:
    root = tmp_path / "project"
    root.mkdir()
    (root / "assets.toml").write_text("")
    (root / "assets.py").write_text(ASSETS)
    for key in "abc":
        (root / f"letters-{key}.txt").write_text(key)
    start_repository(root)
    with ProjectSandbox(root, place=tmp_path / "place") as sandbox:
        yield sandbox


def choose(project: Project, term: str) -> str:
    return " ".join(sorted(map(str, project.select_assets(Selection((term,))))))


def test_results_of_the_last_attempt(sandbox: ProjectSandbox) -> None:
    assert choose(sandbox.project, "result:built") == ""
    sandbox.build("one", "two", "daily")
    assert choose(sandbox.project, "result:built") == "daily one two"
    assert choose(sandbox.project, "result:unchanged") == ""
    sandbox.build("one", force=True)
    assert choose(sandbox.project, "result:unchanged") == "one"
    assert choose(sandbox.project, "result:built") == "daily two"
    (sandbox.root / "fail").touch()
    sandbox.build("daily@2026-01-02", force=True)
    assert choose(sandbox.project, "result:failed") == "daily"
    assert choose(sandbox.project, "result:built") == "daily two", "of the other days"
    assert choose(sandbox.project, "result:failed+ or not result:built") == "daily one read whole"


def edit(project: Project, name: str, **parts: str) -> Project:
    assets = tuple(
        replace(each, fingerprint=replace(each.fingerprint, **parts)) if each.key == AssetKey(name) else each
        for each in project.manifest.assets
    )
    return replace(project, manifest=replace(project.manifest, assets=assets))


def test_states_by_part(sandbox: ProjectSandbox) -> None:
    project = sandbox.project
    assert choose(project, "state:new") == "daily one read two whole"
    sandbox.build("one", "two", "daily@2026-01-02")
    assert choose(project, "state:new") == "read whole"
    assert choose(project, "state:modified") == ""
    for part, word in {"code": "code", "config": "config", "io": "io", "environment": "env"}.items():
        for name in ("one", "daily"):
            edited = edit(project, name, **{part: "another"})
            assert choose(edited, "state:modified") == name
            assert choose(edited, f"state:modified.{word}") == name
            others = {"code", "config", "io", "env", "deps"} - {word}
            assert all(choose(edited, f"state:modified.{each}") == "" for each in others)


def test_a_state_by_what_is_read(sandbox: ProjectSandbox) -> None:
    sandbox.build("one", "two")
    project = sandbox.project
    own = next(each for each in project.manifest.assets if each.key == AssetKey("two"))
    moved = replace(own, dependencies=(replace(own.dependencies[0], key=AssetKey("whole")),))
    assets = tuple(moved if each is own else each for each in project.manifest.assets)
    edited = replace(project, manifest=replace(project.manifest, assets=assets))
    assert choose(edited, "state:modified.deps") == "two"
    assert choose(edited, "state:modified.code") == ""


def test_partitions_that_are_gone_say_nothing(sandbox: ProjectSandbox) -> None:
    sandbox.build("daily", "read")
    assert choose(sandbox.project, "state:new") == "one two whole"
    (sandbox.root / "letters-a.txt").unlink()
    assert choose(edit(sandbox.project, "read", code="another"), "state:modified") == "read"
    for key in "bc":
        (sandbox.root / f"letters-{key}.txt").unlink()
    (sandbox.root / "letters-z.txt").touch()
    edited = edit(sandbox.project, "read", code="another")
    assert choose(edited, "state:new") == "one read two whole"
    assert choose(edited, "state:modified") == ""


@pytest.mark.parametrize("name", ["one", "daily", "read"])
def test_all_parts_that_differ_are_told(sandbox: ProjectSandbox, name: str) -> None:
    sandbox.build("one", "daily@2026-01-02", "daily@2026-01-03", "read")
    edited = edit(sandbox.project, name, code="another", environment="another")
    terms = ("state:modified", "state:modified.code", "state:modified.env", "state:modified.io")
    assert [choose(edited, term) for term in terms] == [name, name, name, ""]


@dataclass
class Counting:
    """A connection that counts what is asked."""

    db: Any
    count: int = 0

    def __getattr__(self, name: str) -> Any:
        self.count += name in {"execute", "sql"}
        return getattr(self.db, name)


@pytest.mark.parametrize("state", ["new", "modified"])
def test_the_state_is_asked_once_for_all_assets(sandbox: ProjectSandbox, state: str) -> None:
    sandbox.build()
    project = sandbox.project
    with project.state.reading() as db:
        world = project.look(db)
        counting = Counting(db)
        view = replace(world.view, db=counting)
        assert find_state(view, world.graph, state) == set()
        assert counting.count <= 3, "shown, asked, hidden"


def test_a_file_of_one_key_touches_that_partition(sandbox: ProjectSandbox) -> None:
    project = replace(sandbox.project, reads=Reads())  # a sandbox does not know what an import reads
    assert choose(project, "changed:HEAD") == ""
    (sandbox.root / "letters-b.txt").write_text("other")
    plan = project.make_plan(Selection(("changed:HEAD",))).plan
    assert {str(key): verdicts.total for key, verdicts in plan} == {"read": 1, "whole": 1}
    (sandbox.root / "letters-d.txt").write_text("new")
    (sandbox.root / "letters-a.txt").unlink()
    plan = project.make_plan(Selection(("changed:HEAD and partition:d",))).plan
    assert {str(key): verdicts.total for key, verdicts in plan} == {"read": 1}
    commit(sandbox.root)
    assert choose(project, "changed:HEAD") == ""
    assert choose(project, "changed:HEAD~1+") == "read whole"


def test_what_git_said_is_not_remembered(sandbox: ProjectSandbox) -> None:
    project = sandbox.project
    for term, is_partial in {"status:stale": False, "changed:HEAD": True, "one and not changed:HEAD": True}.items():
        with project.state.reading() as db:
            seen = project.look(db, selection=Selection((term,)))
            seen.find_targets(Selection((term,)))
            assert seen.sightings.is_partial is is_partial, term
