"""The files of a project: where its root is, and which of them count."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assetmake.errors import UsageError

_NOT_OURS = {"__pycache__", "node_modules", "site-packages"}
_OF_PROJECTS = ("pyproject.toml", "setup.py", "workspace.yaml", "dagster.yaml", "dg.toml")
_BUILT = {"build", "dist"}


@dataclass(frozen=True, slots=True)
class Tree:
    """What is looked at.

    Args:
        root: The folder that becomes a project, in which assets.toml is written.
        part: What of it is converted, relative to the root: "." for all, a package, or a file.
    """

    root: Path
    part: Path

    @property
    def name(self) -> str:
        return (self.root / self.part).resolve().name.removesuffix(".py") or "project"

    @property
    def folder_beside(self) -> Path:
        """Where a copy goes, if nothing else is said."""
        folder = self.root
        if self.part == Path():
            folder = self.root.parent if self.root.name not in {"", ".."} else self.root.resolve().parent
        return folder / f"{self.name}-assetmake"


def find_tree(path: Path) -> Tree:
    """Return the project at a path: the folder itself, what is above a package, the folder of a file.

    Raises:
        UsageError: there is nothing like it.
    """
    if not path.exists():
        raise UsageError(f"there is no {path}", hint="name the folder, the package or the .py file of the project")
    if path.is_file():
        if path.suffix != ".py":
            raise UsageError(f"{path} is no .py file", hint="name the project's folder")
        return Tree(path.parent, Path(path.name))
    here = path.resolve()
    if (path / "__init__.py").is_file() and not any((path / name).is_file() for name in _OF_PROJECTS):
        return Tree(here.parent if path.name in {"", ".", ".."} else path.parent, Path(here.name))
    return Tree(path, Path())


def list_files(tree: Tree) -> Iterator[Path]:
    """Yield every file of the project, relative to its root, in order; links are not followed."""
    start = tree.root / tree.part
    if start.is_file():
        yield tree.part
        return
    for folder, folders, files in os.walk(start):
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in links and not _is_left_out(here / name))
        for name in sorted([*files, *links]):
            yield (here / name).relative_to(tree.root)


def _is_left_out(folder: Path) -> bool:
    """Tell whether a folder is an environment, a cache or a repository's own, and no part of the project."""
    if folder.name.startswith(".") or folder.name in _NOT_OURS or (folder / "pyvenv.cfg").exists():
        return True
    return folder.name in _BUILT and not (folder / "__init__.py").exists()
