"""The graph, drawn."""

from __future__ import annotations

import pytest

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.dependency import Dependency
from assetmake.definitions.place import Place
from assetmake.discovery.code.members import CodeGraph, Form, Member
from assetmake.discovery.manifest import AssetRecord, Fingerprint, Manifest, SourceRecord
from assetmake.graph.asset_graph import AssetGraph, build_graph
from assetmake.reporting.graph_text import (
    describe_code_graph,
    describe_graph,
    draw_dot,
    draw_mermaid,
    draw_tree,
    lay_out_assets,
    lay_out_code,
)

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
    assert list(draw_tree(lay_out_assets(diamond, diamond.order))) == [
        "file (source)",
        "└── a",
        "    ├── b",
        "    │   └── d",
        "    │       └── e",
        "    └── c",
        "        └── d (shown above)",
    ]


def test_a_selection_is_drawn_without_the_rest(diamond: AssetGraph) -> None:
    assert list(draw_tree(lay_out_assets(diamond, [AssetKey("b"), AssetKey("d"), AssetKey("e")]))) == [
        "b",
        "└── d",
        "    └── e",
    ]


def test_a_long_chain_is_drawn() -> None:
    chain = [make_asset("n0"), *(make_asset(f"n{number}", f"n{number - 1}") for number in range(1, 2_000))]
    graph = build_graph(Manifest(tuple(chain)))
    assert len(list(draw_tree(lay_out_assets(graph, graph.order)))) == 2_000


def test_dot_names_nodes_and_edges(diamond: AssetGraph) -> None:
    lines = list(draw_dot(lay_out_assets(diamond, diamond.order)))
    assert lines[0] == "digraph assets {"
    assert '  "file" [shape=note];' in lines
    assert '  "b" -> "d";' in lines


def test_mermaid_names_are_labels_and_never_syntax(diamond: AssetGraph) -> None:
    lines = list(draw_mermaid(lay_out_assets(diamond, diamond.order)))
    assert lines[:3] == ["graph LR", '  n0[("file")]', '  n1["a"]']
    assert "  n0 --> n1" in lines
    odd = build_graph(Manifest((make_asset('x"]<b>'),)))
    assert list(draw_mermaid(lay_out_assets(odd, odd.order)))[1] == '  n0["x#quot;]&lt;b&gt;"]'


def test_the_document_has_nodes_and_edges(diamond: AssetGraph) -> None:
    document = describe_graph(lay_out_assets(diamond, [AssetKey("a"), AssetKey("b")]))
    assert document == {
        "nodes": [
            {"name": "file", "type": "source"},
            {"name": "a", "type": "asset"},
            {"name": "b", "type": "asset"},
        ],
        "edges": [{"from": "file", "to": "a"}, {"from": "a", "to": "b"}],
    }


def make_code(*, unfollowed: tuple[str, ...] = (), **links: list[str]) -> CodeGraph:
    """Return members that refer to others, in that order."""
    return CodeGraph(
        {
            name: Member(
                name, "", Form.DEFINITION, "", links={f"by {each}": each for each in found}, unfollowed=unfollowed
            )
            for name, found in links.items()
        }
    )


def test_code_is_a_tree_from_the_asset_s_function_even_where_it_goes_in_circles() -> None:
    code = make_code(report=["clean", "LIMIT", "run"], clean=["LIMIT", "run"], run=["clean"], LIMIT=[], other=["clean"])
    assert list(draw_tree(lay_out_code(code, "report"))) == [
        "report",
        "├── clean",
        "│   ├── LIMIT",
        "│   └── run",
        "│       └── clean (shown above)",
        "├── LIMIT",
        "└── run (shown above)",
    ]


def test_one_that_is_referred_to_by_two_names_is_drawn_once() -> None:
    links = {"clean": "clean", "helpers.clean": "clean"}
    code = CodeGraph({**make_code(clean=[]).members, "report": Member("report", "", Form.DEFINITION, "", links=links)})
    assert list(draw_tree(lay_out_code(code, "report"))) == ["report", "└── clean"]


ODD = "a.py::<lambda>#2"
INNER = 'b.py::K.f"\\x'


def test_names_of_code_are_quoted_for_dot() -> None:
    assert list(draw_dot(lay_out_code(make_code(**{ODD: [INNER], INNER: []}), ODD))) == [
        "digraph code {",
        "  rankdir=LR;",
        "  node [shape=box];",
        '  "a.py::<lambda>#2";',
        '  "b.py::K.f\\"\\\\x";',
        '  "a.py::<lambda>#2" -> "b.py::K.f\\"\\\\x";',
        "}",
    ]


def test_names_of_code_are_quoted_for_mermaid() -> None:
    assert list(draw_mermaid(lay_out_code(make_code(**{ODD: [INNER], INNER: []}), ODD))) == [
        "graph LR",
        '  n0["a.py::&lt;lambda&gt;#35;2"]',
        '  n1["b.py::K.f#quot;\\x"]',
        "  n0 --> n1",
    ]


def test_the_document_of_code_tells_what_is_not_followed() -> None:
    code = make_code(unfollowed=("what exec() runs",), report=["clean"], clean=[])
    assert describe_code_graph(lay_out_code(code, "report"), AssetKey("report"), code) == {
        "asset": "report",
        "nodes": [
            {"name": "report", "unfollowed": ["what exec() runs"]},
            {"name": "clean", "unfollowed": ["what exec() runs"]},
        ],
        "edges": [{"from": "report", "to": "clean"}],
    }
