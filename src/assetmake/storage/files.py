"""What is asked of the file system: exclusive creation, fsync, identity, publishing; the one place for it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from assetmake.errors import StorageError

if TYPE_CHECKING:
    from assetmake.storage.unsynced import Unsynced

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells, without reading it, that a file is still the one that was recorded."""

    size: int
    mtime_ns: int
    inode: int


def identify(path: Path) -> Identity | None:
    """Return a regular file's identity; None where there is no such file."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Identity(found.st_size, found.st_mtime_ns, found.st_ino)


def open_exclusive(path: Path) -> BinaryIO:
    """Create a file that must not exist yet, with its folders, and open it for writing."""
    return os.fdopen(create_exclusive(path), "wb")


def create_exclusive(path: str | Path) -> int:
    """Create a file that must not exist yet, with its folders, and return its descriptor."""
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o666)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return os.open(path, flags, 0o666)


@contextmanager
def new_file(path: Path, *, unsynced: Unsynced | None = None) -> Iterator[BinaryIO]:
    """Write a new file and make it durable; nothing is left of it after any error.

    Args:
        path: The file.
        unsynced: Makes it durable later, with others.

    Raises:
        StorageError: The file system refuses, for example because it is full.
    """
    with translated_errors(path):
        stream = open_exclusive(path)
        with removed_on_error(path), stream:
            yield stream
            stream.flush()
            if unsynced is None:
                os.fsync(stream.fileno())
            else:
                unsynced.add(str(path), os.dup(stream.fileno()))


def write_file(path: Path, data: bytes, *, unsynced: Unsynced | None = None) -> None:
    """Write a new file of these bytes as `new_file` does, with as few calls as that takes."""
    with translated_errors(path):
        descriptor = create_exclusive(path)
        try:
            with removed_on_error(path):
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                if unsynced is None:
                    os.fsync(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        if unsynced is None:
            os.close(descriptor)
        else:
            unsynced.add(str(path), descriptor)


@contextmanager
def removed_on_error(path: str | Path) -> Iterator[None]:
    """Remove a file where anything goes wrong, so that a full disk is not kept full by it."""
    try:
        yield
    except BaseException:
        remove(path)
        raise


@contextmanager
def translated_errors(path: str | Path) -> Iterator[None]:
    """Turn the file system's refusals about this file into errors that speak to the user."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            hint = "free some space and build again; what was built stays"
            raise StorageError(f"no space left on device in {os.path.dirname(path)}", hint=hint) from error
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


def read_file(path: Path) -> bytes:
    """Return a file's bytes, with as few calls as that takes."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        parts = []
        while part := os.read(descriptor, size + 1):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def copy_into(source: Path, target: BinaryIO) -> None:
    """Append a file's bytes to an open one."""
    buffer = memoryview(bytearray(_BLOCK))
    with open(source, "rb", buffering=0) as stream:
        while size := stream.readinto(buffer):
            target.write(buffer[:size])


def move(source: Path, target: Path) -> bool:
    """Rename a file to a name that is free; False where that takes a copy (another device)."""
    os.makedirs(target.parent, exist_ok=True)
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno == errno.EXDEV:
            return False
        raise
    return True


def remove(path: str | Path) -> None:
    """Remove a file if it is there."""
    with suppress(FileNotFoundError):
        os.unlink(path)


def fsync_file(path: Path) -> None:
    """Make a file's content durable."""
    _fsync(path, os.O_RDONLY)


def fsync_folder(path: str | Path) -> None:
    """Make a folder's entries durable: after a rename in it."""
    _fsync(path, os.O_RDONLY | os.O_DIRECTORY)


def publish(temporary: str | Path, final: str | Path) -> None:
    """Give a finished temporary file its final name, replacing what stood there.

    Raises:
        StorageError: A folder stands at the final name, or the file system refuses.
    """
    try:
        os.replace(temporary, final)
    except IsADirectoryError as error:
        hint = "move the folder away; an asset's output is a file"
        raise StorageError(f"a folder is in the way of the output {final}", hint=hint) from error
    except OSError as error:
        raise StorageError(f"cannot publish {final}: {error.strerror or error}") from error


def _fsync(path: str | Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
