"""Which modules `[project] modules` means: import names as written, and globs as the files they match."""

from __future__ import annotations

import difflib
import glob
import keyword
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from assetmake.discovery.loader import decode_file_module, encode_file_module
from assetmake.errors import ConfigError, DefinitionError

_SCAN_LIMIT = 5000


@dataclass(frozen=True, slots=True)
class ListedModule:
    """A module to import. `file` is known for one that a glob found; `shadows` if it hides Python's own."""

    name: str
    file: Path | None = None
    shadows: str | None = None


def list_modules(entries: Sequence[str], *, root: Path, folders: Sequence[Path]) -> list[ListedModule]:
    """Return each module once, in the order of the entries and by path within a glob.

    Raises:
        ConfigError: an entry is neither an import name nor a glob of Python files inside the project.
    """
    listed: dict[str, ListedModule] = {}
    for entry in entries:
        if _is_import_name(entry):
            listed.setdefault(entry, ListedModule(entry, shadows=_find_shadowed(entry)))
            continue
        for file in _match_files(entry, root=root):
            module = _name_file(file, root=root, folders=folders)
            listed.setdefault(module.name, module)
    return list(listed.values())


def raise_shadowing(module: ListedModule) -> None:
    """Raise DefinitionError where Python would give its own module under this name.

    Raises:
        DefinitionError: the module shadows the standard library.
    """
    if module.shadows is not None:
        raise DefinitionError(
            f"{module.file.name if module.file else module.name} shadows the standard library's "
            f"module {module.shadows!r}, so it can't be imported",
            hint="rename it, for instance to my_" + module.shadows,
        )


def suggest_module(name: str, *, root: Path, folders: Sequence[Path]) -> str:
    """Return a hint naming the existing file whose import name is nearest; "" where none is near."""
    files: dict[str, Path] = {}
    for folder in folders:
        for file in _scan_files(folder):
            dotted = _dotted_name(file, folder=folder)
            if dotted is not None:
                files.setdefault(dotted, file)
    near = difflib.get_close_matches(name, files, n=1, cutoff=0.6)
    if not near:
        tail = name.rpartition(".")[2]
        near = [dotted for dotted in sorted(files) if dotted.rpartition(".")[2] == tail][:1]
    return f"did you mean {near[0]} ({os.path.relpath(files[near[0]], root)})?" if near else ""


def file_of(name: str, *, root: Path, folders: Sequence[Path]) -> str:
    """Return where a module's file is or should be, "" where nothing like it exists."""
    if name.startswith("file:"):
        return str(root / decode_file_module(name))
    relative = name.replace(".", os.sep)
    for folder in folders:
        for file in (folder / relative / "__init__.py", folder / f"{relative}.py"):
            if file.is_file():
                return str(file)
    return ""


def _is_import_name(entry: str) -> bool:
    if entry.endswith(".sql"):
        raise ConfigError(
            f"[project] modules: {entry!r}: SQL assets are not supported yet",
            hint="list import names and globs of .py files",
        )
    if entry.endswith(".py") or "/" in entry or glob.has_magic(entry):
        if os.path.isabs(entry) or ".." in entry.split("/"):
            raise ConfigError(f"[project] modules: {entry!r} is not inside the project")
        return False
    if not _is_dotted(entry.split(".")):
        raise ConfigError(
            f"[project] modules: {entry!r} is neither an import name nor a glob of .py files",
            hint='write "flights.assets" or "assets/**/*.py"',
        )
    return True


def _match_files(entry: str, *, root: Path) -> list[Path]:
    seen: set[str] = set()
    files = []
    for match in sorted(glob.glob(entry, root_dir=root, recursive=True)):
        file = root / match
        real = os.path.realpath(file)
        foreign = {"site-packages", "dist-packages", "__pycache__"} & set(file.relative_to(root).parts)
        # __main__.py is a program: importing it would run it
        is_module = file.suffix == ".py" and file.name != "__main__.py" and file.is_file()
        if is_module and not foreign and real not in seen:
            seen.add(real)
            files.append(file)
    return files


def _name_file(file: Path, *, root: Path, folders: Sequence[Path]) -> ListedModule:
    """Name a file as an `import` statement elsewhere would, or after its path if none could reach it."""
    containing = [folder for folder in folders if file.is_relative_to(folder)]
    for folder in sorted(containing, key=lambda folder: len(folder.parts), reverse=True):
        dotted = _dotted_name(file, folder=folder)
        if dotted is None:
            continue
        if "." not in dotted and file.name != "__init__.py" and _find_shadowed(dotted):
            return ListedModule(dotted, file, shadows=dotted)
        if _is_reached(dotted, file, folder=folder):
            return ListedModule(dotted, file)
    return ListedModule(encode_file_module(file.relative_to(root).as_posix()), file)


def _dotted_name(file: Path, *, folder: Path) -> str | None:
    parts = list(file.relative_to(folder).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and _is_dotted(parts) else None


def _is_dotted(parts: Sequence[str]) -> bool:
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)


def _is_reached(dotted: str, file: Path, *, folder: Path) -> bool:
    """Tell whether `import dotted` finds this file, without running any code."""
    parts = dotted.split(".")
    here = folder
    for part in parts[:-1]:
        is_package = (here / part / "__init__.py").is_file()
        if not is_package and (here / f"{part}.py").is_file():
            return False  # assets.py beside assets/: the module wins, and has no submodules
        here /= part
    if file.name != "__init__.py" and (here / parts[-1] / "__init__.py").is_file():
        return False
    top = PathFinder.find_spec(parts[0])
    if top is None:
        return False
    places = list(top.submodule_search_locations or ()) or [top.origin or ""]
    expected = file if len(parts) == 1 and file.name != "__init__.py" else folder / parts[0]
    return os.path.realpath(expected) in {os.path.realpath(place) for place in places}


def _find_shadowed(name: str) -> str | None:
    top = name.partition(".")[0]
    return top if top in sys.stdlib_module_names else None


def _scan_files(folder: Path) -> Iterator[Path]:
    left = _SCAN_LIMIT
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in {"site-packages", "__pycache__"}
        )
        for name in sorted(files):
            left -= 1
            if left < 0:
                return
            if name.endswith(".py"):
                yield Path(path, name)
