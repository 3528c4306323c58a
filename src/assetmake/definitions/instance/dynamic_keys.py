"""DynamicKeys: the keys of dynamic partitions definitions, by the name of the definition."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from assetmake.errors import InvocationError


class DynamicKeys:
    """Keys in the order in which they were added."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._keys: dict[str, dict[str, None]] = {}

    def add(self, name: str, keys: Sequence[str]) -> None:
        """Add keys; those that are there stay where they are.

        Raises:
            InvocationError: They are no sequence of texts.
        """
        if isinstance(keys, str) or not all(isinstance(key, str) for key in keys):
            raise InvocationError(
                f"partition_keys must be a sequence of strings, got {keys!r}", hint="write ['2026-01-05']"
            )
        with self._lock:
            self._keys.setdefault(name, {}).update(dict.fromkeys(keys))

    def remove(self, name: str, key: str) -> None:
        """Remove a key; nothing happens where it is not there."""
        with self._lock:
            self._keys.get(name, {}).pop(key, None)

    def has(self, name: str, key: str) -> bool:
        return key in self._keys.get(name, ())

    def list_keys(self, name: str) -> list[str]:
        with self._lock:
            return list(self._keys.get(name, ()))
