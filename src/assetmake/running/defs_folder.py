"""load_from_defs_folder and load_defs: all that the modules of a project's `defs` folder declare."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from assetmake.definitions.definitions import Definitions, LazyDefinitions
from assetmake.definitions.gathering import load_definitions_from_modules
from assetmake.definitions.loading import list_named
from assetmake.errors import DefinitionError

_COMPONENT_FILES = ("defs.yaml", "component.yaml")
_FOLDER = "defs"
_WHOLE = "definitions.py"


def load_from_defs_folder(*, path_within_project: Path | None = None, project_root: Path | None = None) -> Definitions:
    """Return all that the modules of a project's `defs` folder declare.

    The package is the one that `root_module` names in pyproject.toml, under [tool.dg.project]; without that, the one
    that a folder `defs` at the path is in. A module that has `Definitions` offers these; any other all that it names.

    Args:
        path_within_project: A folder of the project; `Path(__file__).parent`.
        project_root: The same by its former name.

    Raises:
        DefinitionError: there is no such folder, or a file of it declares a component.
    """
    given = path_within_project or project_root
    if given is None:
        raise DefinitionError("load_from_defs_folder needs path_within_project", hint="Path(__file__).parent")
    return _gather(importlib.import_module(_find_package(Path(given).resolve())), ends_at_definitions=False)


def load_defs(
    defs_root: ModuleType,
    project_root: Path | None = None,  # noqa: ARG001 - the package's own place tells it
    terminate_autoloading_on_keyword_files: bool = True,
) -> Definitions:
    """Return all that a package and the modules below it declare.

    Args:
        defs_root: The package, most often `defs`.
        project_root: Accepted for compatibility.
        terminate_autoloading_on_keyword_files: In a folder that has a `definitions.py` nothing else is loaded.

    Raises:
        DefinitionError: it is no package, or a file of it declares a component.
    """
    if not hasattr(defs_root, "__path__"):
        name = getattr(defs_root, "__name__", defs_root)
        raise DefinitionError(f"load_defs takes a package, got {name!r}", hint="import the folder: my_project.defs")
    return _gather(defs_root, ends_at_definitions=terminate_autoloading_on_keyword_files)


def _gather(module: ModuleType, *, ends_at_definitions: bool) -> Definitions:
    folder = Path(next(iter(module.__path__)))
    for name in _COMPONENT_FILES:
        for file in sorted(folder.rglob(name)):
            raise DefinitionError(
                f"{file}: components are not supported", hint="write the assets, or a function that declares them"
            )
    modules = [module, *_import_below(folder, module.__name__, ends_at_definitions=ends_at_definitions)]
    offered = {each: list(_list_offered(each)) for each in modules}
    plain = load_definitions_from_modules([each for each in modules if not offered[each]])
    every = {id(defs): defs for several in offered.values() for defs in several}
    return Definitions.merge(plain, *every.values())


def _find_package(path: Path) -> str:
    for folder in (path, *path.parents):
        file = folder / "pyproject.toml"
        told = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        project = told.get("tool", {}).get("dg", {}).get("project", {})
        if "defs_module" in project or "root_module" in project:
            return str(project.get("defs_module") or f"{project['root_module']}.{_FOLDER}")
    if not (path / _FOLDER).is_dir():
        raise DefinitionError(f"{path} has no folder {_FOLDER}", hint="name its module in pyproject.toml: root_module")
    names = [_FOLDER]
    while (path / "__init__.py").is_file():
        names.insert(0, path.name)
        path = path.parent
    return ".".join(names)


def _import_below(folder: Path, package: str, *, ends_at_definitions: bool) -> Iterator[ModuleType]:
    """Import every module of a folder, also in folders that are no packages."""
    files = sorted(folder.rglob("*.py"))
    whole = {file.parent for file in files if file.name == _WHOLE and ends_at_definitions}
    for file in files:
        parts = file.relative_to(folder).with_suffix("").parts
        is_told = any(each in whole for each in (*file.parents[1:], *(() if file.name == _WHOLE else file.parents[:1])))
        if parts != ("__init__",) and "__pycache__" not in parts and not is_told:
            names = parts[:-1] if parts[-1] == "__init__" else parts
            yield importlib.import_module(".".join((package, *names)))


def _list_offered(module: ModuleType) -> Iterator[Definitions]:
    for each in list_named(module):
        if isinstance(each, LazyDefinitions):
            yield each()
        elif isinstance(each, Definitions):
            yield each
