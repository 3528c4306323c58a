"""Which job is looked at next, and at what price."""

from __future__ import annotations

import functools
import random
from collections import Counter, deque

import pytest

from assetmake import asset
from assetmake.discovery.collect import describe_assets
from assetmake.discovery.manifest import AssetRecord
from assetmake.execution import agenda
from assetmake.execution.agenda import Agenda
from assetmake.execution.jobs import Job
from assetmake.planning.forecast import Leg


@functools.cache
def describe(pool: str | None) -> AssetRecord:
    @asset(pool=pool)
    def made() -> None: ...

    [record] = describe_assets([made]).assets
    return record


def make_job(position: int, rank: float = 0.0, *, pool: str | None = None) -> Job:
    record = describe(pool)
    leg = Leg(left=1, width=1, rank=rank)
    return Job(record, leg, position, shares=(), candidates=deque([0]), unfinished={0})


def take_all(jobs: Agenda) -> list[int]:
    taken = []
    while (job := jobs.take()) is not None:
        taken.append(job.position)
    return taken


class Pools:
    """Pools that are full, or have a backlog, when a test says so; counts how often it is asked."""

    def __init__(self, *full: str, **backlogs: float) -> None:
        self.full = set(full)
        self.backlogs = backlogs
        self.asked = 0

    def is_full(self, pool: str | None) -> bool:
        self.asked += 1
        return pool in self.full

    def open(self) -> Agenda:
        return Agenda(self.is_full, lambda pool: self.backlogs.get(pool or "", 0.0))


def test_the_longest_path_goes_first_and_the_order_of_the_plan_among_equals() -> None:
    jobs = Pools().open()
    for position, rank in enumerate([1.0, 5.0, 1.0, 5.0, 3.0]):
        jobs.add(make_job(position, rank))

    assert take_all(jobs) == [1, 3, 4, 0, 2]


def test_a_job_stands_on_it_once() -> None:
    jobs, job = Pools().open(), make_job(0)
    jobs.add(job)
    jobs.add(job)
    assert take_all(jobs) == [0]

    jobs.add(job)
    assert take_all(jobs) == [0]


def test_what_is_in_a_full_pool_is_passed_over_until_there_is_room() -> None:
    pools = Pools("narrow")
    jobs = pools.open()
    jobs.add(make_job(0, 9.0, pool="narrow"))
    jobs.add(make_job(1, 1.0))

    assert take_all(jobs) == [1]
    pools.full.clear()
    assert take_all(jobs) == [0]


def test_a_pool_with_a_long_backlog_is_kept_busy_by_its_own_longest_path() -> None:
    jobs = Pools(narrow=20.0).open()
    for position, (rank, pool) in enumerate([(10.0, None), (2.0, "narrow"), (3.0, "narrow"), (30.0, None)]):
        jobs.add(make_job(position, rank, pool=pool))

    assert take_all(jobs) == [3, 2, 1, 0]


def test_all_are_put_in_order_again_when_ranks_have_changed() -> None:
    jobs = Pools().open()
    several = [make_job(position, float(position)) for position in range(50)]
    for job in several:
        jobs.add(job)
    ranks = random.Random(1).sample(range(50), 50)
    for job, rank in zip(several, ranks, strict=True):
        job.leg.rank = rank
    jobs.reorder()

    assert take_all(jobs) == sorted(range(50), key=lambda position: -ranks[position])


def test_thousands_of_jobs_in_a_pool_of_one_take_a_step_each(monkeypatch: pytest.MonkeyPatch) -> None:
    steps, original = Counter[str](), agenda.heapq

    class Counted:
        def __getattr__(self, name: str) -> object:
            steps[name] += 1
            return getattr(original, name)

    monkeypatch.setattr(agenda, "heapq", Counted())
    pools = Pools()
    jobs = pools.open()
    number = 3_000
    for position in range(number):
        jobs.add(make_job(position, float(position % 7), pool="narrow"))
    taken = 0
    for _ in range(number):
        pools.full.clear()
        taken += jobs.take() is not None
        pools.full.add("narrow")
        assert jobs.take() is None

    assert taken == number
    assert steps["heappush"] + steps["heappop"] == 2 * number
    assert pools.asked <= 2 * number
