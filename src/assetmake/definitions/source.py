"""FileSource: files that the outside world writes, declared by path, glob or template."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import FilePartitionsDefinition, PartitionsDefinition
from assetmake.definitions.place import Place, find_caller
from assetmake.errors import DefinitionError

_PLACEHOLDER = re.compile(r"\{partition_key(?::(?P<format>[^}]*))?\}")


@dataclass(frozen=True, slots=True, init=False)
class FileSource:
    """Files written by somebody else; assets that read them are stale when their bytes change.

    Args:
        name: What assets call it, as a parameter or in `deps`.
        path: A file, a glob (`inbox/*.csv`) or a template (`raw/{partition_key}.csv`,
            `raw/{partition_key:%Y/%m}.csv`), absolute or relative to the project's root.
        partitions_def: The keys that a template is filled with. Without it, the files that are there define
            the keys: a new file is a new partition, and `source.partitions_def` hands that set to assets.
        description: Shown by `list`.

    Example:
        >>> trips = FileSource("trips", "raw/trips-{partition_key}.csv")
        >>> trips.is_template
        True
    """

    name: str
    path: str
    partitions_def: PartitionsDefinition | None
    description: str
    place: Place

    def __init__(
        self,
        name: str,
        path: str | os.PathLike[str],
        partitions_def: PartitionsDefinition | None = None,
        *,
        description: str = "",
    ) -> None:
        place = find_caller()
        text = os.fspath(path)
        holes = list(_PLACEHOLDER.finditer(text))
        if partitions_def is not None and not holes:
            raise DefinitionError(
                f"FileSource {name!r} has a partitions_def but its path {text!r} holds no {{partition_key}}",
                hint="write the place of the key in the path, as in raw/{partition_key}.csv",
            )
        if holes and partitions_def is None and (len(holes) > 1 or holes[0]["format"]):
            raise DefinitionError(
                f"FileSource {name!r}: the keys cannot be read back from {text!r}",
                hint="use one plain {partition_key}, or give partitions_def=",
            )
        if holes and partitions_def is None:
            partitions_def = FilePartitionsDefinition(name)
        AssetKey.from_user_string(name).check_name()
        for field, value in (
            ("name", name),
            ("path", text),
            ("partitions_def", partitions_def),
            ("description", description),
            ("place", place),
        ):
            object.__setattr__(self, field, value)

    @property
    def key(self) -> AssetKey:
        return AssetKey.from_user_string(self.name)

    @property
    def is_template(self) -> bool:
        return _PLACEHOLDER.search(self.path) is not None


def fill_template(path: str, key: str, *, partitions_def: PartitionsDefinition) -> str:
    """Return the path of one partition's file.

    Raises:
        DefinitionError: a strftime form stands in the template of keys that are no time windows.
    """

    def fill(hole: re.Match[str]) -> str:
        if not hole["format"]:
            return key
        window = getattr(partitions_def, "time_window_for_partition_key", None)
        if window is None:
            raise DefinitionError(f"{path!r} formats a time, but the keys of its source are no time windows")
        return str(window(key).start.strftime(hole["format"]))

    return _PLACEHOLDER.sub(fill, path)


def split_holes(path: str) -> list[str]:
    """Return the texts between the `{partition_key}`s of a template; of a plain path the path."""
    return _PLACEHOLDER.split(path)[::2]


def split_template(path: str) -> tuple[str, str]:
    """Return what stands before and after the one `{partition_key}` of a template."""
    hole = _PLACEHOLDER.search(path)
    assert hole is not None
    return path[: hole.start()], path[hole.end() :]


def has_magic(path: str) -> bool:
    """Tell whether a path is a glob."""
    return any(character in path for character in "*?[")
