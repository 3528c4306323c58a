"""Schedules, ticked: what ran for which time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ticker import Ticker

from assetmake.discovery.manifest import Manifest, ModuleFailure
from assetmake.errors import AssetmakeError, LockTimeout, StateError, UsageError
from assetmake.looking_back import list_runs
from assetmake.project import Project
from assetmake.storage.automation_book import list_open
from assetmake.storage.locks import hold_lock
from assetmake.ticking import building
from assetmake.ticking.deciding import LOCK
from assetmake.ticking.decision import Answer

DAILY = """
    days = DailyPartitionsDefinition("2026-01-01")


    @asset(partitions_def=days)
    def daily(context) -> str:
        return context.partition_key


    @asset
    def plain() -> int:
        return 1


    nightly = ScheduleDefinition("nightly", cron_schedule="0 6 * * *", target="daily"{catch_up})
    weekly = ScheduleDefinition("weekly", cron_schedule="0 0 * * 1", job=define_asset_job("plainly", "plain"))
"""


def test_each_time_asks_for_what_has_come_to_be_last(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        assert project.tick("2026-01-05T12:00").ran == []
        assert project.tick("2026-01-06T05:59").ran == []
        assert project.tick("2026-01-06T06:00").ran == ["daily@2026-01-05"]
        assert project.tick("2026-01-06T06:00").ran == []
        assert project.tick("2026-01-05T06:00").ran == []
        assert project.tick("2026-01-09T23:00").ran == [f"daily@2026-01-0{day}" for day in (6, 7, 8)]


@pytest.mark.parametrize(
    ("catch_up", "days"), [("all", [5, 6, 7]), ("latest", [7]), ("none", [])], ids=["all", "latest", "none"]
)
def test_days_that_were_missed(tmp_path: Path, catch_up: str, days: list[int]) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up=f", catch_up={catch_up!r}")) as project:
        project.tick("2026-01-05T12:00")
        assert project.tick("2026-01-08T12:00").ran == [f"daily@2026-01-0{day}" for day in days]
        assert project.tick("2026-01-08T12:05").ran == []
        assert project.tick("2026-01-09T06:00").ran == ["daily@2026-01-08"]


def test_the_history_tells_which_schedule_a_build_was_for(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-04T12:00")
        project.tick("2026-01-05T06:00")
        asked = {(run.asked["by"], run.asked["purpose"]) for run in list_runs(project.project)}
        assert asked == {("tick", "schedule nightly"), ("tick", "schedule weekly")}


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-05T12:00")
        for _ in range(2):
            decisions = project.decide("2026-01-06T06:00", write=False)
            assert [each.answer for each in decisions] == [Answer.DUE, Answer.NOT_DUE]
        assert project.build("2026-01-06T06:00")[1] == []
        assert project.tick("2026-01-06T06:00").ran == ["daily@2026-01-05"]


def test_only_what_is_named_is_looked_at(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-04T12:00")
        assert project.tick("2026-01-05T06:00", "weekly").ran == ["plain"]
        assert project.tick("2026-01-05T06:00").ran == ["daily@2026-01-04"]
        with pytest.raises(UsageError) as caught:
            project.tick("2026-01-05T06:00", "nigthly")
        assert caught.value.hint == "did you mean nightly?"


def test_what_a_killed_tick_had_decided_is_built_by_the_next(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-05T12:00")
        project.decide("2026-01-06T06:00")  # and dies
        assert project.decide("2026-01-06T06:05")[0].answer is Answer.NOT_DUE
        assert project.build("2026-01-06T06:05")[1] == ["daily@2026-01-05"]
        assert project.tick("2026-01-06T06:10").ran == []


@pytest.mark.parametrize("place", ["_take", "_build", "_finish"])
def test_a_tick_that_dies_anywhere_leaves_its_work_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-05T12:00")
        with monkeypatch.context() as patched:
            patched.setattr(building, place, die)
            with pytest.raises(KeyboardInterrupt):
                project.tick("2026-01-06T06:00")
        built_before = place == "_finish"
        assert project.tick("2026-01-06T06:05").ran == ([] if built_before else ["daily@2026-01-05"])
        with project.project.state.reading() as db:
            assert list_open(db) == []


def test_a_failure_stands_until_somebody_tries_again(tmp_path: Path) -> None:
    text = """
        @asset
        def bad() -> int:
            raise ValueError("no")


        often = ScheduleDefinition("often", cron_schedule="0 * * * *", target="bad")
    """
    with Ticker(tmp_path, text) as project:
        project.tick("2026-01-05T11:30")
        first = project.tick("2026-01-05T12:00")
        assert (first.ran, first.built.is_failed) == (["bad"], True)
        second = project.tick("2026-01-05T12:05")
        assert (second.ran, second.built.is_failed) == ([], False)
        assert project.tick("2026-01-05T13:00").ran == ["bad"]


def test_two_ticks_that_overlap_share_the_work_and_pile_nothing_up(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-04T12:00")
        ran_meanwhile: list[str] = []

        def meanwhile(_: object, __: object) -> None:
            if not ran_meanwhile:
                assert [each.answer for each in project.decide("2026-01-05T07:00")] == [Answer.NOT_DUE] * 2
                held = project.decide("2026-01-06T06:00")[0]
                assert held.answer is Answer.HELD
                assert held.reason.startswith("an earlier request is still running: pid ")
                assert held.reason.endswith((" UTC, for 1d 0h: tick", " UTC, for 23h 59m: tick"))
                ran_meanwhile.append("")
                ran_meanwhile.extend(project.build("2026-01-06T06:00")[1])

        project.decide("2026-01-05T06:00")
        _, ran = project.build("2026-01-05T06:00", listen=meanwhile)
        assert ran_meanwhile == ["", "plain"]
        assert ran == ["plain", "daily@2026-01-04"]
        assert project.tick("2026-01-06T06:05").ran == ["daily@2026-01-05"]


def test_a_tick_that_is_stopped_gives_back_what_it_took(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-05T12:00")
        project.decide("2026-01-06T06:00")
        asked = iter([False, True, True, True, True, True, True])
        built, ran = project.build("2026-01-06T06:00", stopped=lambda: next(asked, True))
        assert (built.interrupted, ran) == (True, [])
        assert project.tick("2026-01-06T06:05").ran == ["daily@2026-01-05"]


def test_a_stopped_schedule_has_no_history_when_it_is_active_again(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-05T12:00")
        project.set_status("nightly", "STOPPED")
        assert project.tick("2026-01-06T12:00").answer("nightly") is Answer.STOPPED
        project.set_status("nightly", "RUNNING")
        assert project.tick("2026-01-09T12:00").ran == []
        assert project.tick("2026-01-10T06:00").ran == ["daily@2026-01-09"]


def test_a_partitioned_job_with_its_own_schedule(tmp_path: Path) -> None:
    text = """
        days = DailyPartitionsDefinition("2026-03-25", timezone="Europe/Berlin")


        @asset(partitions_def=days)
        def daily(context) -> str:
            return context.partition_key


        job = define_asset_job("by_day", "daily")
        by_day = build_schedule_from_partitioned_job(job, hour_of_day=2, minute_of_hour=30)
    """
    with Ticker(tmp_path, text) as project:
        project.tick("2026-03-27T12:00")
        assert project.tick("2026-03-28T01:30").ran == ["daily@2026-03-27"]
        assert project.tick("2026-03-29T00:59").ran == []
        assert project.tick("2026-03-29T01:00").ran == ["daily@2026-03-28"]
        assert project.asked == []
        assert project.tick("2026-03-30T12:00").reason("by_day_schedule") == "due at 2026-03-30 02:30 CEST"


def test_a_job_whose_config_is_made_of_the_partition(tmp_path: Path) -> None:
    text = """
        class Day(Config):
            name: str


        @asset(partitions_def=DailyPartitionsDefinition("2026-03-25"))
        def daily(context, config: Day) -> str:
            return config.name + context.run.tags["day"]


        @daily_partitioned_config("2026-03-25", tags_for_partition_fn=lambda start, end: {"day": str(start.day)})
        def by_day(start, end):
            return {"ops": {"daily": {"config": {"name": f"{start:%a}"}}}}


        by_day_schedule = build_schedule_from_partitioned_job(define_asset_job("by_day", "daily", config=by_day))
    """
    with Ticker(tmp_path, text) as project:
        project.decide("2026-03-27T12:00")
        (decision,) = project.decide("2026-03-29T01:00")
        asked = [each.wanted for each in decision.requests]
        assert [each.nodes for each in asked] == [{"daily": ((day, day),)} for day in ("2026-03-27", "2026-03-28")]
        assert [each.config["ops"]["daily"]["config"]["name"] for each in asked] == ["Fri", "Sat"]
        assert [each.tags["day"] for each in asked] == ["27", "28"]


def test_a_function_says_what_runs_at_each_time(tmp_path: Path) -> None:
    text = """
        days = DailyPartitionsDefinition("2026-01-01")


        @asset(partitions_def=days)
        def daily(context) -> str:
            return context.partition_key


        @schedule("0 6 * * *", target="daily")
        def weekdays(context):
            time = context.scheduled_execution_time
            if time.weekday() >= 5:
                return SkipReason("it is the weekend")
            if time.day == 8:
                raise ValueError("no eighth")
            return RunRequest(partition_key=f"{time:%Y-%m-0}{time.day - 1}")
    """
    with Ticker(tmp_path, text) as project:
        project.tick("2026-01-01T12:00")
        found = project.tick("2026-01-05T06:00")
        assert (found.ran, found.answer("weekdays")) == (["daily@2026-01-01", "daily@2026-01-04"], Answer.DUE)
        raised = project.tick("2026-01-09T06:00")
        assert raised.ran == ["daily@2026-01-05", "daily@2026-01-06", "daily@2026-01-08"]
        assert raised.answer("weekdays") is Answer.FAILED
        assert "ValueError: no eighth" in raised.reason("weekdays")
        again = project.tick("2026-01-09T06:05")
        assert (again.ran, again.answer("weekdays")) == ([], Answer.FAILED)


def test_a_first_tick_in_which_a_function_raises_asks_again(tmp_path: Path) -> None:
    text = """
        broken = True


        @asset
        def plain() -> int:
            return 1


        @schedule("0 6 * * *", target="plain")
        def early(context):
            if broken:
                raise ValueError("not yet")
            return RunRequest()
    """
    with Ticker(tmp_path, text) as project:
        assert project.tick("2026-01-01T06:00").answer("early") is Answer.FAILED
        project.module.broken = False
        assert project.tick("2026-01-01T06:05").ran == ["plain"]


@pytest.mark.parametrize(
    "error", [LockTimeout("a build by hand holds it"), StateError("the disk is full")], ids=["held", "full"]
)
def test_what_cannot_be_built_now_is_left_to_the_next_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: AssetmakeError
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-05T12:00")
        with monkeypatch.context() as patched:
            patched.setattr(Project, "build", refuse)
            if isinstance(error, LockTimeout):
                assert [why for _, why in project.tick("2026-01-06T06:00").built.held] == [error]
            else:
                with pytest.raises(StateError):
                    project.tick("2026-01-06T06:00")
        assert project.tick("2026-01-06T06:05").ran == ["daily@2026-01-05"]


def test_what_is_refused_has_failed_and_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise UsageError("there is no such partition")

    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-05T12:00")
        with monkeypatch.context() as patched:
            patched.setattr(Project, "build", refuse)
            found = project.tick("2026-01-06T06:00").built
            assert ([error.message for _, error in found.failures], found.is_failed) == (
                ["there is no such partition"],
                True,
            )
        assert project.tick("2026-01-06T06:05").ran == []


def test_what_is_asked_of_a_module_that_does_not_import_waits_until_it_does(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-05T12:00")
        project.decide("2026-01-06T06:00")  # and dies
        whole = project.project
        failure = ModuleFailure("assets", "assets.py", "SyntaxError: invalid syntax", "")
        manifest = Manifest(failures=(failure,))
        project.sandbox.project = replace(whole, manifest=manifest)
        assert project.build("2026-01-06T06:05")[1] == []
        project.sandbox.project = whole
        assert project.build("2026-01-06T06:10")[1] == ["daily@2026-01-05"]


def test_times_at_which_a_module_did_not_import_count_again_when_it_does(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="").replace('"daily"', '"*"')) as project:
        project.tick("2026-01-05T12:00", "nightly")
        whole = project.project
        failure = ModuleFailure("money", "money.py", "SyntaxError: invalid syntax", "")
        is_there = [each for each in whole.manifest.assets if str(each.key) != "daily"]
        nightly = replace(whole.manifest.automation.schedules[0], assets=tuple(each.key for each in is_there))
        automation = replace(whole.manifest.automation, schedules=(nightly,))
        manifest = replace(whole.manifest, assets=tuple(is_there), failures=(failure,), automation=automation)
        project.sandbox.project = replace(whole, manifest=manifest)
        assert project.tick("2026-01-06T06:00").ran == ["plain"]
        assert project.tick("2026-01-06T06:05").ran == []
        assert project.tick("2026-01-07T06:00").ran == []
        project.sandbox.project = whole
        assert project.tick("2026-01-07T06:05", "nightly").ran == ["daily@2026-01-05", "daily@2026-01-06"]
        assert project.decide("2026-01-07T06:10", "nightly")[0].answer is Answer.NOT_DUE


def test_another_tick_that_decides_is_not_waited_for_without_time(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        with hold_lock(tmp_path / LOCK), pytest.raises(LockTimeout):
            project.decide("2026-01-05T12:00")
        assert len(project.decide("2026-01-05T12:00", write=False)) == 2


def test_old_decisions_are_forgotten_and_run_keys_are_not(tmp_path: Path) -> None:
    with Ticker(tmp_path, DAILY.format(catch_up="")) as project:
        project.tick("2026-01-05T12:00")
        project.tick("2026-01-06T06:00")
        project.tick("2026-06-06T06:00")
        with project.project.state.reading() as db:
            rows = db.execute("select count(*) from state.requests where requested_at < '2026-02-01'").fetchall()
            assert rows == [(0,)]


def test_partitions_of_other_kinds(tmp_path: Path) -> None:
    text = """
        days = DailyPartitionsDefinition("2026-01-01")
        shops = StaticPartitionsDefinition(["a", "b"])


        @asset(partitions_def=MultiPartitionsDefinition({"day": days, "shop": shops}))
        def sales(context) -> str:
            return context.partition_key


        @asset(partitions_def=shops)
        def stock(context) -> str:
            return context.partition_key


        @asset(partitions_def=WeeklyPartitionsDefinition("2026-01-01"))
        def week(context) -> str:
            return context.partition_key


        all_of_it = ScheduleDefinition("all_of_it", cron_schedule="0 6 * * *", target=["sales", "stock", "week"])
    """
    with Ticker(tmp_path, text) as project:
        project.tick("2026-01-05T12:00")
        assert sorted(project.tick("2026-01-06T06:00").ran) == [
            "sales@2026-01-05|a",
            "sales@2026-01-05|b",
            "stock@a",
            "stock@b",
        ]
        assert max(project.tick("2026-01-11T06:00").ran) == "week@2026-01-04"
