"""IO managers that come with the package, and the contexts that they are given."""

from __future__ import annotations

import json
import logging
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import PrivateAttr

from assetmake import (
    AssetKey,
    ConfigurableIOManager,
    DailyPartitionsDefinition,
    FilesystemIOManager,
    InitResourceContext,
    InMemoryIOManager,
    InputContext,
    MetadataValue,
    OutputContext,
    PartitionKeyRange,
    StaticPartitionsDefinition,
    TimeWindow,
    UPathIOManager,
    build_init_resource_context,
    build_input_context,
    build_output_context,
    build_resources,
    fs_io_manager,
    io_manager,
    mem_io_manager,
    resource,
)
from assetmake.definitions.keeping.filesystem import PickledObjectFilesystemIOManager
from assetmake.definitions.keeping.path_io_manager import list_relative_parts
from assetmake.errors import InvariantError

DAYS = DailyPartitionsDefinition("2026-01-01")


class Rows(UPathIOManager):
    extension: str = ".json"

    def dump_to_path(self, context: OutputContext, obj: Any, path: Path) -> None:
        path.write_text(json.dumps(obj))

    def load_from_path(self, context: InputContext, path: Path) -> Any:
        return json.loads(path.read_text())

    def get_metadata(self, context: OutputContext, obj: Any) -> dict[str, Any]:
        return {"length": len(obj)}


class LaterRows(Rows):
    async def load_from_path(self, context: InputContext, path: Path) -> Any:  # type: ignore[override]
        return json.loads(path.read_text())


def keep(kept: Any, obj: Any, key: str = "orders", **options: Any) -> OutputContext:
    context = build_output_context(asset_key=["shop", key], **options)
    kept.handle_output(context, obj)
    return context


def load(kept: Any, key: str = "orders", **options: Any) -> Any:
    return kept.load_input(build_input_context(asset_key=["shop", key], **options))


@pytest.fixture(params=["memory", "pickles", "files", "async"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return {
        "memory": InMemoryIOManager(),
        "pickles": PickledObjectFilesystemIOManager(str(tmp_path)),
        "files": Rows(tmp_path),
        "async": LaterRows(tmp_path),
    }[request.param]


def test_a_value_comes_back(kept: Any) -> None:
    keep(kept, [1, 2])
    keep(kept, [3], key="customers")
    assert load(kept) == [1, 2]
    with pytest.raises((FileNotFoundError, KeyError)):
        load(kept, key="nobody")


def test_partitions_are_kept_apart(kept: Any) -> None:
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        keep(kept, [day], partition_key=day)
    assert load(kept, partition_key="2026-01-02") == ["2026-01-02"]
    days = PartitionKeyRange("2026-01-01", "2026-01-02")
    assert load(kept, asset_partition_key_range=days, asset_partitions_def=DAYS) == {
        "2026-01-01": ["2026-01-01"],
        "2026-01-02": ["2026-01-02"],
    }
    one = PartitionKeyRange("2026-01-03", "2026-01-03")
    assert load(kept, asset_partition_key_range=one) == ["2026-01-03"]


def test_no_partition_to_read_is_none(kept: Any) -> None:
    assert kept.load_input(InputContext(asset_key=AssetKey("a"), keys=[])) is None


@pytest.mark.parametrize("kind", [Rows, LaterRows])
def test_missing_partitions_may_be_allowed(tmp_path: Path, kind: type[Rows]) -> None:
    kept = kind(tmp_path)
    keep(kept, [1], partition_key="2026-01-01")
    days: dict[str, Any] = {
        "asset_partition_key_range": PartitionKeyRange("2026-01-01", "2026-01-02"),
        "asset_partitions_def": DAYS,
    }
    with pytest.raises((FileNotFoundError, RuntimeError)):
        load(kept, **days)
    assert load(kept, **days, definition_metadata={"allow_missing_partitions": True}) == {"2026-01-01": [1]}


def test_files_are_laid_out_by_key(tmp_path: Path) -> None:
    class Parts(str):
        __slots__ = ("keys_by_dimension",)

    pair = Parts("red|2026")
    pair.keys_by_dimension = {"year": "2026", "color": "red"}
    kept = Rows(tmp_path)
    assert keep(kept, [1]).get_logged_metadata() == {
        "path": MetadataValue.path(tmp_path / "shop/orders.json"),
        "length": MetadataValue.int(1),
    }
    keep(kept, [1], key="daily", partition_key="0.0-to-1.0")
    keep(kept, [1], key="pairs", partition_key=pair)
    kept.handle_output(build_output_context(step_key="step", name="result", run_id="run"), [1])
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json"))
    assert found == [
        "run/step/result.json",
        "shop/daily/0.0-to-1.0.json",
        "shop/orders.json",
        "shop/pairs/red/2026.json",
    ]


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("/etc/passwd", "%2Fetc/passwd"),
        ("../up", "%2E%2E/up"),
        ("a/../../b", "a/%2E%2E/%2E%2E/b"),
        ("my..backup", "my..backup"),
    ],
)
def test_a_key_does_not_lead_out_of_the_folder(tmp_path: Path, key: str, path: str) -> None:
    keep(PickledObjectFilesystemIOManager(str(tmp_path)), 1, partition_key=key)
    assert (tmp_path / "shop/orders" / path).is_file()


