"""Jobs, schedules and sensors of a project's modules, as records that can be kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assetmake import AssetKey, DailyPartitionsDefinition
from assetmake.definitions.place import Place
from assetmake.discovery.automation_records import JobRecord, ScheduleRecord, SensorRecord
from assetmake.discovery.code.members import CodeGraph
from assetmake.discovery.manifest import Manifest
from assetmake.discovery.recall.inputs import Inputs
from assetmake.discovery.recall.kept import Kept, read_kept, write_kept
from assetmake.discovery.recall.names import list_names
from assetmake.errors import DefinitionError
from assetmake.graph.asset_graph import build_graph

Discover = Callable[[], Manifest]
Write = Callable[..., None]
ASSETS = """
    from assetmake import *
    from assetmake import asset, sensor, schedule

    DAILY = DailyPartitionsDefinition("2026-01-01", minute_offset=30)
    raw = FileSource("raw", "raw.csv")


    @asset(tags={"nightly": ""})
    def orders(raw): ...


    @asset(partitions_def=DAILY)
    def by_day(orders): ...


    @asset
    def total(by_day): ...

"""


def jobs_of(manifest: Manifest) -> dict[str, JobRecord]:
    return {record.name: record for record in manifest.automation.jobs}


def schedules_of(manifest: Manifest) -> dict[str, ScheduleRecord]:
    return {record.name: record for record in manifest.automation.schedules}


def sensors_of(manifest: Manifest) -> dict[str, SensorRecord]:
    return {record.name: record for record in manifest.automation.sensors}


def name(keys: tuple[AssetKey, ...]) -> list[str]:
    return [str(key) for key in keys]


def complain(manifest: Manifest) -> str:
    with pytest.raises(DefinitionError) as caught:
        build_graph(manifest)
    return caught.value.message


def test_a_job_is_what_it_selects_in_the_project_and_what_it_says(write: Write, discover: Discover) -> None:
    write(
        "assets.py",
        ASSETS
        + """
    night = define_asset_job(
        "night", selection="tag:nightly+", description="At night.", tags={"a": 1}, run_tags={"b": "2"},
        owners=["team:data"], config=RunConfig(ops={"orders": {"config": {"limit": 3, "key": EnvVar("KEY")}}}),
    )
    everything = define_asset_job("everything")
    above = AssetSelection.assets(by_day).upstream()
    days = define_asset_job("days", selection=above - AssetSelection.assets("orders"))
    odd = define_asset_job("odd", selection=AssetSelection.key_prefixes(["x"]))
    by_config = define_asset_job("by_config", selection=["total"], config=daily_partitioned_config("2026-01-01")(print))
    """,
    )
    found = jobs_of(discover())
    night = found["night"]
    assert (night.selection, name(night.assets)) == ('tag:"nightly"+', ["by_day", "orders", "total"])
    assert (night.description, night.tags, night.run_tags, night.owners) == (
        "At night.",
        {"a": "1"},
        {"b": "2"},
        ("team:data",),
    )
    assert night.config == {"ops": {"orders": {"config": {"limit": 3, "key": {"env": "KEY"}}}}}
    assert (night.module, night.place) == ("assets", Place("assets.py", 20))
    assert night.partitions == DailyPartitionsDefinition("2026-01-01", minute_offset=30)
    assert name(found["everything"].assets) == ["by_day", "orders", "total"]
    assert name(found["days"].assets) == ["by_day"]
    assert found["odd"].assets == ()
    assert "x" in found["odd"].selection
    assert (found["by_config"].config, found["by_config"].has_partitioned_config) == ({}, True)
    assert not night.has_partitioned_config
    assert not any(record.problem for record in found.values())


def test_a_schedule_says_when_it_is_due_and_what_it_asks_for(write: Write, discover: Discover) -> None:
    write(
        "assets.py",
        ASSETS
        + """
    night = define_asset_job("night", selection="orders")
    crons, zone = ["0 2 * * *", "0 3 * * 6"], "Europe/Vienna"
    at_night = ScheduleDefinition(job=night, cron_schedule=crons, execution_timezone=zone)
    by_name = ScheduleDefinition(name="by_name", job_name="night", cron_schedule="@daily")
    all_of_it = ScheduleDefinition(name="all_of_it", job_name="__ASSET_JOB", cron_schedule="@daily")
    latest = build_schedule_from_partitioned_job(define_asset_job("days", selection="by_day"), hour_of_day=6)


    @schedule("*/5 * * * *", target="by_day", default_status=DefaultScheduleStatus.STOPPED, description="Often.")
    def often(context): ...
    """,
    )
    manifest = discover()
    found = schedules_of(manifest)
    assert list(found) == ["night_schedule", "by_name", "all_of_it", "days_schedule", "often"]
    night = found["night_schedule"]
    assert (night.cron, night.timezone) == (("0 2 * * *", "0 3 * * 6"), "Europe/Vienna")
    assert (night.job, night.selection, name(night.assets)) == ("night", "", ["orders"])
    assert (night.status, night.is_partitioned, night.place.line) == ("RUNNING", False, 22)
    assert (found["by_name"].job, found["by_name"].timezone) == ("night", "")
    assert name(found["all_of_it"].assets) == ["by_day", "orders", "total"]
    days = found["days_schedule"]
    assert (days.cron, days.timezone, days.job, days.is_partitioned) == (("30 6 * * *",), "UTC", "days", True)
    often = found["often"]
    assert (often.cron, often.job, often.selection) == (("*/5 * * * *",), "", 'key:"by_day"')
    assert (name(often.assets), often.status, often.description) == (["by_day"], "STOPPED", "Often.")
    assert often.is_partitioned
    assert [job.name for job in manifest.automation.jobs] == ["night", "days"], "those of schedules count"
    build_graph(manifest)


def test_a_sensor_says_what_it_looks_at_how_often_and_what_it_asks_for(write: Write, discover: Discover) -> None:
    write(
        "assets.py",
        ASSETS
        + """
    night = define_asset_job("night", selection="orders")


    @sensor(jobs=[night, define_asset_job("all", selection="total")], minimum_interval_seconds=60, description="Mail.")
    def inbox(context): ...


    @sensor(asset_selection=[total], default_status=DefaultSensorStatus.STOPPED)
    def asked(context): ...


    @asset_sensor(AssetKey("orders"), job_name="night")
    def on_orders(context, event): ...


    @multi_asset_sensor([AssetKey("orders"), AssetKey("total")])
    def on_several(context): ...


    @multi_asset_sensor(AssetSelection.all())
    def on_all(context): ...


    @run_failure_sensor(monitored_jobs=[night])
    def on_failure(context): ...


    conditions = AutomationConditionSensorDefinition("conditions", target="total")
    """,
    )
    found = sensors_of(discover())
    inbox = found["inbox"]
    assert (inbox.kind, inbox.jobs, name(inbox.assets)) == ("sensor", ("night", "all"), ["orders", "total"])
    assert (inbox.minimum_interval, inbox.status, inbox.description) == (60, "RUNNING", "Mail.")
    asked = found["asked"]
    assert (asked.selection, name(asked.assets), asked.status) == ('key:"total"', ["total"], "STOPPED")
    assert (found["on_orders"].kind, found["on_orders"].watches) == ("asset", ("orders",))
    assert (found["on_several"].kind, found["on_several"].watches) == ("multi_asset", ("orders", "total"))
    assert found["on_all"].watches == ("by_day", "orders", "total")
    assert (found["on_failure"].kind, found["on_failure"].watches) == ("run_status", ("night",))
    assert (found["conditions"].kind, name(found["conditions"].assets)) == ("automation_condition", ["total"])


def test_top_levels_containers_and_definitions_count_alike_and_each_object_once(
    write: Write, discover: Discover
) -> None:
    write("assets.py", ASSETS)
    write(
        "night.py",
        """
        from assetmake import *
        from assets import total

        night = define_asset_job("night", selection="orders")
        made = {"several": [define_asset_job(f"job_{number}", selection=[total]) for number in (1, 2)]}
        plain = define_asset_job("same", selection="orders")


        @definitions
        def defs():
            hidden = define_asset_job("hidden", selection="orders")
            return Definitions(jobs=[night, hidden, plain.with_metadata({"a": 1})], schedules=[at_night])


        at_night = ScheduleDefinition(job=night, cron_schedule="@daily")
        """,
    )
    write("again.py", "from night import *\n")
    manifest = discover_of(discover, write, ["assets.py", "night.py", "again.py"])
    assert sorted(jobs_of(manifest)) == ["hidden", "job_1", "job_2", "night", "same"]
    assert {record.module for record in manifest.automation.jobs} == {"night"}
    assert len(manifest.automation.jobs) == 5
    build_graph(manifest)


def discover_of(discover: Discover, write: Write, modules: list[str]) -> Manifest:
    write("assets.toml", f"[project]\nmodules = {modules}\n".replace("'", '"'))
    return discover()


def test_assets_that_only_a_schedule_is_given_are_of_the_project(write: Write, discover: Discover) -> None:
    write(
        "library/made.py",
        """
        from assetmake import asset


        @asset
        def made(): ...


        @asset
        def other(): ...
        """,
    )
    write(
        "assets.py",
        """
        from assetmake import *
        from library import made as library

        defs = Definitions(schedules=[ScheduleDefinition("at", target=library.made, cron_schedule="@daily")])
        look = SensorDefinition("look", evaluation_fn=print, target=[library.other])
        """,
    )
    manifest = discover()
    assert [str(record.key) for record in manifest.assets] == ["made", "other"]
    assert {record.module for record in manifest.assets} == {"assets"}
    assert name(schedules_of(manifest)["at"].assets) == ["made"]


def test_what_names_nothing_and_what_is_named_twice_is_wrong_where_it_stands(write: Write, discover: Discover) -> None:
    write(
        "assets.py",
        ASSETS
        + """
    night = define_asset_job("night", selection=["ordrs", "total"])
    twice = [define_asset_job("twice"), define_asset_job("twice")]
    at = ScheduleDefinition(job=night, cron_schedule="@daily")
    lost = ScheduleDefinition(name="lost", job_name="nigt", cron_schedule="@daily")
    undated = build_schedule_from_partitioned_job(define_asset_job("undated", selection="orders"))
    look = SensorDefinition("look", evaluation_fn=print, target=AssetSelection.keys("x"))
    weekly = define_asset_job("weekly", selection="by_day", partitions_def=WeeklyPartitionsDefinition("2026-01-01"))
    odd = define_asset_job("odd", config={"ops": {"total": {"config": {"limit": object()}}}})
    """,
    )
    lines = complain(discover()).splitlines()
    expected = [
        "assets.py:20: job night: AssetKey(s) ['ordrs'] were selected",
        "assets.py:21: job twice is defined twice; the other one is at assets.py:21",
        "assets.py:23: schedule lost: it asks for the job 'nigt', and there is no such job (did you mean night?)",
        "assets.py:24: schedule undated_schedule: Job 'undated' provided to build_schedule_from_partitioned_job",
        "assets.py:25: sensor look: AssetKey(s) ['x'] were selected",
        "assets.py:26: job weekly: Selected assets must have the same partitions definitions",
        "assets.py:27: job odd: its config is no plain data",
    ]
    assert len(lines) == len(expected)
    assert lines[0].endswith("(did you mean orders?)")
    for line, begin in zip(lines, expected, strict=True):
        assert line.startswith(begin)


def test_a_wrong_cron_expression_is_refused_where_it_stands(write: Write, discover: Discover) -> None:
    write("assets.py", ASSETS + '\n    at = ScheduleDefinition("at", target="orders", cron_schedule="0 2 * *")\n')
    assert complain(discover()).startswith("assets.py:20: schedule at: Found invalid cron schedule: '0 2 * *'")


def test_beside_a_module_that_does_not_import_nothing_is_wrong_with_what_may_be_in_it(
    write: Write, discover: Discover
) -> None:
    write("assets.py", ASSETS + '\n    night = define_asset_job("night", selection=["orders", "lost"])\n')
    write("broken.py", "1 / 0\n")
    manifest = discover_of(discover, write, ["assets.py", "broken.py"])
    graph = build_graph(manifest)
    assert graph.jobs["night"].problem.startswith("AssetKey(s) ['lost'] were selected")


def test_records_can_be_kept_and_read_again(write: Write, discover: Discover, tmp_path: Path) -> None:
    write(
        "assets.py",
        ASSETS
        + """
    night = define_asset_job("night", selection="by_day", tags={"a": "b"}, config={"ops": {}})
    latest = build_schedule_from_partitioned_job(night)
    look = SensorDefinition("look", evaluation_fn=print, target=[orders])
    """,
    )
    manifest = discover()
    write_kept(tmp_path / "kept", Kept(Inputs(salt=""), manifest), seal="x")
    kept = read_kept(tmp_path / "kept", seal="x", find=lambda: Manifest(code=CodeGraph()))
    assert kept is not None
    assert kept.manifest.automation == manifest.automation
    assert len(manifest.automation.jobs) == len(manifest.automation.schedules) == len(manifest.automation.sensors) == 1


def test_names_for_completion_are_those_of_assets_jobs_and_sets_of_partitions(write: Write, discover: Discover) -> None:
    write(
        "assets.py",
        """
        from assetmake import *

        customers = DynamicPartitionsDefinition(name="customers")
        shops = DynamicPartitionsDefinition(name="shops")


        @asset(partitions_def=MultiPartitionsDefinition({"c": customers, "s": shops}))
        def visits(): ...


        jobs = [define_asset_job("b"), define_asset_job("a")]
        """,
    )
    assert list_names(discover()) == {
        "names": ["visits"],
        "names-of-jobs": ["a", "b"],
        "names-of-partitions": ["customers", "shops"],
        "names-of-automations": [],
        "names-of-checks": [],
        "names-of-keys": [],
        "names-of-terms": ["file:assets.py", "group:default", "job:a", "job:b"],
    }


def test_a_schedule_is_kept_with_the_config_that_its_runs_get(write: Write, discover: Discover) -> None:
    write(
        "assets.py",
        ASSETS
        + """
    class Limits(Config):
        most: int = 3
        key: str = "k"


    given = RunConfig({"orders": Limits(most=4, key=EnvVar("KEY"))}, resources={"db": {"config": {"path": "x"}}})
    ops = {"orders": {"config": {"most": 4, "key": {"env": "KEY"}}}}
    at = ScheduleDefinition("at", target="orders", cron_schedule="@daily", run_config=given)
    same = ScheduleDefinition("same", target="orders", cron_schedule="@daily", run_config={"ops": ops})
    """,
    )
    manifest = discover()
    build_graph(manifest)
    ops = {"orders": {"config": {"most": 4, "key": {"env": "KEY"}}}}
    kept = schedules_of(manifest)
    assert kept["at"].config == {"ops": ops, "resources": {"db": {"config": {"path": "x"}}}}
    assert kept["same"].config == {"ops": ops}
