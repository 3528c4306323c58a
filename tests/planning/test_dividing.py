"""Work is divided: every node once, pieces of about the same length, and together what belongs together."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.bottlenecks import find_bottleneck
from assetmake.planning.dividing import Piece, divide
from assetmake.planning.work_graph import WorkGraph
from thoroughness import times


def make_work(seconds: list[float], reads: dict[int, list[int]] | None = None) -> WorkGraph:
    work = WorkGraph()
    for number, each in enumerate(seconds):
        work.add(each, (number, 0))
    for node, several in (reads or {}).items():
        work.reads[node].extend(several)
    return work


def nodes_of(pieces: list[Piece]) -> list[list[int]]:
    return [sorted(piece.nodes) for piece in pieces]


def length_of(work: WorkGraph, piece: Piece) -> float:
    """What a machine has to do: its nodes, and all that they read."""
    seen: set[int] = set()
    for node in piece.nodes:
        work.reach(node, seen)
    return sum(work.seconds[node] for node in seen)


def test_neighbours_stay_neighbours() -> None:
    assert nodes_of(divide(make_work([1.0] * 12), 3)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    halves = divide(make_work([3.0] * 20 + [1.0] * 20), 2)
    assert [(min(piece.nodes), max(piece.nodes)) for piece in halves] == [(0, 12), (13, 39)]
    assert [piece.seconds for piece in halves] == [39.0, 41.0]


def test_long_ones_are_laid_beside_each_other() -> None:
    pieces = divide(make_work([9.0, 8.0, 2.0, 1.0, *[0.1] * 10]), 2)
    assert abs(pieces[0].seconds - pieces[1].seconds) < 1.5


def test_what_reads_each_other_stays_together() -> None:
    chains = {node: [node - 1] for node in range(1, 12) if node % 3}
    for piece in divide(make_work([1.0] * 12, chains), 2):
        assert sorted(piece.nodes) == sorted(node - node % 3 + step for node in piece.nodes[::3] for step in range(3))


def test_a_short_upstream_of_many_is_made_by_each() -> None:
    work = make_work([0.5] + [1.0] * 9, {node: [0] for node in range(1, 10)})
    pieces = divide(work, 3)
    assert sorted(node for piece in pieces for node in piece.nodes) == list(range(10))
    assert max(length_of(work, piece) for piece in pieces) <= 4.5
    assert [piece.seconds for piece in pieces] == [length_of(work, piece) for piece in pieces]


def test_nothing_is_cut_that_gets_no_shorter_by_it() -> None:
    long_upstream = make_work([100.0] + [1.0] * 6, {node: [0] for node in range(1, 7)})
    assert nodes_of(divide(long_upstream, 3)) == [list(range(7)), [], []]
    everything_below = make_work([1.0] * 9, {8: list(range(8))})
    assert nodes_of(divide(everything_below, 3)) == [list(range(9)), [], []]


def test_nothing_is_cut_where_upstream_is_left_alone() -> None:
    work = make_work([0.5] + [1.0] * 9, {node: [0] for node in range(1, 10)})
    assert nodes_of(divide(work, 3, is_whole=True)) == [list(range(10)), [], []]


def test_more_machines_than_work() -> None:
    assert sorted(map(len, nodes_of(divide(make_work([1.0, 2.0]), 4)))) == [0, 0, 1, 1]
    assert nodes_of(divide(WorkGraph(), 2)) == [[], []]


@settings(max_examples=times(60), deadline=None)
@given(st.data())
def test_every_node_is_in_one_piece_and_none_is_too_long(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 40))
    seconds = data.draw(st.lists(st.floats(0.01, 10), min_size=size, max_size=size))
    reads = {
        node: data.draw(st.lists(st.integers(0, node - 1), max_size=2, unique=True))
        for node in range(1, size)
        if data.draw(st.integers(0, 2)) == 0
    }
    count = data.draw(st.integers(1, 5))
    work = make_work(seconds, reads)
    pieces = divide(work, count)
    assert sorted(node for piece in pieces for node in piece.nodes) == list(range(size))
    assert [piece.nodes for piece in divide(make_work(seconds, reads), count)] == [piece.nodes for piece in pieces]
    largest = max((sum(seconds[node] for node in _members(work, sinks)) for sinks in work.list_components()), default=0)
    assert max(length_of(work, piece) for piece in pieces) <= sum(seconds) / count + largest + 1e-6
    sinks = set(work.list_sinks())
    for piece in pieces:  # what is read is made where the first of those is that read it
        reached: set[int] = set()
        for sink in sinks.intersection(piece.nodes):
            work.reach(sink, reached)
        assert set(piece.nodes) <= reached


def _members(work: WorkGraph, sinks: list[int]) -> set[int]:
    seen: set[int] = set()
    for sink in sinks:
        work.reach(sink, seen)
    return seen


def remark_of(work: WorkGraph, count: int) -> str | None:
    for node in range(len(work.seconds)):
        work.numbers[AssetKey(f"n{node}")] = {0: node}
    return find_bottleneck(work, divide(work, count))


def test_what_reads_everything_is_named() -> None:
    """Not what reads it in turn, and not the hub that stands for what it reads."""
    everything = make_work([1.0] * 20, {18: list(range(18)), 19: [18]})
    assert remark_of(everything, 3) == (
        "shard 1 of 3 has all 20 nodes: n18 reads them together; leave that to the job that collects (--exclude)"
    )
    hub = make_work([*[1.0] * 18, 0.0, 1.0, 1.0], {18: list(range(18)), 19: [18], 20: [18]})
    assert str(remark_of(hub, 3)).startswith("shard 1 of 3 has all 20 nodes: n19 and n20 read them together;")
    beside = make_work([1.0] * 24, {20: list(range(20))})
    assert str(remark_of(beside, 2)).startswith("shard 1 of 2 has 21 of 24 nodes: n20 reads them together;")


def test_what_takes_most_of_the_time_is_named() -> None:
    work = make_work([100.0] + [1.0] * 11, {node: [0] for node in range(1, 12)})
    assert remark_of(work, 3) == (
        "shard 1 of 3 has all 12 nodes: most of the time is that of n0, which the others wait for or read"
    )


def test_nothing_is_said_of_work_that_is_divided_or_too_little() -> None:
    assert remark_of(make_work([1.0] * 30), 3) is None
    assert remark_of(make_work([0.5] + [1.0] * 30, {node: [0] for node in range(1, 31)}), 3) is None, "it was cut"
    assert remark_of(make_work([1.0] * 3, {2: [0, 1]}), 3) is None
    assert remark_of(make_work([1.0] * 30, {29: list(range(29))}), 1) is None
    assert remark_of(WorkGraph(), 2) is None


def test_a_component_that_reads_each_other_is_looked_through_for_a_while_only() -> None:
    chain = make_work([1.0] * 1_000, {node: [node - 1] for node in range(1, 1_000)})
    assert remark_of(chain, 2) == "shard 1 of 2 has all 1,000 nodes: they read each other"
