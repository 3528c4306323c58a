"""Definitions, mappings and subsets as text."""

from __future__ import annotations

from datetime import datetime

import pytest

from assetmake.definitions.calendars import DailyPartitionsDefinition, HourlyPartitionsDefinition
from assetmake.definitions.dynamic_partitions import DynamicPartitionsDefinition
from assetmake.definitions.key_ranges import PartitionKeyRange
from assetmake.definitions.mappings import (
    AllPartitionMapping,
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
from assetmake.definitions.serialization import deserialize_value, serialize_value
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.definitions.window_mapping import TimeWindowPartitionMapping
from assetmake.errors import DefinitionError

BERLIN = "Europe/Berlin"
COLOURS = StaticPartitionsDefinition(["red", "green", "blue"])
FRUITS = DynamicPartitionsDefinition(name="fruits")
HOURLY = HourlyPartitionsDefinition("2024-10-26-20:00", end_date="2024-11-01-00:00", timezone=BERLIN, end_offset=1)
WORKDAYS = DailyPartitionsDefinition("2024-01-01", exclusions=["0 0 * * 6-7", datetime(2024, 12, 25)])
VALUES = [
    COLOURS,
    FRUITS,
    HOURLY,
    WORKDAYS,
    TimeWindowPartitionsDefinition("2024", "%Y", cron_schedule="0 0 1 1 *"),
    MultiPartitionsDefinition({"day": WORKDAYS, "colour": COLOURS, "fruit": FRUITS}),
    AllPartitionMapping(),
    SpecificPartitionsPartitionMapping(["red"]),
    StaticPartitionMapping({"red": ["red", "blue"], "green": "blue"}),
    MultiPartitionMapping({"day": DimensionPartitionMapping("when", TimeWindowPartitionMapping(-2, 1, True))}),
    MultiToSingleDimensionPartitionMapping("day"),
    COLOURS.subset_with_partition_keys(["red", "blue"]),
    HOURLY.subset_with_partition_keys(["2024-10-27-02:00", "2024-10-27-02:00+0100", "2024-10-28-00:00"]),
    PartitionKeyRange("a", "b"),
    FRUITS.build_add_request(["apple"]),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_come_back(value):
    text = serialize_value(value)
    back = deserialize_value(text, type(value))
    assert back == value
    assert type(back) is type(value)
    assert serialize_value(back) == text


def test_equal_sets_have_equal_texts():
    forwards, backwards = (COLOURS.subset_with_partition_keys(keys) for keys in (["red", "blue"], ["blue", "red"]))
    assert serialize_value(forwards) == serialize_value(backwards)


@pytest.mark.parametrize("value", [DynamicPartitionsDefinition(lambda _: []), object(), {"deep": {1, 2}}, b"x"])
def test_what_cannot_be_written_is_refused(value):
    with pytest.raises(DefinitionError, match="cannot be written down"):
        serialize_value(value)


@pytest.mark.parametrize(
    "text", ["", "{", '{"__class__": "Path"}', '{"__class__": "AllPartitionMapping", "more": 1}', '{"__class__": []}']
)
def test_what_tells_no_value_is_refused(text):
    with pytest.raises(DefinitionError, match="tells no value"):
        deserialize_value(text)


def test_a_value_of_another_type_is_refused():
    with pytest.raises(DefinitionError, match="is no StaticPartitionsDefinition"):
        deserialize_value(serialize_value(AllPartitionMapping()), StaticPartitionsDefinition)
