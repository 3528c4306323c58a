"""Which modules assets.toml lists, from what a project says and from what its files do."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from assetmake.migrating.migration import Migration, plan_migration

ASSETS = "from dagster import asset\n\n\n@asset\ndef a(): ...\n"
DEFINITIONS = "from dagster import Definitions\n\ndefs = Definitions()\n"
FOLDER = "from dagster import definitions, load_from_defs_folder\n\n\n@definitions\ndef defs(): ...\n"
FOLDER += "x = load_from_defs_folder()\n"


def plan(folder: Path, files: Mapping[str, str], path: str = ".") -> Migration:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return plan_migration(folder / path)


def read_project(migration: Migration) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads(migration.config)["project"]
    return project


def list_decided(migration: Migration) -> list[tuple[str, tuple[int, ...], str]]:
    return [(decision.file, decision.lines, decision.what) for decision in migration.decisions]


def test_a_module_that_pyproject_names(tmp_path: Path) -> None:
    settings = '[tool.dagster]\nmodule_name = "shop"\n'
    migration = plan(tmp_path / "p", {"pyproject.toml": settings, "shop/__init__.py": DEFINITIONS, "other.py": ASSETS})
    assert read_project(migration) == {"name": "p", "modules": ["shop"], "python_path": ["."]}


def test_several_modules_in_src(tmp_path: Path) -> None:
    settings = '[tool.dagster]\nmodules = [{type = "module", name = "a"}]\ncode_locations = [{name = "b.defs"}]\n'
    files = {"pyproject.toml": settings, "src/a.py": DEFINITIONS, "src/b/defs.py": DEFINITIONS}
    migration = plan(tmp_path, files)
    assert read_project(migration)["modules"] == ["a", "b.defs"]
    assert read_project(migration)["python_path"] == ["src", "."]


def test_definitions_of_a_folder_become_its_modules(tmp_path: Path) -> None:
    settings = '[tool.dg.project]\nroot_module = "shop"\n'
    files = {"pyproject.toml": settings, "src/shop/definitions.py": FOLDER, "src/shop/defs/sales.py": ASSETS}
    migration = plan(tmp_path, files)
    assert read_project(migration)["modules"] == ["src/shop/defs/**/*.py"]
    assert read_project(migration)["python_path"] == ["src", "."]
    assert list_decided(migration) == [
        ("src/shop/definitions.py", (), "definitions of a folder"),
    ]


def test_the_target_of_a_project_counts_where_it_declares_by_itself(tmp_path: Path) -> None:
    settings = '[tool.dg.project]\nroot_module = "shop"\ncode_location_target_module = "shop.all"\n'
    migration = plan(tmp_path, {"pyproject.toml": settings, "shop/all.py": DEFINITIONS})
    assert read_project(migration)["modules"] == ["shop.all"]


def test_a_workspace_of_projects(tmp_path: Path) -> None:
    part = '[tool.dg.project]\nroot_module = "{0}"\n'
    files = {
        "dg.toml": '[workspace]\n[[workspace.projects]]\npath = "one"\n[[workspace.projects]]\npath = "two/"\n',
        "one/pyproject.toml": part.format("a"),
        "one/src/a/definitions.py": DEFINITIONS,
        "two/pyproject.toml": part.format("b"),
        "two/b/definitions.py": DEFINITIONS,
    }
    migration = plan(tmp_path, files)
    assert read_project(migration)["modules"] == ["a.definitions", "b.definitions"]
    assert read_project(migration)["python_path"] == ["one/src", "two", "."]


def test_without_settings_the_files_that_declare_are_listed(tmp_path: Path) -> None:
    files = {
        "sales.py": ASSETS,
        "shop/defs.py": DEFINITIONS,
        "shop/resources.py": "from dagster import ConfigurableResource\n",
        "tests/test_sales.py": ASSETS,
        "shop_tests/more.py": ASSETS,
        "test_more.py": ASSETS,
        "plain.py": "x = 1\n",
    }
    migration = plan(tmp_path, files)
    assert read_project(migration)["modules"] == ["sales.py", "shop/defs.py"]
    assert {file.as_posix() for file in migration.changed} == set(files) - {"plain.py"}


def test_a_module_that_is_not_there_is_told_and_the_files_are_looked_at(tmp_path: Path) -> None:
    migration = plan(tmp_path, {"pyproject.toml": '[tool.dagster]\nmodule_name = "gone"\n', "sales.py": ASSETS})
    assert read_project(migration)["modules"] == ["sales.py"]
    assert list_decided(migration) == [("pyproject.toml", (), "gone")]


def test_a_package_is_converted_with_what_it_is_imported_from(tmp_path: Path) -> None:
    files = {"shop/__init__.py": "", "shop/sales.py": ASSETS, "other.py": ASSETS}
    migration = plan(tmp_path, files, "shop")
    assert migration.tree.root == tmp_path
    assert [file.as_posix() for file in migration.files] == ["shop/__init__.py", "shop/sales.py"]
    assert read_project(migration)["modules"] == ["shop/sales.py"]


def test_a_project_is_no_package_though_it_looks_like_one(tmp_path: Path) -> None:
    settings = '[tool.dagster]\nmodule_name = "sales"\n'
    migration = plan(tmp_path, {"p/__init__.py": "", "p/sales.py": ASSETS, "p/pyproject.toml": settings}, "p")
    assert migration.tree.root == tmp_path / "p"
    assert read_project(migration)["modules"] == ["sales"]


def test_a_single_file_and_what_it_imports_from_beside_it(tmp_path: Path) -> None:
    files = {"sales.py": "import rates\nimport os\n" + ASSETS, "rates.py": "x = 1\n", "other.py": ASSETS}
    migration = plan(tmp_path, files, "sales.py")
    assert [file.as_posix() for file in migration.files] == ["sales.py"]
    assert read_project(migration) == {"name": "sales", "modules": ["sales.py"], "python_path": ["."]}
    assert list_decided(migration) == [("sales.py", (1,), "rates")]


def test_outputs_go_beside_data_that_is_there(tmp_path: Path) -> None:
    migration = plan(tmp_path, {"sales.py": ASSETS, "data/sales.csv": "1\n"})
    assert tomllib.loads(migration.config)["storage"] == {"root": "outputs"}


def test_what_other_files_say_is_told(tmp_path: Path) -> None:
    files = {
        "sales.py": ASSETS,
        "Makefile": "dev:\n\tdagster dev\n\tdagster dev -p 1\n",
        "Dockerfile": 'CMD ["dagster", "api", "grpc"]\n',
        "run.sh": "dagster-daemon run\n",
        "requirements.txt": "pandas\ndagster>=1.5\ndagster-webserver\n",
        "defs/defs.yaml": "type: x\n",
        "look.ipynb": '{"cells": ["import dagster"]}',
        "notes.bin": "dagster dev\n",
        ".venv/notes.md": "dagster dev\n",
    }
    assert list_decided(plan(tmp_path, files)) == [
        ("Dockerfile", (1,), "dagster api"),
        ("Makefile", (2, 3), "dagster dev"),
        ("defs/defs.yaml", (), "component"),
        ("look.ipynb", (), "a notebook"),
        ("requirements.txt", (2,), "requires dagster"),
        ("requirements.txt", (3,), "dagster-webserver"),
        ("run.sh", (1,), "dagster-daemon"),
    ]


WORKSPACE = """\
load_from:
  - python_file: sales.py
  - python_file:
      relative_path: jobs/more.py
      working_directory: jobs
      attribute: defs
  - python_module: shop.defs
  - python_package:
      package_name: pack
      executable_path: /opt/python
  - grpc_server:
      host: localhost
  - python_module: gone
