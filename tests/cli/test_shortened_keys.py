"""Lists of keys that are too long: what is left out is counted in partitions, as all that stands beside it."""

from __future__ import annotations

import json
from pathlib import Path

from real_project import RealProject

PARTS = """
    from assetmake import StaticPartitionsDefinition, asset

    KEYS = StaticPartitionsDefinition([f"k{number}" for number in range(10, 30)])

    @asset(partitions_def=KEYS)
    def parts(context):
        if int(context.partition_key[1:]) % 5 not in (0, 1):
            raise ValueError("boom")
"""


def test_a_list_of_keys_says_what_is_left_out(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(PARTS)
    project.run("build", status=1)

    again = project.run("build", "--json", status=1).stdout
    plan = project.run("plan", "result:failed").stdout
    tried = project.run("build", status=1).stdout

    finished = next(event for event in map(json.loads, again.splitlines()) if event["event"] == "asset_finished")
    assert finished["keys"] == "k12..k14, k17..k19, k22..k24, +3 more"
    assert "12 stale, 8 fresh  failed last time  k12..k14, k17..k19, k22..k24, +3 more" in " ".join(plan.split(" "))
    assert "k12..k14, k17..k19, k22..k24, +3 more" in tried
