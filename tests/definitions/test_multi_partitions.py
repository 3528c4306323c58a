"""Partitions of several dimensions."""

from __future__ import annotations

import itertools
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assetmake.definitions.calendars import DailyPartitionsDefinition, HourlyPartitionsDefinition
from assetmake.definitions.dynamic_partitions import DynamicPartitionsDefinition
from assetmake.definitions.key_ranges import PartitionKeyRange, TimeWindow, format_ranges
from assetmake.definitions.multi_keys import MultiPartitionKey
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partition_loading import partition_loading_context
from assetmake.definitions.partitions import StaticPartitionsDefinition
from assetmake.errors import DefinitionError, UnknownPartitionError, UnknownRangeError

NOW = datetime(2024, 1, 4, tzinfo=UTC)
COLOURS = StaticPartitionsDefinition(["red", "green", "blue"])
DAILY = DailyPartitionsDefinition("2024-01-01")
DAYS = MultiPartitionsDefinition({"date": DAILY, "colour": COLOURS})
SIZES = StaticPartitionsDefinition(["s", "m", "l", "xl"])
CUBE = MultiPartitionsDefinition({"size": SIZES, "colour": COLOURS, "kind": StaticPartitionsDefinition(["a", "b"])})


class Store:
    """Keeps dynamic keys, and notes which were listed."""

    def __init__(self, **keys):
        self.keys = keys
        self.listed = []

    def get_dynamic_partitions(self, partitions_def_name):
        self.listed.append(partitions_def_name)
        return self.keys[partitions_def_name]

    def has_dynamic_partition(self, partitions_def_name, partition_key):
        return partition_key in self.keys[partitions_def_name]


def test_keys_are_all_combinations_in_the_order_of_the_dimensions_names():
    assert DAYS.get_partition_keys(datetime(2024, 1, 3)) == [
        *["red|2024-01-01", "red|2024-01-02", "green|2024-01-01", "green|2024-01-02"],
        *["blue|2024-01-01", "blue|2024-01-02"],
    ]
    assert DAYS.partition_dimension_names == ["colour", "date"]
    assert DAYS.get_num_partitions(NOW) == 9 == len(DAYS.parts(current_time=NOW))
    assert (DAYS.get_first_partition_key(NOW), DAYS.get_last_partition_key(NOW)) == (
        "red|2024-01-01",
        "blue|2024-01-03",
    )


def test_there_may_be_any_number_of_dimensions():
    keys = CUBE.get_partition_keys()
    assert len(keys) == 24
    assert keys[:3] == ["red|a|s", "red|a|m", "red|a|l"]
    assert keys[-1].keys_by_dimension == {"colour": "blue", "kind": "b", "size": "xl"}


def test_a_key_knows_its_dimensions_and_is_a_string():
    key = MultiPartitionKey({"date": "2024-01-01", "colour": "red"})
    assert key == "red|2024-01-01"
    assert {key} == {"red|2024-01-01"}
    assert key.keys_by_dimension == {"colour": "red", "date": "2024-01-01"}
    twin = pickle.loads(pickle.dumps(key))
    assert (twin, twin.keys_by_dimension) == (key, key.keys_by_dimension)
    assert DAYS.get_partition_key_from_str("red|2024-01-01").keys_by_dimension == key.keys_by_dimension


@pytest.mark.parametrize("key", ["red", "red|2024-01-01|x", "2024-01-01|red", "pink|2024-01-01", "red|2024-01-09", ""])
def test_a_key_that_does_not_fit_is_unknown(key):
    assert not DAYS.has_partition_key(key, NOW)
    with pytest.raises(UnknownPartitionError):
        DAYS.validate_partition_key(key, current_time=NOW)


@settings(deadline=None)
@given(st.sets(st.integers(0, 23)))
def test_parts_lead_to_keys_and_back(chosen):
    fresh = MultiPartitionsDefinition(dict(CUBE.partitions_defs))
    parts = [CUBE.parts()[place] for place in chosen]
    assert [fresh.part_of(fresh.key_of(part)) for part in parts] == parts
    for part in parts:
        fresh.check_part(part)


@settings(deadline=None)
@given(st.sets(st.integers(0, 23)))
def test_ranges_tell_exactly_the_parts_as_boxes(chosen):
    parts = CUBE.parts()
    told = []
    for text in format_ranges(CUBE, [parts[place] for place in chosen]):
        first, _, last = text.partition("..")
        told += CUBE.get_partition_keys_in_range(PartitionKeyRange(first, last or first))
    assert len(told) == len(set(told))
    assert set(told) == {CUBE.key_of(parts[place]) for place in chosen}


@settings(deadline=None)
@given(st.sets(st.integers(0, 23)))
def test_what_one_call_makes_is_a_row_without_a_gap(chosen):
    parts = [CUBE.parts()[place] for place in sorted(chosen)]
    ends = CUBE.ends_of_runs(parts)
    calls, call = [], []
    for part in parts:
        call.append(CUBE.key_of(part))
        if part in ends:
            calls.append(call)
            call = []
    assert not call
    for keys in calls:
        assert keys == CUBE.get_partition_keys_in_range(PartitionKeyRange(keys[0], keys[-1]))


def test_whole_boxes_are_one_range():
    assert format_ranges(CUBE, CUBE.parts()) == ["red|a|s..blue|b|xl"]
    some = [DAYS.part_of(f"{colour}|2024-01-{day:02}") for colour in ("red", "green") for day in (1, 2, 5)]
    assert format_ranges(DAYS, some) == ["red|2024-01-01..green|2024-01-02", "red|2024-01-05..green|2024-01-05"]
    assert format_ranges(DAYS, []) == []


