"""ReportFile: a file for other programs, which holds all of a report or none of it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from assetmake.errors import StorageError, UsageError


class ReportFile:
    """A file that is replaced as a whole; what is no regular file, as a pipe, is written to at the end.

    Args:
        path: Where it is to stand; "-" is standard output.
        option: What it was asked for with, for messages.
    """

    def __init__(self, path: Path, option: str) -> None:
        self._given = path
        self._option = option
        place = Path("/dev/stdout") if str(path) == "-" else path
        is_stream = place.is_absolute() and place.parts[1:2] in {("dev",), ("proc",)}  # also one that leads to a file
        self._is_regular = not is_stream and (not place.exists() or place.is_file())
        self.path = Path(os.path.realpath(place)) if self._is_regular else place

    def open(self, text: str) -> None:
        """Write what the file holds until the report is there: who is killed leaves no other.

        Raises:
            UsageError: it cannot be written.
        """
        try:
            if self._is_regular:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._replace(text)
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
            if self._is_regular:
                self._replace(text)
            else:
                with self.path.open("a", encoding="utf-8", errors="backslashreplace") as stream:
                    stream.write(text)
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
