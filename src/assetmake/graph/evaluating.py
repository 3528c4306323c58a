"""Expressions of a selection become assets, with the rules for their partitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.naming import find_nearest, suggest
from assetmake.errors import SelectionError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.expressions import Call, Complement, Expression, Intersection, Term, Union, list_terms
from assetmake.graph.grammar import parse_selection
from assetmake.graph.key_rules import OneKey
from assetmake.graph.selectors import WORLDLY, Chosen, Rules, Selectors

NO_SUFFIX: Rules = (None,)
SELECTOR = "selector"
"""The method that means a saved selection."""


class Evaluator:
    """Finds what expressions mean in one graph.

    Args:
        graph: The assets, sources and saved selections.
        selectors: Finds what single terms mean.
        checked: Sources that may be in the answer.
    """

    def __init__(self, graph: AssetGraph, selectors: Selectors, checked: Iterable[AssetKey] = ()) -> None:
        self._graph = graph
        self._selectors = selectors
        self._checked = frozenset(checked)

    def find(self, expression: Expression) -> Chosen:
        """Return the assets that an expression means.

        Raises:
            SelectionError: it names something unknown, or asks for what cannot be.
        """
        found = self._find(expression)
        return {key: rules for key, rules in found.items() if key in self._graph.assets or key in self._checked}

    def _find(self, expression: Expression, *, with_sources: bool = False) -> Chosen:
        match expression:
            case Term(method="selector"):
                saved = self._find_saved(expression)
                return self._selectors.follow(saved, expression.steps, expression.text)
            case Term():
                return self._selectors.find(expression, with_sources=with_sources)
            case Call():
                return self._call(expression, with_sources=with_sources)
            case Union(parts):
                return unite(self._find(part, with_sources=with_sources) for part in parts)
            case Intersection(parts):
                return self._intersect(parts, with_sources=with_sources)
            case Complement(part, text):
                refuse_partitions(self._graph, part, text)
                unwanted = self._find(part)
                return {key: NO_SUFFIX for key in self._graph.order if key not in unwanted}
            case _:
                assert_never(expression)

    def _call(self, call: Call, *, with_sources: bool) -> Chosen:
        first, *others = call.arguments
        match call.function:
            case "path":
                found = self._find_ways(call, self._find(first, with_sources=True), self._find(others[0]))
            case "roots":
                found = self._find(first)
                below = self._graph.descendants(found)
                found = {key: rules for key, rules in found.items() if key not in below}
            case "sinks":
                found = self._find(first)
                above = self._graph.ancestors(found)
                found = {key: rules for key, rules in found.items() if key not in above}
            case _:
                found = self._find(first, with_sources=with_sources or call.steps.down != 0)
        return self._selectors.follow(found, call.steps, call.text)

    def _find_ways(self, call: Call, starts: Chosen, ends: Chosen) -> Chosen:
        """Return what lies on the ways from some assets to others, the ends of each way included."""
        below = {*starts, *self._graph.descendants(starts)}
        above = {*ends, *self._graph.ancestors(ends)}
        ways = [key for key in self._graph.order if key in below and key in above]
        if not ways and not uses_world(self._graph, call):
            is_reversed = bool({*ends, *self._graph.descendants(ends)} & {*starts, *self._graph.ancestors(starts)})
            hint = "it goes the other way: change the two places" if is_reversed else "neither is upstream of the other"
            raise SelectionError(f"{call.text} selects nothing: no way leads from the first to the second", hint=hint)
        # What is only on the way has the keys that the end of it maps to, where that has some of its own.
        between: Rules = () if ends and all(None not in each for each in ends.values()) else (None,)
        return {key: ends.get(key, starts.get(key, between)) for key in ways}

    def _intersect(self, parts: Iterable[Expression], *, with_sources: bool) -> Chosen:
        first, *others = parts
        chosen = self._find(first, with_sources=with_sources)
        for part in others:
            found = self._find(part, with_sources=with_sources)
            chosen = {key: _narrow(rules, found[key], part) for key, rules in chosen.items() if key in found}
        return chosen

    def _find_saved(self, term: Term) -> Chosen:
        try:
            return self._find(parse_selection(self._graph.selectors[term.value]))
        except KeyError:
            raise _refuse_selector(self._graph, term.value) from None
        except SelectionError as error:
            raise _blame(term.value, error) from None


def unite(parts: Iterable[Chosen]) -> Chosen:
    """Return what is in any of some parts."""
    united: Chosen = {}
    for part in parts:
        for key, rules in part.items():
            united[key] = (*united.get(key, ()), *rules)
    return united


def expand_terms(graph: AssetGraph, expression: Expression) -> Iterator[Term]:
    """Yield the terms of an expression, and those of the saved selections that it uses.

    Raises:
        SelectionError: a saved selection is unknown, not of the grammar, or uses itself.
    """
    return _expand(graph, expression, ())


def _expand(graph: AssetGraph, expression: Expression, above: tuple[str, ...]) -> Iterator[Term]:
    for term in list_terms(expression):
        if term.method != SELECTOR:
            yield term
            continue
        name = term.value
        if name in above:
            circle = " -> ".join((*above[above.index(name) :], name))
            raise SelectionError(f"saved selections use themselves: {circle}", hint="see [selectors] in assets.toml")
        if name not in graph.selectors:
            error = _refuse_selector(graph, name)
            raise _blame(above[-1], error) if above else error
        try:
            saved = parse_selection(graph.selectors[name])
        except SelectionError as error:
            raise _blame(name, error) from None
        yield from _expand(graph, saved, (*above, name))


def uses_world(graph: AssetGraph, expression: Expression) -> bool:
    """Tell whether what an expression means depends on the state of the world, so that it may be nothing."""
    return any(term.method in WORLDLY for term in expand_terms(graph, expression))


def refuse_partitions(graph: AssetGraph, expression: Expression, text: str) -> None:
    """Raise where an expression that takes assets away names partitions."""
    ruled = any(term.steps.rule is not None or term.method == "partition" for term in expand_terms(graph, expression))
    if ruled or _has_ruled_call(expression):
        raise SelectionError(
            f"{text}: whole assets are excluded, not partitions",
            hint="choose the partitions to build instead, as in name@FIRST..LAST",
        )


def _has_ruled_call(expression: Expression) -> bool:
    match expression:
        case Term():
            return False
        case Call(arguments=parts, steps=steps):
            return steps.rule is not None or any(map(_has_ruled_call, parts))
        case Union(parts=parts) | Intersection(parts=parts):
            return any(map(_has_ruled_call, parts))
        case Complement(part=part):
            return _has_ruled_call(part)


def _refuse_selector(graph: AssetGraph, name: str) -> SelectionError:
    known = list(graph.selectors)
    hint = suggest(find_nearest(name, known)) or (
        f"there is {', '.join(known)}" if known else 'write it in assets.toml: [selectors] NAME = "tag:nightly"'
    )
    return SelectionError(f"there is no saved selection {name!r}", hint=hint)


def _blame(name: str, error: SelectionError) -> SelectionError:
    return SelectionError(f"assets.toml: selectors.{name}: {error.message}", hint=error.hint)


def _narrow(left: Rules, right: Rules, part: Expression) -> Rules:
    for one, other in ((left, right), (right, left)):
        if one in {NO_SUFFIX, other}:
            return other
    if not (left and right):  # one of them is only what others map to
        return left or right
    if all(isinstance(rule, OneKey) for rule in (*left, *right)) and set(left) & set(right):
        return tuple(rule for rule in left if rule in right)
    term = next(iter(list_terms(part)))
    raise SelectionError(
        f"{term.text}: the partitions of two terms cannot be intersected",
        hint="write the partitions after one of the terms only",
    )
