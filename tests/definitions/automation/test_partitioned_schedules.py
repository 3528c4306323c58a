"""Schedules of partitioned jobs: when they occur, and for which partitions they ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fake_instance import FakeInstance

from assetmake import (
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    MultiPartitionsDefinition,
    PartitionsDefinition,
    ScheduleDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionsDefinition,
    WeeklyPartitionsDefinition,
    build_schedule_context,
    build_schedule_from_partitioned_job,
    define_asset_job,
)
from assetmake.errors import DefinitionError, InvariantError

HOURS = HourlyPartitionsDefinition("2024-01-01-00:00", minute_offset=20)
DAYS = DailyPartitionsDefinition("2024-01-01", hour_offset=2, timezone="Europe/Berlin")
WEEKS = WeeklyPartitionsDefinition("2024-01-01")
MONTHS = MonthlyPartitionsDefinition("2024-01-01")


def declare(partitions: PartitionsDefinition, **options: Any) -> ScheduleDefinition:
    made = build_schedule_from_partitioned_job(define_asset_job("job", partitions_def=partitions), **options)
    assert isinstance(made, ScheduleDefinition)
    return made


def asked(schedule: ScheduleDefinition, *time: int) -> list[tuple[str | None, str | None]]:
    context = build_schedule_context(scheduled_execution_time=datetime(*time, tzinfo=UTC))
    return [(request.partition_key, request.run_key) for request in schedule.evaluate_tick(context).run_requests]


@pytest.mark.parametrize(
    ("partitions", "options", "cron"),
    [
        (HOURS, {}, "20 * * * *"),
        (HOURS, {"minute_of_hour": 30}, "30 * * * *"),
        (DAYS, {}, "0 2 * * *"),
        (DAYS, {"hour_of_day": 3}, "0 3 * * *"),
        (WEEKS, {"hour_of_day": 9, "minute_of_hour": 30, "day_of_week": 2}, "30 9 * * 2"),
        (WEEKS, {"day_of_week": 0}, "0 0 * * 0"),
        (MONTHS, {"day_of_month": 2}, "0 0 2 * *"),
    ],
)
def test_it_occurs_when_windows_end_or_at_another_time_of_theirs(
    partitions: PartitionsDefinition, options: dict[str, int], cron: str
) -> None:
    schedule = declare(partitions, **options)
    assert (schedule.name, schedule.cron_schedule, schedule.job.partitions_def) == ("job_schedule", cron, partitions)


def test_it_asks_for_the_last_window_that_has_ended() -> None:
    assert asked(declare(DAYS, hour_of_day=3), 2024, 1, 15, 3) == [("2024-01-14", "2024-01-14")]
    assert asked(declare(DAYS), 2024, 1, 15, 0, 30) == [("2024-01-13", "2024-01-13")]
    assert asked(declare(WEEKS, day_of_week=2), 2024, 1, 23) == [("2024-01-14", "2024-01-14")]
    assert declare(DAYS).execution_timezone == "Europe/Berlin"


def test_before_the_first_window_there_is_nothing_to_ask_for() -> None:
    tick = declare(DAYS).evaluate_tick(build_schedule_context(scheduled_execution_time=datetime(2024, 1, 1)))
    assert (tick.run_requests, tick.skip_message) == ([], "The job's PartitionsDefinition has no partitions")


def test_static_partitions_are_all_asked_for_at_a_given_time() -> None:
    static = StaticPartitionsDefinition(["a", "b"])
    assert asked(declare(static, cron_schedule="0 6 * * *"), 2024, 1, 1) == [("a", "a"), ("b", "b")]
    with pytest.raises(DefinitionError, match="requires a cron schedule"):
        declare(static)


def test_of_several_dimensions_all_partitions_of_the_latest_window_are_asked_for() -> None:
    both = MultiPartitionsDefinition({"static": StaticPartitionsDefinition(["a", "b"]), "date": DAYS})
    assert [key for key, _ in asked(declare(both), 2024, 1, 3, 9)] == ["2024-01-02|a", "2024-01-02|b"]
    static = StaticPartitionsDefinition(["a"])
    with pytest.raises(DefinitionError, match="neither time windows"):
        declare(MultiPartitionsDefinition({"one": static, "two": static}))


def test_dynamic_keys_are_those_that_the_instance_knows() -> None:
    both = MultiPartitionsDefinition({"colour": DynamicPartitionsDefinition(name="colours"), "date": DAYS})
    context = build_schedule_context(FakeInstance(dynamic={"colours": ["red"]}), datetime(2024, 1, 3, 9, tzinfo=UTC))
    (request,) = declare(both).evaluate_tick(context).run_requests
    assert (request.partition_key, request.tags["dagster/partition/colour"]) == ("red|2024-01-02", "red")


def test_a_window_that_is_left_out_is_not_asked_for_again_as_the_one_before() -> None:
    no_weekends = DailyPartitionsDefinition("2024-01-01", exclusions=["0 0 * * 6", "0 0 * * 0"])
    times = [(2024, 1, day) for day in (6, 7, 8, 9)]  # the sixth is a Saturday
    assert [asked(declare(no_weekends), *time) for time in times] == [
        [("2024-01-05", "2024-01-05")],
        [],
        [],
        [("2024-01-08", "2024-01-08")],
    ]


def test_requests_have_the_tags_of_the_schedule_and_of_the_partition() -> None:
    context = build_schedule_context(scheduled_execution_time=datetime(2024, 1, 3, 9, tzinfo=UTC))
    (request,) = declare(DAYS, tags={"a": "b"}, name="mine").evaluate_tick(context).run_requests
    assert request.job_name == "job"
    assert request.tags == {"a": "b", "dagster/partition": "2024-01-02", "dagster/schedule_name": "mine"}


def test_of_a_job_without_partitions_of_its_own_it_is_resolved_with_the_assets() -> None:
    job = define_asset_job("job")
    waiting = build_schedule_from_partitioned_job(job, hour_of_day=5, owners=["team:data"], metadata={"a": 1})
    assert not isinstance(waiting, ScheduleDefinition)
    assert (waiting.name, waiting.job_name, waiting.owners) == ("job_schedule", "job", ["team:data"])
    resolved = waiting.with_metadata({}).resolve(replace(job, partitions_def=DAYS))
    assert (resolved.cron_schedule, resolved.metadata) == ("0 5 * * *", {})
    assert asked(resolved, 2024, 1, 15, 5) == [("2024-01-14", "2024-01-14")]
    with pytest.raises(InvariantError, match="must contain partitioned assets"):
        waiting.resolve(job)
    with pytest.raises(DefinitionError, match="neither time windows"):
        waiting.resolve(replace(job, partitions_def=StaticPartitionsDefinition(["a"])))


@pytest.mark.parametrize(
    ("partitions", "options", "problem"),
    [
        (DAYS, {"cron_schedule": "@daily"}, "time-partitioned job"),
        (DAYS, {"cron_schedule": "@daily", "hour_of_day": 1}, "Cannot provide both"),
        (WEEKS, {"day_of_week": 1, "day_of_month": 1}, "Cannot provide both"),
        (DAYS, {"day_of_week": 1}, "day_of_week is not for daily partitions"),
        (HOURS, {"hour_of_day": 1}, "hour_of_day is not for hourly partitions"),
        (DAYS, {"hour_of_day": 25}, "invalid cron schedule"),
        (DAYS, {"owners": ["team:"]}, "Team name cannot be empty"),
        (
            TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 0 * * 1-5"),
            {"hour_of_day": 1},
            "does not support",
        ),
    ],
)
def test_times_that_do_not_fit_are_refused(partitions: PartitionsDefinition, options: Any, problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        declare(partitions, **options)
