"""Orphans: what has no node any more is told of and collected; what stays valid stays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from shop import list_files, list_verdicts, living_build

from assetmake import (
    AssetsDefinition,
    DailyPartitionsDefinition,
    FileSource,
    HourlyPartitionsDefinition,
    PartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
    by_hand,
)
from assetmake.discovery.manifest import Manifest, ModuleFailure
from assetmake.errors import LockTimeout
from assetmake.graph.selection import Selection
from assetmake.planning import orphans
from assetmake.planning.orphans import Garbage, Orphans
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")
KEYS = StaticPartitionsDefinition(["a", "b", "c"])


def make_assets(
    partitions: PartitionsDefinition | None = DAYS,
    *,
    gone: bool = False,
    io: str | None = None,
) -> list[AssetsDefinition | FileSource]:
    @asset(partitions_def=partitions, io_manager_key=io)
    def parted() -> list:
        return [1]

    @asset
    def plain() -> int:
        return 1

    @asset(deps=["plain"])
    def done() -> None:
        pass

    return [parted] if gone else [parted, plain, done]


def open_sandbox(root: Path, partitions: PartitionsDefinition | None = DAYS) -> Sandbox:
    sandbox = Sandbox(make_assets(partitions), root=root)
    assert sandbox.build().success
    assert find_orphans(sandbox) == []
    return sandbox


def find_orphans(sandbox: Sandbox) -> list[Orphans]:
    return list(sandbox.project.make_plan(Selection(), orphans=True).orphans)


def collect(sandbox: Sandbox) -> Garbage:
    _, garbage = by_hand.collect(sandbox.project, remove=True)
    return garbage


def count_rows(sandbox: Sandbox, table: str = "traces") -> int:
    with sandbox.project.state.reading() as db:
        ((number,),) = db.execute(f"select count(*) from state.{table}").fetchall()
    return int(number)


@pytest.mark.parametrize(
    ("before", "after", "stale", "lost"),
    [
        (
            DAYS,
            DailyPartitionsDefinition("2026-01-03", end_date="2026-01-05"),
            [],
            ["2026-01-01..2026-01-02"],
        ),
        (DAYS, DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04"), [], ["2026-01-04"]),
        (DAYS, DailyPartitionsDefinition("2025-12-31", end_date="2026-01-05"), ["parted@2025-12-31"], []),
        (KEYS, StaticPartitionsDefinition(["c", "a"]), [], ["b"]),
        (KEYS, StaticPartitionsDefinition(["d", "c", "b", "a"]), ["parted@d"], []),
    ],
    ids=["start moved", "end moved", "start moved back", "key removed", "key added"],
)
def test_what_stays_valid_stays(
    tmp_path: Path,
    before: PartitionsDefinition,
    after: PartitionsDefinition,
    stale: Sequence[str],
    lost: Sequence[str],
) -> None:
    sandbox = open_sandbox(tmp_path, before)
    files = list_files(sandbox)
    sandbox.replace(make_assets(after))
    assert list(list_verdicts(sandbox)) == list(stale)
    assert [key for each in find_orphans(sandbox) for key in each.keys] == list(lost)
    assert sandbox.build().ran == list(stale)
    assert set(files) <= set(list_files(sandbox))


def test_a_removed_asset_is_an_orphan_until_it_is_collected(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path)
    sandbox.replace(make_assets(gone=True))
    assert find_orphans(sandbox) == [Orphans("done", 1, ()), Orphans("plain", 1, ())]
    listed = by_hand.collect(sandbox.project, remove=False)[1]
    assert [path.name for path in listed.files] == ["plain.json"]
    assert "plain.json" in list_files(sandbox)
    assert count_rows(sandbox) == 6
    collect(sandbox)
    assert [name for name in list_files(sandbox) if not name.startswith("parted/")] == []
    assert find_orphans(sandbox) == []
    assert count_rows(sandbox) == 4
    assert list_verdicts(sandbox) == {}


def test_a_broken_module_makes_no_orphans(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path)
    failure = ModuleFailure("other", "other.py", "SyntaxError", "")
    sandbox.replace([])
    sandbox.project = replace(sandbox.project, manifest=Manifest(failures=(failure,)))
    assert find_orphans(sandbox) == []
    sandbox.project = replace(sandbox.project, manifest=Manifest())
    with sandbox.project.state.reading() as db:
        view = sandbox.project.look(db).view
        assert len(orphans.find_orphans(view, sandbox.project.graph, is_whole=True)) == 3


def test_removed_keys_are_collected_and_the_others_stay(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path)
    sandbox.replace(make_assets(DailyPartitionsDefinition("2026-01-02", end_date="2026-01-05")))
    garbage = collect(sandbox)
    assert [path.name for path in garbage.files] == ["2026-01-01.json"]
    assert [name for name in list_files(sandbox) if "parted" in name] == [
        f"parted/2026-01-0{day}.json" for day in (2, 3, 4)
    ]
    assert find_orphans(sandbox) == []
    assert list_verdicts(sandbox) == {}


def test_an_asset_that_gets_partitions_leaves_its_one_output(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path, None)
    # 1970-01-01 has the part 0, as a node without partitions has
    sandbox.replace(make_assets(DailyPartitionsDefinition("1970-01-01", end_date="1970-01-03")))
    assert find_orphans(sandbox) == [Orphans("parted", 1, ())]
    sandbox.build()
    assert find_orphans(sandbox) == [Orphans("parted", 1, ())]
    assert "parted.json" in list_files(sandbox)
    collect(sandbox)
    assert [name for name in list_files(sandbox) if "parted" in name] == [
        "parted/1970-01-01.json",
        "parted/1970-01-02.json",
    ]
    assert list_verdicts(sandbox) == {}


def test_an_asset_that_loses_its_partitions_leaves_them(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path)
    sandbox.replace(make_assets(None))
    assert list_verdicts(sandbox) == {"parted": "missing"}
    assert find_orphans(sandbox)[0].nodes == 4
    sandbox.build()
    collect(sandbox)
    assert [name for name in list_files(sandbox) if "parted" in name] == ["parted.json"]


def test_a_partition_whose_part_is_that_of_the_whole_is_an_orphan_too(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path, DailyPartitionsDefinition("1970-01-01", end_date="1970-01-03"))
    sandbox.replace(make_assets(None))
    assert find_orphans(sandbox) == [Orphans("parted", 2, ("1970-01-01", "1970-01-02"))]
    sandbox.build()
    assert find_orphans(sandbox) == [Orphans("parted", 2, ("1970-01-01", "1970-01-02"))]


@pytest.mark.parametrize("is_built", [False, True])
def test_days_that_become_hours_are_kept_until_they_are_collected(tmp_path: Path, is_built: bool) -> None:
    sandbox = open_sandbox(tmp_path, DailyPartitionsDefinition("2026-01-01", end_date="2026-01-03"))
    sandbox.replace(make_assets(HourlyPartitionsDefinition("2026-01-01-00:00", end_date="2026-01-01-02:00")))
    assert list_verdicts(sandbox) == {"parted@2026-01-01-00:00": "config", "parted@2026-01-01-01:00": "missing"}
    if is_built:
        sandbox.build()
    assert find_orphans(sandbox) == [Orphans("parted", 2, ("2026-01-01", "2026-01-02"))]
    assert "parted/2026-01-01.json" in list_files(sandbox)
    collect(sandbox)
    hours = ["parted/2026-01-01-00%3A00.json", "parted/2026-01-01-01%3A00.json"] if is_built else []
    assert [name for name in list_files(sandbox) if "parted" in name] == hours
    assert find_orphans(sandbox) == []
    assert ("parted@2026-01-01-00:00" in list_verdicts(sandbox)) is not is_built


def test_a_file_that_was_edited_is_left_alone(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path)
    sandbox.replace(make_assets(gone=True))
    path = sandbox.root / "data/plain.json"
    path.write_text("2")
    garbage = collect(sandbox)
    assert garbage.kept == {path: "it is not what was built"}
    assert path.read_text() == "2"
    assert [each.asset for each in find_orphans(sandbox)] == ["plain"]
    path.unlink()
    assert collect(sandbox).kept == {}
    assert find_orphans(sandbox) == []


def test_a_copy_of_the_same_bytes_is_what_was_built(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path)
    sandbox.replace(make_assets(gone=True))
    path = sandbox.root / "data/plain.json"
    path.with_name("copy").write_bytes(path.read_bytes())
    os.replace(path.with_name("copy"), path)
    collect(sandbox)
    assert not path.exists()


def test_what_nobody_has_recorded_is_left_alone(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path)
    mine = sandbox.root / "data/parted/mine.json"
    mine.write_text("1")
    sandbox.replace(make_assets(None))
    collect(sandbox)
    assert mine.exists()
    assert not (sandbox.root / "data/parted/2026-01-01.json").exists()


def test_an_output_that_has_become_a_source_is_left_alone(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path)
    sandbox.replace([*make_assets(gone=True), FileSource("plain", "data/plain.json")])
    garbage = collect(sandbox)
    assert list(garbage.kept.values()) == ["a source of the project reads it"]
    assert "plain.json" in list_files(sandbox)


def test_an_output_that_another_node_has_taken_over_stays_and_its_old_row_goes(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path, StaticPartitionsDefinition(["x"]))

    @asset(key=["parted", "x"])
    def nested() -> int:
        return 2

    sandbox.replace([nested])
    sandbox.build()
    collect(sandbox)
    assert list_files(sandbox) == ["parted/x.json"]
    assert find_orphans(sandbox) == []
    assert list_verdicts(sandbox) == {}


def test_a_living_build_keeps_its_nodes(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path)
    sandbox.replace(make_assets(gone=True))
    with living_build(sandbox, "plain"), pytest.raises(LockTimeout):
        collect(sandbox)
    assert "plain.json" in list_files(sandbox)


def test_another_io_manager_replaces_the_file_when_the_node_is_built(tmp_path: Path) -> None:
    sandbox = Sandbox(make_assets(io="json"), root=tmp_path)
    sandbox.build()
    sandbox.replace(make_assets(io="pickle"))
    assert set(list_verdicts(sandbox).values()) == {"io"}
    parted = sandbox.project.graph.order[0]
    assert {path.suffix for _, path in sandbox.project.find_outputs(parted, None)} == {".json"}
    sandbox.build("parted@2026-01-02")
    found = [path for _, path in sandbox.project.find_outputs(parted, None)]
    assert [path.name for path in found] == [
        "2026-01-01.json",
        "2026-01-02.pickle",
        "2026-01-03.json",
        "2026-01-04.json",
    ]
    assert sorted(name for name in list_files(sandbox) if "parted" in name) == [f"parted/{path.name}" for path in found]
    assert find_orphans(sandbox) == []
