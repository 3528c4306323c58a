"""Random partitions, policies, mappings and edits: built in ranges or one by one, the traces are the same.

Two projects have the same history and differ in nothing but their policies. Inputs, data and suffix of every trace, and
what an edit makes stale, must not tell which is which.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetmake import (
    AllPartitionMapping,
    AssetExecutionContext,
    AssetIn,
    BackfillPolicy,
    DailyPartitionsDefinition,
    DimensionPartitionMapping,
    FileSource,
    LastPartitionMapping,
    MultiPartitionMapping,
    MultiPartitionsDefinition,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    WeeklyPartitionsDefinition,
    asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.graph.key_rules import KeyOptions
from assetmake.testing import Sandbox
from thoroughness import times

OTHERS = StaticPartitionsDefinition(["a", "b", "c"])
FEW_DAYS = DailyPartitionsDefinition("2026-01-08", end_date="2026-01-13", exclusions=["0 0 * * 6-7"])
DEFINITIONS: dict[str, PartitionsDefinition | None] = {
    "none": None,
    "letters": StaticPartitionsDefinition(["d", "a", "c", "b", "e", "f"]),
    "others": OTHERS,
    "workdays": DailyPartitionsDefinition("2026-01-07", end_date="2026-01-20", exclusions=["0 0 * * 6-7"]),
    "grid": MultiPartitionsDefinition({"day": FEW_DAYS, "letter": OTHERS}),
    "days": DailyPartitionsDefinition("2026-01-04", end_date="2026-01-25"),
    "weeks": WeeklyPartitionsDefinition("2026-01-04", end_date="2026-01-25"),
}


def shift(start: int, end: int = 0) -> TimeWindowPartitionMapping:
    return TimeWindowPartitionMapping(start_offset=start, end_offset=end, allow_nonexistent_upstream_partitions=True)


TURNED = StaticPartitionMapping({"d": "a", "a": ["b", "c"], "c": "d", "b": "e", "e": "f"})
FEWER = StaticPartitionMapping({"d": "a", "a": "b", "c": "b", "f": "c"})
BEFORE = MultiPartitionMapping({"day": DimensionPartitionMapping("day", shift(-1, -1))})
MAPPINGS: dict[tuple[str, str], list[Any]] = {
    ("letters", "letters"): [None, TURNED, AllPartitionMapping(), LastPartitionMapping()],
    ("letters", "others"): [FEWER, AllPartitionMapping()],
    ("others", "others"): [None],
    ("days", "days"): [
        None,
        shift(-2),
        shift(-3, -1),
        AllPartitionMapping(),
    ],
    ("days", "weeks"): [None],
    ("weeks", "weeks"): [None, shift(-1)],
    ("weeks", "days"): [None],
    ("workdays", "workdays"): [None, shift(-1)],
    ("workdays", "days"): [None, shift(-1)],
    ("days", "workdays"): [None],
    ("workdays", "weeks"): [None, shift(-1, -1)],
    ("grid", "grid"): [None, BEFORE, LastPartitionMapping()],
    ("grid", "others"): [None],
    ("others", "grid"): [None],
    ("grid", "days"): [None],
    ("workdays", "grid"): [None],
    ("grid", "weeks"): [None, AllPartitionMapping()],
}
POLICIES = [None, BackfillPolicy.single_run(), BackfillPolicy.multi_run(2), BackfillPolicy.multi_run(3)]


@dataclass(frozen=True)
class Spec:
    """An asset, whose value for a key is what `special` has for it, and what it reads of other assets' values."""

    number: int
    kind: str
    reads: tuple[tuple[int, Any], ...]
    reads_files: bool
    policy: BackfillPolicy | None
    special: tuple[tuple[str, int], ...] = ()

    @property
    def keys(self) -> list[str]:
        definition = DEFINITIONS[self.kind]
        return [] if definition is None else definition.get_partition_keys()


def flatten(value: Any) -> list[Any]:
    """Return what is read as something that is stored, and in which order and shape it came is left out."""
    if isinstance(value, dict):
        return sorted(each for inner in value.values() for each in flatten(inner))
    if isinstance(value, list):
        return sorted(each for inner in value for each in flatten(inner))
    return [value.read_text() if isinstance(value, Path) else str(value)]


