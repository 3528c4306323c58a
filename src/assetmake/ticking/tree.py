"""What can be said of conditions and of the graph without asking the state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.rule_records import ConditionRecord
from assetmake.graph.asset_graph import AssetGraph

_REMEMBERING = frozenset({"since", "newly_true", "code_version_changed"})


def walk(condition: ConditionRecord) -> Iterator[ConditionRecord]:
    """Yield a condition and all that it is made of."""
    yield condition
    for operand in condition.operands:
        yield from walk(operand)


def is_remembering(condition: ConditionRecord) -> bool:
    """Tell whether a condition has to be asked on every tick: it, or a part of it, goes by what was before."""
    return any(each.kind in _REMEMBERING for each in walk(condition))


def list_below(graph: AssetGraph, key: AssetKey) -> list[AssetKey]:
    """Return all assets that read one, directly or not, in the order of the graph."""
    below = graph.descendants([key])
    return [each for each in graph.order if each in below]


def strip_downstream(condition: ConditionRecord) -> ConditionRecord | None:
    """Return a condition without `any_downstream_conditions`, which is false in there; None where nothing is left.

    What has a label stays as it is.
    """
    if condition.label:
        return condition
    if condition.kind == "any_downstream_conditions":
        return None
    if condition.kind not in {"and", "or"}:
        return condition
    kept = [strip_downstream(operand) for operand in condition.operands]
    found = tuple(operand for operand in kept if operand is not None)
    if not found or (condition.kind == "and" and len(found) < len(kept)):
        return None
    return found[0] if len(found) == 1 else replace(condition, operands=found)
