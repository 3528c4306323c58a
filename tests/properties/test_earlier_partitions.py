"""An asset that reads its own earlier partitions: a build runs exactly what it must, each before what reads it.

The oracle keeps, for each node, what it was last built from. It knows no hashes, no SQL and no plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetmake import (
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    BackfillPolicy,
    DailyPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.graph.key_rules import KeyOptions
from assetmake.graph.selection import Selection
from assetmake.planning.plan import decode
from assetmake.testing import Sandbox
from thoroughness import times

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-09")
KEYS = tuple(DAYS.get_partition_keys())
NAMES = ("amounts", "balance", "shown")

Node = tuple[str, str]
Recorded = tuple[object, tuple[int, ...]]


@dataclass(frozen=True)
class Spec:
    """What a project computes.

    Attributes:
        first, last: Which earlier days a balance reads, as offsets.
        coarse: Balances are rounded by so much, so that many come out the same.
        amounts: By day.
        failing: Days whose balance fails.
        ranged: One call may make several balances.
    """

    first: int
    last: int
    coarse: int
    amounts: tuple[int, ...]
    failing: frozenset[int] = frozenset()
    ranged: bool = False


def declare(spec: Spec) -> list[AssetsDefinition]:
    earlier = TimeWindowPartitionMapping(start_offset=spec.first, end_offset=spec.last)

    def add(key: str, amounts: Any, balance: Any) -> int:
        day = KEYS.index(key)
        if day in spec.failing:
            raise RuntimeError("it was to fail")
        amount = amounts[key] if isinstance(amounts, dict) else amounts
        window = KEYS[max(0, day + spec.first) : max(0, day + spec.last + 1)]
        before = [balance[each] for each in window] if isinstance(balance, dict) else [balance or 0]
        return (amount + sum(before)) // spec.coarse

    @asset(partitions_def=DAYS, code_version=str(spec.amounts))
    def amounts(context: AssetExecutionContext) -> int:
        return spec.amounts[KEYS.index(context.partition_key)]

    declare_balance = asset(
        name="balance",
        partitions_def=DAYS,
        ins={"balance": AssetIn(partition_mapping=earlier)},
        backfill_policy=BackfillPolicy.single_run() if spec.ranged else None,
        code_version=f"{spec.coarse} {sorted(spec.failing)}",
    )

    def one_balance(context: AssetExecutionContext, amounts: Any, balance: Any) -> int:
        return add(context.partition_key, amounts, balance)

    def several_balances(context: AssetExecutionContext, amounts: Any, balance: Any) -> dict[str, int]:
        return {key: add(key, amounts, balance) for key in context.partition_keys}

    @asset(partitions_def=DAYS)
    def shown(balance: int) -> int:
        return balance

    return [amounts, declare_balance(several_balances if spec.ranged else one_balance), shown]


@dataclass
class World:
    """A sandbox and its oracle."""

    sandbox: Sandbox
    spec: Spec
    built: dict[Node, Recorded] = field(default_factory=dict)
    spoiled: set[Node] = field(default_factory=set)

    def find_read(self, node: Node) -> list[Node]:
        name, key = node
        day = KEYS.index(key)
        match name:
            case "balance":
                days = range(max(0, day + self.spec.first), max(0, day + self.spec.last + 1))
                return [("amounts", key), *(("balance", KEYS[each]) for each in days)]
            case "shown":
                return [("balance", key)]
        return []

    def find_code(self, node: Node) -> object:
        spec = self.spec
        return {
            "amounts": spec.amounts,
            "balance": (spec.first, spec.last, spec.coarse, spec.failing, spec.ranged),
            "shown": (),
        }[node[0]]

    def compute(self, node: Node) -> int:
        """Return the value of a clean build."""
        if node[0] == "amounts":
            return self.spec.amounts[KEYS.index(node[1])]
        total = sum(map(self.compute, self.find_read(node)))
        return total // self.spec.coarse if node[0] == "balance" else total

    def expect_build(self, wanted: set[Node], *, forced: set[Node]) -> tuple[list[Node], set[Node]]:
        """Foresee a build; return what runs, each after what it reads, and what of the nodes does not come out."""
        needed, left = set(wanted), list(wanted)
        while left:
            new = [each for each in self.find_read(left.pop()) if each not in needed]
            needed.update(new)
            left += new
        ran: list[Node] = []
        lost: set[Node] = set()
        for node in sorted(needed, key=lambda each: (NAMES.index(each[0]), each[1])):
            read = self.find_read(node)
            if not lost.isdisjoint(read):
                lost.add(node)
                continue
            now = self.find_code(node), tuple(map(self.compute, read))
            if self.built.get(node) == now and node not in self.spoiled | forced:
                continue
            ran.append(node)
            if node[0] == "balance" and KEYS.index(node[1]) in self.spec.failing:
                lost.add(node)
            else:
                self.built[node] = now
                self.spoiled.discard(node)
        return ran, lost


def name_node(node: Node) -> str:
    return f"{node[0]}@{node[1]}"


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    last = draw(st.sampled_from([-1, -1, -2]))
    return Spec(
        first=last - draw(st.integers(0, 2)),
        last=last,
        coarse=draw(st.sampled_from([1, 2, 10])),
        amounts=tuple(draw(st.lists(st.integers(0, 40), min_size=len(KEYS), max_size=len(KEYS)))),
        ranged=draw(st.booleans()),
    )


def edit(world: World, data: st.DataObject) -> None:
    """Change one thing, in the world and in what the oracle knows."""
    spec, day = world.spec, data.draw(st.integers(0, len(KEYS) - 1), label="day")
    match data.draw(st.sampled_from(["amount", "amount", "coarse", "fail", "window", "delete", "none"]), label="edit"):
        case "amount":
            amount = data.draw(st.integers(0, 40))
            world.spec = replace(spec, amounts=(*spec.amounts[:day], amount, *spec.amounts[day + 1 :]))
        case "coarse":
            world.spec = replace(spec, coarse=data.draw(st.sampled_from([1, 2, 10])))
        case "fail" if not spec.ranged:  # of a range all would fail together
            world.spec = replace(spec, failing=spec.failing ^ {day})
        case "window":
            world.spec = replace(spec, first=spec.last - data.draw(st.integers(0, 2)))
        case "delete":
            node = ("balance", KEYS[day])
            if node in world.built and node not in world.spoiled:
                ((_, path),) = world.sandbox.project.find_outputs(AssetKey(["balance"]), [KEYS[day]])
                path.unlink()
                world.spoiled.add(node)
    world.sandbox.replace(declare(world.spec))


def build(world: World, *, name: str = "", key: str | None = None, force: bool = False) -> None:
    """Build, and compare what ran with the plan and with the oracle."""
    wanted = {(each, day) for each in NAMES for day in KEYS if name in ("", each) and key in (None, day)}
    terms, keys = (name,) if name else (), KeyOptions(partition=key)
    planned = dict(list_planned(world.sandbox, *terms, keys=keys, force=force))
    expected, lost = world.expect_build(wanted, forced=wanted if force else set())

    done = world.sandbox.build(*terms, keys=keys, force=force)

    assert sorted(done.ran) == sorted(map(name_node, expected))
    own = [each for each in done.ran if each.startswith("balance@")]
    if world.spec.last == -1:
        assert all(before < after for before, after in pairwise(own)), "each day comes after those that it reads"
    assert set(done.ran) <= set(planned)
    assert {each for each, verdict in planned.items() if verdict == "stale"} <= set(map(name_node, {*expected, *lost}))
    assert done.success is not bool(lost)
    for each, day in wanted - lost:
        assert done.asset_value(each, partition_key=day) == world.compute((each, day))


def list_planned(sandbox: Sandbox, *terms: str, keys: KeyOptions, force: bool) -> Iterator[tuple[str, str]]:
    view = sandbox.project.make_plan(Selection(terms, keys=keys), force=force)
    for key, verdicts in view.plan:
        for part, code in zip(verdicts.parts, verdicts.codes, strict=True):
            yield f"{key}@{DAYS.key_of(part)}", decode(code)[0].value


@settings(max_examples=times(6), deadline=None, suppress_health_check=list(HealthCheck))
@given(spec=specs(), data=st.data())
def test_each_build_runs_what_it_must_and_comes_to_what_a_clean_one_does(spec: Spec, data: st.DataObject) -> None:
    world = World(Sandbox(declare(spec)), spec)
    for _ in range(data.draw(st.integers(2, 4), label="rounds")):
        for _ in range(data.draw(st.integers(0, 2), label="edits")):
            edit(world, data)
        if data.draw(st.booleans(), label="a part of it first"):
            name, key = data.draw(st.sampled_from(NAMES)), data.draw(st.sampled_from([None, *KEYS]), label="key")
            build(world, name=name, key=key, force=data.draw(st.booleans(), label="forced"))
        build(world)
    world.spec = replace(world.spec, failing=frozenset())
    world.sandbox.replace(declare(world.spec))

    build(world)

    assert world.sandbox.build().ran == []
    assert dict(list_planned(world.sandbox, keys=KeyOptions(), force=False)) == {}
