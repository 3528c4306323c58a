"""Names that nobody gives: what installed distributions offer under them, to runs and to definitions."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assetmake import (
    AssetExecutionContext,
    Definitions,
    InMemoryIOManager,
    asset,
    define_asset_job,
    materialize,
    materialize_to_memory,
    repository,
)
from assetmake.definitions.entry_points import load_entry
from assetmake.errors import ConfigError, DefinitionError, RunConfigError
from assetmake.storage.io_managers import open_io_manager
from assetmake.testing import Sandbox

MODULE = """
from assetmake import ConfigurableIOManager, ConfigurableResource, IOManager, io_manager, resource

KEPT = {}


class Shelf(IOManager):
    def handle_output(self, context, obj):
        KEPT[context.asset_key] = type(self).__name__, obj

    def load_input(self, context):
        return KEPT[context.asset_key][1]


class Labelled(ConfigurableIOManager):
    label: str

    def handle_output(self, context, obj):
        KEPT[context.asset_key] = self.label, obj

    def load_input(self, context):
        return KEPT[context.asset_key][1]


shelf = Shelf()


@io_manager
def declared(_):
    return Shelf()


def make():
    return Shelf()


class Greeting(ConfigurableResource):
    name: str = "you"


class Plain:
    name = "plain"


@resource
def greeting(_):
    return "hello"


def make_greeting():
    return "hello from a function"


ANSWER = 42


class Format:
    def save(self): ...
