"""Claims: what another build works on is left to it, waited for, and then looked at again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from workshop import FakeTime, OtherBuild, Workshop, chain

from assetmake import DailyPartitionsDefinition, asset, clock
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.errors import LockTimeout
from assetmake.events import Event, Locked, NodesMadeElsewhere, RunFinished, WaitingForRun, WorkLeft
from assetmake.execution import budget, claims
from assetmake.execution import build as build_module
from assetmake.execution.asked import BuildOptions
from assetmake.execution.work import Work
from assetmake.graph.selection import Selection
from assetmake.reporting.progress import Progress


@pytest.fixture
def other(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherBuild]:
    monkeypatch.setattr(claims, "time", FakeTime())
    build = OtherBuild(workshop.root, workshop.state)
    yield build
    build.die()


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
        LockTimeout, match=r"is working on two: pid 4711 on elsewhere, since .* UTC, for \d+s: assetmake build --other"
    ):
        build(workshop, BuildOptions(wait=False), waiting=pytest.fail)

    assert not workshop.ran
    other.die()
    build(workshop, BuildOptions(wait=False), waiting=pytest.fail)
    assert workshop.ran.total() == 4


def test_waiting_ends_after_the_timeout_and_keeps_what_was_built(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("two")

    waited: list[Event] = []
    with pytest.raises(LockTimeout, match="was waited for 30 s, and still works on two: pid 4711") as caught:
        workshop.open(chain()).build(Selection(), BuildOptions(lock_timeout=30), waited.append)
    assert caught.value.held == ("two",)
    assert [each.nodes for each in waited if isinstance(each, WaitingForRun)] == [1]
    other.die()
    build(workshop, BuildOptions(), waiting=pytest.fail)

    assert workshop.ran == {"one": 1, "two": 1, "three": 1, "alone": 1}


def test_what_a_dead_build_holds_is_free(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("one", "two")
    other.die()

    build(workshop, BuildOptions(wait=False), waiting=pytest.fail)

    assert workshop.ran.total() == 4


# ---------------------------------------------------------------------- who works on it, and since when


def test_the_holder_is_told_with_its_age(
    workshop: Workshop, other: OtherBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.hold("two")
    began = clock.now()
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(hours=3, minutes=12, seconds=5))

    events: list[Event] = []
    with pytest.raises(LockTimeout, match=r"since \d{4}-.* UTC, for 3h 12m: assetmake build --other"):
        workshop.open(chain()).build(Selection(), BuildOptions(wait=False), events.append)
    (locked,) = [event for event in events if isinstance(event, Locked)]
    assert (locked.pid, locked.host, locked.command) == (4711, "elsewhere", "assetmake build --other")
    assert locked.seconds == pytest.approx(11_525, abs=5)

    waited: list[WaitingForRun] = []

    def listen(event: Event) -> None:
        if isinstance(event, WaitingForRun):
            waited.append(event)
            other.die()

    workshop.open(chain()).build(Selection(), BuildOptions(), listen)
    assert [each.run for each in waited] == [locked.run]
    assert waited[0].seconds == pytest.approx(11_525, abs=5)


def test_who_holds_it_next_is_told_too(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("two")
    third = OtherBuild(workshop.root, workshop.state)
    told: list[str] = []

    def hand_over(event: Event) -> None:
        if isinstance(event, WaitingForRun):
            told.append(event.run)
            if len(told) == 1:
                other.die()
                third.hold("two")
            else:
                third.die()

    workshop.open(chain()).build(Selection(), BuildOptions(), hand_over)
    assert len(set(told)) == len(told) == 2


# ---------------------------------------------------------------------- no pile-up


def test_of_a_command_that_is_started_again_and_again_one_waits(
    workshop: Workshop, other: OtherBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As cron does, while the first one still runs: the tenth start does not wait behind eight others."""
    other.hold("two")
    nightly = BuildOptions(command="assetmake build -q")
    refused: list[str] = []
    begun = clock.now()

    def start_nine_more() -> None:
        for minutes in range(1, 10):
            monkeypatch.setattr(clock, "now", lambda now=begun + timedelta(minutes=minutes): now)
            with pytest.raises(LockTimeout) as caught:
                build(workshop, nightly, waiting=pytest.fail)
            refused.append(caught.value.message)
        other.die()

    build(workshop, nightly, waiting=start_nine_more)

    assert workshop.ran == {"one": 1, "two": 1, "three": 1, "alone": 1}
    assert len(refused) == 9
    assert all(f"another run of this command waits for it already (pid {os.getpid()})" in text for text in refused)
    assert all("pid 4711 on elsewhere" in text for text in refused)


