"""Ten of a hundred thousand partitions: no keys, and no objects, of those that are not among the ten."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime

import pytest

from assetmake import HourlyPartitionsDefinition, asset, clock
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.graph.selection import Selection
from assetmake.planning.plan import Plan
from assetmake.planning.portion import Portion
from assetmake.testing import Sandbox

HOURS = 100_000
DEFINITION = HourlyPartitionsDefinition(start_date="2010-01-01-00:00")


@asset(partitions_def=DEFINITION)
def hourly() -> int:
    return 1


@asset(partitions_def=DEFINITION)
def sums(hourly: int) -> int:
    return hourly


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_portion_costs_nothing_for_what_it_leaves(newest_first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    end = datetime.fromtimestamp(DEFINITION.part_of("2010-01-01-00:00") + HOURS * 3600, UTC)
    monkeypatch.setattr(clock, "now", lambda: end)
    sandbox = Sandbox([hourly, sums])
    made: list[int] = []
    key_of = TimeWindowPartitionsDefinition.key_of
    monkeypatch.setattr(
        TimeWindowPartitionsDefinition, "key_of", lambda self, part: made.append(part) or key_of(self, part)
    )

    def plan(portion: Portion | None) -> tuple[Plan, int]:
        with sandbox.project.state.reading() as db:
            seen = sandbox.project.look(db)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            return seen.make_plan(Selection(), portion=portion), tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        whole, most = plan(None)
        made.clear()
        portioned, peak = plan(Portion(10, newest_first=newest_first))
    finally:
        tracemalloc.stop()

    assert whole.work == 2 * HOURS
    assert (portioned.work, portioned.fresh) == (10, 0)
    assert sum(map(len, portioned.rest.values())) == 2 * HOURS - 10
    assert not made
    assert peak < most + HOURS * 2 * 16, "two numbers for each that is left, and not an object"
