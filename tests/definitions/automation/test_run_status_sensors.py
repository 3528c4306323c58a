"""Sensors of runs: which runs they are called with, and what becomes of a function that raises."""

from __future__ import annotations

from typing import Any

import pytest
from fake_instance import Event, FakeInstance

from assetmake import (
    DagsterRunStatus,
    RunFailureSensorContext,
    RunRequest,
    RunStatusSensorContext,
    SensorResult,
    build_run_status_sensor_context,
    build_sensor_context,
    define_asset_job,
    run_failure_sensor,
    run_status_sensor,
)
from assetmake.errors import DefinitionError, InvariantError

watched, asked_for = define_asset_job("watched"), define_asset_job("asked_for")


def test_it_is_called_with_runs_that_came_to_have_the_status_since_it_was_started() -> None:
    seen = []

    @run_status_sensor(DagsterRunStatus.SUCCESS, monitored_jobs=[watched])
    def on_success(context: RunStatusSensorContext) -> None:
        seen.append((context.dagster_run.run_id, context.dagster_event.event_type_value, context.partition_key))

    instance = FakeInstance()
    instance.finish("watched")
    tick = on_success.evaluate_tick(build_sensor_context(instance))
    assert (tick.skip_message, seen) == ("Initiating on_success. Set cursor to 1", [])
    instance.finish("other")
    instance.finish("watched", "FAILURE")
    instance.finish("watched", **{"dagster/partition": "x"})
    tick = on_success.evaluate_tick(build_sensor_context(instance, tick.cursor))
    assert seen == [("run 3", "PIPELINE_SUCCESS", "x")]
    assert [(each.dagster_run.run_id, each.error) for each in tick.dagster_run_reactions] == [("run 3", None)]
    assert on_success.evaluate_tick(build_sensor_context(instance, tick.cursor)).dagster_run_reactions == []


def test_it_asks_for_runs_one_at_a_time() -> None:
    @run_status_sensor(DagsterRunStatus.SUCCESS, request_job=asked_for)
    def on_success(context: RunStatusSensorContext) -> RunRequest:
        return RunRequest(context.dagster_run.run_id)

    instance = FakeInstance()
    cursor = on_success.evaluate_tick(build_sensor_context(instance)).cursor
    for _ in range(2):
        instance.finish("watched")
    keys = []
    for _ in range(3):
        tick = on_success.evaluate_tick(build_sensor_context(instance, cursor))
        keys.append([request.run_key for request in tick.run_requests])
        cursor = tick.cursor
    assert keys == [["run 0"], ["run 1"], []]


def test_no_more_than_five_runs_are_dealt_with_at_once() -> None:
    @run_status_sensor(DagsterRunStatus.SUCCESS)
    def on_success() -> None: ...

    instance = FakeInstance()
    cursor = on_success.evaluate_tick(build_sensor_context(instance)).cursor
    for _ in range(7):
        instance.finish("watched")
    counts = []
    for _ in range(3):
        tick = on_success.evaluate_tick(build_sensor_context(instance, cursor))
        counts.append(len(tick.dagster_run_reactions))
        cursor = tick.cursor
    assert counts == [5, 2, 0]


def test_what_the_function_raises_is_told_and_does_not_come_back() -> None:
    @run_failure_sensor
    def on_failure(context: RunFailureSensorContext) -> None:
        raise ZeroDivisionError(context.failure_event.event_type_value)

    instance = FakeInstance()
    cursor = on_failure.evaluate_tick(build_sensor_context(instance)).cursor
    instance.finish("watched", "FAILURE")
    instance.finish("watched", "FAILURE")
    tick = on_failure.evaluate_tick(build_sensor_context(instance, cursor))
    assert [str(each.error) for each in tick.dagster_run_reactions] == ["PIPELINE_FAILURE"] * 2
    assert on_failure.evaluate_tick(build_sensor_context(instance, tick.cursor)).dagster_run_reactions == []


def test_a_cursor_of_its_own_is_refused() -> None:
    @run_status_sensor(DagsterRunStatus.SUCCESS)
    def on_success() -> SensorResult:
        return SensorResult(cursor="mine")

    instance = FakeInstance()
    cursor = on_success.evaluate_tick(build_sensor_context(instance)).cursor
    instance.finish("watched")
    with pytest.raises(InvariantError, match="cursor is managed by the sensor"):
        on_success.evaluate_tick(build_sensor_context(instance, cursor))


def test_direct_calls_take_a_context_of_a_run() -> None:
    instance = FakeInstance()
    run = instance.finish("watched", "FAILURE")
    instance.record(Event("STEP_FAILURE", message="broken"), run.run_id)
    event = instance.records[0].event_log_entry.dagster_event
    context = build_run_status_sensor_context("s", event, instance, run, resources={"db": 1}, partition_key="x")

    @run_failure_sensor(name="telling", minimum_interval_seconds=5)
    def on_failure(context: RunFailureSensorContext) -> Any:
        messages = [each.message for each in context.get_step_failure_events()]
        return messages, context.resources.db, context.sensor_name, context.partition_key

    @run_failure_sensor()
    def without() -> int:
        return 1

    assert (on_failure.name, on_failure.minimum_interval_seconds) == ("telling", 5)
    assert on_failure(context) == on_failure(context.for_run_failure()) == (["broken"], 1, "s", "x")
    assert without() == without(context) == 1
    with build_run_status_sensor_context("s", event, instance, run) as entered:
        assert isinstance(entered.for_run_failure(), RunFailureSensorContext)


def test_wrong_declarations_are_told_at_once() -> None:
    with pytest.raises(DefinitionError, match="by an event"):
        run_status_sensor(DagsterRunStatus.MANAGED)(lambda: None)
    with pytest.raises(DefinitionError, match="Cannot specify both monitor_all_code_locations and monitored_jobs"):
        run_status_sensor(DagsterRunStatus.SUCCESS, monitored_jobs=[watched], monitor_all_code_locations=True)
    with pytest.raises(DefinitionError, match="which is no job"):
        run_status_sensor(DagsterRunStatus.SUCCESS, monitored_jobs=["watched"], name="s")(lambda: None)
