"""Where in the repository the code stands that something is about: a file as the repository names it, and a line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assetmake.definitions.place import Place
from assetmake.discovery.manifest import AssetRecord, ModuleFailure
from assetmake.events import NodeFailed

_WORKSPACE = "GITHUB_WORKSPACE"
_FRAME = re.compile(r'File "(?P<file>[^"\n]+)", line (?P<line>\d+)')
_NAMED = re.compile(r"(?P<file>[^\s:'\"(]+\.(?:py|toml)):(?P<line>\d+)")


@dataclass(frozen=True, slots=True)
class SourcePlaces:
    """Finds places, with files relative to the repository.

    Attributes:
        project: The project's folder.
        repository: The folder that files are named relative to.
        records: Assets and checks, by name.
    """

    project: Path
    repository: Path
    records: Mapping[str, AssetRecord] = field(default_factory=dict)

    def find_failed(self, failed: NodeFailed) -> Place | None:
        """Return the line of the project that raised; where none did, that of the definition."""
        return (self._name(failed.file, failed.line) if failed.file else None) or self.find_definition(failed.asset)

    def find_definition(self, name: str) -> Place | None:
        """Return where an asset or a check is defined."""
        record = self.records.get(name)
        return None if record is None else self._name(record.place.file, record.place.line)

    def find_broken(self, failure: ModuleFailure) -> Place | None:
        """Return the line at which a module could not be imported."""
        frames = [self._name(each["file"], int(each["line"])) for each in _FRAME.finditer(failure.traceback)]
        return next((place for place in reversed(frames) if place), None) or self._name(failure.file, 1)

    def find_named(self, message: str) -> Place | None:
        """Return the first place that a message of ours names."""
        named = (self._name(each["file"], int(each["line"])) for each in _NAMED.finditer(message))
        return next((place for place in named if place), None)

    def find_module(self, name: str) -> str:
        """Return the module that an asset or a check is from; nothing where that is not known."""
        record = self.records.get(name)
        return "" if record is None else record.module

    def is_partitioned(self, name: str) -> bool:
        """Tell whether an asset has partitions."""
        record = self.records.get(name)
        return record is not None and record.partitions is not None

    def _name(self, file: str, line: int) -> Place | None:
        try:
            path = Path(os.path.realpath(self.project / file))
            is_file = path.is_file()
        except (OSError, ValueError):  # what no file can be called
            return None
        if not is_file or not path.is_relative_to(self.repository) or "site-packages" in path.parts:
            return None
        return Place(path.relative_to(self.repository).as_posix(), line)


def find_repository(project: Path, environ: Mapping[str, str]) -> Path:
    """Return the folder, without links, of the repository that a project is in: git's, else the CI server's."""
    own = Path(os.path.realpath(project))
    for folder in (own, *own.parents):
        if (folder / ".git").exists():
            return folder
    workspace = environ.get(_WORKSPACE)
    given = Path(os.path.realpath(workspace)) if workspace else own
    return given if own.is_relative_to(given) else own
