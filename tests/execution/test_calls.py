"""One call of a function, for nodes of several assets and checks, with the user's resources and config."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from assetmake import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    AssetOut,
    AssetSpec,
    BackfillPolicy,
    Config,
    ConfigurableResource,
    DataVersion,
    EnvVar,
    MaterializeResult,
    Output,
    RetryRequested,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    multi_asset,
)
from assetmake import Failure as GivenUp
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.execution.bench import Benches
from assetmake.execution.capture import PassThrough
from assetmake.execution.masking import NO_MASK, Mask
from assetmake.execution.work import CheckAnswer, Failure, Node, Outcome, Success, Work
from assetmake.execution.worker import run_work

LETTERS = StaticPartitionsDefinition(["a", "b"])


@dataclass
class Writing(PassThrough):
    """A capture that keeps what is written, and to which log it goes at the end."""

    written: list[str] = field(default_factory=list)
    ended: list[tuple[str, bool]] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.written.append(text)

    def end(self, log: str, *, keep: bool, mask: Mask = NO_MASK, also: bool = False) -> bool:
        self.ended.append((Path(log).name, also))
        return False


@dataclass
class Shop:
    """Runs calls in a folder."""

    folder: Path
    given: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    capture: Writing = field(default_factory=Writing)

    def make_nodes(self, *outputs: str, keys: Sequence[str | None] = (None,)) -> tuple[Node, ...]:
        shown, pairs = self.folder, [(output, key) for key in keys for output in outputs]
        return tuple(
            Node(number, ord(key or "\0"), key, (), f"{shown}/.{number}", f"{self.folder}/{number}.log", 1, output)
            for number, (output, key) in enumerate(pairs, start=1)
        )

    def run(
        self, definition: AssetsDefinition, nodes: Sequence[Node], *, together: bool = False, **options: Any
    ) -> list[Outcome]:
        keys = definition.keys or {spec.asset_key for spec in definition.check_specs}
        work = Work(
            run="run",
            asset=min(keys),
            module="",
            code="",
            io_manager="io_manager",
            timeout=None,
            nodes=tuple(nodes),
            inputs=() if together else None,
            **options,
        )
        benches = Benches(lambda _: definition, find_resources=lambda module, _: self.given[module], root=self.folder)
        return [outcome for outcomes in run_work(work, benches, self.capture) for outcome in outcomes]

    def make(self, definition: AssetsDefinition, *outputs: str, **options: Any) -> list[Success]:
        results = [outcome.result for outcome in self.run(definition, self.make_nodes(*outputs), **options)]
        assert all(isinstance(result, Success) for result in results), results
        return [result for result in results if isinstance(result, Success)]

    def fail(self, definition: AssetsDefinition, *outputs: str, **options: Any) -> Failure:
        results = {outcome.result for outcome in self.run(definition, self.make_nodes(*outputs or ("",)), **options)}
        (result,) = results
        assert isinstance(result, Failure), result
        return result

    def read(self, number: int) -> Any:
        return json.loads((self.folder / f".{number}").read_text())


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def pair(function: Callable[..., Any], **options: Any) -> AssetsDefinition:
    return multi_asset(outs={"one": AssetOut(), "two": AssetOut(is_required=False)}, **options)(function)


class TestSeveralOutputs:
    def test_each_value_is_stored_under_the_node_of_its_output(self, shop: Shop) -> None:
        def both() -> Iterator[Output[int]]:
            yield Output(2, "two", metadata={"rows": 3})
            yield Output(1, "one")

        one, two = shop.make(pair(both), "one", "two")

        assert (shop.read(1), shop.read(2)) == (1, 2)
        assert (one.metadata, two.metadata) == (None, {"rows": ("int", 3)})
        assert one.suffix == two.suffix == ".json"

    def test_a_tuple_is_a_value_for_each(self, shop: Shop) -> None:
        shop.make(pair(lambda: (1, Output(2))), "one", "two")

        assert (shop.read(1), shop.read(2)) == (1, 2)

    def test_what_need_not_be_given_is_absent(self, shop: Shop) -> None:
        def first() -> Iterator[Output[int]]:
            yield Output(1, "one")

        one, two = shop.make(pair(first), "one", "two")

        assert (one.absent, two.absent) == (False, True)

    def test_what_has_to_be_given_and_is_not_fails_the_call(self, shop: Shop) -> None:
        def second() -> Iterator[Output[int]]:
            yield Output(2, "two")

        failure = shop.fail(pair(second), "one", "two")

        assert 'non-optional output "one"' in failure.message
        assert not failure.retryable

    def test_a_result_that_nobody_asked_for_is_let_through(self, shop: Shop) -> None:
        def both() -> Iterator[Output[int]]:
            yield Output(1, "one")
            yield Output(2, "two")

        (two,) = shop.make(pair(both), "two")

        assert two.suffix == ".json"
        assert shop.read(1) == 2
        assert len([path for path in shop.folder.iterdir() if path.name.startswith(".")]) == 1

    def test_a_function_that_can_make_some_is_told_which(self, shop: Shop) -> None:
        asked = []

        @multi_asset(specs=[AssetSpec("x"), AssetSpec("y")], can_subset=True)
        def some(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any]]:
            asked.append((context.selected_asset_keys, context.selected_output_names, context.is_subset))
            for key in context.selected_asset_keys:
                yield MaterializeResult(asset_key=key, data_version=DataVersion("7"))

        (made,) = shop.make(some, "y")

        assert asked == [({AssetKey("y")}, {"y"}, True)]
        assert (made.digest, made.suffix) == (b"version:7", None)

    def test_specs_of_which_some_come_leave_the_others_absent(self, shop: Shop) -> None:
        @multi_asset(specs=[AssetSpec("x"), AssetSpec("y")])
        def some() -> Iterator[MaterializeResult[Any]]:
            yield MaterializeResult(asset_key="x")

        x, y = shop.make(some, "x", "y")

        assert (x.absent, y.absent) == (False, True)

    def test_of_a_range_each_output_is_a_dict_by_key(self, shop: Shop) -> None:
        def both(context: AssetExecutionContext) -> Any:
            return {key: f"1{key}" for key in context.partition_keys}, {"a": Output("2a", metadata={"n": 1}), "b": "2b"}

        definition = pair(both, partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run())
        outcomes = shop.run(definition, shop.make_nodes("one", "two", keys=["a", "b"]), together=True)

        assert [shop.read(number) for number in (1, 2, 3, 4)] == ["1a", "2a", "1b", "2b"]
        assert [getattr(each.result, "metadata", 0) for each in outcomes] == [None, {"n": ("int", 1)}, None, None]

    def test_nodes_of_one_partition_are_one_call(self, shop: Shop) -> None:
        calls = []

        def both(context: AssetExecutionContext) -> tuple[str, str]:
            calls.append(context.partition_key)
            return context.partition_key, "two"

        nodes = shop.make_nodes("one", "two", keys=["a", "b"])
        shop.run(pair(both, partitions_def=LETTERS), nodes)

        assert calls == ["a", "b"]
        assert shop.read(3) == "b"

    def test_a_file_goes_where_its_output_goes(self, shop: Shop) -> None:
        def both(context: AssetExecutionContext) -> tuple[Path, int]:
            _ = context.output_path
            return Path("nowhere"), 2

        assert "the function makes 2 assets" in shop.fail(pair(both), "one", "two").message


class TestWhatIsSaid:
    def test_metadata_counts_after_a_result_too(self, shop: Shop) -> None:
        def both(context: AssetExecutionContext) -> Iterator[Output[int]]:
            yield Output(1, "one", metadata={"a": 1})
            context.add_output_metadata({"b": 2}, output_name="one")
            context.add_asset_metadata({"c": 3}, asset_key="two")
            yield Output(2, "two")

        one, two = shop.make(pair(both), "one", "two")

        assert one.metadata == {"a": ("int", 1), "b": ("int", 2)}
        assert two.metadata == {"c": ("int", 3)}

    def test_an_event_of_what_it_makes_is_told_of_that(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        @asset
        def one(context: AssetExecutionContext) -> int:
            context.log_event(AssetMaterialization("one", metadata={"rows": 3}))
            context.log_event(AssetObservation("other", metadata={"rows": 4}))
            return 1

        (made,) = shop.make(one, "")

        assert made.metadata == {"rows": ("int", 3)}
        assert "AssetObservation of other is not kept" in caplog.text

    def test_a_version_may_be_said_to_the_context(self, shop: Shop) -> None:
        @asset
        def one(context: AssetExecutionContext) -> int:
            context.set_data_version("one", DataVersion("3"))
            return 1

        assert shop.make(one, "")[0].digest == b"version:3"

    def test_run_and_try_are_told(self, shop: Shop) -> None:
        seen = []

        @asset
        def one(context: AssetExecutionContext) -> None:
            seen.append((context.run_id, context.run.run_id if context.run else "", context.retry_number))

        shop.run(one, [replace(node, attempt=3) for node in shop.make_nodes("")])

        assert seen == [("run", "run", 2)]

    @pytest.mark.parametrize(
        ("ask", "said"),
        [
            (
                lambda context: context.instance.get_event_records(),
                "context.instance.get_event_records: a build has no",
            ),
            (lambda context: context.load_asset_value("other"), "take it as a parameter"),
        ],
    )
    def test_what_a_worker_cannot_do_is_said(self, shop: Shop, ask: Callable[[Any], Any], said: str) -> None:
        @asset
        def one(context: AssetExecutionContext) -> None:
            ask(context)

        failure = shop.fail(one)

        assert said in failure.message
        assert failure.file == __file__
        assert not failure.retryable

    def test_a_question_whether_the_instance_can_do_something_is_answered(self, shop: Shop) -> None:
        @asset
        def one(context: AssetExecutionContext) -> bool:
            return hasattr(context.instance, "get_event_records")

        shop.make(one, "")

        assert shop.read(1) is False


class TestTypes:
    @pytest.mark.parametrize("value", ["text", None, [1]])
    def test_a_value_is_of_the_type_that_is_declared(self, shop: Shop, value: Any) -> None:
        @asset
        def one() -> int:
            return value  # type: ignore[no-any-return]

        failure = shop.fail(one)

        assert 'expected type "Int"' in failure.message
        assert not failure.retryable
        assert not list(shop.folder.iterdir())

    def test_an_int_is_a_float_as_type_checkers_have_it(self, shop: Shop) -> None:
        @asset
        def one() -> dict[str, float]:
            return {"a": 1, "b": 2.5}

        shop.make(one, "")

        assert shop.read(1) == {"a": 1, "b": 2.5}

    def test_a_long_value_is_cut_in_the_message(self, shop: Shop) -> None:
        @asset
        def one() -> int:
            return list(range(10_000))  # type: ignore[return-value]

        assert len(shop.fail(one).message) < 500

    def test_a_file_that_is_written_beside_stands_for_the_value(self, shop: Shop) -> None:
        @asset
        def one(context: AssetExecutionContext) -> dict:  # type: ignore[type-arg]
            context.output_path.with_suffix(".json").write_text("5")
            return None  # type: ignore[return-value]

        assert shop.make(one, "")[0].suffix == ".json"
        assert shop.read(1) == 5


class TestChecks:
    def test_a_function_may_check_what_it_makes(self, shop: Shop) -> None:
        @asset(check_specs=[AssetCheckSpec("small", asset="one"), AssetCheckSpec("even", asset="one")])
        def one() -> MaterializeResult[int]:
            found = AssetCheckResult(
                passed=False, check_name="even", severity=AssetCheckSeverity.WARN, description="odd", metadata={"n": 1}
            )
            return MaterializeResult(value=1, check_results=[AssetCheckResult(passed=True, check_name="small"), found])

        small, made, even = shop.make(one, "one:small", "result", "one:even")

        assert made.suffix == ".json"
        assert small.check == CheckAnswer(True)
        assert even.check == CheckAnswer(False, "WARN", "odd", {"n": ("int", 1)})
        assert small.digest != even.digest

    def test_a_check_that_is_not_answered_fails_the_call(self, shop: Shop) -> None:
        @asset(check_specs=[AssetCheckSpec("small", asset="one")])
        def one() -> int:
            return 1

        assert "small" in shop.fail(one, "result", "one:small").message

    def test_a_check_function_has_a_context_of_its_own_and_may_return_a_truth(self, shop: Shop) -> None:
        seen = []

        @asset_check(asset="one")  # type: ignore[untyped-decorator]
        def small(context: AssetCheckExecutionContext) -> bool:
            seen.append((context.asset_check_spec.name, context.selected_asset_check_keys))
            return False

        assert isinstance(small, AssetChecksDefinition)
        (made,) = shop.make(small, "one:small")

        assert seen == [("small", {AssetCheckKey(AssetKey("one"), "small")})]
        assert made.check == CheckAnswer(False)


class Db(ConfigurableResource):  # type: ignore[type-arg]
    """Notes when it is opened and closed."""

    url: str = "file"
    breaks: str = ""

    def setup_for_execution(self, context: Any) -> None:
        NOTED.append(f"open {self.url}")
        if self.breaks == "open":
            self.fail()

    def teardown_after_execution(self, context: Any) -> None:
        NOTED.append("close")
        if self.breaks == "close":
            self.fail()

    def fail(self) -> None:
        raise OSError(f"nobody at {self.url}")


NOTED: list[str] = []


class Limits(Config):
    rows: int = 3
    word: str = "x"


@pytest.fixture(autouse=True)
def _forget() -> None:
    NOTED.clear()


class TestResources:
    def use(self, shop: Shop, db: Db, *, fails: str = "", **options: Any) -> list[Outcome]:
        @asset(partitions_def=LETTERS)
        def one(context: AssetExecutionContext, db: Db) -> str:
            NOTED.append(context.partition_key)
            if context.partition_key == fails:
                db.fail()
            return str(context.resources.db.url)

        shop.given["lib"] = {"db": db, "other": Db(url="other")}
        given = {"resources": (("db", "lib"),), **options}
        return shop.run(one, shop.make_nodes("", keys=["a", "b"]), **given)

    def test_they_are_opened_once_for_a_work_and_closed_at_its_end(self, shop: Shop) -> None:
        self.use(shop, Db(url="u"))

        assert NOTED == ["open u", "a", "b", "close"]
        assert (shop.read(1), shop.read(2)) == ("u", "u")

    def test_they_are_closed_after_a_failure(self, shop: Shop) -> None:
        first, second = self.use(shop, Db(), fails="b")

        assert NOTED == ["open file", "a", "b", "close"]
        assert isinstance(first.result, Success)
        assert isinstance(second.result, Failure)
        assert second.result.message == "OSError: nobody at file"

    def test_what_fails_while_closing_is_told_in_the_log_of_the_last_call(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        outcomes = self.use(shop, Db(breaks="close"))

        assert all(isinstance(outcome.result, Success) for outcome in outcomes)
        assert "nobody at file" in caplog.text
        assert shop.capture.ended == [("1.log", False), ("2.log", False), ("2.log", True)]

    def test_what_fails_while_opening_fails_the_call_with_the_users_frames_and_may_be_tried_again(
        self, shop: Shop
    ) -> None:
        first, second = self.use(shop, Db(breaks="open"))

        assert isinstance(first.result, Failure)
        assert "nobody at file" in first.result.message
        assert (first.result.file, first.result.retryable) == (__file__, True)
        assert "self.fail()" in first.result.traceback
        assert isinstance(second.result, Failure)
        assert NOTED == ["open file", "open file"]

    def test_config_that_was_given_reaches_them(self, shop: Shop) -> None:
        given = {"resources": {"db": {"config": {"url": "given"}}, "elsewhere": {"config": {"n": 1}}}, "ops": {}}
        self.use(shop, Db.configure_at_launch(), run_config=given)

        assert NOTED[0] == "open given"

    def test_config_that_does_not_fit_is_not_tried_again(self, shop: Shop) -> None:
        given = {"resources": {"db": {"config": {"url": ["no"]}}}}
        first, _ = self.use(shop, Db(), run_config=given)

        assert isinstance(first.result, Failure)
        assert "root:resources:db:config" in first.result.message
        assert not first.result.retryable
        assert NOTED == []

    def test_a_variable_that_is_not_set_is_told_without_a_line_of_somebody_elses(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DB_URL", raising=False)
        first, _ = self.use(shop, Db(url=EnvVar("DB_URL")))

        assert isinstance(first.result, Failure)
        assert "set DB_URL before the run" in first.result.message
        assert (first.result.file, first.result.traceback) == ("", "")

    def test_values_of_variables_are_hidden(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DB_URL", "secret-url")
        _, second = self.use(shop, Db(url=EnvVar("DB_URL")), fails="b")

        assert isinstance(second.result, Failure)
        assert second.result.message == "OSError: nobody at ***"
        assert "secret-url" not in second.result.traceback

    def test_what_opening_them_changes_in_the_process_lasts_as_long_as_they_are_open(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import os

        monkeypatch.delenv("OPENED", raising=False)

        class Setting(ConfigurableResource):  # type: ignore[type-arg]
            def setup_for_execution(self, context: Any) -> None:
                os.environ["OPENED"] = "yes"

        seen = []

        @asset(partitions_def=LETTERS, required_resource_keys={"setting"}, resource_defs={"setting": Setting()})
        def one() -> None:
            seen.append(os.environ.get("OPENED"))

        shop.run(one, shop.make_nodes("", keys=["a", "b"]), resources=(("setting", ""),))

        assert seen == ["yes", "yes"]
        assert "OPENED" not in os.environ

    def test_two_modules_may_give_one_name(self, shop: Shop) -> None:
        @asset
        def one(db: Db) -> str:
            return db.url

        shop.given |= {"a": {"db": Db(url="a")}, "b": {"db": Db(url="b")}}
        shop.make(one, "", resources=(("db", "a"),), loaders=(("db", "b"),))

        assert shop.read(1) == "a"
        assert NOTED == ["open a", "open b", "close", "close"]

    def test_one_that_is_not_given_any_more_is_named(self, shop: Shop) -> None:
        @asset
        def one(db: Db) -> str:
            return db.url

        shop.given["lib"] = {"other": Db()}

        assert "resource with key 'db'" in shop.fail(one, resources=(("db", "lib"),)).message


class TestConfig:
    def test_it_is_given_read_and_shown(self, shop: Shop) -> None:
        seen = []

        @asset
        def one(context: AssetExecutionContext, config: Limits) -> int:
            seen.append(context.op_config)
            return config.rows

        shop.make(one, "", run_config={"ops": {"one": {"config": {"rows": 5}}}})

        assert shop.read(1) == 5
        assert seen == [{"rows": 5, "word": "x"}]

    def test_defaults_need_nothing_given(self, shop: Shop) -> None:
        @asset
        def one(config: Limits) -> int:
            return config.rows

        shop.make(one, "")

        assert shop.read(1) == 3

    def test_what_does_not_fit_is_not_tried_again(self, shop: Shop) -> None:
        @asset
        def one(config: Limits) -> int:
            return config.rows

        failure = shop.fail(one, run_config={"ops": {"one": {"config": {"rows": "many"}}}})

        assert "root:ops:one:config:rows" in failure.message
        assert not failure.retryable

    def test_a_schema_shows_in_the_context(self, shop: Shop) -> None:
        @asset(config_schema={"rows": int})
        def one(context: AssetExecutionContext) -> int:
            return int(context.op_config["rows"])

        shop.make(one, "", run_config={"ops": {"one": {"config": {"rows": 4}}}})

        assert shop.read(1) == 4


class TestTries:
    def test_a_function_may_ask_for_another_try_and_for_none(self, shop: Shop) -> None:
        @asset
        def asking() -> None:
            raise RetryRequested(max_retries=4, seconds_to_wait=2.5) from ValueError("not yet")

        @asset
        def giving_up() -> None:
            raise GivenUp("hopeless", allow_retries=False)

        asked, given_up = shop.fail(asking), shop.fail(giving_up)

        assert (asked.message, asked.retries, asked.wait) == ("ValueError: not yet", 4, 2.5)
        assert (given_up.message, given_up.retryable) == ("Failure: hopeless", False)


def test_a_generator_is_read_to_its_end_under_the_watch(tmp_path: Path) -> None:
    from assetmake.execution.reads import ReadWatch

    (tmp_path / "data.csv").write_text("1")
    (tmp_path / "late.csv").write_text("1")
    watch = ReadWatch(tmp_path)

    def both() -> Iterator[Output[int]]:
        watch.hear("open", (str(tmp_path / "data.csv"), "r", 0))
        yield Output(1, "one")
        watch.hear("open", (str(tmp_path / "late.csv"), "r", 0))

    nodes = Shop(tmp_path).make_nodes("one")
    work = Work("run", AssetKey("one"), "", "", "io_manager", None, nodes)
    ((outcome,),) = run_work(work, Benches(lambda _: pair(both), root=tmp_path), PassThrough(), reads=watch)

    assert isinstance(outcome.result, Success)
    assert outcome.result.undeclared == ("data.csv", "late.csv")


def test_a_coroutine_and_an_async_generator_are_run(shop: Shop) -> None:
    async def both() -> Any:
        yield Output(time.sleep(0) or 1, "one")

    @asset
    async def one() -> int:
        return 1

    shop.make(pair(both), "one")
    assert shop.read(1) == 1
    (shop.folder / ".1").unlink()
    shop.make(one, "")
    assert shop.read(1) == 1
