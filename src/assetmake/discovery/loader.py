"""How Python finds and reads the project's own modules while assetmake runs.

A `.pyc` looks valid after an edit of the same size within the same second, so for the project's files none is
read or written: what runs is compiled from the text that `source_of` returns, and that text is fingerprinted.
"""

from __future__ import annotations

import importlib
import linecache
import os
import sys
import tokenize
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.abc import MetaPathFinder
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
)
from importlib.util import decode_source, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

FILE_MODULE = "file:"
"""Begins the name of a module whose path is no dotted name: `file:assets/2024-flights`."""

Surround = Callable[[], AbstractContextManager[None]]

_SOURCES: dict[str, str] = {}
_FAILED_IN: list[tuple[BaseException, str]] = []
_surround: Surround = nullcontext
_OWN_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class ProjectLoader(SourceFileLoader):
    """Compiles a project file afresh, and keeps the text that it compiled."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        content = self.get_data(path)
        _SOURCES[path] = decode_source(content)
        code: CodeType = self.source_to_code(content, path)
        return code

    def exec_module(self, module: ModuleType) -> None:
        try:
            with _surround():
                super().exec_module(module)
        except BaseException as error:
            if find_failed_module(error) is None:
                _FAILED_IN.append((error, module.__name__))
            raise


def forget_modules() -> None:
    """Forget the project's modules that this process has imported, so that the next import sees the files of now."""
    for name, module in list(sys.modules.items()):
        if isinstance(getattr(getattr(module, "__spec__", None), "loader", None), ProjectLoader):
            del sys.modules[name]


class _FileModuleFinder(MetaPathFinder):
    """Finds `file:` modules, so that workers and pickles can import them by name."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if not fullname.startswith(FILE_MODULE):
            return None
        for folder in reversed(_installed):
            file = folder.root / decode_file_module(fullname)
            if file.is_file():
                return spec_from_file_location(fullname, file, loader=ProjectLoader(fullname, str(file)))
        return None


class _Installed:
    """One project that was made importable, with the entries of sys.path that it added."""

    def __init__(self, root: Path, folders: Sequence[Path]) -> None:
        self.root = root
        self.folders = tuple(folders)
        self.added: list[str] = []


_installed: list[_Installed] = []
_finder = _FileModuleFinder()


def install(root: Path, python_path: Sequence[str] = (".",)) -> tuple[Path, ...]:
    """Make the project's modules importable; a second call for the same project changes nothing.

    The folders come after the standard library, so that a project's `enum.py` cannot break Python, and before
    installed distributions.

    Returns:
        The folders that modules are imported from, absolute.
    """
    root = root.resolve()
    folders = tuple(dict.fromkeys([*((root / entry).resolve() for entry in python_path), root]))
    if not any(known.root == root and known.folders == folders for known in _installed):
        _installed.append(_Installed(root, folders))
        position = _after_standard_library()
        for folder in reversed(folders):
            if str(folder) not in sys.path:
                sys.path.insert(position, str(folder))
                _installed[-1].added.append(str(folder))
    if _hook not in sys.path_hooks:
        sys.path_hooks.insert(0, _hook)
        sys.meta_path.append(_finder)
    _forget_finders()
    return folders


def uninstall() -> None:
    """Undo every `install`, and forget the modules that were imported through it."""
    if not _installed:
        return
    ours = {
        name
        for name, module in list(sys.modules.items())
        if isinstance(getattr(getattr(module, "__spec__", None), "loader", None), ProjectLoader)
        or any(_is_project_path(path) for path in _namespace_paths(module))
    }
    for name in ours:
        del sys.modules[name]
    if _hook in sys.path_hooks:
        sys.path_hooks.remove(_hook)
        sys.meta_path.remove(_finder)
    _forget_finders()
    for installed in _installed:
        for entry in installed.added:
            if entry in sys.path:
                sys.path.remove(entry)
    _installed.clear()
    _SOURCES.clear()
    _FAILED_IN.clear()


def list_portions(module: ModuleType | None) -> list[str]:
    """Return the folders in which a package's modules are."""
    try:
        return [path for path in getattr(module, "__path__", ()) if isinstance(path, str)]
    except (TypeError, KeyError):  # a namespace package whose parent is gone from sys.modules
        return []


def surround_execution(surround: Surround) -> None:
    """Have every project module run inside a context from now on."""
    global _surround  # noqa: PLW0603 - loaders are made by Python, and know nothing of who watches
    _surround = surround


def source_of(filename: str) -> str | None:
    """Return the exact text that a file's code was compiled from; None where there is no text.

    For a file that was imported without us (a script, a notebook's cell) it is what stands there now.
    """
    if filename in _SOURCES:
        return _SOURCES[filename]
    try:
        with tokenize.open(filename) as stream:
            return stream.read()
    except (OSError, SyntaxError, ValueError):
        return "".join(linecache.getlines(filename)) or None


def list_texts() -> Mapping[str, str]:
    """Return the text of every project file that was imported, by its path."""
    return dict(_SOURCES)


def find_failed_module(error: BaseException) -> str | None:
    """Return the project module in which an error ended an import first."""
    return next((module for seen, module in _FAILED_IN if seen is error), None)


def forget_failures() -> None:
    _FAILED_IN.clear()


def encode_file_module(path: str) -> str:
    """Return the module name of a .py file, by its posix path relative to the root."""
    return FILE_MODULE + path.removesuffix(".py").replace("%", "%25").replace(".", "%2E")


def decode_file_module(name: str) -> str:
    """Return the posix path of a `file:` module."""
    return name.removeprefix(FILE_MODULE).replace("%2E", ".").replace("%25", "%") + ".py"


def _make_path_hook() -> Callable[[str], FileFinder]:
    def find_in_project(path: str) -> FileFinder:
        if not _is_project_path(path or os.getcwd()):
            raise ImportError(f"{path} is no folder of the project", path=path)
        return FileFinder(path, (ExtensionFileLoader, EXTENSION_SUFFIXES), (ProjectLoader, [".py"]))

    return find_in_project


_hook = _make_path_hook()


def _is_project_path(path: str) -> bool:
    """Tell whether modules in a folder are the project's own: not of an environment that lies inside it."""
    real = os.path.realpath(path)
    if _is_within(real, _OWN_PACKAGE):
        return False
    for folder in {str(folder) for installed in _installed for folder in installed.folders}:
        if not _is_within(real, folder):
            continue
        parts = os.path.relpath(real, folder).split(os.sep)
        foreign = any(part in {"site-packages", "dist-packages"} for part in parts)
        hidden = any(part.startswith(".") and part != "." for part in parts)
        python = any(
            _is_within(real, prefix) and _is_within(prefix, folder) for prefix in (sys.prefix, sys.base_prefix)
        )
        if os.path.isdir(real) and not (foreign or hidden or python):
            return True
    return False


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _namespace_paths(module: ModuleType) -> list[str]:
    return list_portions(module) if getattr(module, "__file__", None) is None else []


def _after_standard_library() -> int:
    library = os.path.dirname(os.path.abspath(os.__file__))
    ends = [
        position
        for position, entry in enumerate(sys.path, start=1)
        if os.path.abspath(entry) in {library, os.path.join(library, "lib-dynload")}
    ]
    return max(ends, default=len(sys.path))


def _forget_finders() -> None:
    for path in [path for path in sys.path_importer_cache if _is_project_path(path)]:
        del sys.path_importer_cache[path]
    PathFinder.invalidate_caches()
    importlib.invalidate_caches()
