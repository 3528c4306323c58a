"""Ranges: one call of an asset's function makes neighbouring partitions, each with a trace of its own."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from workshop import FakeTime, Workshop

from assetmake import (
    AssetExecutionContext,
    AssetIn,
    BackfillPolicy,
    DailyPartitionsDefinition,
    DataVersion,
    FileSource,
    LastPartitionMapping,
    MaterializeResult,
    Output,
    RetryPolicy,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
    build_asset_context,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.partitions import PartitionKeyRange
from assetmake.events import NodeFailed, NodeRetried, NodesSkipped, NodesStarted
from assetmake.execution.executors import Executor
from assetmake.execution.work import Failure, Outcome, Work
from assetmake.graph.key_rules import KeyOptions
from assetmake.testing import Sandbox

LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d", "e"])
DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-06")
ALL = BackfillPolicy.single_run()


@dataclass
class Spoiling:
    """An executor that tells of some keys, the first time that they come with others, that they failed."""

    executor: Executor
    keys: set[str]
    nodes: dict[int, str | None] = field(default_factory=dict)

    def free_slots(self) -> int:
        return self.executor.free_slots()

    def has_idle_slot(self) -> bool:
        return self.executor.has_idle_slot()

    def submit(self, work: Work) -> None:
        if work.inputs is not None:
            self.nodes.update({node.number: node.key for node in work.nodes if node.attempt == 1})
        self.executor.submit(work)

    def wait(self, timeout: float) -> Sequence[Outcome]:
        return [
            replace(outcome, result=Failure("no room")) if self.nodes.get(outcome.number) in self.keys else outcome
            for outcome in self.executor.wait(timeout)
        ]

    def recall(self) -> Sequence[int]:
        return self.executor.recall()

    def stop(self, *, grace: float) -> None:
        self.executor.stop(grace=grace)


def select(sandbox: Sandbox, columns: str) -> list[tuple[Any, ...]]:
    """Return columns of the traces."""
    with sandbox.project.state.reading() as db:
        return db.execute(f"select {columns} from state.traces order by all").fetchall()


class Calls:
    """Notes the keys of each call."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def make(self, policy: BackfillPolicy | None = ALL, version: str = "1", **options: Any) -> AssetsDefinition:
        """Return an asset over letters that notes its keys and makes nothing that is stored."""

        @asset(name="out", partitions_def=LETTERS, backfill_policy=policy, code_version=version, **options)
        def out(context: AssetExecutionContext) -> None:
            self.keys.append("".join(context.partition_keys))

        return out


def letters(values: dict[str, int], *, policy: BackfillPolicy | None = None) -> AssetsDefinition:
    """Return an upstream of which a letter's value is given, and whose code is the same whatever it is."""

    @asset(name="up", partitions_def=LETTERS, backfill_policy=policy, code_version=str(values))
    def up(context: AssetExecutionContext) -> Any:
        return {key: values.get(key, 0) for key in context.partition_keys} if policy else values.get(context.keys[0], 0)

    return up


