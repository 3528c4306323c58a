"""Time windows that are left out."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assetmake.definitions.calendars import DailyPartitionsDefinition, HourlyPartitionsDefinition
from assetmake.definitions.cron import DAY
from assetmake.definitions.key_ranges import PartitionKeyRange, TimeWindow, format_ranges
from assetmake.definitions.resolution import get_upstream_keys
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import DefinitionError, UnknownPartitionError
from thoroughness import times

NOW = datetime(2025, 2, 1, tzinfo=UTC)
WEEKENDS = "0 0 * * 6-7"
DAILY = DailyPartitionsDefinition("2025-01-01")
WORKDAYS = DailyPartitionsDefinition("2025-01-01", exclusions=[WEEKENDS, datetime(2025, 1, 20)])


@st.composite
def gappy(draw: st.DrawFn) -> TimeWindowPartitionsDefinition:
    crons = ["0 * * * *", "0 */6 * * *", "0 0 * * *", "0 0 * * 1"]
    left_out = ["0 0 * * 6-7", "0 6 * * *", "0 12 1-9 * *"]
    start = datetime(2025, 3, 20) + timedelta(hours=draw(st.integers(0, 500)))
    instants = [start.replace(hour=0) + timedelta(days=day) for day in draw(st.sets(st.integers(0, 9), max_size=3))]
    return TimeWindowPartitionsDefinition(
        start=start,
        fmt="%Y-%m-%d-%H:%M",
        cron_schedule=draw(st.sampled_from(crons)),
        timezone=draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])),
        end_offset=draw(st.integers(-2, 2)),
        exclusions=[*draw(st.sets(st.sampled_from(left_out))), *instants],
    )


@settings(max_examples=times(30))
@given(gappy(), st.integers(0, 30))
def test_what_is_left_out_is_left_out_everywhere(definition, days):
    now = definition.start + timedelta(days=days)
    parts = list(definition.parts(current_time=now))
    keys = definition.get_partition_keys(now)
    assert not any(definition.left_out.hold(part) for part in parts)
    assert [definition.part_of(key) for key in keys] == parts
    assert definition.get_num_partitions(now) == len(keys)
    assert [definition.get_first_partition_key(now), definition.get_last_partition_key(now)] == (
        [keys[0], keys[-1]] if keys else [None, None]
    )
    for part, following in pairwise(parts):
        assert definition.shift_part(part, 1) == following
        assert definition.shift_part(following, -1) == part
    assert len(format_ranges(definition, parts)) == bool(parts)


@settings(max_examples=times(30))
@given(gappy(), st.integers(5, 30))
def test_an_end_offset_counts_windows_that_are_not_left_out(definition, days):
    now = definition.start + timedelta(days=days)
    endless = definition.parts_between(int(definition.start.timestamp()) - 60 * DAY, int(now.timestamp()) + 60 * DAY)
    ended = sum(definition.cadence.shift(part, 1) <= now.timestamp() for part in endless)
    first = definition.bounds(now)[0]
    expected = [part for part in endless[: ended + definition.end_offset] if part >= first]
    assert list(definition.parts(current_time=now)) == expected


def test_days_off():
    keys = WORKDAYS.get_partition_keys(NOW)
    assert len(keys) == 22
    assert not {"2025-01-04", "2025-01-05", "2025-01-20"} & set(keys)
    assert WORKDAYS.get_next_partition_key("2025-01-17", NOW) == "2025-01-21"
    window = WORKDAYS.get_prev_partition_window(datetime(2025, 1, 21))
    assert window == TimeWindow(datetime(2025, 1, 17, tzinfo=UTC), datetime(2025, 1, 18, tzinfo=UTC))
    assert WORKDAYS.get_prev_partition_window(datetime(2025, 1, 1)) is None
    assert WORKDAYS.get_prev_partition_window(datetime(2025, 1, 1), respect_bounds=False) is not None
    following = WORKDAYS.get_next_partition_window(datetime(2025, 1, 18))
    assert following is not None
    assert following.start == datetime(2025, 1, 21, tzinfo=UTC)
    assert not WORKDAYS.has_any_partitions_in_window(TimeWindow(datetime(2025, 1, 18), datetime(2025, 1, 21)))
    with pytest.raises(UnknownPartitionError):
        WORKDAYS.part_of("2025-01-18")
    assert not WORKDAYS.has_partition_key("2025-01-20", NOW)
    with pytest.raises(UnknownPartitionError, match="2025-01-18"):
        WORKDAYS.check_part(DAILY.part_of("2025-01-18"), current_time=NOW)


def test_a_start_that_is_left_out_begins_later():
    assert DailyPartitionsDefinition("2025-01-04", exclusions=[WEEKENDS]).get_first_partition_key(NOW) == "2025-01-06"
    assert (
        DailyPartitionsDefinition("2025-01-01", exclusions=[date(2025, 1, 1)]).get_first_partition_key(NOW)
        == "2025-01-02"
    )


def test_neighbours_have_nothing_between_them_but_what_is_left_out():
    friday_to_monday = [WORKDAYS.part_of(key) for key in ("2025-01-10", "2025-01-13")]
    assert format_ranges(WORKDAYS, friday_to_monday) == ["2025-01-10..2025-01-13"]
    assert WORKDAYS.get_partition_keys_in_range(PartitionKeyRange("2025-01-17", "2025-01-22"), NOW) == [
        *["2025-01-17", "2025-01-21", "2025-01-22"],
    ]


def test_mappings_do_not_lead_to_what_is_left_out():
    assert get_upstream_keys(None, "2025-01-18", WORKDAYS, DAILY, current_time=NOW) == []
    assert get_upstream_keys(None, "2025-01-17", WORKDAYS, DAILY, current_time=NOW) == ["2025-01-17"]
    weekly = TimeWindowPartitionsDefinition("2025-01-05", "%Y-%m-%d", cron_schedule="0 0 * * 0")
    assert get_upstream_keys(None, "2025-01-19", WORKDAYS, weekly, current_time=NOW) == [
        *["2025-01-21", "2025-01-22", "2025-01-23", "2025-01-24"],
    ]
    hourly = HourlyPartitionsDefinition("2025-01-01-00:00")
    assert get_upstream_keys(None, "2025-01-18-05:00", WORKDAYS, hourly, current_time=NOW) == []


def test_definitions_are_values_of_which_exclusions_are_a_part():
    assert WORKDAYS != DAILY
    assert WORKDAYS.identity() == DAILY.identity()
    assert (
        pickle.loads(pickle.dumps(WORKDAYS))
        == WORKDAYS
        == eval(repr(WORKDAYS).replace("datetime.datetime(", "datetime("))
    )
    assert WORKDAYS.exclusions == ["0 0 * * 0,6", NOW.replace(month=1, day=20)]


@pytest.mark.parametrize("exclusions", ["0 0 * * 6", [5], ["0 0 * *"], [None], ["0 0 * * *"]])
def test_wrong_exclusions_are_refused(exclusions):
    with pytest.raises(DefinitionError):
        DailyPartitionsDefinition("2025-01-01", exclusions=exclusions)
