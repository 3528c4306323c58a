"""The recipes under examples/: each is built in this process, what is special on the command line there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from assetmake.discovery.loader import uninstall
from assetmake.testing import ProjectSandbox
from fresh import FRAMES, FreshProcesses, start_fresh

RECIPES = Path(__file__).parent.parent / "examples" / "recipes"

pytestmark = pytest.mark.skipif(find_spec("pandas") is None, reason="the examples extra is not installed: no pandas")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a build of a recipe comes to: what runs, in order, what then stands, what checks found."""

    ran: list[str]
    values: Mapping[str, Any]
    selection: tuple[str, ...] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()


EXPORTS = ["warehouse_export", *(f"{table}_export" for table in ("users", "orders", "items", "taxes"))]
BUILT: dict[str, Recipe] = {
    "asset_checks": Recipe(
        ["clean_users", "clean_users:no_null_names"],
        {"clean_users": [{"id": 1, "name": "alice"}]},
        checks={"clean_users:no_null_names": "passed"},
    ),
    "code_locations": Recipe(["sales", "sold"], {"sold": 7}, broken=("other_pipelines",)),
    "concurrency_limits": Recipe(EXPORTS, {"users_export": "exported users"}),
    "daily_partitions": Recipe(
        ["daily_events@2026-01-15"], {"daily_events@2026-01-15": 42}, ("daily_events@2026-01-15",)
    ),
    "environments": Recipe(["orders"], {"orders": [f"https://test.shop.example/orders/{number}" for number in (1, 2)]}),
    "large_data": Recipe(["large_table", "large_total"], {"large_total": sum(range(1000))}),
    "multi_asset": Recipe(
        ["users", "orders", "order_count"],
        {"users": [{"type": "user", "id": 1}], "order_count": 2},
    ),
    "ops_to_assets": Recipe(["raw_xs", "doubled_xs"], {"doubled_xs": [2, 4, 6]}),
    "renamed_keys": Recipe(["analytics/users"], {"analytics/users": ["alice", "bob"]}),
    "repository_to_definitions": Recipe(["report"], {"report": "all is well"}),
    "retries": Recipe(["rates"] * 3, {"rates": {"EUR": 1.0, "CHF": 0.93}}),
    "scheduled": Recipe(
        [*(f"daily_totals@2026-01-0{day}" for day in (1, 2, 3)), "summary"],
        {"summary": 3, "daily_totals@2026-01-02": "2026-01-02"},
    ),
    "sensor": Recipe(
        ["daily_drops@2026-01-02"], {"daily_drops@2026-01-02": "2026-01-02.csv"}, ("daily_drops@2026-01-02",)
    ),
    "sensor_cadence": Recipe(
        ["quick_events@2026-01-15"], {"quick_events@2026-01-15": 42}, ("quick_events@2026-01-15",)
    ),
    "testing": Recipe(
        ["raw_users", "clean_users", "user_count", "queried_users"],
        {"user_count": 2, "queried_users": [{"id": 1, "name": "alice"}]},
        ("user_count", "queried_users"),
    ),
    "typed_dependencies": Recipe(
        ["raw_users", "clean_users", "user_count"],
        {"clean_users": [{"id": 1, "name": "Alice"}, {"id": 2, "name": "Bob"}], "user_count": 2},
    ),
}


def read(project: ProjectSandbox, node: str) -> Any:
    """Return what stands of a node, in plain form."""
    asset, _, key = node.partition("@")
    value = project.value(asset, partition_key=key or None)
    return value.to_dict("records") if hasattr(value, "to_dict") else value


