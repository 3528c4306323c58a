"""What a run does with checks: what stops what is below, and of what a result is."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetSelection,
    DagsterInstance,
    MaterializeResult,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    materialize,
)
from assetmake.errors import InvariantError, MissingOutputError

LETTERS = StaticPartitionsDefinition(["a", "b"])


@asset
def orders() -> int:
    return 1


@asset
def report(orders: int) -> int:
    return orders + 1


def kinds(result: Any) -> list[str]:
    return [event.event_type_value for event in result.all_events]


@asset_check(asset=orders)
def fails(orders: int) -> AssetCheckResult:
    return AssetCheckResult(passed=False, metadata={"seen": orders})


@asset_check(asset=orders, blocking=True)
def blocks(orders: int) -> AssetCheckResult:
    return AssetCheckResult(passed=orders > 1)


def test_a_check_that_fails_stops_nothing() -> None:
    result = materialize([orders, report, fails])
    assert result.success
    (found,) = result.get_asset_check_evaluations()
    assert (found.asset_key, found.check_name, found.passed) == (AssetKey("orders"), "fails", False)
    assert found.metadata["seen"].value == 1
    assert result.is_node_success("report")


def test_a_blocking_check_that_fails_stops_what_is_below() -> None:
    result = materialize([orders, report, blocks, fails], raise_on_error=False)
    assert not result.success
    assert result.is_node_skipped("report")
    assert {found.check_name for found in result.get_asset_check_evaluations()} == {"blocks", "fails"}
    assert isinstance(result.error, InvariantError)


def test_a_check_knows_itself() -> None:
    @asset_check(asset=orders, metadata={"rank": 1})
    def looks(context: AssetCheckExecutionContext) -> bool:
        return context.asset_check_spec.metadata["rank"] == 1 and context.asset_key == AssetKey("orders")

    (found,) = materialize([orders, looks]).get_asset_check_evaluations()
    assert found.passed


def test_a_blocking_check_that_warns_stops_nothing() -> None:
    @asset_check(asset=orders, blocking=True)
    def warns() -> AssetCheckResult:
        return AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN)

    result = materialize([orders, report, warns])
    assert result.success
    assert result.is_node_success("report")


def test_a_blocking_check_that_raises_stops_what_is_below() -> None:
    @asset_check(asset=orders, blocking=True)
    def breaks() -> AssetCheckResult:
        raise KeyError("lost")

    result = materialize([orders, report, breaks], raise_on_error=False)
    assert result.is_node_skipped("report")


def test_a_check_is_of_the_newest_materialization_of_its_partition() -> None:
    @asset(partitions_def=LETTERS)
    def letter() -> int:
        return 1

    @asset_check(asset=letter, partitions_def=LETTERS)
    def looks(context: AssetCheckExecutionContext) -> bool:
        return context.partition_key == "a"

    instance = DagsterInstance.ephemeral()
    first = materialize([letter], partition_key="a", instance=instance)
    materialize([letter], partition_key="b", instance=instance)
    only_checks = AssetSelection.checks_for_assets(letter)
    result = materialize([letter, looks], selection=only_checks, partition_key="a", instance=instance)
    (found,) = result.get_asset_check_evaluations()
    assert (found.partition, found.passed) == ("a", True)
    assert found.target_materialization_data is not None
    assert found.target_materialization_data.run_id == first.run_id


def test_the_checks_of_an_asset_come_after_its_materialization() -> None:
    @asset(check_specs=[AssetCheckSpec("fine", asset="checked")])
    def checked() -> MaterializeResult:
        return MaterializeResult(check_results=[AssetCheckResult(passed=True, check_name="fine")])

    result = materialize([checked])
    told = kinds(result)
    assert told.index("ASSET_MATERIALIZATION") < told.index("ASSET_CHECK_EVALUATION")
    (found,) = result.get_asset_check_evaluations()
    assert found.target_materialization_data is not None
    assert found.target_materialization_data.run_id == result.run_id


def test_a_check_that_is_declared_has_to_come() -> None:
    @asset(check_specs=[AssetCheckSpec("fine", asset="checked")])
    def checked() -> None: ...

    with pytest.raises(MissingOutputError, match="fine"):
        materialize([checked])