class TestWhatIsOneCall:
    @pytest.mark.parametrize(
        ("policy", "calls"),
        [
            (None, ["a", "b", "c", "d", "e"]),
            (BackfillPolicy.multi_run(), ["a", "b", "c", "d", "e"]),
            (BackfillPolicy.multi_run(2), ["ab", "cd", "e"]),
            (BackfillPolicy.multi_run(5), ["abcde"]),
            (BackfillPolicy.single_run(), ["abcde"]),
        ],
    )
    def test_as_many_neighbours_as_the_policy_allows(
        self, workshop: Workshop, policy: BackfillPolicy | None, calls: list[str]
    ) -> None:
        noted = Calls()

        finished = workshop.build([noted.make(policy)])

        assert noted.keys == calls
        assert finished.built == 5
        assert workshop.build([noted.make(policy)]).fresh == 5

    def test_what_is_fresh_is_a_gap(self) -> None:
        noted = Calls()
        sandbox = Sandbox([noted.make()])
        sandbox.build("out@c")

        sandbox.build()

        assert noted.keys == ["c", "ab", "de"]

    def test_keys_that_are_asked_for_bound_a_range(self) -> None:
        noted = Calls()
        sandbox = Sandbox([noted.make()])

        sandbox.build("out", keys=KeyOptions(range="b...d"))
        sandbox.build("out", keys=KeyOptions(partition="c"), force=True)
        sandbox.build("out", force=True)

        assert noted.keys == ["bcd", "c", "abcde"]

    def test_what_turns_out_fresh_is_a_gap(self) -> None:
        noted = Calls()
        sandbox = Sandbox([letters({}), noted.make(deps=["up"])])
        sandbox.build()

        sandbox.replace([letters({"a": 1, "b": 1, "d": 1, "e": 1}), noted.make(deps=["up"])])
        sandbox.build()

        assert noted.keys == ["abcde", "ab", "de"]

    def test_what_fails_upstream_is_a_gap(self, workshop: Workshop) -> None:
        noted = Calls()

        @asset(partitions_def=LETTERS)
        def up(context: AssetExecutionContext) -> int:
            return 1 // (context.partition_key != "d")

        finished = workshop.build([up, noted.make(deps=["up"])])

        assert noted.keys == ["abc", "e"]
        assert (finished.failed, finished.skipped) == (1, 1)

    def test_a_file_that_is_missing_is_a_gap(self, workshop: Workshop) -> None:
        noted = Calls()
        for letter in "abde":
            (workshop.root / f"{letter}.txt").write_text(letter)
        files = FileSource("files", "{partition_key}.txt", partitions_def=LETTERS)

        finished = workshop.build([files, noted.make(deps=["files"])])

        assert noted.keys == ["ab", "de"]
        assert finished.failed == 1

    def test_all_that_it_reads_comes_first(self, workshop: Workshop) -> None:
        noted = Calls()
        workshop.slots = 1
        workshop.last = lambda work: 10.0  # so that every node goes by itself

        workshop.build([letters({}), noted.make(deps=["up"])])

        assert workshop.held()[-1] == [f"out@{letter}" for letter in "abcde"]
        assert noted.keys == ["abcde"]

    def test_windows_are_neighbours_by_time(self) -> None:
        keys: list[Sequence[str]] = []

        @asset(partitions_def=DAYS, backfill_policy=ALL)
        def out(context: AssetExecutionContext) -> None:
            keys.append(context.partition_keys)
            assert context.partition_key_range == PartitionKeyRange(keys[-1][0], keys[-1][-1])
            start, end = context.partition_time_window
            assert (end - start).days == len(keys[-1])

        sandbox = Sandbox([out])
        sandbox.build("out@2026-01-02")
        result = sandbox.build()

        assert result.error is None
        assert [list(each) for each in keys] == [
            ["2026-01-02"],
            ["2026-01-01"],
            ["2026-01-03", "2026-01-04", "2026-01-05"],
        ]


class TestWhatItIs:
    def test_there_is_no_single_key_and_no_single_path(self, workshop: Workshop) -> None:
        @asset(partitions_def=LETTERS, backfill_policy=ALL)
        def out(context: AssetExecutionContext) -> None:
            assert not context.has_partition_key
            with pytest.raises(Exception, match="a range of partitions"):
                context.partition_key  # noqa: B018
            _ = context.output_path

        workshop.build([out])

        failures = workshop.heard(NodeFailed)
        assert len(failures) == 5
        assert "there is no single output_path, 5 keys run in one call" in failures[0].message

    def test_a_range_of_one_key_is_an_ordinary_node(self) -> None:
        @asset(partitions_def=LETTERS, backfill_policy=ALL)
        def out(context: AssetExecutionContext, up: int) -> int:
            context.output_path.write_text(context.partition_key)
            context.output_path.unlink()
            return up + 1

        sandbox = Sandbox([letters({"c": 5}), out])

        assert sandbox.build("out@c").asset_value("out", partition_key="c") == 6

    def test_its_file_may_be_written_to_the_path(self, tmp_path: Path) -> None:
        @asset(partitions_def=LETTERS, backfill_policy=ALL)
        def out(context: AssetExecutionContext) -> None:
            context.output_path.with_suffix(".txt").write_text(context.partition_key)

        Sandbox([out], root=tmp_path).build("out@c")

        assert (tmp_path / "data/out/c.txt").read_text() == "c"

    def test_the_policy_is_not_in_the_fingerprint(self, workshop: Workshop) -> None:
        noted = Calls()
        workshop.build([noted.make()])

        assert workshop.build([noted.make(None)]).fresh == 5

    def test_a_context_for_tests_has_a_range(self) -> None:
        context = build_asset_context(partition_key_range=("b", "d"), partitions_def=LETTERS)

        assert context.partition_keys == ["b", "c", "d"]

    def test_pools_count_a_range_as_one(self, workshop: Workshop) -> None:
        workshop.slots, workshop.pools = 4, {"narrow": 1}
        noted = Calls()

        workshop.build([noted.make(BackfillPolicy.multi_run(2), pool="narrow")])

        assert [len(held) for held in workshop.held()] == [2, 2, 1]

    def test_it_is_told_of_as_a_range(self, workshop: Workshop) -> None:
        workshop.build([Calls().make(BackfillPolicy.multi_run(3))])

        assert [(event.count, event.keys) for event in workshop.heard(NodesStarted)] == [(3, "a..c"), (2, "d..e")]

    def test_a_range_that_was_stopped_has_not_happened(self, workshop: Workshop) -> None:
        noted = Calls()

        finished = workshop.build([noted.make(BackfillPolicy.multi_run(3))], stopped=lambda: bool(workshop.ran))
        workshop.build([noted.make()])

        assert (finished.built, finished.skipped) == (3, 2)
        assert noted.keys == ["abc", "de"]

    def test_fail_fast_starts_no_other_range(self, workshop: Workshop) -> None:
        workshop.slots = 1

        @asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.multi_run(3))
        def out() -> None:
            raise ValueError

        finished = workshop.build([out], fail_fast=True)

        assert (finished.failed, finished.skipped) == (3, 2)


