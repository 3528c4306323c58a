"""Runs, attempts and differences as JSON documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from assetmake.planning.attempts import Attempt
from assetmake.planning.build_differences import Change, Difference
from assetmake.planning.run_history import AssetInRun, FailedInRun, RunRecord


def describe_runs(runs: Iterable[RunRecord]) -> dict[str, Any]:
    """Return runs as a document."""
    return {"runs": [describe_run(run) for run in runs]}


def describe_run(run: RunRecord) -> dict[str, Any]:
    """Return what is recorded of one run."""
    return {
        "run": run.id,
        "started_at": run.started_at.isoformat(),
        "seconds": run.seconds,
        "outcome": run.outcome,
        **run.counts,
        "asked": dict(run.asked),
        "pid": run.pid,
        "host": run.host,
        "command": run.command,
        "left": {
            name: None if spans is None else [_write_span(*span) for span in spans] for name, spans in run.left.items()
        },
    }


def describe_run_in_full(
    run: RunRecord, assets: Iterable[AssetInRun], failures: Iterable[FailedInRun]
) -> dict[str, Any]:
    """Return one run as a document, with what it did by asset."""
    return {
        **describe_run(run),
        "assets": [
            {
                "asset": each.asset,
                "built": each.built,
                "unchanged": each.unchanged,
                "failed": each.failed,
                "reasons": list(each.reasons),
                "seconds": each.seconds,
            }
            for each in assets
        ],
        "failures": [{"asset": each.asset, "key": each.key, "message": each.message} for each in failures],
    }


def describe_attempts(asset: str, key: str | None, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """Return the attempts at a node as a document, the newest first."""
    return {"asset": asset, "key": key, "attempts": [describe_attempt(each) for each in attempts]}


def describe_attempt(each: Attempt) -> dict[str, Any]:
    """Return one attempt."""
    return {
        "run": each.run,
        "key": each.key,
        "ended_at": each.ended_at.isoformat(),
        "outcome": each.outcome,
        "reason": each.reason,
        "seconds": each.seconds,
        "rows": each.rows,
        "metadata": {name: value for name, (_, value) in each.metadata.items()},
        **({"verdict": each.profile["verdict"]} if "verdict" in each.profile else {}),
        **({"description": each.description} if each.description else {}),
        **({"message": each.message} if each.message else {}),
    }


def describe_difference(asset: str, key: str | None, difference: Difference) -> dict[str, Any]:
    """Return the difference between two builds as a document."""
    return {
        "asset": asset,
        "key": key,
        "before": _describe_build(difference.before),
        "after": _describe_build(difference.after),
        "facts": _describe_changes(difference.facts),
        "columns": [
            {"column": each.name, "state": each.state, **_describe_changes(each.facts)} for each in difference.columns
        ],
        "metadata": _describe_changes(difference.metadata),
        "unprofiled": list(difference.unprofiled),
    }


def _describe_build(each: Attempt) -> dict[str, Any]:
    return {"run": each.run, "ended_at": each.ended_at.isoformat(), "reason": each.reason}


def _describe_changes(changes: Iterable[Change]) -> dict[str, Any]:
    return {each.name: {"before": each.before, "after": each.after} for each in changes}


def _write_span(first: str, last: str) -> str:
    return first if first == last else f"{first}..{last}"
