"""divide: work is cut into pieces of about the same length, for as many machines.

What has to do with each other stays together: each piece makes for itself what it needs upstream, so what is cut is
made twice. Only what is too long for one machine is cut, and only where that makes the whole shorter. Neighbours stay
neighbours, so a piece has ranges of partitions and not every third one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise

from assetmake.planning.work_graph import WorkGraph

_SMALL = 1 / 8
"""What is longer than this share of a piece is worth a place of its own, if neighbours are to be parted at all."""
_WORTH_PARTING = 0.9
"""How much shorter the longest piece has to become for neighbours to be parted."""
_WORTH_CUTTING = 0.9


@dataclass(slots=True)
class _Component:
    """Work that has to do with each other.

    Attributes:
        sinks: What it is made for, in order.
        nodes: For each of them what is made for it first.
        seconds: In all.
    """

    sinks: list[int]
    nodes: list[list[int]]
    seconds: float


@dataclass(slots=True)
class Piece:
    """The work of one machine: the nodes that it is to make, and how long that and all they need takes.

    Attributes:
        largest: The sinks of the longest component that it has as a whole.
        share: How much of all work that component is.
    """

    nodes: list[int] = field(default_factory=list)
    seconds: float = 0.0
    largest: list[int] = field(default_factory=list)
    share: float = 0.0


def divide(work: WorkGraph, count: int, *, is_whole: bool = False) -> list[Piece]:
    """Return as many pieces as are asked for; every node is in one of them.

    Args:
        work: What would run.
        count: How many pieces.
        is_whole: Cut nothing that has to do with each other, however long it is.
    """
    components = _describe(work)
    ideal = sum(each.seconds for each in components) / count
    in_a_row = _deal(work, components, count, ideal, above=ideal, is_whole=is_whole)
    if not any(ideal * _SMALL < each.seconds <= ideal for each in components):
        return in_a_row  # which is what the other way would give
    parted = _deal(work, components, count, ideal, above=ideal * _SMALL, is_whole=is_whole)
    is_worth_it = _find_longest(parted) < _find_longest(in_a_row) * _WORTH_PARTING
    return parted if is_worth_it else in_a_row


def _find_longest(pieces: Sequence[Piece]) -> float:
    return max(piece.seconds for piece in pieces)


def _deal(
    work: WorkGraph, components: Sequence[_Component], count: int, ideal: float, *, above: float, is_whole: bool
) -> list[Piece]:
    """Give components that are longer than so many seconds to the shortest piece, and lay the others out in a row."""
    pieces = [Piece() for _ in range(count)]
    large = [each for each in components if each.seconds > above]
    for each in sorted(large, key=lambda each: -each.seconds):
        if is_whole or each.seconds <= ideal or not _cut(work, each, pieces, ideal):
            piece = min(pieces, key=lambda piece: piece.seconds)
            _give(piece, each)
            if each.seconds > piece.share * ideal * count:
                piece.largest, piece.share = each.sinks, each.seconds / (ideal * count)
    small = [each for each in components if each.seconds <= above]
    _lay_out(sorted(small, key=lambda each: work.find_order(each.sinks[0])[::-1]), pieces)
    return pieces


def _describe(work: WorkGraph) -> list[_Component]:
    seen: set[int] = set()
    found = []
    for sinks in work.list_components():
        nodes = [work.reach(sink, seen) for sink in sinks]
        seconds = sum(work.seconds[node] for several in nodes for node in several)
        found.append(_Component(sinks, nodes, seconds))
    return found


def _give(piece: Piece, component: _Component) -> None:
    piece.nodes.extend(chain.from_iterable(component.nodes))
    piece.seconds += component.seconds


def _cut(work: WorkGraph, component: _Component, pieces: Sequence[Piece], ideal: float) -> bool:
    """Spread a component over pieces, if that is worth it; what several of its parts read is made by each."""
    seconds = [piece.seconds for piece in pieces]
    seen: list[set[int]] = [set() for _ in pieces]
    given: list[list[int]] = [[] for _ in pieces]
    unused = sorted(range(len(pieces)), key=lambda place: (seconds[place], place))
    now = unused.pop(0)
    for sink, nodes in zip(component.sinks, component.nodes, strict=True):
        more = work.reach(sink, seen[now])
        cost = sum(work.seconds[node] for node in more)
        if given[now] and seconds[now] + cost > ideal:
            seen[now].difference_update(more)
            now = unused.pop(0) if unused else min(range(len(pieces)), key=lambda place: (seconds[place], place))
            more = work.reach(sink, seen[now])
            cost = sum(work.seconds[node] for node in more)
        seconds[now] += cost
        given[now].extend(nodes)
    whole = min(piece.seconds for piece in pieces) + component.seconds
    if max(seconds) > whole * _WORTH_CUTTING:
        return False
    for piece, nodes, total in zip(pieces, given, seconds, strict=True):
        piece.nodes.extend(nodes)
        piece.seconds = total
    return True


def _lay_out(components: Sequence[_Component], pieces: Sequence[Piece]) -> None:
    """Fill up pieces with short components, one after the other."""
    room = _find_room([piece.seconds for piece in pieces], sum(each.seconds for each in components))
    ends = list(accumulate(room))
    place, begun = 0, 0.0
    for each in components:
        middle = begun + each.seconds / 2
        while place < len(pieces) - 1 and middle > ends[place]:
            place += 1
        _give(pieces[place], each)
        begun += each.seconds


def _find_room(taken: Sequence[float], more: float) -> list[float]:
    """Return how much goes into each piece so that the shortest ones become equally long."""
    level, left = min(taken), more
    steps = sorted(taken)
    for filled, (lower, upper) in enumerate(pairwise([*steps, float("inf")]), start=1):
        needed = (upper - lower) * filled
        if needed >= left:
            level = lower + left / filled
            break
        left -= needed
    return [max(0.0, level - each) for each in taken]