class TestWhatItReads:
    def test_a_partitioned_upstream_by_key_and_another_as_it_is(self) -> None:
        read: list[Any] = []

        @asset
        def one() -> int:
            return 7

        @asset(partitions_def=LETTERS, backfill_policy=ALL, ins={"last": AssetIn("up", partition_mapping=LAST)})
        def out(up: Any, one: Any, last: Any) -> None:
            read.append((up, one, last))

        Sandbox([letters({"a": 1, "e": 5}), one, out]).build()

        assert read == [({"a": 1, "b": 0, "c": 0, "d": 0, "e": 5}, 7, 5)]

    def test_what_several_keys_read_is_there_once_and_in_order(self) -> None:
        read: list[Any] = []

        @asset(partitions_def=DAYS)
        def up(context: AssetExecutionContext) -> str:
            return context.partition_key[-1]

        @asset(
            partitions_def=DAYS,
            backfill_policy=ALL,
            ins={"up": AssetIn(partition_mapping=TimeWindowPartitionMapping(start_offset=-2, end_offset=-1))},
        )
        def out(up: Any) -> None:
            read.append(list(up.values()))

        Sandbox([up, out]).build("out", keys=KeyOptions(range="2026-01-03...2026-01-05"))

        assert read == [["1", "2", "3", "4"]]

    def test_listed_keys_come_in_the_order_of_upstream(self) -> None:
        read: list[Any] = []
        turned = StaticPartitionMapping({"a": "e", "b": "d", "c": "c", "d": "b", "e": "a"})

        @asset(partitions_def=LETTERS, backfill_policy=ALL, ins={"up": AssetIn(partition_mapping=turned)})
        def out(up: Any) -> None:
            read.append(list(up))

        Sandbox([letters({}), out]).build()

        assert read == [["a", "b", "c", "d", "e"]]

    @pytest.mark.parametrize(
        ("annotation", "of_one", "of_two"),
        [
            (dict[str, int], {"a": 1}, {"a": 1, "b": 2}),
            (Any, 1, {"a": 1, "b": 2}),
        ],
    )
    def test_a_dict_is_one_for_one_key_where_the_annotation_says_so(
        self, annotation: object, of_one: object, of_two: object
    ) -> None:
        read: list[Any] = []

        def out(up):  # type: ignore[no-untyped-def]
            read.append(up)

        out.__annotations__ = {"up": annotation, "return": None}
        declared = asset(partitions_def=LETTERS, backfill_policy=ALL)(out)
        sandbox = Sandbox([letters({"a": 1, "b": 2}), declared])

        sandbox.build("out@a")
        sandbox.build("out", keys=KeyOptions(range="a...b"), force=True)

        assert read == [of_one, of_two]

    def test_a_dict_that_is_stored_is_not_taken_for_the_dict_of_keys(self) -> None:
        read: list[Any] = []

        @asset(partitions_def=LETTERS)
        def up() -> dict[str, int]:
            return {"x": 1}

        @asset(partitions_def=LETTERS, backfill_policy=ALL)
        def out(up: dict[str, dict[str, int]]) -> None:
            read.append(up)

        Sandbox([up, out]).build("out@a")

        assert read == [{"a": {"x": 1}}]

    def test_files_of_a_source_come_as_a_list(self, tmp_path: Path) -> None:
        read: list[Any] = []
        for letter in "abcde":
            (tmp_path / f"{letter}.txt").write_text(letter)

        @asset(partitions_def=LETTERS, backfill_policy=ALL)
        def out(files: list[Path]) -> None:
            read.append([path.read_text() for path in files])

        files = FileSource("files", "{partition_key}.txt", partitions_def=LETTERS)
        sandbox = Sandbox([files, out], root=tmp_path)
        sandbox.build("out@c")
        sandbox.build()

        assert read == [["c"], ["a", "b"], ["d", "e"]]

    def test_one_call_that_loads_what_another_range_made(self) -> None:
        @asset(partitions_def=LETTERS, backfill_policy=ALL)
        def out(up: dict[str, int]) -> dict[str, int]:
            return {key: value + 1 for key, value in up.items()}

        result = Sandbox([letters({"b": 5}, policy=ALL), out]).build()

        assert result.asset_value("out", partition_key="b") == 6
        assert result.asset_value("out", partition_key="c") == 1


