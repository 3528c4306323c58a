"""Jobs and schedules, given by Definitions. A function that is decorated with @repository still gives them, too."""

from assetmake import Definitions, ScheduleDefinition, asset, define_asset_job


@asset
def report() -> str:
    return "all is well"


my_job = define_asset_job("my_job", selection=[report])
my_schedule = ScheduleDefinition(job=my_job, cron_schedule="0 3 * * *")

defs = Definitions(assets=[report], jobs=[my_job], schedules=[my_schedule])
