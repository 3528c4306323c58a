"""What a sensor of runs is told of a run, and where it keeps how many it has seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assetmake.definitions.automation.contexts import EvaluationContext
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.runs import Run


class RunStatusSensorContext(EvaluationContext):
    """Given to the function of a run status sensor; built by `build_run_status_sensor_context`.

    Attributes:
        sensor_name: The sensor.
        dagster_run: The run.
        dagster_event: What it recorded when it came to have its status.
        partition_key: The partition that it made, if it made one.
    """

    def __init__(
        self,
        sensor_name: str,
        dagster_run: Run,
        dagster_event: Any,
        instance: Any,
        partition_key: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(instance=instance, **options)
        self.sensor_name = sensor_name
        self.dagster_run = dagster_run
        self.dagster_event = dagster_event
        self.partition_key = partition_key

    def for_run_failure(self) -> RunFailureSensorContext:
        """The same for the function of a run failure sensor."""
        made = RunFailureSensorContext.__new__(RunFailureSensorContext)
        made.__dict__.update(self.__dict__)
        return made


class RunFailureSensorContext(RunStatusSensorContext):
    """Given to the function of a run failure sensor."""

    @property
    def failure_event(self) -> Any:
        """What the run recorded when it failed."""
        return self.dagster_event

    def get_step_failure_events(self) -> list[Any]:
        """Return what was recorded of each asset of the run that failed."""
        entries = self.instance.all_logs(self.dagster_run.run_id, of_type=EventType.STEP_FAILURE)
        return [entry.dagster_event for entry in entries]


def build_run_status_sensor_context(
    sensor_name: str,
    dagster_event: Any,
    dagster_instance: Any,
    dagster_run: Any,
    context: EvaluationContext | None = None,
    resources: Mapping[str, Any] | None = None,
    partition_key: str | None = None,
    *,
    repository_def: Any = None,
) -> RunStatusSensorContext:
    """Return a context to call a sensor of runs with, as a test does.

    Args:
        sensor_name: The sensor that it is for.
        dagster_event, dagster_run: What the sensor reacts to: of the result of `execute_in_process` or `materialize`.
        dagster_instance: Knows the run.
        context: One whose log is used.
        resources: Resources by name.
        partition_key: The partition that the run made.
        repository_def: What `context.repository_def` is.
    """
    return RunStatusSensorContext(
        sensor_name,
        dagster_run,
        dagster_event,
        dagster_instance,
        partition_key,
        resources=resources,
        repository_def=repository_def,
        logger=context.log if context is not None else None,
    )


def read_run_cursor(text: str | None) -> int | None:
    """Return the id of the last event that a sensor of runs has seen; None where the text is no cursor of one."""
    try:
        read = json.loads(text) if text else None
    except ValueError:
        return None
    place = read.get("record_id") if isinstance(read, dict) else None
    return place if isinstance(place, int) else None


def write_run_cursor(place: int) -> str:
    return json.dumps({"record_id": place})
