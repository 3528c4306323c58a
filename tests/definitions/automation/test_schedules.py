"""Schedules: what they are declared with, what they ask for, and direct calls."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from fake_instance import gather

from assetmake import (
    DailyPartitionsDefinition,
    DefaultScheduleStatus,
    MetadataValue,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    asset,
    build_schedule_context,
    define_asset_job,
    schedule,
)
from assetmake.errors import DefinitionError, InvariantError, InvocationError, UnknownPartitionError

TIME = datetime(2024, 5, 6, 7, tzinfo=UTC)
daily = define_asset_job("daily", partitions_def=DailyPartitionsDefinition("2024-05-01"), config={"ops": {}})


@asset
def orders() -> int:
    return 1


def ask(returned: Any, **options: Any) -> Any:
    @schedule("@daily", job=daily, **options)
    def asking(context: ScheduleEvaluationContext) -> Any:
        return returned

    return asking.evaluate_tick(build_schedule_context(scheduled_execution_time=TIME))


def test_a_schedule_is_named_after_its_job_and_active() -> None:
    declared = ScheduleDefinition(job=daily, cron_schedule=["0 6 * * *", "0 18 * * *"], metadata={"a": 1})
    assert (declared.name, declared.job, declared.job_name) == ("daily_schedule", daily, "daily")
    assert declared.default_status is DefaultScheduleStatus.RUNNING
    assert declared.metadata == {"a": MetadataValue.int(1)}
    assert ScheduleDefinition("x", target=[orders], cron_schedule="@daily").job.selection.resolve([orders]) == {
        orders.key
    }


def test_config_and_tags_are_plain_or_functions_of_the_context() -> None:
    plain = ScheduleDefinition(job_name="j", cron_schedule="@daily", run_config={"a": 1}, tags={"b": 2})
    (request,) = plain.evaluate_tick(build_schedule_context()).run_requests
    assert request == RunRequest(run_config={"a": 1}, tags={"b": "2", "dagster/schedule_name": "j_schedule"})
    made = ScheduleDefinition(
        job_name="j",
        cron_schedule="@daily",
        run_config_fn=lambda context: {"at": context.scheduled_execution_time},
        tags_fn=lambda context: {"year": context.scheduled_execution_time.year},
        should_execute=lambda context: context.scheduled_execution_time == TIME,
    )
    (request,) = made.evaluate_tick(build_schedule_context(scheduled_execution_time=TIME)).run_requests
    assert (request.run_config, request.tags["year"]) == ({"at": TIME}, "2024")
    skipped = made.evaluate_tick(build_schedule_context(scheduled_execution_time=datetime(2020, 1, 1)))
    assert (skipped.run_requests, skipped.skip_message) == (
        [],
        "should_execute function for j_schedule returned false.",
    )


def test_a_function_returns_requests_reasons_config_or_nothing() -> None:
    assert [request.run_key for request in ask([RunRequest("a"), RunRequest("b")]).run_requests] == ["a", "b"]
    assert ask(None).skip_message == "Schedule function returned an empty result"
    assert ask(SkipReason("holiday")).skip_message == "holiday"
    assert ask({"ops": {"a": 1}}, tags={"t": "u"}).run_requests[0].tags["t"] == "u"
    assert "t" not in ask(RunRequest(), tags={"t": "u"}).run_requests[0].tags


@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        ([RunRequest(), RunRequest()], "must specify a run_key"),
        (3, "unexpectedly returned output 3"),
        ([SkipReason("a"), RunRequest("b")], "unexpectedly returned"),
    ],
)
def test_what_means_nothing_is_refused(returned: object, problem: str) -> None:
    with pytest.raises(InvariantError, match=problem):
        ask(returned)


def test_a_partition_is_checked_as_of_the_scheduled_time() -> None:
    (request,) = ask(RunRequest(partition_key="2024-05-05")).run_requests
    assert request.tags["dagster/partition"] == "2024-05-05"
    assert request.run_config == {"ops": {}}
    with pytest.raises(UnknownPartitionError):
        ask(RunRequest(partition_key="2024-05-06"))


def test_partitions_of_a_job_by_name_are_found_among_all_jobs() -> None:
    @schedule("@daily", job_name="daily")
    def asking() -> RunRequest:
        return RunRequest(partition_key="2024-05-05")

    with pytest.raises(InvariantError, match="Must provide repository def to build_schedule_context"):
        asking.evaluate_tick(build_schedule_context(scheduled_execution_time=TIME))
    context = build_schedule_context(scheduled_execution_time=TIME, repository_def=gather(daily=daily))
    assert asking.evaluate_tick(context).run_requests[0].partition_key == "2024-05-05"


def test_direct_calls_take_a_context_where_the_function_does() -> None:
    @schedule("@daily", job=daily)
    def asking(context: ScheduleEvaluationContext) -> dict[str, Any]:
        context.log.info("asked")
        return {"year": context.scheduled_execution_time.year}

    context = build_schedule_context(scheduled_execution_time=TIME)
    assert asking(context) == asking(context=context) == {"year": 2024}
    with pytest.raises(InvocationError, match="expected context argument, but no context"):
        asking()
    with pytest.raises(InvocationError, match="expected argument 'context'"):
        asking(other=context)
    with pytest.raises(InvocationError, match="multiple non-resource arguments"):
        asking(context, context)
    with pytest.raises(InvocationError, match="called with a ScheduleEvaluationContext, got 3"):
        asking(3)
    with pytest.raises(InvocationError, match="only supported for schedules created via"):
        ScheduleDefinition(job=daily, cron_schedule="@daily")()


def test_what_a_context_was_built_without_is_an_error() -> None:
    context = build_schedule_context()
    with pytest.raises(InvariantError, match="no instance reference was provided"):
        _ = context.instance
    with pytest.raises(InvariantError, match="no scheduled_execution_time was set"):
        _ = context.scheduled_execution_time
    assert isinstance(context.log, logging.Logger)


def test_copies_have_another_job_or_other_metadata() -> None:
    first = ScheduleDefinition(job=daily, cron_schedule="@daily", tags={"a": "b"}, metadata={"a": 1})
    second = first.with_updated_job(define_asset_job("other"))
    assert (second.job_name, second.tags, first.job_name) == ("other", {"a": "b"}, "daily")
    assert first.with_attributes(metadata={}).metadata == {}
    assert ScheduleDefinition(job_name="x", cron_schedule="@daily").with_attributes(metadata={"b": 2}).job_name == "x"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"job": daily, "cron_schedule": "oopsies * * * *"}, "invalid cron schedule"),
        ({"job": daily, "cron_schedule": []}, "invalid cron schedule"),
        ({"job": daily, "cron_schedule": "@daily", "execution_timezone": "Mars"}, "unknown timezone"),
        ({"job": daily, "job_name": "a", "cron_schedule": "@daily"}, "more than one of job"),
        ({"cron_schedule": "@daily"}, "Must provide target, job, or job_name"),
        ({"target": "a", "cron_schedule": "@daily"}, "must specify schedule name"),
        ({"job": "daily", "cron_schedule": "@daily"}, "is no job"),
        ({"job": daily, "cron_schedule": "@daily", "tags": {"a": "b"}, "tags_fn": len}, "tags and tags_fn"),
        ({"job": daily, "cron_schedule": "@daily", "execution_fn": len, "run_config": {"a": 1}}, "execution_fn"),
        (
            {"job": daily, "cron_schedule": "@daily", "owners": ["team:"]},
            "Team name cannot be empty after 'team:' prefix",
        ),
        ({"job": daily, "cron_schedule": "@daily", "owners": ["me"]}, "Owner must be an email address or a team name"),
    ],
)
def test_wrong_declarations_are_told_at_once(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        ScheduleDefinition(**options)


def test_a_step_beyond_its_field_is_warned_of() -> None:
    with pytest.warns(UserWarning, match="cron schedule with an interval greater than the expected range"):
        ScheduleDefinition(job=daily, cron_schedule="*/90 * * * *")
