"""Units: what one call makes, where a function is called more than once, and what cannot be put into an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from assetmake import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetIn,
    AssetKey,
    AssetSpec,
    asset,
    asset_check,
    multi_asset,
    multi_asset_check,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.collect import describe_assets
from assetmake.errors import DefinitionError
from assetmake.graph.asset_graph import AssetGraph, build_graph
from assetmake.graph.units import group_units, order_units


def spec(name: str, *deps: str) -> AssetSpec:
    return AssetSpec(name, deps=list(deps), skippable=True)


def make(name: str, *specs: AssetSpec, can_subset: bool = False, checks: Sequence[str] = ()) -> AssetsDefinition:
    own = [AssetCheckSpec("good", asset=each) for each in checks]

    @multi_asset(name=name, specs=list(specs), can_subset=can_subset, check_specs=own)
    def function() -> Iterator[Any]:
        yield from ()

    return function


def lone(name: str, *deps: str) -> AssetsDefinition:
    @asset(name=name, deps=list(deps))
    def function() -> None:
        pass

    return function


def graph_of(*declared: AssetsDefinition) -> AssetGraph:
    return build_graph(describe_assets(declared))


def units(graph: AssetGraph) -> list[list[str]]:
    return [list(map(str, unit)) for unit in dict.fromkeys(graph.units.values())]


def order(graph: AssetGraph) -> list[str]:
    return list(map(str, graph.order))


def test_what_one_call_makes_is_a_unit_and_what_is_made_alone_is_in_none() -> None:
    graph = graph_of(make("f", spec("a"), spec("b")), lone("c", "a"))
    assert units(graph) == [["a", "b"]]
    assert AssetKey("c") not in graph.units
    assert (graph.find_lead(AssetKey("b")), graph.find_lead(AssetKey("c"))) == (AssetKey("a"), AssetKey("c"))


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ([make("f", spec("a"), spec("b")), lone("x", "a"), lone("y", "b")], "a b x y"),
        ([lone("x"), make("f", spec("a", "x"), spec("b")), lone("y", "b")], "x a b y"),
        ([make("f", spec("a"), spec("b", "y")), lone("y")], "y a b"),
        ([make("f", spec("b", "a"), spec("a")), lone("y", "b")], "a b y"),
        ([make("f", spec("a"), spec("b")), make("g", spec("c", "a"), spec("d", "b")), lone("x", "a")], "a b c d x"),
        ([make("f", spec("a", "c"), spec("b")), make("g", spec("c"), spec("d"))], "c d a b"),
    ],
)
def test_a_unit_stands_together_in_the_order_after_all_that_any_of_it_reads(
    declared: list[AssetsDefinition], expected: str
) -> None:
    assert order(graph_of(*declared)) == expected.split()


# ---------------------------------------------------------------- functions that can make some


@pytest.mark.parametrize(
    ("specs", "between", "expected"),
    [
        ([spec("a"), spec("b"), spec("c")], [], [["a", "b", "c"]]),
        ([spec("a"), spec("b", "x"), spec("c")], [lone("x", "a")], [["a", "c"]]),
        ([spec("a"), spec("b", "x"), spec("c", "x")], [lone("x", "a")], [["b", "c"]]),
        ([spec("a"), spec("b", "y")], [lone("x", "a"), lone("y", "x")], []),
        ([spec("a"), spec("b", "x"), spec("c", "y")], [lone("x", "a"), lone("y", "x")], [["b", "c"]]),
        ([spec("a"), spec("b", "a"), spec("c", "b")], [], [["a", "b", "c"]]),
        (
            [spec("a"), spec("b"), spec("c", "x"), spec("d", "y"), spec("e", "y", "b")],
            [lone("x", "a"), lone("y", "c")],
            [["a", "b"], ["d", "e"]],
        ),
    ],
    ids=["none between", "one after", "two after", "far between", "near and far", "chain", "thrice"],
)
def test_it_is_called_once_for_what_comes_before_another_asset_and_once_for_what_comes_after(
    specs: list[AssetSpec], between: list[AssetsDefinition], expected: list[list[str]]
) -> None:
    graph = graph_of(make("f", *specs, can_subset=True), *between)
    assert units(graph) == expected
    for unit in expected:
        first = order(graph).index(unit[0])
        assert order(graph)[first : first + len(unit)] == unit


def test_two_functions_that_read_each_other_are_each_called_twice() -> None:
    graph = graph_of(
        make("f", spec("a"), spec("d", "c"), can_subset=True),
        make("g", spec("b", "a"), spec("c", "b"), can_subset=True),
    )
    assert units(graph) == [["b", "c"]]
    assert order(graph) == ["a", "b", "c", "d"]


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ([make("f", spec("a"), spec("b", "x")), lone("x", "a")], "others lie between them: a -> x -> a"),
        (
            [make("f", spec("a", "d"), spec("b")), make("g", spec("c", "b"), spec("d"))],
            "others lie between them: a -> c -> a",
        ),
        ([make("f", spec("a", "x"), spec("b")), lone("x", "a")], "assets depend on themselves"),
        ([make("f", spec("a", "b"), spec("b", "a"))], "assets depend on themselves"),
    ],
    ids=["one between", "two functions", "a cycle as such", "a cycle within one function"],
)
def test_what_has_no_order_is_refused_with_what_to_do(declared: list[AssetsDefinition], text: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        graph_of(*declared)
    assert text in str(caught.value)
    assert f"{__file__.rpartition('/')[2]}:" in str(caught.value)


def test_what_lies_between_is_told_with_the_way_out() -> None:
    with pytest.raises(DefinitionError, match="split the function, or declare can_subset=True"):
        graph_of(make("f", spec("a"), spec("b", "x")), lone("x", "a"))


def test_without_groups_the_order_is_that_of_the_assets() -> None:
    assert order_units(3, [], [[], [0], [1]]) == ([0, 1, 2], [])
    assert group_units([], []) == []


# ---------------------------------------------------------------- checks


def test_a_check_that_the_function_makes_belongs_to_the_unit_of_its_asset() -> None:
    graph = graph_of(make("f", spec("a"), spec("b"), checks=["a", "b"]))
    assert units(graph) == [["a", "b", "a:good", "b:good"]]
    assert [str(edge.upstream) for edge in graph.upstream[AssetKey("a:good")]] == ["a"]


def test_a_check_of_an_asset_that_is_made_alone_makes_them_a_unit() -> None:
    @asset(check_specs=[AssetCheckSpec("good", asset="a")])
    def a() -> None:
        pass

    assert units(graph_of(a)) == [["a", "a:good"]]


def test_where_a_function_is_called_twice_its_checks_go_with_their_assets() -> None:
    graph = graph_of(make("f", spec("a"), spec("b", "x"), can_subset=True, checks=["a", "b"]), lone("x", "a"))
    assert units(graph) == [["a", "a:good"], ["b", "b:good"]]


def test_checks_are_no_assets_and_nobody_reads_them() -> None:
    @asset_check(asset="a", additional_ins={"c": AssetIn("c")})
    def fine(c: Any) -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    graph = graph_of(lone("a"), lone("c"), fine)
    assert (order(graph), list(map(str, graph.checks))) == (["a", "c"], ["a:fine"])
    assert graph.downstream == {AssetKey("a"): (), AssetKey("c"): ()}
    assert {str(edge.upstream) for edge in graph.upstream[AssetKey("a:fine")]} == {"a", "c"}
    assert graph.find_asset(AssetKey("a:fine")) == AssetKey("a")


def test_checks_of_several_assets_that_one_function_makes_are_a_unit_of_their_own() -> None:
    @multi_asset_check(specs=[AssetCheckSpec("x", asset="a"), AssetCheckSpec("y", asset="b")])
    def both() -> Iterator[AssetCheckResult]:
        yield from ()

    graph = graph_of(lone("a"), lone("b"), both)
    assert units(graph) == [["a:x", "b:y"]]


def test_a_check_of_what_is_not_there_is_refused() -> None:
    @asset_check(asset="nothing")
    def fine() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    with pytest.raises(DefinitionError, match="nothing"):
        graph_of(lone("a"), fine)


# ---------------------------------------------------------------- a part of the graph


@pytest.mark.parametrize(
    ("wanted", "assets", "checks"),
    [
        (["low"], ["up", "a", "b", "low"], ["a:good", "low:fine"]),
        (["a"], ["up", "a", "b"], ["a:good"]),
        (["up"], ["up"], []),
        (["other"], ["other"], []),
    ],
)
def test_a_part_has_all_that_is_made_together_and_all_that_checks_read(
    wanted: list[str], assets: list[str], checks: list[str]
) -> None:
    @asset_check(asset="low", additional_deps=["other"])
    def fine() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    whole = graph_of(
        lone("up"), lone("other"), make("f", spec("a"), spec("b", "up"), checks=["a"]), lone("low", "a"), fine
    )
    part = whole.restrict(map(AssetKey, wanted))
    expected = [*assets, *(["other"] if "low:fine" in checks else [])]
    assert sorted(order(part)) == sorted(expected)
    assert sorted(map(str, part.checks)) == sorted(checks)
    assert set(part.upstream) == {*part.order, *part.checks}
    assert all(member in part.records for unit in part.units.values() for member in unit)
