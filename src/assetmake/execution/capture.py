"""Capture: what a node prints goes to one file per worker, and from there to the node's log if there was anything."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TextIO

from assetmake.execution.masking import NO_MASK, Mask

_HEAD_BYTES = 5_000_000
_TAIL_BYTES = 1_000_000


class Capture(Protocol):
    """Keeps what is printed between `begin` and `end`."""

    def begin(self) -> None:
        """Start with nothing."""

    def hide(self, names: Iterable[str]) -> None:
        """Note environment variables whose values nobody may read, also where this process dies and others look."""

    def write(self, text: str) -> None:
        """Add something of our own, such as a traceback."""

    def end(self, log: str, *, keep: bool, mask: Mask = NO_MASK, also: bool = False) -> bool:
        """Put what was printed into `log`; tell whether there is a log, which `keep` asks for in any case.

        `also` says that it goes behind what the log has.
        """


class PassThrough:
    """Captures nothing: for builds inside a caller's own process, whose output is the caller's."""

    def begin(self) -> None:
        return

    def hide(self, names: Iterable[str]) -> None:  # noqa: ARG002 - the protocol's
        return

    def write(self, text: str) -> None:  # noqa: ARG002 - the protocol's
        return

    def end(self, log: str, *, keep: bool, mask: Mask = NO_MASK, also: bool = False) -> bool:  # noqa: ARG002 - the protocol's
        return False


class FileCapture:
    """Takes over stdout and stderr of the whole process, child processes included.

    One open file serves every node of the worker: a node that prints nothing costs one fstat.

    Args:
        path: The worker's file; the coordinator reads it where the worker died.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._secrets: set[str] = set()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._identity = os.fstat(self._file)
        os.dup2(self._file, 1)
        os.dup2(self._file, 2)
        self._out, self._err = sys.stdout, sys.stderr = _open_stream(1), _open_stream(2)
        _log_to_stderr()

    def begin(self) -> None:
        return

    def hide(self, names: Iterable[str]) -> None:
        self._secrets.update(names)
        name_secrets(self._path).write_text("\n".join(sorted(self._secrets)), encoding="utf-8")

    def write(self, text: str) -> None:
        self._take_back()
        self._err.write(text if text.endswith("\n") else text + "\n")

    def end(self, log: str, *, keep: bool, mask: Mask = NO_MASK, also: bool = False) -> bool:
        self._take_back()
        size = os.fstat(self._file).st_size
        if not size and not keep:
            return False
        try:
            os.makedirs(os.path.dirname(log), exist_ok=True)
            with open(log, "a" if also else "w", encoding="utf-8") as file:
                file.write(mask.hide(escape_output(_read_ends(self._file, size))))
        finally:
            os.ftruncate(self._file, 0)  # else the next node's log would have it
        return True

    def _take_back(self) -> None:
        """Have the streams as they were, flushed, whatever a node put in their place or closed."""
        for ours, current in ((self._out, sys.stdout), (self._err, sys.stderr)):
            for stream in (ours,) if current is ours else (current, ours):
                with suppress(Exception):
                    stream.flush()
        for number, stream in ((1, self._out), (2, self._err)):
            if stream.closed or not self._is_captured(number):
                os.dup2(self._file, number)
        if self._out.closed or self._err.closed:
            self._out, self._err = _open_stream(1), _open_stream(2)
        sys.stdout, sys.stderr = self._out, self._err

    def _is_captured(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._identity)
        except OSError:
            return False  # closed


def name_secrets(path: Path) -> Path:
    """Return where it stands, beside a worker's file, which variables' values it may hold."""
    return path.with_name(f"{path.name}.secrets")


def share_log(log: str, others: Iterable[str]) -> None:
    """Give a log other names too: those of the nodes that were made by the same call.

    Raises:
        OSError: there is no room for them.
    """
    for other in others:
        with suppress(FileNotFoundError):
            os.unlink(other)  # of an earlier try
        os.link(log, other)


def _open_stream(descriptor: int) -> TextIO:
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def escape_output(output: bytes) -> str:
    """Return captured bytes as text; what is no UTF-8 is escaped."""
    return output.decode("utf-8", "backslashreplace")


def _read_ends(file: int, size: int) -> bytes:
    if size <= _HEAD_BYTES + _TAIL_BYTES:
        return os.pread(file, size, 0)
    left_out = f"\n... {size - _HEAD_BYTES - _TAIL_BYTES} bytes left out ...\n".encode()
    return os.pread(file, _HEAD_BYTES, 0) + left_out + os.pread(file, _TAIL_BYTES, size - _TAIL_BYTES)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("assetmake.asset")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
