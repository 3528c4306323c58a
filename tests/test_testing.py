"""Building in process: materialize, Sandbox, build_asset_context."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from assetmake import (
    AssetExecutionContext,
    AssetsDefinition,
    ConfigurableResource,
    DailyPartitionsDefinition,
    Definitions,
    FileSource,
    MaterializeResult,
    Output,
    asset,
    build_asset_context,
    materialize,
)
from assetmake.errors import (
    InvariantError,
    StorageError,
    UnknownPartitionError,
    UsageError,
    ValueTypeError,
)
from assetmake.graph.key_rules import KeyOptions
from assetmake.planning.plan import Reason, Verdict
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")


@asset
def numbers() -> list[int]:
    return [1, 2, 3]


@asset(key_prefix="sales")
def total(numbers: list[int]) -> int:
    return sum(numbers)


@asset(partitions_def=DAYS)
def daily(context: AssetExecutionContext, numbers: list[int]) -> pa.Table:
    return pa.table({"day": [context.partition_key], "value": [len(numbers)]})


def test_materialize_runs_what_it_is_given_and_hands_out_values() -> None:
    result = materialize([numbers, total])
    assert result.success
    assert result.output_for_node("sales__total") == 6
    assert result.asset_value("sales/total") == 6
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [numbers.key, total.key]


def test_materialize_takes_a_selection_of_what_it_is_given() -> None:
    result = materialize([numbers, total], selection="numbers")
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [numbers.key]
    with pytest.raises(UsageError, match="No outputs found"):
        result.output_for_node("sales__total")


def test_materialize_one_partition() -> None:
    result = materialize([numbers, daily], partition_key="2026-01-02")
    assert result.asset_value("daily", partition_key="2026-01-02").to_pylist() == [{"day": "2026-01-02", "value": 3}]


def test_an_unknown_partition_is_refused_before_anything_runs() -> None:
    with pytest.raises(UnknownPartitionError, match="2027-01-01"):
        materialize([numbers, daily], partition_key="2027-01-01")


def test_the_exception_of_user_code_comes_out_unchanged() -> None:
    @asset
    def broken() -> int:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        materialize([broken])
    result = materialize([broken], raise_on_error=False)
    assert not result.success
    assert result.get_failed_step_keys() == {"broken"}
    assert isinstance(result.error, KeyError)


def test_files_of_a_source_are_loaded_as_the_parameter_asks(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a\n1\n")

    @asset
    def parsed(raw: Path) -> str:
        return raw.read_text()

    @asset
    def table(raw: pa.Table) -> int:
        return raw.num_rows

    result = materialize([FileSource("raw", tmp_path / "one.csv"), parsed, table])
    assert (result.asset_value("parsed"), result.asset_value("table")) == ("a\n1\n", 1)


def test_a_missing_source_file_fails_what_reads_it(tmp_path: Path) -> None:
    @asset
    def parsed(raw: Path) -> str:
        return raw.read_text()

    with pytest.raises(StorageError, match=r"raw.*no file"):
        materialize([FileSource("raw", tmp_path / "absent.csv"), parsed])


def test_a_value_returned_against_the_annotation_is_an_error() -> None:
    @asset
    def says_none() -> None:
        return 5  # type: ignore[return-value]

    with pytest.raises(ValueTypeError, match="Type check failed"):
        materialize([says_none])


def test_results_carry_values_and_metadata() -> None:
    @asset
    def with_output() -> Output[int]:
        return Output(5, metadata={"rows": 5})

    @asset
    def with_value(with_output: int) -> MaterializeResult[int]:
        return MaterializeResult(value=with_output + 1)

    result = materialize([with_output, with_value])
    assert (result.asset_value("with_output"), result.asset_value("with_value")) == (5, 6)


def test_sandbox_rebuilds_exactly_what_an_edit_touches(tmp_path: Path) -> None:
    sandbox = Sandbox([numbers, total, daily], root=tmp_path)
    assert len(sandbox.build().ran) == 5
    assert sandbox.build().ran == []

    @asset(name="numbers")
    def other_numbers() -> list[int]:
        return [1, 2, 4]

    sandbox.replace([other_numbers, total, daily])
    plan = sandbox.plan().plan
    assert {str(key): (verdicts.stale, verdicts.waiting) for key, verdicts in plan} == {
        "numbers": (1, 0),
        "sales/total": (0, 1),
        "daily": (0, 3),
    }
    result = sandbox.build()
    assert result.ran[0] == "numbers"
    assert sorted(result.ran[1:]) == ["daily@2026-01-01", "daily@2026-01-02", "daily@2026-01-03", "sales/total"]


def test_sandbox_builds_a_partition_and_what_it_needs(tmp_path: Path) -> None:
    sandbox = Sandbox([numbers, daily], root=tmp_path)
    result = sandbox.build("daily", keys=KeyOptions(partition="2026-01-02"))
    assert result.ran == ["numbers", "daily@2026-01-02"]
    explained = sandbox.project.explain(daily.key, "2026-01-03")
    assert (explained.verdict, explained.reason) == (Verdict.STALE, Reason.MISSING)


def test_only_leaves_upstream_alone(tmp_path: Path) -> None:
    sandbox = Sandbox([numbers, total], root=tmp_path)
    with pytest.raises(UsageError, match="reads numbers"):
        sandbox.build("sales/total", only=True)
    sandbox.build("numbers")
    assert sandbox.build("sales/total", only=True).ran == ["sales/total"]


def test_a_context_for_direct_invocation() -> None:
    context = build_asset_context(partition_key="2026-01-02", partitions_def=DAYS)
    assert daily(context, [1]).to_pylist() == [{"day": "2026-01-02", "value": 1}]
    start, end = context.partition_time_window
    assert (end - start).days == 1
    with pytest.raises(InvariantError, match="no output_path outside a build"):
        _ = context.output_path


def test_a_decorated_function_stays_callable() -> None:
    assert isinstance(total, AssetsDefinition)
    assert total([4, 5]) == 9


class Db(ConfigurableResource):
    host: str


def test_a_sandbox_gives_assets_the_resources_of_their_definitions() -> None:
    @asset
    def orders(db: Db) -> str:
        return db.host

    @asset
    def plain() -> int:
        return 1

    def define(host: str) -> Definitions:
        return Definitions(assets=[orders, plain], resources={"db": Db(host=host)})

    sandbox = Sandbox([define("a")])
    assert sorted(sandbox.build().ran) == ["orders", "plain"]
    assert sandbox.build().ran == []
    sandbox.replace([define("b")])
    found = sandbox.build()
    assert (found.ran, found.reasons) == (["orders"], {"orders": "config"})
    assert found.output_for_node("orders") == "b"
