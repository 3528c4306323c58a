"""Dynamic partitions: keys that a store or a function knows."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest

from assetmake import clock
from assetmake.definitions.dynamic_partitions import (
    AddDynamicPartitionsRequest,
    DeleteDynamicPartitionsRequest,
    DynamicPartitionsDefinition,
    Partition,
)
from assetmake.definitions.partition_loading import partition_loading_context
from assetmake.errors import DefinitionError, UnknownPartitionError, UsageError

FRUITS = DynamicPartitionsDefinition(name="fruits")


class Store:
    def __init__(self, *keys):
        self.keys = keys

    def get_dynamic_partitions(self, partitions_def_name):
        assert partitions_def_name == "fruits"
        return self.keys

    def has_dynamic_partition(self, partitions_def_name, partition_key):
        assert partitions_def_name == "fruits"
        return partition_key in self.keys


def test_keys_come_from_the_store_in_its_order():
    store = Store("pear", "apple")
    assert FRUITS.get_partition_keys(dynamic_partitions_store=store) == ["pear", "apple"]
    assert FRUITS.get_last_partition_key(dynamic_partitions_store=store) == "apple"
    assert FRUITS.get_num_partitions(dynamic_partitions_store=store) == 2
    assert FRUITS.has_partition_key("pear", dynamic_partitions_store=store)
    assert not FRUITS.has_partition_key("plum", dynamic_partitions_store=store)


def test_a_block_may_say_which_store():
    with partition_loading_context(dynamic_partitions_store=Store("apple")):
        assert FRUITS.get_partition_keys() == ["apple"]
        assert FRUITS.key_of(FRUITS.part_of("apple")) == "apple"
        with pytest.raises(UnknownPartitionError):
            FRUITS.part_of("plum")
        with partition_loading_context(dynamic_partitions_store=Store("plum")):
            assert FRUITS.get_partition_keys() == ["plum"]
        assert FRUITS.get_partition_keys() == ["apple"]


def test_without_a_store_the_keys_are_not_known():
    with pytest.raises(UsageError, match="fruits") as caught:
        FRUITS.get_partition_keys()
    assert "dynamic_partitions_store" in caught.value.hint


def test_a_function_of_the_time_may_list_the_keys(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2024, 1, 3, tzinfo=UTC))
    days = DynamicPartitionsDefinition(lambda now: [f"day {day}" for day in range(1, now.day)])
    assert days.get_partition_keys() == ["day 1", "day 2"]
    assert days.get_partition_keys(datetime(2024, 1, 5)) == ["day 1", "day 2", "day 3", "day 4"]
    assert days.has_partition_key("day 2")
    assert not days.has_partition_key("day 3")
    numbers = DynamicPartitionsDefinition(lambda _: [Partition(1), Partition(2, "two")])
    assert numbers.get_partition_keys() == ["1", "two"]


def test_requests_name_the_definition_and_the_keys():
    assert FRUITS.build_add_request(["apple"]) == AddDynamicPartitionsRequest("fruits", ["apple"])
    assert FRUITS.build_delete_request(["apple"]) == DeleteDynamicPartitionsRequest("fruits", ["apple"])
    with pytest.raises(UsageError):
        FRUITS.build_add_request("apple")
    with pytest.raises(DefinitionError):
        FRUITS.build_add_request(["a\nb"])
    with pytest.raises(UsageError):
        DynamicPartitionsDefinition(lambda _: []).build_add_request(["apple"])


@pytest.mark.parametrize("make", [{}, {"name": "fruits", "partition_fn": lambda _: []}, {"partition_fn": ["apple"]}])
def test_either_a_name_or_a_function_is_needed(make):
    with pytest.raises(DefinitionError):
        DynamicPartitionsDefinition(**make)


def test_keys_of_another_name_are_others():
    one, other = FRUITS.resolve(["apple"]), DynamicPartitionsDefinition(name="trees").resolve(["apple"])
    assert one.get_partition_keys() == other.get_partition_keys()
    assert one != other
    assert one == FRUITS.resolve(["apple"]) == pickle.loads(pickle.dumps(one))
    assert one.identity() == FRUITS.identity()


def test_definitions_are_values():
    assert pickle.loads(pickle.dumps(FRUITS)) == FRUITS == DynamicPartitionsDefinition(name="fruits")
    assert eval(repr(FRUITS)) == FRUITS
    assert str(FRUITS) == 'Dynamic partitions: "fruits"'
    assert FRUITS.changes_at(datetime(2024, 1, 1)) is None
