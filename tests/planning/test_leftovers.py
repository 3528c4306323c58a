"""What is taken over from the command of a run that is tried again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assetmake.discovery.manifest import Manifest
from assetmake.graph.asset_graph import build_graph
from assetmake.planning.retrying import find_leftover
from assetmake.planning.run_history import RunRecord
from assetmake.planning.view import Scope

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("command", "job"),
    [
        ("assetmake build report", None),
        ("assetmake build --job nightly", "nightly"),
        ("assetmake build --job=nightly@2026-01-05 -q", "nightly@2026-01-05"),
        ("assetmake build --partition 2026-01-05 --job nightly", "nightly@2026-01-05"),
        ("assetmake build --partition 2026-01-05", None),
    ],
)
def test_a_run_of_a_job_is_tried_again_with_its_config(command: str, job: str | None) -> None:
    run = RunRecord("r1", NOW, command, 1, "here", 1.0, {"failed": 1}, "failed")

    assert find_leftover(run, build_graph(Manifest()), Scope({}, {}, {}, NOW)).job == job
