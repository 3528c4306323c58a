"""What keeps work together that was to be divided, in words."""

from __future__ import annotations

from collections.abc import Sequence

from assetmake.planning.dividing import Piece
from assetmake.planning.work_graph import WorkGraph

_MOST = 0.5
"""So much of all work in one component, which one machine has, is worth a word."""
_LEAST_NODES = 4
"""So many nodes for each machine: fewer are divided badly, whatever is written."""
_NAMED = 3
_VISITS = 30
"""So often each node may be visited to find out; what is longer looked for is left untold."""


def find_bottleneck(work: WorkGraph, pieces: Sequence[Piece]) -> str | None:
    """Return why one of several pieces has most of the work, and what to do about it; None where none has."""
    number, piece = max(enumerate(pieces, start=1), key=lambda each: each[1].share)
    if len(pieces) == 1 or piece.share <= max(_MOST, 1.2 / len(pieces)):
        return None
    reached = [node for node in work.reach_all(piece.largest) if work.is_node(node)]
    total = sum(map(work.is_node, range(len(work.seconds))))
    if total < _LEAST_NODES * len(pieces):
        return None
    told = f"all {total:,}" if len(reached) == total else f"{len(reached):,} of {total:,}"
    why = _find_reason(work, piece.largest, reached)
    return f"shard {number} of {len(pieces)} has {told} nodes: {why}"


def _find_reason(work: WorkGraph, sinks: Sequence[int], reached: Sequence[int]) -> str:
    longest = max(reached, key=work.seconds.__getitem__)
    if work.seconds[longest] > _MOST * sum(work.seconds[node] for node in reached):
        return f"most of the time is that of {work.name(longest)}, which the others wait for or read"
    readers = _find_readers(work, sinks, len(reached))
    if not readers:
        return "they read each other"
    verb = "reads" if len(readers) == 1 else "read"
    return f"{_name_several(readers)} {verb} them together; leave that to the job that collects (--exclude)"


def _find_readers(work: WorkGraph, sinks: Sequence[int], size: int) -> list[str]:
    """Return the assets that read most of some nodes, while nothing that they read does."""
    left, seen = list(sinks), set(sinks)
    room, large = _VISITS * size, dict[int, list[int]]()
    while left and room > 0:
        node = left.pop()
        reached = work.reach(node, set())
        room -= len(reached)
        if len(reached) > _MOST * size:
            below = [upstream for upstream in work.reads[node] if upstream not in seen]
            seen.update(below)
            left.extend(below)
            if work.is_node(node):
                large[node] = reached
    if room <= 0:
        return []
    lowest = [node for node, reached in large.items() if not any(each in large and each != node for each in reached)]
    return sorted({work.name(node) for node in lowest})


def _name_several(names: Sequence[str]) -> str:
    shown = names if len(names) <= _NAMED else [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
