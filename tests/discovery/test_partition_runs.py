"""What a job makes of the partition that a command is for: the config of its assets, and the tags of the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from assetmake.discovery.automation_records import JobRecord
from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.launch import Launch
from assetmake.discovery.loader import uninstall
from assetmake.discovery.manifest import Manifest
from assetmake.errors import AssetmakeError, RunConfigError

Write = Callable[..., None]
Run = Callable[..., Manifest]
PROJECT = """
    from datetime import datetime
    from assetmake import *

    days = DailyPartitionsDefinition("2026-01-01")

    class Limit(Config):
        limit: int = 0

    @asset(partitions_def=days)
    def daily(config: Limit) -> int:
        return config.limit

    @asset(partitions_def=StaticPartitionsDefinition(["eu", "us"]))
    def region(config: Limit) -> int:
        return config.limit

    @asset(partitions_def=DynamicPartitionsDefinition(name="shops"))
    def shop(config: Limit) -> int:
        return config.limit

    @daily_partitioned_config(datetime(2026, 1, 1), tags_for_partition_fn=lambda start, end: {"to": f"{end:%d}"})
    def by_day(start, end):
        return {"ops": {"daily": {"config": {"limit": start.day}}}}

    @static_partitioned_config(["eu", "us"], tags_for_partition_key_fn=lambda key: {"n": 1})
    def by_region(key):
        return RunConfig(ops={"region": Limit(limit={"eu": 7}[key])})

    @partitioned_config(DynamicPartitionsDefinition(name="shops"))
    def by_shop(key):
        return {"ops": {"shop": {"config": {"limit": len(key)}}}}

    @dynamic_partitioned_config(lambda time: ["a", "b"])
    def empty(key):
        return {}

    daily_job = define_asset_job("daily_job", "daily", config=by_day, run_tags={"to": "?", "team": "data"})
    regional = define_asset_job("regional", "region", config=by_region)
    shops = define_asset_job("shops", "shop", config=by_shop)
    odd = define_asset_job("odd", AssetSelection.groups("none"), config=empty)
    @static_partitioned_config(["eu", "us"])
    def misspelt(key):
        return {"ops": {"regoin": {"config": {"limit": 1}}}}

    wrong = define_asset_job("wrong", "region", config=misspelt)
"""


@pytest.fixture
def run(root: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Discover the project for a partition of a job, as a command does."""
    monkeypatch.delenv("ASSETMAKE_ENV", raising=False)
    write("assets.py", PROJECT)

    def discover(job: str = "", partition: str = "", **given: Any) -> Manifest:
        uninstall()
        place = f"job {job}@{partition} (assets.py:1)" if job else ""
        launch = Launch(job=place, job_name=job, partition=partition, **given)
        return build_manifest(root, load_config(root), launch=launch)

    yield discover
    uninstall()


def config_of(manifest: Manifest, asset: str) -> str:
    return next(record.fingerprint.config for record in manifest.assets if str(record.key) == asset)


def find_job(manifest: Manifest, name: str) -> JobRecord:
    return next(job for job in manifest.automation.jobs if job.name == name)


@pytest.mark.parametrize(
    ("job", "key", "launched"),
    [
        ("daily_job", "2026-01-05", {"daily": {"config": {"limit": 5}}}),
        ("regional", "eu", {"region": {"config": {"limit": 7}}}),
        ("shops", "corner", {"shop": {"config": {"limit": 6}}}),
    ],
)
def test_the_partition_decides_the_config(run: Run, job: str, key: str, launched: Mapping[str, Any]) -> None:
    manifest = run(job, key)

    assert manifest.launched["ops"] == launched
    assert find_job(manifest, job).config == {"ops": launched}


def test_it_counts_in_the_fingerprints_of_what_it_is_for_and_of_nothing_else(run: Run) -> None:
    fifth, sixth, words = (
        run("daily_job", "2026-01-05"),
        run("daily_job", "2026-01-06"),
        run(texts=("daily.limit=5",)),
    )

    assert config_of(fifth, "daily") != config_of(sixth, "daily")
    assert config_of(fifth, "daily") == config_of(words, "daily")
    assert config_of(fifth, "region") == config_of(sixth, "region")


def test_what_the_command_is_given_is_laid_over_it(run: Run) -> None:
    assert run("daily_job", "2026-01-05", texts=("daily.limit=9",)).launched["ops"] == {
        "daily": {"config": {"limit": 9}}
    }


def test_tags_of_the_partition_are_those_of_the_run(run: Run) -> None:
    assert find_job(run("daily_job", "2026-01-05"), "daily_job").run_tags == {"to": "06", "team": "data"}
    assert find_job(run("regional", "eu"), "regional").run_tags == {"n": "1"}


def test_one_that_makes_no_config_is_for_its_partition_all_the_same(run: Run) -> None:
    assert find_job(run("odd", "b"), "odd").config == {}


@pytest.mark.parametrize(
    ("job", "key", "said"),
    [
        ("regional", "us", "job regional@us (assets.py:1): its config cannot be made: KeyError: 'us' (assets.py:27)"),
        ("regional", "as", "job regional@as (assets.py:1): unknown partition key 'as'"),
        ("daily_job", "2025-12-31", "job daily_job@2025-12-31 (assets.py:1): "),
        ("wrong", "eu", "job wrong@eu (assets.py:1): there is no asset regoin"),
    ],
)
def test_what_cannot_be_made_is_told(run: Run, job: str, key: str, said: str) -> None:
    with pytest.raises(AssetmakeError) as caught:
        run(job, key)

    assert isinstance(caught.value, RunConfigError)
    assert caught.value.message.startswith(said)
