"""The commit that a folder is at, read from git's files: to start git would cost a build more than most assets."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LINKS = 5
"""A symbolic reference may name another one."""


def read_head(folder: Path) -> str | None:
    """Return the commit that is checked out in a folder or around it; None where there is none, or git keeps its
    references in a way that is not read here.
    """
    try:
        for place in (folder, *folder.resolve().parents):
            own = _find_git(place / ".git")
            if own is not None:
                return _read_reference(own, _find_common(own), "HEAD")
    except (OSError, UnicodeDecodeError):
        return None
    return None


def _find_git(path: Path) -> Path | None:
    """Return git's folder: what `.git` is, or, in a worktree or a submodule, what it names."""
    if path.is_dir():
        return path
    if not path.is_file():
        return None
    found = _read(path)
    return path.parent / found.removeprefix("gitdir:").strip() if found.startswith("gitdir:") else None


def _find_common(own: Path) -> Path:
    """Return the folder that worktrees share."""
    with suppress(FileNotFoundError):
        return own / _read(own / "commondir")
    return own


def _read_reference(own: Path, common: Path, name: str) -> str | None:
    for _ in range(_LINKS):
        text = _read_loose(own, common, name) or _read_packed(common, name)
        if text is None or not text.startswith("ref:"):
            return text if text is not None and _COMMIT.fullmatch(text) else None
        name = text.removeprefix("ref:").strip()
    return None


def _read_loose(own: Path, common: Path, name: str) -> str | None:
    for folder in (own, common):
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return _read(folder / name)
    return None


def _read_packed(common: Path, name: str) -> str | None:
    with suppress(FileNotFoundError), (common / "packed-refs").open(encoding="utf-8") as lines:
        for line in lines:
            commit, _, reference = line.strip().partition(" ")
            if reference == name:
                return commit
    return None


def _read(path: Path) -> str:
    """Read with `open`: users' tests put functions of their own in the place of a path's methods."""
    with open(path, encoding="utf-8") as file:
        return file.read().strip()
