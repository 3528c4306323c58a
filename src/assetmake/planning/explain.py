"""explain(): what a verdict rests on, read from the parts that the trace has kept."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import format_ranges
from assetmake.graph.asset_graph import AssetGraph, Edge
from assetmake.planning.differences import compare_details
from assetmake.planning.history import NodeFailure, read_failures, read_inputs, read_trace
from assetmake.planning.joins import fold_digest
from assetmake.planning.plan import Parts, Plan, Reason, Verdict, decode
from assetmake.planning.planner import read_upstream
from assetmake.planning.view import View
from assetmake.storage.decisions import Decision, read_last_decision

_WORDS = {
    Reason.MISSING: "it was never built",
    Reason.FAILED: "its last attempt failed",
    Reason.CODE: "its code changed",
    Reason.CONFIG: "its declaration changed (partitions, mapping, parameters)",
    Reason.IO: "its IO manager changed",
    Reason.ENVIRONMENT: "a declared distribution or environment variable changed",
    Reason.UPSTREAM: "upstream has other data",
    Reason.OUTPUT_MISSING: "its output is gone",
    Reason.OUTPUT_MODIFIED: "its output is not what was built",
    Reason.FORCED: "it was asked for",
    Reason.INVALIDATED: "it was marked as stale by hand",
}
_TOLD_IN_DETAIL = (Reason.CONFIG, Reason.IO, Reason.ENVIRONMENT)


@dataclass(frozen=True, slots=True)
class UpstreamChange:
    """How one upstream stands to what a node has read of it.

    Attributes:
        upstream: The asset or source.
        state: "same", "changed", "will run first" or "missing".
        keys: The upstream partitions that will run first, as ranges.
    """

    upstream: AssetKey
    state: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a node is stale, or why not.

    Attributes:
        asset, key: The node.
        verdict, reason: As in the plan; a fresh node has no reason.
        built_at, run: Its last build.
        old_source, new_source: Normalised source behind that build, and now.
        changed: In words, what is not as it was.
        upstream: Each upstream.
        failure: Its last attempt, where that failed.
        undeclared: Files that its last build read without declaring them.
        decision: What was decided of it by hand since it was built.
    """

    asset: AssetKey
    key: str | None
    verdict: Verdict
    reason: Reason | None
    built_at: datetime | None
    run: str | None
    old_source: str
    new_source: str
    changed: tuple[str, ...]
    upstream: tuple[UpstreamChange, ...]
    failure: NodeFailure | None
    undeclared: tuple[str, ...] = ()
    decision: Decision | None = None


def explain(view: View, graph: AssetGraph, plan: Plan, asset: AssetKey, key: str | None) -> Explanation:
    """Return the explanation of one node; of a partitioned asset without a key, of its first node that is not fresh.

    Args:
        view: With the state attached.
        graph: The project.
        plan: A plan that has the node.
        asset: The asset.
        key: The partition.
    """
    verdicts = plan.verdicts[asset]
    definition = view.scope.definitions[asset]
    codes = dict(zip(verdicts.parts, verdicts.codes, strict=True))
    if definition is None:
        part = 0
    elif key is not None:
        part = definition.part_of(key)
    else:
        parts = verdicts.parts or view.scope.parts[asset][:1]
        part = parts[0] if parts else 0
        key = definition.key_of(part) if parts else None
    verdict, reason = decode(codes[part]) if part in codes else (Verdict.FRESH, None)
    home = view.home(asset)
    trace = read_trace(view.db, home, part)
    failures = [each for each in read_failures(view.db).get(home, ()) if each.key == key]
    upstream = _compare_upstream(view, graph, plan, asset, part)
    current = graph.assets[asset].fingerprint
    details = compare_details(trace.details, current.details) if trace else []
    return Explanation(
        asset=asset,
        key=key,
        verdict=verdict,
        reason=reason,
        built_at=trace.built_at if trace else None,
        run=trace.run if trace else None,
        old_source=trace.source if trace else "",
        new_source=graph.code.members[current.root].source,
        changed=tuple(_list_changes(reason, verdict, upstream, details)),
        upstream=upstream,
        failure=failures[0] if failures else None,
        undeclared=trace.undeclared if trace else (),
        decision=read_last_decision(view.db, str(home), part),
    )


def _list_changes(
    reason: Reason | None, verdict: Verdict, upstream: Sequence[UpstreamChange], details: Sequence[str]
) -> list[str]:
    if reason is None:
        return []
    moved = [f"{each.upstream} has other data" for each in upstream if each.state == "changed"]
    gone = [f"{each.upstream} is missing" for each in upstream if each.state == "missing"]
    first = [
        f"{each.upstream}{'@' + ', '.join(each.keys[:3]) if each.keys else ''} will run first"
        for each in upstream
        if each.state == "will run first"
    ]
    if verdict is Verdict.WAITING:
        return first
    if reason is Reason.UPSTREAM:
        return [*moved, *gone] or [_WORDS[reason]]
    if reason in _TOLD_IN_DETAIL and details:
        return [*details, *moved]
    return [_WORDS[reason], *moved]


def _compare_upstream(
    view: View, graph: AssetGraph, plan: Plan, asset: AssetKey, part: int
) -> tuple[UpstreamChange, ...]:
    recorded = read_inputs(view.db, view.home(asset), part)
    changes = []
    for index, edge in enumerate(graph.upstream[asset]):
        read = read_upstream(view, asset, edge, array("q", [part]))
        dirty = _find_dirty(plan, edge, read)
        digest = fold_digest(view, edge.upstream, read) if read else 0
        if dirty:
            definition = view.scope.definitions[edge.upstream]
            keys = tuple(format_ranges(definition, dirty)) if definition is not None else ()
            changes.append(UpstreamChange(edge.upstream, "will run first", keys))
        elif digest is None:
            changes.append(UpstreamChange(edge.upstream, "missing"))
        elif recorded is None or index >= len(recorded) or recorded[index] != digest:
            changes.append(UpstreamChange(edge.upstream, "changed" if recorded else "same"))
        else:
            changes.append(UpstreamChange(edge.upstream, "same"))
    return tuple(changes)


def _find_dirty(plan: Plan, edge: Edge, read: Parts) -> list[int]:
    above = plan.verdicts.get(edge.upstream)
    if above is None:
        return []
    wanted = set(read)
    return [part for part in above.parts if part in wanted]
