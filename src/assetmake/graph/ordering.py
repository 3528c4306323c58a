"""Order: a topological order that keeps to the order of declaration, and the cycles that forbid one."""

from __future__ import annotations

import heapq
from collections.abc import Sequence


def sort_topologically(upstream: Sequence[Sequence[int]]) -> list[int]:
    """Return nodes so that each follows its upstreams, otherwise by number.

    Nodes on a cycle and behind one are left out.

    Args:
        upstream: For each node, the nodes that it reads.
    """
    waits = [len(set(reads)) for reads in upstream]
    downstream: list[list[int]] = [[] for _ in upstream]
    for node, reads in enumerate(upstream):
        for read in set(reads):
            downstream[read].append(node)
    ready = [node for node, count in enumerate(waits) if count == 0]
    order = []
    while ready:
        node = heapq.heappop(ready)
        order.append(node)
        for reader in downstream[node]:
            waits[reader] -= 1
            if waits[reader] == 0:
                heapq.heappush(ready, reader)
    return order


def find_cycles(upstream: Sequence[Sequence[int]], *, ordered: Sequence[int]) -> list[list[int]]:
    """Return a cycle for each tangle among the nodes that could not be ordered, in the direction data flows.

    The first node stands again at the end.
    """
    left = set(range(len(upstream))).difference(ordered)
    walked: set[int] = set()
    cycles = []
    for start in sorted(left):
        path: list[int] = []
        position: dict[int, int] = {}
        node = start
        while node not in walked:
            walked.add(node)
            position[node] = len(path)
            path.append(node)
            node = min(read for read in upstream[node] if read in left)
        if node in position:
            cycles.append(_turn(path[position[node] :]))
    return cycles


def _turn(against_flow: list[int]) -> list[int]:
    cycle = against_flow[::-1]
    first = cycle.index(min(cycle))
    turned = cycle[first:] + cycle[:first]
    return [*turned, turned[0]]
