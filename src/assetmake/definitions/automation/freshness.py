"""FreshnessPolicy: how old an asset may become, and whether it is too old at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from assetmake.definitions.cadence import Cadence, make_cadence
from assetmake.errors import DefinitionError

_SHORTEST = timedelta(minutes=1)
_SAMPLED = 1000
_SAMPLE_START = 1_704_067_200  # 2024-01-01: a leap year, so that each weekday and date is met


class FreshnessState(StrEnum):
    """What a policy says of an asset at a time."""

    PASS = "PASS"  # noqa: S105 - no password
    WARN = "WARN"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class FreshnessPolicy(ABC):
    """When an asset has to be made anew; made by the methods below.

    Example:
        >>> FreshnessPolicy.time_window(timedelta(hours=24), warn_window=timedelta(hours=12)).fail_window
        datetime.timedelta(days=1)
    """

    __slots__ = ()

    @abstractmethod
    def tell_state(self, made_at: datetime | None, *, current_time: datetime) -> FreshnessState:
        """Tell whether an asset that was last made at a time is fresh now; UNKNOWN where it never was."""

    @staticmethod
    def time_window(fail_window: timedelta, warn_window: timedelta | None = None) -> TimeWindowFreshnessPolicy:
        """It fails when an asset was not made for so long, and warns from a shorter time on."""
        return TimeWindowFreshnessPolicy(fail_window, warn_window)

    @staticmethod
    def cron(deadline_cron: str, lower_bound_delta: timedelta, timezone: str = "UTC") -> CronFreshnessPolicy:
        """It fails from a deadline on when an asset was not made within a time before it, until it is made.

        With `0 10 * * *` and one hour an asset is to be made between nine and ten every day.
        """
        return CronFreshnessPolicy(deadline_cron, lower_bound_delta, timezone)


@dataclass(frozen=True, slots=True)
class TimeWindowFreshnessPolicy(FreshnessPolicy):
    """An asset is to be made at least once in a time.

    Raises:
        DefinitionError: a window is shorter than a minute, or the one that warns is not the shorter one.
    """

    fail_window: timedelta
    warn_window: timedelta | None = None

    def __post_init__(self) -> None:
        for name, window in (("fail_window", self.fail_window), ("warn_window", self.warn_window)):
            if window is not None and not (isinstance(window, timedelta) and window >= _SHORTEST):
                raise DefinitionError(f"{name} cannot be less than 1 minute, got {window!r}")
        if self.warn_window is not None and self.warn_window >= self.fail_window:
            raise DefinitionError("warn_window must be less than fail_window")

    def tell_state(self, made_at: datetime | None, *, current_time: datetime) -> FreshnessState:
        if made_at is None:
            return FreshnessState.UNKNOWN
        age = current_time - made_at
        if age > self.fail_window:
            return FreshnessState.FAIL
        warned = self.warn_window is not None and age > self.warn_window
        return FreshnessState.WARN if warned else FreshnessState.PASS


@dataclass(frozen=True, slots=True)
class CronFreshnessPolicy(FreshnessPolicy):
    """An asset is to be made within a time before each deadline.

    Raises:
        DefinitionError: the schedule or the zone is wrong, or the time is shorter than a minute or longer than
            the shortest time between two deadlines.
    """

    deadline_cron: str
    lower_bound_delta: timedelta
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        shortest = _shortest_gap(self._cadence)
        if not isinstance(self.lower_bound_delta, timedelta) or self.lower_bound_delta < _SHORTEST:
            raise DefinitionError(
                f"lower_bound_delta must be greater than or equal to 1 minute, got {self.lower_bound_delta!r}"
            )
        if self.lower_bound_delta > shortest:
            raise DefinitionError(
                f"lower_bound_delta {self.lower_bound_delta} must be less than or equal to the smallest cron interval "
                f"of {self.deadline_cron!r}, which is {shortest}"
            )

    @property
    def _cadence(self) -> Cadence:
        return make_cadence(self.deadline_cron, self.timezone)

    def tell_state(self, made_at: datetime | None, *, current_time: datetime) -> FreshnessState:
        if made_at is None:
            return FreshnessState.UNKNOWN
        cadence = self._cadence
        deadline = cadence.to_datetime(cadence.floor(cadence.to_epoch(current_time)))
        late = made_at < deadline - self.lower_bound_delta
        return FreshnessState.FAIL if late else FreshnessState.PASS


class FreshnessMinutes(NamedTuple):
    """How old data is, and by how much it is too old."""

    overdue_minutes: float
    lag_minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyFreshnessPolicy:
    """How old the data of an asset may be, at all times or when a schedule occurs. Use FreshnessPolicy instead.

    Args:
        maximum_lag_minutes: The age at which data is too old.
        cron_schedule: When that counts; at any time if there is none.
        cron_schedule_timezone: The zone of the schedule; UTC if there is none.

    Raises:
        DefinitionError: the schedule or the zone is wrong.
    """

    maximum_lag_minutes: float
    cron_schedule: str | None = None
    cron_schedule_timezone: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "maximum_lag_minutes", float(self.maximum_lag_minutes))
        if self.cron_schedule is not None:
            make_cadence(self.cron_schedule, self.cron_schedule_timezone)
        elif self.cron_schedule_timezone is not None:
            raise DefinitionError("Cannot specify cron_schedule_timezone without a cron_schedule.")

    @property
    def maximum_lag_delta(self) -> timedelta:
        return timedelta(minutes=self.maximum_lag_minutes)

    def get_evaluation_tick(self, evaluation_time: datetime) -> datetime:
        """Return the last time at or before another one at which the age counts."""
        if self.cron_schedule is None:
            return evaluation_time
        cadence = make_cadence(self.cron_schedule, self.cron_schedule_timezone)
        return cadence.to_datetime(cadence.floor(cadence.to_epoch(evaluation_time)))

    def minutes_overdue(self, data_time: datetime | None, evaluation_time: datetime) -> FreshnessMinutes | None:
        """Return how old data of a time is and by how much too old; None where there is no data."""
        if data_time is None:
            return None
        lag = (self.get_evaluation_tick(evaluation_time) - data_time).total_seconds() / 60
        return FreshnessMinutes(max(0.0, lag - self.maximum_lag_minutes), max(0.0, lag))


def _shortest_gap(cadence: Cadence) -> timedelta:
    """Return the shortest time between two occurrences, among the first thousand of some years."""
    start, best = cadence.ceil(_SAMPLE_START), None
    years = 1
    while True:
        starts = list(cadence.between(start, start + years * 366 * 86_400))[:_SAMPLED]
        gaps = [after - before for before, after in pairwise(starts)]
        best = min(gaps, default=None)
        if best is not None and (len(starts) == _SAMPLED or years >= 16):
            return timedelta(seconds=best)
        years *= 2
