"""The plan of some targets is read off the plan of more: it is the one that would be made of them alone."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from assetmake import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetOut,
    DailyPartitionsDefinition,
    Output,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
    asset_check,
    multi_asset,
)
from assetmake.graph.selection import Selection
from assetmake.planning import world
from assetmake.planning.plan import Parts, Plan, Verdicts
from assetmake.planning.portion import Portion
from assetmake.planning.rebuilder import Question, check
from assetmake.planning.shards import Shard, ShardShape
from assetmake.planning.view import View
from assetmake.testing import Sandbox
from thoroughness import times

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-09")
KEYS = StaticPartitionsDefinition(["p", "q", "r"])
Nodes = Mapping[AssetKey, Parts]


@asset
def raw() -> int:
    return 1


@asset(partitions_def=DAYS)
def daily(context: AssetExecutionContext, raw: int) -> int:
    if context.partition_key == "2026-01-03":
        raise ValueError
    return raw


@asset(partitions_def=DAYS, ins={"daily": AssetIn(partition_mapping=TimeWindowPartitionMapping(start_offset=-2))})
def rolling(daily: dict[str, int]) -> int:
    return sum(daily.values())


@multi_asset(outs={"left": AssetOut(), "right": AssetOut()}, partitions_def=KEYS)
def both() -> Iterator[Output[int]]:
    yield Output(1, "left")
    yield Output(2, "right")


@asset
def total(left: dict[str, int], rolling: dict[str, int]) -> int:
    return sum(left.values()) + sum(rolling.values())


@asset_check(asset=daily, partitions_def=DAYS)
def daily_is_good() -> AssetCheckResult:
    return AssetCheckResult(passed=False)


@asset_check(asset=rolling, additional_ins={"right": AssetIn()})
def rolling_is_whole(right: dict[str, int]) -> AssetCheckResult:
    return AssetCheckResult(passed=len(right) > 1)


@asset(check_specs=[AssetCheckSpec("told", asset="telling")], partitions_def=KEYS)
def telling(right: int) -> Iterator[Any]:
    yield Output(right)
    yield AssetCheckResult(passed=True, check_name="told")


CHECKED = [raw, daily, rolling, both, total, daily_is_good, rolling_is_whole]


def describe(plan: Plan) -> dict[str, Any]:
    return {
        "verdicts": {
            str(key): (each.total, list(each.parts), bytes(each.codes)) for key, each in plan.verdicts.items()
        },
        "checks": {str(key): (each.total, list(each.parts), bytes(each.codes)) for key, each in plan.checks.items()},
        "answers": plan.answers,
        "selected": plan.selected,
        "warnings": plan.warnings,
    }


def choose_some(nodes: Nodes, data: st.DataObject) -> dict[AssetKey, Parts]:
    chosen: dict[AssetKey, Parts] = {}
    for key in data.draw(st.sets(st.sampled_from(sorted(nodes)), max_size=4)) if nodes else ():
        some = data.draw(st.sets(st.sampled_from(list(nodes[key])), max_size=4)) if nodes[key] else set()
        chosen[key] = array("q", (part for part in nodes[key] if part in some)) if some else nodes[key]
    return chosen


@pytest.mark.parametrize(
    ("assets", "built", "gone"),
    [
        (CHECKED, "daily@2026-01-02..2026-01-04 left@q", ()),
        ([*CHECKED, telling], "rolling left telling", ("daily/2026-01-05.json", "right/p.json")),
    ],
)
def test_a_plan_of_less_is_the_one_that_would_be_made_of_it(
    tmp_path: Path, assets: list[Any], built: str, gone: tuple[str, ...]
) -> None:
    sandbox = Sandbox(assets, root=tmp_path)
    sandbox.build(built)
    for name in gone:
        next(tmp_path.rglob(name)).unlink()
    with sandbox.project.state.reading() as db:
        seen = sandbox.project.look(db)
        everything = seen.find_targets(Selection())

        @settings(max_examples=times(20), deadline=None, database=None, phases=[Phase.generate])
        @given(st.booleans(), st.data())
        def compare(is_forced: bool, data: st.DataObject) -> None:
            planner = seen.make_planner(forced=is_forced)
            targets = choose_some(everything, data)
            some = choose_some(targets, data)
            assert describe(planner.narrow(planner.make_plan(targets), some)) == describe(planner.make_plan(some))

        compare()


@pytest.mark.parametrize(
    "how",
    [
        {"shape": ShardShape(Shard(1, 2))},
        {"portion": Portion(most=2)},
        {"portion": Portion(most=2, statuses=frozenset({"missing"}))},
    ],
)
def test_a_share_is_decided_with_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any]
) -> None:
    asked: list[AssetKey] = []
    sandbox = Sandbox([raw, daily, rolling], root=tmp_path)

    def noting(view: View, question: Question) -> Verdicts:
        asked.append(question.key)
        return check(view, question)

    monkeypatch.setattr(world, "check", noting)
    with sandbox.project.state.reading() as db:
        sandbox.project.look(db).make_plan(Selection(), **how)
    assert sorted(map(str, asked)) == ["daily", "raw", "rolling"]
