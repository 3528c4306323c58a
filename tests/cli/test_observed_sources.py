"""Sources that a function observes, in processes of their own: given files, when commands run, then what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from real_project import RealProject

OBSERVED = """
    import os
    from pathlib import Path

    from assetmake import AssetSpec, DataVersion, asset, observable_source_asset

    elsewhere = AssetSpec("elsewhere")

    @observable_source_asset
    def orders():
        print("looking")
        return DataVersion(Path(os.environ["ORDERS"]).read_text())

    @asset(deps=[orders, elsewhere])
    def report() -> int:
        return 1
"""


@pytest.fixture
def project(tmp_path: Path) -> RealProject:
    (tmp_path / "project").mkdir()
    (tmp_path / "orders").write_text("v1")
    project = RealProject(tmp_path / "project", {"ORDERS": str(tmp_path / "orders")})
    project.write(OBSERVED)
    return project


def test_commands_see_that_its_version_is_another_one(project: RealProject, tmp_path: Path) -> None:
    assert project.build() == "Done. BUILT=1 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0"
    assert project.build().startswith("up to date")
    (tmp_path / "orders").write_text("v2")

    graph = json.loads(project.run("graph", "--format", "json").stdout)
    assert [node for node in graph["nodes"] if node["type"] == "source"] == [
        {"name": "orders", "type": "source"},
        {"name": "elsewhere", "type": "source"},
    ]
    assert json.loads(project.run("status", "--json").stdout)["counts"]["stale"] == 1
    assert project.why("report")["upstream"][0]["versions"] == ["v1", "v2"]
    assert project.build("report") == "Done. BUILT=0 UNCHANGED=1 FRESH=0 FAILED=0 SKIPPED=0"


def test_a_source_that_cannot_be_seen_is_told_of(project: RealProject, tmp_path: Path) -> None:
    project.build()
    (tmp_path / "orders").unlink()

    done = project.run("build")

    assert "source orders could not be observed: FileNotFoundError" in done.stderr
    assert "the last version stands" in done.stderr
    log = project.folder / ".assetmake/logs/observations/orders.log"
    assert "looking" in log.read_text()


def test_one_that_takes_too_long_is_given_up(project: RealProject) -> None:
    project.edit('print("looking")', "import time; time.sleep(600)")
    (project.folder / "assets.toml").write_text('[build]\nobserve_timeout = "1s"\n')

    done = project.run("build", status=1)

    assert "source orders could not be observed: timeout: it ran for more than 1 s" in done.stderr
