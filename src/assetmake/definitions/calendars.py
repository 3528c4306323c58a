"""The usual time windows: hours, days, weeks and months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.definitions.window_schedules import ScheduleType, plain_cron

_DATE = "%Y-%m-%d"
_HOUR = "%Y-%m-%d-%H:%M"


class _NamedWindows(TimeWindowPartitionsDefinition):
    """Windows of one of the four usual lengths."""

    __slots__ = ()
    _names = ("start_date", "end_date")
    _fmt: ClassVar[str] = _DATE
    _day: ClassVar[int | None] = None

    def _arguments(self) -> list[str]:
        arguments = [] if self.fmt == self._fmt else [f"fmt={self.fmt!r}"]
        for name, usual in (("minute_offset", 0), ("hour_offset", 0), ("day_offset", self._day)):
            value = getattr(self, name)
            if usual is not None and value != usual:
                arguments.append(f"{name}={value}")
        return arguments


class HourlyPartitionsDefinition(_NamedWindows):
    """One partition an hour, with keys like `2024-01-31-23:00`."""

    __slots__ = ()
    _fmt = _HOUR

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        cron = plain_cron(ScheduleType.HOURLY, minute_offset, 0, 0)
        super().__init__(
            start_date,
            fmt or _HOUR,
            end_date,
            timezone=timezone,
            end_offset=end_offset,
            cron_schedule=cron,
            exclusions=exclusions,
        )


class DailyPartitionsDefinition(_NamedWindows):
    """One partition a day, with keys like `2024-01-31`."""

    __slots__ = ()

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        cron = plain_cron(ScheduleType.DAILY, minute_offset, hour_offset, 0)
        super().__init__(
            start_date,
            fmt or _DATE,
            end_date,
            timezone=timezone,
            end_offset=end_offset,
            cron_schedule=cron,
            exclusions=exclusions,
        )


class WeeklyPartitionsDefinition(_NamedWindows):
    """One partition a week, with the date of its first day as key; `day_offset` 0 is Sunday."""

    __slots__ = ()
    _day = 0

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        day_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        cron = plain_cron(ScheduleType.WEEKLY, minute_offset, hour_offset, day_offset)
        super().__init__(
            start_date,
            fmt or _DATE,
            end_date,
            timezone=timezone,
            end_offset=end_offset,
            cron_schedule=cron,
            exclusions=exclusions,
        )


class MonthlyPartitionsDefinition(_NamedWindows):
    """One partition a month, with the date of its first day as key; `day_offset` is that day's number."""

    __slots__ = ()
    _day = 1

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        day_offset: int = 1,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        cron = plain_cron(ScheduleType.MONTHLY, minute_offset, hour_offset, day_offset)
        super().__init__(
            start_date,
            fmt or _DATE,
            end_date,
            timezone=timezone,
            end_offset=end_offset,
            cron_schedule=cron,
            exclusions=exclusions,
        )
