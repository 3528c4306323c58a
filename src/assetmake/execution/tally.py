"""Tally: how many nodes came to which end."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, fields

from assetmake.definitions.asset_key import AssetKey
from assetmake.events import RunFinished
from assetmake.planning.plan import Plan


@dataclass(slots=True)
class Tally:
    """Counts of nodes.

    Attributes:
        built: Ran and gave new data.
        unchanged: Ran and gave the same data as before.
        spared: Waited, and turned out fresh.
        failed: Ran and failed for good, or could not be started.
        skipped: Did not run, because of a failure or because the build was stopped.
        seconds: Time spent in nodes that were built or failed for good.
        checks_passed, checks_warned, checks_failed: What checks found, those that need not run included. A check that
            could not be made has failed.
        checks_skipped: Were not made, as nodes are skipped.
    """

    built: int = 0
    unchanged: int = 0
    spared: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    checks_passed: int = 0
    checks_warned: int = 0
    checks_failed: int = 0
    checks_skipped: int = 0

    def merge(self, other: Tally) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def touched(self) -> int:
        return self.built + self.unchanged + self.spared + self.failed + self.skipped


def count_answers(plan: Plan, *, only: Mapping[AssetKey, Set[int]] | None = None) -> Tally:
    """Return what checks have found that need not run.

    Args:
        plan: Tells which need not.
        only: Count only these nodes; default: all.
    """
    total = Tally()
    for key, verdicts in plan.checks.items():
        answers, dirty = plan.answers[key], set(verdicts.parts)
        failed, warned = answers.failed - dirty, answers.warned - dirty
        fresh = verdicts.fresh
        if only is not None:
            own = only.get(key, set()) - dirty
            failed, warned, fresh = failed & own, warned & own, len(own)
        total.checks_passed += fresh - len(failed) - len(warned)
        total.checks_warned += len(warned)
        total.checks_failed += len(failed)
    return total


def sum_up(run: str, total: Tally, considered: int, *, interrupted: bool = False) -> RunFinished:
    """Return what a run tells at its end; how long it took is not known yet."""
    counts = count_ends(total, considered)
    return RunFinished(
        run=run,
        built=total.built,
        unchanged=total.unchanged,
        fresh=counts["fresh"],
        failed=total.failed,
        skipped=total.skipped,
        spared=total.spared,
        cached=0,
        checks_passed=total.checks_passed,
        checks_warned=total.checks_warned,
        checks_failed=total.checks_failed,
        checks_skipped=total.checks_skipped,
        seconds=0.0,
        interrupted=interrupted,
    )


def count_ends(total: Tally, considered: int) -> dict[str, int]:
    """Return how many nodes came to which end, by its name.

    Args:
        total: What became of those that did not stay as they were.
        considered: How many were looked at.
    """
    ran = total.built + total.unchanged + total.failed + total.skipped
    return {
        "built": total.built,
        "unchanged": total.unchanged,
        "fresh": max(0, considered - ran),
        "failed": total.failed,
        "skipped": total.skipped,
        "checks_passed": total.checks_passed,
        "checks_failed": total.checks_failed,
    }
