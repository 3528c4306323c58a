"""Random graphs of functions that make several assets, with checks, and random edits of them.

Whatever was built before: a build gives what a build from nothing gives, its checks say what they would say then, a
second build runs nothing, and all that ran was in the plan. What is below a blocking check that fails is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetmake import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetIn,
    AssetKey,
    AssetOut,
    BackfillPolicy,
    Output,
    StaticPartitionsDefinition,
    asset_check,
    multi_asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import RunFinished
from assetmake.testing import BuildResult, Sandbox
from thoroughness import times

KEYS = ("p", "q", "r")
PARTITIONS = StaticPartitionsDefinition(KEYS)
CHECKS = ("", "own", "alone", "whole")

Node = tuple[str, str | None]


@dataclass(frozen=True)
class Asset:
    """One output of a function: a value that is half its constant, and more; a check that some values do not pass."""

    constant: int
    check: str = ""
    wrong: int = 0
    blocking: bool = False


@dataclass(frozen=True)
class Function:
    """What makes one asset or several.

    Attributes:
        reads: Names of assets of functions above.
        chained: Its second asset depends on its first one alone.
        ranged: One call makes several partitions; a check of its own would say of all of them the same.
    """

    number: int
    partitioned: bool
    outputs: tuple[Asset, ...]
    reads: tuple[str, ...]
    chained: bool
    can_subset: bool
    ranged: bool

    @property
    def names(self) -> list[str]:
        return [f"f{self.number}_{index}" for index in range(len(self.outputs))]

    @property
    def is_ranged(self) -> bool:
        return self.ranged and self.partitioned

    @property
    def keys(self) -> tuple[str | None, ...]:
        return KEYS if self.partitioned else (None,)


def add_up(value: Any) -> int:
    return sum(value.values()) if isinstance(value, dict) else int(value)


def compute(function: Function, key: str | None, read: list[int]) -> list[int]:
    """Return what the assets of a function are in one partition."""
    step = 0 if key is None else 10 * (1 + KEYS.index(key))
    values = [each.constant // 2 + step + sum(read) for each in function.outputs]
    if function.chained and len(values) > 1:
        values[1] = values[0] + function.outputs[1].constant // 2
    return values


def is_right(value: int, asset: Asset) -> bool:
    return value % 3 != asset.wrong


def make_unit(function: Function) -> AssetsDefinition:
    own = [
        AssetCheckSpec("right", asset=name, blocking=each.blocking)
        for name, each in zip(function.names, function.outputs, strict=True)
        if each.check == "own" and not function.is_ranged
    ]

    def run(context: Any, read: dict[str, Any]) -> Iterator[Any]:
        keys = list(context.partition_keys) if function.partitioned else [None]
        single = not function.is_ranged
        found = [compute(function, key, [pick(each, key, single=single) for each in read.values()]) for key in keys]
        wanted = {each.to_user_string() for each in context.selected_asset_keys}
        checks = {each.to_user_string() for each in context.selected_asset_check_keys}
        for index, (name, each) in enumerate(zip(function.names, function.outputs, strict=True)):
            values = dict(zip(keys, (row[index] for row in found), strict=True))
            if name in wanted:
                yield Output(values[keys[0]] if single else values, output_name=name)
            if f"{name}:right" in checks:
                passed = all(is_right(value, each) for value in values.values())
                yield AssetCheckResult(passed=passed, asset_key=name, check_name="right")

    inner = {name: {AssetKey(each) for each in function.reads} for name in function.names}
    if function.chained and len(inner) > 1:
        inner[function.names[1]] = {AssetKey(function.names[0])}
    declare = multi_asset(
        name=f"f{function.number}",
        outs={name: AssetOut(is_required=not function.can_subset) for name in function.names},
        ins={name: AssetIn(key=read) for name, read in zip(("one", "two"), function.reads, strict=False)},
        internal_asset_deps=inner,
        check_specs=own,
        partitions_def=PARTITIONS if function.partitioned else None,
        can_subset=function.can_subset,
        backfill_policy=BackfillPolicy.single_run() if function.is_ranged else None,
    )
    match len(function.reads):
        case 0:

            def none(context):  # type: ignore[no-untyped-def]
                yield from run(context, {})

            return declare(none)
        case 1:

            def single(context, one: Any):  # type: ignore[no-untyped-def]
                yield from run(context, {"one": one})

            return declare(single)
        case _:

            def double(context, one: Any, two: Any):  # type: ignore[no-untyped-def]
                yield from run(context, {"one": one, "two": two})

            return declare(double)


def pick(read: Any, key: str | None, *, single: bool) -> int:
    """Return what one partition reads of what a call was given."""
    return read[key] if isinstance(read, dict) and key is not None and not single else add_up(read)


def make_check(function: Function, index: int) -> AssetsDefinition:
    name, each = function.names[index], function.outputs[index]
    by_partition = function.partitioned and each.check != "whole"

    def right(value: Any) -> AssetCheckResult:
        return AssetCheckResult(passed=is_right(add_up(value), each))

    return asset_check(
        asset=name,
        name="right",
        blocking=each.blocking,
        partitions_def=PARTITIONS if by_partition else None,
    )(right)


def declare(functions: list[Function]) -> list[AssetsDefinition]:
    checks = [
        make_check(function, index)
        for function in functions
        for index, each in enumerate(function.outputs)
        if each.check in ({"own", "alone", "whole"} if function.is_ranged else {"alone", "whole"})
    ]
    return [*map(make_unit, functions), *checks]


# ---------------------------------------------------------------- what is to come out


@dataclass
class Oracle:
    """Values, answers, and what is not made, of a build from nothing."""

    values: dict[Node, int]
    answers: dict[str, bool]
    lost: set[Node]
    makers: dict[str, Function]


def foresee(functions: list[Function]) -> Oracle:
    oracle = Oracle({}, {}, set(), {name: function for function in functions for name in function.names})
    held: set[Node] = set()
    for function in functions:
        for key in function.keys:
            read = [find_read(oracle, name, key) for name in function.reads]
            sums = [sum(oracle.values[node] for node in nodes) for nodes in read]
            doomed = any(node in oracle.lost or node in held for nodes in read for node in nodes)
            for name, value in zip(function.names, compute(function, key, sums), strict=True):
                oracle.values[name, key] = value
                if doomed:
                    oracle.lost.add((name, key))
        for name, each in zip(function.names, function.outputs, strict=True):
            held |= answer(oracle, function, name, each)
    return oracle


def find_read(oracle: Oracle, name: str, key: str | None) -> list[Node]:
    above = oracle.makers[name]
    return [(name, each) for each in above.keys if key is None or not above.partitioned or each == key]


def answer(oracle: Oracle, function: Function, name: str, asset: Asset) -> set[Node]:
    """Take note of what the check of an asset finds; return the nodes that it holds back."""
    nodes = [(name, key) for key in function.keys]
    if not asset.check:
        return set()
    if asset.check != "whole":
        for node in nodes:
            if node not in oracle.lost:
                oracle.answers[name_node((f"{name}:right", node[1]))] = is_right(oracle.values[node], asset)
        wrong = {node for node in nodes if node not in oracle.lost and not is_right(oracle.values[node], asset)}
    else:
        if not oracle.lost.isdisjoint(nodes):
            return set()
        passed = is_right(sum(oracle.values[node] for node in nodes), asset)
        oracle.answers[f"{name}:right"] = passed
        wrong = set() if passed else set(nodes)
    return wrong if asset.blocking else set()


def name_node(node: Node) -> str:
    return node[0] if node[1] is None else f"{node[0]}@{node[1]}"


# ---------------------------------------------------------------- drawing


assets = st.builds(
    Asset,
    constant=st.integers(0, 9),
    check=st.sampled_from(CHECKS),
    wrong=st.integers(0, 5),  # from 3 on nothing is wrong
    blocking=st.booleans(),
)


@st.composite
def function_lists(draw: st.DrawFn) -> list[Function]:
    functions: list[Function] = []
    for number in range(draw(st.integers(1, 4))):
        above = [name for function in functions for name in function.names]
        reads = draw(st.lists(st.sampled_from(above), max_size=2, unique=True)) if above else []
        outputs = draw(st.lists(assets, min_size=1, max_size=2))
        flags = [draw(st.booleans()) for _ in range(4)]
        functions.append(Function(number, flags[0], tuple(outputs), tuple(reads), *flags[1:]))
    return functions


def edit(sandbox: Sandbox, functions: list[Function], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(functions) - 1), label="function")
    function = functions[index]
    which = data.draw(st.integers(0, len(function.outputs) - 1), label="output")
    old = function.outputs[which]
    match data.draw(st.sampled_from(["constant", "same data", "wrong", "blocking", "check", "delete", "overwrite"])):
        case "constant":
            new = replace(old, constant=data.draw(st.integers(0, 9)))
        case "same data":
            new = replace(old, constant=old.constant ^ 1)
        case "wrong":
            new = replace(old, wrong=data.draw(st.integers(0, 5)))
        case "blocking":
            new = replace(old, blocking=not old.blocking)
        case "check":
            new = replace(old, check=data.draw(st.sampled_from(CHECKS)))
        case how:
            new = old
            files = sorted((sandbox.root / "data").rglob("*.json"))
            if files:
                file = data.draw(st.sampled_from(files), label="file")
                file.unlink() if how == "delete" else file.write_text("123456789")
    outputs = tuple(new if number == which else each for number, each in enumerate(function.outputs))
    functions[index] = replace(function, outputs=outputs)
    sandbox.replace(declare(functions))


# ---------------------------------------------------------------- the test


def build(sandbox: Sandbox, functions: list[Function]) -> BuildResult:
    planned = list_planned(sandbox)
    oracle = foresee(functions)

    done = sandbox.build()

    assert len(set(done.ran)) == len(done.ran), "nothing runs twice"
    assert set(done.ran) <= planned
    for function in functions:
        if not function.can_subset:
            ran = [{node.partition("@")[2] for node in done.ran if node.partition("@")[0] == n} for n in function.names]
            assert all(each == ran[0] for each in ran), "what one call makes runs together"
    for node, value in oracle.values.items():
        if node not in oracle.lost:
            assert read_output(sandbox, node) == value
    told = {name: verdict == "passed" for name, verdict in done.checks.items() if name in planned}
    assert {name: told[name] for name in told if name in oracle.answers} == {
        name: oracle.answers[name] for name in told if name in oracle.answers
    }
    (finished,) = (event for event in done.events if isinstance(event, RunFinished))
    if not oracle.lost:
        assert (finished.checks_passed, finished.checks_failed) == (
            sum(oracle.answers.values()),
            len(oracle.answers) - sum(oracle.answers.values()),
        )
    assert finished.failed == 0
    assert done.success is all(oracle.answers.values()) or oracle.lost
    again = sandbox.build()
    assert again.ran == []
    (after,) = (event for event in again.events if isinstance(event, RunFinished))
    assert (after.checks_passed, after.checks_failed) == (finished.checks_passed, finished.checks_failed)
    return done


def read_output(sandbox: Sandbox, node: Node) -> Any:
    """Return what stands of a node. Its file is read: to look at the whole project for each node takes longest of all."""
    name, key = node
    return json.loads((sandbox.root / "data" / (f"{name}.json" if key is None else f"{name}/{key}.json")).read_text())


def list_planned(sandbox: Sandbox) -> set[str]:
    view = sandbox.plan()
    found = set()
    for key, verdicts in view.plan.list_all():
        definition = view.scope.definitions[key]
        found |= {name_node((str(key), None if definition is None else definition.key_of(p))) for p in verdicts.parts}
    return found


@settings(max_examples=times(1), deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=function_lists(), data=st.data())
def test_incremental_builds_are_clean_builds(drawn: list[Function], data: st.DataObject) -> None:
    functions = list(drawn)
    sandbox = Sandbox(declare(functions))
    for _ in range(data.draw(st.integers(1, 3), label="rounds")):
        build(sandbox, functions)
        for _ in range(data.draw(st.integers(1, 2), label="edits")):
            edit(sandbox, functions, data)
        if data.draw(st.booleans(), label="a part of it first"):
            sandbox.build(data.draw(st.sampled_from([name for each in functions for name in each.names])))
    build(sandbox, functions)
    functions = [
        replace(each, outputs=tuple(replace(output, wrong=5) for output in each.outputs)) for each in functions
    ]
    sandbox.replace(declare(functions))

    done = build(sandbox, functions)

    assert done.success
    assert list_planned(sandbox) == set()
