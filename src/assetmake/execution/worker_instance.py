"""What stands for the instance and the run in a worker of a build, which records nothing but dynamic keys."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assetmake.definitions.occurrences.runs import Run
from assetmake.errors import InvariantError
from assetmake.execution.work import Work

_EVERYTHING = "__ASSET_JOB"
_KEYS = "assetmake.execution.worker_keys"
"""Knows the state; loaded where a function asks for dynamic keys."""


class NoInstanceError(InvariantError, AttributeError):
    """Something of the instance is asked for that a worker of a build does not have."""


@dataclass(frozen=True, slots=True)
class WorkerInstance:
    """What `context.instance` is in a build: where IO managers may keep files, and dynamic keys. All else is refused.

    Attributes:
        root: The project's folder.
        state: The state, or its file; None where there is none.
    """

    root: Path
    state: Any = field(default=None, kw_only=True)

    def storage_directory(self) -> str:
        """Return a folder of the project's own for IO managers that are given none."""
        return str(self.root / ".assetmake" / "storage")

    def add_dynamic_partitions(self, partitions_def_name: str, partition_keys: Sequence[str]) -> None:
        """Add keys to a dynamic partitions definition, which count from the next plan on.

        Raises:
            InvocationError: they are no sequence of texts.
            DefinitionError: one cannot be a key; then none is added.
        """
        self._open_keys().add(partitions_def_name, partition_keys)

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Remove a key from a dynamic partitions definition; nothing happens where it is not there."""
        self._open_keys().remove(partitions_def_name, partition_key)

    def get_dynamic_partitions(self, partitions_def_name: str) -> list[str]:
        """Return the keys of a dynamic partitions definition, in the order in which they were added."""
        found: list[str] = self._open_keys().list_keys(partitions_def_name)
        return found

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Tell whether a dynamic partitions definition has a key."""
        return partition_key in self.get_dynamic_partitions(partitions_def_name)

    def _open_keys(self) -> Any:
        if self.state is None:
            raise NoInstanceError(
                "dynamic keys: there is no state here that could keep them",
                hint="add them from the command line: assetmake partitions add NAME KEY",
            )
        return importlib.import_module(_KEYS).WorkerKeys(self.state, self.root)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NoInstanceError(
            f"context.instance.{name}: a build has no instance, its workers record nothing by themselves",
            hint="look at what was built with `assetmake why`, or run it with materialize()",
        )


def make_run(work: Work) -> Run:
    """Return the build as contexts show it."""
    return Run(_EVERYTHING, work.run, work.run_config, tags=work.run_tags)
