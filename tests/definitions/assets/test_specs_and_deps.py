"""AssetSpec, AssetDep and with_attributes: what is said of assets, and how it is changed."""

from __future__ import annotations

import pytest

from assetmake import (
    AssetDep,
    AssetKey,
    AssetOut,
    AssetSpec,
    AutomationCondition,
    Config,
    Definitions,
    asset,
    map_asset_specs,
    multi_asset,
)
from assetmake.errors import DefinitionError, InvariantError


def test_attributes_are_replaced_one_by_one_and_kinds_stay_kinds() -> None:
    spec = AssetSpec("a", tags={"layer": "gold"}, kinds={"sql"}, owners=["team:sales"], deps=["up"])

    assert spec.replace_attributes(tags={"x": "y"}).kinds == {"sql"}
    assert spec.replace_attributes(kinds=None).tags == {"layer": "gold"}
    assert spec.replace_attributes(owners=None).owners == []
    assert spec.replace_attributes(key="b").key == AssetKey("b")
    with pytest.raises(DefinitionError, match="AssetSpec has no colour"):
        spec.replace_attributes(colour="red")


def test_attributes_are_merged() -> None:
    spec = AssetSpec("a", metadata={"x": 1}, tags={"layer": "gold"}, kinds={"sql"}, deps=["up"])

    merged = spec.merge_attributes(metadata={"y": 2}, tags={"layer": "raw"}, kinds={"s3"}, deps=["other"])

    assert merged.metadata == {"x": 1, "y": 2}
    assert merged.tags["layer"] == "raw"
    assert merged.kinds == {"sql", "s3"}
    assert [dep.asset_key for dep in merged.deps] == [AssetKey("up"), AssetKey("other")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group_name": ""}, "Empty asset group name was provided"),
        ({"group_name": "a/"}, "is not a valid asset group name"),
        ({"owners": ["nobody"]}, "Invalid owner"),
        ({"tags": {"a%": "b"}}, "Found invalid tag keys"),
        ({"kinds": {"a%"}}, "Found invalid tag keys"),
        ({"kinds": {str(number) for number in range(11)}}, "at most ten kinds"),
    ],
)
def test_what_a_selection_could_not_name_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        AssetSpec("a", **options)  # type: ignore[arg-type]


def test_a_condition_is_seen_in_its_older_form() -> None:
    condition = AutomationCondition.eager()

    assert AssetSpec("a", automation_condition=condition).auto_materialize_policy.to_automation_condition() is condition
    assert AssetSpec("a").auto_materialize_policy is None


def test_a_spec_is_a_field_of_a_model() -> None:
    class Listing(Config):
        spec: AssetSpec

    spec = AssetSpec("a")
    assert Listing(spec=spec).spec is spec


def test_changing_specs_changes_what_the_function_waits_for() -> None:
    @asset(deps=["up"])
    def made(loaded: int) -> None: ...

    (changed,) = map_asset_specs(lambda spec: spec.merge_attributes(deps=["more"]), [made])

    assert changed.upstream_keys == {AssetKey("up"), AssetKey("loaded"), AssetKey("more")}
    with pytest.raises(InvariantError, match="load assets that are no longer among the deps"):
        made.map_asset_specs(lambda spec: spec.replace_attributes(deps=["up"]))


def test_other_keys_are_followed_by_all_that_names_them() -> None:
    @asset(deps=[AssetDep("up", metadata={"rows": 1})])
    def made(loaded: int) -> None: ...

    new = {AssetKey("up"): AssetKey("top"), AssetKey("made"): AssetKey("new"), AssetKey("loaded"): AssetKey("kept")}
    changed = made.with_attributes(asset_key_replacements=new)

    assert changed.key == AssetKey("new")
    assert changed.keys_by_input_name == {"loaded": AssetKey("kept"), "up": AssetKey("top")}
    assert [dep.metadata for dep in changed.spec.deps if dep.asset_key == AssetKey("top")] == [{"rows": 1}]


def test_what_is_said_of_an_asset_that_nobody_declares_is_said_of_it() -> None:
    def below(name: str, rows: int | None) -> object:
        said = None if rows is None else {"rows": rows}
        return asset(name=name, deps=[AssetDep("up", metadata=said)])(lambda: None)

    graph = Definitions(assets=[below("a", 1), below("b", None)]).resolve_asset_graph()
    assert graph.get(AssetKey("up")).metadata == {"rows": 1}
    with pytest.raises(DefinitionError, match="Conflicting metadata found on AssetDeps"):
        Definitions(assets=[below("a", 1), below("b", 2)]).resolve()


def test_the_function_is_found_where_others_look_for_it() -> None:
    def two() -> int:
        return 2

    assert asset(two).op.compute_fn.decorated_fn is two


def test_deps_have_a_former_name() -> None:
    one = asset(name="one", non_argument_deps={AssetKey("up"), "other"})(lambda: None)
    assert one.dependency_keys == {AssetKey("up"), AssetKey("other")}
    several = multi_asset(outs={"a": AssetOut()}, non_argument_deps={AssetKey("up")})(lambda: 1)
    assert several.dependency_keys == {AssetKey("up")}
    with pytest.raises(DefinitionError, match="the same under two names"):
        asset(name="two", deps=["up"], non_argument_deps={"up"})(lambda: None)
