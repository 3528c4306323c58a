"""Reads: what a project's own code looks at while it is imported - not to import it, but to make values of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from types import FrameType
from typing import Any

from assetmake.discovery.recall.doers import Doer

_ASKING = ("pathlib.py", "genericpath.py", "posixpath.py", "glob.py", "os.py")
"""Python's own modules between who asks what is at a path and the system."""
_TELLING = frozenset({"stat", "lstat", "getsize", "getmtime", "getctime", "getatime", "told"})
"""What tells more than which kind of thing is there."""
_OWN = os.path.join(str(PurePath(__file__).parents[2]), "")
_LINES, _SHOWING, _FEW = "linecache.py", frozenset({"warnings.py", "traceback.py"}), 12
_LISTING = "pkgutil.py"
_DISTRIBUTIONS = os.path.join("importlib", "metadata", "")


@dataclass(frozen=True, slots=True)
class Reads:
    """What values of modules may be made of, by absolute path.

    Attributes:
        opened: Files that were opened, or of which stat was asked for size and time.
        listed: Folders.
        looked_at: Paths of which only was asked what kind of thing is there, if any.
    """

    opened: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    looked_at: frozenset[str] = frozenset()


class ReadsNoted:
    """Takes down what is looked at, for whom."""

    def __init__(self) -> None:
        self._opened: set[str] = set()
        self._by_libraries: set[str] = set()
        self._listed: set[str] = set()
        self._looked_at: set[str] = set()
        self._is_known = True

    def note_open(self, path: str, doer: Doer, frame: FrameType) -> None:
        """Note that a file is opened; a line of code that a warning or a traceback shows is no value."""
        if doer is Doer.PROJECT and not _shows_a_line(frame):
            self._opened.add(path)
        elif doer is Doer.LIBRARY:  # our loader of modules is one
            self._by_libraries.add(path)

    def note_outside(self, doer: Doer) -> None:
        """Note that a process is started."""
        if doer is Doer.PROJECT:
            self._is_known = False

    def note_listing(self, folder: str, doer: Doer, frame: FrameType) -> None:
        """Note a listing; ours, to find the modules of a package, shows in the modules."""
        is_of_values = doer in {Doer.PROJECT, Doer.LIBRARY} and _DISTRIBUTIONS not in frame.f_code.co_filename
        if is_of_values and not _lists_modules(frame):
            self._listed.add(folder)

    def note_look(self, path: str, doer: Doer, frame: FrameType) -> None:
        if doer is Doer.PROJECT and not _shows_a_line(frame):
            (self._opened if _asks_for_more(frame) else self._looked_at).add(path)

    def to_reads(self, modules: Collection[str]) -> Reads | None:
        """Return what was noted; None where there may be more of it.

        Args:
            modules: The files that were imported.
        """
        if not self._is_known:
            return None
        opened = self._opened | (self._by_libraries - set(modules))
        return Reads(frozenset(opened), frozenset(self._listed), frozenset(self._looked_at))


def _shows_a_line(frame: FrameType) -> bool:
    opening = [os.path.basename(file) for file in _list_files(frame)]
    return _LINES in opening and not _SHOWING.isdisjoint(opening)


def _list_files(frame: FrameType) -> Iterator[str]:
    """Yield the files of the first frames, as many as opening a file for a line takes."""
    asking: FrameType | None = frame
    for _ in range(_FEW):
        if asking is not None:
            yield asking.f_code.co_filename
            asking = asking.f_back


def _lists_modules(frame: FrameType) -> bool:
    asking: FrameType | None = frame
    while asking is not None and os.path.basename(asking.f_code.co_filename) == _LISTING:
        asking = asking.f_back
    return asking is not frame and asking is not None and asking.f_code.co_filename.startswith(_OWN)


def is_reading(mode: Any, flags: Any) -> bool:
    """Tell whether a file that is opened so can be read."""
    if isinstance(mode, str) and mode:
        return "r" in mode or "+" in mode
    return isinstance(flags, int) and flags & os.O_ACCMODE != os.O_WRONLY


def is_writing(mode: Any, flags: Any) -> bool:
    """Tell whether a file that is opened so can be written."""
    if isinstance(mode, str) and mode:
        return not {"w", "a", "x", "+"}.isdisjoint(mode)
    return isinstance(flags, int) and flags & os.O_ACCMODE != os.O_RDONLY


def _asks_for_more(frame: FrameType) -> bool:
    """Tell whether more is asked than what kind of thing is at a path: `Path.stat` is, `Path.exists` is not."""
    names: set[str] = set()
    asking: FrameType | None = frame
    while asking is not None and (asking is frame or _is_between(asking.f_code.co_filename)):
        names.add(asking.f_code.co_name)
        asking = asking.f_back
    return names <= _TELLING


def _is_between(file: str) -> bool:
    return os.path.basename(file) in _ASKING or os.path.basename(os.path.dirname(file)) == "pathlib"
