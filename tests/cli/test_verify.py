"""--verify: how outputs are looked at, for one run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from real_project import RealProject

ASSETS = """
    from assetmake import asset

    @asset
    def orders() -> list:
        return [1, 2]

    @asset
    def total(orders: list) -> int:
        return sum(orders)
"""


@pytest.fixture
def project(tmp_path: Path) -> RealProject:
    """A built project, one of whose outputs is then edited in place: size, mtime and inode stay."""
    project = RealProject(tmp_path)
    project.write(ASSETS)
    project.build()
    output = tmp_path / "data/orders.json"
    before = output.stat()
    with output.open("r+b") as stream:
        stream.write(b"[3")
    os.utime(output, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = output.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    return project


def test_an_edit_that_stat_cannot_see_is_seen_by_hash(project: RealProject) -> None:
    assert project.build() == "up to date: 2 assets"
    assert project.build("--verify", "stat") == "up to date: 2 assets"
    assert project.build("--verify", "hash") == "Done. BUILT=0 UNCHANGED=1 FRESH=1 FAILED=0 SKIPPED=0"
    assert json.loads((project.folder / "data/orders.json").read_text()) == [1, 2]
    assert project.build("--verify", "hash") == "up to date: 2 assets"


def test_plan_status_and_why_take_it_too(project: RealProject) -> None:
    for command in ("plan", "status"):
        (orders, _) = json.loads(project.run(command, "--json", "--verify", "hash").stdout)["assets"]
        assert orders["reasons"] == {"output_modified": 1}
        (orders, _) = json.loads(project.run(command, "--json").stdout)["assets"]
        assert orders["reasons"] == {}
    assert project.why("orders", "--verify", "hash")["reason"] == "output_modified"
    assert project.why("orders")["reason"] is None
    project.run("build", "--check", "--verify", "hash", status=5)
    project.run("build", "--check", "--verify", "stat")


def test_it_goes_before_what_the_project_says(project: RealProject) -> None:
    (project.folder / "assets.toml").write_text('[staleness]\noutputs = "hash"\n')
    project.run("build", "--check", status=5)
    project.run("build", "--check", "--verify", "stat")


def test_none_looks_at_no_output(project: RealProject) -> None:
    (project.folder / "data/orders.json").unlink()

    assert project.build("--verify", "none") == "up to date: 2 assets"
    project.run("build", "--check", status=5)


def test_another_word_is_refused(project: RealProject) -> None:
    assert "'mtime' is not one of" in project.run("plan", "--verify", "mtime", status=2).stderr
