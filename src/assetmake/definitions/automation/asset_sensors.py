"""@asset_sensor: a sensor that is called with the last materialization of an asset, once for each evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.automation.event_log import fetch_latest
from assetmake.definitions.automation.frozen import set_fields
from assetmake.definitions.automation.requests import SensorResult, SkipReason
from assetmake.definitions.automation.resolution import list_outcomes
from assetmake.definitions.automation.sensors import DefaultSensorStatus, Function, SensorDefinition
from assetmake.errors import InvariantError


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class AssetSensorDefinition(SensorDefinition):
    """A sensor that watches one asset; made by `@asset_sensor`.

    Attributes:
        asset_key: The asset.
    """

    asset_key: AssetKey

    def __init__(
        self, name: str, asset_key: CoercibleToAssetKey, asset_materialization_fn: Function, **options: Any
    ) -> None:
        SensorDefinition.__init__(self, name, evaluation_fn=asset_materialization_fn, **options)
        set_fields(self, asset_key=AssetKey.from_coercible(asset_key))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function with a context and an event if it is given both, else with the last event there is."""
        if len(args) + len(kwargs) - len(self.required_resource_keys & kwargs.keys()) > 1:
            return self.function(*args, **kwargs)
        return SensorDefinition.__call__(self, *args, **kwargs)

    def _call(self, context: Any, *values: Any) -> list[Any]:
        del values
        record = fetch_latest(context.instance, self.asset_key, after=_read_cursor(context.cursor))
        if record is None:
            return [SkipReason(f"No new materialization events found for asset key {self.asset_key}")]
        outcomes = list_outcomes(SensorDefinition._call(self, context, record.event_log_entry))  # noqa: SLF001 - it extends it
        if any(isinstance(each, SensorResult) and each.cursor for each in outcomes):
            raise InvariantError(
                f"Error in asset sensor {self.name}: Sensor returned a SensorResult with a cursor value. The cursor is "
                "managed by the asset sensor and should not be modified by a user."
            )
        context.update_cursor(str(record.storage_id))
        return outcomes


def asset_sensor(
    asset_key: CoercibleToAssetKey,
    *,
    job_name: str | None = None,
    name: str | None = None,
    minimum_interval_seconds: int | None = None,
    description: str | None = None,
    job: Any = None,
    jobs: Sequence[Any] | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.RUNNING,
    required_resource_keys: Iterable[str] | None = None,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Callable[[Function], AssetSensorDefinition]:
    """Declare a sensor that watches an asset: its function takes a context and the event of a materialization.

    Of several materializations since the last evaluation it gets the last. The cursor is kept by the sensor itself.

    Args:
        asset_key: The asset.
        job_name, job, jobs, name, minimum_interval_seconds, description, default_status, required_resource_keys, tags,
            metadata: As for SensorDefinition.

    Example:
        >>> @asset_sensor(AssetKey("orders"), job_name="report")
        ... def on_orders(context: SensorEvaluationContext, asset_event): ...
        >>> on_orders.asset_key
        AssetKey(path=('orders',))
    """

    def declare(function: Function) -> AssetSensorDefinition:
        return AssetSensorDefinition(
            name or str(getattr(function, "__name__", "")),
            asset_key,
            function,
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


def _read_cursor(cursor: str | None) -> int | None:
    return int(cursor) if cursor is not None and cursor.isdecimal() else None
