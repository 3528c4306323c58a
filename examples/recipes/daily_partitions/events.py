"""One asset in slices, one for each day: `assetmake build daily_events@2026-01-15`."""

from assetmake import AssetExecutionContext, DailyPartitionsDefinition, Definitions, asset

daily = DailyPartitionsDefinition(start_date="2026-01-01")


@asset(partitions_def=daily)
def daily_events(context: AssetExecutionContext) -> int:
    date = context.partition_key  # "2026-01-15"
    context.log.info("counting the events where dt = %s", date)
    return 42


defs = Definitions(assets=[daily_events])
