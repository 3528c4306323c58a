"""Time windows: which there are, what their keys are, and how they follow the clocks of a zone."""

from __future__ import annotations

import copy
import pickle
from array import array
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assetmake import clock
from assetmake.definitions.calendars import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from assetmake.definitions.cron import parse_cron
from assetmake.definitions.partitions import PartitionKeyRange, TimeWindow, format_ranges
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.definitions.window_schedules import ScheduleType
from assetmake.errors import DefinitionError, UnknownPartitionError

MINUTE = "%Y-%m-%d-%H:%M"
ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "America/Havana",
    "Africa/Casablanca",
    "Pacific/Apia",
]
ALL_ZONES = sorted(available_timezones())
CRONS = [
    "0 * * * *",
    "30 * * * *",
    "*/15 * * * *",
    "5,50 * * * 1-5",
    "0 0 * * *",
    "30 2 * * *",
    "0,30 0-3 * * *",
    "15 */6 * * *",
    "0 0 * * 0",
    "0 3 1 * *",
    "0 0 13 * 5",
    "0 0 L * *",
    "0 12 * * mon#2",
]


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


BEFORE_CLOCK_CHANGES = [
    datetime(2011, 12, 28),
    datetime(2018, 2, 16),
    datetime(2018, 11, 2),
    datetime(2023, 3, 10),
    datetime(2023, 3, 17),
    datetime(2023, 3, 24),
    datetime(2023, 3, 31),
    datetime(2023, 9, 29),
    datetime(2023, 10, 27),
    datetime(2023, 11, 3),
]


@st.composite
def definitions(draw: st.DrawFn) -> TimeWindowPartitionsDefinition:
    return TimeWindowPartitionsDefinition(
        start=draw(st.sampled_from(BEFORE_CLOCK_CHANGES) | st.datetimes(datetime(2005, 1, 1), datetime(2024, 1, 1))),
        fmt=MINUTE,
        cron_schedule=draw(st.sampled_from(CRONS)),
        timezone=draw(st.sampled_from(ZONES) | st.sampled_from(ALL_ZONES)),
    )


@st.composite
def definitions_and_now(draw: st.DrawFn) -> tuple[TimeWindowPartitionsDefinition, datetime]:
    definition = draw(definitions())
    span = timedelta(days=6 if definition.cadence.cron.every_hour else 500)
    return definition, definition.start + draw(st.timedeltas(timedelta(0), span))


@settings(deadline=None)
@given(definitions_and_now())
def test_windows_are_contiguous_and_end_where_the_clock_stands(case):
    definition, now = case
    windows = definition.windows(current_time=now)
    ends = [*windows.starts[1:], windows.end][: len(windows.starts)]

    for start, end in zip(windows.starts, ends, strict=True):
        assert start < end
        assert definition.cadence.shift(start, 1) == end
        assert definition.cadence.shift(end, -1) == start
    assert windows.end <= now.timestamp() or not windows.starts


@settings(deadline=None)
@given(definitions_and_now(), st.data())
def test_every_instant_lies_in_exactly_one_window(case, data):
    definition, now = case
    windows = definition.windows(current_time=now)
    if not windows.starts:
        return
    instant = data.draw(st.integers(windows.starts[0], windows.end - 1))

    start = definition.cadence.floor(instant)

    assert start == windows.starts[bisect_right(windows.starts, instant) - 1]
    assert start <= instant < definition.cadence.shift(start, 1)


@settings(deadline=None)
@given(definitions_and_now())
def test_keys_are_unique_and_lead_back_to_their_window(case):
    definition, now = case
    parts = list(definition.parts(current_time=now))
    keys = definition.get_partition_keys(now)

    assert len(set(keys)) == len(parts)
    assert [definition.part_of(key) for key in keys] == parts


@settings(deadline=None)
@given(definitions_and_now())
def test_windows_begin_at_wall_clock_times_that_the_schedule_names(case):
    definition, now = case
    cron = definition.cadence.cron
    for part in definition.parts(current_time=now):
        wall = definition.cadence.to_datetime(part)
        second = (wall.hour * 60 + wall.minute) * 60
        before = definition.cadence.to_datetime(part - 1)
        after_a_gap = before.utcoffset() < wall.utcoffset()
        assert after_a_gap or second in cron.seconds_of_day()


