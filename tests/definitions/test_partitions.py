"""Static keys, keys defined by files, and what may be a key."""

from __future__ import annotations

import pickle
import subprocess
import sys
import unicodedata
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assetmake.definitions import partitions
from assetmake.definitions.calendars import DailyPartitionsDefinition
from assetmake.definitions.file_partitions import FilePartitionsDefinition
from assetmake.definitions.multi_keys import MultiPartitionKey
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partitions import (
    PartitionKeyRange,
    PartitionsDefinition,
    Ranges,
    StaticPartitionsDefinition,
    check_key,
    format_ranges,
    hashed_part,
)
from assetmake.errors import DefinitionError, UnknownPartitionError, UsageError

COLOURS = StaticPartitionsDefinition(["red", "green", "blue"])
KEYS = (
    st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp", "Cf"]), min_size=1)
    .map(lambda text: unicodedata.normalize("NFC", text))
    .filter(lambda text: "..." not in text)
)


def test_the_order_of_the_keys_is_kept():
    assert COLOURS.get_partition_keys() == ["red", "green", "blue"]
    assert (COLOURS.get_first_partition_key(), COLOURS.get_last_partition_key()) == ("red", "blue")
    assert COLOURS.get_num_partitions() == 3
    assert COLOURS.get_partition_keys_in_range(PartitionKeyRange("red", "green")) == ["red", "green"]


def test_a_part_depends_on_nothing_but_the_key():
    assert hashed_part("red") == 3_599_812_412_869_288_141
    assert StaticPartitionsDefinition(["blue", "red"]).part_of("red") == hashed_part("red")


@settings(deadline=None)
@given(st.lists(KEYS, unique=True))
def test_keys_lead_to_parts_and_back(keys):
    definition = StaticPartitionsDefinition(keys)
    parts = definition.parts()
    assert [definition.key_of(part) for part in parts] == keys
    assert [definition.part_of(key) for key in keys] == list(parts)
    assert all(0 <= part < 2**63 for part in parts)


@settings(deadline=None)
@given(st.sets(st.integers(0, 30)))
def test_ranges_of_keys_tell_exactly_the_parts(chosen):
    definition = StaticPartitionsDefinition([f"key {number}" for number in reversed(range(31))])
    told = []
    for text in format_ranges(definition, [definition.part_of(f"key {number}") for number in chosen]):
        first, _, last = text.partition("..")
        told += definition.get_partition_keys_in_range(PartitionKeyRange(first, last or first))
    assert told == [f"key {number}" for number in sorted(chosen, reverse=True)]


def test_neighbours_are_those_of_the_definition():
    parts = {key: COLOURS.part_of(key) for key in COLOURS.partition_keys}
    assert format_ranges(COLOURS, [parts["blue"], parts["green"]]) == ["green..blue"]
    assert format_ranges(COLOURS, [parts["blue"], parts["red"]]) == ["red", "blue"]
    assert format_ranges(COLOURS, []) == []


def test_an_unknown_key_suggests_the_nearest():
    with pytest.raises(UnknownPartitionError, match="gren") as caught:
        COLOURS.part_of("gren")
    assert "green" in caught.value.hint
    assert not COLOURS.has_partition_key("gren")


def test_an_unknown_key_among_many_suggests_one_that_begins_alike():
    many = StaticPartitionsDefinition([f"customer-{number:06}" for number in range(100_000)])
    with pytest.raises(UnknownPartitionError) as caught:
        many.part_of("customer-0500000")
    assert "customer-05" in caught.value.hint
    assert format_ranges(many, many.parts()) == ["customer-000000..customer-099999"]


def test_a_key_given_twice_is_refused():
    with pytest.raises(DefinitionError, match="'red'"):
        StaticPartitionsDefinition(["red", "blue", "red"])


@pytest.mark.parametrize("keys", ["red", None, 5, [1, 2], [None]])
def test_what_is_not_a_list_of_strings_is_refused(keys):
    with pytest.raises(DefinitionError):
        StaticPartitionsDefinition(keys)


