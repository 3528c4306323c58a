"""Ops, graphs, jobs of ops and hooks: declaring one is no error, using it is one that says what to write instead."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

import assetmake as dg
from assetmake.errors import DefinitionError
from assetmake.running.jobs import materialize

BODIES_RUN: list[str] = []


@dg.op
def numbers() -> int:
    """One number."""
    BODIES_RUN.append("op")
    return 1


@dg.op(name="sum", ins={"numbers": dg.In()}, out=dg.Out())
def total(numbers: int) -> int:
    return numbers


@dg.job
def nightly() -> None:
    BODIES_RUN.append("job")
    total(numbers())


@dg.graph
def steps() -> Any:
    BODIES_RUN.append("graph")
    return total(numbers())


@dg.graph_asset(group_name="all")
def made_by_graph() -> Any:
    BODIES_RUN.append("graph asset")
    return steps()


@dg.failure_hook(required_resource_keys={"mail"})
def tell(context: dg.HookContext) -> None: ...


@dg.asset
def orders() -> int:
    return 2


MADE_BY_OP = dg.AssetsDefinition.from_op(numbers)
MADE_BY_HAND = dg.AssetsDefinition(keys_by_output_name={"result": dg.AssetKey("x")}, node_def=numbers)  # type: ignore[call-arg]


def test_beside_them_assets_are_declared_and_run() -> None:
    assert materialize([orders]).output_for_node("orders") == 2
    assert BODIES_RUN == []


def test_they_have_a_name_and_a_description() -> None:
    assert (numbers.name, numbers.__name__, numbers.description) == ("numbers", "numbers", "One number.")
    assert (total.name, nightly.name, MADE_BY_OP.name) == ("sum", "nightly", "numbers")


USES: dict[str, tuple[Callable[[], Any], str, str]] = {
    "an op that is called": (lambda: numbers(), "numbers", "@op"),
    "an attribute": (lambda: total.alias("other"), "total", "@op"),
    "a job that is run": (lambda: nightly.execute_in_process(), "nightly", "@job"),
    "a graph made a job that is run": (lambda: steps.to_job().execute_in_process(), "steps", "@graph"),
    "a graph as a job": (lambda: dg.Definitions(jobs=[steps]), "steps", "@graph"),
    "an asset of a graph that is run": (lambda: materialize([made_by_graph]), "made_by_graph", "@graph_asset"),
    "an asset of an op that is run": (lambda: materialize([orders, MADE_BY_OP]), "MADE_BY_OP", "from_op"),
    "an asset of an op, made by hand": (lambda: materialize([MADE_BY_HAND]), "MADE_BY_HAND", "AssetsDefinition"),
    "a dependency": (lambda: dg.asset(deps=[made_by_graph])(lambda: None), "made_by_graph", "@graph_asset"),
    "a selection": (lambda: dg.define_asset_job("some", [made_by_graph]), "made_by_graph", "@graph_asset"),
    "resources": (lambda: dg.with_resources([made_by_graph], {}), "made_by_graph", "@graph_asset"),
    "assets of Definitions": (lambda: dg.Definitions(assets=[made_by_graph]), "made_by_graph", "@graph_asset"),
    "a job in Definitions": (lambda: dg.Definitions(jobs=[nightly]), "nightly", "@job"),
    "a job in a repository": (lambda: dg.repository(lambda: [nightly]), "nightly", "@job"),
    "an op in a repository": (lambda: dg.repository(lambda: [orders, numbers]), "numbers", "@op"),
    "partitions of a job": (lambda: nightly.run_request_for_partition("a"), "nightly", "@job"),
}


@pytest.mark.parametrize("use", USES)
def test_a_use_says_what_to_write_and_where_it_was_declared(use: str) -> None:
    act, declared, label = USES[use]
    with pytest.raises(DefinitionError) as caught:
        act()
    place = globals()[declared].place
    if use != "a graph made a job that is run":
        assert f"at {place} and used at {__file__}:" in caught.value.message
    assert f"{label}" in caught.value.message
    assert "is not supported" in caught.value.message
    assert place.file == __file__


def test_the_rewrite_is_shown() -> None:
    with pytest.raises(DefinitionError, match=r'nightly = define_asset_job\("nightly", selection='):
        nightly()


def test_a_sensor_of_such_a_job_can_be_tested_but_its_definitions_are_not_valid() -> None:
    @dg.sensor(job=nightly)
    def look() -> dg.RunRequest:
        return dg.RunRequest(run_key="1")

    assert look().run_key == "1"  # type: ignore[union-attr]
    with pytest.raises(DefinitionError, match="nightly, declared with @job"):
        dg.Definitions.validate_loadable(dg.Definitions(sensors=[look]))
    with pytest.raises(DefinitionError, match="nightly, declared with @job"):
        dg.Definitions(sensors=[look]).resolve_job_def("nightly").execute_in_process()


def test_a_schedule_of_the_partitions_of_such_a_job_can_be_tested_too() -> None:
    @dg.daily_partitioned_config(start_date="2026-01-01")
    def by_day(start: Any, end: Any) -> dict[str, Any]:
        return {"ops": {"numbers": {"config": {"day": f"{start:%d}"}}}}

    evening = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 1, 3, tzinfo=UTC))
    for job in (steps.to_job(name="daily", config=by_day), dg.job(config=by_day, name="daily")(lambda: None)):
        (asked,) = dg.build_schedule_from_partitioned_job(job)(evening)  # type: ignore[misc]
        assert asked.partition_key == "2026-01-02"  # type: ignore[union-attr]
        assert asked.run_config == {"ops": {"numbers": {"config": {"day": "02"}}}}  # type: ignore[union-attr]
        assert job.run_request_for_partition("2026-01-01", run_key="x").tags["dagster/partition"] == "2026-01-01"
    days = dg.DailyPartitionsDefinition("2026-01-01")
    assert dg.job(partitions_def=days)(lambda: None).partitions_def is days


def test_assets_of_a_graph_are_not_left_out_of_a_module_in_silence() -> None:
    module = ModuleType("shop")
    module.numbers = numbers  # type: ignore[attr-defined]
    module.orders = orders  # type: ignore[attr-defined]
    assert dg.load_assets_from_modules([module]) == [orders]
    module.made_by_graph = made_by_graph  # type: ignore[attr-defined]
    with pytest.raises(DefinitionError, match="made_by_graph, declared with @graph_asset"):
        dg.load_assets_from_modules([module])


def test_what_only_runs_is_refused_at_once() -> None:
    with pytest.raises(DefinitionError, match=r"DynamicOutput is not supported: .* DynamicPartitionsDefinition"):
        dg.DynamicOutput(1, mapping_key="a")
    with pytest.raises(DefinitionError, match="assetmake has no hooks"):
        dg.define_asset_job("some", hooks={tell})


def test_a_decorator_without_its_function_cannot_be_used_either() -> None:
    with pytest.raises(DefinitionError, match="@op is not supported"):
        dg.op(name="x").name_of_something  # noqa: B018 - reading it is what raises
    with pytest.raises(DefinitionError, match="@op is not supported"):
        dg.op(name="x")(1)


def test_nothing_is_an_instance_of_them_and_tools_may_look_at_them() -> None:
    assert not isinstance(numbers, dg.OpDefinition)  # type: ignore[arg-type]
    assert getattr(numbers, "__wrapped__", None) is None
    assert getattr(numbers, "_pytestfixturefunction", None) is None
    assert "test_refused" in repr(numbers)
    assert numbers.__module__ == sys.modules[__name__].__name__
    assert dg.BindResourcesToJobs([1]) == [1]
