"""ReadWatch: which files of the project an asset's function opens without having declared them.

Python tells an audit hook of every file that Python code opens, from whatever thread. What opens files by itself goes
unnoticed: the native readers of Arrow, Polars and DuckDB, SQLite, C extensions, child processes. So does what was
read before the function ran: by a module while it was imported, or by a cached function for an earlier node.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_MODULES = (".py", ".pyc", ".pyi", ".pyw", ".so", ".pyd", ".pth")
"""Code, which the fingerprint answers for."""
_FOREIGN = frozenset({"__pycache__", "site-packages", "dist-packages"})
_METADATA = (".egg-info", ".dist-info")
_WRITING = os.O_WRONLY | os.O_RDWR


class ReadWatch:
    """Notes what is opened for reading below a folder, while it is told to.

    Args:
        root: The project's root.
    """

    def __init__(self, root: Path) -> None:
        self._root = os.path.join(root, "")
        self._is_noting = False
        self._read: set[str] = set()
        self._made: set[str] = set()
        installed = os.path.join(sys.prefix, "")
        self._installed = installed if installed.startswith(self._root) and installed != self._root else None

    def install(self) -> None:
        """Have this process tell the watch of every file that it opens; there is no way back."""
        sys.addaudithook(self.hear)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take note of an audit event."""
        if not self._is_noting or event != "open":
            return
        with suppress(Exception):  # an error here would be raised in the user's open()
            self._note(*arguments)

    @contextmanager
    def noting(self, *, also: bool = False) -> Iterator[None]:
        """Note what is opened in the block, and forget what was noted before; `also` keeps that."""
        if not also:
            self._read, self._made = set(), set()
        self._is_noting = True
        try:
            yield
        finally:
            self._is_noting = False

    @contextmanager
    def pausing(self) -> Iterator[None]:
        """Note nothing in the block: what an IO manager opens to load a value is no read of the function's."""
        was_noting, self._is_noting = self._is_noting, False
        try:
            yield
        finally:
            self._is_noting = was_noting

    def list_undeclared(self, declared: Collection[str], inputs: Iterable[Path]) -> tuple[str, ...]:
        """Return the data files that were read and not declared, relative to the root, sorted.

        Args:
            declared: Patterns, as `Declarations` writes them.
            inputs: The files that the node's parameters were loaded from.
        """
        there = [name for name in self._list_names() if os.path.isfile(self._root + name)]
        if not there:
            return ()
        known = re.compile("|".join(declared)) if declared else None
        given = {os.path.realpath(path) for path in inputs}
        return tuple(sorted(name for name in there if not self._is_known(name, known, given)))

    def _note(self, opened: Any, mode: str | None, flags: int) -> None:
        if isinstance(opened, int):
            return
        path = os.path.abspath(os.fsdecode(opened))
        if not path.startswith(self._root):
            return
        if _creates(path, mode, flags):
            self._made.add(path)
        elif path not in self._made and not _writes(mode, flags):
            self._read.add(path)

    def _list_names(self) -> list[str]:
        paths = [path for path in self._read if self._installed is None or not path.startswith(self._installed)]
        return [name for path in paths if _is_data(name := path.removeprefix(self._root))]

    def _is_known(self, name: str, known: re.Pattern[str] | None, given: Collection[str]) -> bool:
        """Tell whether a file was declared, by its own name or, of a symbolic link, by that of its target."""
        real = os.path.realpath(self._root + name)
        if real in given:
            return True
        return known is not None and any(map(known.fullmatch, (name, real.removeprefix(self._root))))


def _creates(path: str, mode: str | None, flags: int) -> bool:
    """Tell whether all that a file will hold comes from who opens it: to read it again is to read nothing new."""
    if mode is None:
        cut, new = bool(flags & os.O_TRUNC), bool(flags & os.O_EXCL)
    else:
        cut, new = "w" in mode, "x" in mode
    return cut or (new and not os.path.lexists(path))


def _writes(mode: str | None, flags: int) -> bool:
    return bool(flags & _WRITING) if mode is None else any(letter in mode for letter in "wax+")


def _is_data(name: str) -> bool:
    parts = name.split(os.sep)
    if name.endswith(_MODULES) or not _FOREIGN.isdisjoint(parts):
        return False
    return not any(part.startswith(".") or part.endswith(_METADATA) for part in parts)
