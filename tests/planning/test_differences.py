"""Two fingerprints' details, compared in words."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake.definitions.assets.decorators import asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.slots import AssetIn
from assetmake.definitions.assets.specs import AssetDep
from assetmake.definitions.calendars import DailyPartitionsDefinition, MonthlyPartitionsDefinition
from assetmake.definitions.mappings import AllPartitionMapping, IdentityPartitionMapping, LastPartitionMapping
from assetmake.definitions.partitions import StaticPartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.discovery.conditions import Surroundings, describe_conditions
from assetmake.planning.differences import compare_details

START = "2026-01-01"


def make(**options: Any) -> AssetsDefinition:
    @asset(name="report", **options)
    def report(orders: list) -> int:
        return 1

    return report


def details(definition: AssetsDefinition, **variables: str) -> str:
    return describe_conditions(definition, Surroundings((), variables, lambda: b"k" * 32)).details


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return compare_details(details(make(**old)), details(make(**new)))


def test_equal_details_have_no_differences() -> None:
    same = {"env_vars": ["A"], "hash_rows": "unordered", "partitions_def": DailyPartitionsDefinition(START)}
    assert compare(same, same) == []


@pytest.mark.parametrize("known", ["old", "new"])
def test_of_a_build_that_kept_no_details_nothing_is_told(known: str) -> None:
    text = details(make())
    assert compare_details(text if known == "old" else "", text if known == "new" else "") == []


DAILY = DailyPartitionsDefinition(START)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (DAILY, MonthlyPartitionsDefinition(START), "daily -> monthly"),
        (None, DAILY, "none -> daily"),
        (StaticPartitionsDefinition(["a"]), None, "static -> none"),
        (DAILY, DailyPartitionsDefinition(START, timezone="Asia/Tokyo"), "daily, UTC -> daily, Asia/Tokyo"),
        (
            DAILY,
            DailyPartitionsDefinition(START, fmt="%Y%m%d"),
            "daily, UTC, keys as %Y-%m-%d -> daily, UTC, keys as %Y%m%d",
        ),
        (
            DAILY,
            TimeWindowPartitionsDefinition(start=START, fmt="%Y-%m-%d", cron_schedule="0 6 * * 1,4"),
            "daily -> by cron 0 6 * * 1,4",
        ),
    ],
)
def test_partitions_are_named_by_what_tells_them_apart(old: Any, new: Any, words: str) -> None:
    assert compare({"partitions_def": old}, {"partitions_def": new}) == [f"partitions: {words}"]


def test_a_later_start_is_no_difference() -> None:
    assert compare({"partitions_def": DAILY}, {"partitions_def": DailyPartitionsDefinition("2026-02-01")}) == []


def test_mappings_are_told_by_parameter_and_those_of_deps_together() -> None:
    read = {"ins": {"orders": AssetIn(partition_mapping=AllPartitionMapping())}}
    assert compare({}, read) == ["mapping of orders changed"]
    one, other = (
        {"deps": [AssetDep("days", mapping)]} for mapping in (IdentityPartitionMapping(), LastPartitionMapping())
    )
    assert compare(one, other) == ["a mapping in deps changed"]


def test_io_managers_and_rows_are_named() -> None:
    assert compare({"io_manager_key": "json"}, {"io_manager_key": "pickle"}) == ["IO manager json -> pickle"]
    assert compare({}, {"hash_rows": "unordered"}) == ["hash_rows ordered -> unordered"]
    assert compare({"hash_rows": "unordered"}, {}) == ["hash_rows unordered -> ordered"]


def test_parameters_context_and_storing_are_told() -> None:
    @asset(name="report")
    def one(a: int, b: int) -> int:
        return 1

    @asset(name="report")
    def swapped(b: int, a: int) -> int:
        return 1

    @asset(name="report")
    def other(context: Any, b: int, c: int) -> None:
        return None

    assert compare_details(details(one), details(swapped)) == ["the order of its parameters changed"]
    assert compare_details(details(one), details(other)) == [
        "parameter c was added",
        "parameter a was removed",
        "its result is no longer stored",
        "it takes the context now",
    ]
    assert compare_details(details(other), details(one))[2:] == [
        "its result is stored now",
        "it no longer takes the context",
    ]


def test_distributions_are_told_by_their_versions() -> None:
    old = '{"environment":{"gone":"1.0","here":"absent","pandas":"2.2.0","same":"1"}}'
    new = '{"environment":{"here":"2.3.0","new":"3.0","pandas":"2.3.0","same":"1"}}'
    assert compare_details(old, new) == [
        "gone is no longer declared",
        "here absent -> 2.3.0",
        "new is declared now",
        "pandas 2.2.0 -> 2.3.0",
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"A": "1"}, {"A": "2"}, ["environment variable A changed"]),
        ({"A": ""}, {"A": "2"}, ["environment variable A changed"]),
        ({}, {"A": "2"}, ["environment variable A was set"]),
        ({"A": "1"}, {}, ["environment variable A was unset"]),
        ({"A": ""}, {}, ["environment variable A was unset"]),
        ({"A": "1"}, {"A": "1", "B": "2"}, []),
    ],
)
def test_variables_are_told_without_values_or_hashes(old: dict[str, str], new: dict[str, str], words: str) -> None:
    reads = make(env_vars=["A"])
    assert compare_details(details(reads, **old), details(reads, **new)) == words


def test_a_variable_that_is_declared_or_no_longer() -> None:
    assert compare({}, {"env_vars": ["A"]}) == ["environment variable A is declared now"]
    assert compare({"env_vars": ["A"]}, {}) == ["environment variable A is no longer declared"]