def copy(recipe: str, folder: Path) -> Path:
    return Path(shutil.copytree(RECIPES / recipe, folder / recipe, ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture(autouse=True)
def nothing_imported() -> None:
    """Forget modules of other tests, which may have the names of these."""
    uninstall()


@pytest.mark.parametrize("name", BUILT)
def test_a_recipe_is_built_once(name: str, tmp_path: Path) -> None:
    recipe = BUILT[name]
    with ProjectSandbox(copy(name, tmp_path), place=tmp_path / "place") as project:
        first = project.build(*recipe.selection)
        assert first.failures == []
        assert first.ran == recipe.ran
        assert first.checks == recipe.checks
        assert tuple(project.broken) == recipe.broken
        assert {node: read(project, node) for node in recipe.values} == recipe.values
        assert project.build(*recipe.selection).ran == []


def test_every_recipe_is_built_here() -> None:
    assert sorted(each.parent.name for each in RECIPES.glob("*/assets.toml")) == sorted(BUILT)


def test_the_tests_of_all_recipes_pass(tmp_path: Path) -> None:
    python = start_fresh(*FRAMES).install(tmp_path, "python")
    command = [str(python), "-m", "pytest", "-q", "-n0", "-c", os.devnull, "--rootdir", str(RECIPES)]
    command += ["-p", "assetmake.pytest_plugin", "-p", "no:cacheprovider", f"--basetemp={tmp_path}/t", str(RECIPES)]
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    missing = [each.name for each in RECIPES.glob("*/assets.toml") if not list(each.parent.glob("test_*.py"))]
    assert missing == []


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(fresh: FreshProcesses, tmp_path: Path) -> Iterator[Run]:
    """The command line, in copies of recipes."""

    def run_there(recipe: str, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        root = tmp_path / recipe
        if not root.exists():
            copy(recipe, tmp_path)
        done = fresh.run(root, *arguments, env={})
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return run_there


def test_a_module_that_does_not_import_is_told_and_the_others_are_built(run: Run) -> None:
    done = run("code_locations", "build", status=1)
    assert "a_library_that_is_not_installed" in done.stderr
    assert "BUILT=2" in done.stdout


def test_a_check_that_fails_ends_the_build_with_one(run: Run, tmp_path: Path) -> None:
    file = copy("asset_checks", tmp_path) / "checked_users.py"
    file.write_text(file.read_text().replace('"alice"', "None"))
    done = run("asset_checks", "build", status=1)
    assert "null_count=1" in done.stdout + done.stderr
    assert "CHECKS=0/1" in done.stdout


def test_each_environment_has_its_own_outputs(run: Run, tmp_path: Path) -> None:
    run("environments", "build")
    run("environments", "build", "--env", "prod")
    folder = tmp_path / "environments"
    assert json.loads((folder / "data/orders.json").read_text())[0] == "https://test.shop.example/orders/1"
    assert json.loads((folder / "prod/data/orders.json").read_text())[0] == "https://shop.example/orders/1"
    assert run("environments", "build").stdout.startswith("up to date: 1 asset")


@pytest.mark.parametrize("by_hand", [True, False], ids=["mv", "aliases"])
def test_a_renamed_asset_is_not_built_again(run: Run, tmp_path: Path, *, by_hand: bool) -> None:
    file = copy("renamed_keys", tmp_path) / "analytics.py"
    new = file.read_text()
    declared = '@asset(key=AssetKey(["analytics", "users"]), aliases=["users"])'
    assert declared in new
    file.write_text(new.replace(declared, "@asset"))
    assert "BUILT=1" in run("renamed_keys", "build").stdout
    file.write_text(new.replace(', aliases=["users"]', "") if by_hand else new)
    if by_hand:
        run("renamed_keys", "mv", "users", "analytics/users")
    assert run("renamed_keys", "build").stdout.startswith("up to date: 1 asset")


def test_an_op_is_refused_with_what_to_write_instead(run: Run, tmp_path: Path) -> None:
    config = copy("ops_to_assets", tmp_path) / "assets.toml"
    config.write_text(config.read_text().replace("after", "before"))
    done = run("ops_to_assets", "build", status=2)
    assert "before.py:6" in done.stderr
    assert "@asset" in done.stderr


def test_a_job_builds_what_it_selects(run: Run) -> None:
    assert "BUILT=3" in run("scheduled", "build", "--job", "daily_job").stdout


def test_schedules_and_sensors_are_listed(run: Run) -> None:
    assert "s3_drop_sensor" in run("sensor", "list", "--sensors").stdout
    assert "10" in run("sensor_cadence", "list", "--sensors").stdout
    assert "0 3 * * *" in run("repository_to_definitions", "list", "--schedules").stdout
    assert "daily_job" in run("scheduled", "list", "--schedules").stdout
