"""Observed sources: given what a function sees of what others make, when build, then what runs and what is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assetmake import (
    AssetCheckSpec,
    AssetKey,
    AssetSpec,
    Config,
    ConfigurableResource,
    DataVersion,
    DataVersionsByPartition,
    Definitions,
    IOManager,
    ObserveResult,
    StaticPartitionsDefinition,
    asset,
    clock,
    multi_observable_source_asset,
    observable_source_asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.errors import DefinitionError
from assetmake.events import Warned
from assetmake.graph.selection import Selection
from assetmake.reporting.why_lines import list_why
from assetmake.testing import BuildResult, Sandbox

LETTERS = StaticPartitionsDefinition(["a", "b"])
NOW = datetime(2026, 4, 10, tzinfo=UTC)


class Shop(ConfigurableResource):  # type: ignore[type-arg]
    name: str


class Depth(Config):
    depth: int = 3


class World:
    """What others have made; an exception is raised by who looks at it."""

    def __init__(self, seen: Any = "1") -> None:
        self.seen = seen
        self.looks = 0

    def look(self) -> Any:
        self.looks += 1
        if isinstance(self.seen, Exception):
            raise self.seen
        match self.seen:
            case str():
                return DataVersion(self.seen)
            case Mapping():
                return DataVersionsByPartition(self.seen)
        return self.seen

    def observe(self, **options: Any) -> AssetsDefinition:
        return observable_source_asset(name="orders", **options)(self.look)  # type: ignore[no-any-return]


@asset(deps=["orders"])
def report() -> int:
    return 1


@asset(partitions_def=LETTERS, deps=["orders"])
def each() -> int:
    return 1


def list_warnings(done: BuildResult) -> list[str]:
    return [event.message for event in done.events if isinstance(event, Warned)]


def test_what_depends_on_it_is_built_anew_when_its_version_is_another_one() -> None:
    world = World()
    sandbox = Sandbox([world.observe(), report])

    assert sandbox.build().ran == ["report"]
    assert sandbox.build().ran == []
    world.seen = "2"
    assert sandbox.build().reasons == {"report": "upstream"}
    assert sandbox.build().ran == []
    assert world.looks == 4


def test_plans_observe_too() -> None:
    world = World()
    sandbox = Sandbox([world.observe(), report])
    sandbox.build()

    world.seen = "2"

    assert sandbox.plan().plan.work == 1


def test_only_what_a_selection_needs_is_observed() -> None:
    world = World()

    @asset
    def other() -> int:
        return 1

    Sandbox([world.observe(), report, other]).build("other")

    assert world.looks == 0


def test_a_version_for_each_partition() -> None:
    world = World({"a": "1", "b": "1"})
    sandbox = Sandbox([world.observe(partitions_def=LETTERS), each])

    assert sandbox.build().ran == ["each@a", "each@b"]
    world.seen = {"b": "2", "c": "of no partition"}
    assert sandbox.build().ran == ["each@b"]
    assert sandbox.build().ran == []


def test_partitions_that_an_observation_makes_anew_are_read_together() -> None:
    pytest.importorskip("pyarrow")  # with it loaded, tables are shown in another way
    world = World()

    @asset
    def total(each: dict[str, int]) -> int:
        return sum(each.values())

    sandbox = Sandbox([world.observe(partitions_def=LETTERS), each, total])
    sandbox.build()

    world.seen = "2"

    done = sandbox.build()

    assert done.failures == []
    assert done.ran == ["each@a", "each@b"]


def test_one_version_counts_for_all_partitions() -> None:
    world = World()
    sandbox = Sandbox([world.observe(partitions_def=LETTERS), each])
    sandbox.build()

    world.seen = "2"

    assert sandbox.build().ran == ["each@a", "each@b"]


def test_what_was_seen_last_counts_be_it_of_all_partitions_or_of_each() -> None:
    world = World()
    sandbox = Sandbox([world.observe(partitions_def=LETTERS), each])
    for seen, ran in (
        ("1", ["each@a", "each@b"]),
        ({"b": "2"}, ["each@b"]),
        ({"b": "3"}, ["each@b"]),
        ("1", ["each@b"]),
        ("4", ["each@a", "each@b"]),
        ("4", []),
    ):
        world.seen = seen
        assert sandbox.build().ran == ran, seen


def test_a_partition_of_which_nothing_was_seen_is_not_there() -> None:
    sandbox = Sandbox([World({"a": "1"}).observe(partitions_def=LETTERS), each])

    done = sandbox.build()

    assert done.ran == ["each@a"]
    assert [failure.key for failure in done.failures] == ["b"]


@pytest.mark.parametrize("seen", [ValueError("no network"), ObserveResult(), None])
def test_the_last_version_stands_where_none_is_given_and_a_warning_says_so(seen: Any) -> None:
    world = World()
    sandbox = Sandbox([world.observe(), report])
    sandbox.build()

    world.seen = seen
    done = sandbox.build()

    why = "ValueError: no network" if isinstance(seen, Exception) else "its function gave no version"
    assert done.ran == []
    assert list_warnings(done) == [f"source orders could not be observed: {why}; the last version stands"]
    assert sandbox.plan().notes == tuple(list_warnings(done))


def test_where_no_version_was_ever_seen_what_reads_it_fails() -> None:
    sandbox = Sandbox([World(ValueError("no network")).observe(), report])

    done = sandbox.build()

    assert done.ran == []
    assert "no version was ever seen, so what reads it cannot be built" in list_warnings(done)[0]
    assert "no version of orders was ever observed, which others make" in done.failures[0].message


def test_it_is_not_looked_at_again_within_its_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    sandbox = Sandbox([world.observe(auto_observe_interval_minutes=10), report])
    for minutes, looks in ((0, 1), (9, 1), (11, 2), (20, 2), (22, 3)):
        now = NOW + timedelta(minutes=minutes)
        monkeypatch.setattr(clock, "now_ns", lambda now=now: int(now.timestamp()) * 1_000_000_000)
        sandbox.build()
        assert world.looks == looks, minutes


def test_the_interval_begins_when_any_of_it_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World({"a": "1", "b": "1"})
    sandbox = Sandbox([world.observe(partitions_def=LETTERS, auto_observe_interval_minutes=10), each])
    for minutes, seen, looks in ((0, {"a": "1", "b": "1"}, 1), (11, {"a": "2"}, 2), (20, {}, 2)):
        world.seen = seen
        now = NOW + timedelta(minutes=minutes)
        monkeypatch.setattr(clock, "now_ns", lambda now=now: int(now.timestamp()) * 1_000_000_000)
        sandbox.build()
        assert world.looks == looks, minutes


def test_its_config_and_resources_are_given_to_it() -> None:
    seen: list[str] = []

    @observable_source_asset(name="orders")
    def look(config: Depth, shop: Shop) -> DataVersion:
        seen.append(f"{shop.name}{config.depth}")
        return DataVersion("1")

    sandbox = Sandbox([Definitions(assets=[look, report], resources={"shop": Shop(name="corner")})])

    assert sandbox.build().success
    assert seen == ["corner3"]


def test_one_function_looks_at_several() -> None:
    versions = {"x/left": "1", "right": "1"}
    looks: list[int] = []

    @multi_observable_source_asset(specs=[AssetSpec(["x", "left"]), AssetSpec("right")])
    def look() -> Any:
        looks.append(1)
        for name, version in versions.items():
            yield ObserveResult(asset_key=AssetKey.from_user_string(name), data_version=DataVersion(version))

    @asset(deps=[["x", "left"]])
    def of_left() -> int:
        return 1

    @asset(deps=["right"])
    def of_right() -> int:
        return 1

    sandbox = Sandbox([look, of_left, of_right])
    assert sorted(sandbox.build().ran) == ["of_left", "of_right"]
    versions["right"] = "2"
    assert sandbox.build().ran == ["of_right"]
    versions["x/left"] = "2"
    assert sandbox.build("of_left").ran == ["of_left"]
    assert len(looks) == 3


def test_it_is_loaded_by_its_io_manager() -> None:
    class Warehouse(IOManager):
        def handle_output(self, context: Any, obj: Any) -> None:
            raise AssertionError("nobody writes here")

        def load_input(self, context: Any) -> str:
            return f"loaded {context.asset_key.to_user_string()}"

    @asset
    def loaded(orders: str) -> str:
        return orders

    world = World()
    assets = [world.observe(io_manager_key="warehouse"), loaded]
    sandbox = Sandbox([Definitions(assets=assets, resources={"warehouse": Warehouse()})])

    assert sandbox.build().asset_value("loaded") == "loaded orders"
    world.seen = "2"
    assert sandbox.build().ran == ["loaded"]


def test_a_spec_that_becomes_observed_is_other_data() -> None:
    sandbox = Sandbox([AssetSpec("orders"), report])
    sandbox.build()

    sandbox.replace([World().observe(), AssetSpec("orders"), report])

    assert sandbox.build().ran == ["report"]


def test_checks_of_what_is_observed_are_refused() -> None:
    @multi_observable_source_asset(specs=[AssetSpec("orders")], check_specs=[AssetCheckSpec("c", asset="orders")])
    def look() -> None: ...

    with pytest.raises(DefinitionError, match="a build makes no checks where it observes"):
        Sandbox([look, report])


def tell_why(sandbox: Sandbox, name: str, key: str | None = None) -> Sequence[str]:
    sandbox.project.observe(Selection((name,)))
    return list(list_why(sandbox.project.explain(AssetKey(name), key), now=clock.now()))


def test_why_tells_which_version_it_was_and_is() -> None:
    world = World()
    sandbox = Sandbox([world.observe(), report])
    sandbox.build()

    world.seen = "2"
    sandbox.plan()
    world.seen = "3"

    assert "  upstream orders  changed  version 1 -> 3" in tell_why(sandbox, "report")


def test_why_tells_which_partitions_changed() -> None:
    @asset(deps=["orders"])
    def total() -> int:
        return 1

    world = World({"a": "1", "b": "1"})
    sandbox = Sandbox([world.observe(partitions_def=LETTERS), each, total])
    sandbox.build()
    world.seen = {"a": "1", "b": "2"}

    assert "  upstream orders  changed  b" in tell_why(sandbox, "total")
    assert "  upstream orders  changed  b: version 1 -> 2" in tell_why(sandbox, "each", "b")
