"""State that travels: to a machine that has other times, other inodes, another folder and some other files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import assetmake.clock
from assetmake import (
    AllPartitionMapping,
    AssetIn,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    FileSource,
    asset,
    build_column_schema_change_checks,
    travelling,
)
from assetmake.errors import LockTimeout, StateError, UsageError
from assetmake.planning.plan import Reason
from assetmake.storage.ledger import claim, read_revision
from assetmake.storage.portable.choosing import Choice, Folders
from assetmake.storage.state import StateFile
from assetmake.testing import Sandbox
from assetmake.travelling import check_state, export_state, import_state, merge_states, migrate_state, write_lines

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")
raw = FileSource("raw", "raw/{partition_key}.csv", partitions_def=DAYS)


@asset(partitions_def=DAYS)
def daily(raw: Path) -> str:
    return raw.read_text()


@asset(ins={"daily": AssetIn(partition_mapping=AllPartitionMapping())})
def report(daily: dict[str, str]) -> pa.Table:
    return pa.table({"text": list(daily.values())})


@asset
def told(report: pa.Table) -> None: ...


@asset(partitions_def=DynamicPartitionsDefinition(name="who"))
def person() -> int:
    return 1


ASSETS = (raw, daily, report, told, person, *build_column_schema_change_checks(assets=[report]))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project where all is built."""
    root = tmp_path_factory.mktemp("built")
    (root / "raw").mkdir(parents=True)
    for key in DAYS.get_partition_keys():
        (root / f"raw/{key}.csv").write_text(f"of {key}")
    sandbox = open_sandbox(root)
    sandbox.project.partition_sets.add("who", ["ann", "bob"])
    assert sandbox.build().success
    return root


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Sandbox:
    """A project where all is built, to be changed."""
    return open_sandbox(shutil.copytree(built, tmp_path / "home"))


def open_sandbox(root: Path) -> Sandbox:
    """Open a project whose state is in a file."""
    sandbox = Sandbox(ASSETS, root=root)
    sandbox._state = StateFile(root / ".assetmake/state.duckdb")  # type: ignore[assignment]
    sandbox.replace(ASSETS)
    return sandbox


def export(sandbox: Sandbox, name: str = "state.jsonl") -> Path:
    lines: list[str] = []
    export_state(sandbox.project, lines.extend)
    write_lines(sandbox.root / name, lines)
    return sandbox.root / name


def check_out(
    home: Sandbox, target: Path, *, with_state: bool = False, copy: Callable[..., object] = shutil.copyfile
) -> Sandbox:
    """Copy sources and outputs, as a checkout and a cache do: with times and inodes of their own."""
    for folder in ("raw", "data", *([".assetmake"] if with_state else [])):
        shutil.copytree(home.root / folder, target / folder, copy_function=copy)
    for place, file in enumerate(sorted(target.rglob("*.*"))):
        if copy is shutil.copyfile and file.is_file():
            os.utime(file, ns=(10**18 + place, 10**18 + place))
    return open_sandbox(target)


def list_stale(sandbox: Sandbox) -> dict[str, list[Reason]]:
    return {str(key): list(found.count_reasons()) for key, found in sandbox.plan().plan.list_all() if found.parts}


def test_a_checkout_with_an_imported_state_builds_nothing(home: Sandbox, tmp_path: Path) -> None:
    file = export(home)
    there = check_out(home, tmp_path / "there")
    choice = import_state(there.project, file)
    assert choice == Choice(taken=4 + 1 + 1 + 2, kept=0, missing=0, different=0, unseen=0, checks=1)
    assert list_stale(there) == {}
    assert there.build().ran == []
    assert export(there).read_bytes() == file.read_bytes()


def test_then_an_edit_builds_exactly_what_it_touches(home: Sandbox, tmp_path: Path) -> None:
    file = export(home)
    there = check_out(home, tmp_path / "there")
    (there.root / "raw/2026-01-02.csv").write_text("of something new")
    (there.root / "data/report.parquet").unlink()
    assert import_state(there.project, file).missing == 1
    ran = there.build().ran
    assert set(ran) == {"daily@2026-01-02", "report", "told", "report:column_schema_change"}


@pytest.mark.parametrize("copy", [shutil.copyfile, shutil.copy2])
def test_a_cache_of_the_folders_themselves_builds_nothing(
    home: Sandbox, tmp_path: Path, copy: Callable[..., object]
) -> None:
    there = check_out(home, tmp_path / "there", with_state=True, copy=copy)
    assert list_stale(there) == {}
    assert there.build().ran == []
    (there.root / "raw/2026-01-02.csv").write_text("of 2026-01-0X")
    assert there.build("daily").ran == ["daily@2026-01-02"]


def test_other_content_with_the_recorded_size_and_time_is_seen_by_its_inode(home: Sandbox, tmp_path: Path) -> None:
    there = check_out(home, tmp_path / "there", with_state=True, copy=shutil.copy2)
    output = there.root / "data/daily/2026-01-02.json"
    seen = output.stat()
    other = output.with_name("other")
    other.write_text(output.read_text().replace("2026-01-02", "2026-01-0X"))
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    os.replace(other, output)
    assert output.stat().st_size == seen.st_size
    assert list_stale(there)["daily"] == [Reason.OUTPUT_MODIFIED]
    there = check_out(home, tmp_path / "again", copy=shutil.copy2)
    shutil.copy2(tmp_path / "there/data/daily/2026-01-02.json", there.root / "data/daily/2026-01-02.json")
    assert import_state(there.project, export(home)).different == 1
    assert list_stale(there)["daily"] == [Reason.MISSING]


