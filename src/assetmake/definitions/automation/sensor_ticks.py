"""SensorTick: what one evaluation of a sensor comes to, of what its function returned."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from assetmake.definitions.automation.jobs import UnresolvedAssetJob, infer_partitions_def
from assetmake.definitions.automation.requests import RunReaction, RunRequest, SensorResult, SkipReason
from assetmake.definitions.automation.resolution import check_outcomes, resolve_each, resolve_request
from assetmake.definitions.automation.sensor_contexts import SensorEvaluationContext
from assetmake.definitions.automation.targets import Target
from assetmake.definitions.dynamic_partitions import AddDynamicPartitionsRequest, DeleteDynamicPartitionsRequest
from assetmake.definitions.occurrences.tags import SENSOR_NAME_TAG
from assetmake.definitions.selecting.selectable import collect_graph
from assetmake.definitions.selecting.selection import AssetSelection
from assetmake.errors import InvariantError, SelectionError

_NOUN = "sensor"
_EMPTY = "Sensor function returned an empty result"
_ALL_ASSETS = "__ASSET_JOB"


Change = AddDynamicPartitionsRequest | DeleteDynamicPartitionsRequest


@dataclass(frozen=True, slots=True)
class SensorTick:
    """What a sensor asks for, or why it asks for nothing.

    Attributes:
        cursor: What the next evaluation gets.
        dagster_run_reactions: Runs that the sensor has dealt with.
        dynamic_partitions_requests: Partitions to add and to delete, before the runs.
        asset_events: Events to record.
    """

    run_requests: Sequence[RunRequest] = ()
    skip_message: str | None = None
    cursor: str | None = None
    dagster_run_reactions: Sequence[RunReaction] = ()
    dynamic_partitions_requests: Sequence[Change] = ()
    asset_events: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """A sensor, as far as it decides what its requests mean."""

    name: str
    targets: tuple[Target, ...]
    asset_selection: AssetSelection | None


def make_tick(asker: Asker, context: SensorEvaluationContext, outcomes: Sequence[Any]) -> SensorTick:
    """Return what an evaluation comes to.

    Args:
        asker: The sensor.
        context: What it was evaluated with.
        outcomes: What its function returned or yielded.

    Raises:
        InvariantError: that means nothing, or contradicts itself.
    """
    result, reactions = _gather(asker, outcomes)
    if context.cursor_updated and result.cursor:
        raise InvariantError(
            f"sensor {asker.name}: SensorResult.cursor cannot be set if context.update_cursor() was called."
        )
    changes = list(result.dynamic_partitions_requests or ())
    _check_changes(asker.name, changes)
    additions = [each for each in changes if isinstance(each, AddDynamicPartitionsRequest)]
    added = {key for each in additions for key in each.partition_keys}
    requests = resolve_each(result.run_requests or (), context, lambda each: _complete(asker, each, context, added))
    skip = result.skip_message
    if not requests and not reactions and result.skip_reason is None:
        skip = _EMPTY
    return SensorTick(
        run_requests=[request.with_tags(**{SENSOR_NAME_TAG: asker.name}) for request in requests],
        skip_message=skip,
        cursor=result.cursor or context.cursor,
        dagster_run_reactions=reactions,
        dynamic_partitions_requests=changes,
        asset_events=list(result.asset_events or ()),
    )


def _gather(asker: Asker, outcomes: Sequence[Any]) -> tuple[SensorResult, list[RunReaction]]:
    """Return the one result of an evaluation, in whichever form it was given."""
    check_outcomes(outcomes, (RunRequest, SkipReason, SensorResult, RunReaction), noun=_NOUN, name=asker.name)
    results = [each for each in outcomes if isinstance(each, SensorResult)]
    if results:
        if len(outcomes) > 1:
            raise InvariantError(
                f"sensor {asker.name}: When a SensorResult is returned from a sensor, it must be the only object "
                "returned."
            )
        return results[0], []
    reasons = [each for each in outcomes if isinstance(each, SkipReason)]
    if reasons and len(outcomes) > 1:
        raise InvariantError(
            f"sensor {asker.name}: Expected a single SkipReason or one or more RunRequests: received "
            f"{', '.join(type(each).__name__ for each in outcomes)}"
        )
    requests = [each for each in outcomes if isinstance(each, RunRequest)]
    reactions = [each for each in outcomes if isinstance(each, RunReaction)]
    return SensorResult(requests, skip_reason=reasons[0] if reasons else None), reactions


def _check_changes(name: str, changes: Sequence[Change]) -> None:
    seen: set[tuple[str, str]] = set()
    for change in changes:
        for key in change.partition_keys:
            place = (change.partitions_def_name, key)
            if place in seen:
                raise InvariantError(
                    f"sensor {name}: the dynamic partition {key!r} of {place[0]!r} is requested to be added or deleted "
                    "more than once"
                )
            seen.add(place)


def _complete(
    asker: Asker, request: RunRequest, context: SensorEvaluationContext, added: AbstractSet[str]
) -> RunRequest:
    if asker.asset_selection is None:
        target = _pick_target(asker, request)
    else:
        request, target = _spell_out(asker.name, asker.asset_selection, request, context)
    return resolve_request(request, target, context, noun=_NOUN, added=added)


def _spell_out(
    name: str, selection: AssetSelection, request: RunRequest, context: SensorEvaluationContext
) -> tuple[RunRequest, Target]:
    """Return a request of a sensor of assets with the assets and checks that it stands for, and the job of these.

    Raises:
        SelectionError: it asks for assets that are none of the sensor's.
    """
    if context.repository_def is None:
        raise InvariantError(
            f"sensor {name}: Must provide repository def to build_sensor_context when it asks for runs of assets",
            hint="build_sensor_context(definitions=...)",
        )
    graph = collect_graph(context.repository_def.asset_graph)
    own = selection.resolve(graph)
    keys = sorted(own) if request.asset_selection is None else list(request.asset_selection)
    foreign = sorted(set(keys) - own)
    if foreign:
        raise SelectionError(
            f"sensor {name}: RunRequest includes asset keys that are not part of sensor's asset_selection: "
            f"{', '.join(map(str, foreign))}"
        )
    chosen = AssetSelection.keys(*keys)
    checks = request.asset_check_keys
    if checks is None:
        checks = list(chosen.resolve_checks(graph))
    else:
        _warn_of_foreign(name, checks, selection.resolve_checks(graph))
    job = UnresolvedAssetJob(name=_ALL_ASSETS, selection=chosen)
    if not request.is_resolved:
        job = replace(job, partitions_def=infer_partitions_def(job, set(keys), graph))
    spelled = request.with_replaced_attrs(job_name=job.name, asset_selection=keys, asset_check_keys=list(checks))
    return spelled, Target(job)


def _warn_of_foreign(name: str, checks: Sequence[Any], own: AbstractSet[Any]) -> None:
    unexpected = [check for check in checks if check not in own]
    if unexpected:
        warnings.warn(
            f"sensor {name}: Including asset check keys in a RunRequest that are not a subset of the sensor's "
            f"asset_selection is deprecated: {unexpected}",
            DeprecationWarning,
            stacklevel=6,
        )


def _pick_target(asker: Asker, request: RunRequest) -> Target:
    names = [target.job_name for target in asker.targets]
    if not names:
        raise InvariantError(
            f"Error in sensor {asker.name}: Sensor evaluation function returned a RunRequest for a sensor lacking a "
            "specified target (job_name, job, or jobs). Targets can be specified by providing job, jobs, or job_name "
            "to the @sensor decorator."
        )
    if request.job_name is None and len(names) > 1:
        raise InvariantError(
            f"Error in sensor {asker.name}: Sensor returned a RunRequest that did not specify job_name for the "
            f"requested run. Expected one of: {names}"
        )
    if request.job_name is not None and request.job_name not in names:
        raise InvariantError(
            f"Error in sensor {asker.name}: Sensor returned a RunRequest with job_name {request.job_name}. "
            f"Expected one of: {names}"
        )
    return asker.targets[0 if request.job_name is None else names.index(request.job_name)]
