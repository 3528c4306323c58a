"""Files that the outside world writes, as a function is given them that runs in this process."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assetmake.definitions.source import FileSource, fill_template, has_magic
from assetmake.errors import LoadInputError


def find_files(source: FileSource, keys: Sequence[str]) -> Any:
    """Return the path of a source's file; of a glob a list, of several partitions a dict by key.

    A relative path is one under the current folder.

    Raises:
        LoadInputError: there is no file.
    """
    if source.partitions_def is not None:
        paths = {
            key: _check(Path(fill_template(source.path, key, partitions_def=source.partitions_def)), source)
            for key in keys
        }
        return next(iter(paths.values())) if len(paths) == 1 else paths
    if has_magic(source.path):
        return [Path(found) for found in sorted(glob.glob(source.path, recursive=True))]
    return _check(Path(source.path), source)


def _check(path: Path, source: FileSource) -> Path:
    if not path.exists():
        raise LoadInputError(f"the source {source.name} has no file {path} ({source.place})")
    return path
