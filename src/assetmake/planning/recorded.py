"""What is recorded of assets, as selections ask for it: what came of the last attempt, and what is not as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.plan import Reason
from assetmake.planning.view import View
from assetmake.storage.columns import int32_column, int64_column

_RESULTS = {
    "failed": "select distinct asset from state.failures",
    "built": "select distinct asset from state.traces t where revision is not distinct from changed and not {failed}",
    "unchanged": "select distinct asset from state.traces t where revision <> changed and not {failed}",
}
_FAILED = "exists (from state.failures f where f.asset = t.asset and f.part = t.part)"
_PARTS = {"code": Reason.CODE, "config": Reason.CONFIG, "io": Reason.IO, "env": Reason.ENVIRONMENT}


def find_results(view: View, result: str) -> set[AssetKey]:
    """Return the assets that have a node of whose last attempt came this: failed, built or unchanged."""
    rows = view.db.execute(_RESULTS[result].format(failed=_FAILED)).fetchall()
    numbers = {number for (number,) in rows}
    return {key for key in view.scope.parts if view.numbers.get(str(key)) in numbers}


def find_state(view: View, graph: AssetGraph, state: str) -> set[AssetKey]:
    """Return the assets that are new, or not as they were when a node of them was built.

    Args:
        view: What is recorded.
        graph: The project.
        state: `new`; or `modified`, with or without the part that is not as it was: `modified.code`.
    """
    standing = _read_fingerprints(view, [key for key in graph.assets if key in view.scope.parts])
    if state == "new":
        return {key for key, numbers in standing.items() if not numbers}
    part = state.partition(".")[2]
    return {key for key, numbers in standing.items() if _is_modified(view, graph, key, numbers, part)}


def _is_modified(view: View, graph: AssetGraph, key: AssetKey, standing: Collection[int], part: str) -> bool:
    """Tell whether a fingerprint that nodes were made with differs from the present one, or a part of it does."""
    if part in {"", "deps"} and any(_reads_others(view, graph, key, number) for number in standing):
        return True
    if part == "deps" or not standing:
        return False
    known = view.compare_fingerprints(key, graph.assets[key].fingerprint)
    reasons = {reason for number in standing for reason in known.get(number, (Reason.CODE,))}
    return _PARTS[part] in reasons if part else bool(reasons)


def _reads_others(view: View, graph: AssetGraph, key: AssetKey, number: int) -> bool:
    now = Counter(view.numbers.get(str(edge.upstream), -1) for edge in graph.upstream[key])
    return number in view.upstreams and Counter(view.upstreams[number]) != now


def _read_fingerprints(view: View, keys: Iterable[AssetKey]) -> dict[AssetKey, set[int]]:
    """Return the fingerprints with which the nodes of each asset were made, of those nodes that there still are."""
    found: dict[AssetKey, set[int]] = {}
    partitioned: dict[int, AssetKey] = {}
    for key in keys:
        found[key] = {view.singles[key].fingerprint} if key in view.singles else set()
        if view.is_partitioned(key) and str(key) in view.numbers:
            partitioned[view.numbers[str(key)]] = key
    if not partitioned:
        return found
    rows = view.db.execute(
        "select distinct t.asset, t.fingerprint from state.traces t"
        f" join {_relate_sets(view, partitioned)} w on w.asset = t.asset and t.part between w.first and w.last"
        " and (t.part - w.first) % w.step = 0"
    ).fetchall()
    view.forget()
    for number, fingerprint in rows:
        found[partitioned[number]].add(fingerprint)
    return found


def _relate_sets(view: View, assets: Mapping[int, AssetKey]) -> str:
    """Return the name of a table with the parts of several assets: a row for a range, and for each of other parts."""
    rows: list[tuple[int, int, int, int]] = []
    for number, key in assets.items():
        parts = view.scope.parts[key]
        if isinstance(parts, range):
            rows.append((number, parts.start, parts.stop - 1, parts.step))
        else:
            rows.extend((number, part, part, 1) for part in parts)
    asset, first, last, step = zip(*rows, strict=True) if rows else ((), (), (), ())
    return view.relate_table(
        {
            "asset": int32_column(asset),
            "first": int64_column(first),
            "last": int64_column(last),
            "step": int64_column(step),
        }
    )
