"""A sensor asks for the partition of every file that has arrived: `assetmake list --sensors`."""

import os

from assetmake import (
    AssetExecutionContext,
    DailyPartitionsDefinition,
    Definitions,
    RunRequest,
    SensorEvaluationContext,
    asset,
    sensor,
)


@asset(partitions_def=DailyPartitionsDefinition(start_date="2026-01-01"))
def daily_drops(context: AssetExecutionContext) -> str:
    return f"{context.partition_key}.csv"


@sensor(target=daily_drops)
def s3_drop_sensor(context: SensorEvaluationContext):
    last_seen = context.cursor or ""
    new_files = sorted(os.listdir("/mnt/inbox"))
    new = [f for f in new_files if f > last_seen]
    if not new:
        return
    for f in new:
        yield RunRequest(run_key=f, partition_key=f.split(".")[0])
    context.update_cursor(new[-1])


defs = Definitions(assets=[daily_drops], sensors=[s3_drop_sensor])
