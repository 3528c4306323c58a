"""The key that values of environment variables are hashed with: made once for a project, and kept with its state."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from assetmake.errors import StateError
from assetmake.storage.files import fsync_folder, removed_on_error, translated_errors
from assetmake.storage.locks import hold_lock

ENV_KEY_NAME = "env.key"
_BYTES = 32


def keep_env_key(folder: Path) -> bytes:
    """Return the key in a folder, making one where there is none.

    Processes that ask at the same time get the same key.

    Args:
        folder: The project's `.assetmake`.

    Raises:
        StateError: the file cannot be read, or holds no key.
        StorageError: a key cannot be written here.
    """
    path = folder / ENV_KEY_NAME
    lock = folder / f".{ENV_KEY_NAME}.lock"
    key = _read(path)
    if key is not None:
        return key
    with hold_lock(lock):
        key = _read(path)
        if key is None:
            key = secrets.token_bytes(_BYTES)
            _write(path, key)
        lock.unlink(missing_ok=True)
    return key


def _read(path: Path) -> bytes | None:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _explain(path, f"cannot be read: {error.strerror}") from None
    if len(key) != _BYTES:
        raise _explain(path, f"is damaged: it has {len(key)} bytes, and a key has {_BYTES}")
    return key


def _write(path: Path, key: bytes) -> None:
    """Make the file beside and rename it: nobody ever reads half a key."""
    beside = path.with_name(f".{path.name}.new")
    with translated_errors(path):
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with removed_on_error(beside):
            with open(descriptor, "wb") as stream:
                stream.write(key)
                stream.flush()
                os.fsync(descriptor)
            os.rename(beside, path)
            fsync_folder(path.parent)


def _explain(path: Path, what: str) -> StateError:
    hint = "delete it: a new one is made, and assets with env_vars are stale once"
    return StateError(f"the key for hashes of environment variables, {path}, {what}", hint=hint)
