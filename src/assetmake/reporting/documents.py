"""JSON for scripts: one document for a plan, an explanation or a list; a line for each event of a build."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import AssetRecord
from assetmake.events import Event
from assetmake.planning.explain import Explanation
from assetmake.planning.plan import Verdict
from assetmake.reporting.shapes import PlanShape
from assetmake.reporting.why_lines import diff_sources, group_parts

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


def write_json(document: object) -> str:
    """Return a document as text that any terminal and any reader of UTF-8 can bear."""
    return json.dumps(document, indent=2)


def write_event(event: Event) -> str:
    """Return an event as one line: its name in snake case, and its fields."""
    name = _WORD_START.sub("_", type(event).__name__).lower()
    fields = dataclasses.asdict(event)
    if "key" in fields:
        fields["key"] = fields["key"] or None
    return json.dumps({"event": name, **fields})


def describe_plan(view: PlanShape, keys: Iterable[AssetKey] | None = None) -> dict[str, Any]:
    """Return a plan, or a status, as a document.

    Args:
        view: The plan.
        keys: The assets to tell of; default: all of the plan.
    """
    plan = view.plan
    chosen = [key for key in (plan.verdicts if keys is None else keys) if key in plan.verdicts]
    verdicts = [plan.verdicts[key] for key in chosen]
    return {
        "counts": {
            "fresh": sum(each.fresh for each in verdicts),
            "stale": sum(each.stale for each in verdicts),
            "waiting": sum(each.waiting for each in verdicts),
        },
        "assets": [_describe_asset(view, key) for key in chosen],
    }


def describe_why(explanation: Explanation) -> dict[str, Any]:
    """Return the explanation of one node as a document."""
    lines = diff_sources(explanation.old_source, explanation.new_source)
    failure = explanation.failure
    return {
        "asset": str(explanation.asset),
        "key": explanation.key,
        "verdict": explanation.verdict.value,
        "reason": explanation.reason.value if explanation.reason else None,
        "members": list(explanation.changed),
        "removed": [line[1:] for line in lines if line.startswith("-")],
        "added": [line[1:] for line in lines if line.startswith("+")],
        "upstream": [
            {"asset": str(each.upstream), "state": each.state, "keys": list(each.keys)} for each in explanation.upstream
        ],
        "built_at": explanation.built_at.isoformat() if explanation.built_at else None,
        "run": explanation.run,
        "failure": {"message": failure.message, "log": failure.log} if failure else None,
        "undeclared": list(explanation.undeclared),
    }


def describe_all(
    view: PlanShape, key: AssetKey, example: Explanation | None, undeclared: Sequence[str] = ()
) -> dict[str, Any]:
    """Return why partitions of an asset are stale: all reasons, and one of them in full.

    Args:
        view: A plan that has the asset.
        key: The asset.
        example: The explanation of the first that is stale; None where all are fresh.
        undeclared: Files that any of them read without declaring them.
    """
    fresh: dict[str, Any] = {"verdict": Verdict.FRESH.value, "reason": None}
    empty: dict[str, Any] = {"members": [], "removed": [], "added": [], "upstream": []}
    return {
        **(fresh | empty if example is None else describe_why(example)),
        "asset": str(key),
        "key": None,
        "example": example.key if example else None,
        "undeclared": list(undeclared),
        "groups": [
            {
                "verdict": verdict.value,
                "reason": reason.value,
                "count": len(parts),
                "keys": view.ranges(key, parts),
            }
            for (verdict, reason), parts in group_parts(view.plan.verdicts[key]).items()
        ],
    }


def describe_assets(records: Iterable[AssetRecord], sizes: Mapping[AssetKey, int | None]) -> dict[str, Any]:
    """Return a list of assets as a document.

    Args:
        records: The assets.
        sizes: How many partitions each has; None where it has none.
    """
    return {
        "assets": [
            {
                "asset": str(record.key),
                "group": record.group,
                "tags": dict(record.tags),
                "partitions": sizes[record.key],
                "description": record.description,
            }
            for record in records
        ]
    }


def _describe_asset(view: PlanShape, key: AssetKey) -> dict[str, Any]:
    verdicts = view.plan.verdicts[key]
    described: dict[str, Any] = {
        "asset": str(key),
        "fresh": verdicts.fresh,
        Verdict.STALE.value: verdicts.stale,
        Verdict.WAITING.value: verdicts.waiting,
        "reasons": {reason.value: number for reason, number in verdicts.count_reasons().items()},
    }
    if view.scope.definitions[key] is not None:
        described["stale_keys"] = view.ranges(key, verdicts.parts)
    return described
