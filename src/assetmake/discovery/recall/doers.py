"""Doers: for whom something is done while a project is imported, as the stack of frames tells."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from enum import Enum
from types import FrameType

IMPORTING = "<frozen importlib"
_BEGIN_OF_IMPORT = "_find_and_load"


class Doer(Enum):
    """For whom something is done."""

    PROJECT = "the project"
    LIBRARY = "a library that is being imported"
    IMPORT = "Python, to import something"
    US = "us, around the import of modules"


class Doers:
    """Tells doers apart.

    What can be told is who does something for himself: Python and libraries below an import, and we at the bottom of
    the stack on which modules are imported. All else is taken to be done for the project. A thread may be its doing
    without holding a frame of it, as in `pool.map(os.path.exists, paths)`; so may a stack of greenlets.

    Args:
        counts: Tells whether a file is the project's.
    """

    def __init__(self, counts: Callable[[str], bool]) -> None:
        self._counts = counts
        self._below: set[FrameType] = set()
        self._of_others: set[threading.Thread] = set()

    def begin(self) -> None:
        """Take the stack of the caller for the one on which modules are imported."""
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
        while frame is not None:
            self._below.add(frame)
            frame = frame.f_back

    def note_thread(self, thread: threading.Thread) -> None:
        """Note that a thread is about to be started: it does what it does for whom it is started for."""
        if self.find(sys._getframe(1))[0] is not Doer.PROJECT:  # noqa: SLF001
            self._of_others.add(thread)

    def find(self, frame: FrameType | None) -> tuple[Doer, FrameType | None]:
        """Return for whom something is done, and the frame of the project, if one is on the stack."""
        first = frame
        while frame is not None:
            if frame in self._below:  # whosever it is, it has us import the project
                return Doer.US, None
            name = frame.f_code.co_filename
            if name.startswith(IMPORTING) and frame.f_code.co_name == _BEGIN_OF_IMPORT:
                is_by_python = first is not None and first.f_code.co_filename.startswith(IMPORTING)
                return (Doer.IMPORT if is_by_python else Doer.LIBRARY), None
            if self._counts(name):
                return Doer.PROJECT, frame
            frame = frame.f_back
        return (Doer.LIBRARY if threading.current_thread() in self._of_others else Doer.PROJECT), None
