"""128-bit hashes that downstream compares: of a node, by its partition and content, and of an order of nodes."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Sequence

ABSENT = b"\0absent"
"""The digest of an output that was not given, where none stood before."""


EXTERNAL = b"\0external"
"""What stands for the data of an asset that others make and that nobody looks at: it is taken to stay as it is."""


def hash_version(part: int, version: str) -> int:
    """Return the number that downstream compares of an asset that others make, of which a version was seen."""
    return hash_node(part, b"\0observed" + version.encode("utf-8", "surrogatepass"))


def hash_node(part: int, digest: bytes) -> int:
    """Return the number that downstream compares.

    The partition is part of it, so that no two nodes of an asset share a number and the XOR of many is a digest of
    the set.
    """
    mixed = hashlib.sha256(part.to_bytes(8, "big", signed=True) + digest).digest()
    return int.from_bytes(mixed[:16], "big")


def hash_order(parts: Sequence[int]) -> int:
    """Return a number that is another one where the same partitions stand in another order."""
    numbers = array("q", parts)
    if sys.byteorder == "big":
        numbers.byteswap()
    return int.from_bytes(hashlib.sha256(numbers.tobytes()).digest()[:16], "big")
