"""Evaluating conditions: a walk over the tree that gives a set of partitions for each node."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import ClassVar

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.rule_records import ConditionRecord
from assetmake.graph.asset_graph import Edge, inspected
from assetmake.planning.subsets import NOTHING, Runs, intersect, subtract, unite
from assetmake.ticking.leaves import ask_leaf
from assetmake.ticking.memory import name_node
from assetmake.ticking.outcome import Outcome, Times, find_later, find_latest
from assetmake.ticking.standpoint import Standpoint
from assetmake.ticking.tree import is_remembering, list_below, strip_downstream

_MOST_TIMES = 100


class Evaluation:
    """The evaluation of one asset's condition.

    Args:
        stand: From where.
        explain: Says in words why a condition came to hold.
    """

    def __init__(self, stand: Standpoint, explain: Callable[[Outcome], str]) -> None:
        self.stand = stand
        self._explain = explain
        self._facts = stand.facts
        self._stack: list[ConditionRecord] = []

    def run(self) -> Outcome:
        """Evaluate the whole condition, and note what is to be remembered."""
        root, universe = self.stand.root, self._facts.find_universe(self.stand.root)
        outcome = self._ask(self.stand.around.rules[root].condition, root, universe.all)
        self.stand.after.requested = universe.keep(outcome.true)
        for edge in self._facts.graph.upstream.get(root, ()):
            self.stand.note_source(edge.upstream)
        return outcome

    # ------------------------------------------------------------------ what combines conditions

    def _ask(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        if not candidates and not is_remembering(condition):
            return Outcome(condition, key, candidates, NOTHING)
        find = self._combining.get(condition.kind)
        if find is None:
            true, times = ask_leaf(self.stand, condition, key, candidates)
            true = intersect(true, candidates)
            return Outcome(condition, key, candidates, true, find_times=partial(_restrict, times, true))
        self._stack.append(condition)
        try:
            return find(self, condition, key, candidates)
        finally:
            self._stack.pop()

    def _all_of(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        true, children = candidates, []
        for operand in condition.operands:
            child = self._ask(operand, key, true)
            children.append(child)
            true = intersect(true, child.true)
        return self._join(condition, key, candidates, true, children)

    def _any_of(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        children = [self._ask(operand, key, candidates) for operand in condition.operands]
        true = intersect(candidates, unite(*(child.true for child in children)))
        return self._join(condition, key, candidates, true, children)

    def _none_of(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        child = self._ask(condition.operands[0], key, candidates)
        return Outcome(condition, key, candidates, subtract(candidates, child.true), (child,))

    def _since(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        universe = self._facts.find_universe(key)
        name = name_node(condition, self._target(key), universe)
        trigger, reset = (self._ask(operand, key, universe.all) for operand in condition.operands)
        true = subtract(unite(self.stand.recall(name, key), trigger.true), reset.true)
        both = intersect(trigger.true, reset.true)
        if both:
            true = unite(true, intersect(both, find_later(trigger.find_times(), reset.find_times())))
        self.stand.after.nodes[name] = universe.keep(true)
        why = self.stand.before.reasons.get(name, "") if self.stand.before is not None else ""
        if intersect(true, trigger.true):
            why = self._explain(trigger)
        if true:
            self.stand.after.reasons[name] = why
        times = partial(_restrict, trigger.find_times, true)
        return Outcome(condition, key, candidates, true, (trigger, reset), times, why if true else "")

    def _newly_true(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        universe = self._facts.find_universe(key)
        name = name_node(condition, self._target(key), universe)
        child = self._ask(condition.operands[0], key, universe.all)
        true = intersect(candidates, subtract(child.true, self.stand.recall(name, key)))
        self.stand.after.nodes[name] = universe.keep(child.true)
        return Outcome(condition, key, candidates, true, (child,))

    def _any_upstream(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        children = [self._match_upstream(condition, edge, key, candidates) for edge in self._list_edges(condition, key)]
        true = intersect(candidates, unite(*(child.true for child in children)))
        return self._join(condition, key, candidates, true, children)

    def _all_upstreams(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        true, children = candidates, []
        for edge in self._list_edges(condition, key):
            child = self._match_upstream(condition, edge, key, candidates)
            children.append(child)
            true = intersect(true, child.true)
        return self._join(condition, key, candidates, true, children)

    def _match_upstream(self, condition: ConditionRecord, edge: Edge, key: AssetKey, candidates: Runs) -> Outcome:
        read = self._facts.read_upstream(key, edge, candidates)
        child = self._ask(condition.operands[0], edge.upstream, read)
        true = self._facts.find_readers(key, edge, candidates, child.true)
        return self._move(condition, key, candidates, true, child, partial(self._to_readers, key, edge))

    def _to_readers(self, key: AssetKey, edge: Edge, within: Runs, read: Runs) -> Runs:
        return self._facts.find_readers(key, edge, within, read)

    def _match(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        """Ask about another asset, which may be upstream, downstream or neither."""
        other = AssetKey.from_user_string(condition.argument("key"))
        if other not in self._facts.view.scope.definitions:
            return Outcome(condition, key, candidates, NOTHING, about=other)
        self.stand.note_source(other)
        edge = self._find_edge(key, other)
        if edge is not None:
            return self._match_upstream(condition, edge, key, candidates)
        edge = self._find_edge(other, key)
        there = self._facts.find_universe(other)
        if edge is None:
            return self._match_beside(condition, other, key, candidates)
        child = self._ask(condition.operands[0], other, self._facts.find_readers(other, edge, there.all, candidates))
        true = intersect(candidates, self._facts.read_upstream(other, edge, child.true))
        return Outcome(condition, key, candidates, true, (child,), about=other)

    def _match_beside(self, condition: ConditionRecord, other: AssetKey, key: AssetKey, candidates: Runs) -> Outcome:
        """Ask about what is partitioned alike, by part; about all of what is partitioned otherwise."""
        own, there = self._facts.find_universe(key), self._facts.find_universe(other)
        is_alike = own.definition is not None and there.definition is not None
        asked = there.locate(own.spell(candidates)) if is_alike else there.all if candidates else NOTHING

        def back(within: Runs, runs: Runs) -> Runs:
            return intersect(within, own.locate(there.spell(runs))) if is_alike else within if runs else NOTHING

        child = self._ask(condition.operands[0], other, asked)
        return self._move(condition, key, candidates, back(candidates, child.true), child, back)

    def _any_check(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        children = [
            self._match_beside(condition, check, key, candidates) for check in self._list_checks(condition, key)
        ]
        true = intersect(candidates, unite(*(child.true for child in children)))
        return self._join(condition, key, candidates, true, children)

    def _all_checks(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        true, children = candidates, []
        for check in self._list_checks(condition, key):
            children.append(self._match_beside(condition, check, key, candidates))
            true = intersect(true, children[-1].true)
        return self._join(condition, key, candidates, true, children)

    def _any_below(self, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Outcome:
        """Ask the conditions of all that reads this, of this; those that are being asked already are left out."""
        graph, children, seen = self._facts.graph, [], [*self._stack]
        for below in list_below(graph, key):
            rule = self.stand.around.rules.get(below)
            wanted = None if rule is None or rule.problem else strip_downstream(rule.condition)
            if wanted is not None and wanted not in seen:
                seen.append(wanted)
                children.append(self._ask(wanted, key, candidates))
        true = intersect(candidates, unite(*(child.true for child in children)))
        return self._join(condition, key, candidates, true, children)

    # ------------------------------------------------------------------ what conditions are about

    def _target(self, key: AssetKey) -> str:
        return "" if key == self.stand.root else str(key)

    def _list_edges(self, condition: ConditionRecord, key: AssetKey) -> Iterator[Edge]:
        """Return the edges to the upstreams that a condition looks at, each upstream once."""
        edges = {edge.upstream: edge for edge in self._facts.graph.upstream.get(key, ())}
        allowed, ignored = condition.argument("allow"), condition.argument("ignore") or ()
        for upstream in sorted(edges):
            if (allowed is None or str(upstream) in allowed) and str(upstream) not in ignored:
                yield edges[upstream]

    def _list_checks(self, condition: ConditionRecord, key: AssetKey) -> Iterator[AssetKey]:
        graph = self._facts.graph
        for check in sorted(graph.list_checks([key])):
            if not condition.argument("blocking_only") or inspected(graph.checks[check]).blocking:
                yield check

    def _find_edge(self, key: AssetKey, upstream: AssetKey) -> Edge | None:
        return next((edge for edge in self._facts.graph.upstream.get(key, ()) if edge.upstream == upstream), None)

    @staticmethod
    def _join(
        condition: ConditionRecord, key: AssetKey, candidates: Runs, true: Runs, children: list[Outcome]
    ) -> Outcome:
        """Return what came of several conditions: it came to hold when the last of them did."""

        def find_times() -> Times:
            return find_latest((child.find_times() for child in children), true)

        return Outcome(condition, key, candidates, true, tuple(children), find_times)

    @staticmethod
    def _move(
        condition: ConditionRecord,
        key: AssetKey,
        candidates: Runs,
        true: Runs,
        child: Outcome,
        back: Callable[[Runs, Runs], Runs],
    ) -> Outcome:
        """Return what came of a condition of another asset, for the partitions that it is asked for."""

        def find_times() -> Times:
            times = find_latest([_thin_out(child.find_times())], child.true)
            return [(time, back(true, runs)) for time, runs in times]

        return Outcome(condition, key, candidates, true, (child,), find_times, about=child.key)

    _combining: ClassVar[Mapping[str, Callable[[Evaluation, ConditionRecord, AssetKey, Runs], Outcome]]] = {
        "and": _all_of,
        "or": _any_of,
        "not": _none_of,
        "since": _since,
        "newly_true": _newly_true,
        "any_deps_match": _any_upstream,
        "all_deps_match": _all_upstreams,
        "any_checks_match": _any_check,
        "all_checks_match": _all_checks,
        "asset_matches": _match,
        "any_downstream_conditions": _any_below,
    }


def _restrict(find_times: Callable[[], Times], within: Runs) -> Times:
    return find_latest([find_times()], within)


def _thin_out(times: Times) -> Times:
    """Return at most about a hundred times: each has to be asked which partitions read it."""
    if len(times) <= _MOST_TIMES:
        return times
    step = (times[-1][0] - times[0][0]) / _MOST_TIMES
    merged: dict[int, tuple[float, Runs]] = {}
    for time, runs in times:
        number = int((time - times[0][0]) / step)
        last, there = merged.get(number, (time, NOTHING))
        merged[number] = (max(last, time), unite(there, runs))
    return list(merged.values())
