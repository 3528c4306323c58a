"""Shards of a plan: together they are the plan, each node is in one of them, and merged they leave nothing to do."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetmake import (
    AllPartitionMapping,
    AssetCheckResult,
    AssetIn,
    AssetKey,
    AssetOut,
    DailyPartitionsDefinition,
    LastPartitionMapping,
    Output,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
    asset_check,
    multi_asset,
)
from assetmake.errors import UsageError
from assetmake.events import Event, Warned
from assetmake.execution.asked import BuildOptions
from assetmake.graph.key_rules import KeyOptions
from assetmake.graph.selection import Selection
from assetmake.planning.prepared import PlanView
from assetmake.planning.shards import Shard, ShardShape, read_shard
from assetmake.testing import Sandbox
from assetmake.travelling import export_state, import_state, merge_states, write_lines
from thoroughness import times

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-16")
KEYS = StaticPartitionsDefinition(["p", "q", "r", "s"])


@asset
def raw() -> int:
    return 1


@asset(partitions_def=DAYS)
def daily(raw: int) -> int:
    return raw


@asset(partitions_def=DAYS, ins={"daily": AssetIn(partition_mapping=TimeWindowPartitionMapping(start_offset=-2))})
def rolling(daily: dict[str, int]) -> int:
    return sum(daily.values())


@asset(partitions_def=KEYS)
def single() -> int:
    return 2


@asset(ins={"single": AssetIn(partition_mapping=AllPartitionMapping())})
def total(single: dict[str, int]) -> int:
    return sum(single.values())


@multi_asset(outs={"left": AssetOut(), "right": AssetOut()})
def both(total: int) -> Iterator[Output[int]]:
    yield Output(total, "left")
    yield Output(total, "right")


@asset_check(asset="daily")
def daily_is_whole() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


ASSETS = (raw, daily, rolling, single, total, both)


def plan_shard(sandbox: Sandbox, number: int, count: int, *selection: str, **how: Any) -> PlanView:
    return sandbox.project.make_plan(Selection(selection), shape=ShardShape(Shard(number, count)), **how)


def list_work(view: PlanView, *, selected: bool = False) -> Counter[tuple[str, int]]:
    return Counter(
        (str(key), part)
        for key, verdicts in view.plan.list_all()
        if not selected or key in view.plan.selected
        for part in verdicts.parts
    )


def list_targets(sandbox: Sandbox, number: int, count: int, *selection: str) -> Counter[tuple[str, int]]:
    """Return the targets of a shard that have work."""
    shape = ShardShape(Shard(number, count))
    sandbox.project.make_plan(Selection(selection), shape=shape)
    assert shape._aim is not None
    return Counter((str(key), part) for key, parts in shape._aim.targets.items() for part in parts)


@pytest.mark.parametrize("text", ["0/3", "4/3", "a/b", "1", "1/0", "-1/3", "1/3/5", "", "1.0/2", "٣/٣"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no shard"):
        read_shard(text)
    assert read_shard("3/3") == Shard(3, 3)


def test_shards_are_the_plan_and_each_target_is_in_one(tmp_path: Path) -> None:
    sandbox = Sandbox(ASSETS, root=tmp_path)
    for count in (2, 5):
        shards = [list_targets(sandbox, number + 1, count) for number in range(count)]
        assert sum(shards, Counter()) == list_work(sandbox.plan()), "once each: nothing was built yet"
        made = [list_work(plan_shard(sandbox, number + 1, count)) for number in range(count)]
        assert set(sum(made, Counter())) == set(list_work(sandbox.plan()))


def test_what_lasts_longer_is_more_of_a_shard(tmp_path: Path) -> None:
    sandbox = Sandbox([daily, raw], root=tmp_path)
    sandbox.build()
    with sandbox.project.state.writing() as db:
        db.execute("update state.traces set seconds = case when key < '2026-01-04' then 4 else 1 end")
    sizes = [len(list_work(plan_shard(sandbox, number, 2, "daily", force=True), selected=True)) for number in (1, 2)]
    assert sizes == [3, 12]


def test_nobody_is_told_of_partitions_that_only_another_shard_was_given(tmp_path: Path) -> None:
    @asset
    def report(daily: dict[str, int]) -> int:
        return sum(daily.values())

    sandbox = Sandbox([daily, raw, report], root=tmp_path)
    sandbox.build("daily", keys=KeyOptions(partition="2026-01-01"))

    told = [note for number in (1, 2) for note in plan_shard(sandbox, number, 2).notes]
    assert not any("that were asked for" in note for note in told)
    asked = Selection(("daily", "report"), keys=KeyOptions(partition="2026-01-02"))
    assert len(sandbox.project.make_plan(asked).notes) == 1


def test_every_shard_says_what_keeps_the_work_together(tmp_path: Path) -> None:
    @asset
    def report(daily: dict[str, int]) -> int:
        return sum(daily.values())

    sandbox = Sandbox([daily, raw, report], root=tmp_path)
    for number in (1, 2):
        (told,) = plan_shard(sandbox, number, 2).notes
        assert "nodes: report reads them together" in told
    assert plan_shard(sandbox, 1, 2, "daily").notes == ()
    events: list[Event] = []
    sandbox.project.build(Selection(), BuildOptions(shape=ShardShape(Shard(1, 2))), events.append)
    assert [told] == [event.message for event in events if isinstance(event, Warned)]


def test_a_shard_without_work_is_empty_and_so_is_one_where_all_is_fresh(tmp_path: Path) -> None:
    sandbox = Sandbox([raw], root=tmp_path)
    assert list_work(plan_shard(sandbox, 1, 2)) == Counter({("raw", 0): 1})
    assert not plan_shard(sandbox, 2, 2).plan.verdicts
    done = sandbox.project.build(Selection(), BuildOptions(shape=ShardShape(Shard(2, 2))), lambda _: None)
    assert (done.built, done.failed) == (0, 0)


def test_a_check_of_a_whole_asset_is_made_by_one_shard(tmp_path: Path) -> None:
    sandbox = Sandbox([daily, raw], root=tmp_path)
    sandbox.build()
    sandbox.replace([daily, raw, daily_is_whole])
    made = [list_work(plan_shard(sandbox, number, 3)) for number in (1, 2, 3)]
    assert sum(made, Counter()) == Counter({("daily:daily_is_whole", 0): 1})


def test_the_checks_of_a_fresh_asset_are_made_by_one_shard(tmp_path: Path) -> None:
    sandbox = Sandbox([raw, daily], root=tmp_path)
    sandbox.build()

    @asset_check(asset="raw")
    def first() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    @asset_check(asset="raw")
    def second() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    sandbox.replace([raw, daily, first, second])

    assert sum((list_work(plan_shard(sandbox, number, 3)) for number in (1, 2, 3)), Counter()) == {
        ("raw:first", 0): 1,
        ("raw:second", 0): 1,
    }


def test_what_upstream_is_left_alone_stays_with_what_reads_it(tmp_path: Path) -> None:
    sandbox = Sandbox(ASSETS, root=tmp_path)
    shards = [
        list_work(plan_shard(sandbox, number, 3, "single", "total", "raw", "daily", only=True)) for number in (1, 2, 3)
    ]
    assert sum(shards, Counter()) == list_work(sandbox.plan("single", "total", "raw", "daily"))
    assert sum(("daily", 1767225600) in each for each in shards) == 1


def test_what_others_record_meanwhile_makes_it_no_other_shard(tmp_path: Path) -> None:
    sandbox = Sandbox([single], root=tmp_path)
    shape = ShardShape(Shard(2, 2))
    mine = list_work(sandbox.project.make_plan(Selection(), shape=shape))
    sandbox.build("single@p")
    assert list_work(sandbox.project.make_plan(Selection(), shape=shape)) == mine


def test_shards_that_are_merged_leave_nothing_to_do(tmp_path: Path) -> None:
    """Three machines that begin with the same state, and a fourth that lays together what they have made."""
    assets, begin = (*ASSETS, daily_is_whole), tmp_path / "begin"
    sandbox = Sandbox(assets, root=begin)
    sandbox.build("single")
    base = _export(sandbox, tmp_path / "base.jsonl")
    ran: Counter[str] = Counter()
    for number in (1, 2, 3):
        machine = Sandbox(assets, root=tmp_path / f"machine{number}")
        shutil.copytree(begin / "data", machine.root / "data")
        import_state(machine.project, base)
        options = BuildOptions(shape=ShardShape(Shard(number, 3)))
        ran.update(machine._build(Selection(), options).ran)
        _export(machine, tmp_path / f"{number}.jsonl")
    assert {name for name, times_run in ran.items() if times_run > 1} <= {"raw", "daily"} | {
        f"daily@{key}" for key in DAYS.get_partition_keys()
    }
    last = Sandbox(assets, root=tmp_path / "last")
    for number in (1, 2, 3):
        shutil.copytree(tmp_path / f"machine{number}" / "data", last.root / "data", dirs_exist_ok=True)
    lines: list[str] = []
    merge_states([tmp_path / f"{number}.jsonl" for number in (1, 2, 3)], lines.extend, folders=None)
    write_lines(tmp_path / "merged.jsonl", lines)
    import_state(last.project, tmp_path / "merged.jsonl")
    assert last.build().ran == []
    assert last.value("left") == 8


def _export(sandbox: Sandbox, file: Path) -> Path:
    lines: list[str] = []
    export_state(sandbox.project, lines.extend)
    write_lines(file, lines)
    return file


MAPPINGS = {"same": None, "all": AllPartitionMapping(), "last": LastPartitionMapping()}


@st.composite
def graphs(draw: st.DrawFn) -> list[tuple[bool, dict[int, str]]]:
    """Assets: whether each has partitions, and which of those before it is read how."""
    size = draw(st.integers(1, 6))
    return [
        (
            draw(st.booleans()),
            {
                above: draw(st.sampled_from(sorted(MAPPINGS)))
                for above in draw(st.sets(st.integers(0, number - 1), max_size=2) if number else st.just(set()))
            },
        )
        for number in range(size)
    ]


@settings(max_examples=times(6), deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), st.integers(2, 4), st.data())
def test_any_project_is_built_by_its_shards(
    tmp_path_factory: pytest.TempPathFactory, graph: list[tuple[bool, dict[int, str]]], count: int, data: st.DataObject
) -> None:
    assets = [_make_asset(graph, number) for number in range(len(graph))]
    sandbox = Sandbox(assets, root=tmp_path_factory.mktemp("any"))
    built = data.draw(st.sets(st.sampled_from(range(len(graph)))))
    if built:
        sandbox.build(*(f"a{number}" for number in built))
    selection = [f"a{number}" for number in data.draw(st.sets(st.sampled_from(range(len(graph))), min_size=1))]
    whole = sandbox.project.make_plan(Selection(tuple(selection)))
    shards = [list_targets(sandbox, number + 1, count, *selection) for number in range(count)]
    assert sum(shards, Counter()) == list_work(whole, selected=True)
    made = [set(list_work(plan_shard(sandbox, number + 1, count, *selection))) for number in range(count)]
    assert set().union(*made) == set(list_work(whole))


def _make_asset(graph: list[tuple[bool, dict[int, str]]], number: int) -> Any:
    is_partitioned, reads = graph[number]
    ins = {
        f"x{above}": AssetIn(
            key=AssetKey(f"a{above}"),
            partition_mapping=None if kind == "same" and not (is_partitioned and graph[above][0]) else MAPPINGS[kind],
        )
        for above, kind in reads.items()
    }

    function = eval(f"lambda {', '.join(ins)}: 1")  # a parameter for each that is read
    return asset(name=f"a{number}", ins=ins, partitions_def=KEYS if is_partitioned else None)(function)
