"""The graph as a tree for people, and as dot, mermaid and JSON for tools."""

from __future__ import annotations

import html
import json
from collections.abc import Collection, Iterator
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph
from assetmake.reporting.display import display

_SEEN = " (shown above)"


def draw_tree(graph: AssetGraph, keys: Collection[AssetKey]) -> Iterator[str]:
    """Return the graph as an indented tree, from what reads nothing down to what nothing reads.

    A node that is reached a second time is named, and what is below it is not repeated.
    """
    shown: set[AssetKey] = set()
    below = _find_edges(graph, keys)
    reached = {down for downs in below.values() for down in downs}
    for root in (key for key in below if key not in reached):
        yield from _draw(graph, root, below, shown)


def draw_dot(graph: AssetGraph, keys: Collection[AssetKey]) -> Iterator[str]:
    """Return the graph in Graphviz's language."""
    below = _find_edges(graph, keys)
    yield "digraph assets {"
    yield "  rankdir=LR;"
    yield "  node [shape=box];"
    for key in below:
        yield f"  {_quote(key)}{' [shape=note]' if key in graph.sources else ''};"
    yield from (f"  {_quote(up)} -> {_quote(down)};" for up, downs in below.items() for down in downs)
    yield "}"


def draw_mermaid(graph: AssetGraph, keys: Collection[AssetKey]) -> Iterator[str]:
    """Return the graph as a mermaid flow chart."""
    below = _find_edges(graph, keys)
    names = {key: f"n{number}" for number, key in enumerate(below)}
    yield "graph LR"
    for key, name in names.items():
        label = html.escape(display(str(key))).replace("&quot;", "#quot;")
        yield f'  {name}[("{label}")]' if key in graph.sources else f'  {name}["{label}"]'
    yield from (f"  {names[up]} --> {names[down]}" for up, downs in below.items() for down in downs)


def describe_graph(graph: AssetGraph, keys: Collection[AssetKey]) -> dict[str, Any]:
    """Return the graph as a document."""
    below = _find_edges(graph, keys)
    return {
        "nodes": [{"name": str(key), "type": "source" if key in graph.sources else "asset"} for key in below],
        "edges": [{"from": str(up), "to": str(down)} for up, downs in below.items() for down in downs],
    }


def _find_edges(graph: AssetGraph, keys: Collection[AssetKey]) -> dict[AssetKey, list[AssetKey]]:
    """Return what is below each of the assets and the sources that they read, upstream first."""
    wanted = set(keys)
    read = {edge.upstream for key in wanted for edge in graph.upstream[key]}
    nodes = [key for key in graph.sources if key in read] + [key for key in graph.order if key in wanted]
    return {key: [down for down in graph.downstream.get(key, ()) if down in wanted] for key in nodes}


def _draw(
    graph: AssetGraph, root: AssetKey, below: dict[AssetKey, list[AssetKey]], shown: set[AssetKey]
) -> Iterator[str]:
    # A stack of our own: a chain of a thousand assets is deeper than Python's.
    pending = [(root, "", "")]
    while pending:
        key, lead, indent = pending.pop()
        again = key in shown and bool(below[key])
        mark = " (source)" if key in graph.sources else ""
        yield f"{lead}{display(str(key))}{mark}{_SEEN if again else ''}"
        if key in shown:
            continue
        shown.add(key)
        downs = below[key]
        for position in reversed(range(len(downs))):
            last = position == len(downs) - 1
            branch, stem = ("└── ", "    ") if last else ("├── ", "│   ")
            pending.append((downs[position], indent + branch, indent + stem))


def _quote(key: AssetKey) -> str:
    return json.dumps(display(str(key)), ensure_ascii=False)
