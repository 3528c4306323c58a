"""How long the rest takes is told while a build runs, from all that is known by then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from workshop import FakeTime, Workshop

from assetmake import AssetExecutionContext, StaticPartitionsDefinition, asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import RestEstimated
from assetmake.execution.work import Work

LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])


def letters() -> AssetsDefinition:
    @asset(partitions_def=LETTERS)
    def letters(context: AssetExecutionContext) -> str:
        return context.partition_key

    return letters


def single(named: str) -> AssetsDefinition:
    @asset(name=named)
    def made() -> int:
        return 1

    return made


def build(
    workshop: Workshop,
    time: FakeTime,
    assets: Sequence[AssetsDefinition],
    seconds: Mapping[str, float],
    *,
    awaited: float = 0.0,
    stopped: Callable[[], bool] = lambda: False,
) -> list[float | None]:
    """Build everything with nodes that last as long as is said, each of which is awaited for a while; return what
    was told of the rest."""

    def choose(works: Sequence[Work]) -> int:
        time.now += awaited
        return 0

    workshop.choose, workshop.last = choose, lambda work: seconds[str(work.asset)]
    workshop.build(assets, force=True, stopped=stopped)
    return [event.seconds for event in workshop.heard(RestEstimated)]


def test_what_runs_beside_is_partly_done(workshop: Workshop, fake_time: FakeTime) -> None:
    several, seconds = [single("short"), single("long")], {"short": 10.0, "long": 60.0}
    build(workshop, fake_time, several, seconds)

    workshop.slots = 2
    told = build(workshop, fake_time, several, seconds, awaited=10.0)

    # The long one goes first and comes back first, however long it is said to have lasted; the short one ran meanwhile.
    assert told == [0]


def test_what_the_coordinator_needs_for_each_node_counts(workshop: Workshop, fake_time: FakeTime) -> None:
    workshop.slots = 1

    def busy() -> bool:
        fake_time.now += 5.0
        return False

    build(workshop, fake_time, [letters()], {"letters": 0.001})
    told = build(workshop, fake_time, [letters()], {"letters": 0.001}, stopped=busy)

    assert told[0] is not None
    assert told[0] >= 3 * 5


def test_time_that_is_spent_waiting_for_workers_does_not(workshop: Workshop, fake_time: FakeTime) -> None:
    workshop.slots = 1
    build(workshop, fake_time, [letters()], {"letters": 2.0})
    told = build(workshop, fake_time, [letters()], {"letters": 2.0}, awaited=50.0)

    assert told[0] == 3 * 2


def test_a_node_of_which_nobody_knows_how_long_it_ran_teaches_nothing(workshop: Workshop, fake_time: FakeTime) -> None:
    workshop.slots = 1
    build(workshop, fake_time, [letters()], {"letters": 10.0})
    told = build(workshop, fake_time, [letters()], {"letters": 0.0}, awaited=2.0)

    assert told[0] == 3 * 10


def test_nothing_is_told_before_half_of_what_never_ran_has(workshop: Workshop, fake_time: FakeTime) -> None:
    workshop.slots = 1
    several = [single(name) for name in "abcd"]

    told = build(workshop, fake_time, several, dict.fromkeys("abcd", 9.0), awaited=9.0)

    assert told == [18]
