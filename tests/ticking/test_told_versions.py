"""asset_events of sensors: what is told of assets that others make makes stale what reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ticker import Ticker

from assetmake.planning.prepared import PlanView
from assetmake.storage.state import StateFile
from assetmake.ticking.deciding import decide
from assetmake.ticking.decision import Answer

PROJECT = """
    days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")
    orders = AssetSpec("orders")
    visits = AssetSpec("visits", partitions_def=days)
    letters = FileSource("letters", "letters.txt")
    telling: list[object] = []
    asking: list[object] = []


    @observable_source_asset
    def looked_at() -> DataVersion:
        return DataVersion("1")


    @asset(deps=["orders"])
    def report() -> int:
        return 1


    @asset(partitions_def=days, deps=["visits"])
    def daily() -> int:
        return 1


    @sensor(minimum_interval_seconds=0, target="report")
    def teller(context):
        return SensorResult(asset_events=list(telling), run_requests=list(asking), cursor=str(len(telling)))
"""
_HOUR = "2026-01-05T12:{:02}"


def find_stale(project: Ticker) -> list[str]:
    view: PlanView = project.sandbox.plan("report", "daily")
    return [
        f"{key}@{view.scope.definitions[key].key_of(part)}" if view.scope.definitions[key] else str(key)
        for key, verdicts in view.plan
        for part in verdicts.parts
    ]


def test_another_version_makes_stale_what_reads_it(tmp_path: Path) -> None:
    with Ticker(tmp_path, PROJECT) as project:
        module = project.module
        project.sandbox.build("report", "daily")
        assert project.tick(_HOUR.format(0)).reason("teller") == "Sensor function returned an empty result"
        assert find_stale(project) == []
        module.telling[:] = [module.AssetObservation("orders", tags={"dagster/data_version": "7"})]
        told = project.tick(_HOUR.format(1))
        assert told.answer("teller") is Answer.NOT_DUE
        assert told.reason("teller") == "it tells that orders was seen (version 7)"
        assert find_stale(project) == ["report"]
        project.sandbox.build("report")
        project.tick(_HOUR.format(2))
        assert find_stale(project) == [], "the same version"
        module.telling[:] = [module.AssetMaterialization("orders", tags={"dagster/data_version": "8"})]
        project.tick(_HOUR.format(3))
        explained = project.project.explain(module.report.key, None)
        assert [each.versions for each in explained.upstream] == [("7", "8")]


def test_what_was_made_without_a_version_is_new_each_time(tmp_path: Path) -> None:
    with Ticker(tmp_path, PROJECT) as project:
        module = project.module
        project.sandbox.build("report", "daily")
        module.telling[:] = [module.AssetMaterialization("visits", partition="2026-01-02")]
        project.tick(_HOUR.format(0))
        assert find_stale(project) == ["daily@2026-01-02"]
        project.sandbox.build("daily")
        project.tick(_HOUR.format(1))
        assert find_stale(project) == ["daily@2026-01-02"]


def test_of_all_partitions_and_of_one_what_was_told_last_counts(tmp_path: Path) -> None:
    version = {"dagster/data_version": "a"}
    with Ticker(tmp_path, PROJECT) as project:
        module = project.module
        whole = module.AssetObservation("visits", tags=version)
        one = module.AssetObservation("visits", partition="2026-01-02", tags={"dagster/data_version": "b"})
        module.telling[:] = [one, whole]
        project.tick(_HOUR.format(0))
        project.sandbox.build("daily")
        module.telling[:] = [whole, one]
        project.tick(_HOUR.format(1))
        assert find_stale(project) == ["report", "daily@2026-01-02"]
        module.telling[:] = [one, whole, one, whole]
        project.tick(_HOUR.format(2))
        assert find_stale(project) == ["report"]


def test_what_it_asks_for_is_built_from_what_it_told(tmp_path: Path) -> None:
    with Ticker(tmp_path, PROJECT) as project:
        module = project.module
        project.sandbox.build("report")
        module.telling[:] = [module.AssetMaterialization("orders")]
        module.asking[:] = [module.RunRequest()]
        assert project.tick(_HOUR.format(0)).ran == ["report"]
        assert find_stale(project) == ["daily@2026-01-01", "daily@2026-01-02", "daily@2026-01-03"]


WATCHING = """
    orders = AssetSpec("orders")
    kinds = DynamicPartitionsDefinition(name="kinds")
    telling: list[object] = []
    adding: list[str] = []


    @asset(deps=["orders"], automation_condition=AutomationCondition.eager())
    def report() -> int:
        return 1


    @asset(partitions_def=kinds, automation_condition=AutomationCondition.missing())
    def by_kind() -> int:
        return 1


    @sensor(minimum_interval_seconds=0, target="report")
    def teller(context):
        changes = [kinds.build_add_request(adding)] if adding else []
        return SensorResult(asset_events=list(telling), dynamic_partitions_requests=changes)
