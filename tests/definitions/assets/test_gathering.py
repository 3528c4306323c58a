"""Definitions, loaders, source assets, executors and refused names: what a module offers, gathered."""

from __future__ import annotations

import types
from typing import Any

import pytest

from assetmake import (
    AssetKey,
    AssetSelection,
    AssetSpec,
    DailyPartitionsDefinition,
    DataVersion,
    Definitions,
    JobDefinition,
    ObserveResult,
    SourceAsset,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
    asset_check,
    define_asset_job,
    executor,
    in_process_executor,
    load_asset_checks_from_modules,
    load_assets_from_modules,
    logger,
    materialize,
    multi_observable_source_asset,
    multiprocess_executor,
    observable_source_asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.slots import AssetIn
from assetmake.definitions.refused import GraphDefinition
from assetmake.errors import DefinitionError, InvariantError


@asset
def orders() -> int:
    return 1


@asset(group_name="sales")
def totals(orders: int) -> int:
    return orders + 1


@asset_check(asset=orders)
def some(orders: int) -> bool:
    return orders > 0


def make_module(**named: Any) -> types.ModuleType:
    module = types.ModuleType("made")
    vars(module).update(named)
    return module


def test_definitions_are_merged_in_order() -> None:
    same = object()
    first = Definitions(assets=[orders], resources={"db": same}, metadata={"x": 1})
    second = Definitions(assets=[totals], resources={"db": same}, executor=in_process_executor)

    merged = Definitions.merge(first, second)

    assert merged.assets == (orders, totals)
    assert merged.resources == {"db": same}
    assert merged.executor is in_process_executor
    assert merged == Definitions.merge_unbound_defs(first, second)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resources": {"db": [2]}}, "objects 0 and 1 have different resources with same key 'db'"),
        ({"loggers": {"log": logger(print)}}, "objects 0 and 1 have different loggers with same key 'log'"),
        ({"executor": multiprocess_executor}, "objects 0 and 1 both have an executor"),
    ],
)
def test_definitions_that_contradict_each_other_are_not_merged(options: dict[str, Any], message: str) -> None:
    first = Definitions(resources={"db": [1]}, loggers={"log": logger(len)}, executor=in_process_executor)
    with pytest.raises(InvariantError, match=message):
        Definitions.merge(first, Definitions(**options))


def test_specs_of_selected_assets_are_changed() -> None:
    defs = Definitions(assets=[orders, totals])

    changed = defs.map_asset_specs(
        func=lambda spec: spec.replace_attributes(owners=["team:x"]), selection=AssetSelection.groups("sales")
    )

    assert {spec.key: spec.owners for spec in changed.resolve_all_asset_specs()} == {
        orders.key: [],
        totals.key: ["team:x"],
    }


def test_what_is_put_together_tells_how_it_hangs_together() -> None:
    defs = Definitions(assets=[orders, totals, AssetSpec("seen", deps=[totals])], jobs=[define_asset_job("all")])

    graph = defs.resolve_asset_graph()

    assert graph.get(totals.key).parent_keys == {orders.key}
    assert graph.get(totals.key).child_keys == {AssetKey("seen")}
    assert graph.get(AssetKey("seen")).is_external
    assert graph.asset_dep_graph["downstream"][orders.key] == {totals.key}
    assert isinstance(defs.resolve_job_def("all"), JobDefinition)
    assert defs.has_implicit_global_asset_job_def()


def test_partitions_that_cannot_be_mapped_are_told_of() -> None:
    daily = asset(name="daily", partitions_def=DailyPartitionsDefinition("2026-01-01"))(lambda: None)
    listed = asset(name="listed", partitions_def=StaticPartitionsDefinition(["x"]), deps=[daily])(lambda: None)
    shifted = asset(
        name="shifted", ins={"daily": AssetIn(partition_mapping=TimeWindowPartitionMapping(start_offset=-1))}
    )(lambda daily: None)

    for wrong in (listed, shifted):
        with pytest.raises(DefinitionError, match=f"Invalid partition mapping from {wrong.key} to daily"):
            Definitions.validate_loadable(Definitions(assets=[daily, wrong]))
    Definitions.validate_loadable(Definitions(assets=[daily]))


def test_what_a_module_names_is_loaded_once_with_its_group_and_prefix() -> None:
    module = make_module(a=orders, again=orders, several=[totals], check=some, source=SourceAsset("outside"))

    loaded = load_assets_from_modules([module], key_prefix="eu", source_key_prefix="us")

    assert [each.key.to_user_string() for each in loaded] == ["eu/orders", "eu/totals", "us/outside"]
    assert loaded[1].dependency_keys == {AssetKey(["eu", "orders"])}
    (check,) = load_asset_checks_from_modules([module], asset_key_prefix="eu")
    assert check.check_key.to_user_string() == "eu/orders:some"
    with pytest.raises(DefinitionError, match="sales already exists"):
        load_assets_from_modules([module], group_name="other")
    with pytest.raises(DefinitionError, match="orders is defined multiple times"):
        load_assets_from_modules([module, make_module(b=asset(name="orders")(lambda: 2))])


def test_a_source_asset_keeps_what_is_said_of_it_under_another_key() -> None:
    source = SourceAsset("outside", metadata={"rows": 1, "what": object()}, tags={"layer": "raw"})

    moved = source.with_attributes(group_name="x", key="other")

    assert (moved.key, moved.group_name, moved.tags) == (AssetKey("other"), "x", {"layer": "raw"})
    assert moved.place == source.place
    assert moved.metadata["what"].value == "[object] (unserializable)"
    with pytest.raises(DefinitionError, match="already been provided"):
        moved.with_attributes(group_name="y")


def test_functions_look_at_what_others_make() -> None:
    @observable_source_asset
    def one() -> DataVersion:
        return DataVersion("1")

    @multi_observable_source_asset(specs=[AssetSpec("two"), AssetSpec("three")])
    def both() -> Any:
        yield ObserveResult(asset_key="two", metadata={"rows": 2})
        yield ObserveResult(asset_key="three")

    result = materialize([one, both])

    assert result.success
    assert both.is_observable
    assert not both.is_materializable
    with pytest.raises(DefinitionError, match="reads no assets"):
        observable_source_asset(lambda orders: None)


def test_executors_and_loggers_are_values() -> None:
    @executor(config_schema={"n": int})
    def own(_context: object) -> str:
        return "made"

    job = Definitions(assets=[orders], executor=own, loggers={"log": logger(print)}).resolve_job_def("__ASSET_JOB")

    assert job.executor_def is own
    assert own.name == "own"
    assert own.executor_creation_fn is not None
    assert own.configured({"n": 1}).config == {"n": 1}
    assert multiprocess_executor != in_process_executor


def test_a_name_that_there_is_not_says_what_to_use_where_it_is_used() -> None:
    with pytest.raises(DefinitionError, match=r"GraphDefinition\.to_job is not supported"):
        GraphDefinition.to_job  # noqa: B018 - reading it is what raises
    assert not isinstance(orders, GraphDefinition)  # type: ignore[arg-type]
    assert isinstance(orders, AssetsDefinition)


def test_a_key_is_no_list_and_is_read_back_from_an_escaped_text() -> None:
    key = AssetKey(["a/b", "c\\"])

    assert key.path == ["a/b", "c\\"]
    assert AssetKey.from_escaped_user_string(key.to_escaped_user_string()) == key
    assert repr(AssetKey("x")) == "AssetKey(['x'])"
    with pytest.raises(DefinitionError, match="Iteration is not allowed"):
        list(key)
    with pytest.raises(DefinitionError, match="Index access is not allowed"):
        key[0]
