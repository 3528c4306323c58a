"""Several assets of one function: given files and edits, when build, then what ran, what stands, what is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from assetmake import (
    AssetExecutionContext,
    AssetKey,
    AssetOut,
    AssetSpec,
    BackfillPolicy,
    DailyPartitionsDefinition,
    FileSource,
    MaterializeResult,
    MultiPartitionsDefinition,
    Output,
    RetryPolicy,
    StaticPartitionsDefinition,
    asset,
    multi_asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import AssetFinished, NodeRetried, NodesBuilt, NodesSkipped, RunFinished
from assetmake.testing import BuildResult, Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-04")
KEYS = ("2026-01-01", "2026-01-02", "2026-01-03")


def finished(result: BuildResult) -> RunFinished:
    (found,) = (event for event in result.events if isinstance(event, RunFinished))
    return found


def plus_one(number: int) -> int:
    return number + 1


def plus_two(number: int) -> int:
    return number + 2


def make_pair(*, left: int = 1, right: int = 2, version: str = "1", **options: Any) -> AssetsDefinition:
    @multi_asset(outs={"left": AssetOut(), "right": AssetOut()}, code_version=version, **options)
    def pair() -> tuple[int, int]:
        return left, right

    return pair


@asset
def of_left(left: int) -> int:
    return left * 10


@asset
def of_right(right: int) -> int:
    return right * 10


def make_readers(**pair: Any) -> list[AssetsDefinition]:
    return [make_pair(**pair), of_left, of_right]


# ---------------------------------------------------------------- the table of edits


def test_one_call_makes_all_of_them_and_each_is_loaded_for_itself() -> None:
    sandbox = Sandbox(make_readers())

    first = sandbox.build()

    assert first.ran == ["left", "right", "of_left", "of_right"]
    assert (first.asset_value("of_left"), first.asset_value("of_right")) == (10, 20)
    assert finished(first).built == 4
    again = sandbox.build()
    assert (again.ran, finished(again).fresh) == ([], 4)


@pytest.mark.parametrize(
    ("edit", "ran"),
    [
        ({}, []),
        ({"version": "2"}, ["left", "right"]),
        ({"version": "2", "left": 7}, ["left", "right", "of_left"]),
        ({"version": "2", "right": 7}, ["left", "right", "of_right"]),
        ({"version": "2", "left": 7, "right": 7}, ["left", "right", "of_left", "of_right"]),
        ({"description": "another"}, []),
        ({"group_name": "others"}, []),
    ],
)
def test_a_change_of_the_function_runs_all_of_it_and_what_reads_an_output_that_changed(
    edit: dict[str, Any], ran: list[str]
) -> None:
    sandbox = Sandbox(make_readers())
    sandbox.build()

    sandbox.replace(make_readers(**edit))

    assert sandbox.build().ran == ran
    assert sandbox.build().ran == []


def test_a_helper_that_the_function_calls_counts_for_all_of_them() -> None:
    def make(helper: Any) -> list[AssetsDefinition]:
        @multi_asset(outs={"left": AssetOut(), "right": AssetOut()})
        def pair() -> tuple[int, int]:
            return helper(1), 0

        return [pair, of_left, of_right]

    sandbox = Sandbox(make(plus_one))
    sandbox.build()

    sandbox.replace(make(plus_two))
    done = sandbox.build()

    assert done.ran == ["left", "right", "of_left"]
    assert done.asset_value("of_left") == 30


@pytest.mark.parametrize("lost", ["left", "right"])
def test_where_one_output_is_gone_all_that_the_call_makes_is_made_again_and_told_why(lost: str) -> None:
    sandbox = Sandbox(make_readers())
    sandbox.build()
    (sandbox.root / f"data/{lost}.json").unlink()

    done = sandbox.build()

    assert done.ran == ["left", "right"]
    assert done.reasons == {"left": "output_missing", "right": "output_missing"}
    assert (finished(done).unchanged, finished(done).fresh) == (2, 2)
    assert sandbox.build().ran == []


def test_where_a_function_can_make_some_only_that_is_made_which_is_gone() -> None:
    sandbox = Sandbox([make_subset(), of_left, of_right])
    sandbox.build()
    (sandbox.root / "data/right.json").write_text("99")

    done = sandbox.build()

    assert done.ran == ["right"]
    assert done.asset_value("right") == 2
    assert sandbox.build().ran == []


def make_subset(*, left: int = 1, right: int = 2, version: str = "1") -> AssetsDefinition:
    @multi_asset(
        outs={"left": AssetOut(is_required=False), "right": AssetOut(is_required=False)},
        can_subset=True,
        code_version=version,
    )
    def pair(context: AssetExecutionContext) -> Iterator[Output[int]]:
        if "left" in context.op_execution_context.selected_output_names:
            yield Output(left, output_name="left")
        if "right" in context.op_execution_context.selected_output_names:
            yield Output(right, output_name="right")

    return pair


def test_a_source_that_one_output_is_declared_to_read_counts_for_that_one() -> None:
    def make(can_subset: bool) -> list[Any]:
        @multi_asset(
            specs=[
                AssetSpec("left", deps=["text"], skippable=can_subset),
                AssetSpec("right", deps=["other"], skippable=can_subset),
            ],
            can_subset=can_subset,
        )
        def pair(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
            for key in sorted(context.selected_asset_keys):
                yield MaterializeResult(asset_key=key)

        return [pair, FileSource("text", path="text.txt"), FileSource("other", path="other.txt")]

    for can_subset, ran in ((True, ["left"]), (False, ["left", "right"])):
        sandbox = Sandbox([])
        for name in ("text", "other"):
            (sandbox.root / f"{name}.txt").write_text("1")
        sandbox.replace(make(can_subset))
        assert sandbox.build().ran == ["left", "right"]
        (sandbox.root / "text.txt").write_text("2")
        assert sandbox.build().ran == ran
        assert sandbox.build().ran == []


# ---------------------------------------------------------------- selection, force, only


@pytest.mark.parametrize(
    ("selection", "options", "ran"),
    [
        (("left",), {}, ["left", "right"]),
        (("of_left",), {}, ["left", "right", "of_left"]),
        (("right",), {"only": True}, ["left", "right"]),
    ],
)
def test_who_asks_for_one_of_them_gets_all_of_one_call(
    selection: tuple[str, ...], options: dict[str, bool], ran: list[str]
) -> None:
    sandbox = Sandbox(make_readers())
    assert sandbox.build(*selection, **options).ran == ran


def test_forcing_one_runs_all_of_the_call_and_nothing_else_where_it_comes_out_the_same() -> None:
    sandbox = Sandbox(make_readers())
    sandbox.build()

    assert sandbox.build("left", force=True).ran == ["left", "right"]
    assert sandbox.build().ran == []


def test_forcing_one_of_a_function_that_can_make_some_runs_that_one() -> None:
    sandbox = Sandbox([make_subset(), of_left])
    sandbox.build()
    assert sandbox.build("left", force=True).ran == ["left"]


def test_a_plan_shows_all_that_a_call_makes() -> None:
    sandbox = Sandbox(make_readers())
    view = sandbox.plan("right")
    assert [str(key) for key, _ in view.plan] == ["left", "right"]
    sandbox.build()
    (sandbox.root / "data/left.json").unlink()
    assert {str(key): len(each.parts) for key, each in sandbox.plan().plan if each.parts} == {
        "left": 1,
        "right": 1,
        "of_left": 1,
        "of_right": 1,
    }


# ---------------------------------------------------------------- assets that depend on one another


def make_chain(*, first: int = 1, second: int = 2, version: str = "1", can_subset: bool = False) -> AssetsDefinition:
    @multi_asset(
        outs={
            "first": AssetOut.from_spec(AssetSpec("first", deps=["text"]), is_required=not can_subset),
            "second": AssetOut.from_spec(AssetSpec("second", deps=["first"]), is_required=not can_subset),
        },
        deps=["text"],
        internal_asset_deps={"first": {AssetKey("text")}, "second": {AssetKey("first")}},
        code_version=version,
        can_subset=can_subset,
    )
    def chain(context: AssetExecutionContext) -> Iterator[Output[int]]:
        for name in ("first", "second"):
            if name in context.op_execution_context.selected_output_names:
                yield Output(first if name == "first" else second, output_name=name)

    return chain


TEXT = FileSource("text", path="text.txt")


def open_chain(root: Path, **options: Any) -> Sandbox:
    (root / "text.txt").write_text("1")
    return Sandbox([TEXT, make_chain(**options)], root=root)


@pytest.mark.parametrize("can_subset", [True, False])
def test_what_depends_on_another_of_the_same_call_is_recorded_with_what_that_made(
    tmp_path: Path, *, can_subset: bool
) -> None:
    sandbox = open_chain(tmp_path, can_subset=can_subset)

    assert set(sandbox.build().ran) == {"first", "second"}
    assert sandbox.build().ran == []

    sandbox.replace([TEXT, make_chain(first=5, version="2", can_subset=can_subset)])
    assert set(sandbox.build().ran) == {"first", "second"}
    assert sandbox.build().ran == [], "the second was recorded as made of the new first"


def test_what_the_second_of_a_chain_is_made_of_counts_alone_where_some_can_be_made(tmp_path: Path) -> None:
    sandbox = open_chain(tmp_path, can_subset=True)
    sandbox.build()
    (tmp_path / "data/first.json").unlink()

    done = sandbox.build("first")

    assert done.ran == ["first"]
    assert sandbox.build().ran == [], "it came out the same"


def test_the_second_of_a_chain_runs_with_the_first_where_that_may_have_other_data(tmp_path: Path) -> None:
    @multi_asset(
        outs={name: AssetOut(is_required=False) for name in ("first", "second")},
        deps=["text"],
        internal_asset_deps={"first": {AssetKey("text")}, "second": {AssetKey("first")}},
        can_subset=True,
    )
    def chain(context: AssetExecutionContext) -> Iterator[Output[str]]:
        for name in sorted(context.op_execution_context.selected_output_names):
            yield Output((tmp_path / "text.txt").read_text(), output_name=name)

    (tmp_path / "text.txt").write_text("1")
    sandbox = Sandbox([TEXT, chain], root=tmp_path)
    sandbox.build()
    (tmp_path / "text.txt").write_text("2")

    done = sandbox.build()

    assert done.ran == ["first", "second"]
    assert done.asset_value("second") == "2"
    assert sandbox.build().ran == []


# ---------------------------------------------------------------- outputs that a function need not give


def make_optional(*gives: str, version: str = "1", value: int = 1, **options: Any) -> AssetsDefinition:
    @multi_asset(
        outs={"always": AssetOut(), "maybe": AssetOut(is_required=False)},
        code_version=f"{version} {gives} {value}",
        **options,
    )
    def both() -> Iterator[Output[int]]:
        for name in gives:
            yield Output(value, output_name=name)

    return both


@asset
def reader(maybe: int) -> int:
    return maybe * 10


def tell_ends(sandbox: Sandbox) -> dict[str, str]:
    """Return what the history has of the last attempt at each asset."""
    with sandbox.project.state.reading() as db:
        return dict(
            db.execute(
                "select a.key, arg_max(t.outcome, t.rowid) from state.attempts t join state.assets a on a.id = t.asset"
                " group by a.key"
            ).fetchall()
        )


@asset(deps=["maybe"])
def follower() -> int:
    return 3


def test_an_output_that_is_not_given_again_stays_as_it_stood() -> None:
    sandbox = Sandbox([make_optional("always", "maybe"), reader])
    first = sandbox.build()
    stood = (sandbox.root / "data/maybe.json").stat()

    sandbox.replace([make_optional("always", value=2), reader])
    done = sandbox.build()

    assert done.ran == ["always", "maybe"], "what reads the old output is left alone"
    assert (finished(done).built, finished(done).unchanged) == (1, 1)
    assert done.asset_value("maybe") == first.asset_value("maybe") == 1
    now = (sandbox.root / "data/maybe.json").stat()
    assert (now.st_ino, now.st_mtime_ns) == (stood.st_ino, stood.st_mtime_ns)
    assert sandbox.build().ran == [], "its trace was renewed"

    sandbox.replace([make_optional("always", "maybe", value=3), reader])
    again = sandbox.build()
    assert again.ran == ["always", "maybe", "reader"]
    assert again.asset_value("reader") == 30


def test_what_was_recorded_of_an_output_that_stays_is_looked_at_as_ever() -> None:
    sandbox = Sandbox([make_optional("always", "maybe")])
    sandbox.build()
    sandbox.replace([make_optional("always", value=2)])
    sandbox.build()

    (sandbox.root / "data/maybe.json").write_text("99")

    assert sandbox.build().reasons == {"always": "output_modified", "maybe": "output_modified"}


@pytest.mark.parametrize("alter", [Path.unlink, lambda path: path.write_text("99")], ids=["deleted", "edited"])
def test_what_somebody_altered_does_not_stand_where_it_is_not_given_again(alter: Any) -> None:
    sandbox = Sandbox([make_optional("always", "maybe"), follower])
    sandbox.build()
    sandbox.replace([make_optional("always"), follower])
    alter(sandbox.root / "data/maybe.json")

    done = sandbox.build()

    assert done.ran == ["always", "maybe", "follower"], "what stands of it is another thing: nothing"
    assert tell_ends(sandbox) == {"always": "unchanged", "maybe": "built", "follower": "unchanged"}
    assert (finished(done).built, finished(done).unchanged) == (1, 2), "what reads it had to run, so it is no other"
    assert sandbox.build().ran == []
    sandbox.replace([make_optional("always"), reader])
    assert "has not given yet" in sandbox.build().failures[0].message


def test_where_nothing_stood_and_nothing_was_given_nothing_has_changed() -> None:
    sandbox = Sandbox([make_optional("always")])

    done = sandbox.build()

    assert (finished(done).built, finished(done).unchanged) == (1, 1)
    assert {event.asset: (event.built, event.unchanged) for event in done.events if isinstance(event, NodesBuilt)} == {
        "always": (1, 0),
        "maybe": (0, 1),
    }
    assert tell_ends(sandbox) == {"always": "built", "maybe": "unchanged"}
    sandbox.replace([make_optional("always", value=2)])
    again = sandbox.build()
    assert (finished(again).built, finished(again).unchanged) == (1, 1)


def test_where_it_was_never_given_a_reader_by_parameter_hears_what_to_do_and_others_go_on() -> None:
    sandbox = Sandbox([make_optional("always"), reader, follower])

    done = sandbox.build()

    assert done.ran == ["always", "maybe", "follower"]
    (failure,) = done.failures
    assert failure.asset == "reader"
    assert "the parameter maybe reads maybe, which its function (" in failure.message
    assert "has not given yet; have it given, or use deps= in place of the parameter" in failure.message
    again = sandbox.build()
    assert (again.ran, [each.asset for each in again.failures]) == ([], ["reader"])

    sandbox.replace([make_optional("always", "maybe"), reader, follower])
    assert sandbox.build().ran == ["always", "maybe", "reader", "follower"]


def test_per_partition_what_is_not_given_stays_where_it_stood() -> None:
    def make(*gives: str, version: str) -> list[AssetsDefinition]:
        @multi_asset(
            outs={"always": AssetOut(), "maybe": AssetOut(is_required=False)},
            partitions_def=DAYS,
            code_version=version,
        )
        def both(context: AssetExecutionContext) -> Iterator[Output[str]]:
            yield Output("x", output_name="always")
            if context.partition_key in gives:
                yield Output(f"{version} {context.partition_key}", output_name="maybe")

        @asset(partitions_def=DAYS)
        def daily(maybe: str) -> str:
            return maybe

        return [both, daily]

    sandbox = Sandbox(make(KEYS[0], version="1"))
    first = sandbox.build()
    assert first.success is False
    assert sorted((each.asset, each.key) for each in first.failures) == [("daily", KEYS[1]), ("daily", KEYS[2])]
    assert all("has not given yet" in each.message for each in first.failures)

    sandbox.replace(make(KEYS[1], version="2"))
    done = sandbox.build()

    assert [name for name in done.ran if name.startswith("daily")] == [f"daily@{KEYS[1]}"]
    assert done.asset_value("maybe", partition_key=KEYS[0]) == f"1 {KEYS[0]}"
    assert done.asset_value("daily", partition_key=KEYS[1]) == f"2 {KEYS[1]}"
    assert [(each.asset, each.key) for each in done.failures] == [("daily", KEYS[2])]


# ---------------------------------------------------------------- what goes wrong


def test_where_the_first_of_a_chain_is_not_published_what_depends_on_it_is_not_either(tmp_path: Path) -> None:
    """It was made of what the first would have become: recorded as made of the old first, it would pass for fresh."""

    def make(*, moves: bool, version: str) -> AssetsDefinition:
        @multi_asset(
            outs={
                "first": AssetOut.from_spec(AssetSpec("first", deps=["text"])),
                "second": AssetOut.from_spec(AssetSpec("second", deps=["first"])),
            },
            deps=["text"],
            internal_asset_deps={"first": {AssetKey("text")}, "second": {AssetKey("first")}},
            code_version=version,
        )
        def chain() -> tuple[str, str]:
            if moves:
                (tmp_path / "text.txt").write_text("while it was read")
            found = (tmp_path / "text.txt").read_text()
            return found, found

        return chain

    (tmp_path / "text.txt").write_text("old")
    sandbox = Sandbox([TEXT, make(moves=False, version="1")], root=tmp_path)
    sandbox.build()
    sandbox.replace([TEXT, make(moves=True, version="2")])

    done = sandbox.build()

    assert [each.asset for each in done.failures] == ["first", "second"]
    assert (finished(done).failed, finished(done).built) == (2, 0)
    assert done.asset_value("second") == "old"
    (tmp_path / "text.txt").write_text("old")
    sandbox.replace([TEXT, make(moves=False, version="1")])
    assert sandbox.build().asset_value("second") == "old"
    sandbox.replace([TEXT, make(moves=False, version="2")])
    assert sandbox.build().ran == ["first", "second"]


def make_failing(*, times: int, **options: Any) -> AssetsDefinition:
    left = [times]

    @multi_asset(outs={"left": AssetOut(), "right": AssetOut()}, **options)
    def pair() -> Iterator[Output[int]]:
        yield Output(1, output_name="left")
        if left[0]:
            left[0] -= 1
            raise ValueError("no rows")
        yield Output(2, output_name="right")

    return pair


def test_where_the_function_raises_none_of_it_is_published_and_what_is_below_is_skipped() -> None:
    sandbox = Sandbox([make_failing(times=1), of_left, of_right])

    done = sandbox.build()

    assert done.ran == ["left", "right"]
    assert [each.asset for each in done.failures] == ["left", "right"]
    assert (finished(done).failed, finished(done).skipped) == (2, 2)
    assert not (sandbox.root / "data/left.json").exists()
    again = sandbox.build()
    assert again.ran == ["left", "right", "of_left", "of_right"]
    assert again.reasons["left"] == "failed"


def test_another_try_is_another_call_for_all_of_them() -> None:
    sandbox = Sandbox([make_failing(times=2, retry_policy=RetryPolicy(max_retries=2)), of_left])

    done = sandbox.build()

    assert done.ran == ["left", "right"] * 3 + ["of_left"]
    retries = [event for event in done.events if isinstance(event, NodeRetried)]
    assert [(each.asset, each.attempt, each.count) for each in retries] == [("left", 1, 2), ("left", 2, 2)]
    assert done.success


def test_an_output_that_is_of_the_wrong_type_fails_the_call() -> None:
    @multi_asset(outs={"left": AssetOut(), "right": AssetOut(dagster_type=int)})
    def pair() -> tuple[int, Any]:
        return 1, "two"

    sandbox = Sandbox([pair, of_left])
    done = sandbox.build()
    assert [each.asset for each in done.failures] == ["left", "right"]
    assert "right" in done.failures[0].message


def test_a_required_output_that_is_not_given_fails_the_call() -> None:
    sandbox = Sandbox([make_optional("maybe"), reader])
    done = sandbox.build()
    assert done.ran == ["always", "maybe"]
    assert [each.asset for each in done.failures] == ["always", "maybe"]
    assert "always" in done.failures[0].message


# ---------------------------------------------------------------- partitions


def make_daily(
    *, changed: Sequence[str] = (), version: str = "1", ranged: bool = False, partitions: Any = DAYS
) -> AssetsDefinition:
    policy = BackfillPolicy.single_run() if ranged else None

    @multi_asset(
        outs={"left": AssetOut(), "right": AssetOut()},
        partitions_def=partitions,
        code_version=version,
        backfill_policy=policy,
    )
    def pair(context: AssetExecutionContext) -> tuple[Any, Any]:
        keys = list(context.partition_keys)
        marked = {key: f"{key}{'!' * (key in changed)}" for key in keys}
        if ranged:
            return marked, dict.fromkeys(keys, "right")
        return marked[keys[0]], "right"

    return pair


@asset(partitions_def=DAYS)
def daily_left(left: str) -> str:
    return left.upper()


@pytest.mark.parametrize("ranged", [False, True])
def test_partitions_are_made_each_with_all_of_its_outputs(*, ranged: bool) -> None:
    sandbox = Sandbox([make_daily(ranged=ranged), daily_left])

    first = sandbox.build()

    assert sorted(first.ran) == sorted(f"{name}@{key}" for name in ("left", "right", "daily_left") for key in KEYS)
    assert sandbox.build().ran == []
    assert first.asset_value("left", partition_key=KEYS[1]) == KEYS[1]

    (sandbox.root / f"data/right/{KEYS[1]}.json").unlink()
    again = sandbox.build()
    assert sorted(again.ran) == [f"left@{KEYS[1]}", f"right@{KEYS[1]}"]
    assert again.reasons == {"left": "output_missing", "right": "output_missing"}


@pytest.mark.parametrize("ranged", [False, True])
def test_dirty_partitions_of_one_output_and_of_another_are_one_set_for_the_call(*, ranged: bool) -> None:
    sandbox = Sandbox([make_daily(ranged=ranged), daily_left])
    sandbox.build()
    (sandbox.root / f"data/left/{KEYS[0]}.json").unlink()
    (sandbox.root / f"data/right/{KEYS[2]}.json").unlink()

    done = sandbox.build()

    assert sorted(done.ran) == sorted(f"{name}@{key}" for name in ("left", "right") for key in (KEYS[0], KEYS[2]))
    assert finished(done).unchanged == 4
    assert sandbox.build().ran == []


@pytest.mark.parametrize("ranged", [False, True])
def test_a_partition_of_one_output_that_changed_runs_only_what_reads_it(*, ranged: bool) -> None:
    sandbox = Sandbox([make_daily(ranged=ranged), daily_left])
    sandbox.build()
    sandbox.replace([make_daily(changed=[KEYS[1]], version="2", ranged=ranged), daily_left])

    done = sandbox.build()

    assert [name for name in done.ran if name.startswith("daily_left")] == [f"daily_left@{KEYS[1]}"]
    sums = {event.asset: (event.built, event.unchanged) for event in done.events if isinstance(event, AssetFinished)}
    assert (sums["left"], sums["right"]) == ((1, 2), (0, 3))


def test_a_range_that_is_called_once_fails_and_is_tried_again_as_one() -> None:
    left = [1]

    @multi_asset(
        outs={"left": AssetOut(), "right": AssetOut()},
        partitions_def=DAYS,
        backfill_policy=BackfillPolicy.single_run(),
        retry_policy=RetryPolicy(max_retries=1),
    )
    def pair(context: AssetExecutionContext) -> tuple[Any, Any]:
        if left[0]:
            left[0] -= 1
            raise ValueError("once")
        values = dict.fromkeys(context.partition_keys, 1)
        return values, values

    sandbox = Sandbox([pair])
    done = sandbox.build()

    assert done.success
    assert len(done.ran) == 12
    (retried,) = (event for event in done.events if isinstance(event, NodeRetried))
    assert (retried.count, retried.key) == (6, f"{KEYS[0]}..{KEYS[2]}")


def test_partitions_of_several_dimensions() -> None:
    grid = MultiPartitionsDefinition({"day": DAYS, "colour": StaticPartitionsDefinition(["red", "green"])})
    sandbox = Sandbox([make_daily(partitions=grid)])

    first = sandbox.build()
    assert len(first.ran) == 12
    assert sandbox.build().ran == []
    outputs = sorted((sandbox.root / "data/right").iterdir())
    outputs[0].unlink()
    done = sandbox.build()
    assert [name.partition("@")[0] for name in done.ran] == ["left", "right"]


def test_a_call_for_one_partition_is_asked_for_by_its_key() -> None:
    sandbox = Sandbox([make_daily(), daily_left])
    assert sandbox.build(f"daily_left@{KEYS[1]}").ran == [f"{n}@{KEYS[1]}" for n in ("left", "right", "daily_left")]


def test_a_range_is_cut_where_it_would_make_other_outputs() -> None:
    """Else a call would be told of two partitions of which each output is asked for in one."""

    @multi_asset(
        outs={name: AssetOut(is_required=False) for name in ("left", "right")},
        partitions_def=DAYS,
        can_subset=True,
        backfill_policy=BackfillPolicy.single_run(),
    )
    def pair(context: AssetExecutionContext) -> Iterator[Output[Any]]:
        for name in sorted(context.op_execution_context.selected_output_names):
            yield Output({key: f"{name} {key}" for key in context.partition_keys}, output_name=name)

    sandbox = Sandbox([pair])
    first = sandbox.build()
    (sandbox.root / f"data/left/{KEYS[0]}.json").unlink()
    (sandbox.root / f"data/right/{KEYS[1]}.json").unlink()

    done = sandbox.build()

    assert done.ran == [f"left@{KEYS[0]}", f"right@{KEYS[1]}"]
    assert done.asset_value("left", partition_key=KEYS[0]) == f"left {KEYS[0]}"
    assert done.asset_value("right", partition_key=KEYS[1]) == f"right {KEYS[1]}"
    assert first.success
    assert sandbox.build().ran == []


def test_where_one_of_them_reads_what_failed_all_that_is_skipped_names_that() -> None:
    @asset
    def source() -> int:
        raise ValueError("no number")

    @multi_asset(
        outs={"left": AssetOut(), "right": AssetOut()},
        internal_asset_deps={"left": {AssetKey("source")}, "right": set()},
    )
    def pair(source: int) -> tuple[int, int]:
        return source, source

    result = Sandbox([source, pair, of_left, of_right]).build()

    skipped = {event.asset: event.because for event in result.events if isinstance(event, NodesSkipped)}
    assert skipped == dict.fromkeys(("left", "right", "of_left", "of_right"), "source failed")
