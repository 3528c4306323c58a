"""How long the rest takes, and what the end waits for: told from durations, with or without history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from assetmake import AssetKey, BackfillPolicy, StaticPartitionsDefinition, asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.collect import describe_assets
from assetmake.graph.asset_graph import build_graph
from assetmake.planning.forecast import Forecast, Leg
from assetmake.planning.plan import Plan, Reason, Verdict, Verdicts, encode

KEYS = StaticPartitionsDefinition(["a", "b"])
SINGLE = BackfillPolicy.single_run()
STALE = encode(Verdict.STALE, Reason.MISSING)


def declare(
    name: str, *reads: str, parted: bool = False, pool: str | None = None, policy: BackfillPolicy | None = None
) -> AssetsDefinition:
    @asset(name=name, deps=list(reads), partitions_def=KEYS if parted else None, pool=pool, backfill_policy=policy)
    def made() -> None: ...

    return made


def foresee(
    assets: Sequence[AssetsDefinition],
    *,
    seconds: Mapping[str, float] | None = None,
    nodes: Mapping[str, int] | None = None,
    workers: int = 2,
    pools: Mapping[str, int] | None = None,
    elsewhere: Mapping[str, set[int]] | None = None,
) -> Forecast:
    """Return a forecast of assets of which all is to run; one that has partitions has as many nodes as is said."""
    graph = build_graph(describe_assets(list(assets)))
    counts = {key: (nodes or {}).get(str(key), 1) for key in graph.order}
    verdicts = {key: Verdicts(count, range(count), bytes([STALE]) * count) for key, count in counts.items()}
    return Forecast(
        Plan(verdicts, frozenset(graph.order)),
        graph,
        is_whole=lambda key, edge: (
            graph.assets[key].partitions is None or graph.assets[edge.upstream].partitions is None
        ),
        history={AssetKey([name]): each for name, each in (seconds or {}).items()},
        workers=workers,
        pools=pools or {},
        elsewhere={AssetKey([name]): parts for name, parts in (elsewhere or {}).items()},
    )


def leg(forecast: Forecast, name: str) -> Leg:
    return forecast.legs[AssetKey([name])]


def ranks(forecast: Forecast) -> dict[str, float]:
    return {str(key): leg.rank for key, leg in forecast.legs.items()}


def land(forecast: Forecast, name: str, *durations: float) -> None:
    """Have nodes of an asset run, as long as is said."""
    for seconds in durations:
        forecast.learn(leg(forecast, name), seconds)
        forecast.cross_off(leg(forecast, name), 1)


CHAIN = (declare("one"), declare("two", "one"), declare("three", "two"), declare("alone"))


class TestPaths:
    def test_a_path_is_as_long_as_all_that_follows(self) -> None:
        forecast = foresee(CHAIN, seconds={"one": 1, "two": 2, "three": 4, "alone": 6.5})

        assert ranks(forecast) == {"one": 7, "two": 6, "three": 4, "alone": 6.5}

    def test_the_longest_of_several_counts(self) -> None:
        fork = (declare("top"), declare("short", "top"), declare("long", "top"), declare("end", "short", "long"))

        assert ranks(foresee(fork, seconds={"top": 1, "short": 2, "long": 5, "end": 3}))["top"] == 9

    def test_what_is_read_as_a_whole_takes_all_its_nodes_by_the_workers_there_are(self) -> None:
        several = (declare("parts", parted=True), declare("report", "parts"))

        forecast = foresee(several, seconds={"parts": 2, "report": 1}, nodes={"parts": 30}, workers=3)

        assert ranks(forecast) == {"parts": 21, "report": 1}

    def test_what_is_read_partition_by_partition_takes_one_node(self) -> None:
        several = (declare("raw", parted=True), declare("clean", "raw", parted=True))

        forecast = foresee(several, seconds={"raw": 2, "clean": 3}, nodes={"raw": 30, "clean": 30})

        assert ranks(forecast) == {"raw": 5, "clean": 3}

    def test_a_pool_makes_a_path_longer_and_is_awaited_no_twice(self) -> None:
        several = (
            declare("raw", parted=True, pool="narrow"),
            declare("clean", "raw", parted=True, pool="narrow"),
            declare("before"),
            declare("last", "before", parted=True, pool="narrow"),
        )
        nodes = dict.fromkeys(["raw", "clean", "last"], 10)

        forecast = foresee(several, seconds=dict.fromkeys([*nodes, "before"], 1), nodes=nodes, pools={"narrow": 1})

        assert forecast.backlog("narrow") == 30
        assert leg(forecast, "before").rank == 31
        assert leg(forecast, "last").rank == 10
        assert forecast.estimate() == 30

    def test_what_feeds_a_narrow_pool_is_as_urgent_as_that(self) -> None:
        several = (declare("raw", parted=True), declare("clean", "raw", parted=True, pool="narrow"))
        nodes = {"raw": 100, "clean": 100}

        forecast = foresee(several, seconds={"raw": 1, "clean": 1}, nodes=nodes, workers=50, pools={"narrow": 1})

        assert ranks(forecast) == {"raw": 101, "clean": 100}
        assert forecast.estimate() == 101

    def test_what_was_left_out_leads_nowhere(self) -> None:
        forecast = foresee(CHAIN, seconds=dict.fromkeys(["one", "two", "three", "alone"], 1))
        forecast.cross_off(leg(forecast, "two"), 1)
        forecast.measure()

        assert ranks(forecast)["one"] == 1

    def test_a_pool_that_is_as_wide_as_the_workers_are_many_is_none(self) -> None:
        forecast = foresee([declare("parts", parted=True, pool="wide")], nodes={"parts": 30}, pools={"wide": 2})

        assert forecast.backlog("wide") == 0
        assert ranks(forecast) == {"parts": 1}

    def test_without_any_history_the_path_of_most_assets_is_the_longest(self) -> None:
        assert ranks(foresee(CHAIN)) == {"one": 3, "two": 2, "three": 1, "alone": 1}

    def test_what_is_unknown_takes_the_median_of_what_is_known(self) -> None:
        forecast = foresee(CHAIN, seconds={"one": 1, "two": 3, "three": 100})

        assert ranks(forecast)["alone"] == 3

    def test_with_one_worker_there_is_nothing_to_rank(self) -> None:
        assert set(ranks(foresee(CHAIN, seconds={"one": 1}, workers=1)).values()) == {0}

    def test_nodes_that_another_build_works_on_do_not_count(self) -> None:
        several = (declare("parts", parted=True), declare("report", "parts"))

        forecast = foresee(several, nodes={"parts": 10}, elsewhere={"parts": {0, 1, 99}})

        assert ranks(forecast)["parts"] == 5


class TestMeasuringAgain:
    def test_small_differences_change_nothing(self) -> None:
        forecast = foresee([declare("parts", parted=True)], seconds={"parts": 1}, nodes={"parts": 100})

        land(forecast, "parts", *[1.1] * 10)

        assert not forecast.is_off

    def test_a_node_that_takes_far_longer_does(self) -> None:
        forecast = foresee([declare("parts", parted=True)], seconds={"parts": 1}, nodes={"parts": 100})

        land(forecast, "parts", 9.0)

        assert forecast.is_off
        forecast.measure()
        assert not forecast.is_off
        assert leg(forecast, "parts").rank == pytest.approx((3 * 1 + 9) / 4)

    def test_so_does_having_done_a_quarter(self) -> None:
        forecast = foresee([declare("parts", parted=True)], seconds={"parts": 1}, nodes={"parts": 100})

        land(forecast, "parts", *[1.0] * 25)
        assert not forecast.is_off
        land(forecast, "parts", 1.0)
        assert forecast.is_off

    def test_so_does_knowing_several_times_as_many_assets(self) -> None:
        forecast = foresee([declare(f"a{number}") for number in range(100)])
        measured = []
        for number in range(24):
            land(forecast, f"a{number}", 1.0)
            if forecast.is_off:
                measured.append(number + 1)
                forecast.measure()
                forecast.estimate()

        assert measured == [1, 5, 21]

    def test_paths_are_measured_a_few_times_only_however_many_nodes_there_are(self) -> None:
        forecast = foresee([declare("parts", parted=True)], nodes={"parts": 20_000})
        measured = 0
        for number in range(20_000):
            land(forecast, "parts", 0.001 * (number % 7))
            if forecast.is_off:
                measured += 1
                forecast.measure()

        assert measured < 60

    def test_the_ranks_stay_while_the_rest_is_estimated(self) -> None:
        forecast = foresee(CHAIN, seconds=dict.fromkeys(["one", "two", "three", "alone"], 1))
        before = ranks(forecast)
        land(forecast, "one", 50.0)
        forecast.estimate()

        assert ranks(forecast) == before


class TestEstimates:
    def test_it_takes_as_long_as_the_longest_path(self) -> None:
        seconds = {"one": 1, "two": 2, "three": 4, "alone": 1}

        assert foresee(CHAIN, seconds=seconds).estimate() == 7

    def test_or_as_all_the_work_by_all_the_workers(self) -> None:
        assert foresee(CHAIN, seconds={"one": 1, "two": 2, "three": 4, "alone": 13}, workers=1).estimate() == 20

    def test_or_as_a_pool(self) -> None:
        several = [declare(name, pool="narrow") for name in ("a", "b", "c")]

        assert foresee(several, seconds=dict.fromkeys("abc", 2), workers=8, pools={"narrow": 1}).estimate() == 6

    def test_or_as_what_every_node_costs_besides(self) -> None:
        forecast = foresee([declare("parts", parted=True)], seconds={"parts": 0.001}, nodes={"parts": 1000})

        assert forecast.estimate(overhead=0.01) == 10

    def test_all_nodes_of_what_comes_last_count(self) -> None:
        several = (declare("before"), declare("parts", "before", parted=True))

        assert foresee(several, seconds={"before": 9, "parts": 1}, nodes={"parts": 20}).estimate() == 19

    def test_what_runs_is_partly_done(self) -> None:
        forecast = foresee(CHAIN, seconds={"one": 5, "two": 2, "three": 4, "alone": 1})

        assert forecast.estimate([(leg(forecast, "one"), 3.0)]) == 8
        assert forecast.estimate([(leg(forecast, "one"), 60.0)]) == 6

    def test_what_runs_longer_than_foreseen_makes_nothing_else_shorter(self) -> None:
        forecast = foresee(CHAIN, seconds={"one": 5, "two": 2, "three": 4, "alone": 1}, workers=1)

        assert forecast.estimate([(leg(forecast, "one"), 60.0)]) == 7

    def test_nothing_is_told_where_most_nodes_are_unknown(self) -> None:
        several = (declare("known"), declare("parts", parted=True))
        forecast = foresee(several, seconds={"known": 5}, nodes={"parts": 10})

        assert forecast.estimate() is None
        land(forecast, "parts", 2.0)
        assert forecast.estimate() == pytest.approx((5 + 9 * 2) / 2)

    def test_nor_where_most_assets_are(self) -> None:
        several = (declare("parts", parted=True), *(declare(name) for name in "abc"))
        forecast = foresee(several, seconds={"parts": 1}, nodes={"parts": 10})

        assert forecast.estimate() is None
        land(forecast, "a", 1.0)
        assert forecast.estimate() is not None

    def test_a_build_that_is_slower_than_earlier_ones_stays_so(self) -> None:
        several = [declare(f"a{number}") for number in range(10)]
        forecast = foresee(several, seconds={f"a{number}": 10 for number in range(10)}, workers=1)
        for number in range(5):
            land(forecast, f"a{number}", 20.0)

        assert forecast.estimate() == 100

    def test_and_one_that_is_faster(self) -> None:
        several = [declare(f"a{number}") for number in range(10)]
        forecast = foresee(several, seconds={f"a{number}": 10 for number in range(10)}, workers=1)
        for number in range(5):
            land(forecast, f"a{number}", 5.0)

        assert forecast.estimate() == 25

    @pytest.mark.parametrize("others", [[], [("b", 10.0), ("c", 10.0)]])
    def test_one_asset_that_is_slower_says_nothing_of_the_others(self, others: list[tuple[str, float]]) -> None:
        forecast = foresee([declare(name) for name in "abcd"], seconds=dict.fromkeys("abcd", 10), workers=1)
        for name, seconds in [("a", 80.0), *others]:
            land(forecast, name, seconds)

        assert forecast.estimate() == 10 * (3 - len(others))

    def test_nor_do_nodes_that_take_no_time(self) -> None:
        several = [declare(f"a{number}") for number in range(10)]
        seconds = {**{f"a{number}": 0.001 for number in range(9)}, "a9": 100}
        forecast = foresee(several, seconds=seconds, workers=1)
        for number in range(9):
            land(forecast, f"a{number}", 0.5)

        assert forecast.estimate() == 100

    def test_where_nothing_is_left_it_takes_no_time(self) -> None:
        forecast = foresee([declare("one")], seconds={"one": 5})
        land(forecast, "one", 5.0)

        assert forecast.estimate() == 0


class TestRanges:
    """One call makes several nodes: they come to their end together, however many workers there are."""

    @pytest.mark.parametrize(
        ("policy", "seconds"),
        [(None, 50), (BackfillPolicy.multi_run(10), 50), (BackfillPolicy.multi_run(80), 80), (SINGLE, 100)],
    )
    def test_a_call_is_done_by_one_worker(self, policy: BackfillPolicy | None, seconds: float) -> None:
        forecast = foresee([declare("a", parted=True, policy=policy)], seconds={"a": 1}, nodes={"a": 100})

        assert forecast.estimate() == seconds

    def test_a_call_that_runs_has_passed_what_it_ran(self) -> None:
        forecast = foresee([declare("a", parted=True, policy=SINGLE)], seconds={"a": 1}, nodes={"a": 100})

        assert forecast.estimate([(leg(forecast, "a"), 60.0)]) == 40
