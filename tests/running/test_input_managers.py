"""What an asset reads, loaded by a function in place of the IO manager that kept it."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake import (
    AssetIn,
    DagsterInstance,
    Definitions,
    InputContext,
    InputManager,
    IOManager,
    OutputContext,
    asset,
    input_manager,
    io_manager,
    materialize,
)


@asset
def orders() -> list[int]:
    return [1, 2, 3]


@asset(ins={"orders": AssetIn(input_manager_key="own")})
def total(orders: Any) -> Any:
    return orders


class Fixed(InputManager):
    def load_input(self, context: InputContext) -> str:
        return f"by an object: {context.asset_key.to_user_string()}"


@input_manager
def bare(context: InputContext) -> str:
    """Loads by name."""
    return f"by a function: {context.asset_key.to_user_string()}"


@input_manager(description="without a context")
def without_context() -> str:
    return "without a context"


@input_manager
def giving_a_manager(_: InputContext) -> InputManager:
    return Fixed()


@input_manager(required_resource_keys={"unit"}, config_schema={"factor": int})
def with_resources(context: InputContext) -> str:
    return f"{context.resource_config['factor']} {context.resources.unit}"


@pytest.mark.parametrize(
    ("manager", "loaded"),
    [
        (bare, "by a function: orders"),
        (without_context, "without a context"),
        (giving_a_manager, "by an object: orders"),
        (with_resources.configured({"factor": 3}), "3 kg"),
    ],
)
def test_a_function_loads_what_is_read(manager: Any, loaded: str) -> None:
    result = materialize([orders, total], resources={"own": manager, "unit": "kg"})
    assert result.output_for_node("total") == loaded


def test_it_has_a_description() -> None:
    assert bare.description == "Loads by name."
    assert without_context.description == "without a context"


class Telling(IOManager):
    def __init__(self) -> None:
        self.told: list[Any] = []
        self.kept: Any = None

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        self.kept = obj
        self.told.append((context.resource_config["folder"], context.resources.unit))

    def load_input(self, context: InputContext) -> Any:
        self.told.append((context.resource_config["folder"], context.resources.unit))
        return self.kept


def test_an_io_manager_is_told_of_its_config_and_of_the_resources_that_it_needs() -> None:
    telling = Telling()
    keeper = io_manager(config_schema={"folder": str}, required_resource_keys={"unit"})(lambda _: telling)

    @asset
    def doubled(orders: list[int]) -> list[int]:
        return orders * 2

    resources = {"io_manager": keeper.configured({"folder": "here"}), "unit": "kg", "other": "unseen"}
    instance = DagsterInstance.ephemeral()
    materialize([orders, doubled], resources=resources, instance=instance)
    assert telling.told == [("here", "kg")] * 3
    Definitions(assets=[orders, doubled], resources=resources).load_asset_value("doubled", instance=instance)
    assert telling.told == [("here", "kg")] * 4


def test_it_sees_no_other_resource() -> None:
    class Looking(Telling):
        def handle_output(self, context: OutputContext, obj: Any) -> None:
            assert context.resources.unit == "kg"

    keeper = io_manager(required_resource_keys={"other"})(lambda _: Looking())
    with pytest.raises(AttributeError, match="unit"):
        materialize([orders], resources={"io_manager": keeper, "unit": "kg", "other": 1})
