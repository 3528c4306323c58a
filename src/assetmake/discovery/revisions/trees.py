"""Trees: the Python files of a project as they are or were in a commit, and which of them a module's name means."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence, Set
from importlib.util import decode_source

from assetmake.discovery.code.outline import Outline
from assetmake.discovery.code.outline_cache import OutlineCache

_PACKAGE = "__init__.py"


class Tree:
    """The Python files of one time.

    Args:
        files: The paths of those that are there, absolute.
        read: Returns what one holds; None where that cannot be told.
        folders: From which modules are imported, absolute, the first one first.
        outlines: Reads texts.
    """

    def __init__(
        self,
        files: Set[str],
        read: Callable[[str], bytes | None],
        folders: Sequence[str],
        outlines: OutlineCache,
    ) -> None:
        self.files = files
        self._read = read
        self._folders = folders
        self._cache = outlines
        self._outlines: dict[str, Outline | None] = {}
        self._modules: dict[tuple[str, str], str | None] = {}
        self._spaces = {folder for file in files for folder in _list_above(file)}

    def outline(self, path: str) -> Outline | None:
        """Return what a file defines; None where it is not there or no text."""
        if path not in self._outlines:
            content = self._read(path) if path in self.files else None
            self._outlines[path] = None if content is None else self._open(content)
        return self._outlines[path]

    def find_module(self, name: str, *, seen_from: str) -> str | None:
        """Return the file of a module as a file's import names it; a folder where it is one without `__init__.py`."""
        relative = len(name) - len(name.lstrip("."))
        key = (name, os.path.dirname(seen_from) if relative else "")
        if key not in self._modules:
            self._modules[key] = self._find_relative(name, relative, seen_from) if relative else self._find(name)
        return self._modules[key]

    def find_inside(self, place: str, name: str) -> str | None:
        """Return the file of a module of a package, which is a file or a folder as `find_module` returns it."""
        if place.endswith(".py"):
            if os.path.basename(place) != _PACKAGE:
                return None
            place = os.path.dirname(place)
        return self._locate(f"{place}/{name}")

    def _find_relative(self, name: str, level: int, seen_from: str) -> str | None:
        folder = seen_from
        for _ in range(level):
            folder = os.path.dirname(folder)
        rest = name[level:].replace(".", "/")
        return self._locate(f"{folder}/{rest}" if rest else folder)

    def _find(self, name: str) -> str | None:
        parts = name.split(".")
        for folder in self._folders:
            top = f"{folder}/{parts[0]}"
            if f"{top}/{_PACKAGE}" in self.files or f"{top}.py" in self.files:
                return self._locate(f"{folder}/{'/'.join(parts)}")
        found = (self._locate(f"{folder}/{'/'.join(parts)}") for folder in self._folders)
        return next((each for each in found if each is not None), None)

    def _locate(self, stem: str) -> str | None:
        for file in (f"{stem}/{_PACKAGE}", f"{stem}.py"):
            if file in self.files:
                return file
        return stem if stem in self._spaces else None

    def _open(self, content: bytes) -> Outline | None:
        try:
            return self._cache.open(decode_source(content))
        except (SyntaxError, UnicodeDecodeError):
            return None


def read_disk(path: str) -> bytes | None:
    """Return what a file holds now."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return None


def _list_above(file: str) -> Sequence[str]:
    above: list[str] = []
    folder = os.path.dirname(file)
    while folder and folder != os.path.dirname(folder):
        above.append(folder)
        folder = os.path.dirname(folder)
    return above
