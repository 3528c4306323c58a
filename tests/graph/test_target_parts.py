"""Rules for keys become partitions, in the order of the definition, by counting and not by walking."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime

import pytest
from handmade import COLOURS, DAILY, MONTHLY, make_asset, make_graph
from hypothesis import given
from hypothesis import strategies as st

from assetmake.definitions.calendars import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partitions import PartitionsDefinition, StaticPartitionsDefinition
from assetmake.errors import UnknownPartitionError, UsageError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.key_rules import AllKeys, KeyOptions, KeyRange, KeyRule, LatestKeys, MissingKeys, OneKey
from assetmake.graph.selection import select
from assetmake.graph.targets import TargetParts, resolve_rules, resolve_targets

NOW = datetime(2013, 3, 10, 12, tzinfo=UTC)
WEEKLY = WeeklyPartitionsDefinition("2013-01-06")
LATE = DailyPartitionsDefinition("2013-01-10")
BERLIN = HourlyPartitionsDefinition("2013-01-01-00:00", timezone="Europe/Berlin")


def keys(definition: PartitionsDefinition, *rules: KeyRule) -> list[str]:
    parts = resolve_rules(definition, rules, current_time=NOW).parts
    assert parts is not None
    return [definition.key_of(part) for part in parts]


def ends(definition: PartitionsDefinition, start: str | None, end: str | None) -> tuple[str, str]:
    found = keys(definition, KeyRange(start, end))
    return found[0], found[-1]


@pytest.mark.parametrize(
    ("definition", "start", "end", "expected"),
    [
        (DAILY, "2013-01-05", "2013-01-07", ("2013-01-05", "2013-01-07")),
        (DAILY, "2013-02", "2013-02", ("2013-02-01", "2013-02-28")),
        (DAILY, "2013", "2013", ("2013-01-01", "2013-03-09")),
        (DAILY, None, "2013-01", ("2013-01-01", "2013-01-31")),
        (DAILY, "2013-03-01", None, ("2013-03-01", "2013-03-09")),
        (LATE, "2013", "2013-01-12", ("2013-01-10", "2013-01-12")),
        (LATE, "2012-12", "2013-01-12", ("2013-01-10", "2013-01-12")),
        (WEEKLY, "2013-01-01", "2013-01-31", ("2013-01-06", "2013-01-27")),
        (DAILY, "2013-03-08", "2040-01-01", ("2013-03-08", "2013-03-09")),
        (DAILY, "2013-01-05T06:00", "2013-01-07T00:00", ("2013-01-06", "2013-01-07")),
        (MONTHLY, "2013-01-15", "2013-02-15", ("2013-02-01", "2013-02-01")),
        (MONTHLY, "2013-01", "2013-02-01", ("2013-01-01", "2013-02-01")),
        (WEEKLY, "2013-01-07", "2013-01-31", ("2013-01-13", "2013-01-27")),
        (BERLIN, "2013-01-02", "2013-01-02", ("2013-01-02-00:00", "2013-01-02-23:00")),
        (BERLIN, "2013-01-02-05:00", "2013-01-02", ("2013-01-02-05:00", "2013-01-02-23:00")),
        (BERLIN, "2013-01-02T05:00+00:00", "2013-01-02", ("2013-01-02-06:00", "2013-01-02-23:00")),
        (COLOURS, "red", "green", ("red", "green")),
        (COLOURS, "green", None, ("green", "blue")),
        (COLOURS, None, "green", ("red", "green")),
    ],
)
def test_a_range_includes_both_its_ends(
    definition: PartitionsDefinition, start: str | None, end: str | None, expected: tuple[str, str]
):
    assert ends(definition, start, end) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([OneKey("2013-01-05")], ["2013-01-05"]),
        ([LatestKeys(2)], ["2013-03-08", "2013-03-09"]),
        ([OneKey("2013-03-09"), OneKey("2013-01-01")], ["2013-01-01", "2013-03-09"]),
        ([OneKey("2013-03-09"), LatestKeys(1), KeyRange("2013-03-09", None)], ["2013-03-09"]),
        ([], []),
        ([MissingKeys()], []),
    ],
)
def test_rules_are_united_in_the_order_of_the_definition(rules: list[KeyRule], expected: list[str]):
    assert keys(DAILY, *rules) == expected


def test_a_fixed_list_keeps_its_order():
    assert keys(COLOURS, OneKey("blue"), OneKey("red")) == ["red", "blue"]
    assert keys(COLOURS, AllKeys()) == ["red", "green", "blue"]
    assert keys(COLOURS, LatestKeys(9)) == ["red", "green", "blue"]


def test_missing_is_a_flag_beside_the_parts():
    found = resolve_rules(COLOURS, [OneKey("red"), MissingKeys()], current_time=NOW)
    assert found == TargetParts(array("q", [COLOURS.part_of("red")]), missing=True)


def test_neighbouring_ranges_of_a_million_hours_stay_arithmetic():
    hours = HourlyPartitionsDefinition("1900-01-01-00:00")
    rules = [KeyRange("1950", None), KeyRange(None, "1949"), OneKey("1960-01-01-00:00")]
    found = resolve_rules(hours, rules, current_time=datetime(2020, 1, 1, tzinfo=UTC)).parts
    assert isinstance(found, range)
    assert len(found) > 1_000_000


@given(st.lists(st.tuples(st.integers(0, 67), st.integers(0, 67)).map(sorted), max_size=5))
def test_a_union_of_ranges_is_a_union_of_sets(spans: list[list[int]]):
    names = DAILY.get_partition_keys(NOW)
    wanted = {place for low, high in spans for place in range(low, high + 1)}
    rules = [KeyRange(names[low], names[high]) for low, high in spans]
    assert keys(DAILY, *rules) == [names[place] for place in sorted(wanted)]


@pytest.mark.parametrize(
    ("definition", "rule", "said"),
    [
        (DAILY, OneKey("2013-03-10"), "begins to exist at 2013-03-11 00:00 UTC"),
        (DAILY, OneKey("2012-12-31"), "before the first"),
        (DAILY, OneKey("yesterday"), "yesterday"),
        (
            DailyPartitionsDefinition("2013-01-01", "2013-02-01"),
            OneKey("2013-02-01"),
            "there is no partition",
        ),
        (DailyPartitionsDefinition("2013-01-01", end_offset=1), OneKey("2013-03-11"), "at 2013-03-11 00:00"),
        (COLOURS, OneKey("geen"), "geen"),
        (DAILY, KeyRange("2011", "2012"), "2011..2012"),
        (DAILY, KeyRange("2014", None), "2014.."),
        (MONTHLY, KeyRange("2013-01-05", "2013-01-10"), "2013-01-05..2013-01-10"),
        (DAILY, KeyRange("soon", None), "neither a partition key nor a date"),
        (DAILY, KeyRange("2013-02-30", None), "neither a partition key nor a date"),
        (COLOURS, KeyRange("red", "yellow"), "yellow"),
        (StaticPartitionsDefinition([]), KeyRange("a", None), "no partition"),
    ],
)
def test_a_partition_that_is_not_there_is_explained(definition: PartitionsDefinition, rule: KeyRule, said: str):
    with pytest.raises(UnknownPartitionError) as caught:
        resolve_rules(definition, [rule], current_time=NOW)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("definition", "start"),
    [(DAILY, "2012-12-31"), (DAILY, "2010-01-01"), (MONTHLY, "2012-12-01"), (BERLIN, "2012-12-31-23:00")],
)
@pytest.mark.parametrize("end", ["2013-02", None])
def test_a_range_that_begins_before_the_first_partition_is_refused(
    definition: PartitionsDefinition, start: str, end: str | None
):
    with pytest.raises(UnknownPartitionError, match="begins before the first partition") as caught:
        resolve_rules(definition, [KeyRange(start, end)], current_time=NOW)
    first = definition.key_of(definition.parts(current_time=NOW)[0])
    assert caught.value.hint.startswith(f"the first is {first}, ")
    assert caught.value.hint.endswith(f"from the first on is {f'..{end}' if end else f'{first}..'}")
    assert ends(definition, None, end)[0] == first


@pytest.mark.parametrize(("start", "hint"), [("2013-01-05", "2013-01-05.."), (None, "..2013-01-09")])
def test_a_range_that_ends_after_the_last_partition_there_will_be_is_refused(start: str | None, hint: str):
    ended = DailyPartitionsDefinition("2013-01-01", end_date="2013-01-10")
    with pytest.raises(UnknownPartitionError, match="ends after the last partition, and no more come") as caught:
        resolve_rules(ended, [KeyRange(start, "2013-02-05")], current_time=NOW)
    assert caught.value.hint == f"the first is 2013-01-01, the last is 2013-01-09; up to the last is {hint}"
    assert ends(ended, "2013-01-05", "2013-01-09") == ("2013-01-05", "2013-01-09")
    assert ends(ended, "2013-01-05", "2013-02") == ("2013-01-05", "2013-01-09"), "a date that is no partition"


def test_a_range_may_end_in_windows_still_to_come():
    ending = DailyPartitionsDefinition("2013-01-01", end_date="2013-06-01")
    for definition in (DAILY, ending):
        assert ends(definition, "2013-03-01", "2013-04-01") == ("2013-03-01", "2013-03-09")


def test_of_several_assets_a_range_may_end_after_some():
    ended = DailyPartitionsDefinition("2013-01-01", end_date="2013-01-10")
    graph = make_graph(make_asset("going", partitions=DAILY), make_asset("ended", partitions=ended))
    found = resolve(graph, "going ended", start="2013-01-09", end="2013-01-10")
    assert found == {"going": ["2013-01-09", "2013-01-10"], "ended": ["2013-01-09"]}
    with pytest.raises(UnknownPartitionError, match=r"asset ended: the range 2013-01-09\.\.2013-01-10 ends after"):
        resolve(graph, "going ended@2013-01-09..2013-01-10")


def test_in_several_dimensions_the_windows_count():
    both = MultiPartitionsDefinition({"day": DAILY, "colour": COLOURS})
    with pytest.raises(UnknownPartitionError, match="begins before the first partition"):
        resolve_rules(both, [KeyRange("2012-12-31", "2013-01-01")], current_time=NOW)
    assert len(keys(both, KeyRange(None, "2013-01-01"))) == 3


@pytest.mark.parametrize("rule", [OneKey("2013-03-10"), OneKey("2012-12-31"), KeyRange("2014", None)])
def test_the_first_and_the_last_key_are_named(rule: KeyRule):
    with pytest.raises(UnknownPartitionError) as caught:
        resolve_rules(DAILY, [rule], current_time=NOW)
    assert caught.value.hint == "the first is 2013-01-01, the last is 2013-03-09"


@pytest.mark.parametrize(
    ("definition", "start", "end"),
    [(DAILY, "2013-02-01", "2013-01-01"), (DAILY, "2013-02", "2013-01"), (COLOURS, "blue", "red")],
)
def test_a_range_from_end_to_start_is_refused(definition: PartitionsDefinition, start: str, end: str):
    with pytest.raises(UsageError, match=f"{start} comes after {end}"):
        resolve_rules(definition, [KeyRange(start, end)], current_time=NOW)


def resolve(graph: AssetGraph, *include: str, **options: object) -> dict[str, list[str] | None]:
    targets = select(graph, include, keys=KeyOptions(**options))  # type: ignore[arg-type]
    found = resolve_targets(graph, targets, current_time=NOW, resolve_keys=lambda key: graph.assets[key].partitions)
    named: dict[str, list[str] | None] = {}
    for key, target in found.items():
        definition = graph.assets[key].partitions
        named[str(key)] = None
        if definition is not None and target.parts is not None:
            named[str(key)] = [definition.key_of(part) for part in target.parts]
    return named


def test_a_key_is_taken_by_the_assets_that_have_it(project: AssetGraph):
    found = resolve(project, "report daily monthly carriers", partition="2013-02-01")
    assert found == {"daily": ["2013-02-01"], "monthly": ["2013-02-01"], "report": None}


def test_a_range_is_taken_by_the_assets_it_meets(project: AssetGraph):
    found = resolve(project, "daily monthly carriers", start="2013-01-30", end="2013-01-31")
    assert found == {"daily": ["2013-01-30", "2013-01-31"]}


def test_a_range_may_begin_before_some_of_the_assets_do():
    graph = make_graph(make_asset("early", partitions=DAILY), make_asset("late", partitions=LATE))
    assert resolve(graph, "early late", start="2013-01-08", end="2013-01-10") == {
        "early": ["2013-01-08", "2013-01-09", "2013-01-10"],
        "late": ["2013-01-10"],
    }
    with pytest.raises(UnknownPartitionError, match=r"asset early: .* \(none of the 2 assets asked for it has it\)"):
        resolve(graph, "early late", start="2012-12-31", end="2013-01-10")
    with pytest.raises(UnknownPartitionError, match=r"asset late: the range 2013-01-08\.\.2013-01-10 begins before"):
        resolve(graph, "early late@2013-01-08..2013-01-10")


def test_a_key_that_no_asset_has_is_an_error(project: AssetGraph):
    with pytest.raises(UnknownPartitionError, match=r"asset carriers: .*'gren' \(none of the 2 assets") as caught:
        resolve(project, "carriers daily", partition="gren")
    assert "green" in caught.value.hint


def test_a_suffix_is_for_its_own_asset(project: AssetGraph):
    with pytest.raises(UnknownPartitionError, match="asset carriers: "):
        resolve(project, "carriers@pink daily")


def test_ancestors_of_given_partitions_ask_for_none_of_their_own(project: AssetGraph):
    assert resolve(project, "+monthly@2013-01-01") == {
        "raw/flights": None,
        "daily": [],
        "monthly": ["2013-01-01"],
    }


def test_keys_are_those_that_the_caller_knows():
    graph = make_graph(make_asset("a", partitions=COLOURS))
    known = StaticPartitionsDefinition(["x", "y"])
    found = resolve_targets(graph, select(graph, ["a@y"]), current_time=NOW, resolve_keys=lambda key: known)
    assert [target.parts for target in found.values()] == [array("q", [known.part_of("y")])]
