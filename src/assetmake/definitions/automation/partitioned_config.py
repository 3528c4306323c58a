"""PartitionedConfig: the config of a job's runs, made of the partition that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from assetmake.definitions.calendars import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from assetmake.definitions.partitions import PartitionsDefinition, StaticPartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition

Tags = Mapping[str, str]


class PartitionedConfig:
    """Makes the config of a run of its partition; for `define_asset_job(config=)`.

    Args:
        partitions_def: The partitions.
        run_config_for_partition_key_fn: Given a key, returns the config.
        decorated_fn: What it is called as; default: the function of the key.
        tags_for_partition_key_fn: Given a key, returns tags of the run.
    """

    def __init__(
        self,
        partitions_def: PartitionsDefinition,
        run_config_for_partition_key_fn: Callable[[str], Mapping[str, Any]],
        decorated_fn: Callable[..., Any] | None = None,
        tags_for_partition_key_fn: Callable[[str], Tags] | None = None,
    ) -> None:
        self.partitions_def = partitions_def
        self._make_config = run_config_for_partition_key_fn
        self._function = decorated_fn or run_config_for_partition_key_fn
        self._make_tags = tags_for_partition_key_fn

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the decorated function, as a test does."""
        return self._function(*args, **kwargs)

    def get_partition_keys(self, current_time: datetime | None = None) -> Sequence[str]:
        return self.partitions_def.get_partition_keys(current_time)

    def get_run_config_for_partition_key(self, partition_key: str) -> Mapping[str, Any]:
        """Return the config of the run of a partition.

        Raises:
            UnknownPartitionError: there is no such partition.
        """
        self.partitions_def.validate_partition_key(partition_key)
        return self._make_config(partition_key)

    def get_tags_for_partition_key(self, partition_key: str) -> Tags:
        """Return the tags of the run of a partition."""
        return {} if self._make_tags is None else self._make_tags(partition_key)


Decorator = Callable[[Callable[..., Any]], PartitionedConfig]


def static_partitioned_config(
    partition_keys: Sequence[str], tags_for_partition_key_fn: Callable[[str], Tags] | None = None
) -> Decorator:
    """Declare that a function makes the config of a run of the key that it is given.

    Example:
        >>> @static_partitioned_config(["eu", "us"])
        ... def by_region(key):
        ...     return {"ops": {"orders": {"config": {"region": key}}}}
        >>> by_region.get_partition_keys()
        ['eu', 'us']
    """
    definition = StaticPartitionsDefinition(partition_keys)
    return lambda function: PartitionedConfig(definition, function, function, tags_for_partition_key_fn)


def hourly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: Callable[[datetime, datetime], Tags] | None = None,
) -> Decorator:
    """Declare that a function makes the config of a run of the hour whose start and end it is given."""
    definition = HourlyPartitionsDefinition(
        start_date, minute_offset=minute_offset, timezone=timezone, fmt=fmt, end_offset=end_offset
    )
    return _make_decorator(definition, tags_for_partition_fn)


def daily_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: Callable[[datetime, datetime], Tags] | None = None,
) -> Decorator:
    """Declare that a function makes the config of a run of the day whose start and end it is given."""
    definition = DailyPartitionsDefinition(
        start_date,
        minute_offset=minute_offset,
        hour_offset=hour_offset,
        timezone=timezone,
        fmt=fmt,
        end_offset=end_offset,
    )
    return _make_decorator(definition, tags_for_partition_fn)


def weekly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    day_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: Callable[[datetime, datetime], Tags] | None = None,
) -> Decorator:
    """Declare that a function makes the config of a run of the week whose start and end it is given."""
    definition = WeeklyPartitionsDefinition(
        start_date,
        minute_offset=minute_offset,
        hour_offset=hour_offset,
        day_offset=day_offset,
        timezone=timezone,
        fmt=fmt,
        end_offset=end_offset,
    )
    return _make_decorator(definition, tags_for_partition_fn)


def monthly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    day_offset: int = 1,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: Callable[[datetime, datetime], Tags] | None = None,
) -> Decorator:
    """Declare that a function makes the config of a run of the month whose start and end it is given."""
    definition = MonthlyPartitionsDefinition(
        start_date,
        minute_offset=minute_offset,
        hour_offset=hour_offset,
        day_offset=day_offset,
        timezone=timezone,
        fmt=fmt,
        end_offset=end_offset,
    )
    return _make_decorator(definition, tags_for_partition_fn)


def _make_decorator(
    definition: TimeWindowPartitionsDefinition, make_tags: Callable[[datetime, datetime], Tags] | None
) -> Decorator:
    def decorate(function: Callable[..., Any]) -> PartitionedConfig:
        def read(key: str) -> Mapping[str, Any]:
            window = definition.time_window_for_partition_key(key)
            made: Mapping[str, Any] = function(window.start, window.end)
            return made

        def tag(key: str) -> Tags:
            window = definition.time_window_for_partition_key(key)
            return {} if make_tags is None else make_tags(window.start, window.end)

        return PartitionedConfig(definition, read, function, tag)

    return decorate
