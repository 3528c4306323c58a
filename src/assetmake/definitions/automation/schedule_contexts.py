"""ScheduleEvaluationContext: what the functions of a schedule are told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from assetmake.definitions.automation.contexts import EvaluationContext
from assetmake.errors import InvariantError


class ScheduleEvaluationContext(EvaluationContext):
    """Given to the functions of a schedule; built by `build_schedule_context`."""

    _written = "build_schedule_context(...)"

    def __init__(self, *, scheduled_execution_time: datetime | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._scheduled_execution_time = scheduled_execution_time

    @property
    def scheduled_execution_time(self) -> datetime:
        """When the schedule occurred, which may be before it is evaluated.

        Raises:
            InvariantError: the context was built without.
        """
        if self._scheduled_execution_time is None:
            raise InvariantError(
                "Attempting to access scheduled_execution_time, but no scheduled_execution_time was set on this "
                "context",
                hint="build_schedule_context(scheduled_execution_time=...)",
            )
        return self._scheduled_execution_time

    @property
    def given_time(self) -> datetime | None:
        """The scheduled time, or None, which partitions read as now."""
        return self._scheduled_execution_time


def build_schedule_context(
    instance: Any = None,
    scheduled_execution_time: datetime | None = None,
    resources: Mapping[str, Any] | None = None,
    repository_def: Any = None,
) -> ScheduleEvaluationContext:
    """Return a context to call or to evaluate a schedule with, as a test does.

    Example:
        >>> build_schedule_context(scheduled_execution_time=datetime(2024, 1, 1)).scheduled_execution_time.year
        2024
    """
    return ScheduleEvaluationContext(
        instance=instance,
        scheduled_execution_time=scheduled_execution_time,
        resources=resources,
        repository_def=repository_def,
    )
