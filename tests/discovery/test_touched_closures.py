"""What functions can rest on, one construct a case: an edit that counts touches the asset, read by texts alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from closure_cases import CASES, Case

from assetmake.discovery.manifest import Manifest
from assetmake.discovery.recall.reads import Reads
from assetmake.discovery.revisions.touched import find_touched
from repository import git, start_repository
from thoroughness import times

EVERY = max(1, 40 // times(10))
CHOSEN = [pytest.param(case, id=name) for number, (name, case) in enumerate(CASES.items()) if number % EVERY == 0]


@pytest.mark.parametrize("case", CHOSEN)
def test_an_edit_that_counts_touches(case: Case, root: Path, discover: Callable[[], Manifest]) -> None:
    for name, text in case.files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    start_repository(root)
    for old, new in case.counts:
        files = [root / name for name, text in case.files.items() if old in text]
        for file in files:
            file.write_text(file.read_text().replace(old, new))
        manifest = discover()
        found = find_touched("HEAD", root=root, records=manifest.assets, sources=(), code=manifest.code, reads=Reads())
        assert len(found.records) == 1, f"{old} -> {new}"
        git(root, "checkout", "-q", ".")
