"""Dynamic keys as the functions of a build find them: in the state, at once; the build itself goes on with its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assetmake import clock
from assetmake.definitions.dynamic_partitions import DynamicPartitionsDefinition
from assetmake.errors import InvocationError
from assetmake.storage.dynamic_keys import add_dynamic_keys, read_dynamic_keys, remove_dynamic_keys
from assetmake.storage.standing import ANSWERS_FOLDER
from assetmake.storage.state import State, StateFile


class WorkerKeys:
    """Reads and changes dynamic keys, each time in a short transaction, as `assetmake partitions` does.

    Args:
        state: The state, or the file of it.
        root: The project's folder.
    """

    def __init__(self, state: State | Path, root: Path) -> None:
        self._state = StateFile(state, answers=root / ANSWERS_FOLDER) if isinstance(state, Path) else state

    def add(self, name: str, keys: Sequence[str]) -> None:
        """Add keys; those that are there stay where they are.

        Raises:
            InvocationError: they are no sequence of texts.
            DefinitionError: one cannot be a key; then none is added.
        """
        if isinstance(keys, str) or not all(isinstance(key, str) for key in keys):
            raise InvocationError(
                f"partition_keys must be a sequence of strings, got {keys!r}", hint="write ['2026-01-05']"
            )
        with self._state.writing() as db:
            there = read_dynamic_keys(db, [name])[name]
            every = list(dict.fromkeys([*there, *keys]))
            DynamicPartitionsDefinition(name=name).resolve(every).parts()
            add_dynamic_keys(db, name, every[len(there) :], now=clock.now())

    def remove(self, name: str, key: str) -> None:
        """Remove a key; nothing happens where it is not there."""
        with self._state.writing() as db:
            if key in read_dynamic_keys(db, [name])[name]:
                remove_dynamic_keys(db, name, [key])

    def list_keys(self, name: str) -> list[str]:
        """Return the keys, in the order in which they were added."""
        with self._state.reading() as db:
            return read_dynamic_keys(db, [name])[name]
