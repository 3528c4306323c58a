"""The graph, drawn."""

from __future__ import annotations

import pytest

from assetmake.definitions.asset import Dependency
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.place import Place
from assetmake.discovery.manifest import AssetRecord, Fingerprint, Manifest, SourceRecord
from assetmake.graph.asset_graph import AssetGraph, build_graph
from assetmake.reporting.graph_text import describe_graph, draw_dot, draw_mermaid, draw_tree

PLACE = Place("assets.py", 1)


def make_asset(name: str, *reads: str) -> AssetRecord:
    needed = tuple(Dependency(AssetKey(read), read, None) for read in reads)
    return AssetRecord(AssetKey(name), "assets", PLACE, Fingerprint("", "", "", ""), needed)


@pytest.fixture
def diamond() -> AssetGraph:
    assets = (
        make_asset("a", "file"),
        make_asset("b", "a"),
        make_asset("c", "a"),
        make_asset("d", "b", "c"),
        make_asset("e", "d"),
    )
    return build_graph(Manifest(assets, (SourceRecord(AssetKey("file"), "x.csv", PLACE),)))


def test_a_tree_goes_down_and_repeats_nothing(diamond: AssetGraph) -> None:
    assert list(draw_tree(diamond, diamond.order)) == [
        "file (source)",
        "└── a",
        "    ├── b",
        "    │   └── d",
        "    │       └── e",
        "    └── c",
        "        └── d (shown above)",
    ]


def test_a_selection_is_drawn_without_the_rest(diamond: AssetGraph) -> None:
    assert list(draw_tree(diamond, [AssetKey("b"), AssetKey("d"), AssetKey("e")])) == ["b", "└── d", "    └── e"]


def test_a_long_chain_is_drawn() -> None:
    chain = [make_asset("n0"), *(make_asset(f"n{number}", f"n{number - 1}") for number in range(1, 2_000))]
    graph = build_graph(Manifest(tuple(chain)))
    assert len(list(draw_tree(graph, graph.order))) == 2_000


def test_dot_names_nodes_and_edges(diamond: AssetGraph) -> None:
    lines = list(draw_dot(diamond, diamond.order))
    assert lines[0] == "digraph assets {"
    assert '  "file" [shape=note];' in lines
    assert '  "b" -> "d";' in lines


def test_mermaid_names_are_labels_and_never_syntax(diamond: AssetGraph) -> None:
    lines = list(draw_mermaid(diamond, diamond.order))
    assert lines[:3] == ["graph LR", '  n0[("file")]', '  n1["a"]']
    assert "  n0 --> n1" in lines
    odd = build_graph(Manifest((make_asset('x"]<b>'),)))
    assert list(draw_mermaid(odd, odd.order))[1] == '  n0["x#quot;]&lt;b&gt;"]'


def test_the_document_has_nodes_and_edges(diamond: AssetGraph) -> None:
    document = describe_graph(diamond, [AssetKey("a"), AssetKey("b")])
    assert document == {
        "nodes": [
            {"name": "file", "type": "source"},
            {"name": "a", "type": "asset"},
            {"name": "b", "type": "asset"},
        ],
        "edges": [{"from": "file", "to": "a"}, {"from": "a", "to": "b"}],
    }
