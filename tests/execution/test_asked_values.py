"""`context.load_asset_value` in a build: a function may ask for what it depends on, and for nothing else."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assetmake import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    BackfillPolicy,
    Definitions,
    FileSource,
    IOManager,
    MaterializeResult,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    multi_asset,
    multi_asset_check,
)
from assetmake.execution.reading_by_key import ReadingByKey
from assetmake.storage.io_managers import Input, Origin, Piece, name_asked
from assetmake.testing import BuildResult, Sandbox

LETTERS = StaticPartitionsDefinition(["a", "b"])


def tell(result: BuildResult) -> str:
    (failure,) = result.failures
    assert failure.file == __file__, failure
    return failure.message


def make_one(value: int) -> Any:
    @asset
    def one() -> int:
        return value

    return one


def make_reader(ask: Callable[[AssetExecutionContext], Any], **options: Any) -> Any:
    @asset(**options)
    def reader(context: AssetExecutionContext) -> Any:
        context.load_asset_value  # noqa: B018 - it is by this that the function is known to ask
        return ask(context)

    return reader


def ask_for_one(context: AssetExecutionContext) -> Any:
    """A helper is followed, as all code is."""
    return context.load_asset_value("one")


class TestWhatIsUnderDeps:
    def test_it_is_loaded_and_decides_what_is_stale(self) -> None:
        @asset(deps=["one"])
        def reader(context: AssetExecutionContext) -> int:
            return int(context.load_asset_value(AssetKey("one"))) * 10

        sandbox = Sandbox([make_one(1), reader])
        assert sandbox.build().ran == ["one", "reader"]
        assert sandbox.value("reader") == 10
        assert sandbox.build().ran == []

        sandbox.replace([make_one(2), reader])

        assert sandbox.build().ran == ["one", "reader"]
        assert sandbox.value("reader") == 20

    def test_a_helper_may_ask(self) -> None:
        @asset(deps=["one"])
        def reader(context: AssetExecutionContext) -> Any:
            return ask_for_one(context)

        sandbox = Sandbox([make_one(1), reader])
        sandbox.build()

        assert sandbox.value("reader") == 1

    def test_a_given_version_of_the_code_hides_no_call(self) -> None:
        @asset(deps=["one"], code_version="1")
        def reader(context: AssetExecutionContext) -> Any:
            return [context.load_asset_value(each) for each in ["one"]]

        sandbox = Sandbox([make_one(1), reader])
        sandbox.build()

        assert sandbox.value("reader") == [1]

    def test_a_parameter_may_be_asked_for_as_another_type(self) -> None:
        @asset
        def table() -> dict[str, int]:
            return {"a": 1}

        @asset
        def reader(context: AssetExecutionContext, table: dict[str, int]) -> str:
            return Path(context.load_asset_value("table", python_type=Path)).suffix + str(table)

        sandbox = Sandbox([table, reader])
        sandbox.build()

        assert sandbox.value("reader") == ".json{'a': 1}"

    def test_a_file_is_asked_for_by_its_source(self, tmp_path: Path) -> None:
        (tmp_path / "words.txt").write_text("hello")
        reader = make_reader(lambda context: context.load_asset_value("words").read_text(), deps=["words"])
        sandbox = Sandbox([FileSource("words", "words.txt"), reader], root=tmp_path)
        sandbox.build()

        assert sandbox.value("reader") == "hello"

    def test_a_check_asks_for_its_asset_and_what_else_it_depends_on(self) -> None:
        two = asset(name="two")(lambda: 2)

        @asset_check(asset="one", additional_deps=["two"])
        def smaller(context: AssetCheckExecutionContext) -> AssetCheckResult:
            return AssetCheckResult(passed=context.load_asset_value("one") < context.load_asset_value("two"))

        sandbox = Sandbox([make_one(1), two, smaller])
        assert sandbox.build().checks == {"one:smaller": "passed"}

        sandbox.replace([make_one(3), two, smaller])

        assert sandbox.build().checks == {"one:smaller": "failed"}

    def test_what_a_manager_of_the_users_keeps_is_loaded_by_that(self) -> None:
        def describe(sign: str) -> Definitions:
            class Kept(IOManager):
                def handle_output(self, context: Any, obj: Any) -> None:
                    held[
                        tuple(context.asset_key.path), context.has_asset_partitions and context.asset_partition_key
                    ] = obj

                def load_input(self, context: Any) -> Any:
                    found = held[
                        tuple(context.asset_key.path), context.has_asset_partitions and context.asset_partition_key
                    ]
                    return f"{sign}{found}"

            @asset(io_manager_key="kept")
            def plain() -> str:
                return "plain"

            @asset(io_manager_key="kept", partitions_def=LETTERS)
            def letter(context: AssetExecutionContext) -> str:
                return context.partition_key

            reader = make_reader(
                lambda context: [
                    context.load_asset_value("plain"),
                    context.load_asset_value("letter", partition_key="b"),
                ],
                deps=["plain", "letter"],
            )
            return Definitions(assets=[plain, letter, reader], resources={"kept": Kept()})

        held: dict[Any, Any] = {}
        sandbox = Sandbox([describe("<")])
        sandbox.build()
        assert sandbox.value("reader") == ["<plain", "<b"]

        sandbox.replace([describe(">")])
        sandbox.build()

        assert sandbox.value("reader") == [">plain", ">b"]


class TestPartitions:
    @pytest.fixture
    def letter(self) -> Any:
        @asset(partitions_def=LETTERS)
        def letter(context: AssetExecutionContext) -> str:
            return context.partition_key

        return letter

    def test_each_is_asked_for_by_its_key(self, letter: Any) -> None:
        reader = make_reader(
            lambda context: [context.load_asset_value("letter", partition_key=key) for key in "ba"], deps=["letter"]
        )
        sandbox = Sandbox([letter, reader])
        sandbox.build()

        assert sandbox.value("reader") == ["b", "a"]

    def test_one_that_the_node_does_not_read_is_refused(self, letter: Any) -> None:
        reader = make_reader(
            lambda context: context.load_asset_value("letter", partition_key="b"),
            deps=["letter"],
            partitions_def=LETTERS,
        )
        sandbox = Sandbox([letter, reader])
        result = sandbox.build("reader@a")

        assert "reader does not read partition b of letter, but a (say which it reads: deps=[AssetDep(" in tell(result)
        assert sandbox.build("reader@b").success

    def test_a_key_has_to_be_said(self, letter: Any) -> None:
        reader = make_reader(lambda context: context.load_asset_value("letter"), deps=["letter"])

        assert "letter is partitioned, and no partition_key says which" in tell(Sandbox([letter, reader]).build())

    def test_a_range_asks_for_any_of_its_keys(self, letter: Any) -> None:
        @asset(partitions_def=LETTERS, deps=["letter"], backfill_policy=BackfillPolicy.single_run())
        def upper(context: AssetExecutionContext) -> dict[str, str]:
            return {
                key: context.load_asset_value("letter", partition_key=key).upper() for key in context.partition_keys
            }

        sandbox = Sandbox([letter, upper])
        sandbox.build()

        assert sandbox.value("upper", partition_key="b") == "B"


class TestWhatIsRefused:
    def test_what_is_no_dependency(self) -> None:
        reader = make_reader(lambda context: context.load_asset_value("one"))
        sandbox = Sandbox([make_one(1), reader])
        result = sandbox.build()

        assert tell(result) == (
            "load_asset_value: reader does not depend on one: it would not be made anew where one changes "
            '(write deps=["one"], or take it as a parameter)'
        )
        assert sandbox.build().ran == ["reader"]

    def test_itself(self) -> None:
        reader = make_reader(lambda context: context.load_asset_value("reader"))

        assert "reader asks for what it makes itself" in tell(Sandbox([reader]).build())

    def test_what_keeps_its_result_by_itself(self) -> None:
        @asset
        def one() -> None:
            return

        reader = make_reader(lambda context: context.load_asset_value("one"), deps=[one])

        assert "nothing of one is kept where assetmake could load it" in tell(Sandbox([one, reader]).build())

    def test_what_only_others_know(self) -> None:
        reader = make_reader(lambda context: context.load_asset_value("theirs"), deps=[AssetSpec("theirs")])

        assert "nothing of theirs is kept" in tell(Sandbox([reader]).build())

    def test_another_type(self) -> None:
        reader = make_reader(lambda context: context.load_asset_value("one", python_type=str), deps=["one"])
        (failure,) = Sandbox([make_one(1), reader]).build().failures

        assert "one" in failure.message
        assert "str" in failure.message.lower()

    def test_a_call_that_the_code_does_not_show(self) -> None:
        @asset(deps=["one"])
        def reader(context: AssetExecutionContext) -> Any:
            return getattr(context, "_".join(["load", "asset", "value"]))("one")

        assert "in code that cannot be followed from its function" in tell(Sandbox([make_one(1), reader]).build())

    def test_what_not_all_that_a_call_makes_depends_on(self) -> None:
        seen: list[int] = []

        def describe(**deps: Any) -> Any:
            @multi_asset(specs=[AssetSpec("left", deps=["one"]), AssetSpec("right", **deps)])
            def both(context: AssetExecutionContext) -> Any:
                seen.append(context.load_asset_value("one"))
                yield MaterializeResult("left")
                yield MaterializeResult("right")

            return both

        sandbox = Sandbox([make_one(1), describe()])
        told = {each.message for each in sandbox.build().failures}
        assert {"not all that left, right makes depends on one" in each for each in told} == {True}

        sandbox.replace([make_one(1), describe(deps=["one"])])

        assert sandbox.build().success
        assert seen == [1]

    def test_what_only_one_of_several_checks_depends_on(self) -> None:
        @multi_asset_check(specs=[AssetCheckSpec("c", asset="one"), AssetCheckSpec("c", asset="two")])
        def checks(context: AssetCheckExecutionContext) -> Any:
            context.load_asset_value("one")

        two = asset(name="two")(lambda: 2)
        told = {each.message for each in Sandbox([make_one(1), two, checks]).build().failures}

        assert {"depends on one" in each for each in told} == {True}


def test_who_does_not_ask_is_told_of_no_dependency() -> None:
    seen: list[str] = []

    @asset(deps=["one"])
    def reader(context: AssetExecutionContext) -> None:
        load = context._load
        assert isinstance(load, ReadingByKey)
        seen.extend(each.parameter for each in load.inputs)

    Sandbox([make_one(1), reader]).build()

    assert seen == []


@pytest.mark.parametrize(
    "given",
    [
        Input("one", "json", partitioned=False, several=False, pieces=(Piece("a", Path("x")),)),
        Input(
            name_asked(AssetKey("one")),
            None,
            partitioned=True,
            several=True,
            pieces=(),
            origin=Origin(AssetKey("one"), "module", "giver"),
            upstream=AssetKey("one"),
        ),
    ],
)
def test_an_input_travels_whole(given: Input) -> None:
    assert pickle.loads(pickle.dumps(given)) == given
