"""Which nodes a selection means, where that depends on what is recorded."""

from __future__ import annotations

from array import array

import pytest

from assetmake import AssetExecutionContext, AssetKey, DailyPartitionsDefinition, asset
from assetmake.planning.keyset import unite
from assetmake.planning.plan import Plan, Reason, Verdict, Verdicts, encode
from assetmake.planning.targets import filter_status, find_nodes
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-04")
STALE, WAITING = Verdict.STALE, Verdict.WAITING


@asset(partitions_def=DAYS)
def trips(context: AssetExecutionContext) -> str:
    return context.partition_key


@asset
def single() -> int:
    return 1


def make_verdicts(*codes: tuple[Verdict, Reason]) -> Verdicts:
    return Verdicts(5, array("q", range(len(codes))), bytes(encode(*code) for code in codes))


def make_plan() -> Plan:
    verdicts = {
        "fresh": make_verdicts(),
        "mixed": make_verdicts((STALE, Reason.MISSING), (STALE, Reason.FAILED), (WAITING, Reason.UPSTREAM)),
        "stale": make_verdicts((STALE, Reason.CODE)),
        "waiting": make_verdicts((WAITING, Reason.UPSTREAM)),
    }
    return Plan({AssetKey([name]): each for name, each in verdicts.items()}, frozenset())


@pytest.mark.parametrize(
    ("status", "assets", "nodes"),
    [
        ("fresh", {"fresh"}, None),
        ("stale", {"mixed", "stale"}, [0, 1]),
        ("missing", {"mixed"}, [0]),
        ("failed", {"mixed"}, [1]),
        ("waiting", {"mixed", "waiting"}, [2]),
    ],
)
def test_a_status_finds_the_assets_that_have_a_node_of_it(
    status: str, assets: set[str], nodes: list[int] | None
) -> None:
    plan = make_plan()

    assert {str(key) for key in filter_status(plan, status)} == assets
    if nodes is not None:
        assert list(find_nodes(plan, AssetKey(["mixed"]), status)) == nodes


def test_missing_means_what_was_never_built() -> None:
    sandbox = Sandbox([trips, single])
    sandbox.build("trips@2026-01-02")

    assert sandbox.build("trips@missing").ran == ["trips@2026-01-01", "trips@2026-01-03"]
    assert sandbox.build("trips@missing").ran == []
    assert sandbox.build("single@missing").ran == ["single"]


def test_nothing_is_missing_of_what_only_changed() -> None:
    sandbox = Sandbox([trips, single])
    sandbox.build()

    @asset(name="single")
    def changed() -> int:
        return 2

    sandbox.replace([trips, changed])

    assert sandbox.plan("single@missing").plan.work == 0
    assert sandbox.build("single@missing").ran == []


def test_rules_are_united() -> None:
    sandbox = Sandbox([trips, single])
    sandbox.build("trips@2026-01-02")

    assert sandbox.plan("trips@missing", "trips@2026-01-02").plan.work == 2


@pytest.mark.parametrize(
    ("some", "expected"),
    [
        ([array("q", [3, 1])], [3, 1]),
        ([array("q", [3]), array("q", [5])], [5, 3]),
        ([array("q", [1, 3]), array("q", [3, 5]), array("q")], [5, 3, 1]),
        ([array("q"), array("q")], []),
    ],
)
def test_a_union_is_in_the_order_of_the_whole(some: list[array[int]], expected: list[int]) -> None:
    assert list(unite(array("q", [5, 3, 1]), some)) == expected
