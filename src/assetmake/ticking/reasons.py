"""Reasons: why a condition holds or does not, in a line, and as the whole tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.rule_records import ConditionRecord
from assetmake.planning.automation_facts import Facts
from assetmake.planning.subsets import NOTHING, Runs, count, intersect
from assetmake.ticking.outcome import Outcome, Times
from assetmake.ticking.tree import walk

_MOST = 3
_MOST_LINES = 200
_DEPS = frozenset({"any_deps_match", "all_deps_match", "any_checks_match", "all_checks_match", "asset_matches"})
_TOLD = {
    "in_latest_time_window": "",
    "executed_with_root_target": "",
    "missing": "{name} is missing{where}",
    "will_be_requested": "{name} is requested too",
    "newly_requested": "{name} was requested on the tick before",
    "initial_evaluation": "{name} is looked at for the first time",
    "run_in_progress": "{name} is being built{where}",
    "backfill_in_progress": "{name} is being built{where}",
    "execution_failed": "{name} failed when it was last tried{where}",
    "code_version_changed": "the code of {name} has changed",
    "data_version_changed": "the data of {name} has changed",
    "check_passed": "{name} has passed",
    "check_failed": "{name} has not passed",
}
_STATES = {"PASS": "in time", "WARN": "nearly late", "FAIL": "late"}


@dataclass(frozen=True, slots=True)
class Reasons:
    """Says why, of one asset.

    Attributes:
        root: The asset, which is `it` in what is said.
        facts: Names partitions.
    """

    root: AssetKey
    facts: Facts

    def find_cause(self, outcome: Outcome) -> str:
        """Return what happened that made a condition hold; empty where nothing did but that something is not so."""
        return " and ".join(dict.fromkeys(filter(None, self._find_causes(outcome, outcome.true))))

    def find_obstacle(self, outcome: Outcome) -> str:
        """Return why a condition holds for no partition."""
        if not outcome.candidates:
            return "it has no partitions"
        if outcome.condition.kind == "and" and not outcome.true:
            left = outcome.candidates
            for child in outcome.children:
                left = intersect(left, child.true)
                if not left:
                    return self.find_obstacle(child)
        return self._describe_failure(outcome)

    def find_standing(self, outcome: Outcome) -> str:
        """Return that a condition holds although nothing happened, and why where that can be said."""
        condition = outcome.condition
        told = f"{condition.label or condition.text} holds"
        if condition.kind == "not" and not outcome.children[0].true:
            return f"{told}: {self.find_obstacle(outcome.children[0])}"
        return f"{told}: {self._describe_empty(condition)}" if _is_empty(outcome) else told

    @staticmethod
    def _describe_empty(condition: ConditionRecord) -> str:
        looked_at = "has no check" if condition.kind == "all_checks_match" else "reads nothing"
        return f"it {looked_at} that it would have to wait for"

    def list_tree(self, outcome: Outcome) -> tuple[str, ...]:
        """Return the tree, a line for each condition: `+` where it holds, `-` where it does not, and for what."""
        lines = list(self._list(outcome, 0))
        return (*lines[:_MOST_LINES], *([f"... and {len(lines) - _MOST_LINES} more"] * (len(lines) > _MOST_LINES)))

    def _find_causes(self, outcome: Outcome, within: Runs) -> Iterator[str]:
        """Yield what made a condition hold, for some of the partitions for which it does."""
        condition, within = outcome.condition, intersect(outcome.true, within)
        if not within:
            return
        match condition.kind:
            case "since":
                yield outcome.why
            case "not":
                return
            case _ if condition.kind in _DEPS and not outcome.children:
                return
            case _ if outcome.children:
                told = [
                    cause
                    for child in outcome.children
                    for cause in self._find_causes(child, within if child.key == outcome.key else child.true)
                ]
                yield from told[:_MOST]
                if len(told) > _MOST:
                    yield f"{len(told) - _MOST} more"
            case _:
                yield self._describe_leaf(outcome, within)

    def _describe_leaf(self, outcome: Outcome, within: Runs) -> str:
        condition, name = outcome.condition, "it" if outcome.key == self.root else str(outcome.key)
        times = outcome.find_times()
        if _is_empty(outcome):
            return self._describe_empty(condition)
        match condition.kind:
            case "newly_updated" if outcome.key in self.facts.view.scope.sources:
                return f"{name} has changed"
            case "newly_updated":
                return f"{name} was updated{_write_at(times)}"
            case "cron_tick_passed":
                return f"{self._write_cron(condition)} occurred{_write_at(times)}"
            case "freshness_result":
                state = str(condition.argument("state"))
                return f"{name} is {_STATES.get(state, state)}"
        told = _TOLD.get(condition.kind, f"{condition.text} holds")
        return told.format(name=name, where=self._name(outcome.key, within))

    def _describe_failure(self, outcome: Outcome) -> str:
        condition = outcome.condition
        match condition.kind:
            case "not":
                return self.find_cause(outcome.children[0]) or f"{outcome.children[0].condition.text} holds"
            case "in_latest_time_window":
                return "it has no partition in the latest window of time"
            case "missing":
                return "it is not missing"
            case "since":
                return self._describe_untriggered(condition)
            case "all_deps_match":
                return self._describe_lacking(outcome)
            case "any_deps_match" if not outcome.children:
                return "it reads nothing that counts"
            case "cron_tick_passed":
                return f"{self._write_cron(condition)} has not occurred since the tick before"
        return f"{condition.label or condition.text} does not hold"

    def _describe_untriggered(self, condition: ConditionRecord) -> str:
        trigger, reset = condition.operands
        since = "it was last requested or made" if reset.label == "handled" else f"{reset.label or reset.text} held"
        kinds = {each.kind for each in walk(trigger)}
        if trigger.kind == "cron_tick_passed":
            return f"{self._write_cron(trigger)} has not occurred since {since}"
        if "any_deps_match" in kinds:
            return f"nothing that it reads was updated since {since}"
        if trigger.kind == "newly_true" and "missing" in kinds:
            return "no partition has come to be that is missing"
        return f"{trigger.label or trigger.text} has not held since {since}"

    def _describe_lacking(self, outcome: Outcome) -> str:
        lacking = [str(child.about) for child in outcome.children if not child.true]
        shown = ", ".join(lacking[:_MOST]) + (f" and {len(lacking) - _MOST} more" if len(lacking) > _MOST else "")
        if "cron_tick_passed" in {each.kind for each in walk(outcome.condition)} and lacking:
            return f"it waits for {shown}, which was not updated since the schedule last occurred"
        operand = outcome.condition.operands[0]
        return f"{operand.label or operand.text} does not hold for {shown or 'what it reads'}"

    def _list(self, outcome: Outcome, depth: int) -> Iterator[str]:
        mark = "+" if outcome.true else "-"
        told = str(outcome.about or outcome.condition.label or outcome.condition.text)
        where = self._name(outcome.key, outcome.true).removeprefix(" (").removesuffix(")")
        cause = "" if outcome.children or not outcome.true else self._describe_leaf(outcome, NOTHING)
        cause = outcome.why or cause
        after = "; ".join(filter(None, [where, cause]))
        yield f"{'  ' * depth}{mark} {told}{f': {after}' if after else ''}"
        for child in outcome.children:
            yield from self._list(child, depth + 1)

    def _name(self, key: AssetKey, runs: Runs) -> str:
        """Return a set of partitions as text that begins with a blank; empty where it is not partitioned."""
        universe = self.facts.find_universe(key)
        if universe.definition is None or not runs:
            return ""
        if count(runs) == len(universe.parts) > 1:
            return f" (all {len(universe.parts):,} partitions)"
        return f" ({universe.describe(runs)})"

    def _write_cron(self, condition: ConditionRecord) -> str:
        zone = condition.argument("cron_timezone")
        return f"'{condition.argument('cron_schedule')}'{f' ({zone})' if zone not in {None, 'UTC'} else ''}"


def _is_empty(outcome: Outcome) -> bool:
    """Tell whether a condition on all of something holds because there is nothing of it."""
    return outcome.condition.kind in {"all_deps_match", "all_checks_match"} and not outcome.children


def _write_at(times: Times) -> str:
    return f" at {write_time(times[0][0])}" if times else ""


def write_time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