"""


def test_the_locations_of_a_workspace(tmp_path: Path) -> None:
    pytest.importorskip("yaml", reason="workspace.yaml is read by PyYAML")
    files = {
        "workspace.yaml": WORKSPACE,
        "pyproject.toml": '[tool.dagster]\nmodule_name = "other"\n',
        "other.py": ASSETS,
        "sales.py": ASSETS,
        "jobs/more.py": ASSETS,
        "shop/defs.py": DEFINITIONS,
        "src/pack/__init__.py": DEFINITIONS,
    }
    migration = plan(tmp_path, files)
    assert read_project(migration)["modules"] == ["sales.py", "jobs/more.py", "shop.defs", "pack"]
    assert read_project(migration)["python_path"] == [".", "jobs", "src"]
    assert list_decided(migration) == [
        ("workspace.yaml", (3,), "attribute: defs"),
        ("workspace.yaml", (8,), "executable_path"),
        ("workspace.yaml", (11,), "grpc_server"),
        ("workspace.yaml", (13,), "gone"),
    ]


INSTANCE = """\
telemetry:
  enabled: false
concurrency:
  pools:
    default_limit: 3
  runs:
    max_concurrent_runs: 10
    tag_concurrency_limits:
      - key: database
        value: redshift
        limit: 4
      - key: api
        limit: 0
