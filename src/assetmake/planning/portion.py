"""Portion: how much of what a selection means is brought up to date at once, and which part of it comes first."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from heapq import nsmallest

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.fitting import Fitting, Reach
from assetmake.planning.plan import WAITING_BIT, Parts, Plan, Reason, Verdict, Verdicts, encode
from assetmake.planning.turns import Turns

Nodes = Mapping[AssetKey, Parts]
Narrow = Callable[[Nodes], Plan]
MISSING, FAILED, STALE = "missing", "failed", "stale"
STATUSES = (MISSING, FAILED, STALE)


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of what is asked for.

    Attributes:
        most: At most so many of the nodes that are asked for; what they need besides does not count.
        statuses: Only nodes that are in one of these states.
        newest_first: Begin with the newest partitions; else with the oldest.
        is_backfill: Only what has partitions is meant, and a range must be one of its.
    """

    most: int | None = None
    statuses: frozenset[str] = frozenset(STATUSES)
    newest_first: bool = False
    is_backfill: bool = False


def cut(plan: Plan, targets: Nodes, portion: Portion, turns: Turns, narrow: Narrow, reach: Reach) -> Plan:
    """Return a plan of a portion of another one, which knows what it leaves for later.

    What comes first by its turn is taken, and what that needs, as far as both have room. Nothing else of the plan
    changes: what is fresh counts as it did, and what is left for later is neither fresh nor to run.

    Args:
        plan: Of all targets.
        targets: What was asked for.
        portion: How much of it.
        turns: What comes first.
        narrow: Makes a plan of some of the targets.
        reach: Finds what some of them need.
    """
    plan = replace(plan, targets=targets)
    asked = {key: _list_asked(plan.verdicts[key], parts, portion.statuses) for key, parts in targets.items()}
    unasked = _count_unasked(plan, targets, portion.statuses)
    if unasked:
        plan = replace(_narrow(plan, narrow({key: parts for key, parts in asked.items() if parts})), unasked=unasked)
    if portion.most is None or _count(asked) <= portion.most:
        return plan
    kept = _take_first(asked, portion.most, turns, narrow, reach)
    rest, failed = dict(_list_rest(plan, kept)), sum(each.count_failed() for _, each in plan)
    failed -= sum(each.count_failed() for _, each in kept)
    return replace(_narrow(plan, kept), rest=rest, rest_failed=failed, unasked=unasked)


def _count_unasked(plan: Plan, targets: Nodes, statuses: frozenset[str]) -> dict[str, int]:
    """Return how many nodes are in each of the other states, if any is."""
    others = [each for each in STATUSES if each not in statuses]
    counts = {
        status: sum(len(_list_asked(plan.verdicts[key], parts, frozenset({status}))) for key, parts in targets.items())
        for status in others
    }
    return {status: number for status, number in counts.items() if number}


def _list_asked(verdicts: Verdicts, parts: Parts, statuses: frozenset[str] = frozenset(STATUSES)) -> Parts:
    """Return those of some nodes that are not fresh, and in one of some states."""
    asked = verdicts.within(parts)
    if len(statuses) == len(STATUSES):
        return asked.parts
    wanted = [_name_status(code) in statuses for code in range(256)]
    return array("q", (part for part, code in zip(asked.parts, asked.codes, strict=True) if wanted[code]))


_MISSING_CODE, _FAILED_CODE = encode(Verdict.STALE, Reason.MISSING), encode(Verdict.STALE, Reason.FAILED)


def _name_status(code: int) -> str:
    match code & ~WAITING_BIT:
        case found if found == _MISSING_CODE:
            return MISSING
        case found if found == _FAILED_CODE:
            return FAILED
    return STALE


def _take_first(asked: Nodes, most: int, turns: Turns, narrow: Narrow, reach: Reach) -> Plan:
    """Return a plan of those nodes that come first, such that at most so many that were asked for are in it.

    Mostly those need none that come later. Where they do, as of a mapping that looks back when the newest come first,
    each is taken together with all that it needs of what was asked for, or not at all; and what room is left goes to
    what the first that did not fit needs, from above.
    """
    first = [
        (turns.find(key, part), place, part, key)
        for place, (key, parts) in enumerate(asked.items())
        for part in turns.list_first(key, parts, most)
    ]
    chosen = [(key, part) for _, _, part, key in nsmallest(most, first, key=lambda each: each[:2])]
    own = _group(chosen)
    plan = narrow(turns.sort(own))
    if sum(_count_taken(each.parts, own.get(key), asked.get(key, ())) for key, each in plan) <= most:
        return plan
    fitting = Fitting({key: frozenset(parts) for key, parts in asked.items()}, most, reach, turns.sort)
    fitting.take([(key, part) for _, _, part, key in sorted(first, key=lambda each: each[:2])])
    return narrow(turns.sort(fitting.chosen))


def _group(chosen: list[tuple[AssetKey, int]]) -> dict[AssetKey, set[int]]:
    found: dict[AssetKey, set[int]] = {}
    for key, part in chosen:
        found.setdefault(key, set()).add(part)
    return found


def _count_taken(parts: Parts, chosen: set[int] | None, asked: Parts) -> int:
    """Return how many of the nodes of a plan were asked for, whether chosen or needed by others."""
    if not asked or (chosen is not None and chosen.issuperset(parts)):
        return len(parts) if asked else 0
    return len(set(asked).intersection(parts))


def _narrow(plan: Plan, kept: Plan) -> Plan:
    """Return a plan of which only such nodes run as another one has; what it has besides is not counted at all."""
    verdicts = {key: _keep(each, kept.verdicts.get(key)) for key, each in plan.verdicts.items()}
    checks = {key: _keep(each, kept.checks.get(key)) for key, each in plan.checks.items()}
    return replace(plan, verdicts=verdicts, checks=checks, warnings=kept.warnings)


def _keep(verdicts: Verdicts, kept: Verdicts | None) -> Verdicts:
    return (
        Verdicts(verdicts.fresh, array("q"), b"")
        if kept is None
        else replace(kept, total=verdicts.fresh + len(kept.parts))
    )


def _list_rest(plan: Plan, kept: Plan) -> list[tuple[AssetKey, Parts]]:
    found = (
        (key, _subtract(each.parts, kept.verdicts[key].parts if key in kept.verdicts else ())) for key, each in plan
    )
    return [(key, rest) for key, rest in found if rest]


def _subtract(parts: Parts, kept: Parts) -> Parts:
    """Return parts without some of them; mostly those are the first ones, or the last."""
    number = len(kept)
    if list(parts[:number]) == list(kept):
        return parts[number:]
    if list(parts[-number:]) == list(kept):
        return parts[:-number]
    without = set(kept)
    return array("q", (part for part in parts if part not in without))


def _count(nodes: Nodes) -> int:
    return sum(map(len, nodes.values()))
