"""Plans with checks and units: checks have verdicts of their own, and count for themselves."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetKey,
    AssetOut,
    DailyPartitionsDefinition,
    MaterializeResult,
    asset,
    asset_check,
    multi_asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.graph.selection import Selection
from assetmake.planning.plan import Plan, decode
from assetmake.reporting.plan_lines import list_plan
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-04")


def make(*, version: str = "1", least: int = 0, own: bool = False) -> list[AssetsDefinition]:
    """number -> double, and checks of number by two functions, or by its own."""

    def result() -> AssetCheckResult:
        return AssetCheckResult(passed=least < 5, check_name="fine")

    if own:

        @asset(code_version=version, check_specs=[AssetCheckSpec("fine", asset="number")])
        def number() -> MaterializeResult:
            return MaterializeResult(value=4, check_results=[result()])
    else:

        @asset(code_version=version)
        def number() -> int:
            return 4

    @asset_check(asset="number")
    def enough(number: int) -> AssetCheckResult:
        return AssetCheckResult(passed=number >= least)

    @asset
    def double(number: int) -> int:
        return number * 2

    return [number, enough, double]


def tell(plan: Plan) -> dict[str, str]:
    """Return what is not fresh, with its verdict and reason."""
    found = {}
    for key, verdicts in plan.list_all():
        for code in verdicts.codes[:1]:
            verdict, reason = decode(code)
            found[str(key)] = f"{verdict.value} {reason.value}"
    return found


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({}, {}),
        ({"least": 1}, {"number:enough": "stale code"}),
        (
            {"version": "2"},
            {"number": "stale code", "number:enough": "waiting upstream", "double": "waiting upstream"},
        ),
    ],
)
def test_checks_are_stale_or_wait_as_assets_do(edit: dict[str, Any], expected: dict[str, str]) -> None:
    sandbox = Sandbox(make())
    sandbox.build()
    sandbox.replace(make(**edit))
    assert tell(sandbox.plan().plan) == expected


def test_a_check_of_the_function_itself_is_made_where_the_asset_is() -> None:
    sandbox = Sandbox(make(own=True))
    sandbox.build()
    sandbox.replace(make(own=True, version="2"))
    assert tell(sandbox.plan("number").plan) == {
        "number": "stale code",
        "number:fine": "waiting upstream",
        "number:enough": "waiting upstream",
    }
    sandbox.replace(make(own=True))
    (sandbox.root / "data/number.json").unlink()
    assert tell(sandbox.plan("number").plan)["number:fine"] == "waiting upstream"


def test_checks_count_neither_as_assets_nor_as_work() -> None:
    plan = Sandbox(make()).plan().plan
    assert list(map(str, plan.verdicts)) == ["number", "double"]
    assert (plan.work, plan.stale, plan.fresh) == (2, 2, 0)
    assert list(map(str, plan.checks)) == ["number:enough"]
    assert list(map(str, plan.busy)) == ["number", "double", "number:enough"]


def test_a_plan_with_nothing_but_a_check_to_make_is_not_idle() -> None:
    sandbox = Sandbox(make())
    sandbox.build()
    assert sandbox.plan().plan.is_clean
    sandbox.replace(make(least=9))
    plan = sandbox.plan().plan
    assert (plan.work, plan.checks_to_make, plan.is_idle) == (0, 1, False)
    assert list(list_plan(sandbox.plan(), seconds=0.1)) == [
        "number:enough  stale  code changed",
        "0 to run: 2 fresh; 1 check to make",
    ]
    sandbox.build()
    plan = sandbox.plan().plan
    assert (plan.is_idle, plan.is_clean) == (True, False), "its failure stands"
    assert plan.answers[AssetKey("number:enough")].failed == frozenset({0})


@pytest.mark.parametrize("selected", ["a", "b", "a b"])
def test_what_one_call_makes_is_needed_and_dirty_together(selected: str) -> None:
    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()}, partitions_def=DAYS)
    def both() -> tuple[int, int]:
        return 1, 2

    sandbox = Sandbox([both])
    sandbox.build()
    (sandbox.root / "data/a/2026-01-01.json").unlink()
    (sandbox.root / "data/b/2026-01-03.json").unlink()

    plan = sandbox.plan(*selected.split()).plan

    first, second = (plan.verdicts[AssetKey(name)] for name in ("a", "b"))
    assert list(first.parts) == list(second.parts)
    assert (first.total, len(first.parts), first.fresh) == (3, 2, 1)
    assert {reason.value for each in (first, second) for reason in each.count_reasons()} == {"output_missing"}


def test_forcing_an_asset_leaves_checks_that_are_made_apart_from_it_to_wait() -> None:
    sandbox = Sandbox(make())
    sandbox.build()
    view = sandbox.project.make_plan(Selection(("number",)), force=True)
    assert tell(view.plan) == {"number": "stale forced", "number:enough": "waiting upstream"}
