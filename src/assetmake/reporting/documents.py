"""JSON for scripts: one document for a plan, an explanation or a list; a line for each event of a build."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import AssetRecord
from assetmake.events import Event
from assetmake.planning.deciding import Decided
from assetmake.planning.explain import Explanation
from assetmake.planning.orphans import Garbage, Orphans
from assetmake.planning.partition_sets import Added, PartitionSet
from assetmake.planning.plan import Verdict
from assetmake.reporting.change_lines import diff_sources, list_side
from assetmake.reporting.check_lines import describe_checks
from assetmake.reporting.orphan_lines import name_file
from assetmake.reporting.shapes import PlanShape
from assetmake.reporting.why_lines import group_parts
from assetmake.storage.decisions import Decision

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
    document = {"event": name, **fields}
    try:
        return json.dumps(document, allow_nan=False)
    except ValueError:
        return json.dumps(_drop_nan(document))


def _drop_nan(value: object) -> object:
    """Return a document with null for the numbers that JSON does not have."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {key: _drop_nan(each) for key, each in value.items()}
        case list() | tuple():
            return [_drop_nan(each) for each in value]
        case _:
            return value


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
        **({"checks": describe_checks(plan)} if plan.checks else {}),
    }


def describe_why(explanation: Explanation) -> dict[str, Any]:
    """Return the explanation of one node as a document."""
    diffs = {member.name: diff_sources(member.old, member.new) for member in explanation.members}
    lines = [line for diff in diffs.values() for line in diff]
    failure = explanation.failure
    return {
        "asset": str(explanation.asset),
        "key": explanation.key,
        "verdict": explanation.verdict.value,
        "reason": explanation.reason.value if explanation.reason else None,
        "because": list(explanation.changed),
        "members": [member.name for member in explanation.members],
        "removed": list_side(lines, "-"),
        "added": list_side(lines, "+"),
        "changes": [
            {
                "member": member.name,
                "state": member.state,
                "notes": list(member.notes),
                "removed": len(list_side(diffs[member.name], "-")),
                "added": len(list_side(diffs[member.name], "+")),
                "diff": diffs[member.name],
            }
            for member in explanation.members
        ],
        "upstream": [
            {
                "asset": str(each.upstream),
                "state": each.state,
                "keys": list(each.keys),
                "reasons": [reason.value for reason in each.reasons],
                **({"versions": list(each.versions)} if each.versions else {}),
            }
            for each in explanation.upstream
        ],
        "rests_on": {
            "members": list(explanation.kept.members),
            "environment": list(explanation.kept.environment),
            "unfollowed": list(explanation.kept.unfollowed),
        },
        "built_at": explanation.built_at.isoformat() if explanation.built_at else None,
        "run": explanation.run,
        "failure": {"message": failure.message, "log": failure.log} if failure else None,
        "undeclared": list(explanation.undeclared),
        "decision": _describe_decision(explanation.decision),
        **({"answer": dataclasses.asdict(explanation.answer)} if explanation.answer else {}),
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
    empty: dict[str, Any] = {"because": [], "members": [], "changes": [], "removed": [], "added": [], "upstream": []}
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
                "keys": list(view.ranges(key, parts)),
            }
            for (verdict, reason), parts in group_parts(view.plan.verdicts[key]).items()
        ],
    }


def describe_decided(done: str, decided: Decided) -> dict[str, Any]:
    """Return what was decided by hand as a document.

    Args:
        done: What was done, as "accepted".
        decided: To which nodes.
    """
    assets: list[dict[str, Any]] = []
    for key, parts in decided.nodes.items():
        partitioned = decided.scope.definitions[key] is not None
        assets.append(
            {"asset": str(key), "nodes": len(parts), **({"keys": list(decided.ranges(key))} if partitioned else {})}
        )
    return {done: decided.count, "assets": assets, "notes": list(decided.notes)}


def describe_sets(sets: Iterable[PartitionSet]) -> dict[str, Any]:
    """Return the sets of dynamic partition keys as a document."""
    return {
        "partitions": [
            {"name": each.name, "count": each.count, "assets": [str(key) for key in each.users]} for each in sets
        ]
    }


def describe_keys(name: str, keys: Sequence[str]) -> dict[str, Any]:
    """Return the keys of one set as a document."""
    return {"name": name, "count": len(keys), "keys": list(keys)}


def describe_added(name: str, done: Added) -> dict[str, Any]:
    """Return which keys were added to a set, and which were there already."""
    return {"name": name, "added": list(done.added), "known": list(done.known)}


def describe_removed(name: str, keys: Sequence[str]) -> dict[str, Any]:
    """Return which keys were removed from a set."""
    return {"name": name, "removed": list(keys)}


def describe_orphans(orphans: Iterable[Orphans]) -> list[dict[str, Any]]:
    """Return what is no longer in the project, by asset."""
    return [
        {"asset": each.asset, "nodes": each.nodes, **({"keys": list(each.keys)} if each.keys else {})}
        for each in orphans
    ]


def describe_garbage(orphans: Iterable[Orphans], garbage: Garbage, *, root: Path, is_removed: bool) -> dict[str, Any]:
    """Return what can be removed, or was, as a document.

    Args:
        orphans: By asset.
        garbage: Their outputs.
        root: What files are named relative to.
        is_removed: They were removed just now.
    """
    return {
        "removed": is_removed,
        "bytes": sum(garbage.files.values()),
        "files": [name_file(path, root=root) for path in garbage.files],
        "kept": {name_file(path, root=root): reason for path, reason in garbage.kept.items()},
        "orphans": describe_orphans(orphans),
        "logs": [name_file(path, root=root) for path in garbage.logs],
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


def _describe_decision(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    at = decision.made_at.isoformat()
    return {"action": decision.action, "made_at": at, "reason": decision.reason, "actor": decision.actor}


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
        described["stale_keys"] = list(view.ranges(key, verdicts.parts))
    if mended := view.mended.get(key):
        described["fresh_but_failed"] = len(mended)
    return described
