"""All importing of user code: in the coordinator every listed module, in a worker the one it needs."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.parts import name_node, take_apart
from assetmake.definitions.place import Place
from assetmake.discovery.config import DEFAULT_MODULES, Config
from assetmake.discovery.contents import list_contents, list_resources
from assetmake.discovery.failures import (
    describe_error,
    find_user_place,
    format_user_traceback,
    has_user_frames,
    list_defined,
)
from assetmake.discovery.installed import is_installed, open_installed
from assetmake.discovery.loader import find_failed_module, forget_failures, install, source_of
from assetmake.discovery.manifest import ModuleFailure
from assetmake.discovery.module_names import (
    ListedModule,
    file_of,
    list_modules,
    raise_shadowing,
    suggest_module,
)
from assetmake.discovery.refusals import list_refusals, list_refused
from assetmake.errors import ConfigError, DefinitionError

_CONVERTIBLE = "dagster"
"""What `init` converts projects from, as a module's name."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModule:
    """A module that was imported, under the name by which a worker imports it too."""

    name: str
    file: Path
    module: ModuleType


def load_modules(
    root: Path, config: Config, *, tell: Callable[[str], None] = lambda _: None
) -> tuple[list[LoadedModule], list[ModuleFailure]]:
    """Import every module that the project lists; one that fails does not keep the others from loading.

    Args:
        root: The project's folder.
        config: What assets.toml says.
        tell: Called with the name of each module before it is imported.

    Raises:
        ConfigError: an entry of `modules` or `python_path` is wrong.
    """
    root = root.resolve()
    _check_folders(root, config.project.python_path)
    folders = install(root, config.project.python_path)
    forget_failures()
    loaded: list[LoadedModule] = []
    failures = _report_missing_files(config.project.modules, root=root)
    for listed in list_modules(config.project.modules, root=root, folders=folders):
        tell(listed.name)
        try:
            module = _import_listed(listed)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  a module may raise anything, SystemExit too
            failure = _report_failure(error, listed, root=root, folders=folders)
            failures += [failure, *_report_more(failure, root=root)]
        else:
            found = LoadedModule(listed.name, Path(module.__file__ or listed.name), module)
            refused = _report_refused(found, root=root)
            failures += refused
            loaded += [] if refused else [found]
    forget_failures()
    return loaded, failures


def import_assets(module_name: str) -> dict[AssetKey, AssetsDefinition]:
    """Import one module and return each asset and check of it by the key of its node; the project must be installed."""
    with _stdout_to_stderr():
        module = importlib.import_module(module_name)
    found = [each for each in reversed(list_contents(module)) if isinstance(each, AssetsDefinition)]
    found.sort(
        key=lambda each: (each.is_executable, each.is_materializable)
    )  # what is made here comes before what is told of it
    return {name_node(part): part for each in found for part in take_apart(each)}


def find_asset(module_name: str, key: AssetKey) -> AssetsDefinition:
    """Import one module and return its asset.

    Raises:
        DefinitionError: the module has no such asset any more.
    """
    found = import_assets(module_name).get(key)
    if found is not None:
        return found
    raise DefinitionError(
        f"module {module_name} declares no asset {key}",
        hint="the file changed while the build ran; build again",
    )


def import_resources(module_name: str, keys: Collection[AssetKey]) -> dict[str, Any]:
    """Import one module and return the resources that its definitions give, by name; see `list_resources`.

    What a distribution offers has a source that is no module.
    """
    if is_installed(module_name):
        return open_installed(module_name)
    with _stdout_to_stderr():
        return list_resources(importlib.import_module(module_name), keys)


def _import_listed(listed: ListedModule) -> ModuleType:
    raise_shadowing(listed)
    with _stdout_to_stderr():
        module = importlib.import_module(listed.name)
    if listed.file is not None and os.path.realpath(module.__file__ or "") != os.path.realpath(listed.file):
        raise DefinitionError(
            f"{listed.file.name}: the name {listed.name} is taken by {module.__file__}",
            hint="rename the file",
        )
    if getattr(module, "__file__", None) is None:
        raise DefinitionError(
            f"{listed.name} is a folder without __init__.py, which declares nothing",
            hint=f'list its files: "{listed.name.replace(".", "/")}/*.py"',
        )
    return module


