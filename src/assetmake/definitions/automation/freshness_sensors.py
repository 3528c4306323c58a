"""A sensor that asks for checks of freshness to be done again, when an asset may have become too old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assetmake import clock
from assetmake.definitions.automation.requests import RunRequest, SkipReason
from assetmake.definitions.automation.sensor_contexts import SensorEvaluationContext
from assetmake.definitions.automation.sensors import DefaultSensorStatus, SensorDefinition, sensor
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.checking.freshness import FRESH_UNTIL
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.selecting.selection import AssetSelection
from assetmake.errors import DefinitionError

_NAME = "freshness_checks_sensor"


def build_sensor_for_freshness_checks(
    *,
    freshness_checks: Sequence[AssetChecksDefinition],
    minimum_interval_seconds: int | None = None,
    name: str = _NAME,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    tags: Mapping[str, Any] | None = None,
) -> SensorDefinition:
    """Return a sensor that asks for checks which were never done, or whose asset may have become too old since.

    A check that failed is left alone until its asset is made anew: it would fail again.

    Args:
        freshness_checks: The checks.
        minimum_interval_seconds: Seconds between evaluations, at least.
        name: Of the sensor.
        default_status: Whether it is active.
        tags: Put on the runs.

    Raises:
        DefinitionError: a check stands twice.
    """
    keys = sorted(
        (spec.key for each in freshness_checks for spec in each.check_specs), key=AssetCheckKey.to_user_string
    )
    twice = {key.to_user_string() for key in keys if keys.count(key) > 1}
    if twice:
        raise DefinitionError(f"Found duplicate asset checks: {', '.join(sorted(twice))}")

    @sensor(
        name=name,
        minimum_interval_seconds=minimum_interval_seconds,
        asset_selection=AssetSelection.checks(*freshness_checks),
        default_status=default_status,
        description="Evaluates the freshness checks that may have become overdue.",
    )
    def ask(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        now = clock.now().timestamp()
        due = [key for key in keys if _is_due(context.instance, key, now)]
        if due:
            return RunRequest(asset_check_keys=due, tags=tags or {})
        return SkipReason("No freshness check may have become overdue, or they have failed.")

    return ask


def _is_due(instance: Any, key: AssetCheckKey, now: float) -> bool:
    record = instance.get_latest_asset_check_evaluation_record(key)
    if record is None:
        return True
    evaluation = record.evaluation
    if evaluation is None:
        return False  # it is being done
    if evaluation.passed:
        until = evaluation.metadata.get(FRESH_UNTIL)
        return until is not None and bool(until.value < now)
    made = instance.get_latest_materialization_event(key.asset_key)
    return made is not None and bool(made.timestamp > record.create_timestamp)
