"""Sets of partitions as runs: the algebra is that of sets, and what is kept means the same later."""

from __future__ import annotations

from array import array

import pytest
from condition_steps import at
from hypothesis import given
from hypothesis import strategies as st

from assetmake import DailyPartitionsDefinition, MultiPartitionsDefinition, StaticPartitionsDefinition
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.planning.subsets import ONE, Runs, Universe, count, intersect, subtract, unite
from assetmake.ticking.outcome import find_later, find_latest

SETS = st.sets(st.integers(0, 30), max_size=20)
TIMES = st.lists(st.tuples(st.integers(0, 5).map(float), SETS), max_size=5)


def universe(definition: PartitionsDefinition, day: str = "10 00:00") -> Universe:
    return Universe(definition, definition.parts(current_time=at(day)))


def runs_of(numbers: set[int]) -> Runs:
    return Universe(None, range(100)).locate(sorted(numbers))


def numbers_of(runs: Runs) -> set[int]:
    return {number for start, stop in runs for number in range(start, stop)}


@given(SETS, SETS)
def test_the_algebra_is_that_of_sets(one: set[int], other: set[int]) -> None:
    first, second = runs_of(one), runs_of(other)
    assert numbers_of(first) == one
    assert unite(first, second) == runs_of(one | other)
    assert intersect(first, second) == runs_of(one & other)
    assert subtract(first, second) == runs_of(one - other)
    assert count(first) == len(one)


@given(TIMES, SETS)
def test_the_latest_time_of_each(times: list[tuple[float, set[int]]], within: set[int]) -> None:
    found = find_latest([[(time, runs_of(numbers)) for time, numbers in times]], runs_of(within))
    latest = {number: time for time, runs in found for number in numbers_of(runs)}
    assert latest == {
        number: max(time for time, numbers in times if number in numbers)
        for number in within
        if any(number in numbers for _, numbers in times)
    }


@given(TIMES, TIMES)
def test_what_came_later(one: list[tuple[float, set[int]]], other: list[tuple[float, set[int]]]) -> None:
    def latest(times: list[tuple[float, set[int]]]) -> dict[int, float]:
        return {number: max(t for t, some in times if number in some) for _, numbers in times for number in numbers}

    first, second = latest(one), latest(other)
    found = find_later(
        find_latest([[(time, runs_of(numbers)) for time, numbers in one]], runs_of(set(first))),
        find_latest([[(time, runs_of(numbers)) for time, numbers in other]], runs_of(set(second))),
    )
    assert numbers_of(found) == {number for number in first if number in second and first[number] > second[number]}


LETTERS = StaticPartitionsDefinition(["d", "a", "c", "b"])
SHOPS = MultiPartitionsDefinition({"day": DailyPartitionsDefinition("2026-01-01"), "shop": LETTERS})


@pytest.mark.parametrize("definition", [DailyPartitionsDefinition("2026-01-01"), LETTERS, SHOPS])
def test_parts_are_located_and_spelled(definition: PartitionsDefinition) -> None:
    all_there_are = universe(definition, "4 00:00")
    for size in (0, 1, 3, len(all_there_are.parts)):
        parts = all_there_are.parts[1 : size + 1] if size < len(all_there_are.parts) else all_there_are.parts
        assert list(all_there_are.spell(all_there_are.locate(array("q", parts)))) == list(parts)
        assert all_there_are.restore(all_there_are.keep(all_there_are.locate(parts))) == all_there_are.locate(parts)
    assert all_there_are.locate([7, -1]) == ()


def test_what_is_kept_means_the_same_when_there_are_others() -> None:
    before = universe(DailyPartitionsDefinition("2026-01-03"))
    kept = before.keep(before.locate(before.parts[1:3]))
    assert len(kept) == 2
    after = universe(DailyPartitionsDefinition("2026-01-01"), "20 00:00")
    assert after.list_spans(after.restore(kept)) == (("2026-01-04", "2026-01-05"),)
    later = universe(DailyPartitionsDefinition("2026-01-05"))
    assert later.list_spans(later.restore(kept)) == (("2026-01-05", "2026-01-05"),)

    letters = universe(LETTERS)
    kept = letters.keep(letters.locate([LETTERS.part_of("a"), LETTERS.part_of("c")]))
    more = universe(StaticPartitionsDefinition(["a", "new", "c"]))
    assert more.list_spans(more.restore(kept)) == (("a", "a"), ("c", "c"))


def test_sets_are_read_by_people() -> None:
    days = universe(DailyPartitionsDefinition("2026-01-01"), "31 00:00")
    assert days.describe(days.locate(days.parts[2:5])) == "2026-01-03..2026-01-05"
    assert days.describe(days.locate(days.parts[::2])) == "2026-01-01, 2026-01-03, 2026-01-05, and 12 more"
    shops = universe(SHOPS, "3 00:00")
    assert shops.list_spans(((0, 2),)) == (("2026-01-01|d", "2026-01-01|d"), ("2026-01-01|a", "2026-01-01|a"))
    assert shops.describe(shops.all) == "2026-01-01|d, 2026-01-01|a, 2026-01-01|c, and 5 more"
    assert (ONE.describe(ONE.all), ONE.list_spans(ONE.all)) == ("", ())