def test_runs_of_one_command_that_begin_together_all_wait(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("two")
    together = BuildOptions(command="assetmake build -q")

    build(workshop, together, waiting=lambda: build(workshop, together, waiting=other.die))

    assert workshop.ran == {"one": 1, "two": 1, "three": 1, "alone": 1}


def test_another_command_waits_too(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("two")
    also: list[str] = []

    def start_another() -> None:
        build(
            workshop, BuildOptions(command="assetmake build two"), waiting=lambda: also.append("waits") or other.die()
        )

    build(workshop, BuildOptions(command="assetmake build"), waiting=start_another)
    assert also == ["waits"]
    assert workshop.ran == {"one": 1, "two": 1, "three": 1, "alone": 1}


def test_who_gave_up_waiting_is_in_nobodys_way(workshop: Workshop, other: OtherBuild) -> None:
    other.hold("two")
    nightly = BuildOptions(command="assetmake build -q", lock_timeout=1)
    for _ in range(2):
        with pytest.raises(LockTimeout, match="was waited for 1 s"):
            build(workshop, nightly, waiting=lambda: None)


def test_what_the_other_build_makes_meanwhile_counts(
    workshop: Workshop, other: OtherBuild, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is done, though not by this build; what the other one gave up is to be done all the same."""
    monkeypatch.setattr(claims, "time", fake_time)
    days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")

    @asset(partitions_def=days)
    def held() -> int:
        return 1

    @asset
    def alone() -> int:
        return 1

    parts = list(days.parts())
    other.hold("held", parts=parts)
    progress, told = Progress(fake_time.monotonic), list[str]()

    def release(_: float) -> None:
        with workshop.state.writing() as db:
            db.execute("delete from state.claims where part = ?", [parts[len(told) - 1]])

    monkeypatch.setattr(fake_time, "sleep", release)

    def listen(event: Event) -> None:
        progress.absorb(event)
        if isinstance(event, WaitingForRun):
            assert (event.nodes, event.assets) == (3, ("held",))
            told.append(progress.describe())
        elif isinstance(event, NodesMadeElsewhere):
            told.append(progress.describe())

    workshop.open([held, alone]).build(Selection(), BuildOptions(), listen)

    assert told == ["1/4 done", "2/4 done", "3/4 done", "4/4 done", "1/4 done"]
    assert progress.describe() == "4/4 done"


def test_little_time_is_not_spent_waiting(
    workshop: Workshop, other: OtherBuild, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another build holds is left then, and not an error."""
    for module in (claims, budget, build_module):
        monkeypatch.setattr(module, "time", fake_time)
    other.hold("two")

    *_, left, finished = build(workshop, BuildOptions(time_budget=60), waiting=lambda: None)

    assert isinstance(left, WorkLeft)
    assert isinstance(finished, RunFinished)
    assert (finished.built, finished.skipped, finished.left, left.nodes) == (2, 0, 2, 2)
    assert 60 <= fake_time.now - 1000 < 61
    assert not left.nothing_fits


def test_what_reads_what_is_held_and_what_comes_too_late_is_not_made_of_either(
    workshop: Workshop, other: OtherBuild, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked at when only the one is known to be put off; when the other build has ended, it must not run."""
    for module in (claims, budget, build_module):
        monkeypatch.setattr(module, "time", fake_time)
    days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-03")

    def declare_all(version: str) -> list[AssetsDefinition]:
        late = asset(name="late", partitions_def=days, code_version=version)(lambda: version)
        held = asset(name="held", partitions_def=days, code_version=version)(lambda: version)

        @asset(partitions_def=days)
        def both(late: str, held: str) -> str:
            return late + held

        return [late, held, both]

    def last(work: Work) -> float:
        return {("late", "2026-01-01"): 25.0, ("late", "2026-01-02"): 50.0}.get(
            (str(work.asset), work.nodes[0].key), 1.0
        )

    def choose(works: Sequence[Work]) -> int:
        fake_time.now += last(works[0])
        return 0

    workshop.slots, workshop.last, workshop.choose = 1, last, choose
    workshop.open(declare_all("1")).build(Selection(), BuildOptions(time_budget=1e6), lambda _: None)
    workshop.ran.clear()
    other.hold("held", parts=list(days.parts()))

    def listen(event: Event) -> None:
        if isinstance(event, WaitingForRun):
            other.die()

    finished = workshop.open(declare_all("2")).build(Selection(), BuildOptions(time_budget=60), listen)

    assert sorted(workshop.ran) == ["both@2026-01-01", "held@2026-01-01", "held@2026-01-02", "late@2026-01-01"]
    assert (finished.built, finished.left, finished.failed) == (4, 2, 0)
