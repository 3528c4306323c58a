"""What stands for the instance and the run in a worker of a build, which records nothing by itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetmake.definitions.occurrences.runs import Run
from assetmake.errors import InvariantError
from assetmake.execution.work import Work

_EVERYTHING = "__ASSET_JOB"
_KEYS = "dynamic keys are added and removed before a build, from the command line: assetmake partitions add NAME KEY"
_HINTS = dict.fromkeys(
    ("add_dynamic_partitions", "delete_dynamic_partition", "get_dynamic_partitions", "has_dynamic_partition"), _KEYS
)


class NoInstanceError(InvariantError, AttributeError):
    """Something of the instance is asked for that a worker of a build does not have."""


@dataclass(frozen=True, slots=True)
class WorkerInstance:
    """What `context.instance` is in a build. IO managers find there where they may keep files; all else is refused."""

    root: Path

    def storage_directory(self) -> str:
        """Return a folder of the project's own for IO managers that are given none."""
        return str(self.root / ".assetmake" / "storage")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NoInstanceError(
            f"context.instance.{name}: a build has no instance, its workers record nothing by themselves",
            hint=_HINTS.get(name, "look at what was built with `assetmake why`, or run it with materialize()"),
        )


def make_run(work: Work) -> Run:
    """Return the build as contexts show it."""
    return Run(_EVERYTHING, work.run, work.run_config)
