"""Subsets of partitions."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assetmake.definitions.calendars import DailyPartitionsDefinition, HourlyPartitionsDefinition
from assetmake.definitions.key_ranges import PartitionKeyRange
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partition_loading import partition_loading_context
from assetmake.definitions.partitions import StaticPartitionsDefinition
from assetmake.definitions.subsets import DefaultPartitionsSubset
from assetmake.errors import DefinitionError, UnknownPartitionError

NOW = datetime(2024, 12, 1, tzinfo=UTC)
COLOURS = StaticPartitionsDefinition(["red", "green", "blue", "pink"])
BERLIN = HourlyPartitionsDefinition("2024-10-26-20:00", timezone="Europe/Berlin")
WORKDAYS = DailyPartitionsDefinition("2024-10-20", exclusions=["0 0 * * 6-7"])
GRID = MultiPartitionsDefinition({"colour": COLOURS, "size": StaticPartitionsDefinition(["s", "m", "l"])})
DEFINITIONS = [COLOURS, BERLIN, WORKDAYS, GRID]


@settings(deadline=None)
@given(st.sampled_from(DEFINITIONS), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_subsets_are_sets_of_keys(definition, some, others):
    everything = list(definition.get_partition_keys(NOW))[:12]
    left, right = ({everything[i] for i in chosen if i < len(everything)} for chosen in (some, others))
    one, other = definition.subset_with_partition_keys(left), definition.subset_with_partition_keys(right)

    assert set(one.get_partition_keys()) == left
    assert len(one) == len(left)
    assert one.is_empty == (not left)
    assert set((one | other).get_partition_keys()) == left | right
    assert set((one & other).get_partition_keys()) == left & right
    assert set((one - other).get_partition_keys()) == left - right
    assert (one == other) == (left == right)
    assert all((key in one) == (key in left) for key in everything)


@settings(deadline=None)
@given(st.sampled_from(DEFINITIONS), st.sets(st.integers(0, 11)), st.randoms())
def test_a_subset_survives_being_written(definition, chosen, random):
    everything = list(definition.get_partition_keys(NOW))
    keys = [everything[i] for i in chosen if i < len(everything)]
    subset = definition.subset_with_partition_keys(keys)
    random.shuffle(keys)
    assert definition.subset_with_partition_keys(keys).serialize() == subset.serialize()
    assert definition.deserialize_subset(subset.serialize()) == subset


@settings(deadline=None)
@given(st.sampled_from(DEFINITIONS), st.sets(st.integers(0, 11)))
def test_ranges_hold_the_keys_and_nothing_else(definition, chosen):
    with partition_loading_context(NOW):
        everything = list(definition.get_partition_keys())
        keys = {everything[i] for i in chosen if i < len(everything)}
        ranges = definition.subset_with_partition_keys(keys).get_partition_key_ranges(definition)
        told = [key for each in ranges for key in definition.get_partition_keys_in_range(each)]
    assert len(told) == len(keys)
    assert set(told) == keys


def test_what_is_not_in_a_subset():
    with partition_loading_context(datetime(2024, 10, 24)):
        subset = WORKDAYS.subset_with_partition_keys(["2024-10-21", "2024-11-04"])
        assert subset.get_partition_keys_not_in_subset(WORKDAYS) == ["2024-10-22", "2024-10-23"]
        assert WORKDAYS.subset_with_all_partitions().get_partition_keys_not_in_subset(WORKDAYS) == []
    assert COLOURS.subset_with_partition_keys(["green"]).get_partition_keys_not_in_subset(COLOURS) == [
        *["red", "blue", "pink"],
    ]


def test_windows_are_joined_where_nothing_lies_between_them():
    keys = ["2024-10-25", "2024-10-28", "2024-10-30"]
    subset = WORKDAYS.subset_with_partition_keys(keys)
    assert [(window.start.day, window.end.day) for window in subset.included_time_windows] == [(25, 29), (30, 31)]
    assert subset.get_partition_key_ranges(WORKDAYS)[0] == PartitionKeyRange("2024-10-25", "2024-10-28")
    assert subset.num_partitions == 3
    rest = subset - WORKDAYS.subset_with_partition_keys(["2024-10-25", "2024-10-28"])
    assert rest.included_time_windows == subset.included_time_windows[1:]


def test_older_forms_are_read():
    first, end = (int(datetime(2024, 10, day, tzinfo=UTC).timestamp()) for day in (21, 23))
    for text in (f"[[{first}.0, {end}.0]]", json.dumps({"time_windows": [[first, end]], "num_partitions": 2})):
        assert WORKDAYS.deserialize_subset(text).get_partition_keys() == ["2024-10-21", "2024-10-22"]
    assert COLOURS.deserialize_subset('["red"]') == COLOURS.subset_with_partition_keys(["red"])


@pytest.mark.parametrize("text", ['{"version": 2, "subset": []}', '{"time_windows": []}', "5"])
def test_what_is_no_subset_is_refused(text):
    with pytest.raises(DefinitionError):
        COLOURS.deserialize_subset(text)


def test_a_key_that_cannot_be_is_refused_of_time_windows():
    with pytest.raises(UnknownPartitionError):
        WORKDAYS.subset_with_partition_keys(["2024-10-26"])
    assert "nonsense" not in WORKDAYS.subset_with_partition_keys(["2024-10-25"])


def test_subsets_show_their_keys():
    assert repr(DefaultPartitionsSubset(["b", "a"])) == "DefaultPartitionsSubset(subset={'a', 'b'})"
    shown = repr(WORKDAYS.subset_with_partition_keys(["2024-10-25", "2024-10-28"]))
    assert shown == "TimeWindowPartitionsSubset([('2024-10-25', '2024-10-28')])"
