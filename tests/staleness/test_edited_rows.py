"""The table of code edits once more, in git: `changed:HEAD` finds by texts alone all that an import finds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from edits import Row, Theme
from rows_classes import CLASSES
from rows_declarations import DECLARATIONS
from rows_functions import FUNCTIONS
from rows_imports import IMPORTS
from rows_layout import LAYOUT
from rows_scopes import SCOPES
from rows_values import VALUES
from rows_wrappers import WRAPPERS

from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.loader import uninstall
from assetmake.discovery.manifest import Manifest
from assetmake.discovery.recall.reads import Reads
from assetmake.discovery.revisions.touched import find_touched
from repository import git, start_repository
from thoroughness import times

THEMES = (FUNCTIONS, LAYOUT, WRAPPERS, CLASSES, VALUES, IMPORTS, SCOPES, DECLARATIONS)
ALWAYS = {
    "names that a star brings",
    "result that is not kept",
    "value that a closure captures",
    "star import replaced by names",
    "module that makes a fallback needless",
}
EVERY = max(1, 90 // times(10))


def choose_rows(theme: Theme) -> list[Row]:
    return [row for number, row in enumerate(theme.rows) if number % EVERY == 0 or row.name in ALWAYS]


def declare(root: Path) -> Manifest:
    uninstall()
    return build_manifest(root, load_config(root))


def digest(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    found = {str(each.key): each.fingerprint for each in manifest.assets}
    return {name: (each.code, each.config, each.io) for name, each in found.items()}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_what_an_import_finds_changed_is_found_by_texts(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in theme.env.items():
        monkeypatch.setenv(name, value)
    project = theme.write(tmp_path.resolve() / "repo")
    start_repository(project.root)
    before = digest(declare(project.root))
    for row in choose_rows(theme):
        row.edit(project)
        manifest = declare(project.root)
        after = digest(manifest)
        found = find_touched(
            "HEAD",
            root=project.root,
            records=(*manifest.assets, *manifest.checks),
            sources=manifest.sources,
            code=manifest.code,
            reads=Reads(),
        )
        differing = {name for name in after if before.get(name) != after[name]}
        assert differing <= set(map(str, found.records)), row.name
        if theme is LAYOUT and not differing:
            assert not found.records, row.name
        git(project.root, "reset", "-q", "--hard")
        git(project.root, "clean", "-fdq")
        shutil.rmtree(project.root / ".assetmake", ignore_errors=True)
    uninstall()
