"""Commands that are about some assets look at nothing that only others need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assetmake import AssetKey, FileSource, asset, by_hand
from assetmake.errors import StorageError
from assetmake.graph.selection import Selection
from assetmake.project import Project
from assetmake.testing import Sandbox

ONE = AssetKey("one")
COMMANDS: dict[str, Callable[[Project], object]] = {
    "plan": lambda project: project.make_plan(Selection.of(ONE)),
    "why": lambda project: project.explain(ONE, None),
    "show": lambda project: project.find_outputs(ONE, None),
    "log": lambda project: project.find_log(ONE, None),
    "invalidate": lambda project: by_hand.invalidate(project, Selection.of(ONE), "a test"),
    "accept": lambda project: by_hand.accept(project, Selection.of(ONE), "a test"),
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two assets, of which one is built and the other reads a source that cannot be read."""
    unreadable = FileSource("unreadable", "unreadable.csv")

    @asset
    def one() -> int:
        return 1

    @asset
    def other(unreadable: Path) -> int:
        return 2

    sandbox = Sandbox([one, unreadable, other], root=tmp_path)
    assert sandbox.build("one").success
    (tmp_path / "unreadable.csv").mkdir()
    with pytest.raises(StorageError, match="cannot read the source file"):
        sandbox.plan()
    return sandbox.project


@pytest.mark.parametrize("command", COMMANDS)
def test_a_source_of_others_is_not_looked_at(project: Project, command: str) -> None:
    COMMANDS[command](project)
