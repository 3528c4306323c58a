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
from assetmake.definitions.dynamic_partitions import DynamicPartitionsDefinition, Partition
from assetmake.definitions.partitions import PartitionsDefinition, StaticPartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import InvariantError

Tags = Mapping[str, str]


class PartitionedConfig:
    """Makes the config of a run of its partition; for `define_asset_job(config=)`.

    Args:
        partitions_def: The partitions.
        run_config_for_partition_fn, tags_for_partition_fn: The same, given a Partition, as they once were.
        decorated_fn: What it is called as; default: the function of the key.
        run_config_for_partition_key_fn: Given a key, returns the config.
        tags_for_partition_key_fn: Given a key, returns tags of the run.

    Raises:
        InvariantError: not one of the two functions that make the config is given, or both that make tags.
    """

    def __init__(
        self,
        partitions_def: PartitionsDefinition,
        run_config_for_partition_fn: Callable[[Partition], Mapping[str, Any]] | None = None,
        decorated_fn: Callable[..., Any] | None = None,
        tags_for_partition_fn: Callable[[Partition], Tags] | None = None,
        run_config_for_partition_key_fn: Callable[[str], Mapping[str, Any]] | None = None,
        tags_for_partition_key_fn: Callable[[str], Tags] | None = None,
    ) -> None:
        if (run_config_for_partition_fn is None) == (run_config_for_partition_key_fn is None):
            raise InvariantError("give one of run_config_for_partition_key_fn and run_config_for_partition_fn")
        if tags_for_partition_fn is not None and tags_for_partition_key_fn is not None:
            raise InvariantError("give one of tags_for_partition_key_fn and tags_for_partition_fn")
        self.partitions_def = partitions_def
        self.run_config_for_partition_fn = run_config_for_partition_fn
        self.run_config_for_partition_key_fn = run_config_for_partition_key_fn
        self.tags_for_partition_fn = tags_for_partition_fn
        self.tags_for_partition_key_fn = tags_for_partition_key_fn
        self._make_config = _take_key(run_config_for_partition_key_fn, run_config_for_partition_fn)
        self._make_tags = _take_key(tags_for_partition_key_fn, tags_for_partition_fn)
        self._function: Callable[..., Any] = decorated_fn or self._make_config

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
        made: Mapping[str, Any] = self._make_config(partition_key)
        return made

    def get_tags_for_partition_key(self, partition_key: str) -> Tags:
        """Return the tags of the run of a partition."""
        made: Tags = self._make_tags(partition_key)
        return made


def _take_key(by_key: Callable[..., Any] | None, by_partition: Callable[..., Any] | None) -> Callable[..., Any]:
    """Return the function that was given as one of a key; where none was, one that returns an empty dict."""
    if by_partition is not None:
        return lambda key: by_partition(Partition(key))
    return by_key or (lambda _: {})


Decorator = Callable[[Callable[..., Any]], PartitionedConfig]


def static_partitioned_config(
    partition_keys: Sequence[str],
    tags_for_partition_fn: Callable[[str], Tags] | None = None,
    tags_for_partition_key_fn: Callable[[str], Tags] | None = None,
) -> Decorator:
    """Declare that a function makes the config of a run of the key that it is given.

    Args:
        partition_keys: The keys.
        tags_for_partition_fn: The former name of the next.
        tags_for_partition_key_fn: Given a key, returns tags of the run.

    Example:
        >>> @static_partitioned_config(["eu", "us"])
        ... def by_region(key):
        ...     return {"ops": {"orders": {"config": {"region": key}}}}
        >>> by_region.get_partition_keys()
        ['eu', 'us']
    """
    return partitioned_config(
        StaticPartitionsDefinition(partition_keys), tags_for_partition_key_fn or tags_for_partition_fn
    )


def dynamic_partitioned_config(
    partition_fn: Callable[[datetime | None], Sequence[str]],
    tags_for_partition_fn: Callable[[str], Tags] | None = None,
    tags_for_partition_key_fn: Callable[[str], Tags] | None = None,
) -> Decorator:
    """Declare that a function makes the config of a run of the key that it is given, of keys that change.

    Args:
        partition_fn: Given the time, lists the keys that there are then.
        tags_for_partition_fn: The former name of the next.
        tags_for_partition_key_fn: Given a key, returns tags of the run.
    """
    return partitioned_config(
        DynamicPartitionsDefinition(partition_fn), tags_for_partition_key_fn or tags_for_partition_fn
    )


def partitioned_config(
    partitions_def: PartitionsDefinition, tags_for_partition_key_fn: Callable[[str], Tags] | None = None
) -> Decorator:
    """Declare that a function makes the config of a run of the key that it is given, of any partitions."""
    return lambda function: PartitionedConfig(
        partitions_def,
        decorated_fn=function,
        run_config_for_partition_key_fn=function,
        tags_for_partition_key_fn=tags_for_partition_key_fn,
    )


def hourly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: Callable[[datetime, datetime], Tags] | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Decorator:
    """Declare that a function makes the config of a run of the hour whose start and end it is given."""
    definition = HourlyPartitionsDefinition(
        start_date,
        minute_offset=minute_offset,
        timezone=timezone,
        fmt=fmt,
        end_offset=end_offset,
        exclusions=exclusions,
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
    exclusions: Sequence[str | datetime] | None = None,
) -> Decorator:
    """Declare that a function makes the config of a run of the day whose start and end it is given."""
    definition = DailyPartitionsDefinition(
        start_date,
        minute_offset=minute_offset,
        hour_offset=hour_offset,
        timezone=timezone,
        fmt=fmt,
        end_offset=end_offset,
        exclusions=exclusions,
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
    exclusions: Sequence[str | datetime] | None = None,
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
        exclusions=exclusions,
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
    exclusions: Sequence[str | datetime] | None = None,
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
        exclusions=exclusions,
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

        return PartitionedConfig(
            definition, decorated_fn=function, run_config_for_partition_key_fn=read, tags_for_partition_key_fn=tag
        )

    return decorate
