"""The scheduler: which node runs next, and what a failure, a stop and a pool change about that."""

from __future__ import annotations

import pytest
from workshop import Workshop, chain

from assetmake import (
    AssetExecutionContext,
    AssetIn,
    SpecificPartitionsPartitionMapping,
    StaticPartitionsDefinition,
    asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import AssetFinished, NodeFailed, NodesSkipped, NodesSpared
from assetmake.execution import claims, scheduler

LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])


def test_a_node_starts_when_all_that_it_reads_stands(workshop: Workshop) -> None:
    workshop.build(chain())

    assert workshop.held() == [["one", "alone"], ["alone", "two"], ["two"], ["three"]]


def test_what_depends_on_nothing_unfinished_need_not_wait(workshop: Workshop) -> None:
    workshop.choose = lambda works: -1

    workshop.build(chain())

    assert workshop.held() == [["one", "alone"], ["one"], ["two"], ["three"]]


def test_no_more_works_are_held_than_there_are_slots(workshop: Workshop) -> None:
    workshop.slots = 1

    workshop.build(chain())

    assert all(len(held) == 1 for held in workshop.held())


def test_after_a_failure_what_does_not_need_it_is_built(workshop: Workshop) -> None:
    finished = workshop.build(chain(broken="one"))

    assert (finished.failed, finished.skipped, finished.built) == (1, 2, 1)
    assert workshop.ran == {"one": 1, "alone": 1}
    assert [event.because for event in workshop.heard(NodesSkipped)] == ["one failed", "one failed"]


def test_of_partitions_that_cannot_run_each_names_what_failed_above_it(workshop: Workshop) -> None:
    @asset(partitions_def=LETTERS)
    def early(context: AssetExecutionContext) -> str:
        if context.partition_key == "b":
            raise ValueError("early is broken")
        return context.partition_key

    @asset(partitions_def=LETTERS)
    def late(context: AssetExecutionContext, early: str) -> str:
        if context.partition_key == "d":
            raise ValueError("late is broken")
        return early

    def read(name: str, key: str) -> AssetsDefinition:
        mapping = SpecificPartitionsPartitionMapping([key])

        @asset(name=name, ins={"late": AssetIn(partition_mapping=mapping)})
        def reader(late: str) -> str:
            return late

        return reader

    @asset
    def last(of_b: str) -> str:
        return of_b

    finished = workshop.build([early, late, read("of_a", "a"), read("of_b", "b"), read("of_d", "d"), last])

    assert (finished.failed, finished.skipped) == (2, 4)
    assert {event.asset: event.because for event in workshop.heard(NodesSkipped)} == {
        "late": "early failed",
        "of_b": "early failed",
        "of_d": "late failed",
        "last": "early failed",
    }


def test_fail_fast_starts_nothing_after_a_failure_and_ends_what_runs(workshop: Workshop) -> None:
    workshop.slots = 1

    finished = workshop.build(chain(broken="one"), fail_fast=True)

    assert (finished.failed, finished.skipped, finished.built) == (1, 3, 0)
    assert workshop.ran == {"one": 1}


def test_fail_fast_keeps_what_was_running(workshop: Workshop) -> None:
    finished = workshop.build(chain(broken="one"), fail_fast=True)

    assert (finished.failed, finished.skipped, finished.built) == (1, 2, 1)


def test_a_stop_ends_what_runs_and_skips_the_rest(workshop: Workshop) -> None:
    finished = workshop.build(chain(), stopped=lambda: bool(workshop.ran))

    assert finished.interrupted
    assert (finished.built, finished.skipped) == (1, 3)
    assert workshop.executor is not None
    assert workshop.executor.stopped
    assert not workshop.executor.works


def test_what_was_done_before_a_stop_is_not_done_again(workshop: Workshop) -> None:
    workshop.build(chain(), stopped=lambda: bool(workshop.ran))

    workshop.build(chain())

    assert workshop.ran == {"two": 1, "three": 1, "alone": 1}


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (2, 2), (3, 3)])
def test_a_pool_bounds_how_many_run_at_once(workshop: Workshop, limit: int, most: int) -> None:
    workshop.slots, workshop.pools = 4, {"narrow": limit}

    @asset(partitions_def=LETTERS, pool="narrow")
    def pooled(context: AssetExecutionContext) -> str:
        return context.partition_key

    @asset
    def free() -> int:
        return 1

    workshop.build([pooled, free])

    assert max(sum(name.startswith("pooled") for name in held) for held in workshop.held()) == most
    assert "free" in workshop.held()[0]


