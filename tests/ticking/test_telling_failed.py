"""Schedules and sensors that fail, and modules that import again: whom a tick tells, and what status says."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ticker import Ticker, moment

from assetmake.cli.entry import run
from assetmake.cli.opening import Opened
from assetmake.cli.telling import tell_failing, telling
from assetmake.clock import set_clock
from assetmake.discovery.manifest import ModuleFailure
from assetmake.discovery.notify_settings import NotifyConfig
from assetmake.execution.asked import BuildOptions
from assetmake.reporting.console import Console
from assetmake.ticking.decision import Answer

FRAGILE = """
    broken = False


    @asset
    def plain() -> int:
        return 1


    @sensor(target="plain", minimum_interval_seconds=60)
    def fragile(context):
        if broken:
            raise ValueError("no inbox")
        return SkipReason("nothing there")


    @schedule("0 6 * * *", target="plain")
    def early(context):
        if broken:
            raise ValueError("no calendar")
        return SkipReason("not today")
"""
OPTIONS = BuildOptions(command="assetmake tick")


class Told:
    """Ticks a project as the command does, with a `[notify]`, and reads what was told."""

    def __init__(self, ticker: Ticker, folder: Path, **notify: Any) -> None:
        self.ticker, self.file = ticker, folder / "told.jsonl"
        self.config = NotifyConfig(**{"command": f"cat >> {self.file}", **notify})
        self.failures: tuple[ModuleFailure, ...] = ()

    def tick(self, when: str) -> list[dict[str, Any]]:
        decisions = self.ticker.decide(when)
        project = self.ticker.project
        manifest = replace(project.manifest, failures=self.failures)
        project = replace(project, config=replace(project.config, notify=self.config), manifest=manifest)
        opened = Opened(project, Console(io.StringIO(), io.StringIO(), {}), bool(self.failures))
        failed = [(each.kind, each.name) for each in decisions if each.answer is Answer.FAILED]
        with set_clock(moment(when)):
            with telling(opened, OPTIONS):
                pass
            tell_failing(opened, OPTIONS, failed)
        told = [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []
        self.file.unlink(missing_ok=True)
        return told


def name_all(told: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(each["event"], [f"{rule['kind']} {rule['name']}" for rule in each["rules"]]) for each in told]


@pytest.mark.parametrize(("repeat", "again"), [(True, ["sensor fragile"]), (False, [])])
def test_what_fails_is_told_and_so_is_its_recovery(tmp_path: Path, repeat: bool, again: list[str]) -> None:
    with Ticker(tmp_path, FRAGILE) as ticker:
        told = Told(ticker, tmp_path, repeat=repeat)
        assert told.tick("2026-01-05T12:00") == []
        ticker.module.broken = True
        (first,) = told.tick("2026-01-05T12:05")
        assert name_all([first]) == [("failure", ["sensor fragile"])]
        assert ": 1 sensor fails (on " in first["subject"]
        assert first["rules"][0]["since"] == "2026-01-05T12:05:00+00:00"
        assert "\nsensor fragile: ValueError: no inbox (" in first["text"]
        assert told.tick("2026-01-05T12:05:30") == [], "it was not asked"
        assert name_all(told.tick("2026-01-05T12:10")) == ([("failure", again)] if again else [])
        third = told.tick("2026-01-06T06:00")
        assert name_all(third) == [("failure", ["schedule early", *again])]
        ticker.module.broken = False
        (mended,) = told.tick("2026-01-06T06:05")
        assert name_all([mended]) == [("recovery", ["schedule early", "sensor fragile"])]
        assert ": 1 schedule and 1 sensor recovered (on " in mended["subject"]
        assert told.tick("2026-01-06T06:10") == []


def test_what_could_not_be_told_is_told_by_the_next_tick(tmp_path: Path) -> None:
    with Ticker(tmp_path, FRAGILE) as ticker:
        ticker.module.broken = True
        assert Told(ticker, tmp_path, command="exit 1", repeat=False).tick("2026-01-05T12:00") == []
        told = Told(ticker, tmp_path, repeat=False)
        assert name_all(told.tick("2026-01-05T12:00:30")) == [("failure", ["sensor fragile"])]
        assert told.tick("2026-01-05T12:00:45") == []


@pytest.mark.parametrize(("repeat", "times"), [(True, 1), (False, 0)])
def test_a_module_that_does_not_import_is_told_of_once_and_its_recovery(
    tmp_path: Path, repeat: bool, times: int
) -> None:
    with Ticker(tmp_path, FRAGILE) as ticker:
        told = Told(ticker, tmp_path, repeat=repeat)
        told.failures = (ModuleFailure("money", "money.py", "SyntaxError: invalid syntax", ""),)
        (first,) = told.tick("2026-01-05T12:00")
        assert first["error"] == "1 module did not import: money"
        assert len(told.tick("2026-01-05T12:05")) == times
        told.failures = ()
        assert name_all(told.tick("2026-01-05T12:10")) == [("recovery", ["module money"])]
        assert told.tick("2026-01-05T12:15") == []


def ask_status(ticker: Ticker, *arguments: str) -> str:
    out = io.StringIO()
    with set_clock(moment("2026-01-05T13:00")), redirect_stdout(out):
        assert run(["status", *arguments], obj=lambda **_: ticker.project) == 0
    return out.getvalue()


def test_status_and_a_tick_say_since_when_something_fails(tmp_path: Path) -> None:
    with Ticker(tmp_path, FRAGILE) as ticker:
        ticker.module.broken = True
        ticker.tick("2026-01-05T12:00")
        line = ask_status(ticker).splitlines()[-1]
        assert line.startswith("sensor fragile: failing since 2026-01-05 12:00 UTC: ValueError: no inbox (")
        (failing,) = json.loads(ask_status(ticker, "--json"))["failing"]
        assert (failing["kind"], failing["name"]) == ("sensor", "fragile")
        reason = ticker.tick("2026-01-05T12:00:30").reason("fragile")
        assert "is every 60 s; failing since 2026-01-05 12:00 UTC: ValueError: no inbox" in reason
        ticker.module.broken = False
        ticker.tick("2026-01-05T12:05")
        assert "failing" not in ask_status(ticker)
