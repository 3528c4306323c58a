"""Answers: what checks that stand have found, as far as they did not pass."""

from __future__ import annotations

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.plan import Answers, Parts
from assetmake.planning.view import View
from assetmake.storage.verdicts import FAILED, WARNED


def read_answers(view: View, key: AssetKey, parts: Parts) -> Answers:
    """Return which of a check's nodes have a recorded answer that is not a pass."""
    if not view.is_partitioned(key):
        recorded = view.singles.get(key)
        verdict = recorded.verdict if recorded else None
        found = [(0, verdict)] if verdict in {FAILED, WARNED} else []
    else:
        found = view.db.execute(
            f"select part, verdict from {view.traces(key)} semi join {view.relate(parts)} using (part)"
            " where verdict in (?, ?)",
            [FAILED, WARNED],
        ).fetchall()
        view.forget()
    return Answers(
        failed=frozenset(part for part, verdict in found if verdict == FAILED),
        warned=frozenset(part for part, verdict in found if verdict == WARNED),
    )
