"""Definitions that cannot work are told of together, each with its place, before anything starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assetmake import DailyPartitionsDefinition, HourlyPartitionsDefinition, TimeWindowPartitionsDefinition, asset
from assetmake.definitions.file_partitions import FilePartitionsDefinition
from assetmake.discovery.collect import describe_assets
from assetmake.errors import DefinitionError, UnknownPartitionError, UsageError
from assetmake.graph.asset_graph import build_graph
from assetmake.graph.key_rules import KeyRange
from assetmake.graph.targets import resolve_rules

BROKEN = """
from assetmake import asset, DailyPartitionsDefinition, RetryPolicy

@asset(tags=["x"])
def one() -> int:
    return 1

days = DailyPartitionsDefinition("2020-99-01")

@asset(partitions_def=days)
def of_no_days() -> int:
    return 1

@asset(owners="me")
def last() -> int:
    return 1

policy = RetryPolicy(max_retries=-1)
"""
GOOD = """
from assetmake import asset

@asset(io_manager_key="parquett")
def two() -> int:
    return 2
"""


@pytest.mark.parametrize(
    "definition",
    [
        TimeWindowPartitionsDefinition(start="2026-01-01", fmt="%Y-%m-%d", cron_schedule="0 */6 * * *"),
        HourlyPartitionsDefinition("2026-01-01-00:00", fmt="%Y-%m-%d"),
        DailyPartitionsDefinition("2026-01", fmt="%Y-%m"),
    ],
)
def test_a_format_that_gives_two_windows_one_key_is_refused(definition: TimeWindowPartitionsDefinition) -> None:
    @asset(partitions_def=definition)
    def windows() -> int:
        return 1

    with pytest.raises(DefinitionError, match="asset windows: This partition set contains multiple time ranges"):
        build_graph(describe_assets([windows]))


def test_what_is_wrong_in_several_modules_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "assets.toml").write_text("[project]\n")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/broken.py").write_text(BROKEN)
    (tmp_path / "assets/good.py").write_text(GOOD)
    done = subprocess.run(
        [sys.executable, "-m", "assetmake", "build"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "assets/broken.py:4: asset one: tags is a dict" in done.stderr
    assert "assets/broken.py:8: " in done.stderr
    assert "2020-99-01" in done.stderr
    assert "assets/broken.py:14: asset last: owners is a list" in done.stderr
    assert "of_no_days" not in done.stderr
    assert "assets/broken.py:18: RetryPolicy" in done.stderr
    assert "assets/good.py:4: asset two: there is no IO manager 'parquett'" in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "options",
    [{"owners": "me"}, {"kinds": "x"}, {"deps": "orders"}, {"tags": ["x"]}, {"group_name": 3}, {"timeout": "5"}],
    ids=str,
)
def test_a_text_in_the_place_of_a_list_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(DefinitionError, match=next(iter(options))):
        asset(**options)(lambda: 1)


def test_a_range_of_keys_that_files_define_goes_by_their_order() -> None:
    found = FilePartitionsDefinition("inbox").resolve(["2026-03-04", "2026-03-01", "2026-03-02"])
    now = DailyPartitionsDefinition("2026-01-01").time_window_for_partition_key("2026-01-01").start

    def keys(start: str | None, end: str | None) -> list[str]:
        parts = resolve_rules(found, [KeyRange(start, end)], current_time=now).parts
        return [found.key_of(part) for part in parts or ()]

    assert keys("2026-03-02", "2026-03-03") == ["2026-03-02"]
    assert keys("2026-03", None) == ["2026-03-01", "2026-03-02", "2026-03-04"]
    with pytest.raises(UnknownPartitionError, match="no partition"):
        keys("2026-04-01", None)
    with pytest.raises(UsageError, match="comes after"):
        keys("2026-03-04", "2026-03-01")


def test_windows_that_end_before_they_begin_are_refused() -> None:
    @asset(partitions_def=DailyPartitionsDefinition("2026-01-02", end_date="2026-01-01"))
    def never() -> int:
        return 1

    with pytest.raises(DefinitionError, match="start_date 2026-01-02 is after end_date 2026-01-01"):
        build_graph(describe_assets([never]))
