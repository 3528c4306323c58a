"""From a manifest to a graph: what is connected, in which order, and what is wrong all at once."""

from __future__ import annotations

import pytest
from handmade import COLOURS, DAILY, key, make_asset, make_graph, make_source

from assetmake.definitions.mappings import AllPartitionMapping
from assetmake.definitions.resolution import MappingKind
from assetmake.discovery.manifest import AssetRecord, Manifest, ModuleFailure
from assetmake.errors import DefinitionError
from assetmake.graph.asset_graph import AssetGraph, build_graph


def explain(*assets: AssetRecord, **records: object) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        make_graph(*assets, **records)  # type: ignore[arg-type]
    return caught.value.message.splitlines()


def names(keys: object) -> list[str]:
    return [str(each) for each in keys]  # type: ignore[attr-defined]


def test_order_follows_the_data_and_else_the_declarations():
    graph = make_graph(make_asset("z", "y"), make_asset("b"), make_asset("y"), make_asset("a"))
    assert names(graph.order) == ["b", "y", "z", "a"]


def test_edges_stand_in_the_order_of_the_dependencies():
    graph = make_graph(
        make_asset("b"),
        make_asset("a"),
        make_asset("c", "b", "file", deps=("a",)),
        sources=(make_source("file"),),
    )
    edges = graph.upstream[key("c")]
    assert [(str(edge.upstream), edge.parameter) for edge in edges] == [
        ("b", "b"),
        ("file", "file"),
        ("a", None),
    ]
    assert names(graph.downstream[key("file")]) == ["c"]


def test_a_reader_of_two_parameters_is_downstream_once():
    graph = make_graph(make_asset("p/a"), make_asset("b", "a", "p/a"))
    assert len(graph.upstream[key("b")]) == 2
    assert names(graph.downstream[key("p/a")]) == ["b"]


def test_an_edge_says_what_its_mapping_means():
    graph = make_graph(
        make_asset("days", partitions=DAILY),
        make_asset("same", "days", partitions=DAILY),
        make_asset("every", "days", mapping=AllPartitionMapping(), partitions=DAILY),
    )
    (same,), (every,) = graph.upstream[key("same")], graph.upstream[key("every")]
    assert same.mapping is None
    assert (every.mapping, every.kind) == (AllPartitionMapping(), MappingKind.ALL)
    assert same.kind is not every.kind


@pytest.mark.parametrize(
    ("others", "meant"),
    [
        (["a", "p/a"], "a"),
        (["p/a", "q/a"], "p/a"),
        (["q/a"], "q/a"),
    ],
    ids=["exact", "beside the reader", "the only one that ends in it"],
)
def test_a_single_name_finds_its_asset(others: list[str], meant: str):
    graph = make_graph(make_asset("p/reader", "a"), *map(make_asset, others))
    assert names(edge.upstream for edge in graph.upstream[key("p/reader")]) == [meant]


def test_an_asset_named_like_its_upstream_reads_the_other_one():
    graph = make_graph(make_asset("raw/orders"), make_asset("clean/orders", "orders"))
    assert names(graph.downstream[key("raw/orders")]) == ["clean/orders"]


def test_an_ambiguous_name_lists_what_it_may_mean():
    (line,) = explain(make_asset("p/a"), make_asset("q/a"), make_asset("b", "a", line=7))
    assert line.startswith("/project/assets.py:7: asset b: parameter 'a'")
    assert "p/a, q/a" in line


@pytest.mark.parametrize("reader", [make_asset("b", "ordres"), make_asset("b", deps=("ordres",))])
def test_an_unknown_upstream_suggests_the_nearest(reader: AssetRecord):
    (line,) = explain(make_asset("shop/orders"), reader)
    assert "ordres" in line
    assert "did you mean shop/orders?" in line


def test_a_name_given_twice_tells_both_places():
    (line,) = explain(make_asset("a", line=1), make_asset("a", line=9))
    assert line.startswith("/project/assets.py:9: asset a is defined twice")
    assert "/project/assets.py:1" in line


def test_an_asset_and_a_source_cannot_share_a_name():
    (line,) = explain(make_asset("a"), sources=(make_source("a", line=4),))
    assert "/project/sources.py:4" in line


def test_an_alias_is_the_name_of_nothing_that_there_is():
    renamed = make_asset("new", line=3, aliases=(key("old"), key("raw"), key("gone")))
    assert explain(renamed, make_asset("old", line=9), sources=(make_source("raw", line=2),)) == [
        "/project/assets.py:3: asset new has the alias old, which is the asset at /project/assets.py:9",
        "/project/assets.py:3: asset new has the alias raw, which is the source at /project/sources.py:2",
    ]


def test_two_assets_cannot_have_one_alias():
    assert explain(
        make_asset("one", line=3, aliases=(key("old"), key("older"))),
        make_asset("two", line=5, aliases=(key("older"),)),
    ) == ["/project/assets.py:5: asset two has the alias older, and so has one (/project/assets.py:3)"]
    assert make_graph(make_asset("one", aliases=(key("old"), key("old")))).assets


def test_names_that_differ_in_case_only_would_share_a_file():
    (line,) = explain(make_asset("Sales/a"), make_asset("sales/A"))
    assert "only in upper and lower case" in line


