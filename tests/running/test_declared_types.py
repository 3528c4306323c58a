"""Types with a test of the user's own, what runs found from anywhere, versions of partitions that were seen."""

from __future__ import annotations

from collections.abc import Iterator
from types import new_class
from typing import Any

import pytest

import assetmake as dg
from assetmake.errors import DefinitionError, InvariantError, UserCodeError, ValueTypeError


class Plain: ...


@dg.usable_as_dagster_type(name="Named")
class Own: ...


def is_even(_context: dg.TypeCheckContext, value: object) -> bool:
    return isinstance(value, int) and value % 2 == 0


EVEN = dg.DagsterType(is_even, name="Even", description="numbers that two divides", metadata={"rank": 1})


def check_short(_context: Any, value: Any) -> dg.TypeCheck:
    return dg.TypeCheck(len(value) < 3, description=f"it has {len(value)}", metadata={"size": len(value)})


SHORT = dg.DagsterType(check_short, key="Short")


@pytest.mark.parametrize(("kind", "good", "bad"), [(EVEN, 2, 3), (SHORT, "ab", "abc"), (int, 1, "1")])
def test_a_result_is_tested_with_its_type(kind: Any, good: object, bad: object) -> None:
    def make(value: object) -> dg.AssetsDefinition:
        return dg.asset(name="made", dagster_type=kind)(lambda: value)

    assert dg.materialize([make(good)]).success
    with pytest.raises(ValueTypeError, match='step output "result"'):
        dg.materialize([make(bad)])


def test_what_is_read_is_tested_too() -> None:
    @dg.asset
    def number() -> int:
        return 3

    @dg.asset(ins={"number": dg.AssetIn(dagster_type=EVEN)})
    def doubled(number: int) -> int:
        return number * 2

    with pytest.raises(ValueTypeError, match='step input "number" - expected type "Even"'):
        dg.materialize([number, doubled])


def test_a_type_tells_why() -> None:
    said = dg.check_dagster_type(SHORT, "long")
    assert (said.success, said.description, said.metadata) == (False, "it has 4", {"size": 4})
    assert dg.check_dagster_type(EVEN, 4).success
    assert not dg.check_dagster_type(list[int], ["a"]).success
    assert (SHORT.display_name, EVEN.description, EVEN.metadata["rank"].value) == (
        "Short",
        "numbers that two divides",
        1,
    )


def test_a_type_has_a_name_and_a_test_that_answers() -> None:
    with pytest.raises(DefinitionError, match="key or name"):
        dg.DagsterType(is_even)
    with pytest.raises(DefinitionError, match="not a function"):
        dg.DagsterType("even", name="Even")  # type: ignore[arg-type]
    with pytest.raises(InvariantError, match="returned 5"):
        dg.check_dagster_type(dg.DagsterType(lambda _, __: 5, name="five"), 1)  # type: ignore[arg-type,return-value]


def test_a_class_may_be_a_type_of_its_own_name() -> None:
    @dg.asset
    def made() -> Own:
        return 5  # type: ignore[return-value]

    with pytest.raises(ValueTypeError, match='expected type "Named"'):
        dg.materialize([made])
    both = dg.PythonObjectDagsterType((int, str))
    assert both.display_name == "Union[int, str]"
    assert dg.check_dagster_type(both, "a").success
    dg.make_python_type_usable_as_dagster_type(Plain, EVEN)
    with pytest.raises(DefinitionError, match="Plain is tested as Even already"):
        dg.make_python_type_usable_as_dagster_type(Plain, SHORT)


def test_what_runs_is_found_by_code_that_it_calls() -> None:
    def look() -> str:
        return dg.AssetExecutionContext.get().asset_key.to_user_string()

    @dg.asset
    def plain() -> str:
        return look()

    @dg.asset(output_required=False)
    def yielding() -> Iterator[dg.Output[str]]:
        yield dg.Output(look())

    result = dg.materialize([plain, yielding])
    assert (result.output_for_node("plain"), result.output_for_node("yielding")) == ("plain", "yielding")
    with pytest.raises(InvariantError, match="No current AssetExecutionContext"):
        dg.AssetExecutionContext.get()


def test_partitions_are_seen_one_by_one() -> None:
    @dg.observable_source_asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b", "c"]))
    def shop() -> dg.DataVersionsByPartition:
        return dg.DataVersionsByPartition({"a": "1", "b": dg.DataVersion("2")})

    instance = dg.DagsterInstance.ephemeral()
    job = dg.define_asset_job("look", selection=[shop])
    dg.Definitions(assets=[shop], jobs=[job]).resolve_job_def("look").execute_in_process(instance=instance)
    seen = instance.fetch_observations(dg.AssetKey("shop"), limit=10).records
    told = {each.partition_key: each.event_log_entry.asset_observation.data_version for each in seen}
    assert told == {"a": "1", "b": "2"}


def test_results_may_be_made_with_their_type() -> None:
    assert dg.Output[int](5).value == 5
    assert dg.MaterializeResult[int](value=5).value == 5


def test_what_goes_wrong_in_a_resource_is_the_users() -> None:
    @dg.resource
    def broken() -> None:
        raise ValueError

    @dg.asset(required_resource_keys={"db"})
    def reads(context: dg.AssetExecutionContext) -> None: ...

    with pytest.raises(dg.DagsterUserCodeExecutionError):
        dg.materialize([reads], resources={"db": broken})
    assert dg.DagsterUserCodeExecutionError is UserCodeError


@pytest.mark.parametrize(
    ("use", "instead"),
    [
        (lambda: new_class("Own", (dg.Component, dg.Model)), "a function that declares them"),
        (lambda: dg.AutoMaterializeRule.materialize_on_missing(), "AutomationCondition"),
        (lambda: dg.reconstructable(print), "job.execute_in_process"),
        (lambda: dg.execute_job(None), "job.execute_in_process"),
        (lambda: dg.evaluate_automation_conditions(None), "assetmake tick --dry-run --explain"),
        (lambda: dg.ExpectationResult(success=True), "@asset_check"),
        (lambda: dg.build_hook_context(), "run_failure_sensor"),
        (lambda: dg.config_mapping(print), "Config class"),
        (lambda: dg.configured(dg.op(print))({"limit": 1}), "no ops, graphs"),
    ],
)
def test_other_names_of_that_model_say_what_to_use(use: Any, instead: str) -> None:
    with pytest.raises(DefinitionError, match=instead):
        use()