"""


def test_a_condition_sees_on_the_same_tick_what_a_sensor_tells(tmp_path: Path) -> None:
    with Ticker(tmp_path, WATCHING) as project:
        module = project.module
        project.sandbox.build("report")
        assert project.tick(_HOUR.format(0)).ran == []
        module.telling[:] = [module.AssetObservation("orders", tags={"dagster/data_version": "7"})]

        told = project.tick(_HOUR.format(1))

        assert told.reason("report") == "orders has changed"
        assert told.ran == ["report"]
        assert project.tick(_HOUR.format(2)).ran == [], "it is told again, and is seen once"


def test_a_condition_sees_on_the_same_tick_which_partitions_a_sensor_adds(tmp_path: Path) -> None:
    with Ticker(tmp_path, WATCHING) as project:
        project.module.adding[:] = ["a"]

        assert project.tick(_HOUR.format(0)).ran == ["by_kind@a"]
        assert project.tick(_HOUR.format(1)).ran == []


def test_a_dry_run_says_the_same_and_keeps_nothing(tmp_path: Path) -> None:
    with Ticker(tmp_path, WATCHING) as project:
        module = project.module
        project.sandbox.build("report")
        project.tick(_HOUR.format(0))
        module.telling[:] = [module.AssetObservation("orders", tags={"dagster/data_version": "7"})]
        module.adding[:] = ["a"]

        tried = project.decide(_HOUR.format(1), write=False)

        asked = {each.name: each.answer for each in tried if each.answer is Answer.DUE}
        assert asked == {"report": Answer.DUE, "by_kind": Answer.DUE}
        assert project.sandbox.plan("report").plan.is_idle
        assert sorted(project.tick(_HOUR.format(1)).ran) == ["by_kind@a", "report"]


def test_a_dry_run_of_a_project_that_was_never_built_leaves_no_state(tmp_path: Path) -> None:
    with Ticker(tmp_path, WATCHING) as project:
        module = project.module
        module.telling[:] = [module.AssetObservation("orders", tags={"dagster/data_version": "7"})]
        file = tmp_path / "state.duckdb"
        kept = replace(project.project, state=StateFile(file), state_file=file)

        decided = decide(kept, project.ask, now=datetime(2026, 1, 5, tzinfo=UTC), write=False)

        assert [each.sightings for each in decided if each.name == "teller"] != [()]
        assert not file.exists()


@pytest.mark.parametrize(
    ("key", "arguments", "why"),
    [
        ("report", {}, "the project makes it, and what a build makes is recorded by it"),
        ("ordres", {}, "the project has no such asset; declare it with AssetSpec"),
        ("letters", {}, "it is a FileSource, whose files are looked at"),
        ("looked_at", {}, "a function of the project observes it"),
        ("orders", {"partition": "2026-01-02"}, "it has no partitions"),
        ("orders", {}, "it has no data version"),
    ],
)
def test_what_is_not_kept_is_told(tmp_path: Path, key: str, arguments: dict[str, str], why: str) -> None:
    with Ticker(tmp_path, PROJECT) as project:
        module = project.module
        module.telling[:] = [module.AssetObservation(key, **arguments)]
        told = project.tick(_HOUR.format(0)).find("teller")
        assert told.detail == (f"what it tells of {key} is not kept: {why}",)
        assert told.sightings == ()
        assert told.reason == "what it tells is not kept"


def test_an_evaluation_of_a_check_is_no_sighting(tmp_path: Path) -> None:
    with Ticker(tmp_path, PROJECT) as project:
        module = project.module
        module.telling[:] = [module.AssetCheckEvaluation(asset_key="orders", check_name="good", passed=True)]
        told = project.tick(_HOUR.format(0)).find("teller")
        assert told.detail == ("evaluations of checks in asset_events are not kept: only a build makes checks",)
