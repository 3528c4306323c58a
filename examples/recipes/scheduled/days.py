"""A job over partitions, when it is due, and a sensor of what was built: declared, listed and tested."""

from assetmake import (
    AssetExecutionContext,
    DailyPartitionsDefinition,
    Definitions,
    RunRequest,
    asset,
    asset_sensor,
    build_schedule_from_partitioned_job,
    define_asset_job,
)

january = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-04")


@asset(partitions_def=january)
def daily_totals(context: AssetExecutionContext) -> str:
    return context.partition_key


@asset
def summary(daily_totals: dict[str, str]) -> int:
    return len(daily_totals)


daily_job = define_asset_job("daily_job", selection=[daily_totals])
summary_job = define_asset_job("summary_job", selection=[summary])
daily_schedule = build_schedule_from_partitioned_job(daily_job, hour_of_day=6)


@asset_sensor(asset_key=daily_totals.key, job=summary_job)
def after_a_day(context, asset_event):
    return RunRequest(run_key=context.cursor)


defs = Definitions(
    assets=[daily_totals, summary],
    jobs=[daily_job, summary_job],
    schedules=[daily_schedule],
    sensors=[after_a_day],
)
