"""Unsynced: files that were written and are made durable together.

An fsync by itself waits for a commit of the file system's journal, and for the disk to empty its cache. Where the data
of many files is on its way beforehand, and several fsyncs wait at the same time, they wait for the same commit and the
same emptying.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache

from assetmake.errors import StorageError
from assetmake.storage.files import remove, translated_errors

_AT_ONCE = 8
_MOST_OPEN = 64
_START_WRITING = 2
"""SYNC_FILE_RANGE_WRITE: start, and wait for nothing."""


class Unsynced:
    """Keeps files open from when they are written until they are durable. Nobody publishes them before that.

    One thread may add files while another has them made durable.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, int] = {}
        self._settled: dict[str, os.stat_result | StorageError] = {}

    def __contains__(self, path: object) -> bool:
        return path in self._files or path in self._settled

    def __len__(self) -> int:
        """Return how many files are open."""
        return len(self._files)

    def add(self, path: str, descriptor: int) -> None:
        """Take a file over from who wrote it; its descriptor is closed here.

        Where many are open, as when one call makes many partitions, they are made durable now.
        """
        with self._lock:
            self._files[path] = descriptor
            if len(self._files) >= _MOST_OPEN:
                files, self._files = self._files, {}
                self._make_durable(files)

    def settle(self, paths: Iterable[str]) -> Mapping[str, os.stat_result | StorageError]:
        """Make files durable; return what each then is, or why it is not: such a file is removed.

        Only those that are named, as far as they are here: another thread may just have added one whose outcome is
        still to come, and that asks for what becomes of it.
        """
        named = list(paths)
        with self._lock:
            self._make_durable({path: self._files.pop(path) for path in named if path in self._files})
            return {path: self._settled.pop(path) for path in named if path in self._settled}

    def _make_durable(self, files: Mapping[str, int]) -> None:
        if len(files) > 1:
            start = _find_starter()
            for descriptor in files.values():
                start(descriptor)
        left = iter(files.items())  # its next() is one step of the interpreter: each file comes to one thread

        def settle_what_is_left() -> None:
            for path, descriptor in left:
                self._settled[path] = _settle(path, descriptor)

        others = [threading.Thread(target=settle_what_is_left) for _ in range(min(len(files) // 3, _AT_ONCE - 1))]
        for thread in others:
            thread.start()
        settle_what_is_left()
        for thread in others:
            thread.join()


def _settle(path: str, descriptor: int) -> os.stat_result | StorageError:
    try:
        with translated_errors(path):
            try:
                os.fsync(descriptor)
                return os.fstat(descriptor)
            finally:
                os.close(descriptor)
    except StorageError as error:
        # A file whose fsync failed may count as clean: another fsync would tell that all is well.
        with suppress(OSError):
            remove(path)
        return error


@cache
def _find_starter() -> Callable[[int], object]:
    """Return what starts to write a file's data to the disk; does nothing where the system cannot."""
    try:
        call = ctypes.CDLL(None).sync_file_range
    except (OSError, AttributeError):
        return lambda _: None
    whole = ctypes.c_int64(0)
    return lambda descriptor: call(descriptor, whole, whole, _START_WRITING)
