"""@multi_asset: what it declares, what of it is selected, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake import AssetDep, AssetIn, AssetKey, AssetOut, AssetSpec, StaticPartitionsDefinition, asset, multi_asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.mappings import AllPartitionMapping, LastPartitionMapping
from assetmake.errors import DefinitionError, InvariantError

A, B, C = AssetKey("a"), AssetKey("b"), AssetKey("c")


def declare_three(**options: Any) -> AssetsDefinition:
    @multi_asset(
        outs={"a": AssetOut(), "b": AssetOut(is_required=False), "c": AssetOut()},
        internal_asset_deps={"a": {AssetKey("raw")}, "b": set(), "c": {A, B}},
        **options,
    )
    def three(raw: list[int]) -> None: ...

    return three


def test_each_output_is_an_asset_with_its_own_upstreams() -> None:
    three = declare_three(can_subset=True)

    assert three.keys == {A, B, C}
    assert three.asset_deps == {A: {AssetKey("raw")}, B: set(), C: {A, B}}
    assert {spec.key: spec.skippable for spec in three.specs} == {A: False, B: True, C: False}


def test_a_part_reads_what_its_assets_read_and_knows_the_whole() -> None:
    three = declare_three(can_subset=True)

    part = three.subset_for({A, AssetKey("of another")}, None)

    assert part.keys == {A}
    assert part.keys_by_input_name == {"raw": AssetKey("raw")}
    assert part.subset_for({A}, None) is part
    assert three.subset_for({C}, None).keys_by_input_name == {"a": A, "b": B}
    assert part.entire is three
    assert part.asset_deps == three.asset_deps


def test_what_makes_all_or_nothing_has_no_parts() -> None:
    three = declare_three()

    assert three.subset_for({A, B, C}, None) is three
    with pytest.raises(InvariantError, match="can_subset=False"):
        three.subset_for({A}, None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"outs": {"a": AssetOut()}, "specs": [AssetSpec("b")]}, "not both"),
        ({"specs": [AssetSpec("a")], "deps": ["b"]}, "Can not pass deps and specs"),
        ({"specs": [AssetSpec("a", kinds={"sql"})], "compute_kind": "python"}, "on both the @multi_asset and kinds"),
        ({"specs": [AssetSpec("a", group_name="x")], "group_name": "y"}, "on both the AssetSpec"),
        ({"specs": [AssetSpec("a"), AssetSpec("a", group_name="x")]}, "conflicting AssetSpec"),
        ({"outs": {"a": AssetOut()}, "internal_asset_deps": {"b": set()}}, "Invalid out key 'b'"),
        ({"outs": {"a": AssetOut()}, "internal_asset_deps": {"a": {C}}}, "Invalid asset dependencies: c"),
        ({"outs": {"a": AssetOut()}, "colour": "red"}, "does not take colour"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        multi_asset(**options)(lambda: None)


def test_two_assets_of_a_function_read_an_upstream_in_one_way() -> None:
    specs = [
        AssetSpec("a", deps=[AssetDep("up", AllPartitionMapping())]),
        AssetSpec("b", deps=[AssetDep("up", LastPartitionMapping())]),
    ]
    with pytest.raises(DefinitionError, match="Two different PartitionMappings for up"):
        multi_asset(specs=specs)(lambda: None)


def test_an_asset_of_the_function_is_read_by_it_where_a_mapping_leads_to_other_partitions() -> None:
    mapping = AllPartitionMapping()
    specs = [AssetSpec("a"), AssetSpec("b", deps=[AssetDep("a", mapping), "c"]), AssetSpec("d", deps=["b"])]

    declared = multi_asset(specs=specs, partitions_def=StaticPartitionsDefinition(["x"]))(lambda: None)

    assert {slot.key: slot.mapping for slot in declared.node_def.inputs} == {A: mapping, C: None}


def test_a_function_may_be_an_upstream_as_a_whole() -> None:
    three = declare_three()

    @asset(deps=[three])
    def below() -> None: ...

    assert below.dependency_keys == {A, B, C}
    with pytest.raises(DefinitionError, match="Cannot create an AssetDep from a multi_asset"):
        AssetDep(three)


def test_deps_and_ins_do_not_say_different_things_of_one_upstream() -> None:
    mapping = LastPartitionMapping()

    @asset(deps=[AssetDep("a", mapping)])
    def loads(a: int) -> None: ...

    assert [slot.mapping for slot in loads.node_def.inputs] == [mapping]
    with pytest.raises(DefinitionError, match="also declared as input/AssetIn"):
        asset(name="twice", deps=["a"], ins={"a": AssetIn(partition_mapping=mapping)})(lambda a: a)
