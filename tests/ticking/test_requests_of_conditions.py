"""What a condition has asked for stands in the state: it is built by whoever comes next, and asked for once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from condition_steps import at

from assetmake import AutomationCondition, DailyPartitionsDefinition, asset, clock
from assetmake.execution.asked import BuildOptions
from assetmake.looking_back import find_retry
from assetmake.planning.shaping import AgainShape
from assetmake.storage.automation_book import RequestRow
from assetmake.testing import Sandbox
from assetmake.ticking import building
from assetmake.ticking.building import Surroundings, build_requested, group_requests, list_waiting
from assetmake.ticking.deciding import decide
from assetmake.ticking.decision import Answer, Decision, Wanted
from assetmake.ticking.written import write_wanted


@asset(partitions_def=DailyPartitionsDefinition("2026-01-01"))
def days() -> int:
    return 1


@asset(partitions_def=DailyPartitionsDefinition("2026-01-01"), automation_condition=AutomationCondition.eager())
def sums(days: int) -> int:
    return days


HOURLY = AutomationCondition.on_cron("0 * * * *")
OFFERED: list[int] = []


@asset(automation_condition=HOURLY)
def offers(prices: int) -> None:
    OFFERED.append(prices)


@asset(automation_condition=HOURLY)
def prices() -> int:
    """What it fetches is another price each time; nothing declares where from."""
    FETCHED.append(len(FETCHED))
    return FETCHED[-1]


FETCHED: list[int] = []


@pytest.fixture(autouse=True)
def forget() -> None:
    OFFERED.clear()
    FETCHED.clear()


def tick(sandbox: Sandbox, time: str, *, killed: bool = False) -> Decision:
    """Decide, and build what was asked for; a tick that is killed only decides."""
    project = sandbox.project
    with clock.set_clock(at(time)):
        found, *_ = decide(project, lambda _: [], now=at(time))
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


def test_what_reads_nothing_is_made_anew_each_time_that_its_condition_asks_for_it() -> None:
    sandbox = Sandbox([offers, prices])
    tick(sandbox, "5 06:30")
    for time in ("5 07:00", "5 07:01", "5 08:00", "5 08:30", "5 12:00"):
        tick(sandbox, time)

    assert (FETCHED, OFFERED) == ([0, 1, 2], [0, 1, 2]), "before what reads it"
    assert sandbox.build().ran == [], "for a build it is fresh"


def test_what_failed_when_its_condition_asked_for_it_is_tried_again_by_a_retry() -> None:
    down: list[str] = []

    @asset(automation_condition=HOURLY)
    def fetched() -> int:
        if down:
            raise ValueError("the service is down")
        return 1

    sandbox = Sandbox([fetched])
    tick(sandbox, "5 06:30")
    tick(sandbox, "5 07:00")
    down.append("now")
    tick(sandbox, "5 08:00")

    left = find_retry(sandbox.project, None)
    assert left is not None
    assert left.selection is not None
    assert {str(key): list(parts) for key, parts in left.forced.items()} == {"fetched": [0]}
    down.clear()
    options = BuildOptions(shape=AgainShape(left.forced))
    assert sandbox.project.build(left.selection, options, lambda _: None).unchanged == 1


def test_it_is_made_once_for_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    sandbox = Sandbox([prices])
    tick(sandbox, "5 06:30")
    tick(sandbox, "5 07:00", killed=True)
    tick(sandbox, "5 07:05")
    assert FETCHED == [0]
    with monkeypatch.context() as patched:
        patched.setattr(building, "_finish", die)
        with pytest.raises(KeyboardInterrupt):
            tick(sandbox, "5 08:00")
    assert FETCHED == [0, 1]
    assert len(list_waiting(sandbox.project)) == 1
    tick(sandbox, "5 08:05")
    assert FETCHED == [0, 1], "it was made since it was asked for"
    assert list_waiting(sandbox.project) == []


def test_what_comes_while_a_request_is_built_is_asked_for_afterwards() -> None:
    sandbox = Sandbox([prices])
    project = sandbox.project
    tick(sandbox, "5 06:30")
    tick(sandbox, "5 07:00", killed=True)
    held: list[Decision] = []

    def meanwhile(*_: object) -> Callable[[object], None]:
        held.extend(decide(project, lambda _: [], now=at("5 08:00")))
        return lambda _: None

    with clock.set_clock(at("5 07:05")):
        build_requested(project, Surroundings(lambda _: project, BuildOptions(), meanwhile))
    assert [each.answer for each in held] == [Answer.HELD]
    assert FETCHED == [0]
    assert tick(sandbox, "5 08:05").answer is Answer.DUE
    assert FETCHED == [0, 1]


def test_a_partition_that_reads_nothing_is_made_once() -> None:
    day = asset(partitions_def=days.partitions_def, automation_condition=HOURLY)(count_days)
    sandbox = Sandbox([day])
    for time in ("5 06:30", "5 07:00", "5 08:00"):
        found = tick(sandbox, time)

    assert found.answer is Answer.DUE
    assert "; it reads nothing that can change, so what was built is kept" in found.reason
    assert FETCHED == [1]


def count_days() -> int:
    FETCHED.append(1)
    return 1


def test_what_is_made_anew_comes_before_what_a_schedule_asks_for() -> None:
    graph = Sandbox([offers, prices, days]).project.graph
    asked = [("schedule", "nightly", "offers"), ("condition", "prices", "prices"), ("condition", "days", "days")]
    rows = [
        RequestRow(name, kind, name, "", None, at("5 07:00"), write_wanted(Wanted({asset: None})))
        for kind, name, asset in asked
    ]
    assert [(list(batch.wanted.nodes), batch.is_anew) for batch in group_requests(graph, rows)] == [
        (["prices"], True),
        (["offers", "days"], False),
    ]
