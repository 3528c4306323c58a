"""Partitions definitions, mappings and subsets as text, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, overload

from assetmake.definitions.cadence import make_cadence
from assetmake.definitions.calendars import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from assetmake.definitions.dynamic_partitions import (
    AddDynamicPartitionsRequest,
    DeleteDynamicPartitionsRequest,
    DynamicPartitionsDefinition,
)
from assetmake.definitions.key_ranges import PartitionKeyRange
from assetmake.definitions.mappings import (
    AllPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
)
from assetmake.definitions.multi_mappings import (
    DimensionPartitionMapping,
    MultiPartitionMapping,
    MultiToSingleDimensionPartitionMapping,
)
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partitions import StaticPartitionsDefinition
from assetmake.definitions.subsets import DefaultPartitionsSubset, TimeWindowPartitionsSubset
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition, restore_windows
from assetmake.definitions.window_mapping import TimeWindowPartitionMapping
from assetmake.definitions.window_schedules import Exclusions
from assetmake.errors import DefinitionError

_T = TypeVar("_T")
_CLASS = "__class__"
_OFFSETS = ("start_offset", "end_offset", "allow_nonexistent_upstream_partitions")
_ARGUMENTS: dict[type, tuple[str, ...]] = {
    AddDynamicPartitionsRequest: ("partitions_def_name", "partition_keys"),
    AllPartitionMapping: (),
    DefaultPartitionsSubset: ("subset",),
    DeleteDynamicPartitionsRequest: ("partitions_def_name", "partition_keys"),
    DimensionPartitionMapping: ("dimension_name", "partition_mapping"),
    DynamicPartitionsDefinition: ("name",),
    IdentityPartitionMapping: (),
    LastPartitionMapping: (),
    MultiPartitionMapping: ("downstream_mappings_by_upstream_dimension",),
    MultiPartitionsDefinition: ("partitions_defs",),
    MultiToSingleDimensionPartitionMapping: ("partition_dimension_name",),
    PartitionKeyRange: ("start", "end"),
    SpecificPartitionsPartitionMapping: ("partition_keys",),
    StaticPartitionMapping: ("downstream_partition_keys_by_upstream_partition_key",),
    StaticPartitionsDefinition: ("partition_keys",),
    TimeWindowPartitionMapping: _OFFSETS,
    TimeWindowPartitionsSubset: ("partitions_def", "parts"),
}
"""The arguments from which each kind is made; its attributes have the same names."""
_KINDS: dict[str, type] = {kind.__name__: kind for kind in _ARGUMENTS}
_WINDOWS: dict[str, type[TimeWindowPartitionsDefinition]] = {
    kind.__name__: kind
    for kind in (
        DailyPartitionsDefinition,
        HourlyPartitionsDefinition,
        MonthlyPartitionsDefinition,
        TimeWindowPartitionsDefinition,
        WeeklyPartitionsDefinition,
    )
}


def serialize_value(value: object) -> str:
    """Return a text from which a value can be made again; equal values have equal texts.

    Example:
        >>> serialize_value(StaticPartitionMapping({"a": "b"}))
        '{"__class__": "StaticPartitionMapping", "downstream_partition_keys_by_upstream_partition_key": {"a": ["b"]}}'

    Raises:
        DefinitionError: It is no partitions definition, mapping, subset or request.
    """
    return json.dumps(_describe(value))


@overload
def deserialize_value(text: str, as_type: type[_T]) -> _T: ...


@overload
def deserialize_value(text: str, as_type: None = None) -> Any: ...


def deserialize_value(text: str, as_type: type[Any] | None = None) -> Any:
    """Return the value that a text was made from.

    Args:
        text: What `serialize_value` returned.
        as_type: What the value is.

    Raises:
        DefinitionError: The text is something else, or the value of another type.
    """
    try:
        value = _restore(json.loads(text))
    except (ValueError, TypeError, KeyError) as error:
        raise DefinitionError(f"{text[:80]!r} tells no value: {error}") from error
    if as_type is not None and not isinstance(value, as_type):
        raise DefinitionError(f"{value!r} is no {as_type.__name__}")
    return value


def _describe(value: object) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case frozenset():
            return sorted(value)
        case TimeWindowPartitionsDefinition() if type(value) in _WINDOWS.values():
            return {_CLASS: type(value).__name__, **_describe_windows(value)}
        case MultiPartitionsDefinition() if type(value) in _ARGUMENTS:
            return {_CLASS: type(value).__name__, "partitions_defs": _describe(dict(value.partitions_defs))}
        case DynamicPartitionsDefinition(name=None):
            raise DefinitionError(f"{value!r} cannot be written down: a function lists its keys")
        case _ if type(value) in _ARGUMENTS:
            arguments = {name: _describe(getattr(value, name)) for name in _ARGUMENTS[type(value)]}
            return {_CLASS: type(value).__name__, **arguments}
        case Mapping():
            return {str(key): _describe(each) for key, each in value.items()}
        case list() | tuple():
            return [_describe(each) for each in value]
    raise DefinitionError(
        f"{value!r} cannot be written down",
        hint="partitions definitions, mappings, subsets and requests can",
    )


def _restore(data: Any) -> Any:
    if isinstance(data, list):
        return [_restore(each) for each in data]
    if not isinstance(data, dict):
        return data
    arguments = {name: _restore(each) for name, each in data.items() if name != _CLASS}
    kind = data.get(_CLASS)
    if kind is None:
        return arguments
    return _restore_windows(_WINDOWS[kind], **arguments) if kind in _WINDOWS else _KINDS[kind](**arguments)


def _describe_windows(definition: TimeWindowPartitionsDefinition) -> dict[str, Any]:
    """Return plain data; times are epoch seconds."""
    left_out = definition.left_out
    return {
        "start": definition.epoch(definition.start),
        "end": None if definition.end is None else definition.epoch(definition.end),
        "fmt": definition.fmt,
        "cron_schedule": definition.cron_schedule,
        "timezone": definition.timezone,
        "end_offset": definition.end_offset,
        "exclusions": [*(str(cadence.cron) for cadence in left_out.cadences), *left_out.instants],
    }


def _restore_windows(
    kind: type[TimeWindowPartitionsDefinition],
    *,
    start: int,
    end: int | None,
    fmt: str,
    cron_schedule: str,
    timezone: str,
    end_offset: int,
    exclusions: Sequence[str | int],
) -> TimeWindowPartitionsDefinition:
    cadences = tuple(make_cadence(each, timezone) for each in exclusions if isinstance(each, str))
    instants = tuple(each for each in exclusions if isinstance(each, int))
    cadence = make_cadence(cron_schedule, timezone)
    return restore_windows(kind, start, fmt, end, cadence, end_offset, Exclusions(cadences, instants))
