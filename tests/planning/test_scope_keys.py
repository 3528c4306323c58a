"""Keys that are known when a plan is made: of dynamic partitions, and of dimensions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assetmake import (
    AssetKey,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    FileSource,
    MultiPartitionsDefinition,
    asset,
)
from assetmake.discovery.collect import describe_assets
from assetmake.errors import DefinitionError
from assetmake.graph.asset_graph import build_graph
from assetmake.planning.scope import survey

NOW = datetime(2024, 1, 3, tzinfo=UTC)
FRUITS = DynamicPartitionsDefinition(name="fruits")
DAILY = DailyPartitionsDefinition("2024-01-01")


def find_keys(declared, root, **dynamic):
    """Return the keys of each asset and source, as a plan sees them."""
    graph = build_graph(describe_assets(declared, root=root))
    scope = survey(graph, root, known={}, now=NOW, dynamic=dynamic).scope
    return {
        str(key): [definition.key_of(part) for part in scope.parts[key]]
        for key, definition in scope.definitions.items()
        if definition is not None
    }


def test_dynamic_keys_come_from_what_is_kept_under_their_name(tmp_path):
    @asset(partitions_def=FRUITS)
    def basket() -> int:
        return 1

    assert find_keys([basket], tmp_path, fruits=["pear", "apple"]) == {"basket": ["pear", "apple"]}
    assert find_keys([basket], tmp_path, fruits=[]) == {"basket": []}
    with pytest.raises(DefinitionError, match="keys of the dynamic partitions 'fruits' are not known"):
        find_keys([basket], tmp_path)


def test_dimensions_may_be_dynamic_or_defined_by_files(tmp_path):
    (tmp_path / "north.csv").write_text("1")
    shops = FileSource("shops", "{partition_key}.csv")
    sales_by = MultiPartitionsDefinition({"day": DAILY, "fruit": FRUITS, "shop": shops.partitions_def})

    @asset(partitions_def=sales_by, deps=[shops])
    def sales() -> int:
        return 1

    @asset(partitions_def=FRUITS)
    def by_fruit(sales) -> int:
        return len(sales)

    keys = find_keys([shops, sales, by_fruit], tmp_path, fruits=["apple"])
    assert keys["sales"] == ["2024-01-01|apple|north", "2024-01-02|apple|north"]
    assert keys["by_fruit"] == ["apple"]


def test_files_that_define_a_dimension_belong_to_what_a_selection_needs(tmp_path):
    shops = FileSource("shops", "{partition_key}.csv")

    @asset(partitions_def=MultiPartitionsDefinition({"day": DAILY, "shop": shops.partitions_def}))
    def sales() -> int:
        return 1

    graph = build_graph(describe_assets([shops, sales], root=tmp_path))
    assert AssetKey("shops") in graph.restrict([AssetKey("sales")]).sources


@pytest.mark.parametrize("fruits", [["apple"], []])
def test_names_tell_dynamic_dimensions_apart_whatever_keys_they_have(tmp_path, fruits):
    grid = MultiPartitionsDefinition({"fruit": FRUITS, "tree": DynamicPartitionsDefinition(name="trees")})

    @asset(partitions_def=grid)
    def yields() -> int:
        return 1

    @asset(partitions_def=FRUITS)
    def prices(yields) -> int:
        return 1

    keys = find_keys([yields, prices], tmp_path, fruits=fruits, trees=fruits)
    assert keys["prices"] == fruits
