"""A partition per day: late data or a changed rule costs the days it touches, not the year."""

from __future__ import annotations

from datetime import date

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from assetmake import AssetExecutionContext, asset
from flights.names import add_names
from flights.partitions import DAYS

LATE_MINUTES = 15
"""An arrival is on time up to this, as the airlines' statistics have it."""


@asset(partitions_def=DAYS, group_name="daily", kinds={"polars"}, tags={"layer": "silver"})
def daily_flights(context: AssetExecutionContext, flights: pl.LazyFrame) -> pl.DataFrame:
    """The flights of one day. The lazy frame reads only that day's rows of the year's file."""
    day = date.fromisoformat(context.partition_key)
    return flights.filter(pl.col("date") == day).collect()


@asset(partitions_def=DAYS, group_name="daily", kinds={"pyarrow"}, tags={"layer": "silver"})
def daily_weather(context: AssetExecutionContext, weather: pa.Table) -> pa.Table:
    """The hours of one day. None were recorded on the last one, so that its table is empty."""
    day = date.fromisoformat(context.partition_key)
    return weather.filter(pc.field("date") == day)


@asset(partitions_def=DAYS, group_name="daily", kinds={"polars"}, tags={"layer": "gold"})
def carrier_delays(
    context: AssetExecutionContext,
    daily_flights: pl.DataFrame,
    daily_weather: pl.DataFrame,
    airlines_csv: pl.DataFrame,
) -> pl.DataFrame:
    """One row per carrier and day: how many flights came late, and how many of those left in bad weather.

    Counts and sums only: unlike means, those of days add up to those of months.
    """
    flights = daily_flights.join(daily_weather, on=["origin", "time_hour"], how="left")
    arrived = pl.col("arr_delay").is_not_null()
    late = pl.col("arr_delay") > LATE_MINUTES
    bad_weather = is_bad_weather()
    carriers = (
        flights.group_by("date", "carrier")
        .agg(
            flights=pl.len(),
            cancelled=pl.col("dep_time").null_count(),
            arrived=arrived.sum(),
            late=late.sum(),
            arrived_in_bad_weather=(arrived & bad_weather).sum(),
            late_in_bad_weather=(late & bad_weather).sum(),
            delay_minutes=pl.col("arr_delay").sum(),
        )
        .sort("carrier")
    )
    context.add_output_metadata({"flights": carriers["flights"].sum(), "late": carriers["late"].sum()})
    return add_names(carriers, airlines_csv, code="carrier", listed_as="carrier", name="airline")


def is_bad_weather() -> pl.Expr:
    """Return the condition that an hour was wet, foggy or windy."""
    return (pl.col("precip") > 0) | (pl.col("visib") < 3) | (pl.col("wind_speed") >= 25)
