"""Earlier partitions: which partitions of what one call makes read which others of it, and what follows from that.

Such nodes stand in chains, so here - and nowhere else in planning - they are walked node by node.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import assert_never

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph, Edge
from assetmake.planning.joins import Between, Constant, Link, Listed, Same, link
from assetmake.planning.keyset import slice_between
from assetmake.planning.plan import Parts
from assetmake.planning.view import View


class EarlierReads:
    """Tells which partitions read which earlier ones.

    Args:
        everything: All partitions that there are.
        links: What they read, over each edge that leads to earlier partitions.
    """

    def __init__(self, everything: Parts, links: Iterable[Link]) -> None:
        self._everything = everything
        self._spans: list[dict[int, tuple[int, int]]] = []
        self._lists: dict[int, list[int]] = {}
        for each in links:
            match each:
                case Between(parts, first, last):
                    self._spans.append(dict(zip(parts, zip(first, last, strict=True), strict=True)))
                case Listed(down, up):
                    there = set(everything)
                    for part, read in zip(down, up, strict=True):
                        if read in there:
                            self._lists.setdefault(part, []).append(read)
                case Constant(parts):
                    assert not parts, "what every partition reads comes before none of them"
                case Same():
                    raise AssertionError("a partition does not come before itself")
                case _:
                    assert_never(each)

    def list_reads(self, part: int) -> Iterator[int]:
        """Yield the partitions that one reads."""
        for spans in self._spans:
            first, last = spans.get(part, (1, 0))
            yield from slice_between(self._everything, first, last) if first <= last else ()
        yield from self._lists.get(part, ())

    def spread_up(self, parts: Parts) -> Parts:
        """Return some partitions together with all that they read, directly or not."""
        if len(parts) == len(self._everything):
            return parts
        found = set(parts)
        left = list(parts)
        while left:
            new = [each for each in self.list_reads(left.pop()) if each not in found]
            found.update(new)
            left += new
        return self._arrange(found, parts)

    def spread_down(self, dirty: Collection[int], *, among: Parts) -> Parts:
        """Return some partitions together with all that read them, directly or not.

        Args:
            dirty: The partitions; what is no partition of these assets, as a check's of the whole, is left out.
            among: Those that count.
        """
        readers: dict[int, list[int]] = {}
        for part in among:
            for read in self.list_reads(part):
                readers.setdefault(read, []).append(part)
        found = set(dirty).intersection(among)
        left = list(found)
        while left:
            new = [each for each in readers.get(left.pop(), ()) if each not in found]
            found.update(new)
            left += new
        return self._arrange(found, among)

    def _arrange(self, found: set[int], before: Parts) -> Parts:
        """Return parts in the order of the definition."""
        return before if len(found) == len(before) else array("q", (each for each in self._everything if each in found))


def find_earlier_reads(view: View, graph: AssetGraph, keys: Collection[AssetKey]) -> EarlierReads | None:
    """Return what some assets, which one call makes, read of earlier partitions of each other; None where nothing is.

    Args:
        view: Knows the partitions.
        graph: The project.
        keys: The assets; all of one definition of partitions.
    """
    edges: Sequence[tuple[AssetKey, Edge]] = [
        (key, edge) for key in keys for edge in graph.self_edges.get(key, ()) if edge.upstream in keys
    ]
    if not edges:
        return None
    everything = view.scope.parts[edges[0][0]]
    return EarlierReads(
        everything,
        [link(view, edge.mapping, upstream=edge.upstream, downstream=key, parts=everything) for key, edge in edges],
    )
