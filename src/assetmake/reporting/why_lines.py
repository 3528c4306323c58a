"""Why a node is stale, or why not, in words and as a difference of its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.explain import Explanation, UpstreamChange
from assetmake.planning.plan import Reason, Verdict, Verdicts, decode
from assetmake.reporting.change_lines import list_kept, list_members
from assetmake.reporting.check_lines import tell_last_answer
from assetmake.reporting.decision_lines import tell_decision
from assetmake.reporting.display import display
from assetmake.reporting.failure_lines import indent
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.shapes import PlanShape
from assetmake.reporting.table import Cell, align
from assetmake.reporting.words import REASON_WORDS, shorten, shorten_ranges, tell_ago, tell_reason


def name_node(asset: AssetKey, key: str | None) -> str:
    """Return how a person names a node: `asset@key`, safe for a terminal."""
    return display(str(asset) if key is None else f"{asset}@{key}")


def list_why(explanation: Explanation, *, now: datetime, paint: Paint = PLAIN, diffs: bool = True) -> Iterator[str]:
    """Return the explanation of one node in lines.

    Args:
        explanation: The node's.
        now: What times are told against.
        paint: Colours.
        diffs: Show what changed of the code, not only where.
    """
    name = paint(name_node(explanation.asset, explanation.key), "bold")
    built = _tell_built(explanation, now)
    if explanation.reason is None:
        yield f"{name} is {paint('fresh', 'green')}: {built or 'built'}, nothing has changed"
        yield from _list_answer(explanation)
        yield from _list_decision(explanation, now)
        yield from list_kept(explanation)
        yield from list_undeclared(explanation.undeclared)
        return
    yield f"{name} {_tell_verdict(explanation.verdict, explanation.reason, paint)}" + (f" ({built})" if built else "")
    yield from _list_answer(explanation)
    yield from _list_decision(explanation, now)
    yield from (f"  {display(words)}" for words in explanation.changed)
    yield from _list_upstream(explanation)
    yield from _list_failure(explanation)
    yield from list_undeclared(explanation.undeclared)
    yield from list_members(explanation.members, paint=paint, diffs=diffs)


def list_undeclared(files: Sequence[str]) -> list[str]:
    """Return a line for each file that was read without having been declared."""
    return [f"  reads {display(file)} without declaring it" for file in files]


def list_groups(view: PlanShape, key: AssetKey, *, paint: Paint = PLAIN) -> Iterator[str]:
    """Return for each reason that partitions of an asset have, how many and which."""
    verdicts = view.plan.verdicts[key]
    name = paint(name_node(key, None), "bold")
    if not verdicts.parts:
        yield f"{name} is {paint('fresh', 'green')}: all {verdicts.total:,} partitions, nothing has changed"
        return
    counts = ((verdicts.stale, "stale"), (verdicts.waiting, "waiting"))
    told = " and ".join(f"{number:,} {word}" for number, word in counts if number)
    yield f"{name}: {told} of {verdicts.total:,} partitions"
    rows = [
        [
            Cell(f"  {verdict.value}", "yellow"),
            Cell(f"{len(parts):,}"),
            Cell(tell_reason(verdict, reason)),
            Cell(display(shorten_ranges(view.ranges(key, parts), 5)), "dim"),
        ]
        for (verdict, reason), parts in group_parts(verdicts).items()
    ]
    yield from align(rows, paint=paint, right={1})


def group_parts(verdicts: Verdicts) -> dict[tuple[Verdict, Reason], list[int]]:
    """Return the partitions that have each verdict and reason."""
    groups: dict[tuple[Verdict, Reason], list[int]] = {}
    for part, code in zip(verdicts.parts, verdicts.codes, strict=True):
        groups.setdefault(decode(code), []).append(part)
    return groups


def _tell_verdict(verdict: Verdict, reason: Reason, paint: Paint) -> str:
    told = tell_reason(verdict, reason)
    if verdict is Verdict.WAITING and reason is Reason.UPSTREAM:
        return paint(told, "yellow")
    return f"is {paint(verdict.value, 'yellow')}: {told}"


def _tell_built(explanation: Explanation, now: datetime) -> str:
    if explanation.built_at is None:
        return ""
    run = f" in run {display(explanation.run)}" if explanation.run else ""
    return f"built {tell_ago(explanation.built_at, now)}{run}"


def _list_answer(explanation: Explanation) -> Iterator[str]:
    if explanation.answer is not None:
        yield f"  it {tell_last_answer(explanation.answer)}"


def _list_decision(explanation: Explanation, now: datetime) -> Iterator[str]:
    if explanation.decision is not None:
        yield f"  {tell_decision(explanation.decision, now)}"


def _list_upstream(explanation: Explanation) -> Iterator[str]:
    rows = [
        [
            Cell(f"  upstream {display(str(each.upstream))}"),
            Cell(_tell_state(each)),
            Cell(display(_tell_change(each))),
        ]
        for each in explanation.upstream
        if each.state != "same"
    ]
    yield from align(rows) if rows else ()


def _tell_change(change: UpstreamChange) -> str:
    versions = "" if change.versions is None else f"version {change.versions[0]} -> {change.versions[1]}"
    return ": ".join(filter(None, (shorten(change.keys), versions)))


def _tell_state(change: UpstreamChange) -> str:
    if change.state != "will run first":
        return change.state
    return f"{change.state}: {', '.join(map(REASON_WORDS.__getitem__, change.reasons))}"


def _list_failure(explanation: Explanation) -> Iterator[str]:
    failure = explanation.failure
    if failure is None:
        return
    yield from indent(failure.message)
    if failure.log:
        yield f"  log: {display(failure.log)}"