@settings(deadline=None)
@given(definitions_and_now())
def test_a_longer_range_begins_with_the_shorter_one(case):
    definition, now = case
    parts = list(definition.parts(current_time=now))
    later = definition.parts(current_time=now + timedelta(days=30))
    assert list(later[: len(parts)]) == parts


@settings(deadline=None)
@given(definitions_and_now(), st.data())
def test_ranges_of_keys_tell_exactly_the_parts(case, data):
    definition, now = case
    parts = list(definition.parts(current_time=now))
    chosen = data.draw(st.lists(st.sampled_from(parts), unique=True)) if parts else []

    told = []
    for text in format_ranges(definition, chosen):
        first, _, last = text.partition("..")
        told += definition.parts_in_range(PartitionKeyRange(first, last or first), current_time=now)

    assert told == sorted(chosen)
    if parts:
        assert len(format_ranges(definition, reversed(parts))) == 1


def test_a_daily_window_exists_once_it_has_ended():
    daily = DailyPartitionsDefinition("2024-01-08")
    assert daily.get_partition_keys(at("2024-01-10 05:00")) == ["2024-01-08", "2024-01-09"]
    assert daily.get_partition_keys(at("2024-01-08 23:59:59")) == []
    assert daily.get_first_partition_key(at("2024-01-08 23:59:59")) is None


@pytest.mark.parametrize(
    ("end_offset", "last"), [(0, "2024-01-09"), (1, "2024-01-10"), (3, "2024-01-12"), (-1, "2024-01-08")]
)
def test_end_offset_moves_the_last_window(end_offset, last):
    daily = DailyPartitionsDefinition("2024-01-01", end_offset=end_offset)
    assert daily.get_last_partition_key(at("2024-01-10 05:00")) == last


@pytest.mark.parametrize(("now", "last"), [("2024-02-14", "2024-01-17"), ("2024-01-14", "2024-01-14")])
def test_end_date_is_exclusive_and_caps_the_end_offset(now, last):
    daily = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-18", end_offset=1)
    assert daily.get_last_partition_key(at(now)) == last


def test_an_end_inside_a_window_leaves_that_window_out():
    weekly = WeeklyPartitionsDefinition("2024-01-07", end_date="2024-01-25")
    assert weekly.get_partition_keys(at("2025-01-01")) == ["2024-01-07", "2024-01-14"]


def test_windows_begin_at_the_first_occurrence_after_the_start():
    now = at("2024-03-20")
    assert WeeklyPartitionsDefinition("2024-01-01").get_first_partition_key(now) == "2024-01-07"
    assert WeeklyPartitionsDefinition("2024-01-01", day_offset=1).get_first_partition_key(now) == "2024-01-01"
    assert MonthlyPartitionsDefinition("2024-01-15").get_partition_keys(now) == ["2024-02-01"]


def test_the_time_is_read_from_the_clock_if_none_is_given(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at("2024-01-03 12:00"))
    daily = DailyPartitionsDefinition("2024-01-01")
    assert daily.get_partition_keys() == ["2024-01-01", "2024-01-02"]
    assert not daily.has_partition_key("2024-01-03")


def test_a_day_on_which_clocks_change_has_23_or_25_hours():
    daily = DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlin")
    hours = {}
    for key in ("2024-03-31", "2024-07-01", "2024-10-27"):
        start, end = daily.time_window_for_partition_key(key)
        assert start.tzinfo == ZoneInfo("Europe/Berlin")
        hours[key] = (end.astimezone(UTC) - start.astimezone(UTC)) / timedelta(hours=1)
    assert hours == {"2024-03-31": 23, "2024-07-01": 24, "2024-10-27": 25}


def test_a_repeated_hour_has_its_offset_in_the_key():
    hourly = HourlyPartitionsDefinition("2024-10-27-01:00", timezone="Europe/Berlin")
    assert hourly.get_partition_keys(at("2024-10-27 04:00", "Europe/Berlin")) == [
        "2024-10-27-01:00",
        "2024-10-27-02:00",
        "2024-10-27-02:00+0100",
        "2024-10-27-03:00",
    ]


