"""From where a project says that its definitions are, and from what its files do, to the modules of assets.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assetmake.migrating.decision import Decision
from assetmake.migrating.locations import Location
from assetmake.migrating.usage import Usage

_TESTS = {"tests", "test", "setup.py", "conftest.py"}


@dataclass(slots=True)
class Modules:
    """What goes into `[project]`, and what is left to a person."""

    modules: list[str]
    python_path: list[str]
    decisions: list[Decision]


def choose_modules(root: Path, locations: Sequence[Location], files: Mapping[str, Usage]) -> Modules:
    """Return the modules to list.

    Args:
        root: The project's root.
        locations: What it says itself.
        files: Each Python file, relative to the root, and what it does.
    """
    chosen = Modules([], [], [])
    for location in locations:
        _take_location(root, location, files, chosen)
    if not chosen.modules:
        chosen.modules = [file for file, usage in files.items() if usage.declares and not _is_test(file)]
        chosen.python_path = [folder for file in chosen.modules for folder in _list_import_folders(root, file)]
    chosen.modules = list(dict.fromkeys(chosen.modules))
    chosen.python_path = list(dict.fromkeys([*chosen.python_path, "."]))
    return chosen


def _take_location(root: Path, location: Location, files: Mapping[str, Usage], chosen: Modules) -> None:
    place = _find_module(root, location)
    if place is None:
        file, line = location.said_in
        advice = "there is no such module in the project: write the right one into assets.toml"
        chosen.decisions.append(Decision(file, (line,) if line else (), location.module, advice))
        return
    folder, file = place
    chosen.python_path.append(folder)
    if location.defs_module is not None and (file not in files or files[file].loads_folder):
        pattern = str(PurePosixPath(folder, *location.defs_module.split("."), "**", "*.py"))
        chosen.modules.append(pattern)
        if file in files and files[file].declares:
            advice = f"assets.toml lists {pattern} in its place: what else it declares is not read"
            chosen.decisions.append(Decision(file, (), "definitions of a folder", advice))
    else:
        chosen.modules.append(file if location.module.endswith(".py") else location.module)


def _find_module(root: Path, location: Location) -> tuple[str, str] | None:
    """Return (the folder that it is imported from, its file), both relative to the root."""
    for given in location.folders:
        folder = str(PurePosixPath(given))
        for file in _list_candidates(location, folder):
            if (root / file).exists() and ".." not in file.parts and not file.is_absolute():
                return folder, str(file)
    return None


def _list_candidates(location: Location, folder: str) -> Iterator[PurePosixPath]:
    if location.module.endswith(".py"):
        yield PurePosixPath(location.module)
        return
    path = location.module.replace(".", "/")
    yield PurePosixPath(folder, f"{path}.py")
    yield PurePosixPath(folder, path, "__init__.py")
    if location.defs_module is not None:  # the folder alone will do
        yield PurePosixPath(folder, location.defs_module.replace(".", "/"))


def _is_test(file: str) -> bool:
    parts = PurePosixPath(file).parts
    name = parts[-1]
    in_tests = any(part in _TESTS or part.endswith("_tests") for part in parts)
    return in_tests or name.startswith("test_") or name.endswith("_test.py")


def _list_import_folders(root: Path, file: str) -> Iterator[str]:
    """Yield the folders that a file has to be imported from: a `src`, and what is above the packages that it is in."""
    folders = PurePosixPath(file).parents
    yield from (str(folder) for folder in folders if folder.name == "src")
    packages = [folder for folder in folders if (root / folder / "__init__.py").is_file()]
    if packages and folders[0] in packages:
        top = next(folder for folder in folders if folder not in packages)
        yield str(top)
