"""What of assets.toml is not as it was in a commit, and which assets that concerns."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assetmake.discovery.manifest import AssetRecord
from assetmake.discovery.revisions.source_files import match_source


@dataclass(frozen=True, slots=True)
class Settings:
    """What assets.toml says that decides code and results; of environments too, whichever is chosen."""

    modules: frozenset[str] = frozenset()
    python_path: tuple[str, ...] = (".",)
    everything: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


def read_settings(content: bytes | None) -> Settings | None:
    """Return what a file says; None where it cannot be read."""
    try:
        document = tomllib.loads((content or b"").decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return None
    given = document.get("env")
    environments = given if isinstance(given, dict) else {}
    tables = {name: each for name, each in {"": document, **environments}.items() if isinstance(each, dict)}
    projects = [project for each in tables.values() if isinstance(project := each.get("project", {}), dict)]
    paths = [path for each in projects for path in each.get("python_path", ())]
    resources: dict[str, tuple[Any, ...]] = {}
    for environment, table in tables.items():
        for name, said in dict(table.get("resources", {})).items():
            resources[name] = (*resources.get(name, ()), (environment, said))
    return Settings(
        frozenset(each for project in projects for each in project.get("modules", ())),
        tuple(dict.fromkeys(paths)) or (".",),
        {name: counted for name, each in tables.items() if (counted := each.get("staleness", {}).get("environment"))},
        resources,
    )


def find_concerned(
    old: Settings, new: Settings, *, root: str, renamed: Mapping[str, str]
) -> Callable[[AssetRecord], bool]:
    """Return a function that tells whether what changed concerns an asset.

    Args:
        old: Then.
        new: Now.
        root: The project's folder.
        renamed: Where files that moved were then, absolute.
    """
    if old.everything != new.everything:
        return lambda _: True
    names = {name for name in {*old.resources, *new.resources} if old.resources.get(name) != new.resources.get(name)}
    kept, is_whole = old.modules & new.modules, old.modules == new.modules

    def concerns(record: AssetRecord) -> bool:
        used = {name for name, _ in record.resources} | {name for _, name, _ in record.loaders}
        if used & names:
            return True
        file = os.path.join(root, record.place.file)
        return not (is_whole or record.module in kept or _lists(old, renamed.get(file, file), root))

    return concerns


def _lists(settings: Settings, file: str, root: str) -> bool:
    """Tell whether a file is one of the modules, by a glob or by its name."""
    if any(match_source(entry, [file], root=root) for entry in settings.modules if entry.endswith(".py")):
        return True
    stem = file.removesuffix(".py").removesuffix("/__init__")
    folders = (os.path.normpath(os.path.join(root, folder)) for folder in settings.python_path)
    names = (stem[len(folder) + 1 :].replace("/", ".") for folder in folders if stem.startswith(f"{folder}/"))
    return any(name in settings.modules for name in names)
