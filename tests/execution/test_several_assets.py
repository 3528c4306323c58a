"""Several assets of one function: given files and edits, when build, then what ran, what stands, what is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from assetmake import (
    AssetDep,
    AssetExecutionContext,
    AssetKey,
    AssetOut,
    AssetSpec,
    BackfillPolicy,
    DailyPartitionsDefinition,
    FileSource,
    MaterializeResult,
    MultiPartitionsDefinition,
    Output,
    RetryPolicy,
    StaticPartitionsDefinition,
    asset,
    multi_asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import AssetFinished, NodeRetried, RunFinished
from assetmake.testing import BuildResult, Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-04")
KEYS = ("2026-01-01", "2026-01-02", "2026-01-03")


def finished(result: BuildResult) -> RunFinished:
    (found,) = (event for event in result.events if isinstance(event, RunFinished))
    return found


def plus_one(number: int) -> int:
    return number + 1


def plus_two(number: int) -> int:
    return number + 2


def make_pair(*, left: int = 1, right: int = 2, version: str = "1", **options: Any) -> AssetsDefinition:
    @multi_asset(outs={"left": AssetOut(), "right": AssetOut()}, code_version=version, **options)
    def pair() -> tuple[int, int]:
        return left, right

    return pair


@asset
def of_left(left: int) -> int:
    return left * 10


@asset
def of_right(right: int) -> int:
    return right * 10


def make_readers(**pair: Any) -> list[AssetsDefinition]:
    return [make_pair(**pair), of_left, of_right]


# ---------------------------------------------------------------- the table of edits


def test_one_call_makes_all_of_them_and_each_is_loaded_for_itself() -> None:
    sandbox = Sandbox(make_readers())

    first = sandbox.build()

    assert first.ran == ["left", "right", "of_left", "of_right"]
    assert (first.asset_value("of_left"), first.asset_value("of_right")) == (10, 20)
    assert finished(first).built == 4
    again = sandbox.build()
    assert (again.ran, finished(again).fresh) == ([], 4)


@pytest.mark.parametrize(
    ("edit", "ran"),
    [
        ({}, []),
        ({"version": "2"}, ["left", "right"]),
        ({"version": "2", "left": 7}, ["left", "right", "of_left"]),
        ({"version": "2", "right": 7}, ["left", "right", "of_right"]),
        ({"version": "2", "left": 7, "right": 7}, ["left", "right", "of_left", "of_right"]),
        ({"description": "another"}, []),
        ({"group_name": "others"}, []),
    ],
)
def test_a_change_of_the_function_runs_all_of_it_and_what_reads_an_output_that_changed(
    edit: dict[str, Any], ran: list[str]
) -> None:
    sandbox = Sandbox(make_readers())
    sandbox.build()

    sandbox.replace(make_readers(**edit))

    assert sandbox.build().ran == ran
    assert sandbox.build().ran == []


def test_a_helper_that_the_function_calls_counts_for_all_of_them() -> None:
    def make(helper: Any) -> list[AssetsDefinition]:
        @multi_asset(outs={"left": AssetOut(), "right": AssetOut()})
        def pair() -> tuple[int, int]:
            return helper(1), 0

        return [pair, of_left, of_right]

    sandbox = Sandbox(make(plus_one))
    sandbox.build()

    sandbox.replace(make(plus_two))
    done = sandbox.build()

    assert done.ran == ["left", "right", "of_left"]
    assert done.asset_value("of_left") == 30


@pytest.mark.parametrize("lost", ["left", "right"])
def test_where_one_output_is_gone_all_that_the_call_makes_is_made_again_and_told_why(lost: str) -> None:
    sandbox = Sandbox(make_readers())
    sandbox.build()
    (sandbox.root / f"data/{lost}.json").unlink()

    done = sandbox.build()

    assert done.ran == ["left", "right"]
    assert done.reasons == {"left": "output_missing", "right": "output_missing"}
    assert (finished(done).unchanged, finished(done).fresh) == (2, 2)
    assert sandbox.build().ran == []


def test_where_a_function_can_make_some_only_that_is_made_which_is_gone() -> None:
    sandbox = Sandbox([make_subset(), of_left, of_right])
    sandbox.build()
    (sandbox.root / "data/right.json").write_text("99")

    done = sandbox.build()

    assert done.ran == ["right"]
    assert done.asset_value("right") == 2
    assert sandbox.build().ran == []


def make_subset(*, left: int = 1, right: int = 2, version: str = "1") -> AssetsDefinition:
    @multi_asset(
        outs={"left": AssetOut(is_required=False), "right": AssetOut(is_required=False)},
        can_subset=True,
        code_version=version,
    )
    def pair(context: AssetExecutionContext) -> Iterator[Output[int]]:
        if "left" in context.op_execution_context.selected_output_names:
            yield Output(left, output_name="left")
        if "right" in context.op_execution_context.selected_output_names:
            yield Output(right, output_name="right")

    return pair


def test_a_source_that_one_output_is_declared_to_read_counts_for_that_one() -> None:
    def make(can_subset: bool) -> list[Any]:
        @multi_asset(
            specs=[
                AssetSpec("left", deps=["text"], skippable=can_subset),
                AssetSpec("right", deps=["other"], skippable=can_subset),
            ],
            can_subset=can_subset,
        )
        def pair(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
            for key in sorted(context.selected_asset_keys):
                yield MaterializeResult(asset_key=key)

        return [pair, FileSource("text", path="text.txt"), FileSource("other", path="other.txt")]

    for can_subset, ran in ((True, ["left"]), (False, ["left", "right"])):
        sandbox = Sandbox([])
        for name in ("text", "other"):
            (sandbox.root / f"{name}.txt").write_text("1")
        sandbox.replace(make(can_subset))
        assert sandbox.build().ran == ["left", "right"]
        (sandbox.root / "text.txt").write_text("2")
        assert sandbox.build().ran == ran
        assert sandbox.build().ran == []


# ---------------------------------------------------------------- selection, force, only


@pytest.mark.parametrize(
    ("selection", "options", "ran"),
    [
        (("left",), {}, ["left", "right"]),
        (("of_left",), {}, ["left", "right", "of_left"]),
        (("right",), {"only": True}, ["left", "right"]),
    ],
)
def test_who_asks_for_one_of_them_gets_all_of_one_call(
    selection: tuple[str, ...], options: dict[str, bool], ran: list[str]
) -> None:
    sandbox = Sandbox(make_readers())
    assert sandbox.build(*selection, **options).ran == ran


def test_forcing_one_runs_all_of_the_call_and_nothing_else_where_it_comes_out_the_same() -> None:
    sandbox = Sandbox(make_readers())
    sandbox.build()

    assert sandbox.build("left", force=True).ran == ["left", "right"]
    assert sandbox.build().ran == []


def test_forcing_one_of_a_function_that_can_make_some_runs_that_one() -> None:
    sandbox = Sandbox([make_subset(), of_left])
    sandbox.build()
    assert sandbox.build("left", force=True).ran == ["left"]


def test_a_plan_shows_all_that_a_call_makes() -> None:
    sandbox = Sandbox(make_readers())
    view = sandbox.plan("right")
    assert [str(key) for key, _ in view.plan] == ["left", "right"]
    sandbox.build()
    (sandbox.root / "data/left.json").unlink()
    assert {str(key): len(each.parts) for key, each in sandbox.plan().plan if each.parts} == {
        "left": 1,
        "right": 1,
        "of_left": 1,
        "of_right": 1,
    }


# ---------------------------------------------------------------- assets that depend on one another


def make_chain(*, first: int = 1, second: int = 2, version: str = "1", can_subset: bool = False) -> AssetsDefinition:
    @multi_asset(
        outs={
            "first": AssetOut.from_spec(AssetSpec("first", deps=["text"]), is_required=not can_subset),
            "second": AssetOut.from_spec(AssetSpec("second", deps=["first"]), is_required=not can_subset),
        },
        deps=["text"],
        internal_asset_deps={"first": {AssetKey("text")}, "second": {AssetKey("first")}},
        code_version=version,
        can_subset=can_subset,
    )
    def chain(context: AssetExecutionContext) -> Iterator[Output[int]]:
        for name in ("first", "second"):
            if name in context.op_execution_context.selected_output_names:
                yield Output(first if name == "first" else second, output_name=name)

    return chain


TEXT = FileSource("text", path="text.txt")


def open_chain(root: Path, **options: Any) -> Sandbox:
    (root / "text.txt").write_text("1")
    return Sandbox([TEXT, make_chain(**options)], root=root)


@pytest.mark.parametrize("can_subset", [True, False])
def test_what_depends_on_another_of_the_same_call_is_recorded_with_what_that_made(
    tmp_path: Path, *, can_subset: bool
) -> None:
    sandbox = open_chain(tmp_path, can_subset=can_subset)

    assert set(sandbox.build().ran) == {"first", "second"}
    assert sandbox.build().ran == []

    sandbox.replace([TEXT, make_chain(first=5, version="2", can_subset=can_subset)])
    assert set(sandbox.build().ran) == {"first", "second"}
    assert sandbox.build().ran == [], "the second was recorded as made of the new first"


def test_what_the_second_of_a_chain_is_made_of_counts_alone_where_some_can_be_made(tmp_path: Path) -> None:
    sandbox = open_chain(tmp_path, can_subset=True)
    sandbox.build()
    (tmp_path / "data/first.json").unlink()

    done = sandbox.build("first")

    assert done.ran == ["first"]
    assert sandbox.build().ran == [], "it came out the same"
