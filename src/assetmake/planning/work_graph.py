"""WorkGraph: the nodes that a plan would run, with how long each takes and which of the others it reads.

Only what is not fresh is in it, so it is as large as the work. Nodes are numbers; what one call makes is one of them,
and among them are hubs, which stand for many that are read together and take no time.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import assert_never

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph, inspected
from assetmake.planning.history import read_average_seconds
from assetmake.planning.homes import adopt
from assetmake.planning.joins import Between, Constant, Link, Listed, Same, link
from assetmake.planning.plan import Parts, Plan
from assetmake.planning.view import View

_BLOCK = 64
"""So many upstream nodes in a row share a hub: a window over a year of days is a few edges, not hundreds."""
_LEAST_SECONDS = 0.001
_UNKNOWN_SECONDS = 1.0

Node = tuple[AssetKey, int]


@dataclass(slots=True)
class WorkGraph:
    """What would run.

    Attributes:
        seconds: How long each node takes.
        parts, places: What nodes are sorted by: their partition, then the place of their asset in the graph.
        reads: The numbers of what each node reads, as far as that would run too.
        asked: The targets that would run.
        makers: Of each of them, the first asset of what its call makes.
        wants: Other targets that are to be asked for so that a check is made.
        numbers: By the first asset of what one call makes, and the partition.
    """

    seconds: array[float] = field(default_factory=lambda: array("d"))
    parts: array[int] = field(default_factory=lambda: array("q"))
    places: array[int] = field(default_factory=lambda: array("q"))
    reads: list[list[int]] = field(default_factory=list)
    asked: dict[AssetKey, array[int]] = field(default_factory=dict)
    makers: dict[AssetKey, AssetKey] = field(default_factory=dict)
    wants: dict[int, list[Node]] = field(default_factory=dict)
    numbers: dict[AssetKey, dict[int, int]] = field(default_factory=dict)

    def add(self, seconds: float, order: tuple[int, int]) -> int:
        self.seconds.append(seconds)
        self.parts.append(order[0])
        self.places.append(order[1])
        self.reads.append([])
        return len(self.seconds) - 1

    def find_order(self, node: int) -> tuple[int, int]:
        """Return what a node is sorted by."""
        return self.parts[node], self.places[node]

    def is_node(self, number: int) -> bool:
        """Tell whether it is a node, and no hub."""
        return self.seconds[number] > 0

    def name(self, node: int) -> str:
        """Return the name of a node's asset."""
        return str(next(key for key, numbers in self.numbers.items() if node in numbers.values()))

    def list_asked(self) -> Iterator[tuple[AssetKey, Iterator[tuple[int, int]]]]:
        """Yield the assets that were asked for, each with its partitions and their nodes."""
        for key, parts in self.asked.items():
            numbers = self.numbers[self.makers[key]]
            yield key, zip(parts, map(numbers.__getitem__, parts), strict=True)

    def list_sinks(self) -> list[int]:
        """Return the nodes that no other one reads, in order; all others are made for one of them."""
        is_read = bytearray(len(self.seconds))
        for several in self.reads:
            for upstream in several:
                is_read[upstream] = 1
        return sorted((node for node, read in enumerate(is_read) if not read), key=self.find_order)

    def list_components(self) -> list[list[int]]:
        """Return the sinks that have something to do with each other, in groups, in order."""
        leader = array("q", range(len(self.seconds)))
        for node, several in enumerate(self.reads):
            if several:
                own = _find_leader(leader, node)
                for upstream in several:
                    other = _find_leader(leader, upstream)
                    leader[own] = other
                    own = other
        found: dict[int, list[int]] = {}
        for sink in self.list_sinks():
            found.setdefault(_find_leader(leader, sink), []).append(sink)
        return list(found.values())

    def reach(self, sink: int, seen: set[int]) -> list[int]:
        """Return a node and all that it reads, but for what was seen before, and note it as seen."""
        found, left = [], [sink]
        while left:
            node = left.pop()
            if node not in seen:
                seen.add(node)
                found.append(node)
                left.extend(self.reads[node])
        return found

    def is_above(self, nodes: Iterable[int], others: Iterable[int]) -> bool:
        """Tell whether any of some nodes is read by any of some others, at whatever distance."""
        seen: set[int] = set()
        for other in others:
            self.reach(other, seen)
        return not seen.isdisjoint(nodes)

    def reach_all(self, sinks: Iterable[int]) -> list[int]:
        """Return some nodes and all that they read."""
        seen: set[int] = set()
        return [node for sink in sinks for node in self.reach(sink, seen)]


