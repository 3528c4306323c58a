"""What people rely on who come from elsewhere: each of these was seen there."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetSpec,
    ConfigurableResource,
    DagsterInstance,
    DailyPartitionsDefinition,
    EnvVar,
    MaterializeResult,
    MultiPartitionKey,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    WeeklyPartitionsDefinition,
    asset,
    asset_check,
    materialize,
    multi_asset,
)
from assetmake.errors import DefinitionError, InvariantError, LoadInputError, RunConfigError, ValueTypeError

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-20")
WEEKS = WeeklyPartitionsDefinition("2026-01-01", end_date="2026-01-20")


@asset(partitions_def=DAYS)
def day(context: AssetExecutionContext) -> str:
    return context.partition_key


def test_nothing_returned_is_a_value_unless_it_is_declared() -> None:
    @asset
    def unsaid():
        pass

    @asset
    def said() -> None: ...

    @asset
    def reads_unsaid(unsaid: Any) -> str:
        return repr(unsaid)

    @asset
    def reads_said(said: Any) -> str:
        return repr(said)

    @asset
    def says_none() -> None:
        return 5  # type: ignore[return-value]

    assert materialize([unsaid, reads_unsaid]).asset_value("reads_unsaid") == "None"
    with pytest.raises(LoadInputError):
        materialize([said, reads_said])
    with pytest.raises(ValueTypeError):
        materialize([says_none])


def test_a_result_without_a_value_stores_nothing_and_one_with_a_value_does() -> None:
    @asset
    def without() -> MaterializeResult:
        return MaterializeResult(metadata={"rows": 1})

    @asset
    def with_value() -> MaterializeResult:
        return MaterializeResult(value=7)

    @asset
    def reads(with_value: int) -> int:
        return with_value

    @asset
    def cannot_read(without: Any) -> Any:
        return without

    assert materialize([with_value, reads]).asset_value("reads") == 7
    with pytest.raises(LoadInputError):
        materialize([without, cannot_read])


def test_each_run_has_a_storage_of_its_own_unless_an_instance_is_given() -> None:
    @asset
    def up() -> int:
        return 1

    @asset
    def down(up: int) -> int:
        return up

    materialize([up])
    with pytest.raises(LoadInputError):
        materialize([up, down], selection="down")
    instance = DagsterInstance.ephemeral()
    materialize([up], instance=instance)
    assert materialize([up, down], selection="down", instance=instance).success


def test_a_week_reads_its_days_by_key() -> None:
    instance = DagsterInstance.ephemeral()

    @asset(partitions_def=WEEKS)
    def week(day: dict[str, str]) -> list[str]:
        return sorted(day)

    for number in range(4, 11):
        materialize([day], partition_key=f"2026-01-{number:02}", instance=instance)
    result = materialize([day, week], selection="week", partition_key="2026-01-04", instance=instance)
    assert result.asset_value("week") == [f"2026-01-{number:02}" for number in range(4, 11)]


def test_a_missing_partition_fails_unless_it_may_be_missing() -> None:
    instance = DagsterInstance.ephemeral()
    materialize([day], partition_key="2026-01-04", instance=instance)

    @asset(partitions_def=WEEKS)
    def week(day: dict[str, str]) -> list[str]:
        return sorted(day)

    @asset(partitions_def=WEEKS, ins={"day": AssetIn(metadata={"allow_missing_partitions": True})})
    def lenient(day: dict[str, str]) -> list[str]:
        return sorted(day)

    with pytest.raises(LoadInputError):
        materialize([day, week], selection="week", partition_key="2026-01-04", instance=instance)
    result = materialize([day, lenient], selection="lenient", partition_key="2026-01-04", instance=instance)
    assert result.output_for_node("lenient") == ["2026-01-04"]


def test_a_partition_of_several_dimensions_is_read_from_its_text() -> None:
    seen: list[Any] = []
    colors = MultiPartitionsDefinition(
        {"size": StaticPartitionsDefinition(["s", "m"]), "color": StaticPartitionsDefinition(["red"])}
    )

    @asset(partitions_def=colors)
    def shirts(context: AssetExecutionContext) -> None:
        key = context.partition_key
        assert isinstance(key, MultiPartitionKey)
        seen.append((str(key), dict(key.keys_by_dimension)))

    materialize([shirts], partition_key="red|s")
    assert seen == [("red|s", {"color": "red", "size": "s"})]


def test_a_partitioned_asset_without_a_key_fails_where_it_asks_for_it() -> None:
    @asset(partitions_def=DAYS)
    def silent() -> None: ...

    assert materialize([silent]).success
    with pytest.raises(InvariantError, match="partition_key"):
        materialize([day])


def test_a_range_whose_function_returns_a_value_cannot_be_kept() -> None:
    @asset(partitions_def=DAYS)
    def value() -> int:
        return 1

    tags = {"dagster/asset_partition_range_start": "2026-01-02", "dagster/asset_partition_range_end": "2026-01-03"}
    result = materialize([value], tags=tags, raise_on_error=False)
    assert not result.success
    assert result.get_asset_materialization_events() == []


def test_a_check_that_raises_is_no_success_and_stops_nothing() -> None:
    @asset
    def up() -> int:
        return 1

    @asset
    def down(up: int) -> int:
        return up

    @asset_check(asset=up)
    def breaks() -> AssetCheckResult:
        raise KeyError("lost")

    result = materialize([up, down, breaks], raise_on_error=False)
    assert not result.success
    assert result.get_asset_check_evaluations() == []
    assert result.is_node_success("down")


def test_a_function_may_tell_of_some_of_its_assets() -> None:
    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")])
    def some() -> Any:
        yield MaterializeResult(asset_key="a")

    result = materialize([some])
    assert result.success
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [AssetKey("a")]


def test_config_and_resources_are_errors_before_the_run_in_any_case() -> None:
    @asset(required_resource_keys={"warehouse"})
    def needs() -> None: ...

    @asset
    def plain() -> None: ...

    with pytest.raises(DefinitionError):
        materialize([needs], raise_on_error=False)
    with pytest.raises(RunConfigError):
        materialize([plain], run_config={"ops": {"nobody": {"config": {}}}}, raise_on_error=False)


def test_a_variable_of_the_environment_is_read_in_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Warehouse(ConfigurableResource):
        url: str

    resource = Warehouse(url=EnvVar("WAREHOUSE_URL"))
    monkeypatch.setenv("WAREHOUSE_URL", "here")

    @asset(required_resource_keys={"warehouse"})
    def told(context: AssetExecutionContext) -> str:
        return str(context.resources.warehouse.url)

    assert materialize([told], resources={"warehouse": resource}).asset_value("told") == "here"


def test_names_resolve_across_prefixes_where_one_asset_ends_in_them() -> None:
    @asset(key_prefix="a")
    def up() -> int:
        return 1

    @asset(key_prefix="b")
    def down(up: int) -> int:
        return up + 1

    result = materialize([up, down])
    assert result.output_for_node("b__down") == 2


def test_an_offset_before_the_first_partition_reads_nothing() -> None:
    before = TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)

    @asset(partitions_def=DAYS, ins={"day": AssetIn(partition_mapping=before)})
    def later(day: Any) -> str:
        return repr(day)

    result = materialize([day, later], partition_key="2026-01-01")
    assert result.asset_value("later") == "None"
