"""A project whose definitions stand in a folder `defs`, as projects of today are laid out."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import assetmake as dg
from assetmake.errors import DefinitionError

Layout = Callable[[dict[str, str]], Path]


@pytest.fixture
def lay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Layout]:
    """Write files below the folder of a package `own_trips`, and return that folder."""
    package = tmp_path / "src" / "own_trips"

    def write(files: dict[str, str]) -> Path:
        for name, text in {"__init__.py": "", **files}.items():
            file = package / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return package

    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    yield write
    for name in [each for each in sys.modules if each.partition(".")[0] in {"own_trips", "defs"}]:
        del sys.modules[name]


FILES = {
    "defs/__init__.py": "",
    "defs/assets/trips.py": "import assetmake as dg\n@dg.asset\ndef trips(db): return db\n"
    "trips = dg.asset(name='trips', required_resource_keys={'db'})(lambda context: context.resources.db)\n",
    "defs/assets/report.py": "import assetmake as dg\nfrom own_trips.defs.assets.trips import trips\n"
    "@dg.asset\ndef report(trips): return trips + 1\n",
    "defs/jobs.py": "import assetmake as dg\nnightly = dg.define_asset_job('nightly', selection='trips')\n"
    "at_night = dg.ScheduleDefinition(job=nightly, cron_schedule='0 3 * * *')\n",
    "defs/resources.py": "import assetmake as dg\n@dg.definitions\ndef resources():\n"
    "    return dg.Definitions(resources={'db': 4})\n",
}


@pytest.mark.parametrize(
    "project", ["", '[tool.dg.project]\nroot_module = "own_trips"\n', '[project]\nname = "own-trips"\n']
)
def test_all_modules_of_the_folder_count(lay_out: Layout, tmp_path: Path, project: str) -> None:
    package = lay_out(FILES)
    (tmp_path / "pyproject.toml").write_text(project)
    defs = dg.load_from_defs_folder(path_within_project=package)
    job = defs.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process()
    assert result.output_for_node("report") == 5
    resolved = defs.resolve()
    assert resolved.job_names == ["__ASSET_JOB", "nightly"]
    assert [each.name for each in resolved.schedule_defs] == ["nightly_schedule"]


def test_another_module_may_be_named(lay_out: Layout, tmp_path: Path) -> None:
    lay_out({"places/__init__.py": "", "places/one.py": "import assetmake as dg\nstock = dg.AssetSpec('stock')\n"})
    (tmp_path / "pyproject.toml").write_text('[tool.dg.project]\ndefs_module = "own_trips.places"\n')
    defs = dg.load_from_defs_folder(project_root=tmp_path)
    assert defs.resolve_all_asset_keys() == [dg.AssetKey("stock")]


def test_a_component_is_refused_by_its_file(lay_out: Layout) -> None:
    package = lay_out({**FILES, "defs/ingest/defs.yaml": "type: x\n"})
    with pytest.raises(DefinitionError, match=r"ingest/defs\.yaml: components are not supported"):
        dg.load_from_defs_folder(path_within_project=package)


def test_a_project_without_the_folder_is_told_of(lay_out: Layout) -> None:
    package = lay_out({})
    with pytest.raises(DefinitionError, match="own_trips has no folder defs"):
        dg.load_from_defs_folder(path_within_project=package)
    with pytest.raises(DefinitionError, match="needs path_within_project"):
        dg.load_from_defs_folder()


def test_a_package_may_be_given_itself(lay_out: Layout) -> None:
    lay_out(
        {**FILES, "apart/definitions.py": "import assetmake as dg\ndefs = dg.Definitions([dg.AssetSpec('stock')])\n"}
    )
    folder = importlib.import_module("own_trips.defs")
    defs = dg.components.load_defs(folder)
    assert defs.resolve_job_def("nightly").execute_in_process().success
    with pytest.raises(DefinitionError, match=r"takes a package, got 'own_trips\.defs\.jobs'"):
        dg.load_defs(importlib.import_module("own_trips.defs.jobs"))
    with pytest.raises(DefinitionError, match="Component is not supported"):
        dg.components.Component()
    assert not hasattr(dg.components, "nonsense")


@pytest.mark.parametrize(("ends", "found"), [(True, ["whole"]), (False, ["aside", "below", "whole"])])
def test_a_folder_with_definitions_of_its_own_is_that(lay_out: Layout, ends: bool, found: list[str]) -> None:
    text = "import assetmake as dg\n{0} = dg.Definitions([dg.AssetSpec('{0}')])\n"
    files = {"whole": "own/definitions.py", "aside": "own/aside.py", "below": "own/more/below.py"}
    lay_out({"__init__.py": "", "defs/__init__.py": ""} | {f"defs/{at}": text.format(n) for n, at in files.items()})
    defs = dg.load_defs(importlib.import_module("own_trips.defs"), terminate_autoloading_on_keyword_files=ends)
    assert sorted(str(key) for key in defs.resolve_all_asset_keys()) == found
