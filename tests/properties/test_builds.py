"""Random graphs and random edits: a build runs exactly what it must, and then all is as if built from nothing.

The oracle keeps, for each node, what it was last built from. It knows no hashes, no SQL and no plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetmake import (
    AllPartitionMapping,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    FileSource,
    LastPartitionMapping,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.graph.key_rules import KeyOptions
from assetmake.planning.plan import decode
from assetmake.testing import BuildResult, Sandbox
from thoroughness import times

KEYS = ("p", "q", "r")
PARTITIONS = StaticPartitionsDefinition(KEYS)
SHIFT = {"p": "q", "q": "r", "r": "p"}
MAPPINGS = {
    "same": None,
    "all": AllPartitionMapping(),
    "last": LastPartitionMapping(),
    "shift": StaticPartitionMapping(SHIFT),
}

Node = tuple[int, str | None]


@dataclass(frozen=True)
class Spec:
    """An asset: its value is half its constant, more for later keys, plus all that it reads."""

    number: int
    partitioned: bool
    constant: int
    reads: tuple[tuple[int, str], ...]
    reads_source: bool
    fails: bool = False

    @property
    def nodes(self) -> list[Node]:
        return [(self.number, key) for key in (KEYS if self.partitioned else (None,))]


def add_up(value: Any) -> int:
    return sum(value.values()) if isinstance(value, dict) else int(value)


def make_asset(spec: Spec) -> AssetsDefinition:
    names = ("left", "right")
    constant, fails = spec.constant, spec.fails
    keys = KEYS if spec.partitioned else ()

    def compute(context: AssetExecutionContext, *read: Any) -> int:
        if fails:
            raise RuntimeError("it was to fail")
        return constant // 2 + (100 * keys.index(context.partition_key) if keys else 0) + sum(map(add_up, read))

    declare = asset(
        name=f"a{spec.number}",
        partitions_def=PARTITIONS if spec.partitioned else None,
        ins={
            name: AssetIn(key=f"a{up}", partition_mapping=MAPPINGS[mapping])
            for name, (up, mapping) in zip(names, spec.reads, strict=False)
        },
    )
    match len(spec.reads), spec.reads_source:
        case 0, False:

            def none(context: AssetExecutionContext) -> int:
                return compute(context)

            return declare(none)
        case 0, True:

            def source_only(context: AssetExecutionContext, source: Path) -> int:
                return compute(context, source.read_text())

            return declare(source_only)
        case 1, False:

            def one(context: AssetExecutionContext, left: Any) -> int:
                return compute(context, left)

            return declare(one)
        case 1, True:

            def one_and_source(context: AssetExecutionContext, left: Any, source: Path) -> int:
                return compute(context, left, source.read_text())

            return declare(one_and_source)
        case _:

            def two(context: AssetExecutionContext, left: Any, right: Any) -> int:
                return compute(context, left, right)

            return declare(two)


@dataclass
class World:
    """A sandbox and its oracle."""

    sandbox: Sandbox
    specs: list[Spec]
    source: int = 1
    built: dict[Node, tuple[Spec, tuple[int, ...], int]] = field(default_factory=dict)
    spoiled: set[Node] = field(default_factory=set)

    def declare(self) -> list[AssetsDefinition | FileSource]:
        return [FileSource("source", "source.txt"), *map(make_asset, self.specs)]

    def find_read(self, node: Node) -> list[Node]:
        """Return the nodes that a node reads."""
        number, key = node
        found: list[Node] = []
        for up, mapping in self.specs[number].reads:
            if not self.specs[up].partitioned:
                found.append((up, None))
            elif mapping == "all":
                found += [(up, each) for each in KEYS]
            elif mapping == "last":
                found.append((up, KEYS[-1]))
            elif mapping == "shift":
                found += [(up, above) for above, below in SHIFT.items() if below == key]
            else:
                found.append((up, key))
        return found

    def compute(self, node: Node) -> int:
        """Return the value of a clean build."""
        spec = self.specs[node[0]]
        own = spec.constant // 2 + (0 if node[1] is None else 100 * KEYS.index(node[1]))
        return own + sum(map(self.compute, self.find_read(node))) + (self.source if spec.reads_source else 0)

    def expect_build(self, wanted: list[Node]) -> tuple[set[Node], set[Node]]:
        """Foresee a build; return what runs, and what of the nodes does not come out."""
        needed = set(wanted)
        for node in sorted(self.list_nodes(), reverse=True):
            if node in needed:
                needed.update(self.find_read(node))
        ran: set[Node] = set()
        lost: set[Node] = set()
        for node in sorted(needed, key=lambda each: each[0]):
            spec, read = self.specs[node[0]], self.find_read(node)
            if not lost.isdisjoint(read):
                lost.add(node)
                continue
            inputs = (*map(self.compute, read), self.source if spec.reads_source else 0)
            recorded = self.built.get(node)
            if recorded is not None and recorded[:2] == (spec, inputs) and node not in self.spoiled:
                continue
            ran.add(node)
            if spec.fails:
                lost.add(node)
            else:
                self.built[node] = (spec, inputs, self.compute(node))
                self.spoiled.discard(node)
        return ran, lost & needed

    def list_nodes(self) -> list[Node]:
        return [node for spec in self.specs for node in spec.nodes]

    def find_output(self, node: Node) -> Path:
        key = AssetKey([f"a{node[0]}"])
        ((_, path),) = self.sandbox.project.find_outputs(key, None if node[1] is None else [node[1]])
        return path


def name_node(node: Node) -> str:
    return f"a{node[0]}" if node[1] is None else f"a{node[0]}@{node[1]}"


@st.composite
def spec_lists(draw: st.DrawFn) -> list[Spec]:
    specs: list[Spec] = []
    for number in range(draw(st.integers(3, 5))):
        partitioned = draw(st.booleans())
        reads = []
        for up in draw(st.lists(st.integers(0, number - 1), max_size=2, unique=True)) if number else []:
            choices = ["same", "all", "last", "shift"] if partitioned else ["all", "last"]
            reads.append((up, draw(st.sampled_from(choices)) if specs[up].partitioned else "same"))
        from_source = len(reads) < 2 and draw(st.booleans())
        specs.append(Spec(number, partitioned, draw(st.integers(0, 9)), tuple(reads), from_source))
    return specs


EDITS = ["constant", "constant", "same data", "fail", "rewire", "delete", "overwrite", "source", "touch source", "none"]


def edit(world: World, data: st.DataObject) -> None:
    """Change one thing, in the world and in what the oracle knows."""
    spec = data.draw(st.sampled_from(world.specs), label="asset")
    source = world.sandbox.root / "source.txt"
    match data.draw(st.sampled_from(EDITS), label="edit"):
        case "constant":
            world.specs[spec.number] = replace(spec, constant=data.draw(st.integers(0, 9)))
        case "same data":
            world.specs[spec.number] = replace(spec, constant=spec.constant ^ 1)
        case "fail":
            world.specs[spec.number] = replace(spec, fails=not spec.fails)
        case "rewire" if spec.partitioned:
            turned = {"same": "all", "all": "last", "last": "shift", "shift": "same"}
            reads = [(up, turned[how] if world.specs[up].partitioned else how) for up, how in spec.reads]
            world.specs[spec.number] = replace(spec, reads=tuple(reads))
        case "delete" | "overwrite" as how if world.built:
            node = data.draw(st.sampled_from(sorted(world.built, key=str)), label="output")
            if node not in world.spoiled:
                path = world.find_output(node)
                path.unlink() if how == "delete" else path.write_text("123456789")
                world.spoiled.add(node)
        case "source":
            world.source = data.draw(st.integers(1, 3))
            source.write_text(str(world.source))
        case "touch source":
            source.touch()
    world.sandbox.replace(world.declare())


def build(world: World, *, selected: Spec | None = None, key: str | None = None) -> BuildResult:
    """Build, and compare what ran with the plan and with the oracle."""
    wanted = world.list_nodes() if selected is None else selected.nodes
    if key is not None:
        wanted = [node for node in wanted if node[1] == key]
    terms = () if selected is None else (f"a{selected.number}",)
    keys = KeyOptions(partition=key)
    planned = list_planned(world.sandbox, *terms, keys=keys)
    expected, lost = world.expect_build(wanted)

    done = world.sandbox.build(*terms, keys=keys)

    assert len(set(done.ran)) == len(done.ran), "nothing runs twice"
    assert set(done.ran) == {name_node(node) for node in expected}
    assert set(done.ran) <= set(planned)
    assert {name for name, verdict in planned.items() if verdict == "stale"} <= {
        name_node(node) for node in expected | lost
    }
    assert done.success is not bool(lost)
    for node in wanted:
        if node not in lost:
            assert done.asset_value(f"a{node[0]}", partition_key=node[1]) == world.compute(node)
    return done


def list_planned(sandbox: Sandbox, *terms: str, keys: KeyOptions) -> dict[str, str]:
    view = sandbox.plan(*terms, keys=keys)
    found = {}
    for key, verdicts in view.plan:
        definition = view.scope.definitions[key]
        for part, code in zip(verdicts.parts, verdicts.codes, strict=True):
            name = str(key) if definition is None else f"{key}@{definition.key_of(part)}"
            found[name] = decode(code)[0].value
    return found


@settings(max_examples=times(5), deadline=None, suppress_health_check=list(HealthCheck))
@given(specs=spec_lists(), data=st.data())
def test_incremental_builds_are_clean_builds_that_run_what_they_must(specs: list[Spec], data: st.DataObject) -> None:
    world = World(Sandbox([]), specs)
    (world.sandbox.root / "source.txt").write_text("1")
    world.sandbox.replace(world.declare())
    for _ in range(data.draw(st.integers(2, 4), label="rounds")):
        for _ in range(data.draw(st.integers(1, 2), label="edits")):
            edit(world, data)
        if data.draw(st.booleans(), label="a part of it first"):
            spec = data.draw(st.sampled_from(world.specs), label="selected")
            key = data.draw(st.sampled_from([None, *KEYS]), label="key") if spec.partitioned else None
            build(world, selected=spec, key=key)
        build(world)
    for number, spec in enumerate(world.specs):
        world.specs[number] = replace(spec, fails=False)
    world.sandbox.replace(world.declare())

    build(world)

    assert world.sandbox.build().ran == []
    assert list_planned(world.sandbox, keys=KeyOptions()) == {}
