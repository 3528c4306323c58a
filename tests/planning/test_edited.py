"""Source files that come, go and change: `changed:REF` holds all that a plan then finds stale."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from assetmake.cli.entry import run
from repository import git, start_repository

ASSETS = """
from assetmake import (
    AssetIn,
    FileSource,
    LastPartitionMapping,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
)

d = FileSource("d", "raw/{partition_key}.csv")
notes = FileSource("notes", "notes/*.txt")
COLOURS = StaticPartitionsDefinition(["red", "blue"])
BOTH = MultiPartitionsDefinition({"file": d.partitions_def, "colour": COLOURS})


@asset(partitions_def=d.partitions_def)
def daily(d):
    return d.read_text()


@asset(partitions_def=d.partitions_def)
def beside():
    return 1


@asset(partitions_def=d.partitions_def)
def further(daily):
    return daily


@asset(partitions_def=BOTH)
def both():
    return 1


@asset
def total(daily: dict):
    return sorted(daily)


@asset(ins={"beside": AssetIn(partition_mapping=LastPartitionMapping())})
def newest(beside):
    return beside


@asset
def all_further(further: dict):
    return sorted(further)


@asset
def all_both(both: dict):
    return sorted(both)


@asset
def directly(d):
    return len(d)


@asset
def noted(notes):
    return len(notes)


@asset
def apart():
    return 1
"""


@dataclass(frozen=True)
class Branch:
    """A project, built, with a branch on which files are edited."""

    root: Path

    def ask(self, *words: str) -> str:
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(io.StringIO()):
            assert run([*words, "--project", str(self.root)]) == 0
        return out.getvalue()

    def list_stale(self, *selection: str) -> dict[str, int]:
        found = json.loads(self.ask("plan", "--json", *selection))["assets"]
        return {each["asset"]: each["stale"] for each in found if each["stale"]}

    def list_selected(self, selection: str) -> set[str]:
        return {each["asset"] for each in json.loads(self.ask("list", "--json", selection))["assets"]}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Branch:
    root = tmp_path_factory.mktemp("edited") / "project"
    root.mkdir()
    (root / "assets.toml").write_text("")
    (root / "assets.py").write_text(ASSETS)
    for name in ("raw/1.csv", "raw/2.csv", "raw/3.csv", "notes/a.txt", "notes/b.txt"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(name)
    start_repository(root)
    branch = Branch(root)
    branch.ask("build", "-q")
    return branch


@pytest.fixture
def branch(built: Branch) -> Iterator[Branch]:
    yield built
    git(built.root, "reset", "-q", "--hard")
    git(built.root, "clean", "-fdq")


def remove(root: Path, name: str) -> None:
    (root / name).unlink()


def write(root: Path, name: str) -> None:
    (root / name).write_text("other")


def move(root: Path, names: str) -> None:
    old, new = names.split(" ")
    shutil.move(root / old, root / new)


EDITS = {
    "a key's file is gone": (remove, "raw/3.csv", {"all_both", "all_further", "directly", "newest", "total"}),
    "a key's file that is not the last is gone": (
        remove,
        "raw/1.csv",
        {"all_both", "all_further", "directly", "total"},
    ),
    "a key's file has come": (write, "raw/4.csv", {"beside", "both", "daily", "directly", "further"}),
    "a key's file is called otherwise": (move, "raw/3.csv raw/9.csv", {"beside", "both", "daily", "directly"}),
    "a key's file has another content": (write, "raw/2.csv", {"daily", "directly"}),
    "a file of a glob is gone": (remove, "notes/a.txt", {"noted"}),
    "a file of a glob has come": (write, "notes/c.txt", {"noted"}),
    "a file of a glob is called otherwise": (move, "notes/a.txt notes/z.txt", {"noted"}),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_is_stale_is_among_what_was_changed(branch: Branch, name: str) -> None:
    edit, what, expected = EDITS[name]
    assert branch.list_stale() == {}
    edit(branch.root, what)
    stale = branch.list_stale()
    assert expected <= stale.keys()
    assert branch.list_stale("changed:main").items() >= stale.items()
    assert stale.keys() <= branch.list_selected("changed:main+")
    assert "apart" not in branch.list_selected("changed:main+")


def test_a_changed_file_touches_no_other_partition(branch: Branch) -> None:
    write(branch.root, "raw/2.csv")
    assert branch.list_selected("changed:main") == {"daily", "directly"}
    assert branch.list_stale("changed:main") == {"daily": 1, "directly": 1}
