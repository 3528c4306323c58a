"""Walks: expressions that go from the assets of another one to their neighbours in the graph."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.selecting.expressions import Everything, Expression, Keys, Scope
from assetmake.definitions.selecting.selectable import SelectableGraph

Neighbours = Callable[[AssetKey], Iterable[AssetKey]]


@dataclass(frozen=True, slots=True)
class _Walk(Expression):
    child: Expression

    def find(self, scope: Scope) -> Keys:
        return self.walk(scope.graph, self.child.find(scope))

    @abstractmethod
    def walk(self, graph: SelectableGraph, start: Keys) -> Keys:
        """Return what is reached from the assets of the other expression."""


@dataclass(frozen=True, slots=True)
class _Steps(_Walk):
    """A walk of so many layers (None: to the end), without where it starts if include_self is False."""

    depth: int | None = None
    include_self: bool = True

    def _write_around(self, before: str, after: str) -> str | None:
        child = self.child.write_operand()
        if child is None:
            return None
        if isinstance(self.child, _Steps | Everything) and not self.child.composed:
            child = f"({child})"  # a plus stands before or after an attribute or a parenthesis only
        text = f"{before}{child}{after}"
        return text if self.include_self else f"{text} and not {child}"

    @property
    def composed(self) -> bool:
        return not self.include_self


@dataclass(frozen=True, slots=True)
class Upstream(_Steps):
    """What assets read. Assets that are not made here are left out, as they are of everything that is to be run."""

    def walk(self, graph: SelectableGraph, start: Keys) -> Keys:
        reached = _reach(start, lambda key: graph.selectables[key].upstream, self.depth)
        kept = reached if self.include_self else reached - start
        return {key for key in kept if graph.selectables[key].materializable}

    def write(self) -> str | None:
        return self._write_around("+" if self.depth is None else f"{self.depth}+", "")


@dataclass(frozen=True, slots=True)
class Downstream(_Steps):
    """What reads assets."""

    def walk(self, graph: SelectableGraph, start: Keys) -> Keys:
        reached = _reach(start, graph.readers.__getitem__, self.depth)
        return reached if self.include_self else reached - start

    def write(self) -> str | None:
        return self._write_around("", "+" if self.depth is None else f"+{self.depth}")


@dataclass(frozen=True, slots=True)
class Roots(_Walk):
    """Those with nothing above them in the selection, at any distance."""

    def walk(self, graph: SelectableGraph, start: Keys) -> Keys:
        return start - _beyond(start, lambda key: graph.readers[key])

    def write(self) -> str | None:
        child = self.child.write()
        return None if child is None else f"roots({child})"


@dataclass(frozen=True, slots=True)
class Sinks(_Walk):
    """Those with nothing below them in the selection, at any distance."""

    def walk(self, graph: SelectableGraph, start: Keys) -> Keys:
        return start - _beyond(start, lambda key: graph.selectables[key].upstream)

    def write(self) -> str | None:
        child = self.child.write()
        return None if child is None else f"sinks({child})"


@dataclass(frozen=True, slots=True)
class Made(_Walk):
    """Those that are made here."""

    def walk(self, graph: SelectableGraph, start: Keys) -> Keys:
        return {key for key in start if graph.selectables[key].materializable}

    def write(self) -> str | None:
        child = self.child.write_operand()
        return None if child is None else f"{child} and is:materializable"

    @property
    def composed(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class SourcesAbove(_Walk):
    """The external assets among assets and everything above them."""

    def walk(self, graph: SelectableGraph, start: Keys) -> Keys:
        reached = _reach(start, lambda key: graph.selectables[key].upstream, None)
        return {key for key in reached if not graph.selectables[key].materializable}


@dataclass(frozen=True, slots=True)
class Companions(_Walk):
    """Assets with those that are made in one call with them and cannot be left out."""

    def walk(self, graph: SelectableGraph, start: Keys) -> Keys:
        return start | {other for key in start for other in graph.selectables[key].together}


def _reach(start: Keys, neighbours: Neighbours, depth: int | None) -> Keys:
    """Return the start and what is within so many steps of it."""
    reached, edge = set(start), set(start)
    while edge and depth != 0:
        edge = {near for key in edge for near in neighbours(key)} - reached
        reached |= edge
        depth = None if depth is None else depth - 1
    return reached


def _beyond(start: Keys, neighbours: Neighbours) -> Keys:
    """Return what is reached from the start by a step or more that does not stay on one asset."""
    first = {near for key in start for near in neighbours(key) if near != key}
    return _reach(first, neighbours, None)
