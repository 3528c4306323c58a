"""Random projects, edits and limits: built portion by portion, stopped and run again, everything is built once.

Two projects have the same history. One is built at once, the other in portions of random size and direction, some of
them stopped on their way: afterwards the traces are the same, and as many nodes ran.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_ranged_builds import Spec, World, edit, spec_lists

from assetmake.events import Event, NodesBuilt, WorkLeft
from assetmake.execution.asked import BuildOptions
from assetmake.graph.selection import Selection
from assetmake.planning.portion import Portion
from thoroughness import times


def build_whole(world: World) -> int:
    finished = world.sandbox.project.build(Selection(), BuildOptions(), lambda _: None)
    assert finished.failed + finished.skipped + finished.left == 0
    return finished.built + finished.unchanged


def build_in_portions(world: World, data: st.DataObject) -> int:
    """Run one command until nothing is left; return how many nodes ran in all."""
    most = data.draw(st.integers(2, 25), label="at most")
    portion = Portion(most, newest_first=data.draw(st.booleans(), label="newest first"))
    time_budget = data.draw(st.sampled_from([None, 1e6]), label="budget")
    patience = data.draw(st.lists(st.integers(1, 9), max_size=3), label="stopped after")
    ran = 0
    while True:
        heard: list[Event] = []
        stop_after = patience.pop() if patience else None

        def is_stopped(heard: list[Event] = heard, stop_after: int | None = stop_after) -> bool:
            return stop_after is not None and sum(isinstance(each, NodesBuilt) for each in heard) >= stop_after

        options = BuildOptions(portion=portion, time_budget=time_budget)
        finished = world.sandbox.project.build(Selection(), options, heard.append, stopped=is_stopped)

        assert finished.failed == 0
        assert finished.built + finished.unchanged <= most
        assert finished.left == sum(each.nodes for each in heard if isinstance(each, WorkLeft)) or finished.interrupted
        ran += finished.built + finished.unchanged
        if not (finished.left or finished.interrupted):
            return ran
        assert finished.built + finished.unchanged + finished.spared or finished.interrupted, "it goes on"


@settings(max_examples=times(3), deadline=None, suppress_health_check=list(HealthCheck))
@given(specs=spec_lists(), data=st.data())
def test_portions_leave_what_one_build_leaves(specs: list[Spec], data: st.DataObject) -> None:
    ranged = data.draw(st.booleans(), label="ranged")
    worlds = whole, portioned = World(specs, ranged=ranged), World(specs, ranged=ranged)
    for _ in range(data.draw(st.integers(1, 2), label="rounds")):
        assert build_whole(whole) == build_in_portions(portioned, data)
        assert whole.list_traces() == portioned.list_traces()
        assert not any(portioned.list_stale().values())
        edit(specs, worlds, data)
