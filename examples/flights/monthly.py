"""A partition per month: it reads the days that lie in it, which nobody has to say."""

from __future__ import annotations

import duckdb
import polars as pl

from assetmake import AssetExecutionContext, asset
from flights.names import add_names
from flights.partitions import MONTHS


@asset(partitions_def=MONTHS, group_name="monthly", kinds={"duckdb"}, tags={"layer": "gold"})
def monthly_carriers(carrier_delays: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Each carrier's month. The relation is lazy: DuckDB reads the files of the days while it aggregates."""
    return carrier_delays.query(
        "days",
        """
        SELECT
            date_trunc('month', date)::DATE AS month,
            carrier,
            airline,
            sum(flights)::BIGINT AS flights,
            sum(cancelled)::BIGINT AS cancelled,
            sum(arrived)::BIGINT AS arrived,
            sum(late)::BIGINT AS late,
            sum(arrived_in_bad_weather)::BIGINT AS arrived_in_bad_weather,
            sum(late_in_bad_weather)::BIGINT AS late_in_bad_weather,
            sum(delay_minutes)::BIGINT AS delay_minutes
        FROM days
        GROUP BY ALL
        ORDER BY carrier
        """,
    )


@asset(partitions_def=MONTHS, group_name="monthly", kinds={"polars"}, tags={"layer": "gold"})
def monthly_destinations(
    context: AssetExecutionContext, daily_flights: pl.LazyFrame, airports_csv: pl.LazyFrame
) -> pl.DataFrame:
    """Where a month's flights went, the busiest destinations first."""
    counts = daily_flights.group_by("dest").agg(
        flights=pl.len(), carriers=pl.col("carrier").n_unique(), miles=pl.col("distance").sum()
    )
    named = add_names(counts, airports_csv, code="dest", listed_as="faa", name="airport")
    destinations = named.sort("flights", "dest", descending=[True, False]).collect()
    context.add_output_metadata({"busiest": destinations["dest"][0], "destinations": destinations.height})
    return destinations