@pytest.mark.parametrize("minute", [0, 30])
def test_a_skipped_hour_is_absent(minute):
    hourly = HourlyPartitionsDefinition("2024-03-31-00:00", minute_offset=minute, timezone="Europe/Berlin")
    assert hourly.get_partition_keys(at("2024-03-31 05:00", "Europe/Berlin"))[:3] == [
        f"2024-03-31-00:{minute:02}",
        f"2024-03-31-01:{minute:02}",
        f"2024-03-31-03:{minute:02}",
    ]
    assert not hourly.has_partition_key(f"2024-03-31-02:{minute:02}")


def test_a_skipped_time_of_day_stands_for_the_moment_after_the_gap():
    midnight = DailyPartitionsDefinition("2018-11-03", timezone="America/Sao_Paulo")
    assert midnight.time_window_for_partition_key("2018-11-04").start.isoformat() == "2018-11-04T01:00:00-02:00"
    early = DailyPartitionsDefinition("2024-03-30", timezone="Europe/Berlin", hour_offset=2, minute_offset=30)
    assert early.time_window_for_partition_key("2024-03-31").start.isoformat() == "2024-03-31T03:00:00+02:00"


def test_a_repeated_time_of_day_stands_for_its_first_occurrence():
    early = DailyPartitionsDefinition("2024-10-26", timezone="Europe/Berlin", hour_offset=2, minute_offset=30)
    assert early.time_window_for_partition_key("2024-10-27").start.isoformat() == "2024-10-27T02:30:00+02:00"
    keys = early.get_partition_keys(at("2024-10-29", "Europe/Berlin"))
    assert keys == ["2024-10-26", "2024-10-27"]


def test_the_day_that_samoa_skipped_is_absent():
    daily = DailyPartitionsDefinition("2011-12-28", timezone="Pacific/Apia")
    keys = daily.get_partition_keys(at("2012-01-01", "Pacific/Apia"))
    assert keys == ["2011-12-28", "2011-12-29", "2011-12-31"]
    assert not daily.has_partition_key("2011-12-30")


def test_a_day_of_the_month_and_a_weekday_are_alternatives_as_in_cron():
    definition = TimeWindowPartitionsDefinition("2024-09-01", "%Y-%m-%d", cron_schedule="0 0 13 * 5")
    assert definition.get_partition_keys(at("2024-10-12")) == [
        *["2024-09-06", "2024-09-13", "2024-09-20", "2024-09-27", "2024-10-04"],
    ]


def test_equally_spaced_windows_are_arithmetic():
    utc = HourlyPartitionsDefinition("1900-01-01-00:00").parts(current_time=at("2024-01-01"))
    assert isinstance(utc, range)
    assert len(utc) == 1_086_960
    berlin = HourlyPartitionsDefinition("2000-01-01-00:00", timezone="Europe/Berlin")
    assert isinstance(berlin.parts(current_time=at("2024-01-01")), range)


def test_parts_that_a_caller_changes_stay_right_for_the_next_one():
    daily = DailyPartitionsDefinition("2000-01-01", timezone="Europe/Berlin")
    parts = daily.parts(current_time=at("2024-01-01"))
    assert isinstance(parts, array)
    first = parts[0]
    parts[0] = 0
    assert daily.parts(current_time=at("2024-01-01"))[0] == first


@pytest.mark.parametrize("key", ["", "nonsense", "2024-1-5", "2024-01-05 00:00", "2024/01/05", "2023-02-30"])
def test_a_malformed_key_is_unknown(key):
    with pytest.raises(UnknownPartitionError):
        DailyPartitionsDefinition("2023-01-01").part_of(key)


def test_a_date_that_begins_no_window_names_the_nearest():
    with pytest.raises(UnknownPartitionError) as caught:
        WeeklyPartitionsDefinition("2024-01-01").part_of("2024-01-09")
    assert "2024-01-14" in caught.value.hint


def test_a_key_outside_the_set_is_unknown_though_it_has_a_part():
    daily = DailyPartitionsDefinition("2024-01-01")
    assert daily.part_of("2023-12-31") == at("2023-12-31").timestamp()
    for key in ("2023-12-31", "2024-01-05"):
        with pytest.raises(UnknownPartitionError, match=key) as caught:
            daily.validate_partition_key(key, current_time=at("2024-01-05"))
        assert caught.value.hint == "they go from 2024-01-01 to 2024-01-04"


