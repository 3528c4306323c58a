"""A project as a type checker reads it: it is checked, and not run. Only what ends in a comment `error` is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, assert_type

import assetmake as dg
from assetmake import AssetExecutionContext, asset

days = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-08")
shops = dg.StaticPartitionsDefinition(["north", "south"])
both = dg.MultiPartitionsDefinition({"day": days, "shop": shops})
assert_type(days.get_partition_keys()[0], str)
assert_type(days.time_window_for_partition_key("2026-01-01").start, datetime)


class Limits(dg.Config):
    rows: int = 10
    name: str


class Database(dg.ConfigurableResource):
    host: str
    port: int = 5432

    def fetch(self, query: str) -> list[int]:
        return [len(query), self.port]


class Warehouse(dg.ConfigurableResource):
    database: dg.ResourceDependency[Database]


class Folder(dg.ConfigurableIOManager):
    path: str

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        Path(self.path, *context.asset_key.path).write_text(str(obj))

    def load_input(self, context: dg.InputContext) -> Any:
        return Path(self.path, *context.asset_key.path).read_text()


@asset
def orders() -> list[int]:
    return [1, 2, 3]


@asset(group_name="sales", kinds={"python"}, tags={"layer": "gold"}, owners=["a@example.com"], code_version="2")
def total(context: AssetExecutionContext, orders: list[int], database: Database, config: Limits) -> int:
    context.log.info("%s rows of run %s", config.rows, context.run.run_id)
    assert_type(context.dagster_run.tags, Mapping[str, str])
    context.add_output_metadata({"rows": dg.MetadataValue.int(len(orders))})
    return sum(orders) + database.fetch("select 1")[0]


@dg.asset(partitions_def=days, ins={"total": dg.AssetIn(partition_mapping=dg.AllPartitionMapping())})
def daily(context: dg.AssetExecutionContext, total: int) -> dg.MaterializeResult[int]:
    assert_type(context.partition_key, str)
    start, end = context.partition_time_window
    assert_type(start, datetime)
    return dg.MaterializeResult(value=total, metadata={"end": end.isoformat()})


@dg.asset(deps=[daily, "elsewhere", dg.AssetKey(["a", "b"])], retry_policy=dg.RetryPolicy(max_retries=2, delay=1))
def report() -> None: ...


@dg.multi_asset(outs={"north": dg.AssetOut(), "south": dg.AssetOut(is_required=False)}, can_subset=True)
def shop_totals(context: AssetExecutionContext, orders: list[int]) -> Iterator[dg.Output[int]]:
    for name in context.selected_output_names:
        yield dg.Output(len(orders), output_name=name)


@dg.multi_asset(specs=[dg.AssetSpec("left"), dg.AssetSpec("right", deps=["left"])])
def pair() -> tuple[dg.MaterializeResult, dg.MaterializeResult]:
    return dg.MaterializeResult(asset_key="left"), dg.MaterializeResult(asset_key="right")


@dg.asset_check(asset=orders, blocking=True)
def has_rows(orders: list[int]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=bool(orders), severity=dg.AssetCheckSeverity.WARN, metadata={"rows": 3})


@dg.multi_asset_check(specs=[dg.AssetCheckSpec("one", asset=orders), dg.AssetCheckSpec("two", asset="total")])
def several(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    for key in context.selected_asset_check_keys:
        yield dg.AssetCheckResult(passed=True, check_name=key.name, asset_key=key.asset_key)


nightly = dg.define_asset_job("nightly", selection=dg.AssetSelection.groups("sales") | dg.AssetSelection.assets(orders))


@dg.schedule("0 6 * * *", job=nightly)
def morning(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    config = dg.RunConfig(ops={"total": Limits(name="few")})
    key = context.scheduled_execution_time.isoformat()
    return dg.RunRequest(run_key=key, run_config=config, tags={"rows": 3}, asset_selection=["orders", orders.key])


@dg.sensor(job=nightly, minimum_interval_seconds=60)
def inbox(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    if context.cursor is None:
        return dg.SkipReason("nothing there")
    return dg.SensorResult(run_requests=[dg.RunRequest(partition_key="2026-01-01")], cursor="1")


@dg.run_failure_sensor
def tell(context: dg.RunFailureSensorContext) -> None:
    assert_type(context.dagster_run.run_id, str)


@dg.io_manager
def folder(context: dg.InitResourceContext) -> dg.IOManager:
    return Folder(path="out")


@dg.resource(config_schema={"host": str})
def old_database(context: dg.InitResourceContext) -> Database:
    return Database(host=context.resource_config["host"])


@dg.definitions
def defs() -> dg.Definitions:
    return dg.Definitions(
        assets=[orders, total, daily, report, shop_totals, pair],
        asset_checks=[has_rows, several],
        jobs=[nightly],
        schedules=[morning, dg.ScheduleDefinition(job=nightly, cron_schedule="@daily")],
        sensors=[inbox, tell],
        resources={
            "database": Database(host=dg.EnvVar("DATABASE_HOST")),
            "warehouse": Warehouse(database=Database(host="here")),
            "io_manager": Folder(path="out"),
        },
    )


def test_functions_keep_what_they_take_and_give() -> None:
    assert_type(orders(), list[int])
    assert_type(report(), None)
    database, config = Database(host="here"), Limits(name="few")
    context = dg.build_asset_context(resources={"database": database})
    assert_type(total(context, [1], database, config), int)
    assert_type(total(context, orders=[1], config=config, database=database), int)
    assert_type(total(context, orders=[1]), int)  # what is left out is in the context
    assert_type(daily(dg.build_asset_context(partition_key="2026-01-01"), total=1), dg.MaterializeResult[int])
    assert_type(shop_totals(context, [1]), Iterator[dg.Output[int]])
    assert_type(has_rows([1]), dg.AssetCheckResult)
    assert_type(morning(dg.build_schedule_context()), dg.RunRequest)
    assert_type(inbox(dg.build_sensor_context()), dg.SensorResult | dg.SkipReason)
    orders(1)  # error
    orders(rows=1)  # error
    has_rows("none")  # error
    asset(nothing=1)  # error
    Limits(rows=1)  # error
    Database(host=1)  # error


def test_what_is_decorated_is_a_definition() -> None:
    assets = [orders, total, shop_totals]
    assert_type(orders.key, dg.AssetKey)
    assert_type(total.keys, set[dg.AssetKey])
    given: list[dg.AssetsDefinition] = [orders, daily]
    result = dg.materialize([*assets, *given], partition_key="2026-01-01", resources={"database": Database(host="x")})
    assert_type(result.success, bool)
    assert_type(result.output_for_node("orders"), Any)
    check: dg.AssetChecksDefinition = has_rows
    schedules: Mapping[str, dg.ScheduleDefinition] = {"morning": morning}
    sensors: Mapping[str, dg.SensorDefinition] = {"inbox": inbox}
    print(check, schedules, sensors)
