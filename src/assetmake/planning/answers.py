"""Answers: what checks that stand have found, as far as they did not pass."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.history import read_answer
from assetmake.planning.plan import Answers, Finding, Parts
from assetmake.planning.view import View
from assetmake.storage.verdicts import FAILED, WARNED

_MOST = 20
"""Nodes of a check, of each verdict, of which it is read what was found; the others are only counted."""


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
    failed = frozenset(part for part, verdict in found if verdict == FAILED)
    warned = frozenset(part for part, verdict in found if verdict == WARNED)
    told = [*sorted(failed)[:_MOST], *sorted(warned)[:_MOST]]
    return Answers(failed, warned, _read_findings(view, key, told) if told else {})


def _read_findings(view: View, key: AssetKey, parts: Sequence[int]) -> dict[int, Finding]:
    rows = view.db.execute(
        "select part, verdict, metadata, built_at from state.traces where asset = ? and list_contains(?, part)",
        [view.numbers[str(key)], list(parts)],
    ).fetchall()
    return {
        part: Finding(made_at.replace(tzinfo=UTC), answer.description, answer.metadata)
        for part, verdict, metadata, made_at in rows
        for answer in (read_answer(verdict, json.loads(metadata or "{}")),)
    }
