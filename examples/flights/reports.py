"""The year: assets without partitions read all partitions of what they need."""

from __future__ import annotations

import pandas as pd
import polars as pl

from assetmake import AssetExecutionContext, asset

OWNERS = ["analytics@example.com"]
COUNTS = [
    "flights",
    "cancelled",
    "arrived",
    "late",
    "arrived_in_bad_weather",
    "late_in_bad_weather",
    "delay_minutes",
]


@asset(group_name="reports", kinds={"pandas"}, tags={"layer": "gold", "audience": "public"}, owners=OWNERS)
def carrier_report(monthly_carriers: pd.DataFrame) -> pd.DataFrame:
    """Each carrier's year, the most punctual first."""
    year = monthly_carriers.groupby(["carrier", "airline"], as_index=False)[COUNTS].sum()
    arrived_in_fair_weather = year["arrived"] - year["arrived_in_bad_weather"]
    late_in_fair_weather = year["late"] - year["late_in_bad_weather"]
    report = year.assign(
        late_percent=(100 * year["late"] / year["arrived"]).round(2),
        late_percent_in_fair_weather=(100 * late_in_fair_weather / arrived_in_fair_weather).round(2),
        mean_delay=(year["delay_minutes"] / year["arrived"]).round(2),
    )
    return report.sort_values(["late_percent", "carrier"], ignore_index=True)


@asset(group_name="reports", kinds={"pandas"}, tags={"layer": "gold"}, owners=OWNERS, pool="memory")
def plane_report(flights: pd.DataFrame, planes_csv: pd.DataFrame) -> pd.DataFrame:
    """How many planes of each manufacturer flew, how often and how far."""
    flown = flights[flights["air_time"].notna()]
    trips = flown[["tailnum", "distance"]].merge(planes_csv[["tailnum", "manufacturer"]], on="tailnum")
    report = trips.groupby("manufacturer", as_index=False).agg(
        planes=("tailnum", "nunique"), flights=("tailnum", "size"), miles=("distance", "sum")
    )
    return report.sort_values(["flights", "manufacturer"], ascending=[False, True], ignore_index=True)


@asset(group_name="reports", kinds={"polars"}, tags={"layer": "gold"}, owners=OWNERS)
def year_by_day(carrier_delays: pl.LazyFrame) -> pl.LazyFrame:
    """One row per day, over all carriers: 365 small files in one scan."""
    return (
        carrier_delays.group_by("date")
        .agg(pl.col("flights", "cancelled", "arrived", "late").sum())
        .with_columns(late_percent=(100 * pl.col("late") / pl.col("arrived")).round(2))
        .sort("date")
    )


@asset(group_name="reports", kinds={"json"}, tags={"layer": "gold", "audience": "public"}, owners=OWNERS)
def headlines(
    context: AssetExecutionContext, carrier_report: pd.DataFrame, year_by_day: pd.DataFrame
) -> dict[str, str | int]:
    """The year in a few facts, as JSON."""
    worst = year_by_day.loc[year_by_day["cancelled"].idxmax()]
    facts: dict[str, str | int] = {
        "flights": int(carrier_report["flights"].sum()),
        "cancelled": int(carrier_report["cancelled"].sum()),
        "most_punctual": carrier_report["airline"].iloc[0],
        "least_punctual": carrier_report["airline"].iloc[-1],
        "worst_day": str(worst["date"]),
        "cancelled_on_the_worst_day": int(worst["cancelled"]),
    }
    context.add_output_metadata(facts)
    return facts
