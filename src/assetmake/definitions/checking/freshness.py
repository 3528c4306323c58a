"""Ready-made checks of freshness: an asset, or its last complete partition, was made in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.cadence import Cadence, find_zone, make_cadence
from assetmake.definitions.checking.asked import Asked
from assetmake.definitions.checking.bulk import Look, check_severity, declare_in_bulk, list_keys, tell
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.checking.keys import AssetCheckKey, AssetCheckSeverity
from assetmake.definitions.checking.specs import AssetCheckResult
from assetmake.definitions.metadata import MetadataValue
from assetmake.definitions.occurrences.queries import AssetRecordsFilter
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import DefinitionError

PARAMETERS = "dagster/freshness_params"
LAST_UPDATE = "dagster/last_updated_timestamp"
LOWER_BOUND = "dagster/freshness_lower_bound_timestamp"
FRESH_UNTIL = "dagster/fresh_until_timestamp"
LATEST_TICK = "dagster/latest_cron_tick_timestamp"
"""Names in metadata that users' code reads and writes."""
_NAME, _WHAT = "freshness_check", "Evaluates freshness for targeted asset."


def build_last_update_freshness_checks(
    *,
    assets: Sequence[CoercibleToAssetKey],
    lower_bound_delta: timedelta,
    deadline_cron: str | None = None,
    timezone: str = "UTC",
    severity: AssetCheckSeverity = AssetCheckSeverity.WARN,
    blocking: bool = False,
) -> Sequence[AssetChecksDefinition]:
    """Return checks that assets were made, or seen to have changed, not long before a deadline.

    Args:
        assets: The assets.
        lower_bound_delta: How long before the deadline is in time.
        deadline_cron: The deadlines, of which the last one counts; default: the moment of the check.
        timezone: Of the deadlines.
        severity: Of a check that fails.
        blocking: Nothing below an asset is made where its check fails with severity ERROR.

    Raises:
        DefinitionError: an option is wrong.

    Example:
        >>> checks = build_last_update_freshness_checks(assets=["orders"], lower_bound_delta=timedelta(hours=3))
        >>> checks[0].check_key.to_user_string()
        'orders:freshness_check'
    """
    if not isinstance(lower_bound_delta, timedelta):
        raise DefinitionError(f"lower_bound_delta is {lower_bound_delta!r}, not a timedelta")
    grave, zone = check_severity(severity), find_zone(timezone)
    cadence = None if deadline_cron is None else make_cadence(deadline_cron, timezone)
    told: dict[str, Any] = {"timezone": timezone, "lower_bound_delta_seconds": lower_bound_delta.total_seconds()}
    if deadline_cron is not None:
        told["deadline_cron"] = deadline_cron
    parameters = MetadataValue.json(told)

    def look(instance: Any, key: AssetCheckKey) -> AssetCheckResult:
        now = clock.now().astimezone(zone)
        tick = None if cadence is None else _last_tick(cadence, now)
        bound = ((tick or now) - lower_bound_delta).timestamp()
        updated = _find_update(instance, key.asset_key)
        metadata = {PARAMETERS: parameters, LOWER_BOUND: MetadataValue.timestamp(bound)}
        if tick is not None:
            metadata[LATEST_TICK] = MetadataValue.timestamp(tick.timestamp())
        is_fresh = updated is not None and updated >= bound
        if updated is not None:
            metadata[LAST_UPDATE] = MetadataValue.timestamp(updated)
            if is_fresh:
                until = updated + lower_bound_delta.total_seconds() if cadence is None else _next_tick(cadence, now)
                metadata[FRESH_UNTIL] = MetadataValue.timestamp(until)
        found = is_fresh, _describe_update(now.timestamp(), bound, updated)
        return tell(key, found, grave, metadata=metadata)

    keys = list_keys(assets)
    return _declare(keys, look, Asked(1, is_timed=True), parameters, grave, blocking=blocking)


