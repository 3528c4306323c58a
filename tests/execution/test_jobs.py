"""What comes back at once is settled some at a time, and never half of a work."""

from __future__ import annotations

from dataclasses import replace

import pytest
from workshop import HeldExecutor, Workshop

from assetmake import asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import AssetFinished, CaughtUp, NodesStarted
from assetmake.execution.executors import Executor
from assetmake.execution.jobs import Batch, Dispatcher, Flight
from assetmake.execution.work import Node, Outcome, Success


def land(*sizes: int) -> tuple[Dispatcher, list[Outcome]]:
    """Return works of some sizes that are under way, and the outcomes of all their nodes."""
    dispatcher = Dispatcher(None, None, None, None, None)  # type: ignore[arg-type]
    node, outcomes = Node(0, 0, None, (), "", ""), []
    for size in sizes:
        batch = Batch(None, size, 0.0)  # type: ignore[arg-type]
        for _ in range(size):
            outcomes.append(Outcome(len(outcomes) + 1, 0.0, Success(b"")))
            number = outcomes[-1].number
            dispatcher.flights[number] = Flight(replace(node, number=number), (), batch, None)  # type: ignore[arg-type]
    return dispatcher, outcomes


@pytest.mark.parametrize(
    ("works", "divided"),
    [
        ((1,) * 20, [8, 8, 4]),
        ((50,), [50]),
        ((3, 50, 1, 1), [53, 2]),
        ((5, 5, 5), [10, 5]),
        ((1,), [1]),
    ],
)
def test_outcomes_are_divided_where_a_work_ends(works: tuple[int, ...], divided: list[int]) -> None:
    dispatcher, outcomes = land(*works)
    several = list(dispatcher.divide(outcomes))
    assert [len(each) for each in several] == divided
    assert [outcome for each in several for outcome in each] == outcomes


def chain(number: int) -> list[AssetsDefinition]:
    """Return an asset and one that reads it."""

    @asset(name=f"first{number}")
    def first() -> int:
        return 1

    @asset(name=f"second{number}", deps=[first])
    def second() -> int:
        return 1

    return [first, second]


def test_what_becomes_ready_starts_before_all_is_settled(workshop: Workshop) -> None:
    class AllAtOnce(HeldExecutor):
        def wait(self, timeout: float) -> list[Outcome]:
            return [outcome for _ in range(len(self.works)) for outcome in super(AllAtOnce, self).wait(timeout)]

    def wrap(executor: Executor) -> Executor:
        assert isinstance(executor, HeldExecutor)
        return AllAtOnce(executor.find, executor.slots)

    workshop.wrap, workshop.slots = wrap, 20
    workshop.build([each for number in range(20) for each in chain(number)])

    told = [event for event in workshop.events if isinstance(event, AssetFinished | CaughtUp | NodesStarted)]
    seconds = [index for index, event in enumerate(told) if getattr(event, "asset", "").startswith("second")]
    done = [index for index, event in enumerate(told) if str(getattr(event, "asset", "")) == "first19"]
    assert seconds[0] < done[-1]
    assert isinstance(told[20], CaughtUp)
