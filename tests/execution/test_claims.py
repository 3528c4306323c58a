"""Claims: what another build works on is left to it, waited for, and then looked at again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from workshop import FakeTime, OtherBuild, Workshop

from assetmake import asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.errors import LockTimeout
from assetmake.events import Event, WaitingForRun
from assetmake.execution import claims
from assetmake.execution.asked import BuildOptions
from assetmake.graph.selection import Selection


@pytest.fixture
def other(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherBuild]:
    monkeypatch.setattr(claims, "time", FakeTime())
    build = OtherBuild(workshop.root, workshop.state)
    yield build
    build.die()


def chain(*, broken: str = "") -> list[AssetsDefinition]:
    """one -> two -> three, and alone."""

    def answer(name: str) -> int:
        if name == broken:
            raise ValueError(f"{name} is broken")
        return len(name)

    @asset
    def one() -> int:
        return answer("one")

    @asset
    def two(one: int) -> int:
        return one + answer("two")

    @asset
    def three(two: int) -> int:
        return two + answer("three")

    @asset
    def alone() -> int:
        return answer("alone")

    return [one, two, three, alone]


def build(workshop: Workshop, options: BuildOptions, *, broken: str = "", waiting: Callable[[], None]) -> list[Event]:
    """Build the chain; `waiting` is called when the build begins to wait."""
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        if isinstance(event, WaitingForRun):
            waiting()

    workshop.open(chain(broken=broken)).build(Selection(), options, listen)
    return events


def test_what_is_free_is_built_and_the_rest_when_the_other_build_has_ended(
    workshop: Workshop, other: OtherBuild
) -> None:
    other.hold("two")
    ran_before = []

    def end() -> None:
        ran_before.extend(workshop.ran)
        other.die()

    build(workshop, BuildOptions(), waiting=end)

    assert set(ran_before) == {"one", "alone"}
    assert workshop.ran == {"one": 1, "two": 1, "three": 1, "alone": 1}


def test_who_waits_holds_nothing(workshop: Workshop, other: OtherBuild) -> None:
    """Else two builds that each hold what the other one waits for would wait for ever."""
    other.hold("one", "three")
    held = []

    def look() -> None:
        with workshop.state.reading() as db:
            held.extend(
                db.execute("select distinct a.key from state.claims c join state.assets a on a.id = c.asset").fetchall()
            )
        other.die()

    build(workshop, BuildOptions(), waiting=look)

    assert sorted(held) == [("one",), ("three",)], "only what the other build holds"


def test_a_failure_is_not_tried_again_after_waiting(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("alone")

    finished = build(workshop, BuildOptions(), broken="one", waiting=other.die)[-1]

    assert workshop.ran == {"one": 1, "alone": 1}
    assert (finished.failed, finished.skipped, finished.built) == (1, 2, 1)  # type: ignore[union-attr]


def test_what_was_forced_is_not_forced_again_after_waiting(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("alone")

    build(workshop, BuildOptions(force=True), waiting=other.die)

    assert workshop.ran == {"one": 1, "two": 1, "three": 1, "alone": 1}


def test_fail_fast_does_not_wait(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("alone")

    finished = build(workshop, BuildOptions(fail_fast=True), broken="one", waiting=pytest.fail)[-1]

    assert (finished.failed, finished.skipped) == (1, 3)  # type: ignore[union-attr]


def test_without_waiting_the_holder_is_named_and_nothing_is_started(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("two")

    with pytest.raises(
        LockTimeout, match=r"is working on two: pid 4711 on elsewhere, since .* UTC: assetmake build --other"
    ):
        build(workshop, BuildOptions(wait=False), waiting=pytest.fail)

    assert not workshop.ran
    other.die()
    build(workshop, BuildOptions(wait=False), waiting=pytest.fail)
    assert workshop.ran.total() == 4


def test_waiting_ends_after_the_timeout_and_keeps_what_was_built(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("two")

    with pytest.raises(LockTimeout, match="was waited for 30 s"):
        build(workshop, BuildOptions(lock_timeout=30), waiting=lambda: None)
    other.die()
    build(workshop, BuildOptions(), waiting=pytest.fail)

    assert workshop.ran == {"one": 1, "two": 1, "three": 1, "alone": 1}


def test_what_a_dead_build_holds_is_free(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("one", "two")
    other.die()

    build(workshop, BuildOptions(wait=False), waiting=pytest.fail)

    assert workshop.ran.total() == 4
