"""Checks in a build: given files and edits, when build, then which checks ran, what they say, and what they hold up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from workshop import HeldExecutor

from assetmake import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetIn,
    AssetOut,
    DailyPartitionsDefinition,
    FileSource,
    MaterializeResult,
    Output,
    RetryPolicy,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    multi_asset,
    multi_asset_check,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import AssetFinished, CheckAnswered, NodeFailed, NodesSkipped, NodesStarted, RunFinished
from assetmake.execution.asked import BuildOptions
from assetmake.execution.work import Work
from assetmake.graph.selection import Selection
from assetmake.testing import BuildResult, Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-04")
KEYS = ("2026-01-01", "2026-01-02", "2026-01-03")


def finished(result: BuildResult) -> RunFinished:
    (found,) = (event for event in result.events if isinstance(event, RunFinished))
    return found


def tell(result: BuildResult) -> tuple[int, int, int]:
    """Return how many checks passed, warned and failed."""
    done = finished(result)
    return done.checks_passed, done.checks_warned, done.checks_failed


def at_least(number: int) -> int:
    return number


def at_most(number: int) -> int:
    return number + 100


def make(
    *,
    value: int = 5,
    version: str = "1",
    least: int = 1,
    helper: Any = at_least,
    severity: AssetCheckSeverity = AssetCheckSeverity.ERROR,
    blocking: bool = False,
    raises: bool = False,
    **options: Any,
) -> list[AssetsDefinition]:
    """number -> double, a check of number, and one of double that always passes."""

    @asset(code_version=f"{version} {value}")
    def number() -> int:
        return value

    @asset_check(asset=number, blocking=blocking, **options)
    def enough(number: int) -> AssetCheckResult:
        if raises:
            raise ValueError("cannot look")
        return AssetCheckResult(passed=number >= helper(least), severity=severity, metadata={"number": number})

    @asset
    def double(number: int) -> int:
        return number * 2

    @asset_check(asset=double)
    def there(double: int) -> AssetCheckResult:
        return AssetCheckResult(passed=double is not None)

    return [number, enough, double, there]


# ---------------------------------------------------------------- the table of edits


def test_checks_run_after_what_they_look_at_and_their_answers_are_told() -> None:
    sandbox = Sandbox(make())

    done = sandbox.build()

    assert sorted(done.ran) == ["double", "double:there", "number", "number:enough"]
    assert done.ran.index("number") < done.ran.index("number:enough")
    assert done.ran.index("double") < done.ran.index("double:there")
    assert done.checks == {"number:enough": "passed", "double:there": "passed"}
    assert (finished(done).built, tell(done)) == (2, (2, 0, 0)), "checks do not count as assets"
    (answer,) = (each for each in done.events if isinstance(each, CheckAnswered) and each.check == "enough")
    assert (answer.asset, answer.key, answer.metadata, answer.blocking) == ("number", "", {"number": 5}, False)


@pytest.mark.parametrize(
    ("edit", "ran"),
    [
        ({}, []),
        ({"version": "2"}, ["number"]),
        ({"value": 6}, ["number", "double", "number:enough", "double:there"]),
        ({"least": 2}, ["number:enough"]),
        ({"helper": at_most}, ["number:enough"]),
        ({"description": "another"}, []),
    ],
    ids=["nothing", "same data", "other data", "the check", "a helper of the check", "its description"],
)
def test_a_check_runs_again_where_its_code_or_the_data_changed(edit: dict[str, Any], ran: list[str]) -> None:
    sandbox = Sandbox(make())
    sandbox.build()

    sandbox.replace(make(**edit))
    done = sandbox.build()

    assert sorted(done.ran) == sorted(ran)
    assert sum(tell(done)) == 2, "what was found before counts too"
    again = sandbox.build()
    assert (again.ran, sum(tell(again))) == ([], 2)


def test_an_output_that_is_gone_is_made_again_and_to_the_same_data_not_checked_again() -> None:
    sandbox = Sandbox(make())
    sandbox.build()
    (sandbox.root / "data/number.json").unlink()

    done = sandbox.build()

    assert (done.ran, tell(done)) == (["number"], (2, 0, 0))


def test_a_check_of_an_output_that_was_edited_is_of_what_is_made_in_its_place() -> None:
    sandbox = Sandbox(make())
    sandbox.build()
    (sandbox.root / "data/number.json").write_text("0")

    done = sandbox.build()

    assert (done.ran, done.success) == (["number"], True)


def test_a_new_check_is_made_of_what_stands_and_one_that_is_gone_counts_no_more() -> None:
    number, enough, *_ = make()
    sandbox = Sandbox([number])
    assert tell(sandbox.build()) == (0, 0, 0)

    sandbox.replace([number, enough])
    done = sandbox.build()
    assert (done.ran, tell(done), finished(done).fresh) == (["number:enough"], (1, 0, 0), 1)

    sandbox.replace([number])
    assert tell(sandbox.build()) == (0, 0, 0)


# ---------------------------------------------------------------- selection, force, only


@pytest.mark.parametrize(
    ("selection", "options", "ran"),
    [
        (("number",), {}, ["number", "number:enough"]),
        (("double",), {}, ["double", "double:there", "number", "number:enough"]),
    ],
)
def test_the_checks_of_what_is_built_are_made(
    selection: tuple[str, ...], options: dict[str, bool], ran: list[str]
) -> None:
    sandbox = Sandbox(make())
    assert sorted(sandbox.build(*selection, **options).ran) == ran


def test_only_makes_the_checks_of_what_is_selected_alone() -> None:
    sandbox = Sandbox(make())
    sandbox.build()
    sandbox.replace(make(least=3, value=7))

    done = sandbox.build("double", only=True)

    assert done.ran == [], "double stands upon the number that is there"
    sandbox.replace(make(least=3))
    assert sandbox.build("number", only=True).ran == ["number:enough"]


def test_force_runs_what_is_selected_and_what_then_has_other_data() -> None:
    sandbox = Sandbox(make())
    sandbox.build()
    assert sandbox.build("number", force=True).ran == ["number"]


# ---------------------------------------------------------------- what they say


def test_a_check_that_fails_fails_the_build_until_the_data_or_the_check_changes() -> None:
    sandbox = Sandbox(make(least=9))

    first = sandbox.build()
    assert (first.success, tell(first), finished(first).failed) == (False, (1, 0, 1), 0)
    assert first.checks["number:enough"] == "failed"

    again = sandbox.build()
    assert (again.ran, again.success, tell(again)) == ([], False, (1, 0, 1))
    (stands,) = (event for event in again.events if isinstance(event, CheckAnswered))
    assert (stands.stands, stands.count, stands.verdict) == (True, 1, "failed")

    sandbox.replace(make(least=9, value=10))
    done = sandbox.build()
    assert (done.success, tell(done)) == (True, (2, 0, 0))
    sandbox.replace(make(least=11, value=10))
    assert sandbox.build().success is False


def test_a_failed_check_counts_once_where_something_else_is_built() -> None:
    number, enough, double, there = make(least=9)
    sandbox = Sandbox([number, enough, double, there])
    sandbox.build()
    (sandbox.root / "data/double.json").unlink()

    done = sandbox.build()

    assert (done.ran, tell(done)) == (["double"], (1, 0, 1))


def test_a_failed_check_that_only_waits_and_is_spared_counts_once() -> None:
    sandbox = Sandbox(make(least=9))
    sandbox.build()
    sandbox.replace(make(least=9, version="2"))

    done = sandbox.build()

    assert (done.ran, tell(done), done.success) == (["number"], (1, 0, 1), False)


def test_a_warning_is_no_failure_and_stands_too() -> None:
    sandbox = Sandbox(make(least=9, severity=AssetCheckSeverity.WARN, blocking=True))

    first = sandbox.build()
    assert (first.success, tell(first), first.checks["number:enough"]) == (True, (1, 1, 0), "warned")
    assert "double" in first.ran, "what only warns blocks nothing"
    again = sandbox.build()
    assert (again.ran, again.success, tell(again)) == ([], True, (1, 1, 0))


def test_a_check_that_raises_has_failed_and_is_tried_at_every_build() -> None:
    sandbox = Sandbox(make(raises=True))

    first = sandbox.build()

    assert (first.success, tell(first), finished(first).failed) == (False, (1, 0, 1), 0)
    assert [each.asset for each in first.failures] == ["number:enough"]
    again = sandbox.build()
    assert (again.ran, again.success, tell(again)) == (["number:enough"], False, (1, 0, 1))
    sandbox.replace(make())
    assert sandbox.build().success


def test_a_check_that_raises_after_it_passed_has_failed() -> None:
    sandbox = Sandbox(make())
    sandbox.build()
    sandbox.replace(make(raises=True))
    assert tell(sandbox.build()) == (1, 0, 1)
    assert tell(sandbox.build()) == (1, 0, 1)
    sandbox.replace(make())
    done = sandbox.build()
    assert (done.success, tell(done)) == (True, (2, 0, 0))


def test_another_try_is_made_of_a_check_too() -> None:
    left = [1]

    @asset
    def number() -> int:
        return 1

    @asset_check(asset=number, retry_policy=RetryPolicy(max_retries=1))
    def shaky(number: int) -> AssetCheckResult:
        if left[0]:
            left[0] -= 1
            raise ValueError("once")
        return AssetCheckResult(passed=True)

    done = Sandbox([number, shaky]).build()
    assert (done.ran, done.checks) == (["number", "number:shaky", "number:shaky"], {"number:shaky": "passed"})


def test_where_the_asset_fails_its_check_is_skipped_and_that_is_told() -> None:
    @asset
    def number() -> int:
        raise ValueError("no number")

    @asset_check(asset=number)
    def enough(number: int) -> AssetCheckResult:
        return AssetCheckResult(passed=number > 0)

    done = Sandbox([number, enough]).build()
    assert (done.ran, tell(done), finished(done).skipped) == (["number"], (0, 0, 0), 0)
    assert (finished(done).checks_skipped, finished(done).checks) == (1, 1)
    assert NodesSkipped("number:enough", 1, "number failed") in done.events


# ---------------------------------------------------------------- blocking


def test_what_is_below_a_blocking_check_waits_for_it() -> None:
    done = Sandbox(make(blocking=True)).build()
    assert done.ran.index("number:enough") < done.ran.index("double")


@pytest.mark.parametrize("how", [{"least": 9}, {"raises": True}], ids=["fails", "raises"])
def test_what_is_below_a_blocking_check_that_fails_is_not_made(how: dict[str, Any]) -> None:
    sandbox = Sandbox(make(blocking=True, **how))

    done = sandbox.build()

    assert done.ran == ["number", "number:enough"]
    assert (finished(done).failed, finished(done).skipped, done.success) == (0, 1, False)
    because = "the check number:enough failed"
    skipped = [event for event in done.events if isinstance(event, NodesSkipped)]
    assert skipped == [NodesSkipped("double", 1, because), NodesSkipped("double:there", 1, because)]

    again = sandbox.build()
    assert "double" not in again.ran, "it still stands, and still blocks"
    assert (finished(again).skipped, again.success) == (1, False)

    sandbox.replace(make(blocking=True))
    assert sandbox.build().ran == ["number:enough", "double", "double:there"]


def test_a_blocking_check_that_fails_leaves_what_is_fresh_below_it_alone() -> None:
    sandbox = Sandbox(make(blocking=True))
    sandbox.build()
    sandbox.replace(make(blocking=True, least=9))

    done = sandbox.build()

    assert (done.ran, finished(done).skipped, tell(done)) == (["number:enough"], 0, (1, 0, 1))


def test_a_failure_that_stands_blocks_what_is_new_below() -> None:
    number, enough, *_ = make(blocking=True, least=9)
    sandbox = Sandbox([number, enough])
    sandbox.build()

    sandbox.replace(make(blocking=True, least=9))
    done = sandbox.build()

    assert done.ran == []
    assert finished(done).skipped == 1


def test_a_failing_check_that_does_not_block_holds_up_nothing() -> None:
    done = Sandbox(make(least=9)).build()
    assert "double" in done.ran


def test_other_checks_of_the_asset_are_made_where_a_blocking_one_failed() -> None:
    number, enough, *_ = make(blocking=True, least=9)

    @asset_check(asset=number)
    def odd(number: int) -> AssetCheckResult:
        return AssetCheckResult(passed=number % 2 == 1)

    done = Sandbox([number, enough, odd]).build()
    assert done.checks == {"number:enough": "failed", "number:odd": "passed"}


@pytest.mark.parametrize("how", [{"least": 9}, {"raises": True}], ids=["fails", "raises"])
def test_where_a_failure_stops_the_build_a_failed_check_is_none(how: dict[str, Any]) -> None:
    sandbox = Sandbox(make(**how))
    events: list[Any] = []
    done = sandbox.project.build(Selection(), BuildOptions(fail_fast=True), events.append)
    assert (done.built, done.skipped, done.checks_failed) == (2, 0, 1)


# ---------------------------------------------------------------- checks of several things, and what else they read


def make_wide(*, limit: int = 1, other: int = 2) -> list[Any]:
    @asset
    def number() -> int:
        return 1

    @asset(code_version=str(other))
    def partner() -> int:
        return other

    @asset_check(asset=number, additional_ins={"partner": AssetIn("partner")})
    def smaller(number: int, partner: int) -> AssetCheckResult:
        return AssetCheckResult(passed=number < partner)

    @asset_check(asset=number, additional_deps=["text"])
    def noted() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    return [number, partner, smaller, noted, FileSource("text", path="text.txt")]


def test_a_check_is_made_again_where_anything_else_that_it_reads_changed() -> None:
    sandbox = Sandbox([])
    (sandbox.root / "text.txt").write_text("1")
    sandbox.replace(make_wide())
    assert tell(sandbox.build()) == (2, 0, 0)

    sandbox.replace(make_wide(other=3))
    assert sandbox.build().ran == ["partner", "number:smaller"]
    (sandbox.root / "text.txt").write_text("2")
    assert sandbox.build().ran == ["number:noted"]


def test_what_a_check_reads_besides_is_built_for_it() -> None:
    sandbox = Sandbox([])
    (sandbox.root / "text.txt").write_text("1")
    sandbox.replace(make_wide())
    assert sorted(sandbox.build("number").ran) == ["number", "number:noted", "number:smaller", "partner"]


def make_several(*, version: int = 1, can_subset: bool = False) -> list[AssetsDefinition]:
    @asset(code_version=str(version))
    def one() -> int:
        return version

    @asset
    def two() -> int:
        return 2

    @multi_asset_check(
        specs=[AssetCheckSpec("there", asset="one"), AssetCheckSpec("there", asset="two")], can_subset=can_subset
    )
    def all_there(context: Any) -> Iterator[AssetCheckResult]:
        for key in sorted(context.selected_asset_check_keys):
            yield AssetCheckResult(passed=True, asset_key=key.asset_key, check_name=key.name)

    return [one, two, all_there]


@pytest.mark.parametrize(
    ("can_subset", "ran"), [(False, ["one", "one:there", "two:there"]), (True, ["one", "one:there"])]
)
def test_checks_of_several_assets_by_one_function(*, can_subset: bool, ran: list[str]) -> None:
    sandbox = Sandbox(make_several(can_subset=can_subset))
    assert sandbox.build().checks == {"one:there": "passed", "two:there": "passed"}
    sandbox.replace(make_several(version=2, can_subset=can_subset))
    done = sandbox.build()
    assert (done.ran, tell(done)) == (ran, (2, 0, 0))
    assert sandbox.build().ran == []


# ---------------------------------------------------------------- checks that the asset's own function makes


def make_own(*, passed: bool = True, version: str = "1", blocking: bool = False) -> list[AssetsDefinition]:
    @asset(check_specs=[AssetCheckSpec("good", asset="table", blocking=blocking)], code_version=version)
    def table() -> MaterializeResult:
        return MaterializeResult(value=3, check_results=[AssetCheckResult(passed=passed, check_name="good")])

    @asset
    def below(table: int) -> int:
        return table + 1

    return [table, below]


def test_a_check_that_the_function_makes_comes_with_the_asset() -> None:
    sandbox = Sandbox(make_own())
    done = sandbox.build()
    assert (done.ran, done.checks) == (["table", "table:good", "below"], {"table:good": "passed"})
    assert sandbox.build().ran == []

    (sandbox.root / "data/table.json").unlink()
    again = sandbox.build()
    assert (again.ran, tell(again)) == (["table", "table:good"], (1, 0, 0))
    assert sandbox.build().ran == []


def test_where_it_fails_the_asset_stands_and_is_not_made_again_until_something_changes() -> None:
    sandbox = Sandbox(make_own(passed=False))
    done = sandbox.build()
    assert (done.success, finished(done).built, tell(done)) == (False, 2, (0, 0, 1))
    again = sandbox.build()
    assert (again.ran, again.success, tell(again)) == ([], False, (0, 0, 1))
    sandbox.replace(make_own(version="2"))
    assert sandbox.build().success


def test_where_it_blocks_what_is_below_is_not_made() -> None:
    sandbox = Sandbox(make_own(passed=False, blocking=True))
    done = sandbox.build()
    assert done.ran == ["table", "table:good"]
    assert finished(done).skipped == 1
    again = sandbox.build()
    assert (again.ran, finished(again).skipped, again.success) == ([], 1, False)


def test_a_result_that_is_not_given_fails_the_call() -> None:
    @asset(check_specs=[AssetCheckSpec("good", asset="table")])
    def table() -> int:
        return 3

    done = Sandbox([table]).build()
    assert [each.asset for each in done.failures] == ["table", "table:good"]
    assert "good" in done.failures[0].message
    assert finished(done).failed == 1


# ---------------------------------------------------------------- partitions


def make_daily(
    *,
    wrong: tuple[str, ...] = (),
    changed: tuple[str, ...] = (),
    version: str = "1",
    blocking: bool = False,
    whole: bool = False,
) -> list[AssetsDefinition]:
    """daily -> derived, by partition; a check of daily, by partition or of all of it."""

    @asset(partitions_def=DAYS, code_version=f"{version} {changed}")
    def daily(context: AssetExecutionContext) -> str:
        return context.partition_key + "!" * (context.partition_key in changed)

    @asset(partitions_def=DAYS)
    def derived(daily: str) -> str:
        return daily.upper()

    if whole:

        @asset_check(asset=daily, blocking=blocking)
        def right(daily: dict[str, str]) -> AssetCheckResult:
            return AssetCheckResult(passed=not set(wrong) & set(daily))
    else:

        @asset_check(asset=daily, blocking=blocking, partitions_def=DAYS)
        def right(daily: str) -> AssetCheckResult:
            return AssetCheckResult(passed=daily.rstrip("!") not in wrong)

    return [daily, derived, right]


def only(name: str, ran: list[str]) -> list[str]:
    return sorted(each.partition("@")[2] for each in ran if each.partition("@")[0] == name)


@pytest.mark.parametrize("checked", [False, True])
def test_what_is_held_back_by_partition_waits_for_what_runs_still(*, checked: bool) -> None:
    """It is given up only once it is known that it would run: the check has failed while `other` runs, or its check."""

    def make(version: str, *, wrong: tuple[str, ...] = (), changed: tuple[str, ...] = ()) -> list[AssetsDefinition]:
        daily, _, right = make_daily(wrong=wrong, version=version, blocking=True)

        @asset(partitions_def=DAYS, code_version=f"{version} {changed}")
        def other(context: AssetExecutionContext) -> bool:
            return context.partition_key in changed

        @asset_check(asset=other, blocking=True, partitions_def=DAYS)
        def fine(other: bool) -> AssetCheckResult:
            return AssetCheckResult(passed=True, metadata={"version": version})

        @asset(partitions_def=DAYS)
        def both(daily: str, other: bool) -> str:
            return f"{daily}{other}"

        return [daily, right, other, both, *([fine] if checked else [])]

    held: list[HeldExecutor] = []

    def choose_other_last(works: Sequence[Work]) -> int:
        return next((place for place, work in enumerate(works) if not str(work.asset).startswith("other")), 0)

    def open_executor(_: int, __: Path) -> HeldExecutor:
        held.append(HeldExecutor(sandbox._watch.find, choose=choose_other_last))
        return held[-1]

    sandbox = Sandbox(make("1"))
    sandbox.build()
    sandbox.replace(make("2", wrong=KEYS, changed=KEYS[:1]))
    sandbox.project = replace(sandbox.project, open_executor=open_executor)

    done = sandbox.build()

    assert only("both", done.ran) == []
    assert (finished(done).spared, finished(done).skipped) == (2, 1)


def test_a_check_by_partition_has_an_answer_for_each() -> None:
    sandbox = Sandbox(make_daily(wrong=KEYS[1:2]))

    done = sandbox.build()

    assert done.checks == {
        f"daily:right@{KEYS[0]}": "passed",
        f"daily:right@{KEYS[1]}": "failed",
        f"daily:right@{KEYS[2]}": "passed",
    }
    assert (tell(done), done.success) == ((2, 0, 1), False)
    again = sandbox.build()
    assert (again.ran, tell(again)) == ([], (2, 0, 1))
    assert again.checks == {f"daily:right@{KEYS[1]}": "failed"}


def test_only_the_partitions_that_changed_are_checked_again() -> None:
    sandbox = Sandbox(make_daily())
    sandbox.build()
    sandbox.replace(make_daily(version="2", changed=KEYS[2:]))

    done = sandbox.build()

    assert only("daily", done.ran) == list(KEYS)
    assert only("daily:right", done.ran) == [KEYS[2]]
    assert tell(done) == (3, 0, 0)


def test_a_blocking_check_by_partition_holds_back_that_partition() -> None:
    sandbox = Sandbox(make_daily(wrong=KEYS[1:2], blocking=True))

    done = sandbox.build()
    assert only("derived", done.ran) == [KEYS[0], KEYS[2]]
    assert (finished(done).skipped, tell(done)) == (1, (2, 0, 1))

    again = sandbox.build()
    assert (again.ran, finished(again).skipped) == ([], 1)
    sandbox.replace(make_daily(blocking=True))
    last = sandbox.build()
    assert (only("derived", last.ran), finished(last).skipped) == ([KEYS[1]], 0)


def test_a_blocking_check_of_all_partitions_holds_back_all() -> None:
    sandbox = Sandbox(make_daily(wrong=KEYS[1:2], blocking=True, whole=True))

    done = sandbox.build()

    assert done.ran == [*(f"daily@{key}" for key in KEYS), "daily:right"]
    assert (finished(done).skipped, tell(done)) == (3, (0, 0, 1))
    sandbox.replace(make_daily(blocking=True, whole=True))
    assert only("derived", sandbox.build().ran) == list(KEYS)


@pytest.mark.parametrize("whole", [False, True])
def test_a_check_is_made_of_the_partitions_that_are_asked_for(*, whole: bool) -> None:
    sandbox = Sandbox(make_daily(whole=whole))

    done = sandbox.build(f"daily@{KEYS[1]}")

    assert only("daily", done.ran) == [KEYS[1]]
    assert only("daily:right", done.ran) == ([] if whole else [KEYS[1]]), "what looks at all is left for a whole build"
    assert len(only("daily:right", sandbox.build().ran)) == (1 if whole else 2)


def test_a_check_in_other_partitions_than_its_asset_is_of_all_of_it() -> None:
    weeks = StaticPartitionsDefinition(["odd", "even"])

    @asset
    def plain() -> int:
        return 1

    @asset_check(asset=plain, partitions_def=weeks)
    def by_week(context: Any) -> AssetCheckResult:
        return AssetCheckResult(passed=context.partition_key == "odd")

    sandbox = Sandbox([plain, by_week])
    done = sandbox.build()
    assert done.checks == {"plain:by_week@odd": "passed", "plain:by_week@even": "failed"}
    assert (sandbox.build().ran, tell(sandbox.build())) == ([], (1, 0, 1))


def test_a_new_partition_is_checked_for_itself() -> None:
    def make(end: str) -> list[AssetsDefinition]:
        days = DailyPartitionsDefinition(start_date="2026-01-01", end_date=end)

        @asset(partitions_def=days)
        def daily() -> int:
            return 1

        @asset_check(asset=daily, partitions_def=days)
        def right(daily: int) -> AssetCheckResult:
            return AssetCheckResult(passed=True)

        return [daily, right]

    sandbox = Sandbox(make("2026-01-03"))
    sandbox.build()
    sandbox.replace(make("2026-01-04"))
    assert sandbox.build().ran == ["daily@2026-01-03", "daily:right@2026-01-03"]


def test_a_reader_of_all_waits_for_the_checks_of_all_partitions() -> None:
    daily, _, right = make_daily(wrong=KEYS[1:2], blocking=True)

    @asset
    def total(daily: dict[str, str]) -> int:
        return len(daily)

    done = Sandbox([daily, right, total]).build()

    assert "total" not in done.ran
    assert finished(done).skipped == 1


def test_what_a_failing_check_holds_back_and_need_not_run_is_spared_not_skipped() -> None:
    """Both builds tell the same: the first one could not know before its upstream had come out the same."""
    sandbox = Sandbox(make(blocking=True))
    sandbox.build()
    sandbox.replace(make(blocking=True, least=9, version="2"))

    done = sandbox.build()

    assert done.ran == ["number", "number:enough"]
    assert (finished(done).spared, finished(done).skipped, tell(done)) == (1, 0, (1, 0, 1))
    assert tell(sandbox.build()) == (1, 0, 1)


def test_of_what_a_failing_check_holds_back_only_what_would_run_is_skipped() -> None:
    sandbox = Sandbox(make_daily(blocking=True))
    sandbox.build()
    sandbox.replace(make_daily(blocking=True, wrong=KEYS, version="2", changed=KEYS[:1]))

    done = sandbox.build()

    assert only("derived", done.ran) == []
    assert (finished(done).spared, finished(done).skipped, tell(done)) == (2, 1, (0, 0, 3))


def test_a_failure_that_stands_blocks_once_it_is_known_to_stand() -> None:
    sandbox = Sandbox(make(blocking=True, least=9))
    sandbox.build()
    sandbox.replace(make(blocking=True, least=9, version="2"))

    done = sandbox.build()

    assert done.ran == ["number"], "to the same data: the check need not be made, and double was never made"
    assert (finished(done).skipped, tell(done)) == (1, (0, 0, 1))


@pytest.mark.parametrize("last", ["number", "other"])
def test_what_is_held_back_waits_for_all_else_that_it_reads_before_it_is_given_up(last: str) -> None:
    def make(version: str, least: int) -> list[AssetsDefinition]:
        @asset(code_version=version)
        def number() -> int:
            return 1

        @asset_check(asset=number, blocking=True)
        def enough(number: int) -> AssetCheckResult:
            return AssetCheckResult(passed=number >= least)

        @asset(code_version=version)
        def other() -> int:
            return 2

        @asset
        def total(number: int, other: int) -> int:
            return number + other

        first, second = (other, number) if last == "number" else (number, other)
        return [first, enough, second, total]

    sandbox = Sandbox(make("1", 0))
    sandbox.build()
    sandbox.replace(make("2", 9))

    done = sandbox.build()

    assert (finished(done).spared, finished(done).skipped, tell(done)) == (1, 0, (0, 0, 1))


@pytest.mark.parametrize("answer", [None, "ok"])
def test_what_is_no_answer_fails_and_tells_what_one_is(answer: Any) -> None:
    @asset
    def number() -> int:
        return 5

    @asset_check(asset=number)
    def enough(number: int) -> Any:
        return answer

    failed = [event for event in Sandbox([number, enough]).build().events if isinstance(event, NodeFailed)]
    assert [event.asset for event in failed] == ["number:enough"]
    assert "a check returns an AssetCheckResult or a bool" in failed[0].message


def test_that_a_check_starts_is_told() -> None:
    result = Sandbox(make()).build()
    assert "number:enough" in [event.asset for event in result.events if isinstance(event, NodesStarted)]


def list_told(result: BuildResult) -> list[str]:
    """Return what was told of assets and checks, in order."""
    return [
        f"{each.asset}:{each.check}{each.key and '@'}{each.key}" if isinstance(each, CheckAnswered) else each.asset
        for each in result.events
        if isinstance(each, AssetFinished | CheckAnswered)
    ]


def test_what_an_assets_own_function_found_is_told_after_the_asset() -> None:
    spec = AssetCheckSpec("good", asset="table")

    @asset(check_specs=[spec])
    def table() -> MaterializeResult[int]:
        return MaterializeResult(value=1, check_results=[AssetCheckResult(passed=True)])

    @multi_asset(outs={"one": AssetOut(), "two": AssetOut()}, check_specs=[AssetCheckSpec("good", asset="one")])
    def both() -> Iterator[Any]:
        yield Output(1, "one")
        yield AssetCheckResult(passed=False, check_name="good", asset_key="one")
        yield Output(2, "two")

    @asset_check(asset="table")
    def apart(table: int) -> bool:
        return table == 1

    assert list_told(Sandbox([table, apart]).build()) == ["table", "table:good", "table:apart"]
    assert list_told(Sandbox([both]).build()) == ["one", "two", "one:good"]


def test_what_was_found_of_a_partition_is_told_at_once() -> None:
    @asset(partitions_def=DAYS, check_specs=[AssetCheckSpec("good", asset="daily")])
    def daily() -> MaterializeResult[int]:
        return MaterializeResult(value=1, check_results=[AssetCheckResult(passed=True)])

    assert list_told(Sandbox([daily]).build()) == [*(f"daily:good@{key}" for key in KEYS), "daily"]
