"""A sensor that wants to be asked every ten seconds."""

from assetmake import DailyPartitionsDefinition, RunRequest, asset, sensor


@asset(partitions_def=DailyPartitionsDefinition(start_date="2026-01-01"))
def quick_events() -> int:
    return 42


@sensor(target=quick_events, minimum_interval_seconds=10)
def fast_sensor(context):
    return RunRequest(partition_key="2026-01-15")
