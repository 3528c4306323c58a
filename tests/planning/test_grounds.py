"""What a plan rests on that found nothing to do: all that it looked at, or nothing where stat cannot vouch for it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assetmake import AssetKey, DailyPartitionsDefinition, StaticPartitionsDefinition
from assetmake.clock import RACY_NANOSECONDS
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.discovery.recall.inputs import Inputs, Seen, see_file, see_folder
from assetmake.planning.keyset import ONE_PART
from assetmake.planning.scope import Survey
from assetmake.planning.standing import Grounds, Sightings, find_grounds
from assetmake.planning.view import Scope
from assetmake.storage.ledger import SourceRow
from assetmake.storage.sources import Search
from assetmake.storage.standing import hash_variable
from ticks import wait_for_tick

NOW = datetime(2026, 4, 10, 6, 30, tzinfo=UTC)
LATER = 3600 * 10**9


@dataclass
class Looked:
    """What a plan looked at, in a folder."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    definitions: dict[AssetKey, PartitionsDefinition | None] = field(default_factory=dict)
    sources: list[str] = field(default_factory=lambda: ["raw/a.csv"])
    searched: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    outputs: Sightings = field(default_factory=Sightings)
    files: dict[str, Seen] = field(default_factory=dict)
    folders: dict[str, Seen] = field(default_factory=dict)
    present: dict[str, int] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    also: list[str] = field(default_factory=list)
    begun_later: int = LATER
    meanwhile: Callable[[], object] = lambda: None
    """What others do after the plan has looked at the sources, and before its answer is kept."""

    def write(self, name: str) -> str:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")
        return str(path)

    def begun_at(self) -> int:
        probe = self.root / ".probe"
        probe.write_text("")
        return probe.stat().st_mtime_ns + self.begun_later

    def survey(self) -> Survey:
        rows = {path: self._row(path) for path in self.sources}
        parts = dict.fromkeys(self.definitions, ONE_PART)
        scope = Scope(self.definitions, parts, {}, NOW)
        searched = tuple(Search.by_glob(self.root, pattern) for pattern in self.searched)
        return Survey(scope, rows, (), tuple(self.absent), searched)

    def _row(self, path: str) -> SourceRow:
        seen = os.stat(self.root / path)
        return SourceRow(path, seen.st_size, seen.st_mtime_ns, seen.st_ino, 0, 0)

    def inputs(self) -> Inputs:
        return Inputs(self.files, self.folders, ("/absent/input",), {"READ": "hash"}, "salt", self.present, self.links)

    def find(self, *, inputs: Inputs | None = None) -> Grounds | None:
        surveyed, begun_at = self.survey(), self.begun_at()
        self.meanwhile()
        return find_grounds(
            surveyed,
            self.outputs,
            inputs or self.inputs(),
            root=self.root,
            environment=self.environment,
            begun_at=begun_at,
            also=self.also,
        )

    def must_find(self) -> Grounds:
        grounds = self.find()
        assert grounds is not None
        return grounds


@pytest.fixture
def looked(tmp_path: Path) -> Looked:
    looked = Looked(tmp_path)
    path = looked.write("assets.py")
    now = os.stat(path).st_mtime_ns + LATER
    seen, folder = see_file(path, now=now), see_folder(str(tmp_path), now=now)
    assert seen is not None
    assert folder is not None
    looked.files[path], looked.folders[str(tmp_path)] = seen, folder
    looked.write("raw/a.csv")
    return looked


def stamp(path: str | Path) -> tuple[int, int, int, int]:
    seen = os.stat(path)
    return seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino


def test_all_that_was_looked_at_is_a_ground(looked: Looked) -> None:
    output = looked.write("data/out.json")
    looked.outputs.note(output, os.stat(output))
    looked.also = [looked.write("state.duckdb"), str(looked.root / "state.duckdb.wal")]
    looked.absent = ["raw/missing.csv"]
    looked.searched = ["in/*.csv"]
    looked.write("in/x.csv")
    looked.present[looked.write("flag")] = stat.S_IFREG
    looked.links[str(looked.root / "link")] = "target"
    grounds = looked.must_find()
    named = {os.path.relpath(path, looked.root) for path in grounds.stamps}
    assert named == {"assets.py", ".", "raw/a.csv", "data/out.json", "state.duckdb", "in"}
    assert grounds.stamps[output] == stamp(output)
    assert (grounds.present, grounds.links) == (looked.present, looked.links)
    assert {*grounds.absent} == {
        "/absent/input",
        *(str(looked.root / name) for name in ("raw/missing.csv", "state.duckdb.wal")),
    }
    assert grounds.variables["READ"] == "hash"


