"""What is recorded of assets, as selections ask for it: what came of the last attempt, and what is not as it was."""

from __future__ import annotations

from collections import Counter

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.view import View

_RESULTS = {
    "failed": "select distinct asset from state.failures",
    "built": "select distinct asset from state.traces t where revision is not distinct from changed and not {failed}",
    "unchanged": "select distinct asset from state.traces t where revision <> changed and not {failed}",
}
_FAILED = "exists (from state.failures f where f.asset = t.asset and f.part = t.part)"


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
    made: dict[int, list[int]] = {}
    for asset, number in view.db.execute("select distinct asset, fingerprint from state.traces").fetchall():
        made.setdefault(asset, []).append(number)
    owners = {key: view.numbers.get(str(key), -1) for key in graph.assets if key in view.scope.parts}
    part = state.partition(".")[2]
    if state == "new":
        return {
            key for key, owner in owners.items() if not any(_stands(view, key, each) for each in made.get(owner, ()))
        }
    return {
        key
        for key, owner in owners.items()
        if any(
            _differs(view, graph, key, number, part) and _stands(view, key, number) for number in made.get(owner, ())
        )
    }


def _differs(view: View, graph: AssetGraph, key: AssetKey, number: int, part: str) -> bool:
    """Tell whether a recorded fingerprint differs from the present one, or a part of it does."""
    old = view.fingerprints.get(view.numbers.get(str(key), -1), {}).get(number)
    if old is None:
        return True
    new = graph.assets[key].fingerprint
    parts = {
        "code": old.code != new.code,
        "config": old.config != new.config,
        "io": old.io != new.io,
        "env": old.environment != new.environment,
        "deps": _reads_others(view, graph, key, number),
    }
    return parts[part] if part else any(parts.values())


def _reads_others(view: View, graph: AssetGraph, key: AssetKey, number: int) -> bool:
    now = Counter(view.numbers.get(str(edge.upstream), -1) for edge in graph.upstream[key])
    return number in view.upstreams and Counter(view.upstreams[number]) != now


def _stands(view: View, key: AssetKey, number: int) -> bool:
    """Tell whether a node that there still is was made with a fingerprint."""
    parts = view.scope.parts[key]
    rows = view.db.execute(
        "select part from state.traces where asset = ? and fingerprint = ?", [view.numbers[str(key)], number]
    ).fetchall()
    wanted = parts if isinstance(parts, range) else set(parts)
    return any(part in wanted for (part,) in rows)
