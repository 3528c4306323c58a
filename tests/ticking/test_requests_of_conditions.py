"""What a condition has asked for stands in the state: it is built by whoever comes next, and asked for once."""

from __future__ import annotations

from condition_steps import at

from assetmake import AutomationCondition, DailyPartitionsDefinition, asset, clock
from assetmake.execution.asked import BuildOptions
from assetmake.testing import Sandbox
from assetmake.ticking.building import Surroundings, build_requested, list_waiting
from assetmake.ticking.deciding import decide
from assetmake.ticking.decision import Answer, Decision


@asset(partitions_def=DailyPartitionsDefinition("2026-01-01"))
def days() -> int:
    return 1


@asset(partitions_def=DailyPartitionsDefinition("2026-01-01"), automation_condition=AutomationCondition.eager())
def sums(days: int) -> int:
    return days


def tick(sandbox: Sandbox, time: str, *, killed: bool = False) -> Decision:
    """Decide, and build what was asked for; a tick that is killed only decides."""
    project = sandbox.project
    with clock.set_clock(at(time)):
        (found,) = decide(project, lambda _: [], now=at(time))
        if not killed:
            build_requested(project, Surroundings(lambda _: project, BuildOptions(), lambda _, __: lambda _: None))
    return found


def build_day(sandbox: Sandbox, time: str, key: str) -> None:
    with clock.set_clock(at(time)):
        sandbox.build(f"days@{key}", force=True)


def test_the_request_of_a_killed_tick_is_built_by_the_next_one() -> None:
    sandbox = Sandbox([days, sums])
    tick(sandbox, "5 06:00")
    build_day(sandbox, "5 06:10", "2026-01-04")

    assert tick(sandbox, "5 06:15", killed=True).answer is Answer.DUE
    (waiting,) = list_waiting(sandbox.project)
    assert waiting.wanted["nodes"] == {"sums": [["2026-01-04", "2026-01-04"]]}

    assert tick(sandbox, "5 06:20", killed=True).answer is Answer.NOT_DUE
    assert len(list_waiting(sandbox.project)) == 1
    assert tick(sandbox, "5 06:25").answer is Answer.NOT_DUE
    assert list_waiting(sandbox.project) == []
    assert sandbox.value("sums", partition_key="2026-01-04") == 1
    assert tick(sandbox, "5 06:30").answer is Answer.NOT_DUE


def test_what_comes_while_a_request_waits_is_asked_for_when_that_is_built() -> None:
    sandbox = Sandbox([days, sums])
    tick(sandbox, "5 06:00")
    build_day(sandbox, "5 06:10", "2026-01-04")
    tick(sandbox, "5 06:15", killed=True)
    build_day(sandbox, "6 00:10", "2026-01-05")

    assert tick(sandbox, "6 00:15").answer is Answer.DUE

    assert sandbox.value("sums", partition_key="2026-01-04") == 1
    assert sandbox.value("sums", partition_key="2026-01-05") == 1
