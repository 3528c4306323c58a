"""More is ready than there are workers: what goes first, what that is worth, and what it never breaks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workshop import FakeTime, Workshop, name_nodes

from assetmake import AssetExecutionContext, AssetIn, StaticPartitionsDefinition, asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import RestEstimated, RunStarted
from assetmake.execution import agenda
from assetmake.execution.jobs import Job
from assetmake.execution.work import Work
from thoroughness import times

LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])


def declare(name: str, *reads: str, pool: str | None = None, parted: bool = False) -> AssetsDefinition:
    """An asset that takes no time; what it reads must stand."""

    def compute(context: AssetExecutionContext, **values: object) -> str:
        return f"{name} of {sorted(values)}"

    return asset(
        name=name,
        ins={f"in{number}": AssetIn(key=up) for number, up in enumerate(reads)},
        partitions_def=LETTERS if parted else None,
        pool=pool,
    )(spell_out(compute, len(reads)))


def spell_out(function: Callable[..., str], reads: int) -> Callable[..., str]:
    """Return the same function with as many parameters as it has upstreams, as assets declare them."""
    names = [f"in{number}" for number in range(reads)]
    source = (
        f"def spelt({', '.join(['context', *names])}): return function(context, {', '.join(f'{n}={n}' for n in names)})"
    )
    space = {"function": function}
    exec(source, space)
    return space["spelt"]  # type: ignore[return-value]


@dataclass
class Simulation:
    """Workers on whom time passes as it is said, node by node; what ends first comes back first."""

    seconds: Mapping[str, float]
    now: float = 0.0
    started: list[str] = field(default_factory=list)
    _ends: dict[int, float] = field(default_factory=dict)

    def last(self, work: Work) -> float:
        return self.seconds[str(work.asset)]

    def choose(self, works: Sequence[Work]) -> int:
        for work in works:
            number = work.nodes[0].number
            if number not in self._ends:
                self.started += name_nodes(work)
                self._ends[number] = self.now + self.last(work) * len(work.nodes)
        first = min(range(len(works)), key=lambda index: self._ends[works[index].nodes[0].number])
        self.now = self._ends[works[first].nodes[0].number]
        return first


def simulate(workshop: Workshop, assets: Sequence[AssetsDefinition], seconds: Mapping[str, float]) -> Simulation:
    """Build everything, fresh or not, with nodes that last as long as is said."""
    simulation = Simulation(seconds)
    workshop.choose, workshop.last = simulation.choose, simulation.last
    finished = workshop.build(assets, force=True)
    assert finished.failed + finished.skipped == 0
    return simulation


LONG_AND_SHORT = (
    *(declare(f"short{number}") for number in range(4)),
    declare("one"),
    declare("two", "one"),
    declare("three", "two"),
)
SECONDS = {**{f"short{number}": 3.0 for number in range(4)}, "one": 4.0, "two": 4.0, "three": 4.0}


def test_the_long_chain_starts_first(workshop: Workshop) -> None:
    simulate(workshop, LONG_AND_SHORT, SECONDS)
    again = simulate(workshop, LONG_AND_SHORT, SECONDS)

    assert again.started == ["one", "short0", "short1", "two", "short2", "three", "short3"]
    assert again.now == 12


def test_without_history_the_chain_of_most_assets_does(workshop: Workshop) -> None:
    assert simulate(workshop, LONG_AND_SHORT, SECONDS).started[0] == "one"


def test_equals_keep_the_order_of_the_plan(workshop: Workshop) -> None:
    several = [declare(f"a{number}") for number in (3, 1, 2, 0, 4)]
    even = {f"a{number}": 1.0 for number in range(5)}

    for _ in range(2):
        assert simulate(workshop, several, even).started == ["a3", "a1", "a2", "a0", "a4"]


def test_with_one_worker_all_keep_the_order_of_the_plan(workshop: Workshop) -> None:
    workshop.slots = 1
    for _ in range(2):
        started = simulate(workshop, LONG_AND_SHORT, SECONDS).started
        assert started == [*(f"short{number}" for number in range(4)), "one", "two", "three"]


def test_what_turns_out_to_be_quick_gives_way_sooner(workshop: Workshop) -> None:
    several = (
        declare("parts", parted=True),
        declare("report", "parts"),
        declare("one"),
        declare("two", "one"),
    )
    seconds = {"parts": 9.0, "report": 1.0, "one": 6.0, "two": 6.0}
    simulate(workshop, several, seconds)

    as_foreseen = simulate(workshop, several, seconds)
    quicker = simulate(workshop, several, {**seconds, "parts": 1.0})

    assert as_foreseen.started.index("one") == 3
    assert quicker.started.index("one") == 2


def test_a_pool_of_one_with_much_to_do_is_kept_busy(workshop: Workshop) -> None:
    free = [declare(f"free{number}") for number in range(4)]
    pooled = [declare(f"pooled{number}", pool="narrow") for number in range(4)]
    seconds = {**{f"free{number}": 2.0 for number in range(4)}, **{f"pooled{number}": 2.0 for number in range(4)}}
    workshop.pools = {"narrow": 1}
    simulate(workshop, [*free, *pooled], seconds)

    again = simulate(workshop, [*free, *pooled], seconds)

    assert again.started[0] == "pooled0"
    assert again.now == 8


def test_hundreds_of_assets_in_a_pool_of_one_take_a_few_steps_each(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, original = Counter[str](), agenda.heapq

    class Counted:
        def __getattr__(self, name: str) -> object:
            steps[name] += 1
            return getattr(original, name)

    monkeypatch.setattr(agenda, "heapq", Counted())
    number = 150
    workshop.pools = {"narrow": 1}

    finished = workshop.build([declare(f"a{each}", pool="narrow") for each in range(number)])

    assert finished.built == number
    assert steps["heappush"] + steps["heappop"] <= 5 * number
    assert steps["heapify"] < 50


def test_how_long_it_will_take_is_told_at_the_start_where_it_is_known(workshop: Workshop) -> None:
    simulate(workshop, LONG_AND_SHORT, SECONDS)
    assert [event.estimate for event in workshop.heard(RunStarted)] == [None]

    simulate(workshop, LONG_AND_SHORT, SECONDS)
    assert [event.estimate for event in workshop.heard(RunStarted)] == [12]


def test_and_again_when_it_is_not_so(workshop: Workshop, fake_time: FakeTime) -> None:
    """The footer counts down by itself: what goes as foreseen is not told again."""
    chain = [declare("a0"), *(declare(f"a{number}", f"a{number - 1}") for number in range(1, 10))]

    def build(seconds: float) -> list[float | None]:
        simulation = Simulation({f"a{number}": seconds for number in range(10)})

        def choose(works: Sequence[Work]) -> int:
            fake_time.now += seconds
            return simulation.choose(works)

        workshop.choose, workshop.last = choose, simulation.last
        workshop.build(chain, force=True)
        return [event.seconds for event in workshop.heard(RestEstimated)]

    assert build(10.0)[0] is not None
    as_foreseen = build(10.0)
    slower = build(20.0)

    assert as_foreseen == [90]
    assert slower == [90, 160]


# ---------------------------------------------------------------------- what it is worth


def make_layers(seed: int) -> tuple[list[AssetsDefinition], dict[str, float]]:
    """A random graph of layers, with durations of which a few are long; in no order that would help."""
    chance = random.Random(seed)
    layers = [[f"l{layer}_{place}" for place in range(chance.randint(2, 6))] for layer in range(chance.randint(4, 7))]
    reads: dict[str, list[str]] = {name: [] for name in layers[0]}
    for above, layer in pairwise(layers):
        for name in layer:
            reads[name] = chance.sample(above, min(len(above), chance.randint(1, 2)))
    assets = [declare(name, *ups) for name, ups in reads.items()]
    return assets, {name: round(chance.lognormvariate(0, 1.2), 3) for name in reads}


def test_it_pays(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """On random graphs of known durations the whole takes less time on average, and never much more."""
    ratios = []
    for seed in range(6):
        assets, seconds = make_layers(seed)
        simulate(workshop, assets, seconds)
        urgent = simulate(workshop, assets, seconds).now
        with monkeypatch.context() as patched:
            patched.setattr(agenda, "_enter", lambda job: (0.0, job.position, job))
            planned = simulate(workshop, assets, seconds).now
        ratios.append(urgent / planned)

    assert sum(ratios) / len(ratios) < 0.95
    assert max(ratios) <= 1.03


# ---------------------------------------------------------------------- what it never breaks


@settings(max_examples=times(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), slots=st.integers(1, 4), seed=st.integers(0, 10_000))
def test_in_whatever_order_every_node_runs_once_and_after_what_it_reads(
    data: st.DataObject, slots: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    names: list[str] = []
    assets = []
    for number in range(data.draw(st.integers(4, 7))):
        reads = chance.sample(names, min(len(names), chance.randint(0, 2)))
        parted, pool = chance.random() < 0.4, chance.choice([None, "narrow"])
        names.append(f"a{number}")
        assets.append(declare(names[-1], *reads, parted=parted, pool=pool))

    def enter(job: Job) -> tuple[float, int, Job]:
        return chance.random(), job.position, job

    with TemporaryDirectory() as folder, monkeypatch.context() as patched:
        patched.setattr(agenda, "_enter", enter)
        workshop = Workshop(Path(folder), slots=slots, pools={"narrow": 1})
        workshop.choose = lambda works: chance.randrange(len(works))
        finished = workshop.build(assets)

    # A node whose upstream does not stand cannot be started: it would have failed.
    due = sum(4 if each.partitions_def is not None else 1 for each in assets)
    assert (finished.built, finished.failed, finished.skipped) == (due, 0, 0)
    assert (workshop.ran.total(), len(workshop.ran)) == (due, due)