def test_paths_are_made_relative() -> None:
    assert list_relative_parts(Path("/a/b")) == ("%2Fa", "b")
    assert list_relative_parts(Path("a/b")) == ("a", "b")


def test_none_is_kept_without_a_path(tmp_path: Path) -> None:
    kept = PickledObjectFilesystemIOManager(str(tmp_path))
    assert keep(kept, None).get_logged_metadata() == {}
    assert load(kept) is None


def test_an_asset_may_become_partitioned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = Rows(tmp_path)
    kept.extension = ""
    keep(kept, [1])
    with caplog.at_level(logging.WARNING):
        keep(kept, [2], partition_key="a")
    assert "before it was partitioned" in caplog.text
    assert load(kept, partition_key="a") == [2]


def test_several_partitions_are_not_one_file(tmp_path: Path) -> None:
    days = PartitionKeyRange("2026-01-01", "2026-01-02")
    with pytest.raises(InvariantError, match="does not support persisting an output associated with multiple"):
        keep(Rows(tmp_path), [1], asset_partition_key_range=days, asset_partitions_def=DAYS)


def test_what_cannot_be_pickled_leaves_no_file(tmp_path: Path) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (lambda: 1, deep):
        with pytest.raises(InvariantError, match="is not picklable"):
            keep(PickledObjectFilesystemIOManager(str(tmp_path)), value)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_managers_are_resources(tmp_path: Path) -> None:
    class Storage:
        def storage_directory(self) -> str:
            return str(tmp_path / "instance")

    declared = {
        "fields": FilesystemIOManager(base_dir=str(tmp_path / "fields")),
        "function": fs_io_manager.configured({"base_dir": str(tmp_path / "function")}),
        "instance": FilesystemIOManager(),
        "memory": mem_io_manager,
        "object": InMemoryIOManager(),
    }
    with build_resources(declared, instance=Storage()) as resources:
        for name in declared:
            kept = getattr(resources, name)
            keep(kept, name)
            assert load(kept) == name
    for name in ("fields", "function", "instance"):
        assert (tmp_path / name / "shop/orders").is_file()
    nowhere = fs_io_manager(build_init_resource_context())
    assert Path(nowhere.base_dir).is_dir()
    Path(nowhere.base_dir).rmdir()


def test_a_manager_may_be_both_a_model_and_one_of_paths(tmp_path: Path) -> None:
    class Configured(ConfigurableIOManager, UPathIOManager):
        base_dir: str
        _base_path: Any = PrivateAttr()

        def setup_for_execution(self, context: InitResourceContext) -> None:
            self._base_path = Path(self.base_dir)

        def dump_to_path(self, context: OutputContext, obj: Any, path: Path) -> None:
            path.write_text(obj)

        def load_from_path(self, context: InputContext, path: Path) -> str:
            return path.read_text()

    with build_resources({"kept": Configured(base_dir=str(tmp_path))}) as resources:
        keep(resources.kept, "x")
        assert load(resources.kept) == "x"


def test_contexts_tell_what_they_were_given() -> None:
    output = build_output_context(
        step_key="s", name="result", run_id="r", asset_key="a", partition_key="2026-01-02", asset_partitions_def=DAYS,
        definition_metadata={"x": 1}, config={"c": 1}, output_metadata={"o": 1}, asset_spec="spec",
    )  # fmt: skip
    assert (output.step_key, output.name, output.run_id, output.partition_key) == ("s", "result", "r", "2026-01-02")
    assert output.metadata == output.definition_metadata == {"x": 1}
    assert (output.config, output.output_metadata, output.asset_spec) == ({"c": 1}, {"o": 1}, "spec")
    assert output.get_identifier() == ["r", "s", "result"]
    assert output.get_asset_identifier() == ["a", "2026-01-02"]
    assert output.asset_partitions_def == DAYS
    assert output.asset_partitions_time_window == DAYS.time_window_for_partition_key("2026-01-02")
    given = build_input_context(
        name="p", upstream_output=output, asset_key="a", asset_partitions_def=DAYS, partition_key="week",
        asset_partition_key_range=PartitionKeyRange("2026-01-01", "2026-01-03"),
    )  # fmt: skip
    assert given.get_identifier() == output.get_identifier()
    assert (given.partition_key, given.has_input_name, given.name) == ("week", True, "p")
    assert given.asset_partition_keys == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert given.asset_partition_key_range == PartitionKeyRange("2026-01-01", "2026-01-03")
    assert given.asset_partitions_time_window == TimeWindow(
        DAYS.time_window_for_partition_key("2026-01-01").start, DAYS.time_window_for_partition_key("2026-01-03").end
    )
    given.add_input_metadata({"rows": 3})
    assert given.consume_logged_metadata() == {"rows": MetadataValue.int(3)}
    assert given.consume_logged_metadata() == {}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("name", "Attempting to access name, but it was not provided when constructing the {}"),
        ("step_key", "Attempting to access step_key"),
        ("asset_key", "Attempting to access asset_key"),
        ("dagster_type", "Attempting to access dagster_type"),
        ("instance", "Attempting to access instance"),
        ("partition_key", "Tried to access partition_key on a non-partitioned run"),
        ("asset_partition_key", "does not correspond to a partitioned asset"),
        ("asset_partition_keys", "does not correspond to a partitioned asset"),
        ("asset_partition_key_range", "does not correspond to a partitioned asset"),
    ],
)
def test_contexts_refuse_what_they_were_not_given(name: str, message: str) -> None:
    for context, kind in ((build_output_context(), "OutputContext"), (build_input_context(), "InputContext")):
        with pytest.raises(InvariantError, match=message.format(kind)):
            getattr(context, name)
    assert not context.has_partition_key
    assert not context.has_asset_partitions
    assert not context.has_asset_key


