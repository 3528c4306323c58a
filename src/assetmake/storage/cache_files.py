"""Cache files: what can be computed again, kept under a seal; one that is not what was written is not there."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from assetmake.storage.files import open_exclusive, remove, removed_on_error


def read_cache(path: Path, *, key: str) -> Any:
    """Return what `write_cache` kept; None where there is nothing, or it is damaged, foreign, or of another key."""
    body = read_sealed(path, key=key)
    return None if body is None else json.loads(body)


def write_cache(path: Path, content: Any, *, key: str) -> None:
    """Replace a cache file of JSON in one step; as `write_sealed`."""
    write_sealed(path, json.dumps(content, separators=(",", ":")).encode(), key=key)


def read_sealed(path: Path, *, key: str) -> bytes | None:
    """Return the bytes that `write_sealed` kept; None where there are none, or they are damaged or of another key."""
    try:
        seal, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return body if seal == _seal(body, key) else None


def write_sealed(path: Path, body: bytes, *, key: str) -> None:
    """Replace a cache file in one step; where it cannot be written, nothing is.

    Nothing is made durable: what a power cut damages has another seal.

    Args:
        path: The file.
        body: What it is to hold.
        key: Everything that the content depends on and does not name itself.
    """
    with suppress(OSError):
        for left in path.parent.glob(f".{path.name}.*.tmp"):  # by a process that was killed; or it writes again later
            remove(left)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        stream = open_exclusive(temporary)
        with removed_on_error(temporary), stream:
            stream.write(_seal(body, key) + b"\n")
            stream.write(body)
        with removed_on_error(temporary):
            os.replace(temporary, path)


def _seal(body: bytes, key: str) -> bytes:
    seal = hashlib.sha256(key.encode() + b"\n")
    seal.update(body)
    return seal.hexdigest().encode()
