"""Ready-made checks: bounds of metadata, changes of columns, freshness."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from assetmake import (
    AssetCheckSeverity,
    AssetMaterialization,
    AssetObservation,
    DailyPartitionsDefinition,
    MetadataValue,
    TableColumn,
    TableSchema,
    asset,
    build_asset_check_context,
    build_column_schema_change_checks,
    build_last_update_freshness_checks,
    build_metadata_bounds_checks,
    build_time_partition_freshness_checks,
    clock,
)
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.checking.freshness import FRESH_UNTIL, LAST_UPDATE, LATEST_TICK
from assetmake.definitions.checking.specs import AssetCheckResult
from assetmake.definitions.instance.instance import Instance
from assetmake.errors import DefinitionError, InvariantError

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    with Instance.ephemeral() as made:
        yield made


def look(checks: AssetChecksDefinition, instance: Instance) -> AssetCheckResult:
    (result,) = list(checks(build_asset_check_context(instance=instance)))
    return result


@pytest.mark.parametrize(
    ("value", "options", "words"),
    [
        (1, {}, None),
        (10, {}, None),
        (0, {}, "Value `0` is less than 1"),
        (11, {}, "Value `11` is greater than 10"),
        (1, {"exclusive_min": True}, "Value `1` is less than or equal to 1"),
        (10, {"exclusive_max": True}, "Value `10` is greater than or equal to 10"),
        ("ten", {}, "Value `ten` is not a number"),
    ],
)
def test_a_number_is_within_bounds(
    value: object, options: dict[str, bool], words: str | None, instance: Instance
) -> None:
    (checks,) = build_metadata_bounds_checks(
        assets=["orders"], metadata_key="rows", min_value=1, max_value=10, **options
    )
    assert look(checks, instance).description == "Asset has not been materialized"

    instance.report_runless_asset_event(AssetMaterialization("orders", metadata={"rows": value}))
    found = look(checks, instance)

    assert found.passed is (words is None)
    assert found.severity is AssetCheckSeverity.WARN
    assert found.description == (words or f"Value `{value}` is within range")


def test_bounds_that_bound_nothing_are_refused() -> None:
    with pytest.raises(DefinitionError, match="At least one"):
        build_metadata_bounds_checks(assets=["a"], metadata_key="rows")
    with pytest.raises(DefinitionError, match="may not be greater"):
        build_metadata_bounds_checks(assets=["a"], metadata_key="rows", min_value=2, max_value=1)
    with pytest.raises(InvariantError, match="Found duplicate assets"):
        build_metadata_bounds_checks(assets=["a", "a"], metadata_key="rows", min_value=2)


def test_changes_of_columns_are_told_apart(instance: Instance) -> None:
    (checks,) = build_column_schema_change_checks(assets=["orders"], severity=AssetCheckSeverity.ERROR)

    def made(**columns: str) -> AssetCheckResult:
        schema = TableSchema([TableColumn(name, kind) for name, kind in columns.items()])
        told = {"dagster/column_schema": schema} if columns else {}
        instance.report_runless_asset_event(AssetMaterialization("orders", metadata=told))
        return look(checks, instance)

    assert made(id="int", old="text").passed
    assert made(id="int", old="text").passed
    changed = made(id="text", new="int")
    assert not changed.passed
    assert changed.severity is AssetCheckSeverity.ERROR
    assert "Added columns: new\n\nRemoved columns: old" in str(changed.description)
    assert "- id: int -> text" in str(changed.description)
    assert made().description == "Latest materialization has no column schema metadata"


def test_freshness_counts_what_was_seen_to_change(instance: Instance) -> None:
    (checks,) = build_last_update_freshness_checks(assets=["orders"], lower_bound_delta=timedelta(hours=1))
    assert look(checks, instance).description == "Asset has never been observed/materialized."

    def seen(when: datetime) -> AssetCheckResult:
        told = {LAST_UPDATE: MetadataValue.timestamp(when.timestamp())}
        instance.report_runless_asset_event(AssetObservation("orders", metadata=told))
        return look(checks, instance)

    late = seen(NOON - timedelta(hours=2))
    assert not late.passed
    assert "The last update was 2 hours ago" in str(late.description)
    fresh = seen(NOON - timedelta(minutes=30))
    assert fresh.passed
    assert fresh.metadata[FRESH_UNTIL] == MetadataValue.timestamp((NOON + timedelta(minutes=30)).timestamp())


def test_freshness_is_measured_from_the_last_deadline(instance: Instance) -> None:
    (checks,) = build_last_update_freshness_checks(
        assets=["orders"], lower_bound_delta=timedelta(hours=1), deadline_cron="0 9 * * *", timezone="Europe/Berlin"
    )
    deadline = datetime(2026, 3, 10, 8, tzinfo=UTC)  # nine in Berlin

    told = {LAST_UPDATE: MetadataValue.timestamp((deadline - timedelta(minutes=59)).timestamp())}
    instance.report_runless_asset_event(AssetObservation("orders", metadata=told))
    found = look(checks, instance)

    assert found.passed
    assert found.metadata[LATEST_TICK] == MetadataValue.timestamp(deadline.timestamp())
    assert found.metadata[FRESH_UNTIL] == MetadataValue.timestamp((deadline + timedelta(days=1)).timestamp())


def test_the_partition_that_was_complete_at_the_deadline_is_wanted(instance: Instance) -> None:
    @asset(partitions_def=DailyPartitionsDefinition("2026-03-01"))
    def daily() -> None: ...

    (checks,) = build_time_partition_freshness_checks(assets=[daily], deadline_cron="0 9 * * *")
    assert "expect partition 2026-03-09 to have arrived" in str(look(checks, instance).description)
    instance.report_runless_asset_event(AssetMaterialization("daily", partition="2026-03-08"))
    assert "Asset is overdue" in str(look(checks, instance).description)
    instance.report_runless_asset_event(AssetMaterialization("daily", partition="2026-03-09"))
    assert look(checks, instance).passed

    with pytest.raises(DefinitionError, match="orders has no partitions that are windows of time"):
        build_time_partition_freshness_checks(assets=["orders"], deadline_cron="0 9 * * *")
