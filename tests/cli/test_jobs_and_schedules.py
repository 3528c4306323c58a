"""Jobs, schedules and sensors on the command line: listed for people and scripts, and built by the name of a job."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from fake_project import FakeProject, call
from real_project import RealProject

from assetmake import AssetCheckSpec, asset, asset_check, multi_asset_check
from assetmake.cli.entry import run
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.place import Place
from assetmake.discovery.automation_records import Automation, JobRecord, ScheduleRecord, SensorRecord
from assetmake.discovery.launch import Launch
from assetmake.execution.asked import BuildOptions
from assetmake.graph.key_rules import KeyOptions
from assetmake.graph.selection import Selection
from assetmake.testing import Sandbox

HERE = Place("assets.py", 9)
ORDERS, DAILY, REPORT = map(AssetKey, ("orders", "daily", "report"))
AUTOMATION = Automation(
    jobs=(
        JobRecord("night", "assets", HERE, 'tag:"night"', (ORDERS, REPORT), description="At night.\nMore of it."),
        JobRecord(
            "limited",
            "assets",
            HERE,
            'key:"daily"',
            (DAILY,),
            config={"ops": {"daily": {"config": {"n": 3}}}},
            run_tags={"team": "data"},
        ),
        JobRecord("by_day", "assets", HERE, 'key:"daily"', (DAILY,), has_partitioned_config=True),
    ),
    schedules=(
        ScheduleRecord("at_night", "assets", HERE, ("0 2 * * *", "0 3 * * 6"), "Europe/Vienna", "night", "", (ORDERS,)),
        ScheduleRecord("often", "assets", HERE, ("*/5 * * * *",), selection="x", assets=(DAILY,), status="STOPPED"),
    ),
    sensors=(
        SensorRecord("inbox", "assets", HERE, jobs=("night",), assets=(ORDERS,), description="Mail."),
        SensorRecord("watch", "assets", HERE, kind="asset", watches=("orders",), minimum_interval=60),
    ),
)


@pytest.fixture
def project() -> FakeProject:
    return FakeProject(automation=AUTOMATION)


def read(project: FakeProject, *words: str) -> Any:
    return json.loads(call("list", *words, "--json", project=project).out)


def test_jobs_are_listed_with_what_they_select(project: FakeProject) -> None:
    assert call("list", "--jobs", project=project).out.splitlines() == [
        'night    2 assets  tag:"night"  At night.',
        'limited  1 asset   key:"daily"',
        'by_day   1 asset   key:"daily"',
    ]


def test_schedules_are_listed_with_when_they_are_due_and_sensors_with_what_they_look_at(project: FakeProject) -> None:
    assert call("list", "--schedules", project=project).out == (
        "at_night  0 2 * * *, 0 3 * * 6  Europe/Vienna  job night  active\n"
        "often     */5 * * * *           UTC            daily      stopped\n"
    )
    assert call("list", "--sensors", project=project).out == (
        "inbox  every 30s  sensor        job night  active  Mail.\nwatch  every 60s  asset orders  -          active\n"
    )


def test_only_those_that_have_anything_of_a_selection_are_listed(project: FakeProject) -> None:
    assert [each["job"] for each in read(project, "--jobs", "report")["jobs"]] == ["night"]
    assert [each["schedule"] for each in read(project, "--schedules", "daily")["schedules"]] == ["often"]
    assert [each["sensor"] for each in read(project, "--sensors", "orders")["sensors"]] == ["inbox"]
    assert call("list", "--sensors", "daily", project=project).out == "no sensors\n"


def test_documents_for_scripts(project: FakeProject) -> None:
    assert read(project, "--jobs")["jobs"][1] == {
        "job": "limited",
        "selection": 'key:"daily"',
        "assets": ["daily"],
        "checks": [],
        "partitions": None,
        "config": {"ops": {"daily": {"config": {"n": 3}}}},
        "tags": {},
        "run_tags": {"team": "data"},
        "owners": [],
        "description": "",
        "place": "assets.py:9",
    }
    assert read(project, "--schedules")["schedules"][0] == {
        "schedule": "at_night",
        "cron": ["0 2 * * *", "0 3 * * 6"],
        "timezone": "Europe/Vienna",
        "job": "night",
        "selection": None,
        "assets": ["orders"],
        "status": "RUNNING",
        "partitioned": False,
        "catch_up": "latest",
        "tags": {},
        "owners": [],
        "description": "",
        "place": "assets.py:9",
    }
    assert read(project, "--sensors")["sensors"][1] == {
        "sensor": "watch",
        "kind": "asset",
        "watches": ["orders"],
        "jobs": [],
        "selection": None,
        "assets": [],
        "minimum_interval": 60,
        "status": "RUNNING",
        "tags": {},
        "owners": [],
        "description": "",
        "place": "assets.py:9",
    }
    assert read(FakeProject(), "--jobs") == {"jobs": []}
    assert call("list", "--schedules").out == "no schedules\n"


def test_several_kinds_are_listed_one_after_the_other(project: FakeProject) -> None:
    assert list(read(project, "--sensors", "--jobs")) == ["jobs", "sensors"]
    assert call("list", "--schedules", "--sensors", "report", project=project).out == "no schedules\nno sensors\n"
    assert call("list", "--jobs", "--schedules", "report", project=project).out == (
        'jobs:\nnight  2 assets  tag:"night"  At night.\nno schedules\n'
    )


@pytest.mark.parametrize("command", ["build", "plan", "status", "list"])
def test_the_assets_of_a_job_are_selected_by_its_name(command: str, project: FakeProject) -> None:
    assert call(command, "--job", "night", "report", project=project).status == 0
    asked = [each[0] for each in project.asked if isinstance(each, tuple) and isinstance(each[0], Selection)]
    assert all(each == Selection(("report",), job="night") for each in asked)
    assert command == "list" or asked


@pytest.mark.parametrize("command", ["build", "plan", "status", "list"])
def test_a_job_that_is_not_there_is_wrong_usage(command: str, project: FakeProject) -> None:
    result = call(command, "--job", "nigth", project=project)
    assert (result.status, result.out) == (2, "")
    assert result.err == "assetmake: error: there is no job 'nigth'\n  hint: did you mean night?\n"


@pytest.mark.parametrize("command", ["build", "plan", "status"])
def test_the_config_of_a_job_is_given_to_its_assets(command: str, project: FakeProject) -> None:
    call(command, "--job", "limited", "-c", "daily.m=4", project=project)
    launches = [each for each in project.asked if isinstance(each, Launch)]
    words, config = ("daily.m=4",), {"ops": {"daily": {"config": {"n": 3}}}}
    assert launches == [
        Launch(texts=words),
        Launch(texts=words, job="job limited (assets.py:9)", job_config=config),
    ]


@pytest.mark.parametrize("command", ["build", "backfill"])
def test_what_a_job_puts_on_its_runs_is_on_the_build(command: str, project: FakeProject) -> None:
    call(command, "--job", "limited", project=project)
    call("build", "daily", project=project)
    call("backfill", "--job", "limited", "--from", "2026-01-01", project=project)
    asked = [each[1] for each in project.asked if isinstance(each, tuple) and isinstance(each[1], BuildOptions)]
    assert [each.tags for each in asked] == [{"team": "data"}, {}, {"team": "data"}]


@pytest.mark.parametrize("command", ["build", "plan", "status"])
@pytest.mark.parametrize("words", [("--job", "by_day@2026-01-01"), ("--job", "by_day", "--partition", "2026-01-01")])
def test_config_that_is_made_of_the_partition_is_that_of_the_one_named(
    command: str, words: tuple[str, ...], project: FakeProject
) -> None:
    call(command, *words, "-c", "daily.m=4", project=project)

    assert [each for each in project.asked if isinstance(each, Launch)][-1] == Launch(
        texts=("daily.m=4",),
        job="job by_day@2026-01-01 (assets.py:9)",
        job_name="by_day",
        partition="2026-01-01",
    )
    assert {each[0] for each in project.asked if isinstance(each, tuple)} == {
        Selection(keys=KeyOptions(partition="2026-01-01"), job="by_day", job_key="2026-01-01")
    }


def test_config_that_is_made_of_the_partition_is_not_left_out_where_none_is_named(project: FakeProject) -> None:
    for command in ("build", "plan"):
        result = call(command, "--job", "by_day", project=project)
        assert (result.status, result.out) == (2, "")
        assert "job by_day (assets.py:9) makes the config of each of its runs of the partition" in result.err
        assert call(command, "job:by_day", project=project).status == 0


BY_DAY = """
    from assetmake import Config, DailyPartitionsDefinition, PartitionedConfig, asset, define_asset_job

    days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-11")

    class Number(Config):
        number: int = 0

    @asset(partitions_def=days)
    def daily(config: Number) -> int:
        return config.number

    def number_day(key: str):
        return {"ops": {"daily": {"config": {"number": int(key[-2:])}}}}

    by_day = define_asset_job(
        "by_day",
        selection=[daily],
        partitions_def=days,
        config=PartitionedConfig(partitions_def=days, run_config_for_partition_key_fn=number_day),
    )
