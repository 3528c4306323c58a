"""What of assets.toml is not as it was in a commit, and which assets that concerns."""

from __future__ import annotations

import glob
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assetmake.discovery.manifest import AssetRecord


@dataclass(frozen=True, slots=True)
class Settings:
    """What assets.toml says that decides code and results; of environments too, whichever is chosen."""

    modules: frozenset[str] = frozenset()
    python_path: tuple[str, ...] = (".",)
    everything: tuple[Any, ...] = ()
    resources: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


def read_settings(content: bytes | None) -> Settings | None:
    """Return what a file says; None where it cannot be read."""
    try:
        document = tomllib.loads((content or b"").decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return None
    tables = [each for each in (document, *_list_tables(document.get("env"))) if isinstance(each, dict)]
    projects = [project for each in tables if isinstance(project := each.get("project", {}), dict)]
    paths = [path for each in projects for path in each.get("python_path", ())]
    resources: dict[str, tuple[Any, ...]] = {}
    for number, table in enumerate(tables):
        for name, said in dict(table.get("resources", {})).items():
            resources[name] = (*resources.get(name, ()), (number, said))
    return Settings(
        frozenset(each for project in projects for each in project.get("modules", ())),
        tuple(dict.fromkeys(paths)) or (".",),
        tuple(each.get("staleness", {}).get("environment") for each in tables),
        resources,
    )


def find_concerned(old: Settings, new: Settings, *, root: str) -> Callable[[AssetRecord], bool]:
    """Return a function that tells whether what changed concerns an asset."""
    if old.everything != new.everything:
        return lambda _: True
    names = {name for name in {*old.resources, *new.resources} if old.resources.get(name) != new.resources.get(name)}
    kept = old.modules & new.modules
    listed = {f"{root}/{file}" for entry in kept for file in glob.glob(entry, root_dir=root, recursive=True)}
    is_whole = old.modules == new.modules

    def concerns(record: AssetRecord) -> bool:
        used = {name for name, _ in record.resources} | {name for _, name, _ in record.loaders}
        if used & names:
            return True
        return not (is_whole or record.module in kept or record.place.file in listed)

    return concerns


def _list_tables(found: object) -> Iterator[object]:
    if isinstance(found, dict):
        yield from found.values()
