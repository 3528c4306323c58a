"""External assets: given what others make, when build, then what runs, what is loaded and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake import (
    AssetSpec,
    DailyPartitionsDefinition,
    Definitions,
    IOManager,
    SourceAsset,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    multi_asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.errors import DefinitionError, SelectionError
from assetmake.testing import Sandbox

LETTERS = StaticPartitionsDefinition(["a", "b"])


class Warehouse(IOManager):
    """Says what it was asked for."""

    def handle_output(self, context: Any, obj: Any) -> None:
        raise AssertionError("nobody writes here")

    def load_input(self, context: Any) -> Any:
        if context.has_asset_partitions:
            return "+".join([context.asset_key.to_user_string(), *context.asset_partition_keys])
        return context.asset_key.to_user_string() + str(dict(context.upstream_output.definition_metadata or {}))


def in_warehouse(*assets: Any) -> Sandbox:
    return Sandbox([Definitions(assets=assets, resources={"warehouse": Warehouse()})])


@asset(deps=["orders"])
def report() -> int:
    return 1


def test_what_depends_on_an_external_asset_is_built_and_stays_fresh() -> None:
    sandbox = Sandbox([AssetSpec("orders"), report])

    assert sandbox.build().ran == ["report"]
    assert sandbox.build().ran == []


@pytest.mark.parametrize(
    "declared", [AssetSpec("orders"), SourceAsset("orders"), AssetsDefinition((AssetSpec("orders"), AssetSpec("b")))]
)
def test_however_it_is_declared(declared: Any) -> None:
    assert Sandbox([declared, report]).build().success


def test_an_upstream_that_nothing_declares_is_refused_and_told_how_to_declare() -> None:
    with pytest.raises(DefinitionError, match=r'did you mean order\?; if others make it, .* AssetSpec\("orders"\)'):
        Sandbox([AssetSpec("order"), report]).build()


@asset
def served(warehouse: str) -> str:
    return warehouse


@asset
def configured(config) -> str:  # type: ignore[no-untyped-def]
    return str(config)


@pytest.mark.parametrize(
    ("declared", "hint"),
    [
        (served, "if it is a resource, annotate it with its class"),
        (configured, "if it is config, annotate it with a class of Config"),
    ],
)
def test_a_parameter_that_may_be_meant_otherwise_is_told_to_be_annotated(declared: Any, hint: str) -> None:
    with pytest.raises(DefinitionError, match=hint):
        Sandbox([declared]).build()


def test_a_check_of_an_asset_that_nothing_declares_is_told_whose_it_is_to_be() -> None:
    @asset_check(asset="reports")
    def there() -> bool:
        return True

    with pytest.raises(DefinitionError, match=r"check reports:there is of reports, and .*; did you mean report\?"):
        Sandbox([AssetSpec("orders"), report, there]).build()


def test_a_parameter_is_loaded_by_the_io_manager_that_it_names() -> None:
    @asset
    def loaded(orders: str) -> str:
        return orders

    sandbox = in_warehouse(AssetSpec("orders", io_manager_key="warehouse", metadata={"table": "o"}), loaded)

    assert sandbox.build().asset_value("loaded") == "orders{'table': 'o'}"
    assert sandbox.build().ran == []


def test_the_io_manager_that_a_source_asset_brings_along_loads_it() -> None:
    @asset
    def loaded(orders: str) -> str:
        return orders

    sandbox = Sandbox([SourceAsset("orders", io_manager_def=Warehouse()), loaded])

    assert sandbox.build().asset_value("loaded") == "orders{}"


def test_partitions_are_loaded_by_their_keys() -> None:
    @asset(partitions_def=LETTERS)
    def each(orders: str) -> str:
        return orders

    @asset
    def all_of_them(orders: Any) -> Any:
        return orders

    sandbox = in_warehouse(SourceAsset("orders", io_manager_key="warehouse", partitions_def=LETTERS), each, all_of_them)
    done = sandbox.build()

    assert done.asset_value("each", partition_key="b") == "orders+b"
    assert done.asset_value("all_of_them") == "orders+a+b"
    assert sandbox.build().ran == []


def test_all_keys_of_a_partitioned_one_stand() -> None:
    days = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-04")

    @asset(partitions_def=days, deps=["orders"])
    def daily() -> int:
        return 1

    sandbox = Sandbox([AssetSpec("orders", partitions_def=days), daily])

    assert len(sandbox.build().ran) == 3
    assert sandbox.build().ran == []


def test_a_built_in_io_manager_cannot_load_it() -> None:
    @asset
    def loaded(orders: str) -> str:
        return orders

    with pytest.raises(
        DefinitionError, match=r"nobody makes it here .* io_manager_key that can load it, or use a FileS"
    ):
        Sandbox([AssetSpec("orders"), loaded]).build()


def test_an_io_manager_that_nothing_gives_is_named() -> None:
    @asset
    def loaded(orders: str) -> str:
        return orders

    with pytest.raises(DefinitionError, match="no resource is its io_manager_key 'lake'"):
        in_warehouse(AssetSpec("orders", io_manager_key="lake"), loaded).build()


def test_an_asset_that_is_made_here_wins_over_what_is_told_of_it() -> None:
    @asset
    def orders() -> int:
        return 1

    sandbox = Sandbox([AssetSpec("orders"), SourceAsset("orders"), orders, report])

    assert sandbox.build().ran == ["orders", "report"]


def test_two_declarations_of_one_key_must_not_differ() -> None:
    assert Sandbox([AssetSpec("orders"), AssetSpec("orders", description="x"), report]).build().success
    with pytest.raises(DefinitionError, match="source orders is declared in two ways"):
        Sandbox([AssetSpec("orders"), AssetSpec("orders", partitions_def=LETTERS), report]).build()


def test_specs_that_assets_were_made_of_are_none() -> None:
    specs = [AssetSpec("orders")]

    @multi_asset(specs=specs)
    def make() -> None: ...

    assert Sandbox([*specs, make, report]).build().ran == ["orders", "report"]


def test_a_selection_names_it_upstream_only() -> None:
    sandbox = Sandbox([AssetSpec("orders"), report])

    assert sandbox.build("orders+").ran == ["report"]
    with pytest.raises(SelectionError, match="orders is a source: others make it, so it cannot be built"):
        sandbox.build("orders")