def test_keys_of_equal_hash_are_refused(monkeypatch):
    monkeypatch.setattr(partitions, "hashed_part", len)
    with pytest.raises(DefinitionError, match=r"'red' and 'tan' have the same hash"):
        StaticPartitionsDefinition(["red", "blue", "tan"]).parts()


def test_definitions_are_values():
    COLOURS.parts()
    twin = pickle.loads(pickle.dumps(COLOURS))
    assert twin == COLOURS
    assert hash(twin) == hash(COLOURS)
    assert StaticPartitionsDefinition(["green", "red", "blue"]) != COLOURS
    assert repr(COLOURS) == "StaticPartitionsDefinition(['red', 'green', 'blue'])"
    assert COLOURS.identity() == "static"


@pytest.mark.parametrize(
    "key",
    ["", "a\nb", "a\0", "\x7f", "\ud800", "user\u202etxt", "a\u2066b", "line\u2028break", "e\u0301te\u0301"],
    ids=ascii,
)
def test_a_string_that_could_deceive_is_no_key(key):
    with pytest.raises(DefinitionError):
        StaticPartitionsDefinition([key])
    with pytest.raises(UnknownPartitionError):
        COLOURS.part_of(key)


def test_a_key_that_is_not_normalised_is_shown_as_it_should_be():
    with pytest.raises(DefinitionError, match=r"e\\u0301te") as caught:
        check_key("e\u0301te")
    assert caught.value.hint == r"write it '\xe9te'"


@pytest.mark.parametrize("key", ["été", "a b", "a/b", "../x", "日本", "👩‍👩‍👧", "x" * 10_000], ids=lambda key: key[:9])
def test_any_other_string_is_a_key(key):
    assert StaticPartitionsDefinition([key]).get_partition_keys() == [key]


def test_keys_defined_by_files_are_known_once_resolved():
    files = FilePartitionsDefinition("inbox")
    with pytest.raises(UsageError, match="'inbox'"):
        files.parts()
    with pytest.raises(UsageError, match="'inbox'"):
        files.part_of("a")
    resolved = files.resolve(["b", "a"])
    assert resolved.get_partition_keys() == ["a", "b"]
    assert resolved.identity() == files.identity()
    assert pickle.loads(pickle.dumps(files)) == files


def test_importing_definitions_loads_nothing_heavy():
    code = (
        "import sys, assetmake.definitions.calendars, assetmake.definitions.resolution\n"
        "print({'duckdb', 'pyarrow', 'networkx', 'pandas', 'polars', 'croniter'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"


def test_a_key_is_not_what_stands_between_the_ends_of_a_range():
    with pytest.raises(DefinitionError, match=r"'\.\.\.'"):
        StaticPartitionsDefinition(["a", "b...c"])
    assert FilePartitionsDefinition("inbox").resolve(["b...c"]).get_partition_keys() == ["b...c"]


LETTERS = StaticPartitionsDefinition(list("abcdefgh"))
DAYS = DailyPartitionsDefinition(start_date="2026-01-01")


@pytest.mark.parametrize(
    ("definition", "keys", "told"),
    [
        (LETTERS, "acefgh", "a, c, +4 more"),
        (LETTERS, "abch", "a..c, h"),
        (LETTERS, "hgca", "a, c, +2 more"),
        (DAYS, ["2026-01-01", "2026-01-03", "2026-01-05", "2026-01-06"], "2026-01-01, 2026-01-03, +2 more"),
    ],
)
def test_of_ranges_that_are_left_out_the_partitions_are_counted(
    definition: PartitionsDefinition, keys: Iterable[str], told: str
) -> None:
    assert Ranges(definition, [definition.part_of(key) for key in keys]).shorten(2) == told


def test_of_boxes_that_are_left_out_the_boxes_are_counted() -> None:
    both = MultiPartitionsDefinition({"x": LETTERS, "y": LETTERS})
    parts = [both.part_of(MultiPartitionKey({"x": x, "y": y})) for x, y in ("aa", "cc", "cd", "ee", "eg")]
    ranges = Ranges(both, parts)

    assert ranges.shorten(2) == f"{ranges[0]}, {ranges[1]}, +{len(ranges) - 2} more ranges"
