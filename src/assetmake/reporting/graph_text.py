"""Graphs - of assets, or of the code of one - as a tree for people, and as dot, mermaid and JSON for tools."""

from __future__ import annotations

import html
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.code.members import CodeGraph
from assetmake.graph.asset_graph import AssetGraph
from assetmake.reporting.display import display

_SEEN = " (shown above)"


@dataclass(frozen=True, slots=True)
class Layout:
    """What is to be drawn.

    Attributes:
        title: What the nodes are, in one word.
        roots: Where a tree begins.
        below: For each node those that an edge leads to.
        sources: The nodes that are files.
    """

    title: str
    roots: Sequence[str]
    below: Mapping[str, Sequence[str]]
    sources: Collection[str] = ()

    def list_edges(self) -> Iterator[tuple[str, str]]:
        return ((above, each) for above, found in self.below.items() for each in found)


def lay_out_assets(graph: AssetGraph, keys: Collection[AssetKey]) -> Layout:
    """Return the assets and the sources that they read, from what reads nothing down to what nothing reads."""
    wanted = set(keys)
    read = {edge.upstream for key in wanted for edge in graph.upstream[key]}
    sources = [key for key in graph.sources if key in read]
    nodes = sources + [key for key in graph.order if key in wanted]
    below = {str(key): [str(down) for down in graph.downstream.get(key, ()) if down in wanted] for key in nodes}
    reached = {down for downs in below.values() for down in downs}
    return Layout("assets", [key for key in below if key not in reached], below, {str(key) for key in sources})


def lay_out_code(code: CodeGraph, root: str) -> Layout:
    """Return a member of a code graph, and from there who refers to whom."""
    below = {member.name: list(dict.fromkeys(member.links.values())) for member in code.reach(root)}
    return Layout("code", [root], below)


def draw_tree(layout: Layout) -> Iterator[str]:
    """Return the graph as an indented tree.

    A node that is reached a second time is named, and what is below it is not repeated.
    """
    shown: set[str] = set()
    for root in layout.roots:
        yield from _draw(layout, root, shown)


def draw_dot(layout: Layout) -> Iterator[str]:
    """Return the graph in Graphviz's language."""
    yield f"digraph {layout.title} {{"
    yield "  rankdir=LR;"
    yield "  node [shape=box];"
    for node in layout.below:
        yield f"  {_quote(node)}{' [shape=note]' if node in layout.sources else ''};"
    yield from (f"  {_quote(above)} -> {_quote(below)};" for above, below in layout.list_edges())
    yield "}"


def draw_mermaid(layout: Layout) -> Iterator[str]:
    """Return the graph as a mermaid flow chart."""
    names = {node: f"n{number}" for number, node in enumerate(layout.below)}
    yield "graph LR"
    for node, name in names.items():
        label = _escape(node)
        yield f'  {name}[("{label}")]' if node in layout.sources else f'  {name}["{label}"]'
    yield from (f"  {names[above]} --> {names[below]}" for above, below in layout.list_edges())


def describe_graph(layout: Layout) -> dict[str, Any]:
    """Return a graph of assets as a document."""
    return {
        "nodes": [{"name": node, "type": "source" if node in layout.sources else "asset"} for node in layout.below],
        "edges": _describe_edges(layout),
    }


def describe_code_graph(layout: Layout, asset: AssetKey, code: CodeGraph) -> dict[str, Any]:
    """Return the code of an asset as a document; its own function, or its `code_version`, is the first node."""
    return {
        "asset": str(asset),
        "nodes": [{"name": node, "unfollowed": list(code.members[node].unfollowed)} for node in layout.below],
        "edges": _describe_edges(layout),
    }


def _describe_edges(layout: Layout) -> list[dict[str, str]]:
    return [{"from": above, "to": below} for above, below in layout.list_edges()]


def _draw(layout: Layout, root: str, shown: set[str]) -> Iterator[str]:
    # A stack of our own: a chain of a thousand assets is deeper than Python's.
    pending = [(root, "", "")]
    while pending:
        node, lead, indent = pending.pop()
        below = layout.below.get(node, ())
        again = node in shown and bool(below)
        mark = " (source)" if node in layout.sources else ""
        yield f"{lead}{display(node)}{mark}{_SEEN if again else ''}"
        if node in shown:
            continue
        shown.add(node)
        for position in reversed(range(len(below))):
            last = position == len(below) - 1
            branch, stem = ("└── ", "    ") if last else ("├── ", "│   ")
            pending.append((below[position], indent + branch, indent + stem))


def _quote(node: str) -> str:
    return json.dumps(display(node), ensure_ascii=False)


def _escape(node: str) -> str:
    """Return a name as mermaid's text, in which `#` begins an entity."""
    return html.escape(display(node).replace("#", "#35;"), quote=False).replace('"', "#quot;")