"""


@pytest.mark.parametrize(
    ("command", "words", "number", "hint"),
    [
        (
            "build",
            ("--from", "2026-01-02", "--to", "2026-01-03"),
            2,
            "assetmake build --job by_day@2026-01-02; assetmake build --job by_day@2026-01-03",
        ),
        ("plan", ("--latest", "1"), 1, "assetmake plan --job by_day@2026-01-10"),
        (
            "backfill",
            ("--from", "2026-01-01"),
            10,
            (
                "assetmake backfill --job by_day@2026-01-01; assetmake backfill --job by_day@2026-01-02;"
                " assetmake backfill --job by_day@2026-01-03; and so on for the other 7"
            ),
        ),
    ],
)
def test_of_several_partitions_the_commands_are_told(
    tmp_path: Path, command: str, words: tuple[str, ...], number: int, hint: str
) -> None:
    project = RealProject(tmp_path)
    project.write(BY_DAY)

    error = project.run(command, "--job", "by_day", *words, status=2).stderr

    assert f"so each of the {number} that are selected is a command of its own" in error
    assert error.splitlines()[-1] == f"  hint: {hint}"


@pytest.mark.parametrize("command", ["build", "plan", "status", "invalidate"])
def test_of_several_jobs_none_is_left_out_in_silence(command: str, project: FakeProject) -> None:
    result = call(command, "--job", "by_day@2026-01-01", "--job", "by_day@2026-01-02", project=project)

    assert (result.status, result.out) == (2, "")
    assert "one job is built at a time, and 2 are given: by_day@2026-01-01, by_day@2026-01-02" in result.err
    assert f"assetmake {command} --job by_day@2026-01-01; assetmake {command} --job by_day@2026-01-02" in result.err


def test_a_partition_is_named_once(project: FakeProject) -> None:
    result = call("build", "--job", "by_day@a", "--partition", "a", project=project)
    assert result.status == 2
    assert "--job by_day@a and --partition cannot be used together" in result.err


@pytest.mark.parametrize("command", ["accept", "invalidate"])
def test_a_job_is_a_selection_to_decide_about(command: str, project: FakeProject) -> None:
    assert "needs a selection" in call(command, "-r", "x", project=project).err
    assert "needs a selection" not in call(command, "-r", "x", "--job", "nigth", project=project).err


def test_validate_counts_them_and_warns_of_a_job_that_selects_nothing(project: FakeProject) -> None:
    idle = JobRecord("idle", "assets", HERE, 'tag:"none"')
    project.automation = Automation((*AUTOMATION.jobs, idle), AUTOMATION.schedules, AUTOMATION.sensors)
    result = call("validate", project=project)
    assert result.out == "valid: 3 assets, 4 jobs, 2 schedules, 2 sensors\n"
    assert result.err == 'warning: job idle (assets.py:9) selects nothing: tag:"none"\n'


def test_checks_are_listed_with_what_they_are_of() -> None:
    @asset
    def orders() -> int:
        return 1

    @asset_check(asset="orders", blocking=True, description="Rows.\nMany of them.")
    def has_rows(orders) -> bool:
        return True

    @multi_asset_check(specs=[AssetCheckSpec("alone", asset="orders"), AssetCheckSpec("other", asset="report")])
    def several():
        yield from ()

    @asset
    def report(orders: int) -> int:
        return orders

    sandbox = Sandbox([orders, report, has_rows, several])

    def list_checks(*words: str) -> str:
        out = io.StringIO()
        with redirect_stdout(out):
            assert run(["list", "--checks", *words], obj=lambda **_: sandbox.project) == 0
        return out.getvalue()

    assert list_checks().splitlines() == [
        "orders:has_rows  blocking  Rows.",
        "orders:alone",
        "report:other",
    ]
    assert list_checks("report") == "report:other\n"
    (found,) = json.loads(list_checks("report", "--json"))["checks"]
    place = found.pop("place")
    assert place.rpartition(":")[0].endswith("test_jobs_and_schedules.py")
    assert found == {"check": "other", "asset": "report", "blocking": False, "partitions": None, "description": ""}
