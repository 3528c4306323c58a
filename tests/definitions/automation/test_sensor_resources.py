"""Resources of schedules and sensors: found by annotation, given by a context or by keyword, opened and closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fake_instance import Event, FakeInstance, Run, gather

from assetmake import (
    ConfigurableResource,
    ResourceParam,
    RunRequest,
    ScheduleEvaluationContext,
    SensorDefinition,
    SensorEvaluationContext,
    build_multi_asset_sensor_context,
    build_run_status_sensor_context,
    build_schedule_context,
    build_sensor_context,
    multi_asset_sensor,
    resource,
    run_failure_sensor,
    schedule,
    sensor,
)
from assetmake.errors import AssetmakeError, DefinitionError, InvariantError, InvocationError


class Database(ConfigurableResource):
    name: str


@sensor(job_name="job")
def on_db(db: Database) -> RunRequest:
    return RunRequest(db.name)


@schedule("@daily", job_name="job")
def daily(db: Database, context: ScheduleEvaluationContext) -> RunRequest:
    return RunRequest(db.name)


def test_a_parameter_is_a_resource_by_its_annotation() -> None:
    assert on_db.required_resource_keys == {"db"}
    assert daily.required_resource_keys == {"db"}


@pytest.mark.parametrize("called", [on_db, daily])
def test_it_comes_from_the_context_or_by_keyword(called: Any) -> None:
    build = build_sensor_context if called is on_db else build_schedule_context
    noun = "sensor" if called is on_db else "schedule"
    assert called(build(resources={"db": Database(name="x")})).run_key == "x"
    assert called(build(), db=Database(name="y")).run_key == "y"
    assert called.evaluate_tick(build(resources={"db": Database(name="x")})).run_requests[0].run_key == "x"
    with pytest.raises(DefinitionError, match=f"Resource with key 'db' required by {noun} '.*' was not provided."):
        called(build())
    with pytest.raises(
        InvocationError, match=f"invoking a {noun}, you may not provide resources as positional arguments"
    ):
        called(Database(name="x"))


def test_a_function_without_a_context_takes_one_all_the_same() -> None:
    assert on_db(db=Database(name="x")).run_key == "x"
    assert on_db(context=build_sensor_context(resources={"db": Database(name="x")})).run_key == "x"
    assert on_db(build_sensor_context(resources={"other": 1}), db=Database(name="x")).run_key == "x"


def test_what_has_to_be_closed_needs_a_with_statement() -> None:
    events = []

    @resource
    @contextmanager
    def opened(_: object) -> Iterator[str]:
        events.append("open")
        yield "x"
        events.append("closed")

    @sensor(job_name="job")
    def asking(text: ResourceParam[str]) -> str:
        events.append(text)
        return text

    with pytest.raises(InvariantError, match="At least one provided resource is a generator") as caught:
        asking(build_sensor_context(resources={"text": opened}))
    assert "with build_sensor_context" in str(caught.value)
    events.clear()
    with build_sensor_context(resources={"text": opened}) as context:
        assert asking(context) == "x"
    assert events == ["open", "x", "closed"]
    events.clear()
    with build_sensor_context(resources={"other": 1}) as context:
        assert asking(context, text=opened) == "x"
        assert events == ["open", "x"]
    assert events == ["open", "x", "closed"]


def test_a_resource_is_not_opened_before_it_is_asked_for() -> None:
    class Broken(ConfigurableResource):
        def create_resource(self, context: object) -> None:
            raise ZeroDivisionError

    @sensor(job_name="job", required_resource_keys={"broken"})
    def asking() -> None: ...

    context = build_sensor_context(resources={"broken": Broken()})
    for given in (context, context.__enter__()):
        with pytest.raises(AssetmakeError, match="ZeroDivisionError"):
            asking(given)


def test_an_object_that_shows_a_signature_is_believed() -> None:
    class Wrapper:
        def __init__(self, function: Any) -> None:
            import inspect

            self.__signature__ = inspect.signature(function)

        def __call__(self, **given: Any) -> RunRequest:
            return RunRequest(given["db"].name)

    def like(db: Database) -> RunRequest:
        raise NotImplementedError

    like.__annotations__["db"] = Database
    wrapped = SensorDefinition("wrapped", evaluation_fn=Wrapper(like), job_name="job")
    assert wrapped(db=Database(name="x")).run_key == "x"


def test_sensors_of_assets_and_of_runs_have_resources_too() -> None:
    @multi_asset_sensor([], job_name="job")
    def on_assets(context: SensorEvaluationContext, db: Database) -> str:
        return db.name

    @run_failure_sensor
    def on_failure(context: Any, db: Database) -> str:
        return db.name

    given = {"db": Database(name="x")}
    assert (
        on_assets(build_multi_asset_sensor_context(monitored_assets=[], repository_def=gather(), resources=given))
        == "x"
    )
    of_run = build_run_status_sensor_context(
        "s", Event("PIPELINE_FAILURE"), FakeInstance(), Run("r", "job"), resources=given
    )
    assert on_failure(of_run) == "x"
    assert on_failure(of_run, db=Database(name="y")) == "y"