@pytest.mark.parametrize(
    "make",
    [
        lambda: DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlim"),
        lambda: DailyPartitionsDefinition("2024-01-01", timezone="../etc"),
        lambda: DailyPartitionsDefinition("2024-01-01", timezone=["UTC"]),
        lambda: DailyPartitionsDefinition("the first of May"),
        lambda: DailyPartitionsDefinition("2024-13-01"),
        lambda: DailyPartitionsDefinition("0024-01-01"),
        lambda: DailyPartitionsDefinition(None),
        lambda: DailyPartitionsDefinition("2024-01-01", hour_offset=24),
        lambda: DailyPartitionsDefinition("2024-01-01", end_offset="1"),
        lambda: HourlyPartitionsDefinition("2024-01-01-00:00", minute_offset=-1),
        lambda: WeeklyPartitionsDefinition("2024-01-01", day_offset=7),
        lambda: MonthlyPartitionsDefinition("2024-01-01", day_offset=0),
        lambda: TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 0 * *"),
        lambda: TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 25 * * *"),
        lambda: TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 0 30 2 *"),
        lambda: TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="@nightly"),
        lambda: TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d"),
    ],
)
def test_a_wrong_definition_is_refused_when_it_is_made(make):
    with pytest.raises(DefinitionError):
        make()


def test_an_unknown_zone_suggests_the_right_one():
    with pytest.raises(DefinitionError, match="Europe/Berlim") as caught:
        DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlim")
    assert "Europe/Berlin" in caught.value.hint


def test_a_format_too_coarse_for_the_schedule_is_found():
    definition = TimeWindowPartitionsDefinition("2025-01-01", "%Y-%m-%d", cron_schedule="0 0,6 * * *")
    with pytest.raises(DefinitionError, match="%Y-%m-%d"):
        definition.validate_partition_definition()
    MonthlyPartitionsDefinition("2025-01-01", fmt="%Y-%m").validate_partition_definition()
    with pytest.raises(DefinitionError, match="%m-%d"):
        DailyPartitionsDefinition("2025-01-01", fmt="%m-%d").validate_partition_definition()


EVERY_KIND = [
    DailyPartitionsDefinition("2024-01-01", end_date="2025-01-01", timezone="Europe/Berlin", end_offset=1),
    HourlyPartitionsDefinition("2024-01-01-05:00", minute_offset=15),
    WeeklyPartitionsDefinition("2024-01-01", day_offset=3, hour_offset=4),
    MonthlyPartitionsDefinition("2024-01-01", day_offset=12, fmt="%Y/%m/%d"),
    TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 0 1,15 * *"),
]


@pytest.mark.parametrize("definition", EVERY_KIND, ids=lambda definition: type(definition).__name__)
def test_definitions_are_values(definition):
    twin = pickle.loads(pickle.dumps(definition))
    assert twin == definition == copy.copy(definition)
    assert hash(twin) == hash(definition)
    assert eval(repr(definition)) == definition
    with pytest.raises(AttributeError):
        definition.start = datetime(2020, 1, 1)


def test_a_start_may_be_a_datetime_of_any_zone():
    text = DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlin")
    assert DailyPartitionsDefinition(datetime(2024, 1, 1), timezone="Europe/Berlin") == text
    assert DailyPartitionsDefinition(at("2023-12-31 23:00"), timezone="Europe/Berlin") == text
    assert DailyPartitionsDefinition("2024-01-01") != text


def test_the_identity_tells_the_scheme_and_not_the_extent():
    daily = DailyPartitionsDefinition("2024-01-01")
    moved = DailyPartitionsDefinition("2020-01-01", end_date="2025-01-01", end_offset=1)
    assert daily.identity() == moved.identity() == "time:0 0 * * *;UTC;%Y-%m-%d"
    others = [
        DailyPartitionsDefinition("2024-01-01", hour_offset=1),
        DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlin"),
        DailyPartitionsDefinition("2024-01-01", fmt="%Y%m%d"),
    ]
    assert len({definition.identity() for definition in [daily, *others]}) == 4
    nickname = TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="@daily")
    assert nickname.identity() == daily.identity()


