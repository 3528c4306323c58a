"""What a run does with failures, retries, config and resources, and what it remembers."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    Config,
    ConfigurableResource,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    DataVersion,
    Definitions,
    Failure,
    Output,
    RetryPolicy,
    RetryRequested,
    RunConfig,
    asset,
    define_asset_job,
    materialize,
    with_resources,
)
from assetmake.errors import DefinitionError, InvocationError, RunConfigError


@asset
def orders() -> int:
    return 1


@asset
def report(orders: int) -> int:
    return orders + 1


def kinds(result: Any) -> list[str]:
    return [event.event_type_value for event in result.all_events]


# Events


def test_a_run_tells_what_it_plans_and_what_comes_of_it() -> None:
    result = materialize([orders])
    assert kinds(result) == [
        "ASSET_MATERIALIZATION_PLANNED",
        "PIPELINE_START",
        "STEP_START",
        "STEP_OUTPUT",
        "HANDLED_OUTPUT",
        "ASSET_MATERIALIZATION",
        "STEP_SUCCESS",
        "PIPELINE_SUCCESS",
    ]


def test_an_instance_remembers_runs_and_materializations() -> None:
    instance = DagsterInstance.ephemeral()
    result = materialize([orders, report], instance=instance, tags={"team": "sales"})
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert (run.status, run.tags["team"]) == (DagsterRunStatus.SUCCESS, "sales")
    (record,) = instance.fetch_materializations(AssetKey("report"), limit=5).records
    assert record.run_id == result.run_id
    told = {each.event_log_entry.dagster_event_type for each in instance.get_records_for_run(result.run_id).records}
    assert DagsterEventType.ASSET_MATERIALIZATION in told


def test_metadata_of_the_result_of_the_context_and_of_the_io_manager_meet() -> None:
    @asset
    def told(context: AssetExecutionContext) -> Output[int]:
        context.add_output_metadata({"by_context": 2})
        return Output(1, metadata={"by_result": 1}, tags={"kind": "small"}, data_version=DataVersion("v7"))

    (event,) = materialize([told]).get_asset_materialization_events()
    assert event.materialization.metadata["by_context"].value == 2
    assert event.materialization.metadata["by_result"].value == 1
    assert event.materialization.tags["kind"] == "small"
    assert event.materialization.tags["dagster/data_version"] == "v7"


def test_a_version_may_be_given_to_the_context() -> None:
    @asset
    def told(context: AssetExecutionContext) -> None:
        context.set_data_version("told", DataVersion("v8"))

    (event,) = materialize([told]).get_asset_materialization_events()
    assert event.materialization.tags["dagster/data_version"] == "v8"


def test_events_that_a_function_logs_come_before_its_own() -> None:
    @asset
    def talks(context: AssetExecutionContext) -> None:
        context.log_event(AssetObservation("elsewhere", metadata={"rows": 1}))
        context.log_event(AssetMaterialization("elsewhere"))

    result = materialize([talks])
    assert [event.asset_key for event in result.get_asset_observation_events()] == [AssetKey("elsewhere")]
    made = [event.asset_key for event in result.get_asset_materialization_events()]
    assert made == [AssetKey("elsewhere"), AssetKey("talks")]


# Failures and retries


def test_the_exception_of_user_code_comes_out_unchanged() -> None:
    @asset
    def broken() -> int:
        raise KeyError("lost")

    instance = DagsterInstance.ephemeral()
    with pytest.raises(KeyError, match="lost"):
        materialize([broken], instance=instance)
    (run,) = instance.get_runs()
    assert run.status is DagsterRunStatus.FAILURE


def test_a_failure_skips_what_is_below_and_nothing_else() -> None:
    @asset(name="orders")
    def broken() -> int:
        raise KeyError("lost")

    @asset
    def apart() -> int:
        return 3

    result = materialize([broken, report, apart], raise_on_error=False)
    assert not result.success
    assert isinstance(result.error, KeyError)
    assert result.is_node_failed("orders")
    assert result.is_node_skipped("report")
    assert result.output_for_node("apart") == 3
    assert result.failure_data_for_node("orders").error.cls_name == "KeyError"
    assert kinds(result)[-1] == "PIPELINE_FAILURE"


@pytest.mark.parametrize(("tries", "succeeds"), [(2, True), (3, False)])
def test_a_retry_policy_says_how_often_it_is_tried(tries: int, succeeds: bool) -> None:
    seen: list[int] = []

    @asset(retry_policy=RetryPolicy(max_retries=2))
    def flaky(context: AssetExecutionContext) -> int:
        seen.append(context.retry_number)
        if len(seen) <= tries:
            raise ValueError("not yet")
        return 1

    result = materialize([flaky], raise_on_error=False)
    assert result.success is succeeds
    assert seen == [0, 1, 2]
    assert result.retry_attempts_for_node("flaky") == 2


def test_a_retry_that_is_asked_for_raises_its_cause_in_the_end() -> None:
    seen: list[int] = []

    @asset
    def flaky() -> int:
        seen.append(1)
        try:
            raise ValueError("not yet")
        except ValueError as error:
            raise RetryRequested(max_retries=1) from error

    with pytest.raises(ValueError, match="not yet"):
        materialize([flaky])
    assert len(seen) == 2


def test_a_failure_may_forbid_retries() -> None:
    seen: list[int] = []

    @asset(retry_policy=RetryPolicy(max_retries=5))
    def hopeless() -> int:
        seen.append(1)
        raise Failure("never", metadata={"code": 4}, allow_retries=False)

    with pytest.raises(Failure) as caught:
        materialize([hopeless])
    assert (len(seen), caught.value.metadata["code"].value) == (1, 4)


def test_the_retries_of_a_job_are_for_those_that_have_none() -> None:
    seen: list[str] = []

    @asset
    def flaky() -> int:
        seen.append("flaky")
        if len(seen) < 2:
            raise ValueError("not yet")
        return 1

    job = define_asset_job("careful", op_retry_policy=RetryPolicy(max_retries=1))
    result = Definitions(assets=[flaky], jobs=[job]).resolve_job_def("careful").execute_in_process()
    assert result.success
    assert seen == ["flaky", "flaky"]


# Config and resources


class Limit(Config):
    rows: int = 10


class Warehouse(ConfigurableResource):
    url: str


class Door(ConfigurableResource):
    def setup_for_execution(self, context: Any) -> None:
        TOLD.append("open")

    def teardown_after_execution(self, context: Any) -> None:
        TOLD.append("closed")


TOLD: list[str] = []


@asset
def limited(config: Limit) -> int:
    return config.rows


def test_config_comes_from_the_run() -> None:
    assert materialize([limited]).asset_value("limited") == 10
    given = RunConfig(ops={"limited": Limit(rows=3)})
    assert materialize([limited], run_config=given).asset_value("limited") == 3
    plain = {"ops": {"limited": {"config": {"rows": 4}}}}
    assert materialize([limited], run_config=plain).asset_value("limited") == 4


def test_all_config_that_does_not_fit_is_told_before_anything_runs() -> None:
    instance = DagsterInstance.ephemeral()
    wrong = {"ops": {"limited": {"config": {"rows": "many"}}, "nobody": {"config": {}}}}
    with pytest.raises(RunConfigError, match=r"(?s)Error in config for job .*nobody.*rows"):
        materialize([limited], run_config=wrong, instance=instance)
    assert instance.get_runs() == []


def test_resources_come_by_parameter_and_by_context() -> None:
    @asset
    def by_parameter(warehouse: Warehouse) -> str:
        return warehouse.url

    @asset(required_resource_keys={"warehouse"})
    def by_context(context: AssetExecutionContext) -> str:
        return str(context.resources.warehouse.url)

    result = materialize([by_parameter, by_context], resources={"warehouse": Warehouse(url="here")})
    assert [result.asset_value(name) for name in ("by_parameter", "by_context")] == ["here", "here"]


def test_a_resource_that_is_missing_is_told_with_who_needs_it() -> None:
    @asset(required_resource_keys={"warehouse"})
    def needs() -> None: ...

    with pytest.raises(DefinitionError, match="resource with key 'warehouse' required by op 'needs' was not provided"):
        materialize([needs])


def test_with_resources_gives_each_what_it_needs() -> None:
    @asset(required_resource_keys={"warehouse"})
    def needs(context: AssetExecutionContext) -> str:
        return str(context.resources.warehouse)

    bound = with_resources([needs, orders], {"warehouse": "here"})
    assert materialize(bound).asset_value("needs") == "here"
    assert "warehouse" not in bound[1].resource_defs
    with pytest.raises(DefinitionError, match="resource with key 'warehouse' required by op 'needs'"):
        with_resources([needs], {})
    with pytest.raises(InvocationError, match=r'AssetsDefinition with key \["needs"\] has conflicting resource'):
        materialize(bound, resources={"warehouse": "there"})


def test_resources_are_closed_after_a_failure() -> None:
    TOLD.clear()

    @asset
    def broken(door: Door) -> None:
        TOLD.append("called")
        raise KeyError("lost")

    with pytest.raises(KeyError):
        materialize([broken], resources={"door": Door()})
    assert TOLD == ["open", "called", "closed"]
