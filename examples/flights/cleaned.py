"""The raw files as typed tables, sorted by time so that a reader of one day can skip the others."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import polars as pl

from assetmake import AssetExecutionContext, asset

OWNERS = ["data-platform@example.com"]
NULLABLE = ["dep_time", "arr_time", "dep_delay", "arr_delay", "air_time"]


@asset(group_name="cleaned", kinds={"pandas"}, tags={"layer": "silver"}, owners=OWNERS, pool="memory")
def flights(context: AssetExecutionContext, flights_csv: pd.DataFrame) -> pd.DataFrame:
    """One row per scheduled flight; a cancelled one has no dep_time, a diverted one no arr_delay."""
    date = pd.to_datetime(flights_csv[["year", "month", "day"]]).astype("date32[day][pyarrow]")
    typed = flights_csv.astype(dict.fromkeys(NULLABLE, "Int16")).assign(
        date=date, time_hour=pd.to_datetime(flights_csv["time_hour"], utc=True)
    )
    context.add_output_metadata({"cancelled": typed["dep_time"].isna().sum(), "carriers": typed["carrier"].nunique()})
    return (
        typed.drop(columns=["year", "month", "day", "hour", "minute"])
        .sort_values(["date", "sched_dep_time", "origin", "carrier", "flight"])
        .reset_index(drop=True)
    )


@asset(group_name="cleaned", kinds={"polars"}, tags={"layer": "silver"}, owners=OWNERS)
def weather(weather_csv: Path) -> pl.DataFrame:
    """One row per airport and hour."""
    hours = pl.read_csv(weather_csv, null_values="NA", infer_schema_length=None)
    return hours.select(
        pl.date("year", "month", "day").alias("date"),
        pl.col("time_hour").str.to_datetime(time_zone="UTC"),
        "origin",
        "temp",
        "wind_speed",
        "wind_gust",
        "precip",
        "visib",
    ).sort("time_hour", "origin")