def build_work_graph(
    plan: Plan,
    graph: AssetGraph,
    view: View,
    targets: Mapping[AssetKey, Parts],
    averages: Mapping[AssetKey, float] | None = None,
) -> WorkGraph:
    """Return what a plan would run.

    Args:
        plan: Of all targets.
        graph: The project, or the part of it that the plan is of.
        view: What is recorded, with the state still attached.
        targets: What was asked for.
        averages: How long a node of each asset takes; default: what was recorded of each node.
    """
    work = WorkGraph()
    busy = {key: verdicts.parts for key, verdicts in plan.list_all() if verdicts.parts}
    is_given = averages is not None
    averages = read_averages(view, busy) if averages is None else averages
    known = [averages[key] for key in busy if key in averages]
    unknown = sum(known) / len(known) if known else _UNKNOWN_SECONDS
    places = {key: place for place, key in enumerate((*graph.order, *graph.checks))}
    for key, parts in busy.items():
        seconds = {} if is_given else _read_seconds(view, key, parts)
        _add_nodes(work, graph, view, key, parts, seconds, averages.get(key, unknown), places[key])
    for key in busy:
        _want(work, graph, view, key, busy, targets)
    for key, parts in busy.items():
        for edge in graph.upstream[key]:
            above = work.numbers.get(_find_maker(graph, edge.upstream))
            if (
                edge.upstream not in busy
                or above is None
                or (
                    _find_maker(graph, key) == _find_maker(graph, edge.upstream)
                    and edge not in graph.self_edges.get(key, ())
                )
            ):
                continue
            found = link(view, edge.mapping, upstream=edge.upstream, downstream=key, parts=parts)
            own = _restrict(work.numbers[_find_maker(graph, key)], parts)
            for node, upstream in _list_edges(work, own, _restrict(above, busy[edge.upstream]), found):
                work.reads[node].append(upstream)
    checks = [key for key in busy if key in graph.checks]
    if checks:
        _link_checks_of_sources(work, graph, view, busy, checks)
        _tie_checks(work, graph, view, busy, checks)
    return work


def _link_checks_of_sources(
    work: WorkGraph, graph: AssetGraph, view: View, busy: Mapping[AssetKey, Parts], checks: Sequence[AssetKey]
) -> None:
    """Have what reads a source read its checks too: whoever builds it makes them before."""
    of_sources: dict[AssetKey, list[AssetKey]] = {}
    for check in checks:
        asset = inspected(graph.checks[check]).asset
        if asset in graph.sources:
            of_sources.setdefault(asset, []).append(check)
    readers = [(key, edge) for key in busy if key not in graph.checks for edge in graph.upstream[key]]
    for key, edge in readers if of_sources else ():
        own = work.numbers[_find_maker(graph, key)]
        for check in of_sources.get(edge.upstream, ()):
            above = {part: work.numbers[_find_maker(graph, check)][part] for part in busy[check]}
            if work.is_above(own.values(), above.values()):  # one that is not blocking may read what reads its source
                continue
            found: Link = Constant(busy[check])
            if view.scope.definitions[check] == view.scope.definitions[edge.upstream]:
                found = link(view, edge.mapping, upstream=edge.upstream, downstream=key, parts=busy[key])
            for node, upstream in _list_edges(work, {part: own[part] for part in busy[key]}, above, found):
                work.reads[node].append(upstream)


def _tie_checks(
    work: WorkGraph, graph: AssetGraph, view: View, busy: Mapping[AssetKey, Parts], checks: Sequence[AssetKey]
) -> None:
    """Keep together what is made of the same node: who is asked to look at that makes all checks of it."""
    several: dict[AssetKey, list[AssetKey]] = {}
    for check in checks:
        several.setdefault(inspected(graph.checks[check]).asset, []).append(check)
    for asset, together in several.items():
        definitions = view.scope.definitions
        by_partition = all(definitions[check] == definitions[asset] for check in together)
        tied: dict[int, set[int]] = {}
        for check in together:
            numbers = work.numbers[_find_maker(graph, check)]
            for part in busy[check]:
                tied.setdefault(part if by_partition else 0, set()).add(numbers[part])
        for nodes in tied.values():
            if len(nodes) > 1:
                hub = _add_hub(work, sorted(nodes))
                work.parts[hub], work.places[hub] = min(map(work.find_order, nodes))


def _restrict(numbers: Mapping[int, int], parts: Parts) -> Mapping[int, int]:
    """Return the nodes of some partitions; one call may make several assets of which others have more of them."""
    return numbers if len(numbers) == len(parts) else {part: numbers[part] for part in parts}


def _find_leader(leader: array[int], node: int) -> int:
    while leader[node] != node:
        leader[node] = node = leader[leader[node]]
    return node


def read_averages(view: View, keys: Iterable[AssetKey]) -> dict[AssetKey, float]:
    """Return how long a node of each asset takes, where it was built before."""
    return adopt(view.homes, read_average_seconds(view.db, [view.home(key) for key in keys]))


def _find_maker(graph: AssetGraph, key: AssetKey) -> AssetKey:
    """Return the first of all that one call makes."""
    return graph.units[key][0] if key in graph.units else key


