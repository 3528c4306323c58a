from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.loader import uninstall
from assetmake.discovery.manifest import Manifest

Write = Callable[..., None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "assets.toml").write_text("")
    return folder


@pytest.fixture
def write(root: Path) -> Write:
    """Write a project file, its text dedented."""

    def write_file(path: str, text: str = "") -> None:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"))

    return write_file


@pytest.fixture
def discover(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Manifest]]:
    """Build the project's manifest from what its files hold now, as a new process would."""
    monkeypatch.delenv("ASSETMAKE_ENV", raising=False)

    def build() -> Manifest:
        uninstall()
        return build_manifest(root, load_config(root))

    yield build
    uninstall()
