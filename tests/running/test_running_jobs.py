"""Definitions put together, jobs, repository, values that are loaded again, direct calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assetmake import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetOut,
    AssetSpec,
    ConfigurableResource,
    DagsterInstance,
    DailyPartitionsDefinition,
    Definitions,
    MaterializeResult,
    Output,
    PartitionKeyRange,
    ScheduleDefinition,
    SkipReason,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    build_asset_check_context,
    build_asset_context,
    build_schedule_from_partitioned_job,
    define_asset_job,
    multi_asset,
    repository,
    sensor,
)
from assetmake.errors import DefinitionError, InvariantError, InvocationError, LoadInputError, ValueTypeError

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")


@asset
def orders() -> int:
    return 1


@asset
def report(orders: int) -> int:
    return orders + 1


# Jobs


def test_a_job_runs_what_it_selects_and_tells_of_itself() -> None:
    job = define_asset_job(
        "nightly", selection="orders", tags={"team": "sales"}, metadata={"rank": 1}, owners=["team:sales"]
    )
    resolved = Definitions(assets=[orders, report], jobs=[job]).resolve_job_def("nightly")
    result = resolved.execute_in_process()
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [AssetKey("orders")]
    assert result.dagster_run.job_name == "nightly"
    assert result.dagster_run.tags["team"] == "sales"
    assert (resolved.metadata["rank"].value, list(resolved.owners)) == (1, ["team:sales"])
    assert result.job_def.name == "nightly"


def test_a_part_of_a_job_keeps_its_tags() -> None:
    job = define_asset_job("nightly", run_tags={"team": "sales"})
    resolved = Definitions(assets=[orders, report], jobs=[job]).resolve_job_def("nightly")
    part = resolved.get_subset(asset_selection=[AssetKey("orders")])
    assert part.run_tags == {"team": "sales"}
    assert part.has_node_named("orders")
    assert not part.has_node_named("report")
    assert [operation.name for operation in resolved.graph.iterate_op_defs()] == ["orders", "report"]


def test_the_job_of_all_runs_all() -> None:
    result = Definitions(assets=[orders, report]).resolve_implicit_global_asset_job_def().execute_in_process()
    assert result.asset_value("report") == 2


def test_a_job_of_what_there_is_not_is_refused() -> None:
    job = define_asset_job("nightly", selection=["nothing"])
    with pytest.raises(DefinitionError, match=r"Failed to resolve asset job nightly: .*nothing"):
        Definitions(assets=[orders], jobs=[job]).resolve()


def test_two_jobs_of_one_name_are_refused() -> None:
    jobs = [define_asset_job("nightly", selection="orders"), define_asset_job("nightly")]
    with pytest.raises(DefinitionError, match="Duplicate job definition found for job 'nightly'"):
        Definitions(assets=[orders, report], jobs=jobs).resolve()


def test_schedules_bring_their_jobs_and_assets() -> None:
    job = define_asset_job("nightly", selection="orders")
    nightly = ScheduleDefinition(job=job, cron_schedule="0 1 * * *")
    assert Definitions(assets=[orders], schedules=[nightly]).resolve().has_job("nightly")
    direct = Definitions(schedules=[ScheduleDefinition(name="daily", target=orders, cron_schedule="0 1 * * *")])
    assert direct.resolve_all_asset_keys() == [AssetKey("orders")]


def test_a_schedule_of_partitions_is_resolved_with_its_assets() -> None:
    @asset(partitions_def=DAYS)
    def daily() -> None: ...

    schedule = build_schedule_from_partitioned_job(define_asset_job("every_day"))
    resolved = Definitions(assets=[daily], schedules=[schedule]).resolve()
    assert resolved.get_schedule_def("every_day_schedule").cron_schedule == "0 0 * * *"
    assert resolved.get_job("every_day").partitions_def == DAYS
    request = resolved.get_job("every_day").run_request_for_partition("2026-01-02")
    assert (request.partition_key, request.job_name) == ("2026-01-02", "every_day")


def test_a_check_is_partitioned_as_its_asset_is() -> None:
    @asset_check(asset=orders, partitions_def=DAYS)
    def looks() -> bool:
        return True

    with pytest.raises(DefinitionError, match="different partitions definition"):
        Definitions(assets=[orders], asset_checks=[looks]).resolve()


# repository


def test_repository_puts_together_what_a_function_lists() -> None:
    job = define_asset_job("nightly", selection="orders")

    @asset_check(asset=orders)
    def looks() -> bool:
        return True

    @sensor(job=job)
    def watch() -> SkipReason:
        return SkipReason("nothing")

    @repository
    def everything() -> Any:
        return [[orders, report], looks, job, watch]

    assert set(everything.assets_defs_by_key) == {AssetKey("orders"), AssetKey("report")}
    assert everything.has_job("nightly")
    assert everything.get_sensor_def("watch") is watch
    assert everything() is everything


@pytest.mark.parametrize("listed", [["orders"], 5, {"assets": []}])
def test_repository_refuses_what_is_no_definition(listed: Any) -> None:
    with pytest.raises(DefinitionError, match="repository any"):

        @repository(name="any")
        def broken() -> Any:
            return listed


# Values


def test_values_are_loaded_again_where_they_were_made() -> None:
    instance = DagsterInstance.ephemeral()
    definitions = Definitions(assets=[orders, report, AssetSpec("elsewhere")])
    with pytest.raises(LoadInputError):
        definitions.load_asset_value("report", instance=instance)
    definitions.resolve_implicit_global_asset_job_def().execute_in_process(instance=instance)
    assert definitions.load_asset_value("report", instance=instance) == 2
    with definitions.get_asset_value_loader(instance) as loader:
        assert loader.load_asset_value("orders", python_type=int) == 1
        with pytest.raises(ValueTypeError):
            loader.load_asset_value("orders", python_type=str)
        with pytest.raises(InvariantError, match="there is no asset nowhere"):
            loader.load_asset_value("nowhere")


def test_the_value_of_a_partition_is_loaded_by_its_key() -> None:
    @asset(partitions_def=StaticPartitionsDefinition(["a", "b"]))
    def letter(context: AssetExecutionContext) -> str:
        return context.partition_key

    instance = DagsterInstance.ephemeral()
    definitions = Definitions(assets=[letter])
    job = definitions.resolve_implicit_global_asset_job_def()
    job.execute_in_process(partition_key="a", instance=instance)
    job.execute_in_process(partition_key="b", instance=instance)
    assert definitions.load_asset_value("letter", partition_key="b", instance=instance) == "b"


# Direct calls


def test_a_direct_call_returns_what_the_function_returns() -> None:
    assert orders() == 1
    assert report(4) == report(orders=4) == 5
    with pytest.raises(InvocationError, match="orders"):
        report()


def test_a_direct_call_has_the_context_that_it_is_given() -> None:
    @asset(partitions_def=DAYS)
    def daily(context: AssetExecutionContext) -> list[str]:
        context.add_output_metadata({"rows": 2})
        return list(context.partition_keys)

    one = build_asset_context(partition_key="2026-01-02")
    assert daily(one) == ["2026-01-02"]
    assert one.get_output_metadata("result") == {"rows": 2}
    several = build_asset_context(partition_key_range=PartitionKeyRange("2026-01-01", "2026-01-02"))
    assert daily(several) == ["2026-01-01", "2026-01-02"]
    with pytest.raises(InvariantError, match="both partition_key and partition_key_range"):
        build_asset_context(partition_key="2026-01-02", partition_key_range=("2026-01-01", "2026-01-02"))


def test_a_context_for_tests_has_config_of_resources_and_tags() -> None:
    class Warehouse(ConfigurableResource):
        url: str

    @asset(required_resource_keys={"warehouse"})
    def needs(context: AssetExecutionContext) -> str:
        return f"{context.resources.warehouse.url} {context.run_tags['team']} {context.run_id}"

    context = build_asset_context(
        resources={"warehouse": Warehouse.configure_at_launch()},
        resources_config={"warehouse": {"config": {"url": "here"}}},
        run_tags={"team": "sales"},
    )
    assert needs(context) == "here sales EPHEMERAL"


def test_a_run_may_be_given_its_name() -> None:
    job = Definitions(assets=[orders]).resolve_implicit_global_asset_job_def()
    instance = DagsterInstance.ephemeral()
    assert job.execute_in_process(instance=instance, run_id="first").run_id == "first"
    assert [run.run_id for run in instance.get_runs()] == ["first"]


def test_a_direct_call_is_checked_as_a_run_is() -> None:
    @multi_asset(outs={"left": AssetOut(), "right": AssetOut()})
    def lacks() -> Iterator[Any]:
        yield Output(1, "left")

    @asset
    def says_int() -> int:
        return "one"  # type: ignore[return-value]

    @asset
    def names_another() -> MaterializeResult:
        return MaterializeResult(asset_key="another")

    with pytest.raises(InvariantError, match=r'Invocation of op "lacks" did not return an output .*"right"'):
        list(lacks())
    with pytest.raises(ValueTypeError):
        says_int()
    with pytest.raises(InvariantError, match="Asset key another not found in AssetsDefinition"):
        names_another()


def test_resources_of_a_direct_call_come_once() -> None:
    @asset(required_resource_keys={"warehouse"})
    def needs(context: AssetExecutionContext) -> str:
        return str(context.resources.warehouse)

    @asset_check(asset=orders, required_resource_keys={"warehouse"})
    def looks(context: Any) -> bool:
        return bool(context.resources.warehouse == "here")

    assert needs(build_asset_context(resources={"warehouse": "here"})) == "here"
    assert looks(build_asset_check_context(resources={"warehouse": "here"})) is True
    with pytest.raises(DefinitionError, match="warehouse"):
        needs(build_asset_context())
    with pytest.raises(DefinitionError, match="warehouse"):
        looks(build_asset_check_context())


# What functions give


def test_a_result_of_a_check_that_is_not_selected_is_let_through(caplog: pytest.LogCaptureFixture) -> None:
    @multi_asset(
        specs=[AssetSpec("a"), AssetSpec("b")],
        check_specs=[AssetCheckSpec("fine", asset="a"), AssetCheckSpec("fine", asset="b")],
        can_subset=True,
    )
    def both() -> Iterator[Any]:
        yield MaterializeResult(asset_key="a")
        yield AssetCheckResult(passed=True, asset_key="a", check_name="fine")
        yield AssetCheckResult(passed=True, asset_key="b", check_name="fine")

    job = define_asset_job("some", selection="a")
    result = Definitions(assets=[both], jobs=[job]).resolve_job_def("some").execute_in_process()
    assert [str(found.asset_key) for found in result.get_asset_check_evaluations()] == ["a", "b"]
    assert "not selected" in caplog.text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([1, 2], "multiple outputs"),
        ((1,), "Length mismatch"),
        ((Output(1, "right"), 2), "which does not match the output definition specified for position 0: 'left'"),
        (Output(1, "left"), "only one output was returned"),
    ],
)
def test_several_outputs_are_returned_as_a_tuple_of_as_many(given: Any, told: str) -> None:
    @multi_asset(outs={"left": AssetOut(), "right": AssetOut()})
    def both() -> Any:
        return given

    with pytest.raises(InvariantError, match=told):
        both()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([Output(1, "left"), Output(2, "left")], "multiple times"),
        ([Output(1, "middle")], "that does not exist"),
        ([5], "rather than an instance of Output"),
        ([MaterializeResult()], "did not include asset_key"),
    ],
)
def test_what_is_yielded_is_one_of_what_is_declared(given: list[Any], told: str) -> None:
    @multi_asset(outs={"left": AssetOut(), "right": AssetOut()})
    def both() -> Iterator[Any]:
        yield from given

    with pytest.raises(InvariantError, match=told):
        list(both())


def test_coroutines_and_asynchronous_generators_are_run() -> None:
    @asset
    async def waits() -> int:
        return 5

    @multi_asset(outs={"left": AssetOut(), "right": AssetOut()})
    async def yields() -> Any:
        yield Output(1, "left")
        yield Output(2, "right")

    result = Definitions(assets=[waits, yields]).resolve_implicit_global_asset_job_def().execute_in_process()
    assert [result.asset_value(name) for name in ("waits", "left", "right")] == [5, 1, 2]
