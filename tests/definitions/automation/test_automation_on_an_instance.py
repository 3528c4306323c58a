"""Sensors of assets and of runs on a real instance, which records what they look for."""

from __future__ import annotations

from typing import Any

import pytest
from fake_instance import gather

from assetmake import (
    AssetKey,
    AssetMaterialization,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    EventLogEntry,
    MultiAssetSensorEvaluationContext,
    RunFailureSensorContext,
    RunRequest,
    SensorEvaluationContext,
    StaticPartitionsDefinition,
    asset,
    asset_sensor,
    build_multi_asset_sensor_context,
    build_run_status_sensor_context,
    build_sensor_context,
    run_failure_sensor,
    run_status_sensor,
)

A = AssetKey("a")


@asset(partitions_def=StaticPartitionsDefinition(["x", "y"]))
def a() -> int:
    return 1


@pytest.fixture
def instance() -> Any:
    with DagsterInstance.ephemeral() as made:
        yield made


def test_an_asset_sensor_gets_the_entry_of_the_last_materialization(instance: DagsterInstance) -> None:
    @asset_sensor(A, job_name="job")
    def on_a(context: SensorEvaluationContext, asset_event: EventLogEntry) -> RunRequest:
        made = asset_event.asset_materialization
        assert made is not None
        return RunRequest(made.partition)

    for partition in ("x", "y"):
        instance.report_runless_asset_event(AssetMaterialization(A, partition=partition))
    tick = on_a.evaluate_tick(build_sensor_context(instance))
    assert [request.run_key for request in tick.run_requests] == ["y"]
    assert on_a.evaluate_tick(build_sensor_context(instance, tick.cursor)).run_requests == []


def test_a_sensor_of_several_assets_reads_records_by_partition(instance: DagsterInstance) -> None:
    def look(cursor: str | None = None) -> MultiAssetSensorEvaluationContext:
        return build_multi_asset_sensor_context(
            monitored_assets=[A], instance=instance, repository_def=gather(a), cursor=cursor
        )

    for partition in ("x", "y", "x"):
        instance.report_runless_asset_event(AssetMaterialization(A, partition=partition))
    context = look()
    records = context.latest_materialization_records_by_partition(A)
    assert list(records) == ["y", "x"]
    assert context.all_partitions_materialized(A)
    context.advance_cursor({A: records["x"]})
    context.update_cursor_after_evaluation()
    assert list(look(context.cursor).latest_materialization_records_by_partition(A)) == ["y"]


def test_a_sensor_of_runs_is_called_with_the_run_and_its_event(instance: DagsterInstance) -> None:
    seen = []

    @run_status_sensor(DagsterRunStatus.SUCCESS)
    def on_success(context: Any) -> None:
        seen.append((context.dagster_run.job_name, context.dagster_event.event_type_value))

    cursor = on_success.evaluate_tick(build_sensor_context(instance)).cursor
    run = instance.create_run("nightly")
    instance.report_dagster_event(DagsterEvent(DagsterEventType.RUN_SUCCESS, "nightly"), run.run_id)
    tick = on_success.evaluate_tick(build_sensor_context(instance, cursor))
    assert seen == [("nightly", "PIPELINE_SUCCESS")]
    assert on_success.evaluate_tick(build_sensor_context(instance, tick.cursor)).dagster_run_reactions == []


def test_a_failed_run_tells_which_assets_failed(instance: DagsterInstance) -> None:
    @run_failure_sensor
    def on_failure(context: RunFailureSensorContext) -> list[str]:
        return [event.event_type_value for event in context.get_step_failure_events()]

    run = instance.create_run("nightly")
    for kind in (DagsterEventType.STEP_FAILURE, DagsterEventType.RUN_FAILURE):
        instance.report_dagster_event(DagsterEvent(kind, "nightly"), run.run_id)
    event = DagsterEvent(DagsterEventType.RUN_FAILURE, "nightly")
    assert on_failure(build_run_status_sensor_context("s", event, instance, run)) == ["STEP_FAILURE"]
