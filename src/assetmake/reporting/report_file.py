"""ReportFile: a file for other programs, which holds all of a report or none of it."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import sys
from contextlib import suppress
from pathlib import Path

from assetmake.errors import StorageError, UsageError

_NAMED = {"-": 1, "/dev/stdout": 1, "/dev/stderr": 2}
_NUMBERED = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,6})", re.ASCII)


class ReportFile:
    """A file that is replaced as a whole; what is no regular file, as a pipe, is written to at the end.

    What is open already, as standard output, is not opened anew, which would begin where it begins and not where others
    have come to in it.

    Args:
        path: Where it is to stand; "-" is standard output.
        option: What it was asked for with, for messages.

    Attributes:
        is_regular: It can be replaced.
    """

    def __init__(self, path: Path, option: str) -> None:
        self._given = path
        self._option = option
        self._number = _find_descriptor(path)
        place = path if self._number is None else Path(f"/dev/fd/{self._number}")
        is_stream = place.is_absolute() and place.parts[1:2] in {("dev",), ("proc",)}  # also one that leads to a file
        self.is_regular = not is_stream and (not place.exists() or place.is_file())
        self.path = Path(os.path.realpath(place)) if self.is_regular else place

    def open(self, text: str) -> None:
        """Write what the file holds until the report is there: who is killed leaves no other.

        Raises:
            UsageError: it cannot be written.
        """
        try:
            if self.is_regular:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._replace(text)
            elif self._number is not None:
                _refuse_unwritable(self._number)
            elif self.path.is_dir() or not os.access(self.path, os.W_OK):
                self.path.open("a").close()
        except OSError as error:
            raise UsageError(
                f"{self._option} {self._given} cannot be written: {error.strerror}",
                hint="name a file in a folder that can be written to; folders that are missing are made",
            ) from error

    def write(self, text: str) -> None:
        """Write the report.

        Raises:
            StorageError: it cannot be written.
        """
        try:
            if self.is_regular:
                self._replace(text)
            else:
                append(self.path, text)
        except BrokenPipeError:
            return  # nobody reads it
        except OSError as error:
            raise StorageError(f"{self._option} {self._given} cannot be written: {error.strerror}") from error

    def _replace(self, text: str) -> None:
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            beside.write_text(text, "utf-8", "backslashreplace")
            os.replace(beside, self.path)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise


def append(path: Path, text: str) -> None:
    """Write a text behind what a file has; "-" is standard output.

    Raises:
        OSError: it cannot be written.
    """
    number = _find_descriptor(path)
    if number is None:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
        return
    for printed in (sys.stdout, sys.stderr):  # what they still hold comes before
        printed.flush()
    with open(number, "w", encoding="utf-8", errors="backslashreplace", closefd=False) as stream:
        stream.write(text)


def _find_descriptor(path: Path) -> int | None:
    """Return the number of what is open already in this process, if that is what a path names."""
    found = _NUMBERED.fullmatch(str(path))
    return int(found[1]) if found else _NAMED.get(str(path))


def _refuse_unwritable(number: int) -> None:
    """Raise an OSError where a descriptor is not open for writing."""
    if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, "it is open for reading only")