def test_outputs_that_stat_vouches_for_are_read_once(
    home: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = export(home)
    there = check_out(home, tmp_path / "there")
    later = assetmake.clock.now_ns() + 10**10
    monkeypatch.setattr(assetmake.clock, "now_ns", lambda: later)
    import_state(there.project, file)
    with monkeypatch.context() as patched:
        patched.setattr("assetmake.planning.outputs.hash_file", lambda path: pytest.fail(f"{path} was read again"))
        assert list_stale(there) == {}


def test_what_a_living_build_works_on_is_left_alone(home: Sandbox, tmp_path: Path) -> None:
    file = export(home)
    there = check_out(home, tmp_path / "there")
    with there.project.site.runs.open_run(now=assetmake.clock.now()) as run:
        with there.project.state.writing() as db:
            claim(db, run, {"daily": [1767225600]}, alive={run})
            db.execute(
                "insert into state.runs (id, started_at, command, pid, host) values (?, now(), 'build', 1, 'x')", [run]
            )
        with pytest.raises(LockTimeout, match="is working on"):
            import_state(there.project, file)
        assert list_stale(there)["report"] == [Reason.MISSING], "nothing of it was taken"
    assert import_state(there.project, file).taken == 8


def test_what_was_built_while_outputs_were_looked_at_stands(
    home: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = export(home)
    there = check_out(home, tmp_path / "there")
    choose, other = travelling.choose, open_sandbox(there.root)
    other.project.partition_sets.add("who", ["ann", "bob"])
    builds = iter([other.build])

    def choose_and_build(*given: Any, **how: Any) -> Choice:
        choice = choose(*given, **how)
        for build in builds:  # while it is first looked, which keeps nobody from the state
            assert build().success
        return choice

    monkeypatch.setattr(travelling, "choose", choose_and_build)

    choice = import_state(there.project, file)

    assert (choice.taken, choice.kept, choice.checks) == (0, 8, 0)


def test_a_damaged_file_changes_nothing(home: Sandbox, tmp_path: Path) -> None:
    file = export(home)
    text = file.read_text()
    file.write_text(text[:-30])
    with home.project.state.reading() as db:
        before = read_revision(db)
    with pytest.raises(StateError, match=f"line {len(text.splitlines())} is damaged"):
        import_state(home.project, file)
    with home.project.state.reading() as db:
        assert read_revision(db) == before
    file.write_bytes(b'{"assetmake":"state","format":1}\n\xff\n')
    with pytest.raises(StateError, match="UTF-8"):
        import_state(home.project, file)
    with pytest.raises(UsageError, match="No such file"):
        import_state(home.project, tmp_path / "nothing")


def test_state_files_are_merged_with_exports(home: Sandbox, tmp_path: Path) -> None:
    file = export(home)
    there = check_out(home, tmp_path / "there", with_state=True)
    (there.root / "raw/2026-01-02.csv").write_text("of something new")
    there.build()
    lines: list[str] = []
    merge_states([file, there.root / ".assetmake/state.duckdb"], lines.extend, folders=None)
    assert "\n".join(lines) + "\n" == export(there).read_text(), "what was built later counts"
    lines.clear()
    folders = Folders(home.root / "data", home.root)
    merge_states([there.root / "state.jsonl", file], lines.extend, folders=folders)
    write_lines(tmp_path / "merged.jsonl", lines)
    fresh = check_out(home, tmp_path / "fresh")
    import_state(fresh.project, tmp_path / "merged.jsonl")
    assert "daily" not in list_stale(fresh), "what the outputs agree with counts more than what is new"


def test_a_check_that_was_told_of_another_making_is_made_again(home: Sandbox) -> None:
    """Two machines may give one number to two transactions; the time tells them apart."""
    assert list_stale(home) == {}
    with home.project.state.writing() as db:
        db.execute(
            "update state.traces set built_at = built_at + interval 1 second"
            " where asset = (select id from state.assets where key = 'report')"
        )
    (check,) = list_stale(home)
    assert check.startswith("report:")


def test_a_state_is_looked_over_and_upgraded(home: Sandbox, tmp_path: Path) -> None:
    found = check_state(home.project)
    assert (found.nodes, found.problems, found.missing, found.modified) == (8, {}, 0, 0)
    project = replace(home.project, state_file=home.root / ".assetmake/state.duckdb")
    assert migrate_state(project) == (found.version, found.version)
    with project.state.writing() as db:
        db.execute("update state.meta set version = 3")
        for table in ("attempts", "automations", "requests", "ticks"):
            db.execute(f"drop table state.{table}")
        for column in ("checks_passed", "checks_failed", "outcome", "asked", "left_over"):
            db.execute(f"alter table state.runs drop column {column}")
    assert migrate_state(project) == (3, found.version)
    assert list_stale(home) == {}
    assert migrate_state(replace(project, state_file=tmp_path / "nothing")) is None


def test_checks_count_for_themselves(home: Sandbox) -> None:
    found = check_state(home.project)
    written = export_state(home.project, lambda _: None)

    assert (found.assets, found.nodes, found.checks) == (4, 8, 1)
    assert (written.nodes, written.checks) == (8, 1)
