"""What is held while a build goes on: only who asked for something that it has not done yet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from ticker import Ticker, moment

from assetmake import clock
from assetmake.events import Event, NodesStarted, RunStarted
from assetmake.execution import recorder
from assetmake.looking_back import knows_run
from assetmake.storage.ledger import claim
from assetmake.storage.run_records import RunRow, start_run
from assetmake.ticking.building import list_waiting
from assetmake.ticking.decision import Answer
from assetmake.ticking.holding import list_taken
from assetmake.ticking.lines import list_left, tell_taken

ARRIVALS = """
    arrivals = DynamicPartitionsDefinition(name="arrivals")


    @asset(partitions_def=arrivals)
    def loaded(context) -> str:
        return context.partition_key


    @asset
    def nightly() -> int:
        return 1


    nightly_schedule = ScheduleDefinition("nights", cron_schedule="0 2 * * *", target="nightly")


    @sensor(target="loaded")
    def files(context):
        key = (context.cursor or "") + "x"
        changes = [arrivals.build_add_request([key])]
        return SensorResult(
            run_requests=[RunRequest(partition_key=key)], dynamic_partitions_requests=changes, cursor=key
        )
"""


def test_a_long_build_holds_only_what_it_has_not_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "_FLUSH_SECONDS", 0.0)
    with Ticker(tmp_path, ARRIVALS) as project:
        project.tick("2026-01-05T12:00", "nights")
        answers: list[dict[str, Answer]] = []

        def hear(event: Event) -> None:
            if isinstance(event, NodesStarted):
                decisions = project.decide("2026-01-07T02:00", write=False)
                answers.append({each.name: each.answer for each in decisions})
                for each in decisions:
                    if each.answer is Answer.HELD:
                        run = each.reason.partition("run ")[2].partition(",")[0]
                        assert knows_run(project.project, run), each.reason

        project.decide("2026-01-06T02:00")
        _, ran = project.build("2026-01-06T02:00", hear=hear)
        assert ran == ["loaded@x", "nightly"]
        assert answers == [
            {"nights": Answer.HELD, "files": Answer.HELD},
            {"nights": Answer.HELD, "files": Answer.DUE},
        ]


TWO = """
    @asset
    def slow() -> int:
        return 1


    @asset
    def after(slow) -> int:
        return slow


    @asset
    def quick() -> int:
        return 1


    afters = ScheduleDefinition("afters", cron_schedule="0 2 * * *", target="after")
    slows = ScheduleDefinition("slows", cron_schedule="0 2 * * *", target="slow")
    quicks = ScheduleDefinition("quicks", cron_schedule="0 2 * * *", target="quick")
"""


@contextmanager
def built_by_hand(project: Ticker, *assets: str) -> Iterator[str]:
    """Another build, which works on some assets."""
    runs = project.project.site.runs
    with runs.open_run(now=clock.now()) as run:
        with project.project.state.writing() as db:
            start_run(db, RunRow(run, clock.now(), "assetmake build --other", 4711, "elsewhere"))
            claim(db, run, {name: [0] for name in assets}, alive=runs.list_alive())
        yield run


def test_what_is_built_by_hand_stops_only_what_needs_it(tmp_path: Path) -> None:
    with Ticker(tmp_path, TWO) as project:
        project.decide("2026-01-05T12:00")
        project.decide("2026-01-06T02:00")
        with built_by_hand(project, "slow") as run:
            built, ran = project.build("2026-01-06T02:00", wait=False)

            assert ran == ["quick"]
            assert [batch.names for batch, _ in built.held] == [("schedule afters",), ("schedule slows",)]
            assert all(f"the build {run} is working on slow: pid 4711" in why.message for _, why in built.held)
            assert project.build("2026-01-06T02:05", wait=False)[1] == []

        assert project.build("2026-01-06T02:10", wait=False)[1] == ["slow", "after"]


def test_what_has_failed_while_a_lock_was_waited_for_is_not_tried_again(tmp_path: Path) -> None:
    with Ticker(tmp_path, TWO.replace("def quick() -> int:", "def quick() -> int:\n        1 / 0")) as project:
        project.decide("2026-01-05T12:00")
        project.decide("2026-01-06T02:00")
        with built_by_hand(project, "slow"):
            built, ran = project.build("2026-01-06T02:00", lock_timeout=0)
            assert ran == ["quick"]
            assert [batch.names for batch, _ in built.held] == [("schedule afters", "schedule slows")]
        assert project.build("2026-01-06T02:10")[1] == ["slow", "after"]


def test_what_another_tick_takes_is_told_with_who_builds_it(tmp_path: Path) -> None:
    with Ticker(tmp_path, TWO) as project:
        project.decide("2026-01-05T12:00")
        told: list[list[str]] = []

        def hear(event: Event) -> None:
            if isinstance(event, RunStarted):
                assert project.build("2026-01-06T02:00")[1] == []
                taken = list_taken(project.project, decisions, moment("2026-01-06T02:00"), set())
                told.append([tell_taken(row, owner) for row, owner in taken])
                assert event.run in told[-1][0]

        decisions = project.decide("2026-01-06T02:00", "quicks")
        project.build("2026-01-06T02:01", hear=hear)
        ((line,),) = told
        assert line.startswith("schedule quicks: left to run 2026")
        assert f", pid {os.getpid()} on " in line
        assert line.endswith(": tick")
        ended = list_taken(project.project, decisions, moment("2026-01-06T02:00"), set())
        assert [row.is_finished for row, _ in ended] == [True]
        own = {row.id for row, _ in ended}
        assert list_taken(project.project, decisions, moment("2026-01-06T02:00"), own) == []
        before = [replace(row, owner="", is_finished=False) for row, _ in ended]
        left = list_taken(project.project, (), moment("2026-01-06T02:05"), set(), before)
        assert [row.name for row, _ in left] == ["quicks"]
        again = project.decide("2026-01-06T02:00", "quicks")
        assert list_taken(project.project, again, moment("2026-01-06T02:00"), set()) == []


def test_a_tick_of_some_names_builds_what_those_left_and_no_others(tmp_path: Path) -> None:
    with Ticker(tmp_path, TWO) as project:
        project.decide("2026-01-05T12:00")
        project.decide("2026-01-06T02:00")  # and dies
        assert [row.name for row in list_waiting(project.project, ["slows"])] == ["slows"]
        assert project.tick("2026-01-06T02:05", "slows").ran == ["slow"]
        assert project.tick("2026-01-06T02:05").ran == ["after", "quick"]


def test_what_a_killed_tick_left_is_told(tmp_path: Path) -> None:
    with Ticker(tmp_path, TWO) as project:
        project.decide("2026-01-05T12:00")
        project.decide("2026-01-06T02:00", "slows")  # and dies
        assert list(list_left(list_waiting(project.project), explain=True)) == [
            "left     schedule slows  asked for at 2026-01-06 02:00 UTC, and not finished then",
            "         -> slow",
        ]
