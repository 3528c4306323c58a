"""The example with one month built, once for all tests of a run: whoever comes first builds it, all get copies.

It is as the first block of docs/staleness.md leaves it, which is followed for that, and so is proved once, too. The
state's paths are relative, and copies have the times of what they are copies of: the copy of a built project is built.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from fresh import FRAMES, start_fresh
from pages import ROOT, Reader, read_blocks
from sharing import shared

PAGE = ROOT / "docs" / "staleness.md"
FIRST = next(block for block in read_blocks(PAGE) if block.language == "console")
"""What is followed: it builds all of February that the months' assets need, and leaves out reports and plots."""


def copy_sources(folder: Path) -> None:
    """Put what the example is made of into a folder, as it is in the checkout."""
    shutil.copy(ROOT / "assets.toml", folder)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=ignored, dirs_exist_ok=True)


def copy_built(folder: Path, factory: pytest.TempPathFactory) -> None:
    """Make a folder the example with February built, and without reports and plots."""
    with shared("built-example", factory) as place:
        if not (place / "built").exists():
            reader = Reader(Path(tempfile.mkdtemp(dir=place)), start_fresh(*FRAMES))
            copy_sources(reader.home)
            reader.follow(FIRST)
            reader.home.rename(place / "built")
    shutil.copytree(place / "built", folder, dirs_exist_ok=True)
