"""Outcome: where a condition holds of an asset, with what it was made of and the times at which it came to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.rule_records import ConditionRecord
from assetmake.planning.subsets import NOTHING, Runs, intersect, subtract, unite

Times: TypeAlias = list[tuple[float, Runs]]
"""Sets of partitions, each with a time as seconds since 1970; of what is in none of them no time is known."""


def no_times() -> Times:
    return []


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one condition.

    Attributes:
        key: The asset, source or check that was asked about.
        candidates: Of which partitions was asked.
        true: For which it holds.
        children: What came of its operands, as far as they were asked; of conditions on upstreams one for each.
        find_times: Tells when it came to hold, where that is known.
        why: Why it came to hold, of conditions that remember.
        about: What the operand was asked about, where that is something else.
    """

    condition: ConditionRecord
    key: AssetKey
    candidates: Runs
    true: Runs
    children: tuple[Outcome, ...] = ()
    find_times: Callable[[], Times] = no_times
    why: str = ""
    about: AssetKey | None = None


def find_latest(several: Iterable[Times], within: Runs) -> Times:
    """Return for each partition of a set the last of the times that are known of it."""
    found: dict[float, Runs] = {}
    for times in several:
        for time, runs in times:
            found[time] = unite(found.get(time, NOTHING), runs)
    latest: Times = []
    for time in sorted(found, reverse=True):
        taken = intersect(found[time], within)
        if taken:
            latest.append((time, taken))
            within = subtract(within, taken)
        if not within:
            break
    return latest


def find_later(one: Times, other: Times) -> Runs:
    """Return where one thing came after the other; where either time is not known it did not."""
    timed = unite(*(runs for _, runs in other))
    later = NOTHING
    for time, runs in one:
        before = intersect(runs, timed)
        for at, there in other:
            if at >= time:
                before = subtract(before, there)
        later = unite(later, before)
    return later
