"""PartitionedConfig: a job's config is made of the partition that runs."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake import (
    AssetExecutionContext,
    Definitions,
    StaticPartitionsDefinition,
    asset,
    daily_partitioned_config,
    define_asset_job,
    static_partitioned_config,
)
from assetmake.errors import InvariantError, UnknownPartitionError

REGIONS = StaticPartitionsDefinition(["eu", "us"])


def configure(value: str) -> dict[str, Any]:
    return {"ops": {"orders": {"config": {"said": value}}}}


def test_a_run_is_configured_by_its_partition() -> None:
    @asset(partitions_def=REGIONS, config_schema={"said": str})
    def orders(context: AssetExecutionContext) -> str:
        return str(context.op_config["said"])

    by_region = static_partitioned_config(["eu", "us"])(lambda key: configure(key.upper()))
    declared = define_asset_job("regional", config=by_region)
    job = Definitions(assets=[orders], jobs=[declared]).resolve_job_def("regional")

    assert job.execute_in_process(partition_key="us").output_for_node("orders") == "US"
    assert declared.run_request_for_partition("eu").run_config == configure("EU")
    with pytest.raises(InvariantError, match="made of a partition"):
        job.execute_in_process()


def test_a_window_is_told_by_its_start_and_end() -> None:
    @daily_partitioned_config(
        "2026-01-01", hour_offset=3, tags_for_partition_fn=lambda start, _: {"year": str(start.year)}
    )
    def by_day(start: Any, end: Any) -> dict[str, Any]:
        return configure(f"{start:%d-%H}/{end:%d-%H}")

    assert by_day.get_run_config_for_partition_key("2026-01-02") == configure("02-03/03-03")
    assert by_day.get_tags_for_partition_key("2026-01-02") == {"year": "2026"}
    assert by_day(start=by_day.partitions_def.start, end=by_day.partitions_def.start) == configure("01-00/01-00")
    with pytest.raises(UnknownPartitionError):
        by_day.get_run_config_for_partition_key("2025-01-02")
