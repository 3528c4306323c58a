"""Jobs, schedules, sensors and checks as documents for scripts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assetmake.discovery.automation_records import JobRecord, ScheduleRecord, SensorRecord
from assetmake.discovery.manifest import AssetRecord
from assetmake.graph.asset_graph import inspected


def describe_jobs(records: Iterable[JobRecord]) -> list[dict[str, Any]]:
    """Return jobs for a document; `partitions` is what they are, in words, or null."""
    return [
        {
            "job": each.name,
            **_describe_target(each),
            "checks": list(each.checks),
            "partitions": None if each.partitions is None else repr(each.partitions),
            "config": dict(each.config),
            "tags": dict(each.tags),
            "run_tags": dict(each.run_tags),
            **_describe_rest(each),
        }
        for each in records
    ]


def describe_schedules(records: Iterable[ScheduleRecord]) -> list[dict[str, Any]]:
    """Return schedules for a document."""
    return [
        {
            "schedule": each.name,
            "cron": list(each.cron),
            "timezone": each.timezone or "UTC",
            "job": each.job or None,
            **_describe_target(each),
            "status": each.status,
            "partitioned": each.is_partitioned,
            "catch_up": each.catch_up,
            "tags": dict(each.tags),
            **_describe_rest(each),
        }
        for each in records
    ]


def describe_sensors(records: Iterable[SensorRecord]) -> list[dict[str, Any]]:
    """Return sensors for a document."""
    return [
        {
            "sensor": each.name,
            "kind": each.kind,
            "watches": list(each.watches),
            "jobs": list(each.jobs),
            **_describe_target(each),
            "minimum_interval": each.minimum_interval,
            "status": each.status,
            "tags": dict(each.tags),
            **_describe_rest(each),
        }
        for each in records
    ]


def describe_checks(records: Iterable[AssetRecord]) -> list[dict[str, Any]]:
    """Return checks for a document; `partitions` is what they are, in words, or null."""
    return [
        {
            "check": inspected(each).name,
            "asset": str(inspected(each).asset),
            "blocking": inspected(each).blocking,
            "partitions": None if each.partitions is None else repr(each.partitions),
            "description": each.description,
            "place": str(each.place),
        }
        for each in records
    ]


def _describe_target(record: JobRecord | ScheduleRecord | SensorRecord) -> dict[str, Any]:
    return {"selection": record.selection or None, "assets": [str(key) for key in record.assets]}


def _describe_rest(record: JobRecord | ScheduleRecord | SensorRecord) -> dict[str, Any]:
    return {"owners": list(record.owners), "description": record.description, "place": str(record.place)}
