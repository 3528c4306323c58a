"""Plans in files: they are built as they stand, or refused with a word for each thing that has moved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from assetmake import (
    AllPartitionMapping,
    AssetCheckResult,
    AssetIn,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    FileSource,
    asset,
    asset_check,
)
from assetmake.errors import UsageError
from assetmake.execution.asked import BuildOptions
from assetmake.graph.selection import Selection
from assetmake.planning.plan_files import Document, list_targets, read_plan, write_plan
from assetmake.planning.planned import NotingShape, PlannedShape, PlannedShardShape
from assetmake.planning.shards import Shard
from assetmake.testing import Sandbox
from assetmake.travelling import export_state, import_state, write_lines

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-31")
orders_csv = FileSource("orders_csv", "raw/*.csv")


@asset
def orders(orders_csv: list[Path]) -> str:
    return "".join(each.read_text() for each in orders_csv)


@asset(partitions_def=DAYS)
def daily(orders: str) -> str:
    return orders


@asset(ins={"daily": AssetIn(partition_mapping=AllPartitionMapping())})
def report(daily: dict[str, str]) -> int:
    return len(daily)


@asset(partitions_def=DynamicPartitionsDefinition(name="who"))
def person() -> int:
    return 1


@asset_check(asset="report")
def is_long() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


ASSETS = (orders_csv, orders, daily, report, person, is_long)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.csv").write_text("a")
    made = Sandbox(ASSETS, root=tmp_path)
    made.project.partition_sets.add("who", ["ann", "bob"])
    made.build("orders", "daily@2026-01-01..2026-01-20")
    return made


def note(sandbox: Sandbox, *selection: str, **how: Any) -> Document:
    """Write a plan down, and read it again."""
    shape = NotingShape()
    sandbox.project.make_plan(Selection(selection), shape=shape, **how)
    return read_plan("\n".join(write_plan(shape.document)), name="plan.json")


def build(sandbox: Sandbox, document: Document, *, shard: Shard | None = None) -> list[str]:
    planned = PlannedShape(document, "plan.json")
    shape = planned if shard is None else PlannedShardShape(shard, planned)
    done = sandbox._build(Selection(tuple(list_targets(document))), BuildOptions(shape=shape, wait=False))
    assert done.success
    return done.ran


def refusal(sandbox: Sandbox, document: Document) -> list[str]:
    with pytest.raises(UsageError) as caught:
        build(sandbox, document)
    assert caught.value.message.startswith("the plan plan.json is not what a build would do now")
    return [line.strip() for line in caught.value.message.splitlines()[1:]]


def test_a_plan_is_built_as_it_was_written_down(sandbox: Sandbox) -> None:
    document = note(sandbox, "daily@2026-01-19..2026-01-22")
    work = next(each["work"] for each in document["assets"] if each["asset"] == "daily")
    assert work == [["stale", "missing", "2026-01-21", "2026-01-22", 2]]
    assert build(sandbox, document) == ["daily@2026-01-21", "daily@2026-01-22"]
    assert build(sandbox, document) == [], "what was done of it is no reason to refuse it"


def test_a_build_that_was_stopped_goes_on(sandbox: Sandbox) -> None:
    document = note(sandbox)
    sandbox.build("daily@2026-01-25", "person@ann")
    ran = build(sandbox, document)
    assert "daily@2026-01-25" not in ran
    assert len(ran) == 9 + 1 + 1 + 1, "the other days and person, the report and its check"


def test_a_million_days_are_a_few_ranges(sandbox: Sandbox) -> None:
    text = "\n".join(write_plan(note(sandbox, "daily", force=True)))
    assert '["stale", "forced", "2026-01-01", "2026-01-30", 30]' in text
    assert "2026-01-15" not in text


def test_a_forced_plan_is_forced_where_it_is_built(sandbox: Sandbox) -> None:
    assert build(sandbox, note(sandbox, "orders", force=True)) == ["orders"]
    assert build(sandbox, note(sandbox, "daily@2026-01-21", only=True)) == ["daily@2026-01-21"]


def test_shards_of_a_plan_are_built_apart(sandbox: Sandbox) -> None:
    document = note(sandbox, "daily")
    ran = [build(sandbox, document, shard=Shard(number, 2)) for number in (1, 2)]
    assert ran == [[f"daily@2026-01-{day}" for day in days] for days in (range(21, 26), range(26, 31))]
    assert [build(sandbox, document, shard=Shard(number, 2)) for number in (1, 2)] == [[], []]


def test_a_source_that_moved_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    document = note(sandbox)
    (tmp_path / "raw/a.csv").write_text("A")
    (tmp_path / "raw/b.csv").write_text("b")
    told = refusal(sandbox, document)
    assert told[:2] == ["source orders_csv: raw/a.csv has changed", "source orders_csv: raw/b.csv is new"]
    assert told[2] == "orders: to run now, and was not"
    (tmp_path / "raw/a.csv").write_text("a")
    (tmp_path / "raw/b.csv").unlink()
    assert build(sandbox, document)


def test_code_that_moved_is_named(sandbox: Sandbox) -> None:
    document = note(sandbox)

    @asset(ins={"daily": AssetIn(partition_mapping=AllPartitionMapping())})
    def report(daily: dict[str, str]) -> int:
        return len(daily) + 1

    sandbox.replace([orders_csv, orders, daily, report, person, is_long])
    assert refusal(sandbox, document) == ["report: its code has changed"]


def test_records_that_moved_are_named(sandbox: Sandbox) -> None:
    document = note(sandbox, "daily")
    sandbox.build("daily@2026-01-05", force=True)
    assert build(sandbox, document), "it came out the same"
    document = note(sandbox, "report")
    with sandbox.project.state.writing() as db:
        db.execute("update state.traces set data = 7, inputs = inputs where key = '2026-01-05'")
    assert refusal(sandbox, document) == ["daily: what was not to run was built or marked since"]


def test_outputs_and_marks_that_moved_are_named(sandbox: Sandbox, tmp_path: Path) -> None:
    document = note(sandbox, "daily")
    (tmp_path / "data/daily/2026-01-05.json").write_text("edited")
    assert refusal(sandbox, document) == ["daily@2026-01-05: to run now, and was not"]


def test_partitions_that_moved_are_named(sandbox: Sandbox) -> None:
    document = note(sandbox, "person")
    sandbox.project.partition_sets.add("who", ["zoe"])
    assert sorted(build(sandbox, document)) == ["person@ann", "person@bob"], "exactly these"
    sandbox.project.partition_sets.remove("who", ["bob"])
    with pytest.raises(UsageError, match="person@bob is not there any more"):
        build(sandbox, document)


def test_it_means_the_same_on_another_machine(sandbox: Sandbox, tmp_path: Path) -> None:
    document = note(sandbox)
    assert str(tmp_path) not in json.dumps(document)
    lines: list[str] = []
    export_state(sandbox.project, lines.extend)
    write_lines(tmp_path / "state.jsonl", lines)
    other = Sandbox(ASSETS, root=tmp_path / "other")
    for folder in ("raw", "data"):
        shutil.copytree(tmp_path / folder, other.root / folder)
    import_state(other.project, tmp_path / "state.jsonl")
    assert len(build(other, document)) == 10 + 2 + 1 + 1


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: text[:-20], "it is no JSON"),
        (lambda text: text.replace("2026-01-30", "2026-01-29"), "it is not what was written"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "has format 2, this assetmake knows 1"),
        (lambda text: text.replace('"assetmake": "plan"', '"assetmake": "state"'), "is no plan"),
        (lambda _: "[]", "is no plan"),
    ],
)
def test_what_is_no_plan_is_refused(sandbox: Sandbox, damage: Any, told: str) -> None:
    text = "\n".join(write_plan(note(sandbox, "daily")))
    with pytest.raises(UsageError, match=told):
        read_plan(damage(text), name="plan.json")
