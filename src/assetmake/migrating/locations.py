"""Where a project says that its definitions are: workspace.yaml, dg.toml, pyproject.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assetmake.errors import UsageError
from assetmake.migrating.decision import Decision
from assetmake.migrating.yaml_file import YamlFile, read_yaml

WORKSPACE_FILE = "workspace.yaml"
_TARGETS = {"python_file": "relative_path", "python_module": "module_name", "python_package": "package_name"}


@dataclass(frozen=True, slots=True)
class Location:
    """One place that definitions are loaded from.

    Args:
        module: An import name, or a path of a .py file relative to the project's root.
        folders: Where the module is looked for, relative to the root, in this order; of a file, from where it imports.
        defs_module: The package all of whose modules are loaded, where the module leaves it to the other tool.
        said_in: The file that names it, and the line, 0 where that is not known.
    """

    module: str
    folders: tuple[str, ...]
    defs_module: str | None
    said_in: tuple[str, int]


@dataclass(slots=True)
class Locations:
    """What was found, and what is left to a person."""

    found: list[Location] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


def read_locations(root: Path) -> Locations:
    """Read what a project's own files say.

    Raises:
        UsageError: one of them is there and cannot be read.
    """
    locations = Locations()
    if (root / WORKSPACE_FILE).is_file():
        _read_workspace(read_yaml(root / WORKSPACE_FILE), locations)
    else:
        _read_project(root, ".", locations)
    return locations


def _read_workspace(document: YamlFile, locations: Locations) -> None:
    for position, entry in enumerate(_as_list(document.content.get("load_from"))):
        line = document.lines["load_from", position]
        for kind, value in _as_dict(entry).items():
            if kind not in _TARGETS:
                advice = "there are no servers here: convert the project that it runs, where it is"
                locations.decisions.append(Decision(WORKSPACE_FILE, (line,), kind, advice))
                continue
            settings = value if isinstance(value, dict) else {_TARGETS[kind]: value}
            _read_entry(kind, settings, line, locations)


def _read_entry(kind: str, settings: Mapping[str, Any], line: int, locations: Locations) -> None:
    target = settings.get(_TARGETS[kind])
    working = str(settings.get("working_directory") or ".")
    if not isinstance(target, str):
        locations.decisions.append(
            Decision(WORKSPACE_FILE, (line,), kind, f"it has no {_TARGETS[kind]}: write its modules into assets.toml")
        )
        return
    folders = (working,) if kind == "python_file" else (working, f"{working}/src", ".")
    locations.found.append(Location(target, folders, None, (WORKSPACE_FILE, line)))
    if settings.get("attribute"):
        advice = "all assets of the module count, whichever Definitions lists them"
        locations.decisions.append(Decision(WORKSPACE_FILE, (line,), f"attribute: {settings['attribute']}", advice))
    if settings.get("executable_path"):
        advice = "all modules are imported by one Python: make a project of its own for what needs another"
        locations.decisions.append(Decision(WORKSPACE_FILE, (line,), "executable_path", advice))


def _read_project(root: Path, folder: str, locations: Locations, *, is_part: bool = False) -> None:
    """Read pyproject.toml and dg.toml of a folder, and of the projects that a workspace lists."""
    pyproject = _read_toml(root / folder / "pyproject.toml")
    tool = _as_dict(pyproject.get("tool"))
    said = "pyproject.toml" if folder == "." else f"{folder}/pyproject.toml"
    settings = {**_as_dict(tool.get("dg")), **_read_toml(root / folder / "dg.toml")}
    folders = (folder, f"{folder}/src")
    project = _as_dict(settings.get("project"))
    if isinstance(project.get("root_module"), str):
        top = project["root_module"]
        target = project.get("code_location_target_module") or f"{top}.definitions"
        defs = project.get("defs_module") or f"{top}.defs"
        locations.found.append(Location(str(target), folders, str(defs), (said, 0)))
    else:
        named = _list_named(_as_dict(tool.get("dagster")))
        locations.found += [Location(module, folders, None, (said, 0)) for module in named]
    if not is_part:
        for entry in _as_list(_as_dict(settings.get("workspace")).get("projects")):
            path = _as_dict(entry).get("path")
            if isinstance(path, str):
                _read_project(root, path.rstrip("/"), locations, is_part=True)


def _list_named(table: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(table.get("module_name"), str):
        yield table["module_name"]
    for name in ("modules", "code_locations"):
        for entry in _as_list(table.get(name)):
            module = _as_dict(entry).get("name") or _as_dict(entry).get("module_name")
            if isinstance(module, str):
                yield module


def _read_toml(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{file} cannot be read: {error}; nothing was written") from None


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
