"""What an asset finds as its instance in a build."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.occurrences.queries import AssetRecordsFilter
from assetmake.execution.informed_instance import inform
from assetmake.execution.work import Made
from assetmake.execution.worker_instance import NoInstanceError, WorkerInstance
from assetmake.storage.made import MadeRow


@pytest.mark.parametrize(
    ("name", "hint"), [("add_dynamic_partitions", "assetmake partitions add NAME KEY"), ("get_runs", "assetmake why")]
)
def test_what_a_worker_cannot_record_is_refused_with_the_way_to_do_it(name: str, hint: str) -> None:
    with pytest.raises(NoInstanceError, match=rf"context\.instance\.{name}") as refused:
        getattr(WorkerInstance(Path()), name)
    assert hint in refused.value.hint


def test_partitions_that_a_check_is_not_told_of_are_not_taken_for_missing() -> None:
    orders = AssetKey("orders")
    instance = inform(Path(), [Made(orders, (MadeRow(1, "c", 3.0, None),), (("c", 3.0), ("b", 2.0)), is_cut=True)])

    (found,) = instance.fetch_materializations(AssetRecordsFilter(orders, asset_partitions=["b"]), limit=1).records

    assert (found.partition_key, found.timestamp) == ("b", 2.0)
    with pytest.raises(NoInstanceError, match="orders@a is older"):
        instance.fetch_materializations(AssetRecordsFilter(orders, asset_partitions=["a"]), limit=1)