def _report_failure(
    error: BaseException, listed: ListedModule, *, root: Path, folders: Sequence[Path]
) -> ModuleFailure:
    file = str(listed.file or file_of(listed.name, root=root, folders=folders))
    message = describe_error(error)
    origin = find_failed_module(error)
    own_names = {listed.name, *_parents(listed.name)}
    if isinstance(error, ModuleNotFoundError) and error.name in own_names and not has_user_frames(error):
        hint = suggest_module(listed.name, root=root, folders=folders) or "check [project] modules and python_path"
        message = f"there is no module {listed.name} ({hint})"
    elif origin is not None and origin != listed.name:
        message = f"it needs {origin}, which failed: {message}"
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == _CONVERTIBLE:
        message += f" (assetmake init --from-{_CONVERTIBLE} PATH changes import lines that are left)"
    twin = _find_hidden_twin(error, folders=folders)
    if twin is not None:
        message += f" (Python's own module {twin.stem!r} comes before {show_path(str(twin), root=root)}: rename it)"
    place = None
    if isinstance(error, DefinitionError) and origin in {None, listed.name}:
        place = find_user_place(error)
        place = place and Place(show_path(place.file, root=root), place.line)
    return ModuleFailure(
        listed.name,
        show_path(file, root=root),
        message,
        format_user_traceback(error),
        place,
        tuple(sorted(list_defined(source_of(str(root / file)) or ""))),
    )


def _report_refused(loaded: LoadedModule, *, root: Path) -> list[ModuleFailure]:
    """Return what a module that could be imported declares with names that there are not."""
    refused = list_refused(vars(loaded.module))
    defined = tuple(sorted(list_defined(source_of(str(loaded.file)) or ""))) if refused else ()
    file = show_path(str(loaded.file), root=root)
    return [
        ModuleFailure(loaded.name, file, text, "", Place(show_path(place.file, root=root), place.line), defined)
        for place, text in refused
    ]


def _report_more(failure: ModuleFailure, *, root: Path) -> list[ModuleFailure]:
    """Return what else is refused in a module that one refused definition has kept from loading."""
    file = str(root / failure.file)
    source = None if failure.place is None else source_of(file)
    if source is None:
        return []
    with _stdout_to_stderr():
        refusals = list(list_refusals(source, file=file, name=failure.module))
    shown = [(Place(show_path(place.file, root=root), place.line), text) for place, text in refusals]
    return [
        replace(failure, message=text, traceback="", place=place) for place, text in shown if place != failure.place
    ]


def _report_missing_files(entries: Sequence[str], *, root: Path) -> list[ModuleFailure]:
    """Report files that are listed by name and don't exist; a glob may match nothing."""
    missing = [
        entry
        for entry in entries
        if entry.endswith(".py") and not any(magic in entry for magic in "*?[") and not (root / entry).is_file()
    ]
    reports = []
    for entry in missing:
        if entry in DEFAULT_MODULES:
            continue
        hint = suggest_module(entry.removesuffix(".py").replace("/", "."), root=root, folders=[root])
        message = f"there is no file {entry}" + (f" ({hint})" if hint else "")
        reports.append(ModuleFailure(entry, entry, message, ""))
    return reports


def show_path(file: str, *, root: Path) -> str:
    """Return a path relative to the root where it is inside, with forward slashes; else as it is."""
    path = Path(file)
    return path.relative_to(root).as_posix() if path.is_absolute() and path.is_relative_to(root) else file


def _find_hidden_twin(error: BaseException, *, folders: Sequence[Path]) -> Path | None:
    """Return the project file that a failing import or attribute meant, where Python's own hides it."""
    match error:
        case ImportError():
            name = error.name
        case AttributeError(obj=ModuleType() as module):
            name = module.__name__
        case _:
            return None
    if name not in sys.stdlib_module_names:
        return None
    return next((folder / f"{name}.py" for folder in folders if (folder / f"{name}.py").is_file()), None)


def _parents(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _check_folders(root: Path, python_path: Sequence[str]) -> None:
    for entry in python_path:
        if not (root / entry).is_dir():
            raise ConfigError(f"[project] python_path: there is no folder {entry!r}", hint=f"it is relative to {root}")


@contextlib.contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Send what user code and its child processes print to stderr: stdout is for results."""
    if sys.stdout is not None:
        sys.stdout.flush()
    try:
        saved = os.dup(1)
        os.dup2(2, 1)
    except OSError:  # a closed stdout or stderr: there is nothing to keep clean
        with contextlib.redirect_stdout(sys.stderr):
            yield
        return
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(saved, 1)
        os.close(saved)