LAST = LastPartitionMapping()


class TestWhatIsStaleAfterwards:
    def build_and_change(self, out: AssetsDefinition, values: dict[str, int]) -> list[str]:
        sandbox = Sandbox([letters({}), out])
        sandbox.build()
        sandbox.replace([letters(values), out])
        return [name for name in sandbox.build().ran if name.startswith("out")]

    def test_only_what_read_the_partition_that_changed(self) -> None:
        assert self.build_and_change(Calls().make(deps=["up"]), {"c": 1}) == ["out@c"]

    def test_with_a_mapping_too(self) -> None:
        turned = StaticPartitionMapping({"a": "b", "b": "c", "c": "d", "d": "e", "e": "a"})

        @asset(partitions_def=LETTERS, backfill_policy=ALL, ins={"up": AssetIn(partition_mapping=turned)})
        def out(up: Any) -> None: ...

        assert self.build_and_change(out, {"c": 1}) == ["out@d"]

    def test_of_windows_those_that_hold_it(self) -> None:
        def up(version: str, changed: str) -> AssetsDefinition:
            @asset(partitions_def=DAYS, code_version=version)
            def up(context: AssetExecutionContext) -> str:
                return version if context.partition_key == changed else ""

            return up

        @asset(
            partitions_def=DAYS,
            backfill_policy=ALL,
            ins={"up": AssetIn(partition_mapping=TimeWindowPartitionMapping(start_offset=-1))},
        )
        def out(up: Any) -> None: ...

        sandbox = Sandbox([up("1", ""), out])
        sandbox.build()
        sandbox.replace([up("2", "2026-01-02"), out])

        assert [name for name in sandbox.build().ran if "out" in name] == ["out@2026-01-02", "out@2026-01-03"]

    def test_of_files_those_that_changed(self, tmp_path: Path) -> None:
        for letter in "abcde":
            (tmp_path / f"{letter}.txt").write_text(letter)
        noted = Calls()
        files = FileSource("files", "{partition_key}.txt", partitions_def=LETTERS)
        sandbox = Sandbox([files, noted.make(deps=["files"])], root=tmp_path)
        sandbox.build()
        (tmp_path / "d.txt").write_text("changed")
        (tmp_path / "b.txt").write_text("changed")

        sandbox.build()

        assert noted.keys == ["abcde", "b", "d"]

    def test_a_file_that_changes_during_the_call_fails_its_node_only(self, workshop: Workshop) -> None:
        for letter in "abcde":
            (workshop.root / f"{letter}.txt").write_text(letter)

        @asset(partitions_def=LETTERS, backfill_policy=ALL)
        def out(files: list[Path]) -> None:
            files[1].write_text("changed")

        finished = workshop.build([FileSource("files", "{partition_key}.txt", partitions_def=LETTERS), out])

        assert (finished.built, finished.failed) == (4, 1)
        assert [event.key for event in workshop.heard(NodeFailed)] == ["b"]

    def test_what_came_out_the_same_spares_what_is_below_it(self) -> None:
        def out(values: dict[str, int]) -> AssetsDefinition:
            @asset(partitions_def=LETTERS, backfill_policy=ALL, code_version=str(values))
            def out(context: AssetExecutionContext) -> dict[str, int]:
                return {key: values.get(key, 0) for key in context.partition_keys}

            return out

        @asset(partitions_def=LETTERS)
        def below(out: int) -> int:
            return out

        sandbox = Sandbox([out({}), below])
        sandbox.build()
        sandbox.replace([out({"b": 1, "c": 1}), below])

        assert [name for name in sandbox.build().ran if "below" in name] == ["below@b", "below@c"]


