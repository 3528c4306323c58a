"""eager, on_missing and on_cron: given builds and ticks, then what is requested at each tick, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from condition_steps import BROKEN, fail_if_broken, steps

from assetmake import (
    AutomationCondition,
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
)
from assetmake.ticking.decision import Answer

DAILY = DailyPartitionsDefinition("2026-01-01")
EAGER, ON_MISSING = AutomationCondition.eager(), AutomationCondition.on_missing()


@asset
def raw() -> int:
    return 1


@asset(automation_condition=EAGER)
def report(raw: int) -> int:
    fail_if_broken("report")
    return raw


@pytest.fixture(autouse=True)
def _nothing_broken() -> Iterator[None]:
    BROKEN.clear()
    yield
    BROKEN.clear()


def test_eager_asks_once_for_each_update_and_not_again_after_a_failure() -> None:
    given = steps(raw, report)

    assert given.tick("5 06:00") == {}, "no surprise at the first tick"
    assert given.reason("report") == "nothing that it reads was updated since it was last requested or made"
    given.build("5 06:10", "raw")
    assert given.tick("5 06:15") == {"report": "all"}
    assert given.reason("report") == "raw was updated at 2026-01-05 06:10 UTC"
    assert given.tick("5 06:30") == {}, "it was requested"
    given.build("5 06:31", "report")
    assert given.tick("5 06:45") == {}, "it was made"
    given.build("5 06:50", "raw", force=True)
    assert given.tick("5 07:00") == {"report": "all"}
    BROKEN.add("report")
    given.build("5 07:01", "report")
    assert given.tick("5 07:15") == {}, "it failed, and nothing has changed since"


def test_what_was_built_by_hand_after_its_upstream_is_not_asked_for_and_before_it_is() -> None:
    given = steps(raw, report)
    given.tick("5 06:00")

    given.build("5 06:05", "raw")
    given.build("5 06:10", "report")
    assert given.tick("5 07:00") == {}, "both between two ticks, in the right order"

    given.build("5 07:10", "report", force=True, only=True)
    given.build("5 07:20", "raw", force=True)
    assert given.tick("5 08:00") == {"report": "all"}


def test_what_one_run_has_made_together_asks_for_nothing() -> None:
    given = steps(raw, report)
    given.tick("5 06:00")

    given.build("5 06:05")

    assert given.tick("5 06:15") == {}


def test_eager_looks_at_the_latest_partition() -> None:
    @asset(partitions_def=DAILY)
    def days() -> int:
        return 1

    @asset(partitions_def=DAILY, automation_condition=EAGER)
    def sums(days: int) -> int:
        return days

    given = steps(days, sums)
    assert given.tick("5 06:00") == {}
    given.build("5 06:05", "days", key="2026-01-02")
    assert given.tick("5 06:10") == {}, "it is not the latest"
    assert given.reason("sums") == "nothing that it reads was updated since it was last requested or made"
    given.build("5 06:15", "days", key="2026-01-04")
    assert given.tick("5 06:20") == {"sums": "2026-01-04"}
    assert given.tick("6 00:05") == {}, "a new day, and nothing to read yet"
    assert given.reason("sums") == "days is missing (2026-01-05)"
    given.build("6 00:10", "days", key="2026-01-05")
    assert given.tick("6 00:15") == {"sums": "2026-01-05"}


def test_eager_asks_for_new_partitions_and_for_what_reads_them_at_once() -> None:
    def define(*keys: str) -> list[object]:
        partitions = StaticPartitionsDefinition(list(keys))

        @asset(partitions_def=partitions, automation_condition=EAGER)
        def a() -> int:
            return 1

        @asset(partitions_def=partitions, automation_condition=EAGER)
        def b(a: int) -> int:
            return a

        return [a, b]

    given = steps(*define("x", "y"))
    assert given.tick("5 06:00") == {}
    given.sandbox.replace(define("x", "y", "z", "w"))  # type: ignore[arg-type]
    assert given.tick("5 06:10") == {"a": "z..w", "b": "z..w"}
    assert given.reason("b") == "it is missing (z..w) and a is requested too"
    assert given.tick("5 06:20") == {}


def test_a_chain_is_asked_for_at_once() -> None:
    @asset(automation_condition=EAGER)
    def end(report: int) -> int:
        return report

    given = steps(raw, report, end)
    given.tick("5 06:00")
    given.build("5 06:10", "raw")

    assert given.tick("5 06:15") == {"report": "all", "end": "all"}
    BROKEN.add("report")
    given.build("5 06:16", "report", "end")
    assert given.tick("5 06:30") == {}


def test_on_cron_waits_for_what_it_reads_and_asks_once_a_tick() -> None:
    @asset(automation_condition=AutomationCondition.on_cron("0 6 * * *"))
    def daily(raw: int) -> int:
        return raw

    given = steps(raw, daily)
    given.build("4 12:00", "raw")
    assert given.tick("4 23:00") == {}
    assert given.tick("5 06:05") == {}
    assert given.reason("daily") == "it waits for raw, which was not updated since the schedule last occurred"
    given.build("5 06:10", "raw", force=True)
    assert given.tick("5 06:15") == {"daily": "all"}
    assert (
        given.reason("daily")
        == "'0 6 * * *' occurred at 2026-01-05 06:00 UTC and raw was updated at 2026-01-05 06:10 UTC"
    )
    given.build("5 06:20", "daily")
    given.build("5 06:25", "raw", force=True)
    assert given.tick("5 07:00") == {}
    assert given.reason("daily") == "'0 6 * * *' has not occurred since it was last requested or made"
    assert given.tick("6 06:00") == {}, "a tick at the very time"
    given.build("6 06:30", "raw", force=True)
    assert given.tick("6 09:00") == {"daily": "all"}


@pytest.mark.parametrize(("built", "asked"), [("5 05:50", {}), ("5 06:10", {"daily": "all"})], ids=["before", "after"])
def test_between_two_ticks_it_counts_whether_an_update_came_after_the_schedule(
    built: str, asked: dict[str, str]
) -> None:
    @asset(automation_condition=AutomationCondition.on_cron("0 6 * * *"))
    def daily(raw: int) -> int:
        return raw

    given = steps(raw, daily)
    given.tick("4 23:00")
    given.build(built, "raw")

    assert given.tick("5 12:00") == asked


def test_on_cron_without_upstream_asks_once_a_day_also_across_changes_of_the_clock() -> None:
    @asset(automation_condition=AutomationCondition.on_cron("30 2 * * *", "Europe/Berlin"))
    def night() -> int:
        return 1

    given = steps(night)
    asked = []
    for day in (28, 29, 30):  # 02:30 does not exist on 2026-03-29: it is due at 03:00, which is 01:00 UTC
        for minute in range(0, 3 * 60, 30):
            time = f"2026-03-{day}T{minute // 60:02}:{minute % 60:02}:00+00:00"
            asked += [time] if given.tick(time) else []
    assert asked == ["2026-03-28T01:30:00+00:00", "2026-03-29T01:00:00+00:00", "2026-03-30T00:30:00+00:00"]

    asked = []
    for minute in range(0, 3 * 60, 30):  # 02:30 comes twice on 2026-10-25: at 00:30 and at 01:30 UTC
        time = f"2026-10-25T{minute // 60:02}:{minute % 60:02}:00+00:00"
        asked += [time] if given.tick(time) else []
    assert asked[-1] == "2026-10-25T00:30:00+00:00"
    assert asked.count("2026-10-25T01:30:00+00:00") == 0


def test_on_missing_asks_for_what_comes_to_be_once_it_can_be_made() -> None:
    @asset(partitions_def=DAILY)
    def days() -> int:
        return 1

    @asset(partitions_def=DAILY, automation_condition=ON_MISSING)
    def sums(days: int) -> int:
        return days

    given = steps(days, sums)
    assert given.tick("5 06:00") == {}
    assert given.tick("6 06:00") == {}
    assert given.reason("sums") == "days is missing (2026-01-05)"
    given.build("6 06:30", "days", key="2026-01-05")
    assert given.tick("6 07:00") == {"sums": "2026-01-05"}
    given.build("6 07:05", "sums", key="2026-01-05")
    given.build("6 07:06", "days", key="2026-01-05", force=True)
    assert given.tick("6 08:00") == {}, "it is there"


def test_a_day_of_hours() -> None:
    @asset(partitions_def=HourlyPartitionsDefinition("2026-01-05-00:00"))
    def hours() -> int:
        return 1

    @asset(partitions_def=DAILY, automation_condition=EAGER)
    def day(hours: dict[str, int]) -> int:
        return len(hours)

    given = steps(hours, day)
    given.tick("5 23:30")
    given.build("5 23:40", "hours")
    assert given.tick("6 00:05") == {}
    assert given.reason("day") == "hours is missing (2026-01-05-23:00)"
    given.build("6 00:06", "hours")
    assert given.tick("6 00:10") == {"day": "2026-01-05"}


def test_the_same_tick_again_and_an_earlier_one_do_nothing() -> None:
    given = steps(raw, report)
    given.tick("5 06:00")
    given.build("5 06:10", "raw")

    assert given.tick("5 06:15") == {"report": "all"}
    known = dict(given.known)
    assert given.tick("5 06:15") == {}
    assert given.tick("5 05:00") == {}
    assert given.answer("report") is Answer.NOT_DUE
    assert given.known == known


def test_the_tree_says_what_held_and_what_did_not() -> None:
    given = steps(raw, report)
    given.tick("5 06:00")
    given.build("5 06:10", "raw")
    given.tick("5 06:15")

    assert given.tree("report") == [
        "+ eager",
        "  + in_latest_time_window",
        "  + (newly_missing | any_deps_updated).since(handled): raw was updated at 2026-01-05 06:10 UTC",
        "    + newly_missing | any_deps_updated",
        "      - newly_missing",
        "        + missing: it is missing",
        "      + any_deps_updated",
        "        + raw",
        "          + newly_updated_without_root | will_be_requested",
        "            + newly_updated_without_root",
        "              + newly_updated: raw was updated at 2026-01-05 06:10 UTC",
        "              + ~executed_with_root_target",
        "                - executed_with_root_target",
        "            - will_be_requested",
        "    - handled",
        "      - newly_requested",
        "      - newly_updated",
        "      - initial_evaluation",
        "  + ~any_deps_missing",
        "    - any_deps_missing",
        "      - raw",
        "        - missing & ~will_be_requested",
        "          - missing",
        "          - ~will_be_requested",
        "  + ~any_deps_in_progress",
        "    - any_deps_in_progress",
        "      - raw",
        "        - in_progress",
        "          - run_in_progress",
        "          - backfill_in_progress",
        "  + ~in_progress",
        "    - in_progress",
        "      - run_in_progress",
        "      - backfill_in_progress",
    ]


def test_when_the_clock_alone_may_change_the_answer() -> None:
    @asset(automation_condition=AutomationCondition.on_cron("0 6 * * *"), partitions_def=DAILY)
    def daily() -> int:
        return 1

    given = steps(daily)
    given.tick("5 05:00")
    assert given.decided["daily"].next_at == datetime(2026, 1, 5, 6, tzinfo=UTC)
    given.tick("5 07:00")
    assert given.decided["daily"].next_at == datetime(2026, 1, 6, 0, tzinfo=UTC)


def test_what_holds_although_nothing_happened_says_why() -> None:
    updated = AutomationCondition.all_deps_updated_since_cron("0 6 * * *")

    @asset(automation_condition=updated)
    def alone() -> int:
        return 1

    @asset(automation_condition=~updated)
    def waits(raw: int) -> int:
        return raw

    given = steps(raw, alone, waits)
    given.tick("5 12:00")
    label = "all_deps_updated_since_cron(0 6 * * *, UTC)"
    nothing = "it reads nothing that it would have to wait for"
    assert given.reason("alone") == f"{label} holds: {nothing}"
    assert given.tree("alone") == [f"+ {label}: {nothing}"]
    assert given.reason("waits") == (
        f"~{label} holds: it waits for raw, which was not updated since the schedule last occurred"
    )
