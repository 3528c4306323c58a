"""Mappings asked by key: they say what a plan is told by number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assetmake.definitions.calendars import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from assetmake.definitions.dynamic_partitions import DynamicPartitionsDefinition
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
from assetmake.definitions.resolution import get_upstream_keys, infer_mapping, resolve_mapping
from assetmake.definitions.window_mapping import TimeWindowPartitionMapping
from assetmake.errors import DefinitionError, MappedKeyError

NOW = datetime(2024, 11, 20, 12, tzinfo=UTC)
ZONE = "America/New_York"
COLOURS = StaticPartitionsDefinition(["red", "green", "blue"])
SHADES = StaticPartitionsDefinition(["red", "blue", "pink"])
HOURLY = HourlyPartitionsDefinition("2024-11-01-00:00", timezone=ZONE)
DAILY = DailyPartitionsDefinition("2024-10-25", timezone=ZONE)
LATER = DailyPartitionsDefinition("2024-11-10", timezone=ZONE, exclusions=["0 0 * * 6-7"])
WEEKLY = WeeklyPartitionsDefinition("2024-10-01", timezone=ZONE, end_offset=1)
MONTHLY = MonthlyPartitionsDefinition("2024-03-01", timezone=ZONE)
WINDOWS = [HOURLY, DAILY, LATER, WEEKLY, MONTHLY]
DAY_GRID = MultiPartitionsDefinition({"when": DAILY, "colour": COLOURS})
WEEK_GRID = MultiPartitionsDefinition({"colour": COLOURS, "week": WEEKLY})
PLAIN_GRID = MultiPartitionsDefinition(
    {"colour": COLOURS, "shade": SHADES, "size": StaticPartitionsDefinition(["s", "m"])}
)
PREVIOUS_DAY = TimeWindowPartitionMapping(-1, -1)


def offsets() -> st.SearchStrategy[TimeWindowPartitionMapping]:
    return st.tuples(st.integers(-3, 1), st.integers(0, 3)).map(
        lambda pair: TimeWindowPartitionMapping(pair[0], pair[0] + pair[1])
    )


@st.composite
def cases(draw: st.DrawFn):
    """Draw a mapping with two definitions between which it is possible."""
    same = IdentityPartitionMapping()
    by_colour = {"colour": DimensionPartitionMapping("colour", same)}
    by_week = {"when": DimensionPartitionMapping("week", draw(offsets()))}
    table = StaticPartitionMapping({"red": ["red", "pink"], "green": "pink"})
    return draw(
        st.one_of(
            st.tuples(offsets() | st.none(), st.sampled_from(WINDOWS), st.sampled_from(WINDOWS)),
            st.tuples(
                st.sampled_from([AllPartitionMapping(), LastPartitionMapping()]),
                st.sampled_from([*WINDOWS, COLOURS, DAY_GRID]),
                st.sampled_from([*WINDOWS, COLOURS, WEEK_GRID]),
            ),
            st.just((SpecificPartitionsPartitionMapping(["red", "blue"]), COLOURS, DAILY)),
            st.just((table, COLOURS, SHADES)),
            st.tuples(st.sampled_from([same, None]), st.just(COLOURS), st.just(COLOURS)),
            st.tuples(st.sampled_from([same, None]), st.just(DAY_GRID), st.just(DAY_GRID)),
            st.tuples(st.none(), st.sampled_from([DAILY, HOURLY, COLOURS]), st.sampled_from([DAY_GRID, WEEK_GRID])),
            st.tuples(st.none(), st.sampled_from([DAY_GRID, WEEK_GRID]), st.sampled_from([WEEKLY, DAILY, COLOURS])),
            st.tuples(
                st.sampled_from(
                    [MultiPartitionMapping(dict(legs)) for legs in (by_colour, by_week, by_colour | by_week, {})]
                ),
                st.just(DAY_GRID),
                st.just(WEEK_GRID),
            ),
            st.just((MultiToSingleDimensionPartitionMapping("shade"), PLAIN_GRID, SHADES)),
            st.just((MultiToSingleDimensionPartitionMapping("shade"), SHADES, PLAIN_GRID)),
            st.just(
                (MultiPartitionMapping({"shade": DimensionPartitionMapping("shade", same)}), PLAIN_GRID, PLAIN_GRID)
            ),
        )
    )


@settings(deadline=None, max_examples=150)
@given(cases(), st.data())
def test_the_keys_that_are_read_are_those_that_a_plan_reads(case, data):
    mapping, upstream, downstream = case
    meant = infer_mapping(mapping, upstream=upstream, downstream=downstream)
    keys = downstream.get_partition_keys(NOW)
    chosen = data.draw(st.lists(st.sampled_from(keys), max_size=4, unique=True))
    expected = {up for key in chosen for up in get_upstream_keys(mapping, key, upstream, downstream, current_time=NOW)}

    found = meant.get_upstream_mapped_partitions_result_for_partitions(
        downstream.subset_with_partition_keys(chosen), downstream, upstream, NOW
    )

    assert set(found.partitions_subset.get_partition_keys()) == expected
    several = meant.reads_several(upstream, downstream)
    counts = [len(get_upstream_keys(mapping, key, upstream, downstream, current_time=NOW)) for key in chosen]
    assert several or all(count <= 1 for count in counts)


@settings(deadline=None, max_examples=80)
@given(cases(), st.data())
def test_readers_are_those_that_read(case, data):
    mapping, upstream, downstream = case
    assume(not isinstance(downstream, HourlyPartitionsDefinition))
    meant = infer_mapping(mapping, upstream=upstream, downstream=downstream)
    chosen = set(data.draw(st.lists(st.sampled_from(upstream.get_partition_keys(NOW)), max_size=3)))
    expected = {
        key
        for key in downstream.get_partition_keys(NOW)
        if chosen.intersection(get_upstream_keys(mapping, key, upstream, downstream, current_time=NOW))
    }

    found = meant.get_downstream_partitions_for_partitions(
        upstream.subset_with_partition_keys(chosen), upstream, downstream, NOW
    )

    assert set(found.get_partition_keys()) == expected


def required(mapping, key, upstream, downstream):
    found = mapping.get_upstream_mapped_partitions_result_for_partitions(
        downstream.subset_with_partition_keys([key]), downstream, upstream, NOW
    )
    return [*found.partitions_subset.get_partition_keys()], found.required_but_nonexistent_partition_keys


def test_what_should_be_read_and_does_not_exist_is_told():
    june = DailyPartitionsDefinition("2024-06-01")
    may = DailyPartitionsDefinition("2024-05-01")
    assert required(TimeWindowPartitionMapping(), "2024-05-20", june, may) == ([], ["2024-05-20"])
    assert required(TimeWindowPartitionMapping(), "2024-06-20", june, may) == (["2024-06-20"], [])
    lenient = TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)
    assert required(lenient, "2024-05-20", june, may) == ([], [])
    ahead = MonthlyPartitionsDefinition("2024-01-01", end_offset=1)
    keys, absent = required(TimeWindowPartitionMapping(), "2024-11-01", june, ahead)
    assert (keys[-1], absent[0], absent[-1]) == ("2024-11-19", "2024-11-20", "2024-11-30")
    assert required(IdentityPartitionMapping(), "pink", COLOURS, SHADES) == ([], ["pink"])


def test_an_offset_does_not_ask_for_what_lies_before_the_first_window():
    assert required(PREVIOUS_DAY, "2024-10-25", DAILY, DAILY) == ([], [])
    assert required(TimeWindowPartitionMapping(-3, 0), "2024-10-26", DAILY, DAILY) == (["2024-10-25", "2024-10-26"], [])


def test_an_unpartitioned_asset_reads_all_or_the_last():
    for mapping, count in ((AllPartitionMapping(), 3), (LastPartitionMapping(), 1)):
        found = mapping.get_upstream_mapped_partitions_result_for_partitions(None, None, COLOURS)
        assert len(found.partitions_subset) == count
    with pytest.raises(DefinitionError, match="has none"):
        PREVIOUS_DAY.get_upstream_mapped_partitions_result_for_partitions(None, None, DAILY)


def test_a_table_that_names_unknown_keys_is_refused():
    table = StaticPartitionMapping({"red": "violet"})
    for ask in (
        lambda: table.validate_partition_mapping(COLOURS, SHADES),
        lambda: table.get_downstream_partitions_for_partitions(COLOURS.empty_subset(), COLOURS, SHADES),
    ):
        with pytest.raises(MappedKeyError, match="violet"):
            ask()


def test_windows_of_different_zones_do_not_pass_validation():
    with pytest.raises(DefinitionError, match="Timezones UTC and America/New_York don't match"):
        PREVIOUS_DAY.validate_partition_mapping(DailyPartitionsDefinition("2024-01-01"), DAILY)
    PREVIOUS_DAY.validate_partition_mapping(HOURLY, DAILY)


def test_windows_of_other_schedules_may_be_read_by_key():
    every_other = DailyPartitionsDefinition("2024-10-25", timezone=ZONE, exclusions=["0 0 2-31/2 * *"])
    same = IdentityPartitionMapping()
    assert get_upstream_keys(same, "2024-11-03", DAILY, every_other, current_time=NOW) == ["2024-11-03"]
    yearly = MonthlyPartitionsDefinition("2024-03-01", timezone=ZONE)
    assert get_upstream_keys(same, "2024-11-01", DAILY, yearly, current_time=NOW + timedelta(days=20)) == ["2024-11-01"]
    assert not same.reads_several(DAILY, yearly)


def test_dynamic_dimensions_ask_the_store():
    class Store:
        def get_dynamic_partitions(self, partitions_def_name):
            return {"fruits": ["apple", "pear"], "shops": ["north", "south"]}[partitions_def_name]

        def has_dynamic_partition(self, partitions_def_name, partition_key):
            return partition_key in self.get_dynamic_partitions(partitions_def_name)

    fruits, shops = DynamicPartitionsDefinition(name="fruits"), DynamicPartitionsDefinition(name="shops")
    sales = MultiPartitionsDefinition({"fruit": fruits, "shop": shops})
    found = MultiToSingleDimensionPartitionMapping().get_upstream_mapped_partitions_result_for_partitions(
        fruits.subset_with_partition_keys(["pear"]), fruits, sales, dynamic_partitions_store=Store()
    )
    assert found.partitions_subset.get_partition_keys() == {"pear|north", "pear|south"}


@pytest.mark.parametrize(
    ("mapping", "upstream", "downstream"),
    [
        (None, DAY_GRID, WEEK_GRID),
        (None, DAY_GRID, SHADES),
        (None, PLAIN_GRID, DAILY),
        (MultiToSingleDimensionPartitionMapping(), DAY_GRID, DAY_GRID),
        (MultiToSingleDimensionPartitionMapping("when"), DAY_GRID, COLOURS),
        (MultiToSingleDimensionPartitionMapping("shape"), DAY_GRID, COLOURS),
        (MultiPartitionMapping({}), DAY_GRID, DAILY),
        (MultiPartitionMapping({"shape": DimensionPartitionMapping("week", PREVIOUS_DAY)}), DAY_GRID, WEEK_GRID),
        (MultiPartitionMapping({"when": DimensionPartitionMapping("shape", PREVIOUS_DAY)}), DAY_GRID, WEEK_GRID),
        (MultiPartitionMapping({"when": DimensionPartitionMapping("colour", PREVIOUS_DAY)}), DAY_GRID, WEEK_GRID),
        (SpecificPartitionsPartitionMapping(["pink|2024-11-01"]), DAY_GRID, None),
        (IdentityPartitionMapping(), DAY_GRID, WEEK_GRID),
        (PREVIOUS_DAY, DAY_GRID, DAILY),
        (StaticPartitionMapping({"red": "red"}), DAY_GRID, COLOURS),
    ],
    ids=repr,
)
def test_dimensions_that_do_not_go_together_are_refused(mapping, upstream, downstream):
    with pytest.raises(DefinitionError):
        resolve_mapping(mapping, upstream=upstream, downstream=downstream)


def test_a_dynamic_key_may_be_named_before_it_is_added():
    fruits = DynamicPartitionsDefinition(name="fruits").resolve(["apple"])
    kinds = StaticPartitionsDefinition(["apple", "pear"])
    assert get_upstream_keys(None, "apple", fruits, kinds) == ["apple"]
    assert get_upstream_keys(None, "pear", fruits, kinds) == []
    assert get_upstream_keys(SpecificPartitionsPartitionMapping(["apple", "pear"]), "pear", fruits, kinds) == ["apple"]
    assert get_upstream_keys(StaticPartitionMapping({"plum": "pear", "apple": "pear"}), "pear", fruits, kinds) == [
        "apple"
    ]


@pytest.mark.parametrize("given", [None, {"colour": IdentityPartitionMapping()}, ["colour"]])
def test_a_mapping_of_dimensions_says_how_each_is_read(given):
    with pytest.raises(DefinitionError):
        MultiPartitionMapping(given)


def test_mappings_of_dimensions_are_values():
    same = DimensionPartitionMapping("colour", IdentityPartitionMapping())
    mapping = MultiPartitionMapping({"when": DimensionPartitionMapping("week", PREVIOUS_DAY), "colour": same})
    assert eval(repr(mapping)) == mapping == MultiPartitionMapping(mapping.downstream_mappings_by_upstream_dimension)
    assert len({mapping, mapping}) == 1
    others = [
        MultiPartitionMapping({}),
        MultiPartitionMapping({"colour": same}),
        MultiToSingleDimensionPartitionMapping(),
    ]
    assert len({each.identity() for each in [mapping, *others]}) == 4
    assert "'when' mapped to downstream dimension 'week' using TimeWindowPartitionMapping" in mapping.description