"""
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A distribution in a folder that is on sys.path, which offers what stands in `offered_<the test's folder>`."""
    module = f"offered_{tmp_path.name}"
    (tmp_path / f"{module}.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(group: str, distribution: str = "offering", **names: str) -> None:
        folder = tmp_path / f"{distribution}-1.0.dist-info"
        folder.mkdir(exist_ok=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", "utf-8")
        lines = [f"{name} = {value.format(module)}" for name, value in names.items()]
        with (folder / "entry_points.txt").open("a", encoding="utf-8") as stream:
            stream.write("\n".join([f"[{group}]", *lines, ""]))

    return write


def read_kept(tmp_path: Path) -> dict[str, Any]:
    kept = importlib.import_module(f"offered_{tmp_path.name}").KEPT
    return {str(key): value for key, value in kept.items()}


@asset(io_manager_key="shelf")
def number() -> int:
    return 1


@asset(io_manager_key="shelf")
def double(number: int) -> int:
    return 2 * number


class TestIOManagers:
    @pytest.mark.parametrize("attribute", ["Shelf", "shelf", "declared", "make"])
    def test_a_name_that_nobody_gives_is_an_installed_one(
        self, install: Install, tmp_path: Path, attribute: str
    ) -> None:
        install("assetmake.io_managers", shelf=f"{{}}:{attribute}")
        assert materialize([number, double]).asset_value("double") == 2
        assert read_kept(tmp_path) == {"number": ("Shelf", 1), "double": ("Shelf", 2)}

    def test_a_class_with_fields_gets_them_from_run_config(self, install: Install, tmp_path: Path) -> None:
        install("assetmake.io_managers", shelf="{}:Labelled")
        materialize([number], run_config={"resources": {"shelf": {"config": {"label": "given"}}}})
        assert read_kept(tmp_path) == {"number": ("given", 1)}
        with pytest.raises(RunConfigError, match="label"):
            materialize([number])

    def test_an_input_may_name_it(self, install: Install, tmp_path: Path) -> None:
        install("assetmake.io_managers", shelf="{}:Shelf")

        @asset
        def reader(number: int) -> int:
            return number + 1

        materialize([number])
        assert materialize([number, reader], selection=[reader]).output_for_node("reader") == 2

    def test_what_is_given_counts(self, install: Install, tmp_path: Path) -> None:
        install("assetmake.io_managers", shelf="{}:Shelf")
        materialize([number], resources={"shelf": InMemoryIOManager()})
        assert read_kept(tmp_path) == {}

    def test_memory_needs_none(self, install: Install, tmp_path: Path) -> None:
        install("assetmake.io_managers", shelf="{}:Shelf")
        assert materialize_to_memory([number, double]).asset_value("double") == 2
        assert read_kept(tmp_path) == {}

    def test_definitions_know_them(self, install: Install, tmp_path: Path) -> None:
        install("assetmake.io_managers", shelf="{}:Shelf")
        definitions = Definitions(assets=[number, double], jobs=[define_asset_job("everything")])
        job = definitions.resolve_job_def("everything")
        assert job.execute_in_process().asset_value("double") == 2
        assert definitions.load_asset_value("number") == 1

        @repository
        def listed():
            return [number, double]

        assert listed.load_asset_value("double") == 2

    def test_what_is_none_is_refused(self, install: Install) -> None:
        install("assetmake.io_managers", shelf="{}:ANSWER")
        with pytest.raises(
            DefinitionError, match=r"what is installed as 'shelf' in assetmake.io_managers is no IO manager, but 42"
        ):
            materialize([number])

    def test_a_name_that_nothing_has(self, install: Install) -> None:
        install("assetmake.io_managers", other="{}:Shelf")
        with pytest.raises(DefinitionError, match="key 'shelf' required by op 'number' was not provided"):
            materialize([number])
        with pytest.raises(DefinitionError, match="'shelf' required by output 'result' of op 'number'"):
            Definitions(assets=[number]).resolve_job_def("__ASSET_JOB")


class TestInABuild:
    def test_one_that_keeps_values_its_own_way_keeps_and_loads_them(self, install: Install) -> None:
        install("assetmake.io_managers", shelf="{}:Shelf")

        @asset
        def reader(number: int) -> int:
            return number

        sandbox = Sandbox([number, reader])
        built = sandbox.build()
        assert built.success, built.failures
        assert sandbox.build().ran == []

    def test_one_that_writes_files_is_opened(self, install: Install) -> None:
        install("assetmake.io_managers", shelf="{}:Format")
        assert type(open_io_manager("shelf")).__name__ == "Format"

    def test_the_nearest_name_is_suggested(self, install: Install) -> None:
        install("assetmake.io_managers", shelf="{}:Format")
        with pytest.raises(ConfigError) as refused:
            open_io_manager("shelv")
        assert refused.value.hint == "did you mean 'shelf'?"


class TestResources:
    @pytest.mark.parametrize(
        ("attribute", "value"),
        [("greeting", "hello"), ("make_greeting", "hello from a function"), ("ANSWER", 42)],
    )
    def test_a_name_that_nobody_gives_is_an_installed_one(
        self, install: Install, attribute: str, value: object
    ) -> None:
        install("assetmake.resources", told=f"{{}}:{attribute}")

        @asset(required_resource_keys={"told"})
        def reader(context: AssetExecutionContext) -> Any:
            return context.resources.told

        assert materialize([reader]).output_for_node("reader") == value
        definitions = Definitions(assets=[reader], jobs=[define_asset_job("job")])
        assert definitions.resolve_job_def("job").execute_in_process().output_for_node("reader") == value

    @pytest.mark.parametrize(("attribute", "name"), [("Greeting", "you"), ("Plain", "plain")])
    def test_a_class_makes_one(self, install: Install, attribute: str, name: str) -> None:
        install("assetmake.resources", told=f"{{}}:{attribute}")

        @asset(required_resource_keys={"told"})
        def reader(context: AssetExecutionContext) -> str:
            return str(context.resources.told.name)

        assert materialize([reader]).output_for_node("reader") == name

    def test_run_config_configures_it(self, install: Install) -> None:
        install("assetmake.resources", told="{}:Greeting")

        @asset(required_resource_keys={"told"})
        def reader(context: AssetExecutionContext) -> str:
            return str(context.resources.told.name)

        config = {"resources": {"told": {"config": {"name": "me"}}}}
        assert materialize([reader], run_config=config).output_for_node("reader") == "me"

    def test_the_groups_are_two(self, install: Install) -> None:
        install("assetmake.io_managers", told="{}:Greeting")

        @asset(required_resource_keys={"told"})
        def reader() -> None:
            raise AssertionError

        with pytest.raises(DefinitionError, match="resource with key 'told'"):
            materialize([reader])


class TestLooking:
    def test_nothing_is_looked_for_while_all_names_are_given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(**asked: str) -> Any:
            raise AssertionError(asked)

        monkeypatch.setattr(importlib.metadata, "entry_points", refuse)

        @asset(required_resource_keys={"told"})
        def reader(context: AssetExecutionContext, number: int) -> int:
            return context.resources.told + number

        resources = {"shelf": InMemoryIOManager(), "told": 1}
        assert materialize([number, reader], resources=resources).output_for_node("reader") == 2
        Definitions(assets=[number, reader], resources=resources).resolve_job_def("__ASSET_JOB")

    def test_two_offers_of_one_name_are_refused(self, install: Install, tmp_path: Path) -> None:
        install("assetmake.io_managers", "one", shelf="{}:Shelf")
        install("assetmake.io_managers", "two", shelf="{}:Labelled")
        with pytest.raises(DefinitionError) as refused:
            load_entry("assetmake.io_managers", "shelf")
        module = f"offered_{tmp_path.name}"
        assert refused.value.message == (
            "several installed distributions offer 'shelf' in assetmake.io_managers: "
            f"{module}:Labelled (two 1.0), {module}:Shelf (one 1.0)"
        )

    def test_what_cannot_be_imported_is_named(self, install: Install) -> None:
        install("assetmake.io_managers", shelf="no_such_module_at_all:Shelf")
        with pytest.raises(DefinitionError) as refused:
            materialize([number])
        assert refused.value.message == (
            "no_such_module_at_all:Shelf, which offering 1.0 offers as 'shelf' in assetmake.io_managers, cannot be "
            "imported: ModuleNotFoundError: No module named 'no_such_module_at_all'"
        )