def returning(value: Callable[[AssetExecutionContext], object], policy: BackfillPolicy = ALL) -> AssetsDefinition:
    @asset(name="out", partitions_def=LETTERS, backfill_policy=policy)
    def out(context: AssetExecutionContext):  # type: ignore[no-untyped-def]
        return value(context)

    return out


def numbered(context: AssetExecutionContext) -> dict[str, int]:
    return {key: number for number, key in enumerate(context.partition_keys)}


class TestWhatItMakes:
    def test_each_value_of_the_dict_is_its_partition(self) -> None:
        result = Sandbox([returning(numbered)]).build()

        assert [result.asset_value("out", partition_key=key) for key in "abcde"] == [0, 1, 2, 3, 4]
        assert result.output_for_node("out") == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4}
        assert result.ran == [f"out@{key}" for key in "abcde"]

    def test_who_writes_for_ranges_may_get_one_key(self) -> None:
        result = Sandbox([returning(numbered)]).build("out@c")

        assert result.asset_value("out", partition_key="c") == 0

    @pytest.mark.parametrize("kind", [Output, MaterializeResult])
    def test_what_is_said_of_the_dict_is_said_of_each_key(self, kind: Any) -> None:
        def value(context: AssetExecutionContext) -> object:
            context.add_output_metadata({"seen": 1})
            each = {key: Output(1, metadata={"own": key}) if key == "b" else 1 for key in context.partition_keys}
            return kind(value=each, metadata={"rows": 3}, data_version=DataVersion("x"))

        sandbox = Sandbox([returning(value)])

        result = sandbox.build()

        assert result.asset_value("out", partition_key="b") == 1
        found = {key: json.loads(text) for key, text in select(sandbox, "key, metadata")}
        both = {"seen": ["int", 1], "rows": ["int", 3]}
        assert found == {key: both | ({"own": ["text", "b"]} if key == "b" else {}) for key in "abcde"}
        assert len(set(select(sandbox, "data"))) == 5

    def test_a_version_stands_for_the_data_of_each_key(self) -> None:
        def version(number: int) -> AssetsDefinition:
            return returning(
                lambda context: Output(dict.fromkeys(context.partition_keys, number), data_version=DataVersion("x"))
            )

        sandbox = Sandbox([version(1)])
        sandbox.build()
        before = select(sandbox, "key, data")
        sandbox.replace([version(2)])

        assert len(sandbox.build().ran) == 5
        assert select(sandbox, "key, data") == before

    def test_nothing_is_stored_where_the_annotation_says_so(self, workshop: Workshop) -> None:
        finished = workshop.build([Calls().make()])

        assert finished.built == 5
        assert not list((workshop.root / "data").rglob("*"))

    def test_nothing_is_stored_of_a_result_without_a_value(self, tmp_path: Path) -> None:
        sandbox = Sandbox([returning(lambda context: MaterializeResult(metadata={"rows": 3}))], root=tmp_path)

        assert sandbox.build().success
        assert sandbox.build().ran == []
        assert not list(tmp_path.rglob("*.json"))

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            (lambda context: dict.fromkeys("abde", 1), "out@a..e returned no value for c"),
            (lambda context: {"e": 1}, "out@a..e returned no value for a, b, c and 1 more"),
            (
                lambda context: dict.fromkeys("abcdex", 1),
                "out@a..e returned a value for x, which it was not called for",
            ),
            (lambda context: [1, 2, 3, 4, 5], "out@a..e made 5 partitions in one call and returned a list"),
            (lambda context: None, "out@a..e made 5 partitions in one call and returned a NoneType"),
        ],
    )
    def test_another_dict_fails_all_and_publishes_nothing(
        self, workshop: Workshop, value: Callable[[AssetExecutionContext], object], told: str
    ) -> None:
        finished = workshop.build([returning(value)])

        failures = workshop.heard(NodeFailed)
        assert (finished.failed, finished.built) == (5, 0)
        assert [failed.key for failed in failures] == list("abcde")
        assert all(told in failed.message for failed in failures)
        assert not list((workshop.root / "data").rglob("*.*"))

    def test_a_value_that_cannot_be_stored_fails_all(self, workshop: Workshop) -> None:
        def value(context: AssetExecutionContext) -> object:
            return {key: (lambda: 1) if key == "d" else 1 for key in context.partition_keys}

        finished = workshop.build([returning(value)])

        assert finished.failed == 5
        assert not [path for path in (workshop.root / "data").rglob("*") if path.is_file()]

    def test_annotated_none_may_not_return_a_value(self, workshop: Workshop) -> None:
        @asset(partitions_def=LETTERS, backfill_policy=ALL)
        def out(context: AssetExecutionContext) -> None:
            return numbered(context)  # type: ignore[return-value]

        workshop.build([out])

        message = workshop.heard(NodeFailed)[0].message
        assert 'expected type "Nothing"' in message
        assert "drop the annotation to have the value stored" in message

    def test_a_failure_leaves_what_stood(self) -> None:
        def fail(context: AssetExecutionContext) -> object:
            raise ValueError

        sandbox = Sandbox([returning(numbered)])
        sandbox.build()
        sandbox.replace([returning(fail)])
        sandbox.build(force=True)

        assert sandbox.build().asset_value("out", partition_key="c") == 2

    def test_every_node_of_a_call_that_failed_has_an_event_that_names_the_call(self, workshop: Workshop) -> None:
        @asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.multi_run(2))
        def out() -> None:
            raise ValueError

        workshop.build([out])

        told = [(event.key, event.call) for event in workshop.heard(NodeFailed)]
        assert told == [("a", "a..b"), ("b", "a..b"), ("c", "c..d"), ("d", "c..d"), ("e", "")]

    def test_what_is_below_a_range_that_failed_is_skipped(self, workshop: Workshop) -> None:
        @asset(partitions_def=LETTERS, deps=["out"])
        def below() -> int:
            return 1

        workshop.build([returning(lambda context: {}), below])

        assert [(event.asset, event.count) for event in workshop.heard(NodesSkipped)] == [("below", 5)]


