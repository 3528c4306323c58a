"""Jobs, schedules and sensors told by the names of their classes: a project without any does not load them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

JOB, SCHEDULE, SENSOR = "job", "schedule", "sensor"
_ROOM = "assetmake.definitions.automation."
_NOUNS = {
    "UnresolvedAssetJob": JOB,
    "ScheduleDefinition": SCHEDULE,
    "PartitionedSchedule": SCHEDULE,
    "SensorDefinition": SENSOR,
}


def tell_kind(value: object) -> str:
    """Return what a declaration is, a job, a schedule or a sensor; empty for anything else."""
    return next(
        (
            _NOUNS[base.__name__]
            for base in type(value).__mro__
            if base.__name__ in _NOUNS and base.__module__.startswith(_ROOM)
        ),
        "",
    )


def list_targeted(values: Iterable[Any]) -> Iterator[Any]:
    """Yield the assets that schedules and sensors were given as what they ask for: these are declared by that."""
    for value in values:
        if tell_kind(value) in {SCHEDULE, SENSOR}:
            targets = getattr(value, "targets", None) or [getattr(value, "target", None)]
            for target in targets:
                yield from getattr(target, "assets_defs", ())
