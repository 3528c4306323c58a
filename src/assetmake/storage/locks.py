"""Advisory locks on files: shared or exclusive, gone with the process that held them."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assetmake.errors import LockTimeout, StorageError

_POLL_SECONDS = 0.01


@contextmanager
def hold_lock(path: Path, *, shared: bool = False, timeout: float = 600.0) -> Iterator[None]:
    """Hold an flock on `path` while the block runs; the file is made where it is missing.

    Args:
        path: The lock file; it holds nothing.
        shared: Let other shared holders in.
        timeout: Seconds to wait.

    Raises:
        LockTimeout: the lock was not to be had in time.
        StorageError: the file cannot be made here.
    """
    descriptor = _acquire(path, shared=shared, deadline=time.monotonic() + timeout)
    try:
        yield
    finally:
        os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """Take an exclusive flock and return its descriptor, or None where somebody else holds it."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_held(path: Path) -> bool:
    """Tell whether a living process holds the lock; a missing file is held by nobody."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in {errno.EWOULDBLOCK, errno.EACCES}
    finally:
        os.close(descriptor)
    return False


def _acquire(path: Path, *, shared: bool, deadline: float) -> int:
    mode = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
    while True:
        descriptor = _open(path)
        try:
            fcntl.flock(descriptor, mode)
        except OSError:
            os.close(descriptor)
        else:
            if _is_current(descriptor, path):
                return descriptor
            os.close(descriptor)  # somebody removed the file between our open and our lock
            continue
        if time.monotonic() > deadline:
            raise LockTimeout(
                f"the lock {path} was not to be had in time",
                hint="another assetmake command is writing; try again, or raise lock_timeout under [build] in assets.toml",
            )
        time.sleep(_POLL_SECONDS)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _open(path)
    except OSError as error:
        raise StorageError(f"cannot open the lock file {path}: {error.strerror}") from None


def _is_current(descriptor: int, path: Path) -> bool:
    try:
        return os.fstat(descriptor).st_ino == os.stat(path).st_ino
    except FileNotFoundError:
        return False
