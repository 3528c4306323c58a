"""Freshness: windows and deadlines, and what they say of an asset at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from assetmake import FreshnessPolicy, LegacyFreshnessPolicy
from assetmake.definitions.automation.freshness import FreshnessState
from assetmake.errors import DefinitionError

DAY = datetime(2024, 5, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("hours", "state"), [(11, "PASS"), (12, "PASS"), (13, "WARN"), (24, "WARN"), (25, "FAIL")])
def test_a_window_warns_and_then_fails(hours: int, state: str) -> None:
    policy = FreshnessPolicy.time_window(24 * HOUR, warn_window=12 * HOUR)
    assert policy.tell_state(DAY, current_time=DAY + hours * HOUR) is FreshnessState(state)


@pytest.mark.parametrize(
    ("made", "now", "state"),
    [
        (9.5, 9.9, "PASS"),  # the last deadline is that of the day before
        (9.5, 10.5, "PASS"),
        (9.5, 33.0, "PASS"),
        (9.5, 34.5, "FAIL"),
        (8.5, 10.5, "FAIL"),
        (10.2, 10.5, "PASS"),  # late, and made all the same
        (-20.0, 9.0, "FAIL"),
    ],
)
def test_a_deadline_wants_it_made_within_the_time_before(made: float, now: float, state: str) -> None:
    policy = FreshnessPolicy.cron("0 10 * * *", lower_bound_delta=HOUR)
    assert policy.tell_state(DAY + made * HOUR, current_time=DAY + now * HOUR) is FreshnessState(state)


def test_a_deadline_is_read_on_the_clocks_of_its_zone() -> None:
    policy = FreshnessPolicy.cron("0 10 * * *", HOUR, timezone="Asia/Tokyo")  # one o'clock in UTC
    assert policy.tell_state(DAY, current_time=DAY + 1.5 * HOUR) is FreshnessState.PASS
    assert policy.tell_state(DAY - 0.5 * HOUR, current_time=DAY + 1.5 * HOUR) is FreshnessState.FAIL


def test_what_was_never_made_is_unknown() -> None:
    for policy in (FreshnessPolicy.time_window(HOUR), FreshnessPolicy.cron("@daily", HOUR)):
        assert policy.tell_state(None, current_time=DAY) is FreshnessState.UNKNOWN


@pytest.mark.parametrize(
    ("fail", "warn", "problem"),
    [(timedelta(seconds=59), None, "1 minute"), (HOUR, timedelta(1), "less than"), (HOUR, HOUR, "less than")],
)
def test_windows_that_make_no_sense_are_refused(fail: timedelta, warn: timedelta | None, problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        FreshnessPolicy.time_window(fail, warn)


@pytest.mark.parametrize(
    ("cron", "delta", "problem"),
    [
        ("0 10 * * 1-5", timedelta(hours=25), "smallest cron interval"),
        ("0 10 * * *", timedelta(seconds=1), "1 minute"),
        ("ten", HOUR, "cron schedule"),
    ],
)
def test_deadlines_that_make_no_sense_are_refused(cron: str, delta: timedelta, problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        FreshnessPolicy.cron(cron, delta)


def test_a_lag_counts_when_its_schedule_occurs() -> None:
    policy = LegacyFreshnessPolicy(maximum_lag_minutes=60, cron_schedule="@daily")
    late = policy.minutes_overdue(DAY - 2 * HOUR, DAY + 2 * HOUR)
    assert late is not None
    assert (late.overdue_minutes, late.lag_minutes) == (60, 120)
    assert policy.minutes_overdue(None, DAY) is None
    with pytest.raises(DefinitionError, match="without a cron_schedule"):
        LegacyFreshnessPolicy(maximum_lag_minutes=1, cron_schedule_timezone="UTC")
