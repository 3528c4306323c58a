"""Jobs, schedules and sensors that cannot work: two of one name, or one that asks for what is not there."""

from __future__ import annotations

from collections.abc import Iterable

from assetmake.discovery.automation_records import JobRecord, ScheduleRecord, SensorRecord
from assetmake.discovery.manifest import Manifest
from assetmake.graph.problems import Problem

_Record = JobRecord | ScheduleRecord | SensorRecord


def check_automation(manifest: Manifest, problems: list[Problem]) -> dict[str, JobRecord]:
    """Return the jobs by name; add to `problems` what is wrong with them, and with schedules and sensors.

    Where a module did not import, what is not found may be in it.
    """
    automation = manifest.automation
    several: tuple[tuple[str, Iterable[_Record]], ...] = (
        ("job", automation.jobs),
        ("schedule", automation.schedules),
        ("sensor", automation.sensors),
    )
    for noun, records in several:
        _check_names(noun, records, problems)
        if not manifest.failures:
            problems += [Problem(each.place, f"{noun} {each.name}: {each.problem}") for each in records if each.problem]
    return {record.name: record for record in reversed(automation.jobs)}


def _check_names(noun: str, records: Iterable[_Record], problems: list[Problem]) -> None:
    first: dict[str, _Record] = {}
    for record in records:
        other = first.setdefault(record.name, record)
        if other is not record:
            text = f"{noun} {record.name} is defined twice; the other one is at {other.place}"
            problems.append(Problem(record.place, text))
