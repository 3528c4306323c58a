"""Schedules and sensors that fail in part: what is bad is told and waits, all else is done, and each once."""

from __future__ import annotations

from pathlib import Path

import pytest
from ticker import Ticker

from assetmake.ticking import schedules
from assetmake.ticking.decision import Answer

DAILY = """
    from datetime import timedelta

    days = DailyPartitionsDefinition("2026-01-01")
    bad: set[int] = {3}
    wrong: dict[int, str] = {}


    @asset(partitions_def=days)
    def daily(context) -> str:
        return context.partition_key


    @schedule("0 4 * * *", target="daily", catch_up="CATCH_UP")
    def nightly(context):
        time = context.scheduled_execution_time
        if time.day in bad:
            raise RuntimeError("no third")
        return RunRequest(partition_key=wrong.get(time.day, f"{time - timedelta(days=1):%Y-%m-%d}"))
"""


def test_one_bad_time_of_a_schedule_waits_and_stops_no_other(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.replace("CATCH_UP", "all")) as project:
        project.tick("2026-02-01T12:00")
        assert project.tick("2026-02-02T12:00").ran == ["daily@2026-02-01"]
        third = project.tick("2026-02-03T12:00")
        assert (third.ran, third.answer("nightly")) == ([], Answer.FAILED)
        assert third.reason("nightly").startswith("at 2026-02-03 04:00 UTC: RuntimeError: no third (")
        assert third.reason("nightly").endswith("; 1 time waits and is asked again by the next tick")
        fourth = project.tick("2026-02-04T12:00")
        assert (fourth.ran, fourth.answer("nightly")) == (["daily@2026-02-03"], Answer.FAILED)
        assert fourth.reason("nightly").endswith(", failing since 2026-02-03 12:00 UTC")
        assert project.tick("2026-02-06T12:00").ran == ["daily@2026-02-04", "daily@2026-02-05"]
        project.module.bad.clear()
        mended = project.tick("2026-02-06T12:05")
        assert (mended.ran, mended.answer("nightly")) == (["daily@2026-02-02"], Answer.DUE)
        assert project.tick("2026-02-06T12:10").answer("nightly") is Answer.NOT_DUE


def test_times_that_failed_are_counted_and_each_is_done_once(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.replace("CATCH_UP", "all")) as project:
        project.tick("2026-02-01T12:00")
        project.module.bad |= {2, 3, 4}
        found = project.tick("2026-02-05T12:00")
        assert found.ran == ["daily@2026-02-04"]
        assert "; 3 times wait and are asked again by the next tick" in found.reason("nightly")
        project.module.bad -= {2}
        assert project.tick("2026-02-05T12:05").ran == ["daily@2026-02-01"]
        project.module.bad.clear()
        assert project.tick("2026-02-05T12:10").ran == ["daily@2026-02-02", "daily@2026-02-03"]
        days = [question.time.day for question in project.asked if question.time is not None]
        assert days == [2, 3, 4, 5, 2, 3, 4, 3, 4]


def test_many_bad_times_keep_no_other_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "_MOST_ASKED", 2)
    with Ticker(tmp_path, DAILY.replace("CATCH_UP", "all")) as project:
        project.module.bad |= {2, 3, 4, 5}
        for day in (1, 2, 3, 4, 5):
            project.tick(f"2026-02-0{day}T12:00")
        project.module.bad -= {4, 5}
        found = [project.tick(f"2026-02-05T12:{minute}").ran for minute in (10, 20, 30)]
        assert sorted(key for ran in found for key in ran) == ["daily@2026-02-03", "daily@2026-02-04"]
        assert "; 2 times wait and are" in project.tick("2026-02-05T12:40").reason("nightly")


def test_a_partition_that_has_come_to_be_since_is_taken(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.replace("CATCH_UP", "all")) as project:
        project.module.bad.clear()
        project.module.wrong[2] = "2026-02-05"
        project.tick("2026-02-01T12:00")
        early = project.tick("2026-02-03T12:00")
        assert (early.ran, early.answer("nightly")) == (["daily@2026-02-02"], Answer.FAILED)
        assert "'2026-02-05'" in early.reason("nightly")
        assert project.tick("2026-02-06T03:00", "nightly").ran == [
            "daily@2026-02-03",
            "daily@2026-02-04",
            "daily@2026-02-05",
        ]


