"""Which nodes may run: told by what they read, node by node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assetmake import (
    AllPartitionMapping,
    AssetIn,
    AssetKey,
    BackfillPolicy,
    DailyPartitionsDefinition,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
)
from assetmake.planning.opening import open_view
from assetmake.planning.order import Order
from assetmake.planning.scope import survey
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-06")
KEYS = StaticPartitionsDefinition(["a", "b", "c"])
WINDOW = TimeWindowPartitionMapping(start_offset=-1, end_offset=0)


@asset(partitions_def=DAYS)
def days() -> None: ...


@asset(partitions_def=KEYS)
def keys() -> None: ...


@asset(partitions_def=DAYS, deps=[days])
def same() -> None: ...


@asset(partitions_def=DAYS, ins={"days": AssetIn(partition_mapping=WINDOW)})
def window(days: object) -> None: ...


@asset(partitions_def=KEYS, ins={"keys": AssetIn(partition_mapping=StaticPartitionMapping({"a": ["b", "c"]}))})
def pairs(keys: object) -> None: ...


@asset(partitions_def=DAYS, ins={"keys": AssetIn(partition_mapping=AllPartitionMapping())}, deps=[days])
def both(keys: object) -> None: ...


@asset(deps=[days])
def whole() -> None: ...


@asset(partitions_def=DAYS, deps=[days], backfill_policy=BackfillPolicy.single_run())
def ranged() -> None: ...


@asset(partitions_def=DAYS, deps=[days], backfill_policy=BackfillPolicy.multi_run(2))
def twos() -> None: ...


def key(name: str) -> AssetKey:
    return AssetKey([name])


def day(number: int) -> int:
    return DAYS.part_of(f"2026-01-{number:02}")


def k(name: str) -> int:
    return KEYS.part_of(name)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox([days, keys, same, window, pairs, both, whole, ranged, twos])


@pytest.fixture
def order(sandbox: Sandbox) -> Iterator[Order]:
    project = sandbox.project
    with project.state.reading() as db:
        scope = survey(project.graph, sandbox.root, known={}, now=sandbox.plan().scope.now).scope
        yield Order(project.graph, open_view(db, scope))


def sort_out(
    order: Order, name: str, parts: list[int], *, unfinished: dict[str, set[int]], lost: dict[str, set[int]]
) -> tuple[list[int], list[int], dict[int, str]]:
    found = order.sort_out(
        key(name),
        parts,
        unfinished={key(up): some for up, some in unfinished.items()},
        lost={key(up): some for up, some in lost.items()},
    )
    return found.ready, found.blocked, {part: str(up) for part, up in found.doomed.items()}


def test_with_nothing_to_come_all_are_ready(order: Order) -> None:
    parts = [day(1), day(2)]

    assert sort_out(order, "same", parts, unfinished={}, lost={}) == (parts, [], {})
    assert sort_out(order, "same", parts, unfinished={"days": set()}, lost={"days": set()}) == (parts, [], {})


def test_a_partition_waits_for_its_own(order: Order) -> None:
    found = sort_out(order, "same", [day(1), day(2), day(3)], unfinished={"days": {day(2)}}, lost={"days": {day(3)}})

    assert found == ([day(1)], [day(2)], {day(3): "days"})


def test_a_window_waits_for_all_in_it_and_is_lost_with_any(order: Order) -> None:
    parts = [day(number) for number in range(1, 6)]

    assert sort_out(order, "window", parts, unfinished={"days": {day(2)}}, lost={}) == (
        [day(1), day(4), day(5)],
        [day(2), day(3)],
        {},
    )
    assert sort_out(order, "window", parts, unfinished={"days": {day(2)}}, lost={"days": {day(3)}}) == (
        [day(1), day(5)],
        [day(2)],
        {day(3): "days", day(4): "days"},
    )


def test_pairs_wait_for_what_they_are_paired_with(order: Order) -> None:
    parts = [k("a"), k("b"), k("c")]

    assert sort_out(order, "pairs", parts, unfinished={"keys": {k("a")}}, lost={}) == (
        [k("a")],
        [k("b"), k("c")],
        {},
    )
    assert sort_out(order, "pairs", parts, unfinished={"keys": {k("b")}}, lost={}) == (parts, [], {})


def test_each_upstream_counts(order: Order) -> None:
    parts = [day(1), day(2)]

    assert sort_out(order, "both", parts, unfinished={"keys": {k("c")}}, lost={}) == ([], parts, {})
    assert sort_out(order, "both", parts, unfinished={"days": {day(1)}}, lost={}) == ([day(2)], [day(1)], {})
    assert sort_out(order, "both", parts, unfinished={"days": {day(1)}}, lost={"keys": {k("c")}}) == (
        [],
        [],
        {day(1): "keys", day(2): "keys"},
    )


@pytest.mark.parametrize(
    ("name", "chosen", "counts"),
    [
        ("ranged", [1, 2, 3, 4, 5], [5]),
        ("ranged", [1, 2, 4, 5], [2, 2]),
        ("ranged", [1, 3, 5], [1, 1, 1]),
        ("twos", [1, 2, 3, 4, 5], [2, 2, 1]),
        ("twos", [1, 2, 3, 5], [2, 1, 1]),
        ("ranged", [], []),
    ],
)
def test_a_range_ends_at_a_gap_or_where_there_are_enough(
    order: Order, name: str, chosen: list[int], counts: list[int]
) -> None:
    assert order.cut_ranges(key(name), [day(number) for number in chosen]) == counts


@pytest.mark.parametrize(
    ("name", "up", "expected"), [("whole", "days", True), ("same", "days", False), ("ranged", "days", True)]
)
def test_what_reads_all_of_an_upstream_is_told_from_what_reads_a_part(
    sandbox: Sandbox, order: Order, name: str, up: str, expected: bool
) -> None:
    (edge,) = [edge for edge in sandbox.project.graph.upstream[key(name)] if edge.upstream == key(up)]

    assert order.is_whole(key(name), edge) is expected
