"""tick and crontab from the shell: what they print, and how they end."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from real_project import RealProject

from assetmake.cli.crontab import find_program, list_lines, write_times
from assetmake.cli.looping import run_rounds
from assetmake.errors import UsageError
from assetmake.reporting.console import Console
from assetmake.storage.automation_book import RequestRow, add_requests
from assetmake.storage.state import StateFile

PROJECT = """
    from assetmake import *

    days = DailyPartitionsDefinition("2026-01-01")


    class Limits(Config):
        most: int = 1


    @asset(partitions_def=days)
    def daily(context) -> str:
        return context.partition_key


    @asset
    def limited(config: Limits) -> int:
        return config.most


    nightly = ScheduleDefinition("nightly", cron_schedule="0 6 * * *", target="daily")


    @sensor(target="limited", minimum_interval_seconds=3600)
    def inbox(context):
        print("looking")
        return RunRequest(run_key="1", run_config={"ops": {"limited": {"config": {"most": 7}}}})


    @sensor(target="limited", minimum_interval_seconds=3600)
    def dies(context):
        import os
        os._exit(3)
"""


@pytest.fixture
def project(tmp_path: Path) -> RealProject:
    made = RealProject(tmp_path)
    made.write(PROJECT)
    return made


def test_a_day_of_ticks(project: RealProject) -> None:
    first = project.run("tick", "--at", "2026-01-05T12:00", status=1)
    assert first.stdout.splitlines()[:4] == [
        "due      sensor inbox  it asks for 1 run",
        "         -> limited",
        "failed   sensor dies   its process exited with code 3",
        "1 not due (--explain tells why)",
    ]
    assert "Done. BUILT=1 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0" in first.stdout
    assert (project.folder / "data/limited.json").read_text() == "7"

    dry = project.run("tick", "nightly", "--dry-run", "--at", "2026-01-06T06:00").stdout
    assert dry == "due      schedule nightly  due at 2026-01-06 06:00 UTC\n         -> daily@2026-01-05\n"

    told = project.run("tick", "nightly", "--dry-run", "--explain", "--at", "2026-01-06T06:00").stdout
    assert told.splitlines() == [
        "due      schedule nightly  due at 2026-01-06 06:00 UTC",
        "                           next: 2026-01-07 06:00 UTC",
        "         -> daily@2026-01-05",
    ]

    lines = project.run("tick", "nightly", "--json", "--at", "2026-01-06T07:00+01:00").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert events[0]["answer"] == "due"
    assert events[0]["requests"] == [
        {
            "nodes": {"daily": [["2026-01-05", "2026-01-05"]]},
            "job": "",
            "config": {},
            "tags": {},
            "run_key": None,
            "occurred_at": "2026-01-06T06:00:00+00:00",
        }
    ]
    assert [events[-1][name] for name in ("event", "built", "failed")] == ["run_finished", 1, 0]

    idle = project.run("tick", "nightly", "--at", "2026-01-06T07:00").stdout
    assert idle.startswith("nothing due: 1 schedule; next: schedule nightly at 2026-01-07 06:00 UTC (")
    assert idle.count("\n") == 1


def test_a_log_says_when_each_tick_was(project: RealProject) -> None:
    def tick(*arguments: str) -> str:
        with (project.folder / "cron.log").open("w") as file:
            command = [sys.executable, "-m", "assetmake", "tick", "nightly", *arguments]
            variables = {**os.environ, "TZ": "UTC"}
            subprocess.run(command, cwd=project.folder, stdout=file, stderr=file, env=variables, check=False)
        return (project.folder / "cron.log").read_text()

    assert tick("--at", "2026-01-05T12:00").startswith("-- 2026-01-05 12:00:00 UTC\nnothing due: 1 schedule; ")
    assert tick("--at", "2026-01-05T12:05", "--quiet") == ""
    assert json.loads(tick("--at", "2026-01-05T12:10", "--json").splitlines()[0])["event"] == "decision"
    (project.folder / "assets.toml").write_text("[nonsense]")
    assert tick("--at", "2026-01-05T12:15").startswith("-- 2026-01-05 12:15:00 UTC\nassetmake: error: ")


def test_a_dry_run_tells_of_what_a_killed_tick_left(project: RealProject) -> None:
    project.run("tick", "nightly", "--at", "2026-01-05T12:00")
    asked_at = datetime(2026, 1, 5, 17, tzinfo=UTC)
    wanted = {"nodes": {"daily": [["2026-01-04", "2026-01-04"]]}, "job": "", "config": {}, "tags": {}}
    with StateFile(project.folder / ".assetmake/state.duckdb").writing() as db:
        add_requests(db, [RequestRow("1", "schedule", "nightly", "", None, asked_at, wanted)])
    dry = "tick", "nightly", "--dry-run", "--at", "2026-01-05T18:00"

    told = project.run(*dry, "--explain").stdout
    assert told.splitlines()[-2:] == [
        "left     schedule nightly  asked for at 2026-01-05 17:00 UTC, and not finished then",
        "         -> daily@2026-01-04",
    ]
    left = json.loads(project.run(*dry, "--json").stdout.splitlines()[-1])
    assert (left["event"], left["name"], left["requested_at"]) == ("left", "nightly", "2026-01-05T17:00:00+00:00")
    assert left["requests"][0]["nodes"] == wanted["nodes"]
    assert "nothing due" in project.run("tick", "limited", "--at", "2026-01-05T18:00").stdout
    assert "BUILT=1" in project.run("tick", "nightly", "--at", "2026-01-05T18:00").stdout


def test_what_is_wrong_with_the_command_line_starts_nothing(project: RealProject) -> None:
    assert "2026-13-01" in project.run("tick", "--at", "2026-13-01", status=2).stderr
    assert "did you mean nightly?" in project.run("tick", "nihgtly", status=2).stderr
    assert "--every goes with --loop" in project.run("tick", "--every", "5m", status=2).stderr
    assert not (project.folder / ".assetmake/state.duckdb").exists()


def test_the_line_for_a_crontab_runs_in_a_shell(tmp_path: Path) -> None:
    root = tmp_path / "50% off, it's"
    root.mkdir()
    program = root / "assetmake"
    program.write_text('#!/bin/sh\necho "$PWD: $*"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert find_program(root / "python") == [str(program)]
    *comments, line = list_lines(root, [str(program)], every=3600, env="prod")
    assert all(comment.startswith("#") for comment in comments)
    assert line.startswith("0 * * * * ")
    assert "%" not in line.replace("\\%", "")
    command = line.removeprefix("0 * * * * ").replace("\\%", "%")  # as cron reads it
    subprocess.run(["/bin/sh", "-c", command], check=True, cwd="/", env={"PATH": os.environ["PATH"]})
    assert (root / ".assetmake/cron.log").read_text() == f"{root}: tick --env prod\n"
    log = root / ".assetmake/cron.log"
    log.write_text("x" * 1_000_000)
    subprocess.run(["/bin/sh", "-c", command], check=True, env={"PATH": os.environ["PATH"]})
    assert log.stat().st_size > 1_000_000
    log.write_text("x" * 1_100_000)
    for _ in range(2):
        done = subprocess.run(["/bin/sh", "-c", command], check=True, capture_output=True)
        assert (done.stdout, done.stderr) == (b"", b"")
    assert log.read_text() == f"{root}: tick --env prod\n" * 2
    assert log.with_name("cron.log.1").stat().st_size == 1_100_000
    mailed = list_lines(root, [str(program)], every=3600, mail=True)[-1].removeprefix("0 * * * * ").replace("\\%", "%")
    told = subprocess.run(["/bin/sh", "-c", mailed], check=True, capture_output=True, text=True)
    assert told.stdout == f"{root}: tick --quiet\n"


def test_a_crontab_is_for_an_environment_that_there_is(project: RealProject) -> None:
    project.write("", config="[env.prod.storage]\nroot = 'prod'\n")
    assert "tick --env prod" in project.run("crontab", "--env", "prod").stdout
    refused = project.run("crontab", "--env", "nosuch", status=2)
    assert (refused.stdout, "'nosuch'" in refused.stderr) == ("", True)
    assert "--every 7m: cron has no such times" in project.run("crontab", "--every", "7m", status=2).stderr


def test_an_asset_without_a_condition_is_told_as_such(project: RealProject) -> None:
    told = project.run("tick", "limited", "--at", "2026-01-05T12:00").stdout
    assert told.startswith("nothing due: limited has no automation condition and no freshness policy (")


def test_what_comes_next_of_a_sensor_is_told_to_the_second(project: RealProject) -> None:
    told = project.run("tick", "inbox", "-n", "--explain", "--at", "2026-01-05T12:00:40").stdout
    assert "next: 2026-01-05 13:00:40 UTC" in told


def test_a_crontab_has_only_such_times() -> None:
    times = {60: "* * * * *", 300: "*/5 * * * *", 3600: "0 * * * *", 21600: "0 */6 * * *", 86400: "0 0 * * *"}
    assert {every: write_times(every) for every in times} == times
    for every in (0, 30, 420, 5400, 18000):
        with pytest.raises(UsageError, match="cron has no such times"):
            write_times(every)
    with pytest.raises(UsageError, match="line end"):
        list_lines(Path("/a\nb"), ["assetmake"], every=300)


class _Stream:
    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        self.text += "".join(lines)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False


def test_rounds_come_at_their_times_and_an_error_ends_one_only() -> None:
    now, rounds, err = [0.0], list[tuple[float, bool]](), _Stream()

    def run(is_first: bool) -> None:
        rounds.append((now[0], is_first))
        now[0] += 45 if len(rounds) == 2 else 1
        if len(rounds) == 3:
            raise UsageError("broken", hint="mend it")

    def wait(seconds: float) -> None:
        now[0] += seconds

    console = Console(_Stream(), err, {})  # type: ignore[arg-type]
    run_rounds(run, console, every=30, stopped=lambda: len(rounds) == 4, wait=wait, clock=lambda: now[0])
    assert rounds == [(0.0, True), (30.0, False), (75.0, False), (105.0, False)]
    assert err.text == "assetmake: error: broken\n  hint: mend it\n"
