"""Sensors of assets: what is new, what was dealt with, and their cursors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fake_instance import Entry, FakeInstance, gather
from hypothesis import given
from hypothesis import strategies as st

from assetmake import (
    AssetKey,
    AssetSelection,
    DailyPartitionsDefinition,
    MultiAssetSensorEvaluationContext,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    StaticPartitionsDefinition,
    WeeklyPartitionsDefinition,
    asset,
    asset_sensor,
    build_multi_asset_sensor_context,
    build_sensor_context,
    multi_asset_sensor,
)
from assetmake.errors import DefinitionError, InvariantError, InvocationError

A, B = AssetKey("a"), AssetKey("b")
KEYS = StaticPartitionsDefinition(["x", "y", "z"])


@asset(partitions_def=KEYS)
def a() -> int:
    return 1


@asset(partitions_def=KEYS)
def b() -> int:
    return 1


@asset
def plain() -> int:
    return 1


@asset(partitions_def=DailyPartitionsDefinition("2024-01-01", end_date="2024-03-01"))
def days() -> int:
    return 1


@asset(partitions_def=WeeklyPartitionsDefinition("2024-01-01", end_date="2024-03-01"))
def weeks(days: dict[str, int]) -> int:
    return len(days)


def look(instance: FakeInstance, cursor: str | None = None, *keys: AssetKey) -> MultiAssetSensorEvaluationContext:
    return build_multi_asset_sensor_context(
        monitored_assets=list(keys or (A,)),
        instance=instance,
        cursor=cursor,
        repository_def=gather(a, b, plain, days, weeks),
    )


def test_an_asset_sensor_is_called_with_the_last_event_once() -> None:
    @asset_sensor(A, job_name="job")
    def on_a(context: SensorEvaluationContext, asset_event: Entry) -> RunRequest:
        return RunRequest(f"{context.cursor} {asset_event.dagster_event.partition}")

    instance = FakeInstance()
    assert on_a.evaluate_tick(build_sensor_context(instance)).skip_message == (
        "No new materialization events found for asset key a"
    )
    instance.make("a", "x")
    instance.make("a", "y")
    instance.make("b", "z")
    tick = on_a.evaluate_tick(build_sensor_context(instance))
    assert ([request.run_key for request in tick.run_requests], tick.cursor) == (["None y"], "2")
    tick = on_a.evaluate_tick(build_sensor_context(instance, cursor=tick.cursor))
    assert (tick.run_requests, tick.cursor) == ([], "2")


def test_the_cursor_of_an_asset_sensor_is_its_own() -> None:
    @asset_sensor(A, job_name="job")
    def on_a() -> SensorResult:
        return SensorResult([RunRequest()], cursor="mine")

    instance = FakeInstance()
    instance.make("a")
    with pytest.raises(InvariantError, match="The cursor is managed by the asset sensor"):
        on_a.evaluate_tick(build_sensor_context(instance))


def test_an_asset_sensor_can_be_called_with_an_event() -> None:
    @asset_sensor(A, job_name="job")
    def on_a(context: SensorEvaluationContext, asset_event: Entry) -> RunRequest:
        return RunRequest(asset_event.dagster_event.partition)

    record = FakeInstance().make("a", "x")
    assert on_a(build_sensor_context(), record.event_log_entry) == RunRequest("x")


def test_what_is_new_is_new_until_it_was_dealt_with() -> None:
    instance = FakeInstance()
    for partition in ("x", "y", "x"):
        instance.make("a", partition)
    context = look(instance)
    assert list(context.latest_materialization_records_by_partition(A)) == ["y", "x"]
    assert [record.storage_id for record in context.materialization_records_for_key(A)] == [1, 2, 3]
    assert [record.storage_id for record in context.materialization_records_for_key(A, limit=2)] == [1, 2]
    context.advance_cursor({A: context.latest_materialization_records_by_key()[A]})
    context.update_cursor_after_evaluation()
    assert json.loads(context.cursor or "") == {"AssetKey(['a'])": ["x", 3, {"y": 2}]}

    again = look(instance, context.cursor)
    assert again.get_cursor_partition(A) == again.get_cursor_partition(None) == "x"
    assert again.latest_materialization_records_by_key() == {A: None}
    assert list(again.latest_materialization_records_by_partition(A)) == ["y"]
    assert [record.storage_id for record in again.get_trailing_unconsumed_events(A)] == [2]
    assert list(again.latest_materialization_records_by_partition(A, after_cursor_partition=True)) == ["y"]
    again.advance_all_cursors()
    again.update_cursor_after_evaluation()
    assert again.cursor == context.cursor


def test_dealing_with_an_event_before_the_cursor_leaves_the_cursor_where_it_is() -> None:
    instance = FakeInstance()
    for partition in ("x", "y", "z"):
        instance.make("a", partition)
    context = look(instance, '{"AssetKey([\'a\'])": ["z", 3, {"x": 1, "y": 2}]}')
    context.advance_cursor({A: context.latest_materialization_records_by_partition(A)["x"]})
    context.update_cursor_after_evaluation()
    assert json.loads(context.cursor or "") == {"AssetKey(['a'])": ["z", 3, {"y": 2}]}


def test_several_assets_are_seen_by_partition() -> None:
    instance = FakeInstance()
    instance.make("a", "x")
    instance.make("b", "x")
    instance.make("b", "y")
    found = look(instance, None, A, B).latest_materialization_records_by_partition_and_asset()
    assert {partition: list(records) for partition, records in found.items()} == {"x": [A, B], "y": [B]}
    with pytest.raises(InvocationError, match="share the same partitions definition"):
        look(instance, None, A, plain.key).latest_materialization_records_by_partition_and_asset()


def test_questions_about_partitions() -> None:
    instance = FakeInstance()
    instance.make("a", "x")
    instance.make("a", "y")
    context = look(instance)
    assert not context.all_partitions_materialized(A)
    assert context.all_partitions_materialized(A, ["x", "y"])
    assert context.asset_keys == [A]
    assert context.assets_defs_by_key == {A: a}
    with pytest.raises(InvocationError, match="at least one partition"):
        context.all_partitions_materialized(A, [])
    with pytest.raises(InvocationError, match="not monitored"):
        context.materialization_records_for_key(B)
    with pytest.raises(InvariantError, match="not partitioned"):
        look(instance, None, plain.key).latest_materialization_records_by_partition(plain.key)


def test_a_partition_is_followed_downwards() -> None:
    context = look(FakeInstance(), None, days.key)
    assert context.get_downstream_partition_keys("2024-01-09", days.key, weeks.key) == ["2024-01-07"]
    assert look(FakeInstance()).get_downstream_partition_keys("y", A, B) == ["y"]
    with pytest.raises(InvocationError, match="does not exist"):
        context.get_downstream_partition_keys("x", AssetKey("nowhere"), A)


def test_a_context_can_start_from_what_is_there() -> None:
    instance = FakeInstance()
    instance.make("a", "x")
    options: dict[str, Any] = {"monitored_assets": AssetSelection.assets("a"), "repository_def": gather(a)}
    context = build_multi_asset_sensor_context(**options, instance=instance, cursor_from_latest_materializations=True)
    assert context.latest_materialization_records_by_key() == {A: None}
    assert not context.cursor_updated
    with pytest.raises(InvocationError, match="without a Dagster instance"):
        build_multi_asset_sensor_context(**options, cursor_from_latest_materializations=True)
    with pytest.raises(InvocationError, match="both cursor and cursor_from_latest_materializations"):
        build_multi_asset_sensor_context(**options, cursor="1", cursor_from_latest_materializations=True)


def test_a_sensor_of_several_assets_writes_its_cursor() -> None:
    @multi_asset_sensor([A, B], job_name="job")
    def on_both(context: MultiAssetSensorEvaluationContext) -> RunRequest | None:
        if not all(context.latest_materialization_records_by_key().values()):
            return None
        context.advance_all_cursors()
        return RunRequest()

    instance = FakeInstance()
    instance.make("a", "x")
    context = build_sensor_context(instance, repository_def=gather(a, b))
    assert on_both.evaluate_tick(context).run_requests == []
    instance.make("b", "y")
    tick = on_both.evaluate_tick(context)
    assert len(tick.run_requests) == 1
    assert tick.cursor == '{"AssetKey([\'a\'])": ["x", 1, {}], "AssetKey([\'b\'])": ["y", 2, {}]}'
    assert (
        on_both.evaluate_tick(build_sensor_context(instance, tick.cursor, repository_def=gather(a, b))).run_requests
        == []
    )

    direct = look(instance, None, A, B)
    assert on_both(direct) == RunRequest()
    assert direct.cursor == tick.cursor


def test_what_was_asked_for_has_to_be_marked_as_dealt_with() -> None:
    @multi_asset_sensor([A], job_name="job")
    def forgetful(context: MultiAssetSensorEvaluationContext) -> RunRequest:
        return RunRequest()

    @multi_asset_sensor([A], job_name="job")
    def meddling(context: MultiAssetSensorEvaluationContext) -> SensorResult:
        return SensorResult(cursor="mine")

    @multi_asset_sensor([A], job_name="job")
    def quiet(_: MultiAssetSensorEvaluationContext) -> SkipReason:
        return SkipReason("quiet")

    context = build_sensor_context(FakeInstance(), repository_def=gather(a))
    with pytest.raises(DefinitionError, match="the cursor was not updated"):
        forgetful.evaluate_tick(context)
    with pytest.raises(InvariantError, match="Cannot set cursor in a multi_asset_sensor"):
        meddling.evaluate_tick(context)
    assert quiet.evaluate_tick(context).skip_message == "quiet"


def test_the_cursor_of_another_kind_of_sensor_is_no_cursor() -> None:
    instance = FakeInstance()
    instance.make("a", "x")
    for cursor in ("3", "some text", '{"a": [1]}', None):
        assert look(instance, cursor).latest_materialization_records_by_key()[A] is not None


def test_watched_assets_are_keys_or_a_selection() -> None:
    with pytest.raises(DefinitionError, match="monitored_assets param must be either an AssetSelection or a Sequence"):
        multi_asset_sensor(["a"])(lambda context: None)  # type: ignore[list-item]


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.booleans(), st.booleans()), max_size=25))
def test_no_event_is_lost_and_none_is_given_twice(steps: list[tuple[str, bool, bool]]) -> None:
    """Each partition's last event is given until it, or a later one of its partition, was dealt with."""
    instance = FakeInstance()
    waiting: dict[str, int] = {}
    cursor = None
    for partition, tick, first in steps:
        waiting[partition] = instance.make("a", partition).storage_id
        if not tick:
            continue
        context = look(instance, cursor)
        given_now = context.latest_materialization_records_by_partition(A)
        assert {key: record.storage_id for key, record in given_now.items()} == waiting
        assert list(given_now) == sorted(waiting, key=waiting.__getitem__)
        dealt_with = next(iter(given_now)) if first else list(given_now)[-1]
        context.advance_cursor({A: given_now[dealt_with]})
        del waiting[dealt_with]
        context.update_cursor_after_evaluation()
        cursor = context.cursor
