"""@multi_asset_sensor: a sensor that watches several assets, and says itself what of them it has dealt with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.automation.contexts import take_context
from assetmake.definitions.automation.frozen import set_fields
from assetmake.definitions.automation.multi_asset_contexts import MultiAssetSensorEvaluationContext
from assetmake.definitions.automation.requests import RunRequest, SensorResult
from assetmake.definitions.automation.resolution import list_outcomes
from assetmake.definitions.automation.sensor_contexts import SensorEvaluationContext
from assetmake.definitions.automation.sensors import DefaultSensorStatus, Function, SensorDefinition
from assetmake.definitions.automation.signatures import read_signature
from assetmake.definitions.selecting.selection import AssetSelection
from assetmake.errors import DefinitionError, InvariantError


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class MultiAssetSensorDefinition(SensorDefinition):
    """A sensor that watches several assets; made by `@multi_asset_sensor`.

    Attributes:
        monitored_assets: The assets: keys, or a selection.
    """

    monitored_assets: Sequence[AssetKey] | AssetSelection

    def __init__(
        self,
        name: str,
        monitored_assets: Sequence[AssetKey] | AssetSelection,
        asset_materialization_fn: Function,
        request_assets: AssetSelection | None = None,
        **options: Any,
    ) -> None:
        watched: Any = monitored_assets
        if not isinstance(watched, AssetSelection) and not (
            isinstance(watched, list | tuple) and all(isinstance(each, AssetKey) for each in watched)
        ):
            raise DefinitionError(
                f"sensor {name}: The value passed to monitored_assets param must be either an AssetSelection or a "
                f"Sequence of AssetKeys, got {monitored_assets!r}"
            )
        SensorDefinition.__init__(
            self, name, evaluation_fn=asset_materialization_fn, asset_selection=request_assets, **options
        )
        set_fields(self, monitored_assets=monitored_assets)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, and write the cursor of the context that it was given."""
        context = take_context(
            read_signature(self.function),
            args,
            kwargs,
            noun="sensor",
            kind=MultiAssetSensorEvaluationContext,
            build=lambda: None,
        )
        result = self._call(context)
        if context is not None:
            context.update_cursor_after_evaluation()
        return result

    def decide(self, context: SensorEvaluationContext) -> list[Any]:
        inner = context if isinstance(context, MultiAssetSensorEvaluationContext) else self._make_context(context)
        outcomes = list_outcomes(self._call(inner))
        for each in outcomes:
            if isinstance(each, SensorResult) and each.cursor:
                raise InvariantError(
                    "Cannot set cursor in a multi_asset_sensor. Cursor is set automatically based on the latest "
                    "materialization for each monitored asset."
                )
        requested = any(isinstance(each, RunRequest) or getattr(each, "run_requests", None) for each in outcomes)
        if requested and not inner.cursor_updated:
            raise DefinitionError(
                f"sensor {self.name}: Asset materializations have been handled in this sensor, but the cursor was not "
                "updated. This means the same materialization events will be handled in the next sensor tick.",
                hint="use context.advance_cursor or context.advance_all_cursors",
            )
        inner.update_cursor_after_evaluation()
        context.update_cursor(inner.cursor)
        return outcomes

    def _make_context(self, context: SensorEvaluationContext) -> MultiAssetSensorEvaluationContext:
        return MultiAssetSensorEvaluationContext(
            monitored_assets=self.monitored_assets,
            repository_def=context.repository_def,
            instance=context.instance,
            cursor=context.cursor,
            sensor_name=self.name,
            repository_name=context.repository_name,
            resources=context.resource_defs,
            logger=context.log,
            last_tick_completion_time=context.last_tick_completion_time,
            last_sensor_start_time=context.last_sensor_start_time,
            last_run_key=context.last_run_key,
        )


def multi_asset_sensor(
    monitored_assets: Sequence[AssetKey] | AssetSelection,
    *,
    job_name: str | None = None,
    name: str | None = None,
    minimum_interval_seconds: int | None = None,
    description: str | None = None,
    job: Any = None,
    jobs: Sequence[Any] | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.RUNNING,
    request_assets: AssetSelection | None = None,
    required_resource_keys: Iterable[str] | None = None,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Callable[[Function], MultiAssetSensorDefinition]:
    """Declare a sensor that watches several assets: its function takes a MultiAssetSensorEvaluationContext.

    Args:
        monitored_assets: The assets: keys, or a selection.
        request_assets: The assets that it asks for, in the place of a job.
        job_name, job, jobs, name, minimum_interval_seconds, description, default_status, required_resource_keys, tags,
            metadata: As for SensorDefinition.

    Example:
        >>> @multi_asset_sensor([AssetKey("orders"), AssetKey("stock")], job_name="report")
        ... def on_both(context: MultiAssetSensorEvaluationContext):
        ...     if all(context.latest_materialization_records_by_key().values()):
        ...         context.advance_all_cursors()
        ...         return RunRequest()
        >>> on_both.name
        'on_both'
    """

    def declare(function: Function) -> MultiAssetSensorDefinition:
        return MultiAssetSensorDefinition(
            name or str(getattr(function, "__name__", "")),
            monitored_assets,
            function,
            request_assets,
            job_name=job_name,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            job=job,
            jobs=jobs,
            default_status=default_status,
            required_resource_keys=required_resource_keys,
            tags=tags,
            metadata=metadata,
        )

    return declare
