"""Builds of partitions of several dimensions, of dynamic ones, and of windows of which some are left out."""

from __future__ import annotations

import pytest

from assetmake import (
    AssetIn,
    AssetKey,
    BackfillPolicy,
    DailyPartitionsDefinition,
    DimensionPartitionMapping,
    DynamicPartitionsDefinition,
    IdentityPartitionMapping,
    MultiPartitionKey,
    MultiPartitionMapping,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
)
from assetmake.errors import UnknownPartitionError, UsageError
from assetmake.graph.key_rules import KeyOptions
from assetmake.testing import Sandbox

COLOURS = StaticPartitionsDefinition(["red", "green"])
DAYS = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-05")
GRID = MultiPartitionsDefinition({"day": DAYS, "colour": COLOURS})
YESTERDAY = MultiPartitionMapping(
    {
        "day": DimensionPartitionMapping("day", TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)),
        "colour": DimensionPartitionMapping("colour", IdentityPartitionMapping()),
    }
)
GENERATION = {"raw": 1}
"""What the first asset returns depends on it, and its code does not."""


@pytest.fixture
def generation(monkeypatch):
    monkeypatch.setitem(GENERATION, "raw", 1)
    return GENERATION


@asset(partitions_def=GRID)
def raw(context) -> str:
    key = context.partition_key
    assert isinstance(key, MultiPartitionKey)
    number = globals()["GENERATION"]["raw"]
    return f"{key.keys_by_dimension['colour']} {context.partition_time_window.start:%d} {number}"


@asset(partitions_def=GRID)
def same(raw) -> str:
    return raw.upper()


@asset(partitions_def=DAYS)
def by_day(raw) -> dict:
    return raw


@asset(partitions_def=GRID)
def spread(by_day) -> int:
    return len(by_day)


@asset(partitions_def=GRID, ins={"raw": AssetIn(partition_mapping=YESTERDAY)})
def before(raw) -> str:
    return str(raw)


@asset
def total(raw) -> int:
    return len(raw)


def test_each_partition_reads_what_its_dimensions_say(generation):
    sandbox = Sandbox([raw, same, by_day, spread, before, total])
    done = sandbox.build()
    assert done.success
    assert len(done.ran) == 8 + 8 + 4 + 8 + 8 + 1
    assert done.asset_value("same", partition_key="red|2024-01-02") == "RED 02 1"
    assert done.asset_value("by_day", partition_key="2024-01-02") == {
        "red|2024-01-02": "red 02 1",
        "green|2024-01-02": "green 02 1",
    }
    assert done.asset_value("spread", partition_key="green|2024-01-03") == 2
    assert done.asset_value("before", partition_key="red|2024-01-01") == "None"
    assert done.asset_value("before", partition_key="red|2024-01-02") == "red 01 1"
    assert done.asset_value("total") == 8
    assert sandbox.build().ran == []


def test_only_what_reads_a_partition_follows_it(generation):
    sandbox = Sandbox([raw, same, by_day, before])
    sandbox.build()
    generation["raw"] = 2
    one = KeyOptions(partition="green|2024-01-02")
    assert sandbox.build("raw", keys=one, force=True).ran == ["raw@green|2024-01-02"]
    assert sorted(sandbox.build().ran) == [
        *["before@green|2024-01-03", "by_day@2024-01-02", "same@green|2024-01-02"],
    ]


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("raw@red|2024-01-02", ["red|2024-01-02"]),
        ("raw@red|2024-01-02..green|2024-01-02", ["red|2024-01-02", "green|2024-01-02"]),
        ("raw@2024-01-04..", ["red|2024-01-04", "green|2024-01-04"]),
        ("raw@green|2024-01-03..", ["green|2024-01-03", "green|2024-01-04"]),
        ("raw@latest", ["red|2024-01-04", "green|2024-01-04"]),
    ],
)
def test_ranges_go_by_dimension(term, expected, generation):
    assert Sandbox([raw]).build(term).ran == [f"raw@{key}" for key in expected]


@pytest.mark.parametrize(
    "term", ["raw@red", "raw@pink|2024-01-02", "raw@red|2024-02-02", "raw@green|2024-01-03..red|2024-01-04"]
)
def test_a_key_that_there_is_not_is_refused(term):
    with pytest.raises((UnknownPartitionError, UsageError)):
        Sandbox([raw]).build(term)


def test_a_call_makes_a_row():
    calls = []

    @asset(partitions_def=GRID, backfill_policy=BackfillPolicy.single_run())
    def rows(context) -> dict:
        globals()["noted"].append(list(context.partition_keys))
        return {key: key for key in context.partition_keys}

    globals()["noted"] = calls
    sandbox = Sandbox([rows])
    assert sandbox.build("rows@2024-01-02..2024-01-03").success
    assert calls == [
        *[["red|2024-01-02", "red|2024-01-03"], ["green|2024-01-02", "green|2024-01-03"]],
    ]


def test_keys_that_a_function_lists_are_those_of_the_moment():
    listed = ["a", "b"]
    definition = DynamicPartitionsDefinition(lambda _: listed)

    @asset(partitions_def=definition)
    def part(context) -> str:
        return context.partition_key

    @asset(partitions_def=definition)
    def follower(part) -> str:
        return part

    sandbox = Sandbox([part, follower])
    assert sandbox.build().ran == ["part@a", "part@b", "follower@a", "follower@b"]
    listed.append("c")
    assert sandbox.build().ran == ["part@c", "follower@c"]


def test_windows_that_are_left_out_are_not_built():
    workdays = DailyPartitionsDefinition("2024-01-04", end_date="2024-01-10", exclusions=["0 0 * * 6-7"])

    @asset(partitions_def=workdays)
    def prices(context) -> str:
        return context.partition_key

    @asset(partitions_def=DailyPartitionsDefinition("2024-01-04", end_date="2024-01-10"))
    def shown(prices) -> str:
        return str(prices)

    done = Sandbox([prices, shown]).build()
    assert [node for node in done.ran if node.startswith("prices")] == [
        *["prices@2024-01-04", "prices@2024-01-05", "prices@2024-01-08", "prices@2024-01-09"],
    ]
    assert done.asset_value("shown", partition_key="2024-01-06") == "None"
    assert done.asset_value("shown", partition_key="2024-01-08") == "2024-01-08"


@pytest.mark.parametrize("is_loaded", [True, False])
def test_the_order_of_keys_that_are_loaded_together_counts(*, is_loaded: bool) -> None:
    sizes = StaticPartitionsDefinition(["small", "large"])

    def make_assets(*colours: str) -> list:
        both = MultiPartitionsDefinition({"colour": StaticPartitionsDefinition(colours), "size": sizes})

        @asset(partitions_def=both)
        def painted(context) -> str:
            return context.partition_key

        @asset(name="listed", partitions_def=sizes)
        def loads(painted: dict[str, str]) -> list[str]:
            return list(painted.values())

        @asset(name="listed", partitions_def=sizes, deps=[painted])
        def follows() -> int:
            return 1

        return [painted, loads if is_loaded else follows]

    sandbox = Sandbox(make_assets("red", "green"))
    sandbox.build()
    sandbox.replace(make_assets("green", "red"))

    assert sorted(sandbox.build().ran) == (["listed@large", "listed@small"] if is_loaded else [])
    assert sandbox.build().ran == []
    if is_loaded:
        assert sandbox.value("listed", partition_key="small") == ["green|small", "red|small"]
        (change,) = sandbox.project.explain(AssetKey(["listed"]), "small").upstream
        assert change.state == "same"