def _read_seconds(view: View, key: AssetKey, parts: Parts) -> Mapping[int, float]:
    """Return how long nodes took, where they were built before."""
    if not view.is_partitioned(key):
        recorded = view.singles.get(key)
        return {} if recorded is None else {0: recorded.seconds}
    number = view.numbers.get(str(key))
    if number is None:
        return {}
    rows = view.db.execute(
        f"select part, seconds from state.traces semi join {view.relate(parts)} using (part) where asset = {number}"
    ).fetchall()
    view.forget()
    return dict(rows)


def _add_nodes(
    work: WorkGraph,
    graph: AssetGraph,
    view: View,
    key: AssetKey,
    parts: Parts,
    seconds: Mapping[int, float],
    average: float,
    place: int,
) -> None:
    definition = view.scope.definitions[key]
    is_listed = definition is not None and definition.is_listed
    positions = {part: position for position, part in enumerate(view.scope.parts[key])} if is_listed else {}
    numbers = work.numbers.setdefault(_find_maker(graph, key), {})
    if not numbers:
        first = len(work.seconds)
        numbers.update(zip(parts, range(first, first + len(parts)), strict=True))
        if seconds:
            work.seconds.extend([max(seconds.get(part, average), _LEAST_SECONDS) for part in parts])
        else:
            work.seconds.extend(repeat(max(average, _LEAST_SECONDS), len(parts)))
        work.parts.extend([positions.get(part, part) for part in parts] if positions else parts)
        work.places.extend(repeat(place, len(parts)))
        work.reads.extend([] for _ in parts)
        return
    for part in parts:
        taken = max(seconds.get(part, average), _LEAST_SECONDS)
        if part in numbers:  # one call makes it together with what is there
            work.seconds[numbers[part]] = max(work.seconds[numbers[part]], taken)
        else:
            numbers[part] = work.add(taken, (positions.get(part, part), place))


def _want(
    work: WorkGraph,
    graph: AssetGraph,
    view: View,
    key: AssetKey,
    busy: Mapping[AssetKey, Parts],
    targets: Mapping[AssetKey, Parts],
) -> None:
    """Note which targets have the nodes of an asset or a check made."""
    if key not in graph.checks:
        if key in targets:
            asked = _as_set(targets[key])
            work.makers[key] = _find_maker(graph, key)
            work.asked[key] = array("q", (part for part in busy[key] if part in asked))
        return
    numbers, asset = work.numbers[_find_maker(graph, key)], inspected(graph.checks[key]).asset
    if view.scope.definitions[key] != view.scope.definitions[asset]:
        # Such a check is made where all of its asset is asked for, so that must stay together.
        asked_parts = targets.get(asset, view.scope.parts[asset])
        for part in busy[key]:
            work.wants.setdefault(numbers[part], []).extend((asset, each) for each in asked_parts)
        return
    made_anyway = _as_set(busy.get(asset, ())) if asset not in targets else frozenset()
    for part in busy[key]:
        if part not in made_anyway:
            work.wants.setdefault(numbers[part], []).append((asset, part))


def _as_set(parts: Parts) -> Container[int]:
    return parts if isinstance(parts, range) else frozenset(parts)


def _list_edges(
    work: WorkGraph, own: Mapping[int, int], above: Mapping[int, int], found: Link
) -> Iterator[tuple[int, int]]:
    """Yield nodes, each with one that it reads; those that many read together are behind a hub."""
    match found:
        case Constant(parts):
            chosen = _as_set(parts)
            read = [number for part, number in above.items() if part in chosen]
            read = read if len(own) == 1 or len(read) < 2 else [_add_hub(work, read)]
            yield from ((node, upstream) for node in own.values() for upstream in read)
        case Same():
            yield from ((node, above[part]) for part, node in own.items() if part in above)
        case Between(parts, first, last):
            yield from _list_spans(work, [own[part] for part in parts], above, first, last)
        case Listed(down, up):
            yield from (
                (own[part], above[upstream])
                for part, upstream in zip(down, up, strict=True)
                if part in own and upstream in above
            )
        case _:
            assert_never(found)


def _list_spans(
    work: WorkGraph, nodes: Sequence[int], above: Mapping[int, int], first: Parts, last: Parts
) -> Iterator[tuple[int, int]]:
    parts = sorted(above)
    numbers = [above[part] for part in parts]
    hubs: dict[int, int] = {}
    for node, start, end in zip(nodes, first, last, strict=True):
        place, stop = bisect_left(parts, start), bisect_right(parts, end)
        while place < stop:
            if place % _BLOCK == 0 and place + _BLOCK <= stop:
                if place not in hubs:
                    hubs[place] = _add_hub(work, numbers[place : place + _BLOCK])
                yield node, hubs[place]
                place += _BLOCK
            else:
                yield node, numbers[place]
                place += 1


def _add_hub(work: WorkGraph, read: Sequence[int]) -> int:
    hub = work.add(0.0, (0, 0))
    work.reads[hub].extend(read)
    return hub