def test_what_decided_the_manifest_counts_as_it_was_then(looked: Looked) -> None:
    """Not as it is now: an edit that came in between is to be seen."""
    looked.write("assets.py")
    path = str(looked.root / "assets.py")
    os.utime(path, ns=(1, 1))
    assert looked.must_find().stamps[path] == looked.files[path].stamp != stamp(path)


def test_outputs_count_as_the_plan_saw_them(looked: Looked) -> None:
    output = looked.write("data/out.json")
    looked.outputs.note(output, os.stat(output))
    os.utime(output, ns=(1, 1))
    assert looked.must_find().stamps[output] != stamp(output)


def test_variables_that_choose_the_configuration_or_the_code_count(looked: Looked) -> None:
    looked.environment = {"ASSETMAKE_ENV": "prod", "PYTHONPATH": "/x"}
    variables = looked.must_find().variables
    assert variables["ASSETMAKE_ENV"] == hash_variable("ASSETMAKE_ENV", "prod", salt="salt")
    assert variables["PYTHONPATH"] == hash_variable("PYTHONPATH", "/x", salt="salt")
    assert variables["PYTHONOPTIMIZE"] is None


def delete_source(looked: Looked) -> None:
    looked.meanwhile = (looked.root / "raw/a.csv").unlink


def lead_a_link_to_another_old_file(looked: Looked) -> None:
    looked.write("raw/b.csv")
    link, other = looked.root / "raw/link.csv", looked.root / "raw/other.csv"
    link.symlink_to("a.csv")
    other.symlink_to("b.csv")
    looked.sources = ["raw/link.csv"]
    looked.meanwhile = lambda: other.rename(link)


def exchange_the_folder_of_a_source(looked: Looked) -> None:
    looked.write("new/a.csv")
    looked.meanwhile = lambda: exchange(looked.root / "raw", looked.root / "new")


def exchange_a_folder_that_is_searched(looked: Looked) -> None:
    looked.write("in/day/x.csv")
    looked.write("new/day/y.csv")
    looked.sources, looked.searched = [], ["in/day/*.csv"]
    looked.meanwhile = lambda: exchange(looked.root / "in", looked.root / "new")


def exchange(old: Path, new: Path) -> None:
    old.rename(old.with_name("old"))
    new.rename(old)


def make_unsettled(looked: Looked) -> None:
    path = next(iter(looked.files))
    changed = max(looked.files[path].stamp[1:3])
    looked.files[path] = replace(looked.files[path], seen_at=changed + RACY_NANOSECONDS)


def make_folder_unsettled(looked: Looked) -> None:
    path = next(iter(looked.folders))
    changed = max(looked.folders[path].stamp[1:3])
    looked.folders[path] = replace(looked.folders[path], seen_at=changed + RACY_NANOSECONDS)


def leave_unhashed(looked: Looked) -> None:
    path = next(iter(looked.files))
    looked.files[path] = replace(looked.files[path], digest="")


def decide_by_bytes(looked: Looked) -> None:
    looked.outputs.is_partial = True


def begin_just_now(looked: Looked) -> None:
    looked.begun_later = RACY_NANOSECONDS // 2


def begin_before_a_folder_changed(looked: Looked) -> None:
    looked.write("in/x.csv")
    looked.sources, looked.searched = [], ["in/*.csv"]
    looked.begun_later = RACY_NANOSECONDS // 2


def take_relative_paths(looked: Looked) -> None:
    looked.environment = {"PYTHONPATH": f"/x{os.pathsep}lib"}


def take_the_current_folder(looked: Looked) -> None:
    looked.environment = {"PYTHONPATH": f"/x{os.pathsep}"}


