"""The data hash of a node: its partition and its content in one 128-bit number."""

from __future__ import annotations

import hashlib


def hash_node(part: int, digest: bytes) -> int:
    """Return the number that downstream compares.

    The partition is part of it, so that no two nodes of an asset share a number and the XOR of many is a digest of
    the set.
    """
    mixed = hashlib.sha256(part.to_bytes(8, "big", signed=True) + digest).digest()
    return int.from_bytes(mixed[:16], "big")
