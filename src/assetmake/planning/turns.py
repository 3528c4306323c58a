"""Turns: which node comes before which where partitions are gone through by their time, across all assets."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Mapping
from heapq import nsmallest
from math import inf

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.plan import Parts
from assetmake.planning.setbacks import Setbacks, put_last, tell_apart
from assetmake.planning.view import Scope

Turn = tuple[float, float, int]
"""When it failed, or 0; a time; and a place among what has none: what is smaller comes first."""
_Place = tuple[float, int]


class Turns:
    """Orders nodes, the oldest first or the newest.

    Going up, a window counts by its end, so that a week comes right after its last day; going down by its start, so
    that it comes right after its first day. What has no time comes before all that has, but where it reads such: then
    it comes after. Partitions without a time stand in the order of their definition. What failed when it was last
    tried, and what needs such, comes after all else, and of that first what was tried longest ago: so nothing waits for
    ever for what cannot be built.

    Args:
        graph: What there is.
        scope: Which partitions it has.
        newest_first: Begin with the newest.
        setbacks: What failed when it was last tried, or needs such.
    """

    def __init__(
        self, graph: AssetGraph, scope: Scope, *, newest_first: bool = False, setbacks: Setbacks | None = None
    ) -> None:
        self._scope = scope
        self._setbacks = setbacks or {}
        self._order = graph.order
        self.newest_first = newest_first
        self._finders: dict[int, Callable[[int], _Place]] = {}
        self._places: dict[int, dict[int, int]] = {}
        self._late: set[AssetKey] = set()
        for key in (*graph.order, *graph.checks):
            if not _is_timed(scope.definitions.get(key)):
                above = [edge.upstream for edge in graph.upstream[key] if edge.upstream != key]
                if any(up in self._late or _is_timed(scope.definitions.get(up)) for up in above):
                    self._late.add(key)

    def find(self, key: AssetKey, part: int) -> Turn:
        """Return the turn of a node."""
        definition, times = self._scope.definitions[key], self._setbacks.get(key)
        since = 0.0 if times is None else times.get(part, 0.0)
        if definition is None:
            return since, (inf if key in self._late else -inf), 0
        time, place = self._find_finder(key, definition)(part)
        return since, (inf if key in self._late else time), place

    def arrange(self, key: AssetKey, parts: Parts) -> Parts:
        """Return nodes of an asset, given in the order of its definition, in the order of their turns."""
        times = self._setbacks.get(key)
        arranged = self._arrange_by_time(key, parts)
        return arranged if times is None else put_last(arranged, times)

    def _arrange_by_time(self, key: AssetKey, parts: Parts) -> Parts:
        definition = self._scope.definitions[key]
        if isinstance(definition, MultiPartitionsDefinition) and _is_timed(definition):
            finder = self._find_finder(key, definition)
            return array("q", sorted(parts, key=finder))
        return parts[::-1] if self.newest_first else parts

    def put_off(
        self, key: AssetKey, ready: list[int], *, while_waiting: Collection[int]
    ) -> tuple[list[int], list[int]]:
        """Tell nodes that may run now from those that failed, where others that go first still wait for something."""
        times = self._setbacks.get(key)
        if times is None or not while_waiting:
            return ready, []
        first = min(times.get(part, 0.0) for part in while_waiting)
        late = {part for part in ready if times.get(part, 0.0) > first}
        return [part for part in ready if part not in late], [part for part in ready if part in late]

    def list_first(self, key: AssetKey, parts: Parts, most: int) -> Parts:
        """Return the first few of some nodes of an asset, in the order of their turns."""
        times = self._setbacks.get(key)
        if times is None:
            return self._list_earliest(key, parts, most)
        parts, late = tell_apart(parts, times.keys())
        first = self._list_earliest(key, parts, most)
        return array("q", (*first, *self.arrange(key, late)[: most - len(first)]))

    def _list_earliest(self, key: AssetKey, parts: Parts, most: int) -> Parts:
        definition = self._scope.definitions[key]
        if isinstance(definition, MultiPartitionsDefinition) and _is_timed(definition):
            return array("q", nsmallest(most, parts, key=self._find_finder(key, definition)))
        return parts[: -most - 1 : -1] if self.newest_first else parts[:most]

    def sort(self, nodes: Mapping[AssetKey, Iterable[int]]) -> dict[AssetKey, Parts]:
        """Return nodes in the order of the graph, and each asset's in that of its definition."""
        found: dict[AssetKey, Parts] = {}
        for key in self._order:
            if key in nodes:
                is_plain = isinstance(self._scope.definitions[key], TimeWindowPartitionsDefinition | None)
                found[key] = array("q", sorted(nodes[key], key=None if is_plain else self._place(key).__getitem__))
        return found

    def _find_finder(self, key: AssetKey, definition: PartitionsDefinition) -> Callable[[int], _Place]:
        finder = self._finders.get(id(definition))  # the scope keeps definitions alive, so an id means one of them
        if finder is None:
            finder = self._finders[id(definition)] = self._make_finder(key, definition)
        return finder

    def _make_finder(self, key: AssetKey, definition: PartitionsDefinition) -> Callable[[int], _Place]:
        if isinstance(definition, TimeWindowPartitionsDefinition):
            return lambda part: (self._tell_time(definition, part), 0)
        sign, places = -1 if self.newest_first else 1, self._place(key)
        if not (isinstance(definition, MultiPartitionsDefinition) and _is_timed(definition)):
            return lambda part: (-inf, sign * places[part])
        windows, keys_of = definition.time_window_partitions_def, definition.keys_of
        axis = definition.partition_dimension_names.index(definition.time_window_dimension.name)
        times: dict[str, float] = {}

        def find(part: int) -> _Place:
            text = keys_of(part)[axis]
            if text not in times:
                times[text] = self._tell_time(windows, windows.part_of(text))
            return times[text], sign * places[part]

        return find

    def _place(self, key: AssetKey) -> dict[int, int]:
        """Return where each part of an asset stands among all of them."""
        every = self._scope.parts[key]
        if id(every) not in self._places:
            self._places[id(every)] = {part: place for place, part in enumerate(every)}
        return self._places[id(every)]

    def _tell_time(self, windows: TimeWindowPartitionsDefinition, part: int) -> float:
        return -part if self.newest_first else windows.cadence.shift(part, 1)


def _is_timed(definition: PartitionsDefinition | None) -> bool:
    match definition:
        case TimeWindowPartitionsDefinition():
            return True
        case MultiPartitionsDefinition():
            return definition.has_one_time_dimension
    return False