def test_only_time_windows_have_a_time_window() -> None:
    letters = StaticPartitionsDefinition(["a"])
    context = build_input_context(asset_key="x", partition_key="a", asset_partitions_def=letters)
    with pytest.raises(InvariantError, match="not time-partitioned"):
        _ = context.asset_partitions_time_window
    with pytest.raises(InvariantError, match="does not have a partitions definition"):
        _ = build_input_context(asset_key="x", partition_key="a").asset_partitions_time_window


def test_facts_are_not_overwritten() -> None:
    context = build_output_context()
    context.add_output_metadata({"rows": 1})
    with pytest.raises(InvariantError, match=r"already have metadata: rows"):
        context.add_output_metadata({"rows": 2})
    context.log_event("event")
    assert context.get_logged_events() == ["event"]


def test_versions_and_mappings_have_identifiers() -> None:
    assert build_output_context(version="v", step_key="s", name="n").get_identifier() == [
        "versioned_outputs",
        "v",
        "s",
        "n",
    ]
    assert build_output_context(mapping_key="m", step_key="s", name="n", run_id="r").get_identifier()[-1] == "m"
    with pytest.raises(InvariantError, match="Mapping key and version both provided for output 'n' of step 's'"):
        build_output_context(version="v", mapping_key="m", step_key="s", name="n").get_identifier()


def test_contexts_open_and_close_resources() -> None:
    log = []

    @resource
    def yielding(_: Any) -> Iterator[str]:
        yield "value"
        log.append("closed")

    with build_output_context(resources={"foo": yielding}) as context:
        assert context.resources.foo == "value"
    assert log == ["closed"]
    held = build_input_context(resources={"foo": yielding, "bar": 1})
    with pytest.raises(InvariantError, match=r"with build_input_context\(...\) as context"):
        _ = held.resources
    assert build_input_context(resources={"bar": 1}).resources.bar == 1


def test_io_manager_functions_keep_what_they_were_declared_with() -> None:
    @io_manager(
        config_schema={"base_dir": str},
        description="abc",
        output_config_schema={"path": str},
        input_config_schema={"format": str},
        required_resource_keys={"r1"},
    )
    def declared() -> None: ...

    made = declared.configured({"base_dir": "x"})
    assert type(made) is type(declared)
    assert made.description == "abc"
    assert made.output_config_schema == {"path": str}
    assert made.input_config_schema == {"format": str}
    assert made.required_resource_keys == {"r1"}


def test_universal_paths_are_used_where_they_are_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class FakeUPath(type(tmp_path)):  # type: ignore[misc]
        storage_options = {"key": "value"}
        fs = "file system"

    monkeypatch.setitem(sys.modules, "upath", types.SimpleNamespace(UPath=FakeUPath))
    kept = PickledObjectFilesystemIOManager(str(tmp_path))
    keep(kept, 1)
    assert load(kept) == 1
    assert isinstance(kept.get_asset_relative_path(build_output_context(asset_key="a")), FakeUPath)
    assert (kept.fs, kept.storage_options) == ("file system", {"key": "value"})
    monkeypatch.setitem(sys.modules, "upath", None)
    assert PickledObjectFilesystemIOManager(str(tmp_path)).storage_options == {}


def test_a_definition_may_read_its_keys_from_text() -> None:
    class Upper(StaticPartitionsDefinition):
        def get_partition_key_from_str(self, text: str) -> str:
            return text.upper()

    context = build_output_context(asset_key="x", partition_key="a", asset_partitions_def=Upper(["A"]))
    assert context.asset_partition_keys == [context.partition_key] == ["A"]