def declare(spec: Spec, *, ranged: bool) -> AssetsDefinition:
    """Return the asset; what a key's value is depends on nothing but the key, so that shapes can't be told apart."""
    special = dict(spec.special)

    def compute(context: AssetExecutionContext, *read: Any) -> Any:
        assert all(flatten(each) for each in read if each)
        if not context.keys:
            return special.get("", 0)
        values = {key: special.get(key, 0) for key in context.partition_keys}
        return values if len(values) > 1 else values[context.partition_key]

    def none(context: AssetExecutionContext) -> Any:
        return compute(context)

    def one(context: AssetExecutionContext, left: Any) -> Any:
        return compute(context, left)

    def two(context: AssetExecutionContext, left: Any, right: Any) -> Any:
        return compute(context, left, right)

    names = ("left", "right")[: len(spec.reads)]
    return asset(
        name=f"a{spec.number}",
        partitions_def=DEFINITIONS[spec.kind],
        code_version=str(spec.special),
        ins={
            name: AssetIn(key=f"a{up}", partition_mapping=mapping)
            for name, (up, mapping) in zip(names, spec.reads, strict=True)
        },
        deps=["files"] if spec.reads_files else [],
        backfill_policy=spec.policy if ranged else None,
    )((none, one, two)[len(names)])


@st.composite
def spec_lists(draw: st.DrawFn) -> list[Spec]:
    specs: list[Spec] = []
    for number in range(draw(st.integers(3, 4))):
        kind = draw(
            st.sampled_from(
                ["letters", "letters", "others", "days", "days", "workdays", "weeks", "grid", "grid", "none"]
            )
        )
        fitting = [
            (up.number, mappings)
            for up in specs
            if (mappings := MAPPINGS.get((up.kind, kind), [None] if "none" in {up.kind, kind} else []))
        ]
        chosen = draw(st.lists(st.sampled_from(fitting), max_size=2, unique_by=lambda each: each[0])) if fitting else []
        reads = tuple((up, draw(st.sampled_from(mappings))) for up, mappings in chosen)
        reads_files = kind == "letters" and draw(st.booleans())
        policy = None if kind == "none" else draw(st.sampled_from(POLICIES))
        specs.append(Spec(number, kind, reads, reads_files, policy))
    return specs


class World:
    """A project that is built in ranges or one by one."""

    def __init__(self, specs: list[Spec], *, ranged: bool) -> None:
        self.ranged = ranged
        self.sandbox = Sandbox([])
        for key in DEFINITIONS["letters"].get_partition_keys():  # type: ignore[union-attr]
            self.write(key, 0)
        self.change(specs)

    def change(self, specs: list[Spec]) -> None:
        files = FileSource("files", "{partition_key}.txt", partitions_def=DEFINITIONS["letters"])
        self.sandbox.replace([files, *(declare(spec, ranged=self.ranged) for spec in specs)])

    def write(self, key: str, value: int) -> None:
        (self.sandbox.root / f"{key}.txt").write_text(str(value))

    def list_stale(self) -> dict[str, list[tuple[int, int]]]:
        plan = self.sandbox.plan().plan
        return {str(key): list(zip(verdicts.parts, verdicts.codes, strict=True)) for key, verdicts in plan}

    def list_traces(self) -> list[tuple[Any, ...]]:
        with self.sandbox.project.state.reading() as db:
            return db.execute(
                "select a.key, t.part, t.key, t.inputs, t.data, t.suffix, t.content"
                " from state.traces t join state.assets a on a.id = t.asset order by all"
            ).fetchall()


def edit(specs: list[Spec], worlds: tuple[World, World], data: st.DataObject) -> None:
    """Change some partitions of an asset, or a file, in both worlds."""
    if data.draw(st.booleans(), label="a file"):
        key, value = data.draw(st.sampled_from("abcdef")), data.draw(st.integers(1, 99))
        for world in worlds:
            world.write(key, value)
        return
    spec = data.draw(st.sampled_from(specs), label="asset")
    keys = data.draw(st.lists(st.sampled_from(spec.keys or [""]), max_size=3, unique=True), label="keys")
    value = data.draw(st.integers(1, 9), label="value")
    specs[spec.number] = replace(spec, special=tuple((key, value) for key in keys))
    for world in worlds:
        world.change(specs)


@settings(max_examples=times(4), deadline=None, suppress_health_check=list(HealthCheck))
@given(specs=spec_lists(), data=st.data())
def test_ranges_leave_what_building_one_by_one_leaves(specs: list[Spec], data: st.DataObject) -> None:
    worlds = World(specs, ranged=True), World(specs, ranged=False)
    ranged, single = worlds
    for _ in range(data.draw(st.integers(2, 3), label="rounds")):
        if data.draw(st.booleans(), label="a part of it first"):
            spec = data.draw(st.sampled_from(specs), label="selected")
            key = data.draw(st.sampled_from(spec.keys), label="key") if spec.keys else None
            only = [world.sandbox.build(f"a{spec.number}", keys=KeyOptions(partition=key)) for world in worlds]
            assert only[0].failures == only[1].failures == []
        results = [world.sandbox.build() for world in worlds]

        assert [result.failures for result in results] == [[], []]
        assert sorted(results[0].ran) == sorted(results[1].ran)
        assert ranged.list_traces() == single.list_traces()
        assert not any(ranged.list_stale().values())
        edit(specs, worlds, data)
        assert ranged.list_stale() == single.list_stale()
