"""Ready-made checks in processes of their own: what time it is cannot be remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_project import RealProject

SHOP = """
    from datetime import timedelta

    from assetmake import MaterializeResult, asset, build_last_update_freshness_checks, build_metadata_bounds_checks

    @asset
    def orders():
        return MaterializeResult(value=1, metadata={"rows": 5})

    bounds = build_metadata_bounds_checks(assets=[orders], metadata_key="rows", min_value=1)
    fresh = build_last_update_freshness_checks(assets=[orders], lower_bound_delta=timedelta(days=1))
"""


@pytest.fixture
def project(tmp_path: Path) -> RealProject:
    project = RealProject(tmp_path)
    project.write(SHOP)
    return project


def test_what_expires_is_made_by_every_command_that_looks_at_it(project: RealProject) -> None:
    assert project.build() == "Done. BUILT=1 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0 CHECKS=2/2"

    for _ in range(2):
        done = project.run("build")
        assert "passed    orders:freshness_check" in done.stdout
        assert "orders:rows_bounds_check" not in done.stdout, "nothing was made since it was told"
    project.edit("timedelta(days=1)", "timedelta(0)")

    checked = project.run("check")

    assert "warning   orders:freshness_check" in checked.stdout
    assert project.why("orders:freshness_check")["reason"] == "expired"


def test_what_others_make_is_refused_before_anything_is_built(project: RealProject) -> None:
    project.edit("assets=[orders], lower", 'assets=["raw"], lower')
    project.edit("import MaterializeResult", "import AssetSpec, MaterializeResult")
    project.edit("    bounds =".strip(), 'raw = AssetSpec("raw")\nbounds =')

    refused = project.run("build", status=2)

    assert "assets.py:11: raw:freshness_check: raw (assets.py" in refused.stderr
    assert "is not made here" in refused.stderr
    assert not list(project.folder.glob("outputs/*"))
