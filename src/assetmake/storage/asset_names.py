"""The names of a project's assets, jobs and sets of partitions as they were when it was last imported, for suggestions.

They are read without asking whether they still hold, so nothing may be decided by them. Like `standing`, this loads
nothing but Python's own basics.
"""

from __future__ import annotations

import os
import zlib

TYPE_CHECKING = False  # `typing` takes longer to load than all of this
if TYPE_CHECKING:
    from collections.abc import Iterable

ASSETS, JOBS, SETS, AUTOMATIONS = "names", "names-of-jobs", "names-of-partitions", "names-of-automations"
CHECKS, TERMS, KEYS = "names-of-checks", "names-of-terms", "names-of-keys"
"""The kinds of names, each with a file of its own.

Terms are methods of a selection with their values: `group:raw`; keys stand behind their asset: `sales@north`.
"""
_FOLDER = ".assetmake/cache"
_SEAL_BYTES = 4


def read_names(root: str, *, env: str | None, kind: str = ASSETS) -> list[str] | None:
    """Return what `write_names` kept, in order; None where there is nothing, or it is damaged.

    Args:
        root: The project's folder.
        env: The overlay of assets.toml that is chosen.
        kind: Of what.
    """
    try:
        with open(_place(root, env, kind), "rb") as stream:
            content = stream.read()
    except OSError:
        return None
    seal, body = content[:_SEAL_BYTES], content[_SEAL_BYTES:]
    if seal != _seal(body):
        return None
    return body.decode("utf-8", "surrogateescape").split("\n") if body else []


def write_names(root: str, names: Iterable[str], *, env: str | None, kind: str = ASSETS) -> None:
    """Keep names of a project; where they cannot be written, nothing is.

    Args:
        root: The project's folder.
        names: In any order.
        env: The overlay of assets.toml that is chosen.
        kind: Of what.
    """
    place = _place(root, env, kind)
    beside = f"{os.path.dirname(place)}/.{os.path.basename(place)}.tmp"  # what a killed process left is written over
    body = "\n".join(sorted(names)).encode("utf-8", "surrogateescape")
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(beside, "wb") as stream:
            stream.write(_seal(body) + body)
        os.replace(beside, place)
    except OSError:
        return


def _place(root: str, env: str | None, kind: str) -> str:
    """Return where the names are: overlays may name other modules."""
    suffix = f"-{zlib.crc32(env.encode('utf-8', 'surrogateescape')):08x}" if env else ""
    return f"{root}/{_FOLDER}/{kind}{suffix}"


def _seal(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(_SEAL_BYTES, "big")
