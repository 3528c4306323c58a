"""Functions that make several assets: outputs, optional ones, some of them, several calls."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake import (
    AssetExecutionContext,
    AssetKey,
    AssetOut,
    AssetSpec,
    MaterializeResult,
    Output,
    asset,
    materialize,
    materialize_to_memory,
    multi_asset,
)
from assetmake.errors import DefinitionError, InvariantError, MissingOutputError


def test_several_assets_of_one_function_are_kept_one_by_one() -> None:
    @multi_asset(outs={"left": AssetOut(), "right": AssetOut(key_prefix="far")})
    def both() -> tuple[int, int]:
        return 1, 2

    result = materialize_to_memory([both])
    assert (result.asset_value("left"), result.asset_value(AssetKey(["far", "right"]))) == (1, 2)
    assert result.output_for_node("both", "right") == 2


def test_an_output_that_is_declared_has_to_come() -> None:
    @multi_asset(outs={"left": AssetOut(), "right": AssetOut()})
    def both() -> Any:
        yield Output(1, "left")

    with pytest.raises(MissingOutputError, match='did not return an output for non-optional output "right"'):
        materialize_to_memory([both])


def test_what_needs_an_optional_output_that_did_not_come_is_skipped() -> None:
    @multi_asset(outs={"left": AssetOut(is_required=False), "right": AssetOut(is_required=False)})
    def both() -> Any:
        yield Output(1, "left")

    @asset
    def after_left(left: int) -> int:
        return left

    @asset
    def after_right(right: int) -> int:
        return right

    result = materialize_to_memory([both, after_left, after_right])
    assert result.success
    assert result.is_node_success("after_left")
    assert result.is_node_skipped("after_right")


def test_a_function_that_others_stand_between_is_called_twice() -> None:
    asked: list[list[str]] = []

    @multi_asset(
        specs=[AssetSpec("a", skippable=True), AssetSpec("c", deps=["b"], skippable=True)],
        can_subset=True,
    )
    def a_and_c(context: AssetExecutionContext) -> Any:
        asked.append(sorted(str(key) for key in context.selected_asset_keys))
        for key in sorted(context.selected_asset_keys):
            yield MaterializeResult(asset_key=key)

    @asset(deps=["a"])
    def b() -> None: ...

    result = materialize([a_and_c, b])
    assert asked == [["a"], ["c"]]
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [
        AssetKey("a"),
        AssetKey("b"),
        AssetKey("c"),
    ]
    assert result.is_node_success("a_and_c_2")


def test_an_output_that_is_not_selected_is_refused() -> None:
    @multi_asset(outs={"left": AssetOut(), "right": AssetOut()}, can_subset=True)
    def both() -> tuple[int, int]:
        return 1, 2

    with pytest.raises(InvariantError, match='op "both" returned an output "right" that is not selected'):
        materialize([both], selection="left")


def test_several_assets_have_no_single_key() -> None:
    @multi_asset(outs={"left": AssetOut(), "right": AssetOut()})
    def both(context: AssetExecutionContext) -> tuple[str, str]:
        with pytest.raises(InvariantError, match=r"Cannot call `context.asset_key` in a multi_asset"):
            _ = context.asset_key
        return str(context.asset_key_for_output("left")), context.output_for_asset_key(AssetKey("right"))

    result = materialize_to_memory([both])
    assert [result.asset_value(name) for name in ("left", "right")] == ["left", "right"]


def test_a_function_that_makes_all_or_nothing_is_not_asked_for_some() -> None:
    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")])
    def both() -> None: ...

    with pytest.raises(DefinitionError, match="all at once"):
        materialize([both], selection="a")
