"""Each condition by itself: given builds and ticks, then for what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from condition_steps import BROKEN, Steps, at, fail_if_broken, steps

from assetmake import (
    AssetCheckResult,
    AssetIn,
    AssetSelection,
    AssetSpec,
    AutomationCondition,
    DailyPartitionsDefinition,
    FileSource,
    FreshnessPolicy,
    HourlyPartitionsDefinition,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
    asset_check,
    multi_asset,
)
from assetmake.storage.automation_book import RequestRow, add_requests
from assetmake.storage.ledger import claim
from assetmake.storage.run_records import RunRow, start_run
from assetmake.ticking.decision import Answer

C = AutomationCondition
DAILY = DailyPartitionsDefinition("2026-01-01")


@asset
def raw() -> int:
    fail_if_broken("raw")
    return 1


def follow(condition: C[Any], **options: Any) -> Any:
    """Return an asset that reads `raw` and has a condition."""

    @asset(name="it", automation_condition=condition, **options)
    def it(raw: int) -> int:
        fail_if_broken("it")
        return raw

    return it


def alone(condition: C[Any], **options: Any) -> Any:
    @asset(name="it", automation_condition=condition, **options)
    def it() -> int:
        fail_if_broken("it")
        return 1

    return it


@pytest.fixture(autouse=True)
def _nothing_broken() -> Iterator[None]:
    BROKEN.clear()
    yield
    BROKEN.clear()


def test_missing_holds_until_it_is_made() -> None:
    given = steps(alone(C.missing()))
    assert given.tick("5 06:00") == {"it": "all"}
    assert given.reason("it") == "it is missing"
    given.build("5 06:01")
    assert given.tick("5 06:10") == {}
    assert given.reason("it") == "it is not missing"


def test_missing_partitions() -> None:
    given = steps(alone(C.missing(), partitions_def=DAILY))
    given.build("5 06:00", "it", key="2026-01-02")
    assert given.tick("5 06:10") == {"it": "2026-01-01 2026-01-03..2026-01-04"}
    assert given.reason("it") == "it is missing (2026-01-01, 2026-01-03..2026-01-04)"


def test_newly_updated_and_data_version_changed() -> None:
    given = steps(alone(C.newly_updated()))
    assert given.tick("5 06:00") == {}
    given.build("5 06:01")
    assert given.tick("5 06:10") == {"it": "all"}
    assert given.tick("5 06:20") == {}

    given = steps(alone(C.data_version_changed()))
    given.tick("5 06:00")
    given.build("5 06:01")
    assert given.tick("5 06:10") == {"it": "all"}
    given.build("5 06:11", force=True)
    assert given.tick("5 06:20") == {}, "it was made again, to the same data"


def test_newly_requested_holds_one_tick_later() -> None:
    given = steps(alone(C.cron_tick_passed("0 * * * *")), follow_requested())
    given.tick("5 06:10")
    assert given.tick("5 07:10") == {"it": "all"}
    assert given.tick("5 07:20") == {"after": "all"}
    assert given.reason("after") == "it was requested on the tick before"
    assert given.tick("5 07:30") == {}


def follow_requested() -> Any:
    @asset(automation_condition=C.any_deps_match(C.newly_requested()))
    def after(it: int) -> int:
        return it

    return after


def test_will_be_requested_holds_on_the_same_tick() -> None:
    @asset(automation_condition=C.any_deps_match(C.will_be_requested()))
    def after(it: int) -> int:
        return it

    given = steps(alone(C.cron_tick_passed("0 * * * *")), after)
    given.tick("5 06:10")
    assert given.tick("5 07:10") == {"it": "all", "after": "all"}


def test_initial_evaluation_holds_once_for_partitions_of_a_kind() -> None:
    given = steps(alone(C.initial_evaluation()))
    assert given.tick("5 06:00") == {"it": "all"}
    assert given.tick("5 06:10") == {}
    given.sandbox.replace([alone(C.initial_evaluation(), partitions_def=StaticPartitionsDefinition(["x", "y"]))])
    assert given.tick("5 06:20") == {"it": "x..y"}
    assert given.tick("5 06:30") == {}
    given.sandbox.replace([alone(~C.in_progress() & C.initial_evaluation())])
    assert given.tick("5 06:40") == {"it": "all"}
    given.sandbox.replace([alone(C.initial_evaluation() & ~C.missing())])
    assert given.tick("5 06:50") == {}, "another condition is no new beginning"


def test_execution_failed_holds_until_it_succeeds() -> None:
    given = steps(alone(C.execution_failed()))
    BROKEN.add("it")
    given.build("5 06:00")
    assert given.tick("5 06:10") == {"it": "all"}
    assert given.reason("it") == "it failed when it was last tried"
    BROKEN.clear()
    given.build("5 06:20")
    assert given.tick("5 06:30") == {}


def test_code_version_changed_holds_on_the_tick_after_an_edit() -> None:
    given = steps(alone(C.code_version_changed(), code_version="1"))
    assert given.tick("5 06:00") == {}
    given.sandbox.replace([alone(C.code_version_changed(), code_version="2")])
    assert given.tick("5 06:10") == {"it": "all"}
    assert given.reason("it") == "the code of it has changed"
    assert given.tick("5 06:20") == {}


@pytest.mark.parametrize(
    ("lookback", "asked"),
    [
        (None, "2026-01-04"),
        (timedelta(hours=1), "2026-01-04"),
        (timedelta(hours=48), "2026-01-03..2026-01-04"),
        (timedelta(days=90), "2026-01-01..2026-01-04"),
    ],
)
def test_in_latest_time_window(lookback: timedelta | None, asked: str) -> None:
    given = steps(alone(C.in_latest_time_window(lookback), partitions_def=DAILY))
    assert given.tick("5 06:00") == {"it": asked}


def test_the_latest_window_of_several_dimensions_and_of_none() -> None:
    both = MultiPartitionsDefinition({"day": DAILY, "shop": StaticPartitionsDefinition(["n", "s"])})
    given = steps(alone(C.in_latest_time_window(), partitions_def=both))
    assert given.tick("3 06:00") == {"it": "2026-01-02|n 2026-01-02|s"}
    given = steps(alone(C.in_latest_time_window(), partitions_def=StaticPartitionsDefinition(["n", "s"])))
    assert given.tick("3 06:00") == {"it": "n..s"}
    given = steps(alone(C.in_latest_time_window(), partitions_def=DAILY))
    assert given.tick("1 06:00") == {}
    assert given.reason("it") == "it has no partitions"


def test_cron_tick_passed_needs_a_tick_before() -> None:
    given = steps(alone(C.cron_tick_passed("0 6 * * *")))
    assert given.tick("5 06:00") == {}, "the first tick has no history"
    assert given.tick("6 05:59") == {}
    assert given.reason("it") == "'0 6 * * *' has not occurred since the tick before"
    assert given.tick("6 06:00") == {"it": "all"}
    assert given.tick("6 06:01") == {}
    assert given.tick("9 12:00") == {"it": "all"}, "three times, and one request"


def test_since_and_newly_true_go_by_what_was_before() -> None:
    failed = C.execution_failed()
    given = steps(alone(failed.newly_true()))
    BROKEN.add("it")
    given.tick("5 06:00")
    given.build("5 06:01")
    assert given.tick("5 06:10") == {"it": "all"}
    assert given.tick("5 06:20") == {}, "it is no news"
    assert given.tick("5 06:30") == {}, "and stays none"

    BROKEN.clear()
    given = steps(alone(C.newly_updated().since(C.cron_tick_passed("0 7 * * *"))))
    given.tick("5 06:00")
    given.build("5 06:01")
    assert given.tick("5 06:10") == {"it": "all"}
    assert given.tick("5 06:20") == {"it": "all"}, "until the other one holds"
    assert given.reason("it") == "it was updated at 2026-01-05 06:01 UTC"
    assert given.tick("5 07:05") == {}


def test_what_is_remembered_does_not_depend_on_which_upstreams_are_looked_at() -> None:
    @asset
    def other() -> int:
        return 1

    def define(condition: C[Any]) -> list[Any]:
        @asset(name="it", automation_condition=condition)
        def it(raw: int, other: int) -> int:
            return raw + other

        return [raw, other, it]

    missing = C.any_deps_match(C.missing())
    given = steps(*define(missing.newly_true()))
    assert given.tick("5 06:00") == {"it": "all"}
    given.sandbox.replace(define(missing.ignore(AssetSelection.assets("other")).newly_true()))
    assert given.tick("5 06:10") == {}


def test_each_asset_sees_what_is_new_since_it_was_looked_at_itself() -> None:
    @asset(automation_condition=C.newly_updated())
    def one() -> int:
        return 1

    @asset(automation_condition=C.newly_updated())
    def two() -> int:
        return 2

    given = steps(one, two)
    given.tick("5 06:00")
    before = given.known["one"]
    given.build("5 06:05")
    assert given.tick("5 06:10") == {"one": "all", "two": "all"}
    given.known["one"] = before

    assert given.tick("5 06:20") == {"one": "all"}


def test_and_or_and_not() -> None:
    never, always = C.execution_failed(), C.missing()
    for condition, asked in (
        (always & always, True),
        (always & never, False),
        (always | never, True),
        (never | never, False),
        (~never, True),
        (~always, False),
        (always & (never | ~never), True),
    ):
        assert steps(alone(condition)).tick("5 06:00") == ({"it": "all"} if asked else {}), str(condition)


def test_upstreams_match() -> None:
    @asset
    def other() -> int:
        return 1

    def define(condition: C[Any]) -> Steps:
        @asset(name="it", automation_condition=condition)
        def it(raw: int, other: int) -> int:
            return raw + other

        return steps(raw, other, it)

    any_missing, all_missing = C.any_deps_match(C.missing()), C.all_deps_match(C.missing())
    for condition, built, asked in (
        (any_missing, [], True),
        (any_missing, ["raw"], True),
        (any_missing, ["raw", "other"], False),
        (all_missing, [], True),
        (all_missing, ["raw"], False),
        (any_missing.ignore(AssetSelection.assets("other")), ["raw"], False),
        (any_missing.allow(AssetSelection.assets("other")), ["raw"], True),
        (all_missing.ignore(AssetSelection.assets("raw")), ["raw"], True),
        (C.any_deps_missing(), ["raw"], True),
        (C.any_deps_missing(), ["raw", "other"], False),
    ):
        given = define(condition)
        if built:
            given.build("5 06:00", *built)
        assert given.tick("5 06:10") == ({"it": "all"} if asked else {}), (str(condition), built)


def test_upstreams_are_matched_through_mappings() -> None:
    @asset(partitions_def=DAILY)
    def days() -> int:
        return 1

    yesterday = AssetIn(partition_mapping=TimeWindowPartitionMapping(start_offset=-1, end_offset=-1))

    @asset(partitions_def=DAILY, automation_condition=C.any_deps_match(C.newly_updated()), ins={"days": yesterday})
    def lagging(days: int) -> int:
        return days

    @asset(partitions_def=HourlyPartitionsDefinition("2026-01-01-00:00"), automation_condition=C.any_deps_updated())
    def hours(days: int) -> int:
        return days

    @asset(automation_condition=C.any_deps_updated())
    def total(days: dict[str, int]) -> int:
        return len(days)

    given = steps(days, lagging, hours, total)
    given.tick("5 06:00")
    given.build("5 06:10", "days", key="2026-01-02")

    assert given.tick("5 06:15") == {
        "lagging": "2026-01-03",
        "hours": "2026-01-02-00:00..2026-01-02-23:00",
        "total": "all",
    }


def test_what_is_being_built_and_what_is_requested_is_in_progress() -> None:
    given = steps(alone(C.in_progress(), partitions_def=DAILY))
    project = given.sandbox.project
    with project.site.runs.open_run(now=at("5 06:00")) as run, project.state.writing() as db:
        start_run(db, RunRow(run, at("5 06:00"), "assetmake build", 1, "here"))
        claim(db, run, {"it": range(0)}, alive={run})
        parts = DAILY.part_of("2026-01-02")
        claim(db, run, {"it": [parts]}, alive={run})
    assert given.tick("5 06:10") == {}, "its process is gone"

    with project.state.writing() as db:
        wanted = {"nodes": {"it": [["2026-01-03", "2026-01-04"]]}, "tags": {}}
        add_requests(db, [RequestRow("r", "schedule", "s", "", None, at("5 06:10"), wanted)])
    assert given.tick("5 06:20") == {"it": "2026-01-03..2026-01-04"}
    assert given.reason("it") == "it is being built (2026-01-03..2026-01-04)"


@pytest.mark.parametrize(
    ("command", "run", "backfill"), [("assetmake build", True, False), ("assetmake backfill it", False, True)]
)
def test_what_a_living_build_claims(command: str, run: bool, backfill: bool) -> None:
    given = steps(alone(C.run_in_progress() | C.missing() & C.backfill_in_progress(), partitions_def=DAILY))
    project = given.sandbox.project
    with project.site.runs.open_run(now=at("5 06:00")) as number:
        with project.state.writing() as db:
            start_run(db, RunRow(number, at("5 06:00"), command, 1, "here"))
            claim(db, number, {"it": [DAILY.part_of("2026-01-02")]}, alive={number})
        assert given.tick("5 06:10") == {"it": "2026-01-02"}
        assert any("+ run_in_progress:" in line for line in given.tree("it")) is run
        assert any("+ backfill_in_progress:" in line for line in given.tree("it")) is backfill


def test_checks_match_what_stands() -> None:
    passes = [True]

    @asset_check(asset=raw, blocking=True)
    def good() -> AssetCheckResult:
        return AssetCheckResult(passed=passes[0])

    @asset_check(asset=raw)
    def minor() -> AssetCheckResult:
        return AssetCheckResult(passed=False)

    given = steps(raw, good, minor, follow(C.all_deps_blocking_checks_passed()))
    assert given.tick("5 06:00") == {}
    given.build("5 06:01", "raw")
    assert given.tick("5 06:10") == {"it": "all"}
    passes[0] = False
    given.check("5 06:20")
    assert given.tick("5 06:30") == {}

    for condition, asked in (
        (C.any_deps_match(C.any_checks_match(C.check_failed())), True),
        (C.any_deps_match(C.all_checks_match(C.check_failed())), True),
        (C.any_deps_match(C.any_checks_match(C.check_passed())), False),
        (C.any_deps_match(C.any_checks_match(C.missing())), False),
    ):
        given.sandbox.replace([raw, good, minor, follow(condition)])
        assert bool(given.tick("5 06:40")) is asked, str(condition)
        given.known.clear()


def test_a_condition_of_a_check_asks_for_its_asset() -> None:
    @asset_check(asset=raw, automation_condition=C.eager())
    def good() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    given = steps(raw, good)
    assert given.tick("5 06:00") == {}
    given.build("5 06:01", "raw")
    assert given.tick("5 06:10") == {}, "a build makes the checks of what it makes"
    given.build("5 06:11", "raw", force=True)
    assert given.tick("5 06:20") == {"raw": "all"}, "it was made to the same data, so its check was not made again"


def test_another_asset_upstream_downstream_or_neither() -> None:
    def define(other: str) -> Steps:
        @asset(name="middle", automation_condition=C.asset_matches(other, C.missing()), partitions_def=DAILY)
        def middle(up: int) -> int:
            return up

        @asset(name="up", partitions_def=DAILY)
        def up() -> int:
            return 1

        @asset(name="below", partitions_def=DAILY)
        def below(middle: int) -> int:
            return middle

        @asset(name="beside", partitions_def=DAILY)
        def beside() -> int:
            return 1

        @asset(name="whole")
        def whole() -> int:
            return 1

        return steps(middle, up, below, beside, whole)

    for other in ("up", "below", "beside"):
        given = define(other)
        given.build("3 06:00", other, key="2026-01-01")
        assert given.tick("3 06:10") == {"middle": "2026-01-02"}, other
    assert define("whole").tick("3 06:10") == {"middle": "2026-01-01..2026-01-02"}
    assert define("nothing").tick("3 06:10") == {}


def test_the_conditions_below() -> None:
    @asset(automation_condition=C.any_downstream_conditions())
    def top() -> int:
        return 1

    @asset(automation_condition=C.any_downstream_conditions())
    def middle(top: int) -> int:
        return top

    @asset(automation_condition=C.cron_tick_passed("0 * * * *") & ~C.in_progress())
    def end(middle: int) -> int:
        return middle

    given = steps(top, middle, end)
    given.tick("5 06:10")
    assert given.tick("5 06:20") == {}
    assert given.tick("5 07:10") == {"top": "all", "middle": "all", "end": "all"}


def test_what_was_made_with_the_tags_of_a_request(tmp_path: Path) -> None:
    given = steps(raw, follow(C.any_deps_match(C.executed_with_tags(tag_values={"by": "night"}))))
    run = given.build("5 06:00", "raw").events[0].run  # type: ignore[union-attr]
    assert given.tick("5 06:10") == {}
    with given.sandbox.project.state.writing() as db:
        wanted = {"nodes": {"raw": None}, "tags": {"by": "night"}}
        add_requests(db, [RequestRow("r", "schedule", "s", "", None, at("5 06:00"), wanted)])
        db.execute("update state.requests set run = ?, finished_at = ?", [run, at("5 06:01").replace(tzinfo=None)])
    assert given.tick("5 06:20") == {"it": "all"}

    given.sandbox.replace([raw, follow(C.any_deps_match(C.any_new_update_has_run_tags(tag_keys={"by"})))])
    assert given.tick("5 06:30") == {}, "it was made before the tick before"


def test_a_source_that_changes_counts_as_an_update(tmp_path: Path) -> None:
    (tmp_path / "orders.txt").write_text("1")
    source = FileSource("orders", "orders.txt")

    @asset(automation_condition=C.eager())
    def it(orders: Path) -> str:
        return orders.read_text()

    given = steps(source, it, folder=tmp_path)
    assert given.tick("5 06:00") == {}
    given.build("5 06:05")
    assert given.tick("5 06:10") == {}
    (tmp_path / "orders.txt").write_text("22")
    assert given.tick("5 06:20") == {"it": "all"}
    assert given.reason("it") == "orders has changed"
    assert given.tick("5 06:30") == {}
    (tmp_path / "orders.txt").unlink()
    assert given.tick("5 06:40") == {}


def test_freshness_states() -> None:
    policy = FreshnessPolicy.time_window(timedelta(hours=24), timedelta(hours=12))
    passed, warned, failed = C.freshness_passed(), C.freshness_warned(), C.freshness_failed()
    for time, holds in (("5 07:00", passed), ("5 19:00", warned), ("6 07:00", failed)):
        for condition in (passed, warned, failed):
            given = steps(alone(condition, freshness_policy=policy))
            given.build("5 06:00")
            assert given.tick(time) == ({"it": "all"} if condition == holds else {}), (time, str(condition))


def test_a_class_of_the_users_is_told_and_stops_nothing() -> None:
    class Mine(AutomationCondition[Any]):
        pass

    @asset(automation_condition=C.missing() & Mine())
    def own() -> int:
        return 1

    given = steps(own, alone(C.missing()))
    assert given.tick("5 06:00") == {"it": "all"}
    assert given.answer("own") is Answer.FAILED
    assert given.reason("own").startswith("asset own (")
    assert "): Mine is a class of your own, and tick evaluates only those that come with assetmake" in given.reason(
        "own"
    )


def test_all_that_one_call_makes_is_requested_together() -> None:
    @multi_asset(specs=[AssetSpec("a", automation_condition=C.cron_tick_passed("0 * * * *")), AssetSpec("b")])
    def both() -> None:
        pass

    @asset(deps=["b"], automation_condition=C.any_deps_match(C.will_be_requested()))
    def after() -> None:
        pass

    given = steps(both, after)
    given.tick("5 06:10")
    assert given.tick("5 07:10") == {"a": "all", "after": "all"}


def test_a_tick_on_which_nothing_is_new_keeps_nothing() -> None:
    given = steps(raw, follow(C.eager()), alone_cron())
    given.tick("5 06:10")
    given.tick("5 06:20")

    given.tick("5 06:30")
    assert [each.known for each in given.decided.values()] == [None, None]
    given.tick("5 07:10")
    assert given.decided["hourly"].known is not None


def alone_cron() -> Any:
    @asset(automation_condition=C.cron_tick_passed("0 * * * *") & C.execution_failed())
    def hourly() -> int:
        return 1

    return hourly


def test_a_million_partitions_are_a_few_runs() -> None:
    given = steps(alone(C.eager(), partitions_def=HourlyPartitionsDefinition("1900-01-01-00:00")))
    given.tick("5 06:10")
    given.tick("5 06:20")

    assert given.tick("5 07:10") == {"it": "2026-01-05-06:00"}
    assert len(given.known["it"].memory or "") < 400
