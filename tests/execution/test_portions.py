"""A build of a portion: the oldest partitions first, no more and no longer than was said; the rest is told."""

from __future__ import annotations

from collections.abc import Sequence

from workshop import Workshop, name_nodes

from assetmake import (
    AssetExecutionContext,
    DailyPartitionsDefinition,
    WeeklyPartitionsDefinition,
    asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import Event, RunFinished, WorkLeft
from assetmake.execution.asked import BuildOptions
from assetmake.execution.work import Work
from assetmake.graph.selection import Selection
from assetmake.planning.portion import Portion

DAYS = DailyPartitionsDefinition("2026-01-05", end_date="2026-01-26")
WEEKS = WeeklyPartitionsDefinition("2026-01-05", end_date="2026-01-26", day_offset=1)


def week() -> list[AssetsDefinition]:
    """lookup -> raw -> clean -> weekly -> report; days and weeks, and what has no partitions above and below."""

    @asset
    def lookup() -> int:
        return 1

    @asset(partitions_def=DAYS)
    def raw(context: AssetExecutionContext, lookup: int) -> int:
        return int(context.partition_key[-2:]) + lookup

    @asset(partitions_def=DAYS)
    def clean(raw: int) -> int:
        return raw + 1

    @asset(partitions_def=WEEKS)
    def weekly(clean: dict[str, int]) -> int:
        return sum(clean.values())

    @asset
    def report(weekly: dict[str, int]) -> int:
        return sum(weekly.values())

    return [lookup, raw, clean, weekly, report]


def run(
    workshop: Workshop, assets: Sequence[AssetsDefinition], *selection: str, **options: object
) -> tuple[list[str], RunFinished, WorkLeft | None]:
    """Build a portion; return what ran in which order, how it ended, and what is left."""
    order: list[str] = []
    told: list[Event] = []
    workshop.slots, workshop.last = 1, workshop.last or (lambda _: 1.0)  # so long that each goes alone
    before = workshop.choose

    def choose(works: Sequence[Work]) -> int:
        index = before(works)
        order.extend(name_nodes(works[index]))
        return index

    workshop.choose = choose
    try:
        finished = workshop.open(assets).build(Selection(selection), BuildOptions(**options), told.append)  # type: ignore[arg-type]
    finally:
        workshop.choose = before
    return order, finished, next((event for event in told if isinstance(event, WorkLeft)), None)


def test_the_oldest_come_first_each_with_what_reads_it_and_upstream_does_not_count(workshop: Workshop) -> None:
    order, finished, left = run(workshop, week(), "clean", "weekly", portion=Portion(9))

    days = [f"2026-01-{day:02}" for day in range(5, 13)]
    expected = ["lookup"]
    for day in days:
        expected += [f"raw@{day}", f"clean@{day}"]
        expected += ["weekly@2026-01-05"] if day == "2026-01-11" else []
    assert order == expected
    assert (finished.built, finished.fresh, finished.left) == (len(expected), 0, 15)
    assert left is not None
    assert (left.nodes, left.total) == (15, 24)
    assert left.keys == "clean@2026-01-13..2026-01-25; weekly@2026-01-12..2026-01-19"


def test_newest_first(workshop: Workshop) -> None:
    order, _, _ = run(workshop, week(), "clean", "weekly", portion=Portion(8, newest_first=True))

    days = [f"2026-01-{day:02}" for day in range(25, 18, -1)]
    assert order == ["lookup", *(f"{name}@{day}" for day in days for name in ("raw", "clean")), "weekly@2026-01-19"]


def test_run_again_it_goes_on_until_nothing_is_left(workshop: Workshop) -> None:
    lefts = []
    for _ in range(4):
        _, finished, left = run(workshop, week(), "clean", portion=Portion(8))
        lefts.append((finished.left, left is not None))

    assert lefts == [(13, True), (5, True), (0, False), (0, False)]
    assert set(workshop.ran.values()) == {1}
    assert workshop.ran.total() == 1 + 2 * 21
