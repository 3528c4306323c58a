"""changes_at(): until then no definition has other partitions than now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assetmake import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionsDefinition,
    WeeklyPartitionsDefinition,
)

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia")
CRONS = ("*/7 * * * *", "30 2 * * *", "0 0,12 * * *", "0 0 L * *", "15 3 * * 1-5", "0 0 29 2 *", "0 0 * * 5#2")
SKIPPED = TimeWindowPartitionsDefinition("2024-03-01", "%Y-%m-%d", cron_schedule="30 2 * * *", timezone="Europe/Berlin")
TIMES = st.datetimes(datetime(2009, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))


@st.composite
def definitions(draw: st.DrawFn) -> TimeWindowPartitionsDefinition:
    zone = draw(st.sampled_from(ZONES))
    start = draw(st.datetimes(datetime(2010, 1, 1), datetime(2025, 1, 1)))
    end = draw(st.none() | st.integers(0, 5000).map(lambda hours: start + timedelta(hours=hours)))
    offset = draw(st.integers(-3, 3))
    minute, hour = draw(st.integers(0, 59)), draw(st.integers(0, 23))
    match draw(st.sampled_from(["hourly", "daily", "weekly", "monthly", "cron"])):
        case "hourly":
            return HourlyPartitionsDefinition(start, end, minute, timezone=zone, end_offset=offset)
        case "daily":
            return DailyPartitionsDefinition(start, end, minute, hour, timezone=zone, end_offset=offset)
        case "weekly":
            day = draw(st.integers(0, 6))
            return WeeklyPartitionsDefinition(start, end, minute, hour, day, timezone=zone, end_offset=offset)
        case "monthly":
            day = draw(st.integers(1, 31))
            return MonthlyPartitionsDefinition(start, end, minute, hour, day, timezone=zone, end_offset=offset)
        case _:
            cron = draw(st.sampled_from(CRONS))
            return TimeWindowPartitionsDefinition(
                start, "%Y-%m-%d-%H:%M", end, timezone=zone, cron_schedule=cron, end_offset=offset
            )


@given(definition=definitions(), now=TIMES, fraction=st.floats(0, 1, exclude_max=True))
@example(  # clocks are put back in the middle of an hour's window
    definition=HourlyPartitionsDefinition("2024-10-01-00:00", timezone="Europe/Berlin"),
    now=datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
    fraction=0.9,
)
@example(  # and put forward over the time at which the window was to begin
    definition=SKIPPED,
    now=datetime(2024, 3, 31, 0, 59, 59, 999_999, tzinfo=UTC),
    fraction=0.99,
)
def test_between_now_and_then_the_partitions_are_the_same(
    definition: TimeWindowPartitionsDefinition, now: datetime, fraction: float
) -> None:
    end = definition.changes_at(now)
    before = list(definition.parts(current_time=now))
    last = datetime.fromtimestamp(end, UTC) if end is not None else datetime(2036, 1, 1, tzinfo=UTC)
    assert last > now
    right_before = last - timedelta(microseconds=1)
    for later in (min(now + (last - now) * fraction, right_before), right_before):
        assert list(definition.parts(current_time=later)) == before
        assert later == now or definition.changes_at(later) == end


@given(definition=definitions(), now=TIMES)
def test_a_change_is_not_expected_too_early(definition: TimeWindowPartitionsDefinition, now: datetime) -> None:
    """Else the answer to a command would never stand: without start and end each of these moments brings a window."""
    end = definition.changes_at(now)
    if end is not None:
        then = datetime.fromtimestamp(end, UTC)
        assert definition.cadence.floor(end) == end
        assert definition.cadence.floor(int(then.timestamp()) - 1) < end


def test_the_zone_of_the_moment_does_not_matter() -> None:
    daily = DailyPartitionsDefinition("2026-01-01", timezone="Asia/Tokyo")
    now = datetime(2026, 5, 5, 12, tzinfo=UTC)
    assert daily.changes_at(now) == daily.changes_at(now.astimezone(ZoneInfo("America/New_York")))
    assert daily.changes_at(now) == datetime(2026, 5, 5, 15, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("hours", [0, 1, 10_000])
def test_keys_that_are_listed_never_change(hours: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    assert StaticPartitionsDefinition(["a", "b"]).changes_at(now) is None


def test_of_a_kind_of_its_own_nothing_is_promised() -> None:
    class Homemade(StaticPartitionsDefinition):
        def parts(self, *, current_time: datetime | None = None) -> object:  # type: ignore[override]
            raise NotImplementedError

    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert super(StaticPartitionsDefinition, Homemade(["a"])).changes_at(now) == now.timestamp()
