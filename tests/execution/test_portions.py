"""A build of a portion: the oldest partitions first, no more and no longer than was said; the rest is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from workshop import FakeTime, Workshop, name_nodes

from assetmake import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetExecutionContext,
    AssetIn,
    AssetOut,
    BackfillPolicy,
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MultiPartitionsDefinition,
    RetryPolicy,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    WeeklyPartitionsDefinition,
    asset,
    asset_check,
    multi_asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import Event, RunFinished, WorkLeft
from assetmake.execution import budget, build
from assetmake.execution.asked import BuildOptions
from assetmake.execution.work import Work
from assetmake.graph.selection import Selection
from assetmake.planning.portion import Portion
from assetmake.testing import Sandbox

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


def test_what_looks_ahead_takes_no_more_than_was_said_either(workshop: Workshop) -> None:
    """The first day that is asked for reads the second; both count."""

    @asset(partitions_def=DAYS)
    def raw() -> int:
        return 1

    tomorrow = TimeWindowPartitionMapping(start_offset=1, end_offset=1, allow_nonexistent_upstream_partitions=True)

    @asset(partitions_def=DAYS, ins={"raw": AssetIn(partition_mapping=tomorrow)})
    def ahead(context: AssetExecutionContext, raw: object = None) -> int:
        return 1

    for most in (1, 2, 3, 4):
        order, finished, _ = run(workshop, [raw, ahead], portion=Portion(most))
        assert 1 <= len(order) <= most, "it goes on, and not too far"
        assert finished.built == len(order)


def test_what_one_call_makes_counts_for_all_that_it_makes(workshop: Workshop) -> None:
    @multi_asset(outs={"left": AssetOut(), "right": AssetOut(), "third": AssetOut()}, partitions_def=DAYS)
    def several() -> tuple[int, int, int]:
        return 1, 2, 3

    told: list[Event] = []
    sandbox = Sandbox([several], root=workshop.root)
    finished = sandbox.project.build(Selection(), BuildOptions(portion=Portion(10)), told.append)

    assert finished.built == 9
    assert [(each.nodes, each.total) for each in told if isinstance(each, WorkLeft)] == [(54, 63)]


def test_a_range_is_cut_to_the_portion(workshop: Workshop) -> None:
    @asset(partitions_def=DAYS, backfill_policy=BackfillPolicy.multi_run(4))
    def ranged(context: AssetExecutionContext) -> dict[str, int]:
        return dict.fromkeys(context.partition_keys, 1)

    run(workshop, [ranged], portion=Portion(10))
    assert [len(held) for held in workshop.held()] == [4, 4, 2]

    run(workshop, [ranged], portion=Portion(6, newest_first=True))
    assert [(held[0], held[-1]) for held in workshop.held()] == [
        ("ranged@2026-01-24", "ranged@2026-01-25"),
        ("ranged@2026-01-20", "ranged@2026-01-23"),
    ]


def test_days_of_several_dimensions_go_by_their_time(workshop: Workshop) -> None:
    both = MultiPartitionsDefinition({"area": StaticPartitionsDefinition(["n", "s"]), "day": DAYS})

    @asset(partitions_def=both)
    def sales() -> int:
        return 1

    @asset(partitions_def=both)
    def sums(sales: int) -> int:
        return sales

    order, _, _ = run(workshop, [sales, sums], portion=Portion(6))
    assert order == [
        *("sales@n|2026-01-05", "sums@n|2026-01-05", "sales@s|2026-01-05", "sums@s|2026-01-05"),
        *("sales@n|2026-01-06", "sums@n|2026-01-06"),
    ]


def test_what_has_no_time_goes_in_its_own_order(workshop: Workshop) -> None:
    letters = StaticPartitionsDefinition(["c", "a", "b"])

    @asset(partitions_def=letters)
    def one() -> int:
        return 1

    @asset(partitions_def=letters)
    def two(one: int) -> int:
        return one

    assert run(workshop, [one, two], portion=Portion(4))[0] == ["one@c", "two@c", "one@a", "two@a"]
    assert run(workshop, [one, two], portion=Portion(4, newest_first=True))[0] == ["one@b", "two@b"]


def test_only_what_is_in_a_state(workshop: Workshop) -> None:
    def days(version: str) -> AssetsDefinition:
        @asset(partitions_def=DAYS, code_version=version)
        def day(context: AssetExecutionContext) -> int:
            if version == "1" and context.partition_key == "2026-01-07":
                raise ValueError("no")
            return 1

        return day

    run(workshop, [days("1")], portion=Portion(5))
    workshop.ran.clear()

    _, finished, left = run(workshop, [days("2")], portion=Portion(statuses=frozenset({"failed"})))
    assert dict(workshop.ran) == {"day@2026-01-07": 1}
    assert (finished.built, finished.fresh, finished.left, left) == (1, 0, 0, None)

    run(workshop, [days("2")], portion=Portion(3, frozenset({"stale"})))
    assert workshop.ran.total() == 4, "the four that were built before have old code"
    order, finished, _ = run(workshop, [days("2")], portion=Portion(statuses=frozenset({"stale", "failed"})))
    assert (order, finished.left) == (["day@2026-01-09"], 0)
    order, finished, _ = run(workshop, [days("2")], portion=Portion(statuses=frozenset({"stale"})))
    assert (order, finished.built, finished.fresh) == ([], 0, 5)


def test_failures_count_as_run_and_a_check_that_failed_before_is_told(workshop: Workshop) -> None:
    @asset(partitions_def=DAYS)
    def day(context: AssetExecutionContext) -> int:
        raise ValueError("no")

    _, finished, _ = run(workshop, [day], portion=Portion(2))
    assert (finished.failed, finished.left) == (2, 19)


# ---------------------------------------------------------------------- what cannot be built


def failing(*keys: str, of: str = "raw") -> list[AssetsDefinition]:
    """raw -> clean, day by day; of one of them some days fail."""

    def make(name: str, context: AssetExecutionContext) -> int:
        if name == of and context.partition_key in keys:
            raise ValueError("no")
        return 1

    @asset(partitions_def=DAYS)
    def raw(context: AssetExecutionContext) -> int:
        return make("raw", context)

    @asset(partitions_def=DAYS)
    def clean(context: AssetExecutionContext, raw: int) -> int:
        return make("clean", context)

    return [raw, clean]


BAD = ("2026-01-23", "2026-01-24", "2026-01-25")


@pytest.mark.parametrize("of", ["raw", "clean"])
def test_what_failed_comes_after_what_was_not_tried_since(workshop: Workshop, of: str) -> None:
    """Whether it failed itself, or what it needs did."""
    tried, lefts = [], []
    for _ in range(4):
        order, _, left = run(workshop, failing(*BAD, of=of), "clean", portion=Portion(6, newest_first=True))
        tried += [name for name in order if name.startswith(of)]
        lefts.append(None if left is None else (left.nodes, left.failed))

    assert tried == [f"{of}@2026-01-{day:02}" for day in (*range(25, 4, -1), 25, 24, 23)]
    assert lefts == [(15, 3), (12, 3), (6, 3), None]


def test_of_what_failed_that_comes_first_which_was_tried_longest_ago(workshop: Workshop) -> None:
    days = [f"2026-01-{day:02}" for day in range(5, 26)]
    portion = Portion(8, frozenset({"missing", "failed"}))
    tried = [run(workshop, failing(*days), "raw", portion=portion)[0] for _ in range(4)]

    assert tried[0] == [f"raw@{day}" for day in days[:8]]
    assert tried[1] == [f"raw@{day}" for day in days[8:16]]
    assert tried[2] == [f"raw@{day}" for day in (*days[16:], *days[:3])]
    assert tried[3] == [f"raw@{day}" for day in days[3:11]]

    only_failed = Portion(8, frozenset({"failed"}))
    order, _, _ = run(workshop, failing(*days), "raw", portion=only_failed)
    assert order == [f"raw@{day}" for day in (*days[11:16], *days[:3])]


def test_what_a_blocking_check_holds_back_comes_last(workshop: Workshop) -> None:
    @asset_check(asset="raw", blocking=True, partitions_def=DAYS)
    def good(context: AssetCheckExecutionContext) -> AssetCheckResult:
        return AssetCheckResult(passed=context.partition_key not in BAD)

    sandbox = Sandbox([*failing(), good], root=workshop.root)
    options = BuildOptions(portion=Portion(3, newest_first=True))
    built = [sandbox.project.build(Selection(("clean",)), options, lambda _: None).built for _ in range(3)]

    assert built == [3, 6, 6]


def test_what_reads_many_days_comes_last_where_one_of_them_fails(workshop: Workshop) -> None:
    @asset(partitions_def=WEEKS)
    def weekly(clean: dict[str, int]) -> int:
        return sum(clean.values())

    run(workshop, [*failing("2026-01-07"), weekly], "weekly", portion=Portion(1))
    order, _, left = run(workshop, [*failing("2026-01-07"), weekly], "weekly", portion=Portion(1))

    assert order[-1] == "weekly@2026-01-12"
    assert left is not None
    assert left.keys == "2026-01-05, 2026-01-19"


def test_a_chain_that_fails_has_the_others_go_first(workshop: Workshop) -> None:
    before = TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)

    @asset(partitions_def=DAYS, ins={"counted": AssetIn(partition_mapping=before)})
    def counted(context: AssetExecutionContext, counted: int | None) -> int:
        raise ValueError("no")

    assets = [counted, *failing()]
    run(workshop, assets, "counted", "raw", portion=Portion(4))
    order, _, left = run(workshop, assets, "counted", "raw", portion=Portion(20))

    assert order == [*(f"raw@2026-01-{day:02}" for day in range(7, 26)), "counted@2026-01-05"]
    assert left is not None
    assert left.failed == 1


# ---------------------------------------------------------------------- what looks back


def test_newest_first_takes_whole_things_and_as_many_as_were_said(workshop: Workshop) -> None:
    lagged = make_lagged()
    portion = Portion(60, newest_first=True)
    order, finished, left = run(workshop, lagged, "hours", "lagged", "daily", portion=portion)

    assert finished.built == 60
    assert left is not None
    assert {f"hours@2026-01-31-{hour:02}:00" for hour in range(24)} | {"daily@2026-01-31"} <= set(order)
    order, finished, _ = run(workshop, lagged, "hours", "lagged", "daily", portion=portion)
    assert "lagged@2026-01-31" in order, "what did not fit goes first the next time"
    assert finished.built >= 10


def test_what_alone_needs_more_than_was_said_is_begun_from_above(workshop: Workshop) -> None:
    made = [run(workshop, make_lagged(), "daily", "hours", portion=Portion(10, newest_first=True))[0] for _ in range(3)]

    assert [len(order) for order in made] == [10, 10, 10]
    assert made[2][4] == "daily@2026-01-31"


def make_lagged() -> list[AssetsDefinition]:
    """hours -> daily -> lagged, which reads the two days before."""
    days = DailyPartitionsDefinition("2026-01-25", end_date="2026-02-01")
    two_before = TimeWindowPartitionMapping(start_offset=-2, end_offset=-1, allow_nonexistent_upstream_partitions=True)

    @asset(partitions_def=HourlyPartitionsDefinition("2026-01-25-00:00", end_date="2026-02-01-00:00"))
    def hours() -> int:
        return 1

    @asset(partitions_def=days)
    def daily(hours: dict[str, int]) -> int:
        return sum(hours.values())

    @asset(partitions_def=days, ins={"daily": AssetIn(partition_mapping=two_before)})
    def lagged(context: AssetExecutionContext, daily: object = None) -> int:
        return 1

    return [hours, daily, lagged]


# ---------------------------------------------------------------------- little time


@pytest.fixture
def clock(fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    for module in (budget, build):
        monkeypatch.setattr(module, "time", fake_time)
    return fake_time


def spend(workshop: Workshop, clock: FakeTime, seconds: Callable[[Work], float]) -> None:
    """Have works take as long as is said: one after the other, as there is one slot."""

    def choose(works: Sequence[Work]) -> int:
        clock.now += seconds(works[0]) * len(works[0].nodes)
        return 0

    workshop.choose, workshop.last = choose, seconds


def test_nothing_is_started_that_would_not_end_in_time(workshop: Workshop, clock: FakeTime) -> None:
    spend(workshop, clock, lambda work: 10.0 if str(work.asset) == "clean" else 5.0)

    order, finished, left = run(workshop, week(), "clean", time_budget=47.0)
    # lookup 5, raw 5, clean 10, raw 5, clean 10: then 12 s are left, of which raw takes 5 and clean would take 10
    assert (
        order
        == [
            *("lookup", "raw@2026-01-05", "clean@2026-01-05", "raw@2026-01-06", "clean@2026-01-06"),
            *("raw@2026-01-07", "raw@2026-01-08"),
        ][: len(order)]
    )
    assert "clean@2026-01-07" not in order
    assert clock.now - 1000.0 <= 47.0
    assert (finished.failed, finished.skipped, finished.left) == (0, 0, 19)
    assert left is not None
    assert (left.nodes, left.total, left.keys) == (19, 21, "2026-01-07..2026-01-25")
    assert left.seconds == pytest.approx(19 * 10 + 5 * (21 - sum(name.startswith("raw") for name in order)))


def test_what_runs_is_finished(workshop: Workshop, clock: FakeTime) -> None:
    """Nothing is known of the first: somebody has to be the first."""
    spend(workshop, clock, lambda work: 100.0)

    order, finished, _ = run(workshop, week(), "raw", time_budget=150.0)
    assert (order, finished.built) == (["lookup", "raw@2026-01-05"], 2)
    assert clock.now == 1200.0


def test_of_what_nothing_is_known_one_goes_first(workshop: Workshop, clock: FakeTime) -> None:
    """Several that are sent together could not be kept back any more."""
    day = asset(name="day", partitions_def=DAYS)(lambda: 1)
    spend(workshop, clock, lambda work: 100.0)

    order, finished, _ = run(workshop, [day], time_budget=150.0)
    assert (order, finished.left) == (["day@2026-01-05"], 20)


def test_each_node_by_its_own_history(workshop: Workshop, clock: FakeTime) -> None:
    def days(version: str) -> AssetsDefinition:
        return asset(name="day", partitions_def=DAYS, code_version=version)(lambda: version)

    spend(workshop, clock, lambda work: 100.0 if work.nodes[0].key == "2026-01-06" else 1.0)
    run(workshop, [days("1")], time_budget=1e6)
    clock.now = 5000.0

    order, finished, left = run(workshop, [days("2")], time_budget=50.0)
    assert len(order) == 20
    assert left is not None
    assert left.keys == "2026-01-06"
    assert (finished.built, finished.left) == (20, 1)


def test_a_range_starts_or_does_not_as_a_whole(workshop: Workshop, clock: FakeTime) -> None:
    def ranged(version: str) -> AssetsDefinition:
        @asset(partitions_def=DAYS, backfill_policy=BackfillPolicy.multi_run(5), code_version=version)
        def ranged(context: AssetExecutionContext) -> dict[str, int]:
            return dict.fromkeys(context.partition_keys, len(version))

        return ranged

    spend(workshop, clock, lambda work: 2.0)
    workshop.build([ranged("1")])
    clock.now = 5000.0

    order, _, left = run(workshop, [ranged("22")], time_budget=29.0)
    assert len(order) == 10 + 1, "two ranges of five, 10 s each; the last is of one day"
    assert left is not None
    assert left.keys == "2026-01-15..2026-01-24"


def test_ranges_that_failed_go_after_the_others(workshop: Workshop, clock: FakeTime) -> None:
    @asset(partitions_def=DAYS, backfill_policy=BackfillPolicy.multi_run(7))
    def ranged(context: AssetExecutionContext) -> dict[str, int]:
        if "2026-01-06" in context.partition_keys:
            raise ValueError("no")
        return dict.fromkeys(context.partition_keys, 1)

    spend(workshop, clock, lambda work: 2.0)
    run(workshop, [ranged], time_budget=16.0)
    clock.now = 5000.0

    order, _, left = run(workshop, [ranged], time_budget=20.0)
    assert order == [f"ranged@2026-01-{day:02}" for day in range(12, 19)]
    assert left is not None
    assert left.failed == 7


def test_a_budget_that_nothing_fits_into_says_so(workshop: Workshop, clock: FakeTime) -> None:
    def day(version: str) -> AssetsDefinition:
        return asset(name="day", partitions_def=DAYS, code_version=version)(lambda: version)

    spend(workshop, clock, lambda work: 60.0)
    workshop.build([day("1")])

    order, finished, left = run(workshop, [day("2")], time_budget=30.0)
    assert (order, finished.left) == ([], 21)
    assert left is not None
    assert left.nothing_fits


def test_what_waits_may_turn_out_fresh_and_then_takes_no_time(workshop: Workshop, clock: FakeTime) -> None:
    def both(version: str) -> list[AssetsDefinition]:
        first = asset(name="first", code_version=version)(lambda: 1)

        @asset(partitions_def=DAYS)
        def second(first: int) -> int:
            return first

        return [first, second]

    spend(workshop, clock, lambda work: 60.0 if str(work.asset) == "second" else 1.0)
    workshop.build(both("1"))

    order, finished, left = run(workshop, both("2"), time_budget=30.0)
    assert (order, finished.spared, finished.left, left) == (["first"], 21, 0, None)


def test_a_retry_that_comes_too_late_is_left(workshop: Workshop, clock: FakeTime) -> None:
    @asset(retry_policy=RetryPolicy(max_retries=3, delay=40), partitions_def=DAYS)
    def day() -> int:
        raise ValueError("no")

    spend(workshop, clock, lambda work: 10.0)
    _, finished, left = run(workshop, [day], "day@2026-01-05", time_budget=35.0)

    assert (finished.failed, finished.skipped, finished.left) == (0, 0, 1)
    assert left is not None
    assert not left.nothing_fits
