"""Settling: what becomes of a node that came back."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from workshop import FakeTime, Workshop

from assetmake import (
    AssetExecutionContext,
    Backoff,
    Failure,
    FileSource,
    RetryPolicy,
    RetryRequested,
    StaticPartitionsDefinition,
    asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.errors import StorageError
from assetmake.events import CaughtUp, Event, NodeFailed, NodeRetried
from assetmake.execution import recorder
from assetmake.execution.work import Work
from fresh import run_command

LETTERS = StaticPartitionsDefinition(["a", "b", "c"])


def flaky(failures: int, **options: object) -> AssetsDefinition:
    """An asset that succeeds after some failures."""
    tries = itertools.count(1)

    @asset(**options)  # type: ignore[arg-type]
    def one(context: AssetExecutionContext) -> int:
        context.output_path.with_name("notes").write_text("left")
        if next(tries) <= failures:
            raise ValueError("not yet")
        return 1

    return one


def leftovers(workshop: Workshop) -> list[Path]:
    return list((workshop.root / "data").rglob(".*"))


@pytest.mark.usefixtures("fake_time")
class TestRetries:
    def test_a_failing_node_is_tried_again(self, workshop: Workshop) -> None:
        finished = workshop.build([flaky(2, retry_policy=RetryPolicy(max_retries=2))])

        assert (finished.built, finished.failed) == (1, 0)
        assert workshop.ran == {"one": 3}
        assert [event.attempt for event in workshop.heard(NodeRetried)] == [1, 2]

    def test_what_happened_is_told_before_the_next_try_is_waited_for(
        self, workshop: Workshop, fake_time: FakeTime
    ) -> None:
        told: list[Event] = []

        def sleep(seconds: float) -> None:
            told.append(workshop.events[-1])
            FakeTime.sleep(fake_time, seconds)

        fake_time.sleep = sleep  # type: ignore[method-assign]
        workshop.build([flaky(1, retry_policy=RetryPolicy(delay=60))])

        assert len(workshop.heard(NodeRetried)) == 1
        assert told
        assert all(isinstance(event, CaughtUp) for event in told)

    def test_it_fails_when_the_tries_are_used_up(self, workshop: Workshop) -> None:
        finished = workshop.build([flaky(3, retry_policy=RetryPolicy(max_retries=2))])

        assert finished.failed == 1
        assert workshop.ran == {"one": 3}
        assert leftovers(workshop) == []

    def test_a_function_may_ask_for_tries_without_a_policy(self, workshop: Workshop, fake_time: FakeTime) -> None:
        @asset
        def asking(context: AssetExecutionContext) -> int:
            if context.retry_number < 2:
                raise RetryRequested(max_retries=2, seconds_to_wait=7)
            return 1

        @asset
        def asking_in_vain() -> None:
            raise RetryRequested(max_retries=1) from ValueError("never")

        finished = workshop.build([asking, asking_in_vain])

        assert (finished.built, finished.failed) == (1, 1)
        assert workshop.ran == {"asking": 3, "asking_in_vain": 2}
        assert sum(fake_time.slept) >= 14
        assert [event.message for event in workshop.heard(NodeFailed)] == ["ValueError: never"]

    def test_a_failure_may_rule_out_another_try(self, workshop: Workshop) -> None:
        @asset(retry_policy=RetryPolicy(max_retries=3))
        def giving_up() -> None:
            raise Failure("hopeless", allow_retries=False)

        workshop.build([giving_up])

        assert workshop.ran == {"giving_up": 1}

    @pytest.mark.parametrize(
        ("backoff", "delays"), [(None, [8, 8, 8]), (Backoff.LINEAR, [8, 16, 24]), (Backoff.EXPONENTIAL, [8, 24, 56])]
    )
    def test_the_delay_grows_as_asked(
        self, workshop: Workshop, fake_time: FakeTime, backoff: Backoff | None, delays: list[float]
    ) -> None:
        workshop.build([flaky(3, retry_policy=RetryPolicy(max_retries=3, delay=8, backoff=backoff))])

        assert [event.delay for event in workshop.heard(NodeRetried)] == delays
        assert sum(fake_time.slept) == pytest.approx(sum(delays))

    def test_others_run_meanwhile(self, workshop: Workshop) -> None:
        workshop.slots = 1

        @asset
        def two() -> int:
            return 2

        workshop.build([flaky(1, retry_policy=RetryPolicy(delay=60)), two])

        assert workshop.held() == [["one"], ["two"], ["one"]]

    def test_fail_fast_gives_up_retries(self, workshop: Workshop) -> None:
        @asset
        def bad() -> int:
            raise ValueError

        workshop.build([flaky(1, retry_policy=RetryPolicy(delay=60)), bad], fail_fast=True)

        assert workshop.ran == {"one": 1, "bad": 1}

    def test_retries_keep_to_the_pool(self, workshop: Workshop, fake_time: FakeTime) -> None:
        workshop.slots, workshop.pools = 4, {"narrow": 1}

        def choose(works: Sequence[Work]) -> int:
            """Release what is pooled first, and then the others, so that a try comes due while the pool is full."""
            fake_time.now += 10
            order = [str(work.asset) for work in works]
            return order.index("pooled") if workshop.ran.total() == 0 else 0

        @asset(partitions_def=LETTERS, pool="narrow", retry_policy=RetryPolicy(max_retries=3, delay=5))
        def pooled(context: AssetExecutionContext) -> int:
            if workshop.ran.total() == 1:
                raise ValueError
            return 1

        @asset(partitions_def=LETTERS)
        def free() -> int:
            return 1

        workshop.choose = choose
        finished = workshop.build([pooled, free])

        assert (finished.built, len(workshop.heard(NodeRetried))) == (6, 1)
        assert max(sum(name.startswith("pooled") for name in held) for held in workshop.held()) == 1

    def test_a_stop_does_not_wait_for_the_next_try(self, workshop: Workshop, fake_time: FakeTime) -> None:
        finished = workshop.build(
            [flaky(1, retry_policy=RetryPolicy(delay=1e6))], stopped=lambda: bool(fake_time.slept)
        )

        assert finished.interrupted
        assert finished.skipped == 1
        assert sum(fake_time.slept) < 10


def test_a_failure_keeps_what_stood(workshop: Workshop) -> None:
    def assets(version: str) -> list[AssetsDefinition]:
        @asset(code_version=version)
        def one() -> int:
            if version != "good":
                raise ValueError
            return 1

        return [one]

    workshop.build(assets("good"))
    finished = workshop.build(assets("bad"))

    assert finished.failed == 1
    assert (workshop.root / "data/one.json").read_text().strip() == "1"
    assert workshop.build(assets("good")).built == 0


def test_a_missing_source_fails_its_node_only(workshop: Workshop) -> None:
    source = FileSource("source", "missing.txt")

    @asset
    def reader(source: Path) -> str:
        return source.read_text()

    @asset
    def other() -> int:
        return 1

    finished = workshop.build([source, reader, other])

    assert (finished.failed, finished.built) == (1, 1)
    assert workshop.ran == {"other": 1}
    assert "missing.txt" in workshop.heard(NodeFailed)[0].message


def test_a_source_that_changes_meanwhile_fails_the_nodes_that_read_it(workshop: Workshop) -> None:
    moving = FileSource("moving", "{partition_key}.txt", partitions_def=LETTERS)
    for letter in "abc":
        (workshop.root / f"{letter}.txt").write_text("1")

    @asset(partitions_def=LETTERS)
    def reader(context: AssetExecutionContext, moving: Path) -> str:
        text = moving.read_text()
        if context.partition_key == "b":
            moving.write_text("another text")
        return text

    finished = workshop.build([moving, reader])

    assert (finished.built, finished.failed) == (2, 1)
    assert workshop.heard(NodeFailed)[0].message == "b.txt changed while it was read; build again"
    assert not (workshop.root / "data/reader/b.json").exists()
    assert leftovers(workshop) == []


def test_a_source_that_is_touched_meanwhile_is_no_other(workshop: Workshop) -> None:
    source = FileSource("source", "source.txt")
    (workshop.root / "source.txt").write_text("1")

    @asset
    def reader(source: Path) -> str:
        text = source.read_text()
        source.write_text(text)
        return text

    assert workshop.build([source, reader]).built == 1


def test_where_storage_refuses_to_publish_that_node_fails(workshop: Workshop) -> None:
    @asset
    def blocked() -> int:
        return 1

    @asset
    def other() -> int:
        return 1

    (workshop.root / "data/blocked.json").mkdir(parents=True)
    finished = workshop.build([blocked, other])

    assert (finished.failed, finished.built) == (1, 1)
    assert "a folder is in the way" in workshop.heard(NodeFailed)[0].message
    assert leftovers(workshop) == []


def test_an_error_without_a_hint_has_no_empty_brackets(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(temporary: str, final: str) -> None:
        raise StorageError(f"cannot publish {os.path.basename(final)}")

    monkeypatch.setattr(recorder, "publish", refuse)

    workshop.build([flaky(0)])

    assert workshop.heard(NodeFailed)[0].message == "cannot publish one.json"


def test_another_suffix_takes_the_old_file_away(workshop: Workshop) -> None:
    def assets(value: object) -> list[AssetsDefinition]:
        @asset(code_version=repr(value))
        def one():  # type: ignore[no-untyped-def]
            return value

        return [one]

    workshop.build(assets(1))
    assert [path.name for path in (workshop.root / "data").iterdir()] == ["one.json"]

    workshop.build(assets({1, 2}))

    assert [path.name for path in (workshop.root / "data").iterdir()] == ["one.pickle"]
    assert workshop.build(assets({1, 2})).built == 0


def test_where_no_code_of_the_users_failed_the_place_of_the_asset_is_told(workshop: Workshop) -> None:
    @asset
    def one() -> int:
        return "no number"  # type: ignore[return-value]

    workshop.build([one])

    (failed,) = workshop.heard(NodeFailed)
    assert (Path(failed.file).name, failed.line) == (Path(__file__).name, one.place.line)


def test_compiled_code_of_libraries_is_no_place_of_the_users(workshop: Workshop) -> None:
    """Its frames name files as they lay where it was compiled: relative, and not there."""

    @asset
    def one() -> int:
        pa.array(["late"]).cast("int16")
        return 1

    workshop.build([one])

    (failed,) = workshop.heard(NodeFailed)
    assert "pxi" in failed.traceback
    assert (Path(failed.file).name, failed.line) == (Path(__file__).name, one.place.line + 2)


def test_places_are_told_relative_to_the_project(tmp_path: Path) -> None:
    (tmp_path / "assets.toml").touch()
    (tmp_path / "assets.py").write_text(
        "from assetmake import asset\n\n@asset\ndef one() -> int:\n    raise ValueError('no')\n"
    )

    told = run_command(tmp_path, "build", status=1).stderr

    assert "FAILED one (assets.py:5)" in told
    assert 'File "assets.py", line 5, in one' in told
    assert str(tmp_path) not in told
