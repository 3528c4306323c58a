"""Early cutoff with partitions: what is rebuilt to the same data spares exactly what reads only that."""

from __future__ import annotations

from collections.abc import Iterator

from assetmake import AssetExecutionContext, AssetKey, AssetOut, DailyPartitionsDefinition, Output, asset, multi_asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import NodesMended, RunFinished
from assetmake.reporting.build_log import list_end
from assetmake.testing import BuildResult, Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-05")


def make_readings(*changed: str, version: str = "1") -> AssetsDefinition:
    @asset(partitions_def=DAYS, code_version=version)
    def readings(context: AssetExecutionContext) -> str:
        return context.partition_key + ("!" if context.partition_key in changed else "")

    return readings


@asset(partitions_def=DAYS)
def daily(readings: str) -> str:
    return readings.rstrip("!")


@asset
def total(daily: dict[str, str]) -> int:
    return len(daily)


@asset(partitions_def=DAYS)
def strict(readings: str) -> str:
    if readings.endswith("!"):
        raise ValueError("what is that?")
    return readings


@asset
def strict_total(readings: dict[str, str]) -> int:
    if any(reading.endswith("!") for reading in readings.values()):
        raise ValueError("what is that?")
    return len(readings)


def rebuild(*changed: str) -> BuildResult:
    """Build everything, then have four readings built again, of which some come out as other data."""
    sandbox = Sandbox([make_readings(), daily, total])
    sandbox.build()
    sandbox.replace([make_readings(*changed, version="2"), daily, total])
    return sandbox.build()


def tell(result: BuildResult) -> list[str]:
    (finished,) = (event for event in result.events if isinstance(event, RunFinished))
    return list_end(finished)


def test_partitions_that_came_out_the_same_spare_their_own_and_what_reads_them_all() -> None:
    result = rebuild()

    assert sorted(result.ran) == [f"readings@2026-01-0{day}" for day in (1, 2, 3, 4)]
    assert tell(result) == [
        "4 rebuilt to the same data, 5 downstream spared",
        "Done. BUILT=0 UNCHANGED=4 FRESH=5 FAILED=0 SKIPPED=0",
    ]


def test_one_partition_with_other_data_runs_only_what_reads_it() -> None:
    result = rebuild("2026-01-03")

    assert min(result.ran) == "daily@2026-01-03"
    assert len(result.ran) == 5, "and daily came out the same again, so that total is spared too"
    assert tell(result) == [
        "4 rebuilt to the same data, 4 downstream spared",
        "Done. BUILT=1 UNCHANGED=4 FRESH=4 FAILED=0 SKIPPED=0",
    ]


def test_where_nothing_is_spared_nothing_is_said_of_it() -> None:
    sandbox = Sandbox([make_readings()])
    sandbox.build()
    sandbox.replace([make_readings("2026-01-01", version="2")])
    assert tell(sandbox.build()) == ["Done. BUILT=1 UNCHANGED=3 FRESH=0 FAILED=0 SKIPPED=0"]


def list_mended(result: BuildResult) -> list[NodesMended]:
    return [event for event in result.events if isinstance(event, NodesMended)]


def test_a_failure_is_over_when_upstream_comes_out_as_it_was_before() -> None:
    """What stands was made from that, so that nothing is made of what failed."""
    odd = ("2026-01-02", "2026-01-03")
    sandbox = Sandbox([make_readings(), strict, strict_total])
    sandbox.build()
    sandbox.replace([make_readings(*odd, version="2"), strict, strict_total])
    failing = sandbox.build()
    assert [(each.asset, each.key) for each in failing.failures] == [
        ("strict", odd[0]),
        ("strict", odd[1]),
        ("strict_total", ""),
    ]
    assert list_mended(failing) == []

    sandbox.replace([make_readings(odd[0], version="3"), strict, strict_total])
    assert list_mended(sandbox.build()) == [NodesMended("strict", (odd[1],))]
    sandbox.replace([make_readings(version="4"), strict, strict_total])
    mended = sandbox.build()
    assert [node for node in mended.ran if "strict" in node] == []
    assert list_mended(mended) == [NodesMended("strict", (odd[0],)), NodesMended("strict_total", ("",))]
    assert list_mended(sandbox.build()) == []


def make_daily(*, is_broken: bool) -> AssetsDefinition:
    @asset(partitions_def=DAYS, code_version=str(is_broken))
    def daily() -> int:
        if is_broken:
            raise ValueError("not now")
        return 1

    return daily


def test_a_failure_is_over_when_nothing_is_to_be_made_of_a_selection() -> None:
    """As after an edit that was taken back: what stands is as good as before, and a range of it is looked at."""
    sandbox = Sandbox([make_daily(is_broken=False)])
    sandbox.build()
    sandbox.replace([make_daily(is_broken=True)])
    assert len(sandbox.build().failures) == 4
    sandbox.replace([make_daily(is_broken=False)])
    assert list_mended(sandbox.build("daily@2026-01-02")) == [NodesMended("daily", ("2026-01-02",))]
    others = NodesMended("daily", ("2026-01-01", "2026-01-03", "2026-01-04"))
    assert list_mended(sandbox.build()) == [others]


def test_a_failure_by_force_of_what_is_fresh_is_not_over_before_that_is_made_again() -> None:
    """What stands is as good as before; but whatever it failed of, nobody has put that right."""
    broken = False

    @asset(partitions_def=DAYS)
    def daily() -> int:
        if broken:
            raise ValueError("not now")
        return 1

    sandbox = Sandbox([daily])
    sandbox.build()
    broken = True
    assert len(sandbox.build("daily@2026-01-02", "daily@2026-01-03", force=True).failures) == 2
    broken = False

    assert list_mended(sandbox.build()) == []
    assert [failure.key for failure in sandbox.project.list_failures(AssetKey(["daily"]))] == [
        "2026-01-02",
        "2026-01-03",
    ]
    assert sandbox.build("daily@2026-01-02", force=True).success
    assert [failure.key for failure in sandbox.project.list_failures(AssetKey(["daily"]))] == ["2026-01-03"]


def test_what_is_fresh_and_runs_with_others_of_its_call_is_not_mended_by_that() -> None:
    def make(value: int, *, is_broken: bool) -> list[AssetsDefinition]:
        @asset(code_version=str(value))
        def above() -> int:
            if value > 2:
                raise ValueError("above")
            return value

        @multi_asset(
            outs={"one": AssetOut(), "two": AssetOut()},
            deps=["above"],
            internal_asset_deps={"one": {AssetKey("above")}, "two": set()},
            code_version="1",
        )
        def both() -> Iterator[Output[int]]:
            if is_broken:
                raise ValueError("both")
            yield Output(1, "one")
            yield Output(1, "two")

        return [above, both]

    sandbox = Sandbox(make(1, is_broken=False))
    sandbox.build()
    sandbox.replace(make(2, is_broken=True))
    assert [failure.asset for failure in sandbox.build().failures] == ["one", "two"]
    sandbox.replace(make(3, is_broken=True))  # now the call cannot even be tried

    assert list_mended(sandbox.build()) == []

    sandbox.replace(make(1, is_broken=False))
    sandbox.build("above")
    sandbox.replace(make(2, is_broken=False))
    assert list_mended(sandbox.build()) == []  # it was made
