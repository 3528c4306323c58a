"""The days and the months of the data."""

from __future__ import annotations

from assetmake import DailyPartitionsDefinition, MonthlyPartitionsDefinition

DAYS = DailyPartitionsDefinition("2013-01-01", end_date="2014-01-01")
MONTHS = MonthlyPartitionsDefinition("2013-01-01", end_date="2014-01-01")
