"""Chains: of an asset that reads its own earlier partitions, each is made after those that it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from workshop import Workshop

from assetmake import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetDep,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetOut,
    AssetSpec,
    BackfillPolicy,
    DailyPartitionsDefinition,
    DimensionPartitionMapping,
    IdentityPartitionMapping,
    MaterializeResult,
    MultiPartitionMapping,
    MultiPartitionsDefinition,
    Output,
    RetryPolicy,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
    asset_check,
    multi_asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.errors import UsageError
from assetmake.events import NodesSkipped, Warned
from assetmake.execution.asked import BuildOptions
from assetmake.execution.chain import Chain
from assetmake.graph.key_rules import KeyOptions
from assetmake.graph.selection import Selection
from assetmake.planning.plan import Verdict
from assetmake.planning.portion import Portion
from assetmake.planning.shards import Shard, ShardShape
from assetmake.testing import BuildResult, Sandbox

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-06")
KEYS = DAYS.get_partition_keys()
BEFORE = TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)


def make_chain(
    *bad: str,
    version: str = "1",
    doubled: Sequence[str] = (),
    retry_policy: RetryPolicy | None = None,
) -> AssetsDefinition:
    """Return running counts of days; some days fail, some count for two."""

    @asset(
        partitions_def=DAYS,
        ins={"counted": AssetIn(partition_mapping=BEFORE)},
        code_version=version,
        retry_policy=retry_policy,
    )
    def counted(context: AssetExecutionContext, counted: int | None) -> int:
        if context.partition_key in bad and not context.retry_number:
            raise RuntimeError("it was to fail")
        return (counted or 0) + (2 if context.partition_key in doubled else 1)

    return counted


@asset(partitions_def=DAYS)
def shown(counted: int) -> int:
    return counted


def on(day: str) -> KeyOptions:
    return KeyOptions(partition=day)


def read_all(sandbox: Sandbox) -> list[int]:
    return [sandbox.value("counted", partition_key=key) for key in KEYS]


def lose(sandbox: Sandbox, day: str) -> None:
    ((_, path),) = sandbox.project.find_outputs(AssetKey(["counted"]), [day])
    path.unlink()


def skipped(result: BuildResult) -> list[tuple[str, int, str]]:
    return [(each.asset, each.count, each.because) for each in result.events if isinstance(each, NodesSkipped)]


def test_each_day_reads_the_one_before_and_the_first_reads_none() -> None:
    sandbox = Sandbox([make_chain()])

    done = sandbox.build()

    assert done.ran == [f"counted@{key}" for key in KEYS]
    assert read_all(sandbox) == [1, 2, 3, 4, 5]
    assert sandbox.build().ran == []


def test_a_day_needs_all_days_before_it_and_none_after() -> None:
    sandbox = Sandbox([make_chain()])

    assert sandbox.build("counted", keys=on("2026-01-03")).ran == [f"counted@{key}" for key in KEYS[:3]]
    assert sandbox.build("counted", keys=on("2026-01-04")).ran == ["counted@2026-01-04"]


def test_where_a_day_fails_all_behind_it_are_skipped_and_made_when_it_is_repaired() -> None:
    sandbox = Sandbox([make_chain("2026-01-03"), shown])

    failed = sandbox.build()

    assert not failed.success
    assert sorted(failed.ran) == [
        *(f"counted@{key}" for key in KEYS[:3]),
        *(f"shown@{key}" for key in KEYS[:2]),
    ]
    assert [each[:2] for each in skipped(failed)] == [("counted", 2), ("shown", 3)]
    sandbox.replace([make_chain(), shown])
    assert sandbox.build("counted").ran == [f"counted@{key}" for key in KEYS[2:]]
    assert read_all(sandbox) == [1, 2, 3, 4, 5]


def test_what_is_behind_a_day_names_what_really_failed() -> None:
    @asset(partitions_def=DAYS)
    def given(context: AssetExecutionContext) -> int:
        if context.partition_key in {"2026-01-02", "2026-01-04"}:
            raise RuntimeError("it was to fail")
        return 1

    @asset(partitions_def=DAYS, ins={"counted": AssetIn(partition_mapping=BEFORE)})
    def counted(given: int, counted: int | None) -> int:
        return given + (counted or 0)

    done = Sandbox([given, counted, shown]).build()

    assert skipped(done) == [("counted", 4, "given failed"), ("shown", 4, "given failed")]


def test_each_of_several_reasons_is_told() -> None:
    @asset(partitions_def=DAYS)
    def other(context: AssetExecutionContext) -> int:
        if context.partition_key == "2026-01-01":
            raise RuntimeError("it was to fail")
        return 1

    @asset(partitions_def=DAYS)
    def both(counted: int, other: int) -> int:
        return counted + other

    done = Sandbox([make_chain("2026-01-02"), other, both]).build()

    assert sorted(each for each in skipped(done) if each[0] == "both") == [
        ("both", 1, "other failed"),
        ("both", 4, "counted failed"),
    ]


def test_where_a_day_comes_out_the_same_all_behind_it_are_spared() -> None:
    sandbox = Sandbox([make_chain()])
    sandbox.build()
    lose(sandbox, "2026-01-02")

    assert sandbox.build().ran == ["counted@2026-01-02"]


def test_where_a_day_comes_out_otherwise_those_behind_it_are_made_again_as_far_as_it_matters() -> None:
    sandbox = Sandbox([make_chain()])
    sandbox.build()
    sandbox.replace([make_chain(doubled=["2026-01-04"])])
    lose(sandbox, "2026-01-04")

    view = sandbox.plan()
    verdicts = view.plan.find(AssetKey(["counted"]))
    assert [len(verdicts.select(each)) for each in (Verdict.STALE, Verdict.WAITING)] == [1, 1]
    assert sandbox.build().ran == ["counted@2026-01-04", "counted@2026-01-05"]
    assert read_all(sandbox) == [1, 2, 3, 5, 6]


def test_a_day_that_is_forced_has_no_other_one_made_that_it_needs() -> None:
    sandbox = Sandbox([make_chain()])
    sandbox.build()

    assert sandbox.build("counted", keys=on("2026-01-03"), force=True).ran == ["counted@2026-01-03"]


def test_only_a_day_is_refused_where_the_one_before_is_not_there() -> None:
    sandbox = Sandbox([make_chain()])

    with pytest.raises(UsageError, match="counted reads counted@2026-01-02, which is not there"):
        sandbox.build("counted", keys=on("2026-01-03"), only=True)
    sandbox.build("counted", keys=on("2026-01-02"))
    assert sandbox.build("counted", keys=on("2026-01-03"), only=True).ran == ["counted@2026-01-03"]


def test_only_a_day_leaves_the_days_before_it_as_they_are() -> None:
    sandbox = Sandbox([make_chain()])
    sandbox.build()
    sandbox.replace([make_chain(version="2")])

    assert sandbox.build("counted", keys=on("2026-01-03"), only=True).ran == ["counted@2026-01-03"]


def test_a_day_that_is_tried_again_has_the_next_one_wait() -> None:
    sandbox = Sandbox([make_chain("2026-01-02", retry_policy=RetryPolicy(max_retries=1))])

    assert sandbox.build().success
    assert read_all(sandbox) == [1, 2, 3, 4, 5]


def test_chains_of_other_dimensions_go_side_by_side(tmp_path: Path) -> None:
    regions = MultiPartitionsDefinition({"day": DAYS, "region": StaticPartitionsDefinition(["north", "south"])})
    day_before = MultiPartitionMapping(
        {
            "day": DimensionPartitionMapping("day", BEFORE),
            "region": DimensionPartitionMapping("region", IdentityPartitionMapping()),
        }
    )

    @asset(partitions_def=regions, ins={"counted": AssetIn(partition_mapping=day_before)})
    def counted(counted: int | None) -> int:
        return (counted or 0) + 1

    workshop = Workshop(tmp_path)

    assert workshop.build([counted]).built == 10
    assert [sorted(held) for held in workshop.held()[:2]] == [
        ["counted@2026-01-01|north", "counted@2026-01-01|south"],
        ["counted@2026-01-01|south", "counted@2026-01-02|north"],
    ]


def test_a_blocking_check_of_a_day_is_made_before_the_next_day_and_holds_it() -> None:
    @asset_check(asset="counted", blocking=True, partitions_def=DAYS)
    def small(counted: int) -> AssetCheckResult:
        return AssetCheckResult(passed=counted < 3)

    done = Sandbox([make_chain(), small]).build()

    assert done.ran == [each for key in KEYS[:3] for each in (f"counted@{key}", f"counted:small@{key}")]


def test_a_blocking_check_of_all_days_holds_none_of_them() -> None:
    @asset_check(asset="counted", blocking=True)
    def whole() -> AssetCheckResult:
        return AssetCheckResult(passed=False)

    done = Sandbox([make_chain(), whole, shown]).build()

    assert done.ran == [*(f"counted@{key}" for key in KEYS), "counted:whole"]


def make_pair(*, can_subset: bool = False) -> AssetsDefinition:
    """Return two assets of one call, of which the second reads the first one's day before."""

    @multi_asset(
        specs=[
            AssetSpec("first", partitions_def=DAYS),
            AssetSpec("second", partitions_def=DAYS, deps=[AssetDep("first", partition_mapping=BEFORE)]),
        ],
        can_subset=can_subset,
    )
    def pair(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
        for key in sorted(context.selected_asset_keys, reverse=True):
            yield MaterializeResult(key)

    return pair


def test_what_one_call_makes_may_read_earlier_days_of_each_other() -> None:
    sandbox = Sandbox([make_pair()])

    done = sandbox.build("second", keys=on("2026-01-03"))

    assert done.ran == [f"{name}@{key}" for key in KEYS[:3] for name in ("first", "second")]
    assert sandbox.build("second", keys=on("2026-01-03")).ran == []


def test_where_it_can_be_told_apart_only_what_is_needed_of_earlier_days_is_made() -> None:
    sandbox = Sandbox([make_pair(can_subset=True)])

    done = sandbox.build("second", keys=on("2026-01-03"))

    assert done.ran == ["first@2026-01-02", "second@2026-01-03"]


def test_one_call_makes_what_does_not_read_each_other(tmp_path: Path) -> None:
    two_before = TimeWindowPartitionMapping(start_offset=-2, end_offset=-2)
    calls: list[Sequence[str]] = []

    @asset(
        partitions_def=DAYS,
        backfill_policy=BackfillPolicy.single_run(),
        ins={"counted": AssetIn(partition_mapping=two_before)},
    )
    def counted(context: AssetExecutionContext, counted: dict[str, int]) -> dict[str, int]:
        calls.append([key[-2:] for key in context.partition_keys])
        return dict.fromkeys(context.partition_keys, sum(counted.values()) + 1)

    sandbox = Sandbox([counted])
    sandbox.build()

    assert calls == [["01", "02"], ["03", "04"], ["05"]]
    assert sandbox.build().ran == []


def test_a_portion_begins_where_the_chain_does_and_the_next_one_goes_on() -> None:
    sandbox = Sandbox([make_chain()])
    options = BuildOptions(portion=Portion(2, newest_first=True))

    built = [sandbox.project.build(Selection(), options, lambda _: None).built for _ in range(4)]

    assert built == [2, 2, 1, 0]


def test_a_chain_is_in_one_shard() -> None:
    sandbox = Sandbox([make_chain()])

    parts = [sandbox.project.make_plan(Selection(), shape=ShardShape(Shard(number, 2))).plan for number in (1, 2)]

    counts = [len(plan.find(AssetKey(["counted"])).parts) if plan.verdicts else 0 for plan in parts]
    assert sorted(counts) == [0, 5]


def make_checked(*bad: str, blocking: bool = False) -> AssetsDefinition:
    """Return an asset that reads its day before and makes a check of itself."""

    @asset(
        partitions_def=DAYS,
        deps=[AssetDep("checked", partition_mapping=BEFORE)],
        check_specs=[AssetCheckSpec("good", asset="checked", blocking=blocking)],
    )
    def checked(context: AssetExecutionContext) -> MaterializeResult:
        passed = context.partition_key not in bad
        return MaterializeResult(check_results=[AssetCheckResult(passed=passed, check_name="good")])

    return checked


def test_a_check_that_the_same_call_makes_waits_for_none_of_the_days() -> None:
    assert Sandbox([make_checked()]).build().ran == [
        each for key in KEYS for each in (f"checked@{key}", f"checked:good@{key}")
    ]


def test_a_blocking_check_that_the_same_call_makes_holds_the_next_day() -> None:
    sandbox = Sandbox([make_checked("2026-01-02", blocking=True)])

    assert sandbox.build().ran[-1] == "checked:good@2026-01-02"
    assert sandbox.build().ran == []


def make_opening(bad: set[str]) -> AssetsDefinition:
    """Return an asset, one output of a function that loads its day before, with a check of the day itself."""

    @multi_asset(
        outs={"balance": AssetOut(is_required=False)},
        ins={"opening": AssetIn("balance", partition_mapping=BEFORE)},
        check_specs=[AssetCheckSpec("good", asset="balance")],
        partitions_def=DAYS,
        can_subset=True,
    )
    def keep(context: AssetExecutionContext, opening: int | None) -> Iterator[Output[int] | AssetCheckResult]:
        value = -1 if context.partition_key in bad else (opening or 0) + 1
        if AssetKey(["balance"]) in context.selected_asset_keys:
            yield Output(value, "balance")
        if context.selected_asset_check_keys:
            yield AssetCheckResult(passed=value > 0, check_name="good")

    return keep


def test_a_check_of_a_day_is_made_again_with_that_day() -> None:
    bad: set[str] = set()
    sandbox = Sandbox([make_opening(bad)])
    assert sandbox.build().success
    ((_, path),) = sandbox.project.find_outputs(AssetKey(["balance"]), [KEYS[-1]])
    path.unlink()
    bad.add(KEYS[-1])  # its code was looked at before

    assert not sandbox.build().success


def make_twins(version: str = "1", *, can_subset: bool = False) -> list[AssetsDefinition]:
    """Return two outputs of a function that loads the day before of the first; the second reads something else too."""

    @asset(partitions_def=DAYS, code_version=version)
    def given() -> int:
        return int(version)

    @multi_asset(
        outs={"first": AssetOut(is_required=False), "second": AssetOut(is_required=False)},
        ins={"before": AssetIn("first", partition_mapping=BEFORE), "given": AssetIn()},
        internal_asset_deps={"first": {AssetKey("first")}, "second": {AssetKey("first"), AssetKey("given")}},
        partitions_def=DAYS,
        can_subset=can_subset,
    )
    def twins(context: AssetExecutionContext, before: int | None, given: int) -> Iterator[Output[int]]:
        for name in ("first", "second"):
            if AssetKey([name]) in context.selected_asset_keys:
                yield Output((before or 0) + 1, name)

    return [given, twins]


def warnings(result: BuildResult) -> list[str]:
    return [each.message for each in result.events if isinstance(each, Warned)]


def test_only_warns_of_an_altered_day_before_and_does_not_take_what_is_made_of_it_for_fresh() -> None:
    sandbox = Sandbox(make_twins())
    sandbox.build()
    ((_, path),) = sandbox.project.find_outputs(AssetKey(["first"]), ["2026-01-02"])
    path.write_text("7")

    done = sandbox.build("first", keys=on("2026-01-03"), only=True, force=True)

    assert [each.partition(" is built from ")[2][:16] for each in warnings(done)] == ["first@2026-01-02"] * 2
    sandbox.build()
    assert [sandbox.value("first", partition_key=key) for key in KEYS] == [1, 2, 3, 4, 5]


def test_only_warns_of_what_the_other_assets_of_the_call_read() -> None:
    sandbox = Sandbox(make_twins())
    sandbox.build()
    sandbox.replace(make_twins("2"))

    done = sandbox.build("first", keys=on("2026-01-02"), only=True, force=True)

    assert any(each.startswith("second is built from given@2026-01-02,") for each in warnings(done))


def test_only_a_day_of_one_of_two_makes_no_day_before_of_the_other() -> None:
    sandbox = Sandbox(make_twins(can_subset=True))
    sandbox.build()
    ((_, path),) = sandbox.project.find_outputs(AssetKey(["first"]), ["2026-01-03"])
    path.write_text("7")

    done = sandbox.build("second", keys=on("2026-01-04"), only=True, force=True)

    assert done.ran == ["second@2026-01-04"]


def test_what_is_given_up_is_let_go_by_nothing() -> None:
    chain = Chain([0, 1, 2, 3, 4], {0: [], 1: [], 2: [0], 3: [0, 1], 4: [1, 2]}.__getitem__)
    assert chain.list_first() == [0, 1]
    assert chain.release({0}) == [2]
    lost = chain.list_behind({2})
    assert lost == {2, 4}
    assert chain.release(lost) == []

    assert chain.release({1}) == [3]
