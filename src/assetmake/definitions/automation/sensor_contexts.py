"""SensorEvaluationContext: what the function of a sensor is told, and where it keeps its cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assetmake.definitions.automation.contexts import EvaluationContext
from assetmake.errors import DefinitionError, InvariantError


class SensorEvaluationContext(EvaluationContext):
    """Given to the function of a sensor; built by `build_sensor_context`.

    Attributes:
        last_tick_completion_time: When the sensor was last evaluated, in seconds since 1970.
        last_sensor_start_time: When it was last started.
        last_run_key: The run_key of the run that it last asked for.
        repository_name: Accepted for compatibility, and shown again.
    """

    def __init__(
        self,
        *,
        cursor: str | None = None,
        sensor_name: str | None = None,
        repository_name: str | None = None,
        last_tick_completion_time: float | None = None,
        last_sensor_start_time: float | None = None,
        last_run_key: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._cursor = _check_cursor(cursor)
        self._cursor_updated = False
        self._sensor_name = sensor_name
        self.repository_name = repository_name
        self.last_tick_completion_time = last_tick_completion_time
        self.last_sensor_start_time = last_sensor_start_time
        self.last_run_key = last_run_key

    @property
    def cursor(self) -> str | None:
        """What an earlier evaluation left."""
        return self._cursor

    def update_cursor(self, cursor: str | None) -> None:
        """Leave a text for the next evaluation."""
        self._cursor = _check_cursor(cursor)
        self._cursor_updated = True

    @property
    def cursor_updated(self) -> bool:
        return self._cursor_updated

    def mark_cursor_as_given(self) -> None:
        """Say that the cursor is what an earlier evaluation left, and not of this one."""
        self._cursor_updated = False

    @property
    def sensor_name(self) -> str:
        """The name of the sensor.

        Raises:
            InvariantError: the context was built without.
        """
        if self._sensor_name is None:
            raise InvariantError("the context was built without a sensor_name")
        return self._sensor_name

    @property
    def is_first_tick_since_sensor_start(self) -> bool:
        """Tell whether the sensor was not evaluated since it was started."""
        last, start = self.last_tick_completion_time, self.last_sensor_start_time
        return not last or (start is not None and start > last)


def build_sensor_context(
    instance: Any = None,
    cursor: str | None = None,
    repository_name: str | None = None,
    repository_def: Any = None,
    sensor_name: str | None = None,
    resources: Mapping[str, Any] | None = None,
    definitions: Any = None,
    last_sensor_start_time: float | None = None,
) -> SensorEvaluationContext:
    """Return a context to call or to evaluate a sensor with, as a test does.

    Args:
        instance: What `context.instance` is.
        cursor: What an earlier evaluation left.
        repository_def, definitions: Where jobs and assets are found; either of them.
        sensor_name, repository_name, last_sensor_start_time: What the context shows.
        resources: Resources by name. Those that have to be closed need the context in a `with` statement.

    Example:
        >>> context = build_sensor_context(cursor="3")
        >>> context.update_cursor("4")
        >>> context.cursor
        '4'
    """
    return SensorEvaluationContext(
        instance=instance,
        cursor=cursor,
        repository_name=repository_name,
        repository_def=find_repository(repository_def, definitions),
        sensor_name=sensor_name,
        resources=resources,
        last_sensor_start_time=last_sensor_start_time,
    )


def find_repository(repository_def: Any, definitions: Any, *, needed: bool = False) -> Any:
    """Return what knows all jobs and assets.

    Raises:
        InvariantError: both were given, or none where one is needed.
    """
    if repository_def is not None and definitions is not None:
        raise InvariantError("Cannot provide both `definitions` and `repository_def`")
    if definitions is not None:
        return definitions.get_repository_def()
    if repository_def is None and needed:
        raise InvariantError("Must provide one of `definitions` or `repository_def`")
    return repository_def


def _check_cursor(cursor: object) -> str | None:
    if cursor is not None and not isinstance(cursor, str):
        raise DefinitionError(f"a cursor is a text, got {cursor!r}", hint="write other values with json.dumps")
    return cursor