"""


def test_limits_become_pools(tmp_path: Path) -> None:
    pytest.importorskip("yaml", reason="dagster.yaml is read by PyYAML")
    sales = "from dagster import asset\n\n\n@asset(pool='warehouse')\ndef a(): ...\n"
    migration = plan(tmp_path, {"dagster.yaml": INSTANCE, "sales.py": sales})
    assert tomllib.loads(migration.config)["pools"] == {"warehouse": 3, "redshift": 4}
    assert list_decided(migration) == [
        ("dagster.yaml", (1,), "telemetry"),
        ("dagster.yaml", (7,), "max_concurrent_runs"),
        ("dagster.yaml", (9,), "tag_concurrency_limits redshift"),
        ("dagster.yaml", (12,), "tag_concurrency_limits api"),
    ]


def test_a_pool_of_unknown_limit_is_told(tmp_path: Path) -> None:
    sales = "from dagster import asset\n\n\n@asset(pool='the/warehouse')\ndef a(): ...\n"
    migration = plan(tmp_path, {"sales.py": sales})
    assert tomllib.loads(migration.config)["pools"] == {"the/warehouse": 1}
    assert list_decided(migration) == [("sales.py", (), "pool the/warehouse")]


def test_files_are_imported_from_above_their_packages(tmp_path: Path) -> None:
    files = {
        "parts/one/src/sales/__init__.py": "",
        "parts/one/src/sales/assets.py": ASSETS,
        "two/shop/__init__.py": "",
        "two/shop/defs.py": DEFINITIONS,
        "three/plain.py": ASSETS,
    }
    assert read_project(plan(tmp_path, files))["python_path"] == ["parts/one/src", "two", "."]


@pytest.mark.parametrize(
    "line",
    [
        "dagster",
        "dagster==1.5",
        'x = ["pandas", "dagster[all] >= 1"]',
        '    "dagster",',
        'dagster = "^1.5"',
        "  - 'dagster~=1.8'",
    ],
)
def test_a_requirement_is_told_however_it_is_written(tmp_path: Path, line: str) -> None:
    migration = plan(tmp_path, {"sales.py": ASSETS, "requirements.txt": f"pandas\n{line}\n"})
    assert list_decided(migration) == [("requirements.txt", (2,), "requires dagster")]


@pytest.mark.parametrize("line", ["dagsters", "my-dagster", "[tool.dagster]", "dagster-aws", "# for dagster users"])
def test_what_is_no_requirement_is_not_told(tmp_path: Path, line: str) -> None:
    assert list_decided(plan(tmp_path, {"sales.py": ASSETS, "requirements.txt": f"{line}\n"})) == []