@pytest.mark.usefixtures("fake_time")
class TestRetries:
    def test_a_range_is_tried_again_as_a_range(self, workshop: Workshop) -> None:
        tries = itertools.count(1)
        calls: list[str] = []

        @asset(
            partitions_def=LETTERS,
            backfill_policy=BackfillPolicy.multi_run(3),
            retry_policy=RetryPolicy(max_retries=2, delay=5),
        )
        def out(context: AssetExecutionContext) -> dict[str, int]:
            calls.append("".join(context.partition_keys))
            if next(tries) in {1, 3}:
                raise ValueError("not yet")
            return dict.fromkeys(context.partition_keys, 1)

        workshop.slots = 1
        finished = workshop.build([out])

        assert (finished.built, finished.failed) == (5, 0)
        assert calls == ["abc", "de", "abc", "abc"]
        retried = [(event.key, event.attempt, event.count) for event in workshop.heard(NodeRetried)]
        assert retried == [("a..c", 1, 3), ("a..c", 2, 3)]

    def test_it_fails_as_a_range_in_the_end(self, workshop: Workshop) -> None:
        @asset(partitions_def=LETTERS, backfill_policy=ALL, retry_policy=RetryPolicy(max_retries=1))
        def out() -> None:
            raise ValueError

        finished = workshop.build([out])

        assert finished.failed == 5
        assert workshop.ran == {f"out@{key}": 2 for key in "abcde"}

    def test_of_a_range_only_what_failed_is_tried_again(self, workshop: Workshop) -> None:
        """Such as files that found no room. What stands between two gaps is a range, and reads what is its own."""
        read: list[str] = []

        @asset(partitions_def=LETTERS, backfill_policy=ALL, retry_policy=RetryPolicy(max_retries=1), name="out")
        def out(up: dict[str, int]) -> dict[str, int]:
            read.append("".join(up))
            return up

        workshop.wrap = lambda executor: Spoiling(executor, {"b", "d", "e"})
        finished = workshop.build([letters({}), out])

        assert (finished.built, finished.failed) == (10, 0)
        assert read == ["abcde", "b", "de"]


def test_a_node_of_a_range_takes_its_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeTime()
    monkeypatch.setattr(time, "perf_counter", lambda: fake.now)

    @asset(partitions_def=LETTERS, backfill_policy=ALL)
    def out() -> None:
        fake.now += 10

    sandbox = Sandbox([out])
    sandbox.build()

    assert select(sandbox, "seconds") == [(2.0,)] * 5
