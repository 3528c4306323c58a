"""Sources are recorded before anything that is built from them, whatever becomes of the round."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetmake import FileSource, asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.storage.rows import fetch_row
from assetmake.testing import Sandbox

FILES = FileSource("files", "a.csv")


@asset
def reads(files: Path) -> int:
    if files.read_text() == "bad":
        raise ValueError("cannot be read")
    return 1


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    (tmp_path / "a.csv").write_text("one")
    return Sandbox([FILES, reads], root=tmp_path)


def read_changed(sandbox: Sandbox) -> int:
    """Return the revision at which the source had other content for the last time."""
    with sandbox.project.state.reading() as db:
        row = fetch_row(db, "select changed from state.sources")
    assert row is not None
    return int(row[0])


def read_built(sandbox: Sandbox) -> int:
    with sandbox.project.state.reading() as db:
        row = fetch_row(db, "select revision from state.traces")
    assert row is not None
    return int(row[0])


def test_what_is_built_has_a_later_revision_than_the_source_it_read(sandbox: Sandbox) -> None:
    for text in ("one", "three"):
        (sandbox.root / "a.csv").write_text(text)
        sandbox.build()
        assert read_built(sandbox) > read_changed(sandbox)


def test_a_round_that_fails_leaves_its_sources_recorded(sandbox: Sandbox) -> None:
    sandbox.build()
    before = read_changed(sandbox)
    (sandbox.root / "a.csv").write_text("bad")

    assert not sandbox.build().success
    assert read_changed(sandbox) > before > 0
    (change,) = sandbox.project.explain(reads.key, None).upstream
    assert change.keys == ("a.csv",)


def break_down(*_: object) -> AssetsDefinition:
    raise KeyboardInterrupt


def test_a_round_that_breaks_down_leaves_its_sources_recorded(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.build()
    before = read_changed(sandbox)
    (sandbox.root / "a.csv").write_text("three")
    monkeypatch.setattr("assetmake.execution.scheduler.Scheduler.run", break_down)

    with pytest.raises(KeyboardInterrupt):
        sandbox.build()
    assert read_changed(sandbox) > before
