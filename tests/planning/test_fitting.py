"""As much as fits of what comes first, each node with all that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.fitting import Fitting
from assetmake.planning.plan import Parts
from thoroughness import times

LETTERS = [AssetKey([letter]) for letter in "abc"]
Needs = dict[tuple[AssetKey, int], set[tuple[AssetKey, int]]]


class Reaching:
    """What nodes need, of a made-up graph; each look is counted."""

    def __init__(self, needs: Needs) -> None:
        self.needs = needs
        self.looks = 0

    def __call__(self, nodes: Mapping[AssetKey, Parts]) -> dict[AssetKey, Parts]:
        self.looks += 1
        found = {(key, part) for key, parts in nodes.items() for part in parts}
        left = list(found)
        while left:
            new = self.needs.get(left.pop(), set()) - found
            found |= new
            left += new
        return {key: sorted(part for each, part in found if each == key) for key in LETTERS}


def sort(nodes: Mapping[AssetKey, Iterable[int]]) -> dict[AssetKey, Parts]:
    return {key: sorted(nodes[key]) for key in LETTERS if key in nodes}


@st.composite
def graphs(draw: st.DrawFn) -> Needs:
    """Draw a graph in which a node needs some of lower number, of any asset."""
    return {
        (key, part): {
            (LETTERS[place], up)
            for place, up in draw(st.sets(st.tuples(st.integers(0, 2), st.integers(0, max(0, part - 1))), max_size=4))
            if up < part
        }
        for key in LETTERS
        for part in range(8)
    }


@settings(max_examples=times(100), deadline=None)
@given(graphs(), st.permutations([(key, part) for key in LETTERS for part in range(8)]), st.integers(1, 30))
def test_no_more_than_there_is_room_for_and_something(
    needs: Needs, order: list[tuple[AssetKey, int]], most: int
) -> None:
    reach = Reaching(needs)
    fitting = Fitting({key: frozenset(range(8)) for key in LETTERS}, most, reach, sort)
    fitting.take(order)

    taken = sum(len(parts) for parts in Reaching(needs)(sort(fitting.chosen)).values())
    assert 1 <= taken <= most or most >= len(order)
    assert taken <= most


def test_what_does_not_fit_is_passed_over_and_its_needs_take_what_room_is_left() -> None:
    a, b, c = LETTERS
    needs: Needs = {(c, 0): {(a, part) for part in range(10)}}
    fitting = Fitting({a: set(range(10)), b: {0, 1}, c: {0}}, 6, Reaching(needs), sort)
    fitting.take([(b, 0), (c, 0), (b, 1)])

    assert fitting.chosen == {a: {0, 1, 2, 3}, b: {0, 1}}


def test_what_one_call_makes_is_chosen_alone_though_it_is_more_than_there_is_room_for() -> None:
    a, b, c = LETTERS
    together = {(a, 0), (b, 0), (c, 0)}
    needs: Needs = dict.fromkeys(together, together)
    fitting = Fitting({key: {0} for key in LETTERS}, 2, Reaching(needs), sort)
    fitting.take([(b, 0), (c, 0), (a, 0)])

    assert fitting.chosen == {a: {0}}


def test_a_long_order_takes_a_few_looks() -> None:
    a, b, _ = LETTERS
    needs: Needs = {(b, part): {(a, part), (a, part - 1), (a, part - 2)} for part in range(40_000)}
    reach = Reaching(needs)
    asked = {a: set(range(-2, 40_000)), b: set(range(40_000))}
    fitting = Fitting(asked, 1_000, reach, sort)
    fitting.take([(b, part) for part in reversed(range(39_000, 40_000))])

    assert sum(map(len, Reaching(needs)(sort(fitting.chosen)).values())) in {999, 1_000}
    assert reach.looks < 40