@pytest.mark.parametrize(("catch_up", "days"), [("latest", [2]), ("none", [])], ids=["latest", "none"])
def test_a_time_that_failed_waits_as_far_as_catch_up_says(tmp_path: Path, catch_up: str, days: list[int]) -> None:
    with Ticker(tmp_path, DAILY.replace("CATCH_UP", catch_up)) as project:
        project.tick("2026-02-01T12:00")
        for when in ("2026-02-03T04:00", "2026-02-03T04:05"):
            assert project.tick(when).answer("nightly") is Answer.FAILED
        project.module.bad.clear()
        assert project.tick("2026-02-03T12:00").ran == [f"daily@2026-02-0{day}" for day in days]
        project.module.bad.add(4)
        assert project.tick("2026-02-04T04:00").answer("nightly") is Answer.FAILED
        project.module.bad.clear()
        assert project.tick("2026-02-05T04:00").ran == ["daily@2026-02-04"]
        assert project.tick("2026-02-05T04:05").answer("nightly") is Answer.NOT_DUE


def test_of_several_requests_at_one_time_the_good_ones_are_taken_once(tmp_path: Path) -> None:
    text = """
        days = DailyPartitionsDefinition("2026-01-01")


        @asset(partitions_def=days)
        def daily(context) -> str:
            return context.partition_key


        @schedule("0 4 * * *", target="daily")
        def nightly(context):
            return [RunRequest(run_key=key, partition_key=key) for key in ("2026-02-01", "2026-02-03")]
    """
    with Ticker(tmp_path, text) as project:
        project.tick("2026-02-01T12:00")
        assert project.tick("2026-02-02T04:00").ran == ["daily@2026-02-01"]
        assert [len(each.requests) for each in project.decide("2026-02-02T05:00")] == [0]
        assert project.tick("2026-02-04T00:00").find("nightly").requests[0].run_key == "2026-02-03"


SENSOR = """
    days = DailyPartitionsDefinition("2026-01-01")
    keys = ["2026-02-01", "2026-02-09", "2026-02-02"]
    broken = False


    @asset(partitions_def=days)
    def daily(context) -> str:
        return context.partition_key


    @sensor(target="daily", minimum_interval_seconds=0)
    def watcher(context):
        if broken:
            raise RuntimeError("no inbox")
        done = int(context.cursor or 0)
        context.update_cursor(str(len(keys)))
        for key in keys[done:]:
            yield RunRequest(RUN_KEYpartition_key=key)
"""


@pytest.mark.parametrize("run_key", ["", "run_key=key, "], ids=["without", "run_key"])
def test_one_bad_request_of_a_sensor_keeps_no_other_back(tmp_path: Path, run_key: str) -> None:
    with Ticker(tmp_path, SENSOR.replace("RUN_KEY", run_key)) as project:
        first = project.tick("2026-02-05T12:00")
        assert (first.ran, first.answer("watcher")) == (["daily@2026-02-01", "daily@2026-02-02"], Answer.FAILED)
        assert "1 request is not taken: " in first.reason("watcher")
        assert "'2026-02-09'" in first.reason("watcher")
        project.module.keys.append("2026-02-03")
        second = project.tick("2026-02-05T12:05")
        assert (second.ran, len(second.find("watcher").requests)) == (["daily@2026-02-03"], 1)
        assert second.reason("watcher").endswith(", failing since 2026-02-05 12:00 UTC")
        project.module.broken = True
        assert project.tick("2026-02-05T12:10").answer("watcher") is Answer.FAILED
        project.module.broken = False
        assert project.decide("2026-02-05T12:15")[0].requests == ()
        third = project.tick("2026-02-10T12:00")
        assert (third.ran, third.answer("watcher")) == (["daily@2026-02-09"], Answer.DUE)
        assert project.tick("2026-02-10T12:05").answer("watcher") is Answer.NOT_DUE
        assert [question.cursor for question in project.asked] == [None] * 5 + ["4"]
