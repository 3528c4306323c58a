"""Targets as sets of nodes: what was selected by rules, and what was selected by its present verdict."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Set

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UnknownPartitionError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.key_rules import Targets
from assetmake.graph.targets import resolve_rules, resolve_targets
from assetmake.planning.keyset import ONE_PART, unite
from assetmake.planning.plan import Parts, Plan, Reason, Verdict, decode
from assetmake.planning.view import Scope


def find_targets(
    graph: AssetGraph,
    chosen: Targets,
    scope: Scope,
    *,
    everything: Callable[[], Plan],
    find_recorded: Callable[[AssetKey, Parts], Set[int]],
) -> dict[AssetKey, Parts]:
    """Return the nodes that a selection means.

    Args:
        graph: The project.
        chosen: Rules, by asset.
        scope: Which partitions there are.
        everything: The plan of the whole project; asked for only where a rule is about what is missing.
        find_recorded: Finds which of some nodes were ever built; asked the same way.
    """
    found = resolve_targets(graph, chosen, current_time=scope.now, resolve_keys=scope.definitions.__getitem__)
    targets: dict[AssetKey, Parts] = {}
    for key, asked in found.items():
        parts: Parts = asked.parts if asked.parts is not None else ONE_PART
        if asked.missing:
            missing = _find_unbuilt(everything(), key, find_recorded)
            if not (missing or asked.parts):
                continue
            parts = missing if asked.parts is None else unite(scope.parts[key], [parts, missing])
        targets[key] = scope.parts[key] if len(parts) == len(scope.parts[key]) else parts
    are_dropped = len(targets) < len(found)
    return {} if are_dropped and not any(chosen.rules[key] for key in targets) else targets


def _find_unbuilt(plan: Plan, key: AssetKey, find_recorded: Callable[[AssetKey, Parts], Set[int]]) -> array[int]:
    """Return an asset's nodes that were never built, whether or not that was tried."""
    failed = find_nodes(plan, key, "failed")
    tried = set(failed) - find_recorded(key, failed) if failed else set()
    never = {*find_nodes(plan, key, "missing"), *tried}
    return array("q", (part for part in plan.verdicts[key].parts if part in never))


def find_looked_at(chosen: Targets, scope: Scope) -> dict[AssetKey, Parts]:
    """Return the partitions of sources that a selection asks to be looked at."""
    looked_at: dict[AssetKey, Parts] = {}
    for key, rules in chosen.looked_at.items():
        definition = scope.definitions[key]
        if definition is None:
            looked_at[key] = ONE_PART
            continue
        try:
            found = resolve_rules(definition, rules, current_time=scope.now).parts
        except UnknownPartitionError:
            if not chosen.rules:  # else an option is of partitions that others have
                raise
        else:
            looked_at[key] = scope.parts[key] if found is None else found
    return looked_at


def filter_status(plan: Plan, status: str) -> set[AssetKey]:
    """Return the assets that have a node of a status."""
    if status == "fresh":
        return {key for key, verdicts in plan if not verdicts.parts}
    return {key for key, _ in plan if len(find_nodes(plan, key, status))}


def find_nodes(plan: Plan, key: AssetKey, status: str) -> array[int]:
    """Return an asset's nodes that are stale, waiting, missing or failed."""
    verdicts = plan.verdicts[key]
    found = array("q")
    for part, code in zip(verdicts.parts, verdicts.codes, strict=True):
        verdict, reason = decode(code)
        if _is(status, verdict, reason):
            found.append(part)
    return found


def _is(status: str, verdict: Verdict, reason: Reason) -> bool:
    match status:
        case "missing":
            return reason is Reason.MISSING
        case "failed":
            return reason is Reason.FAILED
        case "waiting":
            return verdict is Verdict.WAITING
        case _:
            return verdict is Verdict.STALE
