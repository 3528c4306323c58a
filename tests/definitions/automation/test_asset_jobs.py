"""Jobs: their selection, their partitions, and requests for them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assetmake import (
    AssetSelection,
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    RunRequest,
    StaticPartitionsDefinition,
    asset,
    build_schedule_from_partitioned_job,
    define_asset_job,
)
from assetmake.errors import DefinitionError, InvariantError, SelectionError, UnknownPartitionError

DAYS = DailyPartitionsDefinition("2024-01-01")


@asset(partitions_def=DAYS)
def raw() -> int:
    return 1


@asset(partitions_def=DAYS)
def clean(raw: int) -> int:
    return raw


@asset
def total(clean: int) -> int:
    return clean


@asset(partitions_def=HourlyPartitionsDefinition("2024-01-01-00:00"))
def ticks() -> int:
    return 1


ALL = [raw, clean, total, ticks]


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (None, "clean raw ticks total"),
        ("raw*", "clean raw total"),
        (["raw", ticks], "raw ticks"),
        ([clean], "clean"),
        (AssetSelection.all() - AssetSelection.assets(ticks), "clean raw total"),
    ],
)
def test_a_selection_comes_in_any_form(selection: object, names: str) -> None:
    job = define_asset_job("job", selection, partitions_def=None)
    assert " ".join(sorted(map(str, job.selection.resolve(ALL)))) == names


def test_its_partitions_are_those_that_its_assets_share() -> None:
    assert define_asset_job("j", "raw*").select(ALL).partitions_def == DAYS
    assert define_asset_job("j", "total").select(ALL).partitions_def is None
    assert define_asset_job("j", "total", partitions_def=DAYS).select(ALL).partitions_def == DAYS
    with pytest.raises(DefinitionError, match="Selected assets must have the same partitions definitions"):
        define_asset_job("j").select(ALL)
    with pytest.raises(DefinitionError, match=r"job j has .*Static.* and asset raw has .*Daily"):
        define_asset_job("j", [raw], partitions_def=StaticPartitionsDefinition(["a"])).select(ALL)


def test_a_selection_of_nothing_that_exists_names_the_job() -> None:
    with pytest.raises(SelectionError, match=r'asset job "nightly".*totl') as caught:
        define_asset_job("nightly", "totl").select(ALL)
    assert "total" in caught.value.hint


def test_a_request_for_a_partition_has_its_tag_and_the_config_of_the_job() -> None:
    job = define_asset_job("j", "raw", config={"ops": {"raw": {"config": {"a": 1}}}}, partitions_def=DAYS)
    request = job.run_request_for_partition("2024-01-02", run_key="k", tags={"a": "b"})
    assert request == RunRequest(
        "k",
        {"ops": {"raw": {"config": {"a": 1}}}},
        {"a": "b", "dagster/partition": "2024-01-02"},
        job_name="j",
        partition_key="2024-01-02",
    )
    with pytest.raises(UnknownPartitionError):
        job.run_request_for_partition("2024-01-02", current_time=datetime(2024, 1, 2, 12, tzinfo=UTC))
    with pytest.raises(InvariantError, match="non-partitioned"):
        define_asset_job("j").run_request_for_partition("2024-01-02")


def test_tags_describe_the_job_and_its_runs_unless_these_have_their_own() -> None:
    assert define_asset_job("j", tags={"a": ["b"]}).run_tags == {"a": '["b"]'}
    assert define_asset_job("j", tags={"a": "b"}, run_tags={"c": "d"}).run_tags == {"c": "d"}
    assert define_asset_job("j", metadata={"a": 1}).with_metadata({}).metadata == {}


def test_declarations_can_be_kept_in_sets() -> None:
    job = define_asset_job("j", tags={"a": "b"})
    schedule = build_schedule_from_partitioned_job(job)
    assert len({job, schedule, job, schedule, define_asset_job("j", tags={"a": "b"})}) == 3


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"name": "a b"}, "not a valid name of a job"),
        ({"name": "j", "hooks": {len}}, "no hooks"),
        ({"name": "j", "config": 3}, "job j: config is a RunConfig or a dict"),
        ({"name": "j", "tags": {1: "a"}}, "a tag is called by a text"),
        ({"name": "j", "owners": ["team:"]}, "Team name cannot be empty"),
        ({"name": "j", "selection": 3}, "selection argument must be"),
    ],
)
def test_wrong_jobs_are_told_at_once(options: dict[str, object], problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        define_asset_job(**options)  # type: ignore[arg-type]
