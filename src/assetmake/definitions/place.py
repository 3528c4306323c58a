"""Place: the file and line of a definition, for messages."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written: an absolute file name and a line from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def find_caller() -> Place:
    """Return the place of the nearest frame outside this package."""
    frame = sys._getframe(1)  # noqa: SLF001
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("assetmake."):
        frame = frame.f_back
    return Place(frame.f_code.co_filename, frame.f_lineno)
