"""mv and aliases: a renamed asset keeps what was built of it, wherever a kill came in between."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from shop import list_decisions, list_files, list_verdicts, living_build, make_shop, rename

from assetmake import AssetIn, AssetsDefinition, DailyPartitionsDefinition, asset
from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import LockTimeout, StorageError, UsageError
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-03")
OLD_FILES = ["old/2026-01-01.json", "old/2026-01-02.json", "one.json", "told.json", "under/old.json"]
NEW_FILES = ["here/new.json", "new/2026-01-01.json", "new/2026-01-02.json", "one.json", "told.json"]


def make_assets(
    parted: str = "old", single: str = "under/old", *, aliases: bool = False, broken: bool = False
) -> list[AssetsDefinition]:
    """Return a partitioned and a plain asset under given names, and what reads them: by `ins=` and by `deps=`."""

    @asset(key=parted.split("/"), partitions_def=DAYS, aliases=["old"] if aliases else None)
    def days(context) -> int:
        assert not broken
        return int(context.partition_key[-2:])

    @asset(key=single.split("/"), aliases=["never", "under/old"] if aliases else None)
    def value() -> int:
        return 5

    @asset(ins={"given": AssetIn(parted.split("/")), "x": AssetIn(single.split("/"))})
    def one(given: dict[str, int], x: int) -> int:
        return sum(given.values()) + x

    @asset(deps=[days, value])
    def told() -> str:
        return "done"

    return [days, value, one, told]


RENAMED = ("new", "here/new")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = Sandbox(make_assets(), root=tmp_path)
    assert sandbox.build().success
    assert list_files(sandbox) == OLD_FILES
    return sandbox


def plant_log(sandbox: Sandbox) -> Path:
    """Give a node the log that a worker writes where the node has printed something."""
    asked = next(key for key in sandbox.project.graph.assets if str(key) in {"old", "new"})
    run = sandbox.project.explain(asked, "2026-01-02").run
    log = sandbox.root / f".assetmake/logs/{run}/old/2026-01-02.log"
    log.parent.mkdir(parents=True)
    log.write_text("day")
    return log


def test_outputs_and_records_go_along_and_nothing_is_built(sandbox: Sandbox) -> None:
    sandbox.replace(make_assets(*RENAMED))
    assert list_verdicts(sandbox)["new@2026-01-01"] == "missing"
    assert rename(sandbox, "old", "new") == 2
    assert rename(sandbox, "under/old", "here/new") == 1
    assert list_files(sandbox) == NEW_FILES
    assert not (sandbox.root / "data" / "under").exists()
    assert list_verdicts(sandbox) == {}
    assert sandbox.build().ran == []


def test_failures_history_and_logs_go_along(sandbox: Sandbox) -> None:
    log = plant_log(sandbox)
    sandbox.replace(make_assets(broken=True))
    sandbox.build("old@2026-01-01")
    sandbox.replace(make_assets(*RENAMED))
    rename(sandbox, "old", "new")
    new = AssetKey(["new"])
    assert [each.key for each in sandbox.project.list_failures(new)] == ["2026-01-01"]
    assert sandbox.project.find_log(new, "2026-01-02") == log
    assert sandbox.project.explain(new, "2026-01-02").run is not None
    assert list_decisions(sandbox) == [("mv", "new", None, "old")]


def test_a_rename_that_was_killed_is_completed(sandbox: Sandbox) -> None:
    sandbox.replace(make_assets(*RENAMED))
    data = sandbox.root / "data"
    os.rename(data / "old", data / "new")  # killed after this, before the state was committed
    assert rename(sandbox, "old", "new") == 2
    assert list_files(sandbox)[:3] == ["new/2026-01-01.json", "new/2026-01-02.json", "one.json"]
    assert {name for name in list_verdicts(sandbox) if name.startswith("new")} == set()


def test_a_rename_that_was_killed_between_two_files_is_completed(sandbox: Sandbox) -> None:
    sandbox.replace(make_assets("old/deeper", "under/old"))  # within itself: file by file
    data = sandbox.root / "data"
    (data / "old/deeper").mkdir()
    os.rename(data / "old/2026-01-02.json", data / "old/deeper/2026-01-02.json")
    rename(sandbox, "old", "old/deeper")
    assert list_files(sandbox)[:2] == ["old/deeper/2026-01-01.json", "old/deeper/2026-01-02.json"]
    assert list_verdicts(sandbox) == {}


def test_a_rename_that_is_done_is_done(sandbox: Sandbox) -> None:
    sandbox.replace(make_assets(*RENAMED))
    rename(sandbox, "old", "new")
    assert rename(sandbox, "old", "new") is None


def test_what_others_keep_in_the_folder_stays(tmp_path: Path) -> None:
    @asset(key=["old", "other"])
    def other() -> int:
        return 1

    sandbox = Sandbox(make_assets(), root=tmp_path)
    sandbox.build()
    sandbox.replace([*make_assets(*RENAMED), other])
    sandbox.build("other")
    rename(sandbox, "old", "new")
    assert {"old/other.json", "new/2026-01-01.json"} <= set(list_files(sandbox))
    assert "old/2026-01-01.json" not in list_files(sandbox)


def test_a_file_in_the_way_is_told_and_nothing_is_moved(sandbox: Sandbox) -> None:
    sandbox.replace(make_assets(*RENAMED))
    data = sandbox.root / "data"
    (data / "new").mkdir()
    (data / "new/2026-01-02.json").write_text("mine")
    with pytest.raises(StorageError, match=r"2026-01-02\.json is in the way"):
        rename(sandbox, "old", "new")
    assert set(list_files(sandbox)) == {*OLD_FILES, "new/2026-01-02.json"}
    (data / "new/2026-01-02.json").unlink()
    assert rename(sandbox, "old", "new") == 2


def test_the_old_name_must_be_gone_and_recorded_and_the_new_one_free(sandbox: Sandbox) -> None:
    with pytest.raises(UsageError, match=r"old is still in the project"):
        rename(sandbox, "old", "one")
    sandbox.replace(make_assets(*RENAMED))
    with pytest.raises(UsageError, match="nothing is recorded of odl") as refused:
        rename(sandbox, "odl", "new")
    assert refused.value.hint == "did you mean old?"
    sandbox.build("new")
    with pytest.raises(UsageError, match="new was built under its new name"):
        rename(sandbox, "old", "new")
    assert "old/2026-01-01.json" in list_files(sandbox)


def test_an_attempt_under_the_new_name_is_no_hindrance(sandbox: Sandbox) -> None:
    sandbox.replace(make_assets(*RENAMED, broken=True))
    assert not sandbox.build("new").success
    sandbox.replace(make_assets(*RENAMED))
    rename(sandbox, "old", "new")
    assert {name for name in list_verdicts(sandbox) if name.startswith("new")} == set()


def test_a_living_build_keeps_its_asset(sandbox: Sandbox) -> None:
    sandbox.replace(make_assets(*RENAMED))
    with living_build(sandbox, "old", DAYS.parts()[:1]), pytest.raises(LockTimeout, match="is working on"):
        rename(sandbox, "old", "new")
    assert list_files(sandbox) == OLD_FILES
    assert rename(sandbox, "old", "new") == 2


def test_with_an_alias_the_old_records_are_read_as_they_stand(sandbox: Sandbox) -> None:
    sandbox.replace(make_assets(*RENAMED, aliases=True))
    assert list_verdicts(sandbox) == {}
    new = AssetKey(["new"])
    ((key, path),) = sandbox.project.find_outputs(new, ["2026-01-01"])
    assert (key, path.read_text()) == ("2026-01-01", "1")
    assert sandbox.project.explain(new, "2026-01-01").run is not None
    log = plant_log(sandbox)
    assert sandbox.project.find_log(new, "2026-01-02") == log
    assert sandbox.plan().last_builds[new].seconds >= 0
    assert list_files(sandbox) == OLD_FILES
    assert list_decisions(sandbox) == []


def test_with_an_alias_a_build_moves_first(sandbox: Sandbox) -> None:
    sandbox.replace(make_assets(*RENAMED, aliases=True))
    assert sandbox.build().ran == []
    assert list_files(sandbox) == NEW_FILES
    sandbox.replace(make_assets(*RENAMED))
    assert list_verdicts(sandbox) == {}


def test_with_an_alias_an_edited_output_is_seen_under_the_old_name(sandbox: Sandbox) -> None:
    (sandbox.root / "data/old/2026-01-02.json").write_text("7")
    (sandbox.root / "data/under/old.json").unlink()
    sandbox.replace(make_assets(*RENAMED, aliases=True))
    found = list_verdicts(sandbox)
    assert (found["new@2026-01-02"], found["here/new"]) == ("output_modified", "output_missing")


def test_what_was_built_under_the_new_name_is_not_replaced_by_an_alias(sandbox: Sandbox) -> None:
    sandbox.replace(make_assets(*RENAMED))
    sandbox.build()
    sandbox.replace(make_assets(*RENAMED, aliases=True))
    assert list_verdicts(sandbox) == {}
    sandbox.build()
    assert {"old/2026-01-01.json", "new/2026-01-01.json"} <= set(list_files(sandbox))


def test_a_renamed_parameter_is_an_edit_of_its_own_asset_only(tmp_path: Path) -> None:
    sandbox = Sandbox(make_shop(), root=tmp_path)
    sandbox.build()
    shop = make_shop()

    @asset
    def sums(daily: dict) -> dict:
        return {"rows": sum(table.num_rows for table in daily.values())}

    @asset(deps=["sums"])
    def sent() -> None:
        pass

    sandbox.replace([*shop[:3], sums, sent])
    rename(sandbox, "total", "sums")
    assert set(list_verdicts(sandbox)) <= {"sums", "sent"}  # their bodies are others here; what is upstream is not
