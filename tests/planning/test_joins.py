"""Mappings as joins: digests and dirt by SQL agree with a walk over every key."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planted import NOW, Field, edge, key

from assetmake import (
    AllPartitionMapping,
    DailyPartitionsDefinition,
    DimensionPartitionMapping,
    HourlyPartitionsDefinition,
    LastPartitionMapping,
    MonthlyPartitionsDefinition,
    MultiPartitionMapping,
    MultiPartitionsDefinition,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    WeeklyPartitionsDefinition,
)
from assetmake.definitions.mappings import PartitionMapping
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.resolution import MappingKind, get_upstream_keys, resolve_mapping
from assetmake.planning.joins import Constant, fold_constant, join_digest, join_dirty, link, read_pairs, read_upstream

BERLIN = "Europe/Berlin"  # the clocks went forward on 2026-03-29
HOURS = HourlyPartitionsDefinition(start_date="2026-03-27-00:00", end_date="2026-04-03-00:00")
DAYS = DailyPartitionsDefinition(start_date="2026-02-20", end_date="2026-04-08")
MONTHS = MonthlyPartitionsDefinition(start_date="2026-02-01")
LOCAL_HOURS = HourlyPartitionsDefinition(start_date="2026-03-27-00:00", end_date="2026-04-03-00:00", timezone=BERLIN)
LOCAL_DAYS = DailyPartitionsDefinition(start_date="2026-03-20", end_date="2026-04-08", timezone=BERLIN)
LOCAL_WEEKS = WeeklyPartitionsDefinition(start_date="2026-03-01", timezone=BERLIN)
SHORT_DAYS = DailyPartitionsDefinition(start_date="2026-03-28", end_date="2026-04-01")
COLOURS = StaticPartitionsDefinition(["red", "green", "blue", "black"])
SHADES = StaticPartitionsDefinition(["dark", "light", "none"])
PAIRED = StaticPartitionMapping({"red": ["light"], "blue": ["dark", "light"], "black": "dark"})
WORKDAYS = DailyPartitionsDefinition(start_date="2026-02-20", end_date="2026-04-08", exclusions=["0 0 * * 6-7"])
TINTS = MultiPartitionsDefinition({"day": SHORT_DAYS, "colour": COLOURS})
LIGHTS = MultiPartitionsDefinition({"shade": SHADES, "colour": COLOURS, "week": LOCAL_WEEKS})
CROSSED = MultiPartitionMapping(
    {
        "day": DimensionPartitionMapping("week", TimeWindowPartitionMapping()),
        "colour": DimensionPartitionMapping("shade", PAIRED),
    }
)


@dataclass(frozen=True)
class Case:
    up: PartitionsDefinition
    down: PartitionsDefinition | None
    mapping: PartitionMapping | None = None


CASES = {
    "identity": Case(DAYS, DAYS),
    "identity of fewer": Case(DAYS, SHORT_DAYS),
    "identity of more": Case(SHORT_DAYS, DAYS),
    "static identity": Case(COLOURS, StaticPartitionsDefinition(["blue", "red"])),
    "hours to days": Case(HOURS, DAYS),
    "days to hours": Case(DAYS, HOURS),
    "days to months": Case(DAYS, MONTHS),
    "hours to months": Case(HOURS, MONTHS),
    "yesterday": Case(DAYS, DAYS, TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)),
    "two days": Case(DAYS, SHORT_DAYS, TimeWindowPartitionMapping(start_offset=-1, end_offset=0)),
    "three days": Case(DAYS, DAYS, TimeWindowPartitionMapping(start_offset=-2, end_offset=0)),
    "around": Case(DAYS, SHORT_DAYS, TimeWindowPartitionMapping(start_offset=-1, end_offset=1)),
    "local identity": Case(LOCAL_DAYS, LOCAL_DAYS),
    "local hours to days": Case(LOCAL_HOURS, LOCAL_DAYS),
    "local days to hours": Case(LOCAL_DAYS, LOCAL_HOURS),
    "local days to weeks": Case(LOCAL_DAYS, LOCAL_WEEKS),
    "local three hours": Case(LOCAL_HOURS, LOCAL_HOURS, TimeWindowPartitionMapping(start_offset=-2, end_offset=0)),
    "local three days": Case(LOCAL_DAYS, LOCAL_DAYS, TimeWindowPartitionMapping(start_offset=-2, end_offset=0)),
    "hours to local days": Case(HOURS, LOCAL_DAYS),
    "local hours to days elsewhere": Case(LOCAL_HOURS, DAYS),
    "workdays to days": Case(WORKDAYS, DAYS),
    "days to workdays": Case(DAYS, WORKDAYS),
    "workdays to months": Case(WORKDAYS, MONTHS),
    "yesterday's hours": Case(HOURS, DAYS, TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)),
    "dimensions to themselves": Case(TINTS, TINTS),
    "dimensions to one of them": Case(TINTS, COLOURS),
    "one to dimensions": Case(COLOURS, TINTS),
    "days to a dimension": Case(DAYS, TINTS),
    "a dimension to months": Case(TINTS, MONTHS),
    "dimensions crossed": Case(TINTS, LIGHTS, CROSSED),
    "dimensions to one": Case(TINTS, None),
    "last of dimensions": Case(TINTS, DAYS, LastPartitionMapping()),
    "pairs": Case(COLOURS, SHADES, PAIRED),
    "all": Case(COLOURS, DAYS, AllPartitionMapping()),
    "all days": Case(DAYS, SHADES, AllPartitionMapping()),
    "all for one": Case(DAYS, None),
    "last": Case(DAYS, SHADES, LastPartitionMapping()),
    "last for one": Case(COLOURS, None, LastPartitionMapping()),
    "specific": Case(COLOURS, DAYS, SpecificPartitionsPartitionMapping(["blue", "red"])),
    "specific days": Case(DAYS, SHADES, SpecificPartitionsPartitionMapping(["2026-03-02", "2026-03-29"])),
}
many_cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
quick = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


_READ: dict[tuple[int, int], list[int]] = {}


def read_by_hand(case: Case, part: int) -> list[int]:
    """Return the upstream parts that one node reads, found for it alone."""
    if (id(case), part) in _READ:
        return _READ[id(case), part]
    name = None if case.down is None else case.down.key_of(part)
    keys = get_upstream_keys(case.mapping, name, case.up, case.down, current_time=NOW)
    _READ[id(case), part] = [case.up.part_of(each) for each in keys]
    return _READ[id(case), part]


def fold(data: dict[int, int], parts: Iterable[int]) -> int:
    digest = 0
    for part in parts:
        digest ^= data.get(part, 0)
    return digest


def choose(data: st.DataObject, parts: Iterable[int], label: str) -> array[int]:
    """Draw some of the parts, in their order."""
    everything = list(parts)
    shape = data.draw(st.sampled_from(["all", "none", "some", "slice"]), label=label)
    match shape:
        case "all":
            return array("q", everything)
        case "none":
            return array("q")
        case "slice":
            ends = sorted(data.draw(st.tuples(*[st.integers(0, len(everything))] * 2)))
            return array("q", everything[ends[0] : ends[1]])
        case _:
            bits = data.draw(st.integers(0, (1 << len(everything)) - 1), label="bits")
            return array("q", [part for number, part in enumerate(everything) if bits >> number & 1])


def orphans(parts: Iterable[int]) -> list[int]:
    """Return parts that are no partitions: beyond the ends, and in between."""
    everything = sorted(parts)
    return [everything[0] - 86_400, everything[0] - 3_600, everything[0] + 17, everything[-1] + 86_400]


@many_cases
@quick
@given(data=st.data())
def test_digests_are_those_of_what_stands_of_the_mapped_partitions(case: Case, data: st.DataObject) -> None:
    field = Field({"up": case.up, "down": case.down})
    everything = field.parts("up")
    stands = {part: field.plant("up", part) for part in choose(data, everything, "recorded")}
    for part in orphans(everything):
        field.plant("up", part)
    parts = field.parts("down") if data.draw(st.booleans()) else choose(data, field.parts("down"), "asked")
    expected = {part: fold(stands, read_by_hand(case, part)) for part in parts}
    kind = resolve_mapping(case.mapping, upstream=case.up, downstream=case.down)

    with field.view() as view:
        found = link(view, case.mapping, upstream=key("up"), downstream=key("down"), parts=parts)
        read = replace(edge("up", case.mapping, kind), parameter=None)  # what is loaded has an order too
        join, digest = join_digest(view, read, found, alias="u")
        rows = view.db.execute(f"select w.part, {digest} from {view.relate(parts)} w {join}").fetchall()

        assert len(rows) == len(parts)
        assert dict(rows) == expected


@many_cases
@quick
@given(data=st.data())
def test_what_reads_a_dirty_partition_is_found(case: Case, data: st.DataObject) -> None:
    field = Field({"up": case.up, "down": case.down})
    parts = choose(data, field.parts("down"), "asked")
    dirty = choose(data, field.parts("up"), "dirty")
    shuffled = array("q", data.draw(st.permutations(list(dirty))))
    expected = {part: not set(read_by_hand(case, part)).isdisjoint(dirty) for part in parts}

    with field.view() as view:
        found = link(view, case.mapping, upstream=key("up"), downstream=key("down"), parts=parts)
        join, hit = join_dirty(view, found, shuffled, whole=False, alias="d")
        rows = view.db.execute(f"select w.part, {hit} from {view.relate(parts)} w {join}").fetchall()

        assert len(rows) == len(parts)
        assert dict(rows) == expected


@many_cases
@quick
@given(data=st.data())
def test_what_is_needed_upstream_is_what_any_of_the_nodes_reads(case: Case, data: st.DataObject) -> None:
    field = Field({"up": case.up, "down": case.down})
    parts = choose(data, field.parts("down"), "asked")

    kind = resolve_mapping(case.mapping, upstream=case.up, downstream=case.down)
    with field.view() as view:
        needed = read_upstream(view, key("down"), edge("up", case.mapping, kind), parts)

    wanted = {up for part in parts for up in read_by_hand(case, part)}
    constant = case.down is None or isinstance(
        case.mapping, AllPartitionMapping | LastPartitionMapping | SpecificPartitionsPartitionMapping
    )
    assert len(set(needed)) == len(needed)
    assert set(needed) == wanted or (constant and not parts)


@many_cases
@quick
@given(data=st.data())
def test_pairs_are_the_mapped_partitions_that_stand(case: Case, data: st.DataObject) -> None:
    field = Field({"up": case.up, "down": case.down})
    stands = {part: field.plant("up", part) for part in choose(data, field.parts("up"), "recorded")}
    for part in orphans(field.parts("up")):
        field.plant("up", part)
    parts = choose(data, field.parts("down"), "asked")

    with field.view() as view:
        found = link(view, case.mapping, upstream=key("up"), downstream=key("down"), parts=parts)
        if isinstance(found, Constant):
            return
        rows = view.db.execute(read_pairs(view, key("up"), found, want=view.relate(parts))).fetchall()

    expected = [(part, up, stands[up]) for part in parts for up in read_by_hand(case, part) if up in stands]
    assert sorted(row[:3] for row in rows) == sorted(expected)


@pytest.mark.parametrize("is_loaded", [True, False])
def test_what_is_loaded_together_counts_with_the_order_of_its_keys(is_loaded: bool) -> None:
    colours = StaticPartitionsDefinition(["red", "green"])
    former = Field({"up": colours, "down": None})
    for part in former.parts("up"):
        former.plant("up", part)
    present = replace(former, definitions={"up": StaticPartitionsDefinition(["green", "red"]), "down": None})
    read = replace(edge("up", None, MappingKind.ALL), parameter="up" if is_loaded else None)

    digests = []
    for field in (former, present):
        with field.view() as view:
            digests.append(fold_constant(view, read, field.parts("up")))

    assert None not in digests
    assert (digests[0] != digests[1]) is is_loaded


def test_the_partition_is_part_of_what_is_read() -> None:
    """Two nodes of an asset with the same content must not be mistaken for each other, nor cancel each other out."""
    from assetmake.storage.data_hash import hash_node

    assert len({hash_node(part, b"same") for part in (0, 1, -1, 1 << 62)}) == 4
    assert hash_node(1, b"same") ^ hash_node(2, b"same") != 0
    assert hash_node(1, b"same") == hash_node(1, b"same")
