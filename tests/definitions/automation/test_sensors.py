"""Sensors: what they are declared with, what they ask for, and direct calls."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from fake_instance import FakeInstance, gather

from assetmake import (
    AddDynamicPartitionsRequest,
    AssetKey,
    AssetSelection,
    AutomationConditionSensorDefinition,
    DefaultSensorStatus,
    DynamicPartitionsDefinition,
    MetadataValue,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    StaticPartitionsDefinition,
    asset,
    build_sensor_context,
    define_asset_job,
    sensor,
)
from assetmake.errors import DefinitionError, InvariantError, InvocationError, SelectionError, UnknownPartitionError

job = define_asset_job("job")
other = define_asset_job("other")


@asset(partitions_def=StaticPartitionsDefinition(["a", "b"]))
def one() -> int:
    return 1


@asset
def two() -> int:
    return 2


def ask(returned: Any, cursor: str | None = None, **options: Any) -> Any:
    @sensor(**({"job": job} | options))
    def asking(context: SensorEvaluationContext) -> Any:
        return returned(context) if callable(returned) else returned

    return asking.evaluate_tick(build_sensor_context(cursor=cursor, repository_def=gather(one, two, job=job)))


def test_a_sensor_is_named_after_its_function_and_active() -> None:
    @sensor(job=job, metadata={"a": 1}, tags={"b": 2}, owners=["team:data"])
    def watching() -> None: ...

    assert (watching.name, watching.job, watching.job_name) == ("watching", job, "job")
    assert (watching.minimum_interval_seconds, watching.default_status) == (30, DefaultSensorStatus.RUNNING)
    assert (watching.metadata, watching.tags) == ({"a": MetadataValue.int(1)}, {"b": "2"})
    assert watching.owners == ["team:data"]


def test_targets_are_jobs_names_or_assets() -> None:
    def function() -> None: ...

    several = SensorDefinition(jobs=[job, other], evaluation_fn=function)
    assert several.jobs == [job, other]
    with pytest.raises(DefinitionError, match="property not available when SensorDefinition has multiple jobs"):
        _ = several.job
    with pytest.raises(DefinitionError, match="No job was provided to SensorDefinition"):
        _ = SensorDefinition(asset_selection=["one"], evaluation_fn=function).job_name
    with pytest.raises(DefinitionError, match="defined by a string job name"):
        _ = SensorDefinition(job_name="job", evaluation_fn=function).job
    target = SensorDefinition("s", target="one", evaluation_fn=function)
    assert target.job.selection.resolve([one, two]) == {one.key}
    assert target.with_updated_jobs([job, other]).jobs == [job, other]
    assert target.with_attributes(metadata={"a": 1}).targets == target.targets


def test_a_function_returns_or_yields_requests_and_reasons() -> None:
    def yields(context: SensorEvaluationContext) -> Iterator[object]:
        yield RunRequest("a")
        return RunRequest("b") if context.cursor == "both" else None

    assert [request.run_key for request in ask(yields, "both").run_requests] == ["a", "b"]
    assert [request.run_key for request in ask(yields).run_requests] == ["a"]
    assert ask(RunRequest("a"), tags={"t": "u"}).run_requests[0].tags == {"dagster/sensor_name": "asking"}
    assert ask([RunRequest("a")]).skip_message is None
    assert ask(SkipReason("quiet")).skip_message == "quiet"
    assert ask([SensorResult(skip_reason="quiet")]).skip_message == "quiet"
    for nothing in (None, [], SensorResult()):
        assert ask(nothing).skip_message == "Sensor function returned an empty result"


@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        (3, "Sensor unexpectedly returned output 3 of type int"),
        ([RunRequest(), SkipReason("a")], "Expected a single SkipReason or one or more RunRequests"),
        ([SkipReason("a"), SkipReason("b")], "Expected a single SkipReason"),
        ([SensorResult(), RunRequest()], "must be the only object"),
        (
            SensorResult(
                dynamic_partitions_requests=[
                    AddDynamicPartitionsRequest("d", ["x"]),
                    AddDynamicPartitionsRequest("d", ["x"]),
                ]
            ),
            "more than once",
        ),
        (RunRequest(job_name="third"), "Expected one of: \\['job'\\]"),
    ],
)
def test_what_means_nothing_is_refused(returned: object, problem: str) -> None:
    with pytest.raises(InvariantError, match=problem):
        ask(returned)


def test_a_result_cannot_ask_and_give_a_reason_for_not_asking() -> None:
    with pytest.raises(InvariantError, match="both run_requests and skip_reason"):
        SensorResult([RunRequest()], skip_reason="no")


def test_a_cursor_is_left_in_one_way() -> None:
    assert ask(lambda context: context.update_cursor("7"), "6").cursor == "7"
    assert ask(None, "6").cursor == "6"
    assert ask(SensorResult(cursor="8"), "6").cursor == "8"
    with pytest.raises(InvariantError, match=r"cursor cannot be set if context.update_cursor"):
        ask(lambda context: context.update_cursor("7") or SensorResult(cursor="8"))
    with pytest.raises(DefinitionError, match="a cursor is a text"):
        build_sensor_context().update_cursor(7)  # type: ignore[arg-type]


def test_a_sensor_without_a_target_asks_for_nothing() -> None:
    @sensor()
    def idle() -> RunRequest:
        return RunRequest()

    with pytest.raises(
        InvariantError, match=r".* Sensor evaluation function returned a RunRequest for a sensor lacking"
    ):
        idle.evaluate_tick(build_sensor_context())


def test_of_several_jobs_one_has_to_be_named() -> None:
    with pytest.raises(InvariantError, match="did not specify job_name"):
        ask(RunRequest(), job=None, jobs=[job, other])
    assert ask(RunRequest(job_name="other"), job=None, jobs=[job, other]).run_requests[0].job_name == "other"


def test_partitions_are_checked_and_may_come_to_be_with_the_request() -> None:
    static = define_asset_job("static", [one], partitions_def=StaticPartitionsDefinition(["a", "b"]))
    (request,) = ask(RunRequest(partition_key="a"), job=static).run_requests
    assert request.tags["dagster/partition"] == "a"
    with pytest.raises(UnknownPartitionError):
        ask(RunRequest(partition_key="c"), job=static)
    added = SensorResult(
        [RunRequest(partition_key="c")], dynamic_partitions_requests=[AddDynamicPartitionsRequest("d", ["c"])]
    )
    tick = ask(added, job=static)
    assert (tick.run_requests[0].partition_key, tick.dynamic_partitions_requests) == (
        "c",
        [AddDynamicPartitionsRequest("d", ["c"])],
    )


def test_dynamic_partitions_are_those_that_the_instance_knows() -> None:
    fruits = define_asset_job("fruits", partitions_def=DynamicPartitionsDefinition(name="fruits"))

    @sensor(job=fruits)
    def asking(context: SensorEvaluationContext) -> RunRequest:
        return RunRequest(partition_key=context.cursor)

    instance = FakeInstance(dynamic={"fruits": ["apple"]})
    assert asking.evaluate_tick(build_sensor_context(instance, "apple")).run_requests[0].partition_key == "apple"
    with pytest.raises(UnknownPartitionError):
        asking.evaluate_tick(build_sensor_context(instance, "pear"))
    assert fruits.run_request_for_partition("apple", dynamic_partitions_store=instance).run_config == {}


def test_a_sensor_of_assets_asks_for_all_or_some_of_them() -> None:
    own = AssetSelection.assets("one", "two")
    (request,) = ask(RunRequest(), job=None, asset_selection=own).run_requests
    assert request.asset_selection == [AssetKey("one"), AssetKey("two")]
    (request,) = ask(
        RunRequest(asset_selection=[one.key], partition_key="a"), job=None, asset_selection=own
    ).run_requests
    assert (request.asset_selection, request.tags["dagster/partition"]) == ([one.key], "a")
    assert ask(RunRequest(asset_selection=[]), job=None, asset_selection=own).run_requests[0].asset_selection == []
    with pytest.raises(SelectionError, match="not part of sensor's asset_selection: one"):
        ask(RunRequest(asset_selection=["one"]), job=None, asset_selection="two")
    with pytest.raises(InvariantError, match="Must provide repository def"):
        SensorDefinition(evaluation_fn=RunRequest, name="s", asset_selection="one").evaluate_tick(
            build_sensor_context()
        )


def test_checks_of_other_assets_are_warned_of() -> None:
    with pytest.warns(DeprecationWarning, match="asset check keys"):
        ask(RunRequest(asset_check_keys=["foreign"]), job=None, asset_selection="two")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ask(RunRequest(asset_check_keys=[]), job=None, asset_selection="two")


def test_direct_calls_return_what_the_function_returns() -> None:
    @sensor(job=job)
    def bare() -> int:
        return 1

    @sensor(job=job)
    def any_name(_here: SensorEvaluationContext | None) -> str | None:
        return _here.cursor if _here else None

    context = build_sensor_context(cursor="7")
    assert bare() == bare(context) == bare(None) == 1
    assert any_name(context) == any_name(_here=context) == "7"
    assert any_name(None) is None
    with pytest.raises(InvocationError, match=r"Sensor invocation expected argument '_here'."):
        any_name(there=context)
    with pytest.raises(InvocationError, match="Sensor evaluation function expected context argument"):
        any_name()
    with pytest.raises(InvocationError, match="multiple non-resource arguments"):
        any_name(context, _here=None)


def test_an_object_that_is_called_is_a_function_too() -> None:
    class Watcher:
        def __call__(self, context: SensorEvaluationContext) -> RunRequest:
            return RunRequest(context.cursor)

    watching = SensorDefinition("watching", evaluation_fn=Watcher(), job=job)
    assert watching(build_sensor_context(cursor="7")) == RunRequest("7")


def test_what_a_context_shows() -> None:
    instance = FakeInstance()
    assert build_sensor_context(instance).instance is instance
    with pytest.raises(InvariantError, match="no instance reference was provided"):
        _ = build_sensor_context().instance
    context = SensorEvaluationContext(last_tick_completion_time=2.0, last_sensor_start_time=1.0)
    assert not context.is_first_tick_since_sensor_start
    assert build_sensor_context().is_first_tick_since_sensor_start
    assert build_sensor_context(sensor_name="s").sensor_name == "s"
    with pytest.raises(InvariantError, match="both `definitions` and `repository_def`"):
        build_sensor_context(repository_def=gather(), definitions=gather())


def test_required_resources_have_to_be_there() -> None:
    @sensor(job=job, required_resource_keys={"db"})
    def asking(context: SensorEvaluationContext) -> RunRequest:
        return RunRequest(context.resources.db)

    assert asking(build_sensor_context(resources={"db": "x"})).run_key == "x"
    with pytest.raises(DefinitionError, match=r"Resource with key 'db' required by sensor 'asking' was not provided."):
        asking(build_sensor_context())


def test_a_sensor_of_conditions_is_declared_and_not_called() -> None:
    declared = AutomationConditionSensorDefinition("auto", target=AssetSelection.all(), run_tags={"a": 1})
    assert (declared.run_tags, declared.asset_selection) == ({"a": "1"}, AssetSelection.all())
    with pytest.raises(InvariantError, match="not by a call"):
        declared.evaluate_tick(build_sensor_context())


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "Must provide evaluation_fn to SensorDefinition"),
        ({"evaluation_fn": len, "job": job, "target": "one"}, "more than one of"),
        ({"evaluation_fn": len, "target": "one"}, "must specify sensor name"),
        ({"evaluation_fn": len, "minimum_interval_seconds": 0.5}, "whole number of seconds"),
        ({"evaluation_fn": len, "owners": ["me"]}, "Owner must be an email address or a team name prefixed with"),
        ({"evaluation_fn": len, "name": "a b"}, "not a valid name of a sensor"),
        ({"evaluation_fn": len, "job": two}, "is no job"),
    ],
)
def test_wrong_declarations_are_told_at_once(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        SensorDefinition(**options)


def test_the_decorator_is_called() -> None:
    with pytest.raises(DefinitionError, match="@sensor takes what it asks for"):

        @sensor  # type: ignore[arg-type]
        def bare() -> None: ...
