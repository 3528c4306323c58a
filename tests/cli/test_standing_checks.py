"""Checks that failed before and are not made again: every command that looks ahead says so, as a build does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from real_project import RealProject

SHOP = """
    from assetmake import AssetCheckResult, AssetCheckSeverity, asset, asset_check

    @asset
    def orders():
        return 1

    @asset_check(asset=orders, blocking=True)
    def complete():
        return AssetCheckResult(passed=False, severity=AssetCheckSeverity.ERROR, description="3 without a key")
"""
REPORT = """
    @asset
    def report(orders):
        return orders
"""
FOUND = "blocking): 3 without a key"


@pytest.fixture
def project(tmp_path: Path) -> RealProject:
    project = RealProject(tmp_path)
    project.write(SHOP)
    project.build(status=1)
    return project


def test_nothing_to_do_is_no_success_where_a_check_stands_as_failed(project: RealProject) -> None:
    for command in (["build", "--check"], ["build", "--check", "-q"], ["plan", "--exit-code"]):
        done = project.run(*command, status=1)
        assert "CHECK FAILED orders:complete (stands since " in done.stderr
        assert FOUND in done.stderr
    assert FOUND in project.run("plan").stderr
    assert json.loads(project.run("plan", "--json", "--exit-code", status=1).stdout)["checks"][0]["failed"] == 1


def test_work_is_work_whatever_a_check_has_found(project: RealProject) -> None:
    project.write(SHOP + REPORT)

    assert FOUND in project.run("build", "--check", status=5).stderr
    assert FOUND not in project.run("build", "--check", "--force", status=5).stderr, "it would be made again"


def test_a_check_that_only_warns_is_no_failure(project: RealProject) -> None:
    project.edit("Severity.ERROR", "Severity.WARN")
    project.build()

    assert project.run("build", "--check").stdout.startswith("up to date: 1 asset")


def test_only_builds_past_a_failed_check_and_says_so(project: RealProject) -> None:
    project.write(SHOP + REPORT)
    told = "report is built from orders, of which the check orders:complete failed: --only does not wait for it"

    assert told in project.run("build", "report", "--only", "--dry-run").stderr
    done = project.run("build", "report", "--only")

    assert told in done.stderr
    assert done.stdout.splitlines()[-1].startswith("Done. BUILT=1 ")
    assert told not in project.run("build", "report", "orders", "--only", "--force", status=1).stderr
