"""`--shard`: what each machine is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_project import RealProject

ASSETS = """
    from assetmake import DailyPartitionsDefinition, asset


    @asset(partitions_def=DailyPartitionsDefinition("2026-01-01", end_date="2026-01-16"))
    def daily() -> int:
        return 1


    @asset
    def report(daily: dict[str, int]) -> int:
        return sum(daily.values())
"""
WHY = "shard 1 of 2 has all 16 nodes: report reads them together; leave that to the job that collects (--exclude)"


@pytest.mark.parametrize("command", ["plan", "build"])
def test_a_shard_without_work_is_told_why(tmp_path: Path, command: str) -> None:
    project = RealProject(tmp_path)
    project.write(ASSETS)
    done = project.run(command, "--shard", "2/2")
    assert done.stdout == "shard 2/2 has nothing to do\n"
    assert done.stderr == f"warning: {WHY}\n"


def test_work_that_was_divided_is_not_spoken_of(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(ASSETS)
    told = [project.run("plan", "--exclude", "report", "--shard", f"{number}/2") for number in (1, 2)]
    assert [done.stderr for done in told] == ["", ""]
    assert sorted(done.stdout.splitlines()[-1] for done in told) == ["7 to run: 7 stale", "8 to run: 8 stale"]
