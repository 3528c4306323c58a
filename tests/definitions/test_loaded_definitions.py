"""Definitions made of all that modules declare, and the small names that code imports beside them."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

import assetmake as dg
from assetmake.errors import DefinitionError

DAILY, HOUR = ("0 3 * * *", "0 6 * * *"), timedelta(hours=1)
SHOP = """
import assetmake as dg

@dg.asset
def orders(): return 1

@dg.asset_check(asset=orders)
def holds(): return True

stock = dg.AssetSpec("stock")
nightly = dg.define_asset_job("nightly", selection=[orders])

@dg.schedule("0 3 * * *", job=nightly)
def at_night(): return {}

@dg.sensor(job=nightly)
def watch(): return None
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    package = tmp_path / "own_shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "everything.py").write_text(SHOP)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield __import__("own_shop")
    for name in [each for each in sys.modules if each.startswith("own_shop")]:
        del sys.modules[name]


def test_everything_of_a_package_is_gathered_once(shop: ModuleType) -> None:
    defs = dg.load_definitions_from_package_module(shop, resources={"db": "here"})
    resolved = defs.resolve()
    assert {key.to_user_string() for key in resolved.asset_graph.get_all_asset_keys()} == {"orders", "stock"}
    assert [each.name for each in resolved.schedule_defs] == ["at_night"]
    assert [each.name for each in resolved.sensor_defs] == ["watch"]
    assert resolved.job_names == ["__ASSET_JOB", "nightly"]
    assert len(resolved.asset_graph.asset_check_keys) == 1
    assert defs.resources == {"db": "here"}
    assert resolved.has_schedule_def("at_night")
    assert not resolved.has_sensor_def("at_night")
    assert set(resolved.source_assets_by_key) == {dg.AssetKey("stock")}


def test_each_way_to_name_modules_gives_the_same(shop: ModuleType) -> None:
    everything = sys.modules.get("own_shop.everything") or __import__("own_shop.everything").everything
    for defs in (
        dg.load_definitions_from_module(everything),
        dg.load_definitions_from_modules([everything, everything]),
        dg.load_definitions_from_package_name("own_shop"),
    ):
        assert len(defs.assets) == 2
        assert len(defs.jobs) == len(defs.schedules) == len(defs.sensors) == len(defs.asset_checks) == 1
    assert dg.load_definitions_from_current_module().assets == ()


def test_a_job_of_ops_among_them_is_refused() -> None:
    module = ModuleType("with_ops")
    module.nightly = dg.job(name="nightly")(lambda: None)  # type: ignore[attr-defined]
    with pytest.raises(DefinitionError, match="nightly, declared with @job"):
        dg.load_definitions_from_module(module)


def test_a_repository_may_be_made_of_arguments() -> None:
    @dg.asset
    def orders() -> int:
        return 1

    made = dg.create_repository_using_definitions_args("shop", [orders], jobs=[dg.define_asset_job("nightly")])
    assert (made.name, made.has_job("nightly")) == ("shop", True)

    @dg.repository(description="all of it", metadata={"rank": 1})
    def declared() -> list[object]:
        return [orders]

    assert (declared.name, declared.description, declared.metadata["rank"].value) == ("declared", "all of it", 1)


def test_the_name_of_the_job_of_everything_is_taken() -> None:
    with pytest.raises(DefinitionError, match="__ASSET_JOB to repository, which is a reserved name"):
        dg.Definitions(jobs=[dg.define_asset_job("__ASSET_JOB")]).resolve()


def test_a_policy_is_put_on_specs() -> None:
    first, second = (dg.FreshnessPolicy.cron(deadline_cron=cron, lower_bound_delta=HOUR) for cron in DAILY)
    spec = dg.apply_freshness_policy(dg.AssetSpec("a"), first)
    assert spec.freshness_policy is first
    assert dg.apply_freshness_policy(spec, second).freshness_policy is second
    assert dg.apply_freshness_policy(spec, second, overwrite_existing=False).freshness_policy is first


def test_logs_without_a_context_are_those_of_the_asset(caplog: pytest.LogCaptureFixture) -> None:
    @dg.asset
    def orders(context: dg.AssetExecutionContext) -> None:
        context.log.info("from the context")
        dg.get_dagster_logger().info("from anywhere")
        dg.get_dagster_logger("loading").debug("by name")

    with caplog.at_level(logging.DEBUG, logger="assetmake.asset"):
        dg.materialize([orders])
    told = [record.message for record in caplog.records if record.name.startswith("assetmake.asset")]
    assert [line for line in told if "from" in line or "name" in line] == [
        "from the context",
        "from anywhere",
        "by name",
    ]


def test_a_path_is_given_from_a_file() -> None:
    assert dg.file_relative_path(__file__, "data/a.csv") == str(Path(__file__).resolve().parent / "data" / "a.csv")
    assert dg.file_relative_path("/a/b/c.py", "../d") == "/a/d"


def test_kinds_of_warnings_can_be_silenced() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", category=dg.BetaWarning)
        warnings.simplefilter("ignore", category=dg.PreviewWarning)
        warnings.warn("changes", dg.BetaWarning, stacklevel=1)
        with pytest.raises(dg.SupersessionWarning):
            warnings.warn("has a successor", dg.SupersessionWarning, stacklevel=1)


def test_hooks_are_refused_by_name() -> None:
    with pytest.raises(DefinitionError, match="@asset: assetmake has no hooks: react to runs with @run_failure"):
        dg.asset(hooks=set())  # type: ignore[call-overload]
    made = dg.asset(name="orders")(lambda: 1)
    with pytest.raises(DefinitionError, match="orders: assetmake has no hooks"):
        made.with_hooks(set())


def test_what_is_virtual_or_of_an_older_policy_says_so() -> None:
    policy = dg.LegacyFreshnessPolicy(maximum_lag_minutes=5)
    made = dg.asset(name="seen", is_virtual=True, legacy_freshness_policy=policy)(lambda: 1)
    assert made.spec.is_virtual
    assert made.spec.legacy_freshness_policy is policy
    assert dg.AssetOut.from_spec(made.spec).is_virtual
    assert not dg.AssetSpec("a").replace_attributes(key="b").is_virtual


def test_a_function_may_make_no_asset_at_all() -> None:
    @dg.asset
    def orders() -> int:
        return 1

    @dg.multi_asset()
    def ghost() -> None:
        raise AssertionError

    defs = dg.Definitions(assets=[orders, ghost], jobs=[dg.define_asset_job("some", [orders])])
    assert defs.resolve_job_def("some").execute_in_process().success


def test_several_assets_of_one_function_are_selected_by_it() -> None:
    @dg.multi_asset(outs={"a": dg.AssetOut(), "b": dg.AssetOut()})
    def both() -> None: ...

    assert dg.AssetSelection.from_coercible([both]).resolve([both]) == both.keys


def test_a_kind_may_be_empty() -> None:
    several = {"a": {"sql"}, "b": {""}, "c": None}
    assets = [dg.asset(name=name, kinds=kinds)(lambda: 1) for name, kinds in several.items()]
    assert dg.AssetSelection.kind("").resolve(assets) == {dg.AssetKey("b")}
    assert dg.AssetSelection.kind(None).resolve(assets) == {dg.AssetKey("c")}
