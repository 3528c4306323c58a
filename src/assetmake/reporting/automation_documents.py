"""Jobs, schedules and sensors as documents for scripts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assetmake.discovery.automation_records import JobRecord, ScheduleRecord, SensorRecord


def describe_jobs(records: Iterable[JobRecord]) -> dict[str, Any]:
    """Return jobs as a document; `partitions` is what they are, in words, or null."""
    return {
        "jobs": [
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
    }


def describe_schedules(records: Iterable[ScheduleRecord]) -> dict[str, Any]:
    """Return schedules as a document."""
    return {
        "schedules": [
            {
                "schedule": each.name,
                "cron": list(each.cron),
                "timezone": each.timezone or "UTC",
                "job": each.job or None,
                **_describe_target(each),
                "status": each.status,
                "partitioned": each.is_partitioned,
                "tags": dict(each.tags),
                **_describe_rest(each),
            }
            for each in records
        ]
    }


def describe_sensors(records: Iterable[SensorRecord]) -> dict[str, Any]:
    """Return sensors as a document."""
    return {
        "sensors": [
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
    }


def _describe_target(record: JobRecord | ScheduleRecord | SensorRecord) -> dict[str, Any]:
    return {"selection": record.selection or None, "assets": [str(key) for key in record.assets]}


def _describe_rest(record: JobRecord | ScheduleRecord | SensorRecord) -> dict[str, Any]:
    return {"owners": list(record.owners), "description": record.description, "place": str(record.place)}
