"""What an asset finds as its instance in a build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assetmake import AssetExecutionContext, DynamicPartitionsDefinition, asset
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.occurrences.queries import AssetRecordsFilter
from assetmake.execution.informed_instance import inform
from assetmake.execution.work import Made
from assetmake.execution.worker_instance import NoInstanceError, WorkerInstance
from assetmake.storage.made import MadeRow
from assetmake.testing import Sandbox
from fresh import run_command


def test_what_a_worker_cannot_record_is_refused_with_the_way_to_do_it() -> None:
    with pytest.raises(NoInstanceError, match=r"context\.instance\.get_runs") as refused:
        WorkerInstance(Path()).get_runs()
    assert "assetmake why" in refused.value.hint
    with pytest.raises(NoInstanceError, match="no state") as refused:
        WorkerInstance(Path()).add_dynamic_partitions("customers", ["acme"])
    assert "assetmake partitions add NAME KEY" in refused.value.hint


CUSTOMERS = DynamicPartitionsDefinition(name="customers")


@asset(partitions_def=CUSTOMERS)
def invoice(context: AssetExecutionContext) -> str:
    return context.partition_key


def test_keys_that_an_asset_adds_count_from_the_next_plan_on() -> None:
    found = []

    @asset
    def imported(context: AssetExecutionContext) -> None:
        instance = context.instance
        instance.add_dynamic_partitions("customers", ["acme", "bolt"])
        instance.add_dynamic_partitions("customers", ["zenith", "acme"])
        instance.delete_dynamic_partition("customers", "bolt")
        instance.delete_dynamic_partition("customers", "nobody")
        found.append(instance.get_dynamic_partitions("customers"))
        found.append([instance.has_dynamic_partition("customers", key) for key in ("acme", "bolt")])

    sandbox = Sandbox([imported, invoice])

    assert sandbox.build().ran == ["imported"]
    assert found == [["acme", "zenith"], [True, False]]
    assert sandbox.build().ran == ["invoice@acme", "invoice@zenith"]
    assert sandbox.build().ran == []


@pytest.mark.parametrize(("keys", "told"), [("acme", "sequence of strings"), (["good", ""], "")])
def test_keys_that_can_be_none_are_refused_and_none_is_added(keys: Any, told: str) -> None:
    @asset
    def imported(context: AssetExecutionContext) -> None:
        context.instance.add_dynamic_partitions("customers", keys)

    sandbox = Sandbox([imported, invoice])

    (failure,) = sandbox.build().failures
    assert told in failure.message
    assert sandbox.build("invoice").ran == []


def test_a_worker_process_adds_them_to_the_file_of_the_state(tmp_path: Path) -> None:
    (tmp_path / "assets.toml").touch()
    (tmp_path / "assets.py").write_text(
        "from assetmake import AssetExecutionContext, DynamicPartitionsDefinition, asset\n\n"
        "@asset\ndef imported(context: AssetExecutionContext) -> None:\n"
        "    context.instance.add_dynamic_partitions('customers', ['acme'])\n\n"
        "@asset(partitions_def=DynamicPartitionsDefinition(name='customers'))\ndef invoice() -> int:\n    return 1\n"
    )
    run_command(tmp_path, "build", "-q")

    assert run_command(tmp_path, "partitions", "list", "customers").stdout == "acme\n"
    assert "invoice" in run_command(tmp_path, "build").stdout
    assert run_command(tmp_path, "build").stdout.startswith("up to date: 2 assets")


def test_partitions_that_a_check_is_not_told_of_are_not_taken_for_missing() -> None:
    orders = AssetKey("orders")
    instance = inform(Path(), [Made(orders, (MadeRow(1, "c", 3.0, None),), (("c", 3.0), ("b", 2.0)), is_cut=True)])

    (found,) = instance.fetch_materializations(AssetRecordsFilter(orders, asset_partitions=["b"]), limit=1).records

    assert (found.partition_key, found.timestamp) == ("b", 2.0)
    with pytest.raises(NoInstanceError, match="orders@a is older"):
        instance.fetch_materializations(AssetRecordsFilter(orders, asset_partitions=["a"]), limit=1)