def build_time_partition_freshness_checks(
    *,
    assets: Sequence[CoercibleToAssetKey],
    deadline_cron: str,
    timezone: str = "UTC",
    severity: AssetCheckSeverity = AssetCheckSeverity.WARN,
    blocking: bool = False,
) -> Sequence[AssetChecksDefinition]:
    """Return checks that the partition that was complete at the last deadline was made, or seen.

    Args:
        assets: The assets, as they are declared: their partitions are looked at.
        deadline_cron: The deadlines.
        timezone: Of the deadlines.
        severity: Of a check that fails.
        blocking: Nothing below an asset is made where its check fails with severity ERROR.

    Raises:
        DefinitionError: an option is wrong, or an asset has no partitions that are windows of time.
    """
    grave, cadence = check_severity(severity), make_cadence(deadline_cron, timezone)
    keys = list_keys(assets)
    partitions = _read_partitions(assets)
    unknown = [key for key in keys if not hasattr(partitions.get(key), "get_last_partition_window")]
    if unknown:
        raise DefinitionError(
            f"freshness of partitions: {', '.join(map(str, unknown))} has no partitions that are windows of time",
            hint="give the asset itself in place of its key; build_last_update_freshness_checks is for all others",
        )
    parameters = MetadataValue.json({"timezone": timezone, "deadline_cron": deadline_cron})

    def look(instance: Any, key: AssetCheckKey) -> AssetCheckResult:
        now = clock.now()
        tick = _last_tick(cadence, now)
        wanted = partitions[key.asset_key].get_last_partition_key(tick)
        is_made = wanted is not None and _find_update(instance, key.asset_key, wanted) is not None
        updated = _find_update(instance, key.asset_key)
        metadata = {PARAMETERS: parameters, LATEST_TICK: MetadataValue.timestamp(tick.timestamp())}
        if is_made:
            metadata[FRESH_UNTIL] = MetadataValue.timestamp(_next_tick(cadence, now))
        elif updated is not None:
            metadata[LAST_UPDATE] = MetadataValue.timestamp(updated)
        if is_made:
            words = f"Asset is currently fresh, since partition {wanted} has been observed/materialized."
        elif updated is None:
            words = (
                f"The asset has never been observed/materialized. We currently expect partition {wanted} to have "
                "arrived."
            )
        else:
            words = f"Asset is overdue. We expected partition {wanted} to have arrived, and it has not."
        return tell(key, (is_made, words), grave, metadata=metadata)

    asked = Asked(1, partitions=True, is_timed=True)
    return _declare(keys, look, asked, parameters, grave, blocking=blocking)


def _declare(
    keys: Sequence[AssetKey],
    look: Look,
    asked: Asked,
    parameters: MetadataValue,
    severity: AssetCheckSeverity,
    *,
    blocking: bool,
) -> Sequence[AssetChecksDefinition]:
    return declare_in_bulk(
        _NAME,
        keys,
        look,
        what=_NAME,
        description=_WHAT,
        asks=replace(asked, terms=f"{parameters.value} {severity.value}"),
        blocking=blocking,
        metadata={PARAMETERS: parameters},
    )


def _read_partitions(assets: Sequence[Any]) -> dict[AssetKey, PartitionsDefinition]:
    found: dict[AssetKey, PartitionsDefinition] = {}
    for each in assets:
        specs = each.specs if isinstance(each, AssetsDefinition) else [each]
        for spec in specs:
            partitions = getattr(spec, "partitions_def", None)
            if partitions is not None:
                found[spec.key] = partitions
    return found


def _last_tick(cadence: Cadence, now: datetime) -> datetime:
    return cadence.to_datetime(cadence.floor(int(now.timestamp())))


def _next_tick(cadence: Cadence, now: datetime) -> float:
    return cadence.to_datetime(cadence.ceil(int(now.timestamp()) + 1)).timestamp()


def _find_update(instance: Any, key: AssetKey, partition: str | None = None) -> float | None:
    """Return when an asset was made or changed last: what its metadata says, or when it was made."""
    wanted = AssetRecordsFilter(key, asset_partitions=None if partition is None else [partition])
    made = instance.fetch_materializations(wanted, limit=1).records
    seen = instance.fetch_observations(wanted, limit=1).records
    times = [_read_update(record) for record in (*made, *seen)]
    return max((when for when in times if when is not None), default=None)


def _read_update(record: Any) -> float | None:
    told = record.asset_event.metadata.get(LAST_UPDATE)
    if told is not None:
        return float(told.value)
    return None if record.asset_observation else float(record.timestamp)


def _describe_update(now: float, bound: float, updated: float | None) -> str:
    if updated is None:
        return "Asset has never been observed/materialized."
    ago, allowed = describe_seconds(now - updated), describe_seconds(now - bound)
    if updated >= bound:
        return f"Asset is currently fresh. The last update was {ago} ago, within the allowed time range of {allowed}."
    return (
        f"Asset is overdue for an update. The last update was {ago} ago, which is past the allowed distance of "
        f"{allowed} ago."
    )


def describe_seconds(seconds: float) -> str:
    """Return a time in words.

    >>> describe_seconds(90061)
    '1 day, 1 hour, 1 minute, 1 second'
    """
    whole = int(seconds)
    counts = {"day": whole // 86400, "hour": whole // 3600 % 24, "minute": whole // 60 % 60, "second": whole % 60}
    told = [f"{count} {unit}{'s' if count > 1 else ''}" for unit, count in counts.items() if count > 0]
    return ", ".join(told) or "0 seconds"
