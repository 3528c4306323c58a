"""Fitting: as much of what comes first as fits into a portion, each node together with all that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.plan import Parts

_Node = tuple[AssetKey, int]
_Sets = dict[AssetKey, set[int]]
Reach = Callable[[Mapping[AssetKey, Parts]], Mapping[AssetKey, Parts]]
Sort = Callable[[Mapping[AssetKey, Iterable[int]]], Mapping[AssetKey, Parts]]
_MISSES = 16
"""So many nodes that do not fit are passed over; each costs a few looks at what nodes need."""


class Fitting:
    """Chooses nodes such that no more are built, of those that were asked for, than there is room for.

    Args:
        asked: What was asked for and is not fresh.
        most: How many there is room for.
        reach: Returns all that some nodes need, themselves included, in the order in which they can run.
        sort: Puts nodes in the order of the graph and of the definitions.

    Attributes:
        chosen: The nodes; what they need comes with them.
    """

    def __init__(self, asked: Mapping[AssetKey, Set[int]], most: int, reach: Reach, sort: Sort) -> None:
        self._asked = asked
        self._most = most
        self._reach = reach
        self._sort = sort
        self._taken: _Sets = {}
        self._room = most
        self._refused: dict[_Node, dict[AssetKey, list[int]]] = {}
        self.chosen: _Sets = {}

    def take(self, order: Sequence[_Node]) -> None:
        """Choose from some nodes, of which the first so many do not fit together, what fits.

        After that of what the first that did not fit needs, from above. Where not even one fits alone, because one call
        makes more than there is room for, it is chosen all the same.
        """
        missed = self._walk(order, is_too_much=True)
        if missed is None or not self._room:
            return
        inside = self._refused.get(missed) or self._find_inside({missed[0]: {missed[1]}})
        needs = [(key, part) for key, parts in inside.items() for part in parts]
        self._walk(needs)
        if not self.chosen:
            key, part = needs[0]
            self.chosen = {key: {part}}

    def _walk(self, order: Sequence[_Node], *, is_too_much: bool = False) -> _Node | None:
        """Choose what fits; return the first node that does not.

        Of an asset nothing more is chosen after one that did not fit: its others need about as much.
        """
        missed: dict[AssetKey, _Node] = {}
        place = 0
        while place < len(order) and self._room and len(missed) < _MISSES:
            stretch: list[_Node] = []
            places: list[int] = []
            while place < len(order) and len(stretch) < self._room:
                key, part = order[place]
                if key not in missed and part not in self._taken.get(key, ()):
                    stretch.append(order[place])
                    places.append(place)
                place += 1
            number = self._choose_most(stretch, is_too_much=is_too_much)
            is_too_much = False
            if number < len(stretch):
                missed[stretch[number][0]] = stretch[number]
                place = places[number] + 1
        return next(iter(missed.values()), None)

    def _choose_most(self, stretch: Sequence[_Node], *, is_too_much: bool) -> int:
        """Choose as many nodes as fit, from the first on; return how many.

        Args:
            stretch: The nodes.
            is_too_much: It is known that not all of them fit.
        """
        if not stretch or (not is_too_much and self._choose(stretch)):
            return len(stretch)
        fitting, beyond = 0, len(stretch)
        middle = 1  # what needs very much, such as the end of a chain, takes long to look at: once, if it is the first
        while fitting < middle < beyond:
            if self._choose(stretch[:middle]):
                fitting = middle
            else:
                beyond = middle
            middle = (fitting + beyond) // 2
        return fitting

    def _choose(self, nodes: Sequence[_Node]) -> bool:
        """Choose nodes if they fit, with what they need."""
        chosen = {key: set(parts) for key, parts in self.chosen.items()}
        for key, part in nodes:
            chosen.setdefault(key, set()).add(part)
        inside = self._find_inside(chosen)
        room = self._most - sum(map(len, inside.values()))
        if room < 0:
            if len(nodes) == 1:
                self._refused[nodes[0]] = inside
            return False
        self.chosen, self._room = chosen, room
        self._taken = {key: set(parts) for key, parts in inside.items()}
        return True

    def _find_inside(self, nodes: Mapping[AssetKey, Set[int]]) -> dict[AssetKey, list[int]]:
        """Return those of some nodes and of what they need that were asked for and are not fresh."""
        needed = self._reach(self._sort(nodes))
        asked = {key: self._asked[key] for key in needed if key in self._asked}
        return {key: [part for part in needed[key] if part in wanted] for key, wanted in asked.items()}
