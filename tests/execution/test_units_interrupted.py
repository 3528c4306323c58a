"""What one call makes, where a build is killed between its outputs, or another build is at work on some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from workshop import FakeTime, OtherBuild

from assetmake import AssetCheckResult, AssetCheckSpec, AssetOut, Output, asset, asset_check, multi_asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import Event, RunFinished, WaitingForRun
from assetmake.execution import claims, recorder
from assetmake.execution.asked import BuildOptions
from assetmake.execution.recorder import Recorder
from assetmake.graph.selection import Selection
from assetmake.testing import Sandbox


class Killed(BaseException):
    pass


class Death:
    """Has a build die at one of its renames, right before or right after it; nothing of it is recorded after that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch

    def at_rename(self, number: int, *, after: bool) -> None:
        renames = iter(range(1_000))
        dead: list[bool] = []
        publish, flush = recorder.publish, Recorder.flush

        def rename(temporary: str, final: str) -> None:
            if next(renames) < number:
                publish(temporary, final)
                return
            if after:
                publish(temporary, final)
            dead.append(True)
            raise Killed

        def record(self: Recorder, **options: Any) -> None:
            if dead:
                raise Killed
            flush(self, **options)

        self._patch.setattr(recorder, "publish", rename)
        self._patch.setattr(Recorder, "flush", record)

    def is_over(self) -> None:
        self._patch.undo()


@pytest.fixture
def death(monkeypatch: pytest.MonkeyPatch) -> Death:
    return Death(monkeypatch)


def make(number: int) -> list[AssetsDefinition]:
    """A function of two assets and a check of one, all of which say `number`, and who reads them."""

    @multi_asset(
        outs={"left": AssetOut(), "right": AssetOut()},
        check_specs=[AssetCheckSpec("even", asset="left")],
        code_version=str(number),
    )
    def pair() -> Iterator[Any]:
        yield Output(number, output_name="left")
        yield Output(number, output_name="right")
        yield AssetCheckResult(passed=number % 2 == 0)

    @asset
    def both(left: int, right: int) -> list[int]:
        return [left, right]

    @asset_check(asset=both)
    def same(both: list[int]) -> AssetCheckResult:
        return AssetCheckResult(passed=both[0] == both[1])

    return [pair, both, same]


@pytest.mark.parametrize("then", [1, 2], ids=["input put back", "input left"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("rename", [0, 1, 2])
def test_killed_at_any_rename_nothing_wrong_is_fresh(death: Death, rename: int, then: int, *, after: bool) -> None:
    sandbox = Sandbox(make(1))
    sandbox.build()
    sandbox.replace(make(2))
    death.at_rename(rename, after=after)
    with pytest.raises(Killed):
        sandbox.build()
    death.is_over()

    sandbox.replace(make(then))
    done = sandbox.build()

    assert {name: done.asset_value(name) for name in ("left", "right")} == {"left": then, "right": then}
    assert done.asset_value("both") == [then, then]
    assert done.success is (then == 2), "the check is of what stands"
    assert sandbox.build().ran == []
    hidden = [path for path in (sandbox.root / "data").iterdir() if path.name.startswith(".")]
    assert hidden == [], "nothing is left of what was under way"


# ---------------------------------------------------------------- two builds at once


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setattr(claims, "time", FakeTime())
    return Sandbox(make(2))


@pytest.fixture
def other(sandbox: Sandbox) -> Iterator[OtherBuild]:
    build = OtherBuild(sandbox.root, sandbox.project.state)
    yield build
    build.die()


def build(sandbox: Sandbox, waiting: Callable[[], None]) -> list[Event]:
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        if isinstance(event, WaitingForRun):
            waiting()

    sandbox.project.build(Selection(), BuildOptions(), listen)
    return events


def total(events: list[Event]) -> RunFinished:
    (found,) = (event for event in events if isinstance(event, RunFinished))
    return found


@pytest.mark.parametrize("held", [("left",), ("right",), ("left", "right"), ("left:even",)])
def test_where_another_build_holds_one_of_a_call_all_of_it_is_left_to_that_and_made_after_it(
    sandbox: Sandbox, other: OtherBuild, held: tuple[str, ...]
) -> None:
    other.hold(*held)
    stood: list[Path] = []

    def end() -> None:
        stood.extend(path for path in (sandbox.root / "data").glob("*.json"))
        other.die()

    done = total(build(sandbox, end))

    assert stood == [], "no part of the call ran meanwhile, nor what reads it"
    assert (done.built, done.failed, done.skipped) == (3, 0, 0)
    assert (done.checks_passed, done.checks_failed) == (2, 0)
    assert sandbox.build().ran == []


def test_what_the_other_build_has_made_meanwhile_is_fresh(sandbox: Sandbox, other: OtherBuild) -> None:
    other.hold("left")

    def end() -> None:
        other.die()
        sandbox.build()

    done = total(build(sandbox, end))

    assert (done.built, done.unchanged, done.fresh) == (0, 0, 3)
    assert (done.checks_passed, done.checks_failed) == (2, 0)


def test_a_check_that_another_build_makes_is_waited_for_and_nothing_else(sandbox: Sandbox, other: OtherBuild) -> None:
    other.hold("both:same")
    stood: list[str] = []

    def end() -> None:
        stood.extend(sorted(path.name for path in (sandbox.root / "data").glob("*.json")))
        other.die()

    done = total(build(sandbox, end))

    assert stood == ["both.json", "left.json", "right.json"], "it blocks nothing"
    assert (done.built, done.checks_passed) == (3, 2)
    assert sandbox.build().ran == []


def test_what_is_below_a_blocking_check_that_another_build_makes_waits_for_that_build(sandbox: Sandbox) -> None:
    @asset
    def number() -> int:
        return 1

    @asset_check(asset=number, blocking=True)
    def odd(number: int) -> AssetCheckResult:
        return AssetCheckResult(passed=number % 2 == 1)

    @asset
    def below(number: int) -> int:
        return number + 1

    sandbox.replace([number, odd, below])
    other = OtherBuild(sandbox.root, sandbox.project.state)
    other.hold("number:odd")
    stood: list[str] = []

    def end() -> None:
        stood.extend(sorted(path.name for path in (sandbox.root / "data").glob("*.json")))
        other.die()

    done = total(build(sandbox, end))

    assert stood == ["number.json"]
    assert (done.built, done.skipped, done.checks_passed, done.checks_failed) == (2, 0, 1, 0)
    assert sandbox.build().ran == []