def look_at_too_much(looked: Looked) -> None:
    looked.outputs.stamps.update({str(number): (0, 0, 0, 0) for number in range(300_001)})


REFUSED: tuple[Callable[[Looked], None], ...] = (
    delete_source,
    lead_a_link_to_another_old_file,
    exchange_the_folder_of_a_source,
    exchange_a_folder_that_is_searched,
    make_unsettled,
    make_folder_unsettled,
    leave_unhashed,
    decide_by_bytes,
    begin_just_now,
    begin_before_a_folder_changed,
    take_relative_paths,
    take_the_current_folder,
    look_at_too_much,
)


@pytest.mark.parametrize("edit", REFUSED, ids=lambda edit: edit.__name__)
def test_what_stat_cannot_vouch_for_is_no_ground(looked: Looked, edit: Callable[[Looked], None]) -> None:
    assert looked.find() is not None
    edit(looked)
    assert looked.find() is None


def test_what_is_not_known_is_no_ground(looked: Looked) -> None:
    found = find_grounds(
        looked.survey(), looked.outputs, None, root=looked.root, environment={}, begun_at=looked.begun_at(), also=()
    )
    assert found is None


DAY = int(datetime(2026, 4, 11, tzinfo=UTC).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("definitions", "until"),
    [
        ({}, None),
        ({"a": None}, None),
        ({"a": StaticPartitionsDefinition(["x"])}, None),
        ({"a": DailyPartitionsDefinition("2026-01-01")}, DAY),
        ({"a": DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01")}, None),
        (
            {
                "a": DailyPartitionsDefinition("2026-01-01", timezone="Asia/Tokyo"),
                "b": DailyPartitionsDefinition("2026-01-01"),
            },
            DAY - 9 * 3600 * 10**9,
        ),
    ],
)
def test_it_stands_until_the_first_window_ends(
    looked: Looked, definitions: Mapping[str, PartitionsDefinition | None], until: int | None
) -> None:
    looked.definitions = {AssetKey(name): definition for name, definition in definitions.items()}
    assert looked.must_find().until == until


# ---------------------------------------------------------------------- where a glob looks


GLOBS = [
    ("in/*.csv", "in/new.csv"),
    ("in/*", "in/new"),
    ("in/**/*.csv", "in/deep/deeper/new.csv"),
    ("in/**/*.csv", "in/deep/other/new.csv"),
    ("in/*/x.csv", "in/other/x.csv"),
    ("in/*/x.csv", "in/deep/x.csv"),
    ("*.csv", "new.csv"),
    ("**/*.csv", "in/deep/new.csv"),
    ("i[n]/*.csv", "in/new.csv"),
    ("missing/*.csv", "missing/new.csv"),
    ("missing/deep/*.csv", "missing/deep/new.csv"),
    ("in/link/*.csv", "target/new.csv"),
    ("in/*/*.csv", "target/new.csv"),
    ("in/*.dat", "nowhere.dat"),
    ("in/**/*.csv", "nowhere/new.csv"),
]


@pytest.mark.parametrize(("pattern", "new"), GLOBS)
def test_a_new_file_of_a_glob_moves_a_ground(looked: Looked, pattern: str, new: str) -> None:
    looked.write("in/deep/deeper/old.csv")
    looked.write("target/old.csv")
    (looked.root / "in/link").symlink_to("../target")
    (looked.root / "in/lost.dat").symlink_to("../nowhere.dat")
    (looked.root / "in/lost").symlink_to("../nowhere")
    looked.searched, looked.sources = [pattern], []
    looked.folders = {}
    grounds = looked.must_find()
    vouches = not any(map(os.path.lexists, grounds.absent))
    wait_for_tick(looked.root.parent)
    looked.write(new)
    stands = vouches and not any(map(os.path.lexists, grounds.absent))
    assert not (stands and all(stamp(path) == seen for path, seen in grounds.stamps.items()))


def test_links_that_lead_to_each_other_are_an_end(looked: Looked) -> None:
    (looked.root / "in").mkdir()
    (looked.root / "in/a").symlink_to("b")
    (looked.root / "in/b").symlink_to("a")
    (looked.root / "in/up").symlink_to("..")
    looked.searched = ["in/**/*.csv"]
    looked.find()
