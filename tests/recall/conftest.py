from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from remembered import HOUR, LATER_CHILD, Remembered

from assetmake import clock
from assetmake.discovery.recall import discover

Make = Callable[[Path], Remembered]


@pytest.fixture(scope="session")
def make_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Return a function that makes an empty project, for which it is an hour later, here and in its processes."""
    library = tmp_path_factory.mktemp("later") / "site-packages"  # so it is none of the project's modules
    library.mkdir()
    (library / "later_child.py").write_text(LATER_CHILD.format(hour=HOUR))
    (library / "earlier_child.py").write_text(LATER_CHILD.format(hour=-HOUR // 360))
    read = clock.now_ns
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discover, "_CHILD", "later_child")
        patch.setattr(clock, "now_ns", lambda: read() + HOUR)
        patch.delenv("ASSETMAKE_ENV", raising=False)
        path = os.environ.get("PYTHONPATH", "")

        def make(folder: Path) -> Remembered:
            made = Remembered(folder / "project", folder / "outside", folder / "imports.log")
            made.root.mkdir()
            made.outside.mkdir()
            made.write("assets.toml", "")
            patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(made.outside), str(library), path])))
            return made

        yield make


@pytest.fixture
def project(make_project: Make, tmp_path: Path) -> Remembered:
    return make_project(tmp_path.resolve())
