"""Which times of a schedule are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assetmake.ticking.occurrences import Due, find_due, find_next, make_cadences

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(cron: str, since: str | None, now: str, *, catch_up: str = "all", zone: str = "", most: int = 10_000) -> Due:
    begin = None if since is None else at(since)
    return find_due(make_cadences([cron], zone), since=begin, now=at(now), catch_up=catch_up, most=most)


def test_a_time_is_due_once_it_has_come() -> None:
    assert due("0 6 * * *", "2026-01-01T06:00", "2026-01-02T05:59:59").times == ()
    assert due("0 6 * * *", "2026-01-01T06:00", "2026-01-02T06:00").times == (at("2026-01-02T06:00"),)
    assert due("0 6 * * *", "2026-01-02T06:00", "2026-01-02T06:00").times == ()


def test_an_earlier_tick_finds_nothing_and_takes_nothing_back() -> None:
    assert due("0 6 * * *", "2026-01-05T06:00", "2026-01-02T07:00") == Due((), 0, at("2026-01-05T06:00"))


@pytest.mark.parametrize(
    ("catch_up", "times", "missed"),
    [("all", 3, 0), ("latest", 1, 2), ("none", 0, 3)],
)
def test_what_was_missed_counts_as_catch_up_says(catch_up: str, times: int, missed: int) -> None:
    found = due("0 6 * * *", "2026-01-01T06:00", "2026-01-04T12:00", catch_up=catch_up)
    assert (len(found.times), found.missed) == (times, missed)
    assert found.times[-1:] in {(), (at("2026-01-04T06:00"),)}
    assert found.until == at("2026-01-04T12:00")


def test_without_catching_up_a_tick_within_the_hour_was_not_late() -> None:
    found = due("0 6 * * *", "2026-01-01T06:00", "2026-01-04T06:59:59", catch_up="none")
    assert (found.times, found.missed) == ((at("2026-01-04T06:00"),), 2)
    assert due("0 6 * * *", "2026-01-01T06:00", "2026-01-04T07:00", catch_up="none").times == ()


def test_a_first_tick_has_no_history_and_takes_only_its_own_minute() -> None:
    assert due("0 6 * * *", None, "2026-01-04T06:00:59").times == (at("2026-01-04T06:00"),)
    found = due("0 6 * * *", None, "2026-01-04T06:01")
    assert (found.times, found.missed, found.until) == ((), 0, at("2026-01-04T06:01"))


def test_of_too_many_times_the_rest_is_left_to_the_next_tick() -> None:
    found = due("* * * * *", "2026-01-01T00:00", "2026-01-01T01:00", most=10)
    assert (len(found.times), found.left, found.until) == (10, 50, at("2026-01-01T00:10"))


def test_several_crons_meet_in_one_time() -> None:
    cadences = make_cadences(["0 6 * * *", "0 */3 * * *"], "")
    found = find_due(cadences, since=at("2026-01-01T05:00"), now=at("2026-01-01T09:00"), catch_up="all")
    assert found.times == (at("2026-01-01T06:00"), at("2026-01-01T09:00"))
    assert find_next(cadences, at("2026-01-01T06:00")) == at("2026-01-01T09:00")


def test_what_never_occurs_has_no_next_time() -> None:
    assert find_next(make_cadences(["0 0 30 2 *"], ""), at("2026-01-01T00:00")) is None


def test_a_local_time_that_is_skipped_comes_right_after_the_gap() -> None:
    found = due("30 2 * * *", "2026-03-28T12:00", "2026-03-29T12:00", zone=BERLIN)
    assert found.times == (at("2026-03-29T01:00"),)


def test_a_local_time_that_is_repeated_comes_once() -> None:
    found = due("30 2 * * *", "2026-10-24T12:00", "2026-10-25T12:00", zone=BERLIN)
    assert found.times == (at("2026-10-25T00:30"),)


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "UTC")
CHANGES = (at("2026-03-29T01:00"), at("2026-10-25T01:00"), at("2026-03-08T07:00"), at("2026-11-01T06:00"))


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    minute=st.sampled_from([0, 15, 30, 59]),
    around=st.sampled_from(CHANGES),
    steps=st.lists(st.integers(1, 40 * 60), min_size=1, max_size=30),
)
def test_every_day_has_one_time_whenever_ticks_come(
    zone: str, hour: int, minute: int, around: datetime, steps: list[int]
) -> None:
    cadences = make_cadences([f"{minute} {hour} * * *"], zone)
    now = since = around - timedelta(days=10)
    seen: list[datetime] = []
    for step in steps:
        now += timedelta(minutes=step)
        found = find_due(cadences, since=since, now=now, catch_up="all")
        again = find_due(cadences, since=found.until, now=now - timedelta(minutes=step // 2), catch_up="all")
        assert again.times == ()
        seen += found.times
        since = found.until
    days = [each.astimezone(ZoneInfo(zone)).date() for each in seen]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))
    first, last = (each.astimezone(ZoneInfo(zone)).date() for each in (around - timedelta(days=10), now))
    assert abs(len(days) - (last - first).days) <= 1
