"""Fixtures for the tests of projects; pytest finds them by the entry point `assetmake.pytest_plugin`.

Every pytest session of an environment imports this module, so it loads nothing but the names of the package.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import assetmake

if TYPE_CHECKING:
    from assetmake.definitions.instance.instance import Instance
    from assetmake.running.result import RunResult
    from assetmake.testing import ProjectSandbox

_OPTION = "assetmake_project"
_SANDBOX = "assetmake.testing"
_PROJECT_FILE = "assets.toml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says where the project is."""
    parser.addini(
        _OPTION,
        "The folder of the project that the fixture assetmake_project opens, relative to the root folder; default: the"
        f" nearest one with an {_PROJECT_FILE}, from the test's folder upwards.",
        default="",
    )


@pytest.fixture
def assetmake_resources() -> dict[str, Any]:
    """The resources that stand in for the project's, by name: none. To be overridden in a conftest.py or a module."""
    return {}


@pytest.fixture
def assetmake_instance() -> Instance:
    """What remembers the runs of this test."""
    return assetmake.Instance.ephemeral()


@pytest.fixture
def materialize(assetmake_instance: Instance, assetmake_resources: dict[str, Any]) -> Callable[..., RunResult]:
    """`assetmake.materialize`, with the instance and the resources of this test.

    What is made by one call can be read by the next. Resources that a call is given come before those of the test.
    """
    return partial(_materialize, assetmake_instance, assetmake_resources)


@pytest.fixture
def assetmake_project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, assetmake_resources: dict[str, Any]
) -> Iterator[ProjectSandbox]:
    """The project, with outputs and a state of its own that start empty with every test."""
    root = _find_project(request)
    place = tmp_path_factory.mktemp("assetmake")
    with importlib.import_module(_SANDBOX).ProjectSandbox(root, place=place, resources=assetmake_resources) as project:
        yield project


def _materialize(
    own: Instance, standing_in: dict[str, Any], assets: Any, run_config: Any = None, **options: Any
) -> RunResult:
    options["resources"] = {**standing_in, **(options.get("resources") or {})}
    options["instance"] = options.get("instance") or own
    return assetmake.materialize(assets, run_config, **options)


def _find_project(request: pytest.FixtureRequest) -> Path:
    given: str = request.config.getini(_OPTION)
    if given:
        return Path(request.config.rootpath, given)
    folder = request.path.parent
    found = next((each for each in (folder, *folder.parents) if (each / _PROJECT_FILE).is_file()), None)
    if found is None:
        pytest.fail(
            f"no folder from {folder} upwards has an {_PROJECT_FILE}; say under [tool.pytest.ini_options] where the"
            f' project is: {_OPTION} = "DIR"',
            pytrace=False,
        )
    return found
