"""Checks of what the project does not make: made before what reads it, or where they are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assetmake import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetSpec,
    DataVersion,
    DataVersionsByPartition,
    FileSource,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    observable_source_asset,
)
from assetmake.errors import SelectionError, UnknownPartitionError
from assetmake.graph.key_rules import KeyOptions
from assetmake.graph.selection import Selection
from assetmake.planning.shards import Shard, ShardShape
from assetmake.testing import Sandbox

LETTERS = StaticPartitionsDefinition(["a", "b"])


class Shop:
    """An external asset that is observed, one that is not, a reader, and checks of both."""

    def __init__(self, *, blocking: bool = False) -> None:
        self.version, self.passed = "1", True
        self.checked: list[str] = []

        @observable_source_asset
        def table() -> DataVersion:
            return DataVersion(self.version)

        @asset_check(asset="table", blocking=blocking)
        def full() -> AssetCheckResult:
            self.checked.append("table")
            return AssetCheckResult(passed=self.passed)

        @asset_check(asset="bucket")
        def there() -> AssetCheckResult:
            self.checked.append("bucket")
            return AssetCheckResult(passed=True)

        @asset(deps=["table"])
        def report() -> int:
            self.checked.append("report")
            return 1

        self.sandbox = Sandbox([table, AssetSpec("bucket"), AssetSpec("other"), report, full, there])


def test_a_build_of_everything_makes_them_and_they_stand() -> None:
    shop = Shop()

    assert shop.sandbox.build().checks == {"table:full": "passed", "bucket:there": "passed"}
    assert shop.sandbox.build().checks == {}
    assert sorted(shop.checked) == ["bucket", "report", "table"]


def test_the_version_that_is_observed_decides_whether_one_stands() -> None:
    shop = Shop()
    shop.sandbox.build()
    shop.version = "2"

    assert shop.sandbox.build().checks == {"table:full": "passed"}
    assert shop.sandbox.check(force=True).checks == {"table:full": "passed", "bucket:there": "passed"}


def test_what_reads_a_source_brings_its_checks_along_and_not_those_of_others() -> None:
    shop = Shop()

    assert shop.sandbox.build("report").checks == {"table:full": "passed"}


def test_a_blocking_one_comes_before_what_reads_the_source() -> None:
    shop = Shop(blocking=True)
    shop.sandbox.build("report")
    assert shop.checked == ["table", "report"]

    shop.passed, shop.version = False, "2"

    assert (shop.sandbox.build("report").success, shop.checked[2:]) == (False, ["table"])
    assert (shop.sandbox.build("report").success, shop.checked[2:]) == (False, ["table"])  # the answer stands

    shop.passed, shop.version = True, "3"

    assert (shop.sandbox.build("report").success, shop.checked[3:]) == (True, ["table", "report"])


def test_they_are_made_by_name(tmp_path: Path) -> None:
    shop = Shop()

    assert shop.sandbox.check("bucket").checks == {"bucket:there": "passed"}
    assert shop.sandbox.build("table").checks == {"table:full": "passed"}
    assert shop.sandbox.check("*").checks == {}
    assert shop.sandbox.check("bucket", force=True).checks == {"bucket:there": "passed"}
    assert shop.sandbox.build("table", force=True).checks == {"table:full": "passed"}
    assert "report" not in shop.checked


def test_a_source_without_checks_cannot_be_asked_for() -> None:
    shop = Shop()
    with pytest.raises(SelectionError, match="other is a source: others make it, so it cannot be built"):
        shop.sandbox.build("other")
    with pytest.raises(SelectionError, match="table is a source"):
        shop.sandbox.project.select_assets(Selection(("table",)))


def test_without_a_build_of_all_that_is_upstream_they_are_left_alone() -> None:
    shop = Shop()

    assert shop.sandbox.build("report", only=True).checks == {}


def list_sharded(shop: Shop, *selection: str) -> list[str]:
    """Return the checks that each of three machines would make."""
    shapes = [ShardShape(Shard(number, 3)) for number in (1, 2, 3)]
    plans = [shop.sandbox.project.make_plan(Selection(selection), shape=shape).plan for shape in shapes]
    return [str(key) for plan in plans for key, verdicts in plan.checks.items() if verdicts.parts]


def test_of_several_machines_some_make_all_of_them() -> None:
    shop = Shop()
    assert sorted(list_sharded(shop)) == ["bucket:there", "table:full"]

    shop.sandbox.build("report")

    assert list_sharded(shop, "report") == []


def test_a_machine_makes_one_though_nothing_that_reads_the_source_is_to_be_built() -> None:
    shop = Shop()
    shop.sandbox.build("report", only=True)

    assert list_sharded(shop, "report") == ["table:full"]


def test_one_machine_makes_all_checks_of_a_source() -> None:
    @asset_check(asset="table")
    def full() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    @asset_check(asset="table")
    def sorted_by_day() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    shop = Shop()

    @asset
    def other() -> int:
        return 1

    shop.sandbox.replace([AssetSpec("table"), full, sorted_by_day, other])

    assert sorted(list_sharded(shop)) == ["table:full", "table:sorted_by_day"]


def test_one_that_reads_what_reads_the_source_is_made_too() -> None:
    shop = Shop()

    @asset_check(asset="table", additional_deps=["report"])
    def agrees() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    @asset(deps=["table"])
    def report() -> int:
        return 1

    shop.sandbox.replace([AssetSpec("table"), report, agrees])

    assert list_sharded(shop) == ["table:agrees"]


@pytest.mark.parametrize("by_partition", [True, False])
def test_one_machine_makes_those_of_a_partition_of_a_source(by_partition: bool) -> None:
    definition = LETTERS if by_partition else None

    @asset_check(asset="letters", partitions_def=definition)
    def small() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    @asset_check(asset="letters", partitions_def=LETTERS)
    def latin() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    letters, _, upper = describe_letters({"a": "1", "b": "1"}, [])
    shop = Shop()
    shop.sandbox.replace([letters, upper, small, latin])
    shop.sandbox.project.observe(Selection(()))

    plans = [
        shop.sandbox.project.make_plan(Selection(()), shape=ShardShape(Shard(number, 2))).plan for number in (1, 2)
    ]

    made = [(str(key), part) for plan in plans for key, verdicts in plan.checks.items() for part in verdicts.parts]
    assert len(made) == len(set(made)) == (4 if by_partition else 3)


def describe_letters(seen: dict[str, str], checked: list[str]) -> list[Any]:
    @observable_source_asset(partitions_def=LETTERS)
    def letters() -> DataVersionsByPartition:
        return DataVersionsByPartition(seen)

    @asset_check(asset="letters", partitions_def=LETTERS, blocking=True)
    def small(context: AssetExecutionContext) -> AssetCheckResult:
        checked.append(context.partition_key)
        return AssetCheckResult(passed=seen[context.partition_key] != "bad")

    @asset(partitions_def=LETTERS, deps=["letters"])
    def upper(context: AssetExecutionContext) -> str:
        return context.partition_key.upper()

    return [letters, small, upper]


def test_one_by_partition_is_made_of_those_that_are_read() -> None:
    checked: list[str] = []
    seen = {"a": "1", "b": "bad"}
    sandbox = Sandbox(describe_letters(seen, checked))

    assert sandbox.build("upper@a").success
    assert checked == ["a"]
    assert sandbox.build("upper").ran == ["letters:small@b"]

    seen["b"] = "2"

    assert sandbox.build("upper").ran == ["letters:small@b", "upper@b"]


def test_a_partition_of_which_nothing_was_seen_is_not_checked() -> None:
    checked: list[str] = []
    sandbox = Sandbox(describe_letters({"b": "1"}, checked))
    sandbox.check("letters")

    assert checked == ["b"]


def test_partitions_of_a_source_are_asked_for_as_those_of_assets_are() -> None:
    checked: list[str] = []
    sandbox = Sandbox(describe_letters({"a": "1", "b": "1"}, checked))
    sandbox.check("letters@a")
    assert checked == ["a"]

    with pytest.raises(UnknownPartitionError):
        sandbox.check("letters@c")
    sandbox.check(keys=KeyOptions(partition="b"))

    assert checked == ["a", "b"]


def test_a_file_is_checked_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("one")

    @asset_check(asset="words")
    def short(words: Path) -> bool:
        return len(words.read_text()) < 5

    @asset
    def shout(words: Path) -> str:
        return words.read_text().upper()

    sandbox = Sandbox([FileSource("words", "words.txt"), short, shout], root=tmp_path)
    assert sandbox.build().checks == {"words:short": "passed"}
    assert sandbox.check("words").checks == {}

    file.write_text("one two")

    assert sandbox.check("words").checks == {"words:short": "failed"}