@pytest.mark.parametrize("inner", ["a/b", "a/b/c", "A/b"])
def test_the_folder_of_partitions_holds_no_other_asset(inner: str):
    (line,) = explain(make_asset("a", partitions=DAILY), make_asset(inner))
    assert "folder of the partitions of a" in line


def test_a_folder_without_partitions_may_hold_assets():
    assert len(make_graph(make_asset("a"), make_asset("a/b", partitions=DAILY)).order) == 2


@pytest.mark.parametrize(
    ("assets", "path"),
    [
        ([make_asset("a", "b"), make_asset("b", "a")], "a -> b -> a"),
        ([make_asset("a", "c"), make_asset("b", "a"), make_asset("c", "b")], "a -> b -> c -> a"),
        (
            [make_asset("z", "b"), make_asset("a", "b"), make_asset("b", "a", "free"), make_asset("free")],
            "a -> b -> a",
        ),
    ],
)
def test_a_cycle_is_shown_in_the_direction_of_the_data(assets: list[AssetRecord], path: str):
    (line,) = explain(*assets)
    assert line.endswith(f": {path}")


def test_an_asset_that_reads_itself_is_told_what_it_can_read():
    (line,) = explain(make_asset("a", "a", partitions=DAILY, line=3))
    assert line == (
        "/project/assets.py:3: asset a reads itself: it can read its earlier partitions, with a mapping of "
        "TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)"
    )


def test_an_asset_without_partitions_cannot_read_itself():
    (line,) = explain(make_asset("a", "a", line=3))
    assert line == "/project/assets.py:3: asset a reads itself, so it would have to be there before it is made"


def test_each_tangle_is_reported():
    lines = explain(make_asset("a", "b"), make_asset("b", "a"), make_asset("x", "y"), make_asset("y", "x"))
    assert [line.rpartition(": ")[2] for line in lines] == ["a -> b -> a", "x -> y -> x"]


def test_an_impossible_mapping_names_both_assets():
    (line,) = explain(make_asset("a", partitions=COLOURS), make_asset("b", "a", partitions=DAILY, line=3))
    assert line.startswith("/project/assets.py:3: asset b cannot read a: ")


def test_all_problems_come_at_once_in_the_order_of_the_lines():
    lines = explain(
        make_asset("b", "nowhere", line=8),
        make_asset("a", line=2),
        make_asset("a", line=5),
        make_asset("A", line=6),
    )
    assert [line.split(":")[1] for line in lines] == ["5", "6", "8"]


def build_beside_a_broken_module(*assets: AssetRecord) -> AssetGraph:
    return build_graph(Manifest(assets, failures=(ModuleFailure("shop.broken", "shop/broken.py", "", ""),)))


def test_beside_a_broken_module_what_may_need_it_is_left_out():
    graph = build_beside_a_broken_module(
        make_asset("c", "b"), make_asset("b", "lost", "fine"), make_asset("fine"), make_asset("d", "fine")
    )
    assert names(graph.order) == ["fine", "d"]
    assert names(graph.assets) == ["fine", "d"]
    assert names(graph.downstream[key("fine")]) == ["d"]
    lost = "lost, which may be in a module that did not import (shop.broken)"
    assert graph.unavailable == {key("b"): lost, key("c"): lost}


def test_where_the_text_of_one_broken_module_defines_what_is_lost_it_is_there():
    failures = (
        ModuleFailure("shop.one", "shop/one.py", "", "", defines=("lost", "other")),
        ModuleFailure("shop.two", "shop/two.py", "", ""),
    )
    graph = build_graph(Manifest((make_asset("a", "lost"), make_asset("b", "else_")), failures=failures))
    assert graph.unavailable == {
        key("a"): "lost in shop.one, which did not import",
        key("b"): "else_, which may be in one of the modules that did not import (shop.one, shop.two)",
    }


def test_a_broken_module_excuses_no_other_problem():
    with pytest.raises(DefinitionError, match="asset a reads itself"):
        build_beside_a_broken_module(make_asset("a", "a"), make_asset("b", "lost"))


@pytest.mark.parametrize(
    ("depth", "up", "down"),
    [
        (None, {"raw/flights", "files"}, {"monthly", "report"}),
        (1, {"raw/flights"}, {"monthly"}),
        (0, set(), set()),
    ],
)
def test_walks_go_so_many_steps(project: AssetGraph, depth: int | None, up: set[str], down: set[str]):
    assert {str(each) for each in project.ancestors([key("daily")], depth)} == up
    assert {str(each) for each in project.descendants([key("daily")], depth)} == down


def test_a_start_is_reached_only_from_another_start(project: AssetGraph):
    assert key("daily") not in project.descendants([key("daily")])
    assert key("daily") in project.descendants([key("daily"), key("raw/flights")])


def test_ten_thousand_assets():
    width = 100
    records = [
        make_asset(f"a{number}", *(f"a{read}" for read in (number - width, number - 1) if read >= 0))
        for number in range(10_000)
    ]
    graph = make_graph(*reversed(records))
    assert [str(each) for each in graph.order] == [f"a{number}" for number in range(10_000)]
    assert sum(map(len, graph.upstream.values())) == sum(map(len, graph.downstream.values())) == 19_899
    assert len(graph.ancestors([key("a9999")])) == 9_999


def test_of_very_many_problems_the_first_are_shown():
    lines = explain(*(make_asset(f"a{number}", "nowhere", line=number) for number in range(1_000)))
    assert len(lines) == 101
    assert lines[-1] == "... and 900 more"
