"""What is said of a state as a whole: checks are counted apart from the nodes of assets, as in plans."""

from __future__ import annotations

import pytest

from assetmake.reporting.state_lines import list_findings, list_imported, tell_written
from assetmake.storage.portable.choosing import Choice
from assetmake.storage.portable.inspecting import Findings
from assetmake.storage.portable.writing import Written


@pytest.mark.parametrize(("checks", "told"), [(0, "21 nodes"), (2, "21 nodes and 2 checks")])
def test_checks_are_counted_apart(checks: int, told: str) -> None:
    found = Findings(4, 10, 21, checks, {}, missing=0, modified=0, unseen=0, dead_runs=0, suspects=0)
    choice = Choice(21, 3, missing=0, different=0, unseen=0, checks=checks)

    assert next(list_findings(found)) == f"schema 4: 10 assets, {told}"
    assert tell_written(Written(21, checks), "state.jsonl") == f"{told} written to state.jsonl"
    assert next(list_imported(choice)) == f"{told} taken, 3 here already"
