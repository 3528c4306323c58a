"""Conditions that are made of no others: one question each, to the state, the clock or the evaluation before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.cadence import make_cadence
from assetmake.discovery.rule_records import ConditionRecord
from assetmake.planning.subsets import NOTHING, Runs, intersect, subtract, unite
from assetmake.ticking.lateness import judge_age
from assetmake.ticking.outcome import Times, no_times
from assetmake.ticking.standpoint import Standpoint

Answer = tuple[Runs, Callable[[], Times]]


def ask_leaf(stand: Standpoint, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Answer:
    """Return for which partitions a plain condition holds, and what tells since when."""
    timed = _TIMED.get(condition.kind)
    if timed is not None:
        return timed(stand, condition, key, candidates)
    return _PLAIN[condition.kind](stand, condition, key, candidates), no_times


def _is_missing(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    if key in stand.facts.graph.checks:
        return subtract(candidates, stand.facts.find_answered(key).made)
    return subtract(candidates, stand.facts.find_standing(key))


def _is_run(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    return intersect(candidates, stand.facts.find_claimed(key, by_backfills=False))


def _is_backfilled(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    return intersect(candidates, stand.facts.find_claimed(key, by_backfills=True))


def _has_failed(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    return intersect(candidates, stand.facts.find_failed(key))


def _is_latest(stand: Standpoint, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    return intersect(candidates, stand.facts.find_latest(key, condition.argument("lookback_timedelta")))


def _has_other_code(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    record = stand.facts.graph.records.get(key)
    if record is None:
        return NOTHING
    code, known = record.fingerprint.code, stand.before.codes.get(str(key)) if stand.before is not None else None
    stand.after.codes[str(key)] = code
    return NOTHING if known in {None, code} else candidates


def _has_other_data(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    if stand.before is None:
        return NOTHING
    if key in stand.facts.view.scope.sources:
        return intersect(candidates, stand.find_changed_source(key))
    return intersect(candidates, stand.facts.find_changed(key, stand.before.revision))


def _has_passed(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    is_check = key in stand.facts.graph.checks
    return intersect(candidates, stand.facts.find_answered(key).passed) if is_check else NOTHING


def _has_not_passed(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    is_check = key in stand.facts.graph.checks
    return intersect(candidates, stand.facts.find_answered(key).failed) if is_check else NOTHING


def _has_freshness(stand: Standpoint, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    policy = stand.around.policies.get(key)
    if policy is None:
        return NOTHING
    state = judge_age(policy, stand.around.last_built.get(key), stand.around.now).state
    return candidates if state == condition.argument("state") else NOTHING


def _is_made_with_root(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    if key == stand.root:
        return NOTHING
    runs = stand.facts.find_runs(stand.root)
    return unite(*(made for run, made in stand.facts.find_makers(key, candidates).items() if run in runs))


def _is_made_with_tags(stand: Standpoint, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    makers = stand.facts.find_makers(key, candidates)
    return unite(*(made for run, made in makers.items() if _has_tags(condition, stand.facts.read_tags(run))))


def _is_newly_made_with_tags(stand: Standpoint, condition: ConditionRecord, key: AssetKey, candidates: Runs) -> Runs:
    """Of what was made several times since the tick before, the last time counts: of others nothing is recorded."""
    updated, _ = _is_updated(stand, condition, key, candidates)
    return _is_made_with_tags(stand, condition, key, updated) if updated else NOTHING


def _has_tags(condition: ConditionRecord, tags: Mapping[str, str]) -> bool:
    keys, values = condition.argument("tag_keys") or (), condition.argument("tag_values") or ()
    return all(key in tags for key in keys) and all(tags.get(key) == value for key, value in values)


def _is_first(stand: Standpoint, _: ConditionRecord, __: AssetKey, candidates: Runs) -> Answer:
    return (candidates if stand.is_first else NOTHING), lambda: [(stand.around.now.timestamp(), candidates)]


def _is_requested(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Answer:
    """What is requested on this tick: a build makes all that is, whatever the partitions."""
    requested = intersect(candidates, stand.around.requested.get(key, NOTHING))
    return requested, lambda: [(stand.around.now.timestamp(), requested)]


def _was_requested(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Answer:
    requested, at = intersect(candidates, stand.recall_requested(key)), stand.around.evaluated.get(key)
    return requested, no_times if at is None else lambda: [(at.timestamp(), requested)]


def _is_updated(stand: Standpoint, _: ConditionRecord, key: AssetKey, candidates: Runs) -> Answer:
    if stand.before is None:
        return NOTHING, no_times
    if key in stand.facts.view.scope.sources:
        changed = intersect(candidates, stand.find_changed_source(key))
        return changed, lambda: [(stand.around.now.timestamp(), changed)]
    updates = stand.facts.find_updates(key, stand.before.revision)
    return intersect(candidates, unite(*(runs for _, runs in updates))), lambda: updates


def _has_ticked(stand: Standpoint, condition: ConditionRecord, _: AssetKey, candidates: Runs) -> Answer:
    cadence = make_cadence(condition.argument("cron_schedule"), condition.argument("cron_timezone"))
    tick = cadence.floor(int(stand.around.now.timestamp() // 1))
    if stand.evaluated_at is None or tick <= stand.evaluated_at.timestamp():
        return NOTHING, no_times
    return candidates, lambda: [(float(tick), candidates)]


_PLAIN: Mapping[str, Callable[[Standpoint, ConditionRecord, AssetKey, Runs], Runs]] = {
    "missing": _is_missing,
    "run_in_progress": _is_run,
    "backfill_in_progress": _is_backfilled,
    "execution_failed": _has_failed,
    "in_latest_time_window": _is_latest,
    "code_version_changed": _has_other_code,
    "data_version_changed": _has_other_data,
    "check_passed": _has_passed,
    "check_failed": _has_not_passed,
    "freshness_result": _has_freshness,
    "executed_with_root_target": _is_made_with_root,
    "executed_with_tags": _is_made_with_tags,
    "all_new_updates_have_run_tags": _is_newly_made_with_tags,
    "any_new_update_has_run_tags": _is_newly_made_with_tags,
}
_TIMED: Mapping[str, Callable[[Standpoint, ConditionRecord, AssetKey, Runs], Answer]] = {
    "initial_evaluation": _is_first,
    "will_be_requested": _is_requested,
    "newly_requested": _was_requested,
    "newly_updated": _is_updated,
    "cron_tick_passed": _has_ticked,
}
