"""Order: which nodes may run now, given what is not finished upstream. Knows mappings, not hashes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph, Edge
from assetmake.planning.earlier import EarlierReads, find_earlier_reads
from assetmake.planning.joins import Between, Constant, Link, Listed, Same, link
from assetmake.planning.plan import Parts
from assetmake.planning.view import View

Unfinished = Mapping[AssetKey, Set[int]]
_Hit = Callable[[Set[int]], Iterable[int]]


@dataclass(frozen=True, slots=True)
class Readiness:
    """Candidates, told apart.

    Attributes:
        ready: All that they read is finished.
        blocked: Something that they read is still to come.
        doomed: Something that they read failed, and which asset that was.
    """

    ready: list[int]
    blocked: list[int]
    doomed: dict[int, AssetKey]


class Order:
    """Answers for one plan which nodes stand before which."""

    def __init__(self, graph: AssetGraph, view: View) -> None:
        self._graph = graph
        self._view = view

    def is_whole(self, key: AssetKey, edge: Edge) -> bool:
        """Tell whether all of an upstream comes before any node of an asset.

        So it is where every node reads the same of it; and where one call makes a range of nodes, so that neighbours
        come together.
        """
        if self._view.scope.definitions[edge.upstream] is None or self._graph.records[key].is_ranged:
            return True
        one = self._view.scope.parts[key][:1]
        return isinstance(self._link(key, edge, one), Constant)

    def sort_out(self, key: AssetKey, candidates: Parts, *, unfinished: Unfinished, lost: Unfinished) -> Readiness:
        """Tell candidates apart by what they read.

        Args:
            key: Their asset.
            candidates: Its nodes that are to run; a batch.
            unfinished: By upstream asset, the nodes that are still to come.
            lost: By upstream asset, the nodes that failed or cannot run.
        """
        edges = [edge for edge in self._graph.upstream[key] if unfinished.get(edge.upstream) or lost.get(edge.upstream)]
        if not edges:
            return Readiness(list(candidates), [], {})
        culprits: dict[int, AssetKey] = {}
        waiting: set[int] = set()
        for edge in edges:
            up, find_hit = edge.upstream, self._find_hits(key, edge, candidates)
            if lost.get(up):
                culprits = dict.fromkeys(find_hit(lost[up]), up) | culprits
            if unfinished.get(up):
                waiting.update(find_hit(unfinished[up]))
        doomed = {part: culprits[part] for part in candidates if part in culprits} if culprits else {}
        left = [part for part in candidates if part not in doomed] if doomed else list(candidates)
        if not waiting:
            return Readiness(left, [], doomed)
        return Readiness(
            [part for part in left if part not in waiting], [part for part in left if part in waiting], doomed
        )

    def cut_ranges(self, key: AssetKey, parts: Parts) -> list[int]:
        """Return how many nodes each call makes: neighbours, and at most as many as the asset's policy allows.

        Args:
            key: The asset.
            parts: Its nodes that are to run, in the order of the definition.
        """
        definition, policy = self._view.scope.definitions[key], self._graph.records[key].backfill
        assert definition is not None, f"{key} has a backfill policy, so it has partitions"
        most = None if policy is None else policy.max_partitions_per_run
        ends = definition.ends_of_runs(parts)
        counts = [0]
        for part in parts:
            counts[-1] += 1
            if part in ends or counts[-1] == most:
                counts.append(0)
        return counts[:-1]

    def find_earlier(self, keys: Collection[AssetKey]) -> EarlierReads | None:
        """Return which partitions of some assets, which one call makes, read earlier ones; None where none does."""
        return find_earlier_reads(self._view, self._graph, keys)

    def list_parts(self, key: AssetKey) -> Parts:
        """Return all partitions that there are of an asset."""
        return self._view.scope.parts[key]

    def _link(self, key: AssetKey, edge: Edge, parts: Parts) -> Link:
        return link(self._view, edge.mapping, upstream=edge.upstream, downstream=key, parts=parts)

    def _find_hits(self, key: AssetKey, edge: Edge, candidates: Parts) -> _Hit:
        """Return a function that tells which candidates read any of a set of upstream nodes.

        It is called for thousands of them whenever a few nodes end.
        """
        above = self._view.scope.parts[edge.upstream]
        match self._link(key, edge, candidates):
            case Same():
                return lambda some: [part for part in candidates if part in some]
            case Constant(parts):
                everything = parts is above
                return lambda some: candidates if everything or not some.isdisjoint(parts) else ()
            case Between(_, first, last):
                spans = dict(zip(candidates, zip(first, last, strict=True), strict=True))

                def hits_between(some: Set[int]) -> list[int]:
                    hit = []
                    for part, (start, end) in spans.items():
                        read = above[bisect_left(above, start) : bisect_right(above, end)]
                        if any(up in some for up in read):
                            hit.append(part)
                    return hit

                return hits_between
            case Listed(down, up):
                reads: dict[int, set[int]] = {}
                for part, upstream in zip(down, up, strict=True):
                    reads.setdefault(part, set()).add(upstream)
                return lambda some: [part for part, read in reads.items() if not some.isdisjoint(read)]
