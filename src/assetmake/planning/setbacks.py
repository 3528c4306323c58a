"""Setbacks: what failed when it was last tried, or needs such; a portion comes to it after everything else."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC
from math import inf
from typing import assert_never

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph, inspected
from assetmake.planning.earlier import find_earlier_reads
from assetmake.planning.joins import Between, Constant, Link, Listed, Same, link
from assetmake.planning.plan import Plan, Verdicts
from assetmake.planning.view import View

Setbacks = Mapping[AssetKey, Mapping[int, float]]
"""For each such node when it was last tried, in seconds: what is behind a check that stands as failed, never again."""
_Times = dict[int, float]


def find_setbacks(view: View, graph: AssetGraph, plan: Plan) -> dict[AssetKey, _Times]:
    """Return which nodes of a plan failed when they were last tried, or cannot run without such.

    What failed in one run counts as tried at one time, so that it keeps its order, and ranges of it stay together.

    Args:
        view: What is recorded; inside a block of the state.
        graph: The project.
        plan: Of all that the nodes need.
    """
    failed = _read_failed(view, plan)
    held = _find_held(view, graph, plan, failed)
    if not (failed or held):
        return {}
    found: dict[AssetKey, _Times] = {}
    for key, verdicts in plan:
        own = failed.get(key, {})
        for edge in graph.upstream[key] if verdicts.parts else ():
            above = _merge(found.get(edge.upstream, {}), held.get(edge.upstream, {}))
            if above and edge.upstream != key:
                read = link(view, edge.mapping, upstream=edge.upstream, downstream=key, parts=verdicts.parts)
                own = _merge(own, dict(_list_readers(read, verdicts, above)))
        if own and key in graph.self_edges:
            own = _run_on(view, graph, key, own, verdicts)
        if own:
            found[key] = own
    return found


def _read_failed(view: View, plan: Plan) -> dict[AssetKey, _Times]:
    dirty = {key: each.parts for key, each in plan.list_all() if each.parts}
    keys = {view.numbers[str(key)]: key for key in dirty if str(key) in view.numbers}
    numbers = [number for number in keys if number in view.failed]
    if not numbers:
        return {}
    rows = view.db.execute(
        "select asset, part, failed_at from (select asset, part, max(failed_at) over (partition by run) as failed_at"
        " from state.failures) where list_contains(?::integer[], asset)",
        [numbers],
    ).fetchall()
    among = {number: set(dirty[keys[number]]) for number in numbers}
    found: dict[AssetKey, _Times] = {}
    for number, part, failed_at in rows:
        if part in among[number]:
            found.setdefault(keys[number], {})[part] = failed_at.replace(tzinfo=UTC).timestamp()
    return found


def _find_held(view: View, graph: AssetGraph, plan: Plan, failed: Mapping[AssetKey, _Times]) -> dict[AssetKey, _Times]:
    """Return nodes from all that reads them held back by blocking checks, which failed or raised an error."""
    found: dict[AssetKey, _Times] = {}
    for check, answers in plan.answers.items():
        inspection = inspected(graph.checks[check])
        if not inspection.blocking:
            continue
        stands = dict.fromkeys(answers.failed.difference(plan.checks[check].parts), inf)
        times, asset = _merge(failed.get(check, {}), stands), inspection.asset
        if times and graph.find_partitions(check) != graph.find_partitions(asset):
            times = dict.fromkeys(view.scope.parts[asset], max(times.values()))
        if times:
            found[asset] = _merge(found.get(asset, {}), times)
    return found


def _merge(some: _Times, others: _Times) -> _Times:
    if not (some and others):
        return some or others
    return {part: max(some.get(part, 0.0), others.get(part, 0.0)) for part in {**some, **others}}


def _list_readers(read: Link, verdicts: Verdicts, above: _Times) -> Iterator[tuple[int, float]]:
    """Return the nodes to run that read any of some others, each with the latest time of those."""
    match read:
        case Constant(parts):
            latest = max((above[part] for part in parts if part in above), default=0.0)
            yield from ((part, latest) for part in verdicts.parts if latest)
        case Same():
            yield from ((part, above[part]) for part in verdicts.parts if part in above)
        case Between(parts, first, last):
            times = sorted(above.items())
            places = [part for part, _ in times]
            for part, start, end in zip(parts, first, last, strict=True):
                low, high = bisect_left(places, start), bisect_right(places, end)
                if low < high:
                    yield part, max(time for _, time in times[low:high])
        case Listed(down, up):
            latest_of: _Times = {}
            for part, one in zip(down, up, strict=True):
                if one in above:
                    latest_of[part] = max(above[one], latest_of.get(part, 0.0))
            yield from latest_of.items()
        case _:
            assert_never(read)


def _run_on(view: View, graph: AssetGraph, key: AssetKey, own: _Times, verdicts: Verdicts) -> _Times:
    """Return nodes with those to run that read them, or read what does, of the same asset."""
    unit = graph.units.get(key, ())
    reads = find_earlier_reads(view, graph, (key,) if graph.records[key].can_subset or not unit else unit)
    if reads is None:
        return own
    found = dict(own)
    for part in verdicts.parts:  # what is read comes before what reads it
        latest = max((found[read] for read in reads.list_reads(part) if read in found), default=0.0)
        if latest > found.get(part, 0.0):
            found[part] = latest
    return found


def put_last(parts: Sequence[int], times: Mapping[int, float]) -> array[int]:
    """Return nodes in their order, but those that have failed after the others: what was tried longest ago first."""
    return array("q", sorted(parts, key=lambda part: times.get(part, 0.0)))


def tell_apart(parts: Sequence[int], late: Set[int]) -> tuple[array[int], array[int]]:
    """Return the nodes that have not failed, and those that have."""
    return (
        array("q", (part for part in parts if part not in late)),
        array("q", (part for part in parts if part in late)),
    )