def test_a_partition_follows_its_own_upstream(workshop: Workshop) -> None:
    workshop.slots = 1

    @asset(partitions_def=LETTERS)
    def up(context: AssetExecutionContext) -> str:
        if context.partition_key == "b":
            raise ValueError
        return context.partition_key

    @asset(partitions_def=LETTERS)
    def down(context: AssetExecutionContext, up: str) -> str:
        return up * 2

    finished = workshop.build([up, down])

    assert (finished.built, finished.failed, finished.skipped) == (6, 1, 1)
    assert "down@b" not in workshop.ran


def test_what_comes_out_the_same_spares_what_reads_it(workshop: Workshop) -> None:
    def assets(version: str) -> list[AssetsDefinition]:
        @asset(code_version=version)
        def one() -> int:
            return 1

        @asset(code_version="1")
        def two(one: int) -> int:
            return one

        return [one, two]

    workshop.build(assets("1"))
    finished = workshop.build(assets("2"))

    assert workshop.ran == {"one": 1}
    assert (finished.built, finished.unchanged, finished.spared) == (0, 1, 1)
    assert [event.asset for event in workshop.heard(NodesSpared)] == ["two"]


def test_what_is_spared_at_the_front_of_a_long_queue_hides_nothing(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that came to a halt would claim what is left once more, and go on."""
    taken = []
    monkeypatch.setattr(claims, "claim", lambda db, run, wanted, alive: taken.append(wanted) or {})
    monkeypatch.setattr(scheduler, "_LOOKAHEAD", 1)
    monkeypatch.setattr(scheduler, "_SCAN_SECONDS", 1e9)

    def assets(version: str) -> list[AssetsDefinition]:
        @asset(code_version=version)
        def up() -> int:
            return 1

        @asset(partitions_def=LETTERS)
        def down(context: AssetExecutionContext, up: int) -> str:
            return context.partition_key

        return [up, down]

    workshop.build(assets("1"))
    finished = workshop.build(assets("2"))

    assert (finished.unchanged, finished.spared) == (1, 4)
    assert len(taken) == 2


def test_what_is_blocked_at_the_front_of_a_long_queue_is_not_forgotten(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "_LOOKAHEAD", 1)
    monkeypatch.setattr(scheduler, "_SCAN_SECONDS", 1e9)
    workshop.slots, workshop.choose = 4, lambda works: -1

    @asset(partitions_def=LETTERS)
    def up(context: AssetExecutionContext) -> str:
        return context.partition_key

    @asset(partitions_def=LETTERS)
    def down(context: AssetExecutionContext, up: str) -> str:
        return up

    assert workshop.build([up, down]).built == 8
    assert workshop.ran.total() == 8


def test_every_asset_is_told_of_once(workshop: Workshop) -> None:
    workshop.build(chain(broken="two"))

    told = {event.asset: (event.built, event.failed, event.skipped) for event in workshop.heard(AssetFinished)}
    assert told == {"one": (1, 0, 0), "alone": (1, 0, 0), "two": (0, 1, 0), "three": (0, 0, 1)}
    assert len(workshop.heard(AssetFinished)) == 4
    assert [event.message for event in workshop.heard(NodeFailed)] == ["ValueError: two is broken"]


def test_an_asset_of_one_node_took_the_seconds_that_its_node_took(workshop: Workshop) -> None:
    """Nodes travel in batches; what one had to wait for others is not its own."""
    workshop.last = lambda work: {"one": 7.0, "two": 5.0}.get(str(work.asset), 0.5)

    workshop.build(chain(broken="two"))

    told = {event.asset: event.seconds for event in workshop.heard(AssetFinished)}
    assert told == {"one": 7.0, "alone": 0.5, "two": 5.0, "three": 0.0}
