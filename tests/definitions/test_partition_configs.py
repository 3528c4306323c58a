"""Config that is made of the partition which runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from assetmake import (
    PartitionedConfig,
    StaticPartitionsDefinition,
    build_schedule_context,
    build_schedule_from_partitioned_job,
    daily_partitioned_config,
    define_asset_job,
    dynamic_partitioned_config,
    hourly_partitioned_config,
    monthly_partitioned_config,
    partitioned_config,
    static_partitioned_config,
    weekly_partitioned_config,
)
from assetmake.errors import InvariantError

REGIONS = StaticPartitionsDefinition(["eu", "us"])


def configure(key: str) -> dict[str, Any]:
    return {"ops": {"orders": {"config": {"region": key}}}}


@pytest.mark.parametrize(
    "config",
    [
        static_partitioned_config(["eu", "us"], tags_for_partition_fn=lambda key: {"region": key})(configure),
        static_partitioned_config(["eu", "us"], tags_for_partition_key_fn=lambda key: {"region": key})(configure),
        partitioned_config(REGIONS, tags_for_partition_key_fn=lambda key: {"region": key})(configure),
        dynamic_partitioned_config(lambda _: ["eu", "us"], lambda key: {"region": key})(configure),
        PartitionedConfig(
            REGIONS,
            run_config_for_partition_fn=lambda partition: configure(partition.value),
            tags_for_partition_fn=lambda partition: {"region": partition.name},
        ),
    ],
)
def test_config_and_tags_are_made_of_the_key(config: PartitionedConfig) -> None:
    assert config.get_partition_keys() == ["eu", "us"]
    assert config.get_run_config_for_partition_key("us") == configure("us")
    assert config.get_tags_for_partition_key("us") == {"region": "us"}
    assert config("us") == configure("us") or config.run_config_for_partition_fn is not None


def test_one_function_makes_the_config_and_at_most_one_makes_tags() -> None:
    for functions in ({}, {"run_config_for_partition_fn": configure, "run_config_for_partition_key_fn": configure}):
        with pytest.raises(InvariantError, match="run_config_for_partition_key_fn"):
            PartitionedConfig(REGIONS, **functions)
    with pytest.raises(InvariantError, match="tags_for_partition_key_fn"):
        PartitionedConfig(
            REGIONS,
            run_config_for_partition_key_fn=configure,
            tags_for_partition_fn=lambda _: {},
            tags_for_partition_key_fn=lambda _: {},
        )


@pytest.mark.parametrize("declare", [hourly_partitioned_config, daily_partitioned_config, weekly_partitioned_config])
def test_windows_that_are_left_out_have_no_config(declare: Any) -> None:
    start = datetime(2026, 1, 4, tzinfo=UTC)
    config = declare("2026-01-04-00:00" if declare is hourly_partitioned_config else "2026-01-04", exclusions=[start])(
        lambda start, _: {"start": str(start)}
    )
    first = config.partitions_def.get_first_partition_key()
    assert config.partitions_def.time_window_for_partition_key(first).start > start


def test_months_are_left_out_by_a_cron_expression() -> None:
    config = monthly_partitioned_config("2026-01-01", exclusions=["0 0 1 1 *"])(lambda start, _: {"start": str(start)})
    assert config.partitions_def.get_first_partition_key() == "2026-02-01"


def test_a_schedule_is_asked_about_a_time_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assetmake.clock.now", lambda: datetime(2026, 1, 10, tzinfo=UTC))
    config = daily_partitioned_config("2026-01-01")(lambda start, _: {"ops": {"orders": {"config": {"d": start.day}}}})
    schedule = build_schedule_from_partitioned_job(define_asset_job("daily", config=config))
    context = build_schedule_context(scheduled_execution_time=datetime(2026, 2, 1, tzinfo=UTC))
    (request,) = schedule.evaluate_tick(context).run_requests  # type: ignore[union-attr]
    assert request.partition_key == "2026-01-31"
    assert request.run_config == {"ops": {"orders": {"config": {"d": 31}}}}
