"""Ready-made checks in a build: they ask when an asset was made, what was told of it then, and what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assetmake import (
    AssetCheckSeverity,
    AssetKey,
    AssetSpec,
    DailyPartitionsDefinition,
    MaterializeResult,
    MetadataValue,
    TableColumn,
    TableSchema,
    asset,
    asset_check,
    build_column_schema_change_checks,
    build_last_update_freshness_checks,
    build_metadata_bounds_checks,
    build_time_partition_freshness_checks,
    clock,
)
from assetmake.errors import DefinitionError
from assetmake.testing import Sandbox


class Clock:
    """What time it is, wherever that is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        self.time = now
        monkeypatch.setattr(clock, "now", lambda: self.time)

    def advance(self, **delta: float) -> None:
        self.time += timedelta(**delta)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, datetime(2026, 1, 3, 12, tzinfo=UTC))


def make(*columns: str, version: str = "1", rows: int = 5) -> Any:
    """An asset that is the same data whatever it tells of it."""
    schema = TableSchema([TableColumn(name, "int") for name in columns])

    @asset(code_version=f"{version} {columns} {rows}")
    def orders() -> MaterializeResult[int]:
        return MaterializeResult(value=1, metadata={"dagster/column_schema": schema, "rows": rows})

    return orders


def test_a_check_of_freshness_is_made_again_though_nothing_changed_but_the_time(watch: Clock) -> None:
    fresh = build_last_update_freshness_checks(assets=["orders"], lower_bound_delta=timedelta(hours=3))
    sandbox = Sandbox([make("id"), *fresh])
    assert sandbox.build().checks == {"orders:freshness_check": "passed"}

    watch.advance(hours=2)
    soon = sandbox.build()
    watch.advance(hours=2)
    late = sandbox.build()

    assert (soon.ran, soon.checks) == (["orders:freshness_check"], {"orders:freshness_check": "passed"})
    assert (late.ran, late.checks) == (["orders:freshness_check"], {"orders:freshness_check": "warned"})


def test_bounds_look_at_what_was_told_when_the_asset_was_made_last_though_its_data_is_the_same() -> None:
    bounds = build_metadata_bounds_checks(assets=["orders"], metadata_key="rows", min_value=1, max_value=10)
    sandbox = Sandbox([make(), *bounds])
    assert sandbox.build().checks == {"orders:rows_bounds_check": "passed"}
    assert sandbox.build().ran == []

    sandbox.replace([make(rows=50), *bounds])
    done = sandbox.build()

    assert done.ran == ["orders", "orders:rows_bounds_check"]
    assert done.checks == {"orders:rows_bounds_check": "warned"}
    assert sandbox.build().ran == [], "nothing was made since"


def test_other_bounds_are_another_check() -> None:
    sandbox = Sandbox([make(), *build_metadata_bounds_checks(assets=["orders"], metadata_key="rows", max_value=10)])
    sandbox.build()

    sandbox.replace([make(), *build_metadata_bounds_checks(assets=["orders"], metadata_key="rows", max_value=4)])

    assert sandbox.build().checks == {"orders:rows_bounds_check": "warned"}


def test_an_asset_that_was_made_without_its_check_is_looked_at_by_the_next_one() -> None:
    bounds = build_metadata_bounds_checks(assets=["orders"], metadata_key="rows", max_value=10)
    sandbox = Sandbox([make(), *bounds])
    sandbox.build()
    sandbox.replace([make(rows=50)])
    assert sandbox.build().ran == ["orders"]

    sandbox.replace([make(rows=50), *bounds])

    assert sandbox.build().checks == {"orders:rows_bounds_check": "warned"}


def test_columns_are_compared_with_those_that_the_check_saw_before() -> None:
    check = build_column_schema_change_checks(assets=["orders"])
    name = "orders:column_schema_change"
    sandbox = Sandbox([make("id"), *check])
    assert sandbox.build().checks == {name: "passed"}, "made once"

    sandbox.replace([make("id", "price"), *check])
    changed = sandbox.build()
    again = sandbox.build("orders", force=True)
    settled = sandbox.build()

    assert (changed.ran, changed.checks) == (["orders", name], {name: "warned"})
    assert again.checks == {name: "passed"}, "the last two were the same"
    assert settled.ran == []


def test_a_check_of_columns_that_is_made_again_says_the_same() -> None:
    check = build_column_schema_change_checks(assets=["orders"])
    sandbox = Sandbox([make("id"), *check])
    sandbox.build()
    sandbox.replace([make("id", "price"), *check])
    sandbox.build()

    assert sandbox.check(force=True).checks == {"orders:column_schema_change": "warned"}


def test_the_last_complete_partition_has_to_have_been_made(watch: Clock) -> None:
    days = DailyPartitionsDefinition(start_date="2026-01-01")

    @asset(partitions_def=days)
    def sales(context: Any) -> str:
        return str(context.partition_key)

    check = build_time_partition_freshness_checks(assets=[sales], deadline_cron="0 9 * * *")
    sandbox = Sandbox([sales, *check])

    assert sandbox.build().checks == {"sales:freshness_check": "passed"}
    assert sandbox.check().checks == {"sales:freshness_check": "passed"}
    watch.advance(days=1)
    assert sandbox.check().checks == {"sales:freshness_check": "warned"}
    assert sandbox.build().checks == {"sales:freshness_check": "passed"}


def test_the_time_that_metadata_says_counts(watch: Clock) -> None:
    @asset
    def orders() -> MaterializeResult[int]:
        old = watch.time - timedelta(days=2)
        return MaterializeResult(value=1, metadata={"dagster/last_updated_timestamp": MetadataValue.timestamp(old)})

    check = build_last_update_freshness_checks(
        assets=["orders"], lower_bound_delta=timedelta(hours=3), severity=AssetCheckSeverity.ERROR
    )

    assert Sandbox([orders, *check]).build().checks == {"orders:freshness_check": "failed"}


def test_a_check_of_what_others_make_is_refused_where_it_is_declared() -> None:
    check = build_last_update_freshness_checks(assets=["raw"], lower_bound_delta=timedelta(hours=3))

    with pytest.raises(DefinitionError, match=r"are_told\.py:\d+: raw:freshness_check: raw .* not made here"):
        Sandbox([AssetSpec("raw"), *check]).build()


def test_a_check_of_ones_own_that_asks_the_instance_is_told_that_there_is_none() -> None:
    @asset_check(asset="orders")
    def recent(context: Any) -> bool:
        return bool(context.instance.fetch_materializations(AssetKey("orders"), limit=1).records)

    (failure,) = Sandbox([make(), recent]).build().failures

    assert "context.instance.fetch_materializations: a build has no instance" in failure.message
