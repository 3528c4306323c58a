"""Ticks that nobody watches, from the command line: conditions, lateness, and whom they tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from real_project import RealProject

CONFIG = '[notify]\ncommand = "cat >> told; echo >> told"\n'
SHOP = """
    from datetime import timedelta
    from pathlib import Path

    from assetmake import AutomationCondition, FileSource, FreshnessPolicy, asset

    orders = FileSource("orders", "orders.txt")

    @asset(
        automation_condition=AutomationCondition.eager(),
        freshness_policy=FreshnessPolicy.time_window(timedelta(hours=24)),
    )
    def revenue(orders: Path) -> int:
        return sum(map(int, orders.read_text().split()))
"""


@pytest.fixture
def project(tmp_path: Path) -> RealProject:
    project = RealProject(tmp_path)
    project.write(SHOP, config=CONFIG)
    (tmp_path / "orders.txt").write_text("1 2")
    return project


def tick(project: RealProject, time: str, *, status: int = 0) -> list[str]:
    return project.run("tick", "--at", f"2038-01-{time}", status=status).stdout.splitlines()


def read_told(project: RealProject) -> list[dict[str, Any]]:
    file = project.folder / "told"
    lines = file.read_text().split("\n") if file.exists() else []
    file.unlink(missing_ok=True)
    return [json.loads(line) for line in lines if line]


def test_a_change_a_failure_and_its_end_are_built_and_told(project: RealProject) -> None:
    assert tick(project, "05T06:00")[0].startswith("nothing due: 1 condition, 1 freshness rule")
    (project.folder / "orders.txt").write_text("1 2 x")
    asked = tick(project, "05T06:10", status=1)
    assert asked[:2] == ["due      condition revenue  orders has changed", "         -> revenue"]
    (failure,) = read_told(project)
    assert (failure["event"], failure["failed"][0]["asset"]) == ("failure", "revenue")
    assert failure["failed"][0]["message"].startswith("ValueError: invalid literal")

    assert tick(project, "05T06:20")[0].startswith("nothing due"), "it failed, and nothing has changed"
    assert read_told(project) == []
    (project.folder / "orders.txt").write_text("1 2 4")
    assert tick(project, "05T06:30")[-1].startswith("Done. BUILT=1 ")
    assert [told["event"] for told in read_told(project)] == ["recovery"]

    late = tick(project, "06T06:40")
    assert late[0].startswith("late     freshness revenue  late since 2038-01-06 06:30 UTC: it was built ")
    assert [told["event"] for told in read_told(project)] == ["late"]
    (project.folder / "orders.txt").write_text("1 2 5")
    tick(project, "06T06:50")
    tick(project, "06T07:00")
    assert [told["event"] for told in read_told(project)] == ["recovery"]


def test_a_dry_run_keeps_nothing_and_the_same_tick_again_does_nothing(project: RealProject) -> None:
    tick(project, "05T06:00")
    (project.folder / "orders.txt").write_text("1 2 4")
    for _ in range(2):
        assert "orders has changed" in project.run("tick", "--at", "2038-01-05T06:10", "--dry-run").stdout

    assert tick(project, "05T06:10")[-1].startswith("Done. BUILT=1 ")
    assert tick(project, "05T06:10")[0].startswith("nothing due")


OBSERVED = """
    from pathlib import Path

    from assetmake import AutomationCondition, DataVersion, asset, observable_source_asset

    @observable_source_asset
    def orders():
        return DataVersion(Path("orders.txt").read_text())

    @asset(deps=[orders], automation_condition=AutomationCondition.eager())
    def revenue() -> int:
        return len(Path("orders.txt").read_text())

    @observable_source_asset
    def nobodys():
        raise ValueError("nobody reads it")
"""


def test_a_source_that_a_function_observes_is_looked_at_before_conditions_are(project: RealProject) -> None:
    project.write(OBSERVED)
    assert tick(project, "05T06:00")[0].startswith("nothing due")
    (project.folder / "orders.txt").write_text("1 2 4")
    assert tick(project, "05T06:10")[:2] == ["due      condition revenue  orders has changed", "         -> revenue"]
    (project.folder / "orders.txt").unlink()
    failed = project.run("tick", "--at", "2038-01-05T06:20")
    assert failed.stdout.startswith("nothing due")
    assert "warning: source orders could not be observed: FileNotFoundError" in failed.stderr
    assert "nobodys" not in failed.stderr
