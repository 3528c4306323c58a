"""Our own code, as far as a cache depends on it: another version may read the same project otherwise."""

from __future__ import annotations

import os
from functools import cache

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@cache
def list_own_paths() -> tuple[str, ...]:
    """Return the paths whose stat tells that our code was replaced.

    Of an installed package these are its folders, as installers replace files; else, where people edit, its files.
    """
    is_installed = bool({"site-packages", "dist-packages"} & set(_PACKAGE.split(os.sep)))
    found: list[str] = []
    for folder, folders, files in os.walk(_PACKAGE):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        if is_installed:
            found.append(folder)
        else:  # not the folders: that of a package changes when it is first compiled
            found += [os.path.join(folder, name) for name in sorted(files) if name.endswith(".py")]
    return tuple(found)


def describe_own_code() -> str:
    """Return a text that changes when our code does."""
    lines = []
    for path in list_own_paths():
        seen = os.stat(path)
        size = 0 if os.path.isdir(path) else seen.st_size
        lines.append(f"{path} {size} {seen.st_mtime_ns}")
    return "\n".join(lines)