def test_the_parameters_can_be_read_back():
    monthly = MonthlyPartitionsDefinition("2021-05-01", minute_offset=15, hour_offset=3, day_offset=12)
    assert (monthly.minute_offset, monthly.hour_offset, monthly.day_offset) == (15, 3, 12)
    assert monthly.cron_schedule == "15 3 12 * *"
    kinds = [definition.schedule_type for definition in EVERY_KIND]
    expected = [ScheduleType.DAILY, ScheduleType.HOURLY, ScheduleType.WEEKLY, ScheduleType.MONTHLY, None]
    assert kinds == expected


def test_a_schedule_at_another_time_of_the_same_windows():
    daily, hourly, weekly, monthly = (EVERY_KIND[place] for place in (0, 1, 2, 3))
    assert daily.get_cron_schedule() == "0 0 * * *"
    assert daily.get_cron_schedule(hour_of_day=2, minute_of_hour=30) == "30 2 * * *"
    assert hourly.get_cron_schedule(minute_of_hour=5) == "5 * * * *"
    assert weekly.get_cron_schedule(day_of_week=1) == "0 4 * * 1"
    assert monthly.get_cron_schedule(day_of_month=3, hour_of_day=1) == "0 1 3 * *"
    assert weekly.get_cron_schedule(day_of_month=9, hour_of_day=1) == weekly.get_cron_schedule(hour_of_day=1)
    assert monthly.get_cron_schedule(day_of_week=4, hour_of_day=1) == monthly.get_cron_schedule(hour_of_day=1)
    for definition, other in ((hourly, "hour_of_day"), (daily, "day_of_week"), (EVERY_KIND[4], "minute_of_hour")):
        with pytest.raises(DefinitionError, match=f"Cannot set {other}"):
            definition.get_cron_schedule(**{other: 1})


def test_windows_and_keys_of_a_span_of_time(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at("2024-06-01"))
    daily = DailyPartitionsDefinition("2024-01-01")
    span = TimeWindow(at("2024-01-30"), at("2024-02-02"))
    assert daily.get_partition_keys_in_time_window(span) == ["2024-01-30", "2024-01-31", "2024-02-01"]
    assert daily.get_partition_key_range_for_time_window(span) == PartitionKeyRange("2024-01-30", "2024-02-01")
    keys = daily.get_partition_keys_in_range(PartitionKeyRange("2024-02-28", "2024-03-01"))
    assert keys == ["2024-02-28", "2024-02-29", "2024-03-01"]
    with pytest.raises(UnknownPartitionError, match="comes after"):
        daily.get_partition_keys_in_range(PartitionKeyRange("2024-03-01", "2024-02-28"))
    assert daily.get_next_partition_key("2024-02-28") == "2024-02-29"
    assert daily.get_next_partition_key("2024-05-31") is None


def test_a_time_without_a_zone_is_read_on_the_clocks_of_the_definition():
    daily = DailyPartitionsDefinition("2024-01-01", timezone="Pacific/Auckland")
    assert daily.get_last_partition_key(datetime(2024, 1, 3)) == "2024-01-02"
    assert daily.get_last_partition_key(at("2024-01-02 10:59")) == "2024-01-01"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("@weekly", "0 0 * * 0"),
        ("0 0 * * sun", "0 0 * * 0"),
        ("0 0 * * 7", "0 0 * * 0"),
        ("*/30 0-23 * * *", "0,30 * * * *"),
        ("0 6-10/2 1 jan,feb *", "0 6,8,10 1 1,2 *"),
        ("0 0 L * *", "0 0 L * *"),
        ("0 0 1-31 * 5", f"0 0 {','.join(map(str, range(1, 32)))} * 5"),
    ],
)
def test_equal_schedules_have_one_text(written, read):
    assert str(parse_cron(written)) == read


def test_an_end_at_the_end_of_time_is_no_end():
    daily = DailyPartitionsDefinition("2024-01-01", end_date="9999-12-31")
    assert daily.get_last_partition_key(at("2024-01-03")) == "2024-01-02"
