"""Freshness policies: when an asset is late, what a tick says of it, and whom it tells, once."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from condition_steps import at

from assetmake import FreshnessPolicy, LegacyFreshnessPolicy, asset, clock
from assetmake.cli.entry import run
from assetmake.cli.opening import Opened
from assetmake.cli.telling import tell_lateness
from assetmake.discovery.notify_settings import NotifyConfig
from assetmake.execution.asked import BuildOptions
from assetmake.project import Project
from assetmake.reporting.console import Console
from assetmake.storage.automation_book import read_known, write_known
from assetmake.testing import Sandbox
from assetmake.ticking.decision import Answer, Decision
from assetmake.ticking.freshness_rule import decide_freshness
from assetmake.ticking.lines import list_decisions

DAY = FreshnessPolicy.time_window(timedelta(hours=24), timedelta(hours=20))
BY_TEN = FreshnessPolicy.cron("0 10 * * *", timedelta(hours=2), "Europe/Berlin")


class Watched:
    """An asset with a policy; ticks write what they find."""

    def __init__(self, policy: Any = None, **options: Any) -> None:
        @asset(freshness_policy=policy, **options)
        def orders() -> int:
            return 1

        self.sandbox = Sandbox([orders])
        self.said = io.StringIO()

    def build(self, time: str) -> None:
        with clock.set_clock(at(time)):
            self.sandbox.build(force=True)

    def tick(self, time: str, notify: NotifyConfig | None = None) -> Decision:
        now = at(time)
        project: Project = self.sandbox.project
        project = replace(project, config=replace(project.config, notify=notify))
        with clock.set_clock(now):
            with project.state.writing() as db:
                known = {name: each for (_, name), each in read_known(db).items()}
                (found,) = decide_freshness(project, db, known, now)
                if found.known is not None:
                    write_known(db, {(found.kind, found.name): found.known})
            opened = Opened(project, Console(io.StringIO(), self.said, {}), is_broken=False)
            tell_lateness(opened, BuildOptions(command="assetmake tick"))
        return found


def test_an_asset_is_late_when_it_is_too_old_and_says_since_when() -> None:
    given = Watched(DAY)
    assert given.tick("4 06:00").reason == "it was never built, so there is nothing that could be late"
    given.build("4 06:30")

    fresh = given.tick("4 20:00")
    assert (fresh.answer, fresh.next_at) == (Answer.NOT_DUE, at("5 02:30"))
    assert fresh.reason == "in time until 2026-01-05 02:30 UTC: it was built 2026-01-04 06:30 UTC, 13h 30m ago"
    warned = given.tick("5 05:00")
    assert (warned.answer, warned.next_at) == (Answer.WARNED, at("5 06:30"))
    (line,) = list_decisions([warned], explain=False)
    assert line.startswith("warning  freshness orders  late from 2026-01-05 06:30 UTC on: it was built ")
    assert warned.reason.startswith("late from 2026-01-05 06:30 UTC on: ")
    late = given.tick("5 07:00")
    assert (late.answer, late.requests) == (Answer.LATE, ())
    assert late.reason == "late since 2026-01-05 06:30 UTC: it was built 2026-01-04 06:30 UTC, 24h 30m ago"


@pytest.mark.parametrize(
    ("built", "now", "late_since"),
    [
        ("4 07:30", "4 12:00", None),  # within two hours before ten in Berlin, which is nine here
        ("4 06:30", "4 08:59", None),
        ("4 06:30", "4 09:00", "4 09:00"),
        ("4 06:30", "5 12:00", "4 09:00"),
        ("4 10:00", "5 08:00", None),
        ("4 10:00", "5 09:30", "5 09:00"),
        ("2026-03-28T08:30:00+00:00", "2026-03-29T08:30:00+00:00", "2026-03-29T08:00:00+00:00"),  # the clock went on
        ("2026-03-29T06:30:00+00:00", "2026-03-29T08:30:00+00:00", None),
    ],
)
def test_a_deadline_counts_on_the_clocks_of_its_zone(built: str, now: str, late_since: str | None) -> None:
    given = Watched(BY_TEN)
    given.build(built)

    found = given.tick(now)

    assert found.answer is (Answer.NOT_DUE if late_since is None else Answer.LATE)
    assert (found.known and found.known.occurred_at) == (None if late_since is None else at(late_since))


def test_the_older_form_counts_too() -> None:
    given = Watched(legacy_freshness_policy=LegacyFreshnessPolicy(maximum_lag_minutes=60))
    given.build("4 06:00")
    assert given.tick("4 06:59").answer is Answer.NOT_DUE
    assert given.tick("4 07:01").answer is Answer.LATE

    lagging = LegacyFreshnessPolicy(maximum_lag_minutes=60, cron_schedule="0 9 * * *")
    given = Watched(legacy_freshness_policy=lagging)
    given.build("4 07:30")
    assert given.tick("4 08:59").answer is Answer.NOT_DUE, "its age counts at nine only"
    assert given.tick("4 09:00").answer is Answer.LATE


def test_ticks_that_find_nothing_new_keep_nothing() -> None:
    given = Watched(DAY)
    given.build("4 06:30")
    assert given.tick("4 07:00").known is not None
    assert given.tick("4 08:00").known is None


@pytest.fixture
def told(tmp_path: Path) -> Callable[[], list[str]]:
    def read() -> list[str]:
        file = tmp_path / "told"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    return read


def test_lateness_is_told_once_and_so_is_its_end(tmp_path: Path, told: Callable[[], list[str]]) -> None:
    notify = NotifyConfig(command=f'echo "$ASSETMAKE_EVENT: $ASSETMAKE_SUBJECT" >> {tmp_path}/told')
    given = Watched(DAY)
    given.build("4 06:30")
    given.tick("4 07:00", notify)
    assert told() == []

    given.tick("5 07:00", notify)
    (line,) = told()
    assert line.startswith("late: sandbox: 1 asset is late (on ")
    given.tick("5 08:00", notify)
    given.tick("6 08:00", notify)
    assert told() == []

    given.build("6 09:00")
    given.tick("6 09:10", notify)
    (line,) = told()
    assert line.startswith("recovery: sandbox: 1 asset is no longer late (on ")
    given.tick("6 09:20", notify)
    assert told() == []
    given.tick("7 10:00", notify)
    assert len(told()) == 1


def test_what_could_not_be_told_is_told_on_the_next_tick(tmp_path: Path, told: Callable[[], list[str]]) -> None:
    given = Watched(DAY)
    given.build("4 06:30")

    given.tick("5 07:00", NotifyConfig(command="exit 1"))
    assert given.said.getvalue() == "warning: notify.command ended with 1\n"
    given.tick("5 07:10", NotifyConfig(command=f"echo late >> {tmp_path}/told"))
    given.tick("5 07:20", NotifyConfig(command=f"echo late >> {tmp_path}/told"))

    assert told() == ["late"]


def test_only_who_wants_lateness_is_told(tmp_path: Path, told: Callable[[], list[str]]) -> None:
    given = Watched(DAY)
    given.build("4 06:30")
    given.tick("5 07:00", NotifyConfig(command=f"echo late >> {tmp_path}/told", on=("failure", "recovery")))
    assert told() == []
    given.tick("5 07:10", NotifyConfig(command=f"echo late >> {tmp_path}/told", on=("late",)))
    assert told() == ["late"]
    given.build("5 07:20")
    given.tick("5 07:30", NotifyConfig(command=f"echo late >> {tmp_path}/told", on=("late",)))
    assert told() == []


def ask_status(watched: Watched, time: str, *arguments: str) -> str:
    out = io.StringIO()
    with clock.set_clock(at(time)), redirect_stdout(out):
        assert run(["status", *arguments], obj=lambda **_: watched.sandbox.project) == 0
    return out.getvalue()


def test_status_marks_what_is_late_as_a_tick_does() -> None:
    watched = Watched(DAY)
    assert "late" not in ask_status(watched, "5 08:00"), "never built"
    watched.build("5 09:00")
    assert "late" not in ask_status(watched, "6 04:00")
    _, row, warning = ask_status(watched, "6 08:00").splitlines()
    assert "late" not in row
    assert warning.startswith("orders: late from 2026-01-06 09:00 UTC on: it was built ")
    _, row, told = ask_status(watched, "7 08:00").splitlines()
    assert "1 day ago, late" in row
    reason = watched.tick("7 08:00").reason
    assert told.rpartition(",")[0] == f"orders: {reason}".rpartition(",")[0], "but for how long ago to the second"


def test_status_as_json_has_how_an_asset_stands_to_its_policy() -> None:
    watched = Watched(DAY)

    def ask(time: str) -> dict[str, Any]:
        (told,) = json.loads(ask_status(watched, time, "--json"))["assets"]
        found: dict[str, Any] = told["freshness"]
        return found

    assert ask("5 08:00") == {"state": "unknown", "since": None, "until": None}
    watched.build("5 09:00")
    assert ask("5 10:00") == {"state": "pass", "since": None, "until": "2026-01-06T05:00:00+00:00"}
    warned, late = "2026-01-06T05:00:00+00:00", "2026-01-06T09:00:00+00:00"
    assert ask("6 08:00") == {"state": "warn", "since": warned, "until": late}
    assert ask("6 09:01") == {"state": "fail", "since": late, "until": None}
    free = json.loads(ask_status(Watched(), "5 08:00", "--json"))
    assert "freshness" not in free["assets"][0]