def test_a_range_is_what_lies_between_its_ends_in_each_dimension():
    keys = DAYS.get_partition_keys_in_range(PartitionKeyRange("green|2024-01-02", "blue|2024-01-03"), NOW)
    assert keys == ["green|2024-01-02", "green|2024-01-03", "blue|2024-01-02", "blue|2024-01-03"]
    assert isinstance(keys[0], MultiPartitionKey)
    with pytest.raises(UnknownRangeError, match="comes after"):
        DAYS.get_partition_keys_in_range(PartitionKeyRange("blue|2024-01-02", "red|2024-01-03"), NOW)


def test_keys_that_have_a_value_in_a_dimension():
    with partition_loading_context(NOW):
        assert DAYS.get_multipartition_keys_with_dimension_value("colour", "red") == [
            f"red|2024-01-0{day}" for day in (1, 2, 3)
        ]
        assert DAYS.get_multipartition_keys_with_dimension_values("date", ["2024-01-02", "2024-01-01"]) == [
            *["red|2024-01-02", "green|2024-01-02", "blue|2024-01-02"],
            *["red|2024-01-01", "green|2024-01-01", "blue|2024-01-01"],
        ]
        with pytest.raises(DefinitionError, match="'shape'"):
            DAYS.get_multipartition_keys_with_dimension_value("shape", "round")


def test_the_one_dimension_of_time_windows_gives_the_window():
    window = DAYS.time_window_for_partition_key("red|2024-01-02")
    assert window == TimeWindow(datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 3, tzinfo=UTC))
    assert (DAYS.primary_dimension.name, DAYS.secondary_dimension.name) == ("date", "colour")
    two = MultiPartitionsDefinition({"from": DAILY, "to": HourlyPartitionsDefinition("2024-01-01-00:00")})
    with pytest.raises(DefinitionError, match="2 dimensions of time windows"):
        two.time_window_for_partition_key("2024-01-02|2024-01-02-01:00")


def test_a_later_time_brings_more_keys_and_old_parts_keep_theirs():
    definition = MultiPartitionsDefinition(dict(DAYS.partitions_defs))
    before = definition.parts(current_time=NOW)
    keys = [definition.key_of(part) for part in before]
    after = definition.parts(current_time=datetime(2024, 1, 6))
    assert set(before) < set(after)
    assert [definition.key_of(part) for part in before] == keys
    assert definition.changes_at(NOW) == DAILY.changes_at(NOW)
    assert CUBE.changes_at(NOW) is None


@pytest.mark.parametrize(
    "dimensions",
    [
        {},
        {"colour": COLOURS},
        {"colour": COLOURS, "size": ["s", "m"]},
        {"colour": COLOURS, "": SIZES},
        {"colour": COLOURS, "days": DAYS},
        {"colour": COLOURS, "size": StaticPartitionsDefinition(["a|b"])},
        {"colour": COLOURS, "size": StaticPartitionsDefinition(["[s]"])},
        {"colour": COLOURS, "size": StaticPartitionsDefinition(["s,m"])},
        {"colour": COLOURS, "day": DailyPartitionsDefinition("2024|01|01", fmt="%Y|%m|%d")},
        {"colour": COLOURS, "listed": DynamicPartitionsDefinition(lambda _: ["a"])},
        [COLOURS, SIZES],
    ],
)
def test_what_cannot_be_dimensions_is_refused(dimensions):
    with pytest.raises(DefinitionError):
        MultiPartitionsDefinition(dimensions)


def test_definitions_are_values():
    twin = pickle.loads(pickle.dumps(DAYS))
    DAYS.parts(current_time=NOW)
    assert twin == DAYS
    assert hash(twin) == hash(DAYS)
    assert eval(repr(CUBE)) == CUBE
    assert MultiPartitionsDefinition({"date": DAILY, "shade": COLOURS}) != DAYS
    assert MultiPartitionsDefinition({"date": DAILY, "shade": COLOURS}).identity() != DAYS.identity()
    moved = MultiPartitionsDefinition({"date": DailyPartitionsDefinition("2020-01-01"), "colour": SIZES})
    assert moved.identity() == DAYS.identity()
    assert moved.get_serializable_unique_identifier() != DAYS.get_serializable_unique_identifier()


def test_a_dynamic_dimension_asks_the_store():
    store = Store(fruits=["apple", "pear"])
    definition = MultiPartitionsDefinition({"fruit": DynamicPartitionsDefinition(name="fruits"), "colour": COLOURS})
    keys = definition.get_partition_keys(dynamic_partitions_store=store)
    assert keys == [
        f"{colour}|{fruit}" for colour, fruit in itertools.product(COLOURS.partition_keys, store.keys["fruits"])
    ]
    assert definition.has_partition_key("red|apple", dynamic_partitions_store=store)
    assert not definition.has_partition_key("red|plum", dynamic_partitions_store=store)
    store.listed.clear()
    with partition_loading_context(dynamic_partitions_store=store):
        assert definition.filter_valid_partition_keys(set()) == set()
        assert definition.filter_valid_partition_keys({"red|apple", "red|plum", "x|pear", "nonsense"}) == {"red|apple"}
    assert store.listed == []


def test_dimensions_can_be_exchanged_for_ones_whose_keys_are_known():
    fruits = DynamicPartitionsDefinition(name="fruits")
    definition = MultiPartitionsDefinition({"fruit": fruits, "colour": COLOURS})
    assert not definition.is_resolved
    resolved = definition.with_dimensions(lambda each: each.resolve(["apple"]) if each is fruits else each)
    assert resolved.is_resolved
    assert resolved.get_partition_keys() == ["red|apple", "green|apple", "blue|apple"]
    assert resolved.identity() == definition.identity()
    assert DAYS.with_dimensions(lambda each: each) is DAYS
